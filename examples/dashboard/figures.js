// The queries behind the page. Each computes its figures with kpi's functions,
// over the sums of the scorecards; the reader's choices are bound values only.

import { answer } from './database.js';
import { BadRequest } from './request.js';
import { figure, kind, periods, place, verdict } from './sums.js';
import { projection, reached } from './targets.js';

// The cards of a choice, as text: of the period, of what it is compared with,
// and of the whole months in both, with their costs, which are known by the
// month. A time without calls has none.
export async function cards(query, chosen, reader, { values, comparable }) {
	const of = [kind(chosen), ...kind(chosen) === 'whole' ? ['cost'] : []];
	const card = (when) => `(SELECT CASE WHEN count(first) > 0 THEN rollup(card) END::text FROM sums WHERE ${place(chosen, reader, when, { of: [of[0]] })})`;
	const monthly = (when) => `(SELECT CASE WHEN count(first) FILTER (WHERE kind = 'cost') > 0 THEN rollup(card) END::text FROM sums WHERE ${place(chosen, reader, when, { of })})`;

	return (await query(`
		SELECT ${card('now')} AS now, ${comparable ? card('before') : 'NULL'} AS before,
			${monthly('months')} AS months, ${comparable ? monthly('monthsBefore') : 'NULL'} AS "monthsBefore",
			EXISTS (SELECT FROM sums WHERE ${place({ ...chosen, campaign: null }, reader, 'any', { of: ['cost'], own: false })}) AS "costsByMonth"`, values))[0];
}

// A row of every KPI that is there: what it is of, its bounds, what it was
// before, and whether that is more than chance. Reports have no delays; these are
// among the others of their families.
const report = `
	SELECT family, family_label, kpi, label, of, value, unit, better, numerator, denominator, low, high, average, best, by_months, before, difference, change, p_value, verdict FROM (
	SELECT place, r.family, r.family_label, r.kpi, r.label, r.of, r.value::float8, k.unit, better, r.numerator::float8, r.denominator::float8,
		r.low::float8, r.high::float8, r.average::float8, r.best::float8, by_months,
		c.value_b::float8 AS before, c.difference::float8, c.change::float8, c.p_value::float8, c.verdict
	FROM (SELECT row_number() OVER () AS place, name, kpi_catalog.unit, better, {costsByMonth}::bool AND definition_en ~ '\\mcost' AS by_months FROM kpi_catalog) k
		JOIN (
			SELECT false AS of_months, * FROM kpi_report({now}::scorecard, {language})
			UNION ALL SELECT true, * FROM kpi_report({months}::scorecard, {language})) r ON r.kpi = name AND of_months = by_months
		LEFT JOIN (
			SELECT false AS of_months, * FROM kpi_compare({now}::scorecard, {before}::scorecard, {language})
			UNION ALL SELECT true, * FROM kpi_compare({months}::scorecard, {monthsBefore}::scorecard, {language})) c ON c.kpi = name AND c.of_months = by_months
	UNION ALL
	SELECT place, k.family, family_label, name, CASE {language} WHEN 'fr' THEN label_fr ELSE label_en END, of, now.value, unit, better, NULL, now.denominator,
		now.low, now.high, NULL, NULL, false, before.value, now.value - before.value, 100 * (now.value - before.value) / nullif(before.value, 0), p_value, verdict
	FROM (SELECT row_number() OVER () AS place, * FROM kpi_catalog) k
		JOIN (SELECT DISTINCT family, family_label FROM kpi_report('{"calls": {}, "leads": {}}', {language})) families USING (family),
		LATERAL (${figure('{now}::scorecard', 'name', 'unit')}) now, LATERAL (${figure('{before}::scorecard', 'name', 'unit')}) before,
		LATERAL (${verdict('now', 'before', 'unit')}) moved
	WHERE unit = 'delays' AND now.value IS NOT NULL) figures
	ORDER BY place`;

