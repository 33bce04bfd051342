/*-------------------------------------------------------------------------
 *
 * scorecard_kpi.c
 *		The KPIs over scorecards, which read them as those over rows do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "card/scorecard.h"
#include "card/scorecard_kpi.h"

/* A scorecard, and the unit of outcomes that is read of it. */
typedef struct Reader
{
	const Card *card;
	KpiUnit		of;
} Reader;

static Figure
time_figure(const Card *card, const QuantityInfo *quantity)
{
	if (!(card->sections & SECTION_TIME))
		return unknown_figure();
	return duration_figure(&card->time[quantity->column], quantity->reading);
}

static Figure
money_figure(const Card *card, const QuantityInfo *quantity)
{
	if (!(card->sections & SECTION_MONEY))
		return unknown_figure();
	if (quantity->reading == READ_ROWS)
		return number_figure(money_rows(card->money, quantity->column));
	return amount_figure(money_sum(card->money, quantity->column));
}

/* The tally that has a measure, of calls or of leads. */
static int
measure_tally(Quantity quantity, KpiUnit of)
{
	if (quantity_table[quantity].kind == QUANTITY_LINE)
		return CARD_LINES;
	return of == UNIT_CALL ? CARD_CALLS : CARD_LEADS;
}

static uint32
quantity_section(Quantity quantity, KpiUnit of)
{
	if (quantity == Q_none)
		return 0;
	switch (quantity_table[quantity].kind)
	{
		case QUANTITY_TIME:
			return SECTION_TIME;
		case QUANTITY_MONEY:
			return SECTION_MONEY;
		default:
			return SECTION_TALLY(measure_tally(quantity, of));
	}
}

/* The sections that a KPI is read of. */
static uint32
kpi_sections(const Kpi *kpi, KpiUnit of)
{
	uint32		sections = quantity_section(kpi->numerator, of) | quantity_section(kpi->second, of) |
	quantity_section(kpi->denominator, of);

	for (int i = 0; i < KPI_COLUMNS; i++)
		sections |= quantity_section(kpi->columns[i], of);
	return sections;
}

/* No section stands in for another: a KPI is of its unit, or it is not there. */
static Figure
card_figure(const void *source, const Kpi *kpi pg_attribute_unused(), Quantity quantity)
{
	const Reader *reader = source;
	const Card *card = reader->card;
	int			i = measure_tally(quantity, reader->of);

	switch (quantity_table[quantity].kind)
	{
		case QUANTITY_TIME:
			return time_figure(card, &quantity_table[quantity]);
		case QUANTITY_MONEY:
			return money_figure(card, &quantity_table[quantity]);
		default:
			if (!(card->sections & SECTION_TALLY(i)))
				return unknown_figure();
			return number_figure(measure_count(quantity, card->tallies[i]));
	}
}

/* kpi_card_NAME_final(scorecard): the value; a count of no scorecards is 0. */
static Datum
read_card_kpi(FunctionCallInfo fcinfo, KpiNumber number, KpiUnit of)
{
	const Kpi  *kpi = &kpi_table[number];
	Reader		reader;

	reader.card = card_state_argument(fcinfo, 0, kpi_sections(kpi, of));
	if (reader.card == NULL)
	{
		if (kpi->result == RESULT_count)
			PG_RETURN_INT64(0);
		PG_RETURN_NULL();
	}
	reader.of = of;
	return kpi_value(kpi, card_figure, &reader, &fcinfo->isnull);
}

