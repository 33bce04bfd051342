-- mix: an exact frequency table of text items

CREATE TYPE mix;

CREATE FUNCTION kpi_internal.kpi_mix_in(cstring) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_in(cstring) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_mix_out(mix) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_out(mix) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_mix_recv(internal) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_recv(internal) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_mix_send(mix) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_send(mix) IS
	'I/O';

CREATE TYPE mix (
	INPUT = kpi_internal.kpi_mix_in,
	OUTPUT = kpi_internal.kpi_mix_out,
	RECEIVE = kpi_internal.kpi_mix_recv,
	SEND = kpi_internal.kpi_mix_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE mix IS
	'an exact frequency table of text items, written as [["item", amount], [null, amount, rows]]; without a number of rows, it is the amount where that is a whole number above 0, else 1';

CREATE FUNCTION mix_items(mix, OUT rank bigint, OUT item text, OUT amount numeric,
	OUT share double precision) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'kpi_mix_items' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION mix_items(mix) IS
	'the items of a mix, the largest first: ties share a rank and stand in item order; share is of the total, NULL where that is not above 0';

CREATE FUNCTION kpi_internal.kpi_mix_jsonb(mix) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_jsonb(mix) IS
	'internal: cast to jsonb';

CREATE CAST (mix AS jsonb) WITH FUNCTION kpi_internal.kpi_mix_jsonb(mix);
COMMENT ON CAST (mix AS jsonb) IS 'the mix as a JSON array of pairs';

CREATE FUNCTION kpi_internal.kpi_mix_plus(mix, mix) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_plus(mix, mix) IS
	'implementation of + operator';

CREATE FUNCTION kpi_internal.kpi_mix_minus(mix, mix) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_minus(mix, mix) IS
	'implementation of - operator';

CREATE FUNCTION kpi_internal.kpi_mix_eq(mix, mix) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_eq(mix, mix) IS
	'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_mix_ne(mix, mix) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_ne(mix, mix) IS
	'implementation of <> operator';

CREATE OPERATOR + (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_plus, COMMUTATOR = +
);
COMMENT ON OPERATOR + (mix, mix) IS 'rows and amounts added up item by item';

CREATE OPERATOR - (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_minus
);
COMMENT ON OPERATOR - (mix, mix) IS 'rows and amounts subtracted item by item, an error where there are fewer rows';

CREATE OPERATOR = (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (mix, mix) IS 'the same items with the same rows and amounts';

CREATE OPERATOR <> (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (mix, mix) IS 'other items, rows or amounts';

CREATE FUNCTION kpi_internal.kpi_mix_lt(mix, mix) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_lt(mix, mix) IS
	'implementation of < operator';

CREATE FUNCTION kpi_internal.kpi_mix_le(mix, mix) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_le(mix, mix) IS
	'implementation of <= operator';

CREATE FUNCTION kpi_internal.kpi_mix_ge(mix, mix) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_ge(mix, mix) IS
	'implementation of >= operator';

CREATE FUNCTION kpi_internal.kpi_mix_gt(mix, mix) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_gt(mix, mix) IS
	'implementation of > operator';

CREATE OPERATOR < (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (mix, mix) IS 'before, in an order without a meaning';

CREATE OPERATOR <= (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (mix, mix) IS 'before or the same, in an order without a meaning';

CREATE OPERATOR >= (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (mix, mix) IS 'after or the same, in an order without a meaning';

CREATE OPERATOR > (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (mix, mix) IS 'after, in an order without a meaning';

CREATE FUNCTION kpi_internal.kpi_mix_cmp(mix, mix) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_cmp(mix, mix) IS
	'internal: less-equal-greater';

CREATE OPERATOR CLASS mix_ops DEFAULT FOR TYPE mix USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 kpi_internal.kpi_mix_cmp(mix, mix);
COMMENT ON OPERATOR CLASS mix_ops USING btree IS 'mixes by their content';
COMMENT ON OPERATOR FAMILY mix_ops USING btree IS 'mixes by their content';

CREATE FUNCTION kpi_internal.kpi_mix_hash(mix) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_hash(mix) IS 'internal: hash';

CREATE FUNCTION kpi_internal.kpi_mix_hash_extended(mix, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_hash_extended(mix, bigint) IS 'internal: hash with a seed';

CREATE OPERATOR CLASS mix_ops DEFAULT FOR TYPE mix USING hash AS
	OPERATOR 1 =, FUNCTION 1 kpi_internal.kpi_mix_hash(mix), FUNCTION 2 kpi_internal.kpi_mix_hash_extended(mix, bigint);
COMMENT ON OPERATOR CLASS mix_ops USING hash IS 'mixes by their content';
COMMENT ON OPERATOR FAMILY mix_ops USING hash IS 'mixes by their content';

CREATE FUNCTION kpi_internal.kpi_mix_accum(mix, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_mix_accum(mix, text) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_mix_inverse(mix, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_inverse(mix, text) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_weighted_accum(mix, text, numeric) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_mix_weighted_accum(mix, text, numeric) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_mix_weighted_inverse(mix, text, numeric) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_weighted_inverse(mix, text, numeric) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_combine(mix, mix) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_mix_combine(mix, mix) IS
	'internal: aggregate combine';

CREATE FUNCTION kpi_internal.kpi_mix_uncombine(mix, mix) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_uncombine(mix, mix) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_final(mix) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_final(mix) IS
	'internal: aggregate final function';

CREATE FUNCTION kpi_internal.kpi_mix_rollup_final(mix) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_rollup_final(mix) IS
	'internal: aggregate final function';

CREATE AGGREGATE mix(item text) (
	SFUNC = kpi_internal.kpi_mix_accum, STYPE = mix, SSPACE = 96,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_accum, MINVFUNC = kpi_internal.kpi_mix_inverse, MSTYPE = mix, MSSPACE = 96,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mix(text) IS
	'how often each item occurs (répartition); NULL is a class of its own, NULL without rows';

CREATE AGGREGATE weighted_mix(item text, weight numeric) (
	SFUNC = kpi_internal.kpi_mix_weighted_accum, STYPE = mix, SSPACE = 96,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_weighted_accum, MINVFUNC = kpi_internal.kpi_mix_weighted_inverse, MSTYPE = mix, MSSPACE = 96,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE weighted_mix(text, numeric) IS
	'the sum of the weights of each item (répartition pondérée); a NULL item is a class of its own, a NULL weight is skipped, one below 0 is taken off, NULL without rows';

CREATE AGGREGATE rollup(mix) (
	SFUNC = kpi_internal.kpi_mix_combine, STYPE = mix, SSPACE = 96,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_rollup_final,
	MSFUNC = kpi_internal.kpi_mix_combine, MINVFUNC = kpi_internal.kpi_mix_uncombine, MSTYPE = mix, MSSPACE = 96,
	MFINALFUNC = kpi_internal.kpi_mix_rollup_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(mix) IS
	'mixes added up (répartition cumulée); NULLs are skipped, NULL where there is nothing else';
