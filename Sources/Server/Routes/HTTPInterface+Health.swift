import Engine
import Foundation
import HTTPTypes
import Logging
import Postgres
import Store

extension HTTPInterface {
  /// What those who keep the process running ask for.
  var health: [Route] {
    let status: JSONValue = [
      "type": "object", "required": ["status"], "properties": ["status": ["type": "string"]],
    ]
    return [
      Route(
        method: .get, path: "/healthz", name: "health", summary: "Whether the process answers",
        access: .everyone, replies: [.init(status: 200, summary: "It does", schema: status)]
      ) { _ in .json(#"{"status":"ok"}"#) },
      Route(
        method: .get, path: "/readyz", name: "readiness",
        summary: "Whether the database answers", access: .everyone,
        replies: [
          .init(status: 200, summary: "It does", schema: status),
          .init(
            status: 503, summary: "It does not", contentType: Problem.contentType,
            schema: Problem.schema),
        ]
      ) { _ in
        try await pool.withConnection { _ = try await DatabaseClock(connection: $0).now() }
        return .json(#"{"status":"ready"}"#)
      },
      Route(
        method: .get, path: "/metrics", name: "metrics",
        summary: "Figures for Prometheus: what this process did, and what waits in the outbox",
        access: .everyone,
        replies: [
          .init(
            status: 200, summary: "Prometheus's text format", contentType: "text/plain",
            schema: ["type": "string"])
        ]
      ) { _ in
        Reply(
          contentType: "text/plain; version=0.0.4; charset=utf-8",
          body: metrics.text(gauges: await outboxGauges()))
      },
    ]
  }

  private static let mostTenants = 100

  /// What waits in the outbox, tenant by tenant; none when the database does not answer.
  private func outboxGauges() async -> [(name: String, value: Double)] {
    do {
      return try await pool.withConnection { connection in
        let waiting = try await OutboxStore.waitingTenants(
          atMost: Self.mostTenants, on: connection)
        var (depth, oldest) = (0, 0.0)
        for (tenant, _) in waiting {
          let own = try await TenantSession.inTenant(tenant, on: connection) { connection in
            try await OutboxStore.depth(tenant: tenant, on: connection)
          }
          depth += own.count
          oldest = max(oldest, own.oldestSeconds)
        }
        return [
          ("bellwether_outbox_depth", Double(depth)), ("bellwether_outbox_oldest_seconds", oldest),
          ("bellwether_outbox_overdue_seconds", waiting.map(\.overdueSeconds).max() ?? 0),
          ("bellwether_outbox_tenants", Double(waiting.count)),
        ]
      }
    } catch {
      Logger(label: "http").error("the outbox could not be counted: \(error)")
      return []
    }
  }
}
