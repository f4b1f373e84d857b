import Expressions

/// Reads PostgreSQL's binary values from bytes that may be cut short or wrong.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// Reads `bytes`, which must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// How many bytes are left.
  var remaining: Int { bytes.count - position }

  mutating func int16() throws(ColumnError) -> Int16 { try integer() }

  mutating func int32() throws(ColumnError) -> Int32 { try integer() }

  mutating func int64() throws(ColumnError) -> Int64 { try integer() }

  mutating func double() throws(ColumnError) -> Double {
    Double(bitPattern: try integer() as UInt64)
  }

  mutating func bool() throws(ColumnError) -> Bool { try integer() as UInt8 != 0 }

  /// A timestamptz as microseconds since 1970; a time that no ``Instant`` is, such as PostgreSQL's
  /// infinities, becomes the nearest that one is.
  mutating func instant() throws(ColumnError) -> Int64 {
    let (sum, overflow) = try int64().addingReportingOverflow(Self.microsecondsFrom1970To2000)
    if overflow { return Instant.latest.microseconds }
    return min(max(sum, Instant.earliest.microseconds), Instant.latest.microseconds)
  }

  /// A length and as many bytes; `nil` is NULL.
  mutating func field() throws(ColumnError) -> UnsafeRawBufferPointer? {
    let length = try Int(int32())
    if length == -1 { return nil }
    guard length >= 0, length <= remaining else { throw Self.cutShort }
    defer { position += length }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
  }

  /// All bytes that are left.
  mutating func rest() -> UnsafeRawBufferPointer {
    defer { position = bytes.count }
    return UnsafeRawBufferPointer(rebasing: bytes[position...])
  }

  /// Fails when bytes are left.
  func end() throws(ColumnError) {
    guard remaining == 0 else {
      throw ColumnError(message: "\(remaining) bytes more than its type has")
    }
  }

  private mutating func integer<Integer: FixedWidthInteger>() throws(ColumnError) -> Integer {
    let size = MemoryLayout<Integer>.size
    guard size <= remaining else { throw Self.cutShort }
    defer { position += size }
    return Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Integer.self))
  }

  private static var cutShort: ColumnError { ColumnError(message: "the bytes end early") }
  private static let microsecondsFrom1970To2000: Int64 = 946_684_800_000_000
}
