-- ratio: two numbers kept apart, and what kind of figure they make

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
	'two numbers kept apart and what kind of figure they make, so that figures can be pooled: a proportion or a mean such as 8/47, a rate such as 12 per 30.5, a total such as 602';

CREATE FUNCTION ratio(numerator numeric, denominator numeric) RETURNS ratio
	AS 'MODULE_PATHNAME', 'kpi_ratio_from_numerics' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ratio(numeric, numeric) IS
	'a ratio of two finite numbers: a proportion where both are whole and 0 <= numerator <= denominator, else a mean';

CREATE FUNCTION ratio(numerator numeric, denominator numeric, kind text) RETURNS ratio
	AS 'MODULE_PATHNAME', 'kpi_ratio_of_kind' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ratio(numeric, numeric, text) IS
	'a ratio of a kind, whatever the numbers look like: proportion, rate or mean';

CREATE FUNCTION ratio_per(n numeric, exposure numeric) RETURNS ratio
	AS 'MODULE_PATHNAME', 'kpi_ratio_per' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ratio_per(numeric, numeric) IS
	'a rate: a number of events per exposure, such as sales per hour';

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

CREATE FUNCTION round(ratio, digits integer) RETURNS numeric
	AS 'MODULE_PATHNAME', 'kpi_ratio_round' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION round(ratio, integer) IS
	'the ratio''s value, rounded to so many digits; NULL where its denominator is zero';

CREATE FUNCTION percent(fraction double precision, digits integer DEFAULT 1) RETURNS numeric
	AS 'MODULE_PATHNAME', 'kpi_percent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION percent(double precision, integer) IS
	'a fraction in percent, rounded: 43.8 of 0.4376';

-- Pooling

CREATE FUNCTION kpi_internal.kpi_ratio_plus(ratio, ratio) RETURNS ratio
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_plus(ratio, ratio) IS
	'implementation of + operator';

CREATE OPERATOR + (
	LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_ratio_plus, COMMUTATOR = +
);
COMMENT ON OPERATOR + (ratio, ratio) IS 'pool: numerators and denominators added up, or totals; of one kind only';

CREATE FUNCTION kpi_internal.kpi_ratio_uncombine(ratio, ratio) RETURNS ratio
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_uncombine(ratio, ratio) IS
	'internal: aggregate inverse transition';

