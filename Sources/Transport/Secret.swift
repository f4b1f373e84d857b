/// A text that must not be seen: it prints as dots, and nothing encodes it.
package struct Secret: Sendable {
  private let text: String

  /// Wraps a text.
  package init(_ text: String) { self.text = text }

  /// The text, for the one place that sends or keys with it.
  package var revealed: String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "•••" }
  package var debugDescription: String { "•••" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
