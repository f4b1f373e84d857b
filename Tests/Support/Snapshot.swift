package import Testing
import Foundation

/// Compares `text` with a file beside the test, or rewrites the file when `UPDATE_SNAPSHOTS=1`.
///
/// ```swift
/// try expectSnapshot(rendered, "Golden/unknown-name.txt")
/// ```
package func expectSnapshot(
  _ text: String, _ path: String, file: String = #filePath,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let url = URL(filePath: file).deletingLastPathComponent().appending(path: path)
  if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url, atomically: true, encoding: .utf8)
  }
  let recorded = try? String(contentsOf: url, encoding: .utf8)
  #expect(
    recorded == text, "run with UPDATE_SNAPSHOTS=1 and read the diff of \(path)",
    sourceLocation: sourceLocation)
}
