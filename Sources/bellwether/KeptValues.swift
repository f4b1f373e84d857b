import Expressions
import Foundation
import Rules
import Workbench

/// Values as alerts keep them: a JSON object by name.
enum KeptValues {
  /// The values in the rule's order, as people read them.
  static func text(_ json: String, of rule: Rule, _ zone: Zone) -> String {
    let kept = (try? JSONSerialization.jsonObject(with: Data(json.utf8))) as? [String: Any]
    return rule.values.compactMap { named in
      kept?[named.name].map { value in
        "\(named.name) \(Value(json: value, type: named.type, zone: zone).shown(in: zone))"
      }
    }.joined(separator: ", ")
  }
}

extension Value {
  /// Reads a value as alerts keep it; what cannot be read is shown as the text it is.
  fileprivate init(json: Any, type: ValueType, zone: Zone) {
    switch (type, json) {
    case (_, is NSNull): self = .missing
    case (.bool, let flag as Bool): self = .bool(flag)
    case (.number, let number as Double): self = .number(number)
    case (.instant, let text as String):
      self = Instant(text, in: zone).map(Value.instant) ?? .text(text)
    case (.duration, let text as String):
      self = Period(iso8601: text).map(Value.duration) ?? .text(text)
    default: self = .text("\(json)")
    }
  }
}

extension Period {
  /// Reads days and seconds, `P1DT3600S`, as alerts keep them.
  fileprivate init?(iso8601 text: String) {
    guard
      let match = text.wholeMatch(of: /P(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(-?\d+(?:\.\d+)?)S)?/)
    else { return nil }
    self.init(
      months: match.1.flatMap { Int($0) } ?? 0, days: match.2.flatMap { Int($0) } ?? 0,
      microseconds: match.3.flatMap { Double($0) }.map { Int64($0 * 1_000_000) } ?? 0)
  }
}
