// The queries behind the page. Each computes its figures with kpi's functions,
// over the scorecards of the roll-ups; the visitor's choices are bound
// parameters only: $1 a campaign or NULL, $2 and $3 the first and the last day,
// $4, where there is one, the language.

import { BadRequest } from './request.js';

const chosen = '($1::text IS NULL OR campaign = $1)';
const period = 'day BETWEEN $2::date AND $3::date';

// Leads that were never called have no day, and are part of the file at any time.
const file = `(${period} OR day IS NULL)`;

const queries = {
	report: `
		SELECT r.kpi, r.label, r.value::float8, r.unit, r.numerator::float8, r.denominator::float8, r.low::float8, r.high::float8
		FROM (SELECT rollup(card) AS card FROM cards WHERE ${chosen} AND ${file}) whole,
			kpi_report(card, $4) r`,

	funnel: `
		SELECT step, leads::float8, ratio(leads, lag(leads) OVER way)::float8 AS of_step,
			ratio(leads, first_value(leads) OVER way)::float8 AS of_leads
		FROM (SELECT rollup(card) AS card FROM cards WHERE ${chosen} AND ${file}) whole, LATERAL (VALUES
			(1, 'leads', denominator(kpi(card, 'penetration_rate'))),
			(2, 'attempted', numerator(kpi(card, 'penetration_rate'))),
			(3, 'contact', denominator(kpi(card, 'contact_conversion_rate'))),
			(4, 'argued', denominator(kpi(card, 'argued_conversion_rate'))),
			(5, 'sale', numerator(kpi(card, 'conversion_rate'))),
			(6, 'validated', numerator(kpi(card, 'net_conversion_rate')))) steps (place, step, leads)
		WHERE leads IS NOT NULL
		WINDOW way AS (ORDER BY place)
		ORDER BY place`,

	reach: `
		SELECT extract(isodow FROM day)::int AS weekday, to_char(slot, 'HH24:MI') AS slot,
			contact_rate(card) AS rate, calls(card)::float8 AS calls
		FROM slots WHERE ${chosen} AND ${period}
		GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST`,

	agents: `
		SELECT agent, occupancy(card), calls_per_hour(card), calls(card)::float8, closing_rate(card),
			low(kpi(rollup(card), 'closing_rate')) AS closing_low
		FROM cards WHERE ${chosen} AND ${period} AND agent IS NOT NULL
		GROUP BY agent ORDER BY agent`,

	reasons: `
		SELECT item, amount::float8, share::float8
		FROM mix_items((SELECT refusal_reasons(card) FROM cards WHERE ${chosen} AND ${period}))
		ORDER BY rank, item`,

	// A product may be unknown, which no join puts together.
	products: `
		SELECT item, sum(sales)::float8 AS sales, sum(share)::float8 AS share, sum(revenue)::float8 AS revenue
		FROM (
			SELECT item, amount AS sales, share, NULL::numeric AS revenue
			FROM mix_items((SELECT product_mix(card) FROM cards WHERE ${chosen} AND ${period}))
			UNION ALL
			SELECT item, NULL, NULL, amount
			FROM mix_items((SELECT product_revenue_mix(card) FROM cards WHERE ${chosen} AND ${period}))) mixes
		GROUP BY item ORDER BY 2 DESC NULLS LAST, item COLLATE "C"`,

	weeks: `
		SELECT to_char(date_trunc('week', day), 'YYYY-MM-DD') AS week, closing_rate(card) AS rate,
			low(kpi(rollup(card), 'closing_rate')), high(kpi(rollup(card), 'closing_rate')), kpi(rollup(card), 'closing_rate')::text AS counts
		FROM cards WHERE ${chosen} AND ${period}
		GROUP BY 1 ORDER BY 1`,

	// Costs are known by the month, so only months that the period has whole count.
	months: `
		WITH known AS (SELECT min(day) AS first, max(day) AS last FROM cards),
			monthly AS (
				SELECT campaign, date_trunc('month', day)::date AS month, card FROM cards WHERE day IS NOT NULL
				UNION ALL SELECT campaign, month, card FROM costs)
		SELECT to_char(month, 'YYYY-MM') AS month, revenue(card)::float8, cost(card)::float8, margin(card)::float8, margin_rate(card), roi(card)
		FROM monthly, known
		WHERE ${chosen} AND greatest(month, first) >= $2::date AND least((month + interval '1 month - 1 day')::date, last) <= $3::date
		GROUP BY ROLLUP (month) HAVING count(*) > 0 ORDER BY monthly.month NULLS LAST`,
};

// Runs queries in one state of the roll-ups. kpi is in whatever schema it was
// made in.
async function reading(pool, work) {
	const client = await pool.connect();

	try {
		await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		await client.query(`
			SELECT set_config('search_path', concat_ws(', ', 'dashboard', (
				SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'kpi'), 'pg_temp'), true)`);
		return await work(client);
	} catch (error) {
		// a value that its type cannot hold, though it is written as one
		if (/^22/.test(error.code))
			throw new BadRequest('text', error.message);
		throw error;
	} finally {
		await client.query('ROLLBACK').catch(() => {});
		client.release();
	}
}

// What can be chosen.
export const choices = (pool) => reading(pool, async (client) => {
	const { rows } = await client.query(`
		SELECT coalesce(array_agg(DISTINCT campaign ORDER BY campaign) FILTER (WHERE campaign IS NOT NULL), '{}') AS campaigns,
			to_char(min(day), 'YYYY-MM-DD') AS first, to_char(max(day), 'YYYY-MM-DD') AS last
		FROM cards`);
	const labels = await client.query('SELECT name, label_en AS en, label_fr AS fr, average::float8, best::float8 FROM kpi_catalog');

	return { ...rows[0], labels: labels.rows };
});

// All figures of the page.
export const figures = (pool, { campaign, from, to, language }) => reading(pool, async (client) => {
	const result = {};

	for (const [name, text] of Object.entries(queries)) {
		const values = [campaign, from, to];
		if (text.includes('$4'))
			values.push(language);
		result[name] = (await client.query({ name, text, values })).rows;
	}
	return result;
});
