import ArgumentParser
import Delivery
import Engine
import Expressions
import Foundation
import Postgres
import Rules
import Store

/// `bellwether demo`: a made-up business, watched for real.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Make a sample business, run four rules on it, and catch their mails and webhooks.",
    discussion: """
      Fills a database with two firms and two years of orders, runs the shipped rules and receives \
      on loopback what they send. Without --database or DATABASE_URL it starts a private PostgreSQL \
      that only the demo uses. A second demo creates nothing twice.
      """)

  @Flag(help: "Print the run as one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  static let rules = ["dormant_customer", "low_stock", "missed_order", "revenue_decline"]

  func run() async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let ruleSet = try loaded.requireRules()
    let rules = try RunCommand.select(Self.rules, from: ruleSet)
    var options = database
    options.state = stateFolder
    note("starting the database")
    let session = try await DatabaseSession.open(options, settings: loaded.settings)
    do {
      try await run(
        rules, try session.engine(ruleSet: ruleSet, settings: loaded.settings), loaded,
        session)
    } catch {
      await session.close()
      throw error
    }
    await session.close()
  }

  private func run(
    _ rules: [Rule], _ engine: Engine, _ loaded: LoadedProject, _ session: DatabaseSession
  ) async throws {
    let now = try await session.now()
    guard try await DemoData.mayUse(session.connection) else {
      throw CommandFailure(
        "the database has tables of its own, and the demo would mix its business into them",
        help: "unset DATABASE_URL to let the demo start a private server, or name an empty "
          + "database with --database")
    }
    note("making two firms and two years of orders, unless they are there")
    let firms = try await DemoData.install(on: session.connection, now: now)
    let mail = try await MailCatcher.start()
    let webhooks = try await WebhookCatcher.start()
    let outcome: Result<([TenantReport], DeliverySummary), any Error>
    do {
      var reports: [TenantReport] = []
      for tenant in try await engine.tenants() {
        note("running \(rules.count) rules for \(tenant.name)")
        let request = RunRequest(name: "demo", rules: rules, nominal: now, requestedBy: "demo")
        reports.append(try await engine.run(request, for: tenant))
      }
      note("delivering")
      let secret = Self.secret
      let summary = try await session.deliver(
        settings: Self.settings(loaded.settings, mail: mail.port, webhooks: webhooks.url),
        secrets: { _ in secret })
      outcome = .success((reports, summary))
    } catch {
      outcome = .failure(error)
    }
    let samples = (mail: await mail.samples.first, webhook: await webhooks.samples.first)
    await mail.stop()
    await webhooks.stop()
    let (reports, summary) = try outcome.get()
    if json {
      print(RunOutput.json(reports, failures: [], rules: rules, isDryRun: false))
    } else {
      print(
        DemoOutput.text(
          firms: firms, reports: reports, summary: summary, mail: samples.mail,
          webhook: samples.webhook, place: place(of: session)))
    }
  }

  private func place(of session: DatabaseSession) -> String {
    if session.isPrivate { return " --state \(stateFolder)" }
    return database.database == nil ? "" : " --database URL"
  }

  /// A folder of its own, so that the demo never meets real data.
  private var stateFolder: String { database.stateFolder + "/demo" }

  /// The project's settings with mail and every endpoint bent to the demo's own catchers.
  private static func settings(_ settings: Settings, mail: Int, webhooks: String) -> Settings {
    var settings = settings
    settings.smtp = SMTPSettings(
      host: "127.0.0.1", port: mail, from: "Bellwether demo <demo@bellwether.example>",
      security: .none)
    for name in settings.endpoints.keys {
      settings.endpoints[name] = EndpointSettings(
        name: name, url: webhooks, secretVariables: ["DEMO_SECRET"], allowsPrivateNetwork: true)
    }
    return settings
  }

  /// Signs what goes from the demo to itself and is good for nothing else.
  private static let secret =
    "whsec_" + Data("bellwether's demo signs with this".utf8).base64EncodedString()
}
