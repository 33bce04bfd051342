/*-------------------------------------------------------------------------
 *
 * duration.c
 *		The state type kpi_durations, and the times of calls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "state/duration.h"

#define PG_GETARG_DURATIONS_P(n) ((Durations *) PG_GETARG_POINTER(n))

/* A value that cannot be a duration, said with its type's own words. */
#define refuse_duration(what, type, value) \
	ereport(ERROR, \
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), \
			 errmsg("%s duration: \"%s\"", what, \
					DatumGetCString(DirectFunctionCall1(type##out, value)))))

/* A day is 24 hours; the length of a month depends on which. */
int64
interval_duration(Datum value)
{
	const Interval *interval = DatumGetIntervalP(value);
	int64		days = (int64) interval->day * USECS_PER_DAY;
	int64		total;

#if PG_VERSION_NUM >= 170000
	if (unlikely(INTERVAL_NOT_FINITE(interval)))
		refuse_duration("infinite", interval_, value);
#endif
	if (unlikely(interval->month != 0))
		refuse_duration("months in a", interval_, value);
	if (unlikely(pg_add_s64_overflow(days, interval->time, &total)))
		refuse_duration("too long a", interval_, value);
	if (unlikely(total < 0))
		refuse_duration("negative", interval_, value);
	return total;
}

int64
int4_duration(Datum value)
{
	int64		seconds = DatumGetInt32(value);

	if (unlikely(seconds < 0))
		refuse_duration("negative", int4, value);
	return seconds * USECS_PER_SEC;
}

int64
int8_duration(Datum value)
{
	int64		seconds = DatumGetInt64(value);
	int64		total;

	if (unlikely(seconds < 0))
		refuse_duration("negative", int8, value);
	if (unlikely(pg_mul_s64_overflow(seconds, USECS_PER_SEC, &total)))
		refuse_duration("too long a", int8, value);
	return total;
}

int64
float8_duration(Datum value)
{
	double		seconds = DatumGetFloat8(value);
	double		total = rint(seconds * USECS_PER_SEC);

	if (unlikely(isnan(seconds)))
		refuse_duration("not a number as a", float8, value);
	if (unlikely(isinf(seconds)))
		refuse_duration("infinite", float8, value);
	if (unlikely(seconds < 0))
		refuse_duration("negative", float8, value);
	if (unlikely(total >= -(double) PG_INT64_MIN))
		refuse_duration("too long a", float8, value);
	return (int64) total;
}

int64
numeric_duration(Datum value)
{
	Numeric		seconds = DatumGetNumeric(value);
	Datum		second = DirectFunctionCall1(int8_numeric, Int64GetDatum(USECS_PER_SEC));
	Datum		longest = DirectFunctionCall1(int8_numeric,
											  Int64GetDatum(PG_INT64_MAX / USECS_PER_SEC));
	Datum		zero = DirectFunctionCall1(int8_numeric, Int64GetDatum(0));

	if (unlikely(numeric_is_nan(seconds)))
		refuse_duration("not a number as a", numeric_, value);
	if (unlikely(!numeric_is_finite(seconds)))
		refuse_duration("infinite", numeric_, value);
	if (unlikely(DatumGetBool(DirectFunctionCall2(numeric_lt, value, zero))))
		refuse_duration("negative", numeric_, value);
	if (unlikely(DatumGetBool(DirectFunctionCall2(numeric_gt, value, longest))))
		refuse_duration("too long a", numeric_, value);
	return DatumGetInt64(DirectFunctionCall1(numeric_int8,
											 DirectFunctionCall2(numeric_mul, value, second)));
}

/* kpi_durations: the sums, each with its number of rows, and the days. */

bool
durations_valid(const Durations *durations)
{
	for (int i = 0; i < DURATION_COLUMNS; i++)
	{
		if (durations->rows[i] < 0 ||
			(durations->rows[i] == 0 && durations->sum[i] != 0))
			return false;
	}
	return durations->days >= 0;
}

/* kpi_durations_in(cstring): sum/rows,sum/rows,sum/rows,days; 22P02 otherwise. */
PG_FUNCTION_INFO_V1(kpi_durations_in);
Datum
kpi_durations_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Durations  *durations = palloc0(sizeof(Durations));
	const char *position = text;
	bool		valid = true;

	errno = 0;
	for (int i = 0; i <= 2 * DURATION_COLUMNS && valid; i++)
	{
		int64	   *number = i == 2 * DURATION_COLUMNS ? &durations->days :
			i % 2 == 0 ? &durations->sum[i / 2] : &durations->rows[i / 2];
		char		separator = i == 2 * DURATION_COLUMNS ? '\0' : i % 2 == 0 ? '/' : ',';
		char	   *end;

		*number = strtoll(position, &end, 10);
		valid = end != position && *end == separator;
		position = end + 1;
	}
	if (!valid || errno != 0 || !durations_valid(durations))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"kpi_durations", text),
				 errdetail("It is written as sum/rows,sum/rows,sum/rows,days.")));
	PG_RETURN_POINTER(durations);
}

