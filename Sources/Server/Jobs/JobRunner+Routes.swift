import Engine
import Expressions
import HTTPTypes
import Rules
import Store

extension JobRunner {
  /// Starts a job and waits for it.
  nonisolated func process(_ method: HTTPRequest.Method) -> Route {
    Route(
      method: method, path: "/api/jobs/process",
      name: method == .get ? "processJob" : "postJob",
      summary: "Run a job now, for every tenant or one; schedulers such as Vercel Cron send GET",
      access: .scheduler,
      parameters: [
        Parameter(
          name: "job", place: .query, kind: .name, isRequired: true,
          summary: "`daily`, `triggers` or the name of a rule"),
        .query("tenant", .text, "The slug of one tenant; all if not said"),
        .query("dry_run", .yesNo, "Look who would match and write nothing"),
      ],
      replies: [
        .init(status: 200, summary: "Done", schema: Self.schema),
        .init(
          status: 202, summary: "Still under way; ask again at Location", schema: Self.schema),
        .init(status: 500, summary: "A run failed; the others are done", schema: Self.schema),
      ]
    ) { call in
      let request = Request(
        job: call.parameters["job"] ?? "", tenant: call.parameters["tenant"],
        isDryRun: call.isYes("dry_run"))
      return Self.reply(try await self.run(request))
    }
  }

  /// Tells how a job goes that took too long to wait for.
  nonisolated var poll: Route {
    Route(
      method: .get, path: "/api/jobs/process/{id}", name: "pollJob",
      summary: "How a job goes that was started; this process remembers the last 100",
      access: .scheduler, parameters: [.path("id", .uuid, "The job's id, from its answer")],
      replies: [
        .init(status: 200, summary: "Done", schema: Self.schema),
        .init(status: 202, summary: "Still under way", schema: Self.schema),
        .init(status: 500, summary: "A run failed; the others are done", schema: Self.schema),
      ]
    ) { call in
      guard let id = call.parameters["id"].flatMap(UUIDv7.init), let entry = await self.entry(id)
      else { throw Problem.notFound("job; a server that was started anew knows none") }
      return Self.reply(entry)
    }
  }

  private static func reply(_ entry: Entry) -> Reply {
    let isSuccess = entry.runs.allSatisfy(\.isSuccess)
    let body = ValueJSON.object([
      ("success", entry.isRunning ? "null" : "\(isSuccess)"),
      ("job", ValueJSON.string(entry.request.job)),
      ("id", ValueJSON.string(entry.id.description)),
      ("dry_run", "\(entry.request.isDryRun)"),
      (
        "runs",
        "["
          + entry.runs.map { $0.json(isDryRun: entry.request.isDryRun) }
          .joined(separator: ",") + "]"
      ),
      ("warnings", "[" + entry.warnings.map(ValueJSON.string).joined(separator: ",") + "]"),
    ])
    guard entry.isRunning else {
      return .json(body, status: isSuccess ? .ok : .internalServerError)
    }
    return .json(
      body, status: .accepted,
      headers: [.location: "/api/jobs/process/\(entry.id)", .retryAfter: "5"])
  }

  private static let schema: JSONValue = [
    "type": "object", "required": ["success", "job", "id", "dry_run", "runs", "warnings"],
    "properties": [
      "success": ["type": ["boolean", "null"]], "job": ["type": "string"],
      "id": ["type": "string", "format": "uuid"], "dry_run": ["type": "boolean"],
      "warnings": ["type": "array", "items": ["type": "string"]],
      "runs": [
        "type": "array",
        "items": [
          "type": "object", "required": ["tenant", "success"],
          "properties": [
            "tenant": ["type": ["string", "null"]], "success": ["type": "boolean"],
            "error": ["type": "string"], "run": ["type": "string", "format": "uuid"],
            "rows_read": ["type": "integer"],
            "rules": ["type": "array", "items": ["type": "object"]],
          ],
        ],
      ],
    ],
  ]
}

extension JobRun {
  fileprivate func json(isDryRun: Bool) -> String {
    let tenant = tenant.map(ValueJSON.string) ?? "null"
    switch outcome {
    case .failure(let error):
      return ValueJSON.object([
        ("tenant", tenant), ("success", "false"), ("error", ValueJSON.string("\(error)")),
      ])
    case .success(let report):
      return ValueJSON.object([
        ("tenant", tenant), ("success", "true"),
        ("run", ValueJSON.string(report.runID.description)), ("rows_read", "\(report.rowsRead)"),
        (
          "rules",
          "[" + report.rules.map { $0.json(isDryRun: isDryRun) }.joined(separator: ",") + "]"
        ),
      ])
    }
  }
}

extension RuleReport {
  private static let mostShown = 100

  /// The figures, and after a dry run the first things that match and what would be written.
  fileprivate func json(isDryRun: Bool) -> String {
    let numbers = [
      ("in_scope", counts.inScope), ("matched", counts.matched), ("unknown", counts.unknown),
      ("errors", counts.errors), ("opened", counts.opened), ("resolved", counts.resolved),
      ("tasks", counts.tasks), ("emails", counts.emails), ("webhooks", counts.webhooks),
      ("updates", counts.updates), ("held", counts.held),
    ]
    var members =
      [("rule", ValueJSON.string(rule))] + numbers.map { ($0.0, "\($0.1)") }
    if let changes { members.append(("changes", changes.json)) }
    if isDryRun, changes == nil {
      let shown = matches.prefix(Self.mostShown).map { match in
        ValueJSON.object([
          ("key", ValueJSON.string(match.key)), ("label", ValueJSON.string(match.label)),
          ("severity", ValueJSON.string(match.severity.rawValue)), ("open", "\(match.isOpen)"),
        ])
      }
      members.append(("matches", "[" + shown.joined(separator: ",") + "]"))
    }
    return ValueJSON.object(members)
  }
}
