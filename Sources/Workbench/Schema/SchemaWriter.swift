import Rules

/// Writes key tables as JSON Schema; tables inside of others become definitions.
struct SchemaWriter {
  private var tables: [JSON.Member] = []
  private var hasConditions = false

  /// What the schemas written so far refer to.
  var definitions: JSON {
    let conditions = hasConditions ? [JSON.Member(name: "condition", value: Self.condition)] : []
    return .object(conditions + tables)
  }

  /// The schema of a mapping.
  mutating func table(_ table: KeyTable) -> JSON {
    let properties = table.keys.map { key in
      JSON.Member(
        name: key.name, value: kind(key.kind).adding(["description": description(of: key)]))
    }
    let required = table.keys.filter { $0.need == .required }.map(\.name)
    return .members([
      "title": .string(table.subject),
      "type": .string("object"),
      "properties": .object(properties),
      "required": required.isEmpty ? nil : .strings(required),
      "allOf": alternatives(of: table),
      "oneOf": table.exactlyOne.isEmpty
        ? nil : .array(table.exactlyOne.map { .members(["required": .strings([$0])]) }),
      "additionalProperties": table.others.map { kind($0) } ?? .bool(false),
    ])
  }

  /// What says that one of several keys stands there; `nil` where no key has a substitute.
  private func alternatives(of table: KeyTable) -> JSON? {
    let needs = table.keys.compactMap { key -> JSON? in
      guard case .requiredUnless(let others) = key.need else { return nil }
      return .members([
        "anyOf": .array(([key.name] + others).map { .members(["required": .strings([$0])]) })
      ])
    }
    return needs.isEmpty ? nil : .array(needs)
  }

  /// A reference to the definition of a table, which is written once.
  mutating func reference(to table: KeyTable) -> JSON {
    let schema = self.table(table)
    let words = table.subject.split(separator: " ")
    let stem = words.dropFirst(words.count > 1 ? 1 : 0).joined(separator: "_") + "_keys"
    var name = stem
    var number = 1
    while let known = tables.first(where: { $0.name == name }), known.value != schema {
      number += 1
      name = "\(stem)_\(number)"
    }
    if !tables.contains(where: { $0.name == name }) {
      tables.append(JSON.Member(name: name, value: schema))
    }
    return Self.reference(name)
  }

  private static func reference(_ name: String) -> JSON {
    .members(["$ref": .string("#/$defs/\(name)")])
  }

  private func description(of key: Key) -> JSON {
    switch key.kind {
    case .refused(let message, let help): .string("\(message): \(help)")
    default: .string(key.doc)
    }
  }

  private mutating func kind(_ kind: KeyKind) -> JSON {
    switch kind {
    case .refused: .members(["not": .object([])])
    case .anything: .members(["not": .members(["type": .string("null")])])
    case .condition: condition()
    case .table(let table): reference(to: table)
    case .list(let item): .members(["type": .string("array"), "items": self.kind(item)])
    case .oneOrMore(let item): oneOrMore(self.kind(item))
    case .map(let names, let value): map(names, self.kind(value))
    case .shortOrLong(let short, let long):
      .members(["anyOf": .array([self.kind(short), self.kind(long)])])
    default: Self.scalar(kind)
    }
  }

  private mutating func condition() -> JSON {
    hasConditions = true
    return Self.reference("condition")
  }

  private func oneOrMore(_ item: JSON) -> JSON {
    let list = JSON.members(["type": .string("array"), "items": item, "minItems": .number(1)])
    return .members(["anyOf": .array([item, list])])
  }

  private func map(_ names: KeyKind.MapKeys, _ value: JSON) -> JSON {
    let object = JSON.members(["type": .string("object")])
    return switch names {
    case .names:
      object.adding([
        "propertyNames": .members(["pattern": .string(Self.name)]), "additionalProperties": value,
      ])
    case .words(let words):
      object.adding([
        "properties": .object(words.map { JSON.Member(name: $0, value: value) }),
        "additionalProperties": .bool(false),
      ])
    case .anything: object.adding(["additionalProperties": value])
    }
  }

  /// An expression, or one of the forms in which conditions join others or call a named one.
  private static let condition: JSON = {
    let again = reference("condition")
    let list = JSON.members(["type": .string("array"), "items": again, "minItems": .number(1)])
    let arguments = JSON.members([
      "type": .strings(["object", "null"]), "additionalProperties": scalar(.expression),
    ])
    let joined = JSON.members([
      "type": .string("object"),
      "properties": .members([
        "all": list.adding(["description": .string("Every one of these holds.")]),
        "any": list.adding(["description": .string("At least one of these holds.")]),
        "not": again.adding(["description": .string("This does not hold.")]),
      ]),
      "additionalProperties": arguments,
      "minProperties": .number(1),
      "maxProperties": .number(1),
    ])
    return .members(["anyOf": .array([scalar(.expression), joined])])
  }()
}
