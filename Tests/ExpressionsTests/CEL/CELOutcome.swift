import Expressions

/// What comes of an expression, as an expression would write it; `error` for whatever fails.
///
/// `refused` stands for what the checker refuses and evaluation would fail too.
func outcome(
  _ text: String, _ bindings: [String: CELValue] = [:], variables: [String: CELType] = [:],
  container: String = ""
) -> String {
  let declared = bindings.mapValues { _ in CELType.dyn }.merging(variables) { $1 }
  let environment = CELEnvironment(variables: declared, container: container)
  guard let program = try? environment.compile(text, isChecked: false) else { return "error" }
  let value = (try? program.evaluate(bindings))?.shown ?? "error"
  guard (try? environment.compile(text)) == nil else { return value }
  return value == "error" ? "refused" : "refused, and \(value) unchecked"
}

typealias OutcomeTable = [(text: String, expected: String)]
