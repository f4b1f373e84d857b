-- Which release made a run, and what went wrong with single records: `["key: reason", …]`, the first
-- few of each rule.
ALTER TABLE run ADD COLUMN bellwether_version text;
ALTER TABLE rule_run ADD COLUMN problems jsonb NOT NULL DEFAULT '[]';
