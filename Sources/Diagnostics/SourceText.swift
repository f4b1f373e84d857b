/// The text of one file, and the line index that turns byte offsets into positions.
package struct SourceText: Sendable, Hashable {
  /// The path as the user wrote it; it opens every rendered diagnostic.
  package let path: String

  /// The file's UTF-8 bytes, which spans are offsets into.
  package let bytes: [UInt8]

  private let lineStarts: [Int]

  /// Indexes `text` so that positions can be looked up in logarithmic time.
  package init(path: String, text: String) {
    self.init(path: path, bytes: Array(text.utf8))
  }

  /// Indexes a file's bytes, which need not be valid UTF-8.
  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    self.lineStarts = starts
  }

  /// The file's text, with what is not UTF-8 replaced by U+FFFD.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The 1-based line and column of a byte offset; columns count characters, as editors do.
  ///
  /// Offsets outside the file are moved to its nearest end.
  package func position(of offset: Int) -> (line: Int, column: Int) {
    let (line, before) = lineBefore(offset)
    return (line, before.count + 1)
  }

  /// The same with columns in UTF-16 code units, as machines count them.
  package func utf16Position(of offset: Int) -> (line: Int, column: Int) {
    let (line, before) = lineBefore(offset)
    return (line, before.utf16.count + 1)
  }

  /// The number of the line that an offset is in, and its text up to there.
  private func lineBefore(_ offset: Int) -> (line: Int, text: String) {
    let offset = min(max(0, offset), bytes.count)
    let line = lineStarts.partitioningIndex { $0 > offset }
    return (line, String(decoding: bytes[lineStarts[line - 1]..<offset], as: UTF8.self))
  }

  /// The byte range of a 1-based line, without its line break.
  package func lineRange(_ number: Int) -> Range<Int> {
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  /// How many lines the file has; a final line break does not start another.
  package var lineCount: Int {
    bytes.last == UInt8(ascii: "\n") ? lineStarts.count - 1 : lineStarts.count
  }

  /// The text in a byte range.
  package func text(in range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }
}

extension Array {
  /// The first index whose element satisfies `predicate`, in an array where all such come last.
  fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
