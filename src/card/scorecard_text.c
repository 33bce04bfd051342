/*-------------------------------------------------------------------------
 *
 * scorecard_text.c
 *		The text form of a scorecard, which is JSON.
 *
 * An object with a key for each section:
 *
 *	{"version": 1, "calls": {"no_answer": 12, "sale": 3},
 *	 "time": {"talk": [3600.5, 4], "handle": [600, 4], "worked": [25200, 4], "days": 4},
 *	 "money": {"revenue": [[2, 99.90]], "cost": [], "customers": [[2, 2]]},
 *	 "reasons": [["price", 2], [null, 1]], ...}
 *
 * Time is in seconds, each sum with its number of rows.  An amount's sum comes
 * after the number of its rows, once for every number of decimals that these
 * have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "card/scorecard.h"
#include "type/line.h"

static const char *const tally_names[CARD_TALLIES] = {"calls", "leads", "lines"};
static const char *const mix_names[CARD_MIXES] = {"reasons", "products", "amounts"};

static void
append_name(StringInfo buf, const char *name)
{
	appendStringInfo(buf, ", \"%s\": ", name);
}

/* Microseconds as seconds, without zeros at the end. */
static void
append_seconds(StringInfo buf, int64 microseconds)
{
	appendStringInfo(buf, INT64_FORMAT, microseconds / USECS_PER_SEC);
	if (microseconds % USECS_PER_SEC != 0)
	{
		appendStringInfo(buf, ".%06d", (int) (microseconds % USECS_PER_SEC));
		while (buf->data[buf->len - 1] == '0')
			buf->data[--buf->len] = '\0';
	}
}

static void
append_tally(StringInfo buf, const Tally *tally, bool lines)
{
	int			n;
	TallySlot  *counts = tally_sorted(tally, &n);

	appendStringInfoChar(buf, '{');
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(buf, i > 0 ? ", \"" : "\"");
		(lines ? &line_tally_keys : &outcome_tally_keys)->append(buf, counts[i].key);
		appendStringInfo(buf, "\": " INT64_FORMAT, counts[i].count);
	}
	appendStringInfoChar(buf, '}');
}

static void
append_time(StringInfo buf, const DurationColumn *time)
{
	const char *separator = "{";

	for (int i = 0; i < TIME_COLUMNS; i++)
	{
		if (time[i].rows == 0)
			continue;
		appendStringInfo(buf, "%s\"%s\": [", separator, time_column_names[i]);
		append_seconds(buf, time[i].sum);
		appendStringInfo(buf, ", " INT64_FORMAT ", " INT64_FORMAT "]", time[i].rows, time[i].positive);
		separator = ", ";
	}
	appendStringInfoString(buf, *separator == '{' ? "{}" : "}");
}

static void
append_money(StringInfo buf, const Money *money)
{
	money = money_canonical(money);
	for (int column = 0; column < MONEY_COLUMNS; column++)
	{
		const char *separator = "";

		appendStringInfo(buf, "%s\"%s\": [", column > 0 ? ", " : "{", money_column_names[column]);
		for (int i = 0; i < money->count; i++)
		{
			const MoneyEntry *entry = &money->entries[i];
			const char *quote = entry->kind == MONEY_DECIMAL ? "" : "\"";

			if (entry->column != column)
				continue;
			appendStringInfo(buf, "%s[" INT64_FORMAT ", %s%s%s]", separator,
							 entry->rows, quote, money_entry_text(money, i), quote);
			separator = ", ";
		}
		appendStringInfoChar(buf, ']');
	}
	appendStringInfoChar(buf, '}');
}

