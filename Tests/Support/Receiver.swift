import Foundation

/// HTTP and SMTP servers that misbehave on request, in a Python process that all tests share.
///
/// `Tests/DeliveryTests/Fixtures/receiver.py` says what they can do. The process ends with ours,
/// because it reads a pipe that we hold. Needs what `scripts/setup-test-python` installs.
package struct Receiver: Sendable {
  /// Ports by name: `http`, `https`, `oldTLS`, `smtp`, `startTLS`, `smtps`.
  package let ports: [String: Int]

  /// The authority that the servers' certificates are from, in PEM.
  package let certificate: [UInt8]

  private let folder: String

  /// The process, started at the first use.
  package static var shared: Receiver {
    get async throws { try await starting.value }
  }

  private static let starting = Task { try start() }

  /// Where an HTTP server does `action` for what is recorded under `tag`.
  package func url(_ tag: String, _ action: String, over server: String = "http") -> String {
    "\(server == "http" ? "http" : "https")://127.0.0.1:\(port(server))/\(tag)/\(action)"
  }

  /// The port of a server.
  package func port(_ server: String) -> Int {
    guard let port = ports[server] else { preconditionFailure("there is no server \(server)") }
    return port
  }

  /// What was received under `tag`, in order, as JSON objects.
  package func records<Record: Decodable>(_ tag: String, as type: Record.Type) throws -> [Record] {
    let path = "\(folder)/\(tag).jsonl"
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    return try data.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(type, from: Data($0))
    }
  }

  private struct Greeting: Decodable {
    var ports: [String: Int]
    var certificate: String
  }

  private static func start() throws -> Receiver {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
      .standardizedFileURL
    let python = root.appending(path: ".venv/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      throw Missing(path: python.path)
    }
    let folder = TemporaryFolder.make(prefix: "bellwether-receiver")
    let process = Process()
    let output = Pipe()
    let input = Pipe()
    process.executableURL = python
    process.arguments = [
      "-W", "ignore",
      root.appending(path: "Tests/DeliveryTests/Fixtures/receiver.py").path, folder,
    ]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    Held.keep(process, input)
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      let bytes = output.fileHandleForReading.availableData
      guard !bytes.isEmpty else { throw Missing(path: "an answer of receiver.py") }
      line += bytes
    }
    let greeting = try JSONDecoder().decode(Greeting.self, from: line)
    return Receiver(
      ports: greeting.ports, certificate: Array(greeting.certificate.utf8), folder: folder)
  }
}

/// What is not there and how to get it.
private struct Missing: Error, CustomStringConvertible {
  var path: String
  var description: String { "\(path) is missing: run scripts/setup-test-python" }
}

/// The process and the pipe whose end ends it.
private enum Held {
  // Written once, by the task that starts the process, and never read.
  nonisolated(unsafe) private static var objects: [Any] = []

  static func keep(_ process: Process, _ input: Pipe) { objects = [process, input] }
}
