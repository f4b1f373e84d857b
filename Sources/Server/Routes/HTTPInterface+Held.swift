import Engine
import Expressions
import HTTPTypes
import Postgres
import Rules
import Store

extension HTTPInterface {
  /// What limits hold back, and what is to become of it.
  var held: [Route] { [heldSummaries, heldActions, releaseHeld, discardHeld] }

  private var heldSummaries: Route {
    Route(
      method: .get, path: "/api/held", name: "listHeld",
      summary: "What is held back, by rule and reason", access: .tenant,
      parameters: [.query("rule", .name, "Of one rule")] + Paging.parameters(ids: .name),
      replies: [
        .init(status: 200, summary: "A page", schema: Paging.schema(of: Self.summarySchema))
      ]
    ) { call in
      let summaries = try await inTenant(call) { connection, tenant in
        try await ActionStore(connection: connection, tenant: tenant)
          .heldSummaries(of: call.parameters["rule"])
      }
      let place = call.parameters["cursor"] ?? ""
      let rest = summaries.map { (id: "\($0.rule):\($0.reason)", json: $0.json) }
        .sorted { $0.id < $1.id }.filter { $0.id > place }
      let shown = rest.prefix(call.limit)
      return Paging.reply(
        LedgerPage(
          items: shown.map(\.json), next: rest.count > shown.count ? shown.last?.id : nil))
    }
  }

  private var heldActions: Route {
    Route(
      method: .get, path: "/api/held/actions", name: "listHeldActions",
      summary: "Held actions one by one, most severe first, then oldest", access: .tenant,
      parameters: [
        .query("rule", .name, "Of one rule"), Paging.limit,
      ],
      replies: [
        .init(status: 200, summary: "So many of them", schema: Paging.schema(of: Self.heldSchema))
      ]
    ) { call in
      let actions = try await inTenant(call) { connection, tenant in
        try await ActionStore(connection: connection, tenant: tenant)
          .heldActions(of: call.parameters["rule"], atMost: call.limit)
      }
      return Paging.reply(LedgerPage(items: actions.map(\.json), next: nil))
    }
  }

  private var releaseHeld: Route {
    Route(
      method: .post, path: "/api/held/release", name: "releaseHeld",
      summary: "Carry out what max_matches holds of rules, as a run would", access: .tenant,
      body: Self.body([
        "rules": RequestBody.namesSchema,
        "limit": ["type": "integer", "minimum": 1, "maximum": .integer(Int64(Self.mostReleased))],
      ]),
      replies: [
        .init(
          status: 200, summary: "What was done",
          schema: Self.list(
            "released",
            [
              "rule": .text, "tasks": .wholeNumber, "emails": .wholeNumber,
              "webhooks": .wholeNumber,
              "skipped": .wholeNumber, "held": .wholeNumber, "over": .wholeNumber,
            ])),
        .conflict("A rule is on trial"),
      ]
    ) { call in
      let body = try RequestBody(call.body, members: ["rules", "limit"])
      let (names, count) = (
        try body.names("rules"), try body.wholeNumber("limit", 1...Self.mostReleased)
      )
      let ruleSet = ruleSet()
      let rules = try names.map { name throws(Problem) in
        guard let rule = ruleSet.rules[name] else { throw .notFound("rule \(name)") }
        guard rule.mode == .live else {
          throw Problem(.conflict, "the rule \(name) is on trial, and acts on nothing")
        }
        return rule
      }
      let caller = call.tenant()
      let reports = try await withEngine(caller, ruleSet) { engine, tenant, now in
        try await engine.release(
          rules, atMost: count, at: now, requestedBy: caller.tokenName, for: tenant)
      }
      return .json(Self.list("released", reports.map(\.json)))
    }
  }

