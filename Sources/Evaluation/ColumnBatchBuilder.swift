package import Expressions

/// Fills batches from the rows of a binary COPY.
///
/// ```swift
/// var builder = ColumnBatchBuilder(types: [.text, .text] + plan.columns.map(\.type))
/// try builder.append(copyRow: bytes)
/// if builder.rowCount == ColumnBatchBuilder.batchSize { use(builder.finish()) }
/// ```
package struct ColumnBatchBuilder: Sendable {
  package static let batchSize = 8192

  /// How many rows stand in the unfinished batch.
  package private(set) var rowCount = 0
  private var buffers: [ColumnBuffer]
  private let rowLimit: Int

  /// Whether the buffers still hold the batch that was handed out last.
  private var isHandedOut = false

  /// Creates a builder; `types` are those of all columns of the query, in order.
  ///
  /// `seriesLengths` are the lengths of lists, by their columns' places, that arrive as pairs of a
  /// place, from 0, and a number: whatever has no pair is 0.
  package init(types: [ValueType], seriesLengths: [Int: Int] = [:]) {
    buffers = types.enumerated().map {
      ColumnBuffer(type: $0.element, seriesLength: seriesLengths[$0.offset])
    }
    // At most 8 MiB of all series together, whose length no table tells beforehand.
    let elements = seriesLengths.values.reduce(0, +)
    rowLimit = elements == 0 ? Self.batchSize : min(Self.batchSize, max(1, (1 << 20) / elements))
  }

  /// Whether the batch has the rows it should have, fewer where they carry long series.
  package var isFull: Bool { rowCount >= rowLimit }

  /// Decodes one row: a field count and the fields, as in a CopyData message.
  ///
  /// A row that cannot be decoded leaves the builder as it was.
  package mutating func append(copyRow: UnsafeRawBufferPointer) throws(ColumnError) {
    if isHandedOut { empty() }
    var reader = ByteReader(copyRow)
    let count = try Int(reader.int16())
    guard count == buffers.count else {
      throw ColumnError(message: "a row has \(count) columns, expected \(buffers.count)")
    }
    var column = 0
    do throws(ColumnError) {
      while column < buffers.count {
        try buffers[column].append(reader.field())
        column += 1
      }
      try reader.end()
    } catch {
      for index in buffers.indices { buffers[index].truncate(to: rowCount) }
      guard column < buffers.count else { throw error }
      throw ColumnError(message: "column \(column + 1): \(error.message)")
    }
    rowCount += 1
  }

  /// Hands out the rows so far as a batch and starts the next.
  ///
  /// The next batch is built in the storage of this one if nobody holds this one any longer.
  package mutating func finish() -> ColumnBatch {
    if isHandedOut { empty() }
    let batch = ColumnBatch(rowCount: rowCount, columns: buffers.map(\.column))
    isHandedOut = true
    rowCount = 0
    return batch
  }

  private mutating func empty() {
    for index in buffers.indices { buffers[index].truncate(to: 0) }
    isHandedOut = false
  }
}

/// A column that is being filled.
///
/// One struct holds the storage of all types, so that a field is appended in place; what a type
/// does not use stays empty and costs nothing.
private struct ColumnBuffer: Sendable {
  let type: ValueType
  let seriesLength: Int?
  var validity = Bitmap(count: 0)
  var bools: [Bool] = []
  var numbers: [Double] = []
  var integers: [Int64] = []
  var bytes: [UInt8] = []
  var offsets: [Int32] = []

  /// The elements' validity and, for texts, where they begin.
  var elementValidity = Bitmap(count: 0)
  var elementOffsets: [Int32] = []

  init(type: ValueType, seriesLength: Int?) {
    self.type = type
    self.seriesLength = seriesLength
    let capacity = ColumnBatchBuilder.batchSize
    validity.reserveCapacity(capacity)
    switch type {
    case .bool: bools.reserveCapacity(capacity)
    case .number: numbers.reserveCapacity(capacity)
    case .instant, .duration: integers.reserveCapacity(capacity)
    case .text, .list(.number): startOffsets(capacity)
    case .list(.text):
      startOffsets(capacity)
      elementOffsets = [0]
    case .list, .severity, .null:
      preconditionFailure("A plan asks for columns of the types a catalog has.")
    }
  }

  private mutating func startOffsets(_ capacity: Int) {
    offsets.reserveCapacity(capacity + 1)
    offsets.append(0)
  }

  /// Decodes one field; on an error some storage may be longer than the others.
  mutating func append(_ field: UnsafeRawBufferPointer?) throws(ColumnError) {
    var reader = ByteReader(field ?? UnsafeRawBufferPointer(start: nil, count: 0))
    let isPresent = field != nil
    switch type {
    case .bool: bools.append(isPresent ? try reader.bool() : false)
    case .number: numbers.append(isPresent ? try reader.double() : 0)
    case .instant: integers.append(isPresent ? try reader.instant() : 0)
    case .duration: integers.append(isPresent ? try reader.int64() : 0)
    case .text:
      bytes.append(contentsOf: reader.rest())
      offsets.append(try offset(bytes.count))
    case .list(let element):
      if let seriesLength {
        try appendSeries(of: seriesLength, isPresent: isPresent, from: &reader)
      } else if isPresent {
        try appendElements(of: element, from: &reader)
      }
      offsets.append(try offset(elementValidity.count))
    case .severity, .null: break
    }
    try reader.end()
    validity.append(isPresent || seriesLength != nil)
  }

