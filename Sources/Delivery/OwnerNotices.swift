package import Expressions
import Foundation
package import Store

/// Tells the owner of a rule that messages of it could not be delivered.
///
/// One mail for each rule and hour, through the same outbox, whatever else dies in that hour.
/// Messages of rules without an owner's address, and such notices themselves, raise none.
package struct OwnerNotices: Sendable {
  private let owners: [String: Mailbox]

  /// Takes the rules' owners: addresses by the rule's name.
  package init(owners: [String: String]) { self.owners = owners.compactMapValues { Mailbox($0) } }

  /// The events that tell of what died at `now`.
  package func events(for dead: [DeadDelivery], at now: Instant) -> [NewEvent] {
    var byRule: [String: [DeadDelivery]] = [:]
    for delivery in dead where delivery.type != OutboxStore.deadNoticeType {
      if let rule = delivery.rule { byRule[rule, default: []].append(delivery) }
    }
    return byRule.sorted { $0.key < $1.key }.compactMap { rule, dead in
      owners[rule].map { Self.event(to: $0, of: rule, dead, at: now) }
    }
  }

  private struct Body: Encodable {
    var to: [String: String]
    var subject: String
    var text: String
  }

  private static func event(
    to owner: Mailbox, of rule: String, _ dead: [DeadDelivery], at now: Instant
  ) -> NewEvent {
    var lines = dead.prefix(20).map {
      "  \($0.channel.rawValue) to \($0.target): \($0.reason) (\($0.id))"
    }
    if dead.count > lines.count { lines.append("  and \(dead.count - lines.count) more") }
    let text = """
      Messages of the rule \(rule) could not be delivered and will not be tried again:

      \(lines.joined(separator: "\n"))

      There may be more since. To see all of them, with every attempt:
        bellwether deliveries list --status dead --rule \(rule)
        bellwether deliveries show \(dead[0].id)
      Once the cause is mended, to send them again:
        bellwether deliveries redrive --rule \(rule)

      This notice comes at most once an hour for each rule.
      """
    let body = Body(
      to: ["name": owner.name, "address": owner.address],
      subject: "Messages of the rule \(rule) could not be delivered", text: text)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let bytes = try? encoder.encode(body) else {
      preconditionFailure("texts can be written as JSON")
    }
    let hour = String(now.iso8601.prefix(13))
    return NewEvent(
      id: UUIDv7(at: now), type: OutboxStore.deadNoticeType, subject: "rule/\(rule)",
      contentType: EmailChannel.contentType, body: Array(bytes),
      // A bar, which keys of actions begin with a rule's name before; no rule is called so.
      dedupeKey: "delivery-dead|\(rule)|\(hour)", channel: .email, target: owner.address)
  }
}
