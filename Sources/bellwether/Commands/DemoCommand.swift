import ArgumentParser
import Delivery
import Engine
import Expressions
import Foundation
import Postgres
import Rules
import Store
import Transport

/// `bellwether demo`: a made-up business, watched for real.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Make a sample business, run four rules on it, and catch their mails and webhooks.",
    discussion: """
      Starts a private PostgreSQL unless --database or DATABASE_URL names an empty one, fills it \
      with two firms and two years of orders, runs the shipped rules and receives on loopback what \
      they send. A second demo finds everything done and creates nothing twice; --fresh starts over.
      """)

  @Flag(help: "Throw the demo's data away first and make it anew for today.")
  var fresh = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  static let rules = ["dormant_customer", "low_stock", "missed_order", "revenue_decline"]

  func run() async throws {
    var options = database
    // The demo has a private server of its own, so that it never meets real data.
    options.state = options.state ?? options.stateFolder + "/demo"
    let loaded = LoadedProject(try Project(root: project.root))
    let ruleSet = try loaded.requireRules()
    let rules = try RunCommand.select(Self.rules, from: ruleSet)
    try await Composition.withDatabase(options) { session in
      let now = try await prepare(session)
      let mail = try await MailCatcher.start()
      let hooks = try await WebhookCatcher.start()
      do {
        let engine = try session.engine(ruleSet: ruleSet, settings: loaded.settings)
        var reports: [TenantReport] = []
        for tenant in try await engine.tenants() {
          note("running \(rules.count) rules for \(tenant.name)")
          let request = RunRequest(
            name: "demo", rules: rules, nominal: now, requestedBy: "demo")
          reports.append(try await engine.run(request, for: tenant))
        }
        let summary = try await Composition.deliver(
          session, settings: demoSettings(loaded.settings, mail: mail, hooks: hooks),
          secrets: { _ in Self.secret })
        try await show(reports, summary, rules, mail, hooks)
        try await mail.stop()
        try await hooks.stop()
      } catch {
        try? await mail.stop()
        try? await hooks.stop()
        throw error
      }
    }
  }

  /// Only ever used between the demo and itself.
  private static let secret = "whsec_" + Data("bellwether demo, not a real secret".utf8)
    .base64EncodedString()
}
