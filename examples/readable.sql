-- kpi_report() and kpi_compare() for reading, in psql: fractions as
-- percentages, thousands apart, durations in hours and minutes, each family
-- under its heading, and numbers as the language writes them.
--
-- \ir this, then select from pg_temp.report(card, language, hidden, rows) and
-- from pg_temp.compare(a, b, language). The settings readable.language and
-- readable.currency say how numbers are written: set_config() sets them.

-- a number in its full length where its thousands cannot be set apart
create function pg_temp.grouped(number numeric, decimals integer) returns text
	language sql stable as $$
	select case
		when abs(number) >= 1e18 then number::text
		else translate(to_char(number, 'FM999,999,999,999,999,999,990' || case when decimals > 0 then '.' || repeat('0', decimals) else '' end), ',.',
			case current_setting('readable.language', true) when 'fr' then ' ,' else ' .' end)
	end $$;

-- an amount's currency, where it is known
create function pg_temp.currency() returns text
	language sql stable as $$ select coalesce(' ' || nullif(current_setting('readable.currency', true), ''), '') $$;

-- a value with as many decimals as another beside it
create function pg_temp.readable(number numeric, unit text, beside numeric) returns text
	language sql stable as $$
	select case
		when unit = 'fraction' then pg_temp.grouped(100 * number, 2) || ' %'
		when unit = 'count' then pg_temp.grouped(number, 0)
		when unit = 'amount_per_hour' then pg_temp.grouped(number, case when abs(beside) < 1000 then 2 else 0 end) || pg_temp.currency()
		when unit = 'amount' then pg_temp.grouped(number, case when abs(beside) < 10000 then 2 else 0 end) || pg_temp.currency()
		when unit <> 'interval' then pg_temp.grouped(number, case when abs(beside) < 1 then 3 else 2 end)
		when number < 0 then '-' || pg_temp.readable(-number, unit, beside)
		when number < 600 then pg_temp.grouped(number, 1) || ' s'
		when number < 3599.5 then div(round(number), 60) || ' min ' || to_char(round(number) % 60, 'FM00') || ' s'
		when number < 359970 then div(round(number / 60), 60) || ' h ' || to_char(round(number / 60) % 60, 'FM00') || ' min'
		else pg_temp.grouped(number / 3600, 0) || ' h'
	end $$;

create function pg_temp.readable(number numeric, unit text) returns text
	language sql stable as $$ select pg_temp.readable(number, unit, number) $$;

-- one of the two numbers that a rate is made of
create function pg_temp.part(number numeric, counted text, unit text) returns text
	language sql stable as $$
	select case
		when counted in ('talk', 'talk + handle', 'worked') then pg_temp.readable(number * case when unit in ('per_hour', 'amount_per_hour') then 3600 else 1 end, 'interval')
		else pg_temp.grouped(number, case when number = trunc(number) or abs(number) >= 10000 then 0 else 2 end)
	end $$;

-- bounds without the sign that the value beside them has
create function pg_temp.bounds(low numeric, high numeric, unit text, beside numeric, language text) returns text
	language sql stable as $$
	select replace(pg_temp.readable(low, unit, beside) || case language when 'fr' then ' à ' else ' to ' end
		|| pg_temp.readable(high, unit, beside), ' %', '') $$;

-- as wide as the widest of its column
create function pg_temp.flush_right(cell text, width bigint) returns text
	language sql immutable as $$ select lpad(coalesce(cell, ''), width::integer) $$;

-- what the KPIs under a heading are of, where that is to be said
create function pg_temp.scope(of text, rows boolean, language text) returns text
	language sql stable as $$
	select case
		when of in ('time', 'money') then ''
		when of = 'lines' then case language when 'fr' then ', sur les lignes téléphoniques' else ', of phone lines' end
		when rows and current_setting('readable.rows', true) is distinct from 'calls' then
			case language when 'fr' then ', sur les lignes du fichier' else ', of rows' end
		when of = 'calls' or rows then case language when 'fr' then ', sur les appels' else ', of calls' end
		else case language when 'fr' then ', sur les leads' else ', of leads' end
	end $$;

