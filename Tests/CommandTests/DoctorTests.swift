import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing
import Transport

@testable import bellwether

@Suite("The doctor")
struct DoctorTests {
  static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  private static func doctor(
    smtp: SMTPSettings? = nil, endpoints: [EndpointSettings] = [],
    secrets: [String: String] = ["SECRET": secret, "PASSWORD": "right"]
  ) async throws -> Doctor {
    var settings = Settings(smtp: smtp)
    for endpoint in endpoints { settings.endpoints[endpoint.name] = endpoint }
    return Doctor(
      settings: settings, secrets: { secrets[$0] },
      transport: .init(trustedCertificates: try await Receiver.shared.certificate))
  }

  private static func server(
    _ port: String, _ security: SMTPSettings.Security, password: String? = "PASSWORD"
  ) async throws -> SMTPSettings {
    SMTPSettings(
      host: "127.0.0.1", port: try await Receiver.shared.port(port), from: "bell@acme.example",
      security: security, username: password.map { _ in "mailer" }, passwordVariable: password)
  }

  @Test("greets a mail server as mail would, and sends none")
  func mail() async throws {
    let good = try await Self.doctor(smtp: try await Self.server("startTLS", .starttls))
    let well = await good.examineMail()
    #expect(well.verdict == .well, "\(well)")
    #expect(well.finding.hasSuffix("answers, starttls, signed in"))
    let plain = try await Self.doctor(
      smtp: try await Self.server("smtp", .none, password: nil))
    #expect(await plain.examineMail().verdict == .well)
  }

  @Test("says what is wrong with a mail server, and how to mend it")
  func sickMail() async throws {
    let liar = try await Self.doctor(
      smtp: try await Self.server("startTLS", .starttls),
      secrets: ["PASSWORD": "wrong-canary"])
    let refused = await liar.examineMail()
    #expect(refused.verdict == .wrong && refused.finding.contains("535"), "\(refused)")
    #expect(!"\(refused)".contains("canary"))
    let bare = try await Self.doctor(smtp: try await Self.server("smtp", .starttls, password: nil))
    let stripped = await bare.examineMail()
    #expect(stripped.finding.contains("offers no STARTTLS"))
    #expect(stripped.help?.contains("587") == true)
    let poor = try await Self.doctor(
      smtp: try await Self.server("startTLS", .starttls), secrets: [:])
    #expect(await poor.examineMail().finding == "the environment variable PASSWORD is not set")
    #expect(try await Self.doctor().examineMail().verdict == .warning)
  }

  /// What the receiver tells of a POST.
  private struct Posted: Decodable {
    var headers: [String: String]
    var signed: Bool?
  }

  @Test("connects to an endpoint, and posts a signed ping only when asked")
  func endpoints() async throws {
    let receiver = try await Receiver.shared
    func endpoint(_ action: String, over server: String = "https") -> EndpointSettings {
      EndpointSettings(
        name: "crm", url: receiver.url("doctor", action, over: server),
        secretVariables: ["SECRET"], allowsPrivateNetwork: true)
    }
    let doctor = try await Self.doctor()
    let good = endpoint("ok?secret=\(Self.secret)")
    let reached = await doctor.examine(good, ping: false)
    #expect(reached.verdict == .well, "\(reached)")
    #expect(try receiver.records("doctor", as: Posted.self).isEmpty)
    #expect(await doctor.examine(good, ping: true).finding == "answered the ping with 204")
    #expect(try receiver.records("doctor", as: Posted.self).map(\.signed) == [true])

    let angry = await doctor.examine(endpoint("status/401"), ping: true)
    #expect(angry.verdict == .wrong && angry.finding == "answered the ping with 401")
    let old = await doctor.examine(endpoint("ok", over: "oldTLS"), ping: false)
    #expect(old.verdict == .wrong && old.help?.contains("TLS") == true, "\(old)")
    var inside = good
    inside.allowsPrivateNetwork = false
    let blocked = await doctor.examine(inside, ping: false)
    #expect(blocked.finding.contains("not on the public network"), "\(blocked)")
    var lost = good
    lost.url = "https://no-such-host.invalid/"
    #expect(await doctor.examine(lost, ping: false).help?.contains("DNS") == true)
    let poor = try await Self.doctor(secrets: [:])
    #expect(
      await poor.examine(good, ping: false).finding
        == "the environment variable SECRET is not set")
  }

  @Test("looks at a database without changing it")
  func database() async throws {
    try await withTestDatabase { database in
      let doctor = try await Self.doctor()
      let fresh = await doctor.examineDatabase(database.url)
      #expect(fresh.map(\.subject) == ["database", "role", "migrations", "clock"])
      #expect(fresh[2].finding.contains("v0001_engine"))
      #expect(
        try await database.connection.query("SELECT to_regnamespace('bellwether')") == [[nil]])
      try await Migrator.migrate(database.connection)
      let found = await doctor.examineDatabase(
        try await database.url(asRoleWithRightsOn: ["bellwether"]))
      #expect(found.allSatisfy { $0.verdict == .well }, "\(found)")
      #expect(await doctor.examineDatabase(database.url)[1].verdict == .warning)
    }
    let nowhere = try await Self.doctor().examineDatabase("postgres://127.0.0.1:1/none")
    #expect(nowhere.map(\.verdict) == [.wrong])
  }
}
