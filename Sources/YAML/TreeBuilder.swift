import Diagnostics

/// Builds the tree from events and refuses what rule files may not use.
///
/// It keeps its own stack, so that no depth of nesting can exhaust the thread's.
struct TreeBuilder {
  private let source: SourceText
  private var bytes: [UInt8] { source.bytes }
  private var stack: [Frame] = []
  private var root: Node?
  private var nodeCount = 0
  private var documentCount = 0
  private(set) var diagnostics: [Diagnostic] = []

  /// A mapping or list that is not closed yet.
  private struct Frame {
    var span: Range<Int>
    var isMapping: Bool
    var isFlow: Bool
    var items: [Node] = []
    var entries: [Node.Entry] = []
    var keys: [String: Range<Int>] = [:]
    var expectsKey = true
    var key: Key = .dropped

    /// The key whose value comes next; a key that was refused drops its value too.
    enum Key {
      case named(String, Range<Int>)
      case dropped
    }
  }

  init(_ source: SourceText) {
    self.source = source
  }

  mutating func build() -> Node? {
    guard var parser = EventParser(bytes) else {
      return refuse(.syntax, "the file could not be read", at: 0..<0)
    }
    while true {
      switch parser.next() {
      case .failure(let fault):
        let diagnostic = fault.diagnostic(in: source)
        // An unquoted `{{` is found as a strange key first, and again where the text goes on.
        if diagnostics.last?.message != diagnostic.message { diagnostics.append(diagnostic) }
        return nil
      case .success(let event):
        if case .streamEnd = event.kind { return root }
        guard take(event) else { return nil }
      }
    }
  }

  /// Takes one event; false when the rest of the file must not be read.
  private mutating func take(_ event: Event) -> Bool {
    switch event.kind {
    case .documentStart:
      documentCount += 1
      guard documentCount == 1 else {
        refuse(
          .severalDocuments, "a second document begins here", at: firstByte(of: event.span),
          help: "put it into a file of its own, and leave out `---`")
        return false
      }
    case .alias:
      refuse(
        .anchor, "`\(source.text(in: event.span))` refers to another place in the file",
        at: event.span, help: "write the text out again: rule files have no aliases")
      add(Node(span: event.span, content: .refused))
    case .scalar(let text, let style, let properties):
      refuseProperties(properties, at: event.span)
      add(
        properties.hasAnchor || properties.hasTag
          ? Node(span: event.span, content: .refused)
          : scalar(text, style: style, span: event.span))
    case .sequenceStart(let properties): return open(event, properties, isMapping: false)
    case .mappingStart(let properties): return open(event, properties, isMapping: true)
    case .collectionEnd: close(event)
    case .documentEnd, .streamEnd, .other: break
    }
    return withinLimits(at: event.span)
  }

  private mutating func open(
    _ event: Event, _ properties: Event.Properties, isMapping: Bool
  ) -> Bool {
    refuseProperties(properties, at: event.span)
    let first = event.span.lowerBound < bytes.count ? bytes[event.span.lowerBound] : 0
    stack.append(
      Frame(
        span: event.span, isMapping: isMapping,
        isFlow: first == UInt8(ascii: "{") || first == UInt8(ascii: "[")))
    return withinLimits(at: event.span)
  }

  private mutating func close(_ event: Event) {
    guard let frame = stack.popLast() else { return }
    // A block ends where the next thing begins; its own last byte is that of its last child.
    let last = frame.isMapping ? frame.entries.last?.value.span : frame.items.last?.span
    let end = frame.isFlow ? event.span.upperBound : last?.upperBound ?? frame.span.upperBound
    let span = frame.span.lowerBound..<max(frame.span.lowerBound, end)
    add(
      Node(
        span: span, content: frame.isMapping ? .mapping(frame.entries) : .sequence(frame.items)))
  }

  /// Puts a finished node where it belongs: into the file, a list, or a mapping as key or value.
  private mutating func add(_ node: Node) {
    nodeCount += 1
    guard !stack.isEmpty else {
      root = node
      return
    }
    let top = stack.count - 1
    guard stack[top].isMapping else {
      stack[top].items.append(node)
      return
    }
    if stack[top].expectsKey {
      stack[top].key = key(for: node)
    } else if case .named(let name, let span) = stack[top].key {
      stack[top].entries.append(Node.Entry(key: name, keySpan: span, value: node))
    }
    stack[top].expectsKey.toggle()
  }

