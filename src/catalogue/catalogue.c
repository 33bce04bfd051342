/*-------------------------------------------------------------------------
 *
 * catalogue.c
 *		The tables that catalogue.dat declares, and how a KPI's value is read
 *		from its quantities.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "catalogue/catalogue.h"
#include "catalogue/measures.h"

static const Measure measures[] = {
	NULL,
#define MEASURE(name, condition, en, fr) is_##name,
#define LINE_MEASURE(name, condition, en, fr) is_##name,
#include "catalogue/catalogue.gen.h"
};

const char *const time_column_names[TIME_COLUMNS] = {
#define TIME_COLUMN(name) #name,
#include "catalogue/catalogue.gen.h"
};

const char *const money_column_names[MONEY_COLUMNS] = {
#define MONEY_COLUMN(name) #name,
#include "catalogue/catalogue.gen.h"
};

const QuantityInfo quantity_table[QUANTITIES] = {
	[Q_none] = {"", QUANTITY_MEASURE, 0, READ_SUM},
#define MEASURE(name, condition, en, fr) [Q_##name] = {#name, QUANTITY_MEASURE, 0, READ_ROWS},
#define LINE_MEASURE(name, condition, en, fr) [Q_##name] = {#name, QUANTITY_LINE, 0, READ_ROWS},
#define QUANTITY(name, kind, column, reading) [Q_##name] = {#name, QUANTITY_##kind, kind##_##column, reading},
#include "catalogue/catalogue.gen.h"
};

const KpiLabel kpi_families[FAMILIES] = {
#define FAMILY(code, en, fr) {#code, en, fr, 0},
#include "catalogue/catalogue.gen.h"
};

const KpiLabel kpi_results[RESULTS] = {
#define UNIT(name, en, fr, decimals) {#name, en, fr, decimals},
#include "catalogue/catalogue.gen.h"
};

const KpiLabel kpi_units[KPI_UNITS] = {
	[UNIT_CALL] = {"calls", "calls", "appels", 0},
	[UNIT_LEAD] = {"leads", "leads", "leads", 0},
	[UNIT_LINE] = {"lines", "lines", "lignes", 0},
	[UNIT_TIME] = {"time", "time", "temps", 0},
	[UNIT_MONEY] = {"money", "money", "argent", 0},
};

const Kpi	kpi_table[KPI_COUNT] = {
#define DEFINITION(name, family, of, result, state, numerator, second, sign, denominator, c1, c2, c3, c4, better, average, best, label_en, label_fr) \
	{#name, FAMILY_##family, of, RESULT_##result, STATE_##state, numerator, second, sign, denominator, {c1, c2, c3, c4}, better, average, best, label_en, label_fr},
#include "catalogue/catalogue.gen.h"
};

/* Names alone: a KPI is called in one language. */
static const Word kpi_names[KPI_COUNT] = {
#define DEFINITION(name, ...) {#name, #name, NULL},
#include "catalogue/catalogue.gen.h"
};

Words		kpi_words = {
	kpi_names, sizeof(Word), KPI_COUNT, "The view kpi_catalog lists the KPIs.", NULL
};

/* The measures, which come first among the quantities. */
static const Word measure_names[] = {
#define MEASURE(name, condition, en, fr) {#name, #name, NULL},
#include "catalogue/catalogue.gen.h"
};

static Words measure_words = {
	measure_names, sizeof(Word), lengthof(measure_names), NULL, NULL
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

bool
measure_holds(Quantity measure, uint32 key)
{
	Assert(measure > Q_none && measure < lengthof(measures));
	return measures[measure] (key);
}

Asked
asked_parse(const char *name)
{
	Asked		asked = {Q_none, 0};
	int			i = words_find(&measure_words, name);

	if (i >= 0)
		asked.measure = Q_none + 1 + i;
	else if (!outcome_member(name, &asked.member))
	{
		Words	   *lists[] = {&measure_words, outcome_member_words()};

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown milestone, attribute or measure: \"%s\"", name),
				 errhint("%s", words_hint_among(lists, lengthof(lists), name))));
	}
	return asked;
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

Figure
unknown_figure(void)
{
	Figure		figure = {false, 0, NULL};

	return figure;
}

