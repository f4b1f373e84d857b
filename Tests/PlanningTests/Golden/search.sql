SELECT key, label, CASE fit WHEN 1 THEN 'key' WHEN 2 THEN 'label' WHEN 5 THEN 'other'
  ELSE 'near' END
FROM (SELECT
  t0.key,
  t0.label
FROM (
  SELECT "customerId" AS k,
    ("customerId")::text AS key,
    coalesce("name"::text, ("customerId")::text) AS label
  FROM "shop"."Customer"
  WHERE "tenant_id" = $1
    AND "customerId" IS NOT NULL
    AND (NOT gone)
) AS t0) AS things
CROSS JOIN (SELECT lower($2) AS name) AS wanted
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN key = $3 THEN 1
    WHEN lower(label) = name THEN 2
    WHEN strpos(lower(label), name) > 0 OR strpos(lower(key), name) > 0 THEN 3
    WHEN left(lower(label), 4) = left(name, 4) THEN 4
    ELSE 5
  END AS fit
) AS fits
ORDER BY fit, label, key
LIMIT $4