// The first view: tiles, targets, the way to a sale, closing, who is how good,
// hours, reasons, products, delays, money, and every figure there is.

import { address, go, into, remember, usualTiles } from './address.js';
import { bare, colors, grid, intervals, names, panel, table, values, without } from './panels.js';
import { changed, drawRanking, parts, short, visit } from './ranking.js';
import { bounds, drawn, element, known, marks as rounded, named, number, percent, shortDay, spoken, tick, word, write, writtenMonth, writtenPeriod, writtenSpan, writtenStart } from './write.js';

const narrow = () => document.body.clientWidth < 760;
const enough = 30;

export function drawOverview(answer, state, catalogue) {
	without('kpi', 'series', 'of-campaign', 'of-agent', 'of-segment', 'of-hour');
	document.getElementById('tiles').hidden = false;
	drawTiles(answer, state, catalogue);
	drawTargets(answer, catalogue);
	drawFunnel(answer);
	drawWeeks(answer, catalogue);
	drawWho(answer, state, catalogue);
	drawReach(answer, catalogue);
	drawItems('reasons', answer.reasons, 'amount', colors().second);
	drawItems('products', answer.products, 'sales', colors().third);
	drawDelays(answer, catalogue);
	drawMonths(answer, catalogue);
	drawAll(answer, state, catalogue);
}

const plain = (catalogue, kpi) => catalogue[kpi]?.[spoken()] ?? kpi;
const label = (catalogue, kpi) => named(plain(catalogue, kpi), catalogue[kpi]?.unit);

// A figure with what is to be known of it at once.
export function tile(kpi, name, row, { months, target, costs, open = 0, view = true } = {}) {
	const monthly = row?.by_months && months ? writtenPeriod(months) : !row && costs ? costs : '';

	return element(view ? 'a' : 'div', { className: 'tile', ...view ? { href: address({ kpi }) } : {}, dataset: { kpi } },
		element('span', { className: 'name', textContent: name }),
		element('b', { textContent: write(row?.value, row?.unit ?? 'count') }),
		element('span', { className: 'bounds', textContent: known(row?.low) && row.unit !== 'count' ? bounds(row, row.unit) : monthly }),
		element('span', { className: 'moved' }, row && known(row.before) ? changed(row, row.unit) : ''),
		...open > 0 && /closing/.test(kpi) ? [element('span', { className: 'open', textContent: word('openAppointments').replace('{n}', number(open)) })] : [],
		...target ? [element('span', { className: `target ${target.verdict.replaceAll(' ', '-')}`, textContent: `${word('target')} ${write(target.target, target.unit)}${word('colon')}${told(target)}` })] : []);
}

// A verdict in words. What has no bounds leaves it open, but is on one side.
const told = ({ verdict, value, low, target }) => word('verdicts')[verdict === 'not clear yet' && !known(low) ? value >= target ? 'above' : 'below' : verdict] ?? '';

function drawTiles({ report, targets, ...answer }, { tiles, agent, segment, hour }, catalogue) {
	const apart = agent || segment || hour;
	const of = Object.fromEntries(report.map((row) => [row.kpi, row]));

	document.getElementById('tiles').replaceChildren(...tiles.filter((kpi) => catalogue[kpi]).map((kpi) =>
		tile(kpi, label(catalogue, kpi), of[kpi], { months: answer.wholeMonths, view: catalogue[kpi].drawable, open: of.open_appointments?.value, costs: catalogue[kpi].costs ? word(apart ? 'costsApart' : 'noWholeMonth') : '', target: targets.find((row) => row.kpi === kpi) })));
}

