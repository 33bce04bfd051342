-- Live roll-ups

CREATE TABLE kpi_rollup (
	name regclass PRIMARY KEY,
	source regclass NOT NULL,
	cells regclass NOT NULL UNIQUE,
	definition regclass NOT NULL UNIQUE,
	relations integer NOT NULL,
	settings text[] NOT NULL
);
COMMENT ON TABLE kpi_rollup IS 'internal: the live roll-ups; the view kpi_rollups is for reading';
COMMENT ON COLUMN kpi_rollup.name IS 'the view that is read';
COMMENT ON COLUMN kpi_rollup.source IS 'the table that it follows';
COMMENT ON COLUMN kpi_rollup.cells IS 'the table of what was added and removed';
COMMENT ON COLUMN kpi_rollup.definition IS 'the view that computes the roll-up from its source';
COMMENT ON COLUMN kpi_rollup.relations IS 'how many tables the source is, with its partitions';
COMMENT ON COLUMN kpi_rollup.settings IS 'the time zone and the styles of dates and intervals that its expressions have';

CREATE FUNCTION kpi_internal.kpi_rollup_guard() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_guard() IS
	'internal: keeps the rows of kpi_rollup';

CREATE TRIGGER kpi_rollup_guard
	BEFORE INSERT OR UPDATE OR DELETE ON kpi_rollup
	FOR EACH ROW EXECUTE FUNCTION kpi_internal.kpi_rollup_guard();
COMMENT ON TRIGGER kpi_rollup_guard ON kpi_rollup IS 'lets only a restore write rows';

CREATE TRIGGER kpi_rollup_guard_truncate
	BEFORE TRUNCATE ON kpi_rollup
	FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_guard();
COMMENT ON TRIGGER kpi_rollup_guard_truncate ON kpi_rollup IS 'keeps the rows';

ALTER TABLE kpi_rollup OWNER TO @extowner@;
GRANT SELECT ON kpi_rollup TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('kpi_rollup', '');

CREATE FUNCTION kpi_internal.kpi_rollup_changed() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_changed() IS
	'internal: follows what happens to the source of a roll-up';

CREATE FUNCTION kpi_internal.kpi_rollup_hash(bigint, anyelement) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_hash(bigint, anyelement) IS
	'internal: the hash of a cell of a roll-up, made of its keys in turn';

CREATE FUNCTION kpi_internal.kpi_rollup_own(xid) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_own(xid) IS
	'internal: whether it is the current transaction';

CREATE FUNCTION kpi_rollup_create(name text, source regclass, keys text[], card text) RETURNS regclass
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_create(text, regclass, text[], text) IS
	'makes a live roll-up: a view of scorecards of a table''s rows, by keys, that is exact after each statement';

CREATE FUNCTION kpi_rollup_drop(name regclass) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_drop(regclass) IS
	'drops a live roll-up';

CREATE FUNCTION kpi_rollup_compact(name regclass) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_compact(regclass) IS
	'merges what statements have appended to a live roll-up, and returns how many rows it merged';

CREATE FUNCTION kpi_rollup_check(name regclass, OUT cell jsonb, OUT expected scorecard, OUT found scorecard,
	OUT expected_rows bigint, OUT found_rows bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_rollup_check(regclass) IS
	'compares a live roll-up with its source: the cells that differ, none as long as its triggers are in place';

CREATE FUNCTION kpi_internal.kpi_rollup_state(name regclass, OUT keys text[], OUT card text, OUT cells bigint, OUT rows bigint,
	OUT pending bigint, OUT compacted timestamptz)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rollup_state(regclass) IS
	'internal: what kpi_rollups shows of a roll-up';

CREATE VIEW kpi_rollups AS
SELECT r.name, r.source, s.keys, s.card,
	(SELECT count(*) FROM pg_catalog.pg_trigger t
		WHERE (t.tgrelid = r.source OR t.tgrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(r.source) p))
			AND t.tgname IN ('kpi_rollup_insert', 'kpi_rollup_update', 'kpi_rollup_delete', 'kpi_rollup_truncate')
			AND t.tgenabled IN ('O', 'A')) = 4 * r.relations AS live,
	s.cells, s.rows, s.pending, pg_catalog.pg_total_relation_size(r.cells) AS bytes, s.compacted
FROM kpi_rollup r, LATERAL kpi_internal.kpi_rollup_state(r.name) s;
COMMENT ON VIEW kpi_rollups IS 'the live roll-ups, and how they are; the numbers are NULL for who may not read the roll-up';
COMMENT ON COLUMN kpi_rollups.name IS 'the view to read';
COMMENT ON COLUMN kpi_rollups.source IS 'the table that it follows';
COMMENT ON COLUMN kpi_rollups.keys IS 'the expressions of its keys';
COMMENT ON COLUMN kpi_rollups.card IS 'the expression of its card';
COMMENT ON COLUMN kpi_rollups.live IS 'whether all its triggers are in place';
COMMENT ON COLUMN kpi_rollups.cells IS 'the rows that reading it gives';
COMMENT ON COLUMN kpi_rollups.rows IS 'the rows that they are kept in';
COMMENT ON COLUMN kpi_rollups.pending IS 'those of them that wait for compaction';
COMMENT ON COLUMN kpi_rollups.bytes IS 'on disk, with indexes';
COMMENT ON COLUMN kpi_rollups.compacted IS 'when rows were merged last';
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

CREATE EVENT TRIGGER kpi_rollup_ddl_start ON ddl_command_start
	WHEN TAG IN ('DROP TABLE', 'ALTER TABLE')
	EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_start();
COMMENT ON EVENT TRIGGER kpi_rollup_ddl_start IS 'counts the rows of partitions that are to be dropped';

CREATE EVENT TRIGGER kpi_rollup_ddl_end ON ddl_command_end
	WHEN TAG IN ('CREATE TABLE', 'CREATE FOREIGN TABLE', 'CREATE SCHEMA', 'ALTER TABLE')
	EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_end();
COMMENT ON EVENT TRIGGER kpi_rollup_ddl_end IS 'counts the rows of partitions that come and go';

CREATE EVENT TRIGGER kpi_rollup_ddl_drop ON sql_drop
	EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_drop();
COMMENT ON EVENT TRIGGER kpi_rollup_ddl_drop IS 'drops what is left of a roll-up';
