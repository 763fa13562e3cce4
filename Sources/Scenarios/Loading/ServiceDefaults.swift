// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

/// Fills in what the API server fills in by the cluster's blocks: the families of Services.
///
/// Source: pkg/registry/core/service/storage/alloc.go (initIPFamilyFields).
enum ServiceDefaults {
  /// Sets `ipFamilies` where a Service leaves them open.
  static func apply(_ cluster: inout ClusterSpecification, _ manifests: Manifests) {
    let families = cluster.serviceCIDRs.map(\.family)
    guard let primary = families.first else { return }
    for index in cluster.services.indices where cluster.services[index].type != .externalName {
      let service = cluster.services[index]
      let spec = manifests.node("Service", service.metadata.namespacedName)?["spec"]
      let policy = spec?["ipFamilyPolicy"]?.scalar?.text
      // A headless Service without selector may have endpoints of either family.
      let isOpen = service.isHeadless && service.selector == nil && service.ipFamilies.isEmpty
      var own = service.ipFamilies.isEmpty ? [primary] : service.ipFamilies
      if isOpen || policy == "PreferDualStack" || policy == "RequireDualStack" {
        for family in families where !own.contains(family) { own.append(family) }
      }
      cluster.services[index].ipFamilies = own
    }
  }
}