export function drawTargets({ targets, projection }, catalogue) {
	if (targets.length === 0)
		return without('targets');
	const ahead = (kpi) => projection.find((row) => row.kpi === kpi);
	const pace = projection.length > 0;
	const verdict = (row) => element('span', { className: `target ${(row.verdict ?? '').replaceAll(' ', '-')}`, textContent: told(row) || '–' });

	panel('targets', {
		title: word('targets'), rows: targets,
		note: pace ? word('pace').replace('{days}', number(projection[0].days)).replace('{left}', number(projection[0].left)) : '',
		raw: targets.map((row) => ({ ...row, expected: ahead(row.kpi)?.expected, expected_low: ahead(row.kpi)?.low, expected_high: ahead(row.kpi)?.high, month_target: ahead(row.kpi)?.target, expected_verdict: ahead(row.kpi)?.verdict })),
		columns: [
			{ head: 'KPI', left: true, cell: (row) => catalogue[row.kpi]?.drawable ? element('a', { href: address({ kpi: row.kpi }), textContent: label(catalogue, row.kpi) }) : label(catalogue, row.kpi) },
			{ head: word('value'), cell: (row) => write(row.value, row.unit) },
			{ head: word('target'), cell: (row) => write(row.target, row.unit === 'count' ? 'count' : row.unit) },
			{ head: word('verdict'), cell: verdict },
			{ head: word('reached'), cell: (row) => percent(known(row.reached) ? row.reached / 100 : null) },
			{ head: word('bounds'), cell: (row) => bounds(row, row.unit) || '–' },
			...pace ? [
				{ head: word('monthEnd'), cell: (row) => ahead(row.kpi) ? `${write(Math.round(ahead(row.kpi).expected), row.unit)} ${known(ahead(row.kpi).low) ? `(${number(ahead(row.kpi).low)} – ${number(ahead(row.kpi).high)})` : ''}` : '–' },
				{ head: word('monthTarget'), cell: (row) => write(ahead(row.kpi)?.target, row.unit) },
				{ head: word('monthVerdict'), cell: (row) => ahead(row.kpi)?.verdict ? verdict(ahead(row.kpi)) : '–' },
			] : [],
		],
	});
}

function drawFunnel({ funnel }) {
	const name = (row) => word('steps')[row.step];

	panel('funnel', {
		title: word('funnel'), rows: funnel,
		option: {
			grid: { ...grid, right: 136 }, xAxis: bare, yAxis: names(funnel.map(name)),
			series: [{ type: 'bar', barWidth: '62%', data: funnel.map((row) => row.leads), itemStyle: { color: colors().main, borderRadius: 3 },
				label: { show: true, position: 'right', color: colors().ink, formatter: ({ dataIndex: i }) => number(funnel[i].leads) + (i > 0 ? `  (${percent(funnel[i].of_step)})` : '') } }],
		},
		columns: [
			{ head: word('step'), left: true, cell: name },
			{ head: word('count'), cell: (row) => number(row.leads) },
			{ head: word('ofStep'), cell: (row, i) => i > 0 ? percent(row.of_step) : '' },
			{ head: word('ofLeads'), cell: (row) => percent(row.of_leads) },
			{ head: word('beforeShare'), cell: (row) => percent(row.before) },
		],
	});
}

