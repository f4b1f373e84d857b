import Expressions

// What holds for the elements of a list, and what is made of them.
extension TermWords {
  /// A loop as a clause: `for some tag of the account's tags, tag is vip`.
  func clause(_ loop: Loop) -> String {
    let body = clause(loop.body)
    switch loop.kind {
    case .all: return "for every \(elements(loop)), \(body)"
    case .exists: return "for some \(elements(loop)), \(body)"
    case .existsOne: return "for exactly one \(elements(loop)), \(body)"
    case .filter, .map, .transformList, .sortBy: return phrase(loop)
    }
  }

  /// A loop as what it gives: `every tag of the account's tags for which tag is vip`.
  func phrase(_ loop: Loop) -> String {
    let wanted = loop.filter.map { " for which \(clause($0))" } ?? ""
    switch loop.kind {
    case .all, .exists, .existsOne: return clause(loop)
    case .filter: return "every \(elements(loop)) for which \(clause(loop.body))"
    case .map, .transformList: return "\(phrase(loop.body)) for every \(elements(loop))\(wanted)"
    case .sortBy: return "\(phrase(loop.list)) by \(phrase(loop.body))"
    }
  }

  private func elements(_ loop: Loop) -> String {
    let names = loop.variables.map(\.name.words).joined(separator: " and ")
    return "\(names) of \(phrase(loop.list))"
  }
}
