-- Live roll-ups

CREATE FUNCTION kpi_internal.kpi_rollup_changed() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_changed() IS
	'internal: follows what happens to the source of a roll-up';

CREATE FUNCTION kpi_internal.kpi_rollup_hash(bigint, anyelement) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_hash(bigint, anyelement) IS
	'internal: the hash of a cell of a roll-up, made of its keys in turn';

CREATE FUNCTION kpi_internal.kpi_rollup_text(anyelement) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_text(anyelement) IS
	'internal: the text that a value''s type writes, whatever casts there are';

CREATE FUNCTION kpi_internal.kpi_rollup_definition(name regclass, cells regclass, timezone text, datestyle text,
	intervalstyle text, strict boolean, rows bigint) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_definition(regclass, regclass, text, text, text, boolean, bigint) IS
	'internal: says of the view in whose HAVING it is which roll-up it defines';

CREATE FUNCTION kpi_internal.kpi_rollup_leads(leads regclass, calls boolean, rows bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_leads(regclass, boolean, bigint) IS
	'internal: says of a roll-up with journeys in which table it keeps what its leads came to';

CREATE FUNCTION kpi_internal.kpi_rollup_before(was regclass, rows bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_before(regclass, bigint) IS
	'internal: says of a roll-up that was altered which table has its rows of before';

CREATE FUNCTION kpi_internal.kpi_rollup_was(card scorecard, written boolean, cells regclass) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_was(scorecard, boolean, regclass) IS
	'internal: lets a scorecard of before a roll-up was altered be read, unless its reader has written to its source since';

CREATE FUNCTION kpi_internal.kpi_rollup_journey(card scorecard, counts boolean, calls boolean) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_journey(scorecard, boolean, boolean) IS
	'internal: a scorecard of one lead''s calls with the journey that they make';

CREATE FUNCTION kpi_internal.kpi_rollup_leads_in(card scorecard) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_leads_in(scorecard) IS
	'internal: how many leads a scorecard has';

CREATE FUNCTION kpi_internal.kpi_rollup_journey_in(card scorecard) RETURNS outcome
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_journey_in(scorecard) IS
	'internal: what all leads of a scorecard together came to';

CREATE FUNCTION kpi_internal.kpi_rollup_journeys(journey outcome, leads bigint) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_journeys(outcome, bigint) IS
	'internal: a scorecard of so many leads that came to the same';

CREATE FUNCTION kpi_rollup_create(name text, source regclass, keys text[], card text, strict boolean DEFAULT false) RETURNS regclass
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_create(text, regclass, text[], text, boolean) IS
	'makes a live roll-up: a view of scorecards of a table''s rows, by keys, that is exact after each statement';

CREATE FUNCTION kpi_rollup_drop(name regclass) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_drop(regclass) IS
	'drops a live roll-up';

CREATE FUNCTION kpi_rollup_compact(name regclass) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_compact(regclass) IS
	'merges what statements have appended to a live roll-up, and returns how many rows it merged';

CREATE FUNCTION kpi_rollup_compact() RETURNS bigint
	AS 'MODULE_PATHNAME', 'kpi_rollup_compact_own' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_compact() IS
	'merges what statements have appended to every live roll-up of the caller''s, for a clock to call';

CREATE FUNCTION kpi_rollup_rebuild(name regclass) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_rebuild(regclass) IS
	'counts a live roll-up again from its source, while readers see what was there';

CREATE FUNCTION kpi_rollup_alter(name regclass, keys text[] DEFAULT NULL, card text DEFAULT NULL, source regclass DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_alter(regclass, text[], text, regclass) IS
	'gives a live roll-up other keys, another card or another source, and counts it again, while readers see what was there';

CREATE FUNCTION kpi_rollup_check(name regclass, OUT cell jsonb, OUT expected scorecard, OUT found scorecard,
	OUT expected_rows bigint, OUT found_rows bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_check(regclass) IS
	'compares a live roll-up with its source: the cells that differ, none as long as its triggers are in place';

CREATE FUNCTION kpi_internal.kpi_rollup_list(OUT name regclass, OUT owner name, OUT source regclass, OUT keys text[], OUT card text,
	OUT problem text, OUT strict boolean, OUT cells bigint, OUT rows bigint, OUT pending bigint, OUT bytes bigint, OUT compacted timestamptz,
	OUT rejected bigint, OUT rejected_reason text, OUT unmapped jsonb)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_list() IS
	'internal: the live roll-ups, as the catalogs of the server have them';

CREATE VIEW kpi_rollups AS
SELECT l.name, l.owner, l.source, l.keys, l.card, l.problem IS NULL AS live, l.problem,
	l.strict, l.cells, l.rows, l.pending, l.bytes, l.compacted, l.rejected, l.rejected_reason, l.unmapped
FROM kpi_internal.kpi_rollup_list() l;
COMMENT ON VIEW kpi_rollups IS 'the live roll-ups, and how they are; the numbers are NULL for who may not read the roll-up';
COMMENT ON COLUMN kpi_rollups.name IS 'the view to read';
COMMENT ON COLUMN kpi_rollups.owner IS 'whose it is, and with whose rights it is kept';
COMMENT ON COLUMN kpi_rollups.source IS 'the table that it follows';
COMMENT ON COLUMN kpi_rollups.keys IS 'the expressions of its keys';
COMMENT ON COLUMN kpi_rollups.card IS 'the expression of its card';
COMMENT ON COLUMN kpi_rollups.live IS 'whether it follows its source, and has missed nothing that it knows of';
COMMENT ON COLUMN kpi_rollups.problem IS 'why it is not live, or what could not be counted';
COMMENT ON COLUMN kpi_rollups.strict IS 'whether a row that it cannot count fails who writes it';
COMMENT ON COLUMN kpi_rollups.cells IS 'the rows that reading it gives; with disposition(), those by code that it adds up for that';
COMMENT ON COLUMN kpi_rollups.rows IS 'the rows that they are kept in';
COMMENT ON COLUMN kpi_rollups.pending IS 'those of them that wait for compaction';
COMMENT ON COLUMN kpi_rollups.bytes IS 'on disk, with indexes';
COMMENT ON COLUMN kpi_rollups.compacted IS 'when rows were merged last';
COMMENT ON COLUMN kpi_rollups.rejected IS 'the rows of the source that are left out, because an expression raises for them';
COMMENT ON COLUMN kpi_rollups.rejected_reason IS 'why the last of them is';
COMMENT ON COLUMN kpi_rollups.unmapped IS 'the codes that disposition() finds no outcome for, by source, with the number of rows of each; NULL where there are none';
GRANT SELECT ON kpi_rollups TO PUBLIC;

CREATE FUNCTION kpi_internal.kpi_rollup_ddl_start() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_ddl_start() IS
	'internal: counts the rows of partitions that are to be dropped';

CREATE FUNCTION kpi_internal.kpi_rollup_ddl_end() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_ddl_end() IS
	'internal: counts the rows of partitions that come and go';

CREATE FUNCTION kpi_internal.kpi_rollup_ddl_drop() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_ddl_drop() IS
	'internal: drops what is left of a roll-up';

CREATE FUNCTION kpi_internal.kpi_rollup_ddl_trigger() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_ddl_trigger() IS
	'internal: switches the other event triggers on where a restore makes roll-ups live';

-- nobody but the server calls these
REVOKE EXECUTE ON FUNCTION kpi_internal.kpi_rollup_ddl_start(), kpi_internal.kpi_rollup_ddl_end(),
	kpi_internal.kpi_rollup_ddl_drop(), kpi_internal.kpi_rollup_ddl_trigger() FROM PUBLIC;

CREATE EVENT TRIGGER kpi_rollup_ddl_start ON ddl_command_start
	WHEN TAG IN ('DROP TABLE', 'DROP SCHEMA', 'DROP OWNED', 'ALTER TABLE', 'CREATE VIEW')
	EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_start();
ALTER EVENT TRIGGER kpi_rollup_ddl_start DISABLE;
COMMENT ON EVENT TRIGGER kpi_rollup_ddl_start IS 'counts the rows of partitions that are to be dropped; on as long as there are roll-ups';

CREATE EVENT TRIGGER kpi_rollup_ddl_end ON ddl_command_end
	WHEN TAG IN ('CREATE TABLE', 'CREATE FOREIGN TABLE', 'CREATE SCHEMA', 'ALTER TABLE')
	EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_end();
ALTER EVENT TRIGGER kpi_rollup_ddl_end DISABLE;
COMMENT ON EVENT TRIGGER kpi_rollup_ddl_end IS 'counts the rows of partitions that come and go; on as long as there are roll-ups';

CREATE EVENT TRIGGER kpi_rollup_ddl_drop ON sql_drop
	EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_drop();
ALTER EVENT TRIGGER kpi_rollup_ddl_drop DISABLE;
COMMENT ON EVENT TRIGGER kpi_rollup_ddl_drop IS 'drops what is left of a roll-up; on as long as there are roll-ups';

CREATE EVENT TRIGGER kpi_rollup_ddl_trigger ON ddl_command_start
	WHEN TAG IN ('CREATE TRIGGER')
	EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_trigger();
ALTER EVENT TRIGGER kpi_rollup_ddl_trigger ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER kpi_rollup_ddl_trigger IS 'switches the others on where a restore makes roll-ups live';
