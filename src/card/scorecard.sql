-- scorecard: the states of all KPIs of a campaign in one value

CREATE TYPE scorecard;

CREATE FUNCTION kpi_internal.kpi_scorecard_in(cstring) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_in(cstring) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_scorecard_out(scorecard) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_out(scorecard) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_scorecard_recv(internal) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_recv(internal) IS
	'I/O';

CREATE FUNCTION kpi_internal.kpi_scorecard_send(scorecard) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_send(scorecard) IS
	'I/O';

CREATE TYPE scorecard (
	INPUT = kpi_internal.kpi_scorecard_in,
	OUTPUT = kpi_internal.kpi_scorecard_out,
	RECEIVE = kpi_internal.kpi_scorecard_recv,
	SEND = kpi_internal.kpi_scorecard_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE scorecard IS
	'the KPIs of a campaign in one value that adds up and subtracts, written as JSON: {"version": 1, "calls": {"sale": 3}, ...}';

CREATE FUNCTION kpi_internal.kpi_scorecard_plus(scorecard, scorecard) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_plus(scorecard, scorecard) IS
	'implementation of + operator';

CREATE FUNCTION kpi_internal.kpi_scorecard_minus(scorecard, scorecard) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_minus(scorecard, scorecard) IS
	'implementation of - operator';

CREATE FUNCTION kpi_internal.kpi_scorecard_eq(scorecard, scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_eq(scorecard, scorecard) IS
	'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_scorecard_ne(scorecard, scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_ne(scorecard, scorecard) IS
	'implementation of <> operator';

CREATE FUNCTION kpi_internal.kpi_scorecard_lt(scorecard, scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_lt(scorecard, scorecard) IS
	'implementation of < operator';

CREATE FUNCTION kpi_internal.kpi_scorecard_le(scorecard, scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_le(scorecard, scorecard) IS
	'implementation of <= operator';

CREATE FUNCTION kpi_internal.kpi_scorecard_ge(scorecard, scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_ge(scorecard, scorecard) IS
	'implementation of >= operator';

CREATE FUNCTION kpi_internal.kpi_scorecard_gt(scorecard, scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_gt(scorecard, scorecard) IS
	'implementation of > operator';

CREATE OPERATOR + (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_plus,
	COMMUTATOR = +
);
COMMENT ON OPERATOR +(scorecard, scorecard) IS
	'everything that either scorecard holds';

CREATE OPERATOR - (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_minus
);
COMMENT ON OPERATOR -(scorecard, scorecard) IS
	'the sections of the first scorecard less the second, an error where there is less';

CREATE OPERATOR = (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR =(scorecard, scorecard) IS 'the same sections with the same content';

CREATE OPERATOR <> (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <>(scorecard, scorecard) IS 'other sections or other content';

CREATE OPERATOR < (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR <(scorecard, scorecard) IS 'before, in an order without a meaning';

CREATE OPERATOR <= (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <=(scorecard, scorecard) IS 'before or the same, in an order without a meaning';

CREATE OPERATOR >= (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >=(scorecard, scorecard) IS 'after or the same, in an order without a meaning';

CREATE OPERATOR > (
	LEFTARG = scorecard, RIGHTARG = scorecard, PROCEDURE = kpi_internal.kpi_scorecard_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR >(scorecard, scorecard) IS 'after, in an order without a meaning';

CREATE FUNCTION kpi_internal.kpi_scorecard_cmp(scorecard, scorecard) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_cmp(scorecard, scorecard) IS
	'internal: less-equal-greater, for btree';

CREATE OPERATOR CLASS scorecard_ops DEFAULT FOR TYPE scorecard USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 kpi_internal.kpi_scorecard_cmp(scorecard, scorecard);
COMMENT ON OPERATOR CLASS scorecard_ops USING btree IS 'scorecards by their content';
COMMENT ON OPERATOR FAMILY scorecard_ops USING btree IS 'scorecards by their content';

CREATE FUNCTION kpi_internal.kpi_scorecard_hash(scorecard) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_hash(scorecard) IS
	'internal: hash';

CREATE FUNCTION kpi_internal.kpi_scorecard_hash_extended(scorecard, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_hash_extended(scorecard, bigint) IS
	'internal: hash with a seed';

CREATE OPERATOR CLASS scorecard_ops DEFAULT FOR TYPE scorecard USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 kpi_internal.kpi_scorecard_hash(scorecard),
	FUNCTION 2 kpi_internal.kpi_scorecard_hash_extended(scorecard, bigint);
COMMENT ON OPERATOR CLASS scorecard_ops USING hash IS 'scorecards by their content';
COMMENT ON OPERATOR FAMILY scorecard_ops USING hash IS 'scorecards by their content';

CREATE FUNCTION kpi_internal.kpi_scorecard_combine(scorecard, scorecard) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_combine(scorecard, scorecard) IS
	'internal: aggregate transition and combine';

CREATE FUNCTION kpi_internal.kpi_scorecard_uncombine(scorecard, scorecard) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_uncombine(scorecard, scorecard) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_scorecard_final(scorecard) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_final(scorecard) IS
	'internal: aggregate final function';

CREATE AGGREGATE rollup(scorecard) (
	SFUNC = kpi_internal.kpi_scorecard_combine, STYPE = scorecard, SSPACE = 512,
	COMBINEFUNC = kpi_internal.kpi_scorecard_combine, FINALFUNC = kpi_internal.kpi_scorecard_final,
	MSFUNC = kpi_internal.kpi_scorecard_combine, MINVFUNC = kpi_internal.kpi_scorecard_uncombine, MSTYPE = scorecard, MSSPACE = 512,
	MFINALFUNC = kpi_internal.kpi_scorecard_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(scorecard) IS
	'scorecards added up; NULLs are skipped, NULL where there is nothing else';

CREATE FUNCTION kpi_internal.kpi_scorecard_calls_final(kpi_internal.kpi_tally) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_calls_final(kpi_internal.kpi_tally) IS
	'internal: aggregate final function';

CREATE AGGREGATE scorecard_calls(outcome) (
	SFUNC = kpi_internal.kpi_tally_accum, STYPE = kpi_internal.kpi_tally, INITCOND = '{}', SSPACE = 64,
	COMBINEFUNC = kpi_internal.kpi_tally_combine, FINALFUNC = kpi_internal.kpi_scorecard_calls_final,
	MSFUNC = kpi_internal.kpi_tally_accum, MINVFUNC = kpi_internal.kpi_tally_inverse, MSTYPE = kpi_internal.kpi_tally, MINITCOND = '{}', MSSPACE = 64,
	MFINALFUNC = kpi_internal.kpi_scorecard_calls_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE scorecard_calls(outcome) IS
	'a scorecard of the outcomes of calls, a row each; NULLs are skipped';

CREATE FUNCTION kpi_internal.kpi_scorecard_leads_final(kpi_internal.kpi_tally) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_leads_final(kpi_internal.kpi_tally) IS
	'internal: aggregate final function';

CREATE AGGREGATE scorecard_leads(outcome) (
	SFUNC = kpi_internal.kpi_tally_accum, STYPE = kpi_internal.kpi_tally, INITCOND = '{}', SSPACE = 64,
	COMBINEFUNC = kpi_internal.kpi_tally_combine, FINALFUNC = kpi_internal.kpi_scorecard_leads_final,
	MSFUNC = kpi_internal.kpi_tally_accum, MINVFUNC = kpi_internal.kpi_tally_inverse, MSTYPE = kpi_internal.kpi_tally, MINITCOND = '{}', MSSPACE = 64,
	MFINALFUNC = kpi_internal.kpi_scorecard_leads_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE scorecard_leads(outcome) IS
	'a scorecard of the outcomes of leads, a row each; NULLs are skipped';

CREATE FUNCTION kpi_internal.kpi_scorecard_journeys_final(internal) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_journeys_final(internal) IS
	'internal: aggregate final function';

CREATE AGGREGATE scorecard_journeys(outcome, lead anyelement) (
	SFUNC = kpi_internal.kpi_journeys_accum, STYPE = internal, SSPACE = 1024,
	COMBINEFUNC = kpi_internal.kpi_journeys_combine,
	SERIALFUNC = kpi_internal.kpi_journeys_serialize, DESERIALFUNC = kpi_internal.kpi_journeys_deserialize,
	FINALFUNC = kpi_internal.kpi_scorecard_journeys_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE scorecard_journeys(outcome, anyelement) IS
	'a scorecard of what leads came to, from a row for each of their calls; NULLs are skipped';

CREATE FUNCTION kpi_internal.kpi_scorecard_lines_final(kpi_internal.kpi_line_tally) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_lines_final(kpi_internal.kpi_line_tally) IS
	'internal: aggregate final function';

CREATE AGGREGATE scorecard_lines(line_type) (
	SFUNC = kpi_internal.kpi_line_tally_accum, STYPE = kpi_internal.kpi_line_tally, INITCOND = '{}', SSPACE = 64,
	COMBINEFUNC = kpi_internal.kpi_line_tally_combine, FINALFUNC = kpi_internal.kpi_scorecard_lines_final,
	MSFUNC = kpi_internal.kpi_line_tally_accum, MINVFUNC = kpi_internal.kpi_line_tally_inverse, MSTYPE = kpi_internal.kpi_line_tally, MINITCOND = '{}', MSSPACE = 64,
	MFINALFUNC = kpi_internal.kpi_scorecard_lines_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE scorecard_lines(line_type) IS
	'a scorecard of phone lines, a row each; NULLs are skipped';

CREATE FUNCTION kpi_internal.kpi_scorecard_delays_accum(scorecard, text, interval) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_delays_accum(scorecard, text, interval) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_scorecard_delays_inverse(scorecard, text, interval) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_delays_inverse(scorecard, text, interval) IS
	'internal: aggregate inverse transition';

CREATE FUNCTION kpi_internal.kpi_scorecard_delays_final(scorecard) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_delays_final(scorecard) IS
	'internal: aggregate final function';

CREATE AGGREGATE scorecard_delays(name text, delay interval) (
	SFUNC = kpi_internal.kpi_scorecard_delays_accum, STYPE = scorecard, INITCOND = '{}', SSPACE = 512,
	COMBINEFUNC = kpi_internal.kpi_scorecard_combine, FINALFUNC = kpi_internal.kpi_scorecard_delays_final,
	MSFUNC = kpi_internal.kpi_scorecard_delays_accum, MINVFUNC = kpi_internal.kpi_scorecard_delays_inverse, MSTYPE = scorecard, MINITCOND = '{}', MSSPACE = 512,
	MFINALFUNC = kpi_internal.kpi_scorecard_delays_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE scorecard_delays(text, interval) IS
	'a scorecard of delays by name, such as ''speed_to_lead'' and ''sales_cycle'', which the KPIs of those names read; rows with a NULL are skipped, negative delays counted apart';

CREATE FUNCTION delays(scorecard, name text) RETURNS delays
	AS 'MODULE_PATHNAME', 'kpi_card_delays' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION delays(scorecard, text) IS
	'the delays that a scorecard has under a name; NULL where it has none';

CREATE FUNCTION kpi_internal.kpi_scorecard_fte_accum(scorecard, scorecard, interval) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_fte_accum(scorecard, scorecard, interval) IS
	'internal: aggregate transition';

CREATE FUNCTION kpi_internal.kpi_scorecard_fte_inverse(scorecard, scorecard, interval) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_fte_inverse(scorecard, scorecard, interval) IS
	'internal: aggregate inverse transition';

-- of rows that have one code, whose outcome is known when the scorecard is read
CREATE FUNCTION kpi_internal.kpi_scorecard_as(scorecard, sections text, outcome) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_as(scorecard, text, outcome) IS
	'internal: a scorecard as it would be if every row of some sections had this outcome, or did not count where it is NULL';

CREATE FUNCTION kpi_internal.kpi_scorecard_where(scorecard, sections text, boolean) RETURNS scorecard
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_scorecard_where(scorecard, text, boolean) IS
	'internal: a scorecard as it would be if no row of some sections had counted, unless a condition is true';

CREATE FUNCTION kpi(scorecard, name text) RETURNS ratio
	AS 'MODULE_PATHNAME', 'kpi_card_kpi' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi(scorecard, text) IS
	'a KPI of a scorecard as a ratio, durations in seconds, or in hours where it is per hour; NULL where the scorecard has no such section';
