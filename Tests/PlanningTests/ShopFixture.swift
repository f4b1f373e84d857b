import Expressions
import Planning
import Rules

/// A small shop with two tenants, made by hand so that every expected value can be counted.
enum ShopFixture {
  static let east = "00000000-0000-0000-0000-00000000000a"
  static let west = "00000000-0000-0000-0000-00000000000b"

  /// Noon in New York on 10 March 2026, two days after its clocks went forward.
  static let now = Instant(microseconds: 1_773_158_400_000_000)

  static let customer = Entity(
    name: "customer", table: "shop.Customer", key: "customerId", tenant: "tenant_id",
    label: "name", filter: "NOT gone",
    fields: fields([
      Field(name: "name", kind: .text, storage: .column("name")),
      Field(name: "city", kind: .text, storage: .sql("address->>'city'")),
      Field(name: "joined", kind: .date, storage: .column("joined")),
      Field(name: "seen", kind: .timestamp, storage: .column("seen_at")),
      Field(name: "called", kind: .date, storage: .column("called_at")),
      Field(name: "patience", kind: .duration, storage: .column("patience")),
      Field(name: "active", kind: .yesNo, storage: .column("active")),
      Field(name: "balance", kind: .number, storage: .column("balance")),
      Field(name: "tags", kind: .textList, storage: .column("tags")),
      Field(name: "scores", kind: .numberList, storage: .column("scores")),
      Field(name: "rep", kind: .person(entity: "rep"), storage: .column("repId")),
    ]))

  static let rep = Entity(
    name: "rep", table: "shop.rep", key: "id", tenant: "tenant_id",
    fields: fields([
      Field(name: "name", kind: .text, storage: .column("name")),
      Field(name: "email", kind: .text, storage: .sql("lower(email)")),
      Field(name: "manager", kind: .person(entity: "rep"), storage: .column("manager_id")),
    ]))

  static let catalog = Catalog(
    tenants: .table(
      table: "shop.tenant", key: "id", slug: "slug", name: "name", timezone: "timezone"),
    sources: [
      "orders": Source(
        name: "orders", from: #"shop."order" o"#, tenant: "o.tenant_id", time: "o.at",
        keys: ["customer": "o.customer_id", "rep": "o.rep_id"],
        filter: "o.status <> 'CANCELLED'"),
      "visits": Source(
        name: "visits", from: "shop.visit", tenant: "tenant_id", time: "day",
        keys: ["customer": "customer_id"]),
    ],
    entities: ["customer": customer, "rep": rep],
    metrics: metrics([
      Metric(
        name: "revenue", entity: "customer", source: "orders", aggregate: .sum("o.total"),
        empty: 0),
      Metric(
        name: "orders", entity: "customer", source: "orders", aggregate: .countRows, empty: 0),
      Metric(
        name: "orders_or_missing", entity: "customer", source: "orders", aggregate: .countRows),
      Metric(
        name: "channels", entity: "customer", source: "orders",
        aggregate: .countDistinct("o.channel"), empty: 0),
      Metric(
        name: "mean_order", entity: "customer", source: "orders", aggregate: .average("o.total")),
      Metric(
        name: "smallest", entity: "customer", source: "orders", aggregate: .minimum("o.total")),
      Metric(
        name: "largest", entity: "customer", source: "orders", aggregate: .maximum("o.total")),
      Metric(name: "last_order", entity: "customer", source: "orders", aggregate: .latestTime),
      Metric(name: "first_order", entity: "customer", source: "orders", aggregate: .earliestTime),
      Metric(name: "last_visit", entity: "customer", source: "visits", aggregate: .latestTime),
      Metric(
        name: "order_gap", entity: "customer", source: "orders",
        aggregate: .medianGap(perDay: true, last: nil, needs: 3)),
      Metric(
        name: "recent_gap", entity: "customer", source: "orders",
        aggregate: .medianGap(perDay: true, last: 2, needs: 2)),
      Metric(
        name: "exact_gap", entity: "customer", source: "orders",
        aggregate: .medianGap(perDay: false, last: nil, needs: 2)),
    ]))

  static func request(
    _ inputs: Set<Input>, tenant: String = east, keys: [String]? = nil
  ) -> FetchRequest {
    FetchRequest(
      entity: customer, inputs: inputs, tenant: tenant, now: now,
      zone: Zone(identifier: "America/New_York") ?? .utc, keys: keys)
  }

