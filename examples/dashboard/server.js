// Serves the dashboard on 127.0.0.1.
//
//	node server.js [PORT]
//
// PGHOST, PGPORT and PGDATABASE say where the roll-ups are; the role is
// kpi_dashboard unless PGUSER says otherwise. Without a port, a free one is
// taken. The first line on the output is the page's address.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

import { choices, figures } from './figures.js';
import { BadRequest, read } from './request.js';

const resolve = createRequire(import.meta.url).resolve;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// The files of the page; nothing else can be asked for.
const files = {
	'/': [here('public/index.html'), 'text/html; charset=utf-8'],
	'/page.js': [here('public/page.js'), 'text/javascript; charset=utf-8'],
	'/words.js': [here('public/words.js'), 'text/javascript; charset=utf-8'],
	'/page.css': [here('public/page.css'), 'text/css; charset=utf-8'],
	'/echarts.js': [resolve('echarts/dist/echarts.min.js'), 'text/javascript; charset=utf-8'],
};

const answers = {
	'/api/choices': ['', (chosen, pool) => choices(pool)],
	'/api/figures': ['campaign from to language', (chosen, pool) => figures(pool, chosen)],
};

const pool = new pg.Pool({ user: process.env.PGUSER ?? 'kpi_dashboard', max: 4 });
pool.on('error', (error) => console.error(error.message));

function send(response, status, type, body) {
	response.writeHead(status, {
		'Content-Type': type,
		'Content-Length': Buffer.byteLength(body),
		'Cache-Control': 'no-store',
		'Content-Security-Policy': "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'",
		'X-Content-Type-Options': 'nosniff',
	});
	response.end(body);
}

// What a request gets: a status, a type and a body. Whatever is wrong with a
// request is thrown as BadRequest, by read() or by the server's complaint about
// a value; anything else that is thrown is this side's fault.
async function answer(request) {
	const json = (status, value) => [status, 'application/json; charset=utf-8', JSON.stringify(value)];

	try {
		const { path, values } = read(request);

		if (Object.hasOwn(files, path))
			return [200, files[path][1], await readFile(files[path][0])];
		if (!Object.hasOwn(answers, path))
			throw new BadRequest('page', 'there is no such page', 404);
		const [names, compute] = answers[path];

		return json(200, await compute(values(names), pool));
	} catch (error) {
		if (error instanceof BadRequest)
			return json(error.status, { code: error.code, error: error.message });
		console.error(error.message);
		return json(500, { code: 'database', error: 'the database does not answer' });
	}
}

const server = createServer(async (request, response) => send(response, ...await answer(request)));

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
	console.log(`http://127.0.0.1:${server.address().port}/`);
});
