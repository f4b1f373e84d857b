extension SourceMap {
  /// Maps a literal or folded text line by line; where the lines do not give `text`, the whole of
  /// `span` is used.
  ///
  /// The indentation is found by comparing the first line that is not blank with the decoded one,
  /// and a fold is whatever stands between the contents of two lines.
  init(block text: String, span: Range<Int>, in bytes: [UInt8]) {
    let decoded = Array(text.utf8)
    guard let pieces = BlockAligner(bytes: bytes, span: span, decoded: decoded).pieces() else {
      self.init(whole: span, decodedCount: decoded.count)
      return
    }
    self.init(pieces: pieces, in: span)
  }
}

private struct BlockAligner {
  let bytes: [UInt8]
  let span: Range<Int>
  let decoded: [UInt8]

  func pieces() -> [SourceMap.Piece]? {
    guard let lines = contentLines() else { return nil }
    var pieces: [SourceMap.Piece] = []
    var at = 0
    var sourceEnd = lines.first?.lowerBound ?? span.upperBound
    for line in lines {
      let start = at
      at = skipSeparator(from: at, before: line)
      if at > start {
        pieces.append(.init(decoded: start..<at, source: sourceEnd..<line.lowerBound))
      }
      let end = at + line.count
      guard end <= decoded.count, decoded[at..<end].elementsEqual(bytes[line]) else {
        // Blank lines at the end may have been cut.
        if bytes[line].allSatisfy({ $0 == UInt8(ascii: " ") }) { break }
        return nil
      }
      pieces.append(.init(decoded: at..<end, source: line))
      at = end
      sourceEnd = line.upperBound
    }
    if at < decoded.count {
      guard decoded[at...].allSatisfy({ $0 == UInt8(ascii: "\n") }) else { return nil }
      pieces.append(.init(decoded: at..<decoded.count, source: sourceEnd..<span.upperBound))
    }
    return pieces
  }

  /// Where the content of a line begins in the text, breaks and the space of a fold passed over.
  private func skipSeparator(from start: Int, before line: Range<Int>) -> Int {
    var at = start
    while at < decoded.count, decoded[at] == UInt8(ascii: "\n") { at += 1 }
    let startsBlank = [UInt8(ascii: " "), UInt8(ascii: "\t")].contains(bytes[line.lowerBound])
    if !startsBlank, at < decoded.count, decoded[at] == UInt8(ascii: " ") { at += 1 }
    return at
  }

  /// The lines without indentation and break, those that have nothing else left out.
  private func contentLines() -> [Range<Int>]? {
    var lines = bytes[span].split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == UInt8(ascii: "\n") }
    ).map { line in line.last == UInt8(ascii: "\r") ? line.dropLast() : line }
    lines.removeFirst()  // the header, `|` or `>`
    guard
      let first = lines.first(where: { line in line.contains { $0 != UInt8(ascii: " ") } }),
      let text = decoded.split(separator: UInt8(ascii: "\n"))
        .first(where: { line in line.contains { $0 != UInt8(ascii: " ") } })
    else { return nil }
    let indent = spaces(first) - spaces(text)
    guard indent >= 0 else { return nil }
    return lines.compactMap { line in
      let content = line.dropFirst(indent)
      return content.isEmpty ? nil : content.startIndex..<content.endIndex
    }
  }

  private func spaces(_ line: some Sequence<UInt8>) -> Int {
    line.prefix { $0 == UInt8(ascii: " ") }.reduce(0) { count, _ in count + 1 }
  }
}