CREATE AGGREGATE rollup(ratio) (
	SFUNC = kpi_internal.kpi_ratio_plus, STYPE = ratio, SSPACE = 48, COMBINEFUNC = kpi_internal.kpi_ratio_plus,
	MSFUNC = kpi_internal.kpi_ratio_plus, MINVFUNC = kpi_internal.kpi_ratio_uncombine, MSTYPE = ratio, MSSPACE = 48,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(ratio) IS
	'the pooled ratio (ratio cumulé): numerators and denominators added up, or totals; of one kind only; NULLs are skipped, NULL without rows';

-- What people try first, and what would be the mean of means: these only say
-- what to use
CREATE FUNCTION kpi_internal.kpi_ratio_refuse(ratio, ratio) RETURNS ratio
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_refuse(ratio, ratio) IS
	'internal: transition of aggregates that no ratio has';

CREATE AGGREGATE avg(ratio) (
	SFUNC = kpi_internal.kpi_ratio_refuse, STYPE = ratio, SSPACE = 48, COMBINEFUNC = kpi_internal.kpi_ratio_refuse,
	MSFUNC = kpi_internal.kpi_ratio_refuse, MINVFUNC = kpi_internal.kpi_ratio_refuse, MSTYPE = ratio, MSSPACE = 48,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE avg(ratio) IS 'none of ratios: an error that says to use rollup(ratio)';

CREATE AGGREGATE sum(ratio) (
	SFUNC = kpi_internal.kpi_ratio_refuse, STYPE = ratio, SSPACE = 48, COMBINEFUNC = kpi_internal.kpi_ratio_refuse,
	MSFUNC = kpi_internal.kpi_ratio_refuse, MINVFUNC = kpi_internal.kpi_ratio_refuse, MSTYPE = ratio, MSSPACE = 48,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(ratio) IS 'none of ratios: an error that says to use rollup(ratio)';

CREATE AGGREGATE min(ratio) (
	SFUNC = kpi_internal.kpi_ratio_refuse, STYPE = ratio, SSPACE = 48, COMBINEFUNC = kpi_internal.kpi_ratio_refuse,
	MSFUNC = kpi_internal.kpi_ratio_refuse, MINVFUNC = kpi_internal.kpi_ratio_refuse, MSTYPE = ratio, MSSPACE = 48,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(ratio) IS 'none of ratios: an error that says to use rollup(ratio)';

CREATE AGGREGATE max(ratio) (
	SFUNC = kpi_internal.kpi_ratio_refuse, STYPE = ratio, SSPACE = 48, COMBINEFUNC = kpi_internal.kpi_ratio_refuse,
	MSFUNC = kpi_internal.kpi_ratio_refuse, MINVFUNC = kpi_internal.kpi_ratio_refuse, MSTYPE = ratio, MSSPACE = 48,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(ratio) IS 'none of ratios: an error that says to use rollup(ratio)';

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

-- Order against a number: NULL for a ratio without a value; a number in double
-- precision is compared with the value in double precision

CREATE FUNCTION kpi_internal.kpi_ratio_numeric_lt(ratio, numeric) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_numeric_lt(ratio, numeric) IS
	'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = ratio, RIGHTARG = numeric, FUNCTION = kpi_internal.kpi_ratio_numeric_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (ratio, numeric) IS 'less than';

CREATE FUNCTION kpi_internal.kpi_ratio_numeric_le(ratio, numeric) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_numeric_le(ratio, numeric) IS
	'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = ratio, RIGHTARG = numeric, FUNCTION = kpi_internal.kpi_ratio_numeric_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (ratio, numeric) IS 'less than or equal';

CREATE FUNCTION kpi_internal.kpi_ratio_numeric_eq(ratio, numeric) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_numeric_eq(ratio, numeric) IS
	'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = ratio, RIGHTARG = numeric, FUNCTION = kpi_internal.kpi_ratio_numeric_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (ratio, numeric) IS 'equal';

CREATE FUNCTION kpi_internal.kpi_ratio_numeric_ne(ratio, numeric) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_numeric_ne(ratio, numeric) IS
	'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = ratio, RIGHTARG = numeric, FUNCTION = kpi_internal.kpi_ratio_numeric_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ratio, numeric) IS 'not equal';

CREATE FUNCTION kpi_internal.kpi_ratio_numeric_ge(ratio, numeric) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_numeric_ge(ratio, numeric) IS
	'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = ratio, RIGHTARG = numeric, FUNCTION = kpi_internal.kpi_ratio_numeric_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (ratio, numeric) IS 'greater than or equal';

CREATE FUNCTION kpi_internal.kpi_ratio_numeric_gt(ratio, numeric) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_numeric_gt(ratio, numeric) IS
	'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = ratio, RIGHTARG = numeric, FUNCTION = kpi_internal.kpi_ratio_numeric_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (ratio, numeric) IS 'greater than';

CREATE FUNCTION kpi_internal.kpi_numeric_ratio_lt(numeric, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_numeric_ratio_lt(numeric, ratio) IS
	'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = numeric, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_numeric_ratio_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (numeric, ratio) IS 'less than';

CREATE FUNCTION kpi_internal.kpi_numeric_ratio_le(numeric, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_numeric_ratio_le(numeric, ratio) IS
	'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = numeric, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_numeric_ratio_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (numeric, ratio) IS 'less than or equal';

CREATE FUNCTION kpi_internal.kpi_numeric_ratio_eq(numeric, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_numeric_ratio_eq(numeric, ratio) IS
	'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = numeric, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_numeric_ratio_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (numeric, ratio) IS 'equal';

CREATE FUNCTION kpi_internal.kpi_numeric_ratio_ne(numeric, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_numeric_ratio_ne(numeric, ratio) IS
	'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = numeric, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_numeric_ratio_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (numeric, ratio) IS 'not equal';

CREATE FUNCTION kpi_internal.kpi_numeric_ratio_ge(numeric, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_numeric_ratio_ge(numeric, ratio) IS
	'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = numeric, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_numeric_ratio_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (numeric, ratio) IS 'greater than or equal';

CREATE FUNCTION kpi_internal.kpi_numeric_ratio_gt(numeric, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_numeric_ratio_gt(numeric, ratio) IS
	'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = numeric, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_numeric_ratio_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (numeric, ratio) IS 'greater than';

CREATE FUNCTION kpi_internal.kpi_ratio_float8_lt(ratio, double precision) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_float8_lt(ratio, double precision) IS
	'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = ratio, RIGHTARG = double precision, FUNCTION = kpi_internal.kpi_ratio_float8_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (ratio, double precision) IS 'less than';

CREATE FUNCTION kpi_internal.kpi_ratio_float8_le(ratio, double precision) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_float8_le(ratio, double precision) IS
	'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = ratio, RIGHTARG = double precision, FUNCTION = kpi_internal.kpi_ratio_float8_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (ratio, double precision) IS 'less than or equal';

CREATE FUNCTION kpi_internal.kpi_ratio_float8_eq(ratio, double precision) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_float8_eq(ratio, double precision) IS
	'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = ratio, RIGHTARG = double precision, FUNCTION = kpi_internal.kpi_ratio_float8_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (ratio, double precision) IS 'equal';

CREATE FUNCTION kpi_internal.kpi_ratio_float8_ne(ratio, double precision) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_float8_ne(ratio, double precision) IS
	'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = ratio, RIGHTARG = double precision, FUNCTION = kpi_internal.kpi_ratio_float8_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ratio, double precision) IS 'not equal';

CREATE FUNCTION kpi_internal.kpi_ratio_float8_ge(ratio, double precision) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_float8_ge(ratio, double precision) IS
	'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = ratio, RIGHTARG = double precision, FUNCTION = kpi_internal.kpi_ratio_float8_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (ratio, double precision) IS 'greater than or equal';

CREATE FUNCTION kpi_internal.kpi_ratio_float8_gt(ratio, double precision) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_ratio_float8_gt(ratio, double precision) IS
	'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = ratio, RIGHTARG = double precision, FUNCTION = kpi_internal.kpi_ratio_float8_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (ratio, double precision) IS 'greater than';

CREATE FUNCTION kpi_internal.kpi_float8_ratio_lt(double precision, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_float8_ratio_lt(double precision, ratio) IS
	'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = double precision, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_float8_ratio_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (double precision, ratio) IS 'less than';

CREATE FUNCTION kpi_internal.kpi_float8_ratio_le(double precision, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_float8_ratio_le(double precision, ratio) IS
	'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = double precision, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_float8_ratio_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (double precision, ratio) IS 'less than or equal';

CREATE FUNCTION kpi_internal.kpi_float8_ratio_eq(double precision, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_float8_ratio_eq(double precision, ratio) IS
	'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = double precision, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_float8_ratio_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (double precision, ratio) IS 'equal';

CREATE FUNCTION kpi_internal.kpi_float8_ratio_ne(double precision, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_float8_ratio_ne(double precision, ratio) IS
	'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = double precision, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_float8_ratio_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (double precision, ratio) IS 'not equal';

CREATE FUNCTION kpi_internal.kpi_float8_ratio_ge(double precision, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_float8_ratio_ge(double precision, ratio) IS
	'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = double precision, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_float8_ratio_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (double precision, ratio) IS 'greater than or equal';

CREATE FUNCTION kpi_internal.kpi_float8_ratio_gt(double precision, ratio) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_float8_ratio_gt(double precision, ratio) IS
	'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = double precision, RIGHTARG = ratio, FUNCTION = kpi_internal.kpi_float8_ratio_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (double precision, ratio) IS 'greater than';

-- How sure a ratio is

CREATE FUNCTION low(ratio, confidence double precision DEFAULT 0.95) RETURNS double precision
	AS 'MODULE_PATHNAME', 'kpi_ratio_low' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION low(ratio, double precision) IS
	'the lower limit of the ratio: Wilson''s score interval of a proportion (Wilson 1927), the exact Poisson interval of a rate of whole events and of a count (Garwood 1936), NULL for any other';

CREATE FUNCTION high(ratio, confidence double precision DEFAULT 0.95) RETURNS double precision
	AS 'MODULE_PATHNAME', 'kpi_ratio_high' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION high(ratio, double precision) IS
	'the upper limit of the ratio: Wilson''s score interval of a proportion (Wilson 1927), the exact Poisson interval of a rate of whole events and of a count (Garwood 1936), NULL for any other';

CREATE FUNCTION difference_test(ratio, ratio, confidence double precision DEFAULT 0.95,
	OUT difference double precision, OUT low double precision,
	OUT high double precision, OUT p_value double precision)
	AS 'MODULE_PATHNAME', 'kpi_ratio_difference_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION difference_test(ratio, ratio, double precision) IS
	'the first ratio less the second, an interval of that difference and a p-value: of two proportions Newcombe''s (1998, method 10) and the pooled z test, of two rates or two counts of whole events that from their exact limits (Zou and Donner 2008) and the conditional exact test (Przyborowski and Wilenski 1940), whose p-value is the probability of all that is no more probable; NULL for any other';
