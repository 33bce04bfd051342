/*-------------------------------------------------------------------------
 *
 * report.c
 *		kpi_report() and kpi_compare(): all KPIs of a scorecard, and two
 *		scorecards side by side.
 *
 * Values are rounded, since these are for reading; the numerator and the
 * denominator beside them are exact.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/statistics.h"
#include "base/words.h"
#include "card/scorecard_kpi.h"

#define CONFIDENCE	0.95

/* Text of ours, which is UTF-8, in the database's encoding. */
static Datum
our_text(const char *text)
{
	return CStringGetTextDatum(pg_any_to_server(text, strlen(text), PG_UTF8));
}

static Datum
rounded(Numeric number, int decimals)
{
	return DirectFunctionCall2(numeric_round, NumericGetDatum(number),
							   Int32GetDatum(decimals));
}

static Datum
rounded_double(double number, int decimals)
{
	return rounded(DatumGetNumeric(DirectFunctionCall1(float8_numeric, Float8GetDatum(number))),
				   decimals);
}

static double
to_double(Numeric number)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(number)));
}

/* The value of a KPI for reading; false where it has none. */
static bool
shown_value(const Kpi *kpi, const CardKpi *result, Datum *value)
{
	int			decimals = kpi_results[kpi->result].decimals;

	if (result->isnull)
		return false;
	switch (kpi->result)
	{
		case RESULT_count:
			*value = DirectFunctionCall1(int8_numeric, result->value);
			break;
		case RESULT_amount:
		case RESULT_amount_per_hour:
			*value = rounded(DatumGetNumeric(result->value), decimals);
			break;
		case RESULT_interval:
			*value = rounded_double((double) DatumGetIntervalP(result->value)->time / USECS_PER_SEC,
									decimals);
			break;
		default:
			*value = rounded_double(DatumGetFloat8(result->value), decimals);
			break;
	}
	return true;
}

/* Is the KPI a proportion of counts, or a number of things per time worked? */
static bool
is_proportion(const Kpi *kpi, const CardKpi *result)
{
	return kpi->result == RESULT_fraction && result->counts;
}

static bool
is_rate_of_events(const Kpi *kpi)
{
	return kpi->result == RESULT_per_hour || kpi->result == RESULT_per_day;
}

static bool
shown_interval(const Kpi *kpi, const CardKpi *result, Datum *low, Datum *high)
{
	double		events = to_double(result->numerator);
	double		base = to_double(result->denominator);
	int			decimals = kpi_results[kpi->result].decimals;
	Limits		limits;

	if (result->isnull || events < 0)
		return false;
	if (is_proportion(kpi, result))
		limits = wilson_interval(events, base, CONFIDENCE);
	else if (is_rate_of_events(kpi))
		limits = poisson_interval(events, base, CONFIDENCE);
	else
		return false;
	*low = rounded_double(limits.low, decimals);
	*high = rounded_double(limits.high, decimals);
	return true;
}

/* A total or an exact duration without the zeros at its end. */
static Datum
shown_number(Numeric number)
{
	if (!numeric_is_finite(number))
		return NumericGetDatum(number);
	return DirectFunctionCall1(numeric_trim_scale, rounded(number, 6));
}

static Datum
shown_benchmark(const Kpi *kpi, Language language)
{
	char	   *text = psprintf(language == LANGUAGE_FR ? "moyenne %.2f, meilleurs %.2f" :
								"average %.2f, best %.2f", kpi->average, kpi->best);

	for (char *c = text; language == LANGUAGE_FR && *c; c++)
	{
		if (*c == '.')
			*c = ',';
	}
	return our_text(text);
}

/* The first columns, which are the same in both: family, kpi, label. */
static void
name_columns(Datum *values, const Kpi *kpi, Language language)
{
	values[0] = our_text(language == LANGUAGE_FR ? kpi_families[kpi->family].fr : kpi_families[kpi->family].en);
	values[1] = our_text(kpi->name);
	values[2] = our_text(language == LANGUAGE_FR ? kpi->label_fr : kpi->label_en);
}

