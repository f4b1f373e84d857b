import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import Postgres

/// Lets requests in, checks them against their route, and turns what goes wrong into problems.
package struct Dispatcher: HTTPResponder {
  package typealias Context = PeerContext

  private let table: RouteTable
  private let gate: Gate
  private let metrics: Metrics
  private let logger = Logger(label: "http")

  init(table: RouteTable, gate: Gate, metrics: Metrics) {
    self.table = table
    self.gate = gate
    self.metrics = metrics
  }

  package func respond(to request: Request, context: Context) async throws -> Response {
    var reply: Reply
    var path = "none"
    do {
      let (route, parameters) = try table.find(request.method, request.uri.path)
      path = route.path
      reply = try await answer(request, route, parameters, from: context.source(of: request))
    } catch let problem as Problem {
      reply = problem.reply
    } catch let error as PostgresError {
      reply = Self.problem(error, logger: logger).reply
    } catch {
      logger.error("\(request.method) \(path) failed: \(error)")
      reply = Problem(.internalServerError, "the server failed; its log says why").reply
    }
    metrics.count(
      "bellwether_http_requests_total",
      [
        "path": path, "method": path == "none" ? "other" : request.method.rawValue,
        "status": "\(reply.status.code)",
      ])
    return response(reply, hasBody: request.method != .head)
  }

  private func answer(
    _ request: Request, _ route: Route, _ path: [String: String], from source: String
  ) async throws -> Reply {
    var call = Call()
    call.caller = try await gate.admit(
      route.access, authorization: request.headers[.authorization], from: source)
    call.parameters = try Self.parameters(of: route, path: path, query: request.uri.query)
    if let body = route.body { call.body = try await read(request, body) }
    return try await route.handle(call)
  }

  private func read(_ request: Request, _ body: Route.Body) async throws -> [UInt8] {
    let tooLong = Problem(
      .contentTooLarge, "a body may have up to \(body.mostBytes) bytes")
    if let length = request.headers[.contentLength].flatMap(Int.init), length > body.mostBytes {
      throw tooLong
    }
    let bytes: [UInt8]
    do {
      let buffer = try await request.body.collect(upTo: body.mostBytes)
      bytes = Array(buffer.readableBytesView)
    } catch is NIOTooManyBytesError {
      throw tooLong
    }
    guard !bytes.isEmpty else {
      if body.isRequired { throw Problem(.badRequest, "a body is missing") }
      return []
    }
    let type = request.headers[.contentType]?.split(separator: ";").first?
      .trimmingCharacters(in: .whitespaces).lowercased()
    guard let type, body.contentTypes.contains(type) else {
      throw Problem(
        .unsupportedMediaType,
        "send Content-Type: \(body.contentTypes.joined(separator: " or "))")
    }
    return bytes
  }

  private func response(_ reply: Reply, hasBody: Bool) -> Response {
    var headers = reply.headers
    headers[.contentType] = reply.contentType
    headers[.cacheControl] = "no-store"
    headers[.xContentTypeOptions] = "nosniff"
    headers[.contentLength] = "\(reply.body.utf8.count)"
    let body = hasBody ? ResponseBody(byteBuffer: ByteBuffer(string: reply.body)) : ResponseBody()
    return Response(status: reply.status, headers: headers, body: body)
  }

  private static func problem(_ error: PostgresError, logger: Logger) -> Problem {
    switch error.kind {
    case .unavailable:
      logger.error("the database is not there: \(error)")
      return Problem(
        .serviceUnavailable, "the database does not answer; try again",
        headers: [.retryAfter: "5"])
    case .conflict:
      return Problem(
        .serviceUnavailable, "another change was under way; try again",
        headers: [.retryAfter: "1"])
    case .constraint, .statement:
      logger.error("the database refused: \(error)")
      return Problem(.internalServerError, "the server failed; its log says why")
    }
  }
}

extension Dispatcher {
  /// Checks what stands in the address against the route.
  static func parameters(
    of route: Route, path: [String: String], query: String?
  ) throws(Problem) -> [String: String] {
    var given = path
    for pair in (query ?? "").split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let texts = halves.map { $0.replacing("+", with: " ") }.map(\.removingPercentEncoding)
      guard let name = texts[0], let value = texts.count == 2 ? texts[1] : "" else {
        throw Problem(.badRequest, "the query is not percent-encoded UTF-8")
      }
      let isKnown = route.parameters.contains { $0.name == name && $0.place == .query }
      guard isKnown else {
        let names = route.parameters.filter { $0.place == .query }.map(\.name)
        throw Problem(
          .badRequest,
          names.isEmpty
            ? "this path takes no parameters"
            : "there is no parameter of that name; there are \(names.joined(separator: ", "))")
      }
      guard given.updateValue(value, forKey: name) == nil else {
        throw Problem(.badRequest, "the parameter \(name) is there twice")
      }
    }
    for parameter in route.parameters {
      guard let value = given[parameter.name] else {
        if parameter.isRequired {
          throw Problem(.badRequest, "the parameter \(parameter.name) is missing")
        }
        continue
      }
      guard parameter.kind.accepts(value) else {
        if parameter.place == .path { throw .notFound("path") }
        throw Problem(
          .badRequest, "the parameter \(parameter.name) is to be \(parameter.kind.help)")
      }
    }
    return given
  }
}
