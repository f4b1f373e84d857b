import Delivery
import Engine
import Store

/// What `deliver` and `demo` print of a drain.
enum DeliveryOutput {
  static func text(_ summary: DeliverySummary) -> String {
    let rows = DeliveryChannel.allCases.map { channel in
      let counts = summary[channel]
      return [channel.rawValue]
        + [
          counts.sent, counts.retried, counts.ambiguous, counts.dead, counts.blocked, counts.lost,
        ].map(String.init)
    }
    var text = TextTable.render(
      header: ["channel", "sent", "to retry", "unclear", "given up", "kept back", "taken over"],
      rows: rows)
    for (obstacle, count) in summary.obstacles.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      text += "\(count) kept back: \(obstacle)\n"
    }
    for lane in names(summary) { text += "more waits for the rate of \(lane)\n" }
    if summary.crashLooping > 0 {
      text += "\(summary.crashLooping) given up, because workers kept dying on them\n"
    }
    return text.trimmingSuffix("\n")
  }

  static func json(_ summary: DeliverySummary, _ digests: DigestOutput = .init()) -> String {
    let channels = DeliveryChannel.allCases.map { channel in
      let counts = summary[channel]
      return (
        channel.rawValue,
        ValueJSON.object(
          [
            ("sent", counts.sent), ("retried", counts.retried), ("ambiguous", counts.ambiguous),
            ("dead", counts.dead), ("blocked", counts.blocked), ("lost", counts.lost),
          ].map { ($0.0, String($0.1)) })
      )
    }
    let obstacles = summary.obstacles.sorted { "\($0.key)" < "\($1.key)" }.map { obstacle, count in
      ValueJSON.object([("reason", ValueJSON.string("\(obstacle)")), ("count", "\(count)")])
    }
    return ValueJSON.object(
      channels + [
        ("crash_looping", "\(summary.crashLooping)"),
        ("obstacles", "[" + obstacles.joined(separator: ",") + "]"),
        ("limited", "[" + names(summary).map(ValueJSON.string).joined(separator: ",") + "]"),
        ("digests", digests.json),
      ])
  }

  /// The endpoints whose rate leaves deliveries for later.
  private static func names(_ summary: DeliverySummary) -> [String] {
    summary.limited.map(\.name).sorted()
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: Character) -> String {
    var text = self
    while text.last == suffix { text.removeLast() }
    return text
  }
}
