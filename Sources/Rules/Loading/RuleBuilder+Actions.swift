import Diagnostics
import Expressions
import Templates
import YAML

extension RuleBuilder {
  mutating func readActions(of list: Node?, idPrefix: String = "") -> [Action] {
    var counts: [String: Int] = [:]
    return (list?.items ?? []).compactMap { item in
      guard let entry = item.entries?.first else { return nil }
      return readAction(entry, idPrefix: idPrefix, counts: &counts)
    }
  }

  mutating func readResolvedActions() -> [ResolvedAction] {
    var counts: [String: Int] = [:]
    return (root["when_resolved"]?.items ?? []).compactMap { item in
      guard let entry = item.entries?.first else { return nil }
      if entry.key == "task", entry.value.entries == nil {
        guard let target = taskTarget(at: entry.keySpan) else { return nil }
        if target.close.isEmpty {
          report.error(
            .noTaskTable, "the catalog does not say how a task is closed", at: entry.keySpan,
            help: "add `close:` to `task` under `writes:`")
        }
        return .closeTasks
      }
      return readAction(entry, idPrefix: "resolved.", counts: &counts).map(ResolvedAction.act)
    }
  }

  private mutating func readAction(
    _ entry: Node.Entry, idPrefix: String, counts: inout [String: Int]
  ) -> Action? {
    counts[entry.key, default: 0] += 1
    let number = counts[entry.key] ?? 1
    let id = idPrefix + entry.key + (number == 1 ? "" : ".\(number)")
    let kind: Action.Kind? =
      switch entry.key {
      case "task": readTask(entry).map(Action.Kind.task)
      case "email": readEmail(entry).map(Action.Kind.email)
      case "webhook": readWebhook(entry).map(Action.Kind.webhook)
      case "update": .update(readUpdates(entry))
      default: nil
      }
    let condition = entry.value["where"].flatMap { readActionCondition($0) }
    return kind.map { Action(id: id, condition: condition, kind: $0) }
  }

  private mutating func readActionCondition(_ node: Node) -> Term? {
    var scope = alertScope
    scope.allowsSeverity = true
    let term = condition(node, in: scope)?.joined
    term?.collectNames(into: &usedNames)
    return term
  }

  // MARK: Tasks

  private mutating func taskTarget(at span: Range<Int>) -> WriteTarget? {
    if let target = library.catalog.writes["task"] { return target }
    guard !library.broken.contains("task") else { return nil }
    report.error(
      .noTaskTable, "the catalog does not say where tasks go", at: span,
      help: "add `task` under `writes:` in the catalog")
    return nil
  }

  private mutating func readTask(_ entry: Node.Entry) -> TaskAction? {
    let node = entry.value
    let target = taskTarget(at: entry.keySpan)
    let slots = [
      "title": "title", "body": "body", "assign_to": "assign_to",
      "priority": "priority", "due_in": "due",
    ]
    for part in node.entries ?? [] {
      guard let target, let slot = slots[part.key], target.columns[slot] == nil else { continue }
      report.error(
        .noTaskTable, "the catalog's task table has no column for `\(slot)`", at: part.keySpan,
        help: "remove it, or add `\(slot)` to the columns of `task` under `writes:`")
    }
    let title = node["title"].flatMap { text($0) }
    let body = node["body"].flatMap { text($0) }
    let assignee = node["assign_to"].flatMap { recipient($0) }
    return title.map {
      TaskAction(
        title: $0, body: body, assignee: assignee, priority: node.text("priority"),
        dueIn: node.period("due_in"))
    }
  }

  // MARK: Emails

  private mutating func readEmail(_ entry: Node.Entry) -> EmailAction? {
    let node = entry.value
    guard node.entries != nil else { return nil }
    let to = node["to"]?.oneOrMore.compactMap { recipient($0) } ?? []
    let cc = node["cc"]?.oneOrMore.compactMap { recipient($0) } ?? []
    let digest = node.text("digest").flatMap { try? Schedule.read($0).get() }
    let line = node["line"].flatMap { text($0) }
    let inline = ["subject", "body", "html"].compactMap { node.entry($0) }
    if let template = node.entry("template") {
      if let first = inline.first {
        report.error(
          .keysExclude, "an email has `template` or texts of its own, not both",
          at: first.keySpan, help: "remove `\(first.key)` or `template`")
      }
      guard let name = template.value.text, Scalars.isName(name) else { return nil }
      var email = readEmailTemplate(name, at: template.value.span, to: to, cc: cc)
      email?.digest = digest
      email?.line = line
      return email
    }
    // Of a mail that never goes out by itself its line is enough.
    let needed =
      node["digest"] == nil ? ["subject", "body"] : node["line"] == nil ? ["subject"] : []
    let missing = needed.filter { node[$0] == nil }
    // A key that is none was most likely meant for the one that is missing.
    let hasStrangeKey = report.diagnostics.contains {
      $0.code == .unknownKey && node.span.contains($0.span.lowerBound)
    }
    if !missing.isEmpty, !hasStrangeKey {
      let keys =
        node["digest"] == nil
        ? missing.map { "`\($0)`" }.joined(separator: " and ") : "`line` or `subject`"
      report.error(
        .missingKey, "an email without `template` needs \(keys)", at: entry.keySpan,
        help: "add \(keys), or name a `template`")
    }
    let html = node["html"].flatMap { text($0, as: .html) }
    let subject = node["subject"].flatMap { text($0) }
    let body = node["body"].flatMap { text($0) }
    guard let subject = subject ?? (needed.isEmpty ? line : nil),
      let body = body ?? (node["digest"] == nil ? nil : line ?? subject)
    else { return nil }
    return EmailAction(
      to: to, cc: cc, subject: subject, text: body, html: html, digest: digest, line: line)
  }

