// What is to be reached. A target of a count or an amount is for a calendar
// month, and a part of one has its days' share of it; any other holds as it is.

import { month, shift } from './periods.js';
import { figure, place } from './sums.js';

// The targets of each day from {begin} to {finish}.
const daily = `
	SELECT day::date, kpi, unit, better, definition_en ~ '\\mcost' AND {costsByMonth}::bool AS by_months,
		unit = 'count' OR kpi IN ('revenue', 'cost', 'margin', 'talk_time') AS adds,
		target / CASE WHEN unit = 'count' OR kpi IN ('revenue', 'cost', 'margin', 'talk_time')
			THEN extract(day FROM date_trunc('month', day) + interval '1 month - 1 day')::int ELSE 1 END AS target
	FROM (SELECT DISTINCT regexp_replace(kpi, '^median_', '') AS kpi FROM targets WHERE campaign IS NOT DISTINCT FROM {campaign}) asked
		JOIN kpi_catalog ON name = kpi AND in_scorecards AND unit <> 'mix',
		generate_series({begin}::date, {finish}::date, interval '1 day') day,
		LATERAL (SELECT target FROM targets t WHERE t.campaign IS NOT DISTINCT FROM {campaign} AND regexp_replace(t.kpi, '^median_', '') = asked.kpi AND from_day <= day ORDER BY from_day DESC LIMIT 1) t`;

const sum = `CASE WHEN bool_or(adds) THEN sum(target) ELSE (array_agg(target ORDER BY day DESC))[1] END`;

const begin = ({ from, knownFirst }) => knownFirst !== null && from < knownFirst ? knownFirst : from;

// Each target with what is reached of it; or, with by, the target of each day,
// week or month.
export async function reached(query, chosen, values, by = null) {
	const times = { begin: begin(values), finish: values.until };

	if (by !== null)
		return query(`
			SELECT kpi, to_char(date_trunc('${by}', day), 'YYYY-MM-DD') AS start, ${sum}::float8 AS target
			FROM (${daily}) d GROUP BY kpi, date_trunc('${by}', day) ORDER BY 1, 2`, { ...values, ...times });
	return query(`
		WITH sums AS (
			SELECT kpi, unit, by_months, ${sum} AS target FROM (${daily}) d
			WHERE NOT by_months OR NOT adds OR day >= {monthsFirst}::date AND day < {monthsEnd}::date GROUP BY 1, 2, 3),
		asked AS (
			SELECT by_months, jsonb_object_agg(kpi, target) AS targets, jsonb_object_agg(kpi, unit) AS units FROM sums WHERE unit <> 'delays' GROUP BY 1)
		SELECT t.kpi, t.label, t.value::float8, units ->> t.kpi AS unit, t.target::float8, t.reached::float8, t.low::float8, t.high::float8, t.verdict
		FROM asked, kpi_targets(CASE WHEN by_months THEN {months}::scorecard ELSE {now}::scorecard END, targets, {language}) t
		UNION ALL
		SELECT kpi, CASE {language} WHEN 'fr' THEN label_fr ELSE label_en END, v.value, unit, target::float8, 100 * v.value / nullif(target, 0)::float8, v.low, v.high,
			CASE WHEN v.high <= target THEN 'met' WHEN v.low > target THEN 'missed' WHEN v.value IS NOT NULL THEN 'not clear yet' END
		FROM sums JOIN kpi_catalog USING (unit), LATERAL (${figure('{now}::scorecard', 'kpi', 'unit')}) v
		WHERE unit = 'delays' AND name = kpi`, { ...values, ...times });
}

// Where a month is not over, what it comes to at its pace so far: the days left
// are those whose weekday had calls in the last four weeks. The bounds are those
// of a prediction at 95 %: a normal approximation of what is left, whose variance
// is its own and that of the pace.
export async function projection(query, chosen, reader, values) {
	const { until } = values;
	const end = month(until, 1);

	if (values.knownLast === null || until !== values.knownLast)
		return [];
	return query(`
		WITH card AS (SELECT rollup(card) AS card, count(DISTINCT first) AS days FROM sums WHERE ${place(chosen, reader, 'sofar')}),
			weekdays AS (SELECT DISTINCT extract(isodow FROM first) AS weekday FROM sums
				WHERE ${place(chosen, reader, 'any')} AND first > {until}::date - 28 AND first <= {until}::date),
			remaining AS (SELECT count(*) AS days FROM generate_series({until}::date + 1, {end}::date - 1, interval '1 day') day
				WHERE extract(isodow FROM day) IN (SELECT weekday FROM weekdays)),
			pace AS (
				SELECT d.kpi, d.unit, d.better, d.target, card.days, remaining.days AS left, kpi(card, d.kpi)::float8 AS value,
					kpi(card, d.kpi)::float8 / nullif(card.days, 0) * remaining.days AS more, high(kpi(card, d.kpi)) / nullif(card.days, 0) * remaining.days AS most
				FROM (SELECT kpi, unit, better, sum(target)::float8 AS target FROM (${daily}) d WHERE adds AND NOT by_months GROUP BY 1, 2, 3) d, card, remaining),
			bounds AS (
				SELECT *, value + greatest(more - wide, 0) AS low, value + greatest(more + wide, most) AS high
				FROM pace, LATERAL (SELECT CASE WHEN unit = 'count' THEN 1.959964 * sqrt(more * (1 + "left"::float8 / days)) END AS wide) w)
		SELECT kpi, value, target, value + more AS expected, days::int, "left"::int, CASE WHEN unit = 'count' THEN low END AS low, CASE WHEN unit = 'count' THEN high END AS high,
			CASE WHEN unit <> 'count' OR better IS NULL THEN NULL
				WHEN CASE better WHEN 'higher' THEN low >= target ELSE high <= target END THEN 'met'
				WHEN CASE better WHEN 'higher' THEN high < target ELSE low > target END THEN 'missed'
				ELSE 'not clear yet' END AS verdict
		FROM bounds WHERE "left" > 0 AND value IS NOT NULL`,
	{ ...values, end, begin: month(until), finish: shift(end, -1) });
}
