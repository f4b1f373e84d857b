package import Expressions

/// What a rollup computes of a source's rows, one row for each group, window and day, and where
/// that is written.
package struct Rollup: Sendable, Hashable {
  package var source: String

  /// A rollup of the catalog.
  package var target: String
  package var windows: [Window]

  /// Everything that some grouping tells rows apart by.
  package var groups: [Group]

  /// The ways to group rows, as places in `groups`; an empty one is everything together.
  package var groupings: [[Int]]
  package var columns: [Column]

  /// What rows are told apart by.
  package struct Group: Sendable, Hashable {
    package var name: String
    package var term: Term
    package var type: ValueType

    /// Creates a group.
    package init(name: String, term: Term, type: ValueType) {
      self.name = name
      self.term = term
      self.type = type
    }
  }

  /// A column of the table that is written.
  package struct Column: Sendable, Hashable {
    package var name: String
    package var type: ValueType
    package var content: Content

    /// Where a column's value comes from.
    package enum Content: Sendable, Hashable {
      case tally(Tally)

      /// An expression over the columns above it, which are its fields: `.field(path: [name])`.
      case computed(Term)
    }

    /// Creates a column.
    package init(name: String, type: ValueType, content: Content) {
      self.name = name
      self.type = type
      self.content = content
    }
  }

  /// An aggregate over the rows of a group.
  package struct Tally: Sendable, Hashable {
    package var kind: Kind

    /// What is aggregated, without which a row does not count; `nil` where rows are counted.
    package var value: Term?

    /// Which rows count; `nil` is all of them.
    package var condition: Term?

    /// What counts once, however many rows it comes with; `nil` counts every row.
    package var oncePer: Term?

    /// What is computed; of no rows the first three are 0 and the others missing.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
      case count, distinct, sum, avg, min, max
    }

    /// Creates an aggregate.
    package init(kind: Kind, value: Term?, condition: Term?, oncePer: Term? = nil) {
      self.kind = kind
      self.value = value
      self.condition = condition
      self.oncePer = oncePer
    }
  }

  /// Creates a rollup.
  package init(
    source: String, target: String, windows: [Window], groups: [Group], groupings: [[Int]],
    columns: [Column]
  ) {
    self.source = source
    self.target = target
    self.windows = windows
    self.groups = groups
    self.groupings = groupings
    self.columns = columns
  }
}

extension Rollup {
  /// The time of a row.
  package var time: Input { .field(path: [source, Source.timeField]) }

  /// The terms that are evaluated for a row.
  package var rowTerms: [Term] {
    groups.map(\.term)
      + columns.flatMap { column -> [Term] in
        guard case .tally(let tally) = column.content else { return [] }
        return [tally.value, tally.condition, tally.oncePer].compactMap(\.self)
      }
  }

  /// The terms that are evaluated for a group, once its rows are counted.
  package var resultTerms: [Term] {
    columns.compactMap { if case .computed(let term) = $0.content { term } else { nil } }
  }

  /// The rollup with every one of its terms exchanged.
  func mapTerms(_ transform: (Term) -> Term) -> Rollup {
    var rollup = self
    for index in groups.indices { rollup.groups[index].term = transform(groups[index].term) }
    for index in columns.indices {
      switch columns[index].content {
      case .computed(let term): rollup.columns[index].content = .computed(transform(term))
      case .tally(var tally):
        tally.value = tally.value.map(transform)
        tally.condition = tally.condition.map(transform)
        tally.oncePer = tally.oncePer.map(transform)
        rollup.columns[index].content = .tally(tally)
      }
    }
    return rollup
  }

  /// What the rollup is besides its terms, spelt out for the hash of what it decides.
  var spelling: String {
    let columns = columns.map { column in
      if case .tally(let tally) = column.content {
        "\(column.name)=\(tally.kind.rawValue) "
          + "\([tally.value, tally.condition, tally.oncePer].map { $0 != nil })"
      } else {
        column.name
      }
    }
    return "\(source) \(target) \(windows) \(groups.map(\.name)) \(groupings) \(columns)"
  }
}

extension Rule {
  /// Whether the rule opens alerts: it neither sets fields nor writes rows of figures.
  package var opensAlerts: Bool { metric == nil && rollup == nil }

  /// Everything that is read from a row of a rollup's source.
  package var rollupInputs: Set<Input> {
    guard let rollup else { return [] }
    return ([scope].compactMap(\.self) + rollup.rowTerms).reduce(into: [rollup.time]) {
      $0.formUnion($1.inputs)
    }
  }
}
