package import Expressions
package import Store

/// A way out: turns a claimed delivery into one attempt at a time.
///
/// A channel keeps no state and writes no row. `prepare` reads settings and secrets, so that a
/// delivery that cannot be attempted costs no attempt.
package protocol Channel: Sendable {
  var name: DeliveryChannel { get }

  /// How many attempts one process makes at once.
  var concurrency: Int { get }

  /// How many of them in one lane.
  func concurrency(of lane: DeliveryLane) -> Int

  /// Whether a lane's deliveries go one after the other, as they were written.
  func isOrdered(_ lane: DeliveryLane) -> Bool

  /// How quickly a lane's deliveries may go, by all workers together; `nil` for no limit.
  func rate(of lane: DeliveryLane) -> TokenBucket?

  /// Says what can be done with a delivery.
  func prepare(_ delivery: ClaimedDelivery) -> Preparation
}

extension Channel {
  package func rate(of lane: DeliveryLane) -> TokenBucket? { nil }
}

/// What can be done with a delivery.
package enum Preparation: Sendable {
  /// The attempt, ready to be made at most once; it takes the time it is recorded to begin.
  case attempt(@Sendable (_ startedAt: Instant) async -> AttemptFinding)

  /// Nothing until someone changes the settings or the environment.
  case wait(Obstacle)

  /// Nothing, ever.
  case never(AttemptFinding)
}

/// What stands between a delivery and its first byte, and is for the operator to remove.
package enum Obstacle: Error, Sendable, Hashable {
  case noMailServer
  case senderUnreadable
  case unknownEndpoint(String)
  case noSecretNamed(endpoint: String)
  case missingVariable(String)
  case malformedSecret(variable: String)
  case noChannel(DeliveryChannel)
}

extension Obstacle: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noMailServer: "bellwether.yaml names no mail server (smtp:)"
    case .senderUnreadable: "smtp.from in bellwether.yaml is not a mail address"
    case .unknownEndpoint(let name): "bellwether.yaml names no endpoint \(name)"
    case .noSecretNamed(let endpoint): "the endpoint \(endpoint) names no signing secret"
    case .missingVariable(let name): "the environment variable \(name) is not set"
    case .malformedSecret(let variable):
      "the environment variable \(variable) holds no signing secret "
        + "(whsec_ and base64 of 24 to 64 bytes, or whsk_ and base64 of 32 or 64)"
    case .noChannel(let channel): "nothing here sends \(channel.rawValue)"
    }
  }
}
