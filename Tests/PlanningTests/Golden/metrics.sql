BEGIN;
SET LOCAL TimeZone = 'America/New_York';
SELECT
  t0.key,
  t0.label,
  coalesce(m1.c1, '0.0'::float8) AS "channels",
  coalesce(m1.c2, '0.0'::float8) AS "channels[30d, ending 30d ago]",
  coalesce(m1.c3, '0.0'::float8) AS "channels[30d]",
  m1.c4 AS "first_order",
  m1.c5 AS "largest",
  m1.c6 AS "largest[30d, ending 30d ago]",
  m1.c7 AS "largest[30d]",
  m1.c8 AS "last_order",
  m2.c1 AS "last_visit",
  m1.c9 AS "mean_order",
  m1.c10 AS "mean_order[30d, ending 30d ago]",
  m1.c11 AS "mean_order[30d]",
  coalesce(m1.c12, '0.0'::float8) AS "orders",
  coalesce(m1.c13, '0.0'::float8) AS "orders[30d, ending 30d ago]",
  coalesce(m1.c14, '0.0'::float8) AS "orders[30d]",
  m1.c12 AS "orders_or_missing",
  m1.c13 AS "orders_or_missing[30d, ending 30d ago]",
  m1.c14 AS "orders_or_missing[30d]",
  coalesce(m1.c15, '0.0'::float8) AS "revenue",
  coalesce(m1.c16, '0.0'::float8) AS "revenue[30d, ending 30d ago]",
  coalesce(m1.c17, '0.0'::float8) AS "revenue[30d]",
  m1.c18 AS "smallest",
  m1.c19 AS "smallest[30d, ending 30d ago]",
  m1.c20 AS "smallest[30d]"
FROM (
  SELECT "customerId" AS k,
    ("customerId")::text AS key,
    coalesce("name"::text, ("customerId")::text) AS label
  FROM "shop"."Customer"
  WHERE "tenant_id" = '00000000-0000-0000-0000-00000000000a'
    AND "customerId" IS NOT NULL
    AND (NOT gone)
) AS t0
LEFT JOIN (
  SELECT o.customer_id AS k,
    nullif(count(DISTINCT o.channel), 0)::float8 AS c1,
    nullif(count(DISTINCT o.channel) FILTER (WHERE o.at >= '2026-01-09 05:00:00+00'::timestamptz AND o.at < '2026-02-08 05:00:00+00'::timestamptz), 0)::float8 AS c2,
    nullif(count(DISTINCT o.channel) FILTER (WHERE o.at >= '2026-02-08 05:00:00+00'::timestamptz AND o.at < '2026-03-10 04:00:00+00'::timestamptz), 0)::float8 AS c3,
    (min(o.at))::timestamptz AS c4,
    (max(o.total))::float8 AS c5,
    (max(o.total) FILTER (WHERE o.at >= '2026-01-09 05:00:00+00'::timestamptz AND o.at < '2026-02-08 05:00:00+00'::timestamptz))::float8 AS c6,
    (max(o.total) FILTER (WHERE o.at >= '2026-02-08 05:00:00+00'::timestamptz AND o.at < '2026-03-10 04:00:00+00'::timestamptz))::float8 AS c7,
    (max(o.at))::timestamptz AS c8,
    (avg(o.total))::float8 AS c9,
    (avg(o.total) FILTER (WHERE o.at >= '2026-01-09 05:00:00+00'::timestamptz AND o.at < '2026-02-08 05:00:00+00'::timestamptz))::float8 AS c10,
    (avg(o.total) FILTER (WHERE o.at >= '2026-02-08 05:00:00+00'::timestamptz AND o.at < '2026-03-10 04:00:00+00'::timestamptz))::float8 AS c11,
    nullif(count(*), 0)::float8 AS c12,
    nullif(count(*) FILTER (WHERE o.at >= '2026-01-09 05:00:00+00'::timestamptz AND o.at < '2026-02-08 05:00:00+00'::timestamptz), 0)::float8 AS c13,
    nullif(count(*) FILTER (WHERE o.at >= '2026-02-08 05:00:00+00'::timestamptz AND o.at < '2026-03-10 04:00:00+00'::timestamptz), 0)::float8 AS c14,
    (sum(o.total))::float8 AS c15,
    (sum(o.total) FILTER (WHERE o.at >= '2026-01-09 05:00:00+00'::timestamptz AND o.at < '2026-02-08 05:00:00+00'::timestamptz))::float8 AS c16,
    (sum(o.total) FILTER (WHERE o.at >= '2026-02-08 05:00:00+00'::timestamptz AND o.at < '2026-03-10 04:00:00+00'::timestamptz))::float8 AS c17,
    (min(o.total))::float8 AS c18,
    (min(o.total) FILTER (WHERE o.at >= '2026-01-09 05:00:00+00'::timestamptz AND o.at < '2026-02-08 05:00:00+00'::timestamptz))::float8 AS c19,
    (min(o.total) FILTER (WHERE o.at >= '2026-02-08 05:00:00+00'::timestamptz AND o.at < '2026-03-10 04:00:00+00'::timestamptz))::float8 AS c20
  FROM shop."order" o
  WHERE o.tenant_id = '00000000-0000-0000-0000-00000000000a'
    AND o.customer_id IS NOT NULL
    AND o.at < '2026-03-10 16:00:00+00'::timestamptz
    AND (o.status <> 'CANCELLED')
  GROUP BY 1
) AS m1 ON m1.k = t0.k
LEFT JOIN (
  SELECT customer_id AS k,
    (max(day))::timestamptz AS c1
  FROM shop.visit
  WHERE tenant_id = '00000000-0000-0000-0000-00000000000a'
    AND customer_id IS NOT NULL
    AND day < '2026-03-10 16:00:00+00'::timestamptz
  GROUP BY 1
) AS m2 ON m2.k = t0.k;
COMMIT;
