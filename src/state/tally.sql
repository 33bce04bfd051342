-- kpi_internal.kpi_tally: how often each outcome occurred, the state of the plain KPIs

CREATE TYPE kpi_internal.kpi_tally;

CREATE FUNCTION kpi_internal.kpi_tally_in(cstring) RETURNS kpi_internal.kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_tally_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_tally_out(kpi_internal.kpi_tally) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_tally_out(kpi_internal.kpi_tally) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_tally_recv(internal) RETURNS kpi_internal.kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_tally_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_tally_send(kpi_internal.kpi_tally) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_tally_send(kpi_internal.kpi_tally) IS 'I/O';

CREATE TYPE kpi_internal.kpi_tally (
	INPUT = kpi_internal.kpi_tally_in,
	OUTPUT = kpi_internal.kpi_tally_out,
	RECEIVE = kpi_internal.kpi_tally_recv,
	SEND = kpi_internal.kpi_tally_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kpi_internal.kpi_tally IS
	'internal: counts of outcomes, written as {label:count,...}';

CREATE FUNCTION kpi_internal.kpi_tally_accum(kpi_internal.kpi_tally, outcome) RETURNS kpi_internal.kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_tally_accum(kpi_internal.kpi_tally, outcome) IS 'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_tally_inverse(kpi_internal.kpi_tally, outcome) RETURNS kpi_internal.kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_tally_inverse(kpi_internal.kpi_tally, outcome) IS 'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_tally_combine(kpi_internal.kpi_tally, kpi_internal.kpi_tally) RETURNS kpi_internal.kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_tally_combine(kpi_internal.kpi_tally, kpi_internal.kpi_tally) IS 'internal: aggregate combine';
