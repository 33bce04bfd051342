// script/report: the page as a file, for cron.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { browse, createDatabase, run, serve } from './server.js';

const folder = fileURLToPath(new URL('..', import.meta.url));
const script = process.env.KPI_REPORT ?? join(folder, '../../script/report');
let directory, server;

before(async () => {
	directory = await mkdtemp(join(tmpdir(), 'report-'));
	await createDatabase('dashboard_report');
	await run('dashboard_report', 'test/odd.sql');
	server = await serve('dashboard_report');
});

after(async () => {
	await server?.stop();
	await rm(directory, { recursive: true });
});

const report = (...options) => spawnSync(script, options, { encoding: 'utf8', env: { ...process.env, PGDATABASE: 'dashboard_report', PGUSER: 'kpi_dashboard', KPI_DASHBOARD: folder } });

test('a PDF has two pages, however many agents and however long names are', async () => {
	const file = join(directory, 'week.pdf');
	const { status, stderr } = report(file, '--address', server.address, '--period', 'all');

	assert.deepEqual([status, stderr], [0, '']);
	const text = (await readFile(file)).toString('latin1');
	assert.ok(text.startsWith('%PDF-'));
	assert.equal(text.match(/\/Type\s*\/Page\b/g).length, 2);
});

test('an HTML report is one file that asks for nothing, and starts the server by itself', async () => {
	const file = join(directory, 'week.html');
	const { status, stderr } = report(file, '--from', '2025-03-10', '--to', '2025-03-16', '--campaign', 'Campaign 1', '--language', 'fr');

	assert.deepEqual([status, stderr], [0, '']);
	const text = await readFile(file, 'utf8');
	assert.doesNotMatch(text, /<script|<link rel="stylesheet"|href="\?|<form|<button|<select/);
	assert.match(text, /Campagnes de vente par téléphone[^]*10 mars 2025[^]*Taux de closing/);
	const browser = await browse();
	const page = await browser.open(`file://${file}`);
	assert.ok(await page.locator('#funnel svg').isVisible());
	assert.match(await page.locator('#crumbs').innerText(), /Campaign 1/);
	assert.equal(await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => !name.startsWith('data:')).length), 0);
	await browser.close();
});

test('one KPI, too', async () => {
	const file = join(directory, 'kpi.html');

	assert.equal(report(file, '--address', server.address, '--period', 'all', '--kpi', 'contact_rate').status, 0);
	assert.match(await readFile(file, 'utf8'), /id="series"[^]*<svg/);
});

test('what goes wrong is said', () => {
	for (const [options, said] of [
		[[], /needs the name of the report/], [['x.doc'], /\.pdf or \.html/], [['x.pdf', '--from', '2025-01-01'], /--from needs --to/], [['x.pdf', '--nonsense'], /unknown option/],
		[['x.pdf', 'y.pdf'], /one report at a time/], [[join(directory, 'x.pdf'), '--address', server.address, '--from', '2025-02-30', '--to', '2025-03-01'], /not a day/],
		[[join(directory, 'x.pdf'), '--address', 'http://127.0.0.1:1/'], /does not answer as a dashboard/],
	]) {
		const { status, stderr } = report(...options);
		assert.equal(status, 1, options.join(' '));
		assert.match(stderr, said);
	}
});
