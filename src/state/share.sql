-- rate: any share of any outcomes

CREATE TYPE kpi_internal.kpi_share;

CREATE FUNCTION kpi_internal.kpi_share_in(cstring) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_share_out(kpi_internal.kpi_share) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_out(kpi_internal.kpi_share) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_share_recv(internal) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_share_send(kpi_internal.kpi_share) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_send(kpi_internal.kpi_share) IS 'I/O';

CREATE TYPE kpi_internal.kpi_share (
	INPUT = kpi_internal.kpi_share_in,
	OUTPUT = kpi_internal.kpi_share_out,
	RECEIVE = kpi_internal.kpi_share_recv,
	SEND = kpi_internal.kpi_share_send,
	INTERNALLENGTH = 16,
	ALIGNMENT = double
);
COMMENT ON TYPE kpi_internal.kpi_share IS
	'internal: rows and how many of them count, written as hits/rows';

CREATE FUNCTION kpi_internal.kpi_share_accum(kpi_internal.kpi_share, outcome, outcome, outcome) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_accum(kpi_internal.kpi_share, outcome, outcome, outcome) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_share_inverse(kpi_internal.kpi_share, outcome, outcome, outcome) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_inverse(kpi_internal.kpi_share, outcome, outcome, outcome) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_share_combine(kpi_internal.kpi_share, kpi_internal.kpi_share) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_combine(kpi_internal.kpi_share, kpi_internal.kpi_share) IS
	'internal: aggregate combine';

CREATE FUNCTION kpi_internal.kpi_rate_final(kpi_internal.kpi_share) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rate_final(kpi_internal.kpi_share) IS
	'internal: aggregate final function';

CREATE AGGREGATE rate(outcome, has outcome, of outcome) (
	SFUNC = kpi_internal.kpi_share_accum, STYPE = kpi_internal.kpi_share, INITCOND = '0/0', SSPACE = 16,
	COMBINEFUNC = kpi_internal.kpi_share_combine, FINALFUNC = kpi_internal.kpi_rate_final,
	MSFUNC = kpi_internal.kpi_share_accum, MINVFUNC = kpi_internal.kpi_share_inverse, MSTYPE = kpi_internal.kpi_share,
	MINITCOND = '0/0', MSSPACE = 16, MFINALFUNC = kpi_internal.kpi_rate_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rate(outcome, outcome, outcome) IS
	'free rate (taux libre): rows that reached both "has" and "of" / rows that reached "of"; rows with a NULL are skipped, NULL where nothing reached "of"';
