import Expressions
import Postgres
import SQLText
import Store

/// A business as large as wanted, in the reference schema, the same for the same sizes.
///
/// Orders are skewed over the customers by a square law and over a year before `now`; a fifth of
/// the customers stopped ordering between 45 and 245 days ago.
struct SampleBusiness: Sendable {
  var tenants: Int
  var customers: Int
  var orders: Int

  /// 2025-01-01 00:00 UTC, when the year of orders ends and the rules run.
  static let now = Instant(microseconds: 1_735_689_600_000_000)

  /// Makes the tables and fills them; the session must be a superuser's.
  func install(on connection: Connection) async throws {
    try await ReferenceSchema.install(on: connection)
    try await connection.transaction { connection in
      // The rows point at each other as they should: to check a million of them takes longer than
      // to make them.
      try await connection.execute(
        script: """
          SET LOCAL session_replication_role = replica;
          SET LOCAL max_parallel_workers_per_gather = 0;
          """)
      for statement in [tenantRows, repRows, "SELECT setseed(0.42)", customerRows, orderRows] {
        _ = try await connection.query(statement)
      }
    }
    try await connection.execute(script: "VACUUM ANALYZE")
  }

  private var tenantRows: SQL {
    """
    INSERT INTO tenant (id, slug, name)
    SELECT md5('tenant ' || n)::uuid, 'tenant-' || n, 'Tenant ' || n
    FROM generate_series(1, \(bind: tenants)::int) AS n
    """
  }

  private var repRows: SQL {
    """
    INSERT INTO sales_rep (id, tenant_id, name, email)
    SELECT n, \(tenantOf("n")), 'Rep ' || n, 'rep' || n || '@example.com'
    FROM generate_series(1, 10 * \(bind: tenants)::int) AS n
    """
  }

  private var customerRows: SQL {
    """
    INSERT INTO customer (id, tenant_id, name, email, segment, tier, sales_rep_id, created_at)
    SELECT n, \(tenantOf("n")), 'Customer ' || n, 'c' || n || '@example.com',
      (ARRAY['restaurant', 'retail', 'hotel', 'office', 'wholesale'])[1 + floor(random() * 5)::int],
      (ARRAY['A', 'B', 'C'])[1 + floor(random() * 3)::int],
      (n - 1) % \(bind: tenants)::int + 1 + \(bind: tenants)::int * floor(random() * 10)::int,
      \(Self.now.literal) - random() * interval '3 years'
    FROM generate_series(1, \(bind: customers)::int) AS n
    """
  }

  private var orderRows: SQL {
    """
    INSERT INTO "order" (id, tenant_id, customer_id, status, ordered_at, delivered_at, total)
    SELECT row_number() OVER (ORDER BY age DESC), \(tenantOf("customer")), customer,
      CASE WHEN status_draw >= 0.98 THEN 'CANCELLED' WHEN age > 5 THEN 'DELIVERED'
        ELSE 'SHIPPED' END,
      \(Self.now.literal) - age * interval '1 day',
      CASE WHEN status_draw < 0.94 AND age > 5
        THEN \(Self.now.literal) - (age - 1 - 4 * delivery_draw) * interval '1 day' END,
      CASE WHEN sample_draw < 0.06 THEN 0 ELSE round((20 + 2000 * amount_draw ^ 3)::numeric, 2) END
    FROM (
      SELECT customer, status_draw, delivery_draw, sample_draw, amount_draw,
        CASE WHEN customer % 5 = 0
          THEN 45 + customer % 200 + age * (320 - customer % 200) / 365.0 ELSE age END AS age
      FROM (
        SELECT floor(\(bind: customers)::int * random() ^ 2)::int + 1 AS customer,
          365 * (1 - random() ^ 0.8) AS age, random() AS status_draw, random() AS delivery_draw,
          random() AS sample_draw, random() AS amount_draw
        FROM generate_series(1, \(bind: orders)::int)
      ) AS drawn
    ) AS placed
    ORDER BY age DESC
    """
  }

  /// The key of the tenant that a customer, by its number, belongs to.
  private func tenantOf(_ number: SQL) -> SQL {
    "md5('tenant ' || ((\(number) - 1) % \(bind: tenants)::int + 1))::uuid"
  }
}

extension Instant {
  /// The point in time as SQL.
  var literal: SQL { "\(bind: iso8601)::timestamptz" }
}