  private mutating func key(for node: Node) -> Frame.Key {
    guard !node.isRefused else { return .dropped }
    guard let scalar = node.scalar else {
      let isTemplate =
        source.text(in: node.span).hasPrefix("{") && node.span.lowerBound > 0
        && bytes[node.span.lowerBound - 1] == UInt8(ascii: "{")
      if isTemplate {
        let start = node.span.lowerBound - 1
        diagnostics.append(Self.unquotedTemplate(at: start..<node.span.upperBound))
      } else {
        refuse(
          .keyNotText, "a mapping or list cannot be a key", at: node.span,
          help: "put quotes around a text that begins with a bracket")
      }
      return .dropped
    }
    if scalar.style == .plain, scalar.text == "<<" {
      refuse(
        .mergeKey, "`<<` merges another mapping into this one", at: node.span,
        help: "write the keys out: rule files have no merge keys")
      return .dropped
    }
    let top = stack.count - 1
    if let first = stack[top].keys[scalar.text] {
      let line = source.position(of: first.lowerBound).line
      refuse(
        .duplicateKey, "`\(scalar.text)` is already set on line \(line)", at: node.span,
        help: "keep one of the two; the first is `\(firstLine(at: first.lowerBound))`")
      return .dropped
    }
    stack[top].keys[scalar.text] = node.span
    return .named(scalar.text, node.span)
  }

  /// `{{name}} is late` without quotes begins a mapping in a mapping.
  static func unquotedTemplate(at span: Range<Int>) -> Diagnostic {
    Diagnostic(
      .syntax, "a text that begins with `{{` needs quotes", at: span,
      help: "put quotes around the whole text; in an expression leave out the braces")
  }
}

// MARK: - Scalars

extension TreeBuilder {
  private func scalar(_ text: String, style: Scalar.Style, span: Range<Int>) -> Node {
    var span = span
    let map: SourceMap
    if style == .literal || style == .folded {
      while let last = bytes[span].last, [0x20, 0x0A, 0x0D].contains(last) {
        span = span.lowerBound..<span.upperBound - 1
      }
      map = SourceMap(block: text, span: span, in: bytes)
    } else {
      map = SourceMap(flow: text, style: style, span: span, in: bytes)
    }
    let comment = style == .plain && !text.isEmpty ? self.comment(after: span.upperBound) : nil
    return Node(
      span: span,
      content: .scalar(Scalar(text: text, style: style, map: map, comment: comment)))
  }

  /// The comment that follows on the same line, with nothing but spaces between.
  private func comment(after end: Int) -> Range<Int>? {
    var start = end
    while start < bytes.count, bytes[start] == UInt8(ascii: " ") { start += 1 }
    guard start > end, start < bytes.count, bytes[start] == UInt8(ascii: "#") else { return nil }
    let stop = bytes[start...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    return start..<(stop ?? bytes.count)
  }
}

// MARK: - Refusals

extension TreeBuilder {
  private mutating func refuseProperties(_ properties: Event.Properties, at span: Range<Int>) {
    guard properties.hasAnchor || properties.hasTag else { return }
    let word = source.text(in: span).prefix { !$0.isWhitespace }
    let place = span.lowerBound..<span.lowerBound + max(1, word.utf8.count)
    if properties.hasAnchor {
      refuse(
        .anchor, "`\(word)` is an anchor", at: place,
        help: "write the text out where it is needed: rule files have no anchors")
    } else {
      refuse(
        .tag, "`\(word)` is a YAML tag, not part of the text", at: place,
        help: word.hasPrefix("!!") || word == "!"
          ? "leave it out: the key says what the text is"
          : "to negate, write `not`; to use the text as it stands, put quotes around it")
    }
  }

  private mutating func withinLimits(at span: Range<Int>) -> Bool {
    if stack.count > YAMLDocument.maximumDepth {
      refuse(
        .tooComplex, "mappings and lists stand deeper than \(YAMLDocument.maximumDepth) levels",
        at: firstByte(of: span), help: "write the condition as one text, or as a named one")
      return false
    }
    if nodeCount > YAMLDocument.maximumNodes {
      refuse(
        .tooComplex, "the file has more than \(YAMLDocument.maximumNodes) values",
        at: firstByte(of: span), help: "split it into several files")
      return false
    }
    return true
  }

  @discardableResult
  private mutating func refuse(
    _ code: Diagnostic.Code, _ message: String, at span: Range<Int>, help: String? = nil
  ) -> Node? {
    diagnostics.append(Diagnostic(code, message, at: span, help: help))
    return nil
  }

  private func firstByte(of span: Range<Int>) -> Range<Int> {
    span.lowerBound..<min(span.lowerBound + 1, bytes.count)
  }

  private func firstLine(at offset: Int) -> String {
    let line = source.lineRange(source.position(of: offset).line)
    return source.text(in: offset..<line.upperBound)
  }
}
