// SPDX-License-Identifier: GPL-3.0-or-later
import SimCore

// What no endpoint can take: REJECT and DROP in the filter table.
extension ServicePortWriter {
  /// Refuses traffic to a destination, if there is a reason to.
  mutating func writeRefusal(
    _ refusal: ServicePlan.Refusal?, to chain: DispatchChain, of destination: [IPTablesMatch]
  ) {
    guard let refusal else { return }
    let target: IPTablesTarget =
      switch refusal {
      case .reject: .reject(with: nil)
      case .drop: .drop
      }
    rules.append(chain, [comment(refusal.reason)] + destination, target)
  }

  /// Refuses traffic to an external destination that the EXT chain did not short-cut.
  mutating func writeExternalRefusal(of destination: [IPTablesMatch]) {
    writeRefusal(plan.externalRefusal, to: .filterExternalServices, of: destination)
  }
}
