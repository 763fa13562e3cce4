// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The way of a connection's first packet through one node: hooks, translation, routing, in Linux's order.
///
/// Packets, probes and traces all take it; they differ in who chooses and who watches. It changes nothing but what the
/// host context remembers: the caller enters the connection into conntrack.
struct NodeWalk: BitwiseCopyable {
  let node: NodeID
  let now: SimTime
  /// The node's addresses that MASQUERADE puts in, one a family.
  let nodeAddressIPv4: AddressID
  let nodeAddressIPv6: AddressID

  /// What became of the packet.
  struct Outcome: BitwiseCopyable {
    var verdict = Verdict.accept
    var rejection = Rejection.portUnreachable
    /// The connection as it is to be entered; not tracked when invalid or `notrack`.
    var entry: ConntrackEntry
    var isTracked = true
    /// The packet's tuple as it leaves, or as it is delivered here.
    var tuple: FlowTuple
    /// Where routing sends it.
    var isForLocalProcess = false
    var hasDNAT = false
    var hasSNAT = false
    var rulesWalked: UInt32 = 0
    /// The rule that dropped, rejected or accepted it; `none` for a policy.
    var decisive = RuleReference.none
    /// The hook at which it ended, or INPUT or POSTROUTING.
    var hook = Hook.postrouting
  }

  /// Walks the packet.
  ///
  /// - Parameters:
  ///   - parts: the world's; handed in, since a reference held here would be counted for every connection.
  ///   - isLocalOutput: whether a process of the node sends it: OUTPUT instead of PREROUTING.
  ///   - inInterface: where it comes in.
  ///   - outInterface: tells the interface towards an address.
  func run<Choice: Chooser, Trace: Tracer>(
    _ parts: NodeParts, _ tuple: FlowTuple, flags: TCPFlags, length: UInt16, isLocalOutput: Bool,
    inInterface: InterfaceID, isProbe: Bool, chooser: inout Choice, draws: inout KeyedDraw, trace: inout Trace,
    outInterface: (AddressID) -> InterfaceID
  ) -> Outcome {
    let rules = parts.rules
    let locals = parts.locals
    let conntrack = parts.conntrack
    let family = locals.addresses[tuple.destination].family
    let sets = rules.node(node)
    let ruleset = family == .ipv4 ? sets.ipv4 : sets.ipv6
    let begun = conntrack.begin(tuple, node, flags: flags, now: now)
    let blank = begun ?? ConntrackEntry(original: tuple.on(node), reply: tuple.on(node).reversed, tcp: .none)
    var steps = NodeSteps(
      packet: PacketView(tuple), outcome: Outcome(entry: blank, tuple: tuple),
      units: rules.units(of: sets, family: family, isExact: isProbe),
      host: NodeContext(node, now: now, locals: locals, memory: parts.memory, isProbe: isProbe), ruleset: ruleset,
      isProbe: isProbe)
    steps.packet.tcpFlags = flags
    steps.packet.length = length
    steps.packet.inInterface = isLocalOutput ? .none : inInterface
    if isLocalOutput { steps.packet.outInterface = outInterface(tuple.destination) }
    let first: Hook = isLocalOutput ? .output : .prerouting

    // raw, before conntrack has seen the packet.
    var isUntracked = false
    if rules.program.core.pointee.entry(ruleset, .raw, first) != .max {
      steps.packet.state = .untracked
      isUntracked = steps.step(first, .untracked, rules, &chooser, &trace).notrack
      guard steps.outcome.verdict == .accept else { return steps.outcome }
    }
    steps.outcome.isTracked = begun != nil && !isUntracked
    steps.packet.state = begun == nil ? .invalid : isUntracked ? .untracked : .new

    var result = steps.step(first, .translation, rules, &chooser, &trace)
    guard steps.outcome.verdict == .accept else { return steps.outcome }
    if steps.outcome.isTracked, result.nat.kind != .none {
      var request = result.nat
      if request.kind == .redirect, request.address.isNone {
        request.address = isLocalOutput ? locals.addresses.intern(loopback(family)) : ownAddress(family)
      }
      conntrack.bindDestination(&steps.outcome.entry, request, draws: &draws, now: now)
      steps.outcome.hasDNAT = steps.outcome.entry.status.contains(.destinationTranslated)
      steps.outcome.tuple = steps.outcome.entry.translated(.original)
      steps.packet.tuple = steps.outcome.tuple
      conntrack.prefetch(steps.outcome.entry.reply, node)
      if steps.outcome.hasDNAT { steps.packet.state.insert(.dnat) }
    }
    let destination = steps.outcome.tuple.destination
    if isLocalOutput {
      steps.packet.outInterface = outInterface(destination)
      _ = steps.step(.output, .filtering, rules, &chooser, &trace)
      guard steps.outcome.verdict == .accept else { return steps.outcome }
    }
    steps.outcome.isForLocalProcess = locals.isLocal(destination, on: node)
    if steps.outcome.isForLocalProcess, !isLocalOutput {
      return steps.finishInput(rules, &chooser, &trace)
    }
    if !isLocalOutput {
      steps.packet.outInterface = outInterface(destination)
      _ = steps.step(.forward, .filtering, rules, &chooser, &trace)
      guard steps.outcome.verdict == .accept else { return steps.outcome }
    } else {
      steps.packet.outInterface = outInterface(destination)
    }
    steps.packet.inInterface = .none
    result = steps.step(.postrouting, .translation, rules, &chooser, &trace)
    guard steps.outcome.verdict == .accept else { return steps.outcome }
    if steps.outcome.isTracked {
      var request = result.nat
      if request.kind == .masquerade { request.address = ownAddress(family) }
      steps.outcome.hasSNAT = request.kind == .masquerade || request.kind == .source
      conntrack.bindSource(&steps.outcome.entry, request, draws: &draws, now: now)
      steps.outcome.tuple = steps.outcome.entry.translated(.original)
      steps.packet.tuple = steps.outcome.tuple
    }
    steps.outcome.hook = .postrouting
    // A local process's packet to an address of the node itself comes in again by the loopback interface.
    if steps.outcome.isForLocalProcess {
      steps.packet.inInterface = parts.interfaces.loopback
      steps.packet.outInterface = .none
      return steps.finishInput(rules, &chooser, &trace)
    }
    return steps.outcome
  }

