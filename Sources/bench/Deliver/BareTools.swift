import Foundation

/// Programs that send as we do and keep nothing, and the receivers they are measured against.
///
/// `curlhook.c`, `curlsmtp.c`, `web/nginx.conf`, `web/post.lua` and `am_run.py` stand in a folder
/// that is not part of this package; what is missing is said and skipped.
struct BareTools: Sendable {
  private let folder: String
  private let work: URL

  init(folder: String) throws {
    self.folder = URL(filePath: folder).standardizedFileURL.path
    work = FileManager.default.temporaryDirectory
      .appending(path: "bellwether-deliver-\(ProcessInfo.processInfo.processIdentifier)")
    for name in ["b", "p", "f", "u", "s"] {
      try FileManager.default.createDirectory(
        at: work.appending(path: name), withIntermediateDirectories: true)
    }
  }

  func remove() { try? FileManager.default.removeItem(at: work) }

  // MARK: Receivers

  /// nginx, which answers 204; `nil` when it or its settings are missing.
  func startWebServer(_ skipped: inout Set<String>) throws -> Receiver? {
    guard let nginx = program("nginx", of: "nginx-light", &skipped),
      let settings = file("web/nginx.conf", &skipped)
    else { return nil }
    let port = try LoopbackSocket.freePort()
    let text = try String(contentsOfFile: settings, encoding: .utf8)
      .split(separator: "\n").filter { !$0.contains("8443") }.joined(separator: "\n")
      .replacing("/var/tmp/bench-peers/web", with: work.path).replacing("8099", with: "\(port)")
    let path = work.appending(path: "nginx.conf")
    try text.write(to: path, atomically: true, encoding: .utf8)
    let log = work.appending(path: "error.log").path
    return try Receiver(port: port, nginx, ["-c", path.path, "-p", work.path, "-e", log])
  }

  /// smtp-sink, which takes every mail; `nil` when it is missing.
  func startMailServer(_ skipped: inout Set<String>) throws -> Receiver? {
    guard let sink = program("smtp-sink", of: "postfix", &skipped) else { return nil }
    let port = try LoopbackSocket.freePort()
    let account = geteuid() == 0 ? ["-u", "nobody"] : []
    return try Receiver(port: port, sink, account + ["127.0.0.1:\(port)", "1000"])
  }

  // MARK: Rates, per second

  func curlRate(
    _ url: String, count: Int, _ concurrency: Int, _ skipped: inout Set<String>
  ) throws -> Double? {
    guard let loop = try compiled("curlhook", &skipped) else { return nil }
    let text = try output(loop, [url, "\(count)", "\(concurrency)"])
    return try number(#/ok \d+, (\d+) req/s/#, in: text)
  }

  func curlMailRate(
    _ port: Int, count: Int, _ concurrency: Int, _ skipped: inout Set<String>
  ) throws -> Double? {
    guard let loop = try compiled("curlsmtp", &skipped) else { return nil }
    let text = try output(loop, ["smtp://127.0.0.1:\(port)", "\(count)", "\(concurrency)"])
    return try number(#/ok \d+, (\d+) msg/s/#, in: text)
  }

  func wrkRate(
    _ url: String, _ concurrency: Int, _ skipped: inout Set<String>
  ) throws -> Double? {
    guard let wrk = program("wrk", of: "wrk", &skipped), let script = file("web/post.lua", &skipped)
    else { return nil }
    let text = try output(wrk, ["-t1", "-c\(concurrency)", "-d2s", "-s", script, url])
    return try number(#/Requests/sec:\s+([\d.]+)/#, in: text)
  }

  func heyRate(
    _ url: String, _ count: Int, _ concurrency: Int, _ skipped: inout Set<String>
  ) throws -> Double? {
    guard let hey = program("hey", of: "hey", &skipped) else { return nil }
    let body = String(repeating: "x", count: 1024)
    let text = try output(
      hey, ["-n", "\(count)", "-c", "\(concurrency)", "-m", "POST", "-d", body, url])
    return try number(#/Requests/sec:\s+([\d.]+)/#, in: text)
  }

  func smtpSourceRate(
    _ port: Int, count: Int, _ concurrency: Int, _ skipped: inout Set<String>
  ) throws -> Double? {
    guard let source = program("smtp-source", of: "postfix", &skipped) else { return nil }
    let start = ContinuousClock.now
    _ = try output(
      source,
      [
        "-d", "-s", "\(concurrency)", "-m", "\(count)", "-l", "1024", "-f", "a@example.invalid",
        "-t", "b@example.invalid", "127.0.0.1:\(port)",
      ])
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
  }

  /// Webhooks a second of Alertmanager, one for each of ten thousand alerts.
  func alertmanagerRate(_ skipped: inout Set<String>) throws -> Double? {
    guard let script = file("am_run.py", &skipped) else { return nil }
    guard FileManager.default.isExecutableFile(atPath: "/var/tmp/bench-peers/am_bin.sh") else {
      skipped.insert("Alertmanager: run \(folder)/setup.sh first")
      return nil
    }
    let text = try output("/usr/bin/env", ["python3", script, "each"])
    let rates = text.matches(of: #/N=10000: .* webhooks \((\d+)/s/#).compactMap {
      Double($0.output.1)
    }
    return rates.sorted().dropFirst(rates.count / 2).first
  }

  // MARK: Pieces

  private func compiled(_ name: String, _ skipped: inout Set<String>) throws -> String? {
    let program = work.appending(path: name).path
    if FileManager.default.fileExists(atPath: program) { return program }
    guard let source = file("\(name).c", &skipped),
      let compiler = self.program("cc", of: "gcc", &skipped)
    else { return nil }
    guard
      FileManager.default.fileExists(atPath: "/usr/include/x86_64-linux-gnu/curl/curl.h")
        || FileManager.default.fileExists(atPath: "/usr/include/curl/curl.h")
    else {
      skipped.insert("\(name): libcurl's headers are missing (Debian: libcurl4-openssl-dev)")
      return nil
    }
    _ = try output(compiler, ["-O2", "-o", program, source, "-lcurl"])
    return program
  }

  private func file(_ name: String, _ skipped: inout Set<String>) -> String? {
    let path = folder + "/" + name
    if FileManager.default.fileExists(atPath: path) { return path }
    skipped.insert("there is no \(name) in \(folder) (--peers FOLDER)")
    return nil
  }

  private func program(
    _ name: String, of package: String, _ skipped: inout Set<String>
  ) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin"]
    let found = folders.map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    if found == nil { skipped.insert("\(name) is missing (Debian: \(package))") }
    return found
  }

  private func output(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchError(description: "\(program) ended with \(process.terminationStatus): \(text)")
    }
    return text
  }

  private func number(_ pattern: Regex<(Substring, Substring)>, in text: String) throws -> Double {
    guard let match = text.firstMatch(of: pattern), let number = Double(match.output.1) else {
      throw BenchError(description: "no rate in: \(text)")
    }
    return number
  }
}

/// A server that runs until it is stopped.
struct Receiver {
  let port: Int
  private let process: Process

  /// Starts `program` and waits until its port takes connections.
  init(port: Int, _ program: String, _ arguments: [String]) throws {
    self.port = port
    process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<200 {
      if LoopbackSocket.isOpen(port) { return }
      usleep(20_000)
    }
    stop()
    throw BenchError(description: "\(program) does not listen on port \(port)")
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }
}

extension LoopbackSocket {
  /// Whether somebody listens on a port.
  static func isOpen(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
