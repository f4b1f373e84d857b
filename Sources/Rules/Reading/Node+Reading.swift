import Expressions
import YAML

// Reads what `ShapeCheck` has passed: what does not fit is `nil`, and has been reported.
extension Node {
  func text(_ key: String) -> String? {
    self[key].flatMap { $0.isEmpty ? nil : $0.text }
  }

  func wholeNumber(_ key: String) -> Int? { text(key).flatMap(Scalars.wholeNumber) }

  func number(_ key: String) -> Double? { text(key).flatMap(Scalars.number) }

  func yesNo(_ key: String) -> Bool? { text(key).flatMap(Scalars.yesNo) }

  func period(_ key: String) -> Period? { text(key).flatMap { Period($0) } }

  /// The texts of a list, or a single one.
  func texts(_ key: String) -> [String]? {
    guard let node = self[key] else { return nil }
    return node.oneOrMore.compactMap(\.text)
  }

  /// The texts of a mapping by its keys.
  func textMap(_ key: String) -> [String: String] {
    var map: [String: String] = [:]
    for entry in self[key]?.entries ?? [] { map[entry.key] = entry.value.text }
    return map
  }

  /// The items of a list, or the node itself.
  var oneOrMore: [Node] { items ?? [self] }

  func entry(_ key: String) -> Entry? { entries?.first { $0.key == key } }
}
