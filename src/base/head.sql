-- The install script of kpi, made of the files *.sql in src; do not edit.

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kpi" to load this file. \quit

-- What users call is in the extension's schema, all else here.
CREATE SCHEMA kpi_internal;
COMMENT ON SCHEMA kpi_internal IS
	'what kpi is made of: types of states, and the functions behind aggregates and operators; nothing to call';
GRANT USAGE ON SCHEMA kpi_internal TO PUBLIC;

-- Every transition function has this for its support function: asking it what
-- the function costs loads the library, which then takes part in the planning.
CREATE FUNCTION kpi_internal.kpi_planned(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_planned(internal) IS
	'internal: planner support function of transition functions, which has the library loaded';

