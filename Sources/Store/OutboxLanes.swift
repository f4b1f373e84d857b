import Expressions

/// What has a limit of its own: a webhook endpoint, or the domain that mail goes to.
package struct DeliveryLane: Sendable, Hashable {
  package var channel: DeliveryChannel

  /// An endpoint's name, or a domain in lower case.
  package var name: String

  /// Creates a lane.
  package init(_ channel: DeliveryChannel, _ name: String) {
    self.channel = channel
    self.name = name
  }

  /// The lane of a delivery.
  package init(_ channel: DeliveryChannel, target: String) {
    switch channel {
    case .webhook: self.init(channel, target)
    case .email:
      self.init(
        channel,
        (target.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
          .lowercased())
    }
  }

  /// Reads a lane as the table writes it.
  init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"),
      let channel = DeliveryChannel(rawValue: String(text[..<colon]))
    else { return nil }
    self.init(channel, String(text[text.index(after: colon)...]))
  }

  /// The lane as the table writes it.
  var text: String { "\(channel.rawValue):\(name)" }
}

/// How much a worker has room for.
package struct ClaimTerms: Sendable {
  /// How many deliveries of a lane.
  package var room: @Sendable (DeliveryLane) -> Int

  /// Whether a lane's deliveries go one after the other, each settled before the next begins.
  package var isOrdered: @Sendable (DeliveryLane) -> Bool

  /// How quickly deliveries may leave a lane, whichever tenants they are of; `nil` for no limit.
  package var rate: @Sendable (DeliveryLane) -> TokenBucket?

  /// How many deliveries of a channel; one that is missing has no limit of its own.
  package var channelRoom: [DeliveryChannel: Int]

  /// Creates terms.
  package init(
    channelRoom: [DeliveryChannel: Int] = [:],
    isOrdered: @escaping @Sendable (DeliveryLane) -> Bool = { _ in false },
    rate: @escaping @Sendable (DeliveryLane) -> TokenBucket? = { _ in nil },
    room: @escaping @Sendable (DeliveryLane) -> Int = { _ in .max }
  ) {
    self.room = room
    self.isOrdered = isOrdered
    self.rate = rate
    self.channelRoom = channelRoom
  }
}

/// A lane that has deliveries under way.
struct LaneState: Sendable, Hashable {
  var lane: DeliveryLane

  /// When its first delivery is due, and when the one is that was written first.
  var firstDue: Instant
  var headDue: Instant
  var health = EndpointHealth()
}

/// How many deliveries of each lane one claim takes.
struct ClaimGrants: Sendable, Hashable {
  var counts: [DeliveryLane: Int] = [:]

  /// Lanes whose breaker lets one delivery through.
  var probes: Set<DeliveryLane> = []

  /// Lanes with something due and too little room here, each with the room there is.
  var tight: [DeliveryLane: Int] = [:]

  /// What was taken from the buckets of lanes that have one.
  var tokens: [DeliveryLane: Int] = [:]

  /// Lanes whose bucket held too little, and how long until it holds something again.
  var pauses: [DeliveryLane: Duration] = [:]

  /// Shares `limit` among lanes that have something due by `cutoff`, as evenly as their rooms allow;
  /// those whose deliveries have waited longest come first.
  init(
    _ lanes: [LaneState], _ terms: ClaimTerms, dueBy cutoff: Instant, at now: Instant, limit: Int
  ) {
    var rooms: [(lane: DeliveryLane, room: Int)] = []
    for state in lanes.sorted(by: { $0.firstDue < $1.firstDue }) {
      let isOrdered = terms.isOrdered(state.lane)
      guard (isOrdered ? state.headDue : state.firstDue) <= cutoff else { continue }
      var room = max(0, terms.room(state.lane))
      // An ordered lane waits for its own delivery, not for room.
      if !isOrdered || room == 0 { tight[state.lane] = room }
      if isOrdered { room = min(room, 1) }
      switch state.health.permission(at: now) {
      case .free: break
      case .probe:
        room = min(room, 1)
        if room > 0 { probes.insert(state.lane) }
      case .wait, .disabled:
        room = 0
        tight[state.lane] = nil
      }
      if room > 0 { rooms.append((state.lane, room)) }
    }
    share(limit, among: &rooms, terms.channelRoom)
    probes.formIntersection(counts.keys)
  }

  /// Notes what a lane's bucket gave, and when it gives again.
  mutating func take(_ count: Int, from lane: DeliveryLane, pause: Duration) {
    tokens[lane] = count
    guard let wanted = counts[lane], count < wanted else { return }
    counts[lane] = count > 0 ? count : nil
    if count == 0 { probes.remove(lane) }
    pauses[lane] = pause
  }

  /// How many tokens are left over, by lane, when so many deliveries were taken.
  func unused(_ taken: [DeliveryLane: Int]) -> [DeliveryLane: Int] {
    tokens.reduce(into: [:]) { unused, lane in
      let left = lane.value - taken[lane.key, default: 0]
      if left > 0 { unused[lane.key] = left }
    }
  }

  private mutating func share(
    _ limit: Int, among rooms: inout [(lane: DeliveryLane, room: Int)],
    _ channelRoom: [DeliveryChannel: Int]
  ) {
    var left = limit
    var channels = channelRoom
    while left > 0, !rooms.isEmpty {
      let share = max(1, left / rooms.count)
      for index in rooms.indices where left > 0 {
        let lane = rooms[index].lane
        let part = min(share, rooms[index].room, left, max(0, channels[lane.channel] ?? .max))
        if part == 0 {
          // The channel is full, whatever the lane has room for.
          rooms[index].room = 0
          tight[lane] = counts[lane] ?? 0
          continue
        }
        counts[lane, default: 0] += part
        rooms[index].room -= part
        left -= part
        channels[lane.channel]? -= part
      }
      rooms.removeAll { $0.room <= 0 }
    }
  }
}
