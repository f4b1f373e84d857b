import Store
import Synchronization

/// What one process has under way in each lane, and which tenants wait for a lane to come free.
///
/// A lane that is full is given to the tenants that asked for it in turn, one batch each, so a
/// tenant with ten thousand deliveries is one of those who wait, like any other.
final class LaneBook: Sendable {
  /// A tenant that had more for a lane than there was room for.
  private struct Place: Hashable {
    var tenant: String
    var lane: DeliveryLane
  }

  private struct State {
    var held: [DeliveryLane: Int] = [:]
    var heldByChannel: [DeliveryChannel: Int] = [:]
    var unsettled = 0
    var places: [Place] = []
    var taken: Set<Place> = []

    /// When the rate of a lane allows more.
    var pausedUntil: [DeliveryLane: ContinuousClock.Instant] = [:]
  }

  private let channels: [DeliveryChannel: any Channel]
  private let state = Mutex(State())

  init(_ channels: [DeliveryChannel: any Channel]) { self.channels = channels }

  /// Whether nothing is under way or to be written, and nobody waits for a lane.
  var isIdle: Bool { state.withLock { $0.unsettled == 0 && $0.places.isEmpty } }

  /// How many deliveries are under way, or have ended and are yet to be written down.
  var unsettled: Int { state.withLock { $0.unsettled } }

  /// How long it is until the first lane that somebody waits for may go on.
  var pause: Duration? {
    state.withLock { state in
      let ends = state.places.compactMap { state.pausedUntil[$0.lane] }
      return ends.min().map { max(.zero, $0 - .now) }
    }
  }

  /// What may be claimed of a tenant now; one whose `turn` a lane is may have what is free of it.
  func terms(for tenant: String, turn: Set<DeliveryLane>) -> ClaimTerms {
    let (held, heldByChannel, queues) = state.withLock { state in
      (
        state.held, state.heldByChannel,
        state.places.reduce(into: [DeliveryLane: String]()) { first, place in
          first[place.lane] = first[place.lane] ?? place.tenant
        }
      )
    }
    let channels = channels
    return ClaimTerms(
      channelRoom: channels.mapValues { $0.concurrency - heldByChannel[$0.name, default: 0] },
      isOrdered: { channels[$0.channel]?.isOrdered($0) ?? false },
      rate: { channels[$0.channel]?.rate(of: $0) }
    ) { lane in
      // Who was here first comes first.
      if let first = queues[lane], first != tenant, !turn.contains(lane) { return 0 }
      // What no channel sends is taken to be put off.
      guard let channel = channels[lane.channel] else { return 100 }
      return channel.concurrency(of: lane) - held[lane, default: 0]
    }
  }

  /// Notes what was claimed, and the lanes that had too little room for it or whose rate allows no
  /// more for a while.
  func note(
    _ deliveries: [ClaimedDelivery], tenant: String, waiting: Set<DeliveryLane>,
    paused: [DeliveryLane: Duration] = [:]
  ) {
    state.withLock { state in
      for (lane, pause) in paused {
        // Where many may go in a second, they go by several, not by a claim each.
        state.pausedUntil[lane] = .now + max(pause, .milliseconds(50))
      }
      state.unsettled += deliveries.count
      for delivery in deliveries {
        state.held[delivery.lane, default: 0] += 1
        state.heldByChannel[delivery.channel, default: 0] += 1
      }
      for lane in waiting.union(paused.keys) {
        let place = Place(tenant: tenant, lane: lane)
        if state.taken.insert(place).inserted { state.places.append(place) }
      }
    }
  }

  /// Notes that ordered lanes of a tenant are to be looked at again once they are free.
  func goOn(_ lanes: some Sequence<DeliveryLane>, tenant: String) {
    state.withLock { state in
      for lane in lanes {
        let place = Place(tenant: tenant, lane: lane)
        if state.taken.insert(place).inserted { state.places.append(place) }
      }
    }
  }

  /// Notes that deliveries are under way no more, and nothing remains to be written.
  func end(_ deliveries: [ClaimedDelivery]) {
    leave(deliveries)
    settle(deliveries.count)
  }

  /// Notes that so many outcomes are written.
  func settle(_ count: Int) { state.withLock { $0.unsettled -= count } }

  /// Notes that deliveries have left their lanes, and what they came to is to be written.
  func leave(_ deliveries: [ClaimedDelivery]) {
    state.withLock { state in
      for delivery in deliveries {
        let left = state.held[delivery.lane, default: 0] - 1
        state.held[delivery.lane] = left > 0 ? left : nil
        state.heldByChannel[delivery.channel, default: 0] -= 1
      }
    }
  }

  /// The tenant whose turn it is, with the lanes that have come free for it.
  func nextTurn() -> (tenant: String, lanes: Set<DeliveryLane>)? {
    state.withLock { state in
      guard let first = state.places.first(where: { isFree($0.lane, state) }) else { return nil }
      let lanes = state.places.filter { $0.tenant == first.tenant && isFree($0.lane, state) }
        .map(\.lane)
      state.places.removeAll { $0.tenant == first.tenant && lanes.contains($0.lane) }
      for lane in lanes { state.taken.remove(Place(tenant: first.tenant, lane: lane)) }
      return (first.tenant, Set(lanes))
    }
  }

  private func isFree(_ lane: DeliveryLane, _ state: State) -> Bool {
    guard let channel = channels[lane.channel] else { return true }
    if let end = state.pausedUntil[lane], end > .now { return false }
    let held = state.held[lane, default: 0]
    return held < channel.concurrency(of: lane)
      && state.heldByChannel[lane.channel, default: 0] < channel.concurrency
  }
}
