// SPDX-License-Identifier: GPL-3.0-or-later

/// Files that the tests hand to simrun.
enum Inputs {
  /// A Deployment of two pods behind a ClusterIP Service.
  static let manifests = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {clusterIP: 10.96.0.41, selector: {app: web}, ports: [{port: 80}]}
    """

  /// A short load on it, with more under `spec`.
  static func scenario(_ more: String = "") -> String {
    manifests + "\n---\n" + """
      apiVersion: simrun/v1
      kind: Scenario
      metadata: {name: small}
      spec:
        duration: 2s
        clients: [{name: inside, at: node/node-3}]
        workloads:
        - {name: browse, from: inside, to: "service/default/web:80", arrivals: {process: constant, rate: 50/s}}

      """ + more
  }

  /// One probe, which passes or not.
  static func probe(verdict: String) -> String {
    """
      probes:
      - {name: to the service, via: node-1, from: 10.244.9.9, to: "10.96.0.41:80", expect: {verdict: \(verdict)}}

    """
  }
}
