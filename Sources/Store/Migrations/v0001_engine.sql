-- The engine's own tables. Each leads with tenant_id and has row-level security forced; the
-- tenant's key is kept as text, whatever its type in the business's tables.
CREATE TABLE tenant_work (
    tenant_id text NOT NULL,
    kind text NOT NULL,
    next_due timestamptz NOT NULL,
    lease_token uuid,
    leased_until timestamptz,
    PRIMARY KEY (tenant_id, kind),
    CONSTRAINT tenant_work_kind CHECK (kind IN ('run', 'delivery'))
);
COMMENT ON TABLE tenant_work IS
    'Directory of tenants that may have work: a hint, rebuilt from the rows it points to.';
CREATE INDEX tenant_work_due ON tenant_work (kind, next_due);

CREATE TABLE run (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    rule_set text NOT NULL,
    nominal timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    outcome text NOT NULL,
    requested_by text NOT NULL,
    rows_read bigint NOT NULL DEFAULT 0,
    phases jsonb NOT NULL DEFAULT '{}',
    error text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT run_outcome CHECK (outcome IN ('finished', 'failed'))
);
CREATE INDEX run_recent ON run (tenant_id, started_at DESC);

CREATE TABLE rule_run (
    tenant_id text NOT NULL,
    run_id uuid NOT NULL,
    rule text NOT NULL,
    condition_hash text NOT NULL,
    in_scope bigint NOT NULL,
    matched bigint NOT NULL,
    unknown bigint NOT NULL,
    errors bigint NOT NULL,
    opened bigint NOT NULL,
    resolved bigint NOT NULL,
    tasks bigint NOT NULL,
    emails bigint NOT NULL,
    webhooks bigint NOT NULL,
    updates bigint NOT NULL,
    held bigint NOT NULL,
    PRIMARY KEY (tenant_id, run_id, rule),
    FOREIGN KEY (tenant_id, run_id) REFERENCES run ON DELETE CASCADE
);

CREATE TABLE alert (
    tenant_id text NOT NULL,
    rule text NOT NULL,
    entity text NOT NULL,
    entity_key text NOT NULL,
    label text NOT NULL,
    state text NOT NULL,
    severity text,
    episode integer NOT NULL,
    streak integer NOT NULL,
    condition_hash text NOT NULL,
    opened_at timestamptz,
    closed_at timestamptz,
    close_reason text,
    last_observed_at timestamptz NOT NULL,
    opened_values jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, rule, entity_key),
    CONSTRAINT alert_state CHECK (state IN ('inactive', 'pending', 'open', 'closed')),
    CONSTRAINT alert_severity CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT alert_close_reason
        CHECK (close_reason IN ('resolved', 'out_of_scope', 'expired', 'rule_changed'))
);

-- One row for every action of every alert. The dedupe key (rule, entity, episode, action, and the
-- recipient or severity where that matters) is what makes "exactly once" true. A held row keeps
-- in `payload` what it would have done.
CREATE TABLE action (
    tenant_id text NOT NULL,
    dedupe_key text NOT NULL,
    run_id uuid NOT NULL,
    rule text NOT NULL,
    entity_key text NOT NULL,
    episode integer NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    reason text,
    severity text NOT NULL,
    recipient text,
    payload jsonb,
    target_key text,
    decided_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, dedupe_key),
    CONSTRAINT action_kind CHECK (kind IN ('task', 'email', 'webhook', 'update', 'close_task')),
    CONSTRAINT action_outcome CHECK (outcome IN ('done', 'held', 'dropped', 'failed'))
);
CREATE INDEX action_alert ON action (tenant_id, rule, entity_key, episode);
CREATE INDEX action_held ON action (tenant_id, rule) WHERE outcome = 'held';

-- What calendar-window limits have granted: `subject` is a rule's name or a recipient.
CREATE TABLE limit_window (
    tenant_id text NOT NULL,
    scope text NOT NULL,
    subject text NOT NULL,
    window_start timestamptz NOT NULL,
    used integer NOT NULL,
    PRIMARY KEY (tenant_id, scope, subject, window_start),
    CONSTRAINT limit_window_scope CHECK (scope IN ('rule', 'recipient'))
);

-- Immutable once written: the same id and bytes go out at every attempt.
CREATE TABLE event (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    content_type text NOT NULL,
    body bytea NOT NULL,
    dedupe_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, dedupe_key)
);

CREATE TABLE delivery (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    channel text NOT NULL,
    target text NOT NULL,
    state text NOT NULL DEFAULT 'ready',
    reason text,
    due_at timestamptz NOT NULL DEFAULT now(),
    claims integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    leased_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES event,
    UNIQUE (tenant_id, event_id, channel, target),
    CONSTRAINT delivery_channel CHECK (channel IN ('email', 'webhook')),
    CONSTRAINT delivery_state
        CHECK (state IN ('ready', 'leased', 'succeeded', 'dead', 'cancelled'))
);
CREATE INDEX delivery_due ON delivery (tenant_id, due_at) WHERE state IN ('ready', 'leased');

-- Inserted before bytes leave, closed after: an attempt without an outcome was cut off.
CREATE TABLE attempt (
    tenant_id text NOT NULL,
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    outcome text,
    status integer,
    detail text,
    PRIMARY KEY (tenant_id, delivery_id, number),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES delivery,
    CONSTRAINT attempt_outcome CHECK (
        outcome IN ('success', 'retryable', 'permanent', 'ambiguous', 'blocked', 'aborted'))
);

-- The directory of work is the one table that workers read across tenants.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'run', 'rule_run', 'alert', 'action', 'limit_window', 'event', 'delivery', 'attempt']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING '
            '(tenant_id = NULLIF(current_setting(''bellwether.tenant_id'', true), ''''))', name);
    END LOOP;
END
$$;