const funnel = `
	SELECT step, leads::float8, ratio(leads, lag(leads) OVER way)::float8 AS of_step, ratio(leads, first_value(leads) OVER way)::float8 AS of_leads,
		ratio(before, first_value(before) OVER way)::float8 AS before
	FROM (
		SELECT place, step, max(leads) FILTER (WHERE time = 'now') AS leads, max(leads) FILTER (WHERE time = 'before') AS before
		FROM (VALUES ('now', {now}::scorecard), ('before', {before}::scorecard)) cards (time, card), LATERAL (VALUES
			(1, 'leads', denominator(kpi(card, 'penetration_rate'))),
			(2, 'attempted', numerator(kpi(card, 'penetration_rate'))),
			(3, 'contact', denominator(kpi(card, 'contact_conversion_rate'))),
			(4, 'argued', denominator(kpi(card, 'argued_conversion_rate'))),
			(5, 'sale', numerator(kpi(card, 'conversion_rate'))),
			(6, 'validated', numerator(kpi(card, 'net_conversion_rate')))) counts (place, step, leads)
		GROUP BY 1, 2) steps
	WHERE leads IS NOT NULL
	WINDOW way AS (ORDER BY place)
	ORDER BY place`;

const reasons = `
	SELECT n.item, n.amount::float8, n.share::float8, b.share::float8 AS before
	FROM mix_items((SELECT refusal_reasons({now}::scorecard))) n
		LEFT JOIN mix_items((SELECT refusal_reasons({before}::scorecard))) b ON b.item IS NOT DISTINCT FROM n.item
	ORDER BY n.rank, n.item COLLATE "C"`;

// A product may be unknown, which no join puts together.
const products = `
	SELECT item, sum(sales)::float8 AS sales, sum(share)::float8 AS share, sum(revenue)::float8 AS revenue, sum(before)::float8 AS before
	FROM (
		SELECT item, amount AS sales, share, NULL::numeric AS revenue, NULL::float8 AS before FROM mix_items((SELECT product_mix({now}::scorecard)))
		UNION ALL SELECT item, NULL, NULL, amount, NULL FROM mix_items((SELECT product_revenue_mix({now}::scorecard)))
		UNION ALL SELECT item, NULL, NULL, NULL, share FROM mix_items((SELECT product_mix({before}::scorecard)))) mixes
	GROUP BY item HAVING count(sales) + count(revenue) > 0 ORDER BY 2 DESC NULLS LAST, item COLLATE "C"`;

// How long things took, by name: what share of them was over within a time.
const delays = `
	SELECT name, extract(epoch FROM within)::float8 AS seconds, r::float8 AS value, low(r), high(r), numerator(r)::float8, denominator(r)::float8,
		within(delays({before}::scorecard, name), within)::float8 AS before,
		extract(epoch FROM median(d))::float8 AS median, extract(epoch FROM percentile(d, 0.9))::float8 AS ninth
	FROM jsonb_object_keys(({now}::scorecard)::text::jsonb -> 'delays') name,
		unnest('{1 min,5 min,15 min,1 h,4 h,24 h,48 h,7 days,30 days}'::interval[]) within,
		LATERAL (SELECT delays({now}::scorecard, name) AS d) held, LATERAL (SELECT within(d, within) AS r) v
	WHERE denominator(r) > 0
	ORDER BY name COLLATE "C", within`;

// Money, by the months that the period has whole.
const months = (chosen, reader) => `
	SELECT to_char(first, 'YYYY-MM') AS month, revenue(card)::float8, cost(card)::float8, margin(card)::float8, margin_rate(card), roi(card)
	FROM sums WHERE ${place(chosen, reader, 'months', { of: ['whole', 'cost'] })} AND first IS NOT NULL
	GROUP BY ROLLUP (first) HAVING count(*) > 0 ORDER BY first NULLS LAST`;

// Reachability by weekday and hour is of all hours, whichever one is chosen.
const reach = (chosen, reader, { comparable }) => {
	const slots = (when) => `(SELECT weekday, key AS slot, rollup(card) AS card FROM sums
		WHERE ${place(chosen, reader, when, { of: ['slot'], own: false })} AND first IS NOT NULL GROUP BY 1, 2)`;

	return `
		SELECT n.weekday, n.slot, r::float8 AS rate, low(r), high(r), numerator(r)::float8, denominator(r)::float8,
			${comparable ? "kpi(b.card, 'contact_rate')::float8" : 'NULL::float8'} AS before
		FROM ${slots('now')} n ${comparable ? `LEFT JOIN ${slots('before')} b ON b.weekday = n.weekday AND b.slot IS NOT DISTINCT FROM n.slot` : ''},
			LATERAL (SELECT kpi(n.card, 'contact_rate') AS r) rate
		ORDER BY 1, 2 NULLS LAST`;
};

