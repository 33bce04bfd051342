// The page of campaigns that it is not made for, and of none at all.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { browse, createDatabase, of, readers, run, serve } from './server.js';

let browser, server, empty;

before(async () => {
	await createDatabase('dashboard_wide');
	await run('dashboard_wide', 'test/odd.sql');
	await createDatabase('dashboard_none');
	server = await serve('dashboard_wide');
	empty = await serve('dashboard_none');
	browser = await browse();
});

after(async () => {
	await browser?.close();
	await server?.stop();
	await empty?.stop();
});

const inWords = { en: [/first day is after the last/, /Choose the first/, /no calls yet/, 'unknown'], fr: [/premier jour est après le dernier/, /Choisissez le premier/, /pas encore d’appels/, 'inconn'] };

for (const reader of readers) {
	const [after, missing, none, unknown] = inWords[reader.locale.slice(0, 2)];

	test(`nothing is wider than the screen: ${of(reader)}`, async () => {
		const page = await browser.open(`${server.address}?period=all`, reader);

		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
		await page.locator('[name=campaign]').selectOption({ index: 3 });
		await page.waitForTimeout(300);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
		await page.context().close();
	});

	test(`what nobody knows is said to be unknown: ${of(reader)}`, async () => {
		const page = await browser.open(`${server.address}?period=all`, reader);

		assert.doesNotMatch(await page.locator('main').innerText(), /null|undefined|NaN/);
		for (const panel of ['#reach', '#products'])
			assert.ok((await page.locator(panel).textContent()).includes(unknown), panel);
		assert.equal(await page.locator('#products tbody tr').count(), 3);
		await page.context().close();
	});

	test(`a period that is none takes the figures away, and says why: ${of(reader)}`, async () => {
		const page = await browser.open(`${server.address}?period=all`, reader);
		const told = (pattern) => page.waitForFunction((text) => new RegExp(text).test(document.querySelector('#message').textContent), pattern.source);

		assert.ok(await page.locator('#figures').isVisible());
		await page.locator('[name=from]').fill('2025-03-22');
		await told(after);
		assert.ok(await page.locator('#figures').isHidden());
		await page.locator('[name=from]').fill('');
		await told(missing);
		assert.ok(await page.locator('#figures').isHidden());
		await page.locator('[name=from]').fill('2025-03-04');
		await page.waitForFunction(() => document.querySelector('#message').hidden);
		assert.ok(await page.locator('#figures').isVisible());
		await page.context().close();
	});

	test(`an empty database is said to be empty: ${of(reader)}`, async () => {
		const page = await browser.open(empty.address, reader);

		assert.match(await page.locator('#message').textContent(), none);
		assert.ok(await page.locator('#figures').isHidden());
		await page.context().close();
	});
}

test('the browser had nothing to complain of, and asked nobody else', () => {
	assert.deepEqual(browser.complaints, []);
});