PG_FUNCTION_INFO_V1(kpi_scorecard_out);
Datum
kpi_scorecard_out(PG_FUNCTION_ARGS)
{
	const Card *card = PG_GETARG_CARD(0);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"version\": %d", SCORECARD_VERSION);
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (card->sections & SECTION_TALLY(i))
		{
			append_name(&buf, tally_names[i]);
			append_tally(&buf, card->tallies[i], i == CARD_LINES);
		}
	}
	if (card->sections & SECTION_TIME)
	{
		append_name(&buf, "time");
		append_time(&buf, card->time);
	}
	if (card->sections & SECTION_MONEY)
	{
		append_name(&buf, "money");
		append_money(&buf, card->money);
	}
	for (int i = 0; i < CARD_MIXES; i++)
	{
		if (card->mixes[i] != NULL)
		{
			append_name(&buf, mix_names[i]);
			mix_append_text(&buf, mix_rest(card->mixes[i]));
		}
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/*
 * Reading.  Every function returns false where the JSON is not what it
 * expects.
 */

/* A whole number from 0. */
static bool
json_count(const JsonbValue *value, int64 *count)
{
	Numeric		number;
	Datum		whole;

	if (value->type != jbvNumeric)
		return false;
	number = value->val.numeric;
	whole = DirectFunctionCall2(numeric_trunc, NumericGetDatum(number), Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, whole, NumericGetDatum(number))) ||
		!DatumGetBool(DirectFunctionCall2(numeric_ge, whole, DirectFunctionCall1(int8_numeric, Int64GetDatum(0)))) ||
		!DatumGetBool(DirectFunctionCall2(numeric_le, whole, DirectFunctionCall1(int8_numeric, Int64GetDatum(PG_INT64_MAX)))))
		return false;
	*count = DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
	return true;
}

/* Seconds from 0, as microseconds. */
static bool
json_seconds(const JsonbValue *value, int64 *microseconds)
{
	JsonbValue	product;

	if (value->type != jbvNumeric)
		return false;
	product.type = jbvNumeric;
	product.val.numeric = DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(value->val.numeric),
															  DirectFunctionCall1(int8_numeric, Int64GetDatum(USECS_PER_SEC))));
	return json_count(&product, microseconds);
}

/* The container in a value; NULL where it is another, or none. */
static JsonbContainer *
json_container(const JsonbValue *value, bool object)
{
	JsonbContainer *container;

	if (value->type != jbvBinary)
		return NULL;
	container = value->val.binary.data;
	return (object ? JsonContainerIsObject(container) : JsonContainerIsArray(container)) ?
		container : NULL;
}

static bool
read_tally(Tally **tally, const JsonbValue *value, bool lines)
{
	JsonbContainer *container = json_container(value, true);
	const TallyKeys *keys = lines ? &line_tally_keys : &outcome_tally_keys;
	JsonbIterator *i;
	JsonbIteratorToken token;
	JsonbValue	one;

	if (container == NULL)
		return false;
	i = JsonbIteratorInit(container);
	while ((token = JsonbIteratorNext(&i, &one, true)) != WJB_DONE)
	{
		uint32		key;
		char	   *unknown;
		int64		count;
		int			position = 0;
		uint32		other;
		int64		ignored;

		if (token != WJB_KEY)
			continue;
		if (!keys->parse(pnstrdup(one.val.string.val, one.val.string.len), &key, &unknown))
			return false;
		/* one outcome may have several spellings */
		while (tally_next(*tally, &position, &other, &ignored))
		{
			if (other == key)
				return false;
		}
		if (JsonbIteratorNext(&i, &one, true) != WJB_VALUE ||
			!json_count(&one, &count) || count == 0)
			return false;
		*tally = tally_add(*tally, key, count);
	}
	return true;
}

/* The pair of values in an array of two. */
static bool
json_pair(const JsonbValue *value, JsonbValue *first, JsonbValue *second)
{
	JsonbContainer *container = json_container(value, false);

	if (container == NULL || JsonContainerSize(container) != 2)
		return false;
	*first = *getIthJsonbValueFromContainer(container, 0);
	*second = *getIthJsonbValueFromContainer(container, 1);
	return true;
}

static JsonbValue *
json_member(JsonbContainer *container, const char *name)
{
	JsonbValue	key;

	key.type = jbvString;
	key.val.string.val = unconstify(char *, name);
	key.val.string.len = strlen(name);
	return findJsonbValueFromContainer(container, JB_FOBJECT, &key);
}