// A KPI by day, week or month. What is not settled, or not over, is grey.
export function drawSeries(id, { title, note, before, rows, kpi, by, targets = [], marks = [] }) {
	const shown = rows.filter((row) => known(row.value));
	const ofAppointments = kpi.kpi.includes('closing') || ['held_rate', 'no_show_rate'].includes(kpi.kpi);
	const unsettled = (row) => row.part || ofAppointments && row.open > 0;
	const bars = !shown.some((row) => known(row.low)) && !['fraction', 'interval', 'delays'].includes(kpi.unit);
	const aim = new Map(targets.map((row) => [row.start, row.target]));
	const says = (row) => [
		`${writtenStart(row.start, by)}: ${write(row.value, kpi.unit)}`, known(row.low) ? `${bounds(row, kpi.unit)}` : '', parts(row, kpi.unit),
		ofAppointments && row.open > 0 ? word('openAppointments').replace('{n}', number(row.open)) : '', row.part ? word('partly') : ''].filter(Boolean).join('<br>');
	const mark = ({ value, text }) => ({ yAxis: value, label: { formatter: text, position: 'end', color: colors().soft, fontSize: 10 } });

	panel(id, {
		title, note, before, rows: shown, raw: rows,
		option: {
			grid: { ...grid, right: marks.length > 0 ? 84 : 24, top: 20 },
			tooltip: { trigger: 'axis', formatter: ([point]) => says(shown[point.dataIndex]) },
			xAxis: { type: 'category', data: shown.map((row) => by === 'month' ? writtenMonth(row.start) : shortDay(row.start)), axisLabel: { color: colors().soft, hideOverlap: true }, axisLine: { lineStyle: { color: colors().line } }, axisTick: { show: false } },
			yAxis: values({ ...shown.every((row) => row.value >= 0) ? rounded(kpi.unit, Math.max(...shown.map((row) => Math.max(row.high ?? row.value, aim.get(row.start) ?? 0)))) : {}, min: kpi.unit === 'fraction' && kpi.kpi !== 'roi' && kpi.kpi !== 'margin_roi' ? 0 : undefined, axisLabel: { color: colors().soft, formatter: (value) => tick(value, kpi.unit) } }),
			series: [
				{ type: bars ? 'bar' : 'line', symbol: 'circle', symbolSize: shown.length > 40 ? 5 : 8, showAllSymbol: true, barMaxWidth: 40, connectNulls: true, lineStyle: { color: colors().main, width: 2 },
					data: shown.map((row) => ({ value: drawn(row.value, kpi.unit), itemStyle: { color: unsettled(row) ? bars ? colors().soft : colors().paper : colors().main, borderColor: unsettled(row) ? colors().soft : colors().main, borderWidth: 2, borderRadius: bars ? 2 : 0 } })),
					markLine: { silent: true, symbol: 'none', lineStyle: { color: colors().soft, type: 'dashed' }, data: marks.map(mark) } },
				intervals(shown.flatMap((row, i) => known(row.low) ? [[i, drawn(row.low, kpi.unit), drawn(row.high, kpi.unit)]] : []), { upright: true }),
				...aim.size > 0 ? [{ type: 'line', step: 'middle', symbol: 'none', z: 1, data: shown.map((row) => drawn(aim.get(row.start), kpi.unit) ?? '-'), lineStyle: { color: colors().second, type: 'dotted', width: 2 } }] : [],
			],
		},
		columns: [
			{ head: word(by), left: true, cell: (row) => writtenStart(row.start, by) },
			{ head: named(kpi[`label_${spoken()}`], kpi.unit), cell: (row) => write(row.value, kpi.unit) },
			{ head: word('low'), cell: (row) => known(row.low) ? write(row.low, kpi.unit) : '–' },
			{ head: word('high'), cell: (row) => known(row.high) ? write(row.high, kpi.unit) : '–' },
			{ head: word('parts'), cell: (row) => parts(row, kpi.unit) },
			...aim.size > 0 ? [{ head: word('target'), cell: (row) => write(aim.get(row.start), kpi.unit) }, { head: word('verdict'), cell: (row) => told({ ...row, target: aim.get(row.start), verdict: against(row, aim.get(row.start), kpi.better) }) || '–' }] : [],
			...ofAppointments ? [{ head: word('open'), cell: (row) => number(row.open) }] : [],
			{ head: word('remark'), cell: (row) => row.part ? word('partly') : ofAppointments && row.open > 0 ? word('unsettled') : '' },
		],
	});
}

// Sure only where the bounds leave no doubt, as in kpi_targets.
function against(row, target, better) {
	if (!known(target) || !known(row.value) || !better)
		return null;
	if (known(row.low) && (better === 'higher' ? row.low >= target : row.high <= target))
		return 'met';
	if (known(row.low) && (better === 'higher' ? row.high < target : row.low > target))
		return 'missed';
	return 'not clear yet';
}

const settled = (catalogue) => ({ kpi: 'settled_closing_rate', unit: 'fraction', better: 'higher', label_en: catalogue.settled_closing_rate?.en, label_fr: catalogue.settled_closing_rate?.fr });

export const benchmarks = (of, unit) => [['average', of?.average], ['best', of?.best]].filter(([, value]) => known(value))
	.map(([name, value]) => ({ value: drawn(value, unit), text: `${word(name)} ${write(value, unit).replace(/[.,]0(?=\D|$)/, '')}` }));

function drawWeeks({ weeks }, catalogue) {
	drawSeries('weeks', { title: word('weeks'), note: word('settled'), rows: weeks, kpi: settled(catalogue), by: 'week', marks: benchmarks(catalogue.closing_rate, 'fraction') });
}

export function tabs(name, options, current, text) {
	return element('p', { className: 'tabs', role: 'group', 'aria-label': name }, ...options.map(([href, value]) =>
		element('a', { href, textContent: text(value), ...value === current ? { 'aria-current': 'true' } : {} })));
}

