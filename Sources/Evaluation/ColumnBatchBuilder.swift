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

  /// Whether the buffers still hold the batch that was handed out last.
  private var isHandedOut = false

  /// Creates a builder; `types` are those of all columns of the query, in order.
  package init(types: [ValueType]) {
    buffers = types.map(ColumnBuffer.init)
  }

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
  var validity = Bitmap(count: 0)
  var bools: [Bool] = []
  var numbers: [Double] = []
  var integers: [Int64] = []
  var bytes: [UInt8] = []
  var offsets: [Int32] = []

  /// The elements' validity and, for texts, where they begin.
  var elementValidity = Bitmap(count: 0)
  var elementOffsets: [Int32] = []

  init(type: ValueType) {
    self.type = type
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
      if isPresent { try appendElements(of: element, from: &reader) }
      offsets.append(try offset(elementValidity.count))
    case .severity, .null: break
    }
    try reader.end()
    validity.append(isPresent)
  }

  /// Decodes an array; more dimensions than one are read as one list, row after row.
  private mutating func appendElements(
    of type: ValueType, from reader: inout ByteReader
  ) throws(ColumnError) {
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
    for _ in 0..<count {
      let element = try reader.field()
      if type == .text {
        if let element { bytes.append(contentsOf: element) }
        elementOffsets.append(try offset(bytes.count))
      } else {
        var number = ByteReader(element ?? UnsafeRawBufferPointer(start: nil, count: 0))
        numbers.append(element == nil ? 0 : try number.double())
        try number.end()
      }
      elementValidity.append(element != nil)
    }
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
