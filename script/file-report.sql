-- The report of the table rows: every KPI of the catalogue that it allows.

\pset border 1
\pset footer off
\pset null -
\pset title 'Your file'
SELECT count(*) AS rows, count(outcome) AS "with an outcome" FROM rows;

\pset title
SELECT format('SELECT family, kpi, %s AS value, "nom français" FROM (SELECT %s FROM rows) k, LATERAL (VALUES %s) v(position, family, kpi, amount, unit, "nom français") ORDER BY position',
	$$ CASE unit WHEN 'fraction' THEN to_char(100 * amount, 'FM990.00') || ' %' ELSE to_char(amount, 'FM999,999,999,990') END $$,
	string_agg(format('%I(outcome)', name), ', '),
	string_agg(format('(%s, %L, %L, k.%I::double precision, %L, %L)',
		position, family, label_en, name, unit, label_fr), ', '))
FROM (SELECT row_number() OVER (ORDER BY array_position(ARRAY['targeting', 'reach', 'sales', 'net sales'], family), rank) AS position, *
	FROM (SELECT row_number() OVER () AS rank, * FROM kpi_catalog) ranked) catalog
\gexec
