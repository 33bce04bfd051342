-- outcome: what a call, or a lead, came to

CREATE TYPE outcome;

CREATE FUNCTION kpi_internal.kpi_outcome_in(cstring) RETURNS outcome
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_outcome_out(outcome) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_out(outcome) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_outcome_recv(internal) RETURNS outcome
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_outcome_send(outcome) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_send(outcome) IS 'I/O';

CREATE TYPE outcome (
	INPUT = kpi_internal.kpi_outcome_in,
	OUTPUT = kpi_internal.kpi_outcome_out,
	RECEIVE = kpi_internal.kpi_outcome_recv,
	SEND = kpi_internal.kpi_outcome_send,
	INTERNALLENGTH = 4,
	PASSEDBYVALUE,
	ALIGNMENT = int4
);
COMMENT ON TYPE outcome IS
	'what a call, or a lead, came to: a set of milestones, written as labels such as sale or refused+callback';

CREATE FUNCTION label(outcome, language text) RETURNS text
	AS 'MODULE_PATHNAME', 'kpi_outcome_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION label(outcome, text) IS
	'the outcome''s labels in a language: en or fr';

CREATE FUNCTION status(outcome) RETURNS outcome
	AS 'MODULE_PATHNAME', 'kpi_outcome_status' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION status(outcome) IS
	'where a lead stands, one label of those in its journey: the furthest, and where the lead is closed the furthest that closes it; an appointment that was refused stands at the refusal';

-- Set operators

CREATE FUNCTION kpi_internal.kpi_outcome_union(outcome, outcome) RETURNS outcome
	AS 'int4or' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_union(outcome, outcome) IS 'implementation of | operator';

CREATE OPERATOR | (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_union,
	COMMUTATOR = |
);
COMMENT ON OPERATOR | (outcome, outcome) IS 'union: all that either reached';

CREATE FUNCTION kpi_internal.kpi_outcome_contains(outcome, outcome) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_contains(outcome, outcome) IS 'implementation of @> operator';

CREATE FUNCTION kpi_internal.kpi_outcome_contained(outcome, outcome) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_contained(outcome, outcome) IS 'implementation of <@ operator';

CREATE FUNCTION kpi_internal.kpi_outcome_overlaps(outcome, outcome) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_overlaps(outcome, outcome) IS 'implementation of && operator';

