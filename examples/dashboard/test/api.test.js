// What is asked of the server by hand: answers, refusals, and a server that
// goes on whatever it was asked.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import pg from 'pg';

import { createDatabase, run, serve } from './server.js';

let server, empty;
const period = 'from=2025-03-03&to=2025-03-21';

before(async () => {
	await createDatabase('dashboard_odd');
	await run('dashboard_odd', 'test/odd.sql');
	await createDatabase('dashboard_empty');
	server = await serve('dashboard_odd');
	empty = await serve('dashboard_empty');
});

after(async () => {
	await server?.stop();
	await empty?.stop();
});

// The status and the body of an answer to what no client would send as well.
function ask(target, { method = 'GET', to = server } = {}) {
	const { hostname, port } = new URL(to.address);

	return new Promise((resolve, reject) => {
		const socket = connect(port, hostname, () => socket.write(`${method} ${target} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`));
		let said = '';

		socket.setEncoding('utf8').on('data', (text) => { said += text; }).on('error', reject)
			.on('close', () => resolve({ status: Number(said.split(' ')[1]), head: said.split('\r\n\r\n')[0], body: said.split('\r\n\r\n').slice(1).join('\r\n\r\n') }));
	});
}

const asked = async (target) => JSON.parse((await ask(target)).body);

test('what cannot be read is a bad request, and the server goes on', async () => {
	for (const target of ['//%', '/%', '/api/choices?%', '/api/figures?from=%ff%', '/%E0%A4%A', '/api/choices?x=%ED%A0%80', '//%/../%'])
		assert.equal((await ask(target)).status, 400, target);
	for (const target of ['///', '//'])
		assert.equal((await ask(target)).status, 200, target);
	for (const target of ['//example.com/', '/../server.js', '/..%2fserver.js', '/server.js', '/__proto__', '/constructor', '/api/', '/%00', 'http://[/', '*'])
		assert.ok([400, 404].includes((await ask(target)).status), target);
	assert.ok(server.runs());
	assert.deepEqual(server.said, []);
});

test('a value that is none is named in a bad request', async () => {
	for (const [query, code] of [
		['', 'missing'], ['from=2025-03-03', 'missing'], ['from=&to=2025-03-03', 'missing'],
		['from=2025-02-30&to=2025-03-21', 'date'], ["from=2025-03-03&to=x'", 'date'], ['from=0000-01-01&to=2025-03-21', 'date'],
		['from=-001-01-01&to=2025-03-21', 'date'], ['from=99999-01-01&to=2025-03-21', 'date'], ['from=%2B10000-01-01&to=2025-03-21', 'date'],
		['from=infinity&to=2025-03-21', 'date'], ['from=20250303&to=2025-03-21', 'date'], ['from=2025-03-03%00&to=2025-03-21', 'date'],
		['from=2025-03-22&to=2025-03-21', 'period'], [`${period}&from=2025-03-03`, 'twice'],
		[`${period}&language=de`, 'choice'], [`${period}&language=__proto__`, 'choice'], [`${period}&campaign=%00`, 'text'], [`${period}&agent=%00`, 'text'], [`${period}&segment=a%00`, 'text'],
		[`${period}&hour=9`, 'choice'], [`${period}&hour=24:00`, 'choice'], [`${period}&hour=09:00%0a`, 'choice'], [`${period}&agent=a&hour=09:00`, 'several'], [`${period}&agent=a&segment=b`, 'several'],
		[`${period}&compare=never`, 'choice'], [`${period}&rank=hour`, 'choice'], [`${period}&rank=agent&rank=agent`, 'twice'], [`${period}&measure=`, null],
		[`${period}&measure=Sales`, 'choice'], [`${period}&measure=sales'`, 'choice'], [`${period}&measure=nonsense`, 'kpi'], [`${period}&measure=refusal_reasons`, 'kpi'], [`${period}&measure=worked_time`, 'kpi'], [`${period}&campaign=a%00b`, 'text'],
	]) {
		const { status, body } = await ask(`/api/figures?${query}`);

		assert.deepEqual([query, status, JSON.parse(body).code ?? null], [query, code === null ? 200 : 400, code]);
		assert.ok(code === null || JSON.parse(body).error);
	}
	for (const [query, code] of [['', 'missing'], [period, 'missing'], [`${period}&kpi=`, 'missing'], [`${period}&kpi=nonsense`, 'kpi'], [`${period}&kpi=product_mix`, 'kpi'], [`${period}&kpi=__proto__`, 'choice'],
		[`${period}&kpi=sales&by=year`, 'choice'], [`${period}&kpi=sales&by=day'`, 'choice'], [`${period}&kpi=${'a'.repeat(64)}`, 'choice']]) {
		const { status, body } = await ask(`/api/kpi?${query}`);

		assert.deepEqual([query, status, JSON.parse(body).code], [query, 400, code]);
	}
	assert.deepEqual(server.said, []);
});