  private func ownAddress(_ family: IPFamily) -> AddressID { family == .ipv4 ? nodeAddressIPv4 : nodeAddressIPv6 }

  private func loopback(_ family: IPFamily) -> Address {
    family == .ipv4 ? Address(ipv4: 0x7f00_0001) : Address(high: 0, low: 1)
  }
}

/// Where a packet stands on its way through a node, and what has become of it so far.
///
/// A struct with methods and not local functions: variables that those capture are checked for exclusivity at run time.
private struct NodeSteps: BitwiseCopyable {
  var packet: PacketView
  var outcome: NodeWalk.Outcome
  var units: NodeUnits
  var host: NodeContext
  let ruleset: RulesetID
  let isProbe: Bool

  /// Runs one phase of a hook.
  mutating func step<Choice: Chooser, Trace: Tracer>(
    _ hook: Hook, _ phase: HookPhase, _ rules: CompiledRules, _ chooser: inout Choice, _ trace: inout Trace
  ) -> HookResult {
    // Translation of the destination is a matter of chance, so there is nothing to remember.
    let isChosen = hook == .prerouting || hook == .output && phase != .filtering
    let result =
      isChosen || isProbe || packet.connectionMark != 0
      ? walk(hook, phase, rules.program, &chooser, &trace) : rememberedWalk(hook, phase, rules, &chooser, &trace)
    outcome.rulesWalked &+= result.rulesWalked
    packet.mark = result.mark
    packet.connectionMark = result.connectionMark
    if result.verdict != .accept || hook == .input || !result.decisive.isNone && phase == .filtering {
      outcome.decisive = result.decisive
    }
    if result.verdict != .accept {
      outcome.verdict = result.verdict
      outcome.rejection = result.rejection
      outcome.hook = hook
    }
    return result
  }

  @inline(__always) private mutating func walk<Choice: Chooser, Trace: Tracer>(
    _ hook: Hook, _ phase: HookPhase, _ program: Program, _ chooser: inout Choice, _ trace: inout Trace
  ) -> HookResult {
    program.walk(ruleset, hook, phase, packet, chooser: &chooser, units: &units, host: &host, trace: &trace)
  }

  @inline(__always) private mutating func rememberedWalk<Choice: Chooser, Trace: Tracer>(
    _ hook: Hook, _ phase: HookPhase, _ rules: CompiledRules, _ chooser: inout Choice, _ trace: inout Trace
  ) -> HookResult {
    let question = PhaseMemo.Question(ruleset, hook, phase, packet, units.view, stamp: rules.log.stamp)
    if let known = rules.memo.find(question) { return known }
    rules.program.core.pointee.readFlags = 0
    let result = walk(hook, phase, rules.program, &chooser, &trace)
    if rules.program.core.pointee.readFlags & Instruction.readsMore == 0 {
      // Asked anew: the walk itself may have settled the log.
      rules.memo.keep(
        PhaseMemo.Question(ruleset, hook, phase, packet, units.view, stamp: rules.log.stamp), result)
    }
    return result
  }

  /// The packet is for a process of the node.
  mutating func finishInput<Choice: Chooser, Trace: Tracer>(
    _ rules: CompiledRules, _ chooser: inout Choice, _ trace: inout Trace
  ) -> NodeWalk.Outcome {
    outcome.decisive = .none
    _ = step(.input, .translation, rules, &chooser, &trace)
    if outcome.verdict == .accept { outcome.hook = .input }
    return outcome
  }
}

/// What the ways through all nodes of a world share.
///
/// One reference in place of four.
final class NodeParts {
  let rules: CompiledRules
  let locals: LocalAddresses
  let memory: RuleMemory
  let conntrack: ConntrackTable
  let interfaces: NodeInterfaces

  init(
    rules: CompiledRules, locals: LocalAddresses, memory: RuleMemory, conntrack: ConntrackTable,
    interfaces: NodeInterfaces
  ) {
    self.rules = rules
    self.locals = locals
    self.memory = memory
    self.conntrack = conntrack
    self.interfaces = interfaces
  }
}

/// The interfaces every modelled node has: what `-i`, `-o` and interface-based local detection see.
struct NodeInterfaces: BitwiseCopyable {
  /// Towards other nodes and the outside: `eth0`.
  var uplink: InterfaceID
  /// `lo`.
  var loopback: InterfaceID
  /// Towards the node's pods: `cni0`, the bridge of the reference CNI plugin.
  var pods: InterfaceID

  init(_ table: InterfaceTable) {
    uplink = table.intern("eth0")
    loopback = table.intern("lo")
    pods = table.intern("cni0")
  }
}
