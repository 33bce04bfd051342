/*-------------------------------------------------------------------------
 *
 * report.c
 *		kpi_report(), kpi_compare() and kpi_targets(): all KPIs of a scorecard,
 *		two scorecards side by side, and one against what it should be.
 *
 * Values are rounded, since these are for reading; the numerator and the
 * denominator beside them are exact.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
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

/* The value of a KPI as a number; durations are in seconds. */
static Numeric
exact_value(const Kpi *kpi, const CardKpi *result)
{
	switch (kpi->result)
	{
		case RESULT_count:
			return DatumGetNumeric(DirectFunctionCall1(int8_numeric, result->value));
		case RESULT_amount:
		case RESULT_amount_per_hour:
			return DatumGetNumeric(result->value);
		case RESULT_interval:
			return DatumGetNumeric(DirectFunctionCall1(float8_numeric,
													   Float8GetDatum((double) DatumGetIntervalP(result->value)->time / USECS_PER_SEC)));
		default:
			return DatumGetNumeric(DirectFunctionCall1(float8_numeric, result->value));
	}
}

/* The same for reading; false where it has none. */
static bool
shown_value(const Kpi *kpi, const CardKpi *result, Datum *value)
{
	if (result->isnull)
		return false;
	*value = rounded(exact_value(kpi, result), kpi_results[kpi->result].decimals);
	return true;
}

/* The bounds of a KPI for reading; false where none apply. */
static bool
shown_interval(const Kpi *kpi, const CardKpi *result, Limits *limits, Datum *low, Datum *high)
{
	const Ratio *ratio = result->isnull ? NULL : card_kpi_ratio(kpi, result);
	int			decimals = kpi_results[kpi->result].decimals;

	if (ratio == NULL || !ratio_interval(ratio, CONFIDENCE, limits))
		return false;
	*low = rounded_double(limits->low, decimals);
	*high = rounded_double(limits->high, decimals);
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
label_column(const KpiLabel *label, Language language)
{
	return our_text(language == LANGUAGE_FR ? label->fr : label->en);
}

/* The first columns, which are the same everywhere: what a row is about. */
enum
{
	COLUMN_FAMILY, COLUMN_FAMILY_LABEL, COLUMN_KPI, COLUMN_LABEL, COLUMN_OF, COLUMNS_NAMED
};

static void
name_columns(Datum *values, const Kpi *kpi, Language language)
{
	values[COLUMN_FAMILY] = our_text(kpi_families[kpi->family].code);
	values[COLUMN_FAMILY_LABEL] = label_column(&kpi_families[kpi->family], language);
	values[COLUMN_KPI] = our_text(kpi->name);
	values[COLUMN_LABEL] = our_text(language == LANGUAGE_FR ? kpi->label_fr : kpi->label_en);
	values[COLUMN_OF] = our_text(kpi_units[kpi->of].code);
}

/* Goes through the KPIs by family; start at *i = -1.  NULL after the last. */
static const Kpi *
next_kpi(int *family, int *i)
{
	for (; *family < FAMILIES; (*family)++, *i = -1)
	{
		while (++*i < KPI_COUNT)
		{
			if ((int) kpi_table[*i].family == *family)
				return &kpi_table[*i];
		}
	}
	return NULL;
}

/* What a report can be sure of. */
typedef enum Verdict
{
	VERDICT_NONE,				/* which way is better is not known, or not tested */
	VERDICT_BETTER,
	VERDICT_WORSE,
	VERDICT_NO_CHANGE,
	VERDICT_MET,
	VERDICT_MISSED,
	VERDICT_NOT_YET
} Verdict;

static const KpiLabel verdicts[] = {
	[VERDICT_BETTER] = {"better", "better", "mieux", 0},
	[VERDICT_WORSE] = {"worse", "worse", "moins bien", 0},
	[VERDICT_NO_CHANGE] = {"no clear change", "no clear change", "pas d'écart net", 0},
	[VERDICT_MET] = {"met", "met", "atteint", 0},
	[VERDICT_MISSED] = {"missed", "missed", "manqué", 0},
	[VERDICT_NOT_YET] = {"not clear yet", "not clear yet", "pas encore net", 0},
};

/* The last two columns of a row: the verdict's code, and its label. */
static void
verdict_columns(Datum *values, bool *nulls, Verdict verdict, Language language)
{
	nulls[0] = nulls[1] = verdict == VERDICT_NONE;
	if (verdict == VERDICT_NONE)
		return;
	values[0] = our_text(verdicts[verdict].code);
	values[1] = label_column(&verdicts[verdict], language);
}

static Language
language_argument(FunctionCallInfo fcinfo, int n)
{
	return words_language(text_to_cstring(PG_GETARG_TEXT_PP(n)));
}

/*
 * kpi_report(scorecard, language text): a row for every KPI that the sections
 * of the scorecard allow.  The bounds are those of low() and high() at 95 %.
 */
PG_FUNCTION_INFO_V1(kpi_report);
Datum
kpi_report(PG_FUNCTION_ARGS)
{
	const Card *card = PG_GETARG_CARD(0);
	Language	language = language_argument(fcinfo, 1);
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	const Kpi  *kpi;
	int			family = 0;
	int			i = -1;

	while ((kpi = next_kpi(&family, &i)) != NULL)
	{
		CardKpi		result;
		Limits		limits;
		Datum		values[13];
		bool		nulls[13] = {false};

		if (!card_kpi(card, kpi, &result))
			continue;
		name_columns(values, kpi, language);
		nulls[5] = !shown_value(kpi, &result, &values[5]);
		values[6] = label_column(&kpi_results[kpi->result], language);
		values[7] = shown_number(result.numerator);
		nulls[8] = kpi->denominator == Q_none;
		if (!nulls[8])
			values[8] = shown_number(result.denominator);
		nulls[9] = nulls[10] = !shown_interval(kpi, &result, &limits, &values[9], &values[10]);
		nulls[11] = kpi->average == 0;
		if (!nulls[11])
			values[11] = rounded_double(kpi->average, 4);
		nulls[12] = kpi->best == 0;
		if (!nulls[12])
			values[12] = rounded_double(kpi->best, 4);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static bool
is_zero(Datum number)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, number,
											DirectFunctionCall1(int4_numeric, Int32GetDatum(0))));
}

