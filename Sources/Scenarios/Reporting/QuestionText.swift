// SPDX-License-Identifier: GPL-3.0-or-later
import NetModel

extension Destination {
  /// As a scenario's `to` has it.
  public var text: String {
    switch self {
    case .socket(let socket): socket.description
    case .service(let name, let port): "service/\(name)" + Destination.suffix(port)
    case .loadBalancer(let name, let port): "loadBalancer/\(name)" + Destination.suffix(port)
    case .node(let name, let port): "node/\(name):\(port)"
    case .pod(let name, let port): "pod/\(name):\(port)"
    case .name(let name, let port): "\(name):\(port)"
    }
  }

  private static func suffix(_ port: ServicePortReference?) -> String {
    switch port {
    case nil: ""
    case .number(let number)?: ":\(number)"
    case .name(let name)?: ":\(name)"
    }
  }
}

extension ProbeQuestion.Source {
  /// As a probe's `from` has it.
  public var text: String {
    switch self {
    case .address(let address): address.description
    case .pod(let name): "pod/\(name)"
    case .node(let name): "node/\(name)"
    case .client(let name): "client/\(name)"
    }
  }
}

/// Words for a shell.
public enum ShellText {
  /// A word as it is, or in quotes where a shell would take it apart.
  public static func word(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        || "-_./:=,@%+".unicodeScalars.contains($0)
    }
    if plain, !text.isEmpty { return text }
    var quoted = "'"
    for character in text { quoted += character == "'" ? "'\\''" : String(character) }
    return quoted + "'"
  }
}
