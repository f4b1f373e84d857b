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
      redriveDelivery, cancelDelivery,
    ]
  }

  private var redriveDelivery: Route {
    Route(
      method: .post, path: "/api/deliveries/{id}/redrive", name: "redriveDelivery",
      summary: "Send a dead or cancelled delivery again, as a new one of the same event",
      access: .tenant, parameters: [.path("id", .uuid, "The delivery's id")],
      replies: [
        .init(
          status: 201, summary: "The new delivery", schema: Self.deliverySchema(withLog: true)),
        .conflict("It is neither dead nor cancelled, or was sent again already"),
      ]
    ) { call in
      let new = try await change(call) { filter, tenant, connection in
        let now = try await DatabaseClock(connection: connection).now()
        return try await OutboxStore.redrive(
          filter, makeID: { UUIDv7(at: now) }, tenant: tenant, on: connection)
      }
      guard let new else {
        throw Problem(
          .conflict, "the delivery is neither dead nor cancelled, or was sent again already")
      }
      return .json(new, status: .created)
    }
  }

  private var cancelDelivery: Route {
    Route(
      method: .post, path: "/api/deliveries/{id}/cancel", name: "cancelDelivery",
      summary: "Cancel a delivery that waits; one under way may have arrived already",
      access: .tenant, parameters: [.path("id", .uuid, "The delivery's id")],
      replies: [
        .init(status: 200, summary: "The delivery", schema: Self.deliverySchema(withLog: true)),
        .conflict("It does not wait"),
      ]
    ) { call in
      let changed = try await change(call) { filter, tenant, connection in
        try await OutboxStore.cancel(filter, tenant: tenant, on: connection)
      }
      guard let changed else { throw Problem(.conflict, "the delivery does not wait") }
      return .json(changed)
    }
  }

  /// Changes the delivery of a call and returns what came of it as JSON; `nil` when nothing was
  /// changed.
  private func change(
    _ call: Call,
    _ body: @Sendable (DeliveryFilter, String, Connection) async throws -> [UUIDv7]
  ) async throws -> String? {
    guard let id = call.id("id") else { throw Problem.notFound("delivery") }
    return try await inTenant(call) { connection, tenant in
      guard try await OutboxStore.object(id, tenant: tenant, on: connection) != nil else {
        throw Problem.notFound("delivery")
      }
      var filter = DeliveryFilter()
      filter.ids = [id]
      guard let changed = try await body(filter, tenant, connection).first else { return nil }
      return try await OutboxStore.object(changed, tenant: tenant, on: connection)
    }
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
