-- The demo campaign's rows, as the tables of a shard have them. Run it where
-- the demo campaign is, then copy each campaign to the shard that it belongs to:
--
--	psql -d demo -c "\copy (SELECT * FROM shards.calls WHERE campaign = 'Solar roofs') TO STDOUT" |
--		psql -h HOST -d campaigns -c "\copy calls FROM STDIN"
--
-- and so for leads, agent_days and ledger.

CREATE SCHEMA shards;
COMMENT ON SCHEMA shards IS 'the demo campaign in the shape of examples/shards';

CREATE VIEW shards.calls AS
SELECT campaign, agent, segment, lead_id::bigint, called_at, (called_at AT TIME ZONE 'Europe/Paris')::date AS day,
	call_slot(called_at, 'Europe/Paris') AS slot, outcome, reason, talk, handle
FROM demo.calls;

CREATE VIEW shards.leads AS
SELECT campaign, agent, leads.segment, lead_id::bigint, leads.line::line_type, loaded_on, outcome, product, amount
FROM demo.leads JOIN demo.lead_list USING (lead_id);

CREATE VIEW shards.agent_days AS
SELECT campaigns.name AS campaign, agents.name AS agent, day, shift, worked, talk, handle, calls
FROM demo.agent_days
	JOIN demo.agents USING (agent_id)
	JOIN demo.campaigns USING (campaign_id)
	LEFT JOIN (
		SELECT agent_id, (lower(during) AT TIME ZONE 'Europe/Paris')::date AS day,
			tstzrange(min(lower(during)), max(upper(during))) AS shift
		FROM demo.agent_sessions GROUP BY 1, 2
	) logged_in USING (agent_id, day)
	LEFT JOIN (
		SELECT agent_id, (called_at AT TIME ZONE 'Europe/Paris')::date AS day, count(*) AS calls
		FROM demo.call_log GROUP BY 1, 2
	) called USING (agent_id, day);

CREATE VIEW shards.ledger AS
SELECT campaign, agent, signed_on AS day, amount AS revenue, NULL::numeric AS cost,
	CASE WHEN reached(outcome, 'validated') THEN 1 END::numeric AS customers
FROM demo.leads WHERE amount IS NOT NULL
UNION ALL
SELECT name, NULL, month, NULL, amount, NULL
FROM demo.costs JOIN demo.campaigns USING (campaign_id);
