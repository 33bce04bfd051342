/*-------------------------------------------------------------------------
 *
 * scorecard_text.c
 *		The form of a scorecard outside the server, which is JSON.
 *
 * An object with a key for each section:
 *
 *	{"version": 1, "calls": {"no_answer": 12, "sale": 3},
 *	 "time": {"talk": [3600.5, 4, 3], "worked": [25200, 4, 4]},
 *	 "money": {"revenue": [[2, 99.90]], "customers": [[2, 2]]},
 *	 "reasons": [["price", 2], [null, 1]], ...,
 *	 "delays": {"speed_to_lead": {"seconds": [[12.3, 2], [300, 5]]}}}
 *
 * Time is in seconds, each sum with its number of rows and of rows with more
 * than zero.  An amount's sum comes after the number of its rows, once for
 * every number of decimals that these have.
 *
 * The binary form is the version, a byte, and this text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "card/scorecard.h"
#include "type/line.h"

static const TallyKeys *
tally_keys(int tally)
{
	return tally == CARD_LINES ? &line_tally_keys : &outcome_tally_keys;
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
append_tally(StringInfo buf, const Tally *tally, int which)
{
	int			n;
	TallySlot  *counts = tally_sorted(tally, &n);

	appendStringInfoChar(buf, '{');
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(buf, i > 0 ? ", \"" : "\"");
		tally_keys(which)->append(buf, counts[i].key);
		appendStringInfo(buf, "\": " INT64_FORMAT, counts[i].count);
	}
	appendStringInfoChar(buf, '}');
}

static void
append_time(StringInfo buf, const DurationColumn *time)
{
	const char *separator = "";

	appendStringInfoChar(buf, '{');
	for (int i = 0; i < TIME_COLUMNS; i++)
	{
		if (time[i].rows == 0)
			continue;
		appendStringInfo(buf, "%s\"%s\": [", separator, time_column_names[i]);
		append_seconds(buf, time[i].sum);
		appendStringInfo(buf, ", " INT64_FORMAT ", " INT64_FORMAT "]", time[i].rows, time[i].positive);
		separator = ", ";
	}
	appendStringInfoChar(buf, '}');
}

static void
append_money(StringInfo buf, const Money *money)
{
	const char *column_separator = "";

	money = money_canonical(money);
	appendStringInfoChar(buf, '{');
	for (int column = 0; column < MONEY_COLUMNS; column++)
	{
		const char *separator = "";

		for (int i = 0; i < money->count; i++)
		{
			const MoneyEntry *entry = &money->entries[i];
			const char *quote = entry->kind == MONEY_DECIMAL ? "" : "\"";

			if (entry->column != column)
				continue;
			if (*separator == '\0')
				appendStringInfo(buf, "%s\"%s\": [", column_separator, money_column_names[column]);
			appendStringInfo(buf, "%s[" INT64_FORMAT ", %s%s%s]", separator,
							 entry->rows, quote, money_entry_text(money, i), quote);
			separator = column_separator = ", ";
		}
		if (*separator != '\0')
			appendStringInfoChar(buf, ']');
	}
	appendStringInfoChar(buf, '}');
}

static void
append_delays(StringInfo buf, const Card *card)
{
	const char *separator = "";

	appendStringInfoChar(buf, '{');
	for (int i = 0; i < card->delays_count; i++)
	{
		const Delays *rest = delays_rest(card->delays[i].delays);

		if (DELAYS_ROOM(rest) == 0)
			continue;
		appendStringInfoString(buf, separator);
		escape_json(buf, card->delays[i].name);
		appendStringInfoString(buf, ": ");
		delays_append_text(buf, rest);
		separator = ", ";
	}
	appendStringInfoChar(buf, '}');
}

static char *
card_text(const Card *card)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"version\": %d", SCORECARD_VERSION);
	for (int i = 0; i < CARD_SECTIONS; i++)
	{
		if (!(card->sections & ((uint32) 1 << i)))
			continue;
		appendStringInfo(&buf, ", \"%s\": ", card_section_names[i]);
		if (i < CARD_TALLIES)
			append_tally(&buf, card->tallies[i], i);
		else if (i == CARD_TIME)
			append_time(&buf, card->time);
		else if (i == CARD_MONEY)
			append_money(&buf, card->money);
		else if (i == CARD_DELAYS)
			append_delays(&buf, card);
		else
			mix_append_text(&buf, mix_rest(card->mixes[i - CARD_FIRST_MIX]));
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

PG_FUNCTION_INFO_V1(kpi_scorecard_out);
Datum
kpi_scorecard_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(card_text(PG_GETARG_CARD(0)));
}

PG_FUNCTION_INFO_V1(kpi_scorecard_send);
Datum
kpi_scorecard_send(PG_FUNCTION_ARGS)
{
	char	   *text = card_text(PG_GETARG_CARD(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, SCORECARD_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * Reading.  Every function returns false where the JSON is not what it
 * expects, and says what is wrong, but for the section.
 */

