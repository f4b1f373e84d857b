import Engine
import Store

/// How lists are handed out in pages.
enum Paging {
  static let limits = 1...200
  static let usual = 50

  static let limit = Parameter.query(
    "limit", .wholeNumber(limits, fallback: usual), "How many at most")

  /// The parameters of a list whose ids are of a kind.
  static func parameters(ids: Parameter.Kind) -> [Parameter] {
    [
      limit,
      .query("cursor", ids, "`next` of the page before: the id behind which this one begins"),
    ]
  }

  /// A page of objects of one schema.
  static func schema(of item: JSONValue) -> JSONValue {
    [
      "type": "object", "required": ["items", "next"],
      "properties": [
        "items": ["type": "array", "items": item], "next": ["type": ["string", "null"]],
      ],
    ]
  }

  static func reply(_ page: LedgerPage) -> Reply {
    .json(
      ValueJSON.object([
        ("items", "[" + page.items.joined(separator: ",") + "]"),
        ("next", page.next.map(ValueJSON.string) ?? "null"),
      ]))
  }
}

extension Call {
  var limit: Int { parameters["limit"].flatMap(Int.init) ?? Paging.usual }

  /// A parameter of the kind `uuid`.
  func id(_ name: String) -> UUIDv7? { parameters[name].flatMap(UUIDv7.init) }
}
