package import Expressions
import Foundation
import Templates

/// JSON for what rules compute: events, stored values and machine-readable output share it.
package enum ValueJSON {
  /// One value, as texts in JSON templates show it too.
  package static func text(_ value: Value) -> String { Escaping.jsonValue(value) }

  /// An object of named values, in the rule's order.
  package static func object(_ names: [NamedTerm], _ values: [Value]) -> String {
    object(zip(names, values).map { ($0.name, text($1)) })
  }

  /// An object from keys and values that are JSON already.
  package static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { string($0) + ":" + $1 }.joined(separator: ",") + "}"
  }

  /// A JSON string.
  package static func string(_ text: String) -> String { Escaping.jsonValue(.text(text)) }

  // MARK: Reading

  /// Named values of an object that `object` made; what is not there, or of another type by now,
  /// is missing.
  package static func values(_ json: String?, of names: [NamedTerm]) -> [Value] {
    let kept = json.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) }
    let members = kept as? [String: Any] ?? [:]
    return names.map { named in
      members[named.name].flatMap { value($0, as: named.type) } ?? .missing
    }
  }

  private static func value(_ json: Any, as type: ValueType) -> Value? {
    switch type {
    case .bool: (json as? Bool).map(Value.bool)
    case .number: (json as? Double).map(Value.number)
    case .text: (json as? String).map(Value.text)
    case .instant: (json as? String).flatMap { Instant($0, in: .utc) }.map(Value.instant)
    case .duration: (json as? String).flatMap { Period(iso8601: $0) }.map(Value.duration)
    case .list(let element):
      (json as? [Any]).map { .list($0.map { value($0, as: element) ?? .missing }) }
    default: nil
    }
  }
}

extension Period {
  /// Reads months, days and seconds, `P1M2DT3600S`, as alerts keep them.
  fileprivate init?(iso8601 text: String) {
    guard
      let match = text.wholeMatch(
        of: /P(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(-?)(\d+)(?:\.(\d{1,6}))?S)?/)
    else { return nil }
    var microseconds: Int64 = 0
    if let seconds = match.4 {
      let fraction = match.5.map { $0 + String(repeating: "0", count: 6 - $0.count) } ?? "0"
      guard let whole = Int64(seconds), let part = Int64(fraction) else { return nil }
      microseconds = (whole * 1_000_000 + part) * (match.3 == "-" ? -1 : 1)
    }
    self.init(
      months: match.1.flatMap { Int($0) } ?? 0, days: match.2.flatMap { Int($0) } ?? 0,
      microseconds: microseconds)
  }
}

extension Value {
  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}
