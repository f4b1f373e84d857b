import HTTPTypes
import Postgres
import Store

extension HTTPInterface {
  /// The ledger of runs.
  var runs: [Route] {
    [
      Route(
        method: .get, path: "/api/runs", name: "listRuns", summary: "Runs, newest first",
        access: .tenant,
        parameters: [
          .query(
            "outcome", .word(RunStore.Outcome.allCases.map(\.rawValue)), "Only those that ended so")
        ] + Paging.parameters(ids: .uuid),
        replies: [
          .init(status: 200, summary: "A page", schema: Paging.schema(of: Self.runSchema()))
        ]
      ) { call in
        Paging.reply(
          try await inTenant(call) { connection, tenant in
            try await RunStore(connection: connection, tenant: tenant).page(
              outcome: call.parameters["outcome"].flatMap(RunStore.Outcome.init),
              after: call.id("cursor"),
              limit: call.limit)
          })
      },
      Route(
        method: .get, path: "/api/runs/{id}", name: "getRun", summary: "A run and its rules",
        access: .tenant, parameters: [.path("id", .uuid, "The run's id")],
        replies: [.init(status: 200, summary: "The run", schema: Self.runSchema(withRules: true))]
      ) { call in
        guard let id = call.id("id"),
          let run = try await inTenant(
            call,
            { connection, tenant in
              try await RunStore(connection: connection, tenant: tenant).object(id)
            })
        else { throw Problem.notFound("run; one that is under way is not listed yet") }
        return .json(run)
      },
    ]
  }

  /// Runs `body` in a transaction that sees the caller's tenant alone.
  func inTenant<Result: Sendable>(
    _ call: Call, _ body: @Sendable (Connection, String) async throws -> Result
  ) async throws -> Result {
    let tenant = call.tenant().tenant
    return try await pool.withConnection { connection in
      try await TenantSession.inTenant(tenant, on: connection) { connection in
        try await body(connection, tenant)
      }
    }
  }

  private static func runSchema(withRules: Bool = false) -> JSONValue {
    let counts = [
      "in_scope", "matched", "unknown", "errors", "opened", "resolved", "tasks", "emails",
      "webhooks", "updates", "held",
    ]
    var rule: [String: JSONValue] = ["rule": .text, "condition_hash": .text]
    for name in counts { rule[name] = .wholeNumber }
    var members: [String: JSONValue] = [
      "id": .uuid, "job": .text, "nominal": .time, "started_at": .time,
      "finished_at": .optional(.time), "outcome": ["enum": ["finished", "failed"]],
      "requested_by": .text, "rows_read": .wholeNumber, "error": .optional(.text),
    ]
    if withRules { members["rules"] = ["type": "array", "items": .objectSchema(rule)] }
    return .objectSchema(members)
  }
}

extension JSONValue {
  static let text: JSONValue = ["type": "string"]
  static let wholeNumber: JSONValue = ["type": "integer"]
  static let uuid: JSONValue = ["type": "string", "format": "uuid"]
  static let time: JSONValue = ["type": "string", "format": "date-time"]

  /// What may be null as well.
  static func optional(_ schema: JSONValue) -> JSONValue { ["anyOf": [schema, ["type": "null"]]] }

  /// An object that has all of the members, and maybe more in a later version.
  static func objectSchema(_ members: [String: JSONValue]) -> JSONValue {
    [
      "type": "object", "required": .array(members.keys.sorted().map(JSONValue.string)),
      "properties": .object(members),
    ]
  }
}
