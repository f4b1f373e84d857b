import Diagnostics
import Expressions

/// What can be wrong with a text's tags; expressions inside have faults of their own.
enum TemplateFault {
  case unclosedTag
  case emptyTag
  case unescaped
  case unsupported
  case wrongFormat(TextFunction, ValueType)
  case unclosedSection(String)
  case notOpen(String)
  case closesOther(String, open: String)
}

/// The codes of texts.
package enum TemplateCode: String, CaseIterable, Sendable {
  case unclosedTag = "E0601"
  case badTag = "E0602"
  case wrongFormat = "E0603"
  case unbalancedSection = "E0604"

  /// The code as diagnostics carry it.
  var code: Diagnostic.Code { Diagnostic.Code(rawValue) }
}

extension TemplateFault {
  /// The fault in words; all wording of this target is in this switch.
  func diagnostic(at span: Range<Int>) -> Diagnostic {
    switch self {
    case .unclosedTag:
      Diagnostic(
        TemplateCode.unclosedTag.code, "this {{ has no }}", at: span,
        help: "close the tag, as in {{rule.title}}")
    case .emptyTag:
      Diagnostic(
        TemplateCode.badTag.code, "this tag is empty", at: span,
        help: "name a value, as in {{rule.title}}")
    case .unescaped:
      Diagnostic(
        TemplateCode.badTag.code, "values are always escaped", at: span,
        help: "write two braces and no &")
    case .unsupported:
      Diagnostic(
        TemplateCode.badTag.code, "partials, blocks and other delimiters are not available",
        at: span, help: "use values, formats, # and ^ sections, and ! remarks")
    case .wrongFormat(let function, let type):
      Diagnostic(
        TemplateCode.wrongFormat.code,
        "\(function.name)() shows \(function.takes), and this is \(type.spoken)", at: span,
        help: type == .duration ? "days() shows a duration" : "leave out \(function.name)()")
    case .unclosedSection(let text):
      Diagnostic(
        TemplateCode.unbalancedSection.code, "the section '\(text)' is not closed", at: span,
        help: "close it with {{/\(text)}}")
    case .notOpen(let text):
      Diagnostic(
        TemplateCode.unbalancedSection.code, "no section '\(text)' is open here", at: span,
        help: "open it before with {{#\(text)}}")
    case .closesOther(let text, let open):
      Diagnostic(
        TemplateCode.unbalancedSection.code,
        "'\(text)' is closed while '\(open)' is open", at: span,
        help: "close the inner section first: {{/\(open)}}")
    }
  }
}

extension ValueType {
  /// The type in the analyst's words.
  fileprivate var spoken: String {
    switch self {
    case .bool: "a yes or no"
    case .number: "a number"
    case .text: "a text"
    case .instant: "a point in time"
    case .duration: "a duration"
    case .list: "a list"
    case .severity: "a severity"
    case .null: "always missing"
    }
  }
}
