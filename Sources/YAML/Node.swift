/// One node of a YAML file, with the bytes it stands in.
///
/// Scalars stay text: what `no` or `2:00` means is for the key above them to say.
package struct Node: Sendable, Hashable {
  /// The node's bytes in the file, quotes and brackets included, space after it excluded.
  package var span: Range<Int>
  package var content: Content

  /// The kinds of node.
  package enum Content: Sendable, Hashable {
    case scalar(Scalar)
    case mapping([Entry])
    case sequence([Node])

    /// An alias, or a text with an anchor or tag: reported already, and nothing more to say.
    case refused
  }

  /// A key and what stands behind it.
  package struct Entry: Sendable, Hashable {
    package var key: String
    package var keySpan: Range<Int>
    package var value: Node

    /// Pairs a key with its value.
    package init(key: String, keySpan: Range<Int>, value: Node) {
      self.key = key
      self.keySpan = keySpan
      self.value = value
    }
  }

  /// Creates a node.
  package init(span: Range<Int>, content: Content) {
    self.span = span
    self.content = content
  }
}

extension Node {
  /// The scalar, if it is one.
  package var scalar: Scalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  /// The scalar's text, if it is one.
  package var text: String? { scalar?.text }

  /// The entries in the order of the file, if it is a mapping.
  package var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The items, if it is a sequence.
  package var items: [Node]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  /// Whether the node was refused, and reported.
  package var isRefused: Bool { content == .refused }

  /// Whether nothing at all stands behind the key.
  package var isEmpty: Bool {
    if case .scalar(let scalar) = content {
      scalar.style == .plain && scalar.text.isEmpty
    } else {
      false
    }
  }

  /// The value of a key of a mapping.
  package subscript(key: String) -> Node? {
    entries?.first { $0.key == key }?.value
  }
}

/// A text in a YAML file.
package struct Scalar: Sendable, Hashable {
  /// The text after unquoting, unescaping and folding.
  package var text: String
  package var style: Style

  /// Where each byte of `text` stands in the file.
  package var map: SourceMap

  /// Where a comment begins right after a plain text, which may have been meant as part of it.
  package var comment: Range<Int>?

  /// How a text is written.
  package enum Style: Sendable, Hashable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  /// Creates a scalar.
  package init(text: String, style: Style, map: SourceMap, comment: Range<Int>? = nil) {
    self.text = text
    self.style = style
    self.map = map
    self.comment = comment
  }
}