  private mutating func readEmailTemplate(
    _ name: String, at span: Range<Int>, to: [Recipient], cc: [Recipient]
  ) -> EmailAction? {
    let path = "email/\(name)"
    var texts: [TextTemplate?] = []
    for part in ["subject", "text"] {
      let file = "\(path).\(part).mustache"
      guard requireTemplate(file, name, in: "email", at: span) else { return nil }
      texts.append(templateText(file, as: .text))
    }
    let html = templateText("\(path).html.mustache", as: .html)
    guard let subject = texts[0], let text = texts[1] else { return nil }
    return EmailAction(to: to, cc: cc, subject: subject, text: text, html: html)
  }

  // MARK: Webhooks

  private mutating func readWebhook(_ entry: Node.Entry) -> WebhookAction? {
    let node = entry.value
    guard let place = node["endpoint"], let endpoint = node.text("endpoint") else { return nil }
    if let settings = library.settings, settings.endpoints[endpoint] == nil {
      report.error(
        .unknownEndpoint, "the settings have no endpoint `\(endpoint)`", at: place.span,
        help: didYouMean(endpoint, among: settings.endpoints.keys.sorted())
          ?? "add it under `endpoints:` in bellwether.yaml")
    }
    var body: TextTemplate?
    if let template = node["body_template"], let name = template.text, Scalars.isName(name) {
      let path = "webhook/\(name).json.mustache"
      if requireTemplate(path, name, in: "webhook", at: template.span) {
        body = templateText(path, as: .json)
      }
    }
    return WebhookAction(endpoint: endpoint, body: body)
  }

  // MARK: Updates

  private mutating func readUpdates(_ entry: Node.Entry) -> [FieldUpdate] {
    let fields = (entry.value.entries ?? []).filter { $0.key != "where" && $0.value.scalar != nil }
    return fields.compactMap { readUpdate($0) }
  }

  private mutating func readUpdate(_ entry: Node.Entry) -> FieldUpdate? {
    let path = entry.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let writable = library.catalog.writableFields(of: entity)
    guard path.count == 2, path[0] == entity, let field = library.catalog.field(at: path) else {
      report.error(
        .unknownField, "`\(entry.key)` is not a field of \(entity)", at: entry.keySpan,
        help: ownField(entry.key) ?? didYouMean(entry.key, among: writable)
          ?? writableHelp(writable))
      return nil
    }
    guard field.isWritable else {
      report.error(
        .notWritable, "`\(entry.key)` may not be written", at: entry.keySpan,
        help: writableHelp(writable))
      return nil
    }
    return updateValue(entry.value, for: field).map { FieldUpdate(field: field.name, value: $0) }
  }

  func writableHelp(_ writable: [String]) -> String {
    writable.isEmpty
      ? "the catalog marks no field of \(entity) as `writable: true`"
      : "writable are \(writable.joined(separator: ", "))"
  }

  /// What a field becomes: for a text the text itself or one `{{ }}`, else an expression.
  private mutating func updateValue(_ node: Node, for field: Field) -> Term? {
    guard let scalar = node.scalar, !node.isEmpty else { return nil }
    if case .text = field.kind { return textValue(scalar, at: node.span, for: field) }
    if case .yesNo = field.kind, let value = Scalars.yesNo(scalar.text) {
      return .constant(.bool(value))
    }
    let checked = expression(node, in: alertScope, expecting: .type(field.kind.valueType))
    checked?.term.collectNames(into: &usedNames)
    return checked?.term
  }

  private mutating func textValue(
    _ scalar: Scalar, at span: Range<Int>, for field: Field
  ) -> Term? {
    let text = scalar.text
    if text.hasPrefix("{{"), text.hasSuffix("}}"), !text.dropFirst(2).contains("{{") {
      let inner = String(text.dropFirst(2).dropLast(2))
      let (checked, diagnostics) = Checker(scope: alertScope).check(inner, expecting: .type(.text))
      let found = diagnostics.map { alertScope.helping($0, in: inner) }
      report.add(found.map { $0.mapSpan { $0.lowerBound + 2..<$0.upperBound + 2 } }, in: scalar)
      checked?.term.collectNames(into: &usedNames)
      return checked?.term
    }
    if text.contains("{{") {
      report.error(
        .badUpdate, "a field takes a text, or one `{{ }}` and nothing around it", at: span,
        help: "join the parts inside of it, as in `{{rule.title + \": seen\"}}`")
      return nil
    }
    if let words = field.oneOf, !words.contains(text) {
      report.error(
        .badUpdate, "`\(field.name)` is never `\(text)`", at: span,
        help: didYouMean(text, among: words) ?? "it is \(alternatives(words))")
      return nil
    }
    if field.oneOf == nil { report.warnOfCut(scalar) }
    return .constant(.text(text))
  }
}

extension Catalog {
  /// The writable fields of an entity, with its name in front.
  func writableFields(of entity: String) -> [String] {
    (entities[entity]?.fields.values ?? [:].values).filter(\.isWritable)
      .map { "\(entity).\($0.name)" }.sorted()
  }
}
