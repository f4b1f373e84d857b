import ArgumentParser
import Foundation

@main
struct Chaos: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chaos",
    abstract: "Kill the program over and over, and see whether every promise holds.",
    discussion: """
      Starts a private PostgreSQL, processes of the real program, and a receiver and a mail server \
      that misbehave; kills, stops and cuts off at random; then lets everything come to rest and \
      checks each promise of docs/chaos.md.

      Examples:
        scripts/chaos                      five minutes
        scripts/chaos --minutes 30 --json  the figures as one line of JSON, which is the last
        scripts/chaos --minutes 1 --seed 7

      Exit code: 0 every promise held, 1 one was broken, 2 wrong usage.
      """)

  @Option(help: "How long there are faults; coming to rest takes up to three minutes more.")
  var minutes = 5.0

  @Option(help: "What the faults are drawn from.")
  var seed: UInt64 = UInt64.random(in: 0...999_999)

  @Flag(help: "Print one line of JSON in place of the table.")
  var json = false

  @Option(help: .hidden) var leaseMilliseconds = 30_000
  @Option(help: .hidden) var program: String?
  @Option(help: "Where the database and the logs are kept; otherwise they are removed.")
  var keep: String?

  func validate() throws {
    guard minutes > 0 else { throw ValidationError("--minutes takes a number above 0") }
  }

  func run() async throws {
    signal(SIGPIPE, SIG_IGN)
    let folder = URL(filePath: keep ?? "/tmp/bellwether-chaos-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let beside = Bundle.main.executableURL?.deletingLastPathComponent()
      .appending(path: "bellwether").path
    let trial = Trial(
      folder: folder, program: program ?? beside ?? "bellwether", minutes: minutes, seed: seed,
      lease: leaseMilliseconds)
    let figures: Figures
    do {
      figures = try await trial.run()
    } catch {
      note("the suite itself failed, see \(folder.path): \(error)")
      throw ExitCode(1)
    }
    print(json ? figures.json : figures.text)
    if keep == nil, figures.broken.isEmpty { try? FileManager.default.removeItem(at: folder) }
    if !figures.broken.isEmpty { throw ExitCode(1) }
  }
}

/// Tells people; results alone go to the standard output.
func note(_ text: String) { FileHandle.standardError.write(Data("chaos: \(text)\n".utf8)) }
