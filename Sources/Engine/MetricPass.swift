import Evaluation
import Expressions
import Planning
import Postgres
import Rules
import Store

/// What an entity's rows mean to the metric rules among those that are due.
///
/// It takes the batches that the other rules are evaluated over, so that one fetch serves both.
struct MetricPass: Sendable {
  private let rules: [CompiledRule]
  private let scopes: BatchProgram

  /// Where the fields of each rule stand in a row, as they are now.
  private let targets: [[Int]]
  private let clock = ContinuousClock()

  /// Findings by rule, in the order of the rules.
  private(set) var findings: [MetricFindings]

  /// Prepares a pass over the rows of a plan.
  init(rules: [Rule], plan: FetchPlan, context: EvaluationContext) {
    self.rules = rules.map { CompiledRule($0, slots: plan.slots, context: context) }
    scopes = BatchProgram(
      rules.map { $0.scope ?? .constant(.bool(true)) }, slots: plan.slots, context: context)
    targets = rules.map { rule in
      (rule.metric?.settings ?? []).map { setting in
        guard let slot = plan.slots[rule.target(setting)] else {
          preconditionFailure("what a rule sets is fetched with what it reads")
        }
        return slot
      }
    }
    findings = rules.map(MetricFindings.init)
  }

  /// Computes the fields of the rows in scope, and keeps those that differ.
  mutating func take(_ batch: ColumnBatch) {
    guard !rules.isEmpty else { return }
    var evaluation = scopes.evaluate(batch)
    for index in rules.indices {
      let start = clock.now
      let scope = evaluation.outcome(of: index)
      findings[index].take(scope, of: batch, rule: rules[index], targets: targets[index])
      findings[index].seconds += (clock.now - start).seconds
    }
  }
}

/// What a pass found out for one metric rule.
struct MetricFindings: Sendable {
  let rule: Rule
  private(set) var counts = RuleCounts()
  var seconds = 0.0

  /// The rows that seem to differ, as ``FieldWrites`` wants them staged.
  private(set) var rows: CopyBuffer

  /// Records that could not be computed.
  private(set) var failures: [(key: String, reason: String)] = []

  init(rule: Rule) {
    self.rule = rule
    rows = CopyBuffer(columnCount: 3 + rule.computedTerms.count)
  }

  fileprivate mutating func take(
    _ scope: BatchOutcome, of batch: ColumnBatch, rule: CompiledRule, targets: [Int]
  ) {
    let inScope = scope.isTrue
    counts.inScope += inScope.setCount
    counts.unknown +=
      batch.rowCount - inScope.setCount - scope.isFalse.setCount - scope.errors.count
    for failed in scope.errors { fail(batch.row(failed.row), failed.error) }
    for index in inScope.setIndices {
      let row = batch.row(index)
      let values = rule.settings.map { $0.value(of: row) }
      if let error = values.lazy.compactMap(\.error).first {
        fail(row, error)
      } else if zip(values, targets).contains(where: { $0 != row.value(at: $1) }) {
        counts.matched += 1
        stage(row, values)
      }
    }
  }

  private mutating func fail(_ row: ColumnBatch.Row, _ error: EvaluationError) {
    counts.errors += 1
    failures.append((row.value(at: 0).text ?? "?", "\(error)"))
  }

  private mutating func stage(_ row: ColumnBatch.Row, _ values: [Value]) {
    let place = Int32(rows.rowCount)
    rows.beginRow()
    rows.append(place)
    rows.append(row.value(at: 0).text)
    rows.append(row.value(at: 1).text)
    for value in values { rows.append(value.columnText) }
  }
}

extension Value {
  fileprivate var error: EvaluationError? {
    if case .error(let error) = self { error } else { nil }
  }
}
