import Diagnostics

/// What an expression may name, and how it is read.
///
///     let environment = CELEnvironment(variables: ["age": .int])
///     let program = try environment.compile("age >= 18 ? 'adult' : 'minor'")
///     let value = try program.evaluate(["age": .int(44)])  // .text("adult")
package struct CELEnvironment: Sendable {
  /// Types by variables' names, which may have dots.
  package let variables: [String: CELType]

  /// Where names are looked up: in `a.b`, `x` is tried as `a.b.x`, then `a.x`, then `x`.
  package let container: String
  let functions: [String: [CELOverload]]
  let forms: Set<CELLibrary.Form>

  /// Creates an environment; by default one with every library.
  package init(
    variables: [String: CELType] = [:], container: String = "",
    libraries: [CELLibrary] = CELLibrary.all
  ) {
    self.variables = variables
    self.container = container
    functions = libraries.reduce(into: [:]) { $0.merge($1.functions) { $0 + $1 } }
    forms = libraries.reduce(into: []) { $0.formUnion($1.forms) }
  }

  /// Reads an expression once so that it can be evaluated many times.
  ///
  /// The checker refuses what cannot succeed; without it the same expression has the same value
  /// and fails, if it must, when it is evaluated. A type that is only known at run time is `dyn`.
  package func compile(
    _ text: String, isChecked: Bool = true
  ) throws(CELFault) -> CELProgram {
    let syntax: Syntax
    do throws(SyntaxError) {
      syntax = try Parser.parse(text, dialect: .cel)
    } catch {
      throw CELFault(error.diagnostic.message, at: error.span)
    }
    var compiler = CELCompiler(environment: self)
    let root = try compiler.node(syntax)
    let type = isChecked ? try CELChecker.type(of: root, in: self) : .dyn
    return CELProgram(root: root, type: type, frameSize: compiler.frameSize)
  }

  /// The full names that a name may stand for, the innermost container's first.
  func candidates(_ name: String, isAbsolute: Bool = false) -> [String] {
    guard !isAbsolute, !container.isEmpty else { return [name] }
    let parts = container.split(separator: ".")
    let prefixes = (1...max(1, parts.count)).reversed().map {
      parts.prefix($0).joined(separator: ".")
    }
    return prefixes.map { "\($0).\(name)" } + [name]
  }
}

/// Why a text is no program, and where.
package struct CELFault: Error, Sendable, Hashable {
  package let message: String

  /// Byte offsets in the text.
  package let span: Range<Int>

  init(_ message: String, at span: Range<Int>) {
    self.message = message
    self.span = span
  }
}

/// An expression that is ready to be evaluated.
package struct CELProgram: Sendable {
  let root: CELNode

  /// The type of the result; `dyn` if it shows only at run time, or nothing was checked.
  package let type: CELType
  let frameSize: Int

  /// Evaluates the expression with values for its variables.
  ///
  /// The limit counts steps of evaluation and the parts and bytes of the values it makes. Ten
  /// million take about a second.
  package func evaluate(
    _ bindings: [String: CELValue] = [:], costLimit: Int = 10_000_000
  ) throws(CELError) -> CELValue {
    var evaluator = CELEvaluator(
      bindings: bindings, frameSize: frameSize, meter: CELMeter(limit: costLimit))
    return try evaluator.value(of: root)
  }
}
