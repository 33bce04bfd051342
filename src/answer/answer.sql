-- Roll-ups that answer for their tables

CREATE FUNCTION kpi_rollup_advise(query text, OUT rollup text, OUT answers boolean, OUT reason text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL UNSAFE ROWS 3;
COMMENT ON FUNCTION kpi_rollup_advise(text) IS
	'says which live roll-up answers a SELECT of its table, and of each other what stands in the way; the query is planned, not run';
