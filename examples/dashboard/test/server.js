// Databases, servers and browsers for the tests.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { chromium } from 'playwright-core';

const folder = fileURLToPath(new URL('..', import.meta.url));

// Runs a file of the dashboard with psql, as its users do.
export async function run(database, file) {
	const psql = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database, '-f', `${folder}${file}`], { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';

	psql.stderr.on('data', (text) => { said += text; });
	if ((await once(psql, 'close'))[0] !== 0)
		throw new Error(`${file}: ${said}`);
}

// A database with kpi in a schema of its own.
export async function createDatabase(name) {
	const postgres = new pg.Client({ database: 'postgres' });

	await postgres.connect();
	// roles are the whole cluster's, and made once at a time
	await postgres.query('SELECT pg_advisory_lock(16)');
	await postgres.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
	await postgres.query(`CREATE DATABASE ${name}`);
	const made = new pg.Client({ database: name });
	await made.connect();
	await made.query('CREATE SCHEMA "Own measures"; CREATE EXTENSION kpi SCHEMA "Own measures"');
	await made.end();
	await run(name, 'tables.sql');
	await postgres.end();
}

// Serves a database; the address, and a function that ends the server.
export async function serve(database, environment = {}) {
	const server = spawn('node', ['server.js'], { cwd: folder, env: { ...process.env, PGDATABASE: database, PGUSER: 'kpi_dashboard', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
	const said = [];

	server.stderr.on('data', (text) => said.push(String(text)));
	const [address] = await Promise.race([once(createInterface(server.stdout), 'line'), once(server, 'close').then(() => { throw new Error(said.join('')); })]);

	return { address, said, pid: server.pid, runs: () => server.exitCode === null, stop: async () => { server.kill(); await once(server, 'close'); } };
}

// A browser, and a function that opens pages in it. What a page complains of,
// and what it asks of others, is kept.
export async function browse() {
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
	const complaints = [];

	return { complaints, close: () => browser.close(), open: async (address, options = {}) => {
		const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options });
		const page = await context.newPage();

		page.on('console', (said) => said.type() === 'error' && !/status of 4\d\d/.test(said.text()) && complaints.push(said.text()));
		page.on('pageerror', (error) => complaints.push(error.message));
		page.on('request', (request) => request.url().startsWith(new URL(address).origin) || /^(data|blob):/.test(request.url()) || complaints.push(`asked ${request.url()}`));
		await page.goto(address);
		await page.waitForFunction(() => document.body.dataset.shown);
		return page;
	} };
}

export const desktop = { viewport: { width: 1280, height: 900 } };
export const phone = { viewport: { width: 390, height: 844 } };

// Every kind of reader: a desktop and a phone, in English and in French.
export const readers = [desktop, phone].flatMap((screen) => ['en-GB', 'fr-FR'].map((locale) => ({ ...screen, locale })));
export const of = ({ viewport, locale }) => `${viewport.width} px, ${locale.slice(0, 2)}`;
