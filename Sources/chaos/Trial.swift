import Foundation
import SQLText

/// One run of the suite.
struct Trial: Sendable {
  var folder: URL
  var program: String
  var minutes: Double
  var seed: UInt64
  var lease: Int

  /// How many accounts come at once; twelve times as many are the most that wait.
  var accountsAtOnce = 500

  /// What a test does to the database before it is judged.
  var sabotage: (@Sendable (Site) async throws -> Void)?

  func run() async throws -> Figures {
    let ledger = Ledger(seed: seed)
    let hooks = try HookReceiver.start(ledger)
    let mails = try MailReceiver.start(ledger)
    let project = folder.appending(path: "project")
    let logs = folder.appending(path: "logs")
    try Business.write(to: project, httpPort: hooks.port, mailPort: mails.port)
    try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    let site = try await Site(in: folder.appending(path: "state").path)
    try await site.make()
    _ = try await site.query("CREATE TABLE chaos_fault (at timestamptz NOT NULL)")
    let workers = Workers(
      program: program, project: project, logs: logs, url: await site.url, lease: lease)
    var figures = Figures()
    figures.seed = seed
    let start = ContinuousClock.now
    do {
      try workers.keepRunning()
      try await site.waitForTables()
      try await injectFaults(site, workers, &figures)
      note("no more faults; waiting for rest")
      ledger.behave()
      try await comeToRest(site, workers, &figures)
      await workers.stop()
      figures.seconds = Int((ContinuousClock.now - start).components.seconds)
      try await sabotage?(site)
      let judge = Judge(site: site, ledger: ledger.snapshot, logs: logs)
      try await judge.judge(&figures)
    } catch {
      await workers.stop()
      await site.stop()
      throw error
    }
    await site.stop()
    return figures
  }

  private func injectFaults(
    _ site: Site, _ workers: Workers, _ figures: inout Figures
  ) async throws {
    var random = Seeded(seed: seed ^ 0xC4A05)
    var stopped: [Workers.Role: ContinuousClock.Instant] = [:]
    let start = ContinuousClock.now
    let end = start + .milliseconds(Int(minutes * 60_000))
    var round = 0
    while ContinuousClock.now < end {
      round += 1
      try workers.keepRunning()
      for (role, until) in stopped where ContinuousClock.now > until {
        workers.signal(SIGCONT, role)
        stopped[role] = nil
      }
      if try await site.unfinished() < 12 * accountsAtOnce {
        try await site.openAccounts(accountsAtOnce)
      }
      if round % 4 == 0 { try await site.skipWaits() }
      try await injectOne(site, workers, &figures, &random, &stopped)
      if round % 60 == 0 { try await progress(site, figures, since: start) }
      try await Task.sleep(for: .milliseconds(Int.random(in: 100...500, using: &random)))
    }
    for role in stopped.keys { workers.signal(SIGCONT, role) }
  }

  private func injectOne(
    _ site: Site, _ workers: Workers, _ figures: inout Figures, _ random: inout Seeded,
    _ stopped: inout [Workers.Role: ContinuousClock.Instant]
  ) async throws {
    switch Int.random(in: 0..<1000, using: &random) {
    case 0..<400:
      guard workers.signal(SIGKILL, using: &random) != nil else { return }
      figures.processKills += 1
    case 400..<800:
      guard try await site.cutSession() else { return }
      figures.sessionKills += 1
    case 800..<830:
      guard stopped.count < 2, let role = workers.signal(SIGSTOP, using: &random) else { return }
      let longest = min(60, max(2, Int(minutes * 15)))
      stopped[role] = .now + .seconds(Int.random(in: 1...longest, using: &random))
      figures.stops += 1
    case 830..<840:
      try await site.restart()
      figures.restarts += 1
    default: return
    }
    figures.kills = figures.processKills + figures.sessionKills
    _ = try await site.query("INSERT INTO chaos_fault VALUES (clock_timestamp())")
  }

  private func comeToRest(
    _ site: Site, _ workers: Workers, _ figures: inout Figures
  ) async throws {
    let end = ContinuousClock.now + .seconds(180)
    var round = 0
    while ContinuousClock.now < end {
      try workers.keepRunning()
      try await site.skipWaits()
      let left = try await site.unfinished()
      if left <= 0 { return }
      if round % 10 == 0 { note("\(left) tasks and deliveries are still to be made") }
      round += 1
      try await Task.sleep(for: .milliseconds(500))
    }
    figures.broken.append("not at rest after 180 s: \(try await site.unfinished()) left")
  }

  private func progress(
    _ site: Site, _ figures: Figures, since start: ContinuousClock.Instant
  ) async throws {
    let events = try await site.number("SELECT count(*) FROM bellwether.event")
    note(
      "\((ContinuousClock.now - start).components.seconds) s: \(events) events, "
        + "\(figures.kills) kills, \(figures.restarts) restarts, "
        + "\(try await site.unfinished()) under way")
  }
}