function drawWho({ ranking, measure, report }, { rank }, catalogue) {
	const measures = ['settled_closing_rate', 'sales', 'sales_per_hour', 'contacts_per_hour', 'conversion_rate', 'occupancy', ...report.filter((row) => row.unit === 'delays').map((row) => row.kpi)];
	const choice = element('select', { className: 'measure', 'aria-label': word('measure'), onchange: () => go({ measure: choice.value }) },
		...[...new Set([...measures, measure.kpi])].map((kpi) => element('option', { value: kpi, textContent: label(catalogue, kpi), selected: kpi === measure.kpi })));
	const before = element('div', { className: 'choices' },
		tabs(word('rank'), ['agent', 'campaign', 'segment'].map((name) => [address({ rank: name }), name]), rank, (name) => word(`${name}s`)),
		element('label', {}, `${word('by')} `, choice));

	drawRanking('ranking', rank, ranking, measure, {
		title: word('ranking')[rank], before, none: ranking === null ? word('apart') : word('nothing'),
		more: ['sales', 'sales_per_hour', 'contacts_per_hour', 'conversion_rate', 'settled_closing_rate', 'occupancy', 'calls'].map((name) => ({ name, head: label(catalogue, name), unit: catalogue[name]?.unit ?? 'count' })),
	});
}

// Colours are of slots with calls enough to compare; the numbers are always there.
function drawReach({ reach }, catalogue) {
	const rows = reach ?? [];
	const slots = [...new Set(rows.map((row) => row.slot))].sort((a, b) => (a ?? '~').localeCompare(b ?? '~'));
	const days = [...new Set(rows.map((row) => row.weekday))].sort();
	const hour = (slot) => slot ?? word('noSlot');
	const day = (number) => word('weekdays')[number - 1];
	const upright = narrow() || slots.length > 18;
	const sure = rows.filter((row) => known(row.rate) && row.denominator >= enough);
	const rates = (sure.length > 1 ? sure : rows.filter((row) => known(row.rate))).map((row) => drawn(row.rate, 'fraction'));
	const [least, most] = [Math.min(...rates), Math.max(...rates)];
	const shade = colors();
	const place = (row) => upright ? [days.indexOf(row.weekday), slots.indexOf(row.slot)] : [slots.indexOf(row.slot), days.indexOf(row.weekday)];
	const axis = (data) => ({ type: 'category', data, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: colors().ink, interval: 0, fontSize: 11 } });
	const drawnRows = rows.filter((row) => known(row.rate));

	panel('reach', {
		title: word('reach'), note: reach && rows.length > 0 ? word('enough').replace('{n}', enough) : '', rows, none: reach === null ? word('hoursApart') : word('nothing'),
		height: (upright ? slots.length : days.length) * (upright ? 24 : 34) + 70,
		option: {
			grid: { ...grid, bottom: 40 },
			tooltip: { formatter: ({ dataIndex: i }) => `${day(drawnRows[i].weekday)} ${hour(drawnRows[i].slot)}: ${percent(drawnRows[i].rate)} (${bounds(drawnRows[i], 'fraction')})<br>${parts(drawnRows[i], 'fraction')}` },
			xAxis: axis(upright ? days.map(day) : slots.map((slot) => slots.length > 12 ? hour(slot).replace(/:00$/, ' h') : hour(slot))),
			yAxis: { ...axis(upright ? slots.map(hour) : days.map(day)), inverse: true },
			visualMap: { min: least, max: most > least ? most : least + 1, calculable: false, orient: 'horizontal', left: 'center', bottom: 0, itemHeight: 110, itemWidth: 12, seriesIndex: 0,
				dimension: 2, text: [percent(most / 100, 0), percent(least / 100, 0)], textStyle: { color: colors().soft }, inRange: { color: [shade.least, shade.less, shade.more, shade.most] } },
			series: [{ type: 'heatmap', data: drawnRows.map((row) => ({ value: [...place(row), drawn(row.rate, 'fraction')],
				visualMap: row.denominator >= enough || sure.length <= 1,
				...row.denominator >= enough || sure.length <= 1 ? { label: { color: (drawn(row.rate, 'fraction') - least) / (most - least || 1) > 0.6 ? shade['on-most'] : shade['on-least'] } } :
					{ itemStyle: { color: colors().paper, borderColor: colors().line, borderWidth: 1 }, label: { color: colors().soft } } })),
			label: { show: true, fontSize: 10, formatter: ({ dataIndex: i }) => number(100 * drawnRows[i].rate) } }],
		},
		click: ({ dataIndex: i }) => { if (drawnRows[i]?.slot) visit(address(into('hour', drawnRows[i].slot))); },
		columns: [
			{ head: word('weekday'), left: true, cell: (row) => day(row.weekday) },
			{ head: word('hour'), cell: (row) => row.slot === null ? hour(null) : element('a', { href: address(into('hour', row.slot)), textContent: row.slot }) },
			{ head: label(catalogue, 'contact_rate'), cell: (row) => percent(row.rate) },
			{ head: label(catalogue, 'calls'), cell: (row) => number(row.denominator) },
			{ head: word('low'), cell: (row) => percent(row.low) },
			{ head: word('high'), cell: (row) => percent(row.high) },
			{ head: word('before'), cell: (row) => percent(row.before) },
		],
	});
}

