import Expressions

extension KeyTable {
  /// The keys of a rule's file.
  package static let rule = KeyTable(
    "a rule",
    [
      Key("rule", .name, .required, "The rule's name, equal to the file's."),
      Key("title", .text, "What people call the rule."),
      Key("about", .text, "What the rule is for."),
      Key("owner", .plain, "Who is told when the rule itself is ill."),
      Key("tags", .list(.plain), "Words to find the rule by."),
      Key("mode", .word(Rule.Mode.allCases.map(\.rawValue)), "Whether the rule acts."),
      Key("schedule", .shortOrLong(.schedule, .table(.cron)), "When the rule runs."),
      Key("jobs", .list(.plain), "Further names the rule runs under, with others."),
      Key("on_event", .oneOrMore(.plain), "Incoming events at which one thing is looked at."),
      Key("needs_fresh", .freshness, "How recent a source's rows must be."),
      Key(
        "for_each", .name, .requiredUnless(["rollup"]),
        "The entity whose every row the rule looks at."),
      Key("where", .condition, "Who is in scope."),
      Key("params", .map(.names, .expression), "Numbers worth tuning."),
      Key("overrides", .list(.table(.override)), "Params for some; first match wins."),
      Key("values", .map(.names, .expression), "Named columns, shown and stored."),
      Key("when", .condition, .requiredUnless(["set", "rollup"]), "When an alert opens."),
      Key(
        "set", .map(.anything, .shortOrLong(.expression, .map(.anything, .expression))),
        "What a metric rule computes, by field: an expression or a ladder."),
      Key("stamp", .plain, "The timestamp field that tells when `set` changed a row."),
      Key("rollup", .table(.rollup), "Figures by group, window and day, written into a table."),
      Key(
        "severity", .shortOrLong(.word(severities), .map(.words(severities), .expression)),
        "How urgent an alert is: a word, or a ladder."),
      Key("lifecycle", .table(.lifecycle), "How an alert opens and closes."),
      Key("suppressed_by", .list(.name), "Rules whose open alert holds this one back."),
      Key("remind", .reminder, "When an open alert sends its mails and webhooks again."),
      Key("limits", .table(.limits), "How much the rule may do."),
      Key("then", .list(.table(.action)), "What happens once an alert opens."),
      Key("when_resolved", .list(.table(.resolvedAction)), "What happens once it is resolved."),
      Key("tests", .list(.table(.test)), "Examples the rule is held to."),
    ])

  /// The keys of a condition's file.
  package static let condition = KeyTable(
    "a condition",
    [
      Key("condition", .name, .required, "The condition's name, equal to the file's."),
      Key("for_each", .name, .required, "The entity it is about."),
      Key("about", .text, "What it means, in a sentence."),
      Key("params", .map(.names, .expression), "What a call may set, with defaults."),
      Key("where", .condition, "Who is in scope."),
      Key("when", .condition, .required, "When it holds."),
      Key("values", .map(.names, .expression), "Named columns that join the rule's."),
    ])

  static let cron = KeyTable(
    "a schedule", [Key("cron", .cron, .required, "Five fields, in the tenant's zone.")])

  static let override = KeyTable(
    "an override",
    [Key("where", .condition, .required, "For whom the params change.")], others: .expression)

  static let lifecycle = KeyTable(
    "a lifecycle",
    [
      Key("open_after", .checks, "Checks in a row that must match."),
      Key("resolve_when", .condition, "When an open alert is over; else when `when` is false."),
      Key("resolve_after", .checks, "Checks in a row that must be over."),
      Key("reopen_within", .period, "How soon a match continues the episode."),
      Key("cooldown", .period, "How long no new episode begins."),
      Key("expire_after", .period, "How long an alert may stay open."),
    ])

  static let limits = KeyTable(
    "limits",
    [
      Key("per_recipient", .rate, "Messages to one recipient."),
      Key("per_rule", .rate, "Alerts of the rule that may act."),
      Key("max_matches", .maxMatches, "More matches in one run hold every action."),
      Key(
        "overflow", .word(Limits.Overflow.allCases.map(\.rawValue)),
        "What becomes of actions over a rate."),
    ])

