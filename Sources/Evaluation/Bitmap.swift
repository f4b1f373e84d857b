/// A fixed number of bits, 64 to a word; bits past `count` are always clear.
package struct Bitmap: Sendable, Hashable {
  package private(set) var count: Int

  /// Bit `i` is bit `i % 64` of word `i / 64`; vectorised code works on whole words.
  package private(set) var words: [UInt64]

  /// Creates a bitmap of `count` equal bits.
  package init(repeating bit: Bool = false, count: Int) {
    precondition(count >= 0, "A bitmap has no negative length.")
    self.count = count
    words = Array(repeating: bit ? .max : 0, count: (count + 63) / 64)
    clearUnusedBits()
  }

  /// Creates a bitmap from its words, of which there is one for every 64 bits begun.
  package init(words: [UInt64], count: Int) {
    precondition(words.count == (count + 63) / 64, "A bitmap needs one word for 64 bits.")
    self.count = count
    self.words = words
    clearUnusedBits()
  }

  /// One bit.
  package subscript(index: Int) -> Bool {
    get {
      precondition(index < count, "A bit's place is below the bitmap's count.")
      return words[index >> 6] & (1 << UInt64(index & 63)) != 0
    }
    set {
      precondition(index < count, "A bit's place is below the bitmap's count.")
      let mask: UInt64 = 1 << UInt64(index & 63)
      if newValue { words[index >> 6] |= mask } else { words[index >> 6] &= ~mask }
    }
  }

  /// Whether every bit is set.
  package var isFull: Bool { setCount == count }

  /// How many bits are set.
  package var setCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The places of the set bits, ascending.
  package var setIndices: some Sequence<Int> {
    words.enumerated().lazy.flatMap { offset, word in
      SetBits(word: word).lazy.map { $0 + offset << 6 }
    }
  }

  /// Adds one bit at the end.
  mutating func append(_ bit: Bool) {
    if count & 63 == 0 { words.append(0) }
    if bit { words[count >> 6] |= 1 << UInt64(count & 63) }
    count += 1
  }

  /// Drops the bits from `newCount` on.
  mutating func truncate(to newCount: Int) {
    guard newCount < count else { return }
    count = newCount
    words.removeSubrange(((newCount + 63) / 64)...)
    clearUnusedBits()
  }

  /// Keeps room for as many bits without growing.
  mutating func reserveCapacity(_ capacity: Int) { words.reserveCapacity((capacity + 63) / 64) }

  private mutating func clearUnusedBits() {
    if count & 63 != 0 { words[words.count - 1] &= (1 << UInt64(count & 63)) - 1 }
  }
}

extension Bitmap {
  /// The bits set in both.
  package static func & (lhs: Bitmap, rhs: Bitmap) -> Bitmap { lhs.combined(with: rhs, &) }

  /// The bits set in either.
  package static func | (lhs: Bitmap, rhs: Bitmap) -> Bitmap { lhs.combined(with: rhs, |) }

  /// The bits that are clear.
  package static prefix func ~ (bits: Bitmap) -> Bitmap {
    Bitmap(words: bits.words.map { ~$0 }, count: bits.count)
  }

  @inline(__always)
  private func combined(
    with other: Bitmap, _ join: (UInt64, UInt64) -> UInt64
  ) -> Bitmap {
    precondition(count == other.count, "Bitmaps of one batch have one length.")
    let joined = [UInt64](unsafeUninitializedCapacity: words.count) { joined, joinedCount in
      words.withUnsafeBufferPointer { left in
        other.words.withUnsafeBufferPointer { right in
          for index in left.indices { joined[index] = join(left[index], right[index]) }
        }
      }
      joinedCount = words.count
    }
    return Bitmap(words: joined, count: count)
  }
}

/// The set bits of one word.
private struct SetBits: Sequence, IteratorProtocol {
  var word: UInt64

  mutating func next() -> Int? {
    guard word != 0 else { return nil }
    defer { word &= word &- 1 }
    return word.trailingZeroBitCount
  }
}
