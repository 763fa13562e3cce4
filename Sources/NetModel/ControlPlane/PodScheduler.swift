// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Binds pods to nodes by spreading: first over nodes without a pod of the same owner, then to the node with the fewest
/// pods, then in node order. Cordoned nodes and a pod's `nodeSelector` are honoured.
///
/// Source of the order: kube-scheduler's default scoring favours PodTopologySpread, then NodeResourcesBalancedAllocation
/// (pkg/scheduler/apis/config/v1/default_plugins.go); resources are not modelled.
struct PodScheduler {
  private var counts: [Int]
  private let nodes: [Node]
  // A binary heap of node numbers by (pods, number).
  private var heap: [Int] = []

  init(nodes: [Node]) {
    self.nodes = nodes
    counts = Array(repeating: 0, count: nodes.count)
    heap = nodes.indices.filter { !nodes[$0].isUnschedulable }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    counts[a] != counts[b] ? counts[a] < counts[b] : a < b
  }

  /// Counts a pod that is bound already; call before the first `place`.
  mutating func occupy(_ node: Int) { counts[node] += 1 }

  /// Orders the nodes once all bound pods are counted.
  mutating func start() { heap.sort { (counts[$0], $0) < (counts[$1], $1) } }

  /// Nodes for `count` pods of one owner, nil where none fits.
  mutating func place(_ count: Int, spec: PodSpec) -> [Int?] {
    var result: [Int?] = []
    var used: [Int] = []
    while result.count < count {
      if let node = pop(fitting: spec, &used) {
        result.append(node)
      } else if used.isEmpty {
        result.append(contentsOf: repeatElement(nil, count: count - result.count))
      } else {
        // Every node has one of the owner's pods: go round again.
        release(&used)
      }
    }
    release(&used)
    return result
  }

  private mutating func pop(fitting spec: PodSpec, _ used: inout [Int]) -> Int? {
    var passed: [Int] = []
    defer { for node in passed { push(node) } }
    while let node = popLeast() {
      if spec.nodeSelector.isEmpty || nodes[node].metadata.labels.matches(spec.nodeSelector) {
        used.append(node)
        counts[node] += 1
        return node
      }
      passed.append(node)
    }
    return nil
  }

  private mutating func release(_ used: inout [Int]) {
    for node in used { push(node) }
    used.removeAll(keepingCapacity: true)
  }

  private mutating func push(_ node: Int) {
    heap.append(node)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if !precedes(heap[child], heap[parent]) { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func popLeast() -> Int? {
    guard let least = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
        if !precedes(heap[child], heap[parent]) { break }
        heap.swapAt(child, parent)
        parent = child
      }
    }
    return least
  }
}
