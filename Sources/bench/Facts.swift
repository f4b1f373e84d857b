import Expressions

/// What is known in one context of the measured predicates.
struct Facts: Sendable {
  var daysSinceLastOrder: Int
  var accountType: String

  /// Money in cents, so that the plain predicates decide as decimals do.
  var revenueCents: Int
  var previousRevenueCents: Int
  var onHand: Int
  var reorderPoint: Int
  var category: String
  var burnRate: Double
  var name: String
  var region: String
}

extension Facts {
  /// Invents facts, each independent of the others.
  init(using random: inout some RandomNumberGenerator) {
    func one(of words: [String]) -> String { words.randomElement(using: &random) ?? "" }
    daysSinceLastOrder = Int.random(in: 0..<120, using: &random)
    accountType = one(of: ["OPEN", "CLOSED", "TRIAL"])
    revenueCents = Int.random(in: 0...400_000, using: &random)
    previousRevenueCents = Int.random(in: 0...400_000, using: &random)
    onHand = Int.random(in: 0..<200, using: &random)
    reorderPoint = Int.random(in: 0..<150, using: &random)
    category = one(of: ["wine", "beer", "spirits", "soft", "food"])
    burnRate = Double(Int.random(in: 0...5000, using: &random)) / 1000
    let names = ["Anna", "Bob", "Alice", "Carla", "Dmitri", "Ada", "Eve", "Armand"]
    name = one(of: names) + "\(Int.random(in: 0..<1000, using: &random))"
    region = one(of: ["EU", "US", "APAC"])
  }

  /// The run's time, 2026-06-01 12:00 UTC.
  static let now = Instant(microseconds: 1_780_315_200_000_000)

  /// The facts as expressions name them, in the order of their slots.
  static let columns: [(name: String, type: ValueType, value: @Sendable (Facts) -> Value)] = [
    ("days_since_last_order", .number, { .number(Double($0.daysSinceLastOrder)) }),
    ("account_type", .text, { .text($0.accountType) }),
    ("revenue_30d", .number, { .number(Double($0.revenueCents) / 100) }),
    ("revenue_prev_30d", .number, { .number(Double($0.previousRevenueCents) / 100) }),
    ("on_hand", .number, { .number(Double($0.onHand)) }),
    ("reorder_point", .number, { .number(Double($0.reorderPoint)) }),
    ("category", .text, { .text($0.category) }),
    ("burn_rate", .number, { .number($0.burnRate) }),
    ("name", .text, { .text($0.name) }),
    ("region", .text, { .text($0.region) }),
  ]

  /// The facts as a row.
  var row: Row { Row(values: Self.columns.map { $0.value(self) }) }

  struct Row: RowSource {
    let values: [Value]

    func value(at slot: Int) -> Value { values[slot] }
  }
}

/// Numbers that follow from a seed (xorshift64*), so that every run measures the same contexts.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed | 1 }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