Figure
duration_figure(const DurationColumn *column, Reading reading)
{
	Figure		figure;

	switch (reading)
	{
		case READ_ROWS:
			return number_figure(column->rows);
		case READ_POSITIVE:
			return number_figure(column->positive);
		default:
			figure = number_figure(column->sum);
			figure.known = column->rows > 0;
			if (figure.known && reading == READ_MEAN)
				figure.number /= column->rows;
			return figure;
	}
}

static Numeric
whole_numeric(int64 number)
{
	return DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(number)));
}

Numeric
figure_numeric(const Figure *figure)
{
	return figure->amount != NULL ? figure->amount : whole_numeric(figure->number);
}

/* The sum of two figures, or their difference. */
static Figure
figure_add(const Kpi *kpi, const Figure *a, const Figure *b, int sign)
{
	Figure		sum = {true, 0, NULL};

	if (!a->known || !b->known)
		return unknown_figure();
	if (a->amount != NULL || b->amount != NULL || sign < 0)
		sum.amount = DatumGetNumeric(DirectFunctionCall2(sign < 0 ? numeric_sub : numeric_add,
														 NumericGetDatum(figure_numeric(a)),
														 NumericGetDatum(figure_numeric(b))));
	else if (pg_add_s64_overflow(a->number, b->number, &sum.number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of %s and %s out of range in %s", quantity_table[kpi->numerator].name,
						quantity_table[kpi->second].name, kpi->name)));
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

		*numerator = figure_add(kpi, numerator, &second, kpi->sign);
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

static double
figure_double(const Figure *figure)
{
	if (figure->amount == NULL)
		return (double) figure->number;
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(figure->amount)));
}

static bool
figure_is_zero(const Figure *figure)
{
	if (figure->amount == NULL)
		return figure->number == 0;
	return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(figure->amount),
											NumericGetDatum(whole_numeric(0))));
}

/* Numerator / denominator, times a whole number. */
static Datum
numeric_quotient(const Figure *numerator, const Figure *denominator, int64 times)
{
	Datum		value = NumericGetDatum(figure_numeric(numerator));

	if (times != 1)
		value = DirectFunctionCall2(numeric_mul, value, NumericGetDatum(whole_numeric(times)));
	return DirectFunctionCall2(numeric_div, value, NumericGetDatum(figure_numeric(denominator)));
}

/* The column of a KPI that is the same on every row. */
static Quantity
constant_column(const Kpi *kpi)
{
	for (int i = 0; i < KPI_COLUMNS; i++)
	{
		if (quantity_table[kpi->columns[i]].reading == READ_MEAN)
			return kpi->columns[i];
	}
	elog(ERROR, "%s has no constant column", kpi->name);
}

Datum
kpi_value(const Kpi *kpi, FigureSource look, const void *source, bool *isnull)
{
	Figure		numerator;
	Figure		denominator;
	double		value;

	kpi_figures(kpi, look, source, &numerator, &denominator);
	*isnull = !numerator.known || !denominator.known || figure_is_zero(&denominator);
	if (*isnull)
		return (Datum) 0;

	switch (kpi->result)
	{
		case RESULT_count:
			return Int64GetDatum(numerator.number);
		case RESULT_interval:
			return interval_value(numerator.number, denominator.number);
		case RESULT_amount:
			if (kpi->denominator == Q_none)
				return NumericGetDatum(figure_numeric(&numerator));
			return numeric_quotient(&numerator, &denominator, 1);
		case RESULT_amount_per_hour:
			return numeric_quotient(&numerator, &denominator, USECS_PER_HOUR);
		case RESULT_per_hour:
			value = figure_double(&numerator) * USECS_PER_HOUR / figure_double(&denominator);
			break;
		case RESULT_per_day:
			value = figure_double(&numerator) / figure_double(&denominator);
			break;
		case RESULT_per_fte:
			{
				Figure		fte = look(source, kpi, constant_column(kpi));

				*isnull = !fte.known;
				value = figure_double(&numerator) * figure_double(&fte) / figure_double(&denominator);
				break;
			}
		default:
			if (numerator.amount != NULL || denominator.amount != NULL)
				return DirectFunctionCall1(numeric_float8, numeric_quotient(&numerator, &denominator, 1));
			value = (double) numerator.number / (double) denominator.number;
			break;
	}
	return Float8GetDatum(value);
}
