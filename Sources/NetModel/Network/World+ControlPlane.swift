// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What the scenario, the kubelets and the controllers do, stage by stage, until the nodes' rules follow.
extension World {
  private func change(
    _ kind: ChangeRecord.Kind, pod: PodID = .none, node: NodeID = .none, cause: UInt32, count: Int = 0, at: SimTime
  ) {
    recorder.append(
      ChangeRecord(at: at, kind: kind, pod: pod, node: node, cause: cause, count: UInt32(truncatingIfNeeded: count)))
  }

  // MARK: The scenario

  mutating func perform(_ number: Int, _ scheduler: inout Scheduler<WorldEvent>) {
    let cause = UInt32(number)
    switch specification.events[number].action {
    case .failPods(let selection):
      for pod in select(selection, where: { !$0.isFailed && !$0.pod.isTerminating }) {
        fail(pod, cause: cause, &scheduler)
      }
    case .restorePods(let selection):
      for pod in select(selection, where: { $0.isFailed }) { restore(pod, cause: cause, &scheduler) }
    case .deletePods(let selection):
      for pod in select(selection, where: { !$0.pod.isTerminating }) { delete(pod, cause: cause, &scheduler) }
    case .scale(let kind, let name, let replicas):
      let found = control.controllers.firstIndex {
        $0.controller.kind == kind && $0.controller.metadata.namespacedName == name
      }
      guard let index = found else { return }
      control.controllers[index].controller.replicas = replicas
      change(.scaled, cause: cause, count: replicas, at: scheduler.now)
      scheduler.schedule(
        WorldEvent(kind: .reconcile, a: UInt32(index), b: cause), after: control.delays.apiWrite + control.delays.watch)
    }
  }

  /// The pods of a selection that meet a condition, by name.
  private func select(_ selection: PodSelection, where condition: (ControlPlane.PodObject) -> Bool) -> [PodID] {
    var found: [PodID] = []
    for (index, object) in control.pods.enumerated() where object.isObject && object.exists && condition(object) {
      let metadata = object.pod.metadata
      if let pod = selection.pod {
        if metadata.namespacedName == pod { found.append(PodID(index: index)) }
      } else if metadata.labels.matches(selection.selector),
        selection.namespace.map({ $0 == metadata.namespace }) ?? true
      {
        found.append(PodID(index: index))
      }
    }
    found.sort {
      control.pods[$0.index].pod.metadata.namespacedName < control.pods[$1.index].pod.metadata.namespacedName
    }
    return Array(found.prefix(selection.limit(of: found.count)))
  }

  // MARK: Pods

  private mutating func fail(_ pod: PodID, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    control.pods[pod.index].isFailed = true
    change(.podFailed, pod: pod, node: pods[pod].node, cause: cause, at: scheduler.now)
    endProcess(pod, isGone: false, &scheduler)
    scheduleKubelet(pod, cause: cause, &scheduler)
  }

  private mutating func restore(_ pod: PodID, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    control.pods[pod.index].isFailed = false
    scheduler.schedule(
      WorldEvent(kind: .podStart, a: pod.rawValue, b: cause), after: control.delays.containerStart)
  }

  private mutating func delete(_ pod: PodID, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    control.pods[pod.index].pod.isTerminating = true
    change(.podDeleted, pod: pod, node: pods[pod].node, cause: cause, at: scheduler.now)
    let delays = control.delays
    // Kubelet and controllers watch the deletion each on its own; SIGTERM ends the server at once.
    scheduler.schedule(WorldEvent(kind: .podStop, a: pod.rawValue, b: cause), after: delays.watch)
    queueSlices(of: pod, cause: cause, after: delays.watch + delays.apiWrite, &scheduler)
    let controller = control.pods[pod.index].controller
    if controller >= 0 {
      scheduler.schedule(WorldEvent(kind: .reconcile, a: UInt32(controller), b: cause), after: delays.watch)
    }
  }

  /// The kubelet of a pod's node sees a change at its next relist.
  private mutating func scheduleKubelet(_ pod: PodID, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    let node = pods[pod].node
    let period = UInt64(control.delays.plegRelist.nanoseconds)
    var draw = KeyedDraw(seed: drawSeed, purpose: .controlPlane, entity: UInt64(node.rawValue))
    let phase = draw.below(period)
    let now = scheduler.now.nanoseconds
    let next = now + period - (now + period - phase) % period
    scheduler.schedule(WorldEvent(kind: .kubelet, a: pod.rawValue, b: cause), at: SimTime(nanoseconds: next))
  }

  mutating func kubeletLooks(_ pod: PodID, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    guard control.pods[pod.index].exists else { return }
    let isReady = pods[pod].condition == .running
    guard control.pods[pod.index].isReady != isReady else { return }
    control.pods[pod.index].isReady = isReady
    change(.kubeletNoticed, pod: pod, node: pods[pod].node, cause: cause, at: scheduler.now)
    let delays = control.delays
    queueSlices(of: pod, cause: cause, after: delays.apiWrite + delays.watch + delays.apiWrite, &scheduler)
  }