test('a name is a value, never SQL', async () => {
	for (const name of ["' OR true --", '"; DROP TABLE cards; --', '%', '\\', 'x'.repeat(8000), '\u{1f600}']) {
		const { status, body } = await ask(`/api/figures?${period}&campaign=${encodeURIComponent(name)}`);

		assert.equal(status, 200, name);
		assert.deepEqual(JSON.parse(body).ranking, [], name);
		assert.deepEqual(JSON.parse((await ask(`/api/kpi?${period}&kpi=sales&agent=${encodeURIComponent(name)}`)).body).series, [], name);
		assert.deepEqual(JSON.parse((await ask(`/api/figures?${period}&segment=${encodeURIComponent(name)}`)).body).report, [], name);
	}
	// whatever the period, every KPI has a view
	for (const { name, unit, drawable } of (await asked('/api/choices')).catalogue) {
		assert.equal(drawable, unit !== 'mix', name);
		for (const by of ['day', 'week', 'month'])
			assert.equal((await ask(`/api/kpi?from=0001-01-01&to=9999-12-31&kpi=${name}&by=${by}`)).status, drawable ? 200 : 400, `${name} by ${by}`);
	}
	// a year that has no data is a period like any other
	assert.equal((await ask('/api/figures?from=0001-01-01&to=9999-12-31')).status, 200);
});

test('a target of any KPI, or of what is none, spoils no page', async () => {
	const owner = new pg.Client({ database: 'dashboard_odd' });

	await owner.connect();
	await owner.query(`
		INSERT INTO dashboard.targets SELECT NULL, name, '2025-01-01', value FROM "Own measures".kpi_catalog, unnest('{0,0.5,-3}'::numeric[]) value;
		INSERT INTO dashboard.targets VALUES (NULL, '', '2025-01-01', 1), (NULL, 'median_', '2025-01-01', 1), (NULL, 'Sales', '2025-01-01', 'NaN')`);
	for (const path of ['figures?', 'kpi?kpi=sales&', 'kpi?kpi=speed_to_lead&', 'kpi?kpi=median_speed_to_lead&']) {
		const { status, body } = await ask(`/api/${path}${period}&compare=none`);
		assert.equal(status, 200, body);
	}
	await owner.query('DELETE FROM dashboard.targets');
	await owner.end();
});

test('only GET and HEAD are answered', async () => {
	for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
		assert.equal((await ask('/api/choices', { method })).status, 405, method);
	const { status, body } = await ask('/', { method: 'HEAD' });
	assert.deepEqual([status, body], [200, '']);
});

test('kpi is found in a schema of its own', async () => {
	const { ranking, report } = await asked(`/api/figures?${period}`);

	assert.ok(report.length > 20);
	assert.ok(new Set(ranking.map((row) => row.name)).size > 280);
});

test('what nobody knows is one row, and not two', async () => {
	const { products, reach } = await asked(`/api/figures?${period}`);
	const unknown = products.filter((row) => row.item === null);

	assert.equal(unknown.length, 1);
	assert.ok(unknown[0].sales > 0);
	assert.equal(unknown[0].revenue, 100 * unknown[0].sales);
	assert.equal(products.length, 3);
	assert.ok(reach.some((row) => row.slot === null));
});

test('an empty database has nothing to choose, and that is no error', async () => {
	const { body, status } = await ask('/api/choices', { to: empty });

	assert.equal(status, 200);
	assert.deepEqual(JSON.parse(body).campaigns, []);
	assert.equal(JSON.parse(body).first, null);
	assert.equal((await ask(`/api/figures?${period}`, { to: empty })).status, 200);
	assert.deepEqual(empty.said, []);
});

test('a database that is not there is said to be so, and no more', async () => {
	const lost = await serve('no_such_database');
	const { status, body } = await ask('/api/choices', { to: lost });

	assert.deepEqual([status, JSON.parse(body).code], [500, 'database']);
	assert.doesNotMatch(body, /no_such_database/);
	await lost.stop();
});

test('its role may read the tables and nothing else', async () => {
	const reader = new pg.Pool({ user: 'kpi_dashboard', database: 'dashboard_odd' });

	await assert.rejects(reader.query('DELETE FROM dashboard.sums'), /read-only|permission denied/);
	await assert.rejects(reader.query('SET transaction_read_only = off; DELETE FROM dashboard.sums'), /permission denied/);
	await reader.end();
});
