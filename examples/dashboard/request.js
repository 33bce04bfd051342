// Reads requests. All that comes from outside is looked at here: what the rest
// gets is a path, and values that PostgreSQL takes.

const languages = ['en', 'fr'];

// The code is for the page, which has words of its own for it in the reader's
// language; the message is for who asks by hand.
export class BadRequest extends Error {
	constructor(code, message, status = 400) {
		super(message);
		Object.assign(this, { code, status });
	}
}

function text(value, name) {
	if (value.includes('\0'))
		throw new BadRequest('text', `${name} has a character that no text has`);
	return value;
}

// A day of the years 1 to 9999, which both JavaScript and PostgreSQL know.
function day(value, name) {
	const date = new Date(`${value}T00:00:00Z`);

	if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || value < '0001' || Number.isNaN(date.valueOf()) || date.toISOString().slice(0, 10) !== value)
		throw new BadRequest('date', `${name} is not a day such as 2024-10-31`);
	return value;
}

const oneOf = (...list) => (value, name) => {
	if (!list.includes(value))
		throw new BadRequest('choice', `${name} is one of ${list.join(', ')}`);
	return value;
};

const like = (pattern, what) => (value, name) => {
	if (!pattern.test(value))
		throw new BadRequest('choice', `${name} is not ${what}`);
	return value;
};

const kpi = like(/^[a-z][a-z0-9_]{0,62}$/, 'the name of a KPI');

// What can be asked for: how it is read, and what it is where it is not given;
// without that, it has to be.
const parameters = {
	campaign: [text, null],
	agent: [text, null],
	segment: [text, null],
	hour: [like(/^([01]\d|2[0-3]):[0-5]\d$/, 'an hour such as 09:00'), null],
	from: [day],
	to: [day],
	compare: [oneOf('previous', 'year', 'none'), 'previous'],
	language: [oneOf(...languages), 'en'],
	kpi: [kpi],
	by: [oneOf('day', 'week', 'month'), 'week'],
	rank: [oneOf('campaign', 'agent', 'segment'), 'agent'],
	measure: [kpi, 'settled_closing_rate'],
};

// The path of a request, and a function that gives those of its values that
// are named.
export function read({ method, url }) {
	let asked;

	if (method !== 'GET' && method !== 'HEAD')
		throw new BadRequest('method', 'only GET is answered', 405);
	try {
		// the part after the ? is read whatever the path is
		asked = new URL(`http://localhost/${url.replace(/^\/+/, '')}`);
		decodeURIComponent(url.replaceAll('+', ' '));
	} catch {
		throw new BadRequest('address', 'the address cannot be read');
	}

	const values = (names) => {
		const chosen = {};

		for (const name of names.split(' ').filter(Boolean)) {
			const given = asked.searchParams.getAll(name);
			const [parse, otherwise] = parameters[name];

			if (given.length > 1)
				throw new BadRequest('twice', `${name} is given twice`);
			if (given.length === 1 && given[0] !== '')
				chosen[name] = parse(given[0], name);
			else if (otherwise !== undefined)
				chosen[name] = otherwise;
			else
				throw new BadRequest('missing', `${name} is not given`);
		}
		if (chosen.from > chosen.to)
			throw new BadRequest('period', 'from is after to');
		if ([chosen.agent, chosen.segment, chosen.hour].filter((value) => value != null).length > 1)
			throw new BadRequest('several', 'one of agent, segment and hour can be chosen');
		return chosen;
	};

	return { path: asked.pathname, values };
}
