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

#include "common/int.h"
#include "utils/timestamp.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "catalogue/catalogue.h"
#include "state/duration.h"
#include "state/journey.h"
#include "state/money.h"
#include "type/line.h"
#include "type/outcome.h"

typedef bool (*Measure) (outcome set);

/* What can be counted: does the outcome, or line type, belong to the measure? */
#define HAS(member) ((set & OUTCOME_##member) != 0)
#define LINE(type) (set == LINE_##type)
#define MEASURE(name, condition, words) \
static bool \
name(outcome set pg_attribute_unused()) \
{ \
	return condition; \
}
#include "catalogue/catalogue.gen.h"

static const Measure measures[] = {
	NULL,
#define MEASURE(name, condition, words) name,
#include "catalogue/catalogue.gen.h"
};

const Kpi	kpi_table[KPI_COUNT] = {
#define DEFINITION(name, family, label_en, label_fr, result, unit, numerator, second, sign, denominator, c1, c2, c3, average, best) \
	{#name, family, label_en, label_fr, result, unit, numerator, second, sign, denominator, {c1, c2, c3}, average, best},
#include "catalogue/catalogue.gen.h"
};

const Kpi *
kpi_find(const char *name)
{
	for (int i = 0; i < KPI_COUNT; i++)
	{
		if (strcmp(kpi_table[i].name, name) == 0)
			return &kpi_table[i];
	}
	return NULL;
}

int64
measure_count(Quantity measure, const Tally *tally)
{
	Assert(measure > Q_none && measure < lengthof(measures));
	return tally_count(tally, measures[measure]);
}

Figure
number_figure(int64 number)
{
	Figure		figure = {true, number, NULL};

	return figure;
}

Figure
amount_figure(Numeric amount)
{
	Figure		figure = {amount != NULL, 0, amount};

	return figure;
}

Numeric
figure_numeric(const Figure *figure)
{
	if (figure->amount != NULL)
		return figure->amount;
	return DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(figure->number)));
}

/* The sum of two figures, or their difference. */
static Figure
figure_add(const Figure *a, const Figure *b, int sign)
{
	Figure		sum = {true, 0, NULL};

	if (!b->known)
		return *a;
	if (a->amount != NULL || b->amount != NULL || sign < 0)
	{
		/* a part that nobody knows is nothing, with no decimals of its own */
		Figure		zero = number_figure(0);

		if (!a->known && sign > 0)
			return *b;
		sum.amount = DatumGetNumeric(DirectFunctionCall2(sign < 0 ? numeric_sub : numeric_add,
														 NumericGetDatum(figure_numeric(a->known ? a : &zero)),
														 NumericGetDatum(figure_numeric(b))));
	}
	else if (!a->known)
		return *b;
	else if (pg_add_s64_overflow(a->number, b->number, &sum.number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of durations out of range")));
	return sum;
}

void
kpi_figures(const Kpi *kpi, FigureSource look, const void *source,
			Figure *numerator, Figure *denominator)
{
	*numerator = look(source, kpi, kpi->numerator);
	if (kpi->second != Q_none)
	{
		Figure		second = look(source, kpi, kpi->second);

		*numerator = figure_add(numerator, &second, kpi->sign);
	}
	*denominator = kpi->denominator == Q_none ? number_figure(1) :
		look(source, kpi, kpi->denominator);
}

/* A mean length, to the nearest microsecond. */
static Datum
interval_value(int64 total, int64 rows)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = total / rows;
	if (total % rows >= rows - total % rows)
		interval->time++;
	PG_RETURN_INTERVAL_P(interval);
}

Datum
kpi_value(const Kpi *kpi, FigureSource look, const void *source, bool *isnull)
{
	Figure		numerator;
	Figure		denominator;
	double		value = 0;

	kpi_figures(kpi, look, source, &numerator, &denominator);
	*isnull = !numerator.known || !denominator.known ||
		(denominator.amount == NULL && denominator.number == 0);
	if (*isnull)
		return (Datum) 0;

	if (kpi->result == RESULT_AMOUNT ||
		numerator.amount != NULL || denominator.amount != NULL)
	{
		Datum		quotient = NumericGetDatum(figure_numeric(&numerator));

		if (kpi->denominator != Q_none)
		{
			Datum		divisor = NumericGetDatum(figure_numeric(&denominator));
			Datum		zero = DirectFunctionCall1(int8_numeric, Int64GetDatum(0));

			*isnull = DatumGetBool(DirectFunctionCall2(numeric_eq, divisor, zero));
			if (*isnull)
				return (Datum) 0;
			quotient = DirectFunctionCall2(numeric_div, quotient, divisor);
		}
		if (kpi->result == RESULT_AMOUNT)
			return quotient;
		return DirectFunctionCall1(numeric_float8, quotient);
	}

	switch (kpi->result)
	{
		case RESULT_COUNT:
			return Int64GetDatum(numerator.number);
		case RESULT_INTERVAL:
			return interval_value(numerator.number, denominator.number);
		case RESULT_PER_HOUR:
			value = (double) numerator.number * USECS_PER_HOUR / denominator.number;
			break;
		case RESULT_PER_FTE:
			{
				Figure		fte = look(source, kpi, Q_fte);

				*isnull = !fte.known;
				value = (double) numerator.number * fte.number / denominator.number;
				break;
			}
		default:
			value = (double) numerator.number / (double) denominator.number;
			break;
	}
	return Float8GetDatum(value);
}

/* A quantity from the columns of an aggregate over rows. */
static int
kpi_column(const Kpi *kpi, Quantity quantity)
{
	for (int i = 0; i < KPI_COLUMNS; i++)
	{
		if (kpi->columns[i] == quantity)
			return i;
	}
	elog(ERROR, "%s has no such column", kpi->name);
}

static Figure
durations_figure(const void *source, const Kpi *kpi, Quantity quantity)
{
	const Durations *durations = source;
	Figure		figure;
	int			column;

	switch (quantity)
	{
		case Q_talk_rows:
			return number_figure(durations->rows[kpi_column(kpi, Q_talk)]);
		case Q_days:
			return number_figure(durations->days);
		default:
			column = kpi_column(kpi, quantity);
			figure = number_figure(durations->sum[column]);
			figure.known = durations->rows[column] > 0;
			return figure;
	}
}

static Figure
money_figure(const void *source, const Kpi *kpi, Quantity quantity)
{
	const Money *money = source;

	if (quantity == Q_revenue_rows)
		return number_figure(money_rows(money, kpi_column(kpi, Q_revenue)));
	return amount_figure(money_sum(money, kpi_column(kpi, quantity)));
}

static Datum
read_kpi(FunctionCallInfo fcinfo, int number, FigureSource look, const void *source)
{
	return kpi_value(&kpi_table[number], look, source, &fcinfo->isnull);
}

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
#define TIME(name) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_kpi(fcinfo, KPI_##name, durations_figure, PG_GETARG_POINTER(0)); \
}
#define MONEY(name) \
PG_FUNCTION_INFO_V1(kpi_##name##_final); \
Datum \
kpi_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_kpi(fcinfo, KPI_##name, money_figure, PG_GETARG_MONEY_P(0)); \
}
#include "catalogue/catalogue.gen.h"
