/// One thing wrong with what the user wrote, and where.
///
/// A diagnostic is a value: phases collect them and go on, so that one run reports every mistake.
/// It holds no rendered text; `DiagnosticRenderer` gives the terminal form.
package struct Diagnostic: Sendable, Hashable {
  /// How much a diagnostic matters: an error stops the file from loading, a warning does not.
  package enum Severity: String, Sendable { case error, warning }

  /// A stable name for the mistake, such as `E0412`, under which `docs/errors/` explains it.
  package struct Code: Sendable, Hashable {
    /// The code as users see it.
    package let name: String

    /// Declares a code; each phase declares its own in a single extension.
    package init(_ name: String) { self.name = name }
  }

  /// What kind of mistake this is.
  package var code: Code

  /// Whether it stops the file from loading.
  package var severity: Severity

  /// One sentence without a full stop, in the words of whoever wrote the file.
  package var message: String

  /// The bytes of the file that are underlined.
  package var span: Range<Int>

  /// What to do about it; `nil` where we would be guessing.
  package var help: String?

  /// Creates a diagnostic.
  package init(
    _ code: Code, _ message: String, at span: Range<Int>, severity: Severity = .error,
    help: String? = nil
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.span = span
    self.help = help
  }

  /// The same diagnostic with its span moved, as from an expression's text to its file.
  package func mapSpan(_ transform: (Range<Int>) -> Range<Int>) -> Diagnostic {
    var moved = self
    moved.span = transform(span)
    return moved
  }
}

/// What is wrong with one file.
package struct FileDiagnostics: Sendable, Hashable {
  /// The file.
  package var source: SourceText

  /// What was found, in the order of the file.
  package var diagnostics: [Diagnostic]

  /// Pairs a file with what was found in it, sorted by place.
  package init(source: SourceText, diagnostics: [Diagnostic]) {
    self.source = source
    self.diagnostics = diagnostics.sorted {
      ($0.span.lowerBound, $0.code.name, $0.message)
        < ($1.span.lowerBound, $1.code.name, $1.message)
    }
  }
}
