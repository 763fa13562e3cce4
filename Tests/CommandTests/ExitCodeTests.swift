// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

@Suite struct ExitCodeTests {
  @Test func versionAndHelp() throws {
    let version = try Command.run(["--version"]).outcome
    #expect(version.status == 0)
    #expect(version.output.hasPrefix("simrun "))
    for command in [[], ["run"], ["test"], ["trace"], ["rules"], ["get"], ["validate"], ["schema"]] {
      let help = try Command.run(command + ["--help"]).outcome
      #expect(help.status == 0)
      #expect(help.output.contains("EXAMPLE"))
      let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
      // What the parser breaks over two lines cannot be pasted.
      for (line, next) in zip(lines, lines.dropFirst())
      where line.hasPrefix("  simrun ") || line.hasPrefix("  kubectl ") {
        #expect(next.isEmpty || next.hasPrefix("  "), "\(line)")
      }
    }
  }

  @Test(arguments: ["IPv4", "ipv4", "4", "6", "IPv6"])
  func familiesAreReadAsHelpNamesThem(family: String) throws {
    let files = ["a.yaml": Inputs.scenario()]
    let outcome = try Command.run(["rules", "a.yaml", "--node", "node-1", "--family", family], files: files).outcome
    #expect(outcome.status == 0)
    let help = try Command.run(["rules", "--help"]).outcome.output.split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    #expect(help.contains("values: IPv4, IPv6; default: IPv4)"))
  }

  @Test(arguments: [
    ["fly"], ["run"], ["run", "a.yaml", "--color", "pink"], ["test", "a.yaml", "--update-baseline"],
    ["trace", "a.yaml"], ["trace", "a.yaml", "--from", "client/inside"], ["rules", "a.yaml"],
    ["run", "a.yaml", "--set", "seed"], ["get", "stars", "a.yaml"], ["rules", "a.yaml", "--node", "node-9"],
    ["trace", "a.yaml", "--probe", "none"], ["get", "svc", "a.yaml", "--at", "soon"],
    ["get", "svc", "a.yaml", "--at", "3s"], ["rules", "a.yaml", "--node", "node-1", "--at", "3s"],
  ])
  func usage(arguments: [String]) throws {
    let (outcome, left) = try Command.run(arguments, files: ["a.yaml": Inputs.scenario()])
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(!outcome.errors.isEmpty)
    #expect(left.isEmpty)
  }

  @Test(arguments: ["run", "test", "validate"])
  func badInputLeavesNothing(command: String) throws {
    let (outcome, left) = try Command.run(
      [command, "a.yaml"], files: ["a.yaml": Inputs.scenario("  arivals: 3\n  expekt: []\n")])
    #expect(outcome.status == 65)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("a.yaml:"))
    #expect(outcome.errors.contains("arivals") && outcome.errors.contains("expekt"))
    #expect(left.isEmpty)
  }

  @Test(arguments: ["run", "test", "validate"])
  func missingFiles(command: String) throws {
    let (outcome, left) = try Command.run([command, "none.yaml"])
    #expect(outcome.status == 66)
    #expect(outcome.output.isEmpty)
    #expect(left.isEmpty)
  }