PG_FUNCTION_INFO_V1(kpi_durations_out);
Datum
kpi_durations_out(PG_FUNCTION_ARGS)
{
	Durations  *durations = PG_GETARG_DURATIONS_P(0);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < DURATION_COLUMNS; i++)
		appendStringInfo(&buf, INT64_FORMAT "/" INT64_FORMAT ",",
						 durations->sum[i], durations->rows[i]);
	appendStringInfo(&buf, INT64_FORMAT, durations->days);
	PG_RETURN_CSTRING(buf.data);
}

PG_FUNCTION_INFO_V1(kpi_durations_recv);
Datum
kpi_durations_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Durations  *durations = palloc0(sizeof(Durations));

	for (int i = 0; i < DURATION_COLUMNS; i++)
	{
		durations->sum[i] = pq_getmsgint64(buf);
		durations->rows[i] = pq_getmsgint64(buf);
	}
	durations->days = pq_getmsgint64(buf);
	if (!durations_valid(durations))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", "kpi_durations")));
	PG_RETURN_POINTER(durations);
}

PG_FUNCTION_INFO_V1(kpi_durations_send);
Datum
kpi_durations_send(PG_FUNCTION_ARGS)
{
	Durations  *durations = PG_GETARG_DURATIONS_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	for (int i = 0; i < DURATION_COLUMNS; i++)
	{
		pq_sendint64(&buf, durations->sum[i]);
		pq_sendint64(&buf, durations->rows[i]);
	}
	pq_sendint64(&buf, durations->days);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Adds what so many rows make, or takes it back. */
static inline void
durations_add(Durations *durations, int column, int64 value, int64 rows, int sign)
{
	if (unlikely(sign > 0 ?
				 pg_add_s64_overflow(durations->sum[column], value, &durations->sum[column]) :
				 pg_sub_s64_overflow(durations->sum[column], value, &durations->sum[column])))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum out of range"),
				 errdetail("The value is " INT64_FORMAT ", in microseconds where it is a duration.",
						   value)));
	durations->rows[column] += sign * rows;
}

/* A full-time equivalent's time: one positive value, whatever the row. */
static void
durations_constant(Durations *durations, int column, int64 value, int64 rows, int sign)
{
	if (value <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a full-time equivalent must be more than zero")));
	if (durations->rows[column] != 0 && durations->sum[column] != value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a full-time equivalent must be the same on every row"),
				 errdetail("It is " INT64_FORMAT " and " INT64_FORMAT " microseconds.",
						   durations->sum[column], value)));
	durations->rows[column] += sign * rows;
	durations->sum[column] = durations->rows[column] == 0 ? 0 : value;
}

/*
 * One row: durations alone, the last of which is what was worked; or a count,
 * what was worked, and perhaps a full-time equivalent's time.
 */
static pg_attribute_always_inline Datum
durations_row(FunctionCallInfo fcinfo, int64 (*duration) (Datum), bool counted, int sign)
{
	Durations  *durations = PG_GETARG_DURATIONS_P(0);
	int			columns = PG_NARGS() - 1;
	int			worked = counted ? 1 : columns - 1;

	check_aggregate_call(fcinfo, "kpi_durations_accum");
	for (int i = 0; i < columns; i++)
	{
		int64		value;

		if (PG_ARGISNULL(i + 1))
			continue;
		if (counted && i == 0)
			value = PG_GETARG_INT64(1);
		else
			value = duration(PG_GETARG_DATUM(i + 1));
		if (counted && i == 2)
			durations_constant(durations, i, value, 1, sign);
		else
			durations_add(durations, i, value, 1, sign);
		if (i == worked && value > 0)
			durations->days += sign;
	}
	PG_RETURN_POINTER(durations);
}

