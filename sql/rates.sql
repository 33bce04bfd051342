-- Every rate and count over outcomes, and over leads
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;
CREATE TEMP TABLE calls (campaign text, lead int, o outcome);
INSERT INTO calls VALUES
	-- spring: nine leads, sixteen calls
	('spring', 1, 'no_answer'), ('spring', 1, 'callback'), ('spring', 1, 'direct_sale'),
	('spring', 2, 'busy'), ('spring', 2, 'exhausted'),
	('spring', 3, 'appointment'), ('spring', 3, 'validated_sale'),
	('spring', 4, 'machine'), ('spring', 4, 'refused'),
	('spring', 5, 'invalid_number'),
	('spring', 6, 'wrong_party'),
	('spring', 7, 'off_target'),
	('spring', 8, 'appointment'), ('spring', 8, 'cancelled_sale'),
	('spring', 9, 'new'), ('spring', 10, 'blocked'),
	-- summer: outcomes that spring has not, and NULLs
	('summer', 11, 'declined'), ('summer', 11, 'do_not_call'), ('summer', 12, 'undecided'), ('summer', 13, 'no_show'),
	('summer', 14, 'lost'), ('summer', 15, 'unusable'), ('summer', 16, 'abandoned'), ('summer', 17, 'gatekeeper'),
	('summer', 18, 'failed'), ('summer', NULL, 'sale'), ('summer', 19, NULL),
	-- winter: leads and no outcome
	('winter', 20, NULL), ('winter', 21, NULL);

\x on
SELECT campaign, wrong_number_rate(o), off_target_rate(o), penetration_rate(o), exploitation_rate(o), remaining_rate(o),
	answer_rate(o), contact_rate(o), argued_rate(o), abandon_rate(o), conversion_rate(o), potential_conversion_rate(o),
	contact_conversion_rate(o), argued_conversion_rate(o), appointment_rate(o), refusal_rate(o), contact_refusal_rate(o),
	win_rate(o), closing_rate(o), settled_closing_rate(o), held_closing_rate(o), held_rate(o), no_show_rate(o), open_rate(o),
	net_sale_rate(o), cancellation_rate(o), pending_rate(o), net_conversion_rate(o), open_appointments(o),
	calls(o), answers(o), contacts(o), argued_contacts(o), appointments(o), sales(o), net_sales(o), refusals(o)
FROM calls GROUP BY ROLLUP (campaign) ORDER BY campaign;
SELECT campaign, lead_wrong_number_rate(o, lead), lead_off_target_rate(o, lead), lead_penetration_rate(o, lead),
	lead_exploitation_rate(o, lead), lead_remaining_rate(o, lead), lead_answer_rate(o, lead), lead_contact_rate(o, lead),
	lead_argued_rate(o, lead), lead_abandon_rate(o, lead), lead_conversion_rate(o, lead),
	lead_potential_conversion_rate(o, lead), lead_contact_conversion_rate(o, lead), lead_argued_conversion_rate(o, lead),
	lead_appointment_rate(o, lead), lead_refusal_rate(o, lead), lead_contact_refusal_rate(o, lead),
	lead_win_rate(o, lead), lead_closing_rate(o, lead), lead_settled_closing_rate(o, lead), lead_held_closing_rate(o, lead),
	lead_held_rate(o, lead), lead_no_show_rate(o, lead), lead_open_rate(o, lead), lead_net_sale_rate(o, lead),
	lead_cancellation_rate(o, lead), lead_pending_rate(o, lead), lead_net_conversion_rate(o, lead), lead_open_appointments(o, lead), lead_calls(o, lead), lead_answers(o, lead), lead_contacts(o, lead),
	lead_argued_contacts(o, lead), lead_appointments(o, lead), lead_sales(o, lead), lead_net_sales(o, lead),
	lead_refusals(o, lead)
FROM calls GROUP BY ROLLUP (campaign) ORDER BY campaign;
\x off

-- no rows at all: rates are NULL, counts are zero
SELECT conversion_rate(o), calls(o), lead_conversion_rate(o, lead), lead_calls(o, lead), rate(o, 'sale', 'contact'),
	lead_rate(o, lead, 'sale', 'contact')
FROM calls WHERE false;

