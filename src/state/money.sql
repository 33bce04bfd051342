-- kpi_internal.kpi_money: exact sums of amounts, the state of the KPIs over money

CREATE TYPE kpi_internal.kpi_money;

CREATE FUNCTION kpi_internal.kpi_money_in(cstring) RETURNS kpi_internal.kpi_money
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_money_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_money_out(kpi_internal.kpi_money) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_money_out(kpi_internal.kpi_money) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_money_recv(internal) RETURNS kpi_internal.kpi_money
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_money_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_money_send(kpi_internal.kpi_money) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_money_send(kpi_internal.kpi_money) IS 'I/O';

CREATE TYPE kpi_internal.kpi_money (
	INPUT = kpi_internal.kpi_money_in,
	OUTPUT = kpi_internal.kpi_money_out,
	RECEIVE = kpi_internal.kpi_money_recv,
	SEND = kpi_internal.kpi_money_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kpi_internal.kpi_money IS
	'internal: sums of amounts, written as {column:rows:sum,...}';

CREATE FUNCTION kpi_internal.kpi_money_combine(kpi_internal.kpi_money, kpi_internal.kpi_money) RETURNS kpi_internal.kpi_money
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_money_combine(kpi_internal.kpi_money, kpi_internal.kpi_money) IS 'internal: aggregate combine';
