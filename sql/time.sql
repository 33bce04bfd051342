-- The KPIs over time: values, NULLs, empty groups, every type, errors
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;
\pset null -
-- the last digits of a double differ between systems
SET extra_float_digits = -3;
SET timezone = 'UTC';
SET intervalstyle = postgres;

CREATE TEMP TABLE day (agent text, talk interval, handle interval, worked interval, calls int, sales bigint);
INSERT INTO day VALUES
	('ana', '2:00', '0:30', '7:00', 80, 4),
	('ana', '3:00', '1:00', '7:00', 90, 2),
	('ben', '1:30', NULL, '3:30', 40, NULL),
	('ben', NULL, '0:10', '0:00', 0, 1),
	('cyd', NULL, NULL, NULL, NULL, NULL);
CREATE TEMP VIEW seconds AS
SELECT agent, extract(epoch FROM talk)::int AS talk, extract(epoch FROM handle)::int AS handle,
	extract(epoch FROM worked)::int AS worked, calls, sales FROM day;

SELECT agent, talk_time(talk), average_talk_time(talk), average_handle_time(talk, handle),
	talk_share(talk, worked), occupancy(talk, handle, worked)
FROM day GROUP BY ROLLUP (agent) ORDER BY agent;
SELECT agent, talk_time_per_day(talk, worked), average_wait_time(handle), pause_share(handle, worked)
FROM day GROUP BY ROLLUP (agent) ORDER BY agent;
SELECT agent, argued_contacts_per_hour(calls, worked), appointments_per_hour(sales, worked), round(revenue_per_hour(calls * 10.5, worked), 4) AS revenue_per_hour
FROM day GROUP BY ROLLUP (agent) ORDER BY agent;
SELECT agent, calls_per_hour(calls, worked), contacts_per_hour(calls, worked), sales_per_hour(sales, worked),
	calls_per_day(calls, worked), contacts_per_day(calls, worked), sales_per_day(sales, worked),
	sales_per_fte(sales, worked, interval '151:40') AS sales_per_fte
FROM day GROUP BY ROLLUP (agent) ORDER BY agent;

-- nothing at all
SELECT talk_time(talk), average_talk_time(talk), average_handle_time(talk, handle), talk_share(talk, worked),
	occupancy(talk, handle, worked), calls_per_hour(calls, worked), sales_per_day(sales, worked),
	sales_per_fte(sales, worked, worked)
FROM day WHERE false;
-- nobody worked; nobody knows what was talked; a part that nobody knows
SELECT talk_share(interval '1 hour', interval '0'), calls_per_hour(3, interval '0'), calls_per_day(3, 0);
SELECT talk_share(NULL, interval '1 hour'), occupancy(NULL, NULL, interval '1 hour'), sales_per_hour(NULL, 3600);
SELECT occupancy(interval '1 hour', NULL, interval '2 hours'), occupancy(NULL, interval '1 hour', interval '2 hours');
-- a call that nobody answered, which dialers write as 0 seconds, is no conversation: 300 s and 60 s of handling over one
SELECT average_talk_time(t), average_handle_time(t, h), average_wait_time(t), talk_time_per_day(t, w)
FROM (VALUES (0, 0, 3600), (0, 0, 0), (300, 60, 3600)) v(t, h, w);
-- counts of any kind: a sum of bigint is numeric, a sale shared by two sellers is half a sale
SELECT calls_per_hour(n, w) AS "numeric", calls_per_hour(n::float8, w) AS "float8", calls_per_hour(round(n)::int, w) AS "integer", calls_per_hour(round(n)::bigint, w) AS "bigint",
	calls_per_hour(n, 7200) AS seconds, sales_per_fte(n, w, '1:00') AS fte
FROM (VALUES (0.6, interval '2:00'), (0.4, NULL)) v(n, w);
SELECT calls_per_hour(sum, w) FROM (SELECT sum(c::bigint) AS sum, interval '0:30' AS w FROM generate_series(1, 5) c) s;
-- more than all of the time
SELECT occupancy(50, 25, 60);

