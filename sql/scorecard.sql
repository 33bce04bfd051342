-- Scorecards: sections, text and binary, sums, KPIs, reports, errors
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;
\pset null -
\pset border 0
-- the last digits of a double differ between systems
SET extra_float_digits = -3;
SET intervalstyle = postgres;

CREATE TEMP TABLE call (agent text, lead int, outcome outcome, reason text, product text, amount numeric);
INSERT INTO call VALUES
	('ana', 1, 'no_answer', NULL, NULL, NULL), ('ana', 1, 'appointment', NULL, NULL, NULL), ('ana', 1, 'sale', NULL, 'fibre', 30.50),
	('ana', 2, 'refused', 'price', NULL, NULL), ('ana', 3, 'declined', NULL, NULL, NULL), ('ana', 4, 'callback', NULL, NULL, NULL),
	('ben', 5, 'direct_sale', NULL, 'mobile', 10), ('ben', 6, 'appointment', NULL, NULL, NULL), ('ben', 7, 'invalid_number', NULL, NULL, NULL),
	('ben', NULL, NULL, 'price', 'fibre', 1), ('cyd', 8, NULL, NULL, NULL, NULL);
CREATE TEMP TABLE day (agent text, talk interval, handle interval, worked interval, revenue numeric, cost numeric, customers int);
INSERT INTO day VALUES
	('ana', '2:00', '0:30', '7:00', 30.50, 84, 1), ('ben', '1:30:00.5', NULL, '3:30', 10, 42.00, 1), ('cyd', NULL, NULL, '0', NULL, NULL, NULL);

-- each section, written as JSON
SELECT scorecard_calls(outcome) FROM call;
SELECT scorecard_leads(outcome) FROM call WHERE agent = 'ben';
SELECT scorecard_journeys(outcome, lead) FROM call;
SELECT scorecard_lines(l::line_type) FROM unnest('{mobile,fixed,mobile,NULL}'::text[]) l;
SELECT scorecard_time(talk, handle, worked) FROM day;
SELECT scorecard_time(60, 10, 3600), scorecard_time(60.5, 10, 3600), scorecard_time(60.5::float8, 10, 3600), scorecard_time(60::bigint, 10, 3600);
SELECT scorecard_money(revenue, cost, customers, NULL) FROM day;
SELECT scorecard_money(r, 'NaN', 1e30, -0.5) FROM (VALUES (1.5), (1.50), (12345678901234567890123.5)) v(r);
SELECT scorecard_reasons(outcome, reason) FROM call;
SELECT scorecard_products(outcome, product, amount) FROM call;
-- of no rows, a section that is there and empty; the sum of no scorecards is none
SELECT scorecard_calls(outcome) AS calls, scorecard_journeys(outcome, lead) AS journeys, scorecard_reasons(outcome, reason) AS reasons,
	scorecard_products(outcome, product, amount) AS products FROM call WHERE false;
SELECT scorecard_time(talk, handle, worked) AS time, scorecard_money(revenue, cost, customers, NULL) AS money FROM day WHERE false;
SELECT rollup(scorecard_calls) FROM (SELECT scorecard_calls(outcome) FROM call GROUP BY agent HAVING false) s;

-- one scorecard an agent, from the two tables
CREATE TEMP TABLE card AS
SELECT agent, c + d AS card
FROM (SELECT agent, scorecard_calls(outcome) + scorecard_journeys(outcome, lead) + scorecard_reasons(outcome, reason) + scorecard_products(outcome, product, amount) AS c FROM call GROUP BY agent) calls
	JOIN (SELECT agent, scorecard_time(talk, handle, worked) + scorecard_money(revenue, cost, customers, NULL) AS d FROM day GROUP BY agent) days USING (agent);
