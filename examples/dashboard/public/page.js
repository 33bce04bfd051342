// The page: asks the server for the figures that are chosen, and draws them.
// It computes none. What the server does not know is shown as such, never as 0.

import { words } from './words.js';

const echarts = window.echarts;
const form = document.querySelector('#filters');
const message = document.querySelector('#message');
const palette = { main: '#1f6f8b', second: '#e07a3f', third: '#7a9e7e', soft: '#94a3b8', line: '#e2e8f0' };
const charts = new Map();
let labels = {};
let asked = 0;

const language = () => form.language.value;
const word = (key) => words[language()][key];
const label = (kpi) => labels[kpi]?.[language()] ?? kpi;

// Numbers for reading; what is not known is a dash.
const known = (value) => value !== null && value !== undefined;
const number = (value, digits = 0) => known(value) ?
	value.toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits }) : '–';
const percent = (value) => known(value) ?
	value.toLocaleString(language(), { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }) : '–';
const points = (value) => known(value) ? Math.round(value * 10000) / 100 : null;

function element(tag, properties = {}, ...children) {
	const made = Object.assign(document.createElement(tag), properties);

	made.append(...children);
	return made;
}

function table(heads, rows) {
	return element('div', { className: 'scroll' }, element('table', {},
		element('thead', {}, element('tr', {}, ...heads.map((text) => element('th', { textContent: text })))),
		element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells.map((text) => element('td', { textContent: text })))))));
}

// A panel has a heading, a chart, and the chart's figures as a table; or says that there are none.
function panel(id, option, heads, rows, none = word('nothing')) {
	const section = document.getElementById(id);
	const open = section.querySelector('details')?.open ?? false;

	charts.get(id)?.dispose();
	charts.delete(id);
	section.replaceChildren(element('h2', { textContent: word(id) }));
	if (rows.length === 0) {
		section.append(element('p', { className: 'none', textContent: none }));
		return;
	}
	const place = element('div', { className: 'chart' });
	place.setAttribute('role', 'img');
	place.setAttribute('aria-label', word(id));
	section.append(place, element('details', { open }, element('summary', { textContent: word('figures') }), table(heads, rows)));
	const chart = echarts.init(place, null, { renderer: 'svg' });
	chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, grid: { left: 8, right: 12, top: 36, bottom: 4, containLabel: true }, ...option });
	charts.set(id, chart);
}

// names of any length, beside bars
const long = { width: 140, overflow: 'truncate' };

const percentAxis = (more = {}) => ({ type: 'value', axisLabel: { formatter: (value) => `${value} %` }, splitLine: { lineStyle: { color: palette.line } }, ...more });

function tile(name, value, below = '') {
	return element('div', { className: 'tile' }, element('span', { textContent: name }),
		element('b', { textContent: value }), element('span', { textContent: below }));
}

function drawTiles({ report, months }) {
	const of = Object.fromEntries(report.map((row) => [row.kpi, row]));
	const whole = months.find((row) => row.month === null);
	const interval = (row) => known(row?.low) ? `${percent(row.low)} – ${percent(row.high)}` : '';
	const rate = (kpi) => tile(label(kpi), percent(of[kpi]?.value), interval(of[kpi]));
	const tiles = [
		tile(label('calls'), number(of.calls?.value)),
		rate('contact_rate'),
		rate('conversion_rate'),
		tile(label('net_sales'), number(of.net_sales?.value)),
		rate('closing_rate'),
		tile(label('occupancy'), percent(of.occupancy?.value)),
		tile(label('calls_per_hour'), number(of.calls_per_hour?.value, 1)),
		tile(label('roi'), percent(whole?.roi), word('whole').toLowerCase()),
	];

	tiles.forEach((made, i) => { made.dataset.kpi = ['calls', 'contact_rate', 'conversion_rate', 'net_sales', 'closing_rate', 'occupancy', 'calls_per_hour', 'roi'][i]; });
	document.getElementById('tiles').replaceChildren(...tiles);
}

function drawFunnel({ funnel }) {
	const name = (row) => word('steps')[row.step];

	panel('funnel', {
		grid: { left: 8, right: 112, top: 8, bottom: 4, containLabel: true },
		xAxis: { type: 'value', show: false },
		yAxis: { type: 'category', inverse: true, data: funnel.map(name), axisTick: { show: false }, axisLine: { show: false } },
		series: [{
			type: 'bar', barWidth: '62%', data: funnel.map((row) => row.leads), itemStyle: { color: palette.main, borderRadius: 3 },
			label: { show: true, position: 'right', formatter: ({ dataIndex: i }) => number(funnel[i].leads) + (i > 0 ? `  (${percent(funnel[i].of_step)})` : '') },
		}],
	}, [word('step'), word('count'), word('ofStep'), word('ofLeads')],
	funnel.map((row, i) => [name(row), number(row.leads), i > 0 ? percent(row.of_step) : '', percent(row.of_leads)]));
}

