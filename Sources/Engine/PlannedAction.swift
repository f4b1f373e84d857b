import Expressions
import Foundation
import Rules
import Store

/// An action decided on, with all its texts: what is recorded and what is then carried out.
struct PlannedAction: Sendable {
  var record: ActionRecord
  var effect: Effect

  /// What an earlier run held it for; `nil` for a new one.
  var heldFor: String?

  /// What carrying out means; also the payload of an action that is held.
  enum Effect: Sendable, Codable, Equatable {
    /// A row for the catalog's `task` table: a text by slot.
    case task(entity: String, slots: [String: String])
    case event(EventDraft)
    case update(entity: String, field: String, value: String?)
    case closeTasks

    /// Nothing can be done; the record says why.
    case nothing
  }

  /// An event without its id.
  struct EventDraft: Sendable, Codable, Equatable {
    var type: String
    var subject: String
    var contentType: String
    var body: String
    var channel: String
    var target: String
  }

  /// The effect as JSON, for the record of a held action.
  var payload: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(effect) else {
      preconditionFailure("an effect holds nothing but text")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

extension PlannedAction.Effect {
  /// Reads a held action's payload back; `nil` when it was written by something else.
  init?(payload: String?) {
    guard let payload,
      let effect = try? JSONDecoder().decode(Self.self, from: Data(payload.utf8))
    else { return nil }
    self = effect
  }
}

/// What makes an action unique for ever.
struct DedupeKey {
  /// Joins the parts; a bar inside a part is escaped, so that different parts stay different.
  static func join(_ parts: String...) -> String {
    parts.map { part in
      part.utf8.contains { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "%") }
        ? part.replacing("%", with: "%25").replacing("|", with: "%7C") : part
    }.joined(separator: "|")
  }
}
