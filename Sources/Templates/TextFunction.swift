import Expressions

/// A format of texts, which stands outermost in a tag.
///
/// `{{money(revenue)}}`, for example.
package enum TextFunction: Sendable, Hashable {
  /// Whole days with the word: `47 days`.
  case days

  /// An amount in the settings' currency.
  case money

  /// A share, `0.3`, as a percentage, `30%`, with up to `places` decimals.
  case percent(places: Int)

  /// The local date.
  case date

  /// A number with up to `places` decimals.
  case number(places: Int)

  /// The function's name, as analysts write it.
  package var name: String {
    switch self {
    case .days: "days"
    case .money: "money"
    case .percent: "percent"
    case .date: "date"
    case .number: "number"
    }
  }

  /// Every name.
  package static let names = ["days", "money", "percent", "date", "number"]

  /// Whether a value of the type can be shown so.
  func shows(_ type: ValueType) -> Bool {
    switch (self, type) {
    case (.days, .duration), (.days, .number), (.date, .instant): true
    case (.money, .number), (.percent, .number), (.number, .number): true
    case (_, .null): true
    default: false
    }
  }

  /// What `shows` takes, for messages.
  var takes: String {
    switch self {
    case .days: "a duration"
    case .money, .percent, .number: "a number"
    case .date: "a point in time"
    }
  }

  /// Splits `money(revenue)` into the function and the bytes of its argument.
  ///
  /// A tag whose outermost call is none of these is an argument as a whole.
  static func split(
    _ bytes: [UInt8], _ range: Range<Int>
  ) -> (function: TextFunction?, argument: Range<Int>) {
    guard let open = bytes[range].firstIndex(of: UInt8(ascii: "(")),
      bytes[range.upperBound - 1] == UInt8(ascii: ")")
    else { return (nil, range) }
    let name = String(decoding: bytes[range.lowerBound..<open], as: UTF8.self)
      .filter { !$0.isWhitespace }
    guard names.contains(name),
      let call = outermostCall(bytes, open: open, end: range.upperBound)
    else { return (nil, range) }

    let inside = open + 1..<range.upperBound - 1
    var places: Int?
    var argument = inside
    if let comma = call.comma {
      let second = String(decoding: bytes[comma + 1..<inside.upperBound], as: UTF8.self)
      places = Int(second.filter { !$0.isWhitespace })
      guard let places, (0...15).contains(places) else { return (nil, range) }
      argument = inside.lowerBound..<comma
    }
    switch name {
    case "percent": return (.percent(places: places ?? 1), argument)
    case "number": return (.number(places: places ?? 6), argument)
    case _ where places != nil: return (nil, range)
    case "days": return (.days, argument)
    case "money": return (.money, argument)
    default: return (.date, argument)
    }
  }

  /// The last top-level comma of a call that begins at `open`, if the call ends at `end`.
  private static func outermostCall(
    _ bytes: [UInt8], open: Int, end: Int
  ) -> (comma: Int?, Void)? {
    var depth = 0
    var quote: UInt8?
    var comma: Int?
    for index in open..<end {
      let byte = bytes[index]
      if let mark = quote {
        if byte == mark, bytes[index - 1] != UInt8(ascii: "\\") { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"): quote = byte
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0, index < end - 1 { return nil }
      case UInt8(ascii: ",") where depth == 1: comma = index
      default: break
      }
    }
    return depth == 0 ? (comma, ()) : nil
  }
}