SELECT agent, calls(card), contact_rate(card), closing_rate(card), sales(card), talk_time(card), average_handle_time(card), occupancy(card), sales_per_hour(card), calls_per_day(card)
FROM card GROUP BY ROLLUP (agent) ORDER BY agent;
SELECT agent, revenue(card), cost(card), margin(card), margin_rate(card), roi(card), average_sale(card), cost_per_call(card), cost_per_sale(card), acquisition_cost(card)
FROM card GROUP BY ROLLUP (agent) ORDER BY agent;
SELECT refusal_reasons(card), product_mix(card), product_revenue_mix(card) FROM card;
-- a KPI of a section that is not there is NULL, a count of nothing at all is 0
SELECT calls(c), conversion_rate(c), occupancy(c), revenue(c), mobile_rate(c), refusal_reasons(c) FROM (VALUES ('{}'::scorecard)) v(c);
SELECT calls(c), conversion_rate(c), occupancy(c), revenue(c), mobile_rate(c), refusal_reasons(c) FROM (VALUES ('{}'::scorecard)) v(c) WHERE false;
-- KPIs of calls take the calls, those of leads the leads, and no other
SELECT calls(c), answer_rate(c), sales(c), conversion_rate(c), calls_per_hour(c) FROM (VALUES
	('{"calls": {"no_answer": 8, "sale": 2}, "leads": {"no_answer": 3, "sale": 2}, "time": {"worked": [7200, 1, 1]}}'::scorecard)) v(c);
SELECT calls(c), conversion_rate(c) FROM (VALUES ('{"leads": {"no_answer": 3, "sale": 2}}'::scorecard)) v(c);
SELECT sales(c), conversion_rate(c) FROM (VALUES ('{"calls": {"no_answer": 8, "sale": 2}}'::scorecard)) v(c);

-- sums, differences, comparison
SELECT a + b AS plus, a + b - b = a AS minus, a = b AS eq, a <> b AS ne, a - a AS none, a - a = '{}' AS is_none, a + NULL AS nothing
FROM (SELECT '{"calls": {"sale": 2, "busy": 1}}'::scorecard AS a, '{"calls": {"sale": 1}, "lines": {"mobile": 1}}'::scorecard AS b) s;
SELECT '{"calls": {"sale": 1, "busy": 2}}'::scorecard = '{"version": 1, "calls": {"occupé": 2, "Vente sur rendez-vous": 1}}';

-- text and binary read back to the same
SELECT bool_and(card::text::scorecard = card AND kpi_scorecard_send(card::text::scorecard) = kpi_scorecard_send(card)) AS same FROM card;
SELECT get_byte(sent, 0) AS version, convert_from(substr(sent, 2), 'UTF8') AS text
FROM kpi_scorecard_send('{"calls": {"sale": 300}, "time": {"talk": [1, 1, 1]}, "money": {"revenue": [[2, -3.50]]}, "reasons": [["é", 1.5], [null, 2]]}') sent;
-- a campaign's cell is small
SELECT pg_column_size(scorecard_calls(o) + scorecard_time(i * 61, i * 7, 25200) + scorecard_money(i * 1.01, 12.34, 1, NULL)) < 400 AS small
FROM (SELECT i, ('{new,failed,no_answer,busy,machine,invalid_number,gatekeeper,off_target,declined,callback,undecided,refused,appointment,sale,direct_sale}'::outcome[])[1 + i % 15] AS o FROM generate_series(1, 15000) i) s;

-- a section that is there and empty is not one that is missing, and each mix is a section
SELECT '{"calls": {}}'::scorecard = '{}' AS calls, '{"time": {}}'::scorecard = '{}' AS time, '{"products": []}'::scorecard = '{"amounts": []}' AS mixes,
	'{"products": [["a", 1]]}'::scorecard = '{"amounts": [["a", 1]]}' AS filled, '{"time": {"talk": [0, 0, 0]}}'::scorecard = '{"time": {}}' AS columns_without_rows;
SELECT a + b AS plus, a - b AS minus FROM (SELECT '{"calls": {}, "reasons": []}'::scorecard AS a, '{"reasons": [], "amounts": [], "money": {}}'::scorecard AS b) s;
-- a moving frame has the sections of the scorecards in it
SELECT n, rollup(c) OVER w, calls(c) OVER w, revenue(c) OVER w, product_mix(c) OVER w
FROM (VALUES (1, NULL::scorecard), (2, '{"calls": {"sale": 2}}'), (3, '{"money": {"revenue": [[1, 5]]}, "calls": {"busy": 1}}'), (4, '{"products": [["a", 1], ["b", 2]]}'),
	(5, NULL), (6, NULL), (7, '{}'), (8, '{"leads": {}, "products": [["b", 1]]}'), (9, '{"calls": {"sale": 5000000000}}'), (10, '{"calls": {"sale": 1}}'), (11, '{"money": {"revenue": [[1, 5], [1, 9223372036854775807.5]]}}'),
	(12, '{"money": {"revenue": [[1, 9223372036854775807]], "cost": [[1, "NaN"]]}}'), (13, '{"money": {"revenue": [[1, 5]]}}'), (14, '{}')) v(n, c)
