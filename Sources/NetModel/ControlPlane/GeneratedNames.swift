// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Names that controllers make up: they depend on the owner and the ordinal only, so every run has the same.
enum GeneratedNames {
  // The alphabet of apimachinery pkg/util/rand, SafeEncodeString: no vowels, so no words.
  private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

  /// `count` characters that follow from a text.
  static func suffix(_ text: String, count: Int) -> String {
    var state = stableHash(text)
    var result = ""
    for _ in 0..<count {
      let index = splitMix64(&state).multipliedFullWidth(by: UInt64(alphabet.count)).high
      result.append(alphabet[Int(index)])
    }
    return result
  }

  /// The name of the `ordinal`-th pod a controller makes.
  static func pod(of controller: WorkloadController, ordinal: Int, node: String = "") -> String {
    let owner = controller.metadata.name
    let key = controller.kind.rawValue + "/" + controller.metadata.namespacedName.description
    switch controller.kind {
    case .deployment:
      // A Deployment's ReplicaSet is called after its template's hash.
      return "\(owner)-\(suffix(key, count: 10))-\(suffix("\(key)#\(ordinal)", count: 5))"
    case .replicaSet: return "\(owner)-\(suffix("\(key)#\(ordinal)", count: 5))"
    case .statefulSet: return "\(owner)-\(ordinal)"
    case .daemonSet: return "\(owner)-\(suffix("\(key)@\(node)#\(ordinal)", count: 5))"
    }
  }
}
