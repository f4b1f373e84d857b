import NIOCore
import NIOPosix

/// An SMTP server on 127.0.0.1 that takes every message and passes none on.
struct MailCatcher: Sendable {
  let port: Int
  private let inbox: Inbox<CaughtMail>
  private let serving: Task<Void, Never>

  private typealias Client = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// How many messages came.
  var received: Int { get async { await inbox.received } }

  /// The first messages.
  var samples: [CaughtMail] { get async { await inbox.samples } }

  /// Starts listening; a port of 0 is any free one.
  static func start(port: Int = 0, keeping mostSamples: Int = 20) async throws -> MailCatcher {
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try Client(wrappingChannelSynchronously: channel)
        }
      }
    guard let port = listener.channel.localAddress?.port else {
      throw CommandFailure("the mail catcher has no port")
    }
    let inbox = Inbox<CaughtMail>(keeping: mostSamples)
    return MailCatcher(
      port: port, inbox: inbox, serving: Task { await serve(listener, into: inbox) })
  }

  /// Ends all connections and stops listening; what was caught stays readable.
  func stop() async {
    serving.cancel()
    await serving.value
  }

  private static func serve(
    _ listener: NIOAsyncChannel<Client, Never>, into inbox: Inbox<CaughtMail>
  ) async {
    // What ends the loop is the cancellation, or the machine; neither leaves anything to do.
    try? await listener.executeThenClose { clients in
      try await withThrowingDiscardingTaskGroup { group in
        for try await client in clients {
          // A client that breaks off has lost nothing that was promised to it.
          group.addTask { try? await converse(with: client, into: inbox) }
        }
      }
    }
  }

  private static func converse(
    with client: Client, into inbox: Inbox<CaughtMail>
  ) async throws {
    try await client.executeThenClose { inbound, outbound in
      var session = SMTPSession()
      try await outbound.write(ByteBuffer(string: SMTPSession.greeting))
      for try await buffer in inbound {
        let outcome = session.receive(buffer.readableBytesView)
        for mail in outcome.mails { await inbox.add(mail) }
        if !outcome.replies.isEmpty {
          try await outbound.write(ByteBuffer(string: outcome.replies))
        }
        if outcome.isOver { return }
      }
    }
  }
}
