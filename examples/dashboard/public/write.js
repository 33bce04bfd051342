// Numbers, days and elements, in the reader's language. What is not known is a
// dash, never 0.

import { words } from './words.js';

let language = 'en';

export function speak(chosen) {
	language = chosen;
	document.documentElement.lang = chosen;
	document.title = word('title');
	for (const place of document.querySelectorAll('[data-word]'))
		place.textContent = word(place.dataset.word);
}

export const spoken = () => language;
export const word = (key) => words[language][key];

export const known = (value) => value !== null && value !== undefined;
export const number = (value, digits = 0) => known(value) ?
	value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }) : '–';
export const percent = (value, digits = 1) => known(value) ?
	value.toLocaleString(language, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }) : '–';

export function duration(seconds) {
	if (!known(seconds))
		return '–';
	const two = (part) => String(part).padStart(2, '0');
	const whole = Math.round(Math.abs(seconds));
	const sign = seconds < 0 ? '−' : '';

	if (whole >= 36_000)
		return `${sign}${number(Math.floor(whole / 3600))} h ${two(Math.floor(whole / 60) % 60)}`;
	return `${sign}${whole >= 3600 ? `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}` : Math.floor(whole / 60)}:${two(whole % 60)}`;
}

// A time in the unit that suits it: 45 sec, 5 min, 36 hr, 7 days.
export function writtenSpan(seconds) {
	const [unit, of] = [['day', 86_400, 172_800], ['hour', 3600, 5400], ['minute', 60, 60], ['second', 1, 0]].find(([, , least]) => seconds >= least) ?? ['second', 1];

	return (seconds / of).toLocaleString(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 });
}

// Units, as reports and as the catalogue write them.
const writers = {
	fraction: percent, delays: writtenSpan, count: (value) => number(value, Number.isInteger(value) ? 0 : 1), seconds: duration, interval: duration,
	amount: (value) => number(value, Math.abs(value) < 1000 ? 2 : 0), amount_per_hour: (value) => number(value, 2),
};
const plain = (value) => number(value, Math.abs(value) < 10 ? 2 : 1);

export const write = (value, unit) => known(value) ? (writers[unit.replaceAll(' ', '_')] ?? plain)(value) : '–';
export const bounds = (row, unit) => known(row?.low) ? `${write(row.low, unit)} – ${write(row.high, unit)}` : '';

// What a chart's axis has of a unit: fractions are drawn as percents.
export const drawn = (value, unit) => known(value) ? unit === 'fraction' ? Math.round(value * 10000) / 100 : value : null;
export const tick = (value, unit) => unit === 'fraction' ? percent(value / 100, value % 1 ? 1 : 0) : unit === 'delays' ? writtenSpan(value) : ['seconds', 'interval'].includes(unit) ? duration(value) :
	value.toLocaleString(language, { maximumFractionDigits: 2 });

// How far apart the marks of an axis of times are, so that they are whole
// minutes, hours or days; other units do without.
const rounds = [1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map((n) => 60 * n), ...[1, 2, 4, 8, 12].map((n) => 3600 * n), ...[1, 2, 5, 7, 14, 30, 60, 90, 180, 360].map((n) => 86_400 * n)];

export function marks(unit, most) {
	if (!['seconds', 'interval', 'delays'].includes(unit))
		return {};
	const interval = rounds.find((round) => most / round <= 6);

	return interval && most > 0 ? { interval, max: interval * Math.ceil(most / interval) } : {};
}

// What a figure is called: of delays it is their median.
export const named = (label, unit) => unit === 'delays' ? word('median').replace('{name}', () => label) : label;

// The change from before: of fractions in points, of others in percent.
export function change(now, before, unit) {
	if (!known(now) || !known(before))
		return '';
	const sign = { signDisplay: 'exceptZero', maximumFractionDigits: 1 };

	if (unit === 'fraction')
		return `${(100 * (now - before)).toLocaleString(language, { ...sign, minimumFractionDigits: 1 })} ${word('points')}`;
	return before === 0 ? '' : ((now - before) / Math.abs(before)).toLocaleString(language, { ...sign, style: 'percent' });
}

const day = (text, options) => new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { timeZone: 'UTC', ...options }).format(new Date(`${text}T00:00:00Z`));

export const writtenDay = (text) => day(text, { day: 'numeric', month: 'short', year: 'numeric' });
export const shortDay = (text) => day(text, { day: 'numeric', month: 'short' });
export const writtenMonth = (text) => day(`${text.slice(0, 7)}-01`, { month: 'short', year: 'numeric' });
export const writtenPeriod = ({ from, to }) => from === to ? writtenDay(from) : `${writtenDay(from)} – ${writtenDay(to)}`;
export const writtenStart = (text, by) => by === 'month' ? writtenMonth(text) : by === 'week' ? `${word('week')} ${writtenDay(text)}` : writtenDay(text);

export function element(tag, properties = {}, ...children) {
	const made = document.createElement(tag);

	for (const [name, value] of Object.entries(properties)) {
		if (name.includes('-') || name === 'role')
			made.setAttribute(name, value);
		else if (name === 'dataset')
			Object.assign(made.dataset, value);
		else
			made[name] = value;
	}
	made.append(...children.filter((child) => child !== null && child !== undefined));
	return made;
}
