// Who may see what: nobody from elsewhere, readers with a password or behind a
// proxy, and of a team its own campaigns only.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

import { createDatabase, run, serve } from './server.js';

const folder = fileURLToPath(new URL('..', import.meta.url));
let owner, directory, users;

before(async () => {
	await createDatabase('dashboard_teams');
	await run('dashboard_teams', 'test/odd.sql');
	await run('dashboard_teams', 'teams.sql');
	owner = new pg.Client({ database: 'dashboard_teams' });
	await owner.connect();
	await owner.query(`
		SELECT dashboard.allow('dashboard_team_one', 'Campaign 2', 'x');
		SELECT dashboard.allow('dashboard_team_one', 'Campaign 1');
		INSERT INTO dashboard.targets VALUES (NULL, 'sales', '2025-01-01', 1000), ('Campaign 1', 'sales', '2025-01-01', 900), ('Campaign 2', 'sales', '2025-01-01', 800)`);
	directory = await mkdtemp(join(tmpdir(), 'dashboard-'));
	users = join(directory, 'users');
	const password = (text) => spawnSync('node', ['readers.js'], { cwd: folder, input: `${text}\n`, encoding: 'utf8' }).stdout.trim();
	await writeFile(users, `# who may see what\nDirector:${password('all: of it')}:\nÉlise:${password('één')}:dashboard_team_one\nproxied::dashboard_team_one\nboss::\n`);
});

after(async () => {
	await owner?.query('DROP OWNED BY dashboard_team_one; DROP ROLE dashboard_team_one');
	await owner?.end();
	await rm(directory, { recursive: true });
});

const period = 'api/figures?from=2025-03-03&to=2025-03-21&rank=campaign';
const basic = (name, password) => ({ Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` });
const names = ({ ranking }) => [...new Set(ranking.map((row) => row.name))];

test('readers have passwords, and a team sees its own campaigns only', async () => {
	const server = await serve('dashboard_teams', { DASHBOARD_USERS: users });

	try {
		for (const headers of [{}, basic('Director', ''), basic('Director', 'all'), basic('nobody', 'all: of it'), basic('proxied', ''), basic('__proto__', 'x'), { Authorization: 'Basic %' }, { Authorization: 'Bearer x' }]) {
			for (const path of ['', 'page.js', 'api/choices', 'api/changes', period]) {
				const response = await fetch(server.address + path, { headers });
				assert.equal(response.status, 401, path);
				assert.match(response.headers.get('www-authenticate'), /^Basic /);
			}
		}
		const get = async (who, path) => (await fetch(server.address + path, { headers: who })).json();
		const director = basic('Director', 'all: of it');
		const team = basic('Élise', 'één');
		const all = await get(director, period);
		const own = await get(team, period);
		const alone = await get(director, `${period}&campaign=Campaign%201`);
		const calls = ({ report }) => report.find((row) => row.kpi === 'calls').value;

		assert.equal(names(all).length, 3);
		assert.deepEqual([all.targets.map(({ target }) => Math.round(target)), (await get(director, 'api/choices')).campaigns.length], [[613], 3]);
		assert.deepEqual([names(own), (await get(team, 'api/choices')).campaigns], [['Campaign 1'], ['Campaign 1']]);
		assert.deepEqual([(await get(team, 'api/choices')).reader, calls(own)], ['Élise', calls(alone)]);
		// what is kept for one reader is not another's
		assert.ok(calls(all) > calls(own));
		assert.deepEqual((await get(team, `${period}&campaign=Campaign%202`)).report, []);
		assert.deepEqual((await get(team, `${period}&campaign=Campaign%202`)).targets, []);
		assert.equal((await get(team, `${period}&campaign=Campaign%201`)).targets.length, 1);
		assert.deepEqual(own.reach.map((row) => row.denominator), alone.reach.map((row) => row.denominator));
		assert.deepEqual(server.said, []);
	} finally {
		await server.stop();
	}
});

test('a team is a role of its own kind', async () => {
	for (const name of ['postgres', 'kpi_team', 'kpi_dashboard', 'pg_read_all_data'])
		await assert.rejects(owner.query('SELECT dashboard.allow($1, $2)', [name, 'Campaign 1']), /is not a team/);
	await assert.rejects(owner.query(`SET ROLE kpi_dashboard; SELECT dashboard.allow('new_team', 'Campaign 1')`), /permission denied/);
	await owner.query('RESET ROLE');
});

test('a proxy on the same machine may say who has logged in', async () => {
	const server = await serve('dashboard_teams', { DASHBOARD_USERS: users, DASHBOARD_HEADER: 'X-Remote-User' });

	try {
		for (const headers of [{}, { 'X-Remote-User': 'nobody' }, { 'X-Remote-User': '' }, basic('Director', 'all: of it')])
			assert.equal((await fetch(`${server.address}api/choices`, { headers })).status, 403);
		assert.deepEqual((await (await fetch(`${server.address}api/choices`, { headers: { 'X-Remote-User': 'proxied' } })).json()).campaigns, ['Campaign 1']);
		assert.equal((await (await fetch(`${server.address}api/choices`, { headers: { 'X-Remote-User': 'boss' } })).json()).campaigns.length, 3);
	} finally {
		await server.stop();
	}
});

test('without readers it is for this machine, under its own name', async () => {
	const server = await serve('dashboard_teams');
	const { port } = new URL(server.address);
	const status = (host) => new Promise((resolve, reject) => request({ port, host: '127.0.0.1', path: '/api/choices', headers: { Host: host } }, (response) => { response.resume(); resolve(response.statusCode); }).on('error', reject).end());

	try {
		assert.deepEqual([await status(`127.0.0.1:${port}`), await status(`localhost:${port}`), await status(`[::1]:${port}`)], [200, 200, 200]);
		assert.deepEqual([await status('example.com'), await status(`127.0.0.1.example.com:${port}`), await status('[')], [403, 403, 403]);
	} finally {
		await server.stop();
	}
	await assert.rejects(serve('dashboard_teams', { DASHBOARD_HOST: '0.0.0.0' }), /DASHBOARD_USERS/);
	await assert.rejects(serve('dashboard_teams', { DASHBOARD_HOST: '0.0.0.0', DASHBOARD_USERS: users, DASHBOARD_HEADER: 'X-Remote-User' }), /DASHBOARD_USERS with passwords/);
	await assert.rejects(serve('dashboard_teams', { DASHBOARD_HEADER: 'X-Remote-User' }), /DASHBOARD_HEADER needs/);
	await writeFile(join(directory, 'bad'), 'just a name\n');
	await assert.rejects(serve('dashboard_teams', { DASHBOARD_USERS: join(directory, 'bad') }), /NAME:PASSWORD:ROLE/);
});
