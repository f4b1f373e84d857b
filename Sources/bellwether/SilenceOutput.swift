import Engine
import Expressions
import Rules
import Store

/// What `silence` prints.
enum SilenceOutput {
  typealias Found = (tenant: Tenant, record: SilenceRecord, actions: [HeldAction])

  static func text(_ found: [Found]) -> String {
    guard !found.isEmpty else { return "no silence is under way or to come" }
    let rows = found.map { tenant, record, _ in
      let silence = record.silence
      return [
        silence.id, tenant.slug, what(silence),
        RunOutput.show(.instant(silence.startsAt), tenant.zone),
        RunOutput.show(.instant(silence.endsAt), tenant.zone), "\(record.skipped)", silence.author,
        silence.reason,
      ]
    }
    var text = TextTable.render(
      header: ["id", "tenant", "covers", "from", "until", "not sent", "author", "reason"],
      rows: rows)
    for part in found where !part.actions.isEmpty {
      text +=
        "\n\(part.tenant.name) (\(part.tenant.slug))\n" + HeldOutput.list(part.actions, part.tenant)
    }
    if text.last == "\n" { text.removeLast() }
    return text
  }

  private static func what(_ silence: Silence) -> String {
    let thing = silence.entityKey.map { key in (silence.entity.map { "\($0)/" } ?? "") + key }
    let parts = [
      silence.rule.map { "rule \($0)" }, thing, silence.tag.map { "tag \($0)" },
    ].compactMap(\.self)
    return parts.isEmpty ? "everything" : parts.joined(separator: ", ")
  }

  static func json(_ found: [Found]) -> String {
    let silences = found.map { tenant, record, actions in
      let silence = record.silence
      func text(_ value: String?) -> String { value.map(ValueJSON.string) ?? "null" }
      return ValueJSON.object([
        ("id", text(silence.id)), ("tenant", text(tenant.slug)), ("rule", text(silence.rule)),
        ("entity", text(silence.entity)), ("key", text(silence.entityKey)),
        ("tag", text(silence.tag)), ("author", text(silence.author)),
        ("reason", text(silence.reason)), ("from", text(silence.startsAt.iso8601)),
        ("until", text(silence.endsAt.iso8601)), ("not_sent", "\(record.skipped)"),
        (
          "actions",
          "[" + actions.map { HeldOutput.json($0, tenant) }.joined(separator: ",") + "]"
        ),
      ])
    }
    return ValueJSON.object([("silences", "[" + silences.joined(separator: ",") + "]")])
  }
}
