// What queries are made of: the sums that a choice has.

import { before, month, months, shift, thirds } from './periods.js';

// The kind of the sums that a choice is read from, and which of them.
export const kind = ({ agent, segment, hour }) => agent !== null ? 'agent' : segment !== null ? 'segment' : hour !== null ? 'slot' : 'whole';
const key = ({ agent, segment, hour }) => agent ?? segment ?? hour;

// Of a period, its whole months, the thirds of months that are left, and the days.
// Leads that were never called have no day, and are part of the file at any time.
const span = (from, to, thirdFirst, thirdEnd, first, end) => `(
	grain = 'month' AND first >= {${first}}::date AND first < {${end}}::date
	OR grain = 'third' AND first >= {${thirdFirst}}::date AND first < {${thirdEnd}}::date AND NOT (first >= {${first}}::date AND first < {${end}}::date)
	OR grain = 'day' AND (first IS NULL OR first BETWEEN {${from}}::date AND {${to}}::date AND NOT (first >= {${thirdFirst}}::date AND first < {${thirdEnd}}::date)))`;
const spans = {
	now: span('from', 'to', 'thirdFirst', 'thirdEnd', 'first', 'end'),
	before: span('beforeFrom', 'beforeTo', 'beforeThirdFirst', 'beforeThirdEnd', 'beforeFirst', 'beforeEnd'),
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
	const inner = months(chosen);
	const parts = thirds(chosen);
	const values = {
		...chosen, key: key(chosen), until, month: month(until), knownFirst: known.first, knownLast: known.last,
		first: inner.first, end: inner.end, thirdFirst: parts.first, thirdEnd: parts.end, monthsFirst: whole.first, monthsEnd: whole.end,
	};

	if (comparable) {
		const then = months(other);
		const thenParts = thirds(other);
		const count = (Number(whole.end.slice(0, 4)) - Number(whole.first.slice(0, 4))) * 12 + Number(whole.end.slice(5, 7)) - Number(whole.first.slice(5, 7));
		const back = chosen.compare === 'year' ? 12 : count;

		Object.assign(values, { beforeFrom: other.from, beforeTo: other.to, beforeFirst: then.first, beforeEnd: then.end,
			beforeThirdFirst: thenParts.first, beforeThirdEnd: thenParts.end,
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

// What a KPI of a card comes to: a value, its bounds at 95 %, and the numbers
// that it is made of. That of delays is their median, in seconds; it lies between
// the delays of two ranks, of six or more. OFFSET keeps the planner from reading
// the card for each of them.
export const figure = (card, kpi, unit) => `
	SELECT r, d, coalesce(r::float8, extract(epoch FROM median(d))::float8) AS value,
		CASE WHEN d IS NULL THEN low(r) WHEN n >= 6 THEN extract(epoch FROM percentile(d, 0.5 - 0.98 / sqrt(n)))::float8 END AS low,
		CASE WHEN d IS NULL THEN high(r) WHEN n >= 6 THEN extract(epoch FROM percentile(d, 0.5 + 0.98 / sqrt(n)))::float8 END AS high,
		numerator(r)::float8 AS numerator, coalesce(denominator(r)::float8, n) AS denominator
	FROM (SELECT CASE WHEN ${unit} <> 'delays' THEN kpi(${card}, ${kpi}) END AS r, CASE WHEN ${unit} = 'delays' THEN delays(${card}, ${kpi}) END AS d OFFSET 0) read,
		LATERAL (SELECT denominator(within(d, interval '0'))::float8 AS n) counted`;

// Whether two of those differ by more than chance. Medians do where more of the
// one's delays than of the other's are within the median of all.
export const verdict = (now, before, unit) => `
	SELECT CASE WHEN better IS NULL OR p_value IS NULL THEN NULL
			WHEN p_value < 0.05 AND (t.low > 0 OR t.high < 0) THEN CASE WHEN (difference > 0) = (better = 'higher' OR ${unit} = 'delays') THEN 'better' ELSE 'worse' END
			ELSE 'no clear change' END AS verdict, p_value
	FROM (SELECT median(${now}.d + ${before}.d) AS middle) both_,
		LATERAL difference_test(coalesce(${now}.r, within(${now}.d, middle)), coalesce(${before}.r, within(${before}.d, middle))) t`;
