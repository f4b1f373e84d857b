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
  var tags: [String]
  var lastOrderAt: Instant
  var snoozedUntil: Instant?
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
    let tags = ["vip", "new", "late", "eu", "web", "b2b"].shuffled(using: &random)
    self.tags = Array(tags.prefix(Int.random(in: 0..<4, using: &random)))
    let secondsAgo = Int64.random(in: 0..<120 * 86_400, using: &random)
    lastOrderAt = Instant(microseconds: Self.now.microseconds - secondsAgo * 1_000_000)
    let isSnoozed = Int.random(in: 0..<10, using: &random) < 3
    snoozedUntil = isSnoozed ? Instant(microseconds: Self.now.microseconds + 1) : nil
  }

  /// The run's time, 2026-06-01 12:00 UTC.
  static let now = Instant(microseconds: 1_780_315_200_000_000)

  /// A fact as expressions name it.
  struct Column: Sendable {
    var name: String
    var type: ValueType
    var value: @Sendable (Facts) -> Value

    init(_ name: String, _ type: ValueType, _ value: @escaping @Sendable (Facts) -> Value) {
      self.name = name
      self.type = type
      self.value = value
    }
  }

  /// The ten scalars of every context.
  static let scalars = [
    Column("days_since_last_order", .number, { .number(Double($0.daysSinceLastOrder)) }),
    Column("account_type", .text, { .text($0.accountType) }),
    Column("revenue_30d", .number, { .number(Double($0.revenueCents) / 100) }),
    Column("revenue_prev_30d", .number, { .number(Double($0.previousRevenueCents) / 100) }),
    Column("on_hand", .number, { .number(Double($0.onHand)) }),
    Column("reorder_point", .number, { .number(Double($0.reorderPoint)) }),
    Column("category", .text, { .text($0.category) }),
    Column("burn_rate", .number, { .number($0.burnRate) }),
    Column("name", .text, { .text($0.name) }),
    Column("region", .text, { .text($0.region) }),
  ]

  /// What contexts have beside them where a predicate asks for it.
  static let tags = Column("tags", .list(.text)) { .list($0.tags.map { .text($0) }) }
  static let lastOrder = Column("last_order_at", .instant) { .instant($0.lastOrderAt) }
  static let snoozed = Column("customer.snoozed_until", .instant) {
    $0.snoozedUntil.map { .instant($0) } ?? .missing
  }

  /// The facts as a row, in the order of the columns.
  func row(_ columns: [Column]) -> Row { Row(values: columns.map { $0.value(self) }) }

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
