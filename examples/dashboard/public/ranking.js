// Agents, campaigns, segments or hours side by side. The first are those who are
// good for sure, not those who were lucky once: the order is by the bound that
// is worse for them.

import { address, into } from './address.js';
import { bare, colors, grid, intervals, names, panel, values } from './panels.js';
import { bounds, change, drawn, element, known, marks, named, number, spoken, tick, word, write } from './write.js';

const many = 24;
const shown = 10;

export const nameOf = (dimension, name) => name ?? word(dimension === 'hour' ? 'noSlot' : 'noName');

// A change, and in words whether it is more than chance.
export function changed(row, unit) {
	const text = change(row.value, row.before, unit);

	if (text === '')
		return '–';
	return element('span', { className: `change ${(row.verdict ?? '').replaceAll(' ', '-')}` }, text, ...row.verdict ? [` ${word('verdicts')[row.verdict]}`] : []);
}

// Surest first: by the lower bound, or by the upper one where less is better.
// Where nothing has bounds, values give the order; else what has none is last.
function order(rows, better) {
	const less = better === 'lower';
	const sure = (row) => known(row.low) ? less ? -row.high : row.low : less ? -row.value : row.value;

	return rows.filter((row) => known(row.value)).sort((a, b) => known(b.low) - known(a.low) || sure(b) - sure(a) || (b.denominator ?? 0) - (a.denominator ?? 0));
}

export function drawRanking(id, dimension, all, kpi, { title, before, more = [], none } = {}) {
	const rows = (all ?? []).filter((row) => row.kpi === kpi.kpi);
	const less = kpi.better === 'lower';
	const others = new Map();

	for (const row of all ?? [])
		others.set(row.name, (others.get(row.name) ?? new Map()).set(row.kpi, row));
	const ranked = dimension === 'hour' ? rows.filter((row) => known(row.value)) : order(rows, kpi.better);
	const unknown = rows.filter((row) => !ranked.includes(row));
	const worst = [...ranked].sort((a, b) => known(b.low) - known(a.low) || (known(a.low) ? less ? b.low - a.low : a.high - b.high : less ? b.value - a.value : a.value - b.value));
	const top = ranked.length > many ? ranked.slice(0, shown) : ranked;
	const bottom = ranked.length > many ? worst.filter((row) => !top.includes(row)).slice(0, shown).reverse() : [];
	const drawnRows = [...top, ...bottom.length > 0 ? [null, ...bottom] : []];
	const has = rows.some((row) => known(row.low));
	const name = (row) => row === null ? '…' : nameOf(dimension, row.name);
	const label = named(kpi[`label_${spoken()}`], kpi.unit);
	const beside = { show: true, position: 'right', color: colors().ink, formatter: ({ dataIndex: i }) => drawnRows[i] ? write(drawnRows[i].value, kpi.unit) : '' };

	panel(id, {
		title, before, none,
		note: ranked.length > many ? word(has ? 'topBottom' : 'topBottomBare').replaceAll('{n}', number(ranked.length)).replaceAll('{k}', shown) : has && dimension !== 'hour' ? word('fairly') : '',
		rows: ranked.length > 0 ? [...ranked, ...unknown] : [], raw: all, height: Math.max(110, drawnRows.length * 21 + 40),
		option: {
			grid: { ...grid, right: 60 },
			tooltip: { formatter: ({ dataIndex: i }) => drawnRows[i] ? `${short(name(drawnRows[i]))}: ${write(drawnRows[i].value, kpi.unit)} ${known(drawnRows[i].low) ? `(${bounds(drawnRows[i], kpi.unit)})` : ''}` : '' },
			xAxis: has ? values({ scale: false, ...rows.every((row) => !known(row.value) || row.value >= 0) ? marks(kpi.unit, Math.max(...drawnRows.map((row) => row?.high ?? row?.value ?? 0))) : {}, axisLabel: { formatter: (value) => tick(value, kpi.unit), color: colors().soft, hideOverlap: true } }) : bare,
			yAxis: names(drawnRows.map(name)),
			series: [
				{ type: has ? 'scatter' : 'bar', symbolSize: 9, barWidth: '60%', z: 3, data: drawnRows.map((row) => drawn(row?.value, kpi.unit) ?? '-'),
					itemStyle: { color: (point) => bottom.includes(drawnRows[point.dataIndex]) ? colors().second : colors().main, borderRadius: has ? 0 : 2 },
					label: has ? { show: false } : beside },
				// beyond the bounds, so that no line goes through a number
				...has ? [{ type: 'scatter', symbolSize: 1, silent: true, itemStyle: { color: 'transparent' }, data: drawnRows.map((row) => drawn(row?.high ?? row?.value, kpi.unit) ?? '-'), label: beside }] : [],
				...has ? [intervals(drawnRows.flatMap((row, i) => row && known(row.low) ? [[i, drawn(row.low, kpi.unit), drawn(row.high, kpi.unit)]] : []), { upright: false })] : [],
			],
		},
		click: ({ dataIndex: i }) => { if (drawnRows[i]?.name) visit(address(into(dimension, drawnRows[i].name))); },
		columns: [
			{ head: word(dimension), left: true, cell: (row) => row.name === null ? nameOf(dimension, null) : element('a', { href: address(into(dimension, row.name)), textContent: row.name }) },
			{ head: label, cell: (row) => write(row.value, kpi.unit) },
			{ head: word('low'), cell: (row) => known(row.low) ? write(row.low, kpi.unit) : '–' },
			{ head: word('high'), cell: (row) => known(row.high) ? write(row.high, kpi.unit) : '–' },
			{ head: word('parts'), cell: (row) => parts(row, kpi.unit) },
			{ head: word('change'), cell: (row) => changed(row, kpi.unit) },
			...more.filter(({ name: other }) => other !== kpi.kpi).map(({ name: other, head, unit }) => ({ head, cell: (row) => write(others.get(row.name).get(other)?.value, unit) })),
		],
	});
}

// The two numbers that a figure is made of; of a median, of how many it is.
export const parts = ({ numerator, denominator }, unit) => !known(numerator) ? known(denominator) ? word('among').replace('{n}', number(denominator)) : '–' : unit === 'count' || !known(denominator) ? number(numerator) :
	`${number(numerator)} / ${number(denominator, Number.isInteger(denominator) ? 0 : 1)}`;

// What charts say of names; tooltips are HTML.
const short = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function visit(href) {
	const link = element('a', { href });

	document.body.append(link);
	link.click();
	link.remove();
}
export { short, visit };
