// What queries are made of: the sums that a choice has.

import { before, month, months, shift } from './periods.js';

// The kind of the sums that a choice is read from, and which of them.
export const kind = ({ agent, segment, hour }) => agent !== null ? 'agent' : segment !== null ? 'segment' : hour !== null ? 'slot' : 'whole';
const key = ({ agent, segment, hour }) => agent ?? segment ?? hour;

// Leads that were never called have no day, and are part of the file at any
// time. Whole months are one row each.
const spans = {
	now: `(grain = 'month' AND first >= {first}::date AND first < {end}::date
		OR grain = 'day' AND (first IS NULL OR first BETWEEN {from}::date AND {to}::date AND NOT (first >= {first}::date AND first < {end}::date)))`,
	before: `(grain = 'month' AND first >= {beforeFirst}::date AND first < {beforeEnd}::date
		OR grain = 'day' AND (first IS NULL OR first BETWEEN {beforeFrom}::date AND {beforeTo}::date AND NOT (first >= {beforeFirst}::date AND first < {beforeEnd}::date)))`,
	months: `(grain = 'month' AND first >= {monthsFirst}::date AND first < {monthsEnd}::date OR kind <> 'cost' AND grain = 'day' AND first IS NULL)`,
	monthsBefore: `(grain = 'month' AND first >= {monthsBefore}::date AND first < {monthsBeforeEnd}::date OR kind <> 'cost' AND grain = 'day' AND first IS NULL)`,
	days: `(grain = 'day' AND first BETWEEN {from}::date AND {to}::date)`,
	sofar: `(grain = 'day' AND first BETWEEN {month}::date AND {until}::date)`,
	any: `(grain = 'day')`,
};

// Where the sums of a choice are. Its sum over all campaigns is there ready
// made, but nobody's who may see some of them only; `apart` is each campaign's.
export function place(chosen, reader, when, { of = [kind(chosen)], own = true, campaigns = 'together' } = {}) {
	const kinds = of.map((name) => `'${name}'`).join(', ');
	const every = chosen.campaign !== null ? 'NOT every AND campaign = {campaign}' : reader.role || campaigns === 'apart' ? 'NOT every' : 'every';
	const which = own && key(chosen) !== null ? 'AND key = {key}' : '';

	return `kind IN (${kinds}) AND ${every} ${which} AND ${spans[when]}`;
}

// The values of queries: the choice, its whole months, what it is compared with
// as far as there are data; and what of it readers are told.
export async function periods(query, chosen, reader) {
	const [known] = await query(`
		SELECT to_char(min(first), 'YYYY-MM-DD') AS first, to_char(max(first), 'YYYY-MM-DD') AS last
		FROM sums WHERE ${place(chosen, reader, 'any', { of: ['whole'], own: false })}`, chosen);
	// days that are still to come count as no days
	const until = known.last !== null && known.last < chosen.to && known.last >= chosen.from ? known.last : chosen.to;
	const other = before({ from: chosen.from, to: until }, chosen.compare);
	// a time that has data in part only is no measure
	const comparable = other !== null && known.first !== null && other.from >= known.first;
	const whole = months(chosen, known.first === null ? undefined : known);
	const span = months(chosen);
	const values = {
		...chosen, key: key(chosen), until, month: month(until), knownFirst: known.first, knownLast: known.last,
		first: span.first, end: span.end, monthsFirst: whole.first, monthsEnd: whole.end,
	};

	if (comparable) {
		const then = months(other);
		const count = (Number(whole.end.slice(0, 4)) - Number(whole.first.slice(0, 4))) * 12 + Number(whole.end.slice(5, 7)) - Number(whole.first.slice(5, 7));
		const back = chosen.compare === 'year' ? 12 : count;

		Object.assign(values, { beforeFrom: other.from, beforeTo: other.to, beforeFirst: then.first, beforeEnd: then.end,
			monthsBefore: month(whole.first, -back), monthsBeforeEnd: month(whole.end, -back) });
		if (values.monthsBefore < month(known.first))
			values.monthsBefore = values.monthsBeforeEnd;
	}
	return {
		values, comparable,
		shown: {
			until, known, before: other && { ...other, comparable },
			wholeMonths: whole.end > whole.first ? { from: whole.first, to: shift(whole.end, -1) } : null,
		},
	};
}
