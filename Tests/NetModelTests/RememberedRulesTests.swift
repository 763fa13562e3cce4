// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel

/// What is remembered of rules that were walked changes nothing but the time it takes.
@Suite struct RememberedRulesTests {
  @Test(arguments: [
    (Service.ServiceType.loadBalancer, ClientPlacement.external), (.nodePort, .external),
    (.clusterIP, .pods(["app": "httpenv"], namespace: nil)),
  ])
  func runsAreEqualWithAndWithoutMemory(_ type: Service.ServiceType, _ placement: ClientPlacement) throws {
    for policy in [Service.TrafficPolicy.cluster, .local] {
      var specification = Httpenv.load(type, from: placement, rate: 200)
      specification.cluster.services[0].externalTrafficPolicy = policy
      specification.duration = .seconds(4)
      specification.events = [
        ScheduledEvent(at: .zero + .seconds(1), action: .failPods(PodSelection(selector: Httpenv.labels, count: 1)))
      ]
      let remembering = try SimulatedCluster(specification)
      try remembering.run(until: .zero + .seconds(6))
      let forgetful = try SimulatedCluster(specification)
      while let next = forgetful.simulation.peek(), next < .zero + .seconds(6) {
        forgetful.simulation.model.log.invalidateAnswers()
        _ = forgetful.simulation.step()
      }
      #expect(remembering.digests == forgetful.digests)
      #expect(remembering.conservation == forgetful.conservation)
      #expect(remembering.conservation.requestsSent > 500)
    }
  }
}
