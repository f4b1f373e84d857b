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

  /// The element, or its index, for which a loop around it is computed.
  case variable(Variable)

  /// A macro over a list.
  case loop(Loop)
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

  /// `a.orValue(b)`: the first operand that is not missing, of any number.
  case firstPresent

  /// `list[index]`, from 0; missing where the list has no such place.
  case element

  /// `{"a": x, "b": y}[key]`: the key, then keys and values in turn; missing for any other key.
  case lookup
  case severityIs(Severity), severityAtLeast(Severity)
  case function(Function)
}

/// The functions of the rule dialect, by what they are called there.
///
/// Text formatting belongs to templates.
package enum Function: String, Sendable, Hashable, CaseIterable {
  case since, until, days, weekday, month, hour
  case getFullYear, getMonth, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear
  case getHours, getMinutes, getSeconds, getMilliseconds
  case min, max, abs, round, floor, ceil, trunc, sign, sqrt, clamp, z
  case isNaN = "math.isNaN"
  case isInf = "math.isInf"
  case isFinite = "math.isFinite"
  case int, double, string, bool
  case size, contains, startsWith, endsWith, matches, lowerAscii, upperAscii, trim
  case charAt, indexOf, lastIndexOf, join, replace, split, substring
  case quote = "strings.quote"
  case reverse, distinct, flatten, slice, sort, first, last
  case range = "lists.range"
  case containsAll = "sets.contains"
  case equivalent = "sets.equivalent"
  case intersects = "sets.intersects"
  case mean, median, stddev, percentile, slope, sum, count, forecast
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
