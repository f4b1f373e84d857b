import Engine
import Expressions
import HTTPTypes
import Postgres
import Store

extension HTTPInterface {
  /// Alerts, and who has seen them.
  var alerts: [Route] {
    [
      Route(
        method: .get, path: "/api/alerts", name: "listAlerts",
        summary: "Alerts by rule and key; open ones unless a state is named", access: .tenant,
        parameters: [
          .query("state", .word(["open", "pending", "closed"]), "`open` if not said"),
          .query("rule", .name, "Of one rule"),
          .query("severity", .word(Severity.allCases.map(\.rawValue)), "Of one severity"),
          .query("acknowledged", .yesNo, "Whether somebody has seen it"),
        ] + Paging.parameters(ids: .alert),
        replies: [
          .init(status: 200, summary: "A page", schema: Paging.schema(of: Self.alertSchema))
        ]
      ) { call in
        var filter = AlertStore.Filter()
        filter.state = call.parameters["state"] ?? "open"
        filter.rule = call.parameters["rule"]
        filter.severity = call.parameters["severity"]
        if call.parameters["acknowledged"] != nil {
          filter.isAcknowledged = call.isYes("acknowledged")
        }
        let place = call.alertKey("cursor")
        let asked = filter
        let page = try await inTenant(call) { connection, tenant in
          try await AlertStore(connection: connection, tenant: tenant)
            .page(asked, after: place, limit: call.limit)
        }
        return Paging.reply(page)
      },
      Route(
        method: .get, path: "/api/alerts/{id}", name: "getAlert", summary: "An alert",
        access: .tenant, parameters: [Self.alertID],
        replies: [.init(status: 200, summary: "The alert", schema: Self.alertSchema)]
      ) { call in
        guard let key = call.alertKey("id"),
          let alert = try await inTenant(
            call,
            { connection, tenant in
              try await AlertStore(connection: connection, tenant: tenant).object(key)
            })
        else { throw Problem.notFound("alert") }
        return .json(alert)
      },
      acknowledgeAlert,
    ]
  }

  private var acknowledgeAlert: Route {
    Route(
      method: .post, path: "/api/alerts/{id}/acknowledge", name: "acknowledgeAlert",
      summary: "Say that somebody has seen an open alert; holds until it closes", access: .tenant,
      parameters: [Self.alertID],
      body: Route.Body(
        contentTypes: ["application/json"],
        schema: [
          "type": "object", "additionalProperties": false,
          "properties": ["note": ["type": "string", "maxLength": 500]],
        ], isRequired: false, mostBytes: 8192),
      replies: [
        .init(status: 200, summary: "The alert", schema: Self.alertSchema),
        .init(
          status: 409, summary: "It is not open", contentType: Problem.contentType,
          schema: Problem.schema),
      ]
    ) { call in
      let note = try Self.note(in: call.body)
      guard let key = call.alertKey("id") else { throw Problem.notFound("alert") }
      let name = call.tenant().tokenName
      let outcome = try await inTenant(call) { connection, tenant in
        try await AlertStore(connection: connection, tenant: tenant)
          .acknowledge(key, by: name, note: note)
      }
      switch outcome {
      case .acknowledged(let alert): return .json(alert)
      case .unknown: throw Problem.notFound("alert")
      case .notOpen: throw Problem(.conflict, "the alert is not open")
      }
    }
  }

  private static func note(in body: [UInt8]) throws(Problem) -> String? {
    guard !body.isEmpty else { return nil }
    guard case .object(let members)? = JSONValue(body),
      members.keys.allSatisfy({ $0 == "note" })
    else { throw Problem(.badRequest, #"send {"note": "…"} or nothing"#) }
    guard let note = members["note"] else { return nil }
    guard let text = note.string, text.unicodeScalars.count <= 500 else {
      throw Problem(.badRequest, "a note is a text of up to 500 characters")
    }
    // The one character that PostgreSQL cannot keep.
    return String(text.unicodeScalars.filter { $0.value != 0 })
  }

  private static let alertID = Parameter.path("id", .alert, "The alert's id, from the list")

  private static let alertSchema: JSONValue = .objectSchema([
    "id": .text, "rule": .text, "entity": .text, "key": .text, "label": .text, "state": .text,
    "severity": .optional(.text), "episode": .wholeNumber, "opened_at": .optional(.time),
    "closed_at": .optional(.time), "close_reason": .optional(.text), "last_observed_at": .time,
    "values": ["type": "object"], "acknowledged_at": .optional(.time),
    "acknowledged_by": .optional(.text), "note": .optional(.text),
  ])
}

extension Call {
  /// The rule and the thing that an id stands for; bytes that no key can have are left out.
  fileprivate func alertKey(_ name: String) -> AlertKey? {
    guard let id = parameters[name], let colon = id.firstIndex(of: ":") else { return nil }
    let digits = Array(id[id.index(after: colon)...])
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16)
    }
    return AlertKey(
      rule: String(id[..<colon]),
      entityKey: String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self))
  }
}
