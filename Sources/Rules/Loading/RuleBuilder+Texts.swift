import Diagnostics
import Expressions
import Templates
import YAML

extension RuleBuilder {
  /// Adds the names that only texts have.
  mutating func enterTexts(name: String) {
    textScope = alertScope
    textScope.allowsSeverity = true
    textScope.fields.merge(library.textFields(of: entity)) { own, _ in own }
    for (key, text) in ["rule.name": name, "rule.title": title(name)] {
      textScope.names[key] = NamedTerm(name: key, type: .text, term: .constant(.text(text)))
    }
  }

  /// Reads a text of the rule's own file.
  mutating func text(_ node: Node, as contentType: TextTemplate.ContentType = .text)
    -> TextTemplate?
  {
    guard let scalar = node.scalar, !node.isEmpty else { return nil }
    let (template, diagnostics) = TextTemplate.parse(scalar.text, as: contentType, in: textScope)
    report.add(diagnostics.map { textScope.helping($0, in: scalar.text) }, in: scalar)
    for term in template?.terms ?? [] { term.collectNames(into: &usedNames) }
    return template
  }

  /// Reads a template file; its diagnostics belong to that file.
  mutating func templateText(_ path: String, as contentType: TextTemplate.ContentType)
    -> TextTemplate?
  {
    guard let source = library.templates[path] else { return nil }
    var text = source.text
    // A subject is one line; the line break that ends its file is not part of it.
    if path.hasSuffix(".subject.mustache") {
      while text.last?.isWhitespace == true { text.removeLast() }
    }
    let (template, diagnostics) = TextTemplate.parse(text, as: contentType, in: textScope)
    let found = diagnostics.filter { !report.isAboutBrokenName($0, in: text) }
      .map { textScope.helping($0, in: text) }
    if !found.isEmpty { templateDiagnostics[path, default: []] += found }
    for term in template?.terms ?? [] { term.collectNames(into: &usedNames) }
    return template
  }

  /// Whether a template file is there; says so if not.
  mutating func requireTemplate(
    _ path: String, _ name: String, in folder: String, at span: Range<Int>
  ) -> Bool {
    guard library.templates[path] == nil else { return true }
    let names = Set(
      library.templates.keys.filter { $0.hasPrefix("\(folder)/") }
        .compactMap { $0.dropFirst(folder.count + 1).split(separator: ".").first.map(String.init) })
    report.error(
      .unknownTemplate, "there is no file `templates/\(path)`", at: span,
      help: names.contains(name)
        ? "add the file" : didYouMean(name, among: names.sorted()) ?? "add the file")
    return false
  }

  /// What a field's name was meant to be that stands without its entity.
  func ownField(_ name: String) -> String? {
    library.catalog.field(at: [entity, name]).map { "did you mean `\(entity).\($0.name)`?" }
  }

  // MARK: Recipients

  /// Reads a person field, a text field, or an address.
  mutating func recipient(_ node: Node) -> Recipient? {
    guard let text = node.text, !node.isEmpty else { return nil }
    if text.contains("@") {
      if Scalars.isAddress(text) { return .address(text) }
      report.error(
        .notARecipient, "`\(text)` is not an address", at: node.span,
        help: text.contains(",") || text.contains(";")
          ? "write several as a list: `[first@acme.example, second@acme.example]`"
          : "write it alone, as in `anna@acme.example`")
      return nil
    }
    let path = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard path.first == entity, let field = library.catalog.field(at: path) else {
      let fields = scope.fields.filter { $0.value.type == .text }.keys.sorted()
      report.error(
        .notARecipient, "`\(text)` is neither a field of \(entity) nor an address", at: node.span,
        help: ownField(text) ?? didYouMean(text, among: fields)
          ?? "name a person field, as in `\(entity).…`, or write an address")
      return nil
    }
    switch field.kind {
    case .person:
      return .person(
        key: .input(.field(path: path), .text), name: .input(.field(path: path + ["name"]), .text),
        email: .input(.field(path: path + ["email"]), .text))
    case .text where field.oneOf == nil: return .field(.input(.field(path: path), .text))
    default:
      report.error(
        .notARecipient, "`\(text)` does not hold a person or an address", at: node.span,
        help: "name a person field, a text field with an address, or an address")
      return nil
    }
  }
}
