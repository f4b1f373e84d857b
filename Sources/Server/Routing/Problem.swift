import Engine
package import HTTPTypes

/// What went wrong, for the caller (RFC 9457).
package struct Problem: Error, Sendable {
  package var status: HTTPResponse.Status

  /// What is wrong and what to do about it.
  package var detail: String
  package var headers: HTTPFields = [:]

  /// Creates a problem.
  package init(_ status: HTTPResponse.Status, _ detail: String, headers: HTTPFields = [:]) {
    self.status = status
    self.detail = detail
    self.headers = headers
  }

  static let contentType = "application/problem+json"

  static let schema: JSONValue = [
    "type": "object", "required": ["type", "title", "status", "detail"],
    "properties": [
      "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
      "detail": ["type": "string"],
    ],
  ]

  static func notFound(_ what: String) -> Problem { Problem(.notFound, "there is no such \(what)") }

  var reply: Reply {
    Reply(
      status: status, contentType: Self.contentType, headers: headers,
      body: ValueJSON.object([
        ("type", ValueJSON.string("about:blank")),
        ("title", ValueJSON.string(status.reasonPhrase)), ("status", "\(status.code)"),
        ("detail", ValueJSON.string(detail)),
      ]))
  }
}
