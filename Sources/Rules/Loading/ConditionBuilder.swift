import Diagnostics
import Expressions
import YAML

/// Builds a named condition from its file.
struct ConditionBuilder: ExpressionReading, NameChecking {
  var report: FileReport
  let root: Node
  let library: Library
  var scope = Scope()
  var entity = ""
  var conditionValues: [NamedTerm] { [] }

  init(_ file: ParsedFile, library: Library) {
    report = file.report
    root = file.root
    self.library = library
    report.broken.formUnion(library.broken)
  }

  /// The condition and its entity, or `nil` when there are errors.
  mutating func build() -> (symbol: ConditionSymbol, entity: String)? {
    guard let name = root.text("condition"), enterEntity() else { return nil }
    checkFileName(name, key: "condition")
    if let place = root["condition"], !report.diagnostics.contains(where: { $0.code == .nameTwice })
    {
      claimName(name, at: place.span)
    }
    let parameters = readParameters()
    let values = readValues()
    let scopeTerm = root["where"].flatMap { condition($0, in: scope) }
    let when = root["when"].flatMap { condition($0, in: scope) }
    guard let when, !report.hasErrors else { return nil }
    let scopes = [scopeTerm?.joined].compactMap { $0 } + when.scopes
    let symbol = ConditionSymbol(
      name: name, parameters: parameters, scope: scopes.isEmpty ? nil : Term.all(scopes),
      when: when.term, values: (values + when.values).withoutRepeats)
    return (symbol, entity)
  }

  /// The condition and its file for the lints: as it is when a call leaves every param out.
  func lintSubject(_ symbol: ConditionSymbol) -> LintSubject {
    let defaults = Dictionary(
      symbol.parameters.map { ($0.name, Term.named($0.name, $0.fallback)) },
      uniquingKeysWith: { first, _ in first })
    var scope = scope
    scope.parameters = [:]
    for (name, value) in scope.names {
      scope.names[name]?.term = value.term.replacing(defaults)
    }
    for parameter in symbol.parameters {
      scope.names[parameter.name] = NamedTerm(
        name: parameter.name, type: parameter.type, term: parameter.fallback)
    }
    return LintSubject(
      root: root, catalog: library.catalog, scope: scope,
      population: symbol.scope?.replacing(defaults))
  }

  private mutating func readParameters() -> [ConditionSymbol.Parameter] {
    var parameters: [ConditionSymbol.Parameter] = []
    for entry in root["params"]?.entries ?? [] {
      guard claimName(entry.key, at: entry.keySpan),
        let fallback = expression(entry.value, in: scope)
      else {
        report.broken.insert(entry.key)
        continue
      }
      parameters.append(
        .init(name: entry.key, type: fallback.type, fallback: fallback.term))
    }
    // A default stands by itself, so that a call can replace any one of them.
    for parameter in parameters { scope.parameters[parameter.name] = parameter.type }
    return parameters
  }
}

// MARK: - What conditions and rules share

/// A file that brings names of its own into an entity's scope.
protocol NameChecking: ExpressionReading {
  var root: Node { get }
  var library: Library { get }
  var scope: Scope { get set }
  var entity: String { get set }

  /// Values that came into scope with the conditions called.
  var conditionValues: [NamedTerm] { get }
}

extension NameChecking {
  /// Takes the names of the entity into scope; false when there is none.
  mutating func enterEntity() -> Bool {
    guard let place = root["for_each"], let name = root.text("for_each") else { return false }
    guard let found = library.scope(for: name) else {
      if !library.broken.contains(name), Scalars.isName(name) {
        report.error(
          .unknownEntity, "there is no entity `\(name)`", at: place.span,
          help: didYouMean(name, among: library.catalog.entities.keys.sorted())
            ?? "the catalog has \(library.catalog.entities.keys.sorted().joined(separator: ", "))")
      }
      return false
    }
    scope = found
    entity = name
    return true
  }

