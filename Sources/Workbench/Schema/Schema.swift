import Rules

/// JSON Schemas of the files, made of the tables that the loader itself reads by.
///
/// Editors complete keys and mark mistakes with them. What stands in expressions and texts, and
/// what depends on other files, is for `bellwether check`.
package enum Schema {
  /// The kinds of file that have a schema.
  package enum File: String, CaseIterable, Sendable {
    case rule, condition, catalog, settings

    var table: KeyTable {
      switch self {
      case .rule: .rule
      case .condition: .condition
      case .catalog: .catalog
      case .settings: .settings
      }
    }
  }

  /// The schema of a kind of file; without one, that of rules and conditions alike.
  package static func text(of file: File?) -> String {
    var writer = SchemaWriter()
    let body: JSON =
      if let file {
        writer.table(file.table)
      } else {
        .members([
          "title": .string("a rule or a condition"),
          "if": .members([
            "type": .string("object"), "required": .strings([File.condition.rawValue]),
          ]),
          "then": writer.reference(to: .condition), "else": writer.reference(to: .rule),
        ])
      }
    let head = JSON.members(["$schema": .string("https://json-schema.org/draft/2020-12/schema")])
    return head.adding(body).adding(["$defs": writer.definitions]).text() + "\n"
  }
}
