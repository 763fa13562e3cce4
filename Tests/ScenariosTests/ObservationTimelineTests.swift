// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore
import Testing

@testable import NetModel
@testable import Scenarios

@Suite struct ObservationTimelineTests {
  @Test func aBucketASecondByWhenRequestsWereSent() {
    var observer = Made.observer(from: 1000, to: 2500)
    observer.add(requests: [
      Made.request(sent: 0, ended: 10), Made.request(sent: 999, ended: 1999), Made.request(sent: 1000, ended: 1002),
      Made.request(sent: 1999, ended: 2000, .refused), Made.request(sent: 2400, ended: 2500),
      Made.request(sent: 2500, ended: 2501),
    ])
    observer.note(endpoints: 3, at: Made.time(0))
    observer.note(endpoints: 2, at: Made.time(1000))
    let buckets = observer.finishTimeline()
    #expect(buckets.map(\.start) == [0, 1, 2])
    // The warm-up is shown here, and only here.
    #expect(buckets.map(\.requests.sent) == [2, 2, 1])
    #expect(buckets.map(\.requests.failed) == [0, 1, 0])
    #expect(buckets.map(\.latency.max) == [1, 0.002, 0.1])
    #expect(buckets.map(\.endpoints) == [3, 2, nil])
  }

  @Test func percentilesAreOfTheValuesThemselves() {
    var observer = Made.observer(to: 1000)
    observer.add(requests: [10, 20, 30, 40].map { Made.request(sent: 0, ended: $0) })
    let latency = observer.finishTimeline()[0].latency
    #expect(latency.p50 == 0.025)
    #expect(latency.mean == 0.025)
    #expect(latency.relativeError == 0)
  }

  @Test func aBucketIsClosedOnceNoRequestOfItCanEnd() {
    var tally = TimelineTally(duration: .seconds(2))
    tally.add(Made.request(sent: 500, ended: 600))
    tally.close(before: Made.time(1000))
    tally.add(Made.request(sent: 1500, ended: 1600))
    let buckets = tally.finish()
    #expect(buckets.map(\.latency.p50) == [0.1, 0.1])
  }
}
