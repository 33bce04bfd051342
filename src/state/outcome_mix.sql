-- mixes over outcomes: the rows of one measure by reason or product

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

CREATE AGGREGATE refusal_reasons(outcome, reason text) (
	SFUNC = kpi_internal.kpi_mix_refusal_accum, STYPE = mix, SSPACE = 96,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_refusal_accum, MINVFUNC = kpi_internal.kpi_mix_refusal_inverse, MSTYPE = mix, MSSPACE = 96,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE refusal_reasons(outcome, text) IS
	'the reasons of refusals (motifs de refus): rows refused and not sold; the spaces around a reason are taken off, an empty or missing one is a class of its own, NULL without refusals';

CREATE AGGREGATE product_mix(outcome, product text) (
	SFUNC = kpi_internal.kpi_mix_sale_accum, STYPE = mix, SSPACE = 96,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_sale_accum, MINVFUNC = kpi_internal.kpi_mix_sale_inverse, MSTYPE = mix, MSSPACE = 96,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE product_mix(outcome, text) IS
	'sales by product (répartition des produits vendus): rows sold; the spaces around a product are taken off, an empty or missing one is a class of its own, NULL without sales';

CREATE AGGREGATE product_revenue_mix(outcome, product text, amount numeric) (
	SFUNC = kpi_internal.kpi_mix_revenue_accum, STYPE = mix, SSPACE = 96,
	COMBINEFUNC = kpi_internal.kpi_mix_combine, FINALFUNC = kpi_internal.kpi_mix_final,
	MSFUNC = kpi_internal.kpi_mix_revenue_accum, MINVFUNC = kpi_internal.kpi_mix_revenue_inverse, MSTYPE = mix, MSSPACE = 96,
	MFINALFUNC = kpi_internal.kpi_mix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE product_revenue_mix(outcome, text, numeric) IS
	'revenue by product (répartition du chiffre d''affaires par produit): amounts of rows sold, refunds below 0 taken off; the spaces around a product are taken off, an empty or missing one is a class of its own, a NULL amount is skipped, NULL without sales';
