BEGIN;
SET LOCAL TimeZone = 'America/New_York';
SELECT
  t0.key,
  t0.label,
  m1.c1 AS "first_order",
  m1.c2 AS "last_order",
  m2.c1 AS "last_visit"
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
    (min(o.at))::timestamptz AS c1,
    (max(o.at))::timestamptz AS c2
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