  /// The name is part of what others refer to, so that the file must be found by it.
  mutating func checkFileName(_ name: String, key: String) {
    guard let place = root[key], Scalars.isName(name) else { return }
    let path = report.source.path.utf8
    let start = path.lastIndex(of: UInt8(ascii: "/")).map(path.index(after:))
    let file = String(Substring(path[(start ?? path.startIndex)...]))
    let stem = file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
    guard stem != name else { return }
    let other = Scalars.isName(stem) ? ", or the \(key) `\(stem)`" : ""
    report.error(
      .nameIsNotFile, "the \(key) `\(name)` stands in a file called `\(file)`", at: place.span,
      help: "call the file `\(name).yaml`" + other)
  }

  /// Whether a name is free; a name means one thing in a rule.
  @discardableResult
  mutating func claimName(_ name: String, at span: Range<Int>) -> Bool {
    let taken: String? =
      if Names.reserved.contains(name) {
        "a word of the rule language"
      } else if scope.metrics[name] != nil {
        "a metric of \(entity)"
      } else if library.catalog.entities[name] != nil {
        "an entity"
      } else if scope.conditions[name] != nil {
        "a condition"
      } else if scope.names[name] != nil || scope.parameters[name] != nil {
        "a param or value of this file"
      } else {
        nil
      }
    guard let taken else { return Scalars.isName(name) }
    report.error(
      .nameTaken, "`\(name)` is \(taken) already", at: span, help: "choose another name")
    return false
  }

  /// Reads `values`, each of which may use those above it.
  mutating func readValues() -> [NamedTerm] {
    let entries = root["values"]?.entries ?? []
    var values: [NamedTerm] = []
    for (index, entry) in entries.enumerated() {
      let below = Set(entries[index...].map(\.key))
      // A value may repeat one of a called condition; whether they are equal is seen later.
      let isRepeat = conditionValues.contains { $0.name == entry.key }
      guard isRepeat || claimName(entry.key, at: entry.keySpan),
        !usesNames(below, entry), let checked = expression(entry.value, in: scope)
      else {
        report.broken.insert(entry.key)
        continue
      }
      let value = NamedTerm(name: entry.key, type: checked.type, term: checked.term)
      scope.names[entry.key] = value
      values.append(value)
    }
    return values
  }

  /// Reports values that stand further down, or the value itself.
  private mutating func usesNames(_ names: Set<String>, _ entry: Node.Entry) -> Bool {
    guard let scalar = entry.value.scalar else { return false }
    for word in Words(scalar.text) where names.contains(word.text) {
      let isItself = word.text == entry.key
      report.error(
        .usedBeforeDefined,
        isItself ? "`\(entry.key)` is defined by itself" : "`\(word.text)` is defined further down",
        at: scalar.map.sourceRange(word.range),
        help: isItself ? "choose another name for it" : "move `\(word.text)` above `\(entry.key)`")
      return true
    }
    return false
  }
}

/// The undotted names in an expression's text, string literals left out.
struct Words: Sequence {
  struct Word {
    var text: String
    var range: Range<Int>
  }

  private let words: [Word]

  init(_ text: String) {
    let bytes = Array(text.utf8)
    var words: [Word] = []
    var offset = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        offset += 1
        while offset < bytes.count, bytes[offset] != byte {
          offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        offset += 1
        continue
      }
      let start = offset
      while offset < bytes.count, Self.isWordByte(bytes[offset]) { offset += 1 }
      guard offset > start else {
        offset += 1
        continue
      }
      let isMember = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
      let hasMember = offset < bytes.count && bytes[offset] == UInt8(ascii: ".")
      let isArgument =
        bytes[offset...].drop { $0 == UInt8(ascii: " ") }.starts(with: "=".utf8)
        && !bytes[offset...].drop { $0 == UInt8(ascii: " ") }.starts(with: "==".utf8)
      if !isMember, !hasMember, !isArgument {
        words.append(
          Word(text: String(decoding: bytes[start..<offset], as: UTF8.self), range: start..<offset))
      }
    }
    self.words = words
  }

  func makeIterator() -> IndexingIterator<[Word]> { words.makeIterator() }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == UInt8(ascii: "_")
  }
}