/* The transitions of each SQL type, of one to three columns, and their inverses. */
#define TRANSITIONS(type) \
PG_FUNCTION_INFO_V1(kpi_durations_accum_##type); \
Datum \
kpi_durations_accum_##type(PG_FUNCTION_ARGS) \
{ \
	return durations_row(fcinfo, type##_duration, false, 1); \
} \
PG_FUNCTION_INFO_V1(kpi_durations_inverse_##type); \
Datum \
kpi_durations_inverse_##type(PG_FUNCTION_ARGS) \
{ \
	return durations_row(fcinfo, type##_duration, false, -1); \
} \
PG_FUNCTION_INFO_V1(kpi_volumes_accum_##type); \
Datum \
kpi_volumes_accum_##type(PG_FUNCTION_ARGS) \
{ \
	return durations_row(fcinfo, type##_duration, true, 1); \
} \
PG_FUNCTION_INFO_V1(kpi_volumes_inverse_##type); \
Datum \
kpi_volumes_inverse_##type(PG_FUNCTION_ARGS) \
{ \
	return durations_row(fcinfo, type##_duration, true, -1); \
}
TRANSITIONS(interval)
TRANSITIONS(int4)
TRANSITIONS(int8)
TRANSITIONS(float8)
TRANSITIONS(numeric)

void
durations_merge(Durations *durations, const Durations *other, int sign)
{
	for (int i = 0; i < DURATION_COLUMNS; i++)
		durations_add(durations, i, other->sum[i], other->rows[i], sign);
	durations->days += sign * other->days;
	if (!durations_valid(durations))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cannot subtract durations that were never added")));
}

/* kpi_durations_combine(kpi_durations, kpi_durations) */
PG_FUNCTION_INFO_V1(kpi_durations_combine);
Datum
kpi_durations_combine(PG_FUNCTION_ARGS)
{
	Durations  *durations = PG_GETARG_DURATIONS_P(0);

	check_aggregate_call(fcinfo, __func__);
	durations_merge(durations, PG_GETARG_DURATIONS_P(1), 1);
	PG_RETURN_POINTER(durations);
}

/* kpi_volumes_combine(kpi_durations, kpi_durations): the third is a constant. */
PG_FUNCTION_INFO_V1(kpi_volumes_combine);
Datum
kpi_volumes_combine(PG_FUNCTION_ARGS)
{
	Durations  *durations = PG_GETARG_DURATIONS_P(0);
	Durations	other = *PG_GETARG_DURATIONS_P(1);

	check_aggregate_call(fcinfo, __func__);
	if (other.rows[2] > 0)
	{
		durations_constant(durations, 2, other.sum[2], other.rows[2], 1);
		other.sum[2] = other.rows[2] = 0;
	}
	durations_merge(durations, &other, 1);
	PG_RETURN_POINTER(durations);
}

/*
 * call_slot(timestamptz, zone text, width interval): the local time of day at
 * which the call's slot starts.  Slots are counted from midnight by the
 * clock on the wall, so those of 23- and 25-hour days have the names of every
 * day's.  22023 for an unknown zone, and for a width that does not divide a
 * day.  NULL for an infinite time.
 */
PG_FUNCTION_INFO_V1(kpi_call_slot);
Datum
kpi_call_slot(PG_FUNCTION_ARGS)
{
	Datum		call = PG_GETARG_DATUM(0);
	Datum		zone = PG_GETARG_DATUM(1);
	const Interval *interval = PG_GETARG_INTERVAL_P(2);
	int64		width = 0;
	Timestamp	local;
	int64		time;

	if (interval->month == 0 && interval->day >= 0 && interval->day <= 1 &&
		interval->time >= 0 && interval->time <= USECS_PER_DAY)
		width = interval->day * USECS_PER_DAY + interval->time;
	if (width <= 0 || USECS_PER_DAY % width != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of a call slot does not divide a day: \"%s\"",
						DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(2)))),
				 errhint("Widths that do are, for example, 15 minutes, 1 hour and 6 hours.")));
	local = DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, zone, call));
	if (TIMESTAMP_NOT_FINITE(local))
		PG_RETURN_NULL();
	time = local % USECS_PER_DAY;
	if (time < 0)
		time += USECS_PER_DAY;
	PG_RETURN_TIMEADT(time - time % width);
}
