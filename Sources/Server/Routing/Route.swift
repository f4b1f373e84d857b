package import HTTPTypes

/// One operation of the HTTP interface: what a caller may send, what comes back, and who does it.
///
/// The dispatcher and the OpenAPI document are both made from these, so neither can say more than
/// the other.
package struct Route: Sendable {
  package var method: HTTPRequest.Method

  /// `/api/runs/{id}`; a name in braces is a parameter of the path.
  package var path: String

  /// The operation's name in OpenAPI.
  package var name: String
  package var summary: String
  package var access: Access
  package var parameters: [Parameter] = []
  package var body: Body?
  package var replies: [Described]
  package var handle: @Sendable (Call) async throws -> Reply

  /// Who may call.
  package enum Access: Sendable, Hashable {
    case everyone

    /// Whoever holds the secret that schedulers are given; it stands for every tenant.
    case scheduler

    /// Whoever holds a token of a tenant, and for that tenant alone.
    case tenant
  }

  /// What may be sent as a body.
  package struct Body: Sendable {
    package var contentTypes: [String]
    package var schema: JSONValue
    package var isRequired: Bool
    package var mostBytes: Int
  }

  /// A reply as OpenAPI describes it.
  package struct Described: Sendable {
    package var status: Int
    package var summary: String
    package var contentType = "application/json"
    package var schema: JSONValue?

    /// That things are not as they would have to be.
    static func conflict(_ summary: String) -> Described {
      Described(
        status: 409, summary: summary, contentType: Problem.contentType, schema: Problem.schema)
    }
  }
}

/// A value that a caller may send beside the body.
package struct Parameter: Sendable {
  package var name: String
  package var place: Place
  package var kind: Kind
  package var isRequired = false
  package var summary: String

  package enum Place: String, Sendable { case path, query }

  /// What its text may be.
  package enum Kind: Sendable {
    case word([String])
    case wholeNumber(ClosedRange<Int>, fallback: Int)
    case yesNo
    case uuid

    /// A name of a rule, a tenant or the like.
    case name

    /// A rule's name, a colon, and the key of a thing in hexadecimal.
    case alert

    /// Anything on one line.
    case text
  }

  static func path(_ name: String, _ kind: Kind, _ summary: String) -> Parameter {
    Parameter(name: name, place: .path, kind: kind, isRequired: true, summary: summary)
  }

  static func query(_ name: String, _ kind: Kind, _ summary: String) -> Parameter {
    Parameter(name: name, place: .query, kind: kind, summary: summary)
  }
}

/// A request that has been let in and whose parameters are as the route says.
package struct Call: Sendable {
  /// Who calls; `nil` for routes that are not a tenant's.
  package var caller: Caller?
  package var parameters: [String: String] = [:]
  package var body: [UInt8] = []

  /// The tenant that calls.
  func tenant() -> Caller {
    guard let caller else { preconditionFailure("the dispatcher lets no one else in here") }
    return caller
  }

  func isYes(_ name: String) -> Bool { ["1", "true"].contains(parameters[name]) }
}

/// A tenant, by one of its tokens.
package struct Caller: Sendable, Hashable {
  package var tenant: String
  package var tokenID: String
  package var tokenName: String
}

/// What goes back.
package struct Reply: Sendable {
  package var status: HTTPResponse.Status = .ok
  package var contentType = "application/json"
  package var headers: HTTPFields = [:]
  package var body: String

  /// Replies with JSON.
  static func json(
    _ body: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Reply {
    Reply(status: status, headers: headers, body: body)
  }
}
