import Rules
import Store

extension StoredAlert {
  /// Whether more than the time of the last check tells the two apart.
  func isNewsTo(_ known: StoredAlert) -> Bool {
    var checked = known
    checked.state.observedAt = state.observedAt
    return self != checked
  }
}

extension AlertState {
  /// Whether a later check could tell the state from an earlier one; a count belongs to its
  /// condition.
  func isWorthKeeping(after earlier: AlertState) -> Bool {
    switch phase {
    case .open: true
    case .pending: phase != earlier.phase || conditionHash != earlier.conditionHash
    case .inactive, .closed: phase != earlier.phase
    }
  }
}
