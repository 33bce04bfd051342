/*-------------------------------------------------------------------------
 *
 * duration.c
 *		Durations, the state type kpi_durations, and the times of calls.
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

/*
 * Reading durations.  A day is 24 hours; the length of a month depends on
 * which.
 */

DurationFault
interval_read(Datum value, int64 *duration)
{
	const Interval *interval = DatumGetIntervalP(value);
	int64		days;

#if PG_VERSION_NUM >= 170000
	if (unlikely(INTERVAL_NOT_FINITE(interval)))
		return DURATION_INFINITE;
#endif
	if (unlikely(interval->month != 0))
		return DURATION_MONTHS;
	if (unlikely(pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
				 pg_add_s64_overflow(days, interval->time, duration)))
		return interval->day < 0 ? DURATION_NEGATIVE : DURATION_LONG;
	return unlikely(*duration < 0) ? DURATION_NEGATIVE : DURATION_FINE;
}

DurationFault
int4_read(Datum value, int64 *duration)
{
	int64		seconds = DatumGetInt32(value);

	*duration = seconds * USECS_PER_SEC;
	return unlikely(seconds < 0) ? DURATION_NEGATIVE : DURATION_FINE;
}

DurationFault
int8_read(Datum value, int64 *duration)
{
	int64		seconds = DatumGetInt64(value);

	if (unlikely(seconds < 0))
		return DURATION_NEGATIVE;
	return unlikely(pg_mul_s64_overflow(seconds, USECS_PER_SEC, duration)) ? DURATION_LONG : DURATION_FINE;
}

DurationFault
float8_read(Datum value, int64 *duration)
{
	double		seconds = DatumGetFloat8(value);
	double		total = rint(seconds * USECS_PER_SEC);

	if (unlikely(isnan(seconds)))
		return DURATION_NAN;
	if (unlikely(isinf(seconds)))
		return DURATION_INFINITE;
	if (unlikely(seconds < 0))
		return DURATION_NEGATIVE;
	if (unlikely(total >= -(double) PG_INT64_MIN))
		return DURATION_LONG;
	*duration = (int64) total;
	return DURATION_FINE;
}

DurationFault
numeric_read(Datum value, int64 *duration)
{
	Numeric		seconds = DatumGetNumeric(value);
	Datum		second = DirectFunctionCall1(int8_numeric, Int64GetDatum(USECS_PER_SEC));
	Datum		longest = DirectFunctionCall1(int8_numeric,
											  Int64GetDatum(PG_INT64_MAX / USECS_PER_SEC));
	Datum		zero = DirectFunctionCall1(int8_numeric, Int64GetDatum(0));

	if (unlikely(numeric_is_nan(seconds)))
		return DURATION_NAN;
	if (unlikely(!numeric_is_finite(seconds)))
		return DURATION_INFINITE;
	if (unlikely(DatumGetBool(DirectFunctionCall2(numeric_lt, value, zero))))
		return DURATION_NEGATIVE;
	if (unlikely(DatumGetBool(DirectFunctionCall2(numeric_gt, value, longest))))
		return DURATION_LONG;
	*duration = DatumGetInt64(DirectFunctionCall1(numeric_int8,
												  DirectFunctionCall2(numeric_mul, value, second)));
	return DURATION_FINE;
}

/* Says what is wrong with a value, in its type's own words. */
pg_noreturn pg_noinline static void
refuse_duration(DurationFault fault, PGFunction output, bool interval, Datum value)
{
	static const char *const what[] = {
		[DURATION_NEGATIVE] = "negative duration: \"%s\"",
		[DURATION_INFINITE] = "infinite duration: \"%s\"",
		[DURATION_NAN] = "duration that is not a number: \"%s\"",
		[DURATION_LONG] = "duration that is too long: \"%s\"",
		[DURATION_MONTHS] = "duration in months: \"%s\""
	};

	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg(what[fault], DatumGetCString(DirectFunctionCall1(output, value))),
			 fault == DURATION_MONTHS ?
			 errdetail("How long a month is depends on which.") : 0,
			 fault == DURATION_MONTHS ?
			 errhint("Write it in days or hours, as in interval '151:40'.") :
			 interval ?
			 errhint("Leave such rows out: FILTER (WHERE duration BETWEEN interval '0' AND interval '1 day').") :
			 errhint("Leave such rows out: FILTER (WHERE duration BETWEEN 0 AND 86400).")));
}

