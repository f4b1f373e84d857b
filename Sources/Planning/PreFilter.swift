package import Expressions
package import Rules
import SQLText

/// Which rows a query may leave out: those that certainly lie outside every rule's scope.
///
/// A row stays where the SQL of any scope is true or NULL. It is an optimisation and never the
/// judge: scopes that SQL would decide otherwise than we do leave nothing out, and what is unknown
/// or fails is fetched, so that whatever rules count is the same with and without it.
package struct PreFilter: Sendable {
  /// Beyond so many different scopes asking costs more than the few rows outside of all of them.
  package static let mostScopes = 32

  /// Beyond so many keys the text of the query grows as long as what it saves.
  package static let mostKeys = 10_000

  private let scopes: [SQL]
  private let kept: [String]

  /// Creates a filter for rules of one entity; `nil` when nothing is to be left out.
  ///
  /// A scope that is `nil` is everything. Things with the keys in `kept` are fetched whatever
  /// the scopes say.
  package init?(scopes: [Term?], of entity: Entity, keeping kept: Set<String>) {
    let translation = ScopeTranslation(entity: entity)
    var known: Set<SQL> = []
    var distinct: [SQL] = []
    for scope in scopes {
      guard let sql = scope.flatMap(translation.weakened) else { return nil }
      if known.insert(sql).inserted { distinct.append(sql) }
    }
    guard (1...Self.mostScopes).contains(distinct.count), kept.count <= Self.mostKeys else {
      return nil
    }
    self.scopes = distinct
    self.kept = kept.sorted()
  }

  /// The condition for a row to be fetched, over the entity's table.
  func condition(key: SQL) -> SQL {
    var alternatives = scopes.map { "(\($0)) IS NOT FALSE" as SQL }
    if !kept.isEmpty { alternatives.append("\(codePoints(of: key)) = ANY (\(bind: kept)::text[])") }
    return "(\(alternatives.joined(separator: "\n      OR ")))"
  }
}

/// Scopes in SQL, as far as it decides exactly as we do.
///
/// Only plain columns are asked: PostgreSQL does not promise to look at the entity's filter first,
/// and SQL of the catalog may fail on rows which that leaves out.
private struct ScopeTranslation {
  let entity: Entity

  /// SQL that is false only where the term is; `nil` if none is known.
  func weakened(_ term: Term) -> SQL? {
    switch term.unnamed {
    case .apply(.and, let parts):
      let known = parts.compactMap(weakened)
      return known.isEmpty ? nil : joined(known, by: " AND ")
    case .apply(.or, let parts): return all(parts, as: weakened).map { joined($0, by: " OR ") }
    case let other: return exact(other)
    }
  }

  /// SQL that is true, false and NULL where the term is true, false and missing.
  private func exact(_ term: Term) -> SQL? {
    switch term.unnamed {
    case .input(_, .bool): column(term)?.sqlValue
    case .apply(.and, let parts): all(parts, as: exact).map { joined($0, by: " AND ") }
    case .apply(.or, let parts): all(parts, as: exact).map { joined($0, by: " OR ") }
    case .apply(.not, let parts): all(parts, as: exact).map { "NOT (\($0[0]))" }
    case .apply(.isMissing, let parts): column(parts[0]).map { "\($0.sqlValue) IS NULL" }
    case .apply(.isPresent, let parts): column(parts[0]).map { "\($0.sqlValue) IS NOT NULL" }
    case .apply(.equal, let sides): comparison(sides, by: "=")
    case .apply(.notEqual, let sides): comparison(sides, by: "<>")
    case .apply(.isIn, let sides): membership(of: sides[0], in: sides[1])
    default: nil
    }
  }

  private func comparison(_ sides: [Term], by comparison: SQL) -> SQL? {
    for (field, value) in [(sides[0], sides[1]), (sides[1], sides[0])] {
      guard let text = text(field), let constant = constant(value) else { continue }
      return "\(text) \(comparison) \(bind: constant)"
    }
    return nil
  }

  /// An empty list holds nothing for us and for PostgreSQL, but not even what is missing for it.
  private func membership(of field: Term, in list: Term) -> SQL? {
    guard case .apply(.list, let elements) = list.unnamed, let text = text(field),
      let constants = all(elements, as: constant)
    else { return nil }
    return "\(text) = ANY (\(bind: constants)::text[])"
  }

  private func text(_ term: Term) -> SQL? {
    guard let field = column(term), field.kind.valueType == .text else { return nil }
    return codePoints(of: field.sql)
  }

  /// A text that PostgreSQL can hold.
  private func constant(_ term: Term) -> String? {
    guard case .constant(.text(let text)) = term.unnamed, !text.utf8.contains(0) else { return nil }
    return text
  }

  private func column(_ term: Term) -> Field? {
    guard case .input(.field(let path), _) = term.unnamed, path.count == 2,
      path[0] == entity.name, let field = entity.fields[path[1]], case .column = field.storage
    else { return nil }
    return field
  }

  /// The SQL of every part; `nil` if one has none, or if there are no parts.
  private func all<Part>(_ terms: [Term], as translate: (Term) -> Part?) -> [Part]? {
    let known = terms.compactMap(translate)
    return known.isEmpty || known.count < terms.count ? nil : known
  }

  private func joined(_ parts: [SQL], by separator: SQL) -> SQL {
    parts.count == 1 ? parts[0] : parts.map { "(\($0))" as SQL }.joined(separator: separator)
  }
}

/// A value's text, compared by its bytes whatever the column's own collation holds for equal.
private func codePoints(of sql: SQL) -> SQL { "\(sql)::text COLLATE \"C\"" }
