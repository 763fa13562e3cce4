// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct ObservationOutageTests {
  private func summary(_ requests: [RequestRecord], changes: [ChangeRecord] = []) -> Summary {
    var observer = Made.observer(to: 60_000)
    observer.add(changes: changes)
    observer.add(requests: requests)
    return Made.builder(observer).summary(window: 0)
  }

  private func failures(_ times: [Int]) -> [RequestRecord] {
    times.map { Made.request(sent: $0, ended: $0 + 1, .refused) }
  }

  @Test func runsFromTheFirstFailureToTheLastBeforeTheGap() {
    let found = summary(failures([1000, 3000, 7999, 12_999, 20_000]))
    #expect(found.outages.map(\.start) == [1, 12.999, 20])
    #expect(found.outages.map(\.end) == [7.999, 12.999, 20])
    #expect(found.outages.map(\.failed) == [3, 1, 1])
    #expect(found.outage.count == 3)
    #expect(found.outage.total.isNear(6.999))
    #expect(found.outage.longest.isNear(6.999))
  }

  @Test(arguments: [[1000, 8000, 4500], [8000, 1000, 4500], [4500, 1000, 8000], [8000, 4500, 1000]])
  func failuresMayEndInAnyOrder(times: [Int]) {
    let found = summary(failures(times))
    #expect(found.outages.count == 1)
    #expect(found.outages.first?.start == 1)
    #expect(found.outages.first?.end == 8)
    #expect(found.outages.first?.failed == 3)
  }

  @Test func noFailureIsNoOutage() {
    let found = summary([Made.request(sent: 1, ended: 2)])
    #expect(found.outages.isEmpty)
    #expect(found.outage == OutageFigures())
  }

  @Test func stagesTellWhatFailedRequestsWaitedFor() {
    let changes = [
      Made.change(at: 30_000, .podFailed, pod: 1, cause: 0), Made.change(at: 30_940, .kubeletNoticed, pod: 1, cause: 0),
      Made.change(at: 31_100, .endpointSliceWritten, cause: 0, count: 1),
      Made.change(at: 31_610, .rulesApplied, node: 0, cause: 0),
      Made.change(at: 31_870, .rulesApplied, node: 1, cause: 0),
      Made.change(at: 40_000, .rulesApplied, node: 0, cause: 0),
    ]
    let early = Made.request(sent: 29_990, ended: 30_001, .reset)
    let found = summary([early] + failures([30_100, 30_200, 31_000, 31_500, 31_700, 31_800]), changes: changes)
    let outage = found.outages[0]
    #expect(outage.cause == "pod default/web-1 crashed")
    #expect(outage.stages.map(\.name) == ["crash", "kubelet", "EndpointSlice", "node-1", "node-2"])
    #expect(outage.stages.map(\.at) == [30, 30.94, 31.1, 31.61, 31.87])
    #expect(outage.stages.map(\.failed) == [1, 2, 1, 1, 2])
  }

  @Test func whatIsLongOverExplainsNothingWhileEndpointsAreLeft() {
    let changes = [
      Made.change(at: 1000, .podFailed, pod: 0, cause: 0),
      Made.change(at: 1100, .endpointSliceWritten, cause: 0, count: 1),
      Made.change(at: 1200, .rulesApplied, node: 0, cause: 0),
    ]
    let found = summary(failures([20_000]), changes: changes)
    #expect(found.outages[0].cause == nil)
    #expect(found.outages[0].stages.isEmpty)
  }

  @Test func everyPodOfTheCausingEventIsNamed() {
    let changes = [
      Made.change(at: 1000, .podDeleted, pod: 0, cause: 3), Made.change(at: 1001, .podDeleted, pod: 1, cause: 3),
    ]
    let cause = summary(failures([1500]), changes: changes).outages[0].cause
    #expect(cause == "pods default/web-0 and default/web-1 were deleted")
  }

  /// Both pods crash at 10 s, are out of the rules at 12 s, restored at 20 s and back at 23 s.
  private static let crashAndRestore: [ChangeRecord] = [
    Made.change(at: 10_000, .podFailed, pod: 0, cause: 0), Made.change(at: 10_000, .podFailed, pod: 1, cause: 0),
    Made.change(at: 10_300, .kubeletNoticed, pod: 0, cause: 0),
    Made.change(at: 10_320, .endpointSliceWritten, cause: 0, count: 1),
    Made.change(at: 10_400, .rulesApplied, node: 0, cause: 0),
    Made.change(at: 10_400, .rulesApplied, node: 1, cause: 0),
    Made.change(at: 10_900, .kubeletNoticed, pod: 1, cause: 0),
    Made.change(at: 10_920, .endpointSliceWritten, cause: 0, count: 0),
    Made.change(at: 11_400, .rulesApplied, node: 0, cause: 0),
    Made.change(at: 12_000, .rulesApplied, node: 1, cause: 0),
    Made.change(at: 21_500, .podStarted, pod: 0, cause: 1), Made.change(at: 21_500, .podStarted, pod: 1, cause: 1),
    Made.change(at: 22_000, .kubeletNoticed, pod: 0, cause: 1),
    Made.change(at: 22_020, .endpointSliceWritten, cause: 1, count: 1),
    Made.change(at: 22_500, .rulesApplied, node: 0, cause: 1),
    Made.change(at: 23_000, .rulesApplied, node: 1, cause: 1),
  ]

  @Test func anOutageOfAllPodsIsAccountedForUpToItsRepair() {
    var observer = Observer(
      workloads: 1, counted: Made.time(0)..<Made.time(60_000), duration: .seconds(60),
      events: [Made.time(10_000), Made.time(20_000)], longestTimeout: .seconds(2))
    observer.add(changes: Self.crashAndRestore)
    let routed = [9990, 10_100, 10_850, 10_910, 11_000, 11_900].map {
      Made.request(sent: $0, ended: $0 + 20, backend: 0, .refused)
    }
    let without = [12_100, 15_000, 19_000, 20_500, 21_800, 22_010, 22_400, 22_900].map {
      Made.request(sent: $0, ended: $0 + 1, .refused)
    }
    observer.add(requests: routed + without + [Made.request(sent: 23_500, ended: 25_500, .timeout)])
    var builder = Made.builder(observer)
    builder.eventTimes = [Made.time(10_000), Made.time(20_000)]
    let outage = builder.summary(window: 0).outages[0]
    #expect(outage.cause == "pods default/web-0 and default/web-1 crashed")
    #expect(outage.failed == 15)
    #expect(outage.failedBy.reduce(0, +) == 15)
    #expect(outage.withoutEndpoint == 9)
    #expect(
      outage.stages.map(\.name) == [
        "crash", "2 kubelets", "EndpointSlice", "node-1", "node-2", "restore", "start", "kubelet", "EndpointSlice",
        "node-1", "node-2",
      ])
    #expect(outage.stages.map(\.event) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    #expect(outage.stages.map(\.failed) == [1, 2, 1, 1, 1, 3, 1, 1, 1, 1, 1])
    #expect(outage.stages.map(\.at) == [10, 10.9, 10.92, 11.4, 12, 20, 21.5, 22, 22.02, 22.5, 23])
    #expect(outage.failedAfter == 1)
  }

  @Test func anEventInsideALongerOutageIsNamedWithItsTime() {
    let changes = [
      Made.change(at: 10_000, .podFailed, pod: 1, cause: 0), Made.change(at: 10_940, .kubeletNoticed, pod: 1, cause: 0),
      Made.change(at: 11_100, .endpointSliceWritten, cause: 0, count: 1),
      Made.change(at: 11_610, .rulesApplied, node: 0, cause: 0),
    ]
    let overloads = stride(from: 5000, to: 30_000, by: 100).map {
      Made.request(sent: $0, ended: $0 + 1, backend: 0, .overloaded)
    }
    let found = summary(overloads + failures([10_200]), changes: changes).outages[0]
    #expect(found.cause == "overload: 1 pod, 8 at once and 128 waiting each; at 10.00 s pod default/web-1 crashed")
    #expect(found.stages.map(\.name) == ["crash", "kubelet", "EndpointSlice", "node-1"])
    #expect(found.failed == 251)
  }

  @Test func aFullConntrackTableIsTheReasonForSilence() {
    var observer = Made.observer(to: 60_000)
    observer.note(drops: [UInt64](repeating: 0, count: DropCause.allCases.count), conntrackFull: [0, 0], at: .zero)
    var drops = [UInt64](repeating: 0, count: DropCause.allCases.count)
    drops[Int(DropCause.conntrackFull.rawValue)] = 1500
    observer.note(drops: drops, conntrackFull: [0, 1500], at: Made.time(3000))
    observer.add(requests: [Made.request(sent: 2000, ended: 4000, .timeout)])
    let outage = Made.builder(observer).summary(window: 0).outages[0]
    #expect(outage.cause == "conntrack table of node-2 full, 1,500 packets dropped")
  }
}
