-- Two years of a made-up wholesale business, for one tenant, ending at a given time.
--
-- The session's settings say for whom: bellwether.tenant_id, TimeZone, and demo.now, demo.seed,
-- demo.style (which list of words), demo.customers, demo.skus. Every choice is a hash of the seed
-- and of what is chosen for, never of the order in which rows happen to come, so the same settings
-- give the same rows on any server.
SET LOCAL client_min_messages = warning;
-- The statements are long and the rows few: compiling them would take longer than running them.
SET LOCAL jit = off;

-- A number from 0 up to, but not including, 1.
CREATE OR REPLACE FUNCTION pg_temp.chance(of text, a bigint, b bigint DEFAULT 0)
RETURNS float8 LANGUAGE sql STABLE AS $$
    SELECT ('x' || left(md5(of || ' ' || a || ' ' || b || ' ' || current_setting('demo.style')
        || ' ' || current_setting('demo.seed')), 8))::bit(32)::bigint / 4294967296.0::float8
$$;

-- One of a list; `turn` counts from 0 and goes round.
CREATE OR REPLACE FUNCTION pg_temp.pick(words text[], turn bigint)
RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT words[1 + turn % cardinality(words)] $$;

CREATE TEMP TABLE given ON COMMIT DROP AS
SELECT current_setting('bellwether.tenant_id')::uuid AS tenant_id, now, now::date AS today,
    current_setting('demo.style') = 'french' AS is_french,
    current_setting('demo.customers')::bigint AS customers,
    current_setting('demo.skus')::bigint AS skus,
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('sales_rep', 'id')), 0) AS rep_base,
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('product', 'id')), 0) AS product_base,
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('sku', 'id')), 0) AS sku_base,
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('customer', 'id')), 0) AS customer_base,
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('"order"', 'id')), 0) AS order_base,
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('order_line', 'id')), 0) AS line_base
FROM (SELECT current_setting('demo.now')::timestamptz AS now) AS clock;

-- How each customer behaves: `gap` days between orders, `silence` days since the last one, as many
-- `orders` before that, worth `value` each.
CREATE TEMP TABLE profile ON COMMIT DROP AS
WITH kinds AS MATERIALIZED (
    SELECT n, pg_temp.chance('tier', n) AS t, pg_temp.chance('gap', n) AS g,
        pg_temp.chance('silence', n) AS s,
        CASE
            WHEN c < 0.07 THEN 'prospect' WHEN c < 0.10 THEN 'closed' WHEN c < 0.145 THEN 'new'
            WHEN c < 0.225 THEN 'dormant' WHEN c < 0.30 THEN 'lost' WHEN c < 0.35 THEN 'late'
            WHEN c < 0.395 THEN 'declining' ELSE 'steady'
        END AS kind
    FROM (SELECT n, pg_temp.chance('kind', n) AS c FROM given, generate_series(1, customers) AS n)
        AS chosen
), tiers AS MATERIALIZED (
    SELECT *, CASE
        WHEN kind = 'declining' OR t < 0.08 THEN 'A' WHEN t < 0.47 THEN 'B' ELSE 'C' END AS tier
    FROM kinds
), gaps AS MATERIALIZED (
    SELECT *, CASE
        WHEN tier = 'A' THEN 5.5 + 2.5 * g
        WHEN kind = 'late' THEN 14 + 10 * g
        WHEN tier = 'B' THEN 16 + 18 * g
        ELSE 24 + 12 * g
    END AS gap
    FROM tiers
), silences AS MATERIALIZED (
    SELECT *, CASE kind
        WHEN 'steady' THEN gap * (0.08 + 0.87 * s)
        WHEN 'declining' THEN gap * s
        WHEN 'late' THEN gap * 1.35 + 3.5 + 3 * s
        WHEN 'dormant' THEN 47 + 200 * s ^ 1.3
        WHEN 'lost' THEN 380 + 300 * s
        WHEN 'closed' THEN 60 + 500 * s
        ELSE 0.2 + 13.5 * s
    END AS silence
    FROM gaps
), lifetimes AS MATERIALIZED (
    SELECT *, least(
        730 - silence,
        CASE WHEN kind IN ('declining', 'late') THEN 200 ELSE 75 END
            + 950 * pg_temp.chance('lifetime', n)) AS lifetime
    FROM silences
)
SELECT n, kind, tier, gap, silence, lifetime >= 730 - silence AS is_older,
    CASE kind WHEN 'prospect' THEN 0 WHEN 'new' THEN 1
        ELSE greatest(1, 1 + floor(lifetime / gap)) END::bigint AS orders,
    CASE tier WHEN 'A' THEN 320 + 700 * v WHEN 'B' THEN 200 + 300 * v ELSE 70 + 170 * v END
        AS value,
    1 + floor(10 * pg_temp.chance('rep', n))::bigint AS rep