WINDOW w AS (ORDER BY n ROWS 1 PRECEDING);
-- of NULLs alone there is none
SELECT rollup(c) AS nothing, calls(c), sales_per_hour(c) FROM (VALUES (NULL::scorecard), (NULL)) v(c);
SELECT rollup(c) AS empty, calls(c), sales_per_hour(c) FROM (VALUES (NULL::scorecard), ('{}')) v(c);
-- counts that outgrow 32 bits, sums that outgrow 64 and come back
SELECT rollup(c) FROM (VALUES ('{"calls": {"sale": 4000000000}}'::scorecard), ('{"calls": {"sale": 4000000000}}'), ('{"calls": {"busy": 1}}')) v(c);
SELECT rollup(c) AS sum, rollup(c) - '{"money": {"revenue": [[2, 9223372036854775807]]}}' = '{"money": {"revenue": [[1, 1]]}}' AS back
FROM (VALUES ('{"money": {"revenue": [[1, 9223372036854775806]]}}'::scorecard), ('{"money": {"revenue": [[1, 1]]}}'), ('{"money": {"revenue": [[1, 1]]}}')) v(c);

-- by content: DISTINCT, UNION, EXCEPT, GROUP BY, joins, an index, a partition by hash
CREATE TEMP TABLE two (c scorecard);
INSERT INTO two VALUES ('{"calls": {"sale": 1, "busy": 2}}'), ('{"calls": {"busy": 2, "sale": 1}, "version": 1}'), ('{"leads": {}}'), ('{}'), (NULL), (NULL);
SELECT DISTINCT c FROM two ORDER BY c;
SELECT c, count(*) FROM two GROUP BY c ORDER BY c;
SELECT count(*) FROM (SELECT c FROM two UNION SELECT c FROM two) u;
SELECT c FROM two EXCEPT SELECT '{}'::scorecard ORDER BY 1;
SET enable_hashjoin = off;
SELECT count(*) FROM two a JOIN two b USING (c);
RESET enable_hashjoin;
SET enable_mergejoin = off;
SELECT count(*) FROM two a JOIN two b USING (c);
RESET enable_mergejoin;
CREATE TEMP TABLE split (c scorecard) PARTITION BY HASH (c);
CREATE TEMP TABLE split0 PARTITION OF split FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO split SELECT c FROM two;
CREATE UNIQUE INDEX ON two (c) WHERE c <> '{"calls": {"sale": 1, "busy": 2}}';
INSERT INTO two VALUES ('{"leads": {}}');

