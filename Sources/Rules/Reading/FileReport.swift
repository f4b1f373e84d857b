import Diagnostics
import YAML

/// What is found wrong with one file while it is read.
struct FileReport {
  let source: SourceText
  private(set) var diagnostics: [Diagnostic]

  /// Names whose own definition failed: complaints about them would only repeat that.
  var broken: Set<String> = []

  init(_ source: SourceText, _ diagnostics: [Diagnostic] = []) {
    self.source = source
    self.diagnostics = diagnostics
  }

  var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  /// Whether anything but a part of the file has errors.
  func hasErrors(outside part: Range<Int>?) -> Bool {
    diagnostics.contains { diagnostic in
      diagnostic.severity == .error && part?.contains(diagnostic.span.lowerBound) != true
    }
  }

  var fileDiagnostics: FileDiagnostics {
    FileDiagnostics(source: source, diagnostics: diagnostics)
  }

  mutating func error(
    _ code: Diagnostic.Code, _ message: String, at span: Range<Int>, help: String? = nil
  ) {
    diagnostics.append(Diagnostic(code, message, at: span, help: help))
  }

  mutating func warn(
    _ code: Diagnostic.Code, _ message: String, at span: Range<Int>, help: String? = nil
  ) {
    diagnostics.append(Diagnostic(code, message, at: span, severity: .warning, help: help))
  }

  /// Takes warnings out again; whether there were any.
  mutating func removeWarnings(where isAllowed: (Diagnostic) -> Bool) -> Bool {
    let count = diagnostics.count
    diagnostics.removeAll { $0.severity == .warning && isAllowed($0) }
    return diagnostics.count < count
  }

  mutating func add(_ found: [Diagnostic]) { diagnostics += found }

  /// Warns where a comment follows a sentence, of which it may have been meant as a part.
  mutating func warnOfCut(_ scalar: Scalar) {
    guard let comment = scalar.comment, !LintComment.isOne(source.bytes[comment]) else { return }
    warn(
      .textCut, "the text is cut off here: ` #` begins a comment", at: comment,
      help: "put quotes around the whole text, or the comment on a line of its own")
  }

  /// Takes what was found in the decoded text of a scalar, moved to its place in the file.
  mutating func add(_ found: [Diagnostic], in scalar: Scalar) {
    for diagnostic in found where !isAboutBrokenName(diagnostic, in: scalar.text) {
      diagnostics.append(diagnostic.mapSpan(scalar.map.sourceRange))
    }
  }

  func isAboutBrokenName(_ diagnostic: Diagnostic, in text: String) -> Bool {
    guard !broken.isEmpty else { return false }
    let bytes = Array(text.utf8)
    let named = bytes[diagnostic.span.clamped(to: 0..<bytes.count)]
    let word = String(decoding: named, as: UTF8.self)
    return broken.contains(word) || broken.contains(String(word.prefix { $0 != "[" && $0 != "(" }))
  }
}

/// The first of a sentence's candidates that is near what was typed.
func didYouMean(_ word: String, among candidates: some Sequence<String>) -> String? {
  nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
}

/// What was meant by a word, or else what there is.
func suggestion(for word: String, among candidates: [String]) -> String {
  let known = candidates.map { "`\($0)`" }
  return didYouMean(word, among: candidates)
    ?? (known.isEmpty
      ? "there are none yet"
      : "there \(known.count == 1 ? "is" : "are") \(known.joined(separator: ", "))")
}

/// `a, b or c`.
func alternatives(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " or " + last
}
