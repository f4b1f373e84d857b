/// Small numbers for the texts that a column is compared with; every other text is -1.
///
/// Comparing texts with many constants over many rows comes down to comparing numbers, and the
/// table is as large as the rules are, whatever the data hold.
struct TextCodes: Sendable {
  private let texts: [[UInt8]]

  /// Codes by hash, open addressing; -1 where a place is free.
  private var table: [Int32]
  private let mask: Int

  /// Numbers the texts in their order.
  init(_ texts: [String]) {
    self.texts = texts.map { Array($0.utf8) }
    var size = 8
    while size < texts.count * 4 { size *= 2 }
    mask = size - 1
    table = Array(repeating: -1, count: size)
    for (code, text) in self.texts.enumerated() {
      var place = text.withUnsafeBufferPointer { Self.hash($0) } & mask
      while table[place] >= 0 { place = (place + 1) & mask }
      table[place] = Int32(code)
    }
  }

  var count: Int { texts.count }

  /// The code of every row.
  func codes(of column: Column.Texts) -> [Int32] {
    column.bytes.withUnsafeBufferPointer { bytes in
      (0..<(column.offsets.count - 1)).map { row in
        let range = Int(column.offsets[row])..<Int(column.offsets[row + 1])
        return code(of: UnsafeBufferPointer(rebasing: bytes[range]))
      }
    }
  }

  private func code(of bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    var place = Self.hash(bytes) & mask
    while table[place] >= 0 {
      let code = table[place]
      if texts[Int(code)].elementsEqual(bytes) { return code }
      place = (place + 1) & mask
    }
    return -1
  }

  /// FNV-1a over the first bytes and the length, which tell the values of a column apart.
  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(bytes.count)
    for byte in bytes.prefix(16) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return Int(truncatingIfNeeded: hash ^ (hash >> 32))
  }
}
