-- An alert's story: one row for each opening, reopening, rise of severity, reminder and end, not for
-- each check. `at` is the check's scheduled time. `opened_values` stays NULL as long as the alert's
-- own row has them.
CREATE TABLE alert_change (
    tenant_id text NOT NULL,
    rule text NOT NULL,
    entity_key text NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    episode integer NOT NULL,
    severity text NOT NULL,
    reason text,
    run_id uuid NOT NULL,
    opened_values jsonb,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, rule, entity_key, at),
    CONSTRAINT alert_change_kind
        CHECK (kind IN ('opened', 'reopened', 'severity_rose', 'reminded', 'closed'))
);
ALTER TABLE alert_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_change FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON alert_change
    USING (tenant_id = NULLIF(current_setting('bellwether.tenant_id', true), ''));

-- A mail that waits for a digest keeps its line in `payload` until `due`, and then the id of the
-- event that carried it.
ALTER TABLE action DROP CONSTRAINT action_outcome;
ALTER TABLE action ADD CONSTRAINT action_outcome
    CHECK (outcome IN ('done', 'held', 'dropped', 'skipped', 'failed', 'digest'));
ALTER TABLE action ADD COLUMN due timestamptz;
ALTER TABLE action ADD COLUMN IF NOT EXISTS event_id uuid;
CREATE INDEX action_digest ON action (tenant_id, due) WHERE outcome = 'digest';

ALTER TABLE rule_run ADD COLUMN digested bigint NOT NULL DEFAULT 0;

ALTER TABLE tenant_work DROP CONSTRAINT tenant_work_kind;
ALTER TABLE tenant_work ADD CONSTRAINT tenant_work_kind
    CHECK (kind IN ('run', 'delivery', 'digest'));