CREATE OPERATOR @> (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_contains,
	COMMUTATOR = <@, RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR @> (outcome, outcome) IS 'contains: reached all that the other did';

CREATE OPERATOR <@ (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_contained,
	COMMUTATOR = @>, RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR <@ (outcome, outcome) IS 'is contained in: the other reached all that it did';

CREATE OPERATOR && (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_overlaps,
	COMMUTATOR = &&, RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR && (outcome, outcome) IS 'overlaps: has a milestone or an attribute in common';

-- Order: an outcome is an int4 with the sign bit clear, so that the server's own
-- functions compare and hash it

CREATE FUNCTION kpi_internal.kpi_outcome_lt(outcome, outcome) RETURNS boolean
	AS 'int4lt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_lt(outcome, outcome) IS 'implementation of < operator';

CREATE FUNCTION kpi_internal.kpi_outcome_le(outcome, outcome) RETURNS boolean
	AS 'int4le' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_le(outcome, outcome) IS 'implementation of <= operator';

CREATE FUNCTION kpi_internal.kpi_outcome_eq(outcome, outcome) RETURNS boolean
	AS 'int4eq' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_eq(outcome, outcome) IS 'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_outcome_ne(outcome, outcome) RETURNS boolean
	AS 'int4ne' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_ne(outcome, outcome) IS 'implementation of <> operator';

CREATE FUNCTION kpi_internal.kpi_outcome_ge(outcome, outcome) RETURNS boolean
	AS 'int4ge' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_ge(outcome, outcome) IS 'implementation of >= operator';

CREATE FUNCTION kpi_internal.kpi_outcome_gt(outcome, outcome) RETURNS boolean
	AS 'int4gt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_gt(outcome, outcome) IS 'implementation of > operator';

CREATE OPERATOR < (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (outcome, outcome) IS 'less than: not as far';

CREATE OPERATOR <= (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (outcome, outcome) IS 'less than or equal';

CREATE OPERATOR = (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (outcome, outcome) IS 'equal';

CREATE OPERATOR <> (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (outcome, outcome) IS 'not equal';

CREATE OPERATOR >= (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (outcome, outcome) IS 'greater than or equal';

CREATE OPERATOR > (
	LEFTARG = outcome, RIGHTARG = outcome, FUNCTION = kpi_internal.kpi_outcome_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (outcome, outcome) IS 'greater than: further';

CREATE FUNCTION kpi_internal.kpi_outcome_cmp(outcome, outcome) RETURNS integer
	AS 'btint4cmp' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_cmp(outcome, outcome) IS 'internal: less-equal-greater, for btree';

CREATE FUNCTION kpi_internal.kpi_outcome_sortsupport(internal) RETURNS void
	AS 'btint4sortsupport' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_sortsupport(internal) IS 'internal: sort support';

CREATE FUNCTION kpi_internal.kpi_outcome_hash(outcome) RETURNS integer
	AS 'hashint4' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_hash(outcome) IS 'internal: hash';

CREATE FUNCTION kpi_internal.kpi_outcome_hash_extended(outcome, bigint) RETURNS bigint
	AS 'hashint4extended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_hash_extended(outcome, bigint) IS 'internal: hash with a seed';

CREATE OPERATOR CLASS outcome_ops DEFAULT FOR TYPE outcome USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 kpi_internal.kpi_outcome_cmp(outcome, outcome),
	FUNCTION 2 kpi_internal.kpi_outcome_sortsupport(internal),
	FUNCTION 4 (outcome, outcome) btequalimage(oid);
COMMENT ON OPERATOR CLASS outcome_ops USING btree IS 'outcomes by their furthest milestone';
COMMENT ON OPERATOR FAMILY outcome_ops USING btree IS 'outcomes by their furthest milestone';

CREATE OPERATOR CLASS outcome_ops DEFAULT FOR TYPE outcome USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 kpi_internal.kpi_outcome_hash(outcome),
	FUNCTION 2 kpi_internal.kpi_outcome_hash_extended(outcome, bigint);
COMMENT ON OPERATOR CLASS outcome_ops USING hash IS 'outcomes by equality';
COMMENT ON OPERATOR FAMILY outcome_ops USING hash IS 'outcomes by equality';

-- Aggregates that give an outcome

CREATE FUNCTION kpi_internal.kpi_outcome_larger(outcome, outcome) RETURNS outcome
	AS 'int4larger' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_larger(outcome, outcome) IS 'internal: the further of two, for max';

CREATE FUNCTION kpi_internal.kpi_outcome_smaller(outcome, outcome) RETURNS outcome
	AS 'int4smaller' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE SUPPORT kpi_internal.kpi_planned;
COMMENT ON FUNCTION kpi_internal.kpi_outcome_smaller(outcome, outcome) IS 'internal: the less far of two, for min';

CREATE AGGREGATE max(outcome) (
	SFUNC = kpi_internal.kpi_outcome_larger, STYPE = outcome, COMBINEFUNC = kpi_internal.kpi_outcome_larger,
	SORTOP = >, PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(outcome) IS 'the furthest outcome; NULLs are skipped, NULL without rows';

CREATE AGGREGATE min(outcome) (
	SFUNC = kpi_internal.kpi_outcome_smaller, STYPE = outcome, COMBINEFUNC = kpi_internal.kpi_outcome_smaller,
	SORTOP = <, PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(outcome) IS 'the least far outcome; NULLs are skipped, NULL without rows';

CREATE AGGREGATE furthest(outcome) (
	SFUNC = kpi_internal.kpi_outcome_larger, STYPE = outcome, COMBINEFUNC = kpi_internal.kpi_outcome_larger,
	SORTOP = >, PARALLEL = SAFE
);
COMMENT ON AGGREGATE furthest(outcome) IS
	'the furthest single outcome of the rows; NULLs are skipped, NULL without rows';

CREATE AGGREGATE journey(outcome) (
	SFUNC = kpi_internal.kpi_outcome_union, STYPE = outcome, COMBINEFUNC = kpi_internal.kpi_outcome_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey(outcome) IS
	'all that the rows reached together, the union of a lead''s calls; NULLs are skipped, NULL without rows';