FROM lifetimes, LATERAL (SELECT pg_temp.chance('value', n) AS v) AS drawn;

-- Goods: eight categories of eight products, each in two or three sizes.
CREATE TEMP TABLE range_product ON COMMIT DROP AS
SELECT c.n * 8 + p.n - 8 AS n, category, name
FROM (VALUES
    (1, 'Coffee', '{Espresso Blend,Filter Roast,House Blend,Decaf,Single Origin,Dark Roast,Breakfast Blend,Cold Brew}'),
    (2, 'Tea', '{Earl Grey,Green Sencha,Chamomile,Peppermint,Assam,Rooibos,White Peony,Lemon Verbena}'),
    (3, 'Oils', '{Olive Oil,Sesame Oil,Walnut Oil,Rapeseed Oil,Chili Oil,Truffle Oil,Grapeseed Oil,Avocado Oil}'),
    (4, 'Preserves', '{Fig Jam,Apricot Jam,Orange Marmalade,Onion Chutney,Pickled Lemon,Capers,Cornichons,Honey}'),
    (5, 'Grains', '{Arborio Rice,Basmati Rice,Red Quinoa,Polenta,Couscous,Bulgur,Spelt,Puy Lentils}'),
    (6, 'Spices', '{Smoked Paprika,Black Pepper,Saffron,Cumin,Cardamom,Cinnamon,Nutmeg,Sea Salt}'),
    (7, 'Bakery', '{Sourdough Loaf,Brioche,Rye Crisps,Almond Biscuit,Ginger Snap,Focaccia,Puff Pastry,Butter Croissant}'),
    (8, 'Chocolate', '{Dark Bar,Milk Bar,Cocoa Powder,Praline Box,Couverture,Hazelnut Spread,Orange Peel,Salted Caramel}')
) AS c (n, category, names),
    unnest(c.names::text[]) WITH ORDINALITY AS p (name, n);

CREATE TEMP TABLE range_sku ON COMMIT DROP AS
SELECT n, 1 + (n - 1) % 64 AS product, round((4 + 36 * pg_temp.chance('price', n) ^ 1.5)::numeric, 2)
        AS price,
    3 + floor(18 * pg_temp.chance('lead time', n))::integer AS lead_time,
    pg_temp.chance('active', n) >= 0.05 AS is_active
FROM given, generate_series(1, skus) AS n;

