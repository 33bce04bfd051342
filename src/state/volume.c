/*-------------------------------------------------------------------------
 *
 * volume.c
 *		The transitions of the KPIs that set a count or an amount against
 *		durations, such as calls per hour.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "state/duration.h"
#include "state/volume.h"

static const MoneyEntry *
duration_entry(const Money *money, int i)
{
	for (int e = 0; e < money->count; e++)
	{
		if (money->entries[e].column == VOLUME_SUM(i))
			return &money->entries[e];
	}
	return NULL;
}

bool
volume_duration(const Money *money, int i, int64 *sum, int64 *rows)
{
	const MoneyEntry *entry = duration_entry(money, i);

	if (entry == NULL || entry->rows == 0)
		return false;
	if (entry->kind != MONEY_DECIMAL || entry->decimals != VOLUME_DECIMALS || entry->carry != 0 ||
		entry->sum < 0 || entry->sum > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of durations out of range, of argument %d", i + 1)));
	*sum = (int64) entry->sum;
	*rows = entry->rows;
	return true;
}

/* A double that is a whole number is added as one, exactly. */
static inline Money *
add_float8(Money *money, double value, int sign)
{
	if (likely(value == rint(value) && fabs(value) <= (double) (INT64CONST(1) << 53)))
		return money_add_sum(money, 0, 0, 1, (int64) value, sign);
	return money_add(money, 0, float8_amount(value), sign);
}

/* A constant: one positive value, whatever the row. */
static void
check_constant(const Money *money, int i, int64 value)
{
	int64		sum;
	int64		rows;

	if (value <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a full-time equivalent must be more than zero")));
	if (volume_duration(money, i, &sum, &rows) && sum / rows != value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a full-time equivalent must be the same on every row"),
				 errdetail("It is " INT64_FORMAT " and " INT64_FORMAT " microseconds.", sum / rows, value)));
}

/*
 * One row: a count or an amount, and durations, NULLs left out.  The second
 * duration is a constant.
 */
static pg_attribute_always_inline Datum
volume_row(FunctionCallInfo fcinfo, bool is_float8, int64 (*duration) (Datum), int sign)
{
	int			durations = PG_NARGS() - 2;
	Money	   *money;

	check_aggregate_call(fcinfo, "kpi_volumes_accum");
	money = money_state(fcinfo);
	if (!PG_ARGISNULL(1))
	{
		if (is_float8)
			money = add_float8(money, PG_GETARG_FLOAT8(1), sign);
		else
			money = money_add(money, 0, (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), sign);
	}
	for (int i = 1; i <= durations; i++)
	{
		int64		value;

		if (PG_ARGISNULL(i + 1))
			continue;
		value = duration(PG_GETARG_DATUM(i + 1));
		if (i == 2 && sign > 0)
			check_constant(money, i, value);
		money = money_add_sum(money, VOLUME_SUM(i), VOLUME_DECIMALS, 1, value, sign);
		if (value > 0)
			money = money_add_sum(money, VOLUME_POSITIVE(i), 0, 1, 0, sign);
	}
	PG_RETURN_POINTER(money);
}

/* The transitions for a type of the count and one of durations, and their inverses. */
#define TRANSITIONS(count, type) \
PG_FUNCTION_INFO_V1(kpi_volumes_accum_##count##_##type); \
Datum \
kpi_volumes_accum_##count##_##type(PG_FUNCTION_ARGS) \
{ \
	return volume_row(fcinfo, IS_##count, type##_duration, 1); \
} \
PG_FUNCTION_INFO_V1(kpi_volumes_inverse_##count##_##type); \
Datum \
kpi_volumes_inverse_##count##_##type(PG_FUNCTION_ARGS) \
{ \
	return volume_row(fcinfo, IS_##count, type##_duration, -1); \
}
#define IS_numeric	false
#define IS_float8	true
TRANSITIONS(numeric, interval)
TRANSITIONS(numeric, float8)
TRANSITIONS(numeric, numeric)
TRANSITIONS(float8, interval)
TRANSITIONS(float8, float8)
TRANSITIONS(float8, numeric)
