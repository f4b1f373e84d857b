BEGIN;
SET LOCAL TimeZone = 'America/New_York';
SELECT
  t0.key,
  t0.label,
  m1.c1 AS "exact_gap",
  m2.c1 AS "order_gap",
  m3.c1 AS "recent_gap"
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
  SELECT k, CASE WHEN max(nth) >= 2 THEN round(
      percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)
    )::bigint END AS c1
  FROM (
    SELECT k, row_number() OVER latest AS nth,
      (extract(epoch FROM t - lead(t) OVER latest) * 1000000)::float8 AS gap
    FROM (
      SELECT o.customer_id AS k, o.at::timestamp AS t
      FROM shop."order" o
      WHERE o.tenant_id = '00000000-0000-0000-0000-00000000000a'
        AND o.customer_id IS NOT NULL
        AND o.at < '2026-03-10 16:00:00+00'::timestamptz
        AND (o.status <> 'CANCELLED')
        AND isfinite(o.at)
    ) AS times
    WINDOW latest AS (PARTITION BY k ORDER BY t DESC)
  ) AS gaps
  GROUP BY k
) AS m1 ON m1.k = t0.k
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
        AND o.at < '2026-03-10 16:00:00+00'::timestamptz
        AND (o.status <> 'CANCELLED')
        AND isfinite(o.at)
    ) AS times
    WINDOW latest AS (PARTITION BY k ORDER BY t DESC)
  ) AS gaps
  GROUP BY k
) AS m2 ON m2.k = t0.k
LEFT JOIN (
  SELECT k, CASE WHEN max(nth) >= 2 THEN round(
      percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap > 0 AND nth < 2)
    )::bigint END AS c1
  FROM (
    SELECT k, dense_rank() OVER latest AS nth,
      (t - lead(t) OVER latest) * 86400000000::float8 AS gap
    FROM (
      SELECT o.customer_id AS k, o.at::date AS t
      FROM shop."order" o
      WHERE o.tenant_id = '00000000-0000-0000-0000-00000000000a'
        AND o.customer_id IS NOT NULL
        AND o.at < '2026-03-10 16:00:00+00'::timestamptz
        AND (o.status <> 'CANCELLED')
        AND isfinite(o.at)
    ) AS times
    WINDOW latest AS (PARTITION BY k ORDER BY t DESC)
  ) AS gaps
  WHERE nth <= 2
  GROUP BY k
) AS m3 ON m3.k = t0.k;
COMMIT;
