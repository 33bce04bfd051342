-- line_type: what kind of phone line a number belongs to

CREATE TYPE line_type;

CREATE FUNCTION kpi_internal.kpi_line_type_in(cstring) RETURNS line_type
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_line_type_out(line_type) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_out(line_type) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_line_type_recv(internal) RETURNS line_type
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_line_type_send(line_type) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_send(line_type) IS 'I/O';

CREATE TYPE line_type (
	INPUT = kpi_internal.kpi_line_type_in,
	OUTPUT = kpi_internal.kpi_line_type_out,
	RECEIVE = kpi_internal.kpi_line_type_recv,
	SEND = kpi_internal.kpi_line_type_send,
	INTERNALLENGTH = 1,
	PASSEDBYVALUE,
	ALIGNMENT = char
);
COMMENT ON TYPE line_type IS
	'what kind of phone line a number belongs to: mobile, fixed, fixed_or_mobile, voip, special, unknown or invalid';

CREATE FUNCTION label(line_type, language text) RETURNS text
	AS 'MODULE_PATHNAME', 'kpi_line_type_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION label(line_type, text) IS
	'the line type''s label in a language: en or fr';

-- Order: a line type is a "char", which the server compares and hashes; sorts
-- compare Datums, in which it is as small a number

CREATE FUNCTION kpi_internal.kpi_line_type_lt(line_type, line_type) RETURNS boolean
	AS 'charlt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_lt(line_type, line_type) IS 'implementation of < operator';

CREATE FUNCTION kpi_internal.kpi_line_type_le(line_type, line_type) RETURNS boolean
	AS 'charle' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_le(line_type, line_type) IS 'implementation of <= operator';

CREATE FUNCTION kpi_internal.kpi_line_type_eq(line_type, line_type) RETURNS boolean
	AS 'chareq' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_eq(line_type, line_type) IS 'implementation of = operator';

CREATE FUNCTION kpi_internal.kpi_line_type_ne(line_type, line_type) RETURNS boolean
	AS 'charne' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_ne(line_type, line_type) IS 'implementation of <> operator';

CREATE FUNCTION kpi_internal.kpi_line_type_ge(line_type, line_type) RETURNS boolean
	AS 'charge' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_ge(line_type, line_type) IS 'implementation of >= operator';

CREATE FUNCTION kpi_internal.kpi_line_type_gt(line_type, line_type) RETURNS boolean
	AS 'chargt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_gt(line_type, line_type) IS 'implementation of > operator';

CREATE OPERATOR < (
	LEFTARG = line_type, RIGHTARG = line_type, FUNCTION = kpi_internal.kpi_line_type_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (line_type, line_type) IS 'less than: earlier in the list';

CREATE OPERATOR <= (
	LEFTARG = line_type, RIGHTARG = line_type, FUNCTION = kpi_internal.kpi_line_type_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (line_type, line_type) IS 'less than or equal';

CREATE OPERATOR = (
	LEFTARG = line_type, RIGHTARG = line_type, FUNCTION = kpi_internal.kpi_line_type_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (line_type, line_type) IS 'equal';

CREATE OPERATOR <> (
	LEFTARG = line_type, RIGHTARG = line_type, FUNCTION = kpi_internal.kpi_line_type_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (line_type, line_type) IS 'not equal';

CREATE OPERATOR >= (
	LEFTARG = line_type, RIGHTARG = line_type, FUNCTION = kpi_internal.kpi_line_type_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (line_type, line_type) IS 'greater than or equal';

CREATE OPERATOR > (
	LEFTARG = line_type, RIGHTARG = line_type, FUNCTION = kpi_internal.kpi_line_type_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (line_type, line_type) IS 'greater than: later in the list';

CREATE FUNCTION kpi_internal.kpi_line_type_cmp(line_type, line_type) RETURNS integer
	AS 'btcharcmp' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_cmp(line_type, line_type) IS 'internal: less-equal-greater, for btree';

CREATE FUNCTION kpi_internal.kpi_line_type_sortsupport(internal) RETURNS void
	AS 'btint4sortsupport' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_sortsupport(internal) IS 'internal: sort support';

CREATE FUNCTION kpi_internal.kpi_line_type_hash(line_type) RETURNS integer
	AS 'hashchar' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_hash(line_type) IS 'internal: hash';

CREATE FUNCTION kpi_internal.kpi_line_type_hash_extended(line_type, bigint) RETURNS bigint
	AS 'hashcharextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_line_type_hash_extended(line_type, bigint) IS 'internal: hash with a seed';

CREATE OPERATOR CLASS line_type_ops DEFAULT FOR TYPE line_type USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 kpi_internal.kpi_line_type_cmp(line_type, line_type),
	FUNCTION 2 kpi_internal.kpi_line_type_sortsupport(internal),
	FUNCTION 4 (line_type, line_type) btequalimage(oid);
COMMENT ON OPERATOR CLASS line_type_ops USING btree IS 'line types in the order of their list';
COMMENT ON OPERATOR FAMILY line_type_ops USING btree IS 'line types in the order of their list';

CREATE OPERATOR CLASS line_type_ops DEFAULT FOR TYPE line_type USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 kpi_internal.kpi_line_type_hash(line_type),
	FUNCTION 2 kpi_internal.kpi_line_type_hash_extended(line_type, bigint);
COMMENT ON OPERATOR CLASS line_type_ops USING hash IS 'line types by equality';
COMMENT ON OPERATOR FAMILY line_type_ops USING hash IS 'line types by equality';