#define DURATION_OF(type, output, interval) \
int64 \
type##_duration(Datum value) \
{ \
	int64		duration = 0; \
	DurationFault fault = type##_read(value, &duration); \
\
	if (unlikely(fault != DURATION_FINE)) \
		refuse_duration(fault, output, interval, value); \
	return duration; \
}
DURATION_OF(interval, interval_out, true)
DURATION_OF(int4, int4out, false)
DURATION_OF(int8, int8out, false)
DURATION_OF(float8, float8out, false)
DURATION_OF(numeric, numeric_out, false)

/*
 * Sums
 */

bool
duration_column_valid(const DurationColumn *column)
{
	return column->sum >= 0 && column->rows >= 0 && column->positive >= 0 &&
		column->positive <= column->rows &&
		(column->positive > 0) == (column->sum > 0);
}

pg_noreturn pg_noinline static void
sum_out_of_range(const char *name, int argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 name == NULL ? errmsg("sum of durations out of range, of argument %d", argument) :
			 errmsg("sum of durations out of range, of \"%s\"", name),
			 errdetail("The longest is %d years.", (int) (PG_INT64_MAX / USECS_PER_DAY / 366))));
}

pg_noreturn pg_noinline static void
never_added(const char *name, int argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 name == NULL ? errmsg("cannot subtract durations that were never added, of argument %d", argument) :
			 errmsg("cannot subtract durations that were never added, of \"%s\"", name)));
}

void
duration_column_add(DurationColumn *column, int64 duration, int sign, int argument)
{
	if (unlikely(sign > 0 ?
				 pg_add_s64_overflow(column->sum, duration, &column->sum) :
				 pg_sub_s64_overflow(column->sum, duration, &column->sum)))
		sum_out_of_range(NULL, argument);
	column->rows += sign;
	if (duration > 0)
		column->positive += sign;
	if (sign < 0 && unlikely(!duration_column_valid(column)))
		never_added(NULL, argument);
}

void
duration_column_merge(DurationColumn *column, const DurationColumn *other, int sign,
					  const char *name, int argument)
{
	if (sign > 0 ?
		pg_add_s64_overflow(column->sum, other->sum, &column->sum) ||
		pg_add_s64_overflow(column->rows, other->rows, &column->rows) ||
		pg_add_s64_overflow(column->positive, other->positive, &column->positive) :
		pg_sub_s64_overflow(column->sum, other->sum, &column->sum) ||
		pg_sub_s64_overflow(column->rows, other->rows, &column->rows) ||
		pg_sub_s64_overflow(column->positive, other->positive, &column->positive))
		sum_out_of_range(name, argument);
	if (!duration_column_valid(column))
		never_added(name, argument);
}

/*
 * kpi_durations: the columns' sums in microseconds, each with its numbers of
 * rows.  The text form is {sum/rows/positive,...}, the binary form a version,
 * the number of columns, and the three numbers of each.
 */

Durations *
durations_new(int count)
{
	Durations  *durations = palloc0(DURATIONS_SIZE(count));

	SET_VARSIZE(durations, DURATIONS_SIZE(count));
	durations->version = DURATIONS_VERSION;
	durations->count = count;
	return durations;
}

/* The state is in the shape that every row needs; the sums are checked apart. */
static inline bool
durations_shaped(const Durations *durations)
{
	return durations->version == DURATIONS_VERSION && durations->count <= DURATIONS_MAX_COLUMNS &&
		VARSIZE(durations) == DURATIONS_SIZE(durations->count);
}

pg_noreturn pg_noinline static void
damaged(const Durations *durations)
{
	if (VARSIZE(durations) >= DURATIONS_SIZE(0) && durations->version > DURATIONS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("%s is of version %d", "kpi_durations", durations->version),
				 errdetail("This kpi knows version %d.", DURATIONS_VERSION)));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("damaged %s", "kpi_durations")));
}

Durations *
durations_argument(FunctionCallInfo fcinfo, int n)
{
	Durations  *durations = (Durations *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n));

	if (VARSIZE(durations) < DURATIONS_SIZE(0) || !durations_shaped(durations))
		damaged(durations);
	for (int i = 0; i < durations->count; i++)
	{
		if (!duration_column_valid(&durations->columns[i]))
			damaged(durations);
	}
	return durations;
}

