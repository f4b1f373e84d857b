import Diagnostics
import YAML

// What conditions look like; what they say is read later, where names are known.
extension ShapeCheck {
  /// Checks an expression, a tree of `all:`, `any:` and `not:`, or a condition in map form.
  mutating func checkCondition(_ node: Node, keySpan: Range<Int>) {
    switch node.content {
    case .refused: break
    case .scalar: emptyCheck(node, keySpan: keySpan)
    case .sequence(let items):
      report.error(
        .bareList, "a list of conditions does not say whether all or any must hold",
        at: node.span.lowerBound..<node.span.lowerBound + 1, help: "put it under `all:` or `any:`")
      for item in items { checkCondition(item, keySpan: item.span) }
    case .mapping(let entries):
      guard let entry = entries.first else {
        // A key that is no text was refused, and has left the mapping empty.
        guard !report.diagnostics.contains(where: { $0.span.overlaps(node.span) }) else { return }
        report.error(
          .emptyValue, "there is no condition between the brackets", at: node.span,
          help: "write one, or leave the key out")
        return
      }
      if let second = entries.dropFirst().first {
        report.error(
          .severalConditions, "`\(entry.key)` and `\(second.key)` do not say how they join",
          at: second.keySpan, help: "put both into a list under `all:` or `any:`")
        return
      }
      checkBranch(entry)
    }
  }

  private mutating func checkBranch(_ entry: Node.Entry) {
    switch entry.key {
    case "all", "any":
      guard let items = entry.value.items, !items.isEmpty else {
        guard !entry.value.isRefused else { return }
        report.error(
          .wrongShape, "`\(entry.key)` takes a list of conditions", at: entry.keySpan,
          help: "write `- ` in front of each")
        return
      }
      for item in items { checkCondition(item, keySpan: item.span) }
    case "not": checkCondition(entry.value, keySpan: entry.keySpan)
    default: break
    }
  }
}