-- the state of an aggregate is a scorecard, too: it can be stored, compared, added to
BEGIN;
CREATE AGGREGATE state_of(scorecard) (SFUNC = kpi_scorecard_combine, STYPE = scorecard);
CREATE AGGREGATE products_of(outcome, text, numeric) (SFUNC = kpi_scorecard_products_accum, STYPE = scorecard, INITCOND = '{"calls": {"sale": 1}}');
CREATE TEMP TABLE kept AS SELECT state_of(card) AS s, rollup(card) AS c FROM (SELECT card FROM card UNION ALL SELECT '{"products": [["x", 1.5, 7]]}') q;
SELECT s = c AS same, kpi_scorecard_hash(s) = kpi_scorecard_hash(c) AS same_hash, s::text = c::text AS same_text, kpi(s, 'calls') = kpi(c, 'calls') AS same_kpi, s + s = c + c AS same_sum FROM kept;
SELECT state_of(s) = rollup(c) AS same FROM (SELECT s, c FROM kept UNION ALL SELECT s, c FROM kept) q;
SELECT products_of(o, p, a) FROM (VALUES ('sale'::outcome, ' x ', 5), ('sale', 'x', -5), ('busy', 'y', 1), ('sale', NULL, NULL)) v(o, p, a);
-- bytes that are none: a newer version, a section and a column that are not known, damage
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw AS 'byteain' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION raw_out(raw) RETURNS cstring AS 'byteaout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended);
CREATE CAST (scorecard AS raw) WITHOUT FUNCTION;
CREATE CAST (raw AS scorecard) WITHOUT FUNCTION;
CREATE FUNCTION bytes(c scorecard) RETURNS bytea LANGUAGE sql AS 'SELECT c::raw::text::bytea';
CREATE FUNCTION as_card(b bytea) RETURNS scorecard LANGUAGE sql AS 'SELECT b::text::raw::scorecard';
CREATE FUNCTION damage(c scorecard, i int, byte int) RETURNS scorecard LANGUAGE sql AS 'SELECT as_card(set_byte(bytes(c), i, byte))';
\set VERBOSITY default
SAVEPOINT a;
SELECT damage('{"time": {"talk": [1, 1, 1]}}', 0, 2)::text;
ROLLBACK TO a;
SELECT damage('{"time": {"talk": [1, 1, 1]}}', 0, 2) = '{}';
ROLLBACK TO a;
SELECT rollup(damage('{"time": {"talk": [1, 1, 1]}}', 4, 99)) FROM generate_series(1, 2);
ROLLBACK TO a;
SELECT kpi(damage('{"time": {"talk": [1, 1, 1]}}', 13, ascii('w')), 'talk_time');
ROLLBACK TO a;
SELECT '{}' + damage('{"reasons": [["a", 1]]}', 13, ascii('w'));
ROLLBACK TO a;
SELECT damage('{"reasons": [["a", 1]]}', 56, 97)::text;
ROLLBACK TO a;
SELECT damage('{"delays": {"a": {"seconds": [[1, 2]]}}}', 13, 0)::text;
ROLLBACK TO a;
SELECT damage('{"delays": {"a": {"seconds": [[1, 2]]}}}', 20, 2)::text;
ROLLBACK TO a;
SELECT damage('{"delays": {"a": {"seconds": [[1, 2]]}}}', 28, 0)::text;
ROLLBACK TO a;
SELECT damage('{"delays": {"a": {"seconds": [[1, 2]]}}}', 35, 255)::text;
ROLLBACK TO a;
SELECT rollup(damage('{"delays": {"a": {"seconds": [[1, 2]]}}}', 27, 255)) FROM generate_series(1, 2);
ROLLBACK TO a;
SELECT as_card(substr(bytes('{"calls": {"sale": 1}}'), 1, 14))::text;
ROLLBACK TO a;
-- whatever bit is another one, or byte is missing: a sum of one scorecard refuses what reading it refuses
CREATE FUNCTION outcome_of(query text, c scorecard) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE query INTO result USING c;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
WITH whole AS (
	SELECT bytes('{"calls": {"busy": 1, "sale": 300, "refused": 5}, "leads": {"sale": 5000000000}, "lines": {"mobile": 3}, "time": {"talk": [5, 4, 3], "handle": [7, 2, 1]}}') AS b
), other AS (
	SELECT as_card(set_bit(b, i, 1 - get_bit(b, i))) AS c FROM whole, generate_series(0, 8 * length(b) - 1) i
	UNION ALL SELECT as_card(substr(b, 1, i)) FROM whole, generate_series(3, length(b)) i
), read AS (
	SELECT outcome_of('SELECT $1::text', c) AS text, outcome_of('SELECT rollup($1)::text', c) AS sum, outcome_of('SELECT rollup(c)::text FROM (VALUES ($1), (''{}'')) v(c)', c) AS sums FROM other
)
SELECT count(*) FILTER (WHERE text <> sum OR text <> sums OR text IS NULL) AS others, count(*) FILTER (WHERE text LIKE '{%') > 100 AS some_whole, count(*) FILTER (WHERE text LIKE 'damaged%') > 500 AS some_damaged FROM read;
ROLLBACK;
SELECT '{"version": 2}'::scorecard;
SELECT '{"calls": {"sold": 1}}'::scorecard;
SELECT '{"calls": {"sale": 1.5}}'::scorecard;
SELECT '{"sales": {}}'::scorecard;
SELECT '{"time": {"talks": [1, 1, 1]}}'::scorecard;
SELECT '{"time": {"talk": [1e131071, 1, 1]}}'::scorecard;
SELECT '{"money": {"revenue": [[1, "many"]]}}'::scorecard;
SELECT '{"reasons": [["a", 1], ["a", 2]]}'::scorecard;
SELECT kpi('{}', 'closing_rat');
SELECT kpi('{}', 'product_mix');
SELECT kpi('{}', 'worked_time');
SELECT kpi('{}', 'lead_contact_rate');
SELECT kpi_targets('{}', '{"call_sales": 3}');
SELECT rollup(c) FROM (VALUES ('{"time": {"talk": [9223372036854, 1, 1]}}'::scorecard), ('{"time": {"talk": [1, 1, 1]}}')) v(c);
\set VERBOSITY terse

