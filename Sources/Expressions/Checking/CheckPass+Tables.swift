// Lookup tables, places in lists, and what stands for CEL's optional values.
extension CheckPass {
  /// A table as it is checked: what its keys and its values are.
  private struct Table {
    var key = ValueType.null
    var value = ValueType.null
    var keys: [Typed] = []
    var spellings: Set<[UInt8]> = []
    var values: [Term] = []
  }

  /// `{"A": 30d, "B": 45d}[key]`.
  mutating func checkLookup(_ entries: [Syntax.Entry], _ key: Syntax) -> Typed? {
    let table = check(table: entries)
    guard let typed = check(key), let table, fits(typed, key, table, entries) else { return nil }
    let operands = zip(table.keys, table.values).flatMap { [$0.term, $1] }
    return Typed(.apply(.lookup, [typed.term] + operands), table.value)
  }

  /// `{"A": 30d}.A`, which is the value of the key `"A"`.
  mutating func checkLookup(_ entries: [Syntax.Entry], _ selector: Syntax.Selector) -> Typed? {
    let key = Syntax(kind: .literal(.text(selector.name)), span: selector.span, depth: 1)
    return checkLookup(entries, key)
  }

  /// `key in {"A": 30d, "B": 45d}`.
  mutating func checkMembership(_ key: Syntax, among entries: [Syntax.Entry]) -> Typed? {
    let table = check(table: entries)
    guard let typed = check(key), let table, fits(typed, key, table, entries) else { return nil }
    return Typed(.apply(.isIn, [typed.term, .apply(.list, table.keys.map(\.term))]), .bool)
  }

  private mutating func fits(
    _ typed: Typed, _ key: Syntax, _ table: Table, _ entries: [Syntax.Entry]
  ) -> Bool {
    guard typed.type.unified(with: table.key) != nil else {
      report(.wrongType(slice(key), found: typed.type, expected: table.key), at: key.span)
      return false
    }
    var isPossible = true
    for (entry, known) in zip(entries, table.keys) {
      if !checkOneOf(typed, known, key, entry.key) { isPossible = false }
    }
    return isPossible
  }

  private mutating func check(table entries: [Syntax.Entry]) -> Table? {
    var table = Table()
    var isWhole = true
    for entry in entries {
      if entry.isOptional { report(.notAvailable("?\(slice(entry.key))"), at: entry.key.span) }
      let key = check(key: entry.key, in: &table)
      let value = check(entry.value)
      guard let key, let value, !entry.isOptional else {
        isWhole = false
        continue
      }
      guard let type = table.value.unified(with: value.type) else {
        report(.mixedTypes(table.value, value.type), at: entry.value.span)
        isWhole = false
        continue
      }
      (table.key, table.value) = (key.type, type)
      table.keys.append(key)
      table.values.append(value.term)
    }
    return isWhole ? table : nil
  }

  private mutating func check(key syntax: Syntax, in table: inout Table) -> Typed? {
    guard let key = check(syntax) else { return nil }
    let spelling: String
    switch key.term.constantValue {
    case .text(let text)?: spelling = text
    case .number(let number)?: spelling = "\(number)"
    default: return refuse(.tableKey(slice(syntax)), at: syntax.span)
    }
    guard table.key.unified(with: key.type) != nil else {
      return refuse(.mixedTypes(table.key, key.type), at: syntax.span)
    }
    // By bytes: texts are equal only if they are written with the same code points.
    guard !table.spellings.contains(Array(spelling.utf8)) else {
      return refuse(.repeatedKey(slice(syntax)), at: syntax.span)
    }
    table.spellings.insert(Array(spelling.utf8))
    return key
  }

  // MARK: Places

  /// `list[0]`, `list[?0]`, or `{…}[key]`.
  mutating func checkPlace(in value: Syntax, _ index: Syntax) -> Typed? {
    if case .map(let entries) = value.kind { return checkLookup(entries, index) }
    let (list, place) = (check(value), check(index))
    guard let list else { return nil }
    guard case .list(let element) = list.type else {
      return refuse(.noPlaces(slice(value), list.type, index: slice(index)), at: value.span)
    }
    guard let place, let number = expect(place, .type(.number), from: index) else { return nil }
    return Typed(.apply(.element, [list.term, number.term]), element)
  }

  // MARK: What may be missing

  /// `x.orValue(y)`, `x.or(y)`: the first that is not missing.
  mutating func checkOr(_ call: Syntax.Call, _ target: Syntax) -> Typed? {
    guard let parts = arguments(of: call, count: 1) else { return nil }
    let (first, second) = (check(target), check(parts[0]))
    guard let first, let second else { return nil }
    guard let type = first.type.unified(with: second.type) else {
      return refuse(.mixedTypes(first.type, second.type), at: parts[0].span)
    }
    return Typed(.apply(.firstPresent, [first.term, second.term]), type)
  }

  /// `has(x)`, `x.hasValue()`.
  mutating func checkPresence(of value: Syntax) -> Typed? {
    check(value).map { Typed(.apply(.isPresent, [$0.term]), .bool) }
  }
}

extension Syntax {
  /// The name with its dots, as `dottedName`, where `?` may stand behind a dot.
  var path: String? {
    switch kind {
    case .name(let name, _): name
    case .select(let value, let selector): value.path.map { "\($0).\(selector.name)" }
    default: nil
    }
  }
}