// What a name of a dimension is known by. Agents, segments and hours are told
// apart by tables of their own, so that what is known of one of them says
// nothing of the others.
export function dimension(name, chosen) {
	const own = { agent: 'agent', segment: 'segment', hour: 'slot' };

	if (name === 'campaign')
		return { column: 'campaign', options: { campaigns: 'apart' } };
	if (kind(chosen) !== 'whole' && kind(chosen) !== own[name])
		return null;
	// whichever is chosen is seen among the others
	return { column: 'key', options: { of: [own[name]], own: false } };
}

// The KPIs of every agent, campaign or segment: what each is for sure, and
// whether it has changed. Costs are known by campaign, and by nothing else.
export function ranking(chosen, reader, { comparable }, name, ofCosts = false) {
	const known = dimension(name, chosen);

	if (known === null || ofCosts && (name !== 'campaign' || kind(chosen) !== 'whole'))
		return null;
	const options = ofCosts ? { ...known.options, of: ['whole', 'cost'] } : known.options;
	const groups = (when) => `(SELECT ${known.column} AS name, rollup(card) AS card, count(first) AS days FROM sums
		WHERE ${place(chosen, reader, when, options)} GROUP BY 1)`;

	return `
		SELECT n.name, kpi, v.value, v.low, v.high, v.numerator, v.denominator, b.value AS before, verdict
		FROM ${groups(ofCosts ? 'months' : 'now')} n ${comparable ? `LEFT JOIN ${groups(ofCosts ? 'monthsBefore' : 'before')} f ON coalesce(f.name, '') = coalesce(n.name, '') AND (f.name IS NULL) = (n.name IS NULL)` : ', (SELECT NULL::scorecard AS card, 0 AS days) f'},
			unnest({measures}::text[]) WITH ORDINALITY m (kpi, place) JOIN kpi_catalog k ON k.name = kpi,
			LATERAL (${figure('n.card', 'kpi', 'unit')}) v
			LEFT JOIN LATERAL (SELECT * FROM (${figure('f.card', 'kpi', 'unit')}) other WHERE f.days > 0 AND kpi = {measure}) b ON true
			LEFT JOIN LATERAL (SELECT * FROM (${verdict('v', 'b', 'unit')}) test WHERE kpi = {measure}) moved ON true
		WHERE n.days > 0
		ORDER BY n.name COLLATE "C" NULLS LAST, m.place`;
}

// A KPI by day, week or month. Where a month is asked for, its costs are known.
export const series = (chosen, reader, by) => `
	SELECT to_char(start, 'YYYY-MM-DD') AS start, value, low, high, numerator, denominator, open_appointments(cards.card)::float8 AS open,
		start < {from}::date OR (start + interval '1 ${by}')::date - 1 > {until}::date AS part
	FROM (
		SELECT date_trunc('${by}', first)::date AS start, rollup(card) AS card FROM (
			SELECT first, card FROM sums WHERE ${place(chosen, reader, 'days')}
			${by === 'month' ? `UNION ALL SELECT first, card FROM sums WHERE {ofCosts} AND ${place(chosen, reader, 'months', { of: ['cost'], own: false })}` : ''}) days
		GROUP BY 1) cards,
		LATERAL (SELECT CASE WHEN NOT {ofCosts} OR start >= {monthsFirst}::date AND start < {monthsEnd}::date THEN cards.card END AS card) whole,
		LATERAL (${figure('whole.card', '{kpi}::text', '{unit}::text')}) v
	GROUP BY start, value, low, high, numerator, denominator, cards.card ORDER BY start`;

const measures = ['calls', 'contacts_per_hour', 'sales', 'sales_per_hour', 'conversion_rate', 'settled_closing_rate', 'occupancy'];

// KPIs that are a number, which can be ranked and drawn over time. Delays have
// their median in one view, whichever of the two is asked for.
const drawable = "in_scorecards AND unit <> 'mix'";

