// Functions of texts and lists, conversions, and the parts of points in time.
extension Evaluator {
  func library(_ function: Function, _ operands: [Node]) -> Value {
    var values: [Value] = []
    values.reserveCapacity(operands.count)
    for operand in operands {
      let value = settledValue(of: operand)
      if let failure = value.failure { return failure }
      values.append(value)
    }
    switch values[0] {
    case .instant(let instant): return part(function, of: instant)
    case .text(let text):
      return text.isEmpty || maySpend(bytes: text.utf8.count)
        ? self.text(function, text, values) : .error(.tooCostly)
    case .list(let list):
      return maySpend(list.count)
        ? self.list(function, list, values) : .error(.tooCostly)
    case .number(let number): return self.number(function, number)
    case .bool(let isTrue):
      return function == .string ? .text("\(isTrue)") : .bool(isTrue)
    case .duration(let period):
      let isNothing = period.exactMicroseconds == 0
      return function == .string
        ? .text(period.description) : .number(isNothing ? 0 : period.isNegative ? -1 : 1)
    case .missing, .error: return values[0]
    }
  }

  private func number(_ function: Function, _ number: Double) -> Value {
    switch function {
    case .double: .number(number)
    case .int: .number(number.rounded(.towardZero))
    // A decimal zero has no sign.
    case .string: .text(number == 0 ? "0" : number.plainText)
    case .sign: .number(number == 0 ? 0 : number < 0 ? -1 : 1)
    case .isNaN: .bool(number.isNaN)
    case .isInf: .bool(number.isInfinite)
    case .isFinite: .bool(number.isFinite)
    case .range: range(number)
    default: wrongType(function.rawValue, .number(number))
    }
  }

  private func range(_ number: Double) -> Value {
    guard let count = Int(exactly: number), count >= 0 else {
      return .error(.outOfRange("the length of a list"))
    }
    return maySpend(count) ? .list((0..<count).map { .number(Double($0)) }) : .error(.tooCostly)
  }

  /// A part of a point in time on the tenant's clocks, counted as CEL counts.
  private func part(_ function: Function, of instant: Instant) -> Value {
    let date = context.zone.date(instant)
    let ofDay = context.zone.wallClock(instant).floorRemainder(by: microsecondsPerDay)
    let part: Int
    switch function {
    case .getFullYear: part = date.year
    case .getMonth: part = date.month - 1
    case .getDate: part = date.day
    case .getDayOfMonth: part = date.day - 1
    case .getDayOfWeek: part = date.weekday % 7
    case .getDayOfYear:
      part = date.daysSinceEpoch - CivilDate(year: date.year, month: 1, day: 1).daysSinceEpoch
    case .getHours: part = Int(ofDay / 3_600_000_000)
    case .getMinutes: part = Int(ofDay / 60_000_000) % 60
    case .getSeconds: part = Int(ofDay / microsecondsPerSecond) % 60
    case .getMilliseconds: part = Int(ofDay / 1000) % 1000
    case .int: part = Int(instant.microseconds.floorDivided(by: microsecondsPerSecond))
    case .string: return .text(instant.iso8601)
    default: return wrongType(function.rawValue, .instant(instant))
    }
    return .number(Double(part))
  }

  // MARK: Texts

  private func text(_ function: Function, _ text: String, _ values: [Value]) -> Value {
    switch function {
    case .string: return .text(text)
    case .int, .double: return converted(function, text)
    case .bool: return Self.truths[text].map { .bool($0) } ?? .error(.unreadable(text))
    case .reverse: return .text(TextLibrary.reverse(text))
    case .quote: return .text(TextLibrary.quote(text))
    default: break
    }
    do throws(TextFault) {
      return try place(function, text, values)
    } catch {
      return .error(.outOfRange("a place in a text"))
    }
  }

  private static let truths = [
    "true": true, "True": true, "TRUE": true, "t": true, "1": true,
    "false": false, "False": false, "FALSE": false, "f": false, "0": false,
  ]

  private func converted(_ function: Function, _ text: String) -> Value {
    if function == .int {
      return Int64(text).map { .number(Double($0)) } ?? .error(.unreadable(text))
    }
    guard let number = Double(text), !number.isNaN else { return .error(.unreadable(text)) }
    return number.isFinite ? .number(number) : .error(.overflow)
  }

  private func place(
    _ function: Function, _ text: String, _ values: [Value]
  ) throws(TextFault) -> Value {
    switch (function, values.dropFirst().first, values.dropFirst(2).first) {
    case (.charAt, .number(let index)?, nil):
      .text(try TextLibrary.charAt(text, whole(index)))
    case (.indexOf, .text(let part)?, let start):
      .number(Double(try TextLibrary.indexOf(text, part, from: whole(start) ?? 0)))
    case (.lastIndexOf, .text(let part)?, let last):
      .number(Double(try TextLibrary.lastIndexOf(text, part, before: whole(last))))
    case (.substring, .number(let start)?, let end):
      .text(try TextLibrary.substring(text, whole(start), whole(end)))
    case (.split, .text(let separator)?, let limit):
      split(text, separator, limit: try whole(limit) ?? -1)
    case (.replace, .text(let part)?, .text(let replacement)?):
      replace(text, part, with: replacement, limit: try whole(values.dropFirst(3).first) ?? -1)
    default: wrongType(function.rawValue, values[0])
    }
  }