#define CARD_FINAL(function, name, of) \
PG_FUNCTION_INFO_V1(function); \
Datum \
function(PG_FUNCTION_ARGS) \
{ \
	return read_card_kpi(fcinfo, KPI_##name, of); \
}
#define CARD(name) CARD_FINAL(kpi_card_##name##_final, name, kpi_table[KPI_##name].of)
#define CARD_OUTCOME(name) \
CARD(name) \
CARD_FINAL(kpi_card_lead_##name##_final, name, UNIT_LEAD) \
CARD_FINAL(kpi_card_call_##name##_final, name, UNIT_CALL)
#include "catalogue/catalogue.gen.h"

/* A mix of a card, for the final functions of mixes; NULL where it is empty. */
static Datum
read_card_mix(FunctionCallInfo fcinfo, int i)
{
	const Card *card = PG_GETARG_CARD(0);

	if (card->mixes[i] == NULL || mix_empty(card->mixes[i]))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mix_rest(card->mixes[i]));
}

/* kpi_card_NAME_final(scorecard), of a mix */
#define MIX(name, measure, amount, section) \
PG_FUNCTION_INFO_V1(kpi_card_##name##_final); \
Datum \
kpi_card_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_card_mix(fcinfo, CARD_MIX_##section); \
}
#include "catalogue/catalogue.gen.h"

/* Delays of a card, or their median; NULL where it has none of the name. */
static Datum
read_card_delays(FunctionCallInfo fcinfo, const char *name, bool median)
{
	const Card *card = PG_GETARG_CARD(0);
	const Delays *delays = card_find_delays(card, name);

	if (delays == NULL || DELAYS_ROOM(delays = delays_rest(delays)) == 0)
		PG_RETURN_NULL();
	if (median)
		return delays_percentile_interval(fcinfo, delays, 0.5);
	PG_RETURN_POINTER(delays);
}

/* kpi_card_NAME_final(scorecard), of delays */
#define DELAYS(name, section, median) \
PG_FUNCTION_INFO_V1(kpi_card_##name##_final); \
Datum \
kpi_card_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return read_card_delays(fcinfo, #section, median); \
}
#include "catalogue/catalogue.gen.h"

/* delays(scorecard, name text): the delays of a name; NULL where it has none. */
PG_FUNCTION_INFO_V1(kpi_card_delays);
Datum
kpi_card_delays(PG_FUNCTION_ARGS)
{
	const Card *card = PG_GETARG_CARD(0);
	const Delays *delays = card_find_delays(card, text_to_cstring(PG_GETARG_TEXT_PP(1)));

	if (delays == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(delays_rest(delays));
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

/* A sum of durations, in the unit in which people read it. */
static bool
is_time(Quantity quantity)
{
	return quantity_table[quantity].kind == QUANTITY_TIME &&
		quantity_table[quantity].reading == READ_SUM;
}

bool
card_kpi(const Card *card, const Kpi *kpi, CardKpi *result)
{
	Reader		reader = {card, kpi->of};
	Figure		numerator;
	Figure		denominator;
	bool		per_hour = kpi->result == RESULT_per_hour || kpi->result == RESULT_amount_per_hour;
	int64		unit = per_hour ? USECS_PER_HOUR : USECS_PER_SEC;

	kpi_figures(kpi, card_figure, &reader, &numerator, &denominator);
	if (!numerator.known || !denominator.known)
		return false;
	result->numerator = is_time(kpi->numerator) ? quotient(numerator.number, unit) :
		figure_numeric(&numerator);
	result->denominator = is_time(kpi->denominator) ? quotient(denominator.number, unit) :
		figure_numeric(&denominator);
	result->value = kpi_value(kpi, card_figure, &reader, &result->isnull);
	result->counts = !is_time(kpi->numerator) && numerator.amount == NULL;
	/* the time of a full-time equivalent is a parameter, not in the card */
	return kpi->result != RESULT_per_fte || !result->isnull;
}

const Kpi *
card_kpi_name(const char *wanted)
{
	const Kpi  *kpi = kpi_find(wanted);

	if (kpi != NULL)
		return kpi;
#define MIX(name, ...) \
	if (strcmp(wanted, #name) == 0) \
		ereport(ERROR, \
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), \
				 errmsg("\"%s\" is a mix, not a ratio", wanted), \
				 errhint("Use %s(scorecard), and mix_items() to list it.", wanted)));
#define DELAYS(name, section, median) \
	if (strcmp(wanted, #name) == 0) \
		ereport(ERROR, \
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), \
				 median ? errmsg("\"%s\" is an interval, not a ratio", wanted) : \
				 errmsg("\"%s\" is delays, not a ratio", wanted), \
				 median ? errhint("Use %s(scorecard).", wanted) : \
				 errhint("Use %s(scorecard), and within() for a share of it that is a ratio.", wanted)));
#define OTHER(name) \
	if (strcmp(wanted, #name) == 0) \
		ereport(ERROR, \
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), \
				 errmsg("scorecards do not have \"%s\"", wanted), \
				 errhint("Use the aggregate %s over the rows themselves. The column in_scorecards of kpi_catalog tells which KPIs scorecards have.", wanted)));
#define CARD_OUTCOME(name) \
	if (strcmp(wanted, "lead_" #name) == 0 || strcmp(wanted, "call_" #name) == 0) \
		ereport(ERROR, \
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), \
				 errmsg("unknown KPI: \"%s\"", wanted), \
				 errdetail("\"%s\" is of %s.", #name, kpi_units[kpi_table[KPI_##name].of].code), \
				 errhint("Use the aggregate %s(scorecard).", wanted)));
#include "catalogue/catalogue.gen.h"
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown KPI: \"%s\"", wanted),
			 errhint("%s", words_hint(&kpi_words, wanted))));
}

Ratio *
card_kpi_ratio(const Kpi *kpi, const CardKpi *result)
{
	RatioKind	kind = RATIO_MEAN;

	if (!numeric_is_finite(result->numerator) || !numeric_is_finite(result->denominator))
		return NULL;
	if (kpi->denominator == Q_none)
		kind = kpi->result == RESULT_count ? RATIO_COUNT : RATIO_AMOUNT;
	else if (kpi->result == RESULT_per_hour || kpi->result == RESULT_per_day || kpi->result == RESULT_per_fte)
		kind = RATIO_RATE;
	else if (kpi->result == RESULT_fraction && result->counts)
		kind = RATIO_PROPORTION;
	return ratio_make(kind, result->numerator, result->denominator);
}

/*
 * kpi(scorecard, name text): the KPI as a ratio of its kind.  Durations are in
 * seconds, those per hour in hours; a total has the denominator 1.  NULL where the
 * scorecard has no such section, or an amount is no number.
 */
PG_FUNCTION_INFO_V1(kpi_card_kpi);
Datum
kpi_card_kpi(PG_FUNCTION_ARGS)
{
	const Card *card = PG_GETARG_CARD(0);
	const Kpi  *kpi = card_kpi_name(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	CardKpi		result;
	Ratio	   *ratio;

	if (!card_kpi(card, kpi, &result) || (ratio = card_kpi_ratio(kpi, &result)) == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ratio);
}
