/*-------------------------------------------------------------------------
 *
 * finals.c
 *		The final functions of the KPIs over rows and over leads.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "catalogue/catalogue.h"
#include "catalogue/measures.h"
#include "state/duration.h"
#include "state/journey.h"
#include "state/volume.h"

/* Where a quantity's column stands among those of the aggregate over rows. */
static int
kpi_column(const Kpi *kpi, Quantity quantity)
{
	const QuantityInfo *wanted = &quantity_table[quantity];

	for (int i = 0; i < KPI_COLUMNS; i++)
	{
		const QuantityInfo *column = &quantity_table[kpi->columns[i]];

		if (kpi->columns[i] == quantity ||
			(kpi->columns[i] != Q_none && column->kind == wanted->kind &&
			 (wanted->kind == QUANTITY_TIME || wanted->kind == QUANTITY_MONEY) &&
			 column->column == wanted->column))
			return i;
	}
	elog(ERROR, "%s has no column for %s", kpi->name, wanted->name);
}

static Figure
durations_figure(const void *source, const Kpi *kpi, Quantity quantity)
{
	const Durations *durations = source;
	int			i = kpi_column(kpi, quantity);

	if (i >= durations->count)
		return unknown_figure();
	return duration_figure(&durations->columns[i], quantity_table[quantity].reading);
}

static Figure
money_figure(const void *source, const Kpi *kpi, Quantity quantity)
{
	int			column = kpi_column(kpi, quantity);

	if (quantity_table[quantity].kind == QUANTITY_MONEY && quantity_table[quantity].reading == READ_ROWS)
		return number_figure(money_rows(source, column));
	return amount_figure(money_sum(source, column));
}

static Figure
volume_figure(const void *source, const Kpi *kpi, Quantity quantity)
{
	int			i = kpi_column(kpi, quantity);
	DurationColumn column = {0, 0, 0};

	if (i == 0)
		return money_figure(source, kpi, quantity);
	(void) volume_duration(source, i, &column.sum, &column.rows);
	column.positive = money_rows(source, VOLUME_POSITIVE(i));
	return duration_figure(&column, quantity_table[quantity].reading);
}

static Datum
read_kpi(FunctionCallInfo fcinfo, KpiNumber number, FigureSource look, const void *source)
{
	return kpi_value(&kpi_table[number], look, source, &fcinfo->isnull);
}

/* A fraction of two counts; NULL where the denominator counts nothing. */
static pg_attribute_always_inline Datum
read_rate(FunctionCallInfo fcinfo, const Tally *tally,
		  Measure numerator, Measure denominator)
{
	int64		counts[2];

	tally_count_both(tally, numerator, denominator, counts);
	if (counts[1] == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) counts[0] / (double) counts[1]);
}

/* A state of no rows is NULL where the aggregate has no initial value. */
static const Tally *
rows_tally(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? tally_new() : PG_GETARG_TALLY_P(0);
}

/* A lead KPI's state; a NULL one has seen no lead. */
static const Tally *
leads_tally(FunctionCallInfo fcinfo, const char *function)
{
	check_aggregate_call(fcinfo, function);
	if (PG_ARGISNULL(0))
		return tally_new();
	return journeys_tally((Journeys *) PG_GETARG_POINTER(0));
}

/* The final functions: kpi_NAME_final over rows, kpi_lead_NAME_final over leads. */
#define RATE(name, numerator, denominator) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_rate(fcinfo, PG_GETARG_TALLY_P(0), is_##numerator, is_##denominator); \
} \
PG_FUNCTION_INFO_V1(kpi_lead_##name##_final); \
Datum \
kpi_lead_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_rate(fcinfo, leads_tally(fcinfo, __func__), \
					 is_##numerator, is_##denominator); \
}
#define LINE_RATE(name, numerator, denominator) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_rate(fcinfo, PG_GETARG_TALLY_P(0), is_##numerator, is_##denominator); \
}
#define COUNT(name, measure) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_INT64(tally_count(rows_tally(fcinfo), is_##measure)); \
} \
PG_FUNCTION_INFO_V1(kpi_lead_##name##_final); \
Datum \
kpi_lead_##name##_final(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_INT64(tally_count(leads_tally(fcinfo, __func__), is_##measure)); \
}
#define LINE_COUNT(name, measure) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_INT64(tally_count(rows_tally(fcinfo), is_##measure)); \
}
#define TIME(name, ...) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_kpi(fcinfo, KPI_##name, durations_figure, PG_GETARG_DURATIONS_P(0)); \
}
#define MONEY(name, ...) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_kpi(fcinfo, KPI_##name, money_figure, PG_GETARG_MONEY_P(0)); \
}
#define VOLUME(name, ...) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_kpi(fcinfo, KPI_##name, volume_figure, PG_GETARG_MONEY_P(0)); \
}
#include "catalogue/catalogue.gen.h"
