package import Diagnostics

/// A YAML file as a tree of nodes.
///
/// The subset of YAML that rule files use: what would make a text mean something other than what
/// it seems to (anchors, aliases, tags, merge keys, duplicate keys, several documents) is refused.
package struct YAMLDocument: Sendable {
  /// The tree, without what was refused; `nil` when the file is not YAML or holds nothing.
  package var root: Node?

  /// What is wrong with the file.
  package var diagnostics: [Diagnostic]

  /// The largest file that is read.
  package static let maximumBytes = 256 * 1024

  /// How deep mappings and lists may stand in each other.
  package static let maximumDepth = 64

  /// The most scalars, mappings and lists a file may have.
  package static let maximumNodes = 100_000

  /// Reads a file; the spans of nodes and diagnostics are its byte offsets.
  package init(_ source: SourceText) {
    if let fault = Self.byteFault(in: source.bytes) {
      root = nil
      diagnostics = [fault]
      return
    }
    var builder = TreeBuilder(source)
    root = builder.build()
    diagnostics = builder.diagnostics
    if root == nil, diagnostics.isEmpty {
      diagnostics = [
        Diagnostic(
          .emptyFile, "the file holds nothing", at: 0..<0,
          help: "write a rule into it, or remove it")
      ]
    }
  }

  private static func byteFault(in bytes: [UInt8]) -> Diagnostic? {
    if bytes.count > maximumBytes {
      return Diagnostic(
        .fileTooLarge, "the file is larger than \(maximumBytes / 1024) KB",
        at: 0..<0, help: "split it into several files")
    }
    if let offset = firstInvalidByte(in: bytes) {
      return Diagnostic(
        .notUTF8, "the file is not UTF-8 text from here on", at: offset..<offset + 1,
        help: "save it as UTF-8")
    }
    return nil
  }

  private static func firstInvalidByte(in bytes: [UInt8]) -> Int? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): offset += UTF8.width(scalar)
      case .emptyInput: return nil
      case .error: return min(offset, bytes.count - 1)
      }
    }
  }
}

extension Diagnostic.Code {
  /// The file is too large.
  package static let fileTooLarge = Self("E0001")

  /// The file is not UTF-8.
  package static let notUTF8 = Self("E0002")

  /// A tab indents a line.
  package static let tab = Self("E0003")

  /// The file is not YAML.
  package static let syntax = Self("E0004")

  /// An anchor or an alias.
  package static let anchor = Self("E0005")

  /// A tag.
  package static let tag = Self("E0006")

  /// A merge key.
  package static let mergeKey = Self("E0007")

  /// A key that stands there twice.
  package static let duplicateKey = Self("E0008")

  /// More than one document.
  package static let severalDocuments = Self("E0009")

  /// A key that is not a text.
  package static let keyNotText = Self("E0010")

  /// Too many nodes, or too deep.
  package static let tooComplex = Self("E0011")

  /// Nothing in the file.
  package static let emptyFile = Self("E0012")

  /// Every code of this phase.
  package static let yaml: [Self] = [
    .fileTooLarge, .notUTF8, .tab, .syntax, .anchor, .tag, .mergeKey, .duplicateKey,
    .severalDocuments, .keyNotText, .tooComplex, .emptyFile,
  ]
}
