import Delivery
import Diagnostics
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Transport

/// One thing that was looked at.
struct Examination: Sendable {
  enum Verdict: String, Sendable { case well, warning, wrong }

  var subject: String
  var verdict: Verdict
  var finding: String

  /// What to do about it.
  var help: String?

  static func well(_ subject: String, _ finding: String) -> Self {
    .init(subject: subject, verdict: .well, finding: finding)
  }

  static func warning(_ subject: String, _ finding: String, help: String) -> Self {
    .init(subject: subject, verdict: .warning, finding: finding, help: help)
  }

  static func wrong(_ subject: String, _ finding: String, help: String) -> Self {
    .init(subject: subject, verdict: .wrong, finding: finding, help: help)
  }
}

/// Looks at everything that a project needs to run, and changes nothing.
struct Doctor: Sendable {
  var settings: Settings
  var secrets: @Sendable (String) -> String?
  var transport = CurlTransport.Configuration()
}

// MARK: Files

extension Doctor {
  /// What stands in the rules, conditions, templates and settings.
  func examine(_ project: LoadedProject) -> [Examination] {
    func count(_ isIncluded: (String) -> Bool) -> (errors: Int, warnings: Int) {
      let found = project.diagnostics.filter { isIncluded($0.source.path) }.flatMap(\.diagnostics)
      return (
        found.count { $0.severity == .error }, found.count { $0.severity == .warning }
      )
    }
    let rules = project.ruleSet?.rules.count ?? 0
    let isTemplate: (String) -> Bool = { $0.hasSuffix(".mustache") }
    return [
      report("rules", "\(rules) rules", count { !isTemplate($0) }),
      report("templates", "\(project.project.files.templates.count) files", count(isTemplate)),
    ]
  }

  private func report(
    _ subject: String, _ what: String, _ count: (errors: Int, warnings: Int)
  ) -> Examination {
    let help = "run `bellwether check`, which shows each with its place"
    if count.errors > 0 { return .wrong(subject, "\(count.errors) errors", help: help) }
    if count.warnings > 0 {
      return .warning(subject, "\(what), \(count.warnings) warnings", help: help)
    }
    return .well(subject, what)
  }
}

// MARK: The database

extension Doctor {
  /// The database at `url`; `nil` is a private server, which a command starts when it needs it.
  func examineDatabase(_ url: String?) async -> [Examination] {
    guard let url else {
      return [
        .warning(
          "database", "none is named, so commands start a private server",
          help: "set \(settings.databaseVariable) to a PostgreSQL URL")
      ]
    }
    let connection: Connection
    do {
      connection = try await Connection.open(url)
    } catch {
      return [
        .wrong(
          "database", error.message.trimmingCharacters(in: .whitespacesAndNewlines),
          help: "check that PostgreSQL runs and that \(settings.databaseVariable) names it")
      ]
    }
    let found = [
      await server(connection), await role(connection), await migrations(connection),
      await clock(connection),
    ]
    await connection.close()
    return found
  }

  private func server(_ connection: Connection) async -> Examination {
    do {
      let rows = try await connection.query(
        "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000"
      )
      let name = rows.first?[0] ?? ""
      guard let major = rows.first?[1].flatMap({ Int($0) }), major >= 14 else {
        return .wrong(
          "database", "PostgreSQL \(name)", help: "upgrade it to PostgreSQL 14 or later")
      }
      return .well("database", "PostgreSQL \(name)")
    } catch {
      return .wrong("database", "\(error)", help: "look at the server's log")
    }
  }

  private func role(_ connection: Connection) async -> Examination {
    do {
      try await RoleCheck.requireRowSecurity(on: connection)
      return .well("role", "row-level security holds for it")
    } catch let fault as RoleFault {
      return .warning(
        "role", "\(fault)",
        help: "CREATE ROLE bellwether_app LOGIN; see docs/operations.md for its rights")
    } catch {
      return .wrong("role", "\(error)", help: "look at the server's log")
    }
  }

  private func migrations(_ connection: Connection) async -> Examination {
    do {
      let missing = try await Migrator.pending(connection)
      return missing.isEmpty
        ? .well("migrations", "up to date")
        : .warning(
          "migrations", "not applied: \(missing.joined(separator: ", "))",
          help: "any other command applies them, as a role that owns the tables")
    } catch {
      return .wrong("migrations", "\(error)", help: "use the bellwether that made the tables")
    }
  }

