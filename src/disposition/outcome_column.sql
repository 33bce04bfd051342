-- A column of outcomes that follows a column of codes

CREATE FUNCTION kpi_internal.kpi_outcome_follow() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_follow() IS
	'internal: puts the outcome of a row''s code into another column of the row';

CREATE FUNCTION kpi_outcome_column(relation regclass, code_column name, source text, column_name name DEFAULT 'outcome') RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_outcome_column(regclass, name, text, name) IS
	'adds a column of outcomes to a table, which a trigger keeps what disposition() gives for a column of codes; returns how many rows got one';

CREATE FUNCTION kpi_outcome_refresh(relation regclass) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kpi_outcome_refresh(regclass) IS
	'updates the rows of a table whose columns of outcomes are not what kpi_disposition says now, and returns how many they were';
