import Expressions
import Rules
import Store

/// What `max_matches` holds back in one run, by rule.
struct HeldMatches {
  /// How many actions.
  var actions: [String: Int] = [:]

  /// Alerts that something is to be done about, the most severe.
  var examples: [String: [StoredAlert]] = [:]
}

extension RunWriter {
  /// Begins and ends spells of too many matches, and writes to the owners of rules whose spell
  /// begins.
  func notice(_ findings: [RuleFindings], _ held: HeldMatches) async throws {
    let limited = findings.filter { $0.rule.mode == .live && $0.rule.limits.maxMatches != nil }
    // One thing alone does not tell how many match.
    guard !limited.isEmpty, entityKey == nil else { return }
    let store = OverflowStore(connection: connection, tenant: tenant.key)
    try await store.end(limited.filter { !holdsEverything($0) }.map(\.rule.name))
    let begun = try await store.begin(held.actions.keys.sorted(), at: now)
    let events = limited.filter { begun.contains($0.rule.name) }.compactMap { found in
      found.rule.ownerAddress.map { event(for: found, held, to: $0) }
    }
    _ = try await OutboxStore.enqueue(events, tenant: tenant.key, on: connection)
  }

  private func event(
    for found: RuleFindings, _ held: HeldMatches, to address: String
  ) -> NewEvent {
    let name = found.rule.name
    let notice = HeldNotice(
      rule: found.rule, tenant: tenant, now: now, counts: found.counts,
      held: held.actions[name] ?? 0, examples: held.examples[name] ?? [])
    let body = ValueJSON.object([
      ("to", ValueJSON.object([("address", ValueJSON.string(address))])),
      ("subject", ValueJSON.string(notice.subject)), ("text", ValueJSON.string(notice.text)),
    ])
    return NewEvent(
      id: makeID(), type: "dev.bellwether.rule.held", subject: "rule/\(name)",
      contentType: "application/vnd.bellwether.mail+json", body: Array(body.utf8),
      dedupeKey: DedupeKey.join("rule.held", name, now.iso8601), channel: .email,
      target: address)
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

extension RunWriter {
  /// Whether more match than the rule expects, so that every action waits.
  func holdsEverything(_ found: RuleFindings) -> Bool {
    entityKey == nil && found.exceedsMatches
  }
}

extension RuleFindings {
  fileprivate var exceedsMatches: Bool {
    rule.limits.maxMatches?.isExceeded(by: counts.matched, inScope: counts.inScope) ?? false
  }
}

extension ArraySlice<EpisodeStep> {
  /// The alerts that a notice names: the first that something would be done about.
  var examples: [StoredAlert] {
    lazy.filter { !$0.isEnd && !$0.isHeldBack }.prefix(5).map(\.alert)
  }
}

extension Double {
  fileprivate var shortText: String { self == rounded() ? String(Int(self)) : "\(self)" }
}
