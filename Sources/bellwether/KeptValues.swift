import Engine
import Expressions
import Rules
import Workbench

/// Values as alerts keep them: a JSON object by name.
enum KeptValues {
  /// The values in the rule's order, as people read them; those that were missing are left out.
  static func text(_ json: String, of rule: Rule, _ zone: Zone) -> String {
    zip(rule.values, ValueJSON.values(json, of: rule.values)).compactMap { named, value in
      value == .missing ? nil : "\(named.name) \(value.shown(in: zone))"
    }.joined(separator: ", ")
  }
}
