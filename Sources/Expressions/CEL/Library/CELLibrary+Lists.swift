extension CELLibrary {
  /// Functions on lists.
  package static let lists = CELLibrary(orders + shapes + ends, forms: [.sorting])

  private static let element = CELType.parameter("T")

  private static let orders: [CELOverload] = [
    .method(.list(element), "sort", [], .list(element)) { arguments, meter throws(CELError) in
      let list = try arguments.list(0)
      return .list(try sorted(list, by: list, "sort", &meter))
    },
    .method(.list(element), "reverse", [], .list(element)) { arguments, meter throws(CELError) in
      let list = try arguments.list(0)
      try meter.spend(list.count)
      return .list(list.reversed())
    },
    .method(.list(element), "distinct", [], .list(element)) {
      arguments, meter throws(CELError) in
      var distinct: [CELValue] = []
      for value in try arguments.list(0) {
        var isNew = true
        for known in distinct where try known.equals(value, &meter) {
          isNew = false
          break
        }
        if isNew { distinct.append(value) }
      }
      return .list(distinct)
    },
  ]

  /// The list in the order of its keys, which must be of one type that has an order.
  static func sorted(
    _ list: [CELValue], by keys: [CELValue], _ name: String, _ meter: inout CELMeter
  ) throws(CELError) -> [CELValue] {
    guard let first = keys.first else { return list }
    for key in keys {
      guard key.typeName == first.typeName else {
        throw .noSuchOverload(name, [first.typeName, key.typeName])
      }
      _ = try key.order(to: first)
      // A key is compared about as often as the list can be halved.
      try meter.spend((1 + key.weight) * (Int.bitWidth - list.count.leadingZeroBitCount))
    }
    let places = list.indices.sorted { left, right in
      // Keys without an order were refused above.
      let order = (try? keys[left].order(to: keys[right])) ?? .same
      return order == .before || order == .same && left < right
    }
    return places.map { list[$0] }
  }

  // MARK: Shapes

  private static let shapes: [CELOverload] = [
    .method(.list(element), "slice", [.int, .int], .list(element)) {
      arguments, meter throws(CELError) in
      let list = try arguments.list(0)
      let (start, end) = (try arguments.int(1), try arguments.int(2))
      guard start >= 0, start <= end else { throw .indexOutOfRange(Int64(start)) }
      guard end <= list.count else { throw .indexOutOfRange(Int64(end)) }
      try meter.spend(end - start)
      return .list(Array(list[start..<end]))
    },
    .method(.list(.dyn), "flatten", [], .list(.dyn)) { arguments, meter throws(CELError) in
      .list(try flattened(try arguments.list(0), depth: 1, &meter))
    },
    .method(.list(.dyn), "flatten", [.int], .list(.dyn)) { arguments, meter throws(CELError) in
      let depth = try arguments.int(1)
      guard depth >= 0 else { throw .invalidArgument("flatten", "\(depth) is negative") }
      return .list(try flattened(try arguments.list(0), depth: depth, &meter))
    },
    .function("lists.range", [.int], .list(.int)) { arguments, meter throws(CELError) in
      let count = max(0, try arguments.int(0))
      try meter.spend(count)
      return .list((0..<Int64(count)).map { .int($0) })
    },
  ]

  private static func flattened(
    _ list: [CELValue], depth: Int, _ meter: inout CELMeter
  ) throws(CELError) -> [CELValue] {
    var result: [CELValue] = []
    for value in list {
      try meter.spend(1)
      if case .list(let inner) = value, depth > 0 {
        result += try flattened(inner, depth: depth - 1, &meter)
      } else {
        result.append(value)
      }
    }
    return result
  }

  private static let ends: [CELOverload] = [
    .method(.list(element), "first", [], .optional(element)) { arguments, _ throws(CELError) in
      .optional(try arguments.list(0).first)
    },
    .method(.list(element), "last", [], .optional(element)) { arguments, _ throws(CELError) in
      .optional(try arguments.list(0).last)
    },
  ]
}

// MARK: Sets

extension CELLibrary {
  /// Lists seen as sets, in which order and repetition do not count.
  package static let sets = CELLibrary([
    .function("sets.contains", pair, .bool) { arguments, meter throws(CELError) in
      .bool(try includes(try arguments.list(0), try arguments.list(1), &meter))
    },
    .function("sets.equivalent", pair, .bool) { arguments, meter throws(CELError) in
      let (left, right) = (try arguments.list(0), try arguments.list(1))
      guard try includes(left, right, &meter) else { return .bool(false) }
      return .bool(try includes(right, left, &meter))
    },
    .function("sets.intersects", pair, .bool) { arguments, meter throws(CELError) in
      let right = try arguments.list(1)
      for value in try arguments.list(0) where try has(value, in: right, &meter) {
        return .bool(true)
      }
      return .bool(false)
    },
  ])

  private static let pair: [CELType] = [.list(element), .list(element)]

  private static func includes(
    _ list: [CELValue], _ others: [CELValue], _ meter: inout CELMeter
  ) throws(CELError) -> Bool {
    for value in others where try !has(value, in: list, &meter) { return false }
    return true
  }

  private static func has(
    _ value: CELValue, in list: [CELValue], _ meter: inout CELMeter
  ) throws(CELError) -> Bool {
    for element in list where try element.equals(value, &meter) { return true }
    return false
  }
}