typedef struct JsonReader
{
	char	   *wrong;
	struct Node *escontext;
} JsonReader;

static bool
wrong(JsonReader *reader, char *what)
{
	reader->wrong = what;
	return false;
}

static bool
numeric_holds(PGFunction comparison, Numeric number, int64 than)
{
	return DatumGetBool(DirectFunctionCall2(comparison, NumericGetDatum(number),
											DirectFunctionCall1(int8_numeric, Int64GetDatum(than))));
}

/* A whole number from 0 that 64 bits hold. */
static bool
numeric_count(Numeric number, int64 *count)
{
	Datum		whole;

	if (!numeric_holds(numeric_ge, number, 0) || !numeric_holds(numeric_le, number, PG_INT64_MAX))
		return false;
	whole = DirectFunctionCall2(numeric_trunc, NumericGetDatum(number), Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, whole, NumericGetDatum(number))))
		return false;
	*count = DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
	return true;
}

static bool
json_count(const JsonbValue *value, int64 *count)
{
	return value->type == jbvNumeric && numeric_count(value->val.numeric, count);
}

/* Seconds from 0, as microseconds. */
static bool
json_seconds(const JsonbValue *value, int64 *microseconds)
{
	/* first the size: a product may be too large for any number */
	return value->type == jbvNumeric &&
		numeric_holds(numeric_le, value->val.numeric, PG_INT64_MAX / USECS_PER_SEC) &&
		numeric_holds(numeric_ge, value->val.numeric, 0) &&
		numeric_count(DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(value->val.numeric),
														  DirectFunctionCall1(int8_numeric, Int64GetDatum(USECS_PER_SEC)))),
					  microseconds);
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

/* The place of a key among names, or -1. */
static int
json_name(const JsonbValue *key, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (strlen(names[i]) == (Size) key->val.string.len &&
			memcmp(names[i], key->val.string.val, key->val.string.len) == 0)
			return i;
	}
	return -1;
}

static char *
json_key(const JsonbValue *key)
{
	return pnstrdup(key->val.string.val, key->val.string.len);
}

/* The next member of an object; false at its end. */
static bool
json_next(JsonbIterator **i, JsonbValue *key, JsonbValue *value)
{
	JsonbIteratorToken token = JsonbIteratorNext(i, key, true);

	if (token == WJB_BEGIN_OBJECT)
		token = JsonbIteratorNext(i, key, true);
	return token == WJB_KEY && JsonbIteratorNext(i, value, true) == WJB_VALUE;
}

static bool
read_tally(JsonReader *reader, Card *card, int which, JsonbContainer *container)
{
	JsonbIterator *i = JsonbIteratorInit(container);
	JsonbValue	label;
	JsonbValue	value;

	while (json_next(&i, &label, &value))
	{
		char	   *text = json_key(&label);
		uint32		key;
		char	   *unknown;
		int64		count;
		int			position = 0;
		uint32		other;
		int64		ignored;

		if (!tally_keys(which)->parse(text, &key, &unknown))
			return wrong(reader, psprintf("has \"%s\", which is no label", text));
		if (!json_count(&value, &count) || count == 0)
			return wrong(reader, psprintf("has a count of \"%s\" that is not whole and above 0", text));
		/* one outcome may have several spellings */
		while (tally_next(card->tallies[which], &position, &other, &ignored))
		{
			if (other == key)
				return wrong(reader, psprintf("has \"%s\" twice", text));
		}
		card->tallies[which] = tally_add(card->tallies[which], key, count);
	}
	return true;
}