  /// Decodes the pairs of a series into a list of all its buckets.
  private mutating func appendSeries(
    of length: Int, isPresent: Bool, from reader: inout ByteReader
  ) throws(ColumnError) {
    let start = numbers.count
    for _ in 0..<length {
      numbers.append(0)
      elementValidity.append(true)
    }
    guard isPresent else { return }
    let count = try arrayCount(from: &reader)
    guard count % 2 == 0 else { throw ColumnError(message: "a series is not made of pairs") }
    for _ in 0..<count / 2 {
      let (place, number) = (try element(from: &reader), try element(from: &reader))
      guard let place = place.flatMap({ Int(exactly: $0) }), (0..<length).contains(place) else {
        throw ColumnError(message: "a series has a place that it should not have")
      }
      numbers[start + place] = number ?? 0
    }
  }

  private func element(from reader: inout ByteReader) throws(ColumnError) -> Double? {
    guard let field = try reader.field() else { return nil }
    var bytes = ByteReader(field)
    let number = try bytes.double()
    try bytes.end()
    return number
  }

  /// Decodes an array; more dimensions than one are read as one list, row after row.
  private mutating func appendElements(
    of type: ValueType, from reader: inout ByteReader
  ) throws(ColumnError) {
    for _ in 0..<(try arrayCount(from: &reader)) {
      if type == .text {
        let element = try reader.field()
        if let element { bytes.append(contentsOf: element) }
        elementOffsets.append(try offset(bytes.count))
        elementValidity.append(element != nil)
      } else {
        let number = try element(from: &reader)
        numbers.append(number ?? 0)
        elementValidity.append(number != nil)
      }
    }
  }

  /// Reads an array's head and gives the number of elements that follow.
  private func arrayCount(from reader: inout ByteReader) throws(ColumnError) -> Int {
    let dimensions = try reader.int32()
    _ = try reader.int32()  // whether there are NULLs: each element says so itself
    _ = try reader.int32()  // the elements' type: the plan casts
    guard (0...6).contains(dimensions) else {
      throw ColumnError(message: "an array has \(dimensions) dimensions")
    }
    var count = dimensions == 0 ? 0 : 1
    for _ in 0..<dimensions {
      let length = try Int(reader.int32())
      _ = try reader.int32()
      // An element takes four bytes at least: a longer array is not in these bytes.
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow, product <= reader.remaining / 4 else {
        throw ColumnError(message: "an array is longer than its bytes")
      }
      count = product
    }
    return count
  }

  private func offset(_ count: Int) throws(ColumnError) -> Int32 {
    guard let offset = Int32(exactly: count) else {
      throw ColumnError(message: "a batch's texts take more than 2 GiB")
    }
    return offset
  }

  mutating func truncate(to rowCount: Int) {
    validity.truncate(to: rowCount)
    switch type {
    case .bool: bools.truncate(to: rowCount)
    case .number: numbers.truncate(to: rowCount)
    case .instant, .duration: integers.truncate(to: rowCount)
    case .text:
      offsets.truncate(to: rowCount + 1)
      bytes.truncate(to: Int(offsets[rowCount]))
    case .list(let element):
      offsets.truncate(to: rowCount + 1)
      let elementCount = Int(offsets[rowCount])
      elementValidity.truncate(to: elementCount)
      if element == .text {
        elementOffsets.truncate(to: elementCount + 1)
        bytes.truncate(to: Int(elementOffsets[elementCount]))
      } else {
        numbers.truncate(to: elementCount)
      }
    case .severity, .null: break
    }
  }

  var column: Column {
    switch type {
    case .bool: .bools(.init(values: bools, validity: validity))
    case .number: .numbers(.init(values: numbers, validity: validity))
    case .instant: .instants(.init(values: integers, validity: validity))
    case .duration: .durations(.init(values: integers, validity: validity))
    case .list(.text):
      .textLists(
        .init(
          elements: .init(bytes: bytes, offsets: elementOffsets, validity: elementValidity),
          offsets: offsets, validity: validity))
    case .list:
      .numberLists(
        .init(
          elements: .init(values: numbers, validity: elementValidity), offsets: offsets,
          validity: validity))
    case .text, .severity, .null:
      .texts(.init(bytes: bytes, offsets: offsets, validity: validity))
    }
  }
}

extension Array {
  /// Drops the elements from `newCount` on.
  fileprivate mutating func truncate(to newCount: Int) {
    if newCount < count { removeSubrange(newCount...) }
  }
}