/* A number in percent of another, to a tenth; false where that is zero. */
static bool
in_percent(Datum number, Datum of, Datum *percent)
{
	Datum		hundred = DirectFunctionCall1(int4_numeric, Int32GetDatum(100));

	if (is_zero(of))
		return false;
	*percent = rounded(DatumGetNumeric(DirectFunctionCall2(numeric_div,
														   DirectFunctionCall2(numeric_mul, number, hundred),
														   of)), 1);
	return true;
}

/* By how much a is above b, in percent of b, whatever the sign of that is. */
static bool
change_in_percent(const Kpi *kpi, const CardKpi *a, const CardKpi *b, Datum *change)
{
	Datum		from = NumericGetDatum(exact_value(kpi, b));
	Datum		difference = DirectFunctionCall2(numeric_sub, NumericGetDatum(exact_value(kpi, a)), from);

	return in_percent(difference, DirectFunctionCall1(numeric_abs, from), change);
}

/* The difference and how sure it is; false where no test applies. */
static bool
compare_kpis(const Kpi *kpi, const CardKpi *a, const CardKpi *b, Comparison *comparison)
{
	const Ratio *ratio_a = card_kpi_ratio(kpi, a);
	const Ratio *ratio_b = card_kpi_ratio(kpi, b);
	bool		tested;

	return ratio_a != NULL && ratio_b != NULL &&
		ratio_compare(ratio_a, ratio_b, CONFIDENCE, comparison, &tested) && tested;
}

/* There is a change where the test and the interval both say so. */
static Verdict
change_verdict(const Kpi *kpi, const Comparison *comparison)
{
	bool		higher = comparison->interval.low > 0;

	if (kpi->better == 0)
		return VERDICT_NONE;
	if (comparison->p_value >= 1 - CONFIDENCE || (!higher && comparison->interval.high >= 0))
		return VERDICT_NO_CHANGE;
	return higher == (kpi->better > 0) ? VERDICT_BETTER : VERDICT_WORSE;
}

/*
 * kpi_compare(a scorecard, b scorecard, language text): a row for every KPI
 * that both allow: what it is in either, the difference of a from b, the same
 * in percent of b, and where difference_test() has them its bounds at 95 % and
 * the p-value of no difference; and which of them is the better for it.
 */
