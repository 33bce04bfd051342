-- outcomes beside texts: what drivers and BI tools write

CREATE FUNCTION kpi_internal.kpi_outcome_from_text(text) RETURNS outcome
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_from_text(text) IS 'internal: the cast of a text, read as a label';

CREATE CAST (text AS outcome) WITH FUNCTION kpi_internal.kpi_outcome_from_text(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS outcome) IS 'reads a label, or several joined by "+"';

CREATE CAST (varchar AS outcome) WITH FUNCTION kpi_internal.kpi_outcome_from_text(text) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS outcome) IS 'reads a label, or several joined by "+"';

-- Comparison; a varchar is a text here

CREATE FUNCTION kpi_internal.kpi_outcome_eq_text_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_eq_text_support(internal) IS
	'internal: planner support, compares with the label that the text is';

CREATE FUNCTION kpi_internal.kpi_outcome_ne_text_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_ne_text_support(internal) IS
	'internal: planner support, compares with the label that the text is';

CREATE FUNCTION kpi_internal.kpi_outcome_eq_text(outcome, text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	SUPPORT kpi_internal.kpi_outcome_eq_text_support;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_eq_text(outcome, text) IS 'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_outcome_ne_text(outcome, text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	SUPPORT kpi_internal.kpi_outcome_ne_text_support;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_ne_text(outcome, text) IS 'implementation of <> operator';

CREATE FUNCTION kpi_internal.kpi_text_eq_outcome(text, outcome) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	SUPPORT kpi_internal.kpi_outcome_eq_text_support;
COMMENT ON FUNCTION kpi_internal.kpi_text_eq_outcome(text, outcome) IS 'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_text_ne_outcome(text, outcome) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	SUPPORT kpi_internal.kpi_outcome_ne_text_support;
COMMENT ON FUNCTION kpi_internal.kpi_text_ne_outcome(text, outcome) IS 'implementation of <> operator';

CREATE OPERATOR = (
	LEFTARG = outcome, RIGHTARG = text, FUNCTION = kpi_internal.kpi_outcome_eq_text,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (outcome, text) IS 'equal to the label that the text is';

CREATE OPERATOR <> (
	LEFTARG = outcome, RIGHTARG = text, FUNCTION = kpi_internal.kpi_outcome_ne_text,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (outcome, text) IS 'not equal to the label that the text is';

CREATE OPERATOR = (
	LEFTARG = text, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_text_eq_outcome,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (text, outcome) IS 'the label that the text is, equal to';

CREATE OPERATOR <> (
	LEFTARG = text, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_text_ne_outcome,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (text, outcome) IS 'the label that the text is, not equal to';

-- What BI tools filter texts by

CREATE FUNCTION lower(outcome) RETURNS text
	AS 'MODULE_PATHNAME', 'kpi_outcome_lower' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lower(outcome) IS 'the outcome''s English labels, as a text in lower case';

CREATE FUNCTION upper(outcome) RETURNS text
	AS 'MODULE_PATHNAME', 'kpi_outcome_upper' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION upper(outcome) IS 'the outcome''s English labels, as a text in upper case';

CREATE FUNCTION kpi_internal.kpi_outcome_like(outcome, text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_like(outcome, text) IS 'implementation of ~~ operator';

CREATE FUNCTION kpi_internal.kpi_outcome_nlike(outcome, text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_nlike(outcome, text) IS 'implementation of !~~ operator';

CREATE FUNCTION kpi_internal.kpi_outcome_iclike(outcome, text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_iclike(outcome, text) IS 'implementation of ~~* operator';

CREATE FUNCTION kpi_internal.kpi_outcome_icnlike(outcome, text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_icnlike(outcome, text) IS 'implementation of !~~* operator';

CREATE OPERATOR ~~ (
	LEFTARG = outcome, RIGHTARG = text, FUNCTION = kpi_internal.kpi_outcome_like,
	NEGATOR = !~~,
	RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR ~~ (outcome, text) IS 'its English labels match the LIKE expression';

CREATE OPERATOR !~~ (
	LEFTARG = outcome, RIGHTARG = text, FUNCTION = kpi_internal.kpi_outcome_nlike,
	NEGATOR = ~~,
	RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR !~~ (outcome, text) IS 'its English labels do not match the LIKE expression';

CREATE OPERATOR ~~* (
	LEFTARG = outcome, RIGHTARG = text, FUNCTION = kpi_internal.kpi_outcome_iclike,
	NEGATOR = !~~*,
	RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR ~~* (outcome, text) IS 'its English labels match the LIKE expression, whatever the case';

CREATE OPERATOR !~~* (
	LEFTARG = outcome, RIGHTARG = text, FUNCTION = kpi_internal.kpi_outcome_icnlike,
	NEGATOR = ~~*,
	RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR !~~* (outcome, text) IS 'its English labels do not match the LIKE expression, whatever the case';
