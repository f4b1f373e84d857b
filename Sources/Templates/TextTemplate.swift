package import Diagnostics
package import Expressions

/// A text with `{{ }}`, checked: every tag is an expression over the rule's names.
package struct TextTemplate: Sendable {
  /// How tags are escaped.
  package enum ContentType: Sendable, Hashable { case text, html, json }

  /// The text as written.
  package let source: String

  /// What the tags need, in order; the planner fetches their inputs.
  package let terms: [Term]

  /// Parses and checks `text`; the diagnostics' spans are byte offsets in it.
  package static func parse(
    _ text: String, as contentType: ContentType, in scope: Scope
  ) -> (template: TextTemplate?, diagnostics: [Diagnostic]) {
    (nil, [])
  }

  /// Renders the text; `values` are those of `terms`, in order.
  package func render(_ values: [Value], formats: TextFormats, zone: Zone) -> String {
    source
  }
}
