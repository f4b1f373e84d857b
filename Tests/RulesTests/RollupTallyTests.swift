import Diagnostics
import Expressions
import Support
import Testing

@testable import Rules

@Suite("Counting by groups and windows")
struct RollupTallyTests {
  @Test("adds the same whatever the order, and decimals to the cent")
  func sums() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let parts = (0..<50).map { _ in
        Bool.random(using: &generator)
          ? Double(Int.random(in: -100_000...100_000, using: &generator)) / 100
          : Double.random(in: -1e9...1e9, using: &generator) / 7
      }
      func sum(_ parts: [Double]) -> Double {
        var sum = ExactSum()
        for part in parts { sum.add(part) }
        return sum.value
      }
      let first = sum(parts)
      #expect(sum(parts.shuffled(using: &generator)) == first)
      #expect(sum(parts.reversed()) == first)
    }
    var tenths = ExactSum()
    for _ in 0..<10 { tenths.add(0.1) }
    #expect(tenths.value == 1)
    var huge = ExactSum()
    for part in [1e17, 1.5, -1e17, 0.25] { huge.add(part) }
    #expect(huge.value == 1.75)
  }

  @Test("gives what counting each cell by itself gives, on random rows")
  func cells() throws {
    let rule = try Self.rule()
    let rollup = try #require(rule.rollup)
    let zone = try #require(Zone(identifier: "Europe/Vienna"))
    let context = EvaluationContext(
      now: try #require(Instant("2026-04-02 02:00", in: zone)), zone: zone)
    var generator = SeededGenerator(seed: 11)
    let slots: [Input: Int] = [
      rollup.time: 0, .field(path: ["visits", "kind"]): 1, .field(path: ["visits", "place"]): 2,
      .field(path: ["visits", "amount"]): 3, .field(path: ["visits", "bill"]): 4,
    ]
    var tally = RollupTally(rule, slots: slots, context: context)
    var rows: [Row] = []
    for _ in 0..<600 {
      let hours = Int64.random(in: -72...(40 * 24), using: &generator)
      let amount = Double(Int.random(in: 0...9, using: &generator))
      rows.append(
        Row(
          time: Instant(microseconds: context.now.microseconds - hours * 3_600_000_000),
          kind: ["a", "b", nil].randomElement(using: &generator) ?? nil,
          place: Double(Int.random(in: 1...2, using: &generator)),
          amount: amount == 9 ? nil : amount,
          bill: Double(Int.random(in: 1...20, using: &generator))))
    }
    for row in rows { tally.take(row) }

    #expect(tally.failures.isEmpty)
    let found = tally.rows
    #expect(Set(found.map { "\($0.window) \($0.groups)" }).count == found.count)
    // The window that is hit by the change of the clocks has an hour less.
    for figures in found {
      let bounds = rollup.windows[figures.window].bounds(at: context.now, in: zone)
      let own = rows.filter { row in
        row.time >= bounds.start ?? .earliest && row.time < bounds.end
          && (figures.groups[0] == nil || figures.groups[0] == row.kind.map(Value.text))
          && (figures.groups[1] == nil || figures.groups[1] == .number(row.place))
      }
      let known = own.compactMap(\.amount)
      let large = own.filter { $0.amount ?? 0 > 4 }
      let bills = Dictionary(grouping: large, by: \.bill)
      let count = Double(own.count)
      let billed = Double(bills.count)
      let mean: Value =
        known.isEmpty ? .missing : .number(known.reduce(0, +) / Double(known.count))
      let most: Value = known.max().map(Value.number) ?? .missing
      let share: Value = own.isEmpty ? .missing : .number(billed / count)
      let expected: [Value] = [
        .number(count), .number(Double(Set(known).count)), mean, .number(billed), most, share,
      ]
      #expect(figures.values == expected, "\(figures.groups)")
    }
    #expect(found.contains { $0.values[0] != .number(0) && $0.groups[0] == .text("b") })
    #expect(found.count == 3 * (1 + 2 + 4))
  }

  @Test("leaves out a row that cannot be evaluated, and one of which too little is known")
  func failures() throws {
    let rule = try Self.rule(
      where: "visits.amount * 1e300 * 1e300 < 1 or visits.bill < 5")
    let rollup = try #require(rule.rollup)
    let now = try #require(Instant("2026-04-02 02:00", in: .utc))
    let slots: [Input: Int] = [
      rollup.time: 0, .field(path: ["visits", "kind"]): 1, .field(path: ["visits", "place"]): 2,
      .field(path: ["visits", "amount"]): 3, .field(path: ["visits", "bill"]): 4,
    ]
    var tally = RollupTally(
      rule, slots: slots, context: EvaluationContext(now: now, zone: .utc))
    let time = Instant(microseconds: now.microseconds - 86_400_000_000)
    for (amount, bill) in [(1.0, 9.0), (nil, 9), (nil, 1), (0, 9)] {
      tally.take(Row(time: time, kind: "a", place: 1, amount: amount, bill: bill))
    }
    #expect(tally.failures.map(\.error) == [.overflow])
    #expect(tally.unknown == 1 && tally.counted == 2)
  }

  struct Row: RowSource {
    var time: Instant
    var kind: String?
    var place: Double
    var amount: Double?
    var bill: Double

    func value(at slot: Int) -> Value {
      switch slot {
      case 0: .instant(time)
      case 1: kind.map(Value.text) ?? .missing
      case 2: .number(place)
      case 3: amount.map(Value.number) ?? .missing
      default: .number(bill)
      }
    }
  }

  private static func rule(where condition: String = "visits.place > 0") throws -> Rule {
    let catalog = """
      catalog: 1
      tenants: none
      entities: {shop: {table: shop, key: id}}
      sources:
        visits:
          from: visit
          time: at
          keys: {}
          fields: {kind: text, place: number, amount: number, bill: number}
      rollups:
        figures:
          table: figures
          date: day
          window_days: days
          groups: {kind: kind, place: place}
          columns: {n: n, different: different, average: average, large: large, most: most, share: share}
      """
    let rule = """
      rule: r
      owner: o@acme.example
      where: \(condition)
      rollup:
        from: visits
        windows: [1d, 7d, 30d]
        by: [[], [kind], [kind, place]]
        into: figures
        columns:
          n: {count: rows}
          different: {distinct: visits.amount}
          average: {avg: visits.amount}
          large: {count: rows, where: visits.amount > 4, once_per: visits.bill}
          most: {max: visits.amount}
          share: large / n
      """
    let loaded = Fixture.load([
      SourceText(path: "rules/catalog.yaml", text: catalog),
      SourceText(path: "rules/r.yaml", text: rule),
    ])
    let told = Fixture.render(loaded.diagnostics)
    return try #require(loaded.ruleSet?.rules["r"], "\(told)")
  }
}