-- seconds give what intervals give, in every type of number
SELECT DISTINCT i = integers AS integers, i = bigints AS bigints, i = floats AS floats, i = numerics AS numerics
FROM (SELECT ARRAY[talk_time(talk)::text, average_talk_time(talk)::text, average_handle_time(talk, handle)::text,
		talk_share(talk, worked)::text, occupancy(talk, handle, worked)::text, calls_per_hour(calls, worked)::text,
		sales_per_day(sales, worked)::text, sales_per_fte(sales, worked, '151:40')::text] AS i FROM day) a,
	(SELECT ARRAY[talk_time(talk)::text, average_talk_time(talk)::text, average_handle_time(talk, handle)::text,
		talk_share(talk, worked)::text, occupancy(talk, handle, worked)::text, calls_per_hour(calls, worked)::text,
		sales_per_day(sales, worked)::text, sales_per_fte(sales, worked, 546000)::text] AS integers FROM seconds) b,
	(SELECT ARRAY[talk_time(talk::bigint)::text, average_talk_time(talk::bigint)::text, average_handle_time(talk, handle::bigint)::text,
		talk_share(talk, worked::bigint)::text, occupancy(talk::bigint, handle, worked)::text, calls_per_hour(calls, worked::bigint)::text,
		sales_per_day(sales, worked::bigint)::text, sales_per_fte(sales, worked, 546000::bigint)::text] AS bigints FROM seconds) c,
	(SELECT ARRAY[talk_time(talk::float8)::text, average_talk_time(talk::float8)::text, average_handle_time(talk, handle::float8)::text,
		talk_share(talk, worked::float8)::text, occupancy(talk::float8, handle, worked)::text, calls_per_hour(calls, worked::float8)::text,
		sales_per_day(sales, worked::float8)::text, sales_per_fte(sales, worked, 546000::float8)::text] AS floats FROM seconds) d,
	(SELECT ARRAY[talk_time(talk::numeric)::text, average_talk_time(talk::numeric)::text, average_handle_time(talk, handle::numeric)::text,
		talk_share(talk, worked::numeric)::text, occupancy(talk::numeric, handle, worked)::text, calls_per_hour(calls, worked::numeric)::text,
		sales_per_day(sales, worked::numeric)::text, sales_per_fte(sales, worked, 546000::numeric)::text] AS numerics FROM seconds) e;

