/// Bytes of one row as a binary COPY sends it, written field by field.
package struct CopyRow {
  package private(set) var bytes: [UInt8] = [0, 0]
  private var count: Int16 = 0

  /// Writes one row.
  package static func bytes(_ write: (inout CopyRow) -> Void) -> [UInt8] {
    var row = CopyRow()
    write(&row)
    return row.bytes
  }

  package mutating func null() { begin(length: -1) }

  package mutating func text(_ text: String) { field(Array(text.utf8)) }

  package mutating func number(_ number: Double) { field(Self.bigEndian(number.bitPattern)) }

  package mutating func integer(_ integer: Int64) { field(Self.bigEndian(integer)) }

  package mutating func bool(_ flag: Bool) { field([flag ? 1 : 0]) }

  /// A one-dimensional array of elements that are already bytes.
  package mutating func array(_ elements: [[UInt8]?], elementType: Int32) {
    var value = Self.bigEndian(Int32(elements.isEmpty ? 0 : 1))
    value += Self.bigEndian(Int32(elements.contains(nil) ? 1 : 0))
    value += Self.bigEndian(elementType)
    if !elements.isEmpty {
      value += Self.bigEndian(Int32(elements.count)) + Self.bigEndian(Int32(1))
    }
    for element in elements {
      value += Self.bigEndian(Int32(element?.count ?? -1)) + (element ?? [])
    }
    field(value)
  }

  package mutating func texts(_ texts: [String?]) {
    array(texts.map { $0.map { Array($0.utf8) } }, elementType: 25)
  }

  package mutating func numbers(_ numbers: [Double?]) {
    array(numbers.map { $0.map { Self.bigEndian($0.bitPattern) } }, elementType: 701)
  }

  package mutating func field(_ value: [UInt8]) {
    begin(length: Int32(value.count))
    bytes += value
  }

  private mutating func begin(length: Int32) {
    count += 1
    bytes.replaceSubrange(0..<2, with: Self.bigEndian(count))
    bytes += Self.bigEndian(length)
  }

  package static func bigEndian(_ integer: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: integer.bigEndian) { Array($0) }
  }
}
