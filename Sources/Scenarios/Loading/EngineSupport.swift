// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel
import SimCore

/// What the format has and the engine does not do yet. A line goes when its feature comes.
enum EngineSupport {
  /// kube-proxy's modes that are modelled.
  static let modes: [KubeProxyConfiguration.Mode] = [.iptables]
  /// Load balancer providers that are modelled.
  static let providers = ["generic", "none"]

  /// Reports a mode that is not modelled.
  static func check(_ mode: KubeProxyConfiguration.Mode, at place: SourcePlace, _ findings: Findings) {
    if modes.contains(mode) { return }
    let known = modes.map(\.rawValue).joined(separator: ", ")
    findings.error(
      .notModelledYet("proxy mode \(mode.rawValue) is not modelled yet", hint: "modelled: \(known)"), at: place)
  }

  /// Warns of a sync period that somebody chose.
  static func checkSyncPeriod(_ proxy: KubeProxyConfiguration, at place: SourcePlace, _ findings: Findings) {
    if proxy.syncPeriod == KubeProxyConfiguration().syncPeriod { return }
    warn("syncPeriod", "rules are written when something changes", at: place, findings)
  }

  /// Warns of load balancer settings that somebody chose: from the start they are there and healthy.
  static func check(_ balancers: LoadBalancerParameters, _ fields: FieldReader) {
    let usual = LoadBalancerParameters()
    let hint = "load balancers have every node as a target at all times"
    if balancers.provisioning != usual.provisioning {
      warn("provisioning", hint, at: fields.place("provisioning"), fields.findings)
    }
    if balancers.healthCheck != usual.healthCheck {
      warn("healthCheck", hint, at: fields.place("healthCheck"), fields.findings)
    }
  }

  /// Warns of what pods have that would show once something happens to them: once a field, not once a pod.
  ///
  /// Without events no pod starts or ends, and the fields say nothing about the run.
  static func checkPods(_ scenario: Scenario, _ findings: Findings) {
    guard !scenario.world.events.isEmpty else { return }
    var probes: [SourcePlace] = []
    var graces: [SourcePlace] = []
    for entry in scenario.places.objects.all {
      let isController = WorkloadController.Kind(rawValue: entry.kind) != nil
      guard isController || entry.kind == "Pod",
        let spec = entry.node[isController ? ["spec", "template", "spec"] : ["spec"]]
      else { continue }
      if let probe = spec["containers"]?.elements?.lazy.compactMap({ $0["readinessProbe"] }).first {
        probes.append(probe.place)
      }
      // 30 is what the API server writes where nobody chose (pkg/apis/core/v1/defaults.go).
      if let grace = spec["terminationGracePeriodSeconds"], grace.scalar?.text != "30" { graces.append(grace.place) }
    }
    warn("readinessProbe", "a pod is ready as soon as it runs", at: probes, findings)
    warn("terminationGracePeriodSeconds", "a pod that ends serves nothing any more", at: graces, findings)
  }

  private static func warn(_ key: String, _ hint: String, at places: [SourcePlace], _ findings: Findings) {
    guard let first = places.first else { return }
    warn(key, places.count > 1 ? "\(hint); the first of \(places.count)" : hint, at: first, findings)
  }

  private static func warn(_ key: String, _ hint: String, at place: SourcePlace, _ findings: Findings) {
    findings.warning(.notModelledYet("\(key) has no effect yet", hint: hint), at: place)
  }
}
