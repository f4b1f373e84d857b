package import Diagnostics
import Expressions
import YAML

/// Turns the files of a rules folder into a checked rule set.
package enum RuleLoader {
  /// Reads every file and reports all problems of all files in one pass.
  ///
  /// A rule with an error is left out and the others load; with an error in the catalog there is
  /// no rule set. Without settings the endpoints of webhooks are not checked. Only files with
  /// something to say are among the diagnostics, sorted by path.
  package static func load(
    _ files: RuleFiles, settings: Settings?
  ) -> (ruleSet: RuleSet?, diagnostics: [FileDiagnostics]) {
    var run = LoadRun(files, settings: settings)
    run.loadConditions()
    run.loadRules()
    return (run.ruleSet, run.fileDiagnostics)
  }
}

/// One pass over all files.
private struct LoadRun {
  private var library: Library
  private var files: [ParsedFile]
  private var reports: [FileReport] = []
  private var rules: [String: Rule] = [:]
  private var templateDiagnostics: [String: Set<Diagnostic>] = [:]
  private let catalogIsFine: Bool

  init(_ files: RuleFiles, settings: Settings?) {
    let catalog = CatalogLoader(files.catalog)
    reports.append(catalog.report)
    catalogIsFine = !catalog.report.hasErrors
    library = Library(
      catalog: catalog.catalog, broken: catalog.broken, files: files, settings: settings)
    self.files = files.rules.sorted { $0.path < $1.path }.map(ParsedFile.init)
    library.ruleNames = Set(self.files.filter { $0.kind == .rule }.compactMap(\.name))
    refuseRepeatedNames()
    for file in self.files where file.kind == nil { reports.append(file.report) }
  }

  private mutating func refuseRepeatedNames() {
    var first: [String: String] = [:]
    for index in files.indices {
      guard let kind = files[index].kind, let name = files[index].name,
        let place = files[index].root[kind.rawValue]
      else { continue }
      if let path = first["\(kind) \(name)"] {
        files[index].report.error(
          .nameTwice, "the \(kind) `\(name)` stands in \(path) already", at: place.span,
          help: "give one of them another name")
      } else {
        first["\(kind) \(name)"] = files[index].source.path
      }
    }
  }

  // MARK: Conditions

  /// Builds the conditions, those that others call first.
  mutating func loadConditions() {
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
    reports += waiting.map(\.report)
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
    if let (symbol, entity) = builder.build() {
      library.add(symbol, for: entity)
    } else if let name = file.name {
      library.broken.insert(name)
    }
    reports.append(builder.report)
  }

  // MARK: Rules

  mutating func loadRules() {
    for file in files where file.kind == .rule {
      guard !file.report.diagnostics.contains(where: { $0.code == .metricRule }) else {
        reports.append(file.report)
        continue
      }
      var builder = RuleBuilder(file, library: library)
      if let rule = builder.build() { rules[rule.name] = rule }
      reports.append(builder.report)
      // Several rules may share a template: what is wrong with it is said once.
      for (path, found) in builder.templateDiagnostics {
        templateDiagnostics[path, default: []].formUnion(found)
      }
    }
  }

  // MARK: Results

  var ruleSet: RuleSet? {
    catalogIsFine ? RuleSet(catalog: library.catalog, rules: rules) : nil
  }

  var fileDiagnostics: [FileDiagnostics] {
    var found = reports.map(\.fileDiagnostics)
    for (path, diagnostics) in templateDiagnostics {
      guard let source = library.templates[path] else { continue }
      found.append(FileDiagnostics(source: source, diagnostics: Array(diagnostics)))
    }
    return found.filter { !$0.diagnostics.isEmpty }.sorted { $0.source.path < $1.source.path }
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
