-- The report of the views rows and cards, in the language of the psql variable
-- language: every KPI that the columns of rows allow.

\ir ../examples/readable.sql
\ir ../examples/words.sql
\pset footer off
-- a user's own words may be long
\pset format wrapped
\pset columns 100

-- the columns that options have made, after those of the file
CREATE TEMP TABLE made AS
SELECT regexp_replace(attname, '^(kpi_)+', '') AS option, quote_ident(attname) AS name, attnum
FROM pg_attribute
WHERE attrelid = 'rows'::regclass
	AND attnum > (SELECT max(attnum) FROM pg_attribute WHERE attrelid = 'file'::regclass);

SELECT
	array_agg(option ORDER BY attnum) AS options,
	string_agg(format('count(%s)', name), ', ' ORDER BY attnum) AS counts,
	max(name) FILTER (WHERE option = 'code') AS code_column,
	max(name) FILTER (WHERE option = 'outcome') AS outcome_column,
	max(name) FILTER (WHERE option = 'lead') AS lead_column,
	bool_or(option = 'lead') AS has_leads,
	bool_or(option = 'reason') AS has_reasons,
	bool_or(option = 'product') AS has_products,
	bool_or(option = 'amount') AS has_amounts,
	ARRAY(SELECT unnest('{talk,handle,worked,revenue,cost,customers}'::text[]) EXCEPT SELECT option FROM made) AS missing
FROM made
\gset

CREATE TEMP TABLE card AS SELECT card FROM cards;

-- the items of a mix, the first twenty
CREATE FUNCTION pg_temp.items(items mix, nothing text, others text,
	OUT rank bigint, OUT item text, OUT amount numeric, OUT percent numeric) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT min(rank), CASE WHEN n <= 20 THEN coalesce(min(item), nothing) ELSE format(others, count(*)) END,
		sum(amount), round((100 * sum(share))::numeric, 1)
	FROM mix_items(items) WITH ORDINALITY AS i (rank, item, amount, share, n)
	GROUP BY n <= 20, least(n, 21)
	ORDER BY min(n)
$$;

\echo
\echo :file
SELECT option AS :"column", filled AS :"rows"
FROM (SELECT ARRAY[count(*), :counts] AS counts FROM rows) c,
	unnest(ARRAY[:'every_row'] || :'options'::text[], counts) AS u (option, filled);

\if :skip_unmapped
\echo :unmapped
SELECT CASE WHEN n <= 20 THEN min(code) ELSE format(:'others', count(*)) END AS :"code", sum(occurrences) AS :"rows"
FROM kpi_unmapped(:'dispositions', 'SELECT ' || :'code_column' || ' FROM rows') WITH ORDINALITY AS u (code, occurrences, n)
GROUP BY n <= 20, least(n, 21)
ORDER BY min(n);
\endif

\echo :whole_file
\pset border 0
SELECT label AS :"kpi", value AS :"value", parts AS :"parts", bounds AS :"bounds"
FROM pg_temp.report((SELECT card FROM card), :'language', :'missing')
ORDER BY n;

\if :has_leads
\echo :per_lead
SELECT label AS :"kpi", value AS :"value", parts AS :"parts", bounds AS :"bounds"
FROM pg_temp.report((SELECT scorecard_journeys(:outcome_column, :lead_column) FROM rows), :'language', :'missing')
WHERE kpi IN (SELECT name FROM kpi_catalog WHERE family = 'reach' AND unit = 'fraction')
ORDER BY n;
\endif
\pset border 1

\if :has_reasons
\echo :reasons
SELECT rank AS :"rank", item AS :"reason", amount AS :"refusals", percent AS "%"
FROM pg_temp.items((SELECT refusal_reasons(card) FROM card), :'no_reason', :'others');
\endif

\if :has_products
\echo :products
SELECT rank AS :"rank", item AS :"product", amount AS :"sales", percent AS "%"
FROM pg_temp.items((SELECT product_mix(card) FROM card), :'no_product', :'others');
\endif

\if :has_amounts
\echo :product_amounts
SELECT rank AS :"rank", item AS :"product", amount AS :"amount", percent AS "%"
FROM pg_temp.items((SELECT product_revenue_mix(card) FROM card), :'no_product', :'others');
\endif