  static let rollup = KeyTable(
    "a rollup",
    [
      Key("from", .name, .required, "The source whose rows are counted."),
      Key("windows", .oneOrMore(.plain), .required, "The windows that a row's time lies in."),
      Key("by", .list(.list(.name)), "The ways to group rows; `[]` is all together."),
      Key("into", .name, .required, "The rollup of the catalog that is filled."),
      Key(
        "columns", .map(.names, .shortOrLong(.expression, .table(.tally))), .required,
        "Figures: an aggregate, or an expression over the columns above."),
    ])

  static let tally = KeyTable(
    "a figure", exactlyOne: Rollup.Tally.Kind.allCases.map(\.rawValue),
    [
      Key("count", .word(["rows"]), "The number of rows."),
      Key("distinct", .expression, "The number of different values."),
      Key("sum", .expression, "The sum of a value."),
      Key("avg", .expression, "The mean of a value."),
      Key("min", .expression, "The least value."),
      Key("max", .expression, "The greatest value."),
      Key("where", .condition, "Which rows count."),
      Key("once_per", .expression, "What counts once, however many rows it comes with."),
    ])

  static let action = KeyTable(
    "an action", exactlyOne: ["task", "email", "webhook", "update"],
    [
      Key("task", .table(.task), "Adds a row to the business's task table."),
      Key("email", .table(.email), "Sends one message to each recipient."),
      Key("webhook", .table(.webhook), "Tells an endpoint of the settings."),
      Key("update", .table(.update), "Sets writable fields."),
    ])

  static let resolvedAction = KeyTable(
    "an action", exactlyOne: ["task", "email", "webhook", "update"],
    [
      Key(
        "task", .shortOrLong(.word(["close"]), .table(.task)),
        "`close` ends the tasks of the episode."),
      Key("email", .table(.email), "Sends one message to each recipient."),
      Key("webhook", .table(.webhook), "Tells an endpoint of the settings."),
      Key("update", .table(.update), "Sets writable fields."),
    ])

  static let task = KeyTable(
    "a task",
    [
      Key("title", .template, .required, "The task in one line."),
      Key("assign_to", .recipient, "Who is to do it."),
      Key("priority", .plain, "The business's own word."),
      Key("due_in", .period, "How long after the run's time it is due."),
      Key("body", .template, "What there is to know."),
      Key("where", .condition, "When the action applies; `severity` may be used."),
    ])

  static let email = KeyTable(
    "an email",
    [
      Key("to", .oneOrMore(.recipient), .required, "Who gets it."),
      Key("cc", .oneOrMore(.recipient), "Who gets a copy."),
      Key("template", .name, "Files of `templates/email`."),
      Key("subject", .template, "The subject, without a template."),
      Key("body", .template, "The text, without a template."),
      Key("html", .template, "The HTML, without a template."),
      Key("digest", .schedule, "When one message per recipient lists all."),
      Key("line", .template, "The alert's line in a digest; the subject if not said."),
      Key("where", .condition, "When the action applies; `severity` may be used."),
    ])

  static let webhook = KeyTable(
    "a webhook",
    [
      Key("endpoint", .plain, .required, "Named in the settings."),
      Key("body_template", .name, "A file of `templates/webhook`."),
      Key("where", .condition, "When the action applies; `severity` may be used."),
    ])

  static let update = KeyTable(
    "an update",
    [Key("where", .condition, "When the action applies; `severity` may be used.")], others: .plain)

  static let test = KeyTable(
    "a test",
    [
      Key("name", .text, .required, "What the test shows."),
      Key("given", .map(.anything, .anything), "Values of fields, metrics and values."),
      Key("expect", .word(RuleTest.Outcome.allCases.map(\.rawValue)), "What follows."),
      Key("severity", .word(severities), "The severity of what opens."),
      Key("texts", .map(.anything, .text), "What actions say, by action and part: `task.title`."),
      Key("set", .map(.anything, .plain), "What the fields of a metric rule become."),
      Key("rows", .list(.map(.anything, .plain)), "The rows that a rollup counts."),
      Key("gives", .list(.map(.anything, .plain)), "Rows of figures that come of them."),
      Key("at", .plain, "The run's time; 2026-01-05 06:00 if not said."),
    ])

  private static let severities = Severity.allCases.map(\.rawValue)
}
