/// What a catcher got: a count of everything, and the first few in full.
///
/// Memory does not grow with the number of messages.
actor Inbox<Message: Sendable> {
  private(set) var received = 0
  private(set) var samples: [Message] = []
  private let mostSamples: Int

  init(keeping mostSamples: Int) { self.mostSamples = mostSamples }

  func add(_ message: Message) {
    received += 1
    if samples.count < mostSamples { samples.append(message) }
  }
}
