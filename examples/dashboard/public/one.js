// The view of one KPI: what it is, over time, and by all that tells it apart.

import { address } from './address.js';
import { without } from './panels.js';
import { benchmarks, drawDelays, drawSeries, drawTargets, tabs, tile } from './overview.js';
import { drawRanking } from './ranking.js';
import { element, known, named, spoken, word, write, writtenPeriod } from './write.js';

export function drawOne(answer, state, catalogue) {
	const { kpi, by, summary } = answer;
	const label = named(kpi[`label_${spoken()}`], kpi.unit);

	without('funnel', 'weeks', 'ranking', 'reach', 'reasons', 'products', 'months', 'all');
	document.getElementById('tiles').hidden = true;
	document.getElementById('tiles').replaceChildren();
	drawWhat(answer, label);
	drawTargets({ targets: answer.aims, projection: answer.projection }, catalogue);
	drawDelays(answer, catalogue);
	drawSeries('series', {
		title: `${label}, ${word('times')[by]}`, rows: answer.series, kpi, by, targets: answer.targets,
		note: answer.ofCosts ? word('costsMonthly') : '',
		before: answer.ofCosts ? null : tabs(word('by'), ['day', 'week', 'month'].map((name) => [address({ by: name }), name]), by, (name) => word('times')[name]),
		marks: benchmarks(kpi.kpi === 'settled_closing_rate' ? catalogue.closing_rate : kpi, kpi.unit),
	});
	for (const dimension of ['campaign', 'agent', 'segment', 'hour']) {
		const rows = answer[dimension];

		drawRanking(`of-${dimension}`, dimension, rows, kpi, { title: `${label}, ${word('by').toLowerCase()} ${word(dimension).toLowerCase()}`,
			none: rows === null ? answer.ofCosts ? word('costsApart') : word('apart') : dimension === 'hour' && rows.length > 0 ? word('hoursOfCalls') : word('nothing') });
	}
	return summary;
}

function drawWhat({ kpi, summary, wholeMonths, aims }, label) {
	const section = document.getElementById('kpi');
	const definition = kpi[`definition_${spoken()}`];

	section.hidden = false;
	section.setAttribute('aria-labelledby', 'kpi-title');
	section.replaceChildren(element('div', { className: 'head' }, element('h2', { id: 'kpi-title', textContent: label })),
		element('p', {}, `${word('definition')}${word('colon')}`, element('q', { textContent: definition })),
		element('p', { className: 'note', textContent: [
			word('unitOf').replace('{of}', (word('units')[kpi.of] ?? kpi.of).toLowerCase()),
			kpi.unit === 'delays' ? word('ofDelays') : '',
			kpi.better ? word('betters')[kpi.better] : '',
			summary?.by_months ? `${word('monthly')} ${wholeMonths ? writtenPeriod(wholeMonths) : word('partMonths')}` : '',
			known(kpi.average) ? `${word('benchmark')}${word('colon')}${word('average')} ${write(kpi.average, kpi.unit)}, ${word('best')} ${write(kpi.best, kpi.unit)}.` : '',
		].filter(Boolean).join(' ') }),
		summary ? tile(kpi.kpi, label, summary, { months: wholeMonths, target: aims.find((row) => row.kpi === kpi.kpi) }) : element('p', { className: 'none', textContent: word('nothing') }));
}

