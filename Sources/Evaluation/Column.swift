package import Expressions

/// One column of a batch: its values side by side, and which of them are there.
///
/// Where a value is missing the storage holds a zero or an empty text.
package enum Column: Sendable, Hashable {
  case bools(Values<Bool>)
  case numbers(Values<Double>)
  case texts(Texts)

  /// Microseconds since 1970-01-01T00:00:00Z, from `Instant.earliest` to `Instant.latest`.
  case instants(Values<Int64>)

  /// Microseconds.
  case durations(Values<Int64>)
  case textLists(Lists<Texts>)
  case numberLists(Lists<Values<Double>>)

  /// Values of a fixed size.
  package struct Values<Element: Sendable & Hashable>: Sendable, Hashable {
    package var values: [Element]
    package var validity: Bitmap

    /// Creates a column of as many values as bits.
    package init(values: [Element], validity: Bitmap) {
      self.values = values
      self.validity = validity
    }
  }

  /// Texts in UTF-8, one after the other.
  package struct Texts: Sendable, Hashable {
    package var bytes: [UInt8]

    /// Where each text begins, and where the last one ends: one more than there are texts.
    package var offsets: [Int32]
    package var validity: Bitmap

    /// Creates a column of texts.
    package init(bytes: [UInt8], offsets: [Int32], validity: Bitmap) {
      self.bytes = bytes
      self.offsets = offsets
      self.validity = validity
    }

    /// One text; bytes that are no UTF-8 come out as replacement characters.
    package subscript(index: Int) -> String {
      String(decoding: bytes[Int(offsets[index])..<Int(offsets[index + 1])], as: UTF8.self)
    }
  }

  /// Lists, their elements one after the other.
  package struct Lists<Elements: Sendable & Hashable>: Sendable, Hashable {
    package var elements: Elements

    /// Where each list begins among the elements, and where the last one ends.
    package var offsets: [Int32]
    package var validity: Bitmap

    /// Creates a column of lists.
    package init(elements: Elements, offsets: [Int32], validity: Bitmap) {
      self.elements = elements
      self.offsets = offsets
      self.validity = validity
    }

    /// The places of one list's elements.
    package func range(of index: Int) -> Range<Int> {
      Int(offsets[index])..<Int(offsets[index + 1])
    }
  }
}

extension Column {
  /// Which rows have a value.
  package var validity: Bitmap {
    switch self {
    case .bools(let column): column.validity
    case .numbers(let column): column.validity
    case .texts(let column): column.validity
    case .instants(let column), .durations(let column): column.validity
    case .textLists(let column): column.validity
    case .numberLists(let column): column.validity
    }
  }

  /// The value of one row; a number that is not finite is an error.
  package func value(at index: Int) -> Value {
    guard validity[index] else { return .missing }
    switch self {
    case .bools(let column): return .bool(column.values[index])
    case .numbers(let column): return Self.value(of: column.values[index])
    case .texts(let column): return .text(column[index])
    case .instants(let column): return .instant(Instant(microseconds: column.values[index]))
    case .durations(let column): return .duration(Period(microseconds: column.values[index]))
    case .textLists(let column):
      let texts = column.elements
      return .list(
        column.range(of: index).map { texts.validity[$0] ? .text(texts[$0]) : .missing })
    case .numberLists(let column):
      let numbers = column.elements
      return .list(
        column.range(of: index).map {
          numbers.validity[$0] ? Self.value(of: numbers.values[$0]) : .missing
        })
    }
  }

  private static func value(of number: Double) -> Value {
    number.isFinite ? .number(number) : .error(.outOfRange("\(number)"))
  }
}