-- one KPI by its name
SELECT kpi(card, 'closing_rate'), kpi(card, 'calls'), kpi(card, 'occupancy'), kpi(card, 'calls_per_hour'), kpi(card, 'roi'), kpi(card, 'average_talk_time'), kpi(card, 'mobile_rate')
FROM (SELECT rollup(card) AS card FROM card) s;

-- delays by name
CREATE TEMP TABLE lead AS SELECT i AS id, i % 3 AS agent, CASE WHEN i % 7 > 0 THEN i * interval '9 s' - interval '20 s' END AS first_called, CASE WHEN i % 4 = 0 THEN i * interval '5 h' END AS sold FROM generate_series(1, 60) i;
SELECT scorecard_delays('speed_to_lead', first_called) + scorecard_delays('sales_cycle', sold) FROM lead WHERE id < 9;
SELECT scorecard_delays(NULL, sold) AS no_name, scorecard_delays('sales_cycle', NULL) AS no_delay FROM lead;
SELECT scorecard_delays('sales_cycle', sold) AS no_row FROM lead WHERE false;
CREATE TEMP TABLE kept AS SELECT agent, scorecard_delays('speed_to_lead', first_called) + scorecard_delays('sales_cycle', sold) + scorecard_delays('été', first_called) AS card FROM lead GROUP BY agent;
SELECT median_speed_to_lead(card), sales_cycle(card) = (SELECT sales_cycle(timestamp '2026-01-01', timestamp '2026-01-01' + sold) FROM lead) AS same_cycle, within(speed_to_lead(card), '1 min'),
	delays(rollup(card), 'été') = speed_to_lead(card) AS same_delays, delays(rollup(card), 'none') FROM kept;
