// Prints, for each column of the query in a file, its name, the OID of the type
// that pg gives it, the type of the value that it hands over, and that; or runs
// the statements of a .tsv file, as clients.t says, as named statements where
// asked to.
//
//	node client_node.js CONNECTION-STRING FILE [named]

'use strict';

const fs = require('node:fs');
const { Client } = require('pg');

async function describe(client, query) {
	const { fields, rows } = await client.query(query);
	for (const { name, dataTypeID } of fields) {
		const value = rows[0][name];
		const type = value === null ? 'null' : typeof value === 'object' ? value.constructor.name : typeof value;

		console.log([name, dataTypeID < 16384 ? dataTypeID : 'a type of its own', type,
			value === null ? 'NULL' : typeof value === 'object' ? JSON.stringify(value) : value].join('\t'));
	}
}

async function bind(client, lines, named) {
	for (const line of lines) {
		const [name, , statement, ...parameters] = line.split('\t');
		const values = parameters.map((text) => text === '\\N' ? null : text.startsWith('{') ? text.slice(1, -1).split(',') : text);
		let n = 0;
		const text = statement.replaceAll('?', () => `$${++n}`);
		let said = 'done';

		try {
			// the server changes its plan after some times
			for (let times = text.startsWith('SELECT') ? 12 : 1; times > 0; times--) {
				const { rows } = await client.query({ name: named ? text : undefined, text, values, rowMode: 'array' });
				if (rows.length > 0)
					[[said]] = rows;
			}
		} catch (error) {
			said = error.code;
		}
		console.log([name, said].join('\t'));
	}
}

async function main(connectionString, file, named) {
	const client = new Client({ connectionString });
	const text = fs.readFileSync(file, 'utf8');

	await client.connect();
	if (file.endsWith('.tsv'))
		await bind(client, text.trimEnd().split('\n'), named);
	else
		await describe(client, text);
	await client.end();
}

main(...process.argv.slice(2)).catch((error) => {
	console.error(error.message);
	process.exitCode = 1;
});
