/*-------------------------------------------------------------------------
 *
 * catalogue.c
 *		The KPIs, and the final functions that read them from a state.
 *
 * catalogue.dat is the table of definitions.  It is read here three times:
 * once for the conditions of the measures, once for the rows of the table,
 * once for the final functions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aggregate.h"
#include "journey.h"
#include "line.h"
#include "outcome.h"
#include "tally.h"

/* What can be counted: does the outcome, or line type, belong to the measure? */
#define HAS(member) ((set & OUTCOME_##member) != 0)
#define LINE(type) (set == LINE_##type)
#define MEASURE(name, condition, words) \
static bool \
name(outcome set pg_attribute_unused()) \
{ \
	return condition; \
}
#define RATE(name, numerator, denominator)
#define LINE_RATE(name, numerator, denominator)
#define COUNT(name, measure)
#include "catalogue.gen.h"
#undef MEASURE
#undef RATE
#undef LINE_RATE
#undef COUNT

typedef bool (*Measure) (outcome set);

/* A fraction of two counts; NULL where the denominator counts nothing. */
static Datum
read_rate(FunctionCallInfo fcinfo, const Tally *tally,
		  Measure numerator, Measure denominator)
{
	int64		rows = tally_count(tally, denominator);

	if (rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) tally_count(tally, numerator) / (double) rows);
}

/* A lead KPI's state; a NULL one has seen no lead. */
static const Tally *
leads_tally(FunctionCallInfo fcinfo, const char *function)
{
	check_aggregate_call(fcinfo, function);
	if (PG_ARGISNULL(0))
		return tally_new();
	return journeys_tally((const Journeys *) PG_GETARG_POINTER(0));
}

/* The final functions: kpi_NAME_final over rows, kpi_lead_NAME_final over leads. */
#define MEASURE(name, condition, words)
#define RATE(name, numerator, denominator) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_rate(fcinfo, PG_GETARG_TALLY_P(0), numerator, denominator); \
} \
PG_FUNCTION_INFO_V1(kpi_lead_##name##_final); \
Datum \
kpi_lead_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_rate(fcinfo, leads_tally(fcinfo, __func__), \
					 numerator, denominator); \
}
#define LINE_RATE(name, numerator, denominator) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_rate(fcinfo, PG_GETARG_TALLY_P(0), numerator, denominator); \
}
#define COUNT(name, measure) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_INT64(tally_count(PG_GETARG_TALLY_P(0), measure)); \
} \
PG_FUNCTION_INFO_V1(kpi_lead_##name##_final); \
Datum \
kpi_lead_##name##_final(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_INT64(tally_count(leads_tally(fcinfo, __func__), measure)); \
}
#include "catalogue.gen.h"
