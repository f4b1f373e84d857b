import Expressions

extension Scope {
  /// The names that rules about an entity may use: fields, also those of the people they refer
  /// to, and metrics.
  static func entity(_ entity: Entity, in catalog: Catalog) -> Scope {
    var scope = Scope()
    scope.addFields(of: entity, path: [entity.name], in: catalog)
    for metric in catalog.metrics.values where metric.entity == entity.name {
      scope.metrics[metric.name] = MetricSymbol(
        type: metric.valueType, needsWindow: metric.needsWindow, addsUp: metric.addsUp)
    }
    return scope
  }

  /// How many references a path may follow, `customer.sales_rep.manager.email`.
  private static let maximumSteps = 3

  private mutating func addFields(of entity: Entity, path: [String], in catalog: Catalog) {
    for field in entity.fields.values {
      let name = (path + [field.name]).joined(separator: ".")
      fields[name] = FieldSymbol(type: field.kind.valueType, oneOf: field.oneOf)
      if case .person(let next) = field.kind, path.count <= Self.maximumSteps,
        let person = catalog.entities[next]
      {
        addFields(of: person, path: path + [field.name], in: catalog)
      }
    }
  }
}

extension Catalog {
  /// The field at the end of a dotted path that begins with an entity's name.
  func field(at path: [String]) -> Field? {
    path.last.flatMap { entity(holding: path)?.fields[$0] }
  }

  /// The entity whose field stands at the end of a path.
  func entity(holding path: [String]) -> Entity? {
    guard path.count >= 2, var entity = entities[path[0]] ?? sources[path[0]]?.rows else {
      return nil
    }
    for step in path[1..<path.count - 1] {
      guard case .person(let next)? = entity.fields[step]?.kind, let person = entities[next] else {
        return nil
      }
      entity = person
    }
    return entity
  }
}