-- Orders, newest first in `k`; what would be delivered after now is still on its way. Nobody
-- delivers on a weekend.
CREATE TEMP TABLE placed ON COMMIT DROP AS
WITH aged AS MATERIALIZED (
    SELECT p.*, k, n * 1000 + k AS key, CASE
            WHEN k = -1 THEN -1.0
            ELSE silence + k * gap
                + CASE WHEN k > 0 THEN (pg_temp.chance('jitter', n, k) - 0.5) * 0.24 * gap ELSE 0 END
        END AS age
    FROM profile p, generate_series(
        CASE WHEN kind = 'steady' AND pg_temp.chance('on its way', n) < 0.05 THEN -1 ELSE 0 END,
        orders - 1) AS k
    UNION ALL
    SELECT p.*, 0, n * 1000, 3 + 65 * pg_temp.chance('sample age', n)
    FROM profile p WHERE kind = 'prospect' AND pg_temp.chance('sampled', n) < 0.6
), dated AS MATERIALIZED (
    SELECT aged.*, now, today - floor(age)::integer
        - CASE WHEN age < 0 THEN 0
            ELSE greatest(0, extract(isodow FROM today - floor(age)::integer) - 5) END::integer
        AS day
    FROM aged, given
), timed AS MATERIALIZED (
    SELECT *, (day + time '07:00' + pg_temp.chance('hour', key) * interval '9 hours')::timestamptz
        AS delivery
    FROM dated
)
SELECT n, k, key, kind, rep, delivery, kind = 'prospect' AS is_sample,
    least(delivery - (1 + 2 * pg_temp.chance('wait', key)) * interval '1 day',
        now - interval '40 minutes') AS ordered_at,
    CASE
        WHEN k > 0 AND pg_temp.chance('cancelled', key) < 0.015 THEN 'CANCELLED'
        WHEN delivery <= now THEN 'DELIVERED'
        WHEN pg_temp.chance('shipped', key) < 0.5 THEN 'SHIPPED'
        ELSE 'PENDING'
    END AS status,
    k = orders - 1 AND NOT is_older AS is_first_order,
    value * (0.85 + 0.3 * pg_temp.chance('worth', key))
        * CASE WHEN kind = 'declining' AND age < 31 THEN 0.25 + 0.3 * pg_temp.chance('decline', n)
            ELSE 1 END AS worth
FROM timed;

-- Lines: every customer has eight favourites and buys from one to five of them at a time.
CREATE TEMP TABLE placed_line ON COMMIT DROP AS
WITH slots AS MATERIALIZED (
    SELECT key, n, worth, line, lines, floor(8 * pg_temp.chance('slot', key, line))::bigint AS slot
    FROM (SELECT *, 1 + floor(5 * pg_temp.chance('lines', key))::bigint AS lines FROM placed)
        AS sized, generate_series(1, lines) AS line
    WHERE NOT is_sample
), bought AS MATERIALIZED (
    SELECT DISTINCT ON (key, sku) key, line, lines, worth, sku
    FROM (SELECT *, 1 + floor(skus * pg_temp.chance('favourite', n, slot) ^ 1.6)::bigint AS sku
        FROM slots, given) AS chosen
    ORDER BY key, sku, line
)
SELECT key, line, sku, price, false AS is_sample,
    greatest(1, round(worth / lines / price::float8))::numeric AS quantity
FROM bought JOIN range_sku ON range_sku.n = sku
UNION ALL
SELECT key, 0, CASE
        WHEN pg_temp.chance('is familiar', key) < 0.5 AND kind <> 'prospect' THEN 1 + floor(
            skus * pg_temp.chance('favourite', n, floor(8 * pg_temp.chance('slot', key))::bigint)
            ^ 1.6)
        ELSE 1 + floor(skus * pg_temp.chance('novelty', key))
    END::bigint, 0, true, 1
FROM placed, given
WHERE is_sample OR pg_temp.chance('has sample', key) < 0.035;

-- The rows themselves, with names.
INSERT INTO sales_rep (tenant_id, id, name, email, territory)
SELECT tenant_id, rep_base + n, first || ' ' || last,
    lower(first || '.' || last) || CASE WHEN is_french THEN '@verdier.example' ELSE '@harborpine.example' END,
    CASE WHEN is_french
        THEN pg_temp.pick('{Nord,Sud,Est,Ouest,Centre}', n - 1)
        ELSE pg_temp.pick('{North,South,East,West,Central}', n - 1) END