function drawReach({ reach }) {
	const slots = [...new Set(reach.map((row) => row.slot))].sort((a, b) => (a ?? '~').localeCompare(b ?? '~'));
	const days = [...new Set(reach.map((row) => row.weekday))].sort();
	const hour = (slot) => slot ?? word('noSlot');
	const rates = reach.map((row) => points(row.rate)).filter(known);

	panel('reach', {
		grid: { left: 8, right: 12, top: 8, bottom: 46, containLabel: true },
		tooltip: { formatter: ({ data: [slot, day, rate] }) => `${word('weekdays')[days[day] - 1]} ${hour(slots[slot])}: ${number(rate, 1)} %` },
		xAxis: { type: 'category', data: slots.map(hour), axisTick: { show: false }, axisLine: { show: false } },
		yAxis: { type: 'category', inverse: true, data: days.map((day) => word('weekdays')[day - 1]), axisTick: { show: false }, axisLine: { show: false } },
		visualMap: { min: Math.min(...rates), max: Math.max(...rates), calculable: false, orient: 'horizontal', left: 'center', bottom: 0, itemHeight: 110, itemWidth: 12,
			formatter: (value) => `${Math.round(value)} %`, inRange: { color: ['#eaf3f6', '#8fc1d0', '#1f6f8b', '#0c3b4d'] } },
		series: [{ type: 'heatmap', data: reach.filter((row) => known(row.rate)).map((row) => [slots.indexOf(row.slot), days.indexOf(row.weekday), points(row.rate)]),
			label: { show: slots.length * days.length <= 90, fontSize: 10, formatter: ({ data }) => Math.round(data[2]) } }],
	}, [word('weekday'), word('slot'), label('contact_rate'), label('calls')],
	reach.map((row) => [word('weekdays')[row.weekday - 1], hour(row.slot), percent(row.rate), number(row.calls)]));
}

function drawAgents({ agents }) {
	// more names than can be read are left to the table
	const sorted = [...agents].sort((a, b) => (b.occupancy ?? -1) - (a.occupancy ?? -1)).slice(0, 40);

	panel('agents', {
		legend: { top: 0, data: [label('occupancy'), label('calls_per_hour')] },
		tooltip: { trigger: 'axis' },
		xAxis: { type: 'category', data: sorted.map((row) => row.agent), axisLabel: { rotate: 50, interval: 0, fontSize: 10, width: 90, overflow: 'truncate' } },
		yAxis: [percentAxis(), { type: 'value', splitLine: { show: false } }],
		series: [
			{ name: label('occupancy'), type: 'bar', data: sorted.map((row) => points(row.occupancy) ?? '-'), itemStyle: { color: palette.main, borderRadius: 2 } },
			{ name: label('calls_per_hour'), type: 'scatter', yAxisIndex: 1, symbolSize: 8, data: sorted.map((row) => known(row.calls_per_hour) ? Math.round(row.calls_per_hour * 100) / 100 : '-'), itemStyle: { color: palette.second } },
		],
	}, [word('agent'), label('occupancy'), label('calls_per_hour'), label('calls'), label('closing_rate'), word('surely')],
	agents.map((row) => [row.agent, percent(row.occupancy), number(row.calls_per_hour, 2), number(row.calls), percent(row.closing_rate), percent(row.closing_low)]));
}

function drawReasons({ reasons }) {
	const name = (row) => row.item ?? word('noReason');

	panel('reasons', {
		grid: { left: 8, right: 64, top: 8, bottom: 4, containLabel: true },
		xAxis: { type: 'value', show: false },
		yAxis: { type: 'category', inverse: true, data: reasons.map(name), axisLabel: long, axisTick: { show: false }, axisLine: { show: false } },
		series: [{ type: 'bar', barWidth: '62%', data: reasons.map((row) => ({ value: row.amount, itemStyle: { color: row.item === null ? palette.soft : palette.second, borderRadius: 3 } })),
			label: { show: true, position: 'right', formatter: ({ dataIndex: i }) => percent(reasons[i].share) } }],
	}, [word('reason'), label('refusals'), word('share')],
	reasons.map((row) => [name(row), number(row.amount), percent(row.share)]));
}

function drawProducts({ products }) {
	panel('products', {
		grid: { left: 8, right: 64, top: 8, bottom: 4, containLabel: true },
		xAxis: { type: 'value', show: false },
		yAxis: { type: 'category', inverse: true, data: products.map((row) => row.item ?? word('noProduct')), axisLabel: long, axisTick: { show: false }, axisLine: { show: false } },
		series: [{ type: 'bar', barWidth: '62%', data: products.map((row) => row.sales), itemStyle: { color: palette.third, borderRadius: 3 },
			label: { show: true, position: 'right', formatter: ({ dataIndex: i }) => percent(products[i].share) } }],
	}, [word('product'), label('sales'), word('share'), label('product_revenue_mix')],
	products.map((row) => [row.item ?? word('noProduct'), number(row.sales), percent(row.share), number(row.revenue, 2)]));
}

