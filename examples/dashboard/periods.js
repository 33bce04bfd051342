// Periods: days as text, first and last day included.

const milliseconds = 86_400_000;
const date = (day) => new Date(`${day}T00:00:00Z`);
const text = (value) => value.toISOString().slice(0, 10);

export const shift = (day, days) => text(new Date(date(day).valueOf() + days * milliseconds));
export const length = ({ from, to }) => Math.round((date(to) - date(from)) / milliseconds) + 1;

// The first of the month that is `months` after that of a day.
export function month(day, months = 0) {
	const value = date(day);

	value.setUTCDate(1);
	value.setUTCMonth(value.getUTCMonth() + months);
	return text(value);
}

// The months that a period has whole, as the first of the first of them and the
// first of the one after the last; the two are the same where there is none. Of
// days before or after all that are known, a month needs none.
export function months({ from, to }, known = { first: '0001-01-01', last: '9999-12-31' }) {
	const first = from === month(from) || from <= known.first ? month(from) : month(from, 1);
	const end = shift(to, 1) === month(to, 1) || to >= known.last ? month(to, 1) : month(to);

	return { first, end: end > first ? end : first };
}

// The third of a month that a day is in, by its first day, or the one after it: the
// first ten days, the next ten, and the rest.
function third(day, after = 0) {
	const place = Math.min(2, Math.floor((Number(day.slice(8)) - 1) / 10)) + after;

	return place === 3 ? month(day, 1) : shift(month(day), 10 * place);
}

// The thirds that a period has whole, as months() has the months.
export function thirds({ from, to }) {
	const first = from === third(from) ? from : third(from, 1);
	const end = third(shift(to, 1));

	return { first, end: end > first ? end : first };
}

function yearBefore(day) {
	const value = date(day);
	const before = new Date(value);

	before.setUTCFullYear(value.getUTCFullYear() - 1);
	// the year before a leap day has none
	return text(before.getUTCMonth() === value.getUTCMonth() ? before : new Date(before - milliseconds));
}

// What a period is compared with: as many days, right before it or a year
// before. Up to a week is compared with the same days of a week.
export function before(period, how) {
	const days = length(period);
	const back = (by) => ({ from: shift(period.from, -by), to: shift(period.to, -by) });

	if (how === 'none')
		return null;
	if (how === 'year') {
		if (days <= 7)
			return back(364);
		const from = yearBefore(period.from);
		return { from, to: shift(from, days - 1) };
	}
	return back(days <= 7 ? 7 : days);
}