-- a microsecond counts, and a mean is rounded to one
SELECT talk_time(0.000001::numeric), talk_time(1.0000005::numeric), talk_time(0.1::float8), talk_time(interval '1 day 1 us');
SELECT average_talk_time(t), talk_time(t) FROM (VALUES (0.000001), (0.000002), (0.000002)) v(t);
-- ten times a tenth is one, in any order and in any frame
SELECT DISTINCT talk_time(0.1::float8) OVER (ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS t
FROM generate_series(1, 100) ORDER BY 1 DESC LIMIT 1;

-- the union of the ranges
CREATE TEMP TABLE session (agent text, at tstzrange);
INSERT INTO session VALUES
	('ana', '[2026-03-02 09:00, 2026-03-02 12:00)'), ('ana', '[2026-03-02 11:00, 2026-03-02 12:30]'),
	('ana', '[2026-03-02 11:10, 2026-03-02 11:20]'), ('ana', '[2026-03-02 14:00, 2026-03-02 15:00)'),
	('ana', '[2026-03-02 15:00, 2026-03-02 16:00)'), ('ana', NULL),
	('ben', 'empty'), ('ben', '[2026-03-02 11:10, 2026-03-02 11:10]'), ('cyd', NULL),
	('dan', '[2026-03-28 12:00+01, 2026-03-29 12:00+02)');
SELECT agent, worked_time(at) FROM session GROUP BY ROLLUP (agent) ORDER BY agent;
SELECT worked_time(at ORDER BY at DESC) AS backwards, worked_time(at ORDER BY md5(at::text)) AS shuffled FROM session WHERE agent = 'ana';
SELECT agent, worked_time(at) OVER (PARTITION BY agent ORDER BY lower(at) ROWS 1 PRECEDING) FROM session WHERE agent = 'ana';

-- slots by the clock on the wall: the hour that comes twice, and the one that does not come
SELECT to_char(t, 'MM-DD HH24:MI') AS utc, call_slot(t, 'Europe/Paris'), call_slot(t, 'Europe/Paris', '15 min') AS quarter,
	call_slot(t, 'Europe/Paris', '1 day') AS day, call_slot(t, 'Australia/Lord_Howe', '30 min') AS lord_howe, call_slot(t, 'Asia/Kathmandu', '6 hours') AS kathmandu
FROM (VALUES ('2026-10-25 00:20Z'::timestamptz), ('2026-10-25 01:50Z'), ('2026-03-29 00:59Z'), ('2026-03-29 01:00Z'), ('1969-07-20 20:17Z'), ('2026-04-04 15:15Z')) v(t);
SELECT call_slot('infinity', 'UTC'), call_slot(NULL, 'UTC');
-- an offset in text is POSIX's, to the west; an interval is to the east
SELECT call_slot(t, '+02:00') AS posix, call_slot(t, interval '+02:00') AS east, call_slot(t, interval '-5:30', '30 min') AS west, call_slot('infinity', interval '0') AS never
FROM (VALUES ('2026-03-02 01:00Z'::timestamptz)) v(t);

-- errors
\set VERBOSITY sqlstate
SELECT talk_time(-1);
SELECT talk_time(interval '-1 second');
SELECT talk_time(interval '1 month -1 day');
SELECT talk_time('NaN'::float8);
SELECT talk_time('NaN'::numeric);
SELECT talk_time('-infinity'::float8);
SELECT talk_time(1e30::float8);
SELECT talk_time(1e30::numeric);
SELECT talk_time(9223372036854775807);
SELECT talk_time(t) FROM (VALUES (9223372036854), (1)) v(t);
SELECT occupancy(t, t, 1::bigint) FROM (VALUES (9223372036854)) v(t);
SELECT calls_per_hour(n, 1) FROM (VALUES (9223372036854775807), (1)) v(n);
SELECT sales_per_fte(1, 1, f) FROM (VALUES (1), (2)) v(f);
SELECT sales_per_fte(1, 1, 0);
SELECT worked_time('[2026-01-01,)'::tstzrange);
SELECT worked_time('[2026-01-01,infinity]'::tstzrange);
SELECT call_slot(now(), 'Europe/Lutece');
SELECT call_slot(now(), 'UTC', '7 minutes');
SELECT call_slot(now(), 'UTC', '0');
SELECT call_slot(now(), 'UTC', '-1 hour');
SELECT call_slot(now(), 'UTC', '1 month');
SELECT call_slot(now(), interval '1 month');
SELECT call_slot(now(), interval '2 hours', '7 minutes');
SELECT '{1/0/0}'::kpi_durations;
SELECT '{1/1/2}'::kpi_durations;
SELECT '{1/1/1'::kpi_durations;
SELECT '{1/1/1,}'::kpi_durations;
SELECT '{1/1/1}x'::kpi_durations;
SELECT '{1/1}'::kpi_durations;
SELECT ''::kpi_durations;
SELECT '{0/0/0,99999999999999999999/1/1}'::kpi_durations;
SELECT '{0/0/0,0/0/0,0/0/0,0/0/0,0/0/0,0/0/0,0/0/0,0/0/0,0/0/0}'::kpi_durations;
SELECT '{2~1}'::kpi_ranges;
SELECT '{1~2,'::kpi_ranges;
SELECT kpi_durations_accum('{0/0/0}', 1);
SELECT kpi_ranges_accum(NULL, 'empty');
\set VERBOSITY terse
SELECT talk_time(-1.5);
SELECT talk_time(interval '1 year 2 days');
SELECT talk_time(9223372036854775807);
\set VERBOSITY default
SELECT talk_time(interval '-1 second');
SELECT talk_time(interval '1 month');
SELECT talk_time('NaN'::float8);
SELECT worked_time('["2026-01-05 08:00Z",)'::tstzrange);
SELECT worked_time(tstzrange(lower(r), coalesce(upper(r), '2026-01-05 12:00Z'))) FROM (VALUES ('["2026-01-05 08:00Z",)'::tstzrange)) v(r);
SELECT talk_time(t) FROM (VALUES (9223372036854), (1)) v(t);
SELECT occupancy(1, t, 1) FROM (VALUES (9223372036854), (1)) v(t);
SELECT calls_per_hour(1, t::numeric) FROM (VALUES (9000000000000), (9000000000000)) v(t);
\set VERBOSITY terse
SELECT worked_time('(,)'::tstzrange);
SELECT call_slot(now(), 'UTC', '1 hour 1 minute');

-- states go through text
SELECT '{5~7,1~3,2~4}'::kpi_ranges, '{}'::kpi_ranges, '{0/0/0,4/5/2}'::kpi_durations, '{}'::kpi_durations;

-- days whose microseconds are beyond 64 bits
SELECT talk_time(make_interval(days => 200000000));
SELECT talk_time(make_interval(days => -200000000));
