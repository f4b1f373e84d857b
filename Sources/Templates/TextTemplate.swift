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

    /// As the inside of a JSON string where quotes stand around the tag in the template, else as a
    /// whole JSON value: `{"name": "{{a}}", "total": {{b}}}`.
    case json
  }

  /// The text as written.
  package let source: String

  /// What the tags need, in order; the planner fetches their inputs.
  package private(set) var terms: [Term]

  private let contentType: ContentType
  private let tags: [TemplateParser.Tag]
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
    var parser = TemplateParser(text, as: contentType, scope: scope)
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
      tags: parser.tags, body: body)
    return (template, parser.diagnostics)
  }

  /// The same text, with other terms behind its tags.
  package func mapTerms(_ transform: (Term) -> Term) -> TextTemplate {
    var mapped = self
    mapped.terms = terms.map(transform)
    return mapped
  }

  /// Renders the text; `values` are those of `terms`, in order.
  package func render(_ values: [Value], formats: TextFormats, zone: Zone) -> String {
    precondition(values.count == terms.count, "a template needs a value for each of its terms")
    func show(_ index: Int) -> String {
      let tag = tags[index]
      if tag.isWholeJSON, tag.function == nil { return Escaping.jsonValue(values[index]) }
      let text = ValueText.show(values[index], as: tag.function, formats: formats, zone: zone)
      switch contentType {
      case .text: return text
      case .html: return Escaping.html(text)
      case .json: return tag.isWholeJSON ? "\"\(Escaping.json(text))\"" : Escaping.json(text)
      }
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
}
