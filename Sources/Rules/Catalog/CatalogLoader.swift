import Diagnostics
import Expressions
import YAML

/// Reads `catalog.yaml`.
struct CatalogLoader {
  var report: FileReport
  var catalog = Catalog(tenants: .none)

  /// Entities and metrics that the file declares, read or not.
  private(set) var declared: Set<String> = []

  let root: Node?

  init(_ source: SourceText) {
    let document = YAMLDocument(source)
    var check = ShapeCheck(FileReport(source, document.diagnostics))
    if let root = document.root { check.check(root, against: .catalog) }
    report = check.report
    root = document.root
    read()
  }

  /// Names that were declared, but not understood.
  var broken: Set<String> {
    declared.subtracting(catalog.entities.keys).subtracting(catalog.metrics.keys)
  }

  private mutating func read() {
    guard let root else { return }
    readTenants(root)
    for entry in root["entities"]?.entries ?? [] { readEntity(entry) }
    for entry in root["entities"]?.entries ?? [] { checkPersons(entry) }
    for entry in root["sources"]?.entries ?? [] { readSource(entry) }
    for entry in root["metrics"]?.entries ?? [] { readMetric(entry) }
    for entry in root["writes"]?.entries ?? [] { readWrite(entry) }
    for entry in root["rollups"]?.entries ?? [] { readRollup(entry) }
    for entry in root["events"]?.entries ?? [] { readEvent(entry) }
  }

  private mutating func readEvent(_ entry: Node.Entry) {
    guard let place = entry.value["entity"], let entity = entry.value.text("entity") else { return }
    guard catalog.entities[entity] != nil || root?["entities"]?[entity] != nil else {
      report.error(
        .unknownEntity, "there is no entity `\(entity)`", at: place.span,
        help: suggestion(for: entity, among: catalog.entities.keys.sorted()))
      return
    }
    let path = (entry.value.text("key") ?? "subject").split(separator: ".").map(String.init)
    if path != ["subject"], path.first != "data" || path.count < 2,
      let key = entry.value["key"]
    {
      report.error(
        .unknownField, "`\(path.joined(separator: "."))` is not a place in an event", at: key.span,
        help: "write `subject`, or a member of its data: `data.\(entity)_id`")
    }
    catalog.events[entry.key] = EventSource(entity: entity, keyPath: path)
  }

  var hasTenants: Bool { catalog.tenants != .none }

  private mutating func readTenants(_ root: Node) {
    guard let node = root["tenants"], let table = node.text("table"), let key = node.text("key"),
      let slug = node.text("slug"), let name = node.text("name")
    else { return }
    catalog.tenants = .table(
      table: table, key: key, slug: slug, name: name, timezone: node.text("timezone"))
  }

  /// Everything that has rows has a tenant's column, or nothing has.
  mutating func tenant(of entry: Node.Entry, fallback: String? = nil) -> String? {
    let tenant = entry.value.entry("tenant")
    if hasTenants {
      guard let text = entry.value.text("tenant") ?? fallback else {
        report.error(
          .tenantColumn, "`\(entry.key)` does not say which tenant a row belongs to",
          at: entry.keySpan, help: "add `tenant:` with the column")
        return nil
      }
      return text
    }
    if let tenant, root?["tenants"]?.text == "none" {
      report.error(
        .tenantColumn, "`\(entry.key)` names a tenant's column, but `tenants:` is `none`",
        at: tenant.keySpan, help: "remove it, or say where tenants are listed")
    }
    return nil
  }

  private mutating func filter(of node: Node) -> String? {
    if node.text("where") != nil, let filter = node.entry("filter") {
      report.error(
        .keysExclude, "`filter` means the same as `where`", at: filter.keySpan,
        help: "keep one of the two")
    }
    return node.text("where") ?? node.text("filter")
  }
}

// MARK: - Entities

extension CatalogLoader {
  private mutating func readEntity(_ entry: Node.Entry) {
    declared.insert(entry.key)
    let node = entry.value
    checkName(entry)
    guard let table = node.text("table"), let key = node.text("key") else { return }
    var fields: [String: Field] = [:]
    for field in node["fields"]?.entries ?? [] { fields[field.key] = readField(field) }
    let label = node.text("label")
    if let label, fields[label] == nil, node["fields"]?[label] == nil, let place = node["label"] {
      report.error(
        .unknownField, "`\(entry.key)` has no field `\(label)`", at: place.span,
        help: suggestion(for: label, among: fields.keys.sorted()))
    }
    for example in node["example"]?.entries ?? [] where node["fields"]?[example.key] == nil {
      report.error(
        .unknownField, "`\(entry.key)` has no field `\(example.key)`", at: example.keySpan,
        help: suggestion(for: example.key, among: fields.keys.sorted()))
    }
    checkExamples(node["example"], fields)
    catalog.entities[entry.key] = Entity(
      name: entry.key, table: table, key: key, tenant: tenant(of: entry), label: label,
      filter: filter(of: node), fields: fields, example: node.textMap("example"))
  }

