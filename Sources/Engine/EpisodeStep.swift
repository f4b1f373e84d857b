import Expressions
import Rules
import Store

/// A step in the life of an episode that people or systems are told about.
struct EpisodeStep: Sendable {
  enum Kind: Sendable, Hashable {
    case opened, severityRose
    case reminded(number: Int)
    case closed(AlertState.CloseReason)

    /// Everything but another rule's open alert was there for an episode to begin.
    case heldBack(by: String)
  }

  /// An action that applies, by its place among those of its kind of step, with the values of its
  /// terms.
  struct CapturedAction: Sendable {
    var place: Int
    var values: [Value]
  }

  var alert: StoredAlert
  var kind: Kind

  /// The rule's named values for this row.
  var values: [Value]
  var actions: [CapturedAction]

  /// Whether the episode ends, which may close tasks.
  var isEnd: Bool { if case .closed = kind { true } else { false } }

  /// Whether nothing is done, since another rule's alert stands before it.
  var isHeldBack: Bool { if case .heldBack = kind { true } else { false } }
}
