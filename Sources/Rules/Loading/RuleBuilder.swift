import Diagnostics
import Expressions
import Templates
import YAML

/// Builds a rule from its file.
struct RuleBuilder: NameChecking {
  var report: FileReport
  let root: Node
  let library: Library
  var scope = Scope()
  var entity = ""

  /// The names for what is asked about an alert: those of the rule, and `opened.…`.
  var alertScope = Scope()

  /// The names texts may use: those of the rule, and a few about the alert.
  var textScope = Scope()

  /// Values of the conditions that `where` and `when` call.
  var conditionValues: [NamedTerm] = []

  /// Params and values that stand in some expression or text.
  var usedNames: Set<String> = []

  /// What is wrong in template files, by their path below `templates/`.
  var templateDiagnostics: [String: [Diagnostic]] = [:]

  init(_ file: ParsedFile, library: Library) {
    report = file.report
    root = file.root
    self.library = library
    report.broken.formUnion(library.broken)
  }

  /// The rule, or `nil` when there are errors in its file or its templates.
  mutating func build() -> Rule? {
    guard let name = root.text("rule"), enterSource() ?? enterEntity() else { return nil }
    checkFileName(name, key: "rule")
    readParams()
    enterValuesOfConditions()
    var values = readValues()
    let scopeCondition = root["where"].flatMap { condition($0, in: scope) }
    var whenCondition = root["when"].flatMap { condition($0, in: scope) }
    joinValues(of: [scopeCondition, whenCondition], to: &values)
    let metric = root["rollup"] == nil ? readMetric() : nil
    let rollup = readRollup()
    if metric != nil || rollup != nil {
      whenCondition = ReadCondition(term: .constant(.bool(true)))
    }
    alertScope = scope.addingOpened(values)
    let severity = readSeverity()
    let lifecycle = readLifecycle()
    enterTexts(name: name)
    let actions = readActions(of: root["then"])
    let resolved = readResolvedActions()
    let schedule = readSchedule()
    let needsFresh = readFreshness()
    let suppressors = readSuppressors(of: name)
    guard let whenCondition else { return nil }

    let scopes =
      [scopeCondition?.term].compactMap { $0 } + (scopeCondition?.scopes ?? [])
      + whenCondition.scopes
    var rule = Rule(
      name: name, title: title(name), about: root.text("about"), owner: root.text("owner"),
      tags: root.texts("tags") ?? [],
      mode: root.text("mode").flatMap(Rule.Mode.init) ?? .live, schedule: schedule,
      entity: entity, scope: scopes.isEmpty ? nil : Term.all(scopes), values: values,
      when: whenCondition.term, severity: severity, lifecycle: lifecycle, limits: readLimits(),
      actions: actions, resolvedActions: resolved, needsFresh: needsFresh,
      suppressedBy: suppressors)
    rule.metric = metric
    rule.rollup = rollup
    rule.jobs = root.texts("jobs") ?? []
    rule.conditionHash = ConditionHash.of(rule)
    rule.path = report.source.path
    rule.source = report.source
    rule.eventTypes = root.texts("on_event") ?? []
    checkEvents(of: rule)
    let hasTemplateErrors = templateDiagnostics.values.joined().contains { $0.severity == .error }
    let isWhole = !report.hasErrors(outside: root["tests"]?.span) && !hasTemplateErrors
    rule.tests = readTests(of: rule, isWhole: isWhole)
    warn(about: rule)
    return isWhole && !report.hasErrors ? rule : nil
  }

  /// `dormant_customer` is called "Dormant customer" where nothing better is said.
  func title(_ name: String) -> String {
    if let title = root.text("title") { return title }
    let words = name.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Brings the values of the conditions that are called into scope, ahead of the rule's own.
  ///
  /// Conditions whose arguments need the rule's own values come too late for those.
  private mutating func enterValuesOfConditions() {
    var probe = self
    probe.report = FileReport(report.source)
    let found = ["where", "when"].compactMap { root[$0] }.flatMap { probe.calledValues(in: $0) }
    for value in found.withoutRepeats where scope.names[value.name] == nil {
      scope.names[value.name] = value
      conditionValues.append(value)
    }
  }

  private mutating func calledValues(in node: Node) -> [NamedTerm] {
    if let text = node.text, !Words(text).contains(where: { scope.conditions[$0.text] != nil }) {
      return []
    }
    guard let entries = node.entries else { return condition(node, in: scope)?.values ?? [] }
    return entries.flatMap { entry in
      ["all", "any", "not"].contains(entry.key)
        ? entry.value.oneOrMore.flatMap { calledValues(in: $0) }
        : condition(Node(span: node.span, content: .mapping([entry])), in: scope)?.values ?? []
    }
  }

  /// Puts the values of the conditions in front of the rule's own, and adds those that were late.
  private mutating func joinValues(
    of conditions: [ReadCondition?], to values: inout [NamedTerm]
  ) {
    let own = Set(values.map(\.name))
    values = conditionValues.filter { !own.contains($0.name) } + values
    for value in conditions.flatMap({ $0?.values ?? [] }) {
      guard let known = scope.names[value.name] else {
        scope.names[value.name] = value
        values.append(value)
        continue
      }
      guard known.term != value.term, !report.broken.contains(value.name),
        let entry = root["values"]?.entry(value.name) ?? root["params"]?.entry(value.name)
      else { continue }
      report.error(
        .nameTaken, "`\(value.name)` is also a value of a condition that the rule calls",
        at: entry.keySpan, help: "choose another name")
    }
  }

  private mutating func readSchedule() -> Schedule? {
    guard let node = root["schedule"] else { return nil }
    if let text = node.text { return try? Schedule.read(text).get() }
    return try? node.text("cron").map(Schedule.readCron)?.get()
  }

  /// An event that the catalog knows is about one kind of thing.
  private mutating func checkEvents(of rule: Rule) {
    for type in rule.eventTypes {
      guard let source = library.catalog.events[type], source.entity != rule.entity,
        let node = root["on_event"]
      else { continue }
      report.error(
        .unknownEntity,
        "`\(type)` is about `\(source.entity)`, and the rule about `\(rule.entity)`",
        at: node.span, help: "write `for_each: \(source.entity)`, or name another event")
    }
  }
}

// MARK: - Params

extension RuleBuilder {
  /// Reads `params` with their `overrides`: for each param the first override that holds and
  /// sets it wins.
  private mutating func readParams() {
    let base = scope
    let overrides = readOverrides(in: base)
    for entry in root["params"]?.entries ?? [] {
      guard claimName(entry.key, at: entry.keySpan),
        let fallback = expression(entry.value, in: scope)
      else {
        report.broken.insert(entry.key)
        continue
      }
      var term = fallback.term
      for override in overrides.reversed() {
        guard let node = override.values[entry.key],
          let value = expression(node, in: base, expecting: .type(fallback.type))
        else { continue }
        // Where it cannot be told whether the override holds, it does not.
        term = .apply(.conditional, [override.condition.held, value.term, term])
      }
      scope.names[entry.key] = NamedTerm(name: entry.key, type: fallback.type, term: term)
    }
  }

