// The page: reads the address, asks the server for the figures, and draws them.
// It computes none.

import { address, chosen, days, follows, go, quick } from './address.js';
import { drawOne } from './one.js';
import { drawOverview } from './overview.js';
import { element, speak, word, writtenDay, writtenPeriod } from './write.js';

const form = document.querySelector('#filters');
const message = document.querySelector('#message');
const figures = document.querySelector('#figures');
let known = null;
let catalogue = {};
let asked = 0;
let last = null;

// Words in place of the figures, which would be those of another choice.
function say(text, hide = true) {
	message.textContent = text;
	message.hidden = text === '';
	figures.hidden = hide && text !== '';
}

async function ask(path) {
	const response = await fetch(path);
	const answer = await response.json();

	if (!response.ok)
		throw new Error(word('errors')[answer.code] ?? answer.error);
	return answer;
}

// What the form shows is what the address says.
function fill(state, { from, to }) {
	form.campaign.options[0].textContent = word('all');
	if (![...form.campaign.options].some((option) => option.value === state.campaign))
		form.campaign.append(new Option(state.campaign, state.campaign));
	form.period.replaceChildren(...quick.map((name) => new Option(word('periods')[name], name)), new Option(word('periods').other, ''));
	form.compare.replaceChildren(...['previous', 'year', 'none'].map((name) => new Option(word('compares')[name], name)));
	Object.assign(form.campaign, { value: state.campaign });
	Object.assign(form.period, { value: state.period });
	Object.assign(form.compare, { value: state.compare });
	Object.assign(form.language, { value: state.language });
	for (const [field, value] of [[form.from, from], [form.to, to]]) {
		if (field.value !== value)
			field.value = value;
	}
	crumbs(state);
}

// The way here: each part is a link back to it.
function crumbs(state) {
	const parts = [[word('overview'), { kpi: null, campaign: null, agent: null, segment: null, hour: null }]];

	if (state.campaign)
		parts.push([state.campaign, { kpi: null, agent: null, segment: null, hour: null }]);
	for (const dimension of ['agent', 'segment', 'hour']) {
		if (state[dimension])
			parts.push([`${word(dimension)}: ${state[dimension]}`, { kpi: null }]);
	}
	if (state.kpi)
		parts.push([catalogue[state.kpi]?.[state.language] ?? state.kpi, {}]);
	const nav = document.querySelector('#crumbs');
	nav.setAttribute('aria-label', word('way'));
	nav.replaceChildren(element('ol', {}, ...parts.map(([text, changes], i) => element('li', {},
		i === parts.length - 1 ? element('span', { 'aria-current': 'page', textContent: text }) : element('a', { href: address(changes), textContent: text })))));
}

function tellPeriod(answer, state) {
	const { until, known: data, before } = answer;
	const said = [writtenPeriod({ from: state.from, to: state.to })];

	if (until < state.to)
		said.push(word('dataUntil').replace('{day}', writtenDay(until)));
	if (state.compare !== 'none' && before)
		said.push(before.comparable ? word('comparedWith').replace('{period}', writtenPeriod(before)) : word('notComparable').replace('{period}', writtenPeriod(before)).replace('{day}', data.first ? writtenDay(data.first) : '–'));
	document.querySelector('#period').textContent = said.join(' · ');
}

// What is drawn anew takes the place of what had the keyboard: a function that
// gives it back.
function focused() {
	const held = document.activeElement;
	const panel = held?.closest('.panel')?.id;
	const again = held?.dataset?.star ? `[data-star="${held.dataset.star}"]` : !panel ? null : held.matches('.measure') ? `#${panel} .measure` :
		held.closest('.tabs') ? `#${panel} .tabs [aria-current]` : held.matches('summary') ? `#${panel} ${held.parentElement.dataset.family ? `[data-family="${held.parentElement.dataset.family}"] ` : ''}summary` : null;

	return () => { if (again && !held.isConnected) document.querySelector(again)?.focus({ preventScroll: true }); };
}

async function show({ quietly = false } = {}) {
	const mine = ++asked;
	const state = chosen();

	speak(state.language);
	document.body.dataset.view = state.kpi ? 'kpi' : 'overview';
	if (known.first === null) {
		fill(state, { from: '', to: '' });
		say(word('empty'));
		document.body.dataset.shown = mine;
		return;
	}
	if (state.period)
		[state.from, state.to] = days(state.period, known);
	fill(state, state);
	figures.setAttribute('aria-busy', 'true');
	const slow = setTimeout(() => { if (mine === asked && !quietly) say(word('loading'), figures.hidden); }, 400);
	try {
		const names = ['campaign', 'agent', 'segment', 'hour', 'from', 'to', 'compare', 'language', ...state.kpi ? ['kpi', 'by'] : ['rank', 'measure']];
		const answer = await ask(`api/${state.kpi ? 'kpi' : 'figures'}?${new URLSearchParams(names.map((name) => [name, state[name]]))}`);

		// a later choice has been made while this one was on its way
		if (mine !== asked)
			return;
		say('');
		tellPeriod(answer, state);
		const back = focused();
		(state.kpi ? drawOne : drawOverview)(answer, state, catalogue);
		back();
		last = [answer, state];
	} catch (error) {
		if (mine !== asked)
			return;
		last = null;
		say(error instanceof TypeError && /fetch|network|load/i.test(error.message) ? word('errors').network : error.message);
	} finally {
		clearTimeout(slow);
		if (mine === asked)
			figures.removeAttribute('aria-busy');
	}
	document.body.dataset.shown = mine;
}

async function choices() {
	known = await ask('api/choices');
	catalogue = Object.fromEntries(known.catalogue.map((row) => [row.name, row]));
	form.campaign.replaceChildren(new Option('', ''), ...known.campaigns.map((name) => new Option(name, name)));
	document.querySelector('#reader').textContent = known.reader ?? '';
}

// The page follows the data by itself.
function listen() {
	const source = new EventSource('api/changes');
	let lost = false;

	source.onerror = () => { lost = true; };
	source.onopen = () => { if (lost) update(); lost = false; };
	source.onmessage = update;
}

async function update() {
	const place = scrollY;

	try {
		await choices();
		await show({ quietly: true });
		scrollTo(0, place);
	} catch {
		// the next change, or the reader, asks again
	}
}

function choose({ target: { name, value } }) {
	if (name === 'period')
		go(value ? { period: value, from: null, to: null } : { period: null, from: form.from.value, to: form.to.value });
	else if (name === 'from' || name === 'to')
		go({ period: null, from: form.from.value, to: form.to.value });
	else
		go({ [name]: value });
}

speak(chosen().language);
try {
	await choices();
	form.addEventListener('submit', (event) => event.preventDefault());
	form.addEventListener('change', choose);
	document.querySelector('#print').addEventListener('click', () => print());
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
		if (last)
			(last[1].kpi ? drawOne : drawOverview)(...last, catalogue);
	});
	follows(() => show());
	await show();
	if (!chosen().print)
		listen();
} catch (error) {
	say(error instanceof TypeError ? word('errors').network : error.message);
	document.body.dataset.shown = 0;
}
