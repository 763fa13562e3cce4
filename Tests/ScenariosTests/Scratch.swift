import Foundation
import Testing
@testable import Scenarios
@Suite struct Scratch {
  @Test func show() {
    for group in (ProcessInfo.processInfo.environment["SHOW"] ?? "").split(separator: ";") {
      let files = group.split(separator: " ").map(String.init)
      print("=====", files.map { $0.split(separator: "/").last! }.joined(separator: " "))
      let clock = ContinuousClock()
      var r: Result<ScenarioLoader.Loaded, ScenarioLoader.Failure>!
      let t = clock.measure { r = ScenarioLoader().load(files) }
      switch r! {
      case .success(let l):
        print("ok", t, l.scenario.name, "services", l.scenario.world.cluster.services.count, "ctl", l.scenario.world.cluster.controllers.count, "slices", l.scenario.world.cluster.endpointSlices.count, l.scenario.world.workloads.map { "\($0.name)<-\($0.from)" }, l.scenario.world.clients.count)
        print(DiagnosticText().render(l.warnings))
      case .failure(let f): print(t); print(DiagnosticText().render(f.diagnostics))
      }
    }
  }
}
