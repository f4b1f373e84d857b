import Diagnostics
import Expressions
import YAML

/// Looks for something that is allowed in a file and most likely not meant.
protocol Lint: Sendable {
  /// What is found, each as a warning at the key or expression it is about.
  static func findings(in subject: LintSubject) -> [Diagnostic]
}

/// A file without errors, as it was written and as it was understood.
final class LintSubject {
  let root: Node
  let catalog: Catalog

  /// The names of the file; the params of a condition stand for their defaults.
  let scope: Scope

  /// Who is in scope, conditions that are called included.
  let population: Term?

  /// `nil` when the file is a condition's.
  let rule: Rule?

  /// Params and values that decide something or stand in a text.
  let usedNames: Set<String>

  /// The conditions that decide whether an alert opens or closes, expression by expression.
  private(set) lazy var decidingParts = readDecidingParts()

  init(
    root: Node, catalog: Catalog, scope: Scope, population: Term?, rule: Rule? = nil,
    usedNames: Set<String> = []
  ) {
    self.root = root
    self.catalog = catalog
    self.scope = scope
    self.population = population
    self.rule = rule
    self.usedNames = usedNames
  }
}

extension LintSubject {
  static let lints: [any Lint.Type] = [
    UnusedNameLint.self, RatioLint.self, DivisionLint.self, ResolveLint.self, CooldownLint.self,
  ]

  /// Whether some part of what decides is as wanted.
  func decides(where isWanted: (Term) -> Bool) -> Bool {
    guard let rule else { return true }
    return [population, rule.when, rule.lifecycle.resolveWhen]
      .contains { $0?.contains(where: isWanted) == true }
  }

  /// What every lint finds.
  var findings: [Diagnostic] { Self.lints.flatMap { $0.findings(in: self) } }
}

extension Diagnostic {
  /// A warning.
  static func warning(
    _ code: Code, _ message: String, at span: Range<Int>, help: String
  ) -> Diagnostic {
    Diagnostic(code, message, at: span, severity: .warning, help: help)
  }
}
