-- Reminders of open alerts, what held rules and alerts back, and how fresh rules found their sources.
ALTER TABLE alert
    ADD COLUMN reminders integer NOT NULL DEFAULT 0,
    ADD COLUMN reminded_at timestamptz;

-- `skip_reason` says why the rule was left out of the run; it then counted nothing.
ALTER TABLE rule_run
    ADD COLUMN suppressed bigint NOT NULL DEFAULT 0,
    ADD COLUMN reminded bigint NOT NULL DEFAULT 0,
    ADD COLUMN skip_reason text;

-- One row for a rule that needs fresh rows. A spell without them begins at `stale_since` and ends
-- when a run finds new ones; the rule's owner is told once in it.
CREATE TABLE rule_freshness (
    tenant_id text NOT NULL,
    rule text NOT NULL,
    source text NOT NULL,
    checked_at timestamptz NOT NULL,
    stale_since timestamptz,
    PRIMARY KEY (tenant_id, rule)
);
ALTER TABLE rule_freshness ENABLE ROW LEVEL SECURITY;
ALTER TABLE rule_freshness FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON rule_freshness USING
    (tenant_id = NULLIF(current_setting('bellwether.tenant_id', true), ''));
