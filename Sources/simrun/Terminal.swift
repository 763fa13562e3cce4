// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Glibc
import Scenarios

/// Standard output and standard error, in the style that the options and the terminal ask for.
struct Terminal: Sendable {
  /// How the result looks.
  let style: TextStyle

  /// Finds the style out from the options and the environment.
  init(_ options: StyleOptions) {
    let isColoured = options.color.colours(
      isTerminal: isatty(STDOUT_FILENO) == 1, noColor: Terminal.variable("NO_COLOR"), term: Terminal.variable("TERM"))
    style = TextStyle(isASCII: options.ascii, isColoured: isColoured)
  }

  /// Writes a result to standard output.
  ///
  /// - Throws: exit code 73 when it cannot be written; a reader that went away is no fault.
  func print(_ text: String) throws {
    guard Terminal.write(text, to: STDOUT_FILENO) || errno == EPIPE else {
      error("cannot write the result: \(String(cString: strerror(errno)))")
      throw ExitCodes.cannotWrite
    }
  }

  /// Says something beside the result.
  func note(_ text: String) { _ = Terminal.write("note: \(text)\n", to: STDERR_FILENO) }

  /// Says what went wrong.
  func error(_ text: String) { _ = Terminal.write("error: \(text)\n", to: STDERR_FILENO) }

  /// Shows mistakes and oddities of the input.
  func report(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    _ = Terminal.write(DiagnosticText(isASCII: style.isASCII).render(diagnostics), to: STDERR_FILENO)
  }

  /// Whether progress may be shown.
  static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb" }

  /// Writes all of a text; false when that fails.
  static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

extension Slice where Base == UnsafeBufferPointer<UInt8> {
  fileprivate var baseAddress: UnsafePointer<UInt8>? { base.baseAddress.map { $0 + startIndex } }
}
