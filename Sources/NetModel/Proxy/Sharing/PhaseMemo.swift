// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// What the rules of one phase said of earlier packets that they cannot tell from this one.
///
/// kube-proxy's filter rules and KUBE-POSTROUTING look at a new connection's destination, interfaces, state and mark
/// alone. A walk that read nothing else, as `Instruction.readsMore` tells, is kept under just that, the node, and what
/// its kube-proxy has applied; the next such packet costs one comparison. Mapped directly; a line is overwritten by the
/// next question that falls on it.
struct PhaseMemo: ~Copyable {
  /// All that such a walk depends on, in six words.
  struct Question: Equatable, BitwiseCopyable {
    private var destination: UInt64
    private var markAndNode: UInt64
    private var interfaces: UInt64
    private var applied: UInt64
    private var place: UInt64
    private var stamp: UInt64

    @inline(__always) init(
      _ ruleset: RulesetID, _ hook: Hook, _ phase: HookPhase, _ packet: PacketView, _ view: NodeView, stamp: UInt64
    ) {
      destination =
        UInt64(packet.tuple.destination.rawValue) << 32 | UInt64(packet.tuple.destinationPort) << 16
        | UInt64(packet.tuple.protocol.rawValue) << 8 | UInt64(packet.state.rawValue)
      markAndNode = UInt64(packet.mark) << 32 | UInt64(view.node.rawValue)
      interfaces = UInt64(packet.inInterface.rawValue) << 32 | UInt64(packet.outInterface.rawValue)
      applied = UInt64(view.services.rawValue) << 32 | UInt64(view.endpoints.rawValue)
      place = UInt64(ruleset.rawValue) << 16 | UInt64(hook.rawValue) << 8 | UInt64(phase.rawValue)
      self.stamp = stamp
    }

    /// A question that nobody asks.
    fileprivate init() {
      destination = .max
      markAndNode = .max
      interfaces = .max
      applied = .max
      place = .max
      stamp = 0
    }

    @inline(__always) fileprivate var hash: Int {
      let first = foldedProduct(destination ^ 0x9e37_79b9_7f4a_7c15, markAndNode ^ 0xd6e8_feb8_6659_fd93)
      return Int(truncatingIfNeeded: foldedProduct(first ^ place, 0xa076_1d64_78bd_642f) >> 8)
    }
  }

  private struct Line: BitwiseCopyable {
    var question: Question
    var answer: HookResult
  }

  private static let lineCount = 1 << 12
  private let lines: UnsafeMutablePointer<Line>

  init() {
    lines = .allocate(capacity: PhaseMemo.lineCount)
    let empty = Line(
      question: Question(), answer: HookResult(PacketView(FlowTuple(addresses: 0, ports: 0))))
    lines.initialize(repeating: empty, count: PhaseMemo.lineCount)
  }

  deinit { lines.deallocate() }

  /// The answer to a question, if it is kept.
  @inline(__always) func find(_ question: Question) -> HookResult? {
    let line = lines + (question.hash & (PhaseMemo.lineCount - 1))
    return line.pointee.question == question ? line.pointee.answer : nil
  }

  /// Keeps an answer.
  func keep(_ question: Question, _ answer: HookResult) {
    lines[question.hash & (PhaseMemo.lineCount - 1)] = Line(question: question, answer: answer)
  }
}
