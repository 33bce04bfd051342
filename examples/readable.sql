-- kpi_report() and kpi_compare() for reading, in psql: fractions as
-- percentages, thousands apart, durations in hours and minutes, each family
-- under its heading.
--
-- \ir this, then select from pg_temp.report(card, language, missing) and from
-- pg_temp.compare(a, b, language).

-- a number in its full length where its thousands cannot be set apart
create function pg_temp.grouped(number numeric, decimals integer) returns text
	language sql immutable as $$
	select case
		when abs(number) >= 1e18 then number::text
		else replace(to_char(number, 'FM999,999,999,999,999,999,990' || case when decimals > 0 then '.' || repeat('0', decimals) else '' end), ',', ' ')
	end $$;

-- a value with as many decimals as another beside it
create function pg_temp.readable(number numeric, unit text, beside numeric) returns text
	language sql immutable as $$
	select case
		when unit = 'fraction' then pg_temp.grouped(100 * number, 2) || ' %'
		when unit = 'count' then pg_temp.grouped(number, 0)
		when unit = 'amount_per_hour' then pg_temp.grouped(number, case when abs(beside) < 1000 then 2 else 0 end)
		when unit = 'amount' then pg_temp.grouped(number, case when abs(beside) < 10000 then 2 else 0 end)
		when unit <> 'interval' then pg_temp.grouped(number, case when abs(beside) < 1 then 3 else 2 end)
		when number < 0 then '-' || pg_temp.readable(-number, unit, beside)
		when number < 600 then pg_temp.grouped(number, 1) || ' s'
		when number < 3599.5 then div(round(number), 60) || ' min ' || to_char(round(number) % 60, 'FM00') || ' s'
		when number < 359970 then div(round(number / 60), 60) || ' h ' || to_char(round(number / 60) % 60, 'FM00') || ' min'
		else pg_temp.grouped(number / 3600, 0) || ' h'
	end $$;

create function pg_temp.readable(number numeric, unit text) returns text
	language sql immutable as $$ select pg_temp.readable(number, unit, number) $$;

-- one of the two numbers that a rate is made of
create function pg_temp.part(number numeric, counted text, unit text) returns text
	language sql immutable as $$
	select case
		when counted in ('talk', 'talk + handle', 'worked') then pg_temp.readable(number * case when unit in ('per_hour', 'amount_per_hour') then 3600 else 1 end, 'interval')
		else pg_temp.readable(number, case when number = trunc(number) then 'count' else 'amount' end)
	end $$;

-- bounds without the sign that the value beside them has
create function pg_temp.bounds(low numeric, high numeric, unit text, beside numeric, language text) returns text
	language sql immutable as $$
	select replace(pg_temp.readable(low, unit, beside) || case language when 'fr' then ' à ' else ' to ' end
		|| pg_temp.readable(high, unit, beside), ' %', '') $$;

-- as wide as the widest of its column
create function pg_temp.flush_right(cell text, width bigint) returns text
	language sql immutable as $$ select lpad(coalesce(cell, ''), width::integer) $$;

-- kpi_report(), with the families' headings, and the benchmark below the KPI
-- that has one; without the KPIs that take a column which is missing
create function pg_temp.report(card scorecard, language text, missing text[],
	out n numeric, out kpi text, out label text, out value text, out parts text, out bounds text) returns setof record
	language sql stable as $$
	with report as (
		select r.*, c.unit as measured, c.numerator as counted, c.denominator as out_of
		from kpi_report(card, language) with ordinality as r (family, family_label, kpi, label, of, value, unit, numerator, denominator, low, high, average, best, n)
			join kpi_catalog c on c.name = r.kpi
		where not exists (select from unnest(missing) m where c.definition_en ~ ('\m' || m || '\M'))
	), shown as (
		select min(n) - 0.5 as n, null as kpi, upper(left(family_label, 1)) || substr(family_label, 2) as label, null as value, null as parts, null as bounds
		from report
		group by family_label
		union all
		select
			n, kpi, '  ' || label, coalesce(pg_temp.readable(value, measured), '-'),
			pg_temp.part(numerator, counted, measured) || ' / ' || pg_temp.part(denominator, out_of, measured),
			case when out_of is not null then pg_temp.bounds(low, high, measured, high, language) end
		from report
		union all
		select n + 0.25, null, '    ' || format(case language when 'fr' then 'moyenne %s, meilleurs %s' else 'average %s, best %s' end,
			round(100 * average) || ' %', round(100 * best) || ' %'), null, null, null
		from report
		where average is not null
	)
	select n, kpi, label, pg_temp.flush_right(value, max(length(value)) over ()),
		pg_temp.flush_right(parts, max(length(parts)) over ()), pg_temp.flush_right(bounds, max(length(bounds)) over ())
	from shown
	order by n $$;

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
			case when p_value < 0.001 then '<0.001' else to_char(p_value, 'FM0.000') end
		from comparison
	)
	select n, kpi, label, pg_temp.flush_right(value_a, max(length(value_a)) over ()), pg_temp.flush_right(value_b, max(length(value_b)) over ()),
		pg_temp.flush_right(difference, max(length(difference)) over ()), pg_temp.flush_right(bounds, max(length(bounds)) over ()),
		pg_temp.flush_right(p, max(length(p)) over ())
	from shown
	order by n $$;
