-- ratio: a numerator and a denominator, kept apart

CREATE TYPE ratio;

CREATE FUNCTION kpi_internal.kpi_ratio_in(cstring) RETURNS ratio
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_in(cstring) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_ratio_out(ratio) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_out(ratio) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_ratio_recv(internal) RETURNS ratio
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_recv(internal) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_ratio_send(ratio) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_send(ratio) IS
	'I/O';

CREATE TYPE ratio (
	INPUT = kpi_internal.kpi_ratio_in,
	OUTPUT = kpi_internal.kpi_ratio_out,
	RECEIVE = kpi_internal.kpi_ratio_recv,
	SEND = kpi_internal.kpi_ratio_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE ratio IS
	'a numerator and a denominator kept apart, such as 8/47, so that rates can be pooled';

CREATE FUNCTION ratio(numerator numeric, denominator numeric) RETURNS ratio
	AS 'MODULE_PATHNAME', 'kpi_ratio_from_numerics' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ratio(numeric, numeric) IS
	'a ratio of two finite numbers';

CREATE FUNCTION numerator(ratio) RETURNS numeric
	AS 'MODULE_PATHNAME', 'kpi_ratio_numerator' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION numerator(ratio) IS
	'the ratio''s numerator';

CREATE FUNCTION denominator(ratio) RETURNS numeric
	AS 'MODULE_PATHNAME', 'kpi_ratio_denominator' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION denominator(ratio) IS
	'the ratio''s denominator';

CREATE FUNCTION kpi_internal.kpi_ratio_float8(ratio) RETURNS double precision
	AS 'MODULE_PATHNAME', 'kpi_ratio_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_float8(ratio) IS
	'internal: cast to double precision, NULL where the denominator is zero';

CREATE FUNCTION kpi_internal.kpi_ratio_numeric(ratio) RETURNS numeric
	AS 'MODULE_PATHNAME', 'kpi_ratio_numeric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_numeric(ratio) IS
	'internal: cast to numeric, NULL where the denominator is zero';

-- explicit only: an implicit cast would let avg() average ratios
CREATE CAST (ratio AS double precision) WITH FUNCTION kpi_internal.kpi_ratio_float8(ratio);
COMMENT ON CAST (ratio AS double precision) IS 'the ratio''s value, NULL where its denominator is zero';

CREATE CAST (ratio AS numeric) WITH FUNCTION kpi_internal.kpi_ratio_numeric(ratio);
COMMENT ON CAST (ratio AS numeric) IS 'the ratio''s value, NULL where its denominator is zero';

-- Pooling

CREATE FUNCTION kpi_internal.kpi_ratio_add(ratio, ratio) RETURNS ratio
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_add(ratio, ratio) IS
	'implementation of + operator';

CREATE OPERATOR + (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_add, COMMUTATOR = +
);
COMMENT ON OPERATOR + (ratio, ratio) IS 'pool: numerators and denominators added up';

CREATE FUNCTION kpi_internal.kpi_ratio_inverse(ratio, ratio) RETURNS ratio
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_inverse(ratio, ratio) IS
	'internal: aggregate inverse transition';

CREATE AGGREGATE rollup(ratio) (
	SFUNC = kpi_internal.kpi_ratio_add, STYPE = ratio, SSPACE = 48, COMBINEFUNC = kpi_internal.kpi_ratio_add,
	MSFUNC = kpi_internal.kpi_ratio_add, MINVFUNC = kpi_internal.kpi_ratio_inverse, MSTYPE = ratio, MSSPACE = 48,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(ratio) IS
	'the pooled ratio (ratio cumulé): numerators and denominators added up; NULLs are skipped, NULL without rows';

-- Order

CREATE FUNCTION kpi_internal.kpi_ratio_lt(ratio, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_lt(ratio, ratio) IS
	'implementation of < operator';

CREATE FUNCTION kpi_internal.kpi_ratio_le(ratio, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_le(ratio, ratio) IS
	'implementation of <= operator';

CREATE FUNCTION kpi_internal.kpi_ratio_eq(ratio, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_eq(ratio, ratio) IS
	'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_ratio_ne(ratio, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_ne(ratio, ratio) IS
	'implementation of <> operator';

CREATE FUNCTION kpi_internal.kpi_ratio_ge(ratio, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_ge(ratio, ratio) IS
	'implementation of >= operator';

CREATE FUNCTION kpi_internal.kpi_ratio_gt(ratio, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_gt(ratio, ratio) IS
	'implementation of > operator';

CREATE OPERATOR < (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (ratio, ratio) IS 'less than';

CREATE OPERATOR <= (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (ratio, ratio) IS 'less than or equal';

CREATE OPERATOR = (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (ratio, ratio) IS 'equal: the same value';

CREATE OPERATOR <> (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ratio, ratio) IS 'not equal';

CREATE OPERATOR >= (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (ratio, ratio) IS 'greater than or equal';

CREATE OPERATOR > (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (ratio, ratio) IS 'greater than';

CREATE FUNCTION kpi_internal.kpi_ratio_cmp(ratio, ratio) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_cmp(ratio, ratio) IS
	'internal: less-equal-greater, for btree';

CREATE FUNCTION kpi_internal.kpi_ratio_hash(ratio) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_hash(ratio) IS
	'internal: hash';

CREATE FUNCTION kpi_internal.kpi_ratio_hash_extended(ratio, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_hash_extended(ratio, bigint) IS
	'internal: hash with a seed';

CREATE OPERATOR CLASS ratio_ops DEFAULT FOR TYPE ratio USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 kpi_internal.kpi_ratio_cmp(ratio, ratio);
COMMENT ON OPERATOR CLASS ratio_ops USING btree IS 'ratios by their value';
COMMENT ON OPERATOR FAMILY ratio_ops USING btree IS 'ratios by their value';

CREATE OPERATOR CLASS ratio_ops DEFAULT FOR TYPE ratio USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 kpi_internal.kpi_ratio_hash(ratio),
	FUNCTION 2 kpi_internal.kpi_ratio_hash_extended(ratio, bigint);
COMMENT ON OPERATOR CLASS ratio_ops USING hash IS 'ratios by equality of value';
COMMENT ON OPERATOR FAMILY ratio_ops USING hash IS 'ratios by equality of value';

-- How sure a ratio is

CREATE FUNCTION low(ratio, confidence double precision DEFAULT 0.95) RETURNS double precision
	AS 'MODULE_PATHNAME', 'kpi_ratio_low' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION low(ratio, double precision) IS
	'the lower limit of the ratio: Wilson score interval of a proportion (Wilson 1927), exact Poisson interval of a count per exposure (Garwood 1936), NULL for any other';

CREATE FUNCTION high(ratio, confidence double precision DEFAULT 0.95) RETURNS double precision
	AS 'MODULE_PATHNAME', 'kpi_ratio_high' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION high(ratio, double precision) IS
	'the upper limit of the ratio: Wilson score interval of a proportion (Wilson 1927), exact Poisson interval of a count per exposure (Garwood 1936), NULL for any other';

CREATE FUNCTION difference_test(ratio, ratio, confidence double precision DEFAULT 0.95,
	OUT difference double precision, OUT low double precision,
	OUT high double precision, OUT p_value double precision)
	AS 'MODULE_PATHNAME', 'kpi_ratio_difference_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION difference_test(ratio, ratio, double precision) IS
	'the first ratio less the second, the interval of that difference (Newcombe 1998, method 10) and the p-value of the pooled z test; for two proportions, or two counts per exposure';