  private mutating func checkExamples(_ node: Node?, _ fields: [String: Field]) {
    let context = EvaluationContext(now: RuleTest.defaultTime(in: .utc), zone: .utc)
    for entry in node?.entries ?? [] {
      guard let field = fields[entry.key], let scalar = entry.value.scalar else { continue }
      report.add(GivenValue.read(scalar.text, for: field, context: context).diagnostics, in: scalar)
    }
  }

  mutating func readField(_ entry: Node.Entry) -> Field? {
    let node = entry.value
    let type = node.entries == nil ? node.text : node.text("type")
    guard let type, let kind = fieldKind(type, of: entry) else { return nil }
    checkOptions(of: entry, type: type, kind: kind)
    let storage: Field.Storage =
      if let sql = node.text("sql") { .sql(sql) } else {
        .column(node.text("column") ?? entry.key)
      }
    return Field(
      name: entry.key, kind: kind, oneOf: node.texts("one_of"),
      isWritable: node.yesNo("writable") ?? false, storage: storage)
  }

  private mutating func fieldKind(_ type: String, of entry: Node.Entry) -> FieldKind? {
    switch type {
    case "text": return .text
    case "number": return .number
    case "yes_no": return .yesNo
    case "date": return .date
    case "timestamp": return .timestamp
    case "duration": return .duration
    case "list": return entry.value.text("of") == "number" ? .numberList : .textList
    case "person":
      guard let entity = entry.value.text("entity") else {
        report.error(
          .missingKey, "a person field needs `entity`", at: entry.keySpan,
          help: "write `{type: person, entity: …, column: …}`")
        return nil
      }
      return .person(entity: entity)
    default: return nil
    }
  }

  private mutating func checkOptions(of entry: Node.Entry, type: String, kind: FieldKind) {
    let node = entry.value
    let wanted: [(key: String, isFine: Bool, where: String)] = [
      ("one_of", type == "text", "a text field"), ("of", type == "list", "a list field"),
      ("entity", type == "person", "a person field"),
    ]
    for option in wanted where !option.isFine {
      guard let found = node.entry(option.key) else { continue }
      report.error(
        .fieldOption, "`\(option.key)` belongs to \(option.where), this one is \(type)",
        at: found.keySpan, help: "remove it, or change the type")
    }
    guard let sql = node.entry("sql") else { return }
    if let column = node.entry("column") {
      report.error(
        .keysExclude, "a field has `column` or `sql`, not both",
        at: max(column.keySpan, sql.keySpan), help: "remove one of them")
    }
    if node.yesNo("writable") == true {
      report.error(
        .fieldOption, "a field made of SQL cannot be written", at: sql.keySpan,
        help: "name a `column`, or remove `writable`")
    }
  }

  /// A person is somebody to write to: the entity referred to has a name and an address.
  private mutating func checkPersons(_ entry: Node.Entry) {
    for field in entry.value["fields"]?.entries ?? [] {
      guard case .person(let name)? = catalog.entities[entry.key]?.fields[field.key]?.kind,
        let place = field.value["entity"]
      else { continue }
      guard let entity = catalog.entities[name] else {
        if !declared.contains(name) { unknownEntity(name, at: place.span) }
        continue
      }
      for needed in ["name", "email"] where entity.fields[needed]?.kind != .text {
        report.error(
          .notAPerson, "`\(name)` cannot be a person: it has no text field `\(needed)`",
          at: place.span, help: "add the field to the entity `\(name)`")
      }
    }
  }

  private mutating func unknownEntity(_ name: String, at span: Range<Int>) {
    report.error(
      .unknownEntity, "there is no entity `\(name)`", at: span,
      help: suggestion(for: name, among: declaredEntities))
  }

  private var declaredEntities: [String] { root?["entities"]?.entries?.map(\.key) ?? [] }

  /// Names of entities and metrics stand in expressions, where some words are taken.
  private mutating func checkName(_ entry: Node.Entry) {
    if Names.reserved.contains(entry.key) {
      report.error(
        .nameTaken, "`\(entry.key)` is a word of the rule language", at: entry.keySpan,
        help: "choose another name")
    }
  }
}

// MARK: - Sources, metrics, write targets

extension CatalogLoader {
  private mutating func readSource(_ entry: Node.Entry) {
    let node = entry.value
    guard let from = node.text("from"), let time = node.text("time") else { return }
    for key in node["keys"]?.entries ?? [] where !declared.contains(key.key) {
      unknownEntity(key.key, at: key.keySpan)
    }
    var source = Source(
      name: entry.key, from: from, tenant: tenant(of: entry), time: time,
      keys: node.textMap("keys"), filter: filter(of: node), loadedAt: node.text("loaded_at"))
    source.fields = readFields(of: entry)
    catalog.sources[entry.key] = source
  }

