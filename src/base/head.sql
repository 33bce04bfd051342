-- The install script of kpi, made of the files *.sql in src; do not edit.

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kpi" to load this file. \quit

-- What users call is in the extension's schema, all else here.
CREATE SCHEMA kpi_internal;
COMMENT ON SCHEMA kpi_internal IS
	'what kpi is made of: types of states, and the functions behind aggregates and operators; nothing to call';
GRANT USAGE ON SCHEMA kpi_internal TO PUBLIC;

