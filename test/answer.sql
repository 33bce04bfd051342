-- A live roll-up that answers for its table gives what the table gives, to the
-- last bit; and what it does not hold, or may not say, it leaves alone. EXPLAIN
-- proves which of the two it was.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA answer;
SET LOCAL search_path = answer, public, kpi_internal;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL TimeZone = 'Europe/Paris';
SELECT * FROM no_plan();

CREATE FUNCTION explained(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF, VERBOSE) ' || query LOOP
		result := result || line || E'\n';
	END LOOP;
	RETURN result;
END $$;

-- All rows, as text that tells every bit, or the error.
CREATE FUNCTION answered(query text, rollups boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('kpi.enable_rollup_scan', rollups::text, true);
	EXECUTE format('SELECT string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C") FROM (%s) q', query) INTO result;
	RETURN coalesce(result, 'nothing');
EXCEPTION WHEN data_exception OR insufficient_privilege THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Both give the same, and that roll-up is used, or none.
CREATE FUNCTION same(query text, what text, rollup text DEFAULT 'by_day') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	shape text;
	off text := answered(query, false);
	on_ text := answered(query, true);
	used text;
BEGIN
	shape := explained(query);
	used := coalesce(substring(shape FROM 'Roll-up: answer\.(\w+)'), 'none');
	IF used <> rollup THEN
		RETURN ok(false, format(E'%s: %s is used, not %s: %s\n%s\n%s', what, used, rollup, query, shape,
			(SELECT string_agg(a::text, E'\n') FROM kpi_rollup_advise(query) a)));
	END IF;
	RETURN is(on_, off, what || CASE rollup WHEN 'none' THEN ' (left alone)' ELSE '' END);
END $$;

CREATE FUNCTION alone(query text, what text, why text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT same(query, what, 'none');
	RETURN NEXT ok(EXISTS (SELECT FROM kpi_rollup_advise(query) a WHERE NOT a.answers AND a.reason LIKE why),
		what || ': ' || coalesce((SELECT string_agg(a.rollup || ' ' || a.reason, '; ') FROM kpi_rollup_advise(query) a), 'no advice'));
END $$;

-- A number in [0, n) that looks random and is the same on every server.
CREATE FUNCTION noise(salt text, i bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$ SELECT (('x' || substr(md5(salt || i), 1, 7))::bit(28)::int % n) $$;

CREATE FUNCTION one_of(salt text, i bigint, list text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT list[1 + noise(salt, i, cardinality(list))] $$;

CREATE TYPE channel AS ENUM ('phone', 'shop', 'web');

-- The times are of two years, with both changes of the clock and the midnights around them.
CREATE TABLE calls (id int, campaign text, agent int, channel channel, called_at timestamptz, local_at timestamp,
	outcome outcome, line line_type, reason text, product text, talk interval, handle interval, worked interval,
	wait interval, amount numeric, cost numeric, created timestamptz, rate numeric, ratio float8, filler text);
ALTER TABLE calls ALTER filler SET STORAGE PLAIN;
CREATE FUNCTION fill(first int, last int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO calls SELECT i, one_of('campaign', i, '{solar,heat,fibre,NULL}'), noise('agent', i, 12),
		one_of('channel', i, '{phone,shop,web}')::channel,
		'2023-01-01 00:00+01'::timestamptz + noise('at', i, 63000000) * interval '1 s' * (noise('whole', i, 3) > 0)::int
			+ noise('day', i, 730) * interval '1 day' * (noise('whole', i, 3) = 0)::int,
		'2023-01-01'::timestamp + noise('local', i, 63000000) * interval '1 s',
		nullif(one_of('o', i, '{no_answer,no_answer,busy,machine,contact,refused,lost,sale,direct_sale,validated_sale+callback,no_show,-}'), '-')::outcome,
		one_of('line', i, '{mobile,fixed,invalid,unknown}')::line_type,
		one_of('reason', i, '{price,no need,NULL," price ",""}'), one_of('product', i, '{panel,pump,""}'),
		nullif(noise('talk', i, 900), 0) * interval '1.5 s', noise('handle', i, 200) * interval '1 s',
		nullif(noise('worked', i, 30000), 5) * interval '1 s', noise('wait', i, 60) * interval '1 s',
		(noise('amount', i, 90000) / 4.0)::numeric(9, 2) + CASE WHEN noise('mill', i, 9) = 0 THEN 0.123456 ELSE 0 END,
		noise('cost', i, 900), '2023-01-01'::timestamptz + noise('created', i, 9000000) * interval '1 s',
		noise('rate', i, 4) / 2.0, noise('ratio', i, 4) / 2.0, repeat('x', 3000)
	FROM generate_series(first, last) i
$$;
SELECT fill(1, 6000);
UPDATE calls SET campaign = nullif(campaign, 'NULL'), reason = nullif(reason, 'NULL');

SELECT kpi_rollup_create('by_day', 'calls', ARRAY['campaign', 'date_trunc(''day'', called_at) AS day', 'channel'],
	'scorecard_calls(outcome) + scorecard_lines(line) + scorecard_time(talk, handle, worked) + scorecard_wait(wait)
	+ scorecard_money(amount, cost, NULL, NULL) + scorecard_reasons(outcome, reason) + scorecard_products(outcome, product, amount)
	+ scorecard_delays(''speed_to_lead'', called_at - created)');
-- changes of all kinds stand beside what was there, and some of them are merged
SELECT fill(6001, 6600);
DELETE FROM calls WHERE id % 17 = 0;
UPDATE calls SET campaign = 'heat', called_at = called_at + interval '1 day' WHERE id % 23 = 0;
ANALYZE calls;
ANALYZE by_day_cells;

-- Keys

SELECT same('SELECT campaign, calls(outcome), contact_rate(outcome) FROM calls GROUP BY campaign', 'a key');
SELECT same('SELECT calls(outcome), contact_rate(outcome), count(*) FROM calls', 'no key');
SELECT same('SELECT channel, campaign, date_trunc(''day'', called_at), calls(outcome) FROM calls GROUP BY 1, 2, 3', 'all keys');
SELECT same('SELECT upper(campaign) || ''!'', coalesce(campaign, ''-''), campaign IS NULL, sales(outcome) FROM calls GROUP BY 1, 2, 3', 'functions of a key');
SELECT same('SELECT channel = ''web'' OR campaign = ''solar'', sales(outcome) FROM calls GROUP BY 1', 'a function of two keys');
SELECT same('SELECT calls(outcome) + count(*), campaign || ''x'' FROM calls GROUP BY campaign', 'expressions of groups');
SELECT same('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign HAVING calls(outcome) > 1000 AND campaign > ''h''', 'HAVING');
SELECT same('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign ORDER BY 2 DESC LIMIT 2', 'ORDER BY, LIMIT');
SELECT same('SELECT campaign, calls(outcome), sum(calls(outcome)) OVER () FROM calls GROUP BY campaign', 'windows above');
SELECT same('SELECT DISTINCT calls(outcome) > 10 FROM calls GROUP BY campaign, channel', 'DISTINCT above');
SELECT same('SELECT x.n, x.campaign FROM (SELECT campaign, calls(outcome) AS n FROM calls GROUP BY campaign) x
	JOIN (VALUES (''solar'')) v (campaign) USING (campaign)', 'a join above');
SELECT same('WITH x AS MATERIALIZED (SELECT campaign, calls(outcome) AS n FROM calls GROUP BY campaign) SELECT * FROM x', 'a CTE');
SELECT same('SELECT (SELECT calls(outcome) FROM calls WHERE campaign = v.c) FROM (VALUES (''solar''), (''heat''), (NULL)) v (c)', 'a subquery for each row');
SELECT same('SELECT v.c, x.* FROM (VALUES (''solar''), (''heat''), (NULL)) v (c),
	LATERAL (SELECT calls(outcome), count(*) FROM calls WHERE campaign = v.c) x', 'LATERAL');
SELECT same('SELECT campaign, calls(outcome) FROM (SELECT *, campaign || '''' AS c FROM calls OFFSET 0) x GROUP BY campaign', 'a subquery that stays', 'none');
CREATE VIEW some_calls AS SELECT campaign AS c, channel AS n, called_at AS t, outcome AS o FROM calls WHERE channel <> 'web';
SELECT same('SELECT c, calls(o) FROM some_calls WHERE t >= ''2023-06-01'' GROUP BY c', 'a view');

-- Conditions

SELECT same('SELECT calls(outcome) FROM calls WHERE campaign = ''solar''', 'WHERE a key');
SELECT same('SELECT calls(outcome) FROM calls WHERE campaign IN (''solar'', ''heat'') AND channel <> ''web''', 'IN');
SELECT same('SELECT calls(outcome) FROM calls WHERE campaign IS NULL OR channel = ''web''', 'OR');
SELECT same('SELECT campaign, calls(outcome) FROM calls WHERE campaign = ''none'' GROUP BY campaign', 'nothing, by a key');
SELECT same('SELECT calls(outcome), contact_rate(outcome), count(*), revenue(amount), refusal_reasons(outcome, reason), scorecard_reasons(outcome, reason),
	scorecard_calls(outcome), speed_to_lead(created, called_at) FROM calls WHERE campaign = ''none''', 'nothing, without keys');
SELECT alone('SELECT calls(outcome) FILTER (WHERE agent = 3) FROM calls', 'FILTER by another column', 'agent is not a function of its keys%');
SELECT same('SELECT channel, calls(outcome) FILTER (WHERE campaign = ''solar''), count(*) FILTER (WHERE campaign IS NOT NULL), calls(outcome),
	talk_time(talk) FILTER (WHERE extract(dow FROM called_at) = 1) FROM calls GROUP BY channel', 'FILTER by keys');

-- Aggregates

SELECT same('SELECT campaign, count(*), count(outcome), count(line), count(talk), count(worked), count(campaign), count(coalesce(channel, ''web'')) FROM calls GROUP BY campaign', 'counts');
SELECT same('SELECT campaign, conversion_rate(outcome), calls(outcome), answers(outcome), win_rate(outcome), open_appointments(outcome), mobile_rate(line), invalid_line_rate(line) FROM calls GROUP BY campaign', 'rates');
SELECT same('SELECT campaign, talk_time(talk), average_talk_time(talk), average_handle_time(talk, handle), occupancy(talk, handle, worked), talk_share(talk, worked),
	average_wait_time(wait), talk_time_per_day(talk, worked) FROM calls GROUP BY campaign', 'time');
SELECT same('SELECT campaign, revenue(amount), cost(cost), margin(amount, cost), roi(amount, cost), average_sale(amount), margin_rate(amount, cost) FROM calls GROUP BY campaign', 'money');
SELECT same('SELECT campaign, refusal_reasons(outcome, reason), product_mix(outcome, product), product_revenue_mix(outcome, product, amount) FROM calls GROUP BY campaign', 'mixes');
SELECT same('SELECT campaign, speed_to_lead(created, called_at), median_speed_to_lead(created, called_at) FROM calls GROUP BY campaign', 'delays');
SELECT same('SELECT campaign, scorecard_calls(outcome) + scorecard_lines(line) + scorecard_time(talk, handle, worked) + scorecard_wait(wait) AS card,
	scorecard_money(amount, cost, NULL, NULL), scorecard_reasons(outcome, reason), scorecard_products(outcome, product, amount),
	scorecard_delays(''speed_to_lead'', called_at - created), scorecard_leads(outcome) FROM calls GROUP BY campaign', 'scorecards');
SELECT alone('SELECT campaign, lead_calls(outcome, agent) FROM calls GROUP BY campaign', 'journeys', 'its card does not hold lead_calls(outcome, agent), as it has no scorecard_journeys');
SELECT alone('SELECT campaign, calls(outcome), sum(amount) FROM calls GROUP BY campaign', 'another aggregate', 'its card does not hold sum%');
SELECT same('SELECT talk_time(handle), average_wait_time(talk) FROM calls', 'columns by other names');
SELECT alone('SELECT revenue(amount + 1) FROM calls', 'another argument', 'its card does not hold revenue((amount + ''1''::numeric)), but such figures of amount, cost');
SELECT alone('SELECT calls(DISTINCT outcome) FROM calls', 'DISTINCT', 'DISTINCT%');
SELECT alone('SELECT refusal_reasons(outcome, product) FROM calls', 'another item', 'its card does not hold%');

-- Times

SELECT same(format('SELECT date_trunc(%L, called_at), calls(outcome), count(*) FROM calls GROUP BY 1', unit), 'date_trunc ' || unit)
FROM unnest('{day,week,month,quarter,year,decade,century,millennium,DAYS,Month}'::text[]) unit;
SELECT same(format('SELECT extract(%s FROM called_at), date_part(%L, called_at), calls(outcome) FROM calls GROUP BY 1, 2', field, field), 'extract ' || field)
FROM unnest('{day,dow,isodow,doy,week,isoyear,month,quarter,year,decade,century,millennium}'::text[]) field;
SELECT same(format('SELECT to_char(called_at, %L), calls(outcome) FROM calls GROUP BY 1', format), 'to_char ' || format)
FROM unnest('{YYYY-MM,"FMMonth YYYY","IYYY-IW","Dy, DDth",D/ID,"YYYY.MM.DD",Q,"DDD WW W CC Y,YYY"}'::text[]) format;
SELECT same('SELECT called_at::date, calls(outcome) FROM calls GROUP BY 1', 'a date');
SAVEPOINT s;
-- 2000 begins a decade, and ends a century
CREATE TABLE ages AS SELECT agent, local_at - interval '23 years' * (id % 2) AS at, outcome, filler FROM calls;
SELECT kpi_rollup_create('ages_by', 'ages', ARRAY['date_trunc(''decade'', at) AS decade'], 'scorecard_calls(outcome)') AS made;
ANALYZE ages;
SELECT same('SELECT extract(decade FROM at), calls(outcome) FROM ages GROUP BY 1', 'a decade', 'ages_by');
SELECT alone(format('SELECT %s, calls(outcome) FROM ages GROUP BY 1', century), 'not told by a decade: ' || century, 'it has at by the decade%')
FROM unnest('{"date_trunc(''century'', at)","extract(millennium FROM at)","to_char(at, ''CC'')"}'::text[]) century;
ROLLBACK TO s;
SELECT same('SELECT date_trunc(''month'', called_at::date), extract(year FROM called_at::date), to_char(date_trunc(''month'', called_at), ''YYYY-MM''), calls(outcome)
	FROM calls GROUP BY 1, 2, 3', 'functions of functions');
SELECT alone('SELECT date_trunc(''hour'', called_at), calls(outcome) FROM calls GROUP BY 1', 'an hour', 'it has called_at by the day%');
SELECT alone('SELECT to_char(called_at, ''YYYY-MM-DD HH24''), calls(outcome) FROM calls GROUP BY 1', 'an hour as text', 'it has called_at by the day%');
SELECT alone('SELECT to_char(called_at, ''TMMonth''), calls(outcome) FROM calls GROUP BY 1', 'a format with modifiers', 'it has called_at by the day%');
SELECT alone('SELECT date_trunc(''day'', called_at, ''UTC''), calls(outcome) FROM calls GROUP BY 1', 'another zone', 'its days are those of another time zone%');
SELECT alone('SELECT extract(epoch FROM called_at), calls(outcome) FROM calls GROUP BY 1', 'seconds', 'it has called_at by the day%');
SELECT alone('SELECT calls(outcome) FROM calls WHERE local_at >= ''2024-01-01''', 'another time', 'local_at is not%');

SELECT same(format('SELECT channel, calls(outcome), count(*) FROM calls WHERE called_at >= %L AND called_at < %L GROUP BY 1', a, b), format('from %s to %s', a, b))
FROM (VALUES ('2023-03-26', '2023-03-27'), ('2023-03-27', '2023-10-29'), ('2023-10-29', '2023-10-30'), ('2023-10-30', '2024-02-01'),
	('2024-01-01', '2024-01-01'), ('-infinity', 'infinity')) v (a, b);
SELECT same('SELECT calls(outcome) FROM calls WHERE called_at BETWEEN ''2023-05-01'' AND ''2023-05-31 23:59:59.999999''', 'up to the last microsecond');
SELECT same('SELECT calls(outcome) FROM calls WHERE called_at > ''2023-05-31 23:59:59.999999''', 'after the last microsecond');
SELECT same('SELECT calls(outcome) FROM calls WHERE ''2023-06-01'' <= called_at AND ''2023-07-01'' > called_at', 'bounds on the left');
SELECT same('SELECT calls(outcome) FROM calls WHERE called_at >= date ''2023-06-01'' AND called_at < timestamp ''2023-07-01''', 'bounds of other types');
SELECT same('SELECT calls(outcome) FROM calls WHERE called_at::date BETWEEN ''2023-06-01'' AND ''2023-06-30''', 'dates');
SELECT same('SELECT calls(outcome) FROM calls WHERE date_trunc(''month'', called_at) IN (''2023-06-01'', ''2023-08-01'')', 'months');
SELECT same('SELECT calls(outcome) FROM calls WHERE extract(year FROM called_at) = 2023 AND extract(month FROM called_at) < 4', 'fields');
SELECT same('SELECT calls(outcome) FROM calls WHERE called_at >= NULL', 'a bound that is NULL', 'none');
SELECT alone('SELECT calls(outcome) FROM calls WHERE called_at >= ''2023-06-01 12:00''', 'noon', 'it has called_at by the day%');
SELECT alone('SELECT calls(outcome) FROM calls WHERE called_at > ''2023-06-01''', 'after midnight', 'it has called_at by the day%');
SELECT alone('SELECT calls(outcome) FROM calls WHERE called_at <= ''2023-06-01''', 'up to midnight', 'it has called_at by the day%');
SELECT alone('SELECT calls(outcome) FROM calls WHERE called_at = ''2023-06-01''', 'at midnight', 'it has called_at by the day%');

-- Ranges within FILTER, CASE and OR
SELECT same('SELECT campaign, calls(outcome) FILTER (WHERE called_at >= ''2023-06-01'' AND called_at < ''2023-07-01''), count(*) FILTER (WHERE called_at BETWEEN ''2024-01-01'' AND ''2024-01-31 23:59:59.999999'') FROM calls GROUP BY 1', 'FILTER by ranges');
SELECT same('SELECT CASE WHEN called_at >= date ''2024-01-01'' THEN ''new'' ELSE ''old'' END, calls(outcome) FROM calls GROUP BY 1', 'CASE by ranges');
SELECT same('SELECT calls(outcome) FROM calls WHERE called_at < ''2023-02-01'' OR called_at >= ''2024-11-01'' OR campaign = ''heat''', 'OR of ranges');
SELECT same('SELECT campaign, calls(outcome) FROM calls WHERE NOT (called_at >= ''2023-03-26'' AND called_at < ''2023-03-27'') GROUP BY 1', 'all but a range');
SELECT alone('SELECT calls(outcome) FILTER (WHERE called_at >= ''2023-06-01 12:00'') FROM calls', 'FILTER from noon', 'it has called_at by the day%');

-- Bins, where the server has them
CREATE FUNCTION bins() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('server_version_num')::int < 140000 THEN
		RETURN;
	END IF;
	CREATE TABLE binned AS SELECT at::timestamp AS local_at, at, outcome, filler || id AS filler
		FROM (SELECT date_trunc('minute', called_at) + (id % 3) * interval '17 s' AS at, * FROM calls) x;
	PERFORM kpi_rollup_create('bins_local', 'binned', ARRAY['date_trunc(''day'', local_at) AS d'], 'scorecard_calls(outcome)');
	ANALYZE binned;
	RETURN QUERY SELECT same(format('SELECT date_bin(%L, local_at, %L), calls(outcome), count(*) FROM binned GROUP BY 1', b[1], b[2]), format('bins of %s from %s', b[1], b[2]), 'bins_local')
		FROM unnest(ARRAY['1 day|2023-01-01', '7 days|2023-06-05', '7 days|2024-11-05', '240 hours|2020-01-01']) x, LATERAL (SELECT string_to_array(x, '|') AS b) y;
	RETURN QUERY SELECT alone(format('SELECT date_bin(%L, local_at, %L), calls(outcome) FROM binned GROUP BY 1', b[1], b[2]), format('bins of %s from %s', b[1], b[2]),
			'bins of that stride and origin do not begin where its days do%')
		FROM unnest(ARRAY['1 day|2023-01-01 12:00', '12 hours|2023-01-01', '36 hours|2023-01-01']) x, LATERAL (SELECT string_to_array(x, '|') AS b) y;
	PERFORM kpi_rollup_drop('bins_local');
	-- hours of a week in which the clock is put forward, and its days
	UPDATE binned SET at = timestamptz '2023-03-20' + (at - timestamptz '2023-01-01') / 70;
	PERFORM kpi_rollup_create('bins_hour', 'binned', ARRAY['date_trunc(''hour'', at) AS h'], 'scorecard_calls(outcome)');
	ANALYZE binned, bins_hour_cells;
	RETURN QUERY SELECT same(format('SELECT date_bin(%L, at, %L), calls(outcome), count(*) FROM binned WHERE at >= ''2023-03-20'' GROUP BY 1', b[1], b[2]), format('bins of hours, %s from %s', b[1], b[2]), 'bins_hour')
		FROM unnest(ARRAY['1 hour|2023-01-01', '6 hours|2023-03-26', '3 days|2023-03-20 05:00', '1 day|2024-01-01']) x, LATERAL (SELECT string_to_array(x, '|') AS b) y;
	RETURN QUERY SELECT alone('SELECT date_bin(''30 min'', at, ''2023-03-26''), calls(outcome) FROM binned WHERE at >= ''2023-03-20'' GROUP BY 1', 'bins of half an hour', 'bins of that stride%');
	RETURN QUERY SELECT alone('SELECT date_bin(''1 hour'', at, ''2023-03-26''), calls(outcome) FROM binned GROUP BY 1', 'bins of all time', 'bins of that stride%');
	PERFORM kpi_rollup_drop('bins_hour');
	PERFORM kpi_rollup_create('bins_day', 'binned', ARRAY['at::date AS d'], 'scorecard_calls(outcome)');
	ANALYZE binned;
	RETURN QUERY SELECT alone('SELECT date_bin(''1 day'', at, ''2023-03-20''), calls(outcome) FROM binned WHERE at >= ''2023-03-20'' GROUP BY 1', 'days of 24 hours', 'bins of that stride%');
END $$;
SELECT bins();

-- By the hour, the clock must never have been put to anything but a full hour
SELECT kpi_rollup_create('by_hour', 'calls', ARRAY['channel', 'date_trunc(''hour'', called_at) AS hour'], 'scorecard_calls(outcome)');
ANALYZE by_hour_cells;
SELECT same('SELECT date_trunc(''hour'', called_at), extract(hour FROM called_at), calls(outcome) FROM calls WHERE called_at >= ''2023-01-01'' GROUP BY 1, 2', 'hours', 'by_hour');
SELECT same('SELECT date_trunc(''day'', called_at), to_char(called_at, ''DD HH24''), calls(outcome) FROM calls WHERE called_at >= ''2023-03-26 03:00'' GROUP BY 1, 2', 'days of hours', 'by_hour');
SELECT same('SELECT calls(outcome) FROM calls WHERE called_at >= ''2023-03-26 03:00'' AND called_at < ''2023-10-29 02:00+01''', 'from hour to hour', 'by_hour');
SELECT alone('SELECT extract(hour FROM called_at), calls(outcome) FROM calls GROUP BY 1', 'hours of all time', 'the clock may have been put to something else than a full hour%');
SELECT alone('SELECT calls(outcome) FROM calls WHERE called_at >= ''2023-03-26 03:30''', 'half an hour', 'it has called_at by the hour%');
-- the smaller of the two
SELECT same('SELECT channel, calls(outcome) FROM calls GROUP BY 1', 'of two that hold it',
	CASE WHEN pg_relation_size('by_day_cells') <= pg_relation_size('by_hour_cells') THEN 'by_day' ELSE 'by_hour' END);
SELECT is((SELECT array_agg(answers ORDER BY answers) FROM kpi_rollup_advise('SELECT channel, calls(outcome) FROM calls GROUP BY 1')), '{f,t}', 'the other would, too');
SELECT kpi_rollup_drop('by_hour');

-- A clock that is put back across midnight, or to half an hour
CREATE TABLE odd_calls (id int, at timestamptz, outcome outcome, filler text);
CREATE FUNCTION odd(zone text, moment timestamptz) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	unit text;
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	TRUNCATE odd_calls;
	INSERT INTO odd_calls SELECT i, moment + (i - 300) * interval '7 min', 'contact', repeat('x', 2000) FROM generate_series(1, 600) i;
	FOREACH unit IN ARRAY '{hour,day}'::text[] LOOP
		PERFORM kpi_rollup_create('odd_by', 'odd_calls', ARRAY[format('date_trunc(%L, at) AS t', unit)], 'scorecard_calls(outcome)');
		ANALYZE odd_calls;
		ANALYZE odd_by_cells;
		RETURN NEXT is((SELECT string_agg(answered(q, true), '|' ORDER BY q) FROM unnest(queries) q),
			(SELECT string_agg(answered(q, false), '|' ORDER BY q) FROM unnest(queries) q), zone || ' by ' || unit)
			FROM (SELECT array_agg(format(f, moment::date::timestamptz + h * interval '30 min') ORDER BY f, h) AS queries
				FROM generate_series(-24, 24) h,
				unnest(ARRAY['SELECT calls(outcome) FROM odd_calls WHERE at >= %1$L', 'SELECT calls(outcome) FROM odd_calls WHERE at < %1$L',
					'SELECT date_trunc(''day'', at), extract(dow FROM at), calls(outcome) FROM odd_calls WHERE at >= %1$L GROUP BY 1, 2']
				|| CASE WHEN current_setting('server_version_num')::int >= 140000 THEN ARRAY['SELECT date_bin(''2 hours'', at, %1$L), calls(outcome) FROM odd_calls WHERE at >= %1$L GROUP BY 1',
					'SELECT date_bin(''1 day'', at, %1$L), calls(outcome) FROM odd_calls GROUP BY 1'] END) f) x;
		PERFORM kpi_rollup_drop('odd_by');
	END LOOP;
END $$;
SELECT odd('America/Havana', '2023-11-05 05:00Z');
SELECT odd('America/St_Johns', '2005-10-30 02:31Z');
SELECT odd('Australia/Lord_Howe', '2023-04-01 15:00Z');
SELECT odd('Asia/Beirut', '2022-03-26 22:00Z');
SELECT odd('America/Asuncion', '2023-03-26 03:00Z');
SELECT odd('Asia/Kathmandu', '1985-12-31 18:30Z');
SELECT odd('Pacific/Apia', '2011-12-30 10:00Z');
SELECT odd('Europe/Paris', '2023-10-29 01:00Z');
SELECT odd('UTC', '2023-10-29 01:00Z');

-- Settings

SELECT set_config('TimeZone', 'UTC', true);
SELECT alone('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign', 'another time zone', 'TimeZone is "UTC" here and "Europe/Paris" there');
SET LOCAL TimeZone = 'Europe/Paris';

-- Settings that say in which form values are written, or read, of functions that are said to be immutable
CREATE TABLE forms AS SELECT (id % 3) / 3.0::float8 AS x, 'lower'::text AS word, date_trunc('month', called_at) AS called_at, '\x616263'::bytea AS code, outcome, filler || id AS filler FROM calls WHERE id <= 2000;
CREATE TABLE forms_keys (name text, setting text, value text, there text, key text);
INSERT INTO forms_keys VALUES ('forms_float', 'extra_float_digits', '-9', '1', 'x::text'), ('forms_point', 'extra_float_digits', '0', '1', 'point(x, x)::text'),
	('forms_called', 'extra_float_digits', '-9', '1', 'textin(float8out(x))'), ('forms_bytea', 'bytea_output', 'escape', 'hex', 'code::text'),
	('forms_word', 'quote_all_identifiers', 'on', 'off', 'quote_ident(word)'), ('forms_month', 'lc_time', 'POSIX', 'C', 'to_char(called_at, ''TMMonth'')'),
	('forms_zone', 'timezone_abbreviations', 'Australia', 'Default', 'called_at AT TIME ZONE ''EST'''),
	('forms_slot', 'timezone_abbreviations', 'Australia', 'Default', 'call_slot(called_at, ''EST'')');
SELECT kpi_rollup_create(name, 'forms', ARRAY[key || ' AS form'], 'scorecard_calls(outcome)') FROM forms_keys;
SELECT set_config('lc_time', 'C', true);
ANALYZE forms;
CREATE FUNCTION forms() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	k forms_keys;
	was text;
BEGIN
	FOR k IN SELECT * FROM forms_keys LOOP
		EXECUTE format('ANALYZE %I_cells', k.name);
		RETURN NEXT same(format('SELECT %s, calls(outcome) FROM forms GROUP BY 1', k.key), k.key, k.name);
		was := current_setting(k.setting);
		PERFORM set_config(k.setting, k.value, true);
		RETURN NEXT same(format('SELECT %s, calls(outcome) FROM forms GROUP BY 1', k.key), k.key || ' in another form', 'none');
		RETURN NEXT is((SELECT a.reason FROM kpi_rollup_advise(format('SELECT %s, calls(outcome) FROM forms GROUP BY 1', k.key)) a WHERE a.rollup::text LIKE '%' || k.name || '%'),
			format('%s is "%s" here and "%s" there', k.setting, k.value, k.there), k.key || ' is told');
		-- the first makes ready what computes the next ones
		FOR i IN 1 .. 3 LOOP
			INSERT INTO forms (x, word, called_at, code, outcome) VALUES (1 / 3.0::float8, 'lower', '2023-07-07 12:00Z', 'abc', 'sale');
		END LOOP;
		INSERT INTO forms (x, word, called_at, code, outcome) SELECT 1 / 3.0::float8, 'lower', '2023-07-07 12:00Z', 'abc', 'sale' FROM generate_series(1, 2);
		PERFORM set_config(k.setting, was, true);
	END LOOP;
	FOR k IN SELECT * FROM forms_keys LOOP
		RETURN NEXT is((SELECT count(*) FROM kpi_rollup_check(k.name::regclass)), 0::bigint, k.key || ' of rows that came in other forms');
	END LOOP;
END $$;
SELECT forms();
SET LOCAL extra_float_digits = 3;
SELECT same('SELECT x::text, calls(outcome) FROM forms GROUP BY 1', 'digits that do not matter', 'forms_float');
SET LOCAL extra_float_digits = 1;
SET LOCAL timezone_abbreviations = 'Australia';
SELECT kpi_rollup_create('forms_named', 'forms', ARRAY['(called_at AT TIME ZONE ''Europe/Paris'')::date AS day'], 'scorecard_calls(outcome)');
ANALYZE forms_named_cells;
SELECT same('SELECT (called_at AT TIME ZONE ''Europe/Paris'')::date, calls(outcome) FROM forms GROUP BY 1', 'a zone that is no abbreviation', 'forms_named');
SET LOCAL timezone_abbreviations = 'Default';

-- Plans that are kept

PREPARE kept (timestamptz, text) AS SELECT calls(outcome), count(*) FROM calls WHERE called_at >= $1 AND campaign = $2;
SET LOCAL plan_cache_mode = force_generic_plan;
CREATE FUNCTION run(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line record;
	result text := '';
BEGIN
	FOR line IN EXECUTE statement LOOP
		result := result || line::text;
	END LOOP;
	RETURN result;
END $$;
-- Which roll-up has answered, or why none has
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
		result := result || line || E'\n';
	END LOOP;
	RETURN coalesce(substring(result FROM 'Not Answered Because: ([^\n]*)'), substring(result FROM 'Roll-up: (\w+)'), 'none');
END $$;
-- The same from the table, whatever else there is
CREATE FUNCTION table_says(since timestamptz, which text) RETURNS text LANGUAGE sql AS
	$$ SELECT row(calls(outcome), count(*))::text FROM (TABLE calls OFFSET 0) c WHERE called_at >= since AND campaign = which $$;
SELECT is(run('EXECUTE kept (''2023-06-01'', ''solar'')'), table_says('2023-06-01', 'solar'), 'parameters');
SELECT is(says('EXECUTE kept (''2023-06-01'', ''solar'')'), 'by_day', 'the roll-up answers');
SELECT is(run('EXECUTE kept (''2023-06-01 12:34'', ''heat'')'), table_says('2023-06-01 12:34', 'heat'), 'a bound within a day');
SELECT is(says('EXECUTE kept (''2023-06-01 12:34'', ''solar'')'), 'a time is not where its cells begin', 'the table answers');
SELECT is(run('EXECUTE kept (NULL, ''heat'')'), '(0,0)', 'NULL');
PREPARE kept_filter (date, text, int) AS SELECT channel, count(*) FILTER (WHERE called_at >= $1 AND campaign = $2) AS n FROM calls GROUP BY 1 HAVING calls(outcome) > $3 ORDER BY 2 DESC, 1;
PREPARE kept_filter_time (timestamptz, text, int) AS SELECT channel, count(*) FILTER (WHERE called_at >= $1 AND campaign = $2) AS n FROM calls GROUP BY 1 HAVING calls(outcome) > $3 ORDER BY 2 DESC, 1;
CREATE FUNCTION table_filters(since timestamptz) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(x::text, '' ORDER BY n DESC, channel) FROM (SELECT channel, count(*) FILTER (WHERE called_at >= since AND campaign = 'solar') AS n FROM (TABLE calls OFFSET 0) c GROUP BY 1 HAVING calls(outcome) > 100) x $$;
SELECT is(run('EXECUTE kept_filter (''2023-06-01'', ''solar'', 100)'), table_filters('2023-06-01'), 'parameters of a FILTER and of HAVING');
SELECT is(says('EXECUTE kept_filter (''2023-06-01'', ''solar'', 100)'), 'by_day', 'the roll-up answers for them');
SELECT is(run('EXECUTE kept_filter_time (''2023-06-01 12:34'', ''solar'', 100)'), table_filters('2023-06-01 12:34'), 'a bound within a day, in a FILTER');
SELECT is(says('EXECUTE kept_filter_time (''2023-06-01 12:34'', ''solar'', 100)'), 'a time is not where its cells begin', 'for which the table answers');
SELECT set_config('TimeZone', 'UTC', true);
SELECT is(says('EXECUTE kept (''2023-06-01'', ''solar'')'), 'TimeZone is "UTC" here and "Europe/Paris" there', 'the time zone is another now');
SELECT is(run('EXECUTE kept (''2023-06-01'', ''solar'')'), table_says('2023-06-01', 'solar'), 'and the table answers');
SET LOCAL TimeZone = 'Europe/Paris';
SELECT is(says('EXECUTE kept (''2023-06-01'', ''solar'')'), 'by_day', 'the roll-up again');
SELECT is((SELECT string_agg(x.n::text, ',' ORDER BY d) FROM generate_series(timestamptz '2023-05-31', '2023-06-02', '6 hours') d,
	LATERAL (SELECT calls(outcome) AS n FROM calls WHERE called_at >= d) x),
	(SELECT string_agg(x.n::text, ',' ORDER BY d) FROM generate_series(timestamptz '2023-05-31', '2023-06-02', '6 hours') d,
	LATERAL (SELECT calls(outcome) AS n FROM (TABLE calls OFFSET 0) c WHERE called_at >= d) x), 'now the one and now the other');
-- what another part of the query, or a cursor, reads of the table
DECLARE on_table CURSOR FOR SELECT * FROM calls;
SELECT is(says('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign'), 'the table is in the hands of a statement that has not ended', 'beside a cursor on the table');
CLOSE on_table;
DECLARE back SCROLL CURSOR FOR SELECT campaign, calls(outcome) FROM calls GROUP BY campaign ORDER BY 1;
MOVE FORWARD ALL IN back;
SELECT is(says('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign'), 'by_day', 'beside a cursor on the roll-up');
FETCH BACKWARD 1 FROM back;
SELECT throws_ok('TRUNCATE calls', '55006', NULL, 'a table is in use while its roll-up is read');
SELECT is(says('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign'), 'by_day', 'which an error does not end');
CLOSE back;
-- nor is it changed under a plan that turns to it late
DECLARE late CURSOR FOR SELECT campaign, calls(outcome) FROM calls WHERE called_at >= '2023-06-01 12:34'::text::timestamptz GROUP BY campaign;
SELECT throws_ok('TRUNCATE calls', '55006', NULL, 'a table is in use before it is read instead');
CLOSE late;
-- an error closes what a subtransaction has opened
DO $$
DECLARE
	opened refcursor;
	counts record;
BEGIN
	OPEN opened FOR SELECT campaign, calls(outcome) FROM calls GROUP BY campaign;
	FETCH opened INTO counts;
	PERFORM 1 / (counts.calls - counts.calls);
EXCEPTION WHEN division_by_zero THEN
	NULL;
END $$;
SELECT is(says('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign'), 'by_day', 'after an error beside a roll-up');
SAVEPOINT s;
SELECT lives_ok('TRUNCATE calls', 'the table is in use no longer');
ROLLBACK TO s;
DECLARE on_table CURSOR FOR SELECT * FROM calls;
SELECT is(says('SELECT campaign, calls(outcome) FROM calls GROUP BY campaign'), 'the table is in the hands of a statement that has not ended', 'nor is it taken for that');
CLOSE on_table;

-- What this transaction writes

SAVEPOINT s;
DELETE FROM calls WHERE campaign = 'solar';
SELECT same('SELECT campaign, calls(outcome), count(*) FROM calls GROUP BY campaign', 'rows that went');
SELECT is(run('EXECUTE kept (''2023-06-01'', ''solar'')'), '(0,0)', 'a kept plan');
SELECT fill(8000, 8100);
SELECT same('SELECT campaign, channel, date_trunc(''week'', called_at), calls(outcome), revenue(amount) FROM calls GROUP BY 1, 2, 3', 'rows that came');
TRUNCATE calls;
SELECT is(answered('SELECT calls(outcome), count(*) FROM calls', true), '(0,0)', 'nothing left');
ROLLBACK TO s;
SELECT same('SELECT campaign, calls(outcome), count(*) FROM calls GROUP BY campaign', 'all back');

-- A statement that has not ended: its triggers, and functions that it calls
CREATE TABLE seen (what text, off_by bigint);
CREATE FUNCTION look(what text) RETURNS void LANGUAGE sql VOLATILE AS $$
	INSERT INTO seen SELECT what, count(*) - (SELECT count(*) FROM (TABLE calls OFFSET 0) c) FROM calls $$;
CREATE FUNCTION look_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM look(TG_NAME);
	RETURN coalesce(NEW, OLD);
END $$;
CREATE FUNCTION look_at(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM look('function');
	RETURN i;
END $$;
CREATE TRIGGER a_before BEFORE INSERT OR DELETE ON calls FOR EACH ROW EXECUTE FUNCTION look_trigger();
CREATE TRIGGER a_row AFTER INSERT OR DELETE ON calls FOR EACH ROW EXECUTE FUNCTION look_trigger();
CREATE TRIGGER a_statement AFTER INSERT OR DELETE ON calls FOR EACH STATEMENT EXECUTE FUNCTION look_trigger();
CREATE TRIGGER z_statement AFTER INSERT OR DELETE ON calls FOR EACH STATEMENT EXECUTE FUNCTION look_trigger();
INSERT INTO calls (id, campaign, called_at, outcome) SELECT look_at(i), 'solar', '2023-05-05', 'contact' FROM generate_series(9000, 9002) i;
CREATE TABLE leads (id int PRIMARY KEY);
INSERT INTO leads SELECT DISTINCT id FROM calls;
ALTER TABLE calls ADD FOREIGN KEY (id) REFERENCES leads ON DELETE CASCADE;
CREATE TRIGGER z_leads AFTER DELETE ON leads FOR EACH STATEMENT EXECUTE FUNCTION look_trigger();
CREATE TRIGGER z_row AFTER DELETE ON leads FOR EACH ROW EXECUTE FUNCTION look_trigger();
DELETE FROM leads WHERE id BETWEEN 9000 AND 9001;
SELECT is((SELECT string_agg(DISTINCT format('%s %s', what, off_by), ', ') FROM seen WHERE off_by <> 0), NULL, 'triggers and functions see what the table has');
SELECT is((SELECT string_agg(DISTINCT what, ' ' ORDER BY what) FROM seen), 'a_before a_row a_statement function z_leads z_row z_statement', 'they have looked');
DROP TRIGGER a_before ON calls;
DROP TRIGGER a_row ON calls;
DROP TRIGGER a_statement ON calls;
DROP TRIGGER z_statement ON calls;
SELECT same('SELECT campaign, calls(outcome), count(*) FROM calls GROUP BY campaign', 'and afterwards');
CREATE TABLE report AS SELECT campaign, calls(outcome) FROM calls GROUP BY campaign;
SELECT bag_eq('TABLE report', 'SELECT campaign, calls(outcome) FROM (TABLE calls OFFSET 0) c GROUP BY campaign', 'in a statement that writes elsewhere');

-- Keys whose equal values look different
CREATE TABLE rates AS SELECT id, rate, ratio, interval '1 day' AS span, rate::numeric(5, 2) AS fixed, outcome, filler FROM calls;
SELECT kpi_rollup_create('by_rate', 'rates', '{rate,ratio,span,fixed,outcome}', 'scorecard_calls(outcome)');
ANALYZE rates;
ANALYZE by_rate_cells;
SELECT same('SELECT fixed, outcome, calls(outcome) FROM rates GROUP BY fixed, outcome', 'decimals that are the same for all', 'by_rate');
SELECT alone('SELECT rate, calls(outcome) FROM rates GROUP BY rate', 'decimals that are not', 'equal values of its key rate may look different');
SELECT alone('SELECT calls(outcome) FROM rates WHERE ratio = 0', 'zero and minus zero', 'equal values of its key ratio may look different%');
SELECT alone('SELECT span, calls(outcome) FROM rates GROUP BY span', 'a day and 24 hours', 'equal values of its key span%');

-- A filter in the card, and a column twice
CREATE TABLE filtered AS SELECT * FROM calls;
SELECT kpi_rollup_create('filtered_by', 'filtered', '{campaign}', 'scorecard_calls(outcome) FILTER (WHERE channel = ''web'') + scorecard_leads(outcome)
	+ scorecard_reasons(outcome, reason) FILTER (WHERE agent = 3) + scorecard_time(talk, handle, NULL) + scorecard_time(handle, NULL, NULL)');
ANALYZE filtered;
ANALYZE filtered_by_cells;
SELECT same('SELECT campaign, calls(outcome), contact_rate(outcome) FILTER (WHERE channel = ''web''), refusal_reasons(outcome, reason) FILTER (WHERE agent = 3),
	calls(outcome) FILTER (WHERE campaign = ''solar'') FROM filtered GROUP BY 1', 'the card''s own filter, and none', 'filtered_by');
SELECT alone('SELECT refusal_reasons(outcome, reason) FROM filtered', 'all rows, of which some are kept', 'its card does not hold refusal_reasons%');
SELECT alone('SELECT talk_time(talk) FROM filtered', 'one of two that are added up in one place', 'its card does not hold talk_time(talk), but such figures of talk added up with others, handle added up with others');

-- Cells by lead, and by codes
CREATE TABLE journeys AS SELECT id, agent AS lead, campaign, one_of('status', id, '{SALE,NI,A,B}') AS status, outcome, filler FROM calls;
SELECT kpi_rollup_create('journeys_by', 'journeys', '{campaign}', 'scorecard_calls(outcome) + scorecard_journeys(outcome, lead)');
SELECT kpi_rollup_create('codes_by', 'journeys', '{campaign}', 'scorecard_calls(disposition(''vicidial'', status))');
DELETE FROM journeys WHERE id % 5 = 0;
UPDATE journeys SET outcome = 'sale', lead = lead + 1 WHERE id % 7 = 0;
SELECT kpi_rollup_compact('journeys_by') >= 0;
UPDATE journeys SET campaign = 'heat', status = 'NI' WHERE id % 11 = 0;
ANALYZE journeys, journeys_by_cells, codes_by_cells;
SELECT same('SELECT lead, campaign, calls(outcome), count(*) FROM journeys GROUP BY 1, 2', 'cells by lead', 'journeys_by');
SELECT same('SELECT campaign, contact_rate(outcome), count(*), count(DISTINCT 1) IS NULL FROM journeys GROUP BY 1', 'with another aggregate', 'none');
SELECT same('SELECT campaign, calls(outcome), contact_rate(outcome) FROM journeys GROUP BY 1', 'cells by lead, added up', 'journeys_by');
SELECT same('SELECT campaign, lead_conversion_rate(outcome, lead), calls(outcome), count(*) FROM journeys GROUP BY 1', 'what leads come to', 'journeys_by');
SELECT same('SELECT status, count(*) FROM journeys GROUP BY 1', 'codes', 'codes_by');
SELECT same('SELECT campaign, calls(disposition(''vicidial'', status)) FROM journeys GROUP BY 1', 'what codes stand for', 'codes_by');

SELECT kpi_rollup_create('codes_of', 'journeys', '{campaign}', 'scorecard_journeys(disposition(''vicidial'', status), lead)');
ANALYZE codes_of_cells;
SELECT alone('SELECT campaign, lead_sales(disposition(''vicidial'', status), lead) FROM journeys GROUP BY 1', 'leads by codes',
	'its card does not hold lead_sales%, as it keeps leads by their codes: ask the roll-up for it');

-- What leads come to, by the roll-up's own keys alone
CREATE TABLE led AS SELECT id, nullif(agent, 0) AS lead, one_of('word', id, '{a,b,c,d,e,f,g,h,i,j,k}') AS word, campaign, channel, called_at, outcome, talk, filler || id AS filler FROM calls;
SELECT kpi_rollup_create('led_by', 'led', ARRAY['campaign', 'date_trunc(''year'', called_at) AS year'],
	'scorecard_calls(outcome) + scorecard_journeys(outcome, lead) + scorecard_time(talk, NULL, NULL)');
SELECT kpi_rollup_create('led_all', 'led', '{}', 'scorecard_journeys(outcome, lead) FILTER (WHERE channel = ''web'') + scorecard_time(talk, NULL, NULL)');
SELECT kpi_rollup_create('led_words', 'led', '{campaign,channel}', 'scorecard_journeys(outcome, word)');
ANALYZE led, led_by_cells, led_by_leads, led_all_cells, led_all_leads, led_words_cells, led_words_leads;
CREATE FUNCTION of_leads(what text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT same(q, what || ': ' || q, r) FROM (VALUES
		('led_by', 'SELECT campaign, date_trunc(''year'', called_at), lead_calls(outcome, lead), lead_contact_rate(outcome, lead), calls(outcome), talk_time(talk), count(*) FROM led GROUP BY 1, 2'),
		('led_by', 'SELECT date_trunc(''year'', called_at) AS y, scorecard_journeys(outcome, lead), lead_contact_rate(outcome, lead) FILTER (WHERE extract(year FROM called_at) = 2023), scorecard_calls(outcome)
			FROM led WHERE campaign = ''heat'' GROUP BY 1 HAVING lead_calls(outcome, lead) > 1'),
		('led_by', 'SELECT campaign, lead_sales(outcome, lead) FROM led WHERE called_at >= ''2023-01-01'' AND date_trunc(''year'', called_at) = ''2024-01-01'' GROUP BY 1'),
		('led_by', 'SELECT (SELECT lead_sales(outcome, lead) FROM led WHERE campaign = v.c AND date_trunc(''year'', called_at) = ''2024-01-01'') FROM (VALUES (''solar''), (''heat''), (''none''), (NULL)) v (c)'),
		('led_by', 'SELECT lead_sales(outcome, lead), scorecard_journeys(outcome, lead), count(*) FROM led WHERE campaign IS NULL AND date_trunc(''year'', called_at) = ''2024-01-01'''),
		('led_all', 'SELECT lead_sales(outcome, lead) FILTER (WHERE channel = ''web''), lead_contact_rate(outcome, lead) FILTER (WHERE channel = ''web''), count(*), talk_time(talk) FROM led'),
		('led_words', 'SELECT channel, campaign, lead_contact_rate(outcome, word), scorecard_journeys(outcome, word) FROM led GROUP BY 1, 2')) x (r, q) $$;
SELECT of_leads('leads');
DELETE FROM led WHERE id % 5 = 0;
UPDATE led SET lead = lead + 1, outcome = 'sale' WHERE id % 7 = 0;
UPDATE led SET campaign = 'heat' WHERE id % 11 = 0;
SELECT of_leads('leads that changed');
SELECT kpi_rollup_compact('led_by') >= 0, kpi_rollup_compact('led_words') >= 0;
SELECT of_leads('leads that were merged');
DELETE FROM led WHERE lead = 3 OR word = 'b';
INSERT INTO led (id, lead, campaign, called_at, outcome) VALUES (0, 3, 'new', '2024-02-02', 'sale'), (0, NULL, 'new', '2024-02-02', 'sale'), (0, 4, 'new', '2024-02-02', NULL);
SELECT of_leads('leads that changed again');
SELECT alone('SELECT campaign, lead_contact_rate(outcome, lead) FROM led GROUP BY 1', 'fewer keys',
	'a lead that several of its cells have counts once in the query: group by date_trunc(''year''::text, called_at), too');
SELECT alone('SELECT lead_contact_rate(outcome, lead) FROM led', 'no keys', '%group by campaign, too, and by date_trunc(''year''::text, called_at)');
SELECT alone('SELECT upper(campaign), lead_contact_rate(outcome, lead) FROM led WHERE date_trunc(''year'', called_at) = ''2024-01-01'' GROUP BY 1', 'a function of a key', '%: group by campaign, too');
SELECT alone('SELECT campaign, date_trunc(''year'', called_at), lead_contact_rate(outcome, lead + 1) FROM led GROUP BY 1, 2', 'another lead', 'its card does not hold lead_contact_rate%, which is of another outcome or lead');
SELECT alone('SELECT channel, campaign, lead_contact_rate(outcome, word), calls(outcome) FROM led GROUP BY 1, 2', 'calls that the card does not have', 'its card does not hold calls%');
SELECT alone('SELECT campaign, date_trunc(''year'', called_at), lead_contact_rate(outcome, lead) FROM led WHERE lead > 3 GROUP BY 1, 2', 'some leads', 'lead is not a function of its keys%');
SELECT alone('SELECT campaign, date_trunc(''year'', called_at), lead_contact_rate(outcome, lead) FROM led WHERE disposition(''vicidial'', filler, false) IS NULL GROUP BY 1, 2',
	'leads by what codes stand for that are no key', 'filler is not a function of its keys%');
-- texts that are equal by a collation, and not the same
CREATE FUNCTION led_collated() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') THEN
		RETURN;
	END IF;
	CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	CREATE TABLE cased AS SELECT lead, one_of('case', id, '{web,Web,WEB,shop}') AS word, campaign, outcome, filler FROM led;
	PERFORM kpi_rollup_create('cased_by', 'cased', '{campaign,word}', 'scorecard_calls(outcome) + scorecard_journeys(outcome, lead)');
	ANALYZE cased, cased_by_cells, cased_by_leads;
	RETURN QUERY SELECT same('SELECT campaign, lead_calls(outcome, lead), lead_contact_rate(outcome, lead) FROM cased WHERE word = ''web'' GROUP BY 1', 'leads by one text', 'cased_by');
	RETURN QUERY SELECT alone('SELECT campaign, lead_calls(outcome, lead), lead_contact_rate(outcome, lead) FROM cased WHERE word = ''web'' COLLATE any_case GROUP BY 1', 'leads by texts that are equal',
		'a lead that several of its cells have%group by word, too');
	RETURN QUERY SELECT same('SELECT campaign, calls(outcome) FROM cased WHERE word = ''web'' COLLATE any_case GROUP BY 1', 'texts that are equal', 'cased_by');
	RETURN QUERY SELECT is((SELECT array_agg(DISTINCT reason) FROM kpi_rollup_advise('SELECT word COLLATE any_case, calls(outcome) FROM cased GROUP BY 1')),
		ARRAY['equal values of word may look different'], 'groups of them look like the one or the other');
END $$;
SELECT led_collated();
PREPARE led_kept (text) AS SELECT date_trunc('year', called_at), lead_contact_rate(outcome, lead) FROM led WHERE campaign = $1 GROUP BY 1;
SELECT is(says('EXECUTE led_kept (''heat'')'), 'led_by', 'a kept plan');
SELECT kpi_rollup_rebuild('led_by');
SELECT is(says('EXECUTE led_kept (''heat'')'), 'led_by', 'after counting again');
SELECT of_leads('leads that were counted again');
DELETE FROM led;
SELECT of_leads('no leads');

-- Codes, of which some stand for nothing
CREATE TABLE coded AS SELECT id, campaign, agent, channel, called_at, one_of('status', id, '{SALE,NI,A,B,"NI ",CALLBK,none,NULL}') AS status, reason, product, talk, handle, amount, created, filler || id AS filler FROM calls;
UPDATE coded SET status = nullif(status, 'NULL');
SELECT kpi_rollup_create('coded_by', 'coded', ARRAY['campaign', 'date_trunc(''quarter'', called_at) AS quarter', 'disposition(''vicidial'', status) AS outcome'],
	'scorecard_calls(disposition(''vicidial'', status)) + scorecard_leads(disposition(''vicidial'', status)) FILTER (WHERE disposition(''vicidial'', status) <> ''no_answer'' AND channel = ''web'')
	+ scorecard_reasons(disposition(''vicidial'', status), reason) + scorecard_products(disposition(''vicidial'', status), product, amount)
	+ scorecard_time(talk, handle, NULL) FILTER (WHERE disposition(''vicidial'', status) = ''sale'') + scorecard_money(amount, NULL, NULL, NULL)
	+ scorecard_delays(''speed_to_lead'', called_at - created)');
DELETE FROM coded WHERE id % 5 = 0;
UPDATE coded SET campaign = 'heat', status = 'NI' WHERE id % 11 = 0;
ANALYZE coded, coded_by_cells;
CREATE FUNCTION of_codes(what text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT same(q, what || ': ' || q, 'coded_by') FROM (SELECT replace(replace(q, '{o}', 'disposition(''vicidial'', status, false)'), '{strict}', 'disposition(''vicidial'', status)') AS q
	FROM unnest(ARRAY[
		'SELECT campaign, calls({o}), contact_rate({o}), conversion_rate({o}), count({o}), count(*), count(status), scorecard_calls({o}) FROM coded GROUP BY 1',
		'SELECT calls({o}), refusal_reasons({o}, reason), product_mix({o}, product), product_revenue_mix({o}, product, amount), scorecard_reasons({o}, reason) FROM coded',
		'SELECT campaign, refusal_reasons({o}, reason), sales({o}) FROM coded WHERE status = ''none'' GROUP BY 1',
		'SELECT {o}, status, revenue(amount), speed_to_lead(created, called_at) FROM coded GROUP BY 1, 2',
		'SELECT campaign, {o} IS NULL, calls({o}), count(*) FROM coded WHERE {o} IS DISTINCT FROM ''sale'' GROUP BY 1, 2',
		'SELECT date_trunc(''year'', called_at), talk_time(talk) FILTER (WHERE {o} = ''sale''), average_handle_time(talk, handle) FILTER (WHERE {o} = ''sale''), calls({o}) FILTER (WHERE {o} IS NULL),
			count(*) FILTER (WHERE {o} = ''sale'') FROM coded GROUP BY 1',
		'SELECT campaign, scorecard_leads({o}) FILTER (WHERE {o} <> ''no_answer'' AND channel = ''web''), calls({o}) FROM coded GROUP BY 1',
		'SELECT campaign, calls({strict}), contact_rate({strict}), refusal_reasons({strict}, reason), count(*) FROM coded GROUP BY 1',
		'SELECT {strict}, calls({o}) FROM coded GROUP BY 1',
		'SELECT calls({o}) FILTER (WHERE {strict} = ''sale''), count(*) FROM coded WHERE campaign = ''solar''']) q) x $$;
SELECT of_codes('codes without an outcome');
SELECT is(says('SELECT calls(disposition(''vicidial'', status, false)) FROM coded'), 'coded_by', 'a call that does not raise');
PREPARE strictly AS SELECT campaign, calls(disposition('vicidial', status)) FROM coded GROUP BY 1;
SELECT alike(answered('SELECT calls(disposition(''vicidial'', status)) FROM coded', true), '22023 code "%" of source "vicidial" has no outcome', 'one that does, raises');
SELECT throws_ok('EXECUTE strictly', '22023', NULL, 'a kept plan, too');
SELECT results_eq($$SELECT answers, reason FROM kpi_rollup_advise('SELECT calls(disposition(''vicidial'', status)) FROM coded')$$,
	$$VALUES (false, 'it would answer, but it has codes that stand for no outcome')$$, 'which is said');
SAVEPOINT s;
-- a code that no row has any longer is in cells that wait to be merged
DELETE FROM coded WHERE status IN ('none', 'NI ', 'B');
SELECT is(says('EXECUTE strictly'), 'coded_by', 'all codes have an outcome');
SELECT of_codes('codes that have gone');
ROLLBACK TO s;
-- what codes stand for is what they stand for now
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('vicidial', 'none', 'refused'), ('vicidial', 'NI ', 'sale') ON CONFLICT DO NOTHING;
SELECT of_codes('codes that got an outcome');
SELECT is(says('EXECUTE strictly'), 'coded_by', 'a kept plan answers');
UPDATE kpi_disposition SET outcome = 'sale+callback' WHERE source = 'vicidial' AND code = 'none';
SELECT of_codes('codes that got another outcome');
SELECT alone('SELECT calls(disposition(''vicidial/heat'', status)) FROM coded', 'codes of another source', 'its card does not hold calls(disposition(''vicidial/heat''::text, status, true)), but such figures of disposition(''vicidial''::text, status, false)%');
SELECT alone('SELECT calls(disposition(''vicidial'', status) | ''lost'') FROM coded', 'outcomes made of codes', 'its card does not hold calls%');
SELECT same('SELECT disposition(''vicidial/heat'', status, false), count(*) FROM coded GROUP BY 1', 'a key by codes of another source', 'coded_by');
SELECT is(answered('SELECT disposition(''nowhere'', status, false), count(*) FROM coded GROUP BY 1', true), answered('SELECT disposition(''nowhere'', status, false), count(*) FROM coded GROUP BY 1', false), 'a source that has none');
SELECT alike(answered('SELECT disposition(''nowhere'', status, false), count(*) FROM coded GROUP BY 1', true), '22023 unknown source%', 'raises');
-- sources that differ by row
CREATE TABLE sourced AS SELECT id, campaign, CASE WHEN id % 9 = 0 THEN 'nowhere' WHEN id % 2 = 0 THEN 'vicidial' ELSE 'vicidial/web' END AS source, one_of('status', id, '{SALE,NI,A}') AS status, filler || id AS filler FROM calls;
SELECT kpi_rollup_create('sourced_by', 'sourced', '{campaign}', 'scorecard_calls(disposition(source, status))');
ANALYZE sourced, sourced_by_cells;
SELECT is(answered('SELECT calls(disposition(source, status, false)) FROM sourced', true), answered('SELECT calls(disposition(source, status, false)) FROM sourced', false), 'rows of an unknown source raise');
DELETE FROM sourced WHERE source = 'nowhere';
SELECT same('SELECT campaign, calls(disposition(source, status, false)) FROM sourced GROUP BY 1', 'which have gone', 'sourced_by');
SELECT same('SELECT campaign, calls(disposition(source, status)) FROM sourced GROUP BY 1', 'strictly', 'sourced_by');
SELECT is(says('SELECT campaign, calls(disposition(source, status)) FROM sourced GROUP BY 1'), 'sourced_by', 'is answered');

-- Partitions
CREATE TABLE parted (LIKE calls) PARTITION BY RANGE (called_at);
CREATE TABLE parted_2023 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE parted_2024 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
INSERT INTO parted SELECT * FROM calls;
SELECT kpi_rollup_create('parted_by', 'parted', '{campaign,called_at::date AS day}', 'scorecard_calls(outcome)');
ANALYZE parted;
ANALYZE parted_by_cells;
SELECT same('SELECT campaign, calls(outcome), count(*) FROM parted GROUP BY campaign', 'all partitions', 'parted_by');
SELECT same('SELECT date_trunc(''month'', called_at), called_at::date, calls(outcome) FROM parted WHERE called_at >= ''2024-01-01'' AND called_at < ''2024-03-01'' GROUP BY 1, 2', 'one of them', 'parted_by');
SELECT same('SELECT campaign, calls(outcome) FROM parted_2024 GROUP BY campaign', 'a partition by itself', 'none');
PREPARE parted_kept AS SELECT calls(outcome), count(*) FROM parted WHERE called_at >= '2024-01-01';
SELECT is(says('EXECUTE parted_kept'), 'parted_by', 'a plan that reads one of them');
ALTER TABLE parted_2023 DISABLE TRIGGER kpi_rollup_delete;
SELECT isnt(says('EXECUTE parted_kept'), 'parted_by', 'not when a trigger of another is off');
SELECT alone('SELECT calls(outcome) FROM parted', 'a trigger is off', 'trigger kpi_rollup_delete of table "parted_2023" is disabled');
ALTER TABLE parted_2023 ENABLE TRIGGER kpi_rollup_delete;

-- One that comes and goes
PREPARE by_line AS SELECT line, calls(outcome) FROM calls GROUP BY line;
SELECT isnt(says('EXECUTE by_line'), 'by_line', 'none for it');
SELECT kpi_rollup_create('by_line', 'calls', '{line}', 'scorecard_calls(outcome)');
SELECT is(says('EXECUTE by_line'), 'by_line', 'one that came');
SELECT kpi_rollup_drop('by_line');
SELECT isnt(says('EXECUTE by_line'), 'by_line', 'and went');

-- Rights: who may read the table's columns gets the figures, with and without the roll-up
CREATE ROLE answer_owner;
CREATE ROLE answer_reader;
CREATE ROLE answer_other;
GRANT USAGE, CREATE ON SCHEMA answer TO PUBLIC;
CREATE FUNCTION team_of(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN left($1, 1); END $$;
CREATE TABLE owned AS SELECT * FROM calls;
ALTER TABLE owned OWNER TO answer_owner;
GRANT SELECT ON owned TO answer_reader;
GRANT SELECT (campaign, outcome) ON owned TO answer_other;
SET LOCAL ROLE answer_owner;
SELECT kpi_rollup_create('owned_by', 'owned', '{campaign,channel,team_of(campaign) AS team}', 'scorecard_calls(outcome)');
ANALYZE owned;
ANALYZE owned_by_cells;
SELECT kpi_rollup_create('owned_leads', 'owned', '{campaign}', 'scorecard_journeys(outcome, agent)');
ANALYZE owned_leads_cells, owned_leads_leads;
CREATE VIEW owned_view AS SELECT channel, outcome FROM owned WHERE campaign = 'heat';
GRANT SELECT ON owned_view TO answer_other;
CREATE VIEW barrier WITH (security_barrier) AS SELECT channel, outcome FROM owned WHERE campaign = 'heat';
SELECT same('SELECT campaign, calls(outcome), count(*) FROM owned GROUP BY 1', 'the owner', 'owned_by');
SELECT alone('SELECT channel, calls(outcome) FROM barrier WHERE channel::text <> ''web'' GROUP BY 1', 'a security barrier', 'the query does not aggregate rows of "owned" alone');
SET LOCAL ROLE answer_reader;
SELECT same('SELECT campaign, calls(outcome), count(*) FROM owned GROUP BY 1', 'a reader', 'owned_by');
SELECT same('SELECT team_of(campaign), calls(outcome) FROM owned GROUP BY 1', 'a key that is a function', 'owned_by');
SELECT same('SELECT campaign, lead_sales(outcome, agent) FROM owned GROUP BY 1', 'what leads come to', 'owned_leads');
SELECT throws_ok('SELECT * FROM owned_by', '42501', NULL, 'who may not read the roll-up');
SET LOCAL ROLE answer_other;
SELECT same('SELECT campaign, calls(outcome) FROM owned GROUP BY 1', 'a reader of two columns', 'owned_by');
SELECT is(answered('SELECT channel, calls(outcome) FROM owned GROUP BY 1', true), '42501 permission denied for table owned', 'and of no other');
SELECT is(answered('SELECT campaign, lead_sales(outcome, agent) FROM owned GROUP BY 1', true), '42501 permission denied for table owned', 'nor of leads');
SELECT is(answered('SELECT calls(outcome) FILTER (WHERE channel = ''web'') FROM owned', true), '42501 permission denied for table owned', 'nor in a filter');
SELECT same('SELECT channel, calls(outcome) FROM owned_view GROUP BY 1', 'a view', 'owned_by');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION team_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION team_of(text) TO answer_owner;
SET LOCAL ROLE answer_reader;
SELECT is(answered('SELECT team_of(campaign), calls(outcome) FROM owned GROUP BY 1', true), '42501 permission denied for function team_of', 'a function that the reader may not call');
SELECT is(answered('SELECT calls(outcome) FROM owned WHERE team_of(campaign) = ''s''', true), '42501 permission denied for function team_of', 'nor in a condition');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION contact_rate(outcome) FROM PUBLIC;
SET LOCAL ROLE answer_reader;
SELECT is(answered('SELECT contact_rate(outcome) FROM owned', true), '42501 permission denied for aggregate contact_rate', 'an aggregate that the reader may not call');
SELECT same('SELECT calls(outcome) FROM owned', 'another', 'owned_by');
RESET ROLE;
GRANT EXECUTE ON FUNCTION contact_rate(outcome) TO PUBLIC;
REVOKE SELECT ON owned FROM answer_reader;
SET LOCAL ROLE answer_reader;
SELECT is(answered('SELECT campaign, calls(outcome) FROM owned GROUP BY 1', true), '42501 permission denied for table owned', 'a right that was revoked');
RESET ROLE;
GRANT SELECT ON owned TO answer_reader;
-- a plan that another role made
SET LOCAL ROLE answer_reader;
PREPARE by_role AS SELECT campaign, count(*) FROM owned GROUP BY 1;
SELECT is(says('EXECUTE by_role'), 'owned_by', 'a plan');
RESET ROLE;
-- row-level security
ALTER TABLE owned ENABLE ROW LEVEL SECURITY;
CREATE POLICY web ON owned TO answer_reader USING (channel = 'web');
SELECT same('SELECT campaign, calls(outcome) FROM owned GROUP BY 1', 'whom row-level security does not concern', 'owned_by');
SET LOCAL ROLE answer_reader;
SELECT alone('SELECT campaign, calls(outcome) FROM owned GROUP BY 1', 'row-level security', 'row-level security or a security barrier applies');
SELECT isnt(says('EXECUTE by_role'), 'owned_by', 'a plan of before');
RESET ROLE;
ALTER TABLE owned DISABLE ROW LEVEL SECURITY;
-- a roll-up of somebody who does not own the table answers for himself alone
GRANT SELECT, TRIGGER ON owned TO answer_other;
SET LOCAL ROLE answer_owner;
SELECT kpi_rollup_drop('owned_by');
SELECT kpi_rollup_drop('owned_leads');
SET LOCAL ROLE answer_other;
SELECT kpi_rollup_create('others_by', 'owned', '{campaign}', 'scorecard_calls(outcome)');
ANALYZE others_by_cells;
UPDATE others_by_cells SET added = '{}', n = 1;
SELECT is(says('SELECT campaign, count(*) FROM owned GROUP BY 1'), 'others_by', 'to who owns the roll-up');
SET LOCAL ROLE answer_reader;
SELECT alone('SELECT campaign, count(*) FROM owned GROUP BY 1', 'to nobody else', 'its owner is neither you nor who owns table "owned"');
SET LOCAL ROLE answer_owner;
SELECT alone('SELECT campaign, count(*) FROM owned GROUP BY 1', 'not to the table''s owner', 'its owner is neither you%');
RESET ROLE;
SELECT alone('SELECT campaign, count(*) FROM owned GROUP BY 1', 'not to a superuser', 'its owner is neither you%');
SET LOCAL ROLE answer_other;
PREPARE mine AS SELECT campaign, count(*) FROM owned GROUP BY 1;
SELECT is(says('EXECUTE mine'), 'others_by', 'a plan that its owner made');
SET LOCAL ROLE answer_owner;
SELECT is(says('EXECUTE mine'), 'its owner is neither you nor who owns table "owned"', 'run by another');
RESET ROLE;
GRANT answer_owner TO answer_other;
SELECT is(says('SELECT campaign, count(*) FROM owned GROUP BY 1'), 'others_by', 'one who has the rights of the table''s owner is believed');
REVOKE answer_owner FROM answer_other;
SELECT is(says('EXECUTE mine'), 'its owner is neither you nor who owns table "owned"', 'no longer');

-- A cell of which the table has no row any more does not raise
CREATE TABLE dead AS SELECT 1 + i % 5 AS agent, i % 3 AS part, 'x' || i % 4 AS code, CASE WHEN i % 3 = 0 THEN 'sale' ELSE 'busy' END::outcome AS outcome, repeat('x', 300) || i AS filler FROM generate_series(1, 5000) i;
SELECT kpi_rollup_create('dead_by', 'dead', '{agent,part,code}', 'scorecard_calls(outcome)');
INSERT INTO dead VALUES (0, 1, 'one', 'sale'), (0, 2, 'x', 'busy');
SELECT alike(answered(format('SELECT %s, calls(outcome) FROM dead GROUP BY 1', q), true), '22%', 'raises: ' || q) FROM unnest('{100 / agent,"substr(code, 2)::int"}'::text[]) q;
DELETE FROM dead WHERE agent = 0;
DELETE FROM dead WHERE agent = 2 AND part = 1;
ANALYZE dead, dead_by_cells;
SELECT same(q, 'has gone: ' || q, 'dead_by') FROM unnest(ARRAY[
	'SELECT 100 / agent, calls(outcome), sales(outcome), count(*) FROM dead GROUP BY 1',
	'SELECT calls(outcome), count(*) FROM dead WHERE 100 / agent > 30',
	'SELECT part, calls(outcome) FILTER (WHERE 100 / agent > 30), count(*), count(10 / agent) FROM dead WHERE part <> 2 AND agent IN (0, 2, 3) GROUP BY 1',
	'SELECT code::varchar(20), substr(code, 2)::int, contact_rate(outcome) FROM dead WHERE upper(code) <> ''X3'' GROUP BY 1, 2',
	'SELECT agent, calls(outcome) FROM dead WHERE 100 / agent > 1000 GROUP BY 1',
	'SELECT (SELECT calls(outcome) FROM dead WHERE 100 / agent = v) FROM generate_series(20, 100, 10) v']) q;

-- A date is a time where the conditions, or what it is made of, keep it in range; then cells are grouped once
CREATE FUNCTION groups(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	line text;
	result int := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		result := result + (line ~ 'Aggregate|KpiScan')::int;
	END LOOP;
	RETURN result;
END $$;
CREATE TABLE dated AS SELECT date '2026-01-01' + i % 100 AS day, timestamptz '2026-01-01 07:00+00' + i % 100 * interval '1 day' AS called_at,
	CASE WHEN i % 3 = 0 THEN 'sale' ELSE 'busy' END::outcome AS outcome, repeat('x', 300) || i AS filler FROM generate_series(1, 5000) i;
SELECT kpi_rollup_create('dated_by', 'dated', '{day,called_at::date AS called}', 'scorecard_calls(outcome)');
INSERT INTO dated VALUES ('5000000-01-01', '2026-01-01', 'sale'), ('2026-02-01', '2026-01-01', 'sale');
DELETE FROM dated WHERE day = '5000000-01-01';
ANALYZE dated, dated_by_cells;
CREATE TABLE asked (query text, groups int);
INSERT INTO asked VALUES
	('SELECT date_trunc(''month'', day), calls(outcome) FROM dated GROUP BY 1', 2),
	('SELECT date_trunc(''month'', day), calls(outcome) FROM dated WHERE day >= ''2026-01-20'' GROUP BY 1', 2),
	('SELECT date_trunc(''month'', day), calls(outcome) FROM dated WHERE day >= ''2026-01-20'' AND day < ''infinity'' GROUP BY 1', 2),
	('SELECT date_trunc(''month'', day), calls(outcome) FROM dated WHERE day >= ''4700-01-01 BC'' AND day < ''2027-01-01'' GROUP BY 1', 2),
	('SELECT date_trunc(''month'', day), calls(outcome) FROM dated WHERE day >= ''2026-01-20'' AND day < ''5874000-01-01'' GROUP BY 1', 2),
	('SELECT date_trunc(''month'', day), calls(outcome) FROM dated WHERE (day >= ''2026-01-20'' OR day > ''2026-01-25'') AND day <> ''2026-02-02'' GROUP BY 1', 2),
	('SELECT date_trunc(''month'', day), calls(outcome) FROM dated WHERE day >= ''2026-01-20'' AND ''2026-03-10'' > day GROUP BY 1', 1),
	('SELECT extract(dow FROM day::timestamp), calls(outcome) FROM dated WHERE day BETWEEN ''2026-01-20'' AND ''2026-02-10'' GROUP BY 1', 1),
	('SELECT date_trunc(''month'', day), calls(outcome) FILTER (WHERE date_trunc(''week'', day) > ''2026-01-05'') FROM dated WHERE day = ''2026-02-01'' GROUP BY 1', 1),
	('SELECT calls(outcome) FROM dated WHERE day BETWEEN ''2026-01-20'' AND ''2026-02-10'' AND extract(dow FROM day::timestamp) = 1', 2),
	('SELECT date_trunc(''month'', called_at), calls(outcome) FROM dated WHERE called_at >= ''2026-02-01'' GROUP BY 1', 1);
SELECT same(query, 'dates: ' || query, 'dated_by') FROM asked;
SELECT is(groups(query), groups, 'groups: ' || query) FROM asked;
INSERT INTO dated VALUES ('5000000-01-01', '2026-01-01', 'sale');
SELECT same(query, 'a date that is no time: ' || query, 'dated_by') FROM asked;
SELECT alike(answered('SELECT date_trunc(''month'', day), calls(outcome) FROM dated GROUP BY 1', true), '22008 %', 'which raises where it is asked of');

-- Something that was not counted
CREATE TABLE faulty AS SELECT * FROM calls;
DELETE FROM faulty WHERE agent = 0;
SELECT kpi_rollup_create('faulty_by', 'faulty', '{campaign,100 / agent AS part}', 'scorecard_calls(outcome)');
ANALYZE faulty;
ANALYZE faulty_by_cells;
PREPARE kept_faulty AS SELECT campaign, count(*) FROM faulty GROUP BY 1;
SELECT is(says('EXECUTE kept_faulty'), 'faulty_by', 'all is counted');
SAVEPOINT s;
INSERT INTO faulty (campaign, agent) VALUES ('solar', 0);
SELECT isnt(says('EXECUTE kept_faulty'), 'faulty_by', 'a row that is not');
SELECT is(answered('SELECT campaign, count(*) FROM faulty GROUP BY 1', true), answered('SELECT campaign, count(*) FROM faulty GROUP BY 1', false), 'the table answers');
ROLLBACK TO s;
SELECT is(says('EXECUTE kept_faulty'), 'faulty_by', 'and when that is taken back, the roll-up');

-- What is not about rows of the table alone
SELECT alone('SELECT a.campaign, calls(a.outcome) FROM calls a JOIN report r USING (campaign) GROUP BY 1', 'a join below', 'the query joins the table before it aggregates');
SELECT alone('SELECT campaign, channel, calls(outcome) FROM calls GROUP BY ROLLUP (campaign, channel)', 'grouping sets', 'the query has grouping sets');
SELECT alone('SELECT calls(outcome) FROM calls TABLESAMPLE SYSTEM (50) REPEATABLE (1)', 'a sample', 'the query takes a sample of the table');
SELECT alone('SELECT campaign, calls(outcome) FROM calls WHERE ctid > ''(0,0)'' GROUP BY 1', 'a system column', 'ctid is not a function of its keys%');
SELECT alone('SELECT calls(outcome) FROM calls WHERE campaign = (SELECT max(c.campaign) FROM report c WHERE c.calls > calls.id)', 'a subquery for each row', '%');
SELECT same('SELECT calls(outcome) FROM calls WHERE campaign = (SELECT max(campaign) FROM report)', 'a subquery for all rows');
SELECT alone('SELECT campaign, calls(outcome) FROM calls WHERE random() >= 0 GROUP BY 1', 'chance', '%random() >= %is not the same each time');
SELECT results_eq('SELECT answers, reason FROM kpi_rollup_advise(''SELECT id FROM calls'')', $$VALUES (false, 'the query does not aggregate rows of "calls" alone')$$, 'no aggregates');
SELECT results_eq('SELECT rollup, reason FROM kpi_rollup_advise(''SELECT calls(outcome) FROM (SELECT NULL::outcome AS outcome FROM report) r'')', $$VALUES (NULL::text, 'table "report" has no roll-up')$$, 'no roll-ups');
SELECT throws_ok($$SELECT * FROM kpi_rollup_advise('DELETE FROM calls')$$, '0A000', NULL, 'a query that is none');
SELECT throws_ok($$SELECT * FROM kpi_rollup_advise('SELECT 1; SELECT 2')$$, '0A000', NULL, 'two queries');
SELECT throws_ok($$SELECT * FROM kpi_rollup_advise('WITH d AS (DELETE FROM calls RETURNING 1) SELECT * FROM d')$$, '0A000', NULL, 'a query that writes');

-- what looks after a roll-up is not answered by it
CREATE TABLE off AS SELECT i % 5 AS k, 'sale'::outcome AS outcome FROM generate_series(1, 20000) i;
ANALYZE off;
SELECT kpi_rollup_create('off_by', 'off', '{k}', 'scorecard_calls(outcome)') AS made;
UPDATE off_by_cells SET n = n + 1;
SELECT results_eq($$SELECT count(*) FROM kpi_rollup_check('off_by')$$, $$VALUES (5::bigint)$$, 'a check asks the table');
SELECT kpi_rollup_rebuild('off_by');
SELECT results_eq($$SELECT count(*) FROM kpi_rollup_check('off_by')$$, $$VALUES (0::bigint)$$, 'so does counting again');

-- rows that the roll-up has rejected, and rows that are not counted before the commit
CREATE TABLE spoiled AS SELECT i % 5 AS k, 'sale'::outcome AS outcome, 1 AS talk FROM generate_series(1, 20000) i;
ANALYZE spoiled;
SELECT kpi_rollup_create('by_k', 'spoiled', '{k}', 'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL)') AS made;
PREPARE spoiled_kept AS SELECT k, conversion_rate(outcome) FROM spoiled GROUP BY k;
SELECT is(says('EXECUTE spoiled_kept'), 'by_k', 'a table without rejected rows');
INSERT INTO spoiled VALUES (1, 'sale', -1);
SELECT is(says('EXECUTE spoiled_kept'), 'rows of the table are rejected', 'a table with a rejected row');
SELECT same('SELECT k, average_talk_time(talk) FROM spoiled GROUP BY k', 'which raises as it does without', 'by_k');
DELETE FROM spoiled WHERE talk < 0;
SELECT is(says('EXECUTE spoiled_kept'), 'by_k', 'when it has gone');
SET LOCAL session_replication_role = replica;
INSERT INTO spoiled VALUES (1, 'busy', 1);
SELECT is(says('EXECUTE spoiled_kept'), 'rows that this transaction has written as a replica are not counted yet', 'rows of a replica');

SELECT * FROM finish();
ROLLBACK;
