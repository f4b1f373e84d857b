-- Every field that a metric rule really changed, for whoever asks what it was before.
CREATE TABLE field_change (
    tenant_id text NOT NULL,
    run_id uuid NOT NULL,
    rule text NOT NULL,
    entity text NOT NULL,
    entity_key text NOT NULL,
    field text NOT NULL,
    old text,
    new text,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id, rule, entity_key, field)
);
CREATE INDEX field_change_of_thing
    ON field_change (tenant_id, entity, entity_key, field, changed_at DESC);

-- Records that a run left as they were, because they could not be computed or written.
CREATE TABLE record_failure (
    tenant_id text NOT NULL,
    run_id uuid NOT NULL,
    rule text NOT NULL,
    entity_key text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (tenant_id, run_id, rule, entity_key)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['field_change', 'record_failure']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING '
            '(tenant_id = NULLIF(current_setting(''bellwether.tenant_id'', true), ''''))', name);
    END LOOP;
END
$$;