  /// What the command line names and the input does not have is usage, and the nearest name is told.
  @Test(arguments: [
    (["--from", "client/insid", "--to", "1.2.3.4:80"], "there is no client group 'insid'; did you mean 'inside'?"),
    (["--from", "pod/default/x", "--to", "1.2.3.4:80"], "there is no pod 'default/x'; one of default/web-"),
    (["--from", "pod/default/web-abc", "--to", "1.2.3.4:80"], "there is no pod 'default/web-abc'; "),
    (["--from", "node/node-9", "--to", "1.2.3.4:80"], "there is no node 'node-9'; did you mean 'node-1'?"),
    (
      ["--from", "10.0.0.1", "--to", "service/default/wep"],
      "there is no Service 'default/wep'; did you mean 'default/web'?"
    ),
    (["--from", "10.0.0.1", "--to", "service/default/web:81"], "default/web has no port 81; it has 80/TCP"),
    (
      ["--from", "10.0.0.1", "--to", "service/default/web", "--protocol", "UDP"],
      "default/web has no port for UDP; it has 80/TCP"
    ), (["--from", "10.0.0.1", "--to", "wep.default:80"], "there is no Service 'default/wep'; did you mean"),
    (
      ["--from", "10.0.0.1", "--to", "1.2.3.4:80", "--via", "nod-1"], "there is no node 'nod-1'; did you mean 'node-1'?"
    ),
    (
      ["--from", "10.0.0.1", "--to", "1.2.3.4:80", "--at", "3s"],
      "'3s' is after the end of the run at 2s; --duration 3s"
    ),
    (["--probe", "to the servic"], "there is no probe 'to the servic'; did you mean 'to the service'?"),
  ])
  func namesOfTheCommandLine(_ arguments: [String], _ words: String) throws {
    let files = ["a.yaml": Inputs.scenario(Inputs.probe(verdict: "deliver"))]
    let outcome = try Command.run(["trace", "a.yaml"] + arguments, files: files).outcome
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("error: " + words), "\(outcome.errors)")
  }

  @Test func atTheEndIsNotAfterIt() throws {
    let files = ["a.yaml": Inputs.scenario()]
    #expect(try Command.run(["get", "svc", "a.yaml", "--at", "2s"], files: files).outcome.status == 0)
  }

  @Test(arguments: ["run", "validate", "test"]) func nothingInTheInputIsAMistake(command: String) throws {
    let (outcome, left) = try Command.run([command, "-"], input: "")
    #expect(outcome.status == 65)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("no object in the input"))
    #expect(left.isEmpty)
  }

  @Test func testsThatCheckNothingFail() throws {
    let manifests = try Command.run(["test", "a.yaml"], files: ["a.yaml": Inputs.manifests]).outcome
    #expect(manifests.status == 65)
    #expect(manifests.errors.contains("no Scenario document in 'a.yaml'; nothing was checked"))
    let directory = try Command.run(["test", "d"], files: ["d/notes.txt": ""]).outcome
    #expect(directory.status == 66)
    #expect(directory.errors.contains("cannot read 'd': it holds no YAML file"))
    #expect(manifests.output.isEmpty && directory.output.isEmpty)
  }

  /// One fact is one error, with what mends it.
  @Test(arguments: [
    (["cluster.nodes=1", "1500"], "1500 pods do not fit: one node × 253 pod addresses", "--set cluster.nodes=6"),
    (["cluster.nodes=3", "1500"], "1500 pods do not fit: 3 nodes × 253 pod addresses", "--set cluster.nodes=6"),
    (["cluster.nodePortRange=30000-30001", "2"], "finds no free node port: ", "set cluster.nodePortRange"),
    (
      ["cluster.serviceCIDR=10.96.0.0/29", "2"], "finds no free cluster IP, nor do 3 more: ", "set cluster.serviceCIDR"
    ),
    (
      ["loadBalancers.addresses=198.51.100.0/31", "2"], "finds no free load balancer address",
      "set loadBalancers.addresses"
    ),
  ])
  func whatIsExhaustedIsOneError(_ input: [String], _ words: String, _ remedy: String) throws {
    let services = (0..<9).map { number in
      let type = number < 3 ? "NodePort" : number < 6 ? "LoadBalancer" : "ClusterIP"
      let more = type == "LoadBalancer" ? ", allocateLoadBalancerNodePorts: false" : ""
      return "apiVersion: v1\nkind: Service\nmetadata: {name: s\(number)}\n"
        + "spec: {type: \(type), selector: {app: web}, ports: [{port: 80}]\(more)}\n---\n"
    }
    let web = Inputs.manifests.replacingOccurrences(of: "replicas: 2", with: "replicas: \(input[1])")
      .replacingOccurrences(of: "clusterIP: 10.96.0.41, ", with: "")
    let outcome = try Command.run(
      ["validate", "a.yaml", "--set", input[0]], files: ["a.yaml": services.joined() + web]
    ).outcome
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(outcome.errors.contains(remedy))
    #expect(outcome.errors.contains("1 error; nothing was run."))
  }

  /// Pods that no node takes stay Pending, as many as they are.
  @Test func podsThatNoNodeTakesNeedNoAddress() throws {
    let text = Inputs.manifests.replacingOccurrences(of: "replicas: 2", with: "replicas: 1500")
      .replacingOccurrences(of: "spec: {containers", with: "spec: {nodeSelector: {disk: ssd}, containers")
    #expect(try Command.run(["validate", "a.yaml"], files: ["a.yaml": text]).outcome.status == 0)
  }

  @Test func aCheckThatDoesNotHoldIsOne() throws {
    let files = ["a.yaml": Inputs.scenario(Inputs.probe(verdict: "drop"))]
    #expect(try Command.run(["run", "a.yaml"], files: files).outcome.status == 1)
    #expect(try Command.run(["test", "a.yaml"], files: files).outcome.status == 1)
    let good = ["a.yaml": Inputs.scenario(Inputs.probe(verdict: "deliver"))]
    #expect(try Command.run(["run", "a.yaml"], files: good).outcome.status == 0)
    #expect(try Command.run(["test", "a.yaml"], files: good).outcome.status == 0)
  }

  @Test func whatCannotBeWrittenIs73() throws {
    let (outcome, _) = try Command.run(
      ["run", "a.yaml", "--output-dir", "taken"], files: ["a.yaml": Inputs.scenario(), "taken": "a file"])
    #expect(outcome.status == 73)
    #expect(outcome.errors.contains("cannot write taken"))
  }
}
