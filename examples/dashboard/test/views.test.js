// What readers do with the page, in a real browser, on the small campaign that
// small.sql makes: desktop and phone, English and French, light and dark.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import pg from 'pg';

import { browse, createDatabase, desktop, of, phone, readers, run, serve } from './server.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const march = 'from=2025-03-01&to=2025-03-31';
let browser, server, owner;

before(async () => {
	await createDatabase('dashboard_views');
	await run('dashboard_views', 'test/small.sql');
	server = await serve('dashboard_views');
	owner = new pg.Client({ database: 'dashboard_views' });
	await owner.connect();
	browser = await browse();
});

after(async () => {
	await browser?.close();
	await server?.stop();
	await owner?.end();
});

const open = (query, options = desktop) => browser.open(`${server.address}?${query}`, options);
const tile = (page, kpi) => page.locator(`[data-kpi=${kpi}] b`).textContent();
const asked = (page) => Object.fromEntries(new URL(page.url()).searchParams);

// Does something, and waits until the page has followed.
async function follow(page, act) {
	const shown = await page.evaluate(() => document.body.dataset.shown);

	await act();
	await page.waitForFunction((before) => document.body.dataset.shown !== before, shown);
}

test('a figure says how it has changed, and what its target is', async () => {
	const page = await open('from=2025-03-17&to=2025-03-21');
	const text = (kpi) => page.locator(`[data-kpi=${kpi}]`).innerText();

	assert.match(await text('contact_rate'), /40\.0%[^]*\+13\.8 pts better[^]*Target 20\.0%: reached/);
	assert.match(await text('settled_closing_rate'), /66\.7%[^]*no clear change[^]*5 appointments open[^]*not clear yet/);
	assert.match(await page.locator('#period').textContent(), /17 Mar 2025 – 21 Mar 2025.*compared with 10 Mar 2025 – 14 Mar 2025/);
	await follow(page, () => page.locator('[name=compare]').selectOption('none'));
	assert.doesNotMatch(await text('contact_rate'), /better/);
	assert.equal(asked(page).compare, 'none');
	await follow(page, () => page.locator('[name=compare]').selectOption('year'));
	assert.match(await page.locator('#period').textContent(), /not compared with 18 Mar 2024.*data begin on 3 Mar 2025/);
	await page.context().close();
});

test('a week with open appointments is marked', async () => {
	const page = await open(march);
	const rows = await page.locator('#weeks tbody tr').evaluateAll((found) => found.map((row) => [...row.cells].map((cell) => cell.textContent)));

	assert.deepEqual(rows.map((row) => row.slice(-2)), [['0', ''], ['0', ''], ['5', 'not whole']]);
	const [hollow, full] = await page.locator('#weeks').evaluate((panel) => ['rgb(255,255,255)', '#fff'].map((color) => panel.querySelectorAll(`path[fill="${color}"]`).length).concat(panel.querySelectorAll('path[fill="#1f6f8b"]').length).sort().slice(-2));
	assert.ok(hollow >= 1 || full >= 1);
	await page.context().close();
});

for (const [name, options, title, says, within] of [
	['desktop, en', desktop, 'How long it takes', 'Speed to lead: half within 8 min, nine in ten within 16 min, of 60.', 'Within'],
	['phone, fr', { ...phone, locale: 'fr-FR' }, 'Délais', 'la moitié en moins de 8 min, neuf sur dix en moins de 16 min, sur 60.', 'En moins de'],
]) {
	test(`delays are shares within a time, with bounds: ${name}`, async () => {
		const page = await open(march, options);
		const panel = page.locator('#delays');

		assert.equal(await panel.locator('h2').textContent(), title);
		const note = (await panel.locator('.note').textContent()).replace(/\s/g, ' ');

		assert.ok(note.includes(says), note);
		await panel.locator('summary').click();
		assert.ok((await panel.locator('thead').textContent()).includes(within));
		const rows = await panel.locator('tbody tr').evaluateAll((found) => found.map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\s/g, ' '))));
		const shares = rows.map((row) => Number.parseFloat(row[2].replace(',', '.')));

		// the cycle of sales: 3, 6, 9 and 12 days; to the first call: 4, 8, 12 and 16 minutes
		assert.deepEqual(shares, [0, 0, 0, 0, 0, 0, 0, 50, 100, 0, 25, 75, 100, 100, 100, 100, 100, 100]);
		assert.match(rows[10][3], /^15[.,]8 ?%$/);
		assert.equal(await panel.locator('.chart svg').count(), 1);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		await page.context().close();
	});
}

