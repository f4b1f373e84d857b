BEGIN;
SET LOCAL TimeZone = 'America/New_York';
SELECT
  t0.key,
  t0.label,
  t0.c1 AS "customer.active",
  t0.c2 AS "customer.balance",
  t0.c3 AS "customer.called",
  t0.c4 AS "customer.city",
  t0.c5 AS "customer.joined",
  t0.c6 AS "customer.name",
  t0.c7 AS "customer.patience",
  t0.c8 AS "customer.rep",
  t1.c1 AS "customer.rep.email",
  t2.c1 AS "customer.rep.manager.name",
  t1.c3 AS "customer.rep.name",
  t0.c10 AS "customer.scores",
  t0.c11 AS "customer.seen",
  t0.c12 AS "customer.tags"
FROM (
  SELECT "customerId" AS k,
    ("customerId")::text AS key,
    coalesce("name"::text, ("customerId")::text) AS label,
    "active"::boolean AS c1,
    "balance"::float8 AS c2,
    "called_at"::date::timestamptz AS c3,
    (address->>'city')::text AS c4,
    "joined"::date::timestamptz AS c5,
    "name"::text AS c6,
    (extract(epoch FROM "patience"::interval) * 1000000)::bigint AS c7,
    "repId"::text AS c8,
    "repId" AS c9,
    "scores"::float8[] AS c10,
    "seen_at"::timestamptz AS c11,
    "tags"::text[] AS c12
  FROM "shop"."Customer"
  WHERE "tenant_id" = '00000000-0000-0000-0000-00000000000a'
    AND "customerId" IS NOT NULL
    AND (NOT gone)
) AS t0
LEFT JOIN (
  SELECT "id" AS k,
    (lower(email))::text AS c1,
    "manager_id" AS c2,
    "name"::text AS c3
  FROM "shop"."rep"
  WHERE "tenant_id" = '00000000-0000-0000-0000-00000000000a'
    AND "id" IS NOT NULL
) AS t1 ON t1.k = t0.c9
LEFT JOIN (
  SELECT "id" AS k,
    "name"::text AS c1
  FROM "shop"."rep"
  WHERE "tenant_id" = '00000000-0000-0000-0000-00000000000a'
    AND "id" IS NOT NULL
) AS t2 ON t2.k = t1.c2;
COMMIT;
