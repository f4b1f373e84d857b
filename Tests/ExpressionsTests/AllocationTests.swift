import CAllocations
import Expressions
import Testing

@Suite("Evaluation", .enabled(if: allocation_count() >= 0))
struct AllocationTests {
  @Test(
    "of what compares scalars asks for no memory",
    arguments: [
      "customer.limit >= 7 and customer.status != \"closed\"",
      "revenue[30d] < 0.8 * revenue[30d, ending 30d ago] and revenue[30d] > 100",
      "customer.limit <= orders[all time] or customer.tier in [\"A\", \"B\"] or customer.balance > 9",
      "customer.name in [\"a text that is longer than fifteen bytes\", \"another text of that kind\"]",
      "orders[all time] between 1 and 5 and not customer.vip",
      "since(last_order) >= 45d and last_order before 30d ago",
      "now - last_order > 3d and weekday(last_order) == 6",
      "revenue[7d] is missing or customer.contact_due > now",
      "min(customer.balance, customer.limit, 3) + abs(-2) < clamp(customer.limit, 1, 5)",
      "customer.name.startsWith(\"Caf\") and not customer.name.contains(\"x\")",
      "(customer.vip ? customer.limit : 2) * 3 - 1 > size(customer.name) + days(customer.lead_time)",
      "severity is at least high or customer.limit / 3 > 2.5",
    ])
  func scalars(text: String) throws {
    #expect(try allocations(of: text) == 0)
  }

  @Test("of lists does, and is seen to")
  func lists() throws {
    #expect(try allocations(of: "mean(customer.scores) > 1") > 0)
  }

  /// How often memory is asked for in a thousand evaluations.
  private func allocations(of text: String) throws -> Int {
    let term = try #require(Checker(scope: .action).check(text).expression).term
    let inputs = term.inputs.sorted { $0.description < $1.description }
    let long: [String: Value] = [
      "customer.name": .text("a name of more than fifteen bytes, which stands in memory")
    ]
    let data = TestRow.data.merging(long) { $1 }
    let row = TestRow(values: inputs.map { data[$0.description] ?? .missing })
    let program = Program(
      term, slots: Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($1, $0) }),
      context: EvaluationContext(now: TestRow.now, zone: try zone("America/Argentina/Buenos_Aires"))
    )
    // The runtime makes tables of its own at the first evaluation.
    #expect(program.value(of: row, severity: .high) != .missing)
    var decided = 0
    let before = allocation_count()
    for _ in 0..<1000 {
      if case .bool = program.value(of: row, severity: .high) { decided += 1 }
    }
    let count = allocation_count() - before
    #expect(decided == 1000)
    return count
  }
}
