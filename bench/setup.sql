-- The table of calls that is measured, and what measures it.

SET client_min_messages = warning;
CREATE EXTENSION kpi;
ALTER DATABASE postgres SET jit = off;
ALTER DATABASE postgres SET max_parallel_workers_per_gather = 0;
ALTER DATABASE postgres SET work_mem = '4GB';
-- the sections are about the executor's aggregates, but for those about the scan and about roll-ups that answer
ALTER DATABASE postgres SET kpi.enable_scan = off;
ALTER DATABASE postgres SET kpi.enable_rollup_scan = off;

CREATE TYPE status AS ENUM ('no_answer', 'busy', 'machine', 'invalid_number', 'wrong_party', 'gatekeeper', 'off_target',
	'declined', 'callback', 'undecided', 'refused', 'appointment', 'no_show', 'sale', 'direct_sale', 'validated_sale');

-- statuses about as often as a campaign has them, in no order that a branch
-- predictor could learn
CREATE UNLOGGED TABLE calls AS
SELECT l::outcome AS o, l AS t, l::status AS e,
	h % 50 AS g50, h % 500 AS g500, h % 100000 AS g100k, h % 1000000 AS g1m,
	(h % 1000000)::bigint AS lead, 'lead-' || h % 1000000 AS lead_text, i
FROM (
	SELECT i, abs(hashint8(i)) AS h, (ARRAY['no_answer', 'no_answer', 'no_answer', 'no_answer', 'no_answer', 'machine', 'machine', 'machine',
		'machine', 'busy', 'invalid_number', 'wrong_party', 'gatekeeper', 'off_target', 'declined', 'declined', 'callback', 'callback',
		'undecided', 'refused', 'refused', 'appointment', 'no_show', 'sale', 'direct_sale', 'validated_sale'])
		[1 + abs(hashint8(i + 1000000000)) % 26] AS l
	FROM generate_series(1, :rows::bigint) i) s;
VACUUM ANALYZE calls;

-- What a section fills: each case is measured against its base, and more than
-- limit_ratio of the base's time or memory misses the target.
CREATE TABLE cases (id serial, name text, query text, base_name text, base text,
	limit_ratio float8, setting text DEFAULT '', memory boolean DEFAULT false);

CREATE FUNCTION peak_memory(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || query INTO plan;
	RETURN (SELECT max(m[1]::float8) / 1024 FROM regexp_matches(plan::text, '"Peak Memory Usage": (\d+)', 'g') m);
END $$;

-- Milliseconds that the query takes.
CREATE FUNCTION elapsed(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz := clock_timestamp();
BEGIN
	EXECUTE query;
	RETURN 1000 * extract(epoch FROM clock_timestamp() - started);
END $$;

-- Medians of seven runs each, in turns.
CREATE FUNCTION measured(query text, base text, setting text, OUT q float8, OUT b float8) LANGUAGE plpgsql AS $$
DECLARE
	qs float8[]; bs float8[];
BEGIN
	EXECUTE setting;
	FOR run IN 0..7 LOOP
		b := elapsed(base);
		q := elapsed(query);
		-- the first run of each warms up
		CONTINUE WHEN run = 0;
		qs := qs || q;
		bs := bs || b;
	END LOOP;
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) INTO q FROM unnest(qs) v;
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) INTO b FROM unnest(bs) v;
END $$;
