import ArgumentParser
import Engine
import Foundation
import Logging
import Postgres
import SQLText
import Store

/// A run of many rules over many rows, beside what PostgreSQL takes to hand the rows out.
struct EvaluateBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Runs many rules over a large business: time by phase, and as ratios to limits.",
    discussion: """
      Starts a private PostgreSQL, fills it, draws rules and runs them by the engine for every
      tenant. The limit of reading is psql's COPY of the very same queries to /dev/null, that of
      writing is psql's COPY of the same rows into bare tables; both are measured in turn with
      the engine's runs, and the figures are medians of the repetitions.

      EXAMPLES:
        swift run -c release bench evaluate
        swift run -c release bench evaluate --customers 1000000 --rules 100 --tenants 1
        swift run -c release bench evaluate --peers --peer-sample 50 --json
        swift run -c release bench evaluate --prometheus ../peers
      """)

  @Option(help: "Customers of all tenants.") var customers = 100_000
  @Option(help: "Orders of all tenants, over one year.") var orders = 1_000_000
  @Option(help: "Tenants.") var tenants = 20
  @Option(help: "Rules, each run for every tenant.") var rules = 1000
  @Option(help: "Alerts that the writing run opens.") var alerts = 100_000
  @Option(name: .customLong("repeat"), help: "Repetitions.") var repetitions = 3
  @Flag(help: "Also run each rule as a query of its own.") var peers = false
  @Option(help: "Run only this many rules as queries of their own, and multiply.")
  var peerSample: Int?
  @Option(
    help: ArgumentHelp(
      "Also run Prometheus over 1,000 rules for 1,000 customers, by the scripts in this folder.",
      valueName: "folder"))
  var prometheus: String?
  @Flag(help: "End with one line of JSON.") var json = false

  func validate() throws {
    guard tenants > 0, customers >= tenants, orders >= 0, rules > 0, repetitions > 0, alerts > 0
    else { throw ValidationError("sizes must be positive, with a customer for each tenant") }
  }

  func run() async throws {
    LoggingSystem.bootstrap { SwiftLogNoOpLogHandler($0) }
    var figures = EvaluateFigures(tenants: tenants, customers: customers, rules: rules)
    try await PrivateDatabase.with { database in
      progress("making \(customers) customers with \(orders) orders in \(tenants) tenants")
      let business = SampleBusiness(tenants: tenants, customers: customers, orders: orders)
      try await business.install(on: database.connection)
      let quantiles = try await Quantiles.read(on: database.connection)
      let drawn = ThresholdRule.draw(rules, from: quantiles)
      try await measureReading(drawn, database, &figures)
      if peers { try await measurePeers(drawn, database, &figures) }
      try await measureWriting(database, &figures)
    }
    try await measurePrometheus(&figures)
    print(figures.text)
    if json { print(figures.json) }
  }

  private func measureReading(
    _ drawn: [ThresholdRule], _ database: PrivateDatabase, _ figures: inout EvaluateFigures
  ) async throws {
    progress("loading \(rules) rules")
    let runs = EngineRuns(
      try BenchProject.load(drawn.map { ($0.name, $0.yaml) }), on: database.connection)
    let limit = try await runs.limitScript()
    // So that whoever comes first does not read from the disk for the other.
    _ = try database.psqlSeconds(limit)
    for round in 1...repetitions {
      progress("round \(round) of \(repetitions)")
      figures.limits.append(try database.psqlSeconds(limit))
      figures.readings.append(try await runs.run())
      figures.readingMemory = peakMemory()
    }
  }

  /// Runs rules one by one in SQL, and holds the engine's counts to theirs.
  private func measurePeers(
    _ drawn: [ThresholdRule], _ database: PrivateDatabase, _ figures: inout EvaluateFigures
  ) async throws {
    let sample = Array(drawn.prefix(peerSample ?? drawn.count))
    progress("running \(sample.count) rules as queries of their own")
    let clock = ContinuousClock()
    let start = clock.now
    for rule in sample {
      let found = try await database.connection.query(rule.ownQuery)[0][0].flatMap(Int.init)
      let matched = figures.readings.last?.counts[rule.name]?.matched
      guard found == matched else {
        throw BenchError(
          description: "\(rule.name): SQL finds \(found ?? -1), the engine \(matched ?? -1)")
      }
    }
    let seconds = (clock.now - start) / .seconds(1)
    figures.peerSample = sample.count
    figures.peer = seconds * Double(drawn.count) / Double(sample.count)
  }

  /// Opens alerts with rules that only state and with rules that act; then looks at them again.
  private func measureWriting(
    _ database: PrivateDatabase, _ figures: inout EvaluateFigures
  ) async throws {
    let connection = database.connection
    for round in 1...repetitions {
      progress("opening \(alerts) alerts, round \(round) of \(repetitions)")
      try await WritingRules.clear(connection)
      let plain = try WritingRules.load(alerts, of: customers, acting: false)
      let runs = EngineRuns(plain, on: connection)
      figures.openings.append(try await runs.run())
      figures.repeats.append(try await runs.run(daysLater: 1))
      figures.copies.append(try await bareCopySeconds(database))
      figures.writingMemory = peakMemory()

      try await WritingRules.clear(connection)
      let acting = try WritingRules.load(alerts, of: customers, acting: true)
      figures.actings.append(try await EngineRuns(acting, on: connection).run())
      figures.actingMemory = peakMemory()
    }
  }

  /// Runs as many rules over as many customers as Prometheus is given, and Prometheus.
  private func measurePrometheus(_ figures: inout EvaluateFigures) async throws {
    guard let prometheus else { return }
    let peer = PrometheusPeer(folder: prometheus)
    guard peer.isThere else {
      figures.prometheusSkipped = "there is no prom_run.py in \(prometheus)"
      return
    }
    figures.small = try await PrivateDatabase.with { database in
      try await SampleBusiness(
        tenants: 1, customers: PrometheusPeer.customers, orders: PrometheusPeer.orders
      ).install(on: database.connection)
      let drawn = ThresholdRule.draw(
        PrometheusPeer.rules, from: try await Quantiles.read(on: database.connection))
      let runs = EngineRuns(
        try BenchProject.load(drawn.map { ($0.name, $0.yaml) }), on: database.connection)
      var totals: [EngineRuns.Total] = []
      for _ in 0..<max(5, repetitions) { totals.append(try await runs.run()) }
      return totals
    }
    progress("running Prometheus, about two minutes")
    figures.prometheus = try await peer.measure()
  }

  /// Seconds that psql takes to copy the alerts there are, and their stories, into tables without
  /// indexes.
  private func bareCopySeconds(_ database: PrivateDatabase) async throws -> Double {
    var script = "BEGIN;\n"
    for table in ["alert", "alert_change"] {
      let file = database.file(table)
      _ = try database.psqlSeconds("\\copy bellwether.\(table) TO '\(file)' (FORMAT binary)\n")
      try await database.connection.execute(
        script: """
          DROP TABLE IF EXISTS bare_\(table);
          CREATE TABLE bare_\(table) (LIKE bellwether.\(table))
          """)
      script += "\\copy bare_\(table) FROM '\(file)' (FORMAT binary)\n"
    }
    return try database.psqlSeconds(script + "COMMIT;\n")
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
