/// Reads the fields of one row of a binary COPY, as its query selected them.
///
/// A field read as another type than the query sends is a mistake in this program.
package struct CopyRow {
  private let bytes: UnsafeRawBufferPointer
  private var position = 2

  /// Reads a row's bytes: an Int16 field count, then a length and bytes for each field.
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// A text, varchar or enum; `nil` is NULL.
  package mutating func text() -> String? {
    field().map { String(decoding: $0, as: UTF8.self) }
  }

  /// An integer of the type's own width; `nil` is NULL.
  package mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
    field().map { field in
      precondition(field.count == MemoryLayout<Integer>.size, "the column has another type")
      return Integer(bigEndian: field.loadUnaligned(as: Integer.self))
    }
  }

  /// A timestamptz in microseconds since 1970; `nil` is NULL.
  package mutating func unixMicroseconds() -> Int64? {
    // PostgreSQL counts from 2000.
    integer(Int64.self).map { $0 + 946_684_800_000_000 }
  }

  private mutating func field() -> UnsafeRawBufferPointer? {
    let length = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self))
    position += 4
    guard length >= 0 else { return nil }
    defer { position += Int(length) }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(length)])
  }
}
