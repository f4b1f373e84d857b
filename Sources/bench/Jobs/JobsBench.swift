import ArgumentParser
import Foundation
import Logging

/// The shipped daily jobs, beside hand-written SQL and a script that goes record by record.
struct JobsBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "Runs the shipped jobs over a large business: time, and as ratios to plain SQL.",
    discussion: """
      Starts a private PostgreSQL, fills the reference schema and, in turn, has the engine and
      hand-written set-based SQL compute the same job over all tenants, each time from the same
      state in which every row differs. Both must write the same. With --peers, a script that goes
      record by record does its jobs over data of the same size; where it does not run for all
      tenants, its time is multiplied. Figures are medians of the repetitions.

      EXAMPLES:
        swift run -c release bench jobs --scale S
        swift run -c release bench jobs --scale M --peers ../shared/bench --json
      """)

  enum Scale: String, ExpressibleByArgument, CaseIterable {
    case s = "S"
    case m = "M"
  }

  @Option(help: "S: 1 tenant, 1,000 customers, 500 SKUs; M: 20, 100,000 and 10,000.")
  var scale = Scale.s
  @Option(name: .customLong("repeat"), help: "Repetitions.") var repetitions = 3
  @Option(help: ArgumentHelp("The folder with the shipped rules.", valueName: "folder"))
  var rules = "rules"
  @Option(
    help: ArgumentHelp(
      "Also run the script that goes record by record, from this folder.", valueName: "folder"))
  var peers: String?
  @Flag(help: "End with one line of JSON.") var json = false

  func validate() throws {
    guard repetitions > 0 else { throw ValidationError("repetitions must be positive") }
  }

  func run() async throws {
    LoggingSystem.bootstrap { SwiftLogNoOpLogHandler($0) }
    var figures = JobsFigures(scale: scale.rawValue)
    let jobs = try MeasuredJob.load(from: rules)
    try await PrivateDatabase.with { database in
      let connection = database.connection
      progress("making the business of scale \(scale.rawValue)")
      try await business.install(on: connection)
      for job in jobs {
        for round in 1...repetitions {
          progress("\(job.name), round \(round) of \(repetitions)")
          try await job.measure(on: connection, into: &figures)
        }
      }
      figures.peakMemory = peakMemory()
    }
    if let peers {
      progress("running the script that goes record by record")
      for (job, seconds) in try RecordByRecordPeer(folder: peers, scale: scale).measure() {
        figures.jobs[job]?.naive = seconds
      }
    }
    print(figures.text)
    if json { print(figures.json) }
  }

  private var business: StockedBusiness {
    switch scale {
    case .s: StockedBusiness(tenants: 1, customers: 1000, orders: 5000, skus: 500)
    case .m: StockedBusiness(tenants: 20, customers: 100_000, orders: 1_000_000, skus: 10_000)
    }
  }

  private func progress(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// The most memory this process has had, in bytes; 0 where the system does not tell.
  private func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
}