for (const [name, options, title, value, axis] of [
	['desktop, en', desktop, 'Speed to lead, median', '8 min', '5 min'],
	['phone, fr', { ...phone, locale: 'fr-FR' }, 'Délai de premier appel, médiane', '8 min', '5 min'],
]) {
	test(`delays have a view by week and by agent: ${name}`, async () => {
		const page = await open(march, options);
		const plain = (text) => text.replace(/\s/g, ' ');

		await page.locator('#delays summary').click();
		await follow(page, () => page.locator('#delays td a').last().click());
		assert.equal(asked(page).kpi, 'speed_to_lead');
		assert.equal(await page.locator('#kpi-title').textContent(), title);
		assert.equal(plain(await tile(page, 'speed_to_lead')), value);
		await page.locator('#series summary').click();
		await page.locator('#of-agent summary').click();
		const cells = (panel) => page.locator(`${panel} tbody tr`).evaluateAll((found) => found.map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\s/g, ' '))));

		assert.deepEqual((await cells('#series')).map((row) => row.slice(1, 5)), Array(3).fill(['8 min', '8 min', '12 min', options === desktop ? 'of 20' : 'sur 20']));
		assert.deepEqual((await cells('#of-agent')).map((row) => row.slice(0, 2)), [['Steady', '8 min']].concat((await cells('#of-agent')).slice(1).map((row) => [row[0], '–'])));
		assert.ok(plain(await page.locator('#series .chart').textContent()).includes(axis));
		assert.ok(await page.locator('#delays .chart').isVisible());
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		// it can be a tile, and what agents are ranked by
		await follow(page, () => page.locator('#crumbs a').first().click());
		await page.locator('#all [data-family=reach] summary').click();
		await follow(page, () => page.locator('[data-star=speed_to_lead]').click());
		assert.equal(plain(await tile(page, 'speed_to_lead')), value);
		await follow(page, () => page.locator('.measure').selectOption('speed_to_lead'));
		assert.ok(plain(await page.locator('#ranking').textContent()).includes(value));
		await page.context().close();
	});
}

test('a target without bounds is told from one that is not clear yet', async () => {
	const page = await open(`${march}&campaign=A`);

	assert.match(await page.locator('[data-kpi=roi]').innerText(), /Target 100\.0%: above, without bounds/);
	assert.match(await page.locator('#targets').innerText(), /above, without bounds/);
	await page.context().close();
});

test('what has no delays has no panel of them', async () => {
	const page = await open(`${march}&segment=Homes`);

	assert.ok(!await page.locator('#delays').isVisible());
	await page.context().close();
});

test('quick periods are in the address, and what is shown are their days', async () => {
	const page = await open('period=all');
	const days = async () => [await page.locator('[name=from]').inputValue(), await page.locator('[name=to]').inputValue()];

	// counted from the day after the last one with data, a Saturday
	for (const [period, from, to] of [['yesterday', '2025-03-21', '2025-03-21'], ['this_week', '2025-03-17', '2025-03-22'], ['last_week', '2025-03-10', '2025-03-16'],
		['weeks4', '2025-02-22', '2025-03-21'], ['this_month', '2025-03-01', '2025-03-22'], ['last_month', '2025-02-01', '2025-02-28'], ['all', '2025-03-03', '2025-03-21']]) {
		await follow(page, () => page.locator('[name=period]').selectOption(period));
		assert.deepEqual([asked(page).period, ...await days()], [period, from, to]);
	}
	await follow(page, () => page.locator('[name=from]').fill('2025-03-10'));
	assert.deepEqual(asked(page), { from: '2025-03-10', to: '2025-03-21' });
	await page.context().close();
});

