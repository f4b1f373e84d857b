import Foundation
import HTTPTypes

/// Finds the route of a request.
package struct RouteTable: Sendable {
  package let routes: [Route]
  private let segments: [[Segment]]

  private enum Segment: Sendable, Hashable {
    case text(Substring)
    case parameter(String)
  }

  /// Takes the routes, of which no two may be the same.
  package init(_ routes: [Route]) {
    self.routes = routes
    segments = routes.map { route in
      route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
        part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .text(part)
      }
    }
    let names = routes.map(\.name)
    precondition(Set(names).count == names.count, "two routes have the same name")
  }

  /// The route and the parameters of its path, or a problem that says which methods there are.
  func find(
    _ method: HTTPRequest.Method, _ path: String
  ) throws(Problem) -> (route: Route, parameters: [String: String]) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let fitting = routes.indices.compactMap { index in
      match(segments[index], parts).map { (route: routes[index], parameters: $0) }
    }
    guard !fitting.isEmpty else { throw .notFound("path") }
    // What may be read may be asked after.
    let wanted = method == .head ? .get : method
    if let found = fitting.first(where: { $0.route.method == wanted }) { return found }
    var methods = Set(fitting.map(\.route.method.rawValue))
    if methods.contains("GET") { methods.insert("HEAD") }
    let allowed = methods.sorted().joined(separator: ", ")
    throw Problem(
      .methodNotAllowed, "this path answers \(allowed)", headers: [.allow: allowed])
  }

  private func match(_ segments: [Segment], _ parts: [Substring]) -> [String: String]? {
    guard segments.count == parts.count else { return nil }
    var parameters: [String: String] = [:]
    for (segment, part) in zip(segments, parts) {
      switch segment {
      case .text(let text):
        guard text == part else { return nil }
      case .parameter(let name):
        guard let value = String(part).removingPercentEncoding, !value.isEmpty else { return nil }
        parameters[name] = value
      }
    }
    return parameters
  }
}
