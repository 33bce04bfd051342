// Who may see what. Without settings, whoever reaches the page sees all, and
// only this machine does.
//
// DASHBOARD_USERS   a file of lines NAME:PASSWORD:ROLE, whose passwords
//                   `node readers.js` makes from what it is told; an empty ROLE
//                   is the one who sees all, another the role of a team
// DASHBOARD_HEADER  the name of a header in which a reverse proxy on this
//                   machine says who has logged in to it; the file then needs no
//                   passwords, and everybody else is refused
// DASHBOARD_HOST    the address to listen on, where it is not 127.0.0.1; needs
//                   passwords

import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { DASHBOARD_USERS: file, DASHBOARD_HEADER: header, DASHBOARD_HOST: host = '127.0.0.1' } = process.env;
const local = ['127.0.0.1', '::1', 'localhost'];

class Refused extends Error {
	constructor(status, headers = {}) {
		super('this page is not for everybody');
		Object.assign(this, { status, headers, code: 'reader' });
	}
}

const hash = (password, salt) => scryptSync(password, salt, 32).toString('base64url');

function users() {
	const found = new Map();

	for (const line of readFileSync(file, 'utf8').split('\n')) {
		if (line.trim() === '' || line.startsWith('#'))
			continue;
		const [name, password, role, ...more] = line.split(':');

		if (!name || role === undefined || more.length > 0)
			throw new Error(`${file}: a line is NAME:PASSWORD:ROLE`);
		found.set(name, { name, password, role: role.trim() || null });
	}
	return found;
}

const known = file ? users() : null;
// so that guessing costs, and asking again does not
const proved = new Map();

export function checked() {
	if (header && !known)
		throw new Error('DASHBOARD_HEADER needs DASHBOARD_USERS, which says who sees what');
	if (!local.includes(host) && (!known || header))
		throw new Error('DASHBOARD_HOST needs DASHBOARD_USERS with passwords, since others reach the page as well');
	return host;
}

function right({ password }, given) {
	const [salt, hashed] = password.split('$');

	if (!hashed)
		return false;
	const proof = hash(given, salt);
	return timingSafeEqual(Buffer.from(proof), Buffer.from(hashed.padEnd(proof.length).slice(0, proof.length)));
}

function hostname(host) {
	try {
		return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
	} catch {
		return null;
	}
}

// Who asks: a name and a role, both null where there are no readers.
export function reader({ headers }) {
	if (!known) {
		// a page from elsewhere cannot read this one through a name of its own
		if (!local.includes(hostname(headers.host)))
			throw new Refused(403);
		return { name: null, role: null };
	}
	if (header) {
		const found = known.get(headers[header.toLowerCase()]);

		if (!found)
			throw new Refused(403);
		return { name: found.name, role: found.role };
	}
	const given = /^Basic ([\w+/=-]+)$/.exec(headers.authorization ?? '')?.[1];
	const [name, ...rest] = Buffer.from(given ?? '', 'base64').toString().split(':');
	const found = known.get(name);

	if (found && (proved.get(name) === given || right(found, rest.join(':')))) {
		proved.set(name, given);
		return { name: found.name, role: found.role };
	}
	throw new Refused(401, { 'WWW-Authenticate': 'Basic realm="dashboard", charset="UTF-8"' });
}

// node readers.js: a password for the file, of the one on the input
if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const salt = randomBytes(12).toString('base64url');

	console.log(`${salt}$${hash(readFileSync(0, 'utf8').replace(/\r?\n$/, ''), salt)}`);
}
