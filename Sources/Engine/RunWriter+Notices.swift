import Expressions
import Rules
import Store

extension RunWriter {
  /// Begins and ends spells of too many matches, and writes to the owners of rules whose spell
  /// begins.
  func notices(
    of findings: [RuleFindings], _ rules: [ActionDecisions.RuleActions], _ plan: Plan
  ) async throws -> [NewEvent] {
    let limited = rules.filter { $0.rule.mode == .live && $0.rule.limits.maxMatches != nil }
    guard !limited.isEmpty else { return [] }
    let held = plan.waiting.lazy.map(\.record).filter { $0.reason == maxMatches }
    let holding = Dictionary(grouping: held, by: \.rule)
    let store = OverflowStore(connection: connection, tenant: tenant.key)
    try await store.end(limited.filter { !$0.holdsEverything }.map(\.rule.name))
    let begun = try await store.begin(holding.keys.sorted(), at: now)
    return findings.compactMap { found in
      guard begun.contains(found.rule.name), let address = found.rule.ownerAddress else {
        return nil
      }
      let notice = HeldNotice(
        rule: found.rule, tenant: tenant, now: now, counts: found.counts,
        held: holding[found.rule.name]?.count ?? 0, examples: found.mostSevere(5))
      let body = ValueJSON.object([
        ("to", ValueJSON.object([("address", ValueJSON.string(address))])),
        ("subject", ValueJSON.string(notice.subject)), ("text", ValueJSON.string(notice.text)),
      ])
      return NewEvent(
        id: makeID(), type: "dev.bellwether.rule.held", subject: "rule/\(found.rule.name)",
        contentType: "application/vnd.bellwether.mail+json", body: Array(body.utf8),
        dedupeKey: DedupeKey.join("rule.held", found.rule.name, now.iso8601), channel: .email,
        target: address)
    }
  }
}

/// What the owner of a rule reads when more match than the rule expects.
struct HeldNotice {
  var rule: Rule
  var tenant: Tenant
  var now: Instant
  var counts: RuleCounts

  /// How many actions wait.
  var held: Int
  var examples: [StoredAlert]

  var subject: String {
    "\(rule.name): \(counts.matched) of \(counts.inScope) match, every action is held"
  }

  var text: String {
    let expected =
      switch rule.limits.maxMatches {
      case .share(let share): "\((share * 100).shortText)% of them"
      case .count(let count): "\(count)"
      case nil: "fewer"
      }
    let lines = examples.map { "  \($0.state.severity.rawValue)  \($0.label) (\($0.entityKey))" }
    let name = "\(rule.name) --tenant \(tenant.slug)"
    return """
      \(rule.title) (\(rule.name)), \(tenant.name), the run of \(now.iso8601):
      \(counts.matched) of \(counts.inScope) in scope match, and the rule expects at most \(expected)
      (max_matches). So the alerts are kept and \(held) actions are held: no task was made and
      nothing was sent.

      For example:
      \(lines.joined(separator: "\n"))

      To look at what is held:
        bellwether held list --rule \(name)
      To carry it out:
        bellwether held release \(name)
      To carry it out for the ten most severe alone:
        bellwether held release \(name) --limit 10
      To discard it:
        bellwether held discard \(name) --reason "..."

      You are told once, until a run finds no more than expected.
      """
  }
}

extension RuleFindings {
  /// Alerts that something is to be done about, most severe first, then by name.
  fileprivate func mostSevere(_ count: Int) -> [StoredAlert] {
    episodes.filter { !$0.isEnd }.map(\.alert).sorted { left, right in
      if left.state.severity != right.state.severity {
        return left.state.severity > right.state.severity
      }
      return (left.label, left.entityKey) < (right.label, right.entityKey)
    }.prefix(count).map { $0 }
  }
}

extension Double {
  fileprivate var shortText: String { self == rounded() ? String(Int(self)) : "\(self)" }
}
