import Foundation
import Support

/// What a command came to.
struct Outcome: Sendable {
  var exitCode: Int32
  var output: String
  var errors: String
}

/// The repository.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../..").standardizedFileURL

/// Runs the built program as a person would.
func bellwether(
  _ arguments: String..., environment: [String: String] = [:]
) async throws -> Outcome {
  try await bellwether(arguments, environment: environment)
}

func bellwether(
  _ arguments: [String], environment: [String: String] = [:]
) async throws -> Outcome {
  try await run(program, arguments, environment: environment)
}

/// The built program.
var program: URL {
  let beside = Bundle.main.executableURL?.deletingLastPathComponent()
    .appending(path: "bellwether")
  if let beside, FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
  // The test helper of Swift Testing lives elsewhere; the bundle stands beside the program.
  return testBundle.deletingLastPathComponent().appending(path: "bellwether")
}

/// Runs a program in the repository's folder.
func run(
  _ executable: URL, _ arguments: [String], environment: [String: String] = [:]
) async throws -> Outcome {
  let process = Process()
  process.executableURL = executable
  process.arguments = arguments
  process.currentDirectoryURL = packageRoot
  var variables = ProcessInfo.processInfo.environment
  variables["DATABASE_URL"] = nil
  process.environment = variables.merging(environment) { $1 }
  let folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-command"))
  let paths = ["output", "errors"].map { folder.appending(path: $0) }
  for path in paths { _ = FileManager.default.createFile(atPath: path.path, contents: nil) }
  process.standardOutput = try FileHandle(forWritingTo: paths[0])
  process.standardError = try FileHandle(forWritingTo: paths[1])
  try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
    process.terminationHandler = { _ in done.resume() }
    do { try process.run() } catch { done.resume(throwing: error) }
  }
  return Outcome(
    exitCode: process.terminationStatus,
    output: try String(contentsOf: paths[0], encoding: .utf8),
    errors: try String(contentsOf: paths[1], encoding: .utf8))
}

/// The folder's `*.xctest` that holds the tests.
private var testBundle: URL {
  CommandLine.arguments.compactMap { argument in
    argument.contains(".xctest") ? URL(filePath: argument) : nil
  }.first.map { url in
    url.pathExtension == "xctest" ? url : url.deletingLastPathComponent()
  } ?? packageRoot.appending(path: ".build/debug/x")
}
