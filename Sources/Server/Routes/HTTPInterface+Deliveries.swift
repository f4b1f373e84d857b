import HTTPTypes
import Postgres
import Store

extension HTTPInterface {
  /// Mails and webhooks on their way.
  var deliveries: [Route] {
    [
      Route(
        method: .get, path: "/api/deliveries", name: "listDeliveries",
        summary: "Deliveries, newest first", access: .tenant,
        parameters: [
          .query(
            "state", .word(["ready", "leased", "succeeded", "dead", "cancelled"]),
            "Only those in this state"),
          .query(
            "channel", .word(DeliveryChannel.allCases.map(\.rawValue)), "Only those on this way"),
        ] + Paging.parameters(ids: .uuid),
        replies: [
          .init(status: 200, summary: "A page", schema: Paging.schema(of: Self.deliverySchema()))
        ]
      ) { call in
        Paging.reply(
          try await inTenant(call) { connection, tenant in
            try await OutboxStore.page(
              state: call.parameters["state"],
              channel: call.parameters["channel"].flatMap(DeliveryChannel.init),
              after: call.id("cursor"),
              limit: call.limit, tenant: tenant, on: connection)
          })
      },
      Route(
        method: .get, path: "/api/deliveries/{id}", name: "getDelivery",
        summary: "A delivery and its attempts", access: .tenant,
        parameters: [.path("id", .uuid, "The delivery's id")],
        replies: [
          .init(status: 200, summary: "The delivery", schema: Self.deliverySchema(withLog: true))
        ]
      ) { call in
        guard let id = call.id("id"),
          let delivery = try await inTenant(
            call,
            { connection, tenant in
              try await OutboxStore.object(id, tenant: tenant, on: connection)
            })
        else { throw Problem.notFound("delivery") }
        return .json(delivery)
      },
    ]
  }

  static func deliverySchema(withLog: Bool = false) -> JSONValue {
    var members: [String: JSONValue] = [
      "id": .uuid, "event_id": .uuid, "type": .text, "subject": .text, "channel": .text,
      "target": .text, "state": .text, "reason": .optional(.text), "due_at": .time,
      "attempts": .wholeNumber, "created_at": .time, "finished_at": .optional(.time),
    ]
    if withLog {
      members["log"] = [
        "type": "array",
        "items": .objectSchema([
          "number": .wholeNumber, "started_at": .time, "finished_at": .optional(.time),
          "outcome": .optional(.text), "status": .optional(.wholeNumber),
          "detail": .optional(.text),
        ]),
      ]
    }
    return .objectSchema(members)
  }
}
