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
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE mix IS
	'an exact frequency table of text items, written as [["item", amount], [null, amount]]';

CREATE FUNCTION mix_items(mix, OUT rank bigint, OUT item text, OUT amount numeric,
	OUT share double precision) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'kpi_mix_items' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION mix_items(mix) IS
	'the items of a mix, the largest first: ties share a rank and stand in item order, share is of the total';

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
COMMENT ON OPERATOR + (mix, mix) IS 'amounts added up item by item';

CREATE OPERATOR - (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_minus
);
COMMENT ON OPERATOR - (mix, mix) IS 'amounts subtracted item by item, an error where there is less';

CREATE OPERATOR = (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (mix, mix) IS 'the same items with the same amounts';

CREATE OPERATOR <> (
	LEFTARG = mix, RIGHTARG = mix, FUNCTION = kpi_internal.kpi_mix_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (mix, mix) IS 'other items or other amounts';

CREATE FUNCTION kpi_internal.kpi_mix_accum(mix, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_accum(mix, text) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_mix_inverse(mix, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_inverse(mix, text) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_weighted_accum(mix, text, numeric) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_weighted_accum(mix, text, numeric) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_mix_weighted_inverse(mix, text, numeric) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_weighted_inverse(mix, text, numeric) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_refusal_accum(mix, outcome, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_refusal_accum(mix, outcome, text) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_mix_refusal_inverse(mix, outcome, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_refusal_inverse(mix, outcome, text) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_sale_accum(mix, outcome, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_sale_accum(mix, outcome, text) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_mix_sale_inverse(mix, outcome, text) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_sale_inverse(mix, outcome, text) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_revenue_accum(mix, outcome, text, numeric) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_revenue_accum(mix, outcome, text, numeric) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_mix_revenue_inverse(mix, outcome, text, numeric) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_mix_revenue_inverse(mix, outcome, text, numeric) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_mix_combine(mix, mix) RETURNS mix
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
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

CREATE AGGREGATE mix(item text) (
	SFUNC = kpi_internal.kpi_mix_accum, STYPE = mix, SSPACE = 2048,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_accum, MINVFUNC = kpi_internal.kpi_mix_inverse, MSTYPE = mix, MSSPACE = 2048,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mix(text) IS
	'how often each item occurs (répartition); NULL is a class of its own, NULL without rows';

CREATE AGGREGATE weighted_mix(item text, weight numeric) (
	SFUNC = kpi_internal.kpi_mix_weighted_accum, STYPE = mix, SSPACE = 2048,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_weighted_accum, MINVFUNC = kpi_internal.kpi_mix_weighted_inverse, MSTYPE = mix, MSSPACE = 2048,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE weighted_mix(text, numeric) IS
	'the sum of the weights of each item (répartition pondérée); a NULL item is a class of its own, a NULL weight is skipped, NULL without rows';

CREATE AGGREGATE refusal_reasons(outcome, reason text) (
	SFUNC = kpi_internal.kpi_mix_refusal_accum, STYPE = mix, SSPACE = 2048,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_refusal_accum, MINVFUNC = kpi_internal.kpi_mix_refusal_inverse, MSTYPE = mix, MSSPACE = 2048,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE refusal_reasons(outcome, text) IS
	'the reasons of refusals (motifs de refus): rows refused and not sold; a missing reason is a class of its own, NULL without refusals';

CREATE AGGREGATE product_mix(outcome, product text) (
	SFUNC = kpi_internal.kpi_mix_sale_accum, STYPE = mix, SSPACE = 2048,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_sale_accum, MINVFUNC = kpi_internal.kpi_mix_sale_inverse, MSTYPE = mix, MSSPACE = 2048,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE product_mix(outcome, text) IS
	'sales by product (répartition des produits vendus): rows sold; a missing product is a class of its own, NULL without sales';

CREATE AGGREGATE product_revenue_mix(outcome, product text, amount numeric) (
	SFUNC = kpi_internal.kpi_mix_revenue_accum, STYPE = mix, SSPACE = 2048,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_revenue_accum, MINVFUNC = kpi_internal.kpi_mix_revenue_inverse, MSTYPE = mix, MSSPACE = 2048,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE product_revenue_mix(outcome, text, numeric) IS
	'revenue by product (répartition du chiffre d''affaires par produit): amounts of rows sold; a missing product is a class of its own, a NULL amount is skipped, NULL without sales';

CREATE AGGREGATE rollup(mix) (
	SFUNC = kpi_internal.kpi_mix_combine, STYPE = mix, SSPACE = 2048,
	COMBINEFUNC = kpi_internal.kpi_mix_combine,
	MSFUNC = kpi_internal.kpi_mix_combine, MINVFUNC = kpi_internal.kpi_mix_uncombine, MSTYPE = mix, MSSPACE = 2048,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(mix) IS
	'mixes added up (répartition cumulée); NULLs are skipped, NULL without rows';
