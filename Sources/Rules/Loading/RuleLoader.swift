package import Diagnostics
package import Expressions
import YAML

/// Turns the files of a rules folder into a checked rule set.
///
/// The catalog is read once; files may be added to what is loaded, so that one rule is checked
/// without reading those around it anew.
package struct RuleLoader {
  private var library: Library
  private var files: [ParsedFile] = []
  private var reports: [FileReport] = []
  private var rules: [String: Rule] = [:]
  private var templateDiagnostics: [String: Set<Diagnostic>] = [:]
  private var repeatedActions = RepeatedActionLint()

  /// Where each rule and condition was declared first.
  private var paths: [ParsedFile.Kind: [String: String]] = [:]
  private let catalogIsFine: Bool
  private let today: CivilDate?
  private let spreading: any Spreading

  /// Reads every file and reports all problems of all files in one pass.
  ///
  /// A rule with an error is left out and the others load; with an error in the catalog there is
  /// no rule set. Without settings the endpoints of webhooks are not checked. Only files with
  /// something to say are among the diagnostics, sorted by path. Today's date decides which
  /// `# lint: allow` comments have expired; without it none has. What comes out does not depend on
  /// `spreading`, only how soon.
  package static func load(
    _ files: RuleFiles, settings: Settings?, today: CivilDate? = nil,
    spreading: any Spreading = InTurn()
  ) -> (ruleSet: RuleSet?, diagnostics: [FileDiagnostics]) {
    let loader = RuleLoader(files, settings: settings, today: today, spreading: spreading)
    return (loader.ruleSet, loader.diagnostics)
  }

  /// Loads every file, as `load` does.
  package init(
    _ files: RuleFiles, settings: Settings?, today: CivilDate? = nil,
    spreading: any Spreading = InTurn()
  ) {
    let catalog = CatalogLoader(files.catalog)
    catalogIsFine = !catalog.report.hasErrors
    self.today = today
    self.spreading = spreading
    library = Library(
      catalog: catalog.catalog, broken: catalog.broken, files: files, settings: settings)
    finish(catalog.report, catalog.root, isComplete: catalogIsFine)
    add(files.rules)
  }

  /// Loads further rules and conditions, which may use what is there and each other.
  ///
  /// What was loaded before stays as it is: its files are not read again.
  package mutating func add(_ sources: [SourceText]) {
    var added = spreading.map(sources.sorted { $0.path < $1.path }) { ParsedFile($0) }
    for file in added where file.kind == .rule {
      if let name = file.name, library.rules[name] == nil {
        library.rules[name] = RuleHead(file.root)
      }
    }
    refuseRepeatedNames(in: &added)
    for file in added where file.kind == nil { finish(file.report, file.root) }
    loadConditions(among: added)
    loadRules(among: added)
    files += added
  }

  /// Takes what was found in a file, without what its comments allow.
  private mutating func finish(_ report: FileReport, _ root: Node?, isComplete: Bool = false) {
    var report = report
    report.applyAllowances(root: root, isComplete: isComplete, today: today)
    reports.append(report)
  }

  private mutating func refuseRepeatedNames(in files: inout [ParsedFile]) {
    for index in files.indices {
      guard let kind = files[index].kind, let name = files[index].name,
        let place = files[index].root[kind.rawValue]
      else { continue }
      if let path = paths[kind]?[name] {
        files[index].report.error(
          .nameTwice, "the \(kind) `\(name)` stands in \(path) already", at: place.span,
          help: "give one of them another name")
      } else {
        paths[kind, default: [:]][name] = files[index].source.path
      }
    }
  }

  // MARK: Conditions

  /// Builds the conditions, those that others call first.
  private mutating func loadConditions(among files: [ParsedFile]) {
    var waiting = files.filter { $0.kind == .condition }
    let names = Set(waiting.compactMap(\.name))
    var needs = waiting.map { file in
      // A param or value may be called as a condition is.
      let own = ["params", "values"].flatMap { file.root[$0]?.entries ?? [] }.map(\.key)
      return file.root.words.intersection(names).subtracting(own)
    }
    var done: Set<String> = []
    while let next = needs.firstIndex(where: { $0.isSubset(of: done) }) {
      let file = waiting.remove(at: next)
      needs.remove(at: next)
      if let name = file.name { done.insert(name) }
      loadCondition(file)
    }
    library.broken.formUnion(waiting.compactMap(\.name))
    reportCycles(among: &waiting, needs: needs.map { $0.subtracting(done) })
    for file in waiting { finish(file.report, file.root) }
  }

  /// Tells of each circle once, at the condition whose file comes first.
  private func reportCycles(among files: inout [ParsedFile], needs: [Set<String>]) {
    var calls: [String: String] = [:]
    for (file, need) in zip(files, needs) { calls[file.name ?? ""] = need.sorted().first }
    var told: Set<String> = []
    for start in files.compactMap(\.name) {
      // Every one of them calls another, so that following the calls ends in a circle.
      var path = [start]
      while let next = calls[path[path.count - 1]], !path.contains(next) { path.append(next) }
      let circle = path.drop { $0 != calls[path[path.count - 1]] }
      guard told.isDisjoint(with: circle),
        let first = files.firstIndex(where: { circle.contains($0.name ?? "") }),
        let name = files[first].name, let place = files[first].root["condition"]
      else { continue }
      told.formUnion(circle)
      files[first].report.error(
        .conditionCycle,
        circle.count == 1
          ? "the condition `\(name)` calls itself"
          : "conditions call each other in a circle: \(circle.joined(separator: ", "))",
        at: place.span, help: "write what is meant in place of one of the calls")
    }
  }

  private mutating func loadCondition(_ file: ParsedFile) {
    var builder = ConditionBuilder(file, library: library)
    let built = builder.build()
    if let (symbol, entity) = built {
      library.add(symbol, for: entity)
      builder.report.add(builder.lintSubject(symbol).findings)
    } else if let name = file.name {
      library.broken.insert(name)
    }
    finish(builder.report, file.root, isComplete: built != nil)
  }

  // MARK: Rules

  private mutating func loadRules(among files: [ParsedFile]) {
    let library = library
    let loaded = spreading.map(files.filter { $0.kind == .rule }) { LoadedRule($0, library) }
    for file in loaded {
      var report = file.report
      report.add(repeatedActions.findings(among: file.deeds))
      if let rule = file.rule { rules[rule.name] = rule }
      finish(report, file.root, isComplete: file.rule != nil)
      // Several rules may share a template: what is wrong with it is said once.
      for (path, found) in file.templateDiagnostics {
        templateDiagnostics[path, default: []].formUnion(found)
      }
    }
  }

  // MARK: Results

  /// What is loaded; `nil` with an error in the catalog.
  package var ruleSet: RuleSet? {
    guard catalogIsFine else { return nil }
    let loaded = Set(rules.values.map(\.path))
    let broken = files.filter { $0.kind == .rule && !loaded.contains($0.source.path) }
    return RuleSet(
      catalog: library.catalog, rules: rules, brokenFiles: Set(broken.map(\.source.path)))
  }

  /// What there is to say, by path.
  package var diagnostics: [FileDiagnostics] {
    var found = reports.map(\.fileDiagnostics)
    for (path, diagnostics) in templateDiagnostics {
      guard let source = library.templates[path] else { continue }
      found.append(FileDiagnostics(source: source, diagnostics: Array(diagnostics)))
    }
    return found.filter { !$0.diagnostics.isEmpty }.sorted { $0.source.path < $1.source.path }
  }
}

