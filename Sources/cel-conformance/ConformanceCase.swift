import Expressions
import Foundation

/// One case of the suite.
struct ConformanceCase {
  let id: String
  let file: String
  let expression: String
  let expected: Expectation
  private let isChecked: Bool
  private let isOnlyChecked: Bool
  private let environment: CELEnvironment
  private let bindings: [String: CELValue]

  /// Files about networks and an optimiser's own form, which no expression is written in.
  static let outOfScope: Set = ["network_ext", "block_ext"]

  enum Expectation: CustomStringConvertible {
    case value(CELValue)
    case error
    case type(CELType, CELValue?)

    /// Something that is not understood, which nothing can meet.
    case unknown(String)

    var description: String {
      switch self {
      case .value(let value): value.shown
      case .error: "an error"
      case .type(let type, nil): "\(type)"
      case .type(let type, let value?): "\(type) \(value.shown)"
      case .unknown(let reason): reason
      }
    }
  }

  /// Whether the case passes, and what came of it in words.
  func run() -> (hasPassed: Bool, got: String) {
    let program: CELProgram
    do {
      program = try environment.compile(expression, isChecked: isChecked)
    } catch {
      return (isError, "a fault: \(error.message)")
    }
    switch expected {
    case .type(let type, nil): return (program.type == type, "\(program.type)")
    case .type(let type, _) where isOnlyChecked: return (program.type == type, "\(program.type)")
    default: break
    }
    do {
      let value = try program.evaluate(bindings)
      let got = "\(program.type) \(value.shown)"
      return switch expected {
      case .error: (false, got)
      case .value(let wanted): (value.isSame(as: wanted), got)
      case .type(let type, let wanted):
        (program.type == type && wanted.map(value.isSame) == true, got)
      case .unknown: (false, got)
      }
    } catch {
      return (isError, "an error: \(error.message)")
    }
  }

  private var isError: Bool { if case .error = expected { true } else { false } }
}

/// Why the cases cannot be read.
struct ConformanceFault: Error {
  let message: String
}

// MARK: Reading

extension ConformanceCase {
  static func read(_ path: String) throws(ConformanceFault) -> [ConformanceCase] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConformanceFault(message: "cannot read \(path)")
    }
    var cases: [ConformanceCase] = []
    for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      let line = Data(line)
      guard let head = try? JSONDecoder().decode(JSONHead.self, from: line) else {
        throw ConformanceFault(message: "\(path):\(index + 1): this is no case")
      }
      do {
        cases.append(try ConformanceCase(try JSONDecoder().decode(JSONCase.self, from: line)))
      } catch {
        cases.append(ConformanceCase(head, unreadable: error))
      }
    }
    guard !cases.isEmpty else { throw ConformanceFault(message: "\(path) has no cases") }
    return cases
  }

  /// A case with a value or a type of an unknown kind: it fails, and the others are not held up.
  private init(_ head: JSONHead, unreadable error: any Error) {
    id = head.id
    file = head.file
    expression = head.expr
    expected = .unknown(
      "what cannot be read: \((error as? ConformanceFault)?.message ?? "\(error)")")
    isChecked = true
    isOnlyChecked = false
    environment = CELEnvironment()
    bindings = [:]
  }

  private init(_ json: JSONCase) throws(ConformanceFault) {
    id = json.id
    file = json.file
    expression = json.expr
    isChecked = !json.disable_check
    isOnlyChecked = json.check_only
    var bindings: [String: CELValue] = [:]
    for (name, value) in json.bindings { bindings[name] = value.celValue }
    self.bindings = bindings
    // What is bound and not declared may be of any type.
    var variables = bindings.mapValues { _ in CELType.dyn }
    var overloads: [CELOverload] = []
    for declaration in json.type_env {
      if let type = declaration.type { variables[declaration.name] = try type.celType }
      for overload in declaration.overloads ?? [] {
        overloads.append(try overload.declared(as: declaration.name))
      }
    }
    environment = CELEnvironment(
      variables: variables, container: json.container,
      libraries: CELLibrary.all + [CELLibrary(overloads)])
    expected = try json.expect.expectation
  }
}

extension String {
  fileprivate var celType: CELType {
    get throws(ConformanceFault) {
      guard let type = CELType(self) else { throw ConformanceFault(message: "no type: \(self)") }
      return type
    }
  }
}

private struct JSONHead: Decodable {
  let id: String
  let file: String
  let expr: String
}

private struct JSONCase: Decodable {
  let id: String
  let file: String
  let expr: String
  let disable_check: Bool
  let check_only: Bool
  let container: String
  let type_env: [Declaration]
  let bindings: [String: TaggedValue]
  let expect: JSONExpectation

  struct Declaration: Decodable {
    let name: String
    let type: String?
    let overloads: [Overload]?
  }

  struct Overload: Decodable {
    let member: Bool
    let params: [String]
    let result: String

    func declared(as name: String) throws(ConformanceFault) -> CELOverload {
      var types: [CELType] = []
      for text in params { types.append(try text.celType) }
      let result = try result.celType
      guard member, let receiver = types.first else {
        return .function(name, types, result, body: nil)
      }
      return .method(receiver, name, Array(types.dropFirst()), result, body: nil)
    }
  }
}

private struct JSONExpectation: Decodable {
  let value: TaggedValue?
  let error: [String]?
  let typed_result: TypedResult?

  struct TypedResult: Decodable {
    let type: String
    let value: TaggedValue?
  }

  var expectation: ConformanceCase.Expectation {
    get throws(ConformanceFault) {
      if let value { return .value(value.celValue) }
      if let typed_result {
        return .type(try typed_result.type.celType, typed_result.value?.celValue)
      }
      guard error != nil else { throw ConformanceFault(message: "nothing is expected") }
      return .error
    }
  }
}
