import Diagnostics
import YAML

extension ShapeCheck {
  /// Checks a mapping against its table; `node` is what stands behind the key, or the whole file.
  mutating func check(_ node: Node, against table: KeyTable, keySpan: Range<Int>? = nil) {
    guard let entries = node.entries else {
      let first = table.others == nil ? table.keys[0].name : "name"
      return wrongShape(
        node, "\(table.subject) is a mapping: keys with values",
        help: (node.items == nil ? "write" : "leave out the `- ` and write")
          + " each on a line of its own, as in `\(first): …`")
    }
    // Whoever wrote a refused key is told there what to write instead.
    let isRefused = table.keys.contains { $0.kind.isRefused && node[$0.name] != nil }
    var missing =
      isRefused ? [] : table.keys.filter { $0.need.isLacking(in: node) && node[$0.name] == nil }
    let emptied = unknownKeys(of: node, table, missing: &missing)
    outer.append((table, node))
    for entry in entries {
      guard let key = table.keys.first(where: { $0.name == entry.key }) else {
        if let kind = table.others { check(entry.value, kind, keySpan: entry.keySpan) }
        continue
      }
      if !emptied.contains(key.name) { check(entry.value, key.kind, keySpan: entry.keySpan) }
    }
    outer.removeLast()
    let place = keySpan ?? entries.first?.keySpan ?? node.span
    for key in missing where !strayed.contains(key.name) {
      report.error(
        .missingKey, "\(table.subject) needs `\(key.name)`", at: place,
        help: "`\(key.name)`: \(key.doc.asHelp)")
    }
    checkExactlyOne(entries, of: table, at: place)
  }

  private mutating func checkExactlyOne(
    _ entries: [Node.Entry], of table: KeyTable, at place: Range<Int>
  ) {
    guard !table.exactlyOne.isEmpty else { return }
    let found = entries.filter { table.exactlyOne.contains($0.key) }
    if let second = found.dropFirst().first, let first = found.first {
      report.error(
        .notExactlyOne, "\(table.subject) has `\(first.key)` or `\(second.key)`, not both",
        at: second.keySpan, help: "write two of them")
    } else if found.isEmpty, entries.allSatisfy({ table.has($0.key) }) {
      report.error(
        .notExactlyOne, "\(table.subject) needs \(alternatives(table.exactlyOne))", at: place,
        help: "add one of them, as in `\(table.exactlyOne[0]): …`")
    }
  }

  // MARK: Keys that are none

  /// Reports keys that the table has not, each with what was most likely meant; a key that is
  /// missing only because it is misspelt or misplaced is not reported as missing too.
  ///
  /// Returns the keys whose values stand beside them, and which are empty only because of that.
  private mutating func unknownKeys(
    of node: Node, _ table: KeyTable, missing: inout [Key]
  ) -> Set<String> {
    var emptied: Set<String> = []
    guard table.others == nil else { return emptied }
    lazy var names = table.keys.filter { !$0.kind.isRefused }.map(\.name)
    for entry in node.entries ?? [] where !table.has(entry.key) {
      let name = entry.key
      let owner = table.owner(of: name, in: node)
      var message = "`\(name)` is not a key of \(table.subject)"
      let help: String
      if let near = nearest(to: name, among: names) {
        missing.removeAll { $0.name == near || $0.need.isMet(by: near) }
        help = "did you mean `\(near)`?"
      } else if let owner, node[owner]?.isEmpty == true {
        guard emptied.insert(owner).inserted else { continue }
        message = "`\(name)` stands beside `\(owner)`, not under it"
        help = "indent it, and what belongs to it, further than `\(owner)`"
      } else if let owner {
        help = "it belongs under `\(owner)`"
      } else if let (around, _) = outer.last(where: { $0.table.has(name) && $0.node[name] == nil })
      {
        strayed.insert(name)
        help = "it belongs further out, among the keys of \(around.subject): indent it less"
      } else if let lost = missing.first {
        missing.removeFirst()
        help = "`\(lost.name)` is missing here: \(lost.doc.asHelp)"
      } else {
        help = "its keys are \(names.joined(separator: ", "))"
      }
      report.error(.unknownKey, message, at: entry.keySpan, help: help)
    }
    return emptied
  }
}

extension KeyTable {
  /// Whether a key is one of the table's.
  func has(_ name: String) -> Bool { keys.contains { $0.name == name } }

  /// The key below which another may stand: first one that is written, then any.
  fileprivate func owner(of name: String, in node: Node) -> String? {
    let owners = keys.filter { $0.kind.tables.contains { $0.has(name) } }.map(\.name)
    return owners.first { node[$0] != nil } ?? owners.first
  }
}

extension Key.Need {
  /// Whether a key must stand in a mapping as it is.
  fileprivate func isLacking(in node: Node) -> Bool {
    switch self {
    case .required: true
    case .requiredUnless(let others): !others.contains { node[$0] != nil }
    case .optional: false
    }
  }

  /// Whether another key may stand in its place.
  fileprivate func isMet(by other: String) -> Bool {
    if case .requiredUnless(let others) = self { others.contains(other) } else { false }
  }
}

extension KeyKind {
  /// The tables of the mappings that may stand right behind the key, or in its list.
  fileprivate var tables: [KeyTable] {
    switch self {
    case .table(let table): [table]
    case .list(let item), .oneOrMore(let item): item.tables
    case .shortOrLong(let short, let long): short.tables + long.tables
    default: []
    }
  }
}

extension String {
  /// A key's line of documentation, as part of a sentence.
  fileprivate var asHelp: String {
    prefix(1).lowercased() + (hasSuffix(".") ? dropFirst().dropLast() : dropFirst())
  }
}
