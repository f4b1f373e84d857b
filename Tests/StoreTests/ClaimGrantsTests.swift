import Expressions
import Testing

@testable import Store

@Suite("What one claim takes")
struct ClaimGrantsTests {
  static let now = Instant(microseconds: 1_795_505_400_000_000)

  private static func lane(
    _ name: String, due: Int64 = -1, head: Int64? = nil, _ channel: DeliveryChannel = .webhook,
    health: EndpointHealth = EndpointHealth()
  ) -> LaneState {
    LaneState(
      lane: DeliveryLane(channel, name),
      firstDue: Instant(microseconds: now.microseconds + due * 1_000_000),
      headDue: Instant(microseconds: now.microseconds + (head ?? due) * 1_000_000),
      health: health)
  }

  private static func grants(
    _ lanes: [LaneState], rooms: [String: Int] = [:], ordered: Set<String> = [],
    channels: [DeliveryChannel: Int] = [:], limit: Int = 100
  ) -> ClaimGrants {
    ClaimGrants(
      lanes,
      ClaimTerms(
        channelRoom: channels, isOrdered: { ordered.contains($0.name) },
        room: { rooms[$0.name] ?? 1_000 }), dueBy: now, at: now, limit: limit)
  }

  private static func counts(_ grants: ClaimGrants) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: grants.counts.map { ($0.key.name, $0.value) })
  }

  @Test("shares evenly, and gives on what a lane has no room for")
  func shares() {
    let lanes = [Self.lane("a"), Self.lane("b"), Self.lane("c")]
    #expect(Self.counts(Self.grants(lanes, limit: 99)) == ["a": 33, "b": 33, "c": 33])
    let tight = Self.grants(lanes, rooms: ["a": 3])
    #expect(Self.counts(tight).values.reduce(0, +) == 100)
    #expect(Self.counts(tight)["a"] == 3)
    #expect(tight.tight[DeliveryLane(.webhook, "a")] == 3)
  }

  @Test("lets those first that have waited longest")
  func oldestFirst() {
    let lanes = [Self.lane("a", due: -1), Self.lane("b", due: -9), Self.lane("c", due: -5)]
    #expect(Self.counts(Self.grants(lanes, limit: 2)) == ["b": 1, "c": 1])
  }

  @Test("takes nothing that is not due, has no room, waits or is disabled")
  func nothing() {
    var broken = EndpointHealth()
    broken.record(succeeded: 0, failed: 10, at: Self.now)
    var disabled = EndpointHealth()
    disabled.disable(.operator, at: Self.now)
    let grants = Self.grants(
      [
        Self.lane("later", due: 5), Self.lane("full"), Self.lane("broken", health: broken),
        Self.lane("disabled", health: disabled),
      ], rooms: ["full": 0])
    #expect(grants.counts.isEmpty)
    #expect(grants.tight == [DeliveryLane(.webhook, "full"): 0])
  }

  @Test("takes no more of a lane than its bucket gave, and knows what is left over")
  func tokens() {
    let lane = { DeliveryLane(.webhook, $0) }
    var grants = Self.grants([Self.lane("a"), Self.lane("b"), Self.lane("c")], limit: 30)
    grants.take(10, from: lane("a"), pause: .seconds(9))
    grants.take(4, from: lane("b"), pause: .seconds(1))
    grants.take(0, from: lane("c"), pause: .seconds(2))
    #expect(Self.counts(grants) == ["a": 10, "b": 4])
    #expect(grants.pauses == [lane("b"): .seconds(1), lane("c"): .seconds(2)])
    #expect(grants.unused([lane("a"): 10, lane("b"): 1]) == [lane("b"): 3])
  }

  @Test("takes one of an ordered lane, and none when its first is not due")
  func ordered() {
    let lanes = [Self.lane("a"), Self.lane("b", due: -1, head: 5)]
    let grants = Self.grants(lanes, ordered: ["a", "b"])
    #expect(Self.counts(grants) == ["a": 1])
    #expect(grants.tight.isEmpty)
  }

  @Test("sends one probe to an endpoint whose breaker has waited")
  func probe() {
    var broken = EndpointHealth()
    broken.record(
      succeeded: 0, failed: 10, at: Instant(microseconds: Self.now.microseconds - 30_000_000))
    let grants = Self.grants([Self.lane("a", health: broken), Self.lane("b")])
    #expect(Self.counts(grants) == ["a": 1, "b": 99])
    #expect(grants.probes == [DeliveryLane(.webhook, "a")])
  }

  @Test("keeps a channel within its room, whatever its lanes would take")
  func channels() {
    let lanes = [
      Self.lane("x.example", .email), Self.lane("y.example", .email), Self.lane("hook"),
    ]
    let grants = Self.grants(lanes, rooms: ["x.example": 4, "y.example": 4], channels: [.email: 5])
    let counts = Self.counts(grants)
    #expect(counts["x.example", default: 0] + counts["y.example", default: 0] == 5)
    #expect(counts["hook"] == 95)
  }
}