static bool
read_time(JsonReader *reader, DurationColumn *time, JsonbContainer *container)
{
	JsonbIterator *i = JsonbIteratorInit(container);
	JsonbValue	key;
	JsonbValue	value;

	while (json_next(&i, &key, &value))
	{
		int			column = json_name(&key, time_column_names, TIME_COLUMNS);
		JsonbContainer *numbers = json_container(&value, false);

		if (column < 0)
			return wrong(reader, psprintf("has \"%s\", which is no column of it", json_key(&key)));
		if (numbers == NULL || JsonContainerSize(numbers) != 3)
			return wrong(reader, psprintf("has \"%s\" not written as [seconds, rows, rows above 0]",
										  time_column_names[column]));
		if (!json_seconds(getIthJsonbValueFromContainer(numbers, 0), &time[column].sum))
			return wrong(reader, psprintf("has a sum of \"%s\" that is no number of seconds", time_column_names[column]));
		if (!json_count(getIthJsonbValueFromContainer(numbers, 1), &time[column].rows) ||
			!json_count(getIthJsonbValueFromContainer(numbers, 2), &time[column].positive))
			return wrong(reader, psprintf("has a number of rows of \"%s\" that is none", time_column_names[column]));
		if (!duration_column_valid(&time[column]))
			return wrong(reader, psprintf("has sums of \"%s\" that no rows make", time_column_names[column]));
	}
	return true;
}

/* One sum of amounts: the number of rows, and their sum. */
static bool
read_sum(JsonReader *reader, Card *card, int column, const JsonbValue *value)
{
	JsonbContainer *pair = json_container(value, false);
	const char *name = money_column_names[column];
	JsonbValue *sum;
	int64		rows;
	char	   *text;

	if (pair == NULL || JsonContainerSize(pair) != 2)
		return wrong(reader, psprintf("has \"%s\" not written as [[rows, sum], ...]", name));
	if (!json_count(getIthJsonbValueFromContainer(pair, 0), &rows) || rows == 0)
		return wrong(reader, psprintf("has a number of rows of \"%s\" that is not whole and above 0", name));
	sum = getIthJsonbValueFromContainer(pair, 1);
	if (sum->type == jbvNumeric)
		text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(sum->val.numeric)));
	else if (sum->type == jbvString)
	{
		text = json_key(sum);
		if (strcmp(text, "NaN") != 0 && strcmp(text, "Infinity") != 0 && strcmp(text, "-Infinity") != 0)
			return wrong(reader, psprintf("has \"%s\" for a sum of \"%s\"", text, name));
	}
	else
		return wrong(reader, psprintf("has a sum of \"%s\" that is no number", name));
	if (!money_add_entry(&card->money, column, rows, text, reader->escontext))
		return wrong(reader, psprintf("has two sums of \"%s\" of the same number of decimals", name));
	return true;
}

static bool
read_money(JsonReader *reader, Card *card, JsonbContainer *container)
{
	JsonbIterator *i = JsonbIteratorInit(container);
	JsonbValue	key;
	JsonbValue	value;

	while (json_next(&i, &key, &value))
	{
		int			column = json_name(&key, money_column_names, MONEY_COLUMNS);
		JsonbContainer *sums = json_container(&value, false);

		if (column < 0)
			return wrong(reader, psprintf("has \"%s\", which is no column of it", json_key(&key)));
		if (sums == NULL)
			return wrong(reader, psprintf("has \"%s\" not written as [[rows, sum], ...]", money_column_names[column]));
		for (uint32 k = 0; k < JsonContainerSize(sums); k++)
		{
			if (!read_sum(reader, card, column, getIthJsonbValueFromContainer(sums, k)))
				return false;
		}
	}
	return true;
}

static bool
read_mix(JsonReader *reader, Card *card, int which, JsonbContainer *container)
{
	char	   *what;

	if (mix_read_json(&card->mixes[which], container, &what))
		return true;
	/* a sentence without its end */
	return wrong(reader, psprintf("is no mix: %.*s", (int) strlen(what) - 1, what));
}