/// What a rule's file gives without a look at other rules.
///
/// A class, so that nothing is copied where thousands are handed on.
private final class LoadedRule: Sendable {
  let root: Node
  let report: FileReport

  /// `nil` when something is wrong with the file, or with a template it names.
  let rule: Rule?
  let deeds: [Deed]
  let templateDiagnostics: [String: [Diagnostic]]

  init(_ file: ParsedFile, _ library: Library) {
    var builder = RuleBuilder(file, library: library)
    let rule = builder.build()
    if let rule { builder.report.add(builder.lintSubject(rule).findings) }
    root = file.root
    report = builder.report
    self.rule = rule
    deeds = rule.map { Deed.all(of: $0, root: file.root) } ?? []
    templateDiagnostics = builder.templateDiagnostics
  }
}

extension Node {
  /// The undotted names in every text below the node, keys included.
  fileprivate var words: Set<String> {
    switch content {
    case .scalar(let scalar): Set(Words(scalar.text).map(\.text))
    case .refused: []
    case .sequence(let items): items.reduce(into: []) { $0.formUnion($1.words) }
    case .mapping(let entries):
      entries.reduce(into: []) { words, entry in
        guard !["condition", "about", "params", "for_each"].contains(entry.key) else { return }
        words.insert(entry.key)
        words.formUnion(entry.value.words)
      }
    }
  }
}
