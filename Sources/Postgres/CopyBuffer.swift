/// Rows for COPY FROM in the binary format.
///
/// The server converts nothing: append to each column the type it has. `nil` is NULL.
package struct CopyBuffer: Sendable {
  /// How many rows were begun.
  package private(set) var rowCount = 0

  private let columnCount: Int
  private var missingFields = 0
  private var bytes: [UInt8]

  /// Starts a buffer for rows of `columnCount` fields.
  package init(columnCount: Int) {
    self.columnCount = columnCount
    bytes = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
    bytes += [UInt8](repeating: 0, count: 8)
  }

  /// Begins a row; as many fields as there are columns must follow.
  package mutating func beginRow() {
    precondition(missingFields == 0, "the row before lacks \(missingFields) fields")
    missingFields = columnCount
    rowCount += 1
    write(Int16(columnCount))
  }

  /// Appends a text, varchar or enum.
  package mutating func append(_ text: String?) {
    guard let text else { return appendNull() }
    beginField(length: text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends a bigint.
  package mutating func append(_ number: Int64?) {
    guard let number else { return appendNull() }
    beginField(length: 8)
    write(number)
  }

  /// Appends an integer.
  package mutating func append(_ number: Int32?) {
    guard let number else { return appendNull() }
    beginField(length: 4)
    write(number)
  }

  /// Appends a double precision.
  package mutating func append(_ number: Double?) {
    guard let number else { return appendNull() }
    beginField(length: 8)
    write(number.bitPattern)
  }

  /// Appends a boolean.
  package mutating func append(_ flag: Bool?) {
    guard let flag else { return appendNull() }
    beginField(length: 1)
    bytes.append(flag ? 1 : 0)
  }

  /// Appends a bytea.
  package mutating func append(bytes field: [UInt8]?) {
    guard let field else { return appendNull() }
    beginField(length: field.count)
    bytes.append(contentsOf: field)
  }

  /// Appends a uuid from its two halves.
  package mutating func append(uuid: (UInt64, UInt64)?) {
    guard let uuid else { return appendNull() }
    beginField(length: 16)
    write(uuid.0)
    write(uuid.1)
  }

  /// Appends a timestamptz, in microseconds since 1970.
  package mutating func append(unixMicroseconds: Int64?) {
    // PostgreSQL counts from 2000.
    append(unixMicroseconds.map { $0 - 946_684_800_000_000 })
  }

  /// Appends a jsonb, from its text.
  package mutating func append(jsonb: String?) {
    guard let jsonb else { return appendNull() }
    beginField(length: jsonb.utf8.count + 1)
    bytes.append(1)
    bytes.append(contentsOf: jsonb.utf8)
  }

  /// The whole stream, its trailer included.
  consuming func complete() -> [UInt8] {
    precondition(missingFields == 0, "the last row lacks \(missingFields) fields")
    bytes += [0xFF, 0xFF]
    return bytes
  }

  private mutating func appendNull() { beginField(length: -1) }

  private mutating func beginField(length: Int) {
    precondition(missingFields > 0, "the row has \(columnCount) fields already")
    missingFields -= 1
    write(Int32(length))
  }

  private mutating func write(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