function drawWeeks({ weeks }) {
	const rows = weeks.filter((row) => known(row.rate));
	const benchmarks = [labels.closing_rate?.average, labels.closing_rate?.best].filter(Boolean).map(points);
	const mark = (value, i) => ({ yAxis: value, label: { formatter: `${word(['average', 'best'][i])} ${number(value)} %`, position: 'end', color: palette.soft, fontSize: 10 } });

	panel('weeks', {
		tooltip: { trigger: 'axis', formatter: ([{ dataIndex: i }]) => `${rows[i].week}: ${percent(rows[i].rate)} (${percent(rows[i].low)} – ${percent(rows[i].high)}), ${rows[i].counts}` },
		grid: { left: 8, right: 84, top: 16, bottom: 4, containLabel: true },
		xAxis: { type: 'category', data: rows.map((row) => row.week.slice(5)) },
		yAxis: percentAxis({ min: 0, max: 100 }),
		series: [
			{ type: 'line', data: rows.map((row) => points(row.rate)), symbolSize: 8, lineStyle: { color: palette.main, width: 2 }, itemStyle: { color: palette.main },
				markLine: { silent: true, symbol: 'none', lineStyle: { color: palette.soft, type: 'dashed' }, data: benchmarks.map(mark) } },
			{ type: 'custom', data: rows.map((row, i) => [i, points(row.low), points(row.high)]), silent: true,
				renderItem: (_, api) => {
					const [x, low] = api.coord([api.value(0), api.value(1)]);
					const high = api.coord([api.value(0), api.value(2)])[1];
					const style = { stroke: palette.main, fill: null, lineWidth: 1.5, opacity: 0.55 };
					const line = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style });

					return { type: 'group', children: [line(x, low, x, high), line(x - 5, low, x + 5, low), line(x - 5, high, x + 5, high)] };
				} },
		],
	}, [word('week'), label('closing_rate'), word('low'), word('high'), word('counts')],
	rows.map((row) => [row.week, percent(row.rate), percent(row.low), percent(row.high), row.counts]));
}

function drawMonths({ months }) {
	const single = months.filter((row) => row.month !== null);
	const bars = (kpi, color) => ({ name: label(kpi), type: 'bar', data: single.map((row) => row[kpi] ?? '-'), itemStyle: { color, borderRadius: 2 } });

	panel('months', {
		legend: { top: 0, type: 'scroll' },
		tooltip: { trigger: 'axis' },
		xAxis: { type: 'category', data: single.map((row) => row.month) },
		yAxis: [{ type: 'value', axisLabel: { formatter: (value) => number(value) }, splitLine: { lineStyle: { color: palette.line } } }, percentAxis({ splitLine: { show: false } })],
		series: [bars('revenue', palette.main), bars('cost', palette.soft), bars('margin', palette.third),
			{ name: label('roi'), type: 'line', yAxisIndex: 1, symbolSize: 8, data: single.map((row) => points(row.roi) ?? '-'), itemStyle: { color: palette.second }, lineStyle: { color: palette.second } }],
	}, [word('month'), label('revenue'), label('cost'), label('margin'), label('margin_rate'), label('roi')],
	months.map((row) => [row.month ?? word('whole'), number(row.revenue, 2), number(row.cost, 2), number(row.margin, 2), percent(row.margin_rate), percent(row.roi)]),
	word('partMonths'));
}

async function ask(path) {
	const response = await fetch(path);
	const answer = await response.json();

	if (!response.ok)
		throw new Error(word('errors')[answer.code] ?? answer.error);
	return answer;
}

function speak() {
	document.documentElement.lang = language();
	document.title = word('title');
	for (const place of document.querySelectorAll('[data-word]'))
		place.textContent = word(place.dataset.word);
	form.campaign.options[0].textContent = word('all');
}

async function show() {
	const mine = ++asked;

	speak();
	try {
		const answer = await ask(`api/figures?${new URLSearchParams(new FormData(form))}`);

		// a later choice has been made while this one was on its way
		if (mine !== asked)
			return;
		say('');
		for (const draw of [drawTiles, drawFunnel, drawReach, drawAgents, drawReasons, drawProducts, drawWeeks, drawMonths])
			draw(answer);
	} catch (error) {
		if (mine !== asked)
			return;
		say(error instanceof TypeError ? word('errors').network : error.message);
	}
	document.body.dataset.shown = mine;
}

// Words in place of the figures, which would be those of another choice.
function say(text) {
	message.textContent = text;
	message.hidden = text === '';
	document.querySelector('main').hidden = text !== '';
}

try {
	if (navigator.language.startsWith('fr'))
		form.language.value = 'fr';
	speak();
	const { campaigns, first, last, labels: names } = await ask('api/choices');

	labels = Object.fromEntries(names.map((row) => [row.name, row]));
	form.campaign.append(...campaigns.map((name) => new Option(name, name)));
	form.addEventListener('submit', (event) => event.preventDefault());
	window.addEventListener('resize', () => charts.forEach((chart) => chart.resize()));
	if (first === null) {
		form.addEventListener('change', () => { speak(); say(word('empty')); });
		say(word('empty'));
		document.body.dataset.shown = 0;
	} else {
		form.from.value = form.from.min = form.to.min = first;
		form.to.value = form.from.max = form.to.max = last;
		form.addEventListener('change', show);
		await show();
	}
} catch (error) {
	say(error instanceof TypeError ? word('errors').network : error.message);
}
