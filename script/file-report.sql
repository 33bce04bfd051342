-- The report of the view rows: every KPI of the catalogue that takes an
-- outcome, and for a rate the two numbers of rows that it is made of.

\pset border 0
\pset footer off
\pset null -
\pset tuples_only off

SELECT attname AS "outcome" FROM pg_attribute
WHERE attrelid = 'rows'::regclass AND attname IN ('outcome', 'kpi_outcome')
ORDER BY attnum DESC LIMIT 1
\gset

\pset title 'Your file'
SELECT count(*) AS rows, count(:"outcome") AS "rows with an outcome" FROM rows;
\pset title

-- The catalogue says in words what is counted; each word is a milestone.
CREATE FUNCTION pg_temp.condition(words text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(
		CASE
			WHEN words LIKE 'rows less %' THEN 'not ((invalid_number or wrong_party) and not contact or off_target or unusable or do_not_call and not attempted)'
			ELSE words
		END,
		'\m(?!and\M|or\M|not\M|rows\M)[a-z_]+\M', 'reached(outcome, ''\&'')', 'g')
$$;

SELECT format(
	$$SELECT kpi, lpad(coalesce(value, '-'), 9) AS "    value", lpad(counts, 15) AS "           from", french AS "nom français"
	FROM (SELECT %s FROM (SELECT %I AS outcome, true AS rows FROM rows) r WHERE outcome IS NOT NULL) k,
		LATERAL (VALUES %s) v (position, kpi, value, counts, french)
	ORDER BY position$$,
	string_agg(format('%1$I(outcome) AS %1$I, count(*) FILTER (WHERE %2$s) AS %3$I, count(*) FILTER (WHERE %4$s) AS %5$I',
		name, pg_temp.condition(numerator), name || ' numerator',
		coalesce(pg_temp.condition(denominator), 'false'), name || ' denominator'), ', '),
	:'outcome',
	string_agg(CASE unit
		WHEN 'fraction' THEN format($$(%s, %L, to_char(100 * %I, 'FM9990.00') || ' %%', %I || ' / ' || %I, %L)$$,
			position, name, name, name || ' numerator', name || ' denominator', label_fr)
		ELSE format($$(%s, %L, %I::text, '', %L)$$, position, name, name, label_fr)
	END, ', '))
FROM (
	SELECT *, row_number() OVER (ORDER BY array_position(ARRAY['targeting', 'reach', 'sales', 'net sales'], family), rank) AS position
	FROM (SELECT *, row_number() OVER () AS rank FROM kpi_catalog) ranked
	WHERE to_regprocedure(format('%I(outcome)', name)) IS NOT NULL
) catalog
\gexec
