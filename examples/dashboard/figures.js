// The queries behind the page. Each computes its figures with kpi's functions,
// over the scorecards of the roll-ups; the visitor's choices are bound
// parameters only: $1 a campaign or NULL, $2 and $3 the first and the last day,
// $4, where there is one, the language.

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
		GROUP BY 1, 2 ORDER BY 1, 2`,

	agents: `
		SELECT agent, occupancy(card), calls_per_hour(card), calls(card)::float8, closing_rate(card),
			low(kpi(rollup(card), 'closing_rate')) AS closing_low
		FROM cards WHERE ${chosen} AND ${period} AND agent IS NOT NULL
		GROUP BY agent ORDER BY agent`,

	reasons: `
		SELECT item, amount::float8, share::float8
		FROM mix_items((SELECT refusal_reasons(card) FROM cards WHERE ${chosen} AND ${period}))
		ORDER BY rank, item`,

	products: `
		SELECT coalesce(sold.item, money.item) AS item, sold.amount::float8 AS sales, sold.share::float8, money.amount::float8 AS revenue
		FROM mix_items((SELECT product_mix(card) FROM cards WHERE ${chosen} AND ${period})) sold
			FULL JOIN mix_items((SELECT product_revenue_mix(card) FROM cards WHERE ${chosen} AND ${period})) money USING (item)
		ORDER BY sold.rank, 1`,

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

// What can be chosen.
export async function choices(pool) {
	const { rows } = await pool.query(`
		SELECT array_agg(DISTINCT campaign ORDER BY campaign) AS campaigns,
			to_char(min(day), 'YYYY-MM-DD') AS first, to_char(max(day), 'YYYY-MM-DD') AS last
		FROM cards`);
	const labels = await pool.query('SELECT name, label_en AS en, label_fr AS fr, average::float8, best::float8 FROM kpi_catalog');

	return { ...rows[0], labels: labels.rows };
}

// All figures of the page, from one state of the roll-ups.
export async function figures(pool, { campaign, from, to, language }) {
	const client = await pool.connect();
	const result = {};

	try {
		await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		for (const [name, text] of Object.entries(queries)) {
			const values = [campaign, from, to];
			if (text.includes('$4'))
				values.push(language);
			result[name] = (await client.query({ name, text, values })).rows;
		}
		return result;
	} finally {
		await client.query('ROLLBACK').catch(() => {});
		client.release();
	}
}
