package import Diagnostics
package import Expressions
import Mustache

/// A text with `{{ }}`, checked: every tag is an expression over the rule's names.
///
/// `{{customer.name}}` shows a value, `{{money(revenue)}}` shows it in one of the formats of
/// ``TextFunction``, `{{#condition}}…{{/condition}}` shows its inside where the condition holds,
/// `{{^condition}}…{{/condition}}` where it does not, and `{{! remark}}` shows nothing.
package struct TextTemplate: Sendable {
  /// How values are escaped.
  package enum ContentType: Sendable, Hashable {
    /// Not at all.
    case text

    /// As HTML text and attribute values.
    case html

    /// As the inside of a JSON string; the quotes stand in the template.
    case json
  }

  /// The text as written.
  package let source: String

  /// What the tags need, in order; the planner fetches their inputs.
  package let terms: [Term]

  private let contentType: ContentType
  private let functions: [TextFunction?]
  private let body: Body

  private enum Body: Sendable {
    /// Texts, with a value between each and the next.
    case parts([String])

    /// A text with sections, whose tags are called `v0`, `v1` and so on.
    case sections(MustacheTemplate)
  }

  /// Parses and checks `text`; the diagnostics' spans are byte offsets in it.
  package static func parse(
    _ text: String, as contentType: ContentType, in scope: Scope
  ) -> (template: TextTemplate?, diagnostics: [Diagnostic]) {
    var parser = TemplateParser(text, scope: scope)
    parser.parse()
    guard !parser.diagnostics.contains(where: { $0.severity == .error }) else {
      return (nil, parser.diagnostics)
    }
    let body: Body
    if parser.hasSections {
      guard let mustache = try? MustacheTemplate(string: parser.mustache) else {
        preconditionFailure("the parser lets nothing through that Mustache refuses")
      }
      body = .sections(mustache)
    } else {
      body = .parts(parser.literals)
    }
    let template = TextTemplate(
      source: text, terms: parser.tags.map(\.term), contentType: contentType,
      functions: parser.tags.map(\.function), body: body)
    return (template, parser.diagnostics)
  }

  /// Renders the text; `values` are those of `terms`, in order.
  package func render(_ values: [Value], formats: TextFormats, zone: Zone) -> String {
    precondition(values.count == terms.count, "a template needs a value for each of its terms")
    func show(_ index: Int) -> String {
      escape(
        ValueText.show(values[index], as: functions[index], formats: formats, zone: zone))
    }
    switch body {
    case .parts(let literals):
      var text = literals[0]
      for index in terms.indices { text += show(index) + literals[index + 1] }
      return text
    case .sections(let mustache):
      var context: [String: any Sendable] = [:]
      for index in terms.indices {
        context["v\(index)"] = show(index)
        context["s\(index)"] = values[index] == .bool(true)
      }
      return mustache.render(context)
    }
  }

  private func escape(_ text: String) -> String {
    switch contentType {
    case .text: text
    case .html: Self.escapedHTML(text)
    case .json: Self.escapedJSON(text)
    }
  }

  private static func escapedHTML(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.append(character)
      }
    }
  }

  private static func escapedJSON(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case "\u{0}"..<"\u{20}", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }
}
