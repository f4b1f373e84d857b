import HTTPTypes
import Hummingbird
import Server

/// A request to the webhook catcher.
struct CaughtWebhook: Sendable, Hashable {
  var path: String

  /// By name in lower case: `webhook-id`, `webhook-timestamp`, `webhook-signature`, `content-type`.
  var headers: [String: String]
  var body: String
}

/// An HTTP server on 127.0.0.1 that answers every POST with 204.
struct WebhookCatcher: Sendable {
  private let inbox: Inbox<CaughtWebhook>
  private let listener: HTTPListener

  private static let longestBody = 1 << 20

  /// The port it listens on.
  var port: Int { listener.port }

  /// Where to send to; any other path will do as well.
  var url: String { "http://127.0.0.1:\(port)/hook" }

  /// How many requests came.
  var received: Int { get async { await inbox.received } }

  /// The first requests.
  var samples: [CaughtWebhook] { get async { await inbox.samples } }

  /// Starts listening; a port of 0 is any free one.
  static func start(port: Int = 0, keeping mostSamples: Int = 20) async throws -> WebhookCatcher {
    let inbox = Inbox<CaughtWebhook>(keeping: mostSamples)
    let listener = try await HTTPListener.start(
      router(into: inbox), port: port, label: "demo.webhooks")
    return WebhookCatcher(inbox: inbox, listener: listener)
  }

  /// Ends all connections and stops listening; what was caught stays readable.
  func stop() async {
    await listener.stop()
  }

  private static func router(
    into inbox: Inbox<CaughtWebhook>
  ) -> Router<BasicRequestContext> {
    let router = Router()
    router.post("**") { request, _ in
      let body = try await request.body.collect(upTo: longestBody)
      let headers = request.headers.map { ($0.name.canonicalName, $0.value) }
      await inbox.add(
        CaughtWebhook(
          path: request.uri.path, headers: Dictionary(headers) { first, _ in first },
          body: String(buffer: body)))
      return HTTPResponse.Status.noContent
    }
    return router
  }
}
