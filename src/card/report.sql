-- Reports of scorecards

CREATE FUNCTION kpi_report(scorecard, language text DEFAULT 'en', OUT family text, OUT family_label text, OUT kpi text,
	OUT label text, OUT of text, OUT value numeric, OUT unit text, OUT numerator numeric, OUT denominator numeric,
	OUT low numeric, OUT high numeric, OUT average numeric, OUT best numeric) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION kpi_report(scorecard, text) IS
	'every KPI that a scorecard allows, with labels in English (en) or French (fr): what it is of, the value for reading, the exact numbers that it is made of, its bounds at 95 %, and what the trade has on average and at best';

CREATE FUNCTION kpi_compare(a scorecard, b scorecard, language text DEFAULT 'en', OUT family text, OUT family_label text, OUT kpi text,
	OUT label text, OUT of text, OUT value_a numeric, OUT value_b numeric, OUT unit text, OUT difference numeric, OUT change numeric,
	OUT low numeric, OUT high numeric, OUT p_value numeric, OUT verdict text, OUT verdict_label text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION kpi_compare(scorecard, scorecard, text) IS
	'two scorecards side by side, with labels in English (en) or French (fr): the difference of a from b, in percent of b too; of proportions, rates and counts its bounds at 95 % and the p-value of no difference, and whether a is better, worse, or there is no clear change';

CREATE FUNCTION kpi_targets(scorecard, targets jsonb, language text DEFAULT 'en', OUT family text, OUT family_label text, OUT kpi text,
	OUT label text, OUT of text, OUT value numeric, OUT unit text, OUT target numeric, OUT reached numeric,
	OUT low numeric, OUT high numeric, OUT verdict text, OUT verdict_label text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION kpi_targets(scorecard, jsonb, text) IS
	'a scorecard against targets such as {"conversion_rate": 0.05, "sales": 100}, durations in seconds, with labels in English (en) or French (fr): what is reached in percent of the target, the bounds at 95 %, and whether it is met, missed, or not clear yet: met and missed only where the bounds leave no doubt';
