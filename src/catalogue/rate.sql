-- What outcomes can be asked for by name: reached, rate, lead_rate

CREATE FUNCTION reached(outcome, name text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kpi_reached' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reached(outcome, text) IS
	'did it reach the milestone (attempted, answered, contact, argued, appointment, held, sale, validated), has it the attribute (callback, busy, ...), or does it belong to the measure (refused, net, won, open, ...)? a measure comes before an attribute of the same name';


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
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kpi_internal.kpi_share IS
	'internal: rows and how many of them count, written as hits/rows';

CREATE FUNCTION kpi_internal.kpi_share_accum(kpi_internal.kpi_share, outcome, text, text) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_share_accum(kpi_internal.kpi_share, outcome, text, text) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_share_inverse(kpi_internal.kpi_share, outcome, text, text) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_inverse(kpi_internal.kpi_share, outcome, text, text) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_share_combine(kpi_internal.kpi_share, kpi_internal.kpi_share) RETURNS kpi_internal.kpi_share
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_share_combine(kpi_internal.kpi_share, kpi_internal.kpi_share) IS
	'internal: aggregate combine';

CREATE FUNCTION kpi_internal.kpi_rate_final(kpi_internal.kpi_share) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_rate_final(kpi_internal.kpi_share) IS
	'internal: aggregate final function';

CREATE AGGREGATE rate(outcome, has text, of text) (
	SFUNC = kpi_internal.kpi_share_accum, STYPE = kpi_internal.kpi_share, INITCOND = '0/0', SSPACE = 24,
	COMBINEFUNC = kpi_internal.kpi_share_combine, FINALFUNC = kpi_internal.kpi_rate_final,
	MSFUNC = kpi_internal.kpi_share_accum, MINVFUNC = kpi_internal.kpi_share_inverse, MSTYPE = kpi_internal.kpi_share,
	MINITCOND = '0/0', MSSPACE = 24, MFINALFUNC = kpi_internal.kpi_rate_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rate(outcome, text, text) IS
	'Free rate (Taux libre): rows that have both "has" and "of" / rows that have "of", each a milestone, an attribute or a measure as in reached(); rows with a NULL are skipped, NULL where nothing has "of"';

CREATE FUNCTION kpi_internal.kpi_lead_rate_accum(internal, outcome, anyelement, text, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_lead_rate_accum(internal, outcome, anyelement, text, text) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_lead_rate_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_lead_rate_final(internal) IS
	'internal: aggregate final function';

CREATE AGGREGATE lead_rate(outcome, lead anyelement, has text, of text) (
	SFUNC = kpi_internal.kpi_lead_rate_accum, STYPE = internal, SSPACE = 1024,
	COMBINEFUNC = kpi_internal.kpi_journeys_combine,
	SERIALFUNC = kpi_internal.kpi_journeys_serialize, DESERIALFUNC = kpi_internal.kpi_journeys_deserialize,
	FINALFUNC = kpi_internal.kpi_lead_rate_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_rate(outcome, anyelement, text, text) IS
	'Free rate over leads (Taux libre): leads whose calls together have both "has" and "of" / leads that have "of"; rows with a NULL are skipped, NULL where nothing has "of"';

