-- worked_time: the length of the union of ranges

CREATE TYPE kpi_internal.kpi_ranges;

CREATE FUNCTION kpi_internal.kpi_ranges_in(cstring) RETURNS kpi_internal.kpi_ranges
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ranges_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_ranges_out(kpi_internal.kpi_ranges) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ranges_out(kpi_internal.kpi_ranges) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_ranges_recv(internal) RETURNS kpi_internal.kpi_ranges
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ranges_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_ranges_send(kpi_internal.kpi_ranges) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ranges_send(kpi_internal.kpi_ranges) IS 'I/O';

CREATE TYPE kpi_internal.kpi_ranges (
	INPUT = kpi_internal.kpi_ranges_in,
	OUTPUT = kpi_internal.kpi_ranges_out,
	RECEIVE = kpi_internal.kpi_ranges_recv,
	SEND = kpi_internal.kpi_ranges_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kpi_internal.kpi_ranges IS
	'internal: a union of time ranges, written as {from~until,...} in microseconds since 2000';

CREATE FUNCTION kpi_internal.kpi_ranges_accum(kpi_internal.kpi_ranges, tstzrange) RETURNS kpi_internal.kpi_ranges
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_ranges_accum(kpi_internal.kpi_ranges, tstzrange) IS 'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_ranges_combine(kpi_internal.kpi_ranges, kpi_internal.kpi_ranges) RETURNS kpi_internal.kpi_ranges
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ranges_combine(kpi_internal.kpi_ranges, kpi_internal.kpi_ranges) IS 'internal: aggregate combine';

CREATE FUNCTION kpi_internal.kpi_worked_time_final(kpi_internal.kpi_ranges) RETURNS interval
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_worked_time_final(kpi_internal.kpi_ranges) IS 'internal: aggregate final function';

CREATE AGGREGATE worked_time(tstzrange) (
	SFUNC = kpi_internal.kpi_ranges_accum, STYPE = kpi_internal.kpi_ranges, SSPACE = 88,
	COMBINEFUNC = kpi_internal.kpi_ranges_combine, FINALFUNC = kpi_internal.kpi_worked_time_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE worked_time(tstzrange) IS
	'Worked time (Temps travaillé): the length of the union of the ranges, overlapping ones counted once; an interval in hours; NULLs are skipped, NULL without rows; an unbounded range is an error';
