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

  @Test func whatIsLongOverExplainsNothing() {
    let changes = [
      Made.change(at: 1000, .podFailed, pod: 0, cause: 0), Made.change(at: 1100, .endpointSliceWritten, cause: 0),
      Made.change(at: 1200, .rulesApplied, node: 0, cause: 0),
    ]
    let found = summary(failures([20_000]), changes: changes)
    #expect(found.outages[0].cause == nil)
    #expect(found.outages[0].stages.isEmpty)
  }

  @Test func anEventsFirstChangeIsTheCause() {
    let changes = [
      Made.change(at: 1000, .podDeleted, pod: 0, cause: 3), Made.change(at: 1001, .podDeleted, pod: 1, cause: 3),
    ]
    #expect(summary(failures([1500]), changes: changes).outages[0].cause == "pod default/web-0 was deleted")
  }
}
