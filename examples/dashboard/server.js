// Serves the dashboard, on 127.0.0.1 unless readers.js is told otherwise.
//
//	node server.js [PORT]
//
// database.js says where the sums are. Without a port, a free one is taken. The
// first line on the output is the page's address. The tables are followed as
// they change; views, which tell of no change, are read every DASHBOARD_REFRESH
// seconds.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { changes, follow } from './database.js';
import { choices, figures, one } from './figures.js';
import { checked, reader } from './readers.js';
import { BadRequest, read } from './request.js';

const resolve = createRequire(import.meta.url).resolve;
const own = (name) => [fileURLToPath(new URL(`public/${name}`, import.meta.url)), `${name.endsWith('.css') ? 'text/css' : name.endsWith('.html') ? 'text/html' : 'text/javascript'}; charset=utf-8`];

// The files of the page; nothing else can be asked for.
const files = {
	'/': own('index.html'),
	'/echarts.js': [resolve('echarts/dist/echarts.min.js'), 'text/javascript; charset=utf-8'],
	...Object.fromEntries(['page.js', 'words.js', 'address.js', 'write.js', 'panels.js', 'ranking.js', 'overview.js', 'one.js', 'page.css'].map((name) => [`/${name}`, own(name)])),
};

const choice = 'campaign agent segment hour from to compare language';
const answers = {
	'/api/choices': ['', choices],
	'/api/figures': [`${choice} rank measure`, figures],
	'/api/kpi': [`${choice} kpi by`, one],
};

const safety = {
	'Cache-Control': 'no-store',
	'Content-Security-Policy': "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
	'X-Content-Type-Options': 'nosniff',
	'Referrer-Policy': 'no-referrer',
};

// Tells a page of every change, for as long as it is open.
function tell(request, response) {
	const say = (text) => response.write(text);
	const change = () => say('data: change\n\n');
	const alive = setInterval(say, 25_000, ':\n\n');

	response.writeHead(200, { ...safety, 'Content-Type': 'text/event-stream' });
	response.flushHeaders();
	changes.on('change', change);
	response.on('close', () => {
		clearInterval(alive);
		changes.off('change', change);
	});
}

// What a request gets: a status, a type, a body, and headers of its own.
// Whatever is wrong with a request is thrown as BadRequest, by read() or by the
// server's complaint about a value; anything else that is thrown is this side's
// fault.
async function answer(request) {
	const json = (status, value, headers) => [status, 'application/json; charset=utf-8', JSON.stringify(value), headers];

	try {
		const { path, values } = read(request);
		const who = reader(request);

		if (Object.hasOwn(files, path))
			return [200, files[path][1], await readFile(files[path][0])];
		if (path === '/api/changes' && request.method === 'GET')
			return null;
		if (!Object.hasOwn(answers, path))
			throw new BadRequest('page', 'there is no such page', 404);
		const [names, compute] = answers[path];

		return json(200, await compute(values(names), who));
	} catch (error) {
		if (error.status)
			return json(error.status, { code: error.code, error: error.message }, error.headers);
		console.error(error.message);
		return json(500, { code: 'database', error: 'the database does not answer' });
	}
}

const server = createServer(async (request, response) => {
	const given = await answer(request);

	if (given === null)
		return tell(request, response);
	const [status, type, body, headers] = given;

	response.writeHead(status, { ...safety, ...headers, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
	response.end(body);
});

const host = checked();

await follow(Number(process.env.DASHBOARD_REFRESH ?? 0));
server.listen(Number(process.argv[2] ?? 0), host, () => {
	console.log(`http://${host.includes(':') ? `[${host}]` : host}:${server.address().port}/`);
});
