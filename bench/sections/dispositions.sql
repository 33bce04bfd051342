-- A lookup for each row against a hash join to the table; then what a
-- statement with one lookup costs, which is where the session's copy is
-- checked, against the same by a join, over 2,000 statements.

INSERT INTO kpi_disposition (source, code, outcome) SELECT 'bench', e::text, e::text::outcome FROM unnest(enum_range(NULL::status)) e;
ANALYZE kpi_disposition;

CREATE FUNCTION statements(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint := 0; n bigint;
BEGIN
	FOR i IN 1..2000 LOOP
		EXECUTE query INTO n;
		result := result + n;
	END LOOP;
	RETURN result;
END $$;

-- both give the same, or nothing here means anything
DO $$
BEGIN
	IF EXISTS (SELECT FROM calls JOIN kpi_disposition d ON d.source = 'bench' AND d.code = t
		WHERE i <= 10000 AND d.outcome <> disposition('bench', t)) THEN RAISE 'lookup and join differ'; END IF;
END $$;

INSERT INTO cases (name, query, base_name, base, limit_ratio, setting) VALUES
	('count of lookups', $$SELECT count(disposition('bench', t)) FROM calls$$, 'hash join',
		$$SELECT count(d.outcome) FROM calls JOIN kpi_disposition d ON d.source = 'bench' AND d.code = t$$, 1, ''),
	('a rate over lookups', $$SELECT contact_rate(disposition('bench', t)) FROM calls$$, 'hash join',
		$$SELECT contact_rate(d.outcome) FROM calls JOIN kpi_disposition d ON d.source = 'bench' AND d.code = t$$, 1, ''),
	('lookups for one campaign', $$SELECT count(disposition('bench/SPRING', t)) FROM calls$$, 'hash join and fallback',
		$$SELECT count(coalesce(own.outcome, d.outcome)) FROM calls
			LEFT JOIN kpi_disposition own ON own.source = 'bench/SPRING' AND own.code = t
			LEFT JOIN kpi_disposition d ON d.source = 'bench' AND d.code = t$$, 1, ''),
	('statement of one lookup', $$SELECT statements('SELECT count(disposition(''bench'', t)) FROM calls WHERE ctid = ''(0,1)''')$$, 'join',
		$$SELECT statements('SELECT count(d.outcome) FROM calls JOIN kpi_disposition d ON d.source = ''bench'' AND d.code = t WHERE calls.ctid = ''(0,1)''')$$, 1, '');
