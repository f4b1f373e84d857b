BEGIN;
SET LOCAL TimeZone = 'America/New_York';
SELECT
  t0.key,
  t0.label,
  t1.c1 AS "customer.rep.email",
  m1.c1 AS "order_gap",
  coalesce(m2.c1, '0.0'::float8) AS "revenue[30d]"
FROM (
  SELECT "customerId" AS k,
    ("customerId")::text AS key,
    coalesce("name"::text, ("customerId")::text) AS label,
    "repId" AS c1
  FROM "shop"."Customer"
  WHERE "tenant_id" = '00000000-0000-0000-0000-00000000000a'
    AND "customerId" IS NOT NULL
    AND "customerId" = ANY ('{"1"}')
    AND (NOT gone)
) AS t0
LEFT JOIN (
  SELECT "id" AS k,
    (lower(email))::text AS c1
  FROM "shop"."rep"
  WHERE "tenant_id" = '00000000-0000-0000-0000-00000000000a'
    AND "id" IS NOT NULL
) AS t1 ON t1.k = t0.c1
LEFT JOIN (
  SELECT o.customer_id AS k,
    (sum(o.total))::float8 AS c1
  FROM shop."order" o
  WHERE o.tenant_id = '00000000-0000-0000-0000-00000000000a'
    AND o.customer_id IS NOT NULL
    AND o.customer_id = ANY ('{"1"}')
    AND o.at >= '2026-02-08 05:00:00+00'::timestamptz
    AND o.at < '2026-03-10 04:00:00+00'::timestamptz
    AND (o.status <> 'CANCELLED')
  GROUP BY 1
) AS m2 ON m2.k = t0.k
LEFT JOIN (
  SELECT k, CASE WHEN max(nth) >= 3 THEN round(
      percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap > 0)
    )::bigint END AS c1
  FROM (
    SELECT k, dense_rank() OVER latest AS nth,
      (t - lead(t) OVER latest) * 86400000000::float8 AS gap
    FROM (
      SELECT o.customer_id AS k, o.at::date AS t
      FROM shop."order" o
      WHERE o.tenant_id = '00000000-0000-0000-0000-00000000000a'
        AND o.customer_id IS NOT NULL
        AND o.customer_id = ANY ('{"1"}')
        AND o.at < '2026-03-10 16:00:00+00'::timestamptz
        AND (o.status <> 'CANCELLED')
        AND isfinite(o.at)
    ) AS times
    WINDOW latest AS (PARTITION BY k ORDER BY t DESC)
  ) AS gaps
  GROUP BY k
) AS m1 ON m1.k = t0.k;
COMMIT;
