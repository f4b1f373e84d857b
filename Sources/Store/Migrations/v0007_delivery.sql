-- What several workers must agree on: which way out a delivery takes, in which order, and how the
-- endpoints fare.

-- A lane is what has a limit of its own: a webhook endpoint, or the domain that mail goes to.
ALTER TABLE delivery
    ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN lane text NOT NULL GENERATED ALWAYS AS (
        channel || ':' || CASE channel
            WHEN 'email' THEN lower(substring(target FROM '[^@]*$')) ELSE target END) STORED,
    ADD COLUMN redrive_of uuid,
    ADD FOREIGN KEY (tenant_id, redrive_of) REFERENCES delivery,
    DROP CONSTRAINT delivery_tenant_id_event_id_channel_target_key;

-- A redrive is another delivery of the same event to the same target, and one at a time.
CREATE UNIQUE INDEX delivery_once ON delivery (tenant_id, event_id, channel, target)
    WHERE redrive_of IS NULL;
CREATE UNIQUE INDEX delivery_redrive ON delivery (tenant_id, redrive_of)
    WHERE redrive_of IS NOT NULL AND state IN ('ready', 'leased', 'succeeded');

DROP INDEX delivery_due;
CREATE INDEX delivery_lane_due ON delivery (tenant_id, lane, due_at, seq)
    WHERE state IN ('ready', 'leased');
CREATE INDEX delivery_lane_order ON delivery (tenant_id, lane, seq)
    WHERE state IN ('ready', 'leased');
CREATE INDEX delivery_recent ON delivery (tenant_id, seq);

-- How an endpoint fares for one tenant, so that all workers hold back together.
CREATE TABLE endpoint_health (
    tenant_id text NOT NULL,
    endpoint text NOT NULL,
    -- Start in seconds since 1970, successes, failures; and so on for each half minute.
    recent bigint[] NOT NULL DEFAULT '{}',
    failing_since timestamptz,
    openings integer NOT NULL DEFAULT 0,
    open_until timestamptz,
    is_probing boolean NOT NULL DEFAULT false,
    probe_successes integer NOT NULL DEFAULT 0,
    disabled_at timestamptz,
    disabled_reason text,
    PRIMARY KEY (tenant_id, endpoint),
    CONSTRAINT endpoint_disabled CHECK (
        (disabled_at IS NULL) = (disabled_reason IS NULL)
        AND disabled_reason IN ('gone', 'failing', 'operator'))
);

ALTER TABLE endpoint_health ENABLE ROW LEVEL SECURITY;
ALTER TABLE endpoint_health FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON endpoint_health USING
    (tenant_id = NULLIF(current_setting('bellwether.tenant_id', true), ''));
