import Diagnostics
import Expressions

extension Scope {
  /// A complaint about a name that is near no other, with what there is to choose from.
  func helping(_ diagnostic: Diagnostic, in text: String) -> Diagnostic {
    let bytes = Array(text.utf8)
    let word = String(
      decoding: bytes[diagnostic.span.clamped(to: 0..<bytes.count)], as: UTF8.self)
    var helped = diagnostic
    if diagnostic.code == ExpressionCode.unknownName.code, let field = field(named: word) {
      helped.help = "did you mean \(field)?"
      return helped
    }
    guard diagnostic.help == nil else { return diagnostic }
    switch diagnostic.code {
    case ExpressionCode.unknownName.code: helped.help = help(forName: word)
    case ExpressionCode.unknownField.code: helped.help = help(forField: word)
    case ExpressionCode.unknownFunction.code: helped.help = help(forFunction: word)
    default: break
    }
    return helped
  }

  /// The field whose name was written without its entity.
  private func field(named word: String) -> String? {
    fields.keys.filter { $0.split(separator: ".").dropFirst().elementsEqual([word[...]]) }.sorted()
      .first
  }

  private func help(forName word: String) -> String {
    switch word.lowercased() {
    case "yes", "always": return "write true"
    case "no", "never": return "write false"
    default: break
    }
    let known = [Array(metrics.keys), Array(parameters.keys), Array(names.keys)].joined().sorted()
    let fields = fields.keys.sorted().first.map { ["fields such as \($0)"] } ?? []
    return "known here are " + (Self.shortened(known) + fields).joined(separator: ", ")
  }

  private func help(forField path: String) -> String {
    let owner = path.split(separator: ".").first.map { "\($0)." } ?? ""
    let own = fields.keys.filter { $0.hasPrefix(owner) }.sorted()
    if owner == "opened.", own.isEmpty {
      return "what a value was at the opening is known of open alerts alone: in `resolve_when`, "
        + "and in what `then` and `when_resolved` say and do"
    }
    let known = own.isEmpty ? fields.keys.sorted() : own
    return "there are " + Self.shortened(known).joined(separator: ", ")
  }

  private func help(forFunction name: String) -> String {
    if metrics[name]?.needsWindow == true { return "write \(name)[30d] for a window of time" }
    return "docs/language.md lists all functions"
  }

  private static func shortened(_ names: [String]) -> [String] {
    names.count > 16 ? names.prefix(16) + ["…"] : names
  }
}