static Datum
unit_column(const Kpi *kpi, Language language)
{
	return our_text(language == LANGUAGE_FR ? kpi_results[kpi->result].fr :
					kpi_results[kpi->result].en);
}

/*
 * kpi_report(scorecard, language text): a row for every KPI that the sections
 * of the scorecard allow.  The bounds are at 95 %: Wilson's of a proportion,
 * the exact ones of a number of events per time worked; NULL elsewhere.
 */
PG_FUNCTION_INFO_V1(kpi_report);
Datum
kpi_report(PG_FUNCTION_ARGS)
{
	const Card *card = PG_GETARG_CARD(0);
	Language	language = words_language(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);

	for (int f = 0; f < FAMILIES; f++)
	{
		for (int i = 0; i < KPI_COUNT; i++)
		{
			const Kpi  *kpi = &kpi_table[i];
			CardKpi		result;
			Datum		values[10];
			bool		nulls[10] = {false};

			if ((int) kpi->family != f ||
				!card_kpi(card, kpi, &result))
				continue;
			name_columns(values, kpi, language);
			nulls[3] = !shown_value(kpi, &result, &values[3]);
			values[4] = unit_column(kpi, language);
			values[5] = shown_number(result.numerator);
			nulls[6] = kpi->denominator == Q_none;
			if (!nulls[6])
				values[6] = shown_number(result.denominator);
			nulls[7] = nulls[8] = !shown_interval(kpi, &result, &values[7], &values[8]);
			nulls[9] = kpi->average == 0;
			if (!nulls[9])
				values[9] = shown_benchmark(kpi, language);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/* The difference of the values, in their unit. */
static Datum
difference(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_sub, a, b);
}

/*
 * kpi_compare(a scorecard, b scorecard, language text): a row for every KPI
 * that both allow: what it is in either, the difference of a from b, and for
 * proportions and for events per time worked its interval at 95 % (Newcombe's
 * of proportions) and the p-value of no difference.
 */
PG_FUNCTION_INFO_V1(kpi_compare);
Datum
kpi_compare(PG_FUNCTION_ARGS)
{
	const Card *card_a = PG_GETARG_CARD(0);
	const Card *card_b = PG_GETARG_CARD(1);
	Language	language = words_language(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);

	for (int f = 0; f < FAMILIES; f++)
	{
		for (int i = 0; i < KPI_COUNT; i++)
		{
			const Kpi  *kpi = &kpi_table[i];
			CardKpi		a;
			CardKpi		b;
			Datum		values[10];
			bool		nulls[10] = {false};
			bool		tested;
			Comparison	comparison;

			if ((int) kpi->family != f ||
				!card_kpi(card_a, kpi, &a) || !card_kpi(card_b, kpi, &b))
				continue;
			name_columns(values, kpi, language);
			nulls[3] = !shown_value(kpi, &a, &values[3]);
			nulls[4] = !shown_value(kpi, &b, &values[4]);
			values[5] = unit_column(kpi, language);
			nulls[6] = nulls[3] || nulls[4];
			tested = !nulls[6] && (is_proportion(kpi, &a) || is_rate_of_events(kpi)) &&
				to_double(a.numerator) >= 0 && to_double(b.numerator) >= 0;
			if (tested)
			{
				int			decimals = kpi_results[kpi->result].decimals;

				comparison = (is_rate_of_events(kpi) ? compare_rates : compare_proportions)
					(to_double(a.numerator), to_double(a.denominator),
					 to_double(b.numerator), to_double(b.denominator), CONFIDENCE);
				values[6] = rounded_double(comparison.difference, decimals);
				values[7] = rounded_double(comparison.interval.low, decimals);
				values[8] = rounded_double(comparison.interval.high, decimals);
				values[9] = rounded_double(comparison.p_value, 4);
			}
			else if (!nulls[6])
				values[6] = difference(values[3], values[4]);
			nulls[7] = nulls[8] = nulls[9] = !tested;
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}
