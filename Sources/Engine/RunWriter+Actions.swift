import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store

/// Actions whose places are those of their staged records.
typealias PlacedActions = [(offset: Int, element: PlannedAction)]

extension RunWriter {
  /// Makes the tasks, and records all staged actions.
  func writeTasks(
    _ actions: PlacedActions, store: ActionStore, plan: inout Plan
  ) async throws {
    let tasks = actions.compactMap { place, action in
      if case .task(_, let slots) = action.effect {
        (place: place, action: action, slots: slots)
      } else {
        nil
      }
    }
    guard !tasks.isEmpty, let target = catalog.writes["task"] else {
      return try await store.record(run: run, except: [])
    }
    let filled = target.filledColumns(for: entity.name)
    var rows = CopyBuffer(columnCount: filled.count + 1)
    for task in tasks {
      rows.beginRow()
      rows.append(Int32(task.place))
      for column in filled { rows.append(task.slots[column.slot]) }
    }
    let texts = filled.indices.map { ", \(identifier: "c\($0)") text" as SQL }
      .joined(separator: "")
    // Other entities may fill more columns, and a table stays as it was made.
    let staging = StagingTable("task_new_\(filled.count)", columns: "n integer\(texts)")
    try await staging.fill(rows, on: connection)
    let made = try await store.record(
      run: run,
      making: target.insertion(
        from: staging.name, entity: entity.name, tenant: tenantKey,
        columns: try await columns(of: target.table)),
      from: staging)
    guard made == tasks.count else {
      throw EngineError.taskRowsSwallowed(table: target.table, sent: tasks.count, made: made)
    }
    try await store.record(run: run, except: [staging])
    for task in tasks { plan.count(task.action, \.tasks) }
  }

  func closeTasks(_ actions: [PlannedAction], store: ActionStore) async throws {
    guard actions.contains(where: { $0.effect == .closeTasks }),
      let target = catalog.writes["task"],
      let statement = target.closing(
        keys: store.closedTargets, tenant: tenantKey,
        columns: try await columns(of: target.table))
    else { return }
    try await connection.execute(statement)
  }

  /// Writes the updates of fields; of two that write the same field of the same thing the later
  /// one stays.
  func writeUpdates(_ actions: [PlannedAction], plan: inout Plan) async throws {
    var rounds: [String: [FieldUpdates]] = [:]
    for action in actions {
      if case .update(_, let field, let value) = action.effect {
        rounds[field, default: []].add(action.record, value)
      }
    }
    guard !rounds.isEmpty else { return }
    let columns = try await columns(of: entity.table)
    let staging = StagingTable("field_new", columns: "rule text, k text, v text")
    for (field, rounds) in rounds.sorted(by: { $0.key < $1.key }) {
      guard case .column(let column) = entity.fields[field]?.storage else { continue }
      let statement = entity.update(
        column: column, from: staging.name, tenant: tenantKey, columns: columns)
      for round in rounds {
        try await staging.fill(round.rows, on: connection)
        let changed = try await connection.query(
          "WITH changed AS (\(statement)) SELECT rule, count(*) FROM changed GROUP BY rule")
        for row in changed {
          plan.count(row[1].flatMap(Int.init) ?? 0, row[0] ?? "", \.updates)
        }
      }
    }
  }

  /// Counts what waits for digests, and says in the directory when the next goes out.
  func noteDigests(_ actions: [PlannedAction], plan: inout Plan) async throws {
    let waiting = actions.filter { $0.record.outcome == .digest }
    guard !waiting.isEmpty else { return }
    for action in waiting { plan.count(action, \.digested) }
    try await DigestStore(connection: connection, tenant: tenant.key).updateDirectory()
  }

  func enqueueEvents(_ actions: [PlannedAction], plan: inout Plan) async throws {
    var events: [NewEvent] = []
    for action in actions {
      guard case .event(let draft) = action.effect,
        let channel = DeliveryChannel(rawValue: draft.channel)
      else { continue }
      guard let eventID = action.record.eventID else {
        preconditionFailure("an action that goes out has its event's id")
      }
      let body =
        draft.contentType == "application/cloudevents+json"
        ? envelope(draft, id: eventID.description) : draft.body
      events.append(
        NewEvent(
          id: eventID, type: draft.type, subject: draft.subject,
          contentType: draft.contentType, body: Array(body.utf8),
          dedupeKey: action.record.dedupeKey, channel: channel, target: draft.target))
      plan.count(action, channel == .email ? \.emails : \.webhooks)
    }
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
    TableColumns(try await connection.query(TableColumns.query(of: table)))
  }
}

/// Values for one field, at most one for a thing, since a statement changes a row only once.
private struct FieldUpdates {
  var rows = CopyBuffer(columnCount: 3)
  var keys: Set<String> = []
}

extension [FieldUpdates] {
  /// Adds a value after those that the same thing has already.
  fileprivate mutating func add(_ record: ActionRecord, _ value: String?) {
    let round = firstIndex { !$0.keys.contains(record.entityKey) } ?? count
    if round == count { append(FieldUpdates()) }
    self[round].keys.insert(record.entityKey)
    self[round].rows.beginRow()
    self[round].rows.append(record.rule)
    self[round].rows.append(record.entityKey)
    self[round].rows.append(value)
  }
}
