import Evaluation
import Expressions
import Planning
import Postgres
import Rules
import Support
import Testing

/// The rules of `examples/northwind` give the answers recorded for Northwind, to the last digit.
@Suite(
  "Northwind", .enabled(if: Northwind.folder != nil, "the Northwind data is not on this machine"))
struct NorthwindTests {
  static let days = ["1997-06-23", "1997-12-27", "1998-05-03"]

  @Test func dormantCustomers() async throws {
    try await withNorthwind { connection in
      for (day, count) in zip(Self.days, [47, 46, 31]) {
        let run = try await NorthwindRun("dormant_customer", at: "\(day) 02:00", on: connection)
        try expect(run, on: day, in: "a_dormant", ["days_since", "order_days"])
        #expect(run.matches.count == count)
        #expect(run.unknown.isEmpty)
      }
    }
  }

  @Test func decliningRevenue() async throws {
    try await withNorthwind { connection in
      // The windows are of complete days, so the answers of a day are those of the night after.
      let nights = ["1997-06-24", "1997-12-28", "1998-05-04"]
      for ((day, night), count) in zip(zip(Self.days, nights), [14, 18, 28]) {
        let run = try await NorthwindRun("revenue_decline", at: "\(night) 02:00", on: connection)
        try expect(run, on: day, in: "c_revenue_decline", ["prev30", "last30", "ratio"])
        #expect(run.matches.count == count)
      }
    }
  }

  @Test func missedPatterns() async throws {
    try await withNorthwind { connection in
      for (day, count) in zip(Self.days, [11, 19, 12]) {
        let run = try await NorthwindRun("missed_pattern", at: "\(day) 02:00", on: connection)
        let answer = try Northwind.answer("d_cadence", key: "customer_id", on: day)
        #expect(Set(run.values.keys) == Set(answer.keys))
        #expect(run.matches == Set(answer.filter { $0.value["flagged"] == "t" }.keys))
        #expect(run.matches.count == count)
        #expect(run.unknown.isEmpty)
        for (key, row) in answer {
          expect(run, key, row, ["order_days", "gap_days", "median_interval"])
        }
      }
    }
  }

  @Test func firstToSecondOrder() async throws {
    let ruleSet = try Northwind.ruleSet()
    let rule = try #require(ruleSet.rules["conversion"])
    let context = EvaluationContext(
      now: try #require(Instant("1998-05-07 02:00", in: .utc)), zone: .utc)
    let plan = FetchPlan(
      rollup: rule, catalog: ruleSet.catalog, tenant: nil, now: context.now, zone: .utc)
    try await withNorthwind { connection in
      var tally = RollupTally(rule, slots: plan.slots, context: context)
      for batch in try await FetchedRows(plan, from: connection).batches {
        for index in 0..<batch.rowCount { tally.take(batch.row(index)) }
      }
      let answer = try Northwind.answer("e_conversion", key: "cohort_month")
      var expected: [[Value]] = []
      for (month, row) in answer.sorted(by: { $0.key < $1.key }) {
        let texts = [month.replacing("-", with: ""), row["cohort_size"], row["converted_30d"]]
        expected.append(
          try (texts + [row["rate"]]).map { .number(try #require($0.flatMap { Double($0) })) })
      }
      #expect(tally.rows.map { [$0.groups[0] ?? .missing] + $0.values } == expected)
      #expect(expected.count == 17 && tally.failures.isEmpty)
    }
  }

  @Test func stockUnderItsReorderLevel() async throws {
    try await withNorthwind { connection in
      let run = try await NorthwindRun(
        "under_reorder_level", at: "1998-05-07 02:00", on: connection)
      let answer = try Northwind.answer("b1_under_reorder", key: "sku")
      #expect(run.matches == Set(answer.filter { $0.value["under"] == "t" }.keys))
      for (key, row) in answer {
        expect(run, key, row, ["on_hand", "on_order", "reorder_level"])
      }
    }
  }

  @Test func daysOfSupply() async throws {
    try await withNorthwind { connection in
      let run = try await NorthwindRun("days_of_supply", at: "1998-05-07 02:00", on: connection)
      let answer = try Northwind.answer("b3_days_of_supply", key: "sku")
      #expect(Set(run.values.keys) == Set(answer.keys))
      for (key, row) in answer {
        expect(
          run, key, row, ["on_hand", "units_90d", "avg_daily", "days_of_supply"])
      }
      let short = answer.filter { $0.value["days_of_supply"].flatMap(Double.init) ?? 14 < 14 }
      #expect(run.matches == Set(short.keys))
      #expect(run.unknown.isEmpty)
    }
  }

  @Test("consumption, its deviation and reorder points, of every product on every day")
  func consumption() async throws {
    try await withNorthwind { connection in
      // The windows are of complete days, so the answers of a day are those of the night after.
      let nights = ["1997-06-24", "1997-12-28", "1998-05-04", "1998-05-07"]
      for (day, night) in zip(Self.days + ["1998-05-06"], nights) {
        let run = try await NorthwindRun("at_reorder_point", at: "\(night) 02:00", on: connection)
        let answer = try Northwind.answer("b2_consumption", key: "sku", on: day)
        #expect(answer.count == 77)
        #expect(Set(run.values.keys) == Set(answer.keys))
        for (key, row) in answer {
          #expect(row["lead_time_days"] == "14")
          for name in [
            "units_90d", "demand_days", "avg_daily", "sd_daily", "safety_stock", "reorder_point",
          ] {
            let right = try #require(row[name].flatMap(Double.init))
            guard case .number(let number) = run.values[key]?[name] else {
              Issue.record("\(name) of \(key) on \(day) is no number")
              continue
            }
            #expect(abs(number - right) <= 1e-9 * right, "\(name) of \(key) on \(day)")
          }
        }
      }
    }
  }

  private func withNorthwind(_ body: (Connection) async throws -> Void) async throws {
    try await withTestDatabase { database in
      try await Northwind.load(into: database.connection)
      try await body(database.connection)
    }
  }

  /// A rule matches exactly the answer's customers, with the answer's numbers.
  private func expect(
    _ run: NorthwindRun, on day: String, in file: String, _ names: [String]
  ) throws {
    let answer = try Northwind.answer(file, key: "customer_id", on: day)
    #expect(run.matches == Set(answer.keys))
    for (key, row) in answer { expect(run, key, row, names) }
  }

  private func expect(
    _ run: NorthwindRun, _ key: String, _ row: [String: String], _ names: [String]
  ) {
    for name in names {
      let number = row[name].flatMap(Double.init)
      #expect(run.values[key]?[name] == number.map(Value.number) ?? .missing, "\(name) of \(key)")
    }
  }
}
