import Foundation
import Support
import Synchronization
import Testing

@testable import Server

@Suite("The figures for Prometheus")
struct FiguresTests {
  @Test("are measured once in a while, however often they are asked for")
  func kept() async {
    let time = Mutex(Duration.zero)
    let measured = Mutex(0)
    let gauges = KeptGauges(lifetime: .seconds(5)) { time.withLock { $0 } }
    func read() async -> Double? {
      await gauges.read {
        [
          (
            "n",
            measured.withLock {
              $0 += 1; return Double($0)
            }
          )
        ]
      }.first?.value
    }
    #expect(await read() == 1)
    time.withLock { $0 = .milliseconds(4999) }
    #expect(await read() == 1)
    time.withLock { $0 = .seconds(5) }
    #expect(await read() == 2)
    #expect(await read() == 2)
  }

  @Test("are text that Prometheus reads: each family said once, each sample under its own")
  func format() async throws {
    try await withServedShop { shop in
      try await shop.process()
      _ = try await shop.send("GET", "/api/rules", token: shop.token())
      shop.metrics.count(deliveries: 2, channel: "webhook", outcome: "a \"strange\" \\ one\n")
      let answer = try await shop.send("GET", "/metrics")
      #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      #expect(answer.text.hasSuffix("\n"))
      var (family, kind) = ("", "")
      var (families, samples) = (Set<String>(), Set<Substring>())
      let label = #"[a-z_]+="(?:[^"\\\n]|\\\\|\\"|\\n)*""#
      let sample = try Regex("([a-z_]+)(?:\\{\(label)(?:,\(label))*\\})? [0-9.e+-]+")
      for line in answer.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        let words = line.split(separator: " ", maxSplits: 3)
        if line.hasPrefix("# HELP ") {
          family = String(words[2])
          #expect(words.count == 4 && families.insert(family).inserted, "\(line)")
        } else if line.hasPrefix("# TYPE ") {
          #expect(words[2] == family, "\(line)")
          kind = String(words[3])
          #expect((kind == "counter") == family.hasSuffix("_total"), "\(line)")
        } else {
          let match = try #require(try sample.wholeMatch(in: line), "\(line)")
          let name = try #require(match[1].substring)
          let names = kind == "summary" ? ["\(family)_sum", "\(family)_count"] : [family]
          #expect(names.contains(String(name)), "\(line)")
          let place = try #require(line.lastIndex(of: " "))
          #expect(samples.insert(line[..<place]).inserted, "\(line)")
        }
      }
      #expect(families.count == 12 && samples.count >= 12, "\(answer.text)")
      let tool = "/usr/bin/promtool"
      if FileManager.default.isExecutableFile(atPath: tool) {
        #expect(try await Self.complaints(of: tool, about: answer.text) == "")
      }
    }
  }

  private static func complaints(of tool: String, about text: String) async throws -> String {
    let folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-figures"))
    let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
    try text.write(to: input, atomically: true, encoding: .utf8)
    try "".write(to: output, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = ["check", "metrics"]
    process.standardInput = try FileHandle(forReadingFrom: input)
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in done.resume() }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    let said = try String(contentsOf: output, encoding: .utf8)
    return process.terminationStatus == 0 ? said : "exit \(process.terminationStatus): \(said)"
  }
}
