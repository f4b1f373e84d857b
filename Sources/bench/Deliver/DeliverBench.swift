import ArgumentParser
import Foundation
import Logging

/// Webhooks and mails from the outbox to a receiver on this machine, beside bare tools that keep
/// nothing.
struct DeliverBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Sends webhooks and mails durably: rates, as ratios to bare loops, and latency.",
    discussion: """
      Starts a private PostgreSQL, a web server that answers 204 and a mail server that takes
      everything, queues events of several tenants for several endpoints, and lets the delivery
      worker send them: claimed, each attempt recorded before its first byte, sent, its outcome
      recorded. The bare loops send as much to the same receivers, in turn with ours, with as many
      transfers under way; the figures are medians of the repetitions. The loops, the web server's
      settings and Alertmanager's run are scripts that are not part of this package: without them
      the ratios are null.

      Needs from Debian: nginx-light wrk hey postfix libcurl4-openssl-dev gcc.

      EXAMPLES:
        swift run -c release bench deliver
        swift run -c release bench deliver --json
        swift run -c release bench deliver --events 5000 --mails 1000 --repeat 1
        swift run -c release bench deliver --alertmanager
      """)

  @Option(help: "Webhooks in one round.") var events = 20_000
  @Option(help: "Mails in one round.") var mails = 10_000
  @Option(help: "Events of the latency measurement, fifty a second.") var gentle = 500
  @Option(help: "Endpoints, all of them at the one receiver.") var endpoints = 4
  @Option(help: "Tenants.") var tenants = 4
  @Option(help: "Posts under way at once.") var concurrency = 64
  @Option(help: "Mails under way at once.") var mailConcurrency = 10
  @Option(name: .customLong("repeat"), help: "Repetitions.") var repetitions = 3
  @Option(help: ArgumentHelp("Where the bare loops' sources stand.", valueName: "folder"))
  var peers = "../shared/bench"
  @Flag(help: "Also run Alertmanager, by its script and what its setup.sh unpacked.")
  var alertmanager = false
  @Flag(help: "End with one line of JSON.") var json = false

  func validate() throws {
    guard events > 0, mails >= 0, gentle >= 0, endpoints > 0, tenants > 0, repetitions > 0,
      concurrency >= endpoints, mailConcurrency > 0
    else { throw ValidationError("sizes must be positive, with a post for each endpoint") }
  }

  func run() async throws {
    LoggingSystem.bootstrap { SwiftLogNoOpLogHandler($0) }
    var figures = DeliverFigures()
    let tools = try BareTools(folder: peers)
    defer { tools.remove() }
    try await PrivateDatabase.with { database in
      let outbox = MeasuredOutbox(
        database: database, tenants: tenants, endpoints: endpoints, concurrency: concurrency,
        mailConcurrency: mailConcurrency)
      try await measureWebhooks(outbox, tools, &figures)
      try await measureMails(outbox, tools, &figures)
      try await measureFirstBytes(outbox, &figures)
    }
    if alertmanager {
      progress("running Alertmanager, about a minute")
      figures.alertmanager = try tools.alertmanagerRate(&figures.skipped)
    }
    print(figures.text)
    if json { print(figures.json) }
  }

  private func measureWebhooks(
    _ outbox: MeasuredOutbox, _ tools: BareTools, _ figures: inout DeliverFigures
  ) async throws {
    let server = try tools.startWebServer(&figures.skipped)
    // Without nginx the receiver is a plain one in this process.
    let own = server == nil ? try LocalReceiver() : nil
    defer {
      server?.stop()
      own?.stop()
    }
    let url = "http://127.0.0.1:\(server?.port ?? own?.port ?? 0)/"
    for round in 1...repetitions {
      progress("webhooks, round \(round) of \(repetitions)")
      if let rate = try tools.curlRate(url, count: events, concurrency, &figures.skipped) {
        figures.rawWebhooks.append(rate)
      }
      if let rate = try tools.wrkRate(url, concurrency, &figures.skipped) { figures.wrk = rate }
      if let rate = try tools.heyRate(url, events, concurrency, &figures.skipped) {
        figures.hey = rate
      }
      figures.webhooks.append(try await outbox.webhookRate(events, url: url))
    }
  }

  private func measureMails(
    _ outbox: MeasuredOutbox, _ tools: BareTools, _ figures: inout DeliverFigures
  ) async throws {
    guard mails > 0, let sink = try tools.startMailServer(&figures.skipped) else { return }
    defer { sink.stop() }
    for round in 1...repetitions {
      progress("mails, round \(round) of \(repetitions)")
      if let rate = try tools.curlMailRate(
        sink.port, count: mails, mailConcurrency, &figures.skipped)
      {
        figures.rawMails.append(rate)
      }
      figures.smtpSource =
        try tools.smtpSourceRate(sink.port, count: mails, mailConcurrency, &figures.skipped)
        ?? figures.smtpSource
      figures.mails.append(try await outbox.mailRate(mails, port: sink.port))
    }
  }

  private func measureFirstBytes(
    _ outbox: MeasuredOutbox, _ figures: inout DeliverFigures
  ) async throws {
    guard gentle > 0 else { return }
    progress("\(gentle) events, fifty a second")
    let receiver = try LocalReceiver()
    defer { receiver.stop() }
    figures.firstBytes = try await outbox.firstBytes(gentle, receiver: receiver)
  }

  private func progress(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