/* kpi_durations_in(cstring): see above; 22P02 otherwise. */
PG_FUNCTION_INFO_V1(kpi_durations_in);
Datum
kpi_durations_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Durations  *durations = durations_new(DURATIONS_MAX_COLUMNS);
	const char *position = text;
	int			count = 0;
	bool		valid = *position++ == '{';

	errno = 0;
	while (valid && !(count == 0 && *position == '}'))
	{
		DurationColumn *column = &durations->columns[count];
		int64	   *numbers[] = {&column->sum, &column->rows, &column->positive};

		valid = count < DURATIONS_MAX_COLUMNS;
		for (int i = 0; i < 3 && valid; i++)
		{
			char	   *end;

			*numbers[i] = strtoll(position, &end, 10);
			valid = end != position && *end == (i < 2 ? '/' : end[0] == ',' ? ',' : '}');
			position = end + 1;
		}
		valid = valid && duration_column_valid(column);
		count++;
		if (position[-1] == '}')
		{
			position--;
			break;
		}
	}
	if (!valid || position[0] != '}' || position[1] != '\0' || errno != 0)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"kpi_durations", text),
				 errdetail("It is written as {sum/rows/positive,...}, with at most %d columns.", DURATIONS_MAX_COLUMNS)));
	durations->count = count;
	SET_VARSIZE(durations, DURATIONS_SIZE(count));
	PG_RETURN_POINTER(durations);
}

PG_FUNCTION_INFO_V1(kpi_durations_out);
Datum
kpi_durations_out(PG_FUNCTION_ARGS)
{
	Durations  *durations = PG_GETARG_DURATIONS_P(0);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; i < durations->count; i++)
		appendStringInfo(&buf, "%s" INT64_FORMAT "/" INT64_FORMAT "/" INT64_FORMAT, i > 0 ? "," : "",
						 durations->columns[i].sum, durations->columns[i].rows, durations->columns[i].positive);
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* kpi_durations_recv(internal): takes nothing on trust; 22P03. */
PG_FUNCTION_INFO_V1(kpi_durations_recv);
Datum
kpi_durations_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			count = pq_getmsgbyte(buf);
	bool		valid = version == DURATIONS_VERSION && count <= DURATIONS_MAX_COLUMNS;
	Durations  *durations = durations_new(valid ? count : 0);

	for (int i = 0; i < count && valid; i++)
	{
		durations->columns[i].sum = pq_getmsgint64(buf);
		durations->columns[i].rows = pq_getmsgint64(buf);
		durations->columns[i].positive = pq_getmsgint64(buf);
		valid = duration_column_valid(&durations->columns[i]);
	}
	if (!valid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", "kpi_durations"),
				 errdetail("It is of version %d, with %d columns.", version, count)));
	PG_RETURN_POINTER(durations);
}

