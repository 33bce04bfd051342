// The page of a file, as script/demo FILE --dashboard makes it: its agents, its
// segments, the hours of its calls and its delays.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { browse, desktop, phone, serve } from './server.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const scripts = dirname(process.env.KPI_REPORT);
const database = 'dashboard_file';
let browser, server, folder;

function does(program, ...args) {
	const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, PGDATABASE: database } });

	assert.equal(status, 0, stderr);
}

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kpi-file.'));
	const file = join(folder, 'spring.csv');
	// forty calls at nine and ten o'clock, of two agents in two towns
	const rows = Array.from({ length: 40 }, (_, i) =>
		`L${i},2024-03-0${4 + i % 4} 0${8 + i % 2}:50,2024-03-0${4 + i % 4} ${i % 2 ? '10' : '09'}:0${i % 4},${i % 3 ? 'Ann' : 'Bob'},${i % 4 ? 'Lyon' : 'Nice'},${['SALE', 'NI', 'A', 'NA'][i % 4]}`);
	await writeFile(file, `lead,came,called,agent,town,status\n${rows.join('\n')}\n`);

	does('psql', '-X', '-q', '-d', 'postgres', '-c', `drop database if exists ${database} with (force)`, '-c', `create database ${database}`);
	does('psql', '-X', '-q', '-c', 'create extension kpi');
	does('perl', join(scripts, 'file-report'), file, '--dispositions', 'vicidial', '--code', 'status', '--lead', 'lead', '--when', 'called', '--period', 'day',
		'--by', 'agent', '--segment', 'town', '--created', 'came', '--dashboard');
	does('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', 'tables.sql');
	does('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'campaign=spring', '-f', join(scripts, 'file-dashboard.sql'));
	server = await serve(database);
	browser = await browse();
});

after(async () => {
	await browser?.close();
	await server?.stop();
	await rm(folder, { recursive: true });
});

const cells = (rows) => rows.evaluateAll((found) => found.map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\s/g, ' '))));

for (const [name, options, segments, speed] of [
	['desktop, en', desktop, 'Segments', 'Speed to lead: half within 11 min'],
	['phone, en', phone, 'Segments', 'Speed to lead: half within 11 min'],
	['desktop, fr', { ...desktop, locale: 'fr-FR' }, 'Segments', 'Délai de premier appel : la moitié en moins de 11 min'],
	['phone, fr', { ...phone, locale: 'fr-FR' }, 'Segments', 'Délai de premier appel : la moitié en moins de 11 min'],
]) {
	test(`a file has its hours, segments and delays on the page: ${name}`, async () => {
		const page = await browser.open(`${server.address}?period=all&rank=segment&measure=conversion_rate`, options);

		await page.locator('#reach summary').click();
		const hours = await cells(page.locator('#reach tbody tr'));

		assert.deepEqual(hours.map((row) => `${row[1]} ${row[3]}`).sort(), ['09:00 10', '09:00 10', '10:00 10', '10:00 10']);
		assert.equal(await page.locator('#ranking h2').textContent(), segments);
		await page.locator('#ranking summary').click();
		assert.deepEqual((await cells(page.locator('#ranking tbody tr'))).map((row) => row.find((cell) => /Lyon|Nice/.test(cell)).trim()).sort(), ['Lyon', 'Nice']);
		assert.ok((await page.locator('#delays .note').textContent()).replace(/\s/g, ' ').includes(speed), await page.locator('#delays .note').textContent());
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));

		await page.evaluate(axe);
		const { violations } = await page.evaluate(() => window.axe.run());
		assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);

		// a segment and an hour lead on
		const sales = await page.locator('[data-kpi=calls] b').textContent();
		assert.equal(sales, '40');
		await page.goto(`${server.address}?period=all&segment=Nice`);
		await page.locator('[data-kpi=calls] b').waitFor();
		assert.equal(await page.locator('[data-kpi=calls] b').textContent(), '10');
		await page.goto(`${server.address}?period=all&hour=09:00`);
		await page.locator('[data-kpi=calls] b').waitFor();
		assert.equal(await page.locator('[data-kpi=calls] b').textContent(), '20');
		await page.context().close();
	});
}
