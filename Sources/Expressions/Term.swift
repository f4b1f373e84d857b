/// A checked expression: names are resolved, types are right, conditions and values are inlined.
///
/// Equal terms mean equal computations, so that they can be shared within and across rules.
package indirect enum Term: Sendable, Hashable {
  case constant(Value)
  case input(Input, ValueType)

  /// The run's scheduled time.
  case now

  /// The start of the run's local day.
  case today

  /// The alert's severity, in the `where` of an action.
  case severity

  /// A param of a condition that is being defined; calls replace it.
  case parameter(String)

  /// A named value or param, kept for explanations; it evaluates to what it wraps.
  case named(String, Term)

  /// An operator or function over its operands.
  case apply(Operation, [Term])
}

/// What a term can compute.
///
/// `and`, `or`, `not` are three-valued (Kleene); every other operation of a missing operand is
/// missing, but for `isMissing`, `isPresent` and `conditional`.
package enum Operation: Sendable, Hashable {
  // Logic; `and` and `or` take any number of operands.
  case and, or, not

  // Comparison, decided in decimal arithmetic near a tie.
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

  /// `x in [a, b]`: a value and a list.
  case isIn

  /// `x between a and b`, both ends included.
  case between
  case isMissing, isPresent
  case add, subtract, multiply, divide, modulo, negate

  /// `c ? a : b`; also how overrides and ladders are checked.
  case conditional

  /// `[a, b, c]`.
  case list
  case severityIs(Severity), severityAtLeast(Severity)
  case function(Function)
}

/// The functions of the rule dialect.
///
/// Text formatting belongs to templates.
package enum Function: String, Sendable, Hashable, CaseIterable {
  case since, until, days
  case min, max, abs, round, floor, ceil, sqrt, clamp, z
  case size, contains, startsWith, endsWith, matches, lowerAscii, upperAscii, trim
  case mean, median, stddev, percentile, slope, sum, count
  case weekday, month, hour
}

/// A term with the name a rule gave it.
package struct NamedTerm: Sendable, Hashable {
  package var name: String
  package var type: ValueType
  package var term: Term

  /// Pairs a name with what it stands for.
  package init(name: String, type: ValueType, term: Term) {
    self.name = name
    self.type = type
    self.term = term
  }
}
