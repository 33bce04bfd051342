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

const languages = ['en', 'fr'];
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

const pool = new pg.Pool({
	user: process.env.PGUSER ?? 'kpi_dashboard',
	options: '-c search_path=dashboard,public',
	max: 4,
});
pool.on('error', (error) => console.error(error.message));

class BadRequest extends Error {}

function day(text, name) {
	const date = new Date(`${text}T00:00:00Z`);

	if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? '') || Number.isNaN(date.valueOf()) || date.toISOString().slice(0, 10) !== text)
		throw new BadRequest(`${name} is not a date such as 2024-10-31`);
	return text;
}

function language(text) {
	if (!languages.includes(text))
		throw new BadRequest(`language is one of ${languages.join(', ')}`);
	return text;
}

const answers = {
	'/api/choices': () => choices(pool),
	'/api/figures': (query) => figures(pool, {
		campaign: query.get('campaign') || null,
		from: day(query.get('from'), 'from'),
		to: day(query.get('to'), 'to'),
		language: language(query.get('language') ?? 'en'),
	}),
};

function send(response, status, type, body) {
	response.writeHead(status, {
		'Content-Type': type,
		'Cache-Control': 'no-store',
		'Content-Security-Policy': "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'",
		'X-Content-Type-Options': 'nosniff',
	});
	response.end(body);
}

const server = createServer(async (request, response) => {
	const { pathname, searchParams } = new URL(request.url, 'http://localhost');
	const json = (status, value) => send(response, status, 'application/json; charset=utf-8', JSON.stringify(value));

	try {
		if (request.method !== 'GET')
			json(405, { error: 'only GET is answered' });
		else if (Object.hasOwn(files, pathname))
			send(response, 200, files[pathname][1], await readFile(files[pathname][0]));
		else if (Object.hasOwn(answers, pathname))
			json(200, await answers[pathname](searchParams));
		else
			json(404, { error: 'there is no such page' });
	} catch (error) {
		if (error instanceof BadRequest)
			return json(400, { error: error.message });
		console.error(error.message);
		json(500, { error: 'the database does not answer' });
	}
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
	console.log(`http://127.0.0.1:${server.address().port}/`);
});
