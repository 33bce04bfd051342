// Prints, for each column of the query in a file, its name, the OID of the type
// that pg gives it, the type of the value that it hands over, and that.
//
//	node client_node.js CONNECTION-STRING QUERY-FILE

'use strict';

const fs = require('node:fs');
const { Client } = require('pg');

async function main(connectionString, file) {
	const client = new Client({ connectionString });

	await client.connect();
	const { fields, rows } = await client.query(fs.readFileSync(file, 'utf8'));
	for (const { name, dataTypeID } of fields) {
		const value = rows[0][name];
		const type = value === null ? 'null' : typeof value === 'object' ? value.constructor.name : typeof value;

		console.log([name, dataTypeID < 16384 ? dataTypeID : 'a type of its own', type,
			value === null ? 'NULL' : typeof value === 'object' ? JSON.stringify(value) : value].join('\t'));
	}
	await client.end();
}

main(...process.argv.slice(2)).catch((error) => {
	console.error(error.message);
	process.exitCode = 1;
});