-- a refusal that became a sale is not a refusal; a lead's sale counts once
SELECT refusals(o) AS calls, lead_refusals(o, lead) AS leads, sales(o), lead_sales(o, lead)
FROM (VALUES (1, 'refused'::outcome), (1, 'sale'), (1, 'sale'), (2, 'declined')) v(lead, o);
-- a wrong number that leads to the right person is not wrong; blocked leads have no potential unless called
SELECT lead_wrong_number_rate(o, lead), lead_potential_conversion_rate(o, lead)
FROM (VALUES (1, 'wrong_party'::outcome), (1, 'sale'), (2, 'invalid_number'), (3, 'blocked'), (4, 'blocked'), (4, 'busy'),
	(5, 'off_target')) v(lead, o);

-- FILTER, DISTINCT, ORDER BY, and expressions
SELECT contact_rate(o) FILTER (WHERE campaign = 'spring') AS spring, contact_rate(o) FILTER (WHERE false) AS none,
	calls(DISTINCT o) AS kinds, contact_rate(o ORDER BY lead DESC) AS ordered,
	contact_rate(CASE WHEN campaign = 'spring' THEN o END) AS expression
FROM calls;
SELECT campaign, contact_rate(o) FROM calls GROUP BY campaign HAVING contact_rate(o) IS NOT NULL ORDER BY contact_rate(o);

-- the free rate
SELECT campaign, rate(o, 'callback', 'contact') AS callbacks, rate(o, 'won', 'appointment') = closing_rate(o) AS closing,
	rate(o, 'contact', 'attempted') = contact_rate(o) AS contact, lead_rate(o, lead, 'contact', 'attempted') = lead_contact_rate(o, lead) AS lead_contact
FROM calls GROUP BY campaign ORDER BY campaign;
SELECT rate(o, h, 'contact') FROM calls, (VALUES ('sale'), (NULL)) h(h);
SELECT lead_rate(o, lead, h, 'contact') FROM calls, (VALUES ('sale'), (NULL)) h(h);
SELECT lead_rate(o, lead, h, 'contact') FROM calls, (VALUES ('sale'), ('refused')) h(h);
-- the names are those of reached(): 2 sales in 4 argued, of which one had an appointment
SELECT rate(o, 'sale', 'argued') AS sale, rate(o, 'won', 'argued') AS won, rate(o, 'Refused', 'argued') AS refused, rate(o, 'vente', 'argumenté') AS french,
	avg(reached(o, 'sale')::int) FILTER (WHERE reached(o, 'argued')) AS reached
FROM (VALUES ('sale'::outcome), ('direct_sale'), ('refused'), ('undecided'), ('busy')) v(o);
-- a measure comes before an attribute of its name: who refused and bought then is not refused
SELECT reached('refused+sale', 'refused') AS refused, reached('no_show+sale', 'no_show') AS no_show, reached('cancelled_sale+validated_sale', 'cancelled') AS cancelled,
	reached('callback', 'callback') AS callback, reached('sale', 'held') AS held, reached('direct_sale', 'held') AS direct;
SELECT rate(o, 'conected', 'attempted') FROM calls;
SELECT lead_rate(o, lead, 'sale', 'argud') FROM calls;

-- of the sales each is net, cancelled or pending, whatever orders a lead had: 43 leads with an order cancelled and another validated are net
SELECT net_sale_rate(o), cancellation_rate(o), pending_rate(o), net_sales(o), sales(o)
FROM (VALUES ('cancelled_sale+validated_sale'::outcome), ('validated_direct_sale'), ('cancelled_direct_sale'), ('sale')) v(o);
-- of the appointments each is won, lost, not kept or open: 44 of 100, of the 80 that are settled 0.55, of the 60 held 0.7333
SELECT closing_rate(o), settled_closing_rate(o), round(held_closing_rate(o)::numeric, 4) AS held_closing_rate, held_rate(o), no_show_rate(o), open_rate(o),
	rate(o, 'lost', 'appointment') AS lost, open_appointments(o), closing_rate(o) + no_show_rate(o) + open_rate(o) + rate(o, 'lost', 'appointment') AS whole
FROM (VALUES ('sale'::outcome, 44), ('lost', 16), ('no_show', 20), ('appointment', 20)) v(o, n), generate_series(1, n);
SELECT win_rate(o) FROM (VALUES ('sale'::outcome), ('refused'), ('refused'), ('declined'), ('undecided')) v(o);

