// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

extension Scenario {
  /// What assembling the cluster found wrong, at the places of the objects concerned.
  public func diagnostics(of problems: AssemblyProblems) -> [Diagnostic] {
    problems.problems.map { problem in
      let isSetting = problem.kind.isEmpty
      let path = problem.object.name.split(separator: ".").map(String.init)
      let place =
        isSetting
        ? places.place(setting: path) ?? places.scenario
        : place(of: problem)
      let name = isSetting || problem.object.name.isEmpty ? "" : "\(problem.kind) \(problem.object): "
      return .error(.refused(name + problem.message, hint: problem.hint), at: place)
    }
  }

  /// An object's place; of a pod that a controller makes, the controller's; of an element of the scenario, its own.
  private func place(of problem: AssemblyProblem) -> SourcePlace? {
    if let place = places.place(kind: problem.kind, problem.object) { return place }
    let name = problem.object.name
    if let at = world.workloads.firstIndex(where: { $0.name == name }), problem.kind.lowercased() == "workload" {
      return places.workloads[safe: at]
    }
    if let at = world.clients.firstIndex(where: { $0.name == name }), problem.kind.lowercased().hasPrefix("client") {
      return places.clients[safe: at]
    }
    guard problem.kind == "Pod" else { return places.scenario }
    let owners = world.cluster.controllers.filter {
      $0.metadata.namespace == problem.object.namespace && name.hasPrefix($0.metadata.name + "-")
    }
    guard let owner = owners.max(by: { $0.metadata.name.utf8.count < $1.metadata.name.utf8.count }) else {
      return places.scenario
    }
    return places.place(kind: owner.kind.rawValue, owner.metadata.namespacedName)
  }
}
