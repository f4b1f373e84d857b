import Postgres
import Rules
import SQLText

/// Rules that open a wanted number of alerts.
enum WritingRules {
  /// Loads ten rules, or as many more as it takes, that match about `alerts` times in all.
  ///
  /// They draw customers by their keys, which say nothing of their orders.
  static func load(
    _ alerts: Int, of customers: Int, acting: Bool
  ) throws -> (catalog: Catalog, rules: [Rule]) {
    let count = max(10, (alerts + customers - 1) / customers)
    let perMille = min(1000, (1000 * alerts + count * customers - 1) / (count * customers))
    return try BenchProject.load(
      (0..<count).map { index in
        let rule = """
          rule: open_\(index)
          for_each: customer
          values:
            so_far: revenue[all time]
          when: customer.draw < \(perMille)
          \(acting ? actions : "")
          """
        return ("open_\(index)", rule)
      })
  }

  /// Forgets every alert and what followed from it.
  ///
  /// Statistics are brought up to date too: a vacuum that came by itself in the middle of the next
  /// run would see the tables' pages and no rows yet, and have them searched by the wrong index.
  static func clear(_ connection: Connection) async throws {
    let known = try await connection.query(
      """
      SELECT string_agg(format('%I.%I', table_schema, table_name), ', ')
      FROM information_schema.columns JOIN information_schema.tables
        USING (table_catalog, table_schema, table_name)
      WHERE table_schema = 'bellwether' AND column_name = 'tenant_id'
        AND table_name <> 'tenant_work' AND table_type = 'BASE TABLE'
      """)
    let tables = "task, " + (known[0][0] ?? "")
    try await connection.execute(script: "TRUNCATE \(tables)")
    try await connection.execute(script: "VACUUM ANALYZE \(tables)")
  }

  private static let actions = """
    then:
      - task:
          title: Call {{customer.name}}
          assign_to: customer.sales_rep
          priority: high
          due_in: 3d
          body: "Revenue so far: {{money(so_far)}}"
      - webhook: {endpoint: crm}
    """
}
