package import Diagnostics

/// Reads `bellwether.yaml`.
package enum SettingsLoader {
  /// The settings, or `nil` when there are errors.
  package static func load(_ source: SourceText) -> (Settings?, FileDiagnostics) {
    (nil, FileDiagnostics(source: source, diagnostics: []))
  }
}
