// Runs the cases of bench/peers over a file of calls and the table that it is of.
'use strict';

const {Client} = require('pg');
const {DuckDBInstance} = require('@duckdb/node-api');
const {Session} = require('chdb');

const file = process.argv[2];
const runs = 7;

const list = (labels) => labels.map((label) => `'${label}'`).join(', ');
// A rate is the share of the rows that one set of labels picks among those of another.
const quotient = (countIf) => ({has, of}) => `${countIf(has)} / nullif(${countIf(of)}, 0)`;

// Each system: how it counts some labels, and folds those of a lead into one.
const dialects = {
	DuckDB: {
		countIf: (labels) => `count_if(e IN (${list(labels)}))`,
		any: (labels) => `bool_or(e IN (${list(labels)}))`,
		share: 'count_if(has) / nullif(count_if("of"), 0)',
	},
	ClickHouse: {
		countIf: (labels) => `countIf(e IN (${list(labels)}))`,
		any: (labels) => `max(e IN (${list(labels)}))`,
		share: 'countIf(has) / nullIf(countIf("of"), 0)',
	},
};

// What each of twenty rates counts, asked of kpi itself, label by label.
async function rates(pg) {
	const {rows: names} = await pg.query(`SELECT name FROM kpi_catalog WHERE unit = 'fraction'
		AND to_regprocedure(name || '(outcome)') IS NOT NULL ORDER BY name`);
	const {rows: counts} = await pg.query(`SELECT kpi, e AS label, numerator, denominator FROM (SELECT e,
		scorecard_calls(e::text::outcome) + scorecard_leads(e::text::outcome) AS card FROM unnest(enum_range(NULL::status)) e GROUP BY e) c,
		kpi_report(card)
		WHERE kpi = ANY ($1)`, [names.map(({name}) => name)]);
	const labels = (name, side) => counts.filter((row) => row.kpi === name && row[side] === '1').map((row) => row.label);
	const result = names.map(({name}) => ({name, has: labels(name, 'numerator'), of: labels(name, 'denominator')}))
		.filter(({has, of}) => has.length > 0 && of.length > 0).slice(0, 20);
	return result;
}

function cases(all) {
	const ours = all.map(({name}) => `${name}(o)::float8`);
	const theirs = (dialect) => all.map((one) => quotient(dialects[dialect].countIf)(one));
	const grouped = (name, key, where = '') => {
		const select = (values) => `SELECT ${[key, ...values].filter(Boolean).join(', ')} FROM calls ${where} ${key ? `GROUP BY ${key}` : ''}`;
		return {name, key, base: `SELECT ${key ? `${key}, ` : ''}count(o) FROM calls ${key ? `GROUP BY ${key}` : ''}`,
			kpi: select(ours), DuckDB: select(theirs('DuckDB')), ClickHouse: select(theirs('ClickHouse'))};
	};
	const conversion = all.find(({name}) => name === 'conversion_rate');
	const leads = (dialect) => {
		const {any, share} = dialects[dialect];
		return `SELECT ${share} FROM (SELECT ${any(conversion.has)} AS has, ${any(conversion.of)} AS "of" FROM calls GROUP BY lead) s`;
	};
	return [
		grouped('twenty rates', ''),
		grouped('by 500 groups', 'g500'),
		grouped('by 100,000 groups', 'g100k'),
		grouped('by 1,000,000 groups', 'g1m'),
		grouped('WHERE 2 %', '', 'WHERE g50 = 7'),
		grouped('WHERE 86 %', '', 'WHERE g50 > 6'),
		{name: 'a rate over leads', base: 'SELECT count(lead) FROM calls', kpi: 'SELECT lead_conversion_rate(o, lead)::float8 FROM calls',
			DuckDB: leads('DuckDB'), ClickHouse: leads('ClickHouse')},
	];
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
	const pg = new Client();
	await pg.connect();
	await pg.query('SET kpi.enable_scan = on');
	const all = await rates(pg);
	const {rows: [{labels}]} = await pg.query(`SELECT string_agg(quote_literal(e), ', ' ORDER BY e) AS labels FROM unnest(enum_range(NULL::status)) e`);

	const duckdb = await (await DuckDBInstance.create(':memory:', {threads: '1'})).connect();
	await duckdb.run(`CREATE TYPE status AS ENUM (${labels})`);
	await duckdb.run(`CREATE TABLE calls AS SELECT e::status AS e, g50::int AS g50, g500::int AS g500, g100k::int AS g100k, g1m::int AS g1m,
		lead::bigint AS lead FROM read_csv('${file}')`);

	const clickhouse = new Session();
	const ch = (sql, format = 'TabSeparated') => clickhouse.query(sql, format);
	ch(`CREATE TABLE calls (e Enum8(${labels}), g50 Int32, g500 Int32, g100k Int32, g1m Int32, lead Int64) ENGINE = MergeTree ORDER BY tuple()`);
	ch(`INSERT INTO calls SELECT * FROM file('${process.cwd()}/${file}', CSVWithNames)`);
	ch('OPTIMIZE TABLE calls FINAL');

	// what they give, as text that is the same where the figures are
	const figure = (value) => value === null || value === '\\N' || value === '' ? '' : Number(value).toPrecision(9);
	const text = (rows) => rows.map((row) => row.map(figure).join(' ')).sort().join('\n');
	const systems = {
		kpi: async (sql) => text((await pg.query({text: sql, rowMode: 'array'})).rows),
		DuckDB: async (sql) => text((await duckdb.runAndReadAll(sql)).getRows().map((row) => row.map((value) => value === null ? null : String(value)))),
		ClickHouse: async (sql) => text(ch(`${sql} SETTINGS max_threads = 1`).trimEnd().split('\n').map((line) => line.split('\t'))),
	};
	// the whole of it, and none of it is carried to the client
	const elapsed = (sql) => pg.query('SELECT elapsed($1)', [sql]);
	const timed = {
		base: (one) => elapsed(one.base),
		kpi: (one) => elapsed(one.kpi),
		DuckDB: (one) => duckdb.run(one.DuckDB),
		ClickHouse: (one) => ch(`${one.ClickHouse} SETTINGS max_threads = 1`, 'Null'),
	};

	console.log('what | ms of count | kpi | DuckDB | ClickHouse');
	for (const one of cases(all)) {
		const results = {};
		for (const name of ['kpi', 'DuckDB', 'ClickHouse'])
			results[name] = await systems[name](one[name]);
		for (const name of ['DuckDB', 'ClickHouse']) {
			if (results[name] !== results.kpi)
				throw new Error(`${one.name}: ${name} gives other figures:\n${results[name].slice(0, 300)}\nthan kpi:\n${results.kpi.slice(0, 300)}`);
		}
		const times = {base: [], kpi: [], DuckDB: [], ClickHouse: []};
		for (let run = 0; run < runs; run++) {
			for (const name of Object.keys(times)) {
				const started = process.hrtime.bigint();
				await timed[name](one);
				times[name].push(Number(process.hrtime.bigint() - started) / 1e6);
			}
		}
		const base = median(times.base);
		console.log([one.name, base.toFixed(0), ...['kpi', 'DuckDB', 'ClickHouse'].map((name) => (median(times[name]) / base).toFixed(2))].join(' | '));
	}
	await pg.end();
	clickhouse.close();
	process.exit(0);
}

main().catch((error) => {
	console.error(error.message);
	process.exit(1);
});