test('a click leads into an agent, a segment, an hour or a campaign; back and the way lead out', async () => {
	const page = await open(march);
	const whole = await tile(page, 'calls');

	await page.locator('#ranking summary').click();
	await follow(page, () => page.locator('#ranking td a', { hasText: 'Lucky' }).click());
	assert.equal(asked(page).agent, 'Lucky');
	assert.equal(await tile(page, 'settled_closing_rate'), '100.0%');
	assert.match(await page.locator('#crumbs').textContent(), /All campaigns.*Agent: Lucky/);
	const sent = await browser.open(page.url());
	assert.equal(await tile(sent, 'settled_closing_rate'), '100.0%');
	await sent.context().close();
	await follow(page, () => page.goBack());
	assert.equal(await tile(page, 'calls'), whole);
	await follow(page, () => page.goForward());
	assert.equal(asked(page).agent, 'Lucky');
	await follow(page, () => page.locator('#crumbs a').first().click());
	assert.deepEqual([asked(page).agent, await tile(page, 'calls')], [undefined, whole]);

	// the chart leads there as well
	await follow(page, () => page.locator('#ranking .tabs a', { hasText: 'Segments' }).click());
	await page.locator('#ranking summary').scrollIntoViewIfNeeded();
	await follow(page, () => page.locator('#ranking td a', { hasText: 'Shops' }).click());
	assert.deepEqual([asked(page).segment, asked(page).rank], ['Shops', 'segment']);
	await follow(page, () => page.goBack());
	const chart = await page.locator('#reach .chart').boundingBox();
	await page.locator('#reach .chart').scrollIntoViewIfNeeded();
	await follow(page, () => page.locator('#reach .chart').click({ position: { x: chart.width * 0.35, y: 60 } }));
	assert.match(asked(page).hour, /^(09|10):00$/);
	assert.equal(asked(page).segment, undefined);
	await follow(page, () => page.goBack());
	await follow(page, () => page.locator('#ranking .tabs a', { hasText: 'Campaigns' }).click());
	await page.locator('#ranking details:not([open]) summary').click();
	await follow(page, () => page.locator('#ranking td a', { hasText: 'A' }).click());
	assert.equal(asked(page).campaign, 'A');
	assert.match(await page.locator('#months').textContent(), /day on which the order was signed/);
	await page.context().close();
});

for (const reader of readers) {
	test(`each KPI opens its own view: ${of(reader)}`, async () => {
		const page = await open(march, reader);
		const french = reader.locale === 'fr-FR';

		for (const [name, count] of [['targeting', 5], ['reach', 9], ['net_sales', 12]]) {
			await page.locator(`#all [data-family=${name}] summary`).click();
			assert.equal(await page.locator(`#all [data-family=${name}] tbody tr`).count(), count);
		}
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
		await follow(page, () => page.locator('#all td a', { hasText: french ? 'Taux de contact (conversation)' : /^Contact rate$/ }).click());
		assert.equal(asked(page).kpi, 'contact_rate');
		assert.match(await page.locator('#kpi').innerText(), french ? /Ce que c’est[^]*appels/i : /What it is[^]*calls/);
		assert.equal(await page.locator('#series tbody tr').count(), 3);
		await follow(page, () => page.locator('#series .tabs a').first().click());
		assert.deepEqual([asked(page).by, await page.locator('#series tbody tr').count()], ['day', 15]);
		assert.equal(await page.locator('#of-hour tbody tr').count(), 2);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
		await follow(page, () => page.locator('#crumbs a').first().click());
		assert.ok(await page.locator('#funnel').isVisible());
		await page.context().close();
	});

	test(`axe finds nothing in any view, light or dark: ${of(reader)}`, async () => {
		const page = await open(march, reader);

		for (const query of [march, `${march}&kpi=contact_rate`, `${march}&kpi=roi`, `${march}&kpi=speed_to_lead`, `${march}&agent=Lucky&rank=campaign`, 'from=2025-03-22&to=2025-03-21']) {
			await page.goto(`${server.address}?${query}`);
			await page.waitForFunction(() => document.body.dataset.shown);
			await page.evaluate(axe);
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
				const { violations } = await page.evaluate(() => window.axe.run());
				assert.deepEqual(violations.map(({ id, nodes }) => `${query} ${colorScheme} ${id} ${nodes.slice(0, 3).map((node) => node.target).join(' ')} ${nodes[0].failureSummary}`), []);
			}
		}
		await page.context().close();
	});
}

test('the tiles are a choice that stays, and can be sent', async () => {
	const page = await open(march);
	const tiles = (where) => where.locator('#tiles .tile').evaluateAll((found) => found.map((one) => one.dataset.kpi));

	await page.locator('#all [data-family=sales] summary').click();
	await page.locator('[data-star=win_rate]').focus();
	await follow(page, () => page.keyboard.press('Enter'));
	assert.equal((await tiles(page)).at(-1), 'win_rate');
	assert.equal(await page.locator('[data-star=win_rate]').getAttribute('aria-pressed'), 'true');
	assert.equal(await page.evaluate(() => document.activeElement.dataset.star), 'win_rate');
	await follow(page, async () => { await page.locator('.measure').focus(); await page.locator('.measure').selectOption('sales'); });
	assert.ok(await page.evaluate(() => document.activeElement.matches('.measure')));
	const other = await browser.open(page.url());
	assert.deepEqual(await tiles(other), await tiles(page));
	await other.context().close();
	// the next morning, without anything in the address
	await page.goto(`${server.address}?${march}`);
	await page.waitForFunction(() => document.body.dataset.shown);
	assert.equal((await tiles(page)).at(-1), 'win_rate');
	await page.context().close();
});

