package import Expressions

/// Counts a source's rows by groups and windows, a row at a time.
///
/// What it keeps grows with the groups and with what is counted as distinct, not with the rows.
package struct RollupTally: Sendable {
  private let rollup: Rollup
  private let bounds: [TimeBounds]
  private let scope: Program?
  private let timeSlot: Int
  private let groups: [Program]
  private let tallies: [CompiledTally]
  private let computed: [Program?]
  private var cells: [Key: Int] = [:]

  /// Figures by cell, window and tally, one after another.
  private var figures: [Figure] = []

  /// How many rows counted in some window.
  package private(set) var counted = 0

  /// How many rows lay in a window, and it could not be told whether they are in scope.
  package private(set) var unknown = 0

  /// Rows that could not be evaluated and were left out.
  package private(set) var failures: [(time: Instant, error: EvaluationError)] = []

  /// Prepares a count; `slots` says where each of the rule's `rollupInputs` stands in a row.
  package init(_ rule: Rule, slots: [Input: Int], context: EvaluationContext) {
    guard let rollup = rule.rollup, let timeSlot = slots[rollup.time] else {
      preconditionFailure("a rollup's rows come with their times")
    }
    func compile(_ term: Term) -> Program { Program(term, slots: slots, context: context) }
    self.rollup = rollup
    self.timeSlot = timeSlot
    bounds = rollup.windows.map { $0.bounds(at: context.now, in: context.zone) }
    scope = rule.scope.map(compile)
    groups = rollup.groups.map { compile($0.term) }
    tallies = rollup.columns.compactMap { column in
      guard case .tally(let tally) = column.content else { return nil }
      return CompiledTally(
        kind: tally.kind, value: tally.value.map(compile), condition: tally.condition.map(compile),
        oncePer: tally.oncePer.map(compile))
    }
    let places = Dictionary(
      rollup.columns.enumerated().map { (Input.field(path: [$0.element.name]), $0.offset) },
      uniquingKeysWith: { first, _ in first })
    computed = rollup.columns.map { column in
      guard case .computed(let term) = column.content else { return nil }
      return Program(term, slots: places, context: context)
    }
    // Everything together is a group even where there is nothing.
    for grouping in rollup.groupings.indices where rollup.groupings[grouping].isEmpty {
      _ = place(of: Key(grouping: grouping, values: []))
    }
  }

  /// Counts a row in every window that its time lies in.
  package mutating func take(_ row: some RowSource) {
    guard case .instant(let time) = row.value(at: timeSlot) else { return }
    let inside = bounds.indices.filter { place in
      time < bounds[place].end && bounds[place].start.map { $0 <= time } ?? true
    }
    guard !inside.isEmpty else { return }
    switch scope?.value(of: row) ?? .bool(true) {
    case .bool(true): break
    case .bool(false): return
    case .error(let error): return failures.append((time, error))
    default:
      unknown += 1
      return
    }
    let values = groups.map { $0.value(of: row) }
    let parts = tallies.map { $0.part(of: row) }
    let failed = (values + parts.flatMap { [$0?.value, $0?.key].compactMap(\.self) }).lazy
      .compactMap(\.error).first
    if let failed { return failures.append((time, failed)) }
    counted += 1
    for (grouping, places) in rollup.groupings.enumerated() {
      let own = places.map { values[$0] }
      // A row that belongs to no group is only in those that are coarser.
      guard !own.contains(.missing) else { continue }
      let cell = place(of: Key(grouping: grouping, values: own))
      for window in inside {
        for (index, part) in parts.enumerated() {
          guard let part else { continue }
          figures[cell + window * tallies.count + index].add(
            part.value, once: part.key, tallies[index].kind)
        }
      }
    }
  }

  /// The rows to write: one for each window and group, in the order of windows, groupings and
  /// group values.
  package var rows: [RollupRow] {
    let ordered = cells.sorted { $0.key.comesBefore($1.key) }
    return rollup.windows.indices.flatMap { window in
      ordered.map { key, cell in
        var values: [Value?] = Array(repeating: nil, count: groups.count)
        for (place, value) in zip(rollup.groupings[key.grouping], key.values) {
          values[place] = value
        }
        return RollupRow(window: window, groups: values, values: columns(cell, window))
      }
    }
  }

  private func columns(_ cell: Int, _ window: Int) -> [Value] {
    var next = cell + window * tallies.count
    var kinds = tallies.map(\.kind)[...]
    var values: [Value] = Array(repeating: .missing, count: computed.count)
    for (index, program) in computed.enumerated() {
      if let program {
        values[index] = program.value(of: Columns(values: values))
      } else {
        values[index] = figures[next].value(kinds.removeFirst())
        next += 1
      }
    }
    return values
  }

  private mutating func place(of key: Key) -> Int {
    if let known = cells[key] { return known }
    let place = figures.count
    cells[key] = place
    figures += Array(repeating: Figure(), count: bounds.count * tallies.count)
    return place
  }

  private struct Key: Hashable {
    var grouping: Int
    var values: [Value]

    func comesBefore(_ other: Key) -> Bool {
      guard grouping == other.grouping else { return grouping < other.grouping }
      return values.lexicographicallyPrecedes(other.values) { $0.isLess(than: $1) }
    }
  }

  private struct Columns: RowSource {
    let values: [Value]

    func value(at slot: Int) -> Value { values[slot] }
  }
}

