import Expressions
import Rules
import Testing

@Suite("A silence")
struct SilenceTests {
  private static let start = Instant(microseconds: 1_000_000)
  private static let end = Instant(microseconds: 2_000_000)

  private static let rule = Rule(
    name: "quiet", title: "Quiet", tags: ["retention", "sales"], entity: "account",
    when: .constant(.bool(true)))

  private static func silence(
    rule: String? = nil, entity: String? = nil, key: String? = nil, tag: String? = nil
  ) -> Silence {
    Silence(
      id: "1", rule: rule, entity: entity, entityKey: key, tag: tag, author: "ann",
      reason: "stocktaking", startsAt: start, endsAt: end)
  }

  @Test(
    "covers what it names, and everything that it does not ask about",
    arguments: [
      (silence(), true), (silence(rule: "quiet"), true), (silence(rule: "loud"), false),
      (silence(key: "a1"), true), (silence(key: "a2"), false),
      (silence(entity: "account", key: "a1"), true), (silence(entity: "agent", key: "a1"), false),
      (silence(tag: "sales"), true), (silence(tag: "stock"), false),
      (silence(rule: "quiet", key: "a1", tag: "retention"), true),
      (silence(rule: "quiet", key: "a1", tag: "stock"), false),
      (silence(rule: "loud", key: "a1", tag: "sales"), false),
    ])
  func covers(_ silence: Silence, _ expected: Bool) {
    #expect((silence.concerns(Self.rule, at: Self.start) && silence.covers("a1")) == expected)
  }

  @Test(
    "holds from its start until just before its end",
    arguments: [(999_999, false), (1_000_000, true), (1_999_999, true), (2_000_000, false)])
  func times(_ microseconds: Int64, _ expected: Bool) {
    let now = Instant(microseconds: microseconds)
    #expect(Self.silence().concerns(Self.rule, at: now) == expected)
  }
}