test('tables can be had as CSV, with numerators and denominators, and charts as PNG', async () => {
	const page = await open(march);
	const saved = async (panel, name) => {
		const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`#${panel} .tools button`, { hasText: name }).click()]);
		return [download.suggestedFilename(), await readFile(await download.path())];
	};
	const [name, text] = await saved('ranking', 'CSV');
	const lines = text.toString('utf8').split('\r\n');
	const heads = lines[0].replace('\ufeff', '').split(',');
	const steady = lines.find((line) => line.startsWith('Steady,settled_closing_rate')).split(',');

	assert.equal(name, 'ranking.csv');
	assert.deepEqual([steady[heads.indexOf('numerator')], steady[heads.indexOf('denominator')]], ['30', '55']);
	assert.match((await saved('all', 'CSV'))[1].toString(), /contact_rate.*,360,1200,/);
	const [picture, bytes] = await saved('weeks', 'PNG');
	assert.equal(picture, 'weeks.png');
	assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
	assert.ok(bytes.readUInt32BE(16) > 600 && bytes.length > 4000);
	await page.context().close();
});

test('the page follows the data by itself, and a chart that is looked at stays open', async () => {
	const page = await open(march);

	await page.locator('#funnel summary').click();
	assert.equal(await tile(page, 'calls'), '1,200');
	await follow(page, () => owner.query(`INSERT INTO dashboard.cards VALUES ('=1+1, "C"', '2025-03-06', NULL, '{"version": 1, "calls": {"no_answer": 100}}'::"Own measures".scorecard)`));
	assert.equal(await tile(page, 'calls'), '1,300');
	assert.ok(await page.locator('#funnel table').isVisible());
	assert.ok((await page.locator('[name=campaign] option').allTextContents()).includes('=1+1, "C"'));
	// a name that a spreadsheet would run is text in it
	await follow(page, () => page.locator('#ranking .tabs a', { hasText: 'Campaigns' }).click());
	const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#ranking .tools button', { hasText: 'CSV' }).click()]);
	assert.ok((await readFile(await download.path(), 'utf8')).includes(`"'=1+1, ""C"""`));
	await follow(page, () => owner.query(`DELETE FROM dashboard.cards WHERE campaign LIKE '=%'`));
	assert.equal(await tile(page, 'calls'), '1,200');
	await page.context().close();
});

test('what takes long is said to be loading, and what fails to have failed', async () => {
	const page = await open(march);

	await page.route('**/api/figures?*', async (route) => { await new Promise((resolve) => setTimeout(resolve, 1200)); await route.continue(); });
	await page.locator('[name=compare]').selectOption('none');
	await page.waitForFunction(() => /Loading/.test(document.querySelector('#message').textContent) && document.querySelector('#figures').hasAttribute('aria-busy'));
	await page.waitForFunction(() => document.querySelector('#message').hidden && !document.querySelector('#figures').hasAttribute('aria-busy'));
	await page.unroute('**/api/figures?*');
	await page.route('**/api/figures?*', (route) => route.abort());
	await follow(page, () => page.locator('[name=compare]').selectOption('year'));
	assert.match(await page.locator('#message').textContent(), /server does not answer/);
	assert.ok(await page.locator('#figures').isHidden());
	await page.context().close();
	for (const [query, said] of [['kpi=nonsense', /no such KPI/], ['agent=a&hour=09:00', /Choose one of/], ['hour=x', /choice that is none/], ['from=2025-02-30&to=2025-03-01', /not a day/]]) {
		const wrong = await open(query);
		assert.match(await wrong.locator('#message').textContent(), said);
		await wrong.context().close();
	}
});

test('the keyboard reaches all: first the way past the choices', async () => {
	const page = await open(march);

	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
	const reached = new Set();
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press('Tab');
		reached.add(await page.evaluate(() => document.activeElement.dataset.kpi ?? document.activeElement.name ?? document.activeElement.tagName));
	}
	for (const name of ['campaign', 'period', 'compare', 'language', 'contact_rate', 'SUMMARY'])
		assert.ok(reached.has(name), name);
	await page.context().close();
});

test('on paper it is a report of two pages', async () => {
	for (const screen of [desktop, phone]) {
		const page = await open(`${march}&print=1`, screen);
		const pages = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString('latin1').match(/\/Type\s*\/Page\b/g).length;

		assert.equal(pages, 2);
		await page.context().close();
	}
});

test('the browser had nothing to complain of, and asked nobody else', () => {
	assert.deepEqual(browser.complaints.filter((text) => !/ERR_FAILED/.test(text)), []);
});
