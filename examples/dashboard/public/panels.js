// A panel has a heading, a chart, and the chart's figures as a table; or says
// why there are none. Its table can be had as CSV, its chart as PNG.

import { element, word } from './write.js';

const echarts = window.echarts;
const charts = new Map();

export const colors = () => {
	const style = getComputedStyle(document.documentElement);

	return Object.fromEntries(['main', 'second', 'third', 'soft', 'line', 'ink', 'back', 'paper', 'least', 'less', 'more', 'most', 'on-least', 'on-most'].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
};

addEventListener('resize', () => charts.forEach(({ chart }) => {
	chart.resize();
	scaled(chart);
}));

// On paper a chart is as wide as its place there, whatever it was drawn for.
const scaled = (chart) => chart.getDom().querySelector('svg')?.setAttribute('viewBox', `0 0 ${chart.getWidth()} ${chart.getHeight()}`);

function save(name, url) {
	const link = element('a', { href: url, download: name });

	document.body.append(link);
	link.click();
	link.remove();
}

// Text that a spreadsheet would take for a formula is marked as text.
const field = (value) => {
	const text = value === null || value === undefined ? '' : typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);

	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export function csv(rows) {
	const heads = [...new Set(rows.flatMap(Object.keys))];

	return `\ufeff${[heads, ...rows.map((row) => heads.map((head) => row[head]))].map((line) => line.map(field).join(',')).join('\r\n')}\r\n`;
}

function saveCsv(id, rows) {
	const url = URL.createObjectURL(new Blob([csv(rows)], { type: 'text/csv' }));

	save(`${id}.csv`, url);
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function savePng(id) {
	const { option, width, height } = charts.get(id);
	const place = element('div', { style: `width:${width()}px;height:${height()}px;position:fixed;left:-9999px` });

	document.body.append(place);
	const chart = echarts.init(place, null, { renderer: 'canvas' });
	chart.setOption(option);
	save(`${id}.png`, chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: colors().paper }));
	chart.dispose();
	place.remove();
}

// Columns are { head, cell, left }; a cell is text or an element.
export function table(label, columns, rows) {
	return element('div', { className: 'scroll', tabIndex: 0, role: 'group', 'aria-label': label }, element('table', {},
		element('thead', {}, element('tr', {}, ...columns.map(({ head, left }) => element('th', { scope: 'col', textContent: head, className: left ? 'left' : '' })))),
		element('tbody', {}, ...rows.map((row, i) => element('tr', {}, ...columns.map(({ cell, left }) => {
			const made = element('td', { className: left ? 'left' : '' });
			made.append(cell(row, i));
			return made;
		}))))));
}

const button = (text, label, act) => element('button', { type: 'button', className: 'small', textContent: text, 'aria-label': label, onclick: act });

export function panel(id, { title, note, before, option, height, columns, rows, raw = rows, none = word('nothing'), click }) {
	const section = document.getElementById(id);
	const wasOpen = section.querySelector('details')?.open ?? false;
	const tools = element('span', { className: 'tools' });

	charts.get(id)?.chart.dispose();
	charts.delete(id);
	section.hidden = false;
	section.setAttribute('aria-labelledby', `${id}-title`);
	section.replaceChildren(element('div', { className: 'head' }, element('h2', { id: `${id}-title`, textContent: title }), tools),
		...note ? [element('p', { className: 'note', textContent: note })] : [], ...before ? [before] : []);
	if (!rows || rows.length === 0) {
		section.append(element('p', { className: 'none', textContent: none }));
		return;
	}
	tools.append(button('CSV', `${title}: CSV`, () => saveCsv(id, raw)));
	if (option) {
		const place = element('div', { className: 'chart', role: 'img', 'aria-label': title });
		const full = { animation: false, textStyle: { fontFamily: 'inherit', color: colors().ink }, ...option };

		if (height)
			place.style.height = `${height}px`;
		tools.append(button('PNG', `${title}: PNG`, () => savePng(id)));
		section.append(place);
		const chart = echarts.init(place, null, { renderer: 'svg' });
		chart.setOption(full);
		scaled(chart);
		if (click)
			chart.on('click', click);
		charts.set(id, { chart, option: full, width: () => chart.getWidth(), height: () => chart.getHeight() });
	}
	if (columns)
		section.append(option ? element('details', { open: wasOpen }, element('summary', { textContent: word('figures') }), table(title, columns, rows)) : table(title, columns, rows));
}

// Panels that a view does not have.
export function without(...ids) {
	for (const id of ids) {
		charts.get(id)?.chart.dispose();
		charts.delete(id);
		document.getElementById(id).hidden = true;
		document.getElementById(id).replaceChildren();
	}
}

// Parts of charts

export const grid = { left: 8, right: 16, top: 12, bottom: 4, containLabel: true };

// Long names differ at their ends as often as at their beginnings.
function middle(text) {
	const most = document.body.clientWidth < 760 ? 15 : 24;

	return text.length > most ? `${text.slice(0, Math.ceil(most / 2))}…${text.slice(-Math.floor(most / 2))}` : text;
}

export const names = (data) => ({ type: 'category', data, inverse: true, axisTick: { show: false }, axisLine: { show: false },
	axisLabel: { formatter: middle, color: colors().ink } });
export const values = (more = {}) => ({ type: 'value', splitLine: { lineStyle: { color: colors().line } }, axisLabel: { color: colors().soft }, ...more });
export const bare = { type: 'value', show: false };

// Bounds as lines with ends, along either axis.
export function intervals(data, { upright, color = colors().main }) {
	return { type: 'custom', silent: true, data, z: 1, encode: upright ? { x: 0, y: [1, 2] } : { x: [1, 2], y: 0 }, renderItem: (_, api) => {
		const at = (value) => upright ? api.coord([api.value(0), value]) : api.coord([value, api.value(0)]);
		const [x1, y1] = at(api.value(1));
		const [x2, y2] = at(api.value(2));
		const style = { stroke: color, lineWidth: 1.5, opacity: 0.6 };
		const line = (a, b, c, d) => ({ type: 'line', shape: { x1: a, y1: b, x2: c, y2: d }, style });

		if (![x1, y1, x2, y2].every(Number.isFinite))
			return null;
		return { type: 'group', children: [line(x1, y1, x2, y2), ...upright ? [line(x1 - 4, y1, x1 + 4, y1), line(x2 - 4, y2, x2 + 4, y2)] : [line(x1, y1 - 4, x1, y1 + 4), line(x2, y2 - 4, x2, y2 + 4)]] };
	} };
}