FROM given, generate_series(1, 10) AS n, LATERAL (
    SELECT CASE WHEN is_french
        THEN pg_temp.pick('{Camille,Hugo,Manon,Louis,Chloe,Jules,Lea,Arthur,Sarah,Paul}', n - 1)
        ELSE pg_temp.pick('{Grace,Owen,Maya,Caleb,Nora,Isaac,Ruth,Dylan,Tessa,Marcus}', n - 1)
    END AS first, CASE WHEN is_french
        THEN pg_temp.pick('{Laurent,Moreau,Girard,Fontaine,Mercier,Blanchet,Rousseau,Perrin,Lemaire,Chevalier}', n - 1)
        ELSE pg_temp.pick('{Whitaker,Delgado,Novak,Hughes,Okafor,Lindqvist,Parsons,Castellano,Yamada,Brooks}', n - 1)
    END AS last) AS person;

INSERT INTO product (tenant_id, id, name, category)
SELECT tenant_id, product_base + n, name, category FROM given, range_product;

-- Stock is a number of days at the pace of the last 90: a few SKUs will not last until more come.
INSERT INTO sku (tenant_id, id, product_id, code, active, on_hand, on_order, lead_time_days,
    reorder_point)
SELECT tenant_id, sku_base + s.n, product_base + product,
    upper(left(category, 3)) || '-' || lpad((1 + (product - 1) % 8)::text, 2, '0') || '-'
        || chr(65 + ((s.n - 1) / 64)::integer), is_active,
    CASE
        WHEN daily = 0 THEN 20 + floor(60 * h)
        WHEN c < 0.03 THEN 0
        WHEN c < 0.17 THEN floor(daily * lead_time * (0.15 + 0.75 * h))
        WHEN c < 0.23 THEN floor(daily * (200 + 200 * h))
        ELSE ceil(daily * (lead_time * (1.6 + 2 * h) + 8)) + 2
    END,
    CASE WHEN c < 0.17 AND pg_temp.chance('on order', s.n) < 0.3 THEN ceil(daily * lead_time)
        ELSE 0 END, lead_time,
    CASE WHEN pg_temp.chance('reorder point', s.n) < 0.85 THEN ceil(daily * lead_time * 1.2) END
FROM given, range_sku AS s
    JOIN range_product AS p ON p.n = product
    LEFT JOIN (
        SELECT sku AS n, sum(quantity)::float8 AS quantity
        FROM given, placed_line AS l JOIN placed USING (key)
        WHERE NOT l.is_sample AND status = 'DELIVERED' AND delivery >= today - 90
        GROUP BY sku) AS sold ON sold.n = s.n,
    LATERAL (
        SELECT pg_temp.chance('stock', s.n) AS c, pg_temp.chance('cover', s.n) AS h,
            coalesce(sold.quantity, 0) / 90 AS daily) AS drawn;

INSERT INTO customer (tenant_id, id, name, email, status, segment, tier, sales_rep_id, risk_status,
    last_order_date, do_not_contact_until, created_at)
SELECT tenant_id, customer_base + n, name,
    'contact@' || CASE WHEN is_french THEN 'client' ELSE 'customer' END || n || '.example',
    CASE kind WHEN 'prospect' THEN 'prospect' WHEN 'closed' THEN 'closed' ELSE 'active' END,
    segment, tier, rep_base + rep, 'healthy', last_order,
    CASE WHEN asked < 0.04 THEN today - 1 - floor(14 * pg_temp.chance('day', n))::integer
        WHEN asked < 0.06 THEN today + floor(120 * pg_temp.chance('day', n))::integer
        WHEN asked < 0.10 THEN today - 15 - floor(300 * pg_temp.chance('day', n))::integer END,
    coalesce(first_order, now) - (5 + 90 * pg_temp.chance('known for', n)) * interval '1 day'