  private func whole(_ number: Double) throws(TextFault) -> Int {
    guard let whole = Int(exactly: number) else { throw .indexOutOfRange(-1) }
    return whole
  }

  private func whole(_ value: Value?) throws(TextFault) -> Int? {
    guard case .number(let number)? = value else { return nil }
    return try whole(number)
  }

  private func split(_ text: String, _ separator: String, limit: Int) -> Value {
    guard maySpend(text.utf8.count / max(1, separator.utf8.count)) else {
      return .error(.tooCostly)
    }
    return .list(TextLibrary.split(text, separator, limit: limit).map { .text($0) })
  }

  private func replace(
    _ text: String, _ part: String, with replacement: String, limit: Int
  ) -> Value {
    let places = text.utf8.count / max(1, part.utf8.count) + 1
    let size = text.utf8.count + places * replacement.utf8.count
    guard maySpend(bytes: size) else { return .error(.tooCostly) }
    return .text(TextLibrary.replace(text, part, with: replacement, limit: limit))
  }

  // MARK: Lists

  private func list(_ function: Function, _ list: [Value], _ values: [Value]) -> Value {
    switch function {
    case .first: return list.first ?? .missing
    case .last: return list.last ?? .missing
    case .reverse: return .list(list.reversed())
    case .distinct: return distinct(list)
    case .sort: return .list(sorted(list))
    case .flatten: return flatten(list)
    case .join: return join(list, values.dropFirst().first)
    case .slice: return slice(list, values)
    case .containsAll, .equivalent, .intersects:
      guard case .list(let other)? = values.dropFirst().first else { break }
      return sets(function, list, other)
    default: break
    }
    return wrongType(function.rawValue, values[0])
  }

  private func sorted(_ list: [Value]) -> [Value] {
    list.indices.sorted { isBefore(list[$0], list[$1], tie: $0 < $1) }.map { list[$0] }
  }

  private func distinct(_ list: [Value]) -> Value {
    var found: [Value] = []
    for value in list {
      guard maySpend(found.count) else { return .error(.tooCostly) }
      let isNew = !found.contains { one in
        order(one, value) == 0 || one.failure != nil && one == value
      }
      if isNew { found.append(value) }
    }
    return .list(found)
  }

  private func flatten(_ list: [Value]) -> Value {
    var result: [Value] = []
    for value in list {
      guard case .list(let inner) = value else {
        return value.failure ?? wrongType("flatten", value)
      }
      guard maySpend(inner.count) else { return .error(.tooCostly) }
      result += inner
    }
    return .list(result)
  }

  private func join(_ list: [Value], _ separator: Value?) -> Value {
    var texts: [String] = []
    for value in list {
      guard case .text(let text) = value else { return value.failure ?? wrongType("join", value) }
      texts.append(text)
    }
    var between = ""
    if case .text(let text)? = separator { between = text }
    let size = texts.reduce(0) { $0 + $1.utf8.count + between.utf8.count }
    guard maySpend(bytes: size) else { return .error(.tooCostly) }
    return .text(TextLibrary.join(texts, between))
  }

  private func slice(_ list: [Value], _ values: [Value]) -> Value {
    guard values.count == 3, case .number(let start) = values[1], case .number(let end) = values[2]
    else { return wrongType("slice", values[0]) }
    guard let first = Int(exactly: start), let last = Int(exactly: end), first >= 0, first <= last,
      last <= list.count
    else { return .error(.outOfRange("a place in a list")) }
    return .list(Array(list[first..<last]))
  }

  private func sets(_ function: Function, _ list: [Value], _ other: [Value]) -> Value {
    let product = list.count.multipliedReportingOverflow(by: other.count)
    guard !product.overflow, maySpend(product.partialValue) else { return .error(.tooCostly) }
    switch function {
    case .containsAll: return holds(other, in: list)
    case .intersects:
      let found = other.map { contains(list, $0) }
      return found.contains(.bool(true))
        ? .bool(true) : found.contains(.missing) ? .missing : .bool(false)
    default:
      let both = [holds(other, in: list), holds(list, in: other)]
      return both.contains(.bool(false))
        ? .bool(false) : both.contains(.missing) ? .missing : .bool(true)
    }
  }

  private func holds(_ elements: [Value], in list: [Value]) -> Value {
    let found = elements.map { contains(list, $0) }
    return found.contains(.bool(false))
      ? .bool(false) : found.contains(.missing) ? .missing : .bool(true)
  }
}
