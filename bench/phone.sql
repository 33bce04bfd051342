-- Phone numbers, in the ways in which they are written, against regular
-- expressions that know French numbers only.

CREATE EXTENSION kpi_phone;

-- seven mobiles out of ten, one number in a hundred a digit short
CREATE UNLOGGED TABLE numbers AS
SELECT digits, regexp_replace(digits, '(..)(?!$)', '\1 ', 'g') AS pairs, '+33' || substr(digits, 2) AS international,
	'Tel. ' || regexp_replace(digits, '(..)(?!$)', '\1.', 'g') AS noted
FROM (
	SELECT left(CASE WHEN h % 10 < 7 THEN '060040' ELSE '019900' END || lpad((h / 1000 % 10000)::text, 4, '0'),
		CASE WHEN h / 10 % 100 = 0 THEN 9 ELSE 10 END) AS digits
	FROM (SELECT abs(hashint8(i)::bigint) AS h FROM generate_series(1, :rows::bigint) i) s) s;
VACUUM ANALYZE numbers;

CREATE TEMP TABLE phone_cases AS
SELECT name, replace(query, '$', form) AS query, format($$
	SELECT count(*) FILTER (WHERE %1$s ~ '^(0|\+33|0033)[67]\d{8}$')::float8 / count(*),
		count(*) FILTER (WHERE %1$s !~ '^(0|\+33|0033)[1-79]\d{8}$')::float8 / count(*) FROM numbers$$,
	CASE WHEN form IN ('digits', 'international') THEN form ELSE format($$regexp_replace(%s, '[^0-9+]', '', 'g')$$, form) END) AS base
FROM (VALUES
	('0600401234', 'digits', 'SELECT mobile_rate(line_type($, ''FR'')), invalid_line_rate(line_type($, ''FR'')) FROM numbers'),
	('06 00 40 12 34', 'pairs', 'SELECT mobile_rate(line_type($, ''FR'')), invalid_line_rate(line_type($, ''FR'')) FROM numbers'),
	('+33600401234', 'international', 'SELECT mobile_rate(line_type($, ''FR'')), invalid_line_rate(line_type($, ''FR'')) FROM numbers'),
	('Tel. 06.00.40.12.34', 'noted', 'SELECT mobile_rate(line_type($, ''FR'')), invalid_line_rate(line_type($, ''FR'')) FROM numbers'),
	('0600401234, and its E.164', 'digits', 'SELECT mobile_rate(line_type($, ''FR'')), count(e164($, ''FR'')) FROM numbers')) c(name, form, query);

-- both give the same, or nothing here means anything
DO $$
DECLARE
	one record;
	ours record;
	hand record;
BEGIN
	FOR one IN SELECT * FROM phone_cases WHERE query !~ 'e164' LOOP
		EXECUTE one.query INTO ours;
		EXECUTE one.base INTO hand;
		ASSERT ours::text = hand::text, format('%s: %s, by hand %s', one.name, ours, hand);
	END LOOP;
END $$;

\pset title 'line_type() on one core'
\pset footer off
SELECT name AS number, to_char(count * 1000 / q, 'FM999,999,990') AS "numbers/s",
	to_char(count * 1000 / b, 'FM999,999,990') AS "by regular expression", to_char(q / b, 'FM990.0') AS ratio
FROM phone_cases, LATERAL measured(query, base, '') m, (SELECT count(*) FROM numbers) n;