FROM given, profile
    LEFT JOIN (
        SELECT n, max(delivery) AS last_order, min(delivery) AS first_order
        FROM placed WHERE status = 'DELIVERED' AND NOT is_sample GROUP BY n) AS history USING (n),
    LATERAL (
        SELECT pg_temp.chance('asked for rest', n) AS asked,
            pg_temp.pick('{restaurant,restaurant,retail,hotel,catering}',
                floor(5 * pg_temp.chance('segment', n))::bigint) AS segment,
            (n * 211) % 576 AS turn) AS drawn,
    LATERAL (
        SELECT CASE WHEN is_french THEN
            CASE segment
                WHEN 'restaurant' THEN pg_temp.pick('{Bistrot,Brasserie,Auberge,Table}', n)
                WHEN 'retail' THEN pg_temp.pick('{Épicerie,Halle,Maison}', n)
                WHEN 'hotel' THEN 'Hôtel' ELSE 'Traiteur' END
            || ' ' || pg_temp.pick('{de la Gare,du Port,des Halles,du Marché,Saint-Michel,des Lilas,du Vieux Pont,de la Poste,des Tilleuls,du Moulin,Sainte-Anne,des Quais,du Phare,de la Source,des Vignes,du Château,des Artistes,du Canal,de la Fontaine,des Remparts,du Théâtre,de la Plage,du Parc,des Amis}', turn % 24)
            || ', ' || pg_temp.pick('{Lyon,Nantes,Bordeaux,Lille,Rennes,Dijon,Reims,Angers,Tours,Nîmes,Metz,Caen,Nancy,Orléans,Rouen,Annecy,Bayonne,Colmar,Quimper,Valence,Avignon,Vannes,Arles,Troyes}', turn / 24)
        ELSE
            pg_temp.pick('{Copper,Golden,Little,Old,Blue,Silver,Hidden,Maple,Iron,Juniper,Stone,Amber,Crooked,Lucky,Salt,Wild,Granite,Velvet,Northern,River,Cedar,Brass,Foggy,Sunny}', turn % 24)
            || ' ' || pg_temp.pick('{Lantern,Harbor,Orchard,Fox,Anchor,Meadow,Kettle,Bridge,Sparrow,Table,Garden,Compass,Barrel,Gate,Heron,Mill,Corner,Oak,Pantry,Rooster,Station,Hollow,Wharf,Hearth}', turn / 24)
            || ' ' || CASE segment
                WHEN 'restaurant' THEN pg_temp.pick('{Grill,Kitchen,Bistro,Diner}', n)
                WHEN 'retail' THEN pg_temp.pick('{Market,Grocery,Provisions}', n)
                WHEN 'hotel' THEN pg_temp.pick('{Inn,Hotel}', n) ELSE 'Catering' END
        END AS name) AS named;

CREATE TEMP TABLE numbered ON COMMIT DROP AS
SELECT key, row_number() OVER (ORDER BY ordered_at, key) AS number FROM placed;

INSERT INTO "order" (tenant_id, id, customer_id, sales_rep_id, status, ordered_at, delivered_at,
    total, is_first_order, created_at)
SELECT tenant_id, order_base + number, customer_base + n, rep_base + rep, status, ordered_at,
    CASE WHEN status = 'DELIVERED' THEN delivery END, coalesce(total, 0), is_first_order,
    ordered_at
FROM given, placed JOIN numbered USING (key)
    LEFT JOIN (SELECT key, round(sum(quantity * price), 2) AS total FROM placed_line GROUP BY key)
        AS totals USING (key);

-- The checks of foreign keys that follow are planned by what is known of these tables.
ANALYZE sku, "order";

INSERT INTO order_line (tenant_id, id, order_id, sku_id, quantity, unit_price, is_sample)
SELECT tenant_id, line_base + row_number() OVER (ORDER BY number, line), order_base + number,
    sku_base + sku, quantity, price, is_sample
FROM given, placed_line JOIN numbered USING (key);

-- The next rows of the business itself follow on.
SELECT setval(pg_get_serial_sequence('sales_rep', 'id'), rep_base + 10),
    setval(pg_get_serial_sequence('product', 'id'), product_base + 64),
    setval(pg_get_serial_sequence('sku', 'id'), sku_base + skus),
    setval(pg_get_serial_sequence('customer', 'id'), customer_base + customers),
    setval(pg_get_serial_sequence('"order"', 'id'), order_base + (SELECT count(*) FROM placed)),
    setval(pg_get_serial_sequence('order_line', 'id'),
        line_base + (SELECT count(*) FROM placed_line))
FROM given;
