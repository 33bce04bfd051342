-- The state of the lead KPIs: what each lead came to

CREATE FUNCTION kpi_internal.kpi_journeys_accum(internal, outcome, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_journeys_accum(internal, outcome, anyelement) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_journeys_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_journeys_combine(internal, internal) IS
	'internal: aggregate combine';

CREATE FUNCTION kpi_internal.kpi_journeys_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_journeys_serialize(internal) IS
	'internal: aggregate serial form';

CREATE FUNCTION kpi_internal.kpi_journeys_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_journeys_deserialize(bytea, internal) IS
	'internal: aggregate serial form';

-- lead_rate: the free rate, over leads

CREATE FUNCTION kpi_internal.kpi_journeys_rate_accum(internal, outcome, anyelement, outcome, outcome) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_journeys_rate_accum(internal, outcome, anyelement, outcome, outcome) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_lead_rate_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_lead_rate_final(internal) IS
	'internal: aggregate final function';

CREATE AGGREGATE lead_rate(outcome, lead anyelement, has outcome, of outcome) (
	SFUNC = kpi_internal.kpi_journeys_rate_accum, STYPE = internal, SSPACE = 1024,
	COMBINEFUNC = kpi_internal.kpi_journeys_combine,
	SERIALFUNC = kpi_internal.kpi_journeys_serialize, DESERIALFUNC = kpi_internal.kpi_journeys_deserialize,
	FINALFUNC = kpi_internal.kpi_lead_rate_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_rate(outcome, anyelement, outcome, outcome) IS
	'free rate over leads (taux libre): leads whose calls together reached both "has" and "of" / leads that reached "of"; rows with a NULL are skipped, NULL where nothing reached "of"';