  private mutating func readOverrides(
    in scope: Scope
  ) -> [(condition: Term, values: [String: Node])] {
    let params = root["params"]?.entries?.map(\.key) ?? []
    var overrides: [(condition: Term, values: [String: Node])] = []
    for item in root["overrides"]?.items ?? [] {
      var values: [String: Node] = [:]
      for entry in item.entries ?? [] where entry.key != "where" {
        guard params.contains(entry.key) else {
          // Without `where`, this may be what was to be it.
          guard item["where"] != nil else { continue }
          report.error(
            .unknownParam, "there is no param `\(entry.key)` to override", at: entry.keySpan,
            help: suggestion(for: entry.key, among: params))
          continue
        }
        values[entry.key] = entry.value
      }
      guard let place = item["where"],
        let condition = condition(place, in: scope)
      else { continue }
      overrides.append((condition.joined, values))
    }
    return overrides
  }
}

// MARK: - Severity, limits

extension RuleBuilder {
  private mutating func readSeverity() -> SeverityLadder {
    guard let node = root["severity"] else { return SeverityLadder() }
    if let word = node.text {
      return SeverityLadder(otherwise: Severity(rawValue: word) ?? .medium)
    }
    guard let entries = node.entries, let last = entries.last else { return SeverityLadder() }
    var ladder = SeverityLadder()
    for entry in entries.dropLast() {
      if entry.value.text == "otherwise" {
        report.error(
          .ladderEnd, "`otherwise` ends a ladder, nothing below it can be reached",
          at: entry.value.span, help: "move `\(entry.key)` to the end")
        continue
      }
      guard let checked = expression(entry.value, in: scope, expecting: .condition),
        let severity = Severity(rawValue: entry.key)
      else { continue }
      ladder.steps.append(
        .init(severity: severity, when: Term.all(checked.scopes + [checked.term])))
    }
    if last.value.text == "otherwise" {
      ladder.otherwise = Severity(rawValue: last.key) ?? .medium
    } else if Severity(rawValue: last.key) != nil,
      !entries.contains(where: { $0.value.text == "otherwise" })
    {
      report.error(
        .ladderEnd, "the last line of a ladder is `otherwise`", at: last.value.span,
        help: "write `\(last.key): otherwise`, or add a line")
    }
    return ladder
  }

  private func readLimits() -> Limits {
    guard let node = root["limits"] else { return Limits() }
    return Limits(
      perRecipient: node.text("per_recipient").flatMap { Limits.Rate($0) },
      perRule: node.text("per_rule").flatMap { Limits.Rate($0) },
      maxMatches: node.text("max_matches").flatMap { Limits.MaxMatches($0) },
      overflow: node.text("overflow").flatMap(Limits.Overflow.init) ?? .nextWindow)
  }
}

// MARK: - Warnings

extension RuleBuilder {
  private mutating func warn(about rule: Rule) {
    let place = root.entry("rule")?.keySpan ?? root.span
    if rule.owner == nil {
      report.warn(
        .noOwner, "nobody is told when this rule itself is ill", at: place,
        help: "add `owner:` with an address")
    }
    if rule.opensAlerts,
      ["then", "when_resolved"].allSatisfy({ root[$0]?.items?.isEmpty ?? true }),
      root["then"] == nil || root["then"]?.items != nil,
      !report.diagnostics.contains(where: { $0.code == .unknownKey })
    {
      report.warn(
        .noActions, "nothing happens when an alert of this rule opens", at: place,
        help: "add `then:` with a task, an email, a webhook or an update")
    }
    if let entry = root.entry("remind"), rule.lifecycle.remind != nil,
      !rule.actions.isEmpty, !rule.actions.contains(where: \.isMessage)
    {
      report.warn(
        .remindsNobody, "reminders repeat mails and webhooks, and this rule has neither",
        at: entry.keySpan, help: "add an `email` or a `webhook` to `then`, or remove `remind`")
    }
  }

  /// The rule and its file for the lints.
  func lintSubject(_ rule: Rule) -> LintSubject {
    var names = usedNames
    for term in rule.decidingTerms + rule.values.map(\.term) { term.collectNames(into: &names) }
    return LintSubject(
      root: root, catalog: library.catalog, scope: alertScope, population: rule.scope, rule: rule,
      usedNames: names)
  }
}
