BEGIN;
SET LOCAL TimeZone = 'America/New_York';
SELECT
  t0.key,
  t0.label
FROM (
  SELECT "customerId" AS k,
    ("customerId")::text AS key,
    coalesce("name"::text, ("customerId")::text) AS label
  FROM "shop"."Customer"
  WHERE "tenant_id" = '00000000-0000-0000-0000-00000000000a'
    AND "customerId" IS NOT NULL
    AND (NOT gone)
    AND ((("active"::boolean) AND ("name"::text COLLATE "C" <> 'Acme')) IS NOT FALSE
      OR (("name"::text COLLATE "C" = ANY ('{"a","b"}'::text[])) OR ("joined"::date::timestamptz IS NULL)) IS NOT FALSE
      OR "customerId"::text COLLATE "C" = ANY ('{"1","2"}'::text[]))
) AS t0;
COMMIT;
