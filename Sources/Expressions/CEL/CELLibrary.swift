/// Functions that expressions may call, and the forms beyond calls that belong to them.
package struct CELLibrary: Sendable {
  /// Forms that are no functions because they do not evaluate all their parts, or name variables.
  package enum Form: Sendable, Hashable {
    /// `has`, `all`, `exists`, `exists_one`, `filter`, `map`.
    case macros

    /// `all(i, v, …)`, `transformList`, `transformMap`, `transformMapEntry`.
    case twoVariables

    /// `cel.bind`.
    case bind

    /// `a.?b`, `a[?b]`, `[?a]`, `{?k: a}`, `optMap`, `optFlatMap`, `or`, `orValue`.
    case optionals

    /// `sortBy`.
    case sorting

    /// `math.greatest`, `math.least`.
    case extremes
  }

  let functions: [String: [CELOverload]]
  let forms: Set<Form>

  /// Makes a library of one's own.
  package init(_ overloads: [CELOverload], forms: Set<Form> = []) {
    functions = Dictionary(grouping: overloads, by: \.name)
    self.forms = forms
  }

  /// All that stands here: the language's own functions and the usual extensions.
  package static let all: [CELLibrary] = [
    .standard, .strings, .math, .lists, .sets, .optionals, .encoders, .bindings, .twoVariables,
  ]

  /// `cel.bind(name, value, expression)`.
  package static let bindings = CELLibrary([], forms: [.bind])

  /// Comprehensions over positions and elements, or over keys and values.
  package static let twoVariables = CELLibrary([], forms: [.twoVariables])
}

/// One form of a function: the types it takes and gives, and what it does.
package struct CELOverload: Sendable {
  /// What a function does; its arguments have the declared types, a receiver is the first.
  package typealias Body = @Sendable (CELArguments, inout CELMeter) throws(CELError) -> CELValue

  let name: String
  let isMember: Bool
  let parameters: [CELType]
  let result: CELType

  /// `nil` for a function that is declared and not there.
  fileprivate(set) var body: Body?

  /// What the function does where its last argument is known beforehand; `nil` if nothing else.
  fileprivate var prepare: (@Sendable (CELValue) -> Body?)?

  /// Declares `name(…)`, with dots in the name if it has a namespace.
  package static func function(
    _ name: String, _ parameters: [CELType], _ result: CELType, body: Body?
  ) -> CELOverload {
    CELOverload(
      name: name, isMember: false, parameters: parameters, result: result, body: body)
  }

  /// Declares `receiver.name(…)`.
  package static func method(
    _ receiver: CELType, _ name: String, _ parameters: [CELType], _ result: CELType, body: Body?
  ) -> CELOverload {
    CELOverload(
      name: name, isMember: true, parameters: [receiver] + parameters, result: result, body: body)
  }

  /// The form with work that depends on its last argument alone done once, by `prepare`.
  func preparing(_ prepare: @escaping @Sendable (CELValue) -> Body?) -> CELOverload {
    var overload = self
    overload.prepare = prepare
    return overload
  }

  /// The form for calls whose last argument is always the same.
  func prepared(for last: CELValue) -> CELOverload {
    guard let body = prepare?(last) else { return self }
    var overload = self
    overload.body = body
    return overload
  }

  func admits(_ arguments: [CELValue]) -> Bool {
    guard arguments.count == parameters.count else { return false }
    for (parameter, argument) in zip(parameters, arguments) where !parameter.admits(argument) {
      return false
    }
    return true
  }
}

/// The values a function is called with.
///
/// To ask for a value of another type than was declared is a fault, not a trap.
package struct CELArguments: Sendable {
  let name: String
  package let values: [CELValue]

  private func mismatch() -> CELError { .noSuchOverload(name, values.map(\.typeName)) }

  package subscript(_ index: Int) -> CELValue { values[index] }

  package func text(_ index: Int) throws(CELError) -> String {
    guard case .text(let text) = values[index] else { throw mismatch() }
    return text
  }

  package func int(_ index: Int) throws(CELError) -> Int {
    guard case .int(let int) = values[index] else { throw mismatch() }
    return Int(int)
  }

  package func double(_ index: Int) throws(CELError) -> Double {
    guard case .double(let double) = values[index] else { throw mismatch() }
    return double
  }

  package func bytes(_ index: Int) throws(CELError) -> [UInt8] {
    guard case .bytes(let bytes) = values[index] else { throw mismatch() }
    return bytes
  }

  package func list(_ index: Int) throws(CELError) -> [CELValue] {
    guard case .list(let list) = values[index] else { throw mismatch() }
    return list
  }

  func timestamp(_ index: Int) throws(CELError) -> CELTimestamp {
    guard case .timestamp(let timestamp) = values[index] else { throw mismatch() }
    return timestamp
  }

  func duration(_ index: Int) throws(CELError) -> CELDuration {
    guard case .duration(let duration) = values[index] else { throw mismatch() }
    return duration
  }

  func optional(_ index: Int) throws(CELError) -> CELValue? {
    guard case .optional(let value) = values[index] else { throw mismatch() }
    return value
  }
}