-- kpi_report(), with a heading for what there is of calls and of leads in each
-- family, and the benchmark below the KPI that has one; without those that are
-- hidden. Where rows are both calls and leads, headings say rows.
create function pg_temp.report(card scorecard, language text, hidden text[], rows boolean,
	out n bigint, out kpi text, out label text, out value text, out parts text, out bounds text) returns setof record
	language sql stable as $$
	with report as (
		select r.*, c.unit as measured, c.numerator as counted, c.denominator as out_of,
			upper(left(r.family_label, 1)) || substr(r.family_label, 2) || pg_temp.scope(r.of, rows, language) as heading
		from kpi_report(card, language) with ordinality as r (family, family_label, kpi, label, of, value, unit, numerator, denominator, low, high, average, best, n)
			join kpi_catalog c on c.name = r.kpi
		where r.kpi <> all (hidden)
	), ordered as (
		select *, min(n) over (partition by heading) as first from report
	), shown as (
		select min(first) as first, 0 as n, null as kpi, heading as label, null as value, null as parts, null as bounds
		from ordered
		group by heading
		union all
		select
			first, n, kpi, '  ' || label, coalesce(pg_temp.readable(value, measured), '-'),
			pg_temp.part(numerator, counted, measured) || ' / ' || pg_temp.part(denominator, out_of, measured),
			case when out_of is not null then pg_temp.bounds(low, high, measured, high, language) end
		from ordered
		union all
		select first, n + 0.25, null, '    ' || format(case language when 'fr' then 'moyenne %s, meilleurs %s' else 'average %s, best %s' end,
			round(100 * average) || ' %', round(100 * best) || ' %'), null, null, null
		from ordered
		where average is not null
	)
	select row_number() over (order by first, n), kpi, label, pg_temp.flush_right(value, max(length(value)) over ()),
		pg_temp.flush_right(parts, max(length(parts)) over ()), pg_temp.flush_right(bounds, max(length(bounds)) over ())
	from shown
	order by first, n $$;

-- kpi_compare(), with the families' headings; fractions and their differences
-- are in percent, and totals, which differ as the lists do, left out
create function pg_temp.compare(a scorecard, b scorecard, language text,
	out n numeric, out kpi text, out label text, out value_a text, out value_b text, out difference text, out bounds text, out p text)
	returns setof record
	language sql stable as $$
	with comparison as (
		select c.*, k.unit as measured, greatest(abs(value_a), abs(value_b)) as beside
		from kpi_compare(a, b, language) with ordinality as c (family, family_label, kpi, label, of, value_a, value_b, unit, difference, change, low, high, p_value, verdict, verdict_label, n)
			join kpi_catalog k on k.name = c.kpi
		where k.denominator is not null
	), shown as (
		select min(n) - 0.5 as n, null as kpi, upper(left(family_label, 1)) || substr(family_label, 2) as label,
			null as value_a, null as value_b, null as difference, null as bounds, null as p
		from comparison
		group by family_label
		union all
		select
			n, kpi, '  ' || label,
			coalesce(replace(pg_temp.readable(value_a, measured, beside), ' %', ''), '-'),
			coalesce(replace(pg_temp.readable(value_b, measured, beside), ' %', ''), '-'),
			replace(pg_temp.readable(difference, measured, beside), ' %', ''),
			pg_temp.bounds(low, high, measured, beside, language),
			case when p_value < 0.001 then '<' || pg_temp.grouped(0.001, 3) else pg_temp.grouped(p_value::numeric, 3) end
		from comparison
	)
	select n, kpi, label, pg_temp.flush_right(value_a, max(length(value_a)) over ()), pg_temp.flush_right(value_b, max(length(value_b)) over ()),
		pg_temp.flush_right(difference, max(length(difference)) over ()), pg_temp.flush_right(bounds, max(length(bounds)) over ()),
		pg_temp.flush_right(p, max(length(p)) over ())
	from shown
	order by n $$;
