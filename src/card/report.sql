-- Reports of scorecards

CREATE FUNCTION kpi_report(scorecard, language text DEFAULT 'en', OUT family text, OUT kpi text,
	OUT label text, OUT value numeric, OUT unit text, OUT numerator numeric, OUT denominator numeric,
	OUT low numeric, OUT high numeric, OUT benchmark text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION kpi_report(scorecard, text) IS
	'every KPI that a scorecard allows, in English (en) or French (fr): the value for reading, the exact numbers that it is made of, its bounds at 95 %, and the benchmark of the trade';

CREATE FUNCTION kpi_compare(a scorecard, b scorecard, language text DEFAULT 'en', OUT family text, OUT kpi text,
	OUT label text, OUT value_a numeric, OUT value_b numeric, OUT unit text, OUT difference numeric,
	OUT low numeric, OUT high numeric, OUT p_value numeric) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION kpi_compare(scorecard, scorecard, text) IS
	'two scorecards side by side, in English (en) or French (fr): the difference of a from b, and where the KPI is a proportion or a rate its bounds at 95 % and the p-value of no difference';
