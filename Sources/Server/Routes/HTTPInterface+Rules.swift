import Engine
import HTTPTypes
import Rules
import Store

extension HTTPInterface {
  /// The rules that run.
  var rulesRoutes: [Route] {
    let schema: JSONValue = .objectSchema([
      "name": .text, "title": .text, "about": .optional(.text), "owner": .optional(.text),
      "tags": ["type": "array", "items": .text], "mode": .text, "for_each": .text,
      "condition_hash": .text,
    ])
    return [
      Route(
        method: .get, path: "/api/rules", name: "listRules", summary: "Rules by name",
        access: .tenant, parameters: Paging.parameters(ids: .name),
        replies: [.init(status: 200, summary: "A page", schema: Paging.schema(of: schema))]
      ) { call in
        let place = call.parameters["cursor"] ?? ""
        let names = ruleSet().rules.keys.filter { $0 > place }.sorted().prefix(call.limit + 1)
        let shown = names.prefix(call.limit)
        let rules = ruleSet().rules
        return Paging.reply(
          LedgerPage(
            items: shown.compactMap { rules[$0]?.json },
            next: names.count > shown.count ? shown.last : nil))
      },
      Route(
        method: .get, path: "/api/rules/{name}", name: "getRule", summary: "A rule",
        access: .tenant, parameters: [.path("name", .name, "The rule's name")],
        replies: [.init(status: 200, summary: "The rule", schema: schema)]
      ) { call in
        guard let rule = ruleSet().rules[call.parameters["name"] ?? ""] else {
          throw Problem.notFound("rule")
        }
        return .json(rule.json)
      },
    ]
  }
}

extension Rule {
  fileprivate var json: String {
    ValueJSON.object([
      ("name", ValueJSON.string(name)), ("title", ValueJSON.string(title)),
      ("about", about.map(ValueJSON.string) ?? "null"),
      ("owner", owner.map(ValueJSON.string) ?? "null"),
      ("tags", "[" + tags.map(ValueJSON.string).joined(separator: ",") + "]"),
      ("mode", ValueJSON.string(mode.rawValue)), ("for_each", ValueJSON.string(entity)),
      ("condition_hash", ValueJSON.string(conditionHash)),
    ])
  }
}
