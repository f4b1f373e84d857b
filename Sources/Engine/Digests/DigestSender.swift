package import Expressions
import Foundation
package import Postgres
package import Store
package import Templates

/// What a sender of digests did for one tenant.
package struct DigestReport: Sendable, Hashable {
  /// How many messages were queued, and how many lines stand in them.
  package var messages = 0
  package var lines = 0

  /// Lines that could not be read.
  package var unreadable = 0

  /// Starts at nothing.
  package init() {}

  /// Adds what was done for another tenant.
  package mutating func add(_ other: DigestReport) {
    messages += other.messages
    lines += other.lines
    unreadable += other.unreadable
  }
}

/// Gathers the lines that are due into one message for each recipient.
///
/// Lines and messages change in one transaction, so a line is in exactly one message, whatever
/// dies. Runs and senders of one tenant take turns: a run that is under way adds its lines first.
package struct DigestSender: Sendable {
  private let tenant: Tenant
  private let formats: TextFormats
  private let connection: Connection
  private let makeID: @Sendable () -> UUIDv7

  /// Creates a sender over a session whose transaction belongs to the tenant.
  package init(
    tenant: Tenant, formats: TextFormats, connection: Connection,
    makeID: @escaping @Sendable () -> UUIDv7
  ) {
    self.tenant = tenant
    self.formats = formats
    self.connection = connection
    self.makeID = makeID
  }

  /// Queues what is due by `time`, or by the database's clock, inside the caller's transaction.
  package func sendDue(at time: Instant? = nil) async throws -> DigestReport {
    let store = DigestStore(connection: connection, tenant: tenant.key)
    let asked = if let time { time } else { try await DatabaseClock(connection: connection).now() }
    var report = DigestReport()
    guard try await store.isAnyDue(by: asked) else { return report }
    try await RunStore(connection: connection, tenant: tenant.key).lockTenant()
    let waiting = try await store.takeDue(by: asked)
    let due = waiting.compactMap { waiting in
      DigestLine(payload: waiting.payload).map { DueLine(line: $0, waiting: waiting) }
    }
    let readable = Set(due.map(\.waiting.key))
    let unreadable = waiting.map(\.key).filter { !readable.contains($0) }
    try await store.fail(unreadable)

    var carried: [String: UUIDv7] = [:]
    var events: [NewEvent] = []
    for (_, lines) in Dictionary(grouping: due, by: \.recipient).sorted(by: { $0.key < $1.key }) {
      let event = event(of: lines)
      for line in lines { carried[line.waiting.key] = event.id }
      events.append(event)
    }
    try await enqueue(events)
    try await store.finish(carried)
    try await store.updateDirectory()
    report.messages = events.count
    report.lines = carried.count
    report.unreadable = unreadable.count
    return report
  }

  private func enqueue(_ events: [NewEvent]) async throws {
    let written = try await OutboxStore.enqueue(events, tenant: tenant.key, on: connection)
    // The digest of that time has gone: what came late follows in one of its own.
    let late = events.filter { !written.contains($0.id) }.map { event in
      var event = event
      event.dedupeKey = DedupeKey.join("digest", event.target, event.id.description)
      return event
    }
    let lateWritten = try await OutboxStore.enqueue(late, tenant: tenant.key, on: connection)
    precondition(lateWritten.count == late.count, "a key with a new id in it is new")
  }

  private func event(of lines: [DueLine]) -> NewEvent {
    let message = DigestMessage(lines, tenant: tenant, formats: formats)
    let first = lines[0].line
    let due = lines.map(\.waiting.due).max() ?? lines[0].waiting.due
    var to = [("address", ValueJSON.string(first.address))]
    if let name = lines.compactMap(\.line.name).first {
      to.insert(("name", ValueJSON.string(name)), at: 0)
    }
    let body = ValueJSON.object([
      ("to", ValueJSON.object(to)), ("subject", ValueJSON.string(message.subject)),
      ("text", ValueJSON.string(message.text)), ("html", ValueJSON.string(message.html)),
    ])
    return NewEvent(
      id: makeID(), type: "dev.bellwether.digest", subject: "digest/\(first.address)",
      contentType: "application/vnd.bellwether.mail+json", body: Array(body.utf8),
      dedupeKey: DedupeKey.join("digest", lines[0].recipient, due.iso8601), channel: .email,
      target: first.address)
  }
}

extension DueLine {
  /// Whom the line is for: nobody has two mailboxes that differ in case alone.
  fileprivate var recipient: String { line.address.lowercased() }
}

extension DigestLine {
  /// Reads what a run left behind; `nil` when it was written by something else.
  fileprivate init?(payload: String?) {
    guard case .digest(let line) = PlannedAction.Effect(payload: payload) else { return nil }
    self = line
  }
}

extension Engine {
  /// Queues the digests of one tenant that are due by `time`, or by the database's clock: all of
  /// them or, when it fails, none.
  package func sendDigests(
    for tenant: Tenant, dueBy time: Instant? = nil
  ) async throws -> DigestReport {
    let sender = digestSender(for: tenant)
    return try await TenantSession.retryingConflicts {
      try await TenantSession.inTenant(
        tenant.key, zone: tenant.zone.identifier, on: connection
      ) { _ in try await sender.sendDue(at: time) }
    }
  }

  private func digestSender(for tenant: Tenant) -> DigestSender {
    DigestSender(
      tenant: tenant, formats: formats(of: tenant), connection: connection, makeID: makeID)
  }
}
