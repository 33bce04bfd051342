/*-------------------------------------------------------------------------
 *
 * scorecard_kpi.c
 *		The KPIs over scorecards, which read them as those over rows do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/compat.h"
#include "card/scorecard.h"
#include "card/scorecard_kpi.h"
#include "type/ratio.h"

/* The outcomes or lines that a KPI counts; NULL where the card has none. */
static const Tally *
card_tally(const Card *card, KpiUnit unit)
{
	int			first = unit == UNIT_LINE ? CARD_LINES :
		unit == UNIT_LEAD ? CARD_LEADS : CARD_CALLS;
	int			second = unit == UNIT_LINE ? CARD_LINES :
		unit == UNIT_LEAD ? CARD_CALLS : CARD_LEADS;

	if (card->sections & SECTION_TALLY(first))
		return card->tallies[first];
	if (card->sections & SECTION_TALLY(second))
		return card->tallies[second];
	return NULL;
}

static Figure
time_figure(const Card *card, int column)
{
	Figure		figure = number_figure(card->time.sum[column]);

	figure.known = card->time.rows[column] > 0;
	return figure;
}

static Figure
section_figure(const Card *card, int section, int64 number)
{
	Figure		figure = number_figure(number);

	figure.known = (card->sections & section) != 0;
	return figure;
}

static Figure
card_figure(const void *source, const Kpi *kpi, Quantity quantity)
{
	const Card *card = source;
	const Tally *tally;
	const Figure unknown = {false, 0, NULL};
	bool		money = (card->sections & SECTION_MONEY) != 0;

	switch (quantity)
	{
		case Q_talk:
			return time_figure(card, CARD_TALK);
		case Q_handle:
			return time_figure(card, CARD_HANDLE);
		case Q_worked:
			return time_figure(card, CARD_WORKED);
		case Q_talk_rows:
			return section_figure(card, SECTION_TIME, card->time.rows[CARD_TALK]);
		case Q_days:
			return section_figure(card, SECTION_TIME, card->time.days);
		case Q_revenue:
			return money ? amount_figure(money_sum(card->money, CARD_REVENUE)) : unknown;
		case Q_cost:
			return money ? amount_figure(money_sum(card->money, CARD_COST)) : unknown;
		case Q_customers:
			return money ? amount_figure(money_sum(card->money, CARD_CUSTOMERS)) : unknown;
		case Q_revenue_rows:
			return money ? number_figure(money_rows(card->money, CARD_REVENUE)) : unknown;
		case Q_margin:
		case Q_fte:
			return unknown;
		default:
			tally = card_tally(card, kpi->unit);
			return tally ? number_figure(measure_count(quantity, tally)) : unknown;
	}
}

bool
kpi_in_cards(const Kpi *kpi)
{
	return kpi->numerator != Q_margin && kpi->columns[2] != Q_fte;
}

/* kpi_card_NAME_final(scorecard): the value; a count of no scorecards is 0. */
static Datum
read_card_kpi(FunctionCallInfo fcinfo, KpiNumber number)
{
	const Kpi  *kpi = &kpi_table[number];

	if (PG_ARGISNULL(0))
		PG_RETURN_INT64(0);
	return kpi_value(kpi, card_figure, PG_GETARG_CARD(0), &fcinfo->isnull);
}

#define CARD(name) \
PG_FUNCTION_INFO_V1(kpi_card_##name##_final); \
Datum \
kpi_card_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_card_kpi(fcinfo, KPI_##name); \
}
#include "catalogue/catalogue.gen.h"

/* A mix of a card, for the final functions of mixes; NULL where it is empty. */
static Datum
read_card_mix(FunctionCallInfo fcinfo, int i)
{
	const Card *card = PG_GETARG_CARD(0);
	const Mix  *mix;
	Mix		   *copy;

	if (card->mixes[i] == NULL)
		PG_RETURN_NULL();
	mix = mix_flatten(card->mixes[i]);
	if (mix->n == 0)
		PG_RETURN_NULL();
	copy = palloc(VARSIZE(mix));
	memcpy(copy, mix, VARSIZE(mix));
	PG_RETURN_POINTER(copy);
}

PG_FUNCTION_INFO_V1(kpi_card_refusal_reasons_final);
Datum
kpi_card_refusal_reasons_final(PG_FUNCTION_ARGS)
{
	return read_card_mix(fcinfo, CARD_REASONS);
}

PG_FUNCTION_INFO_V1(kpi_card_product_mix_final);
Datum
kpi_card_product_mix_final(PG_FUNCTION_ARGS)
{
	return read_card_mix(fcinfo, CARD_PRODUCTS);
}

PG_FUNCTION_INFO_V1(kpi_card_product_revenue_mix_final);
Datum
kpi_card_product_revenue_mix_final(PG_FUNCTION_ARGS)
{
	return read_card_mix(fcinfo, CARD_AMOUNTS);
}

/* A quotient of whole numbers, exact where it can be. */
static Numeric
quotient(int64 number, int64 divisor)
{
	Datum		value = DirectFunctionCall2(numeric_div,
											DirectFunctionCall1(int8_numeric, Int64GetDatum(number)),
											DirectFunctionCall1(int8_numeric, Int64GetDatum(divisor)));

	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, value));
}

static bool
is_time(Quantity quantity)
{
	return quantity == Q_talk || quantity == Q_handle || quantity == Q_worked;
}

bool
card_kpi(const Card *card, const Kpi *kpi, CardKpi *result)
{
	Figure		numerator;
	Figure		denominator;
	int64		unit = kpi->result == RESULT_PER_HOUR ? USECS_PER_HOUR : USECS_PER_SEC;

	kpi_figures(kpi, card_figure, card, &numerator, &denominator);
	if (!numerator.known || !denominator.known)
		return false;
	result->numerator = is_time(kpi->numerator) ? quotient(numerator.number, unit) :
		figure_numeric(&numerator);
	result->denominator = is_time(kpi->denominator) ? quotient(denominator.number, unit) :
		figure_numeric(&denominator);
	result->value = kpi_value(kpi, card_figure, card, &result->isnull);
	result->counts = !is_time(kpi->numerator) && numerator.amount == NULL;
	return true;
}

/* A KPI's name; 22023 for one that scorecards do not have. */
static const Kpi *
card_kpi_name(const text *name)
{
	char	   *wanted = text_to_cstring(name);
	const Kpi  *kpi = kpi_find(wanted);

	if (kpi == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown KPI: \"%s\"", wanted),
				 errhint("The view kpi_catalog lists the KPIs.")));
	if (!kpi_in_cards(kpi))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a scorecard does not hold what \"%s\" takes", wanted)));
	return kpi;
}

/*
 * kpi(scorecard, name text): the KPI as a ratio.  Durations are in seconds,
 * those per hour in hours; a total has the denominator 1.  NULL where the
 * scorecard has no such section, or an amount is no number.
 */
PG_FUNCTION_INFO_V1(kpi_card_kpi);
Datum
kpi_card_kpi(PG_FUNCTION_ARGS)
{
	const Card *card = PG_GETARG_CARD(0);
	CardKpi		result;

	if (!card_kpi(card, card_kpi_name(PG_GETARG_TEXT_PP(1)), &result) ||
		!numeric_is_finite(result.numerator) || !numeric_is_finite(result.denominator))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ratio_make(result.numerator, result.denominator));
}
