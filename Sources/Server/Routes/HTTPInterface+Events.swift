import Engine
import HTTPTypes
import Postgres
import Rules
import Store

extension HTTPInterface {
  /// Events of the business, which rules with `on_event` wait for.
  var events: [Route] {
    [
      Route(
        method: .post, path: "/api/events", name: "takeEvent",
        summary: "Take a CloudEvent and ask the rules that wait for its type at once",
        access: .tenant,
        body: Route.Body(
          contentTypes: ["application/cloudevents+json", "application/json"],
          schema: Self.eventSchema, isRequired: true, mostBytes: 256 * 1024),
        replies: [
          .init(
            status: 200, summary: "Done now, or when the event first came",
            schema: Self.answerSchema)
        ]
      ) { call in try await take(call) }
    ]
  }

  private func take(_ call: Call) async throws -> Reply {
    let (event, content) = try Self.read(call.body)
    let ruleSet = ruleSet()
    let rules = ruleSet.rules.values.filter { $0.eventTypes.contains(event.type) }
      .sorted { $0.name < $1.name }
    guard !rules.isEmpty else { return .json(Self.nothing(event)) }
    let source = ruleSet.catalog.events[event.type]
    let entities = Set(rules.map(\.entity))
    guard let key = Self.key(in: content, source?.keyPath ?? ["subject"], of: entities) else {
      throw Problem(
        .badRequest,
        "the event does not say what it is about: \(source?.keyPath.joined(separator: ".") ?? "subject") is missing"
      )
    }
    let caller = call.tenant()
    return try await withEngine(caller, ruleSet) { engine, tenant, now in
      .json(try await engine.take(event, about: key, rules: rules, at: now, for: tenant).json)
    }
  }

  private static func read(_ body: [UInt8]) throws(Problem) -> (IncomingEvent, JSONValue) {
    guard let content = JSONValue(body), case .object = content else {
      throw Problem(.badRequest, "the body is not a JSON object")
    }
    guard content["specversion"] == "1.0" else {
      throw Problem(.badRequest, #"an event has "specversion": "1.0""#)
    }
    var texts: [String: String] = [:]
    for name in ["id", "source", "type"] {
      guard let text = content[name]?.string, (1...longestText).contains(text.unicodeScalars.count)
      else {
        throw Problem(
          .badRequest, "\(name) is to be a text of 1 to \(longestText) characters")
      }
      // The one character that PostgreSQL cannot keep.
      texts[name] = String(text.unicodeScalars.filter { $0.value != 0 })
    }
    if let subject = content["subject"], subject.string == nil {
      throw Problem(.badRequest, "subject is to be a text")
    }
    let event = IncomingEvent(
      source: texts["source"] ?? "", id: texts["id"] ?? "", type: texts["type"] ?? "")
    return (event, content)
  }

  private static let longestText = 500

  /// The key that stands at a path; a subject may name its kind in front: `account/1042`.
  private static func key(
    in content: JSONValue, _ path: [String], of entities: Set<String>
  ) -> String? {
    let found = path.reduce(JSONValue?.some(content)) { value, name in value?[name] }
    guard var key = found?.key else { return nil }
    if path == ["subject"] {
      for entity in entities where key.hasPrefix("\(entity)/") {
        key.removeFirst(entity.count + 1)
      }
    }
    key.unicodeScalars.removeAll { $0.value == 0 }
    return key.isEmpty || key.utf8.count > 1000 ? nil : key
  }

  private static func nothing(_ event: IncomingEvent) -> String {
    ValueJSON.object([
      ("id", ValueJSON.string(event.id)), ("type", ValueJSON.string(event.type)), ("key", "null"),
      ("run", "null"), ("rules", "[]"),
    ])
  }

  private static let eventSchema: JSONValue = {
    let text: JSONValue = [
      "type": "string", "minLength": 1, "maxLength": .integer(Int64(longestText)),
    ]
    return [
      "type": "object", "required": ["specversion", "id", "source", "type"],
      "properties": [
        "specversion": ["const": "1.0"], "id": text, "source": text, "type": text,
        "subject": ["type": "string"], "data": [:],
      ],
    ]
  }()

  private static let answerSchema: JSONValue = .objectSchema([
    "id": .text, "type": .text, "key": .optional(.text), "run": .optional(.uuid),
    "rules": ["type": "array", "items": ["type": "object"]],
  ])
}
