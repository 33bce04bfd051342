-- One shard: a PostgreSQL server that holds the tables of some campaigns, and a
-- roll-up of them. Run it in a database of each shard; a single server that
-- holds all campaigns has the same tables.
--
-- A campaign is on one shard, and a lead in one campaign. So all the calls of a
-- lead are in one place, and what is counted per lead is right there.
--
-- What reports group by is a column: postgres_fdw sends no expression in which a
-- function takes a text constant, such as a time zone.

CREATE EXTENSION kpi;

CREATE TABLE calls (
	campaign text NOT NULL,
	agent text,
	segment text NOT NULL,
	lead_id bigint NOT NULL,
	called_at timestamptz NOT NULL,
	day date NOT NULL,
	slot time NOT NULL,
	outcome outcome NOT NULL,
	reason text,
	talk interval,
	handle interval
);
COMMENT ON TABLE calls IS 'one row per call';
COMMENT ON COLUMN calls.slot IS 'call_slot() of called_at where the call centre is, as day is the day there';

CREATE TABLE leads (
	campaign text NOT NULL,
	agent text,
	segment text NOT NULL,
	lead_id bigint NOT NULL,
	line line_type,
	loaded_on date NOT NULL,
	outcome outcome NOT NULL,
	product text,
	amount numeric
);
COMMENT ON TABLE leads IS 'one row per lead, with what its calls, its appointment and its order came to';

CREATE TABLE agent_days (
	campaign text NOT NULL,
	agent text NOT NULL,
	day date NOT NULL,
	shift tstzrange,
	worked interval,
	talk interval,
	handle interval,
	calls bigint
);
COMMENT ON TABLE agent_days IS 'one row per agent and day worked';

CREATE TABLE ledger (
	campaign text NOT NULL,
	agent text,
	day date NOT NULL,
	revenue numeric,
	cost numeric,
	customers numeric
);
COMMENT ON TABLE ledger IS 'one row per order, and one per cost';

-- The roll-ups next to the shard's tables: a scorecard for each cell that reports
-- are put together from. They follow each statement that writes to a table.
SELECT kpi_rollup_create('calls_cards', 'calls', ARRAY['campaign', 'agent', 'day'],
	'scorecard_calls(outcome) + scorecard_reasons(outcome, reason)');
SELECT kpi_rollup_create('leads_cards', 'leads', ARRAY['campaign', 'agent', 'loaded_on AS day'],
	'scorecard_leads(outcome) + scorecard_lines(line) + scorecard_products(outcome, product, amount)');
SELECT kpi_rollup_create('agent_cards', 'agent_days', ARRAY['campaign', 'agent', 'day'],
	'scorecard_time(talk, handle, worked)');
SELECT kpi_rollup_create('money_cards', 'ledger', ARRAY['campaign', 'agent', 'day'],
	'scorecard_money(revenue, cost, customers, NULL)');

CREATE VIEW cards AS
SELECT campaign, agent, day, card FROM calls_cards
UNION ALL SELECT campaign, agent, day, card FROM leads_cards
UNION ALL SELECT campaign, agent, day, card FROM agent_cards
UNION ALL SELECT campaign, agent, day, card FROM money_cards;
COMMENT ON VIEW cards IS 'scorecards by campaign, agent and day';

-- Who the coordinator is: a role that may read. Give it a password.
-- Databases of one server share it.
SELECT 'CREATE ROLE reporting LOGIN' WHERE to_regrole('reporting') IS NULL \gexec
GRANT SELECT ON calls, leads, agent_days, ledger, cards TO reporting;
