/*-------------------------------------------------------------------------
 *
 * delays_aggregate.c
 *		The aggregates whose state is delays.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "type/delays.h"

/* The state in argument 0, to be added to. */
static inline Delays *
delays_state(FunctionCallInfo fcinfo)
{
	const Delays *delays;

	if (PG_ARGISNULL(0))
		return delays_new();
	delays = (const Delays *) PG_GETARG_POINTER(0);
	if (likely(delays_in_work(delays)))
		return unconstify(Delays *, delays);
	/* somebody's aggregate of our functions has another value for its state */
	return delays_merge(delays_new(), delays_read_either(PG_GETARG_DATUM(0)), 1);
}

pg_noreturn pg_noinline static void
refuse_times(Timestamp from, Timestamp to)
{
	bool		infinite = TIMESTAMP_NOT_FINITE(from) || TIMESTAMP_NOT_FINITE(to);

	/* in the form of a timestamp without time zone, since no zone is needed to see it */
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg(infinite ? "infinite duration: from \"%s\" to \"%s\"" :
					"duration that is too long: from \"%s\" to \"%s\"",
					DatumGetCString(DirectFunctionCall1(timestamp_out, TimestampGetDatum(from))),
					DatumGetCString(DirectFunctionCall1(timestamp_out, TimestampGetDatum(to)))),
			 errhint("Leave such rows out: FILTER (WHERE isfinite(created) AND isfinite(first_called)).")));
}

/* One row's delay between two times; or takes it back. */
static inline Datum
delays_row(FunctionCallInfo fcinfo, const char *function, int sign)
{
	Delays	   *delays;
	Timestamp	from;
	Timestamp	to;
	int64		duration;
	int			class;

	check_aggregate_call(fcinfo, function);
	if (unlikely(PG_ARGISNULL(1) || PG_ARGISNULL(2)))
	{
		/* a state without rows takes no memory; but a moving one must not be NULL */
		if (PG_ARGISNULL(0) && !IsA(fcinfo->context, WindowAggState))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(delays_state(fcinfo));
	}
	delays = delays_state(fcinfo);
	from = PG_GETARG_TIMESTAMP(1);
	to = PG_GETARG_TIMESTAMP(2);
	if (unlikely(TIMESTAMP_NOT_FINITE(from) || TIMESTAMP_NOT_FINITE(to) ||
				 pg_sub_s64_overflow(to, from, &duration)))
		refuse_times(from, to);
	class = delays_class(duration);

	/* the common case, a class that a table has already */
	if (likely(delays->bits > 0 && sign > 0))
	{
		uint64	   *entry = &delays->entries[delays_slot(delays, class)];

		if (likely(delays_entry_class(*entry) == class &&
				   delays_entry_count(*entry) < (int64) DELAYS_COUNT_MAX))
		{
			(*entry)++;
			PG_RETURN_POINTER(delays);
		}
	}
	PG_RETURN_POINTER(delays_add(delays, class, sign));
}

/*
 * kpi_delays_accum(delays, timestamptz, timestamptz) and its inverse, of times
 * without time zone too, which are numbers of the same kind.
 */
PG_FUNCTION_INFO_V1(kpi_delays_accum);
Datum
kpi_delays_accum(PG_FUNCTION_ARGS)
{
	return delays_row(fcinfo, __func__, 1);
}

PG_FUNCTION_INFO_V1(kpi_delays_inverse);
Datum
kpi_delays_inverse(PG_FUNCTION_ARGS)
{
	return delays_row(fcinfo, __func__, -1);
}

/*
 * kpi_delays_combine(delays, delays) and its inverse: adds a distribution up,
 * or what another state has added up.
 */
static Datum
merge_state(FunctionCallInfo fcinfo, const char *function, int sign)
{
	Delays	   *delays;
	const Delays *other;

	check_aggregate_call(fcinfo, function);
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1) && !IsA(fcinfo->context, WindowAggState))
		PG_RETURN_NULL();
	delays = delays_state(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(delays);
	other = delays_read_either(PG_GETARG_DATUM(1));
	delays = delays_merge(delays, other, sign);

	/* a state's own parts are among its entries */
	if (other->bits == DELAYS_REST)
		delays = delays_add(delays, DELAYS_PARTS, sign);
	PG_RETURN_POINTER(delays);
}

PG_FUNCTION_INFO_V1(kpi_delays_combine);
Datum
kpi_delays_combine(PG_FUNCTION_ARGS)
{
	return merge_state(fcinfo, __func__, 1);
}

PG_FUNCTION_INFO_V1(kpi_delays_uncombine);
Datum
kpi_delays_uncombine(PG_FUNCTION_ARGS)
{
	return merge_state(fcinfo, __func__, -1);
}

/* kpi_delays_final(delays): what there is; NULL where there is nothing. */
PG_FUNCTION_INFO_V1(kpi_delays_final);
Datum
kpi_delays_final(PG_FUNCTION_ARGS)
{
	const Delays *delays = PG_GETARG_DELAYS_P(0);

	if (DELAYS_ROOM(delays) == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(delays);
}

/* kpi_delays_rollup_final(delays): NULL where no distribution was added up. */
PG_FUNCTION_INFO_V1(kpi_delays_rollup_final);
Datum
kpi_delays_rollup_final(PG_FUNCTION_ARGS)
{
	const Delays *delays = delays_read_either(PG_GETARG_DATUM(0));

	if (delays->bits != DELAYS_REST && delays_parts(delays) == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(delays->bits == DELAYS_REST ? delays : delays_rest(delays));
}

/* kpi_delays_median_final(delays): the median; NULL where there is none. */
PG_FUNCTION_INFO_V1(kpi_delays_median_final);
Datum
kpi_delays_median_final(PG_FUNCTION_ARGS)
{
	return delays_percentile_interval(fcinfo, PG_GETARG_DELAYS_P(0), 0.5);
}
