import Foundation
import Postgres
import SQLText
import Server
import Support
import Testing

/// What Schemathesis, which makes requests up from an OpenAPI document, finds to complain of.
@Suite("Schemathesis")
struct SchemathesisTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  private static var isInstalled: Bool {
    ["python", "schemathesis"].allSatisfy {
      FileManager.default.fileExists(atPath: root.appending(path: ".venv/bin/\($0)").path)
    }
  }

  @Test(
    "finds nothing",
    .enabled(if: isInstalled, "scripts/setup-test-python installs schemathesis"))
  func findsNothing() async throws {
    try await withServedShop { shop in
      _ = try await shop.database.connection.query(
        "INSERT INTO account SELECT 'n' || n, 1, 'No. ' || n, 9 FROM generate_series(1, 60) AS n")
      try await shop.process()
      let folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-schemathesis"))
      let configuration = """
        [auth.openapi.tenant]
        bearer = "\(try await shop.token())"
        [auth.openapi.scheduler]
        bearer = "\(ServedShop.secret)"
        """
      try configuration.write(
        to: folder.appending(path: "schemathesis.toml"), atomically: true, encoding: .utf8)
      let outcome = try await python(
        [
          ".venv/bin/schemathesis", "--config-file", folder.path + "/schemathesis.toml", "run",
          shop.address + "/openapi.json", "--seed", "1", "--max-examples", "10", "--no-color",
          "--continue-on-failure", "--checks", "all", "--phases", "examples,coverage,fuzzing",
          // Names of rules that are made up are rightly unknown; tests of their own use real ones.
          "--max-time", "10", "--warnings", "missing_auth,validation_mismatch",
        ], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.output)")
      #expect(outcome.output.contains("No issues found"), "\(outcome.output)")
    }
  }

  private func python(
    _ arguments: [String], in folder: URL
  ) async throws -> (exitCode: Int32, output: String) {
    let process = Process()
    process.executableURL = Self.root.appending(path: ".venv/bin/python")
    process.arguments = [Self.root.appending(path: arguments[0]).path] + arguments.dropFirst()
    process.currentDirectoryURL = folder
    let file = folder.appending(path: "output")
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    let handle = try FileHandle(forWritingTo: file)
    process.standardOutput = handle
    process.standardError = handle
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in done.resume() }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    return (process.terminationStatus, try String(contentsOf: file, encoding: .utf8))
  }
}