// One of them.
export async function known(query, kpi) {
	const [found] = await query(`
		SELECT name AS kpi, label_en, label_fr, definition_en, definition_fr, family, of, unit, better, average::float8, best::float8, definition_en ~ '\\mcost' AS costs
		FROM kpi_catalog WHERE name = regexp_replace({kpi}, '^median_', '') AND ${drawable}`, { kpi });

	if (!found)
		throw new BadRequest('kpi', `there is no KPI ${kpi} that scorecards have as a number`);
	return found;
}

// What can be chosen.
export const choices = answer('choices', async (query, chosen, reader) => {
	const every = reader.role ? 'NOT every' : 'every';
	const [found] = await query(`
		SELECT (SELECT coalesce(array_agg(DISTINCT campaign ORDER BY campaign), ARRAY[]::text[]) FROM sums WHERE kind = 'whole' AND NOT every AND campaign IS NOT NULL) AS campaigns,
			to_char(min(first), 'YYYY-MM-DD') AS first, to_char(max(first), 'YYYY-MM-DD') AS last, to_char(current_date, 'YYYY-MM-DD') AS today,
			EXISTS (SELECT FROM sums WHERE kind = 'segment' AND ${every} AND grain = 'day') AS segments
		FROM sums WHERE kind = 'whole' AND ${every} AND grain = 'day'`);
	const catalogue = await query(`
		SELECT name, family, label_en AS en, label_fr AS fr, definition_en, definition_fr, of, unit, better, average::float8, best::float8,
			definition_en ~ '\\mcost' AS costs, ${drawable} AS drawable
		FROM kpi_catalog WHERE in_scorecards`);

	return { ...found, catalogue, reader: reader.name ?? null };
});

// All figures of the page.
export const figures = answer('figures', async (query, chosen, reader) => {
	const measure = await known(query, chosen.measure);
	const period = await periods(query, chosen, reader);
	const held = await cards(query, chosen, reader, period);
	const ofCosts = measure.costs && held.costsByMonth;
	const values = { ...period.values, ...held, measure: measure.kpi, measures: ofCosts ? [measure.kpi] : [...new Set([measure.kpi, ...measures])], kpi: 'settled_closing_rate', unit: 'fraction', ofCosts: false };
	const run = async (text) => text === null ? null : query(text, values);

	return {
		...period.shown,
		report: await run(report),
		funnel: await run(funnel),
		weeks: await run(series(chosen, reader, 'week')),
		reach: ['whole', 'slot'].includes(kind(chosen)) ? await run(reach(chosen, reader, period)) : null,
		measure,
		ranking: await run(ranking(chosen, reader, period, chosen.rank, ofCosts)),
		reasons: await run(reasons),
		products: await run(products),
		delays: await run(delays),
		months: kind(chosen) === 'whole' ? await run(months(chosen, reader)) : null,
		targets: kind(chosen) === 'whole' ? await reached(query, chosen, values) : [],
		projection: kind(chosen) === 'whole' ? await projection(query, chosen, reader, values) : [],
	};
});

// One KPI: over time, and by all that it can be told apart by.
export const one = answer('kpi', async (query, chosen, reader) => {
	const kpi = await known(query, chosen.kpi);
	const period = await periods(query, chosen, reader);
	const held = await cards(query, chosen, reader, period);
	const ofCosts = kpi.costs && held.costsByMonth;
	const by = ofCosts ? 'month' : chosen.by;
	const values = { ...period.values, ...held, ofCosts, kpi: kpi.kpi, unit: kpi.unit, measure: kpi.kpi, measures: [kpi.kpi] };
	const result = { ...period.shown, kpi, by, ofCosts, summary: (await query(report, values)).find((row) => row.kpi === kpi.kpi) ?? null };

	result.series = await query(series(chosen, reader, by), values);
	result.delays = kpi.unit === 'delays' ? (await query(delays, values)).filter((row) => row.name === kpi.kpi) : [];
	const own = async (rows) => kind(chosen) === 'whole' ? (await rows()).filter((row) => row.kpi === kpi.kpi) : [];
	result.aims = await own(() => reached(query, chosen, values));
	result.targets = await own(() => reached(query, chosen, values, by));
	result.projection = await own(() => projection(query, chosen, reader, values));
	for (const name of ['campaign', 'agent', 'segment', 'hour']) {
		const text = ranking(chosen, reader, period, name, ofCosts);
		result[name] = text === null ? null : await query(text, values);
	}
	return result;
});