  private var discardHeld: Route {
    Route(
      method: .post, path: "/api/held/discard", name: "discardHeld",
      summary: "Drop what is held of rules, whatever holds it; the log keeps who did and why",
      access: .tenant,
      body: Self.body(["rules": RequestBody.namesSchema, "reason": RequestBody.textSchema]),
      replies: [
        .init(
          status: 200, summary: "What was dropped",
          schema: Self.list("discarded", ["rule": .text, "actions": .wholeNumber]))
      ]
    ) { call in
      let body = try RequestBody(call.body, members: ["rules", "reason"])
      let (names, reason) = (try body.names("rules"), try body.text("reason"))
      let (caller, ruleSet) = (call.tenant(), ruleSet())
      let counts = try await withEngine(caller, ruleSet) { engine, tenant, _ in
        try await engine.discard(names, reason: reason, by: caller.tokenName, for: tenant)
      }
      // A rule that is gone may have left something; one that was never there has not.
      if counts.isEmpty, let unknown = names.first(where: { ruleSet.rules[$0] == nil }) {
        throw Problem.notFound("rule \(unknown), and nothing is held of one")
      }
      return .json(
        Self.list(
          "discarded",
          counts.sorted { $0.key < $1.key }.map { rule, count in
            ValueJSON.object([("rule", ValueJSON.string(rule)), ("actions", "\(count)")])
          }))
    }
  }

  /// Hands over an engine, the caller's tenant and the database's time.
  func withEngine<Result: Sendable>(
    _ caller: Caller, _ ruleSet: RuleSet,
    _ body: @Sendable (Engine, Tenant, Instant) async throws -> Result
  ) async throws -> Result {
    try await pool.withConnection { connection in
      let engine = try await self.engine(connection, ruleSet)
      guard let tenant = try await engine.tenants().first(where: { $0.key == caller.tenant })
      else { throw Problem(.forbidden, "the token's tenant is there no more") }
      return try await body(engine, tenant, try await DatabaseClock(connection: connection).now())
    }
  }

  private static let mostReleased = 1_000_000

  private static func body(_ members: [String: JSONValue]) -> Route.Body {
    Route.Body(
      contentTypes: ["application/json"],
      schema: [
        "type": "object", "additionalProperties": false, "required": ["rules"],
        "properties": .object(members),
      ], isRequired: true, mostBytes: RequestBody.mostBytes)
  }

  private static func list(_ name: String, _ items: [String]) -> String {
    ValueJSON.object([(name, "[" + items.joined(separator: ",") + "]")])
  }

  private static func list(_ name: String, _ members: [String: JSONValue]) -> JSONValue {
    .objectSchema([name: ["type": "array", "items": .objectSchema(members)]])
  }

  private static let summarySchema: JSONValue = .objectSchema([
    "rule": .text, "reason": .text, "alerts": .wholeNumber, "actions": .wholeNumber,
    "over": .wholeNumber, "since": .time,
  ])
  private static let heldSchema: JSONValue = .objectSchema([
    "rule": .text, "key": .text, "name": .text, "severity": .text, "action": .text,
    "recipient": .optional(.text), "reason": .text, "decided_at": .time,
  ])
}

extension HeldSummary {
  fileprivate var json: String {
    ValueJSON.object([
      ("rule", ValueJSON.string(rule)), ("reason", ValueJSON.string(reason)),
      ("alerts", "\(alerts)"), ("actions", "\(actions)"), ("over", "\(over)"),
      ("since", ValueJSON.string(oldest.iso8601)),
    ])
  }
}

extension HeldAction {
  fileprivate var json: String {
    ValueJSON.object([
      ("rule", ValueJSON.string(rule)), ("key", ValueJSON.string(entityKey)),
      ("name", ValueJSON.string(label)), ("severity", ValueJSON.string(severity)),
      ("action", ValueJSON.string(kind)),
      ("recipient", recipient.map(ValueJSON.string) ?? "null"),
      ("reason", ValueJSON.string(reason)), ("decided_at", ValueJSON.string(decidedAt.iso8601)),
    ])
  }
}

extension ReleaseReport {
  fileprivate var json: String {
    ValueJSON.object([
      ("rule", ValueJSON.string(rule)), ("tasks", "\(counts.tasks)"),
      ("emails", "\(counts.emails)"), ("webhooks", "\(counts.webhooks)"),
      ("skipped", "\(counts.skipped)"), ("held", "\(counts.held)"), ("over", "\(over)"),
    ])
  }
}
