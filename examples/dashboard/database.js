// The way to the database: one state of the sums for each answer, answers kept
// until the sums change, and the sums brought up to date when the tables change.
//
// PGHOST, PGPORT and PGDATABASE say where it is; the role is kpi_dashboard
// unless PGUSER says otherwise.

import { EventEmitter } from 'node:events';
import pg from 'pg';

import { BadRequest } from './request.js';

const login = { user: process.env.PGUSER ?? 'kpi_dashboard' };
const pool = new pg.Pool({ ...login, max: 4 });

pool.on('error', (error) => console.error(error.message));

// kpi is in whatever schema it was made in.
const path = `
	SELECT set_config('search_path', concat_ws(', ', 'dashboard', (
		SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'kpi'), 'pg_temp'), true)`;

// A query's text has the names of its values in braces; they are bound.
function bind(text, values) {
	const given = [];
	const numbered = text.replace(/\{(\w+)\}/g, (_, name) => {
		given.push(values[name] ?? null);
		return `$${given.length}`;
	});

	return { text: numbered, values: given };
}

// Runs queries in one state of the sums, as the reader's role.
async function reading(reader, work) {
	const client = await pool.connect();

	try {
		await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		await client.query(path);
		if (reader.role)
			await client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(reader.role)}`);
		return await work(async (text, values = {}) => (await client.query(bind(text, values))).rows);
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

// Answers are kept until the sums change, and a minute at most.
const kept = new Map();
const atMost = { answers: 500, milliseconds: 60_000 };

export function answer(name, compute) {
	return async (chosen, reader) => {
		const key = JSON.stringify([name, reader.role, chosen]);
		const found = kept.get(key);

		if (found && found.until > Date.now())
			return found.result;
		if (kept.size >= atMost.answers)
			kept.clear();
		const result = reading(reader, (query) => compute(query, chosen, reader));
		kept.set(key, { result, until: Date.now() + atMost.milliseconds });
		result.catch(() => kept.delete(key));
		return result;
	};
}

// Tells of every change that readers can see.
export const changes = new EventEmitter().setMaxListeners(0);

function changed() {
	kept.clear();
	changes.emit('change');
}

let refreshing = null;
let again = false;

// The tables may change many times a second: the sums follow one at a time, and
// take at most a sixth of the time.
async function refresh() {
	again = true;
	refreshing ??= (async () => {
		const client = new pg.Client(login);

		client.on('error', () => {});
		try {
			await client.connect();
			while (again) {
				const start = Date.now();

				again = false;
				await client.query(`BEGIN READ WRITE; SET LOCAL statement_timeout = '10min'; SELECT dashboard.refresh(); COMMIT`);
				if (again)
					await new Promise((resolve) => setTimeout(resolve, 5 * (Date.now() - start)));
			}
		} catch (error) {
			console.error(error.message);
		} finally {
			refreshing = null;
			await client.end().catch(() => {});
		}
	})();
	return refreshing;
}

// Listens for changes of the tables; a connection that is lost is made again.
export async function follow(seconds) {
	let retry = 1000;

	const listen = async () => {
		const client = new pg.Client(login);
		let lost = false;
		const lose = (error) => {
			if (lost)
				return;
			lost = true;
			if (error)
				console.error(error.message);
			client.end().catch(() => {});
			setTimeout(listen, retry).unref();
			retry = Math.min(2 * retry, 60_000);
		};

		client.on('error', lose);
		client.on('end', () => lose());
		client.on('notification', ({ payload }) => payload === 'tables' ? refresh() : changed());
		try {
			await client.connect();
			await client.query('LISTEN dashboard');
			retry = 1000;
			await refresh();
			changed();
		} catch (error) {
			lose(error);
		}
	};

	await listen();
	if (seconds > 0)
		setInterval(refresh, 1000 * seconds).unref();
}
