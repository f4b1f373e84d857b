import Rules
import Store

/// A mail to the owner of a rule, about the rule itself.
struct OwnerNotice: Sendable {
  let rule: Rule

  /// What tells it from other notices about the rule: of two with the same, one is sent.
  let occasion: String
  let type: String
  let subject: String
  let text: String

  /// The event for the outbox; `nil` when the rule's owner is not an address.
  func event(id: UUIDv7) -> NewEvent? {
    guard let address = rule.ownerAddress else { return nil }
    let body = ValueJSON.object([
      ("to", ValueJSON.object([("address", ValueJSON.string(address))])),
      ("subject", ValueJSON.string(subject)), ("text", ValueJSON.string(text)),
    ])
    return NewEvent(
      id: id, type: type, subject: "rule/\(rule.name)",
      contentType: "application/vnd.bellwether.mail+json", body: Array(body.utf8),
      dedupeKey: DedupeKey.join("owner", rule.name, occasion), channel: .email, target: address)
  }
}