  mutating func podStarts(_ pod: PodID, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    guard control.pods[pod.index].exists, !control.pods[pod.index].isFailed, !control.pods[pod.index].pod.isTerminating,
      pods[pod].condition != .running
    else { return }
    pods[pod].condition = .running
    if control.pods[pod.index].hasRun {
      control.pods[pod.index].restarts += 1
      control.pods[pod.index].lastRestart = scheduler.now
    }
    control.pods[pod.index].hasRun = true
    if pods[pod].hasClients { restartClients(in: pod, &scheduler) }
    change(.podStarted, pod: pod, node: pods[pod].node, cause: cause, at: scheduler.now)
    scheduleKubelet(pod, cause: cause, &scheduler)
  }

  mutating func podStops(_ pod: PodID, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    guard control.pods[pod.index].exists else { return }
    if pods[pod].condition == .running {
      endProcess(pod, isGone: false, &scheduler)
      scheduler.schedule(
        WorldEvent(kind: .podStop, a: pod.rawValue, b: cause), after: control.delays.sandboxRemoval)
    } else {
      endProcess(pod, isGone: true, &scheduler)
      control.pods[pod.index].exists = false
      control.pods[pod.index].isReady = false
      change(.podRemoved, pod: pod, node: pods[pod].node, cause: cause, at: scheduler.now)
      let delay = control.delays.apiWrite + control.delays.watch
      queueSlices(of: pod, cause: cause, after: delay, &scheduler)
      let controller = control.pods[pod.index].controller
      if controller >= 0 {
        scheduler.schedule(WorldEvent(kind: .reconcile, a: UInt32(controller), b: cause), after: delay)
      }
    }
  }

  // MARK: Controllers

  mutating func reconcile(_ index: Int, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    let controller = control.controllers[index].controller
    if controller.kind == .daemonSet {
      for node in control.nodesWithoutPod(ofDaemonSet: index) {
        _ = makePod(index, on: node, cause: cause, &scheduler)
      }
      return
    }
    let present = control.pods.indices.filter { control.pods[$0].controller == index && control.pods[$0].exists }
    var active = present.filter { !control.pods[$0].pod.isTerminating }
    // A StatefulSet's pod comes again under its name, so not before the old one is gone
    // (pkg/controller/statefulset/stateful_set_control.go); others replace it at once.
    let going = controller.kind == .statefulSet ? present.count - active.count : 0
    while active.count + going < controller.replicas {
      guard let made = makePod(index, cause: cause, &scheduler) else { return }
      active.append(made.index)
    }
    guard active.count > controller.replicas else { return }
    // Not ready before ready, then the newer before the older (controller_utils.go, ActivePodsWithRanks, in short);
    // a StatefulSet takes its highest ordinal.
    active.sort { a, b in
      let (left, right) = (control.pods[a], control.pods[b])
      if controller.kind == .statefulSet { return left.ordinal > right.ordinal }
      if left.isReady != right.isReady { return !left.isReady }
      return left.created != right.created ? left.created > right.created : a > b
    }
    for pod in active.prefix(active.count - controller.replicas) { delete(PodID(index: pod), cause: cause, &scheduler) }
  }

  private mutating func makePod(
    _ index: Int, on node: NodeID = .none, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>
  ) -> PodID? {
    guard let assembled = control.newPod(of: index, on: node, at: scheduler.now) else { return nil }
    let pod = addPodRow(assembled, condition: .down)
    change(.podCreated, pod: pod, node: pods[pod].node, cause: cause, at: scheduler.now)
    let delays = control.delays
    scheduler.schedule(
      WorldEvent(kind: .podStart, a: pod.rawValue, b: cause),
      after: delays.apiWrite + delays.watch + delays.containerStart)
    return pod
  }

  private mutating func queueSlices(
    of pod: PodID, cause: UInt32, after delay: SimDuration, _ scheduler: inout Scheduler<WorldEvent>
  ) {
    let metadata = control.pods[pod.index].pod.metadata
    for (index, state) in control.services.enumerated()
    where state.service.metadata.namespace == metadata.namespace {
      guard let selector = state.service.selector, metadata.labels.matches(selector) else { continue }
      scheduler.schedule(WorldEvent(kind: .endpointSlices, a: UInt32(index), b: cause), after: delay)
    }
  }

  mutating func writeSlices(_ index: Int, cause: UInt32, _ scheduler: inout Scheduler<WorldEvent>) {
    let state = control.services[index]
    let slices = EndpointSliceController.slices(
      of: state.service, pods: control.podStatuses(namespace: state.service.metadata.namespace))
    guard slices != state.written else { return }
    control.endpointsPoint = control.endpointsPoint.next
    for slice in slices where !state.written.contains(slice) { log.set(slice, at: control.endpointsPoint) }
    for old in state.written where !slices.contains(where: { $0.metadata.name == old.metadata.name }) {
      log.removeSlice(old.metadata.namespacedName, at: control.endpointsPoint)
    }
    log.settle()
    control.services[index].written = slices
    noteEndpoints(slices, of: state.service)
    let ready = slices.reduce(0) { $0 + $1.endpoints.count(where: \.isReady) }
    change(.endpointSliceWritten, cause: cause, count: ready, at: scheduler.now)
    tellProxies(cause: cause, &scheduler)
  }
}
