import HTTPTypes

/// The OpenAPI 3.1 document of a table of routes.
enum OpenAPI {
  /// The path that hands the document out.
  static func route(_ document: JSONValue) -> Route {
    let text = document.text
    return Route(
      method: .get, path: "/openapi.json", name: "openAPI", summary: "This interface",
      access: .everyone, replies: []
    ) { _ in .json(text) }
  }

  static func document(_ routes: [Route]) -> JSONValue {
    var paths: [String: [String: JSONValue]] = [:]
    for route in routes {
      paths[route.path, default: [:]][route.method.rawValue.lowercased()] = operation(route)
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Bellwether", "version": "1",
        "description": "Runs, alerts, rules and deliveries of one tenant, and jobs for schedulers.",
      ],
      "paths": .object(paths.mapValues(JSONValue.object)),
      "components": [
        "securitySchemes": [
          "tenant": [
            "type": "http", "scheme": "bearer",
            "description": "A token made by `bellwether token create`.",
          ],
          "scheduler": [
            "type": "http", "scheme": "bearer", "description": "The server's CRON_SECRET.",
          ],
        ]
      ],
    ]
  }

  private static func operation(_ route: Route) -> JSONValue {
    var operation: [String: JSONValue] = [
      "operationId": .string(route.name), "summary": .string(route.summary),
      "responses": .object(responses(route)),
    ]
    switch route.access {
    case .everyone: operation["security"] = []
    case .scheduler: operation["security"] = [["scheduler": []]]
    case .tenant: operation["security"] = [["tenant": []]]
    }
    if !route.parameters.isEmpty {
      operation["parameters"] = .array(
        route.parameters.map { parameter in
          [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": .bool(parameter.isRequired), "description": .string(parameter.summary),
            "schema": parameter.kind.schema,
          ]
        })
    }
    if let body = route.body {
      let content = body.contentTypes.map { ($0, ["schema": body.schema] as JSONValue) }
      operation["requestBody"] = [
        "required": .bool(body.isRequired),
        "content": .object(Dictionary(content) { first, _ in first }),
      ]
    }
    return .object(operation)
  }

  private static func responses(_ route: Route) -> [String: JSONValue] {
    var responses: [String: JSONValue] = [:]
    for reply in route.replies + problems(route) {
      var response: [String: JSONValue] = ["description": .string(reply.summary)]
      if let schema = reply.schema {
        response["content"] = .object([reply.contentType: ["schema": schema]])
      }
      let status = "\(reply.status)"
      guard let known = responses[status] else {
        responses[status] = .object(response)
        continue
      }
      // A status that has a body of the route's own may also come with a problem.
      if case .object(var members) = known, case .object(var contents)? = members["content"],
        contents[reply.contentType] == nil, case .object(let more)? = response["content"]
      {
        contents.merge(more) { first, _ in first }
        members["content"] = .object(contents)
        responses[status] = .object(members)
      }
    }
    return responses
  }

  /// What may go wrong with any route of its kind.
  private static func problems(_ route: Route) -> [Route.Described] {
    var statuses = [(500, "The server failed"), (503, "The database does not answer")]
    if !route.parameters.isEmpty || route.body != nil {
      statuses.append((400, "Something in the request is not as described"))
      statuses.append((404, "There is no such thing"))
    }
    if route.access != .everyone {
      statuses.append((401, "The Authorization is missing or wrong"))
      statuses.append((429, "Too many requests; see Retry-After"))
    }
    if route.body != nil {
      statuses.append((413, "The body is too long"))
      statuses.append((415, "The body is not of a type that is described"))
    }
    return statuses.map {
      Route.Described(
        status: $0.0, summary: $0.1, contentType: Problem.contentType, schema: Problem.schema)
    }
  }
}
