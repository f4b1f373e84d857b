import CopyRows
import Evaluation
import Expressions
import Support
import Testing

@Suite struct ColumnBatchTests {
  static let allTypes: [ValueType] = [
    .text, .text, .number, .bool, .instant, .duration, .list(.text), .list(.number),
  ]

  static let fullRow = CopyRow.bytes { row in
    row.text("c1")
    row.text("Café ☕️")
    row.number(3192.65)
    row.bool(true)
    row.integer(0)
    row.integer(90_000_000)
    row.texts(["red", nil, ""])
    row.numbers([1.5, nil, -2])
  }

  static let emptyRow = CopyRow.bytes { row in
    row.text("c2")
    row.text("")
    for _ in 2..<allTypes.count { row.null() }
  }

  @Test func valuesOfEveryTypeComeOutAsTheyWentIn() throws {
    var builder = ColumnBatchBuilder(types: Self.allTypes)
    for row in [Self.fullRow, Self.emptyRow, Self.fullRow] {
      try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    let batch = builder.finish()
    #expect(batch.rowCount == 3)
    for index in [0, 2] {
      #expect(
        Self.allTypes.indices.map(batch.row(index).value(at:)) == [
          .text("c1"), .text("Café ☕️"), .number(3192.65), .bool(true),
          .instant(Instant(microseconds: 946_684_800_000_000)),
          .duration(Period(microseconds: 90_000_000)),
          .list([.text("red"), .missing, .text("")]),
          .list([.number(1.5), .missing, .number(-2)]),
        ])
    }
    #expect(batch.row(1).value(at: 0) == .text("c2"))
    #expect(batch.row(1).value(at: 1) == .text(""))
    for slot in 2..<Self.allTypes.count { #expect(batch.row(1).value(at: slot) == .missing) }
  }

  @Test func aBatchStaysAsItWasWhileTheNextIsBuilt() throws {
    var builder = ColumnBatchBuilder(types: Self.allTypes)
    for row in [Self.fullRow, Self.emptyRow] {
      try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    let first = builder.finish()
    #expect(builder.rowCount == 0)
    for row in [Self.emptyRow, Self.fullRow, Self.emptyRow] {
      try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    let second = builder.finish()
    #expect(first.rowCount == 2 && second.rowCount == 3)
    for slot in Self.allTypes.indices {
      #expect(first.row(0).value(at: slot) == second.row(1).value(at: slot))
      #expect(first.row(1).value(at: slot) == second.row(2).value(at: slot))
    }
    #expect(builder.finish().rowCount == 0)
    try Self.fullRow.withUnsafeBytes { try builder.append(copyRow: $0) }
    #expect(builder.finish().row(0).value(at: 0) == .text("c1"))
    #expect(second.row(0).value(at: 0) == .text("c2"))
  }

  @Test func storageServesBatchAfterBatch() throws {
    var builder = ColumnBatchBuilder(types: [.number])
    let row = CopyRow.bytes { $0.number(1) }
    func address() throws -> UnsafeRawPointer? {
      for _ in 0..<100 { try row.withUnsafeBytes { try builder.append(copyRow: $0) } }
      guard case .numbers(let column) = builder.finish().columns[0] else { return nil }
      return column.values.withUnsafeBytes(\.baseAddress)
    }
    let first = try #require(try address())
    #expect(try address() == first)
  }

  @Test func columnsLieSideBySide() throws {
    var builder = ColumnBatchBuilder(types: [.text, .number])
    for (key, number) in [("a", 1.0), ("bcd", 2), ("", 3)] {
      let row = CopyRow.bytes {
        $0.text(key)
        $0.number(number)
      }
      try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    let batch = builder.finish()
    let all = Bitmap(repeating: true, count: 3)
    #expect(
      batch.columns == [
        .texts(.init(bytes: Array("abcd".utf8), offsets: [0, 1, 4, 4], validity: all)),
        .numbers(.init(values: [1, 2, 3], validity: all)),
      ])
  }

  @Test func aFinishedBatchLeavesAnEmptyBuilder() throws {
    var builder = ColumnBatchBuilder(types: Self.allTypes)
    try Self.fullRow.withUnsafeBytes { try builder.append(copyRow: $0) }
    let first = builder.finish()
    #expect(builder.rowCount == 0)
    #expect(builder.finish().rowCount == 0)
    try Self.fullRow.withUnsafeBytes { try builder.append(copyRow: $0) }
    #expect(builder.finish() == first)
  }

  @Test func arraysWithoutElementsAndOfTwoDimensionsAreLists() throws {
    var builder = ColumnBatchBuilder(types: [.list(.text), .list(.number)])
    let row = CopyRow.bytes { row in
      row.texts([])
      let header: [Int32] = [2, 0, 701, 2, 1, 1, 1]
      row.field(
        header.flatMap { CopyRow.bigEndian($0) }
          + [7.0, 8].flatMap { CopyRow.bigEndian(Int32(8)) + CopyRow.bigEndian($0.bitPattern) })
    }
    try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    let batch = builder.finish()
    #expect(batch.row(0).value(at: 0) == .list([]))
    #expect(batch.row(0).value(at: 1) == .list([.number(7), .number(8)]))
  }

  @Test func pairsOfASeriesBecomeAllItsBuckets() throws {
    var builder = ColumnBatchBuilder(types: [.list(.number), .number], seriesLengths: [0: 4])
    func append(_ pairs: [Double?]?) throws {
      let row = CopyRow.bytes {
        if let pairs { $0.numbers(pairs) } else { $0.null() }
        $0.number(1)
      }
      try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    try append([2, 5, 0, 7.5])
    #expect(throws: ColumnError.self) { try append([4, 1]) }
    #expect(throws: ColumnError.self) { try append([-1, 1]) }
    #expect(throws: ColumnError.self) { try append([0.5, 1]) }
    #expect(throws: ColumnError.self) { try append([1]) }
    #expect(throws: ColumnError.self) { try append([nil, 1]) }
    try append(nil)
    try append([3, nil, 1, 2])
    let batch = builder.finish()
    #expect(batch.rowCount == 3)
    let lists = (0..<3).map { batch.row($0).value(at: 0) }
    #expect(
      lists
        == [[7.5, 0, 5, 0], [0, 0, 0, 0], [0, 2, 0, 0]].map { .list($0.map(Value.number)) })
  }

  @Test func longSeriesMakeShortBatches() throws {
    var builder = ColumnBatchBuilder(types: [.list(.number)], seriesLengths: [0: 1 << 18])
    let row = CopyRow.bytes { $0.numbers([]) }
    for count in 0..<4 {
      #expect(builder.isFull == (count == 4))
      try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    #expect(builder.isFull)
  }

  @Test(arguments: [
    (Int64.max, Instant.latest), (Int64.min, .earliest),
    (Int64(9_223_371_331_199_999_999), .latest),
    (Int64(-211_813_488_000_000_000), .earliest),
    (Int64(86_400_000_000), Instant(microseconds: 946_771_200_000_000)),
  ])
  func timesBeyondTheRangeStopAtItsEnd(since2000: Int64, expected: Instant) throws {
    var builder = ColumnBatchBuilder(types: [.instant])
    let row = CopyRow.bytes { $0.integer(since2000) }
    try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    #expect(builder.finish().row(0).value(at: 0) == .instant(expected))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func aNumberThatIsNotFiniteIsAnError(number: Double) throws {
    var builder = ColumnBatchBuilder(types: [.number, .list(.number)])
    let row = CopyRow.bytes {
      $0.number(number)
      $0.numbers([number])
    }
    try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    let batch = builder.finish()
    #expect(batch.row(0).value(at: 0) == .error(.outOfRange("\(number)")))
    #expect(batch.row(0).value(at: 1) == .list([.error(.outOfRange("\(number)"))]))
  }

  @Test(arguments: [
    ("a row has 1 columns, expected 2", CopyRow.bytes { $0.text("a") }),
    (
      "column 2: the bytes end early",
      CopyRow.bytes {
        $0.text("a")
        $0.field([1, 2, 3])
      }
    ),
    (
      "column 2: 1 bytes more than its type has",
      CopyRow.bytes {
        $0.text("a")
        $0.field(Array(repeating: 0, count: 9))
      }
    ),
    (
      "3 bytes more than its type has",
      CopyRow.bytes {
        $0.text("a")
        $0.number(1)
      } + [1, 2, 3]
    ),
    ("the bytes end early", []),
  ])
  func wrongBytesAreToldApart(message: String, bytes: [UInt8]) {
    var builder = ColumnBatchBuilder(types: [.text, .number])
    #expect(throws: ColumnError(message: message)) {
      try bytes.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    #expect(builder.rowCount == 0)
  }

  @Test(arguments: [Int32.max, -1, 1 << 28])
  func anArrayLongerThanItsBytesIsRefusedAtOnce(length: Int32) {
    var builder = ColumnBatchBuilder(types: [.list(.text)])
    let header: [Int32] = [2, 0, 25, length, 1, length, 1]
    let row = CopyRow.bytes { $0.field(header.flatMap { CopyRow.bigEndian($0) }) }
    #expect(throws: ColumnError(message: "column 1: an array is longer than its bytes")) {
      try row.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
  }

  /// Rows that are cut short or whose bytes are changed either decode or throw, and a row that
  /// throws leaves nothing behind.
  @Test func damagedRowsNeverTrapAndLeaveNothingBehind() throws {
    var random = SeededGenerator(seed: 11)
    var builder = ColumnBatchBuilder(types: Self.allTypes)
    var refused = 0
    for round in 0..<4_000 {
      var row = Self.fullRow
      if round.isMultiple(of: 2) { row.removeLast(Int.random(in: 1...row.count, using: &random)) }
      for _ in 0..<Int.random(in: 0...3, using: &random) where !row.isEmpty {
        let place = Int.random(in: row.indices, using: &random)
        row[place] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        try row.withUnsafeBytes { try builder.append(copyRow: $0) }
        let batch = builder.finish()
        for slot in Self.allTypes.indices { _ = batch.row(0).value(at: slot) }
      } catch is ColumnError {
        refused += 1
      }
      try Self.fullRow.withUnsafeBytes { try builder.append(copyRow: $0) }
      try #require(builder.rowCount == 1)
      try #require(builder.finish() == Self.wholeBatch)
    }
    #expect(refused > 2_000)
  }

  static let wholeBatch: ColumnBatch = {
    var builder = ColumnBatchBuilder(types: allTypes)
    try? fullRow.withUnsafeBytes { try builder.append(copyRow: $0) }
    return builder.finish()
  }()
}