// Reasons or products: the most frequent ones drawn, all in the table.
function drawItems(id, rows, count, color) {
	const name = (row) => row.item ?? word(id === 'reasons' ? 'noReason' : 'noProduct');
	const first = rows.slice(0, 14);

	panel(id, {
		title: word(id), rows, height: Math.max(120, first.length * 24 + 20),
		note: rows.length > first.length ? word('first').replace('{k}', first.length).replace('{n}', number(rows.length)) : '',
		option: {
			grid: { ...grid, right: 64 }, xAxis: bare, yAxis: names(first.map(name)),
			series: [{ type: 'bar', barWidth: '62%', data: first.map((row) => ({ value: row[count], itemStyle: { color: row.item === null ? colors().soft : color, borderRadius: 3 } })),
				label: { show: true, position: 'right', color: colors().ink, formatter: ({ dataIndex: i }) => percent(first[i].share) } }],
			tooltip: { formatter: ({ dataIndex: i }) => `${short(name(first[i]))}: ${number(first[i][count])} (${percent(first[i].share)})` },
		},
		columns: [
			{ head: word(id === 'reasons' ? 'reason' : 'product'), left: true, cell: name },
			{ head: word(id === 'reasons' ? 'refusals' : 'sales'), cell: (row) => number(row[count]) },
			{ head: word('share'), cell: (row) => percent(row.share) },
			...id === 'products' ? [{ head: word('revenue'), cell: (row) => number(row.revenue, 2) }] : [],
			{ head: word('beforeShare'), cell: (row) => percent(row.before) },
		],
	});
}

// What share was over within a minute, an hour, a day: one line for each name.
export function drawDelays({ delays }, catalogue) {
	if (delays.length === 0)
		return without('delays');
	const own = [...new Set(delays.map((row) => row.name))];
	const spans = [...new Set(delays.map((row) => row.seconds))];
	const of = (name) => delays.filter((row) => row.name === name);
	const hues = [colors().main, colors().second, colors().third, colors().soft];
	const says = ({ dataIndex: i, seriesName }) => {
		const row = of(own.find((name) => plain(catalogue, name) === seriesName))[i];
		return `${short(seriesName)}: ${word('within')} ${writtenSpan(row.seconds)} ${percent(row.value)} (${bounds(row, 'fraction')})<br>${parts(row, 'fraction')}`;
	};

	panel('delays', {
		title: word('delays'), rows: delays,
		note: own.map((name) => word('half').replace('{name}', () => plain(catalogue, name)).replace('{n}', number(of(name)[0].denominator))
			.replace('{median}', writtenSpan(of(name)[0].median)).replace('{ninth}', writtenSpan(of(name)[0].ninth))).join(' '),
		option: {
			grid: { ...grid, top: 36 }, legend: { top: 0, type: 'scroll', textStyle: { color: colors().ink } }, tooltip: { formatter: says },
			xAxis: { type: 'category', data: spans.map(writtenSpan), axisLabel: { color: colors().soft, hideOverlap: true }, axisLine: { lineStyle: { color: colors().line } }, axisTick: { show: false } },
			yAxis: values({ min: 0, max: 100, axisLabel: { color: colors().soft, formatter: (value) => tick(value, 'fraction') } }),
			series: own.flatMap((name, i) => [
				{ name: plain(catalogue, name), type: 'line', symbol: 'circle', symbolSize: 8, data: of(name).map((row) => drawn(row.value, 'fraction')),
					itemStyle: { color: hues[i % 4] }, lineStyle: { color: hues[i % 4], width: 2 } },
				intervals(of(name).map((row, at) => [at, drawn(row.low, 'fraction'), drawn(row.high, 'fraction')]), { upright: true, color: hues[i % 4] }),
			]),
		},
		columns: [
			{ head: word('delay'), left: true, cell: (row) => catalogue[row.name] ? element('a', { href: address({ kpi: row.name }), textContent: plain(catalogue, row.name) }) : row.name },
			{ head: word('within'), cell: (row) => writtenSpan(row.seconds) },
			{ head: word('share'), cell: (row) => percent(row.value) },
			{ head: word('low'), cell: (row) => percent(row.low) },
			{ head: word('high'), cell: (row) => percent(row.high) },
			{ head: word('parts'), cell: (row) => parts(row, 'fraction') },
			{ head: word('beforeShare'), cell: (row) => percent(row.before) },
		],
	});
}

