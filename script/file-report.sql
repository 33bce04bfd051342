-- The report of the views calls and cards that file-rows.sql makes, in the
-- language of the psql variable language: every KPI that a file's columns
-- allow. The variable format has it as text, html, csv or json.

SET client_min_messages = warning;
\ir ../examples/readable.sql
\ir ../examples/words.sql
SELECT set_config('readable.language', :'language', false) AS language, set_config('readable.currency', :'currency', false) AS currency
\gset
\pset footer off
-- a user's own words may be long
\pset format wrapped
\pset columns 100
\set before ''
\set after ''

SELECT
	max(name) FILTER (WHERE role = 'code') AS code_column,
	coalesce(bool_or(role = 'lead'), false) AS has_leads,
	coalesce(bool_or(role = 'reason'), false) AS has_reasons,
	coalesce(bool_or(role = 'product'), false) AS has_products,
	coalesce(bool_or(role = 'amount'), false) AS has_amounts,
	coalesce(bool_or(role = 'by'), false) AS has_groups,
	coalesce(bool_or(role = 'period'), false) AS has_periods,
	coalesce(bool_or(role = 'created'), false) AS has_delays,
	coalesce(bool_or(role = 'call' OR role LIKE 'count%'), false) AS has_other_calls,
	EXISTS (SELECT FROM left_out) AS has_left_out,
	:'targets' <> '' AS has_targets,
	:'format' = 'text' AS as_text, :'format' = 'html' AS as_html, :'format' = 'csv' AS as_csv, :'format' = 'json' AS as_json
FROM kpi_options
\gset
SELECT NOT :'has_leads'::boolean AS of_rows,
	set_config('readable.rows', CASE WHEN :'has_other_calls' THEN 'calls' ELSE 'rows' END, false) AS rows_are
\gset

-- KPIs that a file cannot tell: those of a column that it has not; results of
-- appointments and validations of sales where no row has any; how many leads
-- have been called where all rows are calls
CREATE TEMP TABLE hidden AS
SELECT name
FROM kpi_catalog
WHERE EXISTS (SELECT FROM unnest('{talk,handle,worked,revenue,cost,customers,wait,pause,margin}'::text[]) missing
		WHERE missing NOT IN (SELECT role FROM kpi_options) AND (definition_en ~ ('\m' || missing || '\M')))
	OR name IN ('closing_rate', 'settled_closing_rate', 'held_closing_rate', 'held_rate', 'no_show_rate', 'open_rate', 'open_appointments')
		AND (SELECT denominator(kpi(card, 'settled_closing_rate')) FROM total) = 0
	OR name IN ('net_sale_rate', 'cancellation_rate', 'pending_rate', 'net_conversion_rate', 'net_sales')
		AND (SELECT numerator(kpi(card, 'net_sale_rate')) + numerator(kpi(card, 'cancellation_rate')) FROM total) = 0
	OR name = 'penetration_rate'
		AND (SELECT numerator(kpi(card, 'penetration_rate')) = denominator(kpi(card, 'penetration_rate')) FROM total);
SELECT coalesce(array_agg(name), '{}') AS hidden FROM hidden
\gset

\if :as_csv
SELECT format($$COPY (SELECT %sr.family, r.kpi, r.label, CASE WHEN %L AND r.of IN ('calls', 'leads') THEN current_setting('readable.rows') ELSE r.of END AS of,
		r.value, r.unit, r.numerator, r.denominator, r.low, r.high, r.average, r.best%s
	FROM (%s) c, kpi_report(c.card, %L) WITH ORDINALITY AS r (family, family_label, kpi, label, of, value, unit, numerator, denominator, low, high, average, best, n)
	%s WHERE r.kpi NOT IN (SELECT name FROM hidden) ORDER BY c.part, c.period NULLS FIRST, c.by NULLS FIRST, r.n) TO STDOUT (FORMAT csv, HEADER)$$,
	CASE WHEN :'has_groups' THEN 'c.by, ' ELSE '' END || CASE WHEN :'has_periods' THEN 'c.period, ' ELSE '' END,
	:'of_rows'::boolean, CASE WHEN :'has_targets' THEN ', t.target, t.reached, t.verdict' ELSE '' END,
	'SELECT 1 AS part, NULL::text AS by, NULL::date AS period, card FROM total'
		|| CASE WHEN :'has_groups' THEN format(' UNION ALL SELECT 2, coalesce(by, %L), NULL, card FROM cards_by', :'no_group') ELSE '' END
		|| CASE WHEN :'has_periods' THEN ' UNION ALL SELECT 3, NULL, period, card FROM cards_of' ELSE '' END,
	:'language',
	CASE WHEN :'has_targets' THEN format('LEFT JOIN LATERAL (SELECT target, reached, verdict FROM kpi_targets(c.card, %L) k WHERE k.kpi = r.kpi) t ON true',
		'{' || :'targets' || '}') ELSE '' END)