/// A row of figures.
package struct RollupRow: Sendable, Hashable {
  /// The place of its window among the rollup's.
  package var window: Int

  /// The value of each of the rollup's groups; `nil` where it is about all of them.
  package var groups: [Value?]

  /// The value of each of the rollup's columns.
  package var values: [Value]
}

private struct CompiledTally: Sendable {
  let kind: Rollup.Tally.Kind
  let value: Program?
  let condition: Program?
  let oncePer: Program?

  /// What a row adds, once for each `key` if there is one; `nil` if it does not count.
  func part(of row: some RowSource) -> (value: Value, key: Value?)? {
    if let condition {
      switch condition.value(of: row) {
      case .bool(true): break
      case .error(let error): return (.error(error), nil)
      default: return nil
      }
    }
    let part = value?.value(of: row) ?? .bool(true)
    let key = oncePer?.value(of: row)
    return part == .missing || key == .missing ? nil : (part, key)
  }
}

/// What is known of the rows so far.
private struct Figure: Sendable {
  private var count = 0
  private var sum = ExactSum()
  private var extreme: Value = .missing
  private var seen: Set<Value> = []
  private var keys: Set<Value> = []

  mutating func add(_ part: Value, once key: Value?, _ kind: Rollup.Tally.Kind) {
    if let key, !keys.insert(key).inserted { return }
    count += 1
    switch kind {
    case .count: break
    case .distinct: seen.insert(part)
    case .sum, .avg: if case .number(let number) = part { sum.add(number) }
    case .min: if extreme == .missing || part.isLess(than: extreme) { extreme = part }
    case .max: if extreme == .missing || extreme.isLess(than: part) { extreme = part }
    }
  }

  func value(_ kind: Rollup.Tally.Kind) -> Value {
    switch kind {
    case .count: .number(Double(count))
    case .distinct: .number(Double(seen.count))
    case .sum: .number(sum.value)
    case .avg: count == 0 ? .missing : .number(sum.value / Double(count))
    case .min, .max: extreme
    }
  }
}

extension Value {
  fileprivate var error: EvaluationError? {
    if case .error(let error) = self { error } else { nil }
  }

  /// The order of values of one type.
  fileprivate func isLess(than other: Value) -> Bool {
    switch (self, other) {
    case (.number(let left), .number(let right)): left < right
    case (.instant(let left), .instant(let right)): left < right
    case (.text(let left), .text(let right)):
      left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
    case (.bool(let left), .bool(let right)): !left && right
    default: false
    }
  }
}
