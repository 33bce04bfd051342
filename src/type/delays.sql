-- delays: how often durations of each length occurred

CREATE TYPE delays;

CREATE FUNCTION kpi_internal.kpi_delays_in(cstring) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_in(cstring) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_delays_out(delays) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_out(delays) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_delays_recv(internal) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_recv(internal) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_delays_send(delays) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_send(delays) IS
	'I/O';

CREATE TYPE delays (
	INPUT = kpi_internal.kpi_delays_in,
	OUTPUT = kpi_internal.kpi_delays_out,
	RECEIVE = kpi_internal.kpi_delays_recv,
	SEND = kpi_internal.kpi_delays_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE delays IS
	'how often durations of each length occurred, written as {"seconds": [[12.3, 2], [300, 5]], "negative": 1}: in classes of a tenth of a second up to a minute, of at most a hundredth above';

CREATE FUNCTION delays(interval) RETURNS delays
	AS 'MODULE_PATHNAME', 'kpi_delays_of_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION delays(interval) IS
	'the delay of one row; a negative one is counted apart';

CREATE FUNCTION median(delays) RETURNS interval
	AS 'MODULE_PATHNAME', 'kpi_delays_median' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION median(delays) IS
	'the delay that half of the rows are within, of those from zero on: exact in tenths of a second up to a minute, within 1 % above; NULL without any';

CREATE FUNCTION percentile(delays, p double precision) RETURNS interval
	AS 'MODULE_PATHNAME', 'kpi_delays_percentile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION percentile(delays, double precision) IS
	'the shortest delay that the share p of the rows is within, of those from zero on: exact in tenths of a second up to a minute, within 1 % above; NULL without any';

CREATE FUNCTION within(delays, threshold interval) RETURNS ratio
	AS 'MODULE_PATHNAME', 'kpi_delays_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION within(delays, interval) IS
	'the rows that took no longer, a proportion of those from zero on; exact at 0.1 s and its multiples up to a minute, and at 1, 2, 5, 10, 15, 30 minutes, 1, 2, 4, 8, 24, 48 hours, 7, 30 days, else what is surely within';

CREATE FUNCTION kpi_internal.kpi_delays_jsonb(delays) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_jsonb(delays) IS
	'internal: cast to jsonb';

CREATE CAST (delays AS jsonb) WITH FUNCTION kpi_internal.kpi_delays_jsonb(delays);
COMMENT ON CAST (delays AS jsonb) IS 'the delays to draw: an array of classes, each above one number of seconds up to another, with its rows';

CREATE FUNCTION kpi_internal.kpi_delays_plus(delays, delays) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_plus(delays, delays) IS
	'implementation of + operator';

CREATE FUNCTION kpi_internal.kpi_delays_minus(delays, delays) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_minus(delays, delays) IS
	'implementation of - operator';

CREATE OPERATOR + (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_plus, COMMUTATOR = +
);
COMMENT ON OPERATOR + (delays, delays) IS 'rows added up class by class';

CREATE OPERATOR - (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_minus
);
COMMENT ON OPERATOR - (delays, delays) IS 'rows subtracted class by class, an error where there are fewer';

CREATE FUNCTION kpi_internal.kpi_delays_lt(delays, delays) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_lt(delays, delays) IS
	'implementation of < operator';

CREATE FUNCTION kpi_internal.kpi_delays_le(delays, delays) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_le(delays, delays) IS
	'implementation of <= operator';

CREATE FUNCTION kpi_internal.kpi_delays_eq(delays, delays) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_eq(delays, delays) IS
	'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_delays_ne(delays, delays) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_ne(delays, delays) IS
	'implementation of <> operator';

CREATE FUNCTION kpi_internal.kpi_delays_ge(delays, delays) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_ge(delays, delays) IS
	'implementation of >= operator';

CREATE FUNCTION kpi_internal.kpi_delays_gt(delays, delays) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_gt(delays, delays) IS
	'implementation of > operator';

CREATE OPERATOR < (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (delays, delays) IS 'less than, in an order that means nothing';

CREATE OPERATOR <= (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (delays, delays) IS 'less than or equal';

CREATE OPERATOR = (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (delays, delays) IS 'equal: the same rows of each class';

CREATE OPERATOR <> (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (delays, delays) IS 'not equal';

CREATE OPERATOR >= (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (delays, delays) IS 'greater than or equal';

CREATE OPERATOR > (
	LEFTARG = delays, RIGHTARG = delays, FUNCTION = kpi_internal.kpi_delays_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (delays, delays) IS 'greater than';

CREATE FUNCTION kpi_internal.kpi_delays_cmp(delays, delays) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_cmp(delays, delays) IS
	'internal: less-equal-greater, for btree';

CREATE FUNCTION kpi_internal.kpi_delays_hash(delays) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_hash(delays) IS
	'internal: hash';

CREATE FUNCTION kpi_internal.kpi_delays_hash_extended(delays, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_hash_extended(delays, bigint) IS
	'internal: hash with a seed';

CREATE OPERATOR CLASS delays_ops DEFAULT FOR TYPE delays USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 kpi_internal.kpi_delays_cmp(delays, delays);
COMMENT ON OPERATOR CLASS delays_ops USING btree IS 'delays by content';
COMMENT ON OPERATOR FAMILY delays_ops USING btree IS 'delays by content';

CREATE OPERATOR CLASS delays_ops DEFAULT FOR TYPE delays USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 kpi_internal.kpi_delays_hash(delays),
	FUNCTION 2 kpi_internal.kpi_delays_hash_extended(delays, bigint);
COMMENT ON OPERATOR CLASS delays_ops USING hash IS 'delays by content';
COMMENT ON OPERATOR FAMILY delays_ops USING hash IS 'delays by content';

-- Aggregates

CREATE FUNCTION kpi_internal.kpi_delays_accum(delays, timestamptz, timestamptz) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_delays_accum(delays, timestamptz, timestamptz) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_delays_inverse(delays, timestamptz, timestamptz) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_inverse(delays, timestamptz, timestamptz) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_delays_accum(delays, timestamp, timestamp) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_delays_accum(delays, timestamp, timestamp) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_delays_inverse(delays, timestamp, timestamp) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_inverse(delays, timestamp, timestamp) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_delays_combine(delays, delays) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_delays_combine(delays, delays) IS
	'internal: aggregate combine, and transition of rollup';

CREATE FUNCTION kpi_internal.kpi_delays_uncombine(delays, delays) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_uncombine(delays, delays) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_delays_final(delays) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_final(delays) IS
	'internal: aggregate final function';

CREATE FUNCTION kpi_internal.kpi_delays_rollup_final(delays) RETURNS delays
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_rollup_final(delays) IS
	'internal: aggregate final function';

CREATE FUNCTION kpi_internal.kpi_delays_median_final(delays) RETURNS interval
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_delays_median_final(delays) IS
	'internal: aggregate final function';

CREATE AGGREGATE rollup(delays) (
	SFUNC = kpi_internal.kpi_delays_combine, STYPE = delays, SSPACE = 64, COMBINEFUNC = kpi_internal.kpi_delays_combine,
	FINALFUNC = kpi_internal.kpi_delays_rollup_final,
	MSFUNC = kpi_internal.kpi_delays_combine, MINVFUNC = kpi_internal.kpi_delays_uncombine, MSTYPE = delays, MSSPACE = 64,
	MFINALFUNC = kpi_internal.kpi_delays_rollup_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(delays) IS
	'the delays of all (délais cumulés): rows added up class by class; NULLs are skipped, NULL without any';

