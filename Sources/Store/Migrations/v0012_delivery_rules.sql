-- Whose rule an event is of, when it carries what several actions had to say, as a digest does.
CREATE INDEX action_event ON action (tenant_id, event_id) WHERE event_id IS NOT NULL;
