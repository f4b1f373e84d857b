/// Why an expression has no value.
package enum CELError: Error, Sendable, Hashable {
  case unboundName(String)
  case unknownFunction(String)

  /// No form of a function or an operator takes values of these types.
  case noSuchOverload(String, [String])
  case noSuchKey(String)
  case indexOutOfRange(Int64)

  /// A value of a type that no map can have as a key.
  case badKey(String)
  case repeatedKey(String)
  case divisionByZero
  case overflow
  case absentOptional

  /// A text or a number that a function cannot read or take.
  case invalidArgument(String, String)

  /// More work than the program may do.
  case costLimit

  /// The fault in one sentence.
  package var message: String {
    switch self {
    case .unboundName(let name): "'\(name)' has no value"
    case .unknownFunction(let name): "there is no function '\(name)'"
    case .noSuchOverload(let name, let types):
      "'\(name)' does not take \(types.joined(separator: ", "))"
    case .noSuchKey(let key): "there is no key \(key)"
    case .indexOutOfRange(let index): "the position \(index) is out of range"
    case .badKey(let type): "no map has a key of type \(type)"
    case .repeatedKey(let key): "the key \(key) is there twice"
    case .divisionByZero: "a number is divided by zero"
    case .overflow: "the result is out of range"
    case .absentOptional: "the optional value is absent"
    case .invalidArgument(let function, let reason): "\(function): \(reason)"
    case .costLimit: "the expression takes too much work"
    }
  }
}

/// What an evaluation may still spend.
///
/// A step of a loop, a part of a value that is looked at and a byte of text that is made cost one
/// each, so that no expression can run away in time or in memory.
package struct CELMeter: Sendable {
  private var remaining: Int

  package init(limit: Int) { remaining = limit }

  /// Pays for work; once too much was asked for, nothing more can be had.
  package mutating func spend(_ amount: Int) throws(CELError) {
    guard amount <= remaining else {
      remaining = -1
      throw .costLimit
    }
    remaining -= amount
  }
}
