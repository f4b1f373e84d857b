import Expressions
import Postgres
import SQLText
import Store

/// The demo's business: two tenants in two zones, about 1,000 customers, 20,000 orders and 300 SKUs
/// over two years.
enum DemoData {
  /// What was put in for a tenant, to tell people.
  struct Tenant: Sendable, Hashable {
    var id: String
    var slug: String
    var name: String
    var timezone: String
    var customers: Int
    var orders: Int
    var orderLines: Int
    var skus: Int
  }

  /// Makes the reference schema and fills it with two years that end at `now`.
  ///
  /// The same `now` and `seed` give the same rows. A tenant that is there already is left as it
  /// is, so doing this twice is harmless; the tenants are returned either way.
  static func install(
    on connection: Connection, now: Instant, seed: Int = 1
  ) async throws -> [Tenant] {
    try await ReferenceSchema.install(on: connection)
    for business in businesses { try await fill(business, now: now, seed: seed, on: connection) }
    try await connection.execute(
      script: """
        ANALYZE tenant, sales_rep, customer, product, sku, "order", order_line
        """)
    var tenants: [Tenant] = []
    for business in businesses { tenants.append(try await count(business, on: connection)) }
    return tenants
  }

  /// Whether a database is empty, or holds the demo's business already.
  static func mayUse(_ connection: Connection) async throws -> Bool {
    let tables = try await connection.query(
      "SELECT count(*), to_regclass('tenant') FROM pg_tables WHERE schemaname = current_schema()")
    if tables[0][0] == "0" { return true }
    guard tables[0][1] != nil else { return false }
    // Only the demo's own keys are looked for, and as text: the table may be anybody's.
    let firms = try await connection.query(
      """
      SELECT count(*) FROM tenant AS t
      WHERE to_jsonb(t)->>'id' = ANY(\(bind: businesses.map(\.id))::text[])
      """)
    return firms[0][0] != "0"
  }

  /// What is chosen rather than drawn.
  private struct Business: Sendable {
    var id: String
    var slug: String
    var name: String
    var timezone: String
    var style: String
    var customers: Int
    var skus: Int
  }

  private static let businesses = [
    Business(
      id: "019412c0-6a00-7000-8000-000000000001", slug: "verdier", name: "Maison Verdier",
      timezone: "Europe/Paris", style: "french", customers: 540, skus: 160),
    Business(
      id: "019412c0-6a00-7000-8000-000000000002", slug: "harborpine", name: "Harbor & Pine",
      timezone: "America/New_York", style: "american", customers: 460, skus: 140),
  ]

  private static func fill(
    _ business: Business, now: Instant, seed: Int, on connection: Connection
  ) async throws {
    try await TenantSession.inTenant(business.id, zone: business.timezone, on: connection) {
      connection in
      let added = try await connection.execute(
        """
        INSERT INTO tenant (id, slug, name, timezone)
        VALUES (\(bind: business.id)::uuid, \(bind: business.slug), \(bind: business.name),
          \(bind: business.timezone))
        ON CONFLICT DO NOTHING
        """)
      guard added == 1 else { return }
      _ = try await connection.query(
        """
        SELECT set_config('demo.now', \(bind: now.iso8601), true),
          set_config('demo.seed', \(bind: seed), true),
          set_config('demo.style', \(bind: business.style), true),
          set_config('demo.customers', \(bind: business.customers), true),
          set_config('demo.skus', \(bind: business.skus), true)
        """)
      try await connection.execute(
        script: String(decoding: PackageResources.seed_sql, as: UTF8.self))
    }
  }

  private static func count(_ business: Business, on connection: Connection) async throws -> Tenant
  {
    try await TenantSession.inTenant(business.id, zone: business.timezone, on: connection) {
      connection in
      var counts: [Int] = []
      for table in ["customer", "order", "order_line", "sku"] {
        let rows = try await connection.query(
          """
          SELECT count(*) FROM \(identifier: table) WHERE tenant_id = \(bind: business.id)::uuid
          """)
        counts.append(rows.first?.first.flatMap { $0.flatMap { Int($0) } } ?? 0)
      }
      return Tenant(
        id: business.id, slug: business.slug, name: business.name, timezone: business.timezone,
        customers: counts[0], orders: counts[1], orderLines: counts[2], skus: counts[3])
    }
  }
}
