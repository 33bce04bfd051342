// What is chosen is in the address, and nowhere else: a view can be sent, kept
// as a bookmark, and gone back to.

const names = ['campaign', 'agent', 'segment', 'hour', 'period', 'from', 'to', 'compare', 'language', 'kpi', 'by', 'rank', 'measure', 'tiles', 'print'];
const usual = { compare: 'previous', by: 'week', rank: 'agent', measure: 'settled_closing_rate' };
const follow = new Set();

export const quick = ['yesterday', 'this_week', 'last_week', 'weeks4', 'this_month', 'last_month', 'all'];
export const usualTiles = ['calls', 'contact_rate', 'conversion_rate', 'net_sales', 'settled_closing_rate', 'occupancy', 'calls_per_hour', 'roi'];

// What the address says, and what is usual where it says nothing. Tiles are
// remembered where the address has none.
export function chosen() {
	const said = new URLSearchParams(location.search);
	const state = Object.fromEntries(names.map((name) => [name, said.get(name) ?? usual[name] ?? '']));

	state.language = ['en', 'fr'].includes(state.language) ? state.language : navigator.language.startsWith('fr') ? 'fr' : 'en';
	if (!quick.includes(state.period))
		state.period = state.from || state.to ? '' : 'weeks4';
	state.tiles = (state.tiles || remembered('tiles') || usualTiles.join()).split(',').filter(Boolean);
	return state;
}

// The address of a view that differs in some of the choices; null takes one away.
export function address(changes) {
	const said = new URLSearchParams(location.search);

	for (const [name, value] of Object.entries(changes)) {
		if (value === null || value === '' || value === usual[name])
			said.delete(name);
		else
			said.set(name, value);
	}
	return `?${said}`;
}

export function go(changes) {
	history.pushState(null, '', address(changes));
	follow.forEach((act) => act());
}

// An agent, a segment or an hour takes the place of another one.
export const into = (dimension, name) => ({
	...dimension === 'campaign' ? {} : { agent: null, segment: null, hour: null }, [dimension]: name,
});

export function follows(act) {
	follow.add(act);
	addEventListener('popstate', act);
	// links within the page need no loading of it
	document.addEventListener('click', (event) => {
		const link = event.target.closest('a[href^="?"]');

		if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)
			return;
		event.preventDefault();
		history.pushState(null, '', link.getAttribute('href'));
		follow.forEach((each) => each());
	});
}

export function remembered(name) {
	try {
		return localStorage.getItem(`dashboard.${name}`);
	} catch {
		return null;
	}
}

export function remember(name, value) {
	try {
		localStorage.setItem(`dashboard.${name}`, value);
	} catch {
		// a browser that keeps nothing has it in the address
	}
}

const date = (day) => new Date(`${day}T00:00:00Z`);
const text = (value) => value.toISOString().slice(0, 10);
export const shift = (day, days) => text(new Date(date(day).valueOf() + days * 86_400_000));

// The days of a quick period. They are counted from today; from the day after
// the last one with data where that is more than a week ago.
export function days(period, { first, last, today }) {
	const now = shift(last, 7) < today ? shift(last, 1) : today;
	const monday = shift(now, -((date(now).getUTCDay() + 6) % 7));
	const month = `${now.slice(0, 8)}01`;
	const monthBefore = `${shift(month, -1).slice(0, 8)}01`;

	return {
		yesterday: [shift(now, -1), shift(now, -1)],
		this_week: [monday, now],
		last_week: [shift(monday, -7), shift(monday, -1)],
		weeks4: [shift(now, -28), shift(now, -1)],
		this_month: [month, now],
		last_month: [monthBefore, shift(month, -1)],
		all: [first, last],
	}[period];
}
