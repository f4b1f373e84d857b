/// Where the bytes of a decoded text stand in the file it was read from.
///
/// The text is a row of pieces. In most, bytes correspond one to one; an escape, a fold or a line
/// break is a piece that maps as a whole.
package struct SourceMap: Sendable, Hashable {
  struct Piece: Sendable, Hashable {
    var decoded: Range<Int>
    var source: Range<Int>

    var isExact: Bool { decoded.count == source.count }
  }

  /// None where the bytes of `span` are those of the text, as they mostly are.
  private let pieces: [Piece]
  private let span: Range<Int>

  /// Maps every byte of the text to the whole of `span`.
  package init(whole span: Range<Int>, decodedCount: Int) {
    self.span = span
    pieces = [Piece(decoded: 0..<decodedCount, source: span)]
  }

  /// Maps a text to bytes that read the same.
  init(exact span: Range<Int>) { self.init(pieces: [], in: span) }

  init(pieces: [Piece], in span: Range<Int>) {
    self.span = span
    self.pieces = pieces
  }

  /// The bytes of the file that a range of the text's bytes came from.
  ///
  /// An empty range maps to the empty range in front of its byte, or behind the last byte.
  package func sourceRange(_ range: Range<Int>) -> Range<Int> {
    guard !range.isEmpty else {
      let offset = sourceOffset(range.lowerBound)
      return offset..<offset
    }
    let start = sourceOffset(range.lowerBound)
    guard let last = piece(holding: range.upperBound - 1) else { return start..<start }
    let end =
      last.isExact
      ? min(
        last.source.upperBound, last.source.lowerBound + range.upperBound - last.decoded.lowerBound)
      : last.source.upperBound
    return start..<max(start, end)
  }

  /// The byte of the file that a byte of the text came from.
  package func sourceOffset(_ offset: Int) -> Int {
    guard let piece = piece(holding: offset) else {
      return pieces.last?.source.upperBound ?? span.upperBound
    }
    guard piece.isExact else { return piece.source.lowerBound }
    return piece.source.lowerBound + max(0, offset - piece.decoded.lowerBound)
  }

  private func piece(holding offset: Int) -> Piece? {
    if pieces.isEmpty {
      return offset < span.count ? Piece(decoded: 0..<span.count, source: span) : nil
    }
    var low = 0
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].decoded.upperBound > offset { high = middle } else { low = middle + 1 }
    }
    return low < pieces.count ? pieces[low] : nil
  }
}
