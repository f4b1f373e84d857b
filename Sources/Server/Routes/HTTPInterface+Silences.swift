import Engine
import Expressions
import HTTPTypes
import Postgres
import Rules
import Store

extension HTTPInterface {
  /// Times during which nobody is told of some alerts.
  var silences: [Route] {
    [
      Route(
        method: .get, path: "/api/silences", name: "listSilences",
        summary: "Silences that are not over, oldest first", access: .tenant,
        parameters: [.query("over", .yesNo, "Also those that are over")]
          + Paging.parameters(ids: .name),
        replies: [
          .init(status: 200, summary: "A page", schema: Paging.schema(of: Self.silenceSchema))
        ]
      ) { call in
        Paging.reply(
          try await inTenant(call) { connection, tenant in
            try await SilenceStore(connection: connection, tenant: tenant)
              .page(
                withOver: call.isYes("over"), after: call.parameters["cursor"], limit: call.limit)
          })
      },
      addSilence, expireSilence,
    ]
  }

  private var addSilence: Route {
    Route(
      method: .post, path: "/api/silences", name: "addSilence",
      summary: "Begin a silence now, for alerts for which everything holds that is named",
      access: .tenant,
      body: Route.Body(
        contentTypes: ["application/json"], schema: Self.newSilenceSchema, isRequired: true,
        mostBytes: RequestBody.mostBytes),
      replies: [
        .init(status: 201, summary: "The silence", schema: Self.silenceSchema),
        .conflict("So many silences hold that another would be one too many"),
      ]
    ) { call in
      let (caller, ruleSet) = (call.tenant(), ruleSet())
      let (asked, length) = try Self.silence(in: call.body, ruleSet, by: caller.tokenName)
      let silence = try await withEngine(caller, ruleSet) { engine, tenant, now in
        guard try await engine.silences(endingAfter: now, for: tenant).count < Self.mostSilences
        else {
          throw Problem(
            .conflict, "\(Self.mostSilences) silences hold already; let some of them expire")
        }
        var silence = asked
        silence.id = String(UUIDv7(at: now).description.suffix(8))
        silence.startsAt = now
        silence.endsAt = tenant.zone.adding(length, to: now)
        try await engine.add(silence, for: tenant)
        return silence
      }
      return .json(try await shown(silence.id, call), status: .created)
    }
  }

  private var expireSilence: Route {
    Route(
      method: .post, path: "/api/silences/{id}/expire", name: "expireSilence",
      summary: "End a silence now; what it kept from being sent is not sent later",
      access: .tenant, parameters: [.path("id", .name, "The silence's id")],
      replies: [
        .init(status: 200, summary: "The silence", schema: Self.silenceSchema),
        .conflict("It is over already"),
      ]
    ) { call in
      let id = call.parameters["id"] ?? ""
      let hasEnded = try await inTenant(call) { connection, tenant in
        try await SilenceStore(connection: connection, tenant: tenant)
          .expire(id, at: DatabaseClock(connection: connection).now())
      }
      let silence = try await shown(id, call)
      guard hasEnded else { throw Problem(.conflict, "the silence is over already") }
      return .json(silence)
    }
  }

  /// A silence as JSON, which must be there.
  private func shown(_ id: String, _ call: Call) async throws -> String {
    let found = try await inTenant(call) { connection, tenant in
      try await SilenceStore(connection: connection, tenant: tenant).object(id)
    }
    guard let found else { throw Problem.notFound("silence") }
    return found
  }

  /// What a caller asks for; its id and times are not known yet.
  private static func silence(
    in bytes: [UInt8], _ ruleSet: RuleSet, by author: String
  ) throws(Problem) -> (Silence, Period) {
    let body = try RequestBody(bytes, members: ["rule", "entity", "tag", "all", "for", "reason"])
    guard let word = try body.text("for"), word.wholeMatch(of: /[1-9][0-9]{0,2}(?:h|d|w)/) != nil,
      let length = Period(word)
    else { throw Problem(.badRequest, "for is how long: 6h, 7d or 2w, of up to three digits") }
    guard let reason = try body.text("reason") else {
      throw Problem(.badRequest, "say the reason")
    }
    let (rule, entity, tag) = (
      try body.text("rule"), try body.text("entity"), try body.text("tag")
    )
    guard try body.isTrue("all") || rule != nil || entity != nil || tag != nil else {
      throw Problem(
        .badRequest, #"name what to silence: rule, entity or tag, or say "all": true"#)
    }
    if let rule, ruleSet.rules[rule] == nil { throw .notFound("rule") }
    if let tag, !ruleSet.rules.values.contains(where: { $0.tags.contains(tag) }) {
      throw .notFound("tag")
    }
    let thing = entity.map(ruleSet.catalog.thing)
    let silence = Silence(
      id: "", rule: rule, entity: thing?.entity, entityKey: thing?.key, tag: tag, author: author,
      reason: reason, startsAt: Instant(microseconds: 0), endsAt: Instant(microseconds: 0))
    return (silence, length)
  }

  private static let mostSilences = 200

  private static let newSilenceSchema: JSONValue = [
    "type": "object", "additionalProperties": false, "required": ["for", "reason"],
    "properties": [
      "rule": RequestBody.textSchema, "entity": RequestBody.textSchema,
      "tag": RequestBody.textSchema, "all": ["type": "boolean"],
      "for": ["type": "string", "pattern": "^[1-9][0-9]{0,2}[hdw]$"],
      "reason": RequestBody.textSchema,
    ],
    "anyOf": [
      ["required": ["rule"]], ["required": ["entity"]], ["required": ["tag"]],
      ["required": ["all"], "properties": ["all": ["const": true]]],
    ],
  ]

  private static let silenceSchema: JSONValue = .objectSchema([
    "id": .text, "rule": .optional(.text), "entity": .optional(.text),
    "key": .optional(.text), "tag": .optional(.text), "author": .text, "reason": .text,
    "starts_at": .time, "ends_at": .time, "skipped": .wholeNumber,
  ])
}
