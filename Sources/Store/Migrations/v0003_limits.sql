-- Limits of whole tenants, silences, what is held and released, and ids for every action.
ALTER TABLE action DROP CONSTRAINT action_outcome;
ALTER TABLE action ADD CONSTRAINT action_outcome
    CHECK (outcome IN ('done', 'held', 'dropped', 'skipped', 'failed', 'digest'));
-- The event of a mail or webhook, which is its first delivery's id too.
ALTER TABLE action ADD COLUMN IF NOT EXISTS event_id uuid;
CREATE INDEX action_reason ON action (tenant_id, reason) WHERE outcome = 'skipped';

ALTER TABLE rule_run ADD COLUMN skipped bigint NOT NULL DEFAULT 0;

-- `granted` is what the last statement that took from the window was given.
ALTER TABLE limit_window DROP CONSTRAINT limit_window_scope;
ALTER TABLE limit_window ADD CONSTRAINT limit_window_scope
    CHECK (scope IN ('rule', 'recipient', 'tenant', 'tenant_recipient'));
ALTER TABLE limit_window ADD COLUMN granted integer NOT NULL DEFAULT 0;

-- What a bucket held when something was last taken from it, and what was given then.
CREATE TABLE token_bucket (
    tenant_id text NOT NULL,
    name text NOT NULL,
    level double precision NOT NULL,
    updated_at timestamptz NOT NULL,
    granted integer NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- A silence of several tenants has the same id with each. What is NULL is not asked for.
CREATE TABLE silence (
    tenant_id text NOT NULL,
    id text NOT NULL,
    rule text,
    entity text,
    entity_key text,
    tag text,
    author text NOT NULL,
    reason text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT silence_times CHECK (starts_at <= ends_at)
);
CREATE INDEX silence_end ON silence (tenant_id, ends_at);

-- A rule that more match than it expects, since when: its owner is told once. A row stays
-- until a run finds no more than expected.
CREATE TABLE overflow_spell (
    tenant_id text NOT NULL,
    rule text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, rule)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['token_bucket', 'silence', 'overflow_spell']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING '
            '(tenant_id = NULLIF(current_setting(''bellwether.tenant_id'', true), ''''))', name);
    END LOOP;
END
$$;
