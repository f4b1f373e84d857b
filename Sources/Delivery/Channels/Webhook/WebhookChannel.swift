import Expressions
package import Rules
package import Store
package import Transport

/// Posts an event's bytes, signed, to an endpoint of the settings.
package struct WebhookChannel: Channel {
  package let name = DeliveryChannel.webhook
  package let concurrency = 256
  private let endpoints: [String: EndpointSettings]
  private let timeouts: AttemptTimeouts
  private let secrets: @Sendable (String) -> String?
  private let transport: any Transport

  /// Creates a channel; `secrets` looks up environment variables.
  package init(
    endpoints: [String: EndpointSettings], timeouts: AttemptTimeouts = .webhook,
    secrets: @escaping @Sendable (String) -> String?, transport: any Transport
  ) {
    self.endpoints = endpoints
    self.timeouts = timeouts
    self.secrets = secrets
    self.transport = transport
  }

  package func concurrency(of lane: DeliveryLane) -> Int {
    endpoints[lane.name]?.concurrency ?? concurrency
  }

  package func isOrdered(_ lane: DeliveryLane) -> Bool { endpoints[lane.name]?.order == .fifo }

  package func rate(of lane: DeliveryLane) -> TokenBucket? {
    endpoints[lane.name]?.rate.map { TokenBucket(capacity: $0.count, perSecond: $0.perSecond) }
  }

  package func prepare(_ delivery: ClaimedDelivery) -> Preparation {
    guard let endpoint = endpoints[delivery.target] else {
      return .wait(.unknownEndpoint(delivery.target))
    }
    guard !endpoint.secretVariables.isEmpty else {
      return .wait(.noSecretNamed(endpoint: endpoint.name))
    }
    let keys: [StandardWebhooks.SigningKey]
    var headers: [HTTPRequest.Header] = [.init("content-type", delivery.contentType)]
    do {
      keys = try self.keys(of: endpoint)
      if let authorization = try authorization(of: endpoint) { headers.append(authorization) }
    } catch {
      return .wait(error)
    }
    return .attempt { [headers] startedAt in
      let request = HTTPRequest(
        url: endpoint.url,
        headers: headers
          + StandardWebhooks.headers(
            id: delivery.eventID.description, timestamp: startedAt.microseconds / 1_000_000,
            body: delivery.body, keys: keys),
        body: delivery.body, allowsPrivateNetwork: endpoint.allowsPrivateNetwork,
        timeouts: timeouts)
      return AttemptFinding(await transport.post(request), startedAt: startedAt)
    }
  }

  /// The keys that sign for an endpoint.
  func keys(of endpoint: EndpointSettings) throws(Obstacle) -> [StandardWebhooks.SigningKey] {
    guard !endpoint.secretVariables.isEmpty else {
      throw .noSecretNamed(endpoint: endpoint.name)
    }
    var keys: [StandardWebhooks.SigningKey] = []
    for variable in endpoint.secretVariables {
      guard let text = secrets(variable), !text.isEmpty else { throw .missingVariable(variable) }
      guard let key = try? StandardWebhooks.SigningKey(Secret(text)) else {
        throw .malformedSecret(variable: variable)
      }
      keys.append(key)
    }
    return keys
  }

  func authorization(
    of endpoint: EndpointSettings
  ) throws(Obstacle) -> HTTPRequest.Header? {
    guard let variable = endpoint.authorizationVariable else { return nil }
    guard let text = secrets(variable), !text.isEmpty else { throw .missingVariable(variable) }
    return .init("authorization", text)
  }
}
