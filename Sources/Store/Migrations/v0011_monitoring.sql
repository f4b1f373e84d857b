-- How each job's runs have gone, for rules that watch over them: a row for every set of rules that
-- ran. It shows what the caller's own tenant may see.
CREATE VIEW job_health WITH (security_invoker = true) AS
WITH counted AS (
    SELECT run.tenant_id, run.rule_set, run.id, run.started_at, run.outcome, run.error,
        extract(epoch FROM run.finished_at - run.started_at) AS seconds,
        rules.records, rules.errors,
        row_number() OVER newest AS place,
        row_number() OVER (PARTITION BY run.tenant_id, run.rule_set, run.outcome
            ORDER BY run.started_at DESC, run.id DESC) AS place_of_outcome
    FROM run
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(in_scope), 0) AS records, coalesce(sum(errors), 0) AS errors
        FROM rule_run WHERE rule_run.tenant_id = run.tenant_id AND rule_run.run_id = run.id
    ) AS rules ON true
    WINDOW newest AS (
        PARTITION BY run.tenant_id, run.rule_set ORDER BY run.started_at DESC, run.id DESC)
)
SELECT tenant_id, rule_set AS job,
    max(started_at) FILTER (WHERE place = 1) AS last_started_at,
    max(outcome) FILTER (WHERE place = 1) AS last_outcome,
    max(error) FILTER (WHERE place = 1) AS last_error,
    -- Runs that failed since the last that finished.
    coalesce(min(place) FILTER (WHERE outcome = 'finished'), count(*) + 1) - 1
        AS failures_in_a_row,
    -- Of the last run that finished.
    max(seconds) FILTER (WHERE is_last) AS seconds,
    max(records) FILTER (WHERE is_last) AS records,
    max(errors) FILTER (WHERE is_last) AS errors,
    -- Of the runs that finished before it: the twenty and the five latest.
    count(*) FILTER (WHERE outcome = 'finished') - 1 AS runs_before,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
        FILTER (WHERE outcome = 'finished' AND place_of_outcome BETWEEN 2 AND 21)
        AS usual_seconds,
    min(records) FILTER (WHERE outcome = 'finished' AND place_of_outcome BETWEEN 2 AND 6)
        AS fewest_records
FROM counted, LATERAL (SELECT outcome = 'finished' AND place_of_outcome = 1 AS is_last) AS last
GROUP BY tenant_id, rule_set;