\gexec
\elif :as_json
\pset tuples_only on
\pset format unaligned
CREATE FUNCTION pg_temp.kpis(card scorecard, language text, of_rows boolean) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(to_jsonb(r) - 'n' || CASE WHEN of_rows AND of IN ('calls', 'leads') THEN jsonb_build_object('of', current_setting('readable.rows')) ELSE '{}' END ORDER BY n), '[]')
	FROM kpi_report(card, language) WITH ORDINALITY AS r (family, family_label, kpi, label, of, value, unit, numerator, denominator, low, high, average, best, n)
	WHERE kpi NOT IN (SELECT name FROM hidden)
$$;
SELECT format($$SELECT jsonb_pretty(jsonb_build_object('rows', (SELECT counted FROM kpi_rows),
	'kpis', (SELECT pg_temp.kpis(card, %1$L, %2$L) FROM total),
	'delays', (SELECT coalesce(jsonb_object_agg(delay, delays(card, delay)::jsonb), '{}') FROM total, unnest('{speed_to_lead,sales_cycle}'::text[]) delay WHERE delays(card, delay) IS NOT NULL),
	'left_out', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(l)) ORDER BY in_file, at_line), '[]') FROM left_out l)%3$s%4$s%5$s))$$,
	:'language', :'of_rows',
	CASE WHEN :'has_groups' THEN format($$, 'by', (SELECT jsonb_agg(jsonb_build_object('by', by, 'kpis', pg_temp.kpis(card, %1$L, %2$L)) ORDER BY by) FROM cards_by)$$, :'language', :'of_rows') ELSE '' END,
	CASE WHEN :'has_periods' THEN format($$, 'periods', (SELECT jsonb_agg(jsonb_build_object('period', period, 'kpis', pg_temp.kpis(card, %1$L, %2$L)) ORDER BY period) FROM cards_of)$$, :'language', :'of_rows') ELSE '' END,
	CASE WHEN :'has_targets' THEN format($$, 'targets', (SELECT jsonb_agg(to_jsonb(t)) FROM kpi_targets((SELECT card FROM total), %L, %L) t)$$, '{' || :'targets' || '}', :'language') ELSE '' END)
\gexec
\else
\if :as_html
\pset format html
\pset border 1
\set before <h2>
\set after </h2>
\echo '<!DOCTYPE html><html><head><meta charset="utf-8"><title>kpi</title><style>body{font:15px sans-serif;margin:2em}table{border-collapse:collapse}td,th{padding:.2em .8em;border:1px solid #ccc;white-space:pre}h2{font-size:1em;margin-top:2em}</style></head><body>'
\else
\echo
\endif

