package import Expressions
import Templates

/// JSON for what rules compute: events, stored values and machine-readable output share it.
package enum ValueJSON {
  /// One value, as texts in JSON templates show it too.
  package static func text(_ value: Value) -> String { Escaping.jsonValue(value) }

  /// An object of named values, in the rule's order.
  package static func object(_ names: [NamedTerm], _ values: [Value]) -> String {
    object(zip(names, values).map { ($0.name, text($1)) })
  }

  /// An object from keys and values that are JSON already.
  package static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { string($0) + ":" + $1 }.joined(separator: ",") + "}"
  }

  /// A JSON string.
  package static func string(_ text: String) -> String { Escaping.jsonValue(.text(text)) }
}
