-- What the HTTP interface keeps: who may ask, who has seen an alert, which events came in.

-- Only a digest of the secret is kept; the token's text is shown once, when it is made.
CREATE TABLE api_token (
    tenant_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    secret_digest bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- Holds for one episode: the next one has another number and has been seen by nobody.
CREATE TABLE alert_acknowledgement (
    tenant_id text NOT NULL,
    rule text NOT NULL,
    entity_key text NOT NULL,
    episode integer NOT NULL,
    acknowledged_at timestamptz NOT NULL DEFAULT now(),
    acknowledged_by text NOT NULL,
    note text,
    PRIMARY KEY (tenant_id, rule, entity_key),
    FOREIGN KEY (tenant_id, rule, entity_key) REFERENCES alert ON DELETE CASCADE
);

-- Source and id are what CloudEvents calls unique; `answer` is what the first of them was told.
CREATE TABLE incoming_event (
    tenant_id text NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    answer jsonb NOT NULL,
    PRIMARY KEY (tenant_id, source, id)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['api_token', 'alert_acknowledgement', 'incoming_event']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING '
            '(tenant_id = NULLIF(current_setting(''bellwether.tenant_id'', true), ''''))', name);
    END LOOP;
END
$$;