PG_FUNCTION_INFO_V1(kpi_durations_send);
Datum
kpi_durations_send(PG_FUNCTION_ARGS)
{
	Durations  *durations = PG_GETARG_DURATIONS_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, durations->version);
	pq_sendbyte(&buf, durations->count);
	for (int i = 0; i < durations->count; i++)
	{
		pq_sendint64(&buf, durations->columns[i].sum);
		pq_sendint64(&buf, durations->columns[i].rows);
		pq_sendint64(&buf, durations->columns[i].positive);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * The state to write into: the aggregate's own, with so many columns at least.
 * It is anything of its type where somebody made an aggregate of our functions.
 */
static Durations *
durations_made_fit(FunctionCallInfo fcinfo, int count)
{
	Durations  *old;
	Durations  *durations;

	if (PG_ARGISNULL(0))
		return durations_new(count);
	old = PG_GETARG_DURATIONS_P(0);
	durations = durations_new(Max(count, old->count));
	memcpy(durations->columns, old->columns, old->count * sizeof(DurationColumn));
	return durations;
}

static inline Durations *
durations_state(FunctionCallInfo fcinfo, int count)
{
	if (likely(!PG_ARGISNULL(0)))
	{
		Durations  *durations = (Durations *) PG_GETARG_POINTER(0);

		if (likely(VARATT_IS_4B_U(durations) && VARSIZE(durations) == DURATIONS_SIZE(count) &&
				   durations_shaped(durations)))
			return durations;
	}
	return durations_made_fit(fcinfo, count);
}

/* One row of durations, NULLs left out; or takes it back. */
static pg_attribute_always_inline Datum
durations_row(FunctionCallInfo fcinfo, int64 (*duration) (Datum), int sign)
{
	int			count = PG_NARGS() - 1;
	Durations  *durations;

	check_aggregate_call(fcinfo, "kpi_durations_accum");
	if (unlikely(count < 1 || count > DURATIONS_MAX_COLUMNS))
		elog(ERROR, "%d columns of durations", count);
	durations = durations_state(fcinfo, count);
	for (int i = 0; i < count; i++)
	{
		if (PG_ARGISNULL(i + 1))
			continue;
		duration_column_add(&durations->columns[i], duration(PG_GETARG_DATUM(i + 1)), sign, i + 1);
	}
	PG_RETURN_POINTER(durations);
}

/* The transitions of each SQL type, of any number of columns, and their inverses. */
#define TRANSITIONS(type) \
PG_FUNCTION_INFO_V1(kpi_durations_accum_##type); \
Datum \
kpi_durations_accum_##type(PG_FUNCTION_ARGS) \
{ \
	return durations_row(fcinfo, type##_duration, 1); \
} \
PG_FUNCTION_INFO_V1(kpi_durations_inverse_##type); \
Datum \
kpi_durations_inverse_##type(PG_FUNCTION_ARGS) \
{ \
	return durations_row(fcinfo, type##_duration, -1); \
}
TRANSITIONS(interval)
TRANSITIONS(int4)
TRANSITIONS(int8)
TRANSITIONS(float8)
TRANSITIONS(numeric)

/* kpi_durations_combine(kpi_durations, kpi_durations) */
PG_FUNCTION_INFO_V1(kpi_durations_combine);
Datum
kpi_durations_combine(PG_FUNCTION_ARGS)
{
	Durations  *durations;
	Durations  *other;

	check_aggregate_call(fcinfo, __func__);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	other = PG_GETARG_DURATIONS_P(1);
	durations = durations_state(fcinfo, other->count);
	for (int i = 0; i < other->count; i++)
		duration_column_merge(&durations->columns[i], &other->columns[i], 1, NULL, i + 1);
	PG_RETURN_POINTER(durations);
}

/*
 * The start of the slot in which a local time is.  22023 for a width that does
 * not divide a day; false for an infinite time.
 */
static bool
slot_start(Timestamp local, Datum width_argument, TimeADT *start)
{
	const Interval *interval = DatumGetIntervalP(width_argument);
	int64		width = 0;
	int64		time;

	if (interval->month == 0 && interval->day >= 0 && interval->day <= 1 &&
		interval->time >= 0 && interval->time <= USECS_PER_DAY)
		width = interval->day * USECS_PER_DAY + interval->time;
	if (width <= 0 || USECS_PER_DAY % width != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of a call slot does not divide a day: \"%s\"",
						DatumGetCString(DirectFunctionCall1(interval_out, width_argument))),
				 errhint("Widths that do are, for example, 15 minutes, 1 hour and 6 hours.")));
	if (TIMESTAMP_NOT_FINITE(local))
		return false;
	time = local % USECS_PER_DAY;
	if (time < 0)
		time += USECS_PER_DAY;
	*start = time - time % width;
	return true;
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
	TimeADT		start;

	if (!slot_start(DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, PG_GETARG_DATUM(1), PG_GETARG_DATUM(0))),
					PG_GETARG_DATUM(2), &start))
		PG_RETURN_NULL();
	PG_RETURN_TIMEADT(start);
}

/*
 * call_slot(timestamptz, zone interval, width interval): the same of a zone
 * that is so far to the east of UTC.  22023 for months or days in it.
 */
PG_FUNCTION_INFO_V1(kpi_call_slot_offset);
Datum
kpi_call_slot_offset(PG_FUNCTION_ARGS)
{
	TimeADT		start;

	if (!slot_start(DatumGetTimestamp(DirectFunctionCall2(timestamptz_izone, PG_GETARG_DATUM(1), PG_GETARG_DATUM(0))),
					PG_GETARG_DATUM(2), &start))
		PG_RETURN_NULL();
	PG_RETURN_TIMEADT(start);
}