static bool
read_delays(JsonReader *reader, Card *card, JsonbContainer *container)
{
	JsonbIterator *i = JsonbIteratorInit(container);
	JsonbValue	key;
	JsonbValue	value;

	while (json_next(&i, &key, &value))
	{
		char	   *name = json_key(&key);
		JsonbContainer *delays = json_container(&value, true);
		char	   *what;

		if (*name == '\0' || strlen(name) > DELAYS_NAME_MAX)
			return wrong(reader, psprintf("has the name \"%s\", where one has from 1 to %d bytes", name, DELAYS_NAME_MAX));
		if (delays == NULL)
			return wrong(reader, psprintf("has \"%s\" not written as {\"seconds\": [[seconds, rows], ...]}", name));
		/* a sentence without its end */
		if (!delays_read_json(card_delays(card, name), delays, &what))
			return wrong(reader, psprintf("has no delays in \"%s\": %.*s", name, (int) strlen(what) - 1, what));
	}
	return true;
}

static bool
read_section(JsonReader *reader, Card *card, int section, const JsonbValue *value)
{
	bool		object = section < CARD_FIRST_MIX || section == CARD_DELAYS;
	JsonbContainer *container = json_container(value, object);

	if (container == NULL)
		return wrong(reader, object ? pstrdup("is no object") : pstrdup("is no array"));
	card_add_sections(card, (uint32) 1 << section);
	if (section < CARD_TALLIES)
		return read_tally(reader, card, section, container);
	if (section == CARD_TIME)
		return read_time(reader, card->time, container);
	if (section == CARD_MONEY)
		return read_money(reader, card, container);
	if (section == CARD_DELAYS)
		return read_delays(reader, card, container);
	return read_mix(reader, card, section - CARD_FIRST_MIX, container);
}

/* Reads the text; NULL, and what is wrong, for one that is none. */
static Card *
read_card(JsonReader *reader, char *text)
{
	Card	   *card = card_new(CurrentMemoryContext);
	Datum		json;
	JsonbContainer *root;
	JsonbIterator *i;
	JsonbValue	key;
	JsonbValue	value;

	reader->wrong = NULL;
	if (!jsonb_input(text, reader->escontext, &json))
		return NULL;
	root = &DatumGetJsonbP(json)->root;
	if (!JsonContainerIsObject(root))
	{
		reader->wrong = pstrdup("It is no object.");
		return NULL;
	}
	i = JsonbIteratorInit(root);
	while (json_next(&i, &key, &value))
	{
		int			section = json_name(&key, card_section_names, CARD_SECTIONS);
		int64		version;

		if (section >= 0)
		{
			if (read_section(reader, card, section, &value))
				continue;
			reader->wrong = psprintf("Its section \"%s\" %s.", card_section_names[section], reader->wrong);
			return NULL;
		}
		if (strcmp(json_key(&key), "version") != 0)
		{
			reader->wrong = psprintf("It has the section \"%s\", which this kpi does not know.", json_key(&key));
			return NULL;
		}
		if (!json_count(&value, &version) || version != SCORECARD_VERSION)
		{
			reader->wrong = psprintf("It is not of version %d, which this kpi knows.", SCORECARD_VERSION);
			return NULL;
		}
	}
	return card;
}

/* scorecard_in(cstring): the form above; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_scorecard_in);
Datum
kpi_scorecard_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	JsonReader	reader = {NULL, fcinfo->context};
	Card	   *card = read_card(&reader, text);

	if (card != NULL)
		return card_result(card);
	/* else the JSON itself was refused */
	if (reader.wrong != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "scorecard", text),
				 errdetail_internal("%s", reader.wrong),
				 errhint("A scorecard is written as {\"version\": 1, \"calls\": {\"sale\": 3}, ...}, as the type's output shows.")));
	PG_RETURN_NULL();
}

/* scorecard_recv(internal): 22P03 for what is none, 22P02 where it is no JSON. */
PG_FUNCTION_INFO_V1(kpi_scorecard_recv);
Datum
kpi_scorecard_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	JsonReader	reader = {NULL, NULL};
	int			length;
	Card	   *card;

	if (version != SCORECARD_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("scorecard is of version %d", version),
				 errdetail("This kpi knows version %d.", SCORECARD_VERSION)));
	card = read_card(&reader, pq_getmsgtext(buf, buf->len - buf->cursor, &length));
	if (card == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid scorecard in binary data"),
				 errdetail_internal("%s", reader.wrong)));
	return card_result(card);
}