SELECT bool_and(card::text::scorecard = card AND card - card = '{"delays": {}}' AND card + card - card = card) AS same FROM kept;
SELECT bool_and(moving = (SELECT scorecard_delays('d', first_called) FROM lead l WHERE l.id BETWEEN w.id - 2 AND w.id)) AS same, count(DISTINCT moving::text)
FROM (SELECT id, scorecard_delays('d', first_called) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS moving FROM lead) w;
SELECT agent, rollup(card) OVER (ORDER BY agent ROWS CURRENT ROW) = card AS same, median_speed_to_lead(card) OVER (ORDER BY agent ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM kept ORDER BY agent;
SELECT speed_to_lead(card), median_speed_to_lead(card), sales_cycle(card) FROM (VALUES ('{}'::scorecard), ('{"delays": {}}'), (NULL)) v(card);
SELECT c, set_byte(scorecard_bytes, 0, 0) IS NOT NULL FROM (SELECT c, kpi_scorecard_send(c) AS scorecard_bytes FROM (VALUES ('{"delays": {"b": {"seconds": [[1, 2]]}, "a": {"negative": 1, "seconds": []}, "none": {"seconds": []}}}'::scorecard)) v(c)) s;
SELECT kpi(card, 'speed_to_lead') FROM kept;
SELECT kpi(card, 'median_speed_to_lead') FROM kept;
SELECT scorecard_delays('', sold) FROM lead;
SELECT scorecard_delays(repeat('é', 32), sold) FROM lead;
SELECT scorecard_delays('a', '1 month') FROM lead;
SELECT '{}'::scorecard - '{"delays": {"a": {"seconds": [[1, 2]]}}}';
SELECT '{"delays": {"a": {"seconds": [[1, 2]]}}}'::scorecard - '{"delays": {"b": {"seconds": [[1, 2]]}}}';
\set VERBOSITY default
SELECT '{"delays": []}'::scorecard;
SELECT '{"delays": {"a": 5}}'::scorecard;
SELECT '{"delays": {"": {"seconds": []}}}'::scorecard;
SELECT '{"delays": {"a": {"minutes": []}}}'::scorecard;
SELECT '{"delays": {"a": {"seconds": [[1, 0]]}}}'::scorecard;
\set VERBOSITY terse
DROP TABLE kept, lead;

-- the reports
SELECT r.* FROM (SELECT rollup(card) AS card FROM card) s, kpi_report(card) r;
SELECT r.family, r.family_label, r.label, r.of, r.value, r.unit, r.average, r.best FROM (SELECT rollup(card) AS card FROM card) s, kpi_report(card, 'fr') r;
SELECT c.label, c.value_a AS ana, c.value_b AS ben, c.unit, c.difference, c.change, c.low, c.high, c.p_value, c.verdict
FROM card a, card b, kpi_compare(a.card, b.card) c WHERE a.agent = 'ana' AND b.agent = 'ben';
SELECT count(*) FROM kpi_report('{}');
SELECT count(*) FROM kpi_report(NULL);
-- two proportions as ratios compare them
SELECT c.difference, c.low, c.high, c.p_value, round(t.difference::numeric, 4) AS difference, round(t.low::numeric, 4) AS low, round(t.high::numeric, 4) AS high, round(t.p_value::numeric, 4) AS p_value
FROM kpi_compare('{"leads": {"sale": 56, "new": 14}}', '{"leads": {"sale": 48, "new": 32}}') c, difference_test('56/70', '48/80') t WHERE kpi = 'conversion_rate';

-- counts and rates are tested too, and verdicts follow the way that is better
CREATE TEMP TABLE pair AS SELECT
	'{"leads": {"sale": 105, "refused": 95, "no_answer": 800}, "time": {"talk": [0, 0, 0], "handle": [0, 0, 0], "worked": [360000, 10, 10]}, "money": {"revenue": [[105, 10500]], "cost": [], "customers": [], "margin": []}}'::scorecard AS a,
	'{"leads": {"sale": 95, "refused": 105, "no_answer": 800}, "time": {"talk": [0, 0, 0], "handle": [0, 0, 0], "worked": [360000, 10, 10]}, "money": {"revenue": [[95, -9500]], "cost": [], "customers": [], "margin": []}}'::scorecard AS b,
	'{"leads": {"sale": 50, "refused": 200, "no_answer": 750}, "time": {"talk": [0, 0, 0], "handle": [0, 0, 0], "worked": [720000, 20, 20]}, "money": {"revenue": [[50, 0]], "cost": [], "customers": [], "margin": []}}'::scorecard AS c;
SELECT c.* FROM pair, kpi_compare(a, b) c WHERE kpi IN ('sales', 'sales_per_hour', 'conversion_rate', 'refusal_rate', 'remaining_rate', 'revenue');
SELECT c.kpi, value_a, value_b, change, p_value, verdict, verdict_label FROM pair, kpi_compare(a, pair.c, 'fr') c WHERE kpi IN ('sales', 'sales_per_hour', 'conversion_rate', 'refusal_rate', 'remaining_rate', 'revenue', 'net_sales');
SELECT c.kpi, change, verdict FROM pair, kpi_compare(pair.c, a) c WHERE kpi IN ('sales', 'conversion_rate', 'refusal_rate', 'revenue');
-- they are those of difference_test(), and better one way is worse the other
SELECT count(*) > 30 AS many, count(*) FILTER (WHERE r.p_value IS DISTINCT FROM round(t.p_value::numeric, 4) OR sign(r.low) <> sign(round(t.low::numeric, 9)) AND r.low <> 0
	OR (r.verdict = 'better') IS DISTINCT FROM (o.verdict = 'worse') OR (r.verdict IN ('better', 'worse')) AND NOT (t.p_value < 0.05 AND (t.low > 0 OR t.high < 0))) AS wrong
FROM pair, kpi_compare(a, pair.c) r JOIN LATERAL kpi_compare(pair.c, a) o USING (kpi), difference_test(kpi(a, kpi), kpi(pair.c, kpi)) t;
-- targets: met and missed only where the bounds leave no doubt
SELECT t.* FROM pair, kpi_targets(a, '{"sales": 80, "conversion_rate": 0.2, "sales_per_hour": 1.1, "refusal_rate": 0.4, "remaining_rate": 0.5, "revenue": 10000, "talk_time": 3600, "closing_rate": 0, "calls": 5}') t;
SELECT t.kpi, target, low, high, verdict, verdict_label FROM pair, unnest(ARRAY['{"sales": 85}', '{"sales": 86}', '{"sales": 127}', '{"sales": 128}', '{"refusal_rate": 0.40}', '{"refusal_rate": 0.41}', '{"refusal_rate": 0.55}']::jsonb[]) targets, kpi_targets(a, targets, 'fr') t;
SELECT count(*) FROM kpi_targets('{}', '{}');

-- errors
SELECT * FROM kpi_targets('{}', '{"closing": 0.5}');
SELECT * FROM kpi_targets('{}', '{"refusal_reasons": 1}');
SELECT * FROM kpi_targets('{}', '{"sales": "many"}');
SELECT * FROM kpi_targets('{}', '{"sales": null}');
SELECT * FROM kpi_targets('{}', '[1]');
SELECT * FROM kpi_targets('{}', '5');
SELECT * FROM kpi_targets('{}', '{}', 'de');
SELECT '{"calls": {"sale": 1}}'::scorecard - '{"calls": {"sale": 2}}';
SELECT '{"calls": {"sale": 1}}'::scorecard - '{"leads": {"sale": 1}}';
SELECT '{}'::scorecard - '{"time": {"talk": [1, 1, 1]}}';
SELECT '{}'::scorecard - '{"money": {"revenue": [[1, 1]]}}';
SELECT '{}'::scorecard - '{"reasons": [["a", 1]]}';
SELECT kpi('{}', 'closing');
SELECT kpi('{}', 'margin_roi');
SELECT * FROM kpi_report('{}', 'de');
SELECT * FROM kpi_compare('{}', '{}', '');
SELECT '{"calls": {"sold": 1}}'::scorecard;
\set VERBOSITY sqlstate
SELECT '{"calls": {"sale": 1}}'::scorecard - '{"calls": {"sale": 2}}';
SELECT kpi('{}', 'closing');
SELECT * FROM kpi_report('{}', 'de');
SELECT '{'::scorecard;
SELECT ''::scorecard;
SELECT '[]'::scorecard;
SELECT '"calls"'::scorecard;
SELECT '{"call": {}}'::scorecard;
SELECT '{"version": 2}'::scorecard;
SELECT '{"calls": {"sale": 0}}'::scorecard;
SELECT '{"calls": {"sale": -1}}'::scorecard;
SELECT '{"calls": {"sale": 1.5}}'::scorecard;
SELECT '{"calls": {"sale": "1"}}'::scorecard;
SELECT '{"calls": {"sale": 1, "vente sur rendez-vous": 1}}'::scorecard;
SELECT '{"calls": {"sale": 9223372036854775808}}'::scorecard;
SELECT '{"calls": []}'::scorecard;
SELECT '{"lines": {"sale": 1}}'::scorecard;
SELECT '{"time": {"talk": [1, 0, 0], "handle": [0, 0, 0], "worked": [0, 0, 0]}}'::scorecard;
SELECT '{"time": {"talk": [-1, 1], "handle": [0, 0, 0], "worked": [0, 0, 0]}}'::scorecard;
SELECT '{"time": {"talk": [0.0000001, 1, 1], "handle": [0, 0, 0], "worked": [0, 0, 0]}}'::scorecard;
SELECT '{"time": {"talk": [1, 1, 1]}}'::scorecard;
SELECT '{"money": {"revenue": [[0, 1]], "cost": [], "customers": [], "margin": []}}'::scorecard;
SELECT '{"money": {"revenue": [[1, 1], [2, 3]], "cost": [], "customers": [], "margin": []}}'::scorecard;
SELECT '{"money": {"revenue": [[1, "one"]], "cost": [], "customers": [], "margin": []}}'::scorecard;
SELECT '{"money": {"revenue": {}}}'::scorecard;
SELECT '{"reasons": [["a", "b"]]}'::scorecard;
SELECT '{"reasons": {}}'::scorecard;
SELECT kpi_scorecard_combine('{}', '{}');
SELECT kpi_scorecard_products_accum('{}', 'sale', 'a', 1);
SELECT scorecard_products('sale', 'a', 'NaN');
SELECT rollup(c) FROM (VALUES ('{"calls": {"sale": 9223372036854775807}}'::scorecard), ('{"calls": {"sale": 1}}')) v(c);
-- counts that outgrow four bytes, with the same labels and with some of them
SELECT rollup(c) FROM (VALUES ('{"calls": {"sale": 4294967295}}'::scorecard), ('{"calls": {"sale": 1}}'), ('{"calls": {"sale": 4294967295}}')) v(c);
SELECT rollup(c) FROM (VALUES ('{"calls": {"busy": 1, "sale": 4294967295}}'::scorecard), ('{"calls": {"sale": 1}}'), ('{"calls": {"busy": 2}}')) v(c);
