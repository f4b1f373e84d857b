import Diagnostics
import Expressions
import YAML

/// What other rules may ask of a rule, as its file says it.
struct RuleHead: Sendable {
  var entity: String?
  var suppressedBy: [String]

  init(_ root: Node) {
    entity = root.text("for_each")
    suppressedBy = root["suppressed_by"]?.items?.compactMap(\.text) ?? []
  }
}

/// Everything a rule may name that stands outside its own file.
struct Library {
  var catalog: Catalog
  var settings: Settings?
  var templates: [String: SourceText]

  /// Every rule that some file declares, by its name.
  var rules: [String: RuleHead] = [:]

  /// Declared somewhere, but not understood there.
  var broken: Set<String>

  /// Fields, metrics and conditions by entity.
  private var scopes: [String: Scope]

  /// What texts may name besides, by entity.
  private let textFields: [String: [String: FieldSymbol]]

  init(catalog: Catalog, broken: Set<String>, files: RuleFiles, settings: Settings?) {
    self.catalog = catalog
    self.settings = settings
    self.broken = broken
    templates = files.templates
    scopes = catalog.entities.mapValues { Scope.entity($0, in: catalog) }
    textFields = scopes.mapValues { scope in
      scope.fields.merging(["tenant.name": FieldSymbol(type: .text)]) { field, _ in field }
    }
  }

  func scope(for entity: String) -> Scope? { scopes[entity] }

  /// The fields that texts about an entity may use.
  func textFields(of entity: String) -> [String: FieldSymbol] { textFields[entity] ?? [:] }

  mutating func add(_ condition: ConditionSymbol, for entity: String) {
    scopes[entity]?.conditions[condition.name] = condition
  }
}
