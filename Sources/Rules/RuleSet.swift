package import Diagnostics

/// Everything the files of a rules folder say, checked.
package struct RuleSet: Sendable {
  package var catalog: Catalog

  /// The rules by name.
  package var rules: [String: Rule]

  /// The files of rules that were left out, as they or what they use has errors.
  package var brokenFiles: Set<String>

  /// Creates a rule set.
  package init(catalog: Catalog, rules: [String: Rule], brokenFiles: Set<String> = []) {
    self.catalog = catalog
    self.rules = rules
    self.brokenFiles = brokenFiles
  }
}

/// The files that rules are made of, as text; reading them is somebody else's work.
package struct RuleFiles: Sendable {
  /// `catalog.yaml`.
  package var catalog: SourceText

  /// Conditions and rules, told apart by their first key.
  package var rules: [SourceText]

  /// Templates by path below `templates/`: `email/dormant_customer.subject.mustache`.
  package var templates: [String: SourceText]

  /// Creates a set of files.
  package init(
    catalog: SourceText, rules: [SourceText], templates: [String: SourceText] = [:]
  ) {
    self.catalog = catalog
    self.rules = rules
    self.templates = templates
  }
}
