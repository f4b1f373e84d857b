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

  /// What a mail over a limit leaves for a digest instead, if its rule says so.
  var line: DigestLine?

  /// What carrying out means; also the payload of an action that is held.
  enum Effect: Sendable, Codable, Equatable {
    /// A row for the catalog's `task` table: a text by slot.
    case task(entity: String, slots: [String: String])
    case event(EventDraft)
    case update(entity: String, field: String, value: String?)
    case closeTasks

    /// A line for the recipient's next digest.
    case digest(DigestLine)

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

extension PlannedAction {
  /// The action as one that is recorded alone.
  func skipped(because reason: String) -> PlannedAction {
    var action = self
    action.record.outcome = .skipped
    action.record.reason = reason
    return action
  }

  /// Whether it goes into a digest.
  var isDigestLine: Bool { if case .digest = effect { true } else { false } }

  /// What would stand in a digest: of a mail that is for one, or that may join one.
  var digestLine: DigestLine? { if case .digest(let line) = effect { line } else { line } }

  /// The action with its digest's time on its record, if it is for one.
  func waitingForDigest(of rule: Rule, after now: Instant, in zone: Zone) -> PlannedAction {
    guard case .digest = effect, record.outcome != .failed else { return self }
    var action = self
    action.record.outcome = .digest
    action.record.due = rule.nextDigest(for: record, after: now, in: zone)
    action.record.payload = payload
    return action
  }
}

extension Rule {
  /// When the digest goes out that an action joins: by the schedule of its email, or else at
  /// eight the next morning.
  fileprivate func nextDigest(
    for record: ActionRecord, after now: Instant, in zone: Zone
  ) -> Instant {
    let id = DedupeKey.action(of: record.dedupeKey)
    let all = actions + resolvedActions.compactMap(\.action)
    if let action = all.first(where: { $0.id == id ?? "" }), case .email(let email) = action.kind,
      let next = email.digest?.next(after: now, in: zone)
    {
      return next
    }
    let tomorrow = CivilDate(daysSinceEpoch: zone.date(now).daysSinceEpoch + 1)
    let morning = zone.wallClock(zone.startOfDay(tomorrow)) + 8 * 3_600_000_000
    return zone.instant(atWallClock: morning)
  }
}

/// What makes an action unique for ever.
struct DedupeKey {
  /// The action's id among those of its rule, the fifth part of its key.
  static func action(of key: String) -> Substring? {
    let parts = key.split(separator: "|", omittingEmptySubsequences: false)
    return parts.count > 4 ? parts[4] : nil
  }

  /// Joins the parts; a bar inside a part is escaped, so that different parts stay different.
  static func join(_ parts: String...) -> String {
    parts.map { part in
      part.utf8.contains { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "%") }
        ? part.replacing("%", with: "%25").replacing("|", with: "%7C") : part
    }.joined(separator: "|")
  }
}