function drawMonths({ months }, catalogue) {
	const rows = months ?? [];
	const single = rows.filter((row) => row.month !== null);
	const bars = (kpi, color) => ({ name: label(catalogue, kpi), type: 'bar', data: single.map((row) => row[kpi] ?? '-'), itemStyle: { color, borderRadius: 2 } });

	panel('months', {
		title: word('months'), note: word('signed'), rows, none: months === null ? word('costsApart') : word('partMonths'),
		option: {
			grid: { ...grid, top: 36 }, legend: { top: 0, type: 'scroll', textStyle: { color: colors().ink } }, tooltip: { trigger: 'axis' },
			xAxis: { type: 'category', data: single.map((row) => writtenMonth(row.month)), axisLabel: { color: colors().soft } },
			yAxis: [values({ axisLabel: { formatter: (value) => tick(value, 'amount'), color: colors().soft } }), values({ splitLine: { show: false }, axisLabel: { formatter: (value) => tick(value, 'fraction'), color: colors().soft } })],
			series: [bars('revenue', colors().main), bars('cost', colors().soft), bars('margin', colors().third),
				{ name: label(catalogue, 'roi'), type: 'line', yAxisIndex: 1, symbolSize: 8, data: single.map((row) => drawn(row.roi, 'fraction') ?? '-'), itemStyle: { color: colors().second }, lineStyle: { color: colors().second } }],
		},
		columns: [
			{ head: word('month'), left: true, cell: (row) => row.month === null ? word('whole') : writtenMonth(row.month) },
			...['revenue', 'cost', 'margin'].map((kpi) => ({ head: label(catalogue, kpi), cell: (row) => number(row[kpi], 2) })),
			...['margin_rate', 'roi'].map((kpi) => ({ head: label(catalogue, kpi), cell: (row) => percent(row[kpi]) })),
		],
	});
}

// Every figure, by family; the star puts one among the tiles.
function drawAll({ report, wholeMonths }, { tiles }, catalogue) {
	const section = document.getElementById('all');
	const open = new Set([...section.querySelectorAll('details[open]')].map((details) => details.dataset.family));
	const families = [...new Set(report.map((row) => row.family))];
	const star = ({ kpi, label: plainName, unit }) => {
		const on = tiles.includes(kpi);
		const name = named(plainName, unit);

		return element('button', { type: 'button', className: 'star', textContent: on ? '★' : '☆', 'aria-pressed': String(on), 'aria-label': `${word('onTop')}: ${name}`, dataset: { star: kpi }, onclick: () => {
			const next = on ? tiles.filter((other) => other !== kpi) : [...tiles, kpi];
			remember('tiles', next.join());
			go({ tiles: next.join() === usualTiles.join() ? null : next.join() });
		} });
	};

	panel('all', { title: word('allFigures'), note: word('allNote'), rows: report });
	section.append(...families.map((family) => {
		const rows = report.filter((row) => row.family === family);

		return element('details', { open: open.has(family), dataset: { family } }, element('summary', { textContent: `${rows[0].family_label[0].toUpperCase()}${rows[0].family_label.slice(1)} (${rows.length})` }),
			table(rows[0].family_label, [
				{ head: word('onTop'), left: true, cell: star },
				{ head: 'KPI', left: true, cell: (row) => catalogue[row.kpi]?.drawable ? element('a', { href: address({ kpi: row.kpi }), textContent: named(row.label, row.unit) }) : row.label },
				{ head: word('of'), cell: (row) => word('units')[row.of] ?? row.of },
				{ head: word('value'), cell: (row) => write(row.value, row.unit) },
				{ head: word('bounds'), cell: (row) => bounds(row, row.unit) || '–' },
				{ head: word('parts'), cell: (row) => parts(row, row.unit) },
				{ head: word('before'), cell: (row) => write(row.before, row.unit) },
				{ head: word('change'), cell: (row) => changed(row, row.unit) },
				{ head: word('remark'), cell: (row) => row.by_months ? writtenPeriod(wholeMonths) : '' },
			], rows));
	}));
}