  private func clock(_ connection: Connection) async -> Examination {
    do {
      let before = Date()
      let there = try await DatabaseClock(connection: connection).now()
      let after = Date()
      let here = (before.timeIntervalSince1970 + after.timeIntervalSince1970) / 2
      let skew = Double(there.microseconds) / 1_000_000 - here
      let style = FloatingPointFormatStyle<Double>(locale: Locale(identifier: "en_US_POSIX"))
        .precision(.fractionLength(3)).sign(strategy: .always())
      let text = "\(skew.formatted(style)) s from this machine's"
      return abs(skew) < 2
        ? .well("clock", "the database's is \(text)")
        : .warning(
          "clock", "the database's is \(text)",
          help: "run a time service on both; webhooks carry the database's time, and receivers "
            + "refuse what is five minutes off")
    } catch {
      return .wrong("clock", "\(error)", help: "look at the server's log")
    }
  }
}

// MARK: The ways out

extension Doctor {
  /// The mail server's hello, encryption and login; no mail is sent.
  func examineMail() async -> Examination {
    let subject = "mail"
    guard let smtp = settings.smtp else {
      return .warning(
        subject, "bellwether.yaml names no mail server",
        help: "add `smtp:`; until then mails wait and are not lost")
    }
    let request: MailRequest
    do {
      request = try EmailChannel.greeting(smtp, secrets: secrets)
    } catch {
      return .wrong(subject, "\(error)", help: "set it in the environment of this process")
    }
    let place = "\(smtp.host):\(smtp.port)"
    switch await ConnectionProbe(transport).greet(request) {
    case .accepted:
      let login = smtp.username == nil ? "" : ", signed in"
      return .well(subject, "\(place) answers, \(smtp.security.rawValue)\(login)")
    case .blocked(let block):
      return .wrong(subject, "\(place): \(block)", help: "look at smtp: in bellwether.yaml")
    case .refused(let reply):
      return .wrong(
        subject, "\(place) refuses us: \(reply.text.isEmpty ? "\(reply.code)" : reply.text)",
        help: "check `username` and the password in the environment")
    case .failed(let failure):
      return .wrong(subject, "\(place): \(failure)", help: Self.help(failure))
    }
  }

  /// An endpoint: name, address, TLS, secrets; with `ping` also a signed POST.
  func examine(_ endpoint: EndpointSettings, ping: Bool) async -> Examination {
    let subject = "endpoint \(endpoint.name)"
    let request: HTTPRequest
    do {
      request = try WebhookChannel.ping(
        endpoint, at: Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)),
        secrets: secrets)
    } catch {
      return .wrong(
        subject, "\(error)", help: "set it in the environment; until then its events wait")
    }
    let outcome: HTTPOutcome
    if ping {
      let sender = CurlTransport(transport)
      outcome = await sender.post(request)
      await sender.shutdown()
    } else {
      outcome = await ConnectionProbe(transport).reach(request)
    }
    switch outcome {
    case .answered(let response) where response.status == 0:
      return .well(subject, "can be reached")
    case .answered(let response) where (200...299).contains(response.status):
      return .well(subject, "answered the ping with \(response.status)")
    case .answered(let response):
      return .wrong(
        subject, "answered the ping with \(response.status)",
        help: "look at the receiver's log; it must answer 2xx to events it does not know")
    case .blocked(let block):
      return .wrong(
        subject, "\(block)",
        help: "correct its url, or say `allow_private_network: true` if it is meant")
    case .failed(let failure): return .wrong(subject, "\(failure)", help: Self.help(failure))
    }
  }

  private static func help(_ failure: TransportFailure) -> String {
    switch failure.kind {
    case .resolve: "the name has no address: check its spelling, and this machine's DNS"
    case .connect, .timeout: "check that it runs, and that a firewall lets this machine through"
    case .tls: "its certificate or TLS version is not acceptable: renew or correct it"
    case .startTLSMissing: "use `security: tls`, or a port that offers STARTTLS, such as 587"
    case .connectionLost, .garbage, .shutDown, .other: "check the address and port"
    }
  }
}
