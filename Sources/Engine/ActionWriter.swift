import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store

/// Carries out the actions of one rule inside the run's transaction.
///
/// Actions are recorded first; only those whose key is new go on, so that a repeat, a crash or a
/// second process never makes a task or an event twice.
struct ActionWriter: Sendable {
  let rule: Rule
  let tenant: Tenant
  let catalog: Catalog
  let run: UUIDv7
  let makeID: @Sendable () -> UUIDv7
  let now: Instant
  let connection: Connection

  /// Applies the limits, records, then writes tasks, events and updates in bulk.
  func write(_ fresh: [PlannedAction], counts: inout RuleCounts) async throws {
    let store = ActionStore(connection: connection, tenant: tenant.key)
    let waitingRecords = try await store.takeHeld(rule: rule.name, at: now)
    let held = waitingRecords.compactMap { record in
      PlannedAction.Effect(payload: record.payload).map {
        PlannedAction(record: record, effect: $0)
      }
    }
    let readable = Set(held.map(\.record.dedupeKey))
    let unreadable = waitingRecords.map(\.dedupeKey).filter { !readable.contains($0) }
    try await store.fail(unreadable, reason: "what was held cannot be read")
    counts.errors += unreadable.count
    let decisions = ActionDecisions(
      rule: rule, tenant: tenant, now: now,
      limits: LimitStore(connection: connection, tenant: tenant.key))
    let (going, waiting) = try await decisions.decide(fresh: fresh, held: held, counts: counts)
    let heldKeys = Set(held.map(\.record.dedupeKey))

    let released = going.filter { heldKeys.contains($0.record.dedupeKey) }
    let added = going.filter { !heldKeys.contains($0.record.dedupeKey) }
    let newlyHeld = waiting.filter { !heldKeys.contains($0.record.dedupeKey) }
    let inserted = try await store.record((added + newlyHeld).map(\.record), run: run)
    try await store.release(released.map(\.record.dedupeKey))
    counts.held += waiting.count { $0.record.outcome == .held }

    try await carryOut(
      (released + added.filter { inserted.contains($0.record.dedupeKey) })
        .filter { $0.record.outcome != .failed }, store: store, counts: &counts)
  }

  private func carryOut(
    _ actions: [PlannedAction], store: ActionStore, counts: inout RuleCounts
  ) async throws {
    try await writeTasks(actions, store: store, counts: &counts)
    try await closeTasks(actions, store: store)
    try await writeUpdates(actions, counts: &counts)
    try await enqueueEvents(actions, counts: &counts)
  }

  // MARK: Tasks

  private func writeTasks(
    _ actions: [PlannedAction], store: ActionStore, counts: inout RuleCounts
  ) async throws {
    var keys: [String] = []
    var rows: [[String: String]] = []
    for action in actions {
      if case .task(_, let slots) = action.effect {
        keys.append(action.record.dedupeKey)
        rows.append(slots)
      }
    }
    guard !rows.isEmpty, let target = catalog.writes["task"] else { return }
    let filled = target.filledColumns(for: rule.entity)
    var staged = CopyBuffer(columnCount: filled.count + 1)
    for (index, slots) in rows.enumerated() {
      staged.beginRow()
      staged.append(Int32(index))
      for column in filled { staged.append(slots[column.slot]) }
    }
    let staging = filled.indices.map { ", \(identifier: "c\($0)") text" as SQL }
      .joined(separator: "")
    _ = try await connection.query(
      "CREATE TEMP TABLE task_new (n integer\(staging)) ON COMMIT DROP")
    try await connection.copyIn("task_new", rows: staged)
    let made = try await connection.query(
      target.insertion(
        from: "task_new", entity: rule.entity, tenant: tenantKey,
        columns: try await columns(of: target.table)))
    try await connection.execute(script: "DROP TABLE task_new")
    guard made.count == keys.count else {
      throw EngineError.taskRowsSwallowed(table: target.table, sent: keys.count, made: made.count)
    }
    // INSERT … SELECT … ORDER BY returns rows in the order it inserted them.
    try await store.setTargets(
      zip(keys, made).compactMap { key, row in row[0].map { (key, $0) } })
    counts.tasks += made.count
  }

  private func closeTasks(_ actions: [PlannedAction], store: ActionStore) async throws {
    let entityKeys = actions.filter { $0.effect == .closeTasks }.map(\.record.entityKey)
    guard !entityKeys.isEmpty, let target = catalog.writes["task"] else { return }
    let targets = try await store.taskTargets(rule: rule.name, entityKeys: entityKeys)
    guard !targets.isEmpty,
      let statement = target.closing(
        keys: targets.map(\.targetKey), tenant: tenantKey,
        columns: try await columns(of: target.table))
    else { return }
    _ = try await connection.query(statement)
  }

  // MARK: Updates

  private func writeUpdates(_ actions: [PlannedAction], counts: inout RuleCounts) async throws {
    guard let entity = catalog.entities[rule.entity] else { return }
    var byField: [String: (keys: [String], values: [String?])] = [:]
    for action in actions {
      if case .update(_, let field, let value) = action.effect {
        byField[field, default: ([], [])].keys.append(action.record.entityKey)
        byField[field]?.values.append(value)
      }
    }
    guard !byField.isEmpty else { return }
    let columns = try await columns(of: entity.table)
    for (field, changes) in byField.sorted(by: { $0.key < $1.key }) {
      guard case .column(let column) = entity.fields[field]?.storage else { continue }
      let statement = entity.update(
        column: column, keys: changes.keys, values: changes.values, tenant: tenantKey,
        columns: columns)
      counts.updates += try await connection.query(statement + " RETURNING 1").count
    }
  }

  // MARK: Events

  private func enqueueEvents(_ actions: [PlannedAction], counts: inout RuleCounts) async throws {
    var events: [NewEvent] = []
    for action in actions {
      guard case .event(let draft) = action.effect,
        let channel = DeliveryChannel(rawValue: draft.channel)
      else { continue }
      let eventID = makeID()
      let body =
        draft.contentType == "application/cloudevents+json"
        ? envelope(draft, id: eventID.description) : draft.body
      events.append(
        NewEvent(
          id: eventID, type: draft.type, subject: draft.subject,
          contentType: draft.contentType, body: Array(body.utf8),
          dedupeKey: action.record.dedupeKey, channel: channel, target: draft.target))
      switch channel {
      case .email: counts.emails += 1
      case .webhook: counts.webhooks += 1
      }
    }
    guard !events.isEmpty else { return }
    _ = try await OutboxStore.enqueue(events, tenant: tenant.key, on: connection)
  }

  /// A CloudEvents 1.0 structured JSON event.
  private func envelope(_ draft: PlannedAction.EventDraft, id: String) -> String {
    ValueJSON.object([
      ("specversion", ValueJSON.string("1.0")), ("id", ValueJSON.string(id)),
      ("source", ValueJSON.string("/bellwether/\(tenant.slug)")),
      ("type", ValueJSON.string(draft.type)), ("subject", ValueJSON.string(draft.subject)),
      ("time", ValueJSON.string(now.iso8601)),
      ("datacontenttype", ValueJSON.string("application/json")), ("data", draft.body),
    ])
  }

  private var tenantKey: String? {
    if case .none = catalog.tenants { nil } else { tenant.key }
  }

  private func columns(of table: String) async throws(PostgresError) -> TableColumns {
    let rows = try await connection.query(TableColumns.query(of: table))
    return TableColumns(
      types: rows.reduce(into: [:]) { types, row in
        if let name = row[0] { types[name] = row[1] }
      })
  }
}
