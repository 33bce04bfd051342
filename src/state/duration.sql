-- kpi_internal.kpi_durations: sums of durations and counts, the state of the KPIs over time

CREATE TYPE kpi_internal.kpi_durations;

CREATE FUNCTION kpi_internal.kpi_durations_in(cstring) RETURNS kpi_internal.kpi_durations
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_durations_in(cstring) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_durations_out(kpi_internal.kpi_durations) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_durations_out(kpi_internal.kpi_durations) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_durations_recv(internal) RETURNS kpi_internal.kpi_durations
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_durations_recv(internal) IS 'I/O';

CREATE FUNCTION kpi_internal.kpi_durations_send(kpi_internal.kpi_durations) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_durations_send(kpi_internal.kpi_durations) IS 'I/O';

CREATE TYPE kpi_internal.kpi_durations (
	INPUT = kpi_internal.kpi_durations_in,
	OUTPUT = kpi_internal.kpi_durations_out,
	RECEIVE = kpi_internal.kpi_durations_recv,
	SEND = kpi_internal.kpi_durations_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kpi_internal.kpi_durations IS
	'internal: sums of durations in microseconds, written as {sum/rows/positive,...}';

CREATE FUNCTION kpi_internal.kpi_durations_combine(kpi_internal.kpi_durations, kpi_internal.kpi_durations) RETURNS kpi_internal.kpi_durations
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION kpi_internal.kpi_durations_combine(kpi_internal.kpi_durations, kpi_internal.kpi_durations) IS 'internal: aggregate combine';

CREATE FUNCTION call_slot(call timestamptz, zone text, width interval DEFAULT '1 hour') RETURNS time
	AS 'MODULE_PATHNAME', 'kpi_call_slot' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION call_slot(timestamptz, text, interval) IS
	'Call slot (Créneau d''appel): the local time of day at which the slot of a call starts; the width divides a day; a zone has a name, such as Europe/Paris, an unknown one is an error; an offset in text is read as POSIX reads it, above 0 to the west, one that is an interval as above 0 to the east';

CREATE FUNCTION call_slot(call timestamptz, zone interval, width interval DEFAULT '1 hour') RETURNS time
	AS 'MODULE_PATHNAME', 'kpi_call_slot_offset' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION call_slot(timestamptz, interval, interval) IS
	'Call slot (Créneau d''appel): the same where a zone is as far from UTC all year, above 0 to the east: interval ''+02:00'' is two hours ahead; the width divides a day';
