import Postgres
import SQLText

/// The sample business with SKUs and, for each order, one to five lines: three on average.
struct StockedBusiness: Sendable {
  var tenants: Int
  var customers: Int
  var orders: Int
  var skus: Int

  /// Makes the tables and fills them; the session must be a superuser's.
  func install(on connection: Connection) async throws {
    try await SampleBusiness(tenants: tenants, customers: customers, orders: orders)
      .install(on: connection)
    try await connection.transaction { connection in
      try await connection.execute(
        script: """
          SET LOCAL session_replication_role = replica;
          SET LOCAL max_parallel_workers_per_gather = 0;
          """)
      for statement in [productRows, skuRows, lineRows] {
        _ = try await connection.query(statement)
      }
    }
    try await connection.execute(script: "VACUUM ANALYZE")
  }

  private var productRows: SQL {
    """
    INSERT INTO product (id, tenant_id, name, category)
    SELECT n, md5('tenant ' || ((n - 1) % \(bind: tenants)::int + 1))::uuid, 'Product ' || n,
      (ARRAY['Coffee', 'Tea', 'Snacks', 'Dairy'])[1 + n / \(bind: tenants)::int % 4]
    FROM generate_series(1, \(bind: skus)::int) AS n
    """
  }

  private var skuRows: SQL {
    """
    INSERT INTO sku (id, tenant_id, product_id, code, on_hand, lead_time_days)
    SELECT id, tenant_id, id, 'SKU-' || id, floor(200 * random()), 2 + floor(12 * random())
    FROM product
    """
  }

  /// An order's SKUs are of its tenant: those whose number leaves the same rest.
  private var lineRows: SQL {
    """
    INSERT INTO order_line (id, tenant_id, order_id, sku_id, quantity, unit_price, is_sample)
    SELECT row_number() OVER (), o.tenant_id, o.id,
      (o.customer_id - 1) % \(bind: tenants)::int + 1 + \(bind: tenants)::int
        * floor(\(bind: skus / tenants)::int * random() ^ 1.5)::int,
      1 + floor(random() ^ 2 * 24), 2 + floor(60 * random()), o.total = 0
    FROM "order" o, generate_series(1, 1 + (o.id * 7919 % 5)::int)
    """
  }
}
