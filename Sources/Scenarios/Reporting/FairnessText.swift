// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// Whether Services got the shares that their rules give, in a sentence each.
struct FairnessText {
  let summary: Summary
  let style: TextStyle
  /// P-values by the number of their Service, among all that the report has (Holm's correction): of many fair Services
  /// some look unfair by themselves.
  let adjusted: [Int: Double]

  /// Below this a Service is not called fair: one report in twenty of fair Services has one. Chosen, as everybody does.
  static let doubtful = 0.05
  /// Below this chance is no explanation. Chosen.
  static let unlikely = 0.001

  private var figures: FigureText { FigureText(style: style) }

  /// Judges the Services of a summary.
  init(summary: Summary, style: TextStyle) {
    self.summary = summary
    self.style = style
    let tested = summary.services.indices.filter { summary.services[$0].balance.chiSquare != nil }
    let values = tested.compactMap { summary.services[$0].balance.chiSquare?.pValue }
    adjusted = Dictionary(uniqueKeysWithValues: zip(tested, Holm.adjust(values) ?? values))
  }

  /// The sentence for a Service, by its number.
  func lines(_ number: Int) -> [String] {
    let service = summary.services[number]
    var sentences: [String] = []
    if service.hasClientIPAffinity {
      let clients = service.backends.reduce(0) { $0 + ($1.clients ?? 0) }
      let stays = clients == 1 ? "which stays with the pod of its" : "each stays with the pod of its"
      sentences.append(
        "ClientIP affinity: \(figures.count(clients, "client")), \(stays) first connection, so connections follow the "
          + "client\(clients == 1 ? "" : "s").")
    }
    sentences.append(fit(service, adjusted[number]))
    if let jain = service.balance.jain, let busiest = service.balance.maxOverMean {
      var words = "Jain \(figures.three(jain)), busiest/mean \(figures.three(busiest))"
      if service.podsChanged > 0, jain < 0.99, !service.hasClientIPAffinity {
        words += ": \(service.podsChanged) of \(figures.count(service.backends.count, "pod")) came, went or failed"
      }
      sentences.append(words + ".")
    }
    sentences.append(
      summary.replications > 1
        ? "Shares are means of \(summary.replications) runs; \(style.plusMinus) are their 95% limits (Student's t)."
        : service.hasClientIPAffinity ? "" : "One run; \(style.plusMinus) is Wilson's 95% interval, in points.")
    return TextLayout.wrap(sentences.filter { !$0.isEmpty }.joined(separator: " "), lead: "  ")
  }

  /// Whether what was left to chance agrees with the exact probabilities, in words that say what to do.
  private func fit(_ service: ServiceFigures, _ adjusted: Double?) -> String {
    let what = service.hasClientIPAffinity ? "first connections" : "shares"
    guard let test = service.balance.chiSquare, let adjusted else {
      let possible = service.backends.count { $0.connections > 0 || ($0.expectedShare ?? 0) > 0 }
      if possible == 1 { return "One endpoint gets all there is." }
      if service.backends.allSatisfy({ $0.expectedShare == nil }) { return "The exact shares are not known." }
      let few = service.hasClientIPAffinity ? "Too few clients" : "Too few connections"
      return "\(few) to judge whether \(what) fit the exact probabilities."
    }
    let statistic = test.statistic.isFinite ? figures.three(test.statistic) : "infinite"
    let degrees = Int(test.degreesOfFreedom)
    var evidence =
      "\(style.chiSquare) \(statistic) on \(degrees) degree\(degrees == 1 ? "" : "s") of freedom, "
      + figures.pValue(test.pValue)
    // What is unremarkable by itself stays so among many.
    if self.adjusted.count > 1, test.pValue < FairnessText.doubtful {
      evidence += ", \(figures.pValue(adjusted)) over \(self.adjusted.count) tests (Holm)"
    }
    let mark = service.hasClientIPAffinity ? "" : " (\(style.mark))"
    switch adjusted {
    case FairnessText.doubtful...:
      return "fair: \(what) fit the exact ones\(mark), \(evidence).\(outside(service, isFair: true))"
    case FairnessText.unlikely..<FairnessText.doubtful:
      let runs = NumberText.grouped(Int((1 / adjusted).rounded()))
      return "not settled: \(what) stray from the exact ones\(mark) as far as in 1 of \(runs) fair runs, \(evidence); "
        + "another --seed or more --replications tell chance from fault.\(outside(service, isFair: false))"
    default:
      return
        "unlikely by chance: \(what) differ from the exact ones\(mark), \(evidence).\(outside(service, isFair: false))"
    }
  }

  /// How many rows disagree by their own intervals: the sentence and the table are to say the same.
  private func outside(_ service: ServiceFigures, isFair: Bool) -> String {
    guard !service.hasClientIPAffinity else { return "" }
    let judged = service.backends.filter { $0.expectedShare != nil && $0.shareInterval != nil }
    let outside = judged.filter { backend in
      backend.expectedShare.flatMap { expected in backend.shareInterval.map { !$0.contains(expected) } } ?? false
    }
    guard !outside.isEmpty else { return "" }
    let verb = outside.count == 1 ? "lies outside its own" : "lie outside their own"
    let tail = isFair ? ", within chance when all rows are judged together" : ""
    let interval = outside.count == 1 ? "interval" : "intervals"
    return " \(outside.count) of \(figures.count(judged.count, "row")) \(verb) 95% \(interval)\(tail)."
  }
}
