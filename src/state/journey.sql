-- The state of the lead KPIs: what each lead came to

CREATE FUNCTION kpi_internal.kpi_journeys_accum(internal, outcome, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
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

