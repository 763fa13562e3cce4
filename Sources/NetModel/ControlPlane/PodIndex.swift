// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The pods of one namespace by their labels, so that a Service's pods are found without asking every pod.
struct PodIndex {
  private let statuses: [EndpointSliceController.PodStatus]
  private var byPair: [Labels.Pair: [Int]] = [:]

  /// Sorts pods by label.
  init(_ statuses: [EndpointSliceController.PodStatus]) {
    self.statuses = statuses
    for (place, status) in statuses.enumerated() {
      for pair in status.pod.metadata.labels.pairs { byPair[pair, default: []].append(place) }
    }
  }

  /// Pods among which are all that a selector matches, in their order: those with the rarest of its pairs.
  func candidates(_ selector: Labels) -> [EndpointSliceController.PodStatus] {
    var fewest: [Int]?
    for pair in selector.pairs {
      let places = byPair[pair] ?? []
      if fewest.map({ places.count < $0.count }) ?? true { fewest = places }
    }
    return fewest.map { $0.map { statuses[$0] } } ?? statuses
  }
}
