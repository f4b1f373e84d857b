import Diagnostics
import YAML

extension CatalogLoader {
  /// What rollups may use of a source's rows.
  mutating func readFields(of source: Node.Entry) -> [String: Field] {
    guard let entries = source.value["fields"]?.entries else { return [:] }
    if catalog.entities[source.key] != nil {
      report.error(
        .nameTaken, "`\(source.key)` is an entity already", at: source.keySpan,
        help: "a source with `fields` needs a name of its own")
    }
    var fields: [String: Field] = [:]
    for entry in entries {
      guard entry.key != Source.timeField else {
        report.error(
          .nameTaken, "every row has a field `\(entry.key)` already", at: entry.keySpan,
          help: "remove it: it is the source's `time`")
        continue
      }
      guard let field = readField(entry) else { continue }
      for option in ["entity", "writable"] {
        guard let found = entry.value.entry(option) else { continue }
        report.error(
          .fieldOption, "`\(option)` belongs to the field of an entity", at: found.keySpan,
          help: option == "entity" ? "take its key, as a text" : "remove it")
      }
      fields[entry.key] = field
    }
    return fields
  }

  /// A table that rollups fill.
  mutating func readRollup(_ entry: Node.Entry) {
    let node = entry.value
    guard let table = node.text("table"), let date = node.text("date") else { return }
    catalog.rollups[entry.key] = RollupTable(
      name: entry.key, table: table,
      tenant: tenant(of: entry, fallback: hasTenants ? "tenant_id" : nil), date: date,
      windowDays: node.text("window_days"), window: node.text("window"),
      groups: node.textMap("groups"), columns: node.textMap("columns"), stamp: node.text("stamp"))
  }
}