  private static func fields(_ fields: [Field]) -> [String: Field] {
    Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
  }

  private static func metrics(_ metrics: [Metric]) -> [String: Metric] {
    Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0) })
  }

  static let schema = """
    CREATE SCHEMA shop;
    CREATE TABLE shop.tenant (
      id uuid PRIMARY KEY, slug text NOT NULL, name text NOT NULL, timezone text NOT NULL);
    CREATE TABLE shop.rep (
      id int PRIMARY KEY, tenant_id uuid NOT NULL, name text NOT NULL, email text, manager_id int);
    CREATE TABLE shop."Customer" (
      "customerId" bigint PRIMARY KEY, tenant_id uuid NOT NULL, name text, address jsonb,
      joined date, seen_at timestamp, called_at timestamptz, patience interval, active boolean,
      balance numeric(12, 2), tags text[], scores numeric[], "repId" int,
      gone boolean NOT NULL DEFAULT false);
    CREATE TABLE shop."order" (
      id int PRIMARY KEY, tenant_id uuid NOT NULL, customer_id bigint, rep_id int,
      at timestamptz, total numeric(12, 2), channel text, status text NOT NULL DEFAULT 'DONE');
    CREATE TABLE shop.visit (tenant_id uuid NOT NULL, customer_id bigint NOT NULL, day date);
    """

  /// Customer 1 has everything, 2 next to nothing, 3 is gone, 4 is of the other tenant.
  static let rows = """
    INSERT INTO shop.tenant VALUES
      ('\(east)', 'east', 'East', 'America/New_York'), ('\(west)', 'west', 'West', 'UTC');
    INSERT INTO shop.rep VALUES
      (1, '\(east)', 'Ann', 'ANN@East.example', 2), (2, '\(east)', 'Bob', 'BOB@east.example', NULL),
      (3, '\(west)', 'Cid', 'cid@west.example', NULL);
    INSERT INTO shop."Customer" VALUES
      (1, '\(east)', 'Acme', '{"city": "Troy"}', '2026-03-08', '2026-03-09 01:30',
       '2026-03-10 03:30+00', '1 day 02:00', true, 0.10, '{a,NULL,c}', '{1.5,NULL}', 1),
      (2, '\(east)', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3),
      (3, '\(east)', 'Gone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
      (4, '\(west)', 'Wilma', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3);
    INSERT INTO shop."order" VALUES
      -- 28 February and 2 March, before the clocks went forward
      (1, '\(east)', 1, 1, '2026-02-28 12:00-05', 10.10, 'web'),
      (2, '\(east)', 1, 1, '2026-03-02 12:00-05', 20.20, 'shop'),
      -- twice on 8 March, after they did
      (3, '\(east)', 1, 1, '2026-03-08 09:00-04', 0.10, 'web'),
      (4, '\(east)', 1, 1, '2026-03-08 21:00-04', 0.20, 'web'),
      -- 9 March in New York, 10 March in UTC
      (5, '\(east)', 1, 1, '2026-03-09 23:30-04', 5, NULL),
      -- today: in no window of days
      (6, '\(east)', 1, 1, '2026-03-10 00:30-04', 7, 'web'),
      -- not yet
      (7, '\(east)', 1, 1, '2026-03-10 12:00-04', 1000, 'mail'),
      -- cancelled, without a time or a customer, of another tenant's or one that is gone
      (8, '\(east)', 1, 1, '2026-03-09 12:00-04', 500, 'mail'),
      (9, '\(east)', 1, 1, NULL, 500, 'mail'),
      (10, '\(east)', NULL, 1, '2026-03-09 12:00-04', 500, 'mail'),
      (11, '\(west)', 1, 3, '2026-03-09 12:00-04', 500, 'mail'),
      (12, '\(east)', 3, 1, '2026-03-09 12:00-04', 500, 'mail'),
      (13, '\(west)', 4, 3, '2026-03-09 12:00-04', 4, 'web'),
      (14, '\(west)', 4, 3, '2026-03-10 00:30-04', 8, 'web');
    UPDATE shop."Customer" SET gone = true WHERE "customerId" = 3;
    UPDATE shop."order" SET status = 'CANCELLED' WHERE id = 8;
    INSERT INTO shop.visit VALUES
      ('\(east)', 1, '2026-03-09'), ('\(east)', 1, '2026-03-11'), ('\(east)', 2, NULL);

    """
}
