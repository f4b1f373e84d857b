import Diagnostics
import YAML

/// A rule's or condition's file whose keys have been looked over.
struct ParsedFile {
  enum Kind: String { case rule, condition }

  var kind: Kind?
  var root: Node
  var report: FileReport

  var source: SourceText { report.source }

  /// The name the file gives itself.
  var name: String? { kind.flatMap { root.text($0.rawValue) } }

  /// Reads a file; its first key says what it is.
  init(_ source: SourceText) {
    let document = YAMLDocument(source)
    report = FileReport(source, document.diagnostics)
    root = document.root ?? Node(span: 0..<0, content: .mapping([]))
    guard document.root != nil else { return }
    kind = root.entries?.first.flatMap { Kind(rawValue: $0.key) }
    var check = ShapeCheck(report)
    switch kind {
    case .rule: check.check(root, against: .rule)
    case .condition: check.check(root, against: .condition)
    case nil:
      report.error(
        .neitherRuleNorCondition, "the file begins with neither `rule:` nor `condition:`",
        at: root.entries?.first?.keySpan ?? 0..<0,
        help: ["rule", "condition"].first { root[$0] != nil }.map { "move `\($0)` to the top" }
          ?? "the first key says what the file is and gives its name")
      return
    }
    report = check.report
  }
}