-- leads of any type that can be hashed
SELECT lead_sales(o, lead::bigint) AS "bigint", lead_sales(o, lead::smallint) AS "smallint", lead_sales(o, lead::text) AS "text",
	lead_sales(o, lead::text::varchar(9)) AS "varchar", lead_sales(o, lead::numeric) AS "numeric", lead_sales(o, lead::float8) AS "float8",
	lead_sales(o, lpad(lead::text, 32, '0')::uuid) AS "uuid", lead_sales(o, date '2026-01-01' + lead) AS "date",
	lead_sales(o, now() + lead * interval '1 day') AS "timestamptz", lead_sales(o, ARRAY[lead, 1]) AS "array",
	lead_sales(o, lead::oid) AS "oid", lead_sales(o, repeat('x', 3000) || lead) AS "long", lead_sales(o, o) AS outcome,
	lead_sales(o, lead::text::name) AS "name"
FROM calls;
-- equal leads are one lead, whatever they look like
SELECT lead_calls('busy'::outcome, n) AS "numeric", lead_calls('busy'::outcome, n::text) AS "text"
FROM (VALUES (1.0), (1.00), (1)) v(n);
SELECT lead_sales(o, lead::text::json) FROM calls;
SELECT lead_sales(o, point(lead, 1)) FROM calls;

-- many groups, and groups whose tally outgrows its small form
SELECT sales('sale'::outcome) AS sales, lead_sales('sale'::outcome, i) AS leads, lead_sales('sale'::outcome, i % 10) AS few
FROM generate_series(1, 100000) i;
SELECT bool_and(calls = 300 AND sales = 100 AND leads = 300) AS right FROM (
	SELECT calls(o), sales(o), lead_calls(o, i) AS leads
	FROM (SELECT i, (ARRAY['busy', 'sale', 'refused']::outcome[])[1 + i / 100 % 3] AS o FROM generate_series(0, 29999) i) s
	GROUP BY i % 100) x;

-- more leads than the caches hold, of types that are kept each in its own way, in a few groups and with long ones among them
CREATE TEMP TABLE many AS
SELECT i, i % 3 AS g, i * 7919 % 20011 AS lead, ('{no_answer,busy,refused,appointment,sale}'::outcome[])[1 + i % 5] AS o FROM generate_series(1, 60000) i;
SELECT lead_calls(o, lead) = count(DISTINCT lead) AS "integer", lead_calls(o, lead::bigint << 20) = count(DISTINCT lead) AS "bigint", lead_calls(o, md5(lead::text)) = count(DISTINCT lead) AS "text",
	lead_calls(o, md5(lead::text)::uuid) = count(DISTINCT lead) AS "uuid", lead_calls(o, decode(md5(lead::text), 'hex')) = count(DISTINCT lead) AS "bytea", lead_calls(o, lead / 8.0) = count(DISTINCT lead) AS "numeric",
	lead_calls(o, lead * 1e10::float8) = count(DISTINCT lead) AS "float8", lead_calls(o, CASE WHEN lead % 500 > 0 THEN '' ELSE repeat('x', 1 + lead / 10) END || lead) = count(DISTINCT lead) AS "long",
	lead_calls(o, lead::text::name) = count(DISTINCT lead) AS "name", lead_calls(o, ''::text) = 1 AS "none" FROM many;
SELECT g, lead_contacts(o, lead) = contacts AS same, lead_contacts(o, lead::text) = contacts AS same_text, lead_conversion_rate(o, md5(lead::text)::uuid) = rate AS same_rate
FROM many JOIN (SELECT g, contacts(j), conversion_rate(j) AS rate FROM (SELECT g, journey(o) AS j FROM many GROUP BY g, lead) s GROUP BY g) s(g, contacts, rate) USING (g)
GROUP BY g, contacts, rate ORDER BY g;
-- rows are put off, yet a frame that grows has all of them
SELECT count(*), bool_and(moving = n) AS same FROM (SELECT lead_calls(o, lead) OVER w AS moving, dense_rank() OVER (ORDER BY lead) AS n FROM (SELECT lead, o FROM many WHERE g = 1 AND i % 2 = 0) s WINDOW w AS (ORDER BY lead)) s;
