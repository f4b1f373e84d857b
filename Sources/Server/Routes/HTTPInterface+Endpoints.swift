import Engine
import Expressions
import HTTPTypes
import Postgres
import Store

extension HTTPInterface {
  /// How the receivers of a tenant's webhooks fare.
  var endpoints: [Route] {
    [
      Route(
        method: .get, path: "/api/endpoints", name: "listEndpoints",
        summary: "Endpoints that anything was or is to be sent to, by name", access: .tenant,
        parameters: Paging.parameters(ids: .name),
        replies: [
          .init(status: 200, summary: "A page", schema: Paging.schema(of: Self.endpointSchema))
        ]
      ) { call in
        let all = try await inTenant(call) { connection, tenant in
          try await Self.endpoints(of: tenant, on: connection)
        }
        let place = call.parameters["cursor"] ?? ""
        let rest = all.keys.sorted().filter { $0 > place }
        let shown = rest.prefix(call.limit)
        return Paging.reply(
          LedgerPage(
            items: shown.compactMap { all[$0] },
            next: rest.count > shown.count ? shown.last : nil))
      },
      change(to: "enable", "Let an endpoint be tried again; what waits for it is due at once") {
        try await OutboxStore.enable($0, tenant: $1, on: $2)
      },
      change(to: "disable", "Let nothing more out to an endpoint; events are still recorded") {
        try await OutboxStore.disable($0, tenant: $1, on: $2)
      },
    ]
  }

  private func change(
    to word: String, _ summary: String,
    _ body: @escaping @Sendable (String, String, Connection) async throws -> Void
  ) -> Route {
    Route(
      method: .post, path: "/api/endpoints/{name}/\(word)", name: "\(word)Endpoint",
      summary: summary, access: .tenant,
      parameters: [.path("name", .name, "The endpoint's name, from the list")],
      replies: [.init(status: 200, summary: "The endpoint", schema: Self.endpointSchema)]
    ) { call in
      let name = call.parameters["name"] ?? ""
      let shown = try await inTenant(call) { connection, tenant -> String? in
        guard try await Self.endpoints(of: tenant, on: connection)[name] != nil else { return nil }
        try await body(name, tenant, connection)
        return try await Self.endpoints(of: tenant, on: connection)[name]
      }
      guard let shown else { throw Problem.notFound("endpoint that anything was sent to") }
      return .json(shown)
    }
  }

  private static func endpoints(
    of tenant: String, on connection: Connection
  ) async throws -> [String: String] {
    let health = try await OutboxStore.health(tenant: tenant, on: connection)
    let backlog = try await OutboxStore.backlog(tenant: tenant, on: connection)
    let now = try await DatabaseClock(connection: connection).now()
    return Set(health.keys).union(backlog.keys).reduce(into: [:]) { found, name in
      let (state, detail): (String, String?) =
        switch (health[name] ?? EndpointHealth()).permission(at: now) {
        case .free: ("well", nil)
        case .probe: ("probing", nil)
        case .wait(let end): ("resting", end.iso8601)
        case .disabled(let reason): ("disabled", reason.rawValue)
        }
      found[name] = ValueJSON.object([
        ("name", ValueJSON.string(name)), ("state", ValueJSON.string(state)),
        ("detail", detail.map(ValueJSON.string) ?? "null"),
        ("waiting", "\(backlog[name] ?? 0)"),
      ])
    }
  }

  private static let endpointSchema: JSONValue = .objectSchema([
    "name": .text, "state": ["enum": ["well", "probing", "resting", "disabled"]],
    "detail": .optional(.text), "waiting": .wholeNumber,
  ])
}
