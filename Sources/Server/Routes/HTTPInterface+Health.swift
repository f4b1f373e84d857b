import Engine
import HTTPTypes
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
          body: metrics.text(gauges: await gauges.read { await OutboxGauges.measure(pool) }))
      },
    ]
  }
}