PG_FUNCTION_INFO_V1(kpi_compare);
Datum
kpi_compare(PG_FUNCTION_ARGS)
{
	const Card *card_a = PG_GETARG_CARD(0);
	const Card *card_b = PG_GETARG_CARD(1);
	Language	language = language_argument(fcinfo, 2);
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	const Kpi  *kpi;
	int			family = 0;
	int			i = -1;

	while ((kpi = next_kpi(&family, &i)) != NULL)
	{
		int			decimals = kpi_results[kpi->result].decimals;
		CardKpi		a;
		CardKpi		b;
		Datum		values[15];
		bool		nulls[15] = {false};
		bool		tested;
		Comparison	comparison;
		Verdict		verdict = VERDICT_NONE;

		if (!card_kpi(card_a, kpi, &a) || !card_kpi(card_b, kpi, &b))
			continue;
		name_columns(values, kpi, language);
		nulls[5] = !shown_value(kpi, &a, &values[5]);
		nulls[6] = !shown_value(kpi, &b, &values[6]);
		values[7] = label_column(&kpi_results[kpi->result], language);
		nulls[8] = nulls[9] = nulls[5] || nulls[6];
		tested = !nulls[8] && compare_kpis(kpi, &a, &b, &comparison);
		nulls[10] = nulls[11] = nulls[12] = !tested;
		if (tested)
		{
			values[8] = rounded_double(comparison.difference, decimals);
			values[10] = rounded_double(comparison.interval.low, decimals);
			values[11] = rounded_double(comparison.interval.high, decimals);
			values[12] = rounded_double(comparison.p_value, 4);
			verdict = change_verdict(kpi, &comparison);
		}
		else if (!nulls[8])
			values[8] = DirectFunctionCall2(numeric_sub, values[5], values[6]);
		if (!nulls[9])
			nulls[9] = !change_in_percent(kpi, &a, &b, &values[9]);
		verdict_columns(&values[13], &nulls[13], verdict, language);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The targets' names are KPIs of scorecards, and their values numbers. */
static void
check_targets(JsonbContainer *targets)
{
	JsonbIterator *i;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (!JsonContainerIsObject(targets))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("targets are no JSON object"),
				 errhint("Write them as {\"conversion_rate\": 0.05, \"sales\": 100}.")));
	i = JsonbIteratorInit(targets);
	(void) JsonbIteratorNext(&i, &value, false);
	while ((token = JsonbIteratorNext(&i, &value, true)) == WJB_KEY)
	{
		char	   *name = pnstrdup(value.val.string.val, value.val.string.len);

		(void) card_kpi_name(name);
		(void) JsonbIteratorNext(&i, &value, true);
		if (value.type != jbvNumeric || !numeric_is_finite(value.val.numeric))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("target of \"%s\" is no number", name),
					 errhint("Rates are fractions, such as 0.05, and durations seconds.")));
	}
}

/* The target of a KPI; false where there is none. */
static bool
find_target(JsonbContainer *targets, const Kpi *kpi, Numeric *target)
{
	JsonbValue	key;
	JsonbValue *value;

	key.type = jbvString;
	key.val.string.val = unconstify(char *, kpi->name);
	key.val.string.len = strlen(kpi->name);
	value = findJsonbValueFromContainer(targets, JB_FOBJECT, &key);
	if (value == NULL)
		return false;
	*target = value->val.numeric;
	return true;
}

/* A target is met, or missed, where both bounds are on one side of it. */
static Verdict
target_verdict(const Kpi *kpi, bool bounded, const Limits *limits, double target)
{
	if (kpi->better == 0)
		return VERDICT_NONE;
	if (bounded && (kpi->better > 0 ? limits->low >= target : limits->high <= target))
		return VERDICT_MET;
	if (bounded && (kpi->better > 0 ? limits->high < target : limits->low > target))
		return VERDICT_MISSED;
	return VERDICT_NOT_YET;
}

/*
 * kpi_targets(scorecard, targets jsonb, language text): a row for every KPI
 * that has a target: what it is, how much of the target that is in percent, its
 * bounds at 95 %, and whether the target is met.  22023 for a name that is no
 * KPI, and for a target that is no number.
 */
PG_FUNCTION_INFO_V1(kpi_targets);
Datum
kpi_targets(PG_FUNCTION_ARGS)
{
	const Card *card = PG_GETARG_CARD(0);
	JsonbContainer *targets = &PG_GETARG_JSONB_P(1)->root;
	Language	language = language_argument(fcinfo, 2);
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	const Kpi  *kpi;
	int			family = 0;
	int			i = -1;

	check_targets(targets);
	while ((kpi = next_kpi(&family, &i)) != NULL)
	{
		CardKpi		result;
		Numeric		target;
		Limits		limits;
		bool		there;
		Datum		values[13];
		bool		nulls[13] = {false};

		if (!find_target(targets, kpi, &target))
			continue;
		there = card_kpi(card, kpi, &result);
		name_columns(values, kpi, language);
		nulls[5] = !there || !shown_value(kpi, &result, &values[5]);
		values[6] = label_column(&kpi_results[kpi->result], language);
		values[7] = NumericGetDatum(target);
		nulls[8] = nulls[5] || !in_percent(NumericGetDatum(exact_value(kpi, &result)), values[7], &values[8]);
		nulls[9] = nulls[10] = !there || !shown_interval(kpi, &result, &limits, &values[9], &values[10]);
		verdict_columns(&values[11], &nulls[11],
						target_verdict(kpi, !nulls[9], &limits,
									   DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(target)))),
						language);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
