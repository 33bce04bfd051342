-- kpi_tally: how often each outcome occurred, the state of the plain KPIs

CREATE TYPE kpi_tally;

CREATE FUNCTION kpi_tally_in(cstring) RETURNS kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_tally_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_tally_out(kpi_tally) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_tally_out(kpi_tally) IS 'I/O';

CREATE FUNCTION kpi_tally_recv(internal) RETURNS kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_tally_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_tally_send(kpi_tally) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_tally_send(kpi_tally) IS 'I/O';

CREATE TYPE kpi_tally (
	INPUT = kpi_tally_in,
	OUTPUT = kpi_tally_out,
	RECEIVE = kpi_tally_recv,
	SEND = kpi_tally_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kpi_tally IS
	'internal: counts of outcomes, written as {label:count,...}';

CREATE FUNCTION kpi_tally_accum(kpi_tally, outcome) RETURNS kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_tally_accum(kpi_tally, outcome) IS 'internal: aggregate transition';

CREATE FUNCTION kpi_tally_inverse(kpi_tally, outcome) RETURNS kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_tally_inverse(kpi_tally, outcome) IS 'internal: aggregate inverse transition';

CREATE FUNCTION kpi_tally_combine(kpi_tally, kpi_tally) RETURNS kpi_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_tally_combine(kpi_tally, kpi_tally) IS 'internal: aggregate combine';
