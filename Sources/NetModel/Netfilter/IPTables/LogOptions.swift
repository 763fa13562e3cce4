// SPDX-License-Identifier: GPL-3.0-or-later

/// The options of LOG and NFLOG, which packets do not feel: kept as text, but listed in the kernel's order.
///
/// Source: extensions/libxt_LOG.c, `LOG_save`; extensions/libxt_NFLOG.c, `nflog_print`.
struct LogOptions {
  /// An option, whether it has a value, and the value that goes without saying.
  private let options: [(name: String, hasValue: Bool, default: String?)]

  static let log = LogOptions(options: [
    ("--log-prefix", true, ""), ("--log-level", true, "4"), ("--log-tcp-sequence", false, nil),
    ("--log-tcp-options", false, nil), ("--log-ip-options", false, nil), ("--log-uid", false, nil),
    ("--log-macdecode", false, nil),
  ])

  static let nflog = LogOptions(options: [
    ("--nflog-prefix", true, ""), ("--nflog-group", true, "0"), ("--nflog-size", true, nil),
    ("--nflog-threshold", true, nil),
  ])

  private static let levels = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"]

  /// The options as listed; text with others stays as it is.
  func listed(_ text: String) -> [String] {
    guard !text.isEmpty, case .success(let words) = RuleWords.cut(Array(text.utf8)[...]) else {
      return text.isEmpty ? [] : [text]
    }
    var found = [String?](repeating: nil, count: options.count)
    var next = words.startIndex
    while next < words.count {
      guard let place = options.firstIndex(where: { $0.name == words[next].text }), found[place] == nil else {
        return [text]
      }
      next += 1
      if options[place].hasValue {
        guard next < words.count else { return [text] }
        let value = words[next].text
        let level = options[place].name == "--log-level" ? LogOptions.levels.firstIndex(of: value) : nil
        found[place] = level.map { "\($0)" } ?? value
        next += 1
      } else {
        found[place] = ""
      }
    }
    var listed: [String] = []
    for (option, value) in zip(options, found) {
      guard let value, value != option.default else { continue }
      listed.append(option.name)
      if option.hasValue { listed.append(RuleText.quoted(value, strict: true)) }
    }
    return listed
  }
}
