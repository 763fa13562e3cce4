// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

/// The way of a connection's first packet through one node: hooks, translation, routing, in Linux's order.
///
/// Packets, probes and traces all take it; they differ in who chooses and who watches. It changes nothing but what the
/// host context remembers: the caller enters the connection into conntrack.
struct NodeWalk {
  let rules: CompiledRules
  let memory: HostMemory
  let conntrack: ConntrackTable
  let interfaces: NodeInterfaces
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
  ///   - isLocalOutput: whether a process of the node sends it: OUTPUT instead of PREROUTING.
  ///   - inInterface: where it comes in.
  ///   - outInterface: tells the interface towards an address.
  func run<Choice: Chooser, Trace: Tracer>(
    _ tuple: FlowTuple, flags: TCPFlags, length: UInt16, isLocalOutput: Bool, inInterface: InterfaceID,
    isProbe: Bool, chooser: inout Choice, draws: inout KeyedDraw, trace: inout Trace,
    outInterface: (AddressID) -> InterfaceID
  ) -> Outcome {
    let family = memory.addresses[tuple.destination].family
    let sets = rules.node(node)
    let ruleset = family == .ipv4 ? sets.ipv4 : sets.ipv6
    var units = rules.units(of: sets, family: family)
    var host = NodeHost(memory: memory, node: node, now: now, isProbe: isProbe)
    let program = rules.program

    var view = PacketView(tuple)
    view.tcpFlags = flags
    view.length = length
    view.inInterface = isLocalOutput ? .none : inInterface
    if isLocalOutput { view.outInterface = outInterface(tuple.destination) }
    let begun = conntrack.begin(tuple, node, flags: flags, now: now)
    let blank = begun ?? ConntrackEntry(original: tuple.on(node), reply: tuple.on(node).reversed, tcp: .none)
    var outcome = Outcome(entry: blank, tuple: tuple)
    let first: Hook = isLocalOutput ? .output : .prerouting

    func step(_ hook: Hook, _ phase: HookPhase) -> HookResult {
      let result = program.walk(
        ruleset, hook, phase, view, chooser: &chooser, units: &units, host: &host, trace: &trace)
      outcome.rulesWalked &+= result.rulesWalked
      view.mark = result.mark
      view.connectionMark = result.connectionMark
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

    func finishInput() -> Outcome {
      outcome.decisive = .none
      _ = step(.input, .translation)
      if outcome.verdict == .accept { outcome.hook = .input }
      return outcome
    }

    // raw, before conntrack has seen the packet.
    view.state = .untracked
    var result = step(first, .untracked)
    guard outcome.verdict == .accept else { return outcome }
    outcome.isTracked = begun != nil && !result.notrack
    view.state = begun == nil ? .invalid : result.notrack ? .untracked : .new

    result = step(first, .translation)
    guard outcome.verdict == .accept else { return outcome }
    if outcome.isTracked, result.nat.kind != .none {
      var request = result.nat
      if request.kind == .redirect, request.address.isNone {
        request.address = isLocalOutput ? memory.addresses.intern(loopback(family)) : ownAddress(family)
      }
      conntrack.bindDestination(&outcome.entry, request, draws: &draws, now: now)
      outcome.hasDNAT = outcome.entry.status.contains(.destinationTranslated)
      outcome.tuple = outcome.entry.translated(.original)
      view.tuple = outcome.tuple
      conntrack.prefetch(outcome.entry.reply, node)
      if outcome.hasDNAT { view.state.insert(.dnat) }
    }
    let destination = outcome.tuple.destination
    if isLocalOutput {
      view.outInterface = outInterface(destination)
      _ = step(.output, .filtering)
      guard outcome.verdict == .accept else { return outcome }
    }
    outcome.isForLocalProcess = memory.isLocal(destination, node)
    if outcome.isForLocalProcess, !isLocalOutput {
      return finishInput()
    }
    if !isLocalOutput {
      view.outInterface = outInterface(destination)
      _ = step(.forward, .filtering)
      guard outcome.verdict == .accept else { return outcome }
    } else {
      view.outInterface = outInterface(destination)
    }
    view.inInterface = .none
    result = step(.postrouting, .translation)
    guard outcome.verdict == .accept else { return outcome }
    if outcome.isTracked {
      var request = result.nat
      if request.kind == .masquerade { request.address = ownAddress(family) }
      outcome.hasSNAT = request.kind == .masquerade || request.kind == .source
      conntrack.bindSource(&outcome.entry, request, draws: &draws, now: now)
      outcome.tuple = outcome.entry.translated(.original)
      view.tuple = outcome.tuple
    }
    outcome.hook = .postrouting
    // A local process's packet to an address of the node itself comes in again by the loopback interface.
    if outcome.isForLocalProcess {
      view.inInterface = interfaces.loopback
      view.outInterface = .none
      return finishInput()
    }
    return outcome
  }

  private func ownAddress(_ family: IPFamily) -> AddressID { family == .ipv4 ? nodeAddressIPv4 : nodeAddressIPv6 }

  private func loopback(_ family: IPFamily) -> Address {
    family == .ipv4 ? Address(ipv4: 0x7f00_0001) : Address(high: 0, low: 1)
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
