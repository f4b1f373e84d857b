import CYAML

/// Owns one `yaml_parser_t`; libyaml keeps pointers into it, so it must not move.
///
/// Every offset that leaves is a byte offset: libyaml's own marks count characters.
struct EventParser: ~Copyable {
  private let raw: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let offsets: CharacterOffsets

  /// Fails only when libyaml cannot allocate.
  ///
  /// `bytes` must be valid UTF-8.
  init?(_ bytes: [UInt8]) {
    raw = .allocate(capacity: 1)
    guard yaml_parser_initialize(raw) == 1 else {
      raw.deallocate()
      return nil
    }
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(from: bytes)
    offsets = CharacterOffsets(bytes)
    yaml_parser_set_encoding(raw, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(raw, UnsafePointer(input.baseAddress), input.count)
  }

  deinit {
    yaml_parser_delete(raw)
    raw.deallocate()
    input.deallocate()
  }

  /// The next event, or why there is none.
  mutating func next() -> Result<Event, SyntaxFault> {
    var event = yaml_event_t()
    guard yaml_parser_parse(raw, &event) == 1 else { return .failure(fault()) }
    defer { yaml_event_delete(&event) }
    let start = offsets[Int(event.start_mark.index)]
    let span = start..<max(start, offsets[Int(event.end_mark.index)])
    return .success(Event(kind: kind(of: event), span: span))
  }

  private func kind(of event: yaml_event_t) -> Event.Kind {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: .documentStart
    case YAML_DOCUMENT_END_EVENT: .documentEnd
    case YAML_STREAM_END_EVENT: .streamEnd
    case YAML_ALIAS_EVENT: .alias
    case YAML_SCALAR_EVENT:
      .scalar(
        text: String(
          decoding: UnsafeBufferPointer(
            start: event.data.scalar.value, count: event.data.scalar.length),
          as: UTF8.self),
        style: style(of: event.data.scalar.style),
        Event.Properties(
          hasAnchor: event.data.scalar.anchor != nil, hasTag: event.data.scalar.tag != nil))
    case YAML_SEQUENCE_START_EVENT:
      .sequenceStart(
        Event.Properties(
          hasAnchor: event.data.sequence_start.anchor != nil,
          hasTag: event.data.sequence_start.tag != nil))
    case YAML_MAPPING_START_EVENT:
      .mappingStart(
        Event.Properties(
          hasAnchor: event.data.mapping_start.anchor != nil,
          hasTag: event.data.mapping_start.tag != nil))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: .collectionEnd
    default: .other
    }
  }

  private func style(of style: yaml_scalar_style_t) -> Scalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  private func fault() -> SyntaxFault {
    let parser = raw.pointee
    let problem = parser.problem.map { String(cString: $0) } ?? ""
    let context = parser.context.map { String(cString: $0) } ?? ""
    // Errors of the reader leave the mark at the file's start.
    let offset =
      parser.error == YAML_READER_ERROR
      ? Int(parser.problem_offset) : offsets[Int(parser.problem_mark.index)]
    return SyntaxFault(
      problem: problem, context: context, offset: offset,
      contextOffset: offsets[Int(parser.context_mark.index)])
  }
}

/// What libyaml found, in the order of the file.
struct Event {
  var kind: Kind
  var span: Range<Int>

  enum Kind {
    case documentStart, documentEnd, streamEnd, alias, collectionEnd, other
    case scalar(text: String, style: Scalar.Style, Properties)
    case sequenceStart(Properties)
    case mappingStart(Properties)
  }

  /// What rule files may not use.
  struct Properties {
    var hasAnchor: Bool
    var hasTag: Bool
  }
}

/// Why libyaml stopped, in its own words.
struct SyntaxFault: Error {
  var problem: String
  var context: String
  var offset: Int

  /// Where the thing it was reading begins.
  var contextOffset: Int
}

/// Byte offsets by character index.
private struct CharacterOffsets {
  /// `nil` where every character is one byte.
  private let table: [Int]?
  private let count: Int

  init(_ bytes: [UInt8]) {
    count = bytes.count
    guard bytes.contains(where: { $0 >= 0x80 }) else {
      table = nil
      return
    }
    var starts: [Int] = []
    starts.reserveCapacity(bytes.count + 1)
    for (offset, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 { starts.append(offset) }
    starts.append(bytes.count)
    table = starts
  }

  subscript(index: Int) -> Int {
    guard let table else { return min(index, count) }
    return table[min(index, table.count - 1)]
  }
}
