// Holds what the page shows, in a real browser, against plain SQL over the demo
// campaigns' tables. script/test-dashboard runs it; DASHBOARD is the page's
// address, and PGHOST and the like are where the campaigns are.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';

import { browse } from './server.js';

const owner = new pg.Pool();
const address = process.env.DASHBOARD;
let browser, page;

before(async () => {
	browser = await browse();
	page = await browser.open(`${address}?period=all`);
});

after(async () => {
	await browser?.close();
	await owner.end();
});

// Makes the choices, and waits until the page has followed.
async function choose(choices) {
	for (const [name, value] of Object.entries(choices)) {
		const field = page.locator(`[name=${name}]`);
		const shown = await page.evaluate(() => document.body.dataset.shown);

		if (await field.inputValue() === value)
			continue;
		if (['from', 'to'].includes(name))
			await field.fill(value);
		else
			await field.selectOption(value);
		await page.waitForFunction((before) => document.body.dataset.shown !== before, shown);
	}
}

const cells = (id) => page.locator(`#${id} tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
const tile = (kpi) => page.locator(`[data-kpi=${kpi}] b`).textContent();

// Rows of plain SQL. Figures are text as the page writes them in English: p() a
// percentage, n() a number; a dash where there is none.
async function sql(query, choices) {
	const client = await owner.connect();

	try {
		await client.query(`
			CREATE OR REPLACE FUNCTION pg_temp.n(value numeric, digits int DEFAULT 0) RETURNS text LANGUAGE sql AS
				$$ SELECT coalesce(trim(trailing '.' FROM to_char(value, 'FM999,999,999,990.' || repeat('0', digits))), '–') $$;
			CREATE OR REPLACE FUNCTION pg_temp.p(part numeric, whole numeric) RETURNS text LANGUAGE sql AS
				$$ SELECT CASE WHEN part / nullif(whole, 0) IS NULL THEN '–' ELSE pg_temp.n(100 * part / whole, 1) || '%' END $$`);
		await client.query(`SELECT set_config('search_path', 'demo, public', false)`);
		const values = [choices.campaign ?? null, choices.from, choices.to].slice(0, query.includes('$3') ? 3 : 1);
		return (await client.query({ text: query, values, rowMode: 'array' })).rows;
	} finally {
		client.release();
	}
}

const called = `calls WHERE ($1::text IS NULL OR campaign = $1) AND day BETWEEN $2::date AND $3::date`;
const worked = `agent_days JOIN agents USING (agent_id) JOIN campaigns c USING (campaign_id) WHERE ($1::text IS NULL OR c.name = $1) AND day BETWEEN $2::date AND $3::date`;
const listed = `leads WHERE ($1::text IS NULL OR campaign = $1) AND (day BETWEEN $2::date AND $3::date OR day IS NULL)`;
const has = (milestone) => `count(*) FILTER (WHERE reached(outcome, '${milestone}'))`;
const net = `count(*) FILTER (WHERE reached(outcome, 'validated') AND NOT reached(outcome, 'cancelled'))`;
const settled = `count(*) FILTER (WHERE reached(outcome, 'appointment') AND (reached(outcome, 'sale') OR reached(outcome, 'refused') OR reached(outcome, 'no_show')))`;
const closed = `count(*) FILTER (WHERE reached(outcome, 'sale') AND reached(outcome, 'appointment'))`;

// Each panel, by hand
async function check(choices) {
	const [[calls, contact]] = await sql(`SELECT pg_temp.n(${has('attempted')}), pg_temp.p(${has('contact')}, ${has('attempted')}) FROM ${called}`, choices);
	assert.equal(await tile('calls'), calls);
	assert.equal(await tile('contact_rate'), contact);

	assert.deepEqual([await tile('conversion_rate'), await tile('net_sales'), await tile('settled_closing_rate')], (await sql(`
		SELECT pg_temp.p(${has('sale')}, count(*)), pg_temp.n(${net}), pg_temp.p(${closed}, ${settled}) FROM ${listed}`, choices))[0]);

	const [[seconds]] = await sql(`SELECT extract(epoch FROM sum(worked)) FROM ${worked}`, choices);
	const [[occupancy]] = await sql(`SELECT pg_temp.p(extract(epoch FROM sum(talk) + sum(handle))::numeric, ${seconds}) FROM ${called} AND agent IS NOT NULL`, choices);
	assert.equal(await tile('occupancy'), occupancy);
	// calls that the dialer ended by itself count as calls, and as no agent's time
	const [[hourly]] = await sql(`SELECT pg_temp.n(${has('attempted')} * 3600.0 / nullif(${seconds}, 0), 1) FROM ${called}`, choices);
	assert.equal(await tile('calls_per_hour'), hourly);

	assert.deepEqual((await cells('funnel')).map((row) => row.slice(1, 4)), await sql(`
		SELECT pg_temp.n(count), CASE WHEN place > 1 THEN pg_temp.p(count, lag(count) OVER (ORDER BY place)) ELSE '' END,
			pg_temp.p(count, first_value(count) OVER (ORDER BY place))
		FROM (SELECT ARRAY[count(*), ${['attempted', 'contact', 'argued', 'sale'].map(has)}, ${net}] AS counts FROM ${listed}) c,
			unnest(counts) WITH ORDINALITY u (count, place)
		ORDER BY place`, choices));

	assert.deepEqual((await cells('reach')).map((row) => row.slice(0, 4)), await sql(`
		SELECT (ARRAY['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])[extract(isodow FROM day)::int], to_char(slot, 'HH24:MI'),
			pg_temp.p(${has('contact')}, ${has('attempted')}), pg_temp.n(${has('attempted')})
		FROM ${called} GROUP BY extract(isodow FROM day), 1, 2 ORDER BY extract(isodow FROM day), 2`, choices));

	// all agents, in the order of what they close for sure
	const agents = (await cells('ranking')).map(([name, closing, low, , parts, , sales]) => ({ name, closing, low: low === '–' ? -1 : parseFloat(low), parts, sales }));
	const found = await sql(`
		SELECT agent, pg_temp.p(${closed}, ${settled}), CASE WHEN ${settled} + ${closed} > 0 THEN ${closed} || ' / ' || ${settled} ELSE '0 / 0' END, pg_temp.n(${has('sale')})
		FROM ${listed} AND day IS NOT NULL AND agent IS NOT NULL GROUP BY agent HAVING ${settled} > 0 ORDER BY agent COLLATE "C"`, choices);
	assert.deepEqual(agents.filter(({ closing }) => closing !== '–').map(({ name, closing, parts, sales }) => [name, closing, parts, sales]).sort((a, b) => a[0] < b[0] ? -1 : 1), found);
	assert.deepEqual(agents.map(({ low }) => low), agents.map(({ low }) => low).sort((a, b) => b - a));

	assert.deepEqual((await cells('reasons')).map((row) => row.slice(0, 3)), await sql(`
		SELECT coalesce(reason, 'not asked'), pg_temp.n(count(*)), pg_temp.p(count(*), sum(count(*)) OVER ())
		FROM ${called} AND reached(outcome, 'refused') AND NOT reached(outcome, 'sale')
		GROUP BY reason ORDER BY count(*) DESC, reason COLLATE "C"`, choices));

	assert.deepEqual((await cells('products')).map((row) => row.slice(0, 4)), await sql(`
		SELECT product, pg_temp.n(count(*)), pg_temp.p(count(*), sum(count(*)) OVER ()), pg_temp.n(sum(amount), 2)
		FROM ${listed} AND day IS NOT NULL AND reached(outcome, 'sale')
		GROUP BY product ORDER BY count(*) DESC, product COLLATE "C"`, choices));

	assert.deepEqual((await cells('weeks')).map(([week, rate, , , parts, open]) => [week, rate, parts, open]), await sql(`
		SELECT 'Week of ' || to_char(date_trunc('week', day), 'FMDD ') || (ARRAY['Sept', 'Oct', 'Nov'])[extract(month FROM date_trunc('week', day))::int - 8] || to_char(date_trunc('week', day), ' YYYY'),
			pg_temp.p(${closed}, ${settled}), ${closed} || ' / ' || ${settled}, (${has('appointment')} - ${settled})::text
		FROM ${listed} AND day IS NOT NULL GROUP BY date_trunc('week', day) HAVING ${settled} > 0 ORDER BY date_trunc('week', day)`, choices));
	if (choices.campaign !== 'Health cover')
		assert.match(await page.locator('#weeks .chart').textContent(), /best 57%.*average 44%|average 44%.*best 57%/);
}

// A picture of the page for the documentation, down to the end of a panel.
async function picture(name, last) {
	if (!process.env.KPI_SCREENSHOTS)
		return;
	await page.evaluate(() => document.activeElement.blur());
	const { width } = page.viewportSize();
	const end = await page.locator(`#${last}`).evaluate((panel) => panel.getBoundingClientRect().bottom + window.scrollY);

	await page.screenshot({ path: `${process.env.KPI_SCREENSHOTS}/${name}.png`, clip: { x: 0, y: 0, width, height: Math.ceil(end) + 14 }, fullPage: true });
}

const pictured = { from: '2024-10-21', to: '2024-11-03' };
const whole = { from: '2024-09-30', to: '2024-11-29' };

test('all campaigns, the whole time', async () => {
	await check(whole);
	assert.deepEqual(await cells('months'), await sql(`
		WITH sold AS (SELECT date_trunc('month', signed_on) AS month, sum(amount) AS revenue FROM leads WHERE NOT reached(outcome, 'cancelled') AND amount IS NOT NULL GROUP BY 1),
			spent AS (SELECT month, sum(amount) AS cost FROM costs GROUP BY 1)
		SELECT coalesce((ARRAY['Sept', 'Oct', 'Nov'])[extract(month FROM month)::int - 8] || to_char(month, ' YYYY'), 'All whole months'), pg_temp.n(sum(revenue), 2), pg_temp.n(sum(cost), 2), pg_temp.n(sum(revenue) - sum(cost), 2),
			pg_temp.p(sum(revenue) - sum(cost), sum(revenue)), pg_temp.p(sum(revenue) - sum(cost), sum(cost))
		FROM sold FULL JOIN spent USING (month) WHERE $1::text IS NULL GROUP BY ROLLUP (month) ORDER BY month`, whole));
});

test('one campaign, two weeks', async () => {
	const choices = { campaign: 'Solar roofs', from: '2024-10-07', to: '2024-10-20' };

	await choose(choices);
	await check(choices);
	assert.match(await page.locator('#months').textContent(), /has no whole one/);
	assert.equal(await tile('roi'), '–');
});

test('a campaign without appointments has no closing rate, not one of 0', async () => {
	const choices = { campaign: 'Health cover', ...whole };

	await choose(choices);
	await check(choices);
	assert.equal(await tile('settled_closing_rate'), '–');
	assert.match(await page.locator('#weeks').textContent(), /no data/);
});

test('a time without calls shows no figure at all', async () => {
	await choose({ campaign: 'Health cover', from: '2024-10-05', to: '2024-10-06' });
	assert.equal(await tile('contact_rate'), '–');
	assert.equal(await tile('occupancy'), '–');
	assert.match(await page.locator('#reach').textContent(), /no data/);
	assert.match(await page.locator('#ranking').textContent(), /no data/);
});

test('in French', async () => {
	await choose({ campaign: '', ...whole, language: 'fr' });
	assert.equal(await page.locator('h1').textContent(), 'Campagnes de vente par téléphone');
	assert.equal(await page.locator('[data-kpi=settled_closing_rate] span').first().textContent(), 'Taux de closing sur rendez-vous dénoués');
	assert.match(await tile('contact_rate'), /^24,8\s%$/);
	assert.equal(await page.evaluate(() => document.documentElement.lang), 'fr');
	await choose(pictured);
	await picture('dashboard-fr', 'ranking');
	await choose({ language: 'en' });
});

test('on a phone nothing is wider than the screen', async () => {
	await page.setViewportSize({ width: 390, height: 844 });
	await page.waitForTimeout(200);
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
	await picture('dashboard-phone', 'weeks');
	await page.setViewportSize({ width: 1280, height: 900 });
	await page.waitForTimeout(200);
	await picture('dashboard', 'ranking');
});

test('what is asked for by hand is a value or an error, never SQL', async () => {
	const ask = async (path, options) => {
		const response = await fetch(address + path, options);
		return [response.status, await response.text()];
	};
	const period = 'from=2024-09-30&to=2024-11-15';
	const [status, body] = await ask(`api/figures?${period}&campaign=${encodeURIComponent("' OR true --")}`);

	assert.equal(status, 200);
	assert.deepEqual(JSON.parse(body).ranking, []);
	assert.equal((await ask('api/figures?from=2024-02-30&to=2024-11-15'))[0], 400);
	assert.equal((await ask("api/figures?from=2024-09-30&to=x'"))[0], 400);
	assert.equal((await ask(`api/figures?${period}&language=de`))[0], 400);
	assert.equal((await ask('api/figures'))[0], 400);
	assert.equal((await ask('../server.js'))[0], 404);
	assert.equal((await ask('__proto__'))[0], 404);
	assert.equal((await ask('api/choices', { method: 'POST' }))[0], 405);
});

test('its role may read the sums and nothing else', async () => {
	const reader = new pg.Pool({ user: 'kpi_dashboard' });

	await assert.rejects(reader.query('DELETE FROM dashboard.sums'), /read-only|permission denied/);
	await assert.rejects(reader.query('SET transaction_read_only = off; DELETE FROM dashboard.sums'), /permission denied/);
	await assert.rejects(reader.query('SELECT * FROM demo.orders'), /permission denied/);
	assert.ok((await reader.query('SELECT count(*) FROM dashboard.sums')).rows[0].count > 0);
	await reader.end();
});

test('the browser had nothing to complain of, and asked nobody else', () => {
	assert.deepEqual(browser.complaints, []);
});
