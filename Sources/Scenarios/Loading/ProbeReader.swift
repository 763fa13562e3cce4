// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// The keys of an element of `spec.probes`.
enum ProbeKeys {
  static let name = Key("name", ValueKind<String>.string, "The probe's name.")
  static let via = Key(
    "via", ValueKind<String>.string, "Only this node's rules are asked; else the whole way is walked.")
  static let from = Key(
    "from", ValueKind<ProbeQuestion.Source>.source, "IP, pod/NS/NAME, node/NAME or client/NAME.")
  static let to = Key("to", ValueKind<Destination>.destination, "\(References.destinationForms).")
  static let transport = Key(
    "protocol", ValueKind<IPProtocol>.transport, default: "TCP", source: "chosen", "TCP, UDP or SCTP.")
  static let at = Key("at", ValueKind<SimTime>.time, "When; after the initial state has settled when left out.")
  static let verdict = Key("verdict", ValueKind<ProbeVerdict>.word("verdict"), "How the connection ends.")
  static let endpoints = Key(
    "endpoints", ValueKind<[SocketAddress]>.list(.socketAddress), "Exactly these, in any order.")
  static let masquerade = Key("masquerade", ValueKind<Bool>.bool, "Whether some branch is masqueraded.")

  static let expect = KeyTable(
    name: "ProbeExpectation",
    keys: [
      verdict.erased, endpoints.erased, masquerade.erased,
      Key("probabilities", .map(.number(0...1)), "The probability of each endpoint, within 1e-6.").erased,
    ])
  static let table = KeyTable(
    name: "Probe",
    keys: [
      name.erased, via.erased, from.erased, to.erased, transport.erased, at.erased,
      Key("expect", .object(expect), "What is left out is not checked.").erased,
    ],
    required: ["name", "from", "to"])
}

/// Reads `spec.probes`.
enum ProbeReader {
  /// Reads all probes.
  static func read(_ spec: FieldReader) -> [Probe] {
    var probes: [Probe] = []
    for fields in spec.mappings("probes") {
      fields.allow(ProbeKeys.table)
      fields.require("from", "to", of: "the probe")
      let name = fields.requiredString("name", of: "the probe")
      let from = fields.read(ProbeKeys.from)
      let to = fields.read(ProbeKeys.to)
      let expected = fields["expect"] == nil ? nil : expectation(fields.mapping("expect"))
      let transport = fields.read(ProbeKeys.transport) ?? .tcp
      let at = fields.read(ProbeKeys.at)
      let via = fields.read(ProbeKeys.via)
      guard let name, let from, let to else { continue }
      if let first = probes.first(where: { $0.name == name })?.place {
        fields.findings.error(.duplicateName(kind: "probe", name: name, first: first), at: fields.place("name"))
        continue
      }
      let question = ProbeQuestion(via: via, from: from, to: to, protocol: transport)
      probes.append(Probe(name: name, question: question, at: at, expected: expected, place: fields.place("name")))
    }
    return probes
  }

  private static func expectation(_ fields: FieldReader) -> ProbeExpectation {
    fields.allow(ProbeKeys.expect)
    var expected = ProbeExpectation()
    expected.verdict = fields.read(ProbeKeys.verdict)
    expected.endpoints = fields.read(ProbeKeys.endpoints)?.sorted()
    expected.masquerade = fields.read(ProbeKeys.masquerade)
    if fields["probabilities"] != nil {
      expected.probabilities = probabilities(fields.mapping("probabilities"))
    }
    return expected
  }

  private static func probabilities(_ fields: FieldReader) -> [ProbeExpectation.EndpointProbability] {
    var result: [ProbeExpectation.EndpointProbability] = []
    for pair in fields.node.pairs ?? [] {
      let key = YAMLNode(value: .scalar(YAMLScalar(text: pair.key, isPlain: false)), place: pair.keyPlace)
      guard let endpoint = ValueKind.socketAddress.read(key, fields.findings),
        let probability = ValueKind.share.read(pair.node, fields.findings)
      else { continue }
      result.append(.init(endpoint: endpoint, probability: probability))
    }
    let sum = result.reduce(0) { $0 + $1.probability }
    if sum > 1 + 1e-6, let first = fields.node.pairs?.first {
      fields.findings.error(
        .refused("the probabilities come to \(sum), more than 1", hint: ""), at: first.keyPlace)
    }
    return result.sorted { $0.endpoint < $1.endpoint }
  }
}