  private mutating func readMetric(_ entry: Node.Entry) {
    declared.insert(entry.key)
    checkName(entry)
    let node = entry.value
    if catalog.entities[entry.key] != nil {
      report.error(
        .nameTaken, "`\(entry.key)` is an entity already", at: entry.keySpan,
        help: "choose another name for the metric")
    }
    checkGapOptions(of: node)
    guard let of = node["of"], let entity = of.text, let from = node["from"],
      let name = from.text, let aggregate = aggregate(of: node)
    else { return }
    if !declaredEntities.contains(entity) { unknownEntity(entity, at: of.span) }
    if let source = catalog.sources[name] {
      if source.keys[entity] == nil, declaredEntities.contains(entity) {
        report.error(
          .noKeyForEntity, "the source `\(name)` does not say which `\(entity)` a row belongs to",
          at: from.span, help: "add `\(entity)` to its `keys`")
      }
    } else if root?["sources"]?[name] == nil {
      let names = root?["sources"]?.entries?.map(\.key) ?? []
      report.error(
        .unknownSource, "there is no source `\(name)`", at: from.span,
        help: suggestion(for: name, among: names))
    }
    catalog.metrics[entry.key] = Metric(
      name: entry.key, entity: entity, source: name, aggregate: aggregate,
      empty: node.number("empty"), unit: node.text("unit"))
  }

  private func aggregate(of node: Node) -> Metric.Aggregate? {
    if let sql = node.text("sum") { return .sum(sql) }
    if node.text("count") != nil { return .countRows }
    if let sql = node.text("distinct") { return .countDistinct(sql) }
    if let sql = node.text("avg") { return .average(sql) }
    if let sql = node.text("min") { return .minimum(sql) }
    if let sql = node.text("max") { return .maximum(sql) }
    if node.text("latest") != nil { return .latestTime }
    if node.text("earliest") != nil { return .earliestTime }
    guard node.text("median_gap") != nil else { return nil }
    return .medianGap(
      perDay: node.text("per") != nil, last: node.wholeNumber("last"),
      needs: node.wholeNumber("needs") ?? 2)
  }

  private mutating func checkGapOptions(of node: Node) {
    let isTime = ["latest", "earliest", "median_gap"].contains { node[$0] != nil }
    if isTime, let empty = node.entry("empty") {
      report.error(
        .gapOnly, "a time without rows cannot be a number", at: empty.keySpan,
        help: "remove `empty`: the metric is then missing")
    }
    guard node["median_gap"] == nil else { return }
    for key in ["per", "last", "needs"] {
      guard let found = node.entry(key) else { continue }
      report.error(
        .gapOnly, "`\(key)` belongs to `median_gap` alone", at: found.keySpan, help: "remove it")
    }
  }

  private mutating func readWrite(_ entry: Node.Entry) {
    let node = entry.value
    guard let table = node.text("table") else { return }
    var columns: [String: String] = [:]
    var entityColumns: [String: String] = [:]
    for slot in node["columns"]?.entries ?? [] {
      if let entity = slot.key.entityOfSlot, entity != "entity" {
        if !declaredEntities.contains(entity) { unknownEntity(entity, at: slot.keySpan) }
        entityColumns[entity] = slot.value.text
      } else if WriteTarget.slots.contains(slot.key) {
        columns[slot.key] = slot.value.text
      } else {
        report.error(
          .unknownSlot, "nothing is called `\(slot.key)` here", at: slot.keySpan,
          help: didYouMean(slot.key, among: WriteTarget.slots)
            ?? "columns take \(alternatives(WriteTarget.slots)), or the key of one entity by its name"
        )
      }
    }
    let fallback = hasTenants ? "tenant_id" : nil
    catalog.writes[entry.key] = WriteTarget(
      name: entry.key, table: table, key: node.text("key") ?? "id",
      tenant: tenant(of: entry, fallback: fallback), columns: columns,
      entityColumns: entityColumns, close: node.textMap("close"))
  }
}

extension WriteTarget {
  /// What an action can put into a column.
  static let slots = [
    "title", "body", "assign_to", "priority", "due", "severity", "rule", "entity.id",
  ]
}

extension String {
  /// `customer` of the slot `customer.id`.
  fileprivate var entityOfSlot: String? { hasSuffix(".id") ? String(dropLast(3)) : nil }
}

private func max(_ left: Range<Int>, _ right: Range<Int>) -> Range<Int> {
  left.lowerBound < right.lowerBound ? right : left
}
