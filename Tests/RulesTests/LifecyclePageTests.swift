import Diagnostics
import Expressions
import Foundation
import Rules
import Testing

/// Holds docs/lifecycle.md to what alerts do.
@Suite("The page about the lives of alerts")
struct LifecyclePageTests {
  static let page: String = {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/lifecycle.md").standardizedFileURL
    return (try? String(contentsOf: path, encoding: .utf8)) ?? ""
  }()

  /// An example: the keys, one check a day from 1 January on, and what follows from each.
  struct Life: Sendable, CustomTestStringConvertible {
    var keys: String
    var checks: [String]
    var effects: [String]

    var testDescription: String { "\(keys): \(checks.joined(separator: ", "))" }
  }

  /// The rows of the tables whose second column is headed so.
  static let lives: [Life] = page.split(separator: "\n").filter { $0.hasPrefix("|") }
    .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    .filter { $0.count == 3 && $0[1].contains(",") }
    .map { cells in
      func parts(_ cell: String) -> [String] {
        cell.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      }
      return Life(
        keys: cells[0].replacing("`", with: ""), checks: parts(cells[1]), effects: parts(cells[2]))
    }

  @Test("shows a life for every key")
  func keys() {
    #expect(Self.lives.count >= 16)
    for key in [
      "open_after", "resolve_when", "resolve_after", "reopen_within", "cooldown", "expire_after",
      "remind", "suppressed_by",
    ] {
      #expect(Self.lives.contains { $0.keys.contains(key) }, "\(key)")
    }
  }

  @Test("tells lives as alerts live them", arguments: lives)
  func life(_ life: Life) throws {
    let lifecycle = try Self.lifecycle(life.keys)
    var state = AlertState()
    var (found, version): ([String], Int) = ([], 0)
    let start = Zone.utc.startOfDay(CivilDate(year: 2026, month: 1, day: 1))
    for (day, word) in life.checks.enumerated() {
      if word.hasPrefix("edited") { version += 1 }
      let observation = try #require(Self.observations[word.replacing("edited ", with: "")])
      let effect = state.observe(
        observation, at: Zone.utc.adding(Period(days: day), to: start),
        conditionHash: "v\(version)", lifecycle: lifecycle, zone: .utc,
        isSuppressed: word == "held")
      found.append(Self.word(for: effect))
    }
    #expect(found == life.effects)
  }

  @Test("draws every way from one state to another, and no other")
  func drawing() {
    let arrows = Self.page.matches(of: /(?m)^ *(\w+) --> (\w+)/)
      .map { [String($0.output.1), String($0.output.2)] }
    var ways: Set<[String]> = []
    for seed in 1...100 as ClosedRange<UInt64> {
      var history = RandomHistory(seed: seed)
      let lifecycle = history.lifecycle.asRules
      var state = AlertState()
      for _ in 0..<120 {
        let (check, before) = (history.next(), state.phase)
        _ = state.observe(
          check.observation, at: check.time, conditionHash: "v\(check.version)",
          lifecycle: lifecycle, zone: RandomHistory.zone, isSuppressed: check.isSuppressed)
        let way = [Self.name(before), Self.name(state.phase)]
        if way[0] != way[1] { ways.insert(way) }
      }
    }
    #expect(Set(arrows) == ways)
  }

  private static func lifecycle(_ keys: String) throws -> Lifecycle {
    let inside = keys.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
    let outer = inside.filter { $0.hasPrefix("remind") || $0.hasPrefix("suppressed_by") }
    let inner = inside.filter { !outer.contains($0) && $0.contains(":") }
    let files = [
      """
      rule: r
      owner: o@acme.example
      for_each: customer
      when: customer.score > 5
      lifecycle: {\(inner.map { $0.contains("resolve_when") ? quoted($0) : $0 }.joined(separator: ", "))}
      \(outer.joined(separator: "\n"))
      then:
        - email: {to: o@acme.example, subject: S, body: B}
      """,
      """
      rule: account_closed
      owner: o@acme.example
      for_each: customer
      when: customer.status == "closed"
      then:
        - email: {to: o@acme.example, subject: Closed, body: B}
      """,
    ].map { text in
      SourceText(path: "rules/\(text.dropFirst(6).prefix { $0 != "\n" }).yaml", text: text)
    }
    let (ruleSet, _, diagnostics) = Fixture.load(files)
    let errors = Fixture.render(diagnostics)
    return try #require(ruleSet?.rules["r"]?.lifecycle, "\(errors)")
  }

  private static func quoted(_ key: String) -> String {
    let parts = key.split(separator: ": ", maxSplits: 1)
    return "\(parts[0]): \"\(parts[1])\""
  }

  private static let observations: [String: Observation] = [
    "low": .matches(.low), "match": .matches(.medium), "held": .matches(.medium),
    "high": .matches(.high), "critical": .matches(.critical), "over": .isOver,
    "between": .isBetween, "unknown": .isUnknown, "gone": .isOutOfScope,
  ]

  private static func word(for effect: AlertEffect?) -> String {
    switch effect {
    case nil: "–"
    case .opened: "opens"
    case .reopened: "goes on"
    case .severityRose: "tells again"
    case .reminded(let number): "reminder \(number)"
    case .closed(let reason): "closed: \(reason.rawValue)"
    }
  }

  private static func name(_ phase: AlertState.Phase) -> String {
    switch phase {
    case .inactive: "inactive"
    case .pending: "pending"
    case .open: "open"
    case .closed: "closed"
    }
  }
}