-- the items of a mix, the first twenty
CREATE FUNCTION pg_temp.items(items mix, nothing text, others text,
	OUT rank bigint, OUT item text, OUT amount numeric, OUT percent text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT min(rank), CASE WHEN n <= 20 THEN coalesce(min(item), nothing) ELSE format(others, count(*)) END,
		sum(amount), pg_temp.grouped(sum(share)::numeric * 100, 1)
	FROM mix_items(items) WITH ORDINALITY AS i (rank, item, amount, share, n)
	GROUP BY n <= 20, least(n, 21)
	ORDER BY min(n)
$$;

\echo :before:file:after
SELECT name AS :"column", lpad(pg_temp.grouped(filled, 0), max(length(pg_temp.grouped(filled, 0))) OVER ()::integer) AS :"rows"
FROM (
	SELECT 0 AS n, :'every_row' AS name, counted AS filled FROM kpi_rows
	UNION ALL SELECT 1, :'other_rows', otherwise FROM kpi_rows WHERE otherwise > 0
	UNION ALL SELECT 2, :'bad_rows', count(DISTINCT (in_file, at_line)) FROM left_out HAVING count(*) > 0
	UNION ALL SELECT 3, :'calls_made', count(*) FROM calls WHERE :'has_other_calls' HAVING count(*) > 0
	UNION ALL SELECT 3 + n, role, filled FROM kpi_options WHERE role NOT LIKE 'count%'
) f
ORDER BY n;

\if :skip_unmapped
\echo :before:unmapped:after
SELECT CASE WHEN n <= 20 THEN min(code) ELSE format(:'others', count(*)) END AS :"code", sum(occurrences) AS :"rows"
FROM kpi_unmapped(:'dispositions', 'SELECT ' || :'code_column' || ' FROM calls') WITH ORDINALITY AS u (code, occurrences, n)
GROUP BY n <= 20, least(n, 21)
ORDER BY min(n);
\endif

\echo :before:whole_file:after
\pset border 0
\if :as_html
\pset border 1
\endif
SELECT label AS :"kpi", value AS :"value", parts AS :"parts", bounds AS :"bounds"
FROM pg_temp.report((SELECT card FROM total), :'language', :'hidden', :'of_rows')
ORDER BY n;

\if :has_leads
\echo :before:per_lead:after
SELECT label AS :"kpi", pg_temp.flush_right(value, max(length(value)) OVER ()) AS :"value",
	pg_temp.flush_right(parts, max(length(parts)) OVER ()) AS :"parts", pg_temp.flush_right(bounds, max(length(bounds)) OVER ()) AS :"bounds"
FROM (
	SELECT '  ' || CASE :'language' WHEN 'fr' THEN label_fr ELSE label_en END AS label, coalesce(pg_temp.readable(r::numeric, 'fraction'), '-') AS value,
		pg_temp.grouped(numerator(r)::numeric, 0) || ' / ' || pg_temp.grouped(denominator(r)::numeric, 0) AS parts,
		pg_temp.bounds(low(r)::numeric, high(r)::numeric, 'fraction', high(r)::numeric, :'language') AS bounds
	FROM (
		SELECT v.*
		FROM (SELECT lead_calls(card) AS attempted, lead_answers(card) AS answered, lead_contacts(card) AS contact, lead_argued_contacts(card) AS argued FROM total) c,
			LATERAL (VALUES ('answer_rate', ratio(answered, attempted)), ('contact_rate', ratio(contact, attempted)), ('argued_rate', ratio(argued, contact))) v (name, r)
	) leads
		JOIN kpi_catalog USING (name)
) l;
\endif

CREATE TEMP VIEW delayed_parts AS
SELECT delay, d, within
FROM total, unnest('{speed_to_lead,sales_cycle}'::text[]) WITH ORDINALITY AS o (delay, n),
	LATERAL (SELECT delays(card, delay) AS d) held, unnest('{5 min,1 h,24 h,7 days,30 days}'::interval[]) AS within
WHERE denominator(within(d, within)) > 0
ORDER BY n, within;
\if :has_delays
\echo :before:how_long:after
SELECT CASE :'language' WHEN 'fr' THEN label_fr ELSE label_en END AS :"delay", pg_temp.readable(extract(epoch FROM median(d))::numeric, 'interval') AS :"half",
	pg_temp.readable(extract(epoch FROM percentile(d, 0.9))::numeric, 'interval') AS :"nine_in_ten",
	pg_temp.readable(extract(epoch FROM within)::numeric, 'interval') AS :"within_time", pg_temp.grouped(100 * r::numeric, 1) AS "%",
	pg_temp.grouped(numerator(r)::numeric, 0) || ' / ' || pg_temp.grouped(denominator(r)::numeric, 0) AS :"parts", pg_temp.bounds(low(r)::numeric, high(r)::numeric, 'fraction', high(r)::numeric, :'language') AS :"bounds"
FROM (SELECT *, within(d, within) AS r FROM delayed_parts) p
	JOIN kpi_catalog ON name = delay;
\endif

\pset border 1

\if :has_targets
\echo :before:targets_met:after
SELECT label AS :"kpi", pg_temp.readable(value, c.unit) AS :"value", pg_temp.readable(target, c.unit) AS :"target",
	pg_temp.grouped(t.reached, 1) || ' %' AS :"attained", pg_temp.bounds(low, high, c.unit, high, :'language') AS :"bounds", verdict_label AS :"verdict"
FROM kpi_targets((SELECT card FROM total), ('{' || :'targets' || '}')::jsonb, :'language') WITH ORDINALITY
	AS t (family, family_label, kpi, label, of, value, unit, target, reached, low, high, verdict, verdict_label, n)
	JOIN kpi_catalog c ON c.name = t.kpi
ORDER BY n;
\endif

-- The main KPIs of parts of the file: of each a value, and the bounds of rates;
-- without those that the file cannot tell.
CREATE FUNCTION pg_temp.cell(r ratio, unit text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT CASE unit WHEN 'fraction' THEN pg_temp.grouped(100 * r::numeric, 1) ELSE pg_temp.readable(r::numeric, unit) END
$$;
CREATE FUNCTION pg_temp.parts(source text, called text, part text, sorted text, language text, nothing text, headings jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	cell text;
	cells text := '';
	kpi record;
BEGIN
	FOR kpi IN SELECT c.name, c.unit, h.heading
		FROM unnest('{calls,contact_rate,appointments,sales,conversion_rate,average_talk_time,revenue}'::text[]) WITH ORDINALITY AS w (name, n)
			JOIN kpi_catalog c USING (name)
			JOIN jsonb_each_text(headings) h (name, heading) USING (name)
		WHERE EXISTS (SELECT FROM total t, kpi_report(t.card) r WHERE r.kpi = name AND r.value IS NOT NULL AND name NOT IN (SELECT hidden.name FROM hidden)
			AND (r.value > 0 OR name <> 'appointments'))
		ORDER BY n
	LOOP
		cell := format('pg_temp.cell(kpi(card, %L), %L)', kpi.name, kpi.unit);
		cells := cells || format(', pg_temp.flush_right(coalesce(%1$s, ''-''), greatest(max(length(coalesce(%1$s, ''-''))) OVER (), length(%2$L))) AS %2$I', cell, kpi.heading);
		IF kpi.unit = 'fraction' THEN
			cell := format('pg_temp.grouped(100 * low(kpi(card, %1$L))::numeric, 1) || %2$L || pg_temp.grouped(100 * high(kpi(card, %1$L))::numeric, 1)',
				kpi.name, CASE language WHEN 'fr' THEN ' à ' ELSE ' to ' END);
			cells := cells || format(', pg_temp.flush_right(%1$s, max(length(%1$s)) OVER ()) AS %2$I', cell, headings ->> 'bounds');
		END IF;
	END LOOP;
	RETURN format('SELECT coalesce(%1$s::text, %2$L) AS %3$I%4$s FROM %5$s ORDER BY %6$s LIMIT 200', part, nothing, called, cells, source, sorted);
END
$$;
SELECT jsonb_build_object('calls', CASE WHEN :'of_rows' AND :'rows_are' = 'rows' THEN :'rows_short' ELSE :'calls' END, 'contact_rate', :'contact', 'appointments', :'appointments', 'sales', :'sales',
	'conversion_rate', :'conversion', 'average_talk_time', :'average_talk', 'revenue', :'revenue_short', 'bounds', :'bounds') AS headings
\gset

\if :as_text
\pset border 0
\endif
\if :has_groups
\echo :before:by_group:after
SELECT pg_temp.parts('cards_by', left(:'called', 30), 'by', CASE WHEN bool_and(by ~ '^-?[0-9]{1,15}$') THEN 'by::numeric' ELSE 'by' END, :'language', :'no_group', :'headings') FROM cards_by
\gexec
\endif
\if :has_periods
\echo :before:by_period:after
SELECT pg_temp.parts('cards_of', :'period', 'period', 'cards_of.period', :'language', :'no_group', :'headings')
\gexec
\endif
\pset border 1

\if :has_reasons
\echo :before:reasons:after
SELECT rank AS :"rank", item AS :"reason", amount AS :"refusals", percent AS "%"
FROM pg_temp.items((SELECT refusal_reasons(card) FROM total), :'no_reason', :'others');
\endif

\if :has_products
\echo :before:products:after
SELECT rank AS :"rank", item AS :"product", amount AS :"sales", percent AS "%"
FROM pg_temp.items((SELECT product_mix(card) FROM total), :'no_product', :'others');
\endif

\if :has_amounts
\echo :before:product_amounts:after
SELECT rank AS :"rank", item AS :"product", pg_temp.readable(amount, 'amount') AS :"amount", percent AS "%"
FROM pg_temp.items((SELECT product_revenue_mix(card) FROM total), :'no_product', :'others');
\endif

\if :has_left_out
\echo :before:rows_left_out:after
SELECT CASE WHEN n <= 20 THEN coalesce(in_file || ':', '') || at_line::text ELSE format(:'others', left_out - 20) END AS :"line_number",
	CASE WHEN n <= 20 THEN option END AS :"option", CASE WHEN n <= 20 THEN left(value, 40) END AS :"found", CASE WHEN n <= 20 THEN why END AS :"why"
FROM (SELECT *, row_number() OVER (ORDER BY in_file, at_line, option) AS n, count(*) OVER () AS left_out FROM left_out) l
WHERE n <= 21
ORDER BY n;
\endif
\if :as_html
\echo '</body></html>'
\endif
\endif