static bool
read_time(DurationColumn *time, const JsonbValue *value)
{
	JsonbContainer *container = json_container(value, true);
	int			known = 0;

	if (container == NULL)
		return false;
	for (int i = 0; i < TIME_COLUMNS; i++)
	{
		JsonbValue *column = json_member(container, time_column_names[i]);
		JsonbContainer *numbers;

		if (column == NULL)
			continue;
		known++;
		numbers = json_container(column, false);
		if (numbers == NULL || JsonContainerSize(numbers) != 3 ||
			!json_seconds(getIthJsonbValueFromContainer(numbers, 0), &time[i].sum) ||
			!json_count(getIthJsonbValueFromContainer(numbers, 1), &time[i].rows) ||
			!json_count(getIthJsonbValueFromContainer(numbers, 2), &time[i].positive) ||
			!duration_column_valid(&time[i]))
			return false;
	}
	return known == (int) JsonContainerSize(container);
}

static bool
read_money(Money **money, const JsonbValue *value)
{
	JsonbContainer *container = json_container(value, true);

	if (container == NULL || JsonContainerSize(container) != MONEY_COLUMNS)
		return false;
	for (int column = 0; column < MONEY_COLUMNS; column++)
	{
		JsonbValue *entries = json_member(container, money_column_names[column]);
		JsonbContainer *array = entries ? json_container(entries, false) : NULL;

		if (array == NULL)
			return false;
		for (uint32 i = 0; i < JsonContainerSize(array); i++)
		{
			JsonbValue	rows;
			JsonbValue	sum;
			int64		n;
			char	   *text;

			if (!json_pair(getIthJsonbValueFromContainer(array, i), &rows, &sum) ||
				!json_count(&rows, &n))
				return false;
			if (sum.type == jbvNumeric)
				text = DatumGetCString(DirectFunctionCall1(numeric_out,
														   NumericGetDatum(sum.val.numeric)));
			else if (sum.type == jbvString)
			{
				text = pnstrdup(sum.val.string.val, sum.val.string.len);
				if (strcmp(text, "NaN") != 0 && strcmp(text, "Infinity") != 0 &&
					strcmp(text, "-Infinity") != 0)
					return false;
			}
			else
				return false;
			if (!money_add_entry(money, column, n, text, NULL))
				return false;
		}
	}
	return true;
}

static bool
read_card(Card *card, JsonbContainer *container)
{
	uint32		members = 0;
	JsonbValue *value = json_member(container, "version");
	int64		version = SCORECARD_VERSION;

	if (value != NULL)
	{
		if (!json_count(value, &version) || version != SCORECARD_VERSION)
			return false;
		members++;
	}
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		value = json_member(container, tally_names[i]);
		if (value == NULL)
			continue;
		members++;
		card_add_sections(card, SECTION_TALLY(i));
		if (!read_tally(&card->tallies[i], value, i == CARD_LINES))
			return false;
	}
	value = json_member(container, "time");
	if (value != NULL)
	{
		members++;
		card_add_sections(card, SECTION_TIME);
		if (!read_time(card->time, value))
			return false;
	}
	value = json_member(container, "money");
	if (value != NULL)
	{
		members++;
		card_add_sections(card, SECTION_MONEY);
		if (!read_money(&card->money, value))
			return false;
	}
	for (int i = 0; i < CARD_MIXES; i++)
	{
		JsonbContainer *array;
		char	   *what;

		value = json_member(container, mix_names[i]);
		if (value == NULL)
			continue;
		members++;
		card_add_sections(card, i == CARD_REASONS ? SECTION_REASONS : SECTION_PRODUCTS);
		array = json_container(value, false);
		if (array == NULL || !mix_read_json(&card->mixes[i], array, &what))
			return false;
	}
	return members == JsonContainerSize(container);
}

/* scorecard_in(cstring): the form above; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_scorecard_in);
Datum
kpi_scorecard_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Card	   *card = card_new(CurrentMemoryContext);
	Datum		json;
	JsonbContainer *root;

	if (!jsonb_input(text, fcinfo->context, &json))
		PG_RETURN_NULL();
	root = &DatumGetJsonbP(json)->root;
	if (!JsonContainerIsObject(root) || !read_card(card, root))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "scorecard", text),
				 errdetail("It is written as {\"version\": 1, \"calls\": {\"sale\": 3}, ...}, as the type's output shows.")));
	return card_result(card);
}
