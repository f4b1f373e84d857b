-- Schedules. `nominal` is what the schedule's own clock shows, so it names a time even where a zone's
-- clocks jump over it; `every` counts in UTC, all else on the tenant's clocks.

-- What has been decided of a rule set: every time up to `nominal`.
CREATE TABLE schedule_cursor (
    tenant_id text NOT NULL,
    rule_set text NOT NULL,
    nominal timestamp NOT NULL,
    PRIMARY KEY (tenant_id, rule_set)
);

-- One row for every nominal time; its key is what lets a time run once.
CREATE TABLE schedule_fire (
    tenant_id text NOT NULL,
    rule_set text NOT NULL,
    nominal timestamp NOT NULL,
    due_at timestamptz NOT NULL,
    outcome text NOT NULL,
    run_id uuid,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, rule_set, nominal),
    CONSTRAINT schedule_fire_outcome CHECK (outcome IN (
        'ran', 'failed', 'skipped_overlap', 'skipped_catchup', 'skipped_paused'))
);

-- The text of every rule file that ever ran, by its hash.
CREATE TABLE rule_version (
    tenant_id text NOT NULL,
    rule text NOT NULL,
    version text NOT NULL,
    path text NOT NULL,
    source text NOT NULL,
    first_run_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, rule, version)
);
ALTER TABLE rule_run ADD COLUMN version text;

-- The lease of a tenant's scheduler; kind 'run' stays the lock of its runs.
ALTER TABLE tenant_work DROP CONSTRAINT tenant_work_kind;
ALTER TABLE tenant_work ADD CONSTRAINT tenant_work_kind
    CHECK (kind IN ('run', 'delivery', 'digest', 'schedule'));

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['schedule_cursor', 'schedule_fire', 'rule_version']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING '
            '(tenant_id = NULLIF(current_setting(''bellwether.tenant_id'', true), ''''))', name);
    END LOOP;
END
$$;
