/*-------------------------------------------------------------------------
 *
 * delays_text.c
 *		The forms of delays outside the server, their operators and figures.
 *
 * The text form is JSON, {"seconds": [[12.3, 2], [300, 5]], "negative": 1}:
 * each class by its upper bound, with its number of rows.  Any other number of
 * seconds is read as the class that it is in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "type/delays.h"
#include "type/ratio.h"

/* Tenths of a second, as a number of seconds. */
static void
append_seconds(StringInfo buf, int64 units)
{
	appendStringInfo(buf, INT64_FORMAT, units / 10);
	if (units % 10 != 0)
		appendStringInfo(buf, ".%d", (int) (units % 10));
}

void
delays_append_text(StringInfo buf, const Delays *delays)
{
	Size		n = DELAYS_ROOM(delays);
	int64		negative = 0;
	const char *separator = "";

	appendStringInfoString(buf, "{\"seconds\": [");
	for (Size i = 0; i < n; i++)
	{
		int			class = delays_entry_class(delays->entries[i]);
		int64		count = delays_entry_count(delays->entries[i]);

		if (class == DELAYS_NEGATIVE)
		{
			negative = count;
			continue;
		}
		appendStringInfo(buf, "%s[", separator);
		append_seconds(buf, delays_upper(class));
		appendStringInfo(buf, ", " INT64_FORMAT "]", count);
		separator = ", ";
	}
	appendStringInfoChar(buf, ']');
	if (negative > 0)
		appendStringInfo(buf, ", \"negative\": " INT64_FORMAT, negative);
	appendStringInfoChar(buf, '}');
}

static bool
numeric_is(PGFunction comparison, Datum number, int64 other)
{
	return DatumGetBool(DirectFunctionCall2(comparison, number,
											DirectFunctionCall1(int8_numeric, Int64GetDatum(other))));
}

/* A whole number above zero, no more than a class can have rows. */
static bool
read_count(const JsonbValue *value, int64 *count)
{
	Datum		number;

	if (value->type != jbvNumeric)
		return false;
	number = NumericGetDatum(value->val.numeric);
	if (!numeric_is_finite(value->val.numeric) ||
		!numeric_is(numeric_ge, number, 1) || !numeric_is(numeric_le, number, DELAYS_COUNT_MAX) ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, number, DirectFunctionCall1(numeric_floor, number))))
		return false;
	*count = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
	return true;
}

/* The class of a number of seconds that is zero or more. */
static bool
read_class(const JsonbValue *value, int *class)
{
	Datum		units;
	int64		whole;

	if (value->type != jbvNumeric || !numeric_is_finite(value->val.numeric) ||
		!numeric_is(numeric_ge, NumericGetDatum(value->val.numeric), 0) ||
		!numeric_is(numeric_le, NumericGetDatum(value->val.numeric),
					delays_upper(DELAYS_CLASS_MAX) / 10 + 1))
		return false;
	units = DirectFunctionCall2(numeric_mul, NumericGetDatum(value->val.numeric),
								DirectFunctionCall1(int8_numeric, Int64GetDatum(10)));
	whole = DatumGetInt64(DirectFunctionCall1(numeric_int8, DirectFunctionCall1(numeric_ceil, units)));
	if (whole > delays_upper(DELAYS_CLASS_MAX))
		return false;
	*class = delays_class(Min(whole, PG_INT64_MAX / 100000) * 100000);
	if (whole > PG_INT64_MAX / 100000)
		*class = DELAYS_CLASS_MAX;
	return true;
}

/* The pairs of seconds and rows; the array has been begun. */
static bool
read_pairs(Delays **delays, JsonbIterator **i, char **what)
{
	for (int n = 1;; n++)
	{
		JsonbValue	value;
		JsonbValue	rows;
		JsonbIteratorToken token = JsonbIteratorNext(i, &value, false);
		int			class;
		int64		count;

		CHECK_FOR_INTERRUPTS();
		if (token == WJB_END_ARRAY)
			return true;
		if (token != WJB_BEGIN_ARRAY || value.val.array.nElems != 2 ||
			JsonbIteratorNext(i, &value, true) != WJB_ELEM ||
			JsonbIteratorNext(i, &rows, true) != WJB_ELEM)
		{
			*what = psprintf("Entry %d is not written as [seconds, rows].", n);
			return false;
		}
		if (!read_class(&value, &class))
		{
			*what = psprintf("Entry %d has seconds that are no number, or none from zero to the longest interval.", n);
			return false;
		}
		if (!read_count(&rows, &count) ||
			count > (int64) DELAYS_COUNT_MAX - delays_count(*delays, class))
		{
			*what = psprintf("Entry %d has a number of rows that is not whole, not above 0 or too large.", n);
			return false;
		}
		*delays = delays_add(*delays, class, count);
		(void) JsonbIteratorNext(i, &value, true);
	}
}

bool
delays_read_json(Delays **delays, JsonbContainer *json, char **what)
{
	JsonbIterator *i;
	JsonbValue	value;
	JsonbIteratorToken token;
	int64		count;

	if (!JsonContainerIsObject(json))
	{
		*what = pstrdup("It is no object.");
		return false;
	}
	i = JsonbIteratorInit(json);
	(void) JsonbIteratorNext(&i, &value, false);
	while ((token = JsonbIteratorNext(&i, &value, false)) == WJB_KEY)
	{
		char	   *key = pnstrdup(value.val.string.val, value.val.string.len);

		token = JsonbIteratorNext(&i, &value, false);
		if (strcmp(key, "seconds") == 0)
		{
			if (token != WJB_BEGIN_ARRAY || value.val.array.rawScalar)
			{
				*what = pstrdup("\"seconds\" is no array.");
				return false;
			}
			if (!read_pairs(delays, &i, what))
				return false;
		}
		else if (strcmp(key, "negative") == 0)
		{
			if (token != WJB_VALUE || !read_count(&value, &count) ||
				count > (int64) DELAYS_COUNT_MAX - delays_count(*delays, DELAYS_NEGATIVE))
			{
				*what = pstrdup("\"negative\" is not a whole number above 0, or too large.");
				return false;
			}
			*delays = delays_add(*delays, DELAYS_NEGATIVE, count);
		}
		else
		{
			*what = psprintf("There is nothing called \"%s\".", key);
			return false;
		}
	}
	return true;
}

/* delays_in(cstring): see above; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_delays_in);
Datum
kpi_delays_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Delays	   *delays = delays_new();
	const char *start = text + strspn(text, " \t\n\r");
	Datum		json;
	char	   *what = "It is no JSON object.";

	if (*start == '{' && !jsonb_input(text, fcinfo->context, &json))
		PG_RETURN_NULL();
	if (*start != '{' || !delays_read_json(&delays, &DatumGetJsonbP(json)->root, &what))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "delays", text),
				 errdetail_internal("%s", what),
				 errhint("Delays are written as {\"seconds\": [[12.3, 2], [300, 5]], \"negative\": 1}; those of one row are delays(interval '5 min').")));
	PG_RETURN_POINTER(delays_rest(delays));
}

PG_FUNCTION_INFO_V1(kpi_delays_out);
Datum
kpi_delays_out(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	initStringInfo(&buf);
	delays_append_text(&buf, PG_GETARG_DELAYS_P(0));
	PG_RETURN_CSTRING(buf.data);
}

/* delays_recv(internal): what delays_send writes; 22P03 for anything else. */
PG_FUNCTION_INFO_V1(kpi_delays_recv);
Datum
kpi_delays_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	Delays	   *delays = delays_new();
	uint32		n;
	int			last = 0;

	if (version != DELAYS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("%s in binary data is of version %d", "delays", version),
				 errdetail("This kpi knows version %d.", DELAYS_VERSION)));
	n = pq_getmsgint(buf, 4);
	for (uint32 i = 0; i < n; i++)
	{
		int			class = pq_getmsgint(buf, 2);
		int64		count = pq_getmsgint64(buf);

		if (class <= last || class > DELAYS_CLASS_MAX || count < 1 || count > (int64) DELAYS_COUNT_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid %s in binary data", "delays"),
					 errdetail("Entry %u has class %d and " INT64_FORMAT " rows.", i + 1, class, count)));
		delays = delays_add(delays, class, count);
		last = class;
	}
	PG_RETURN_POINTER(delays_rest(delays));
}

/*
 * delays_send(delays): the version, a byte; the number of classes; of each its
 * number, in two bytes, and its rows.
 */
PG_FUNCTION_INFO_V1(kpi_delays_send);
Datum
kpi_delays_send(PG_FUNCTION_ARGS)
{
	const Delays *delays = PG_GETARG_DELAYS_P(0);
	Size		n = DELAYS_ROOM(delays);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, DELAYS_VERSION);
	pq_sendint32(&buf, n);
	for (Size i = 0; i < n; i++)
	{
		pq_sendint16(&buf, delays_entry_class(delays->entries[i]));
		pq_sendint64(&buf, delays_entry_count(delays->entries[i]));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * delays::jsonb: an array to draw, of the classes with their bounds in seconds
 * and their rows.  Negative ones have no lower bound.
 */
PG_FUNCTION_INFO_V1(kpi_delays_jsonb);
Datum
kpi_delays_jsonb(PG_FUNCTION_ARGS)
{
	const Delays *delays = PG_GETARG_DELAYS_P(0);
	Size		n = DELAYS_ROOM(delays);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '[');
	for (Size i = 0; i < n; i++)
	{
		int			class = delays_entry_class(delays->entries[i]);

		appendStringInfoString(&buf, i > 0 ? ", {\"above\": " : "{\"above\": ");
		if (class <= DELAYS_ZERO)
			appendStringInfoString(&buf, class == DELAYS_ZERO ? "0" : "null");
		else
			append_seconds(&buf, delays_upper(class - 1));
		appendStringInfoString(&buf, ", \"upto\": ");
		append_seconds(&buf, class == DELAYS_NEGATIVE ? 0 : delays_upper(class));
		appendStringInfo(&buf, ", \"rows\": " INT64_FORMAT "}", delays_entry_count(delays->entries[i]));
	}
	appendStringInfoChar(&buf, ']');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data));
}

/*
 * An interval in microseconds, a day being 24 hours.  22003 for one that is
 * none: months, infinity, more than 64 bits hold.
 */
int64
delays_duration(Datum value)
{
	const Interval *interval = DatumGetIntervalP(value);
	int64		duration;
	bool		infinite = false;

#if PG_VERSION_NUM >= 170000
	infinite = INTERVAL_NOT_FINITE(interval);
#endif
	if (!infinite && interval->month == 0 &&
		!pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &duration) &&
		!pg_add_s64_overflow(duration, interval->time, &duration))
		return duration;
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg(infinite ? "infinite duration: \"%s\"" :
					interval->month != 0 ? "duration in months: \"%s\"" :
					"duration that is too long: \"%s\"",
					DatumGetCString(DirectFunctionCall1(interval_out, value))),
			 !infinite && interval->month != 0 ?
			 errdetail("How long a month is depends on which.") : 0,
			 !infinite && interval->month != 0 ?
			 errhint("Write it in days or hours, as in interval '151:40'.") :
			 errhint("Leave such rows out: FILTER (WHERE duration < interval '1000 days').")));
}

/* delays(interval): those of one row; negative ones are counted apart. */
PG_FUNCTION_INFO_V1(kpi_delays_of_interval);
Datum
kpi_delays_of_interval(PG_FUNCTION_ARGS)
{
	int64		duration = delays_duration(PG_GETARG_DATUM(0));

	PG_RETURN_POINTER(delays_rest(delays_add(delays_new(), delays_class(duration), 1)));
}

/*
 * Operators
 */

static Datum
operate(FunctionCallInfo fcinfo, int sign)
{
	Delays	   *delays = delays_merge(delays_new(), PG_GETARG_DELAYS_P(0), 1);

	PG_RETURN_POINTER(delays_rest(delays_merge(delays, PG_GETARG_DELAYS_P(1), sign)));
}

/* a + b: rows added up class by class. */
PG_FUNCTION_INFO_V1(kpi_delays_plus);
Datum
kpi_delays_plus(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, 1);
}

/* a - b: 22003 where b has more rows of a class than a. */
PG_FUNCTION_INFO_V1(kpi_delays_minus);
Datum
kpi_delays_minus(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, -1);
}

/* The order of the first classes that differ; it means nothing. */
static int
compare(FunctionCallInfo fcinfo)
{
	const Delays *a = PG_GETARG_DELAYS_P(0);
	const Delays *b = PG_GETARG_DELAYS_P(1);
	Size		n_a = DELAYS_ROOM(a);
	Size		n_b = DELAYS_ROOM(b);

	for (Size i = 0; i < Min(n_a, n_b); i++)
	{
		if (a->entries[i] != b->entries[i])
			return a->entries[i] < b->entries[i] ? -1 : 1;
	}
	return (n_a > n_b) - (n_a < n_b);
}

#define COMPARISON(name, operator) \
PG_FUNCTION_INFO_V1(kpi_delays_##name); \
Datum \
kpi_delays_##name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(compare(fcinfo) operator 0); \
}
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(ge, >=)
COMPARISON(gt, >)

/* kpi_delays_cmp(delays, delays): the order of the btree class. */
PG_FUNCTION_INFO_V1(kpi_delays_cmp);
Datum
kpi_delays_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

/* kpi_delays_hash(delays), kpi_delays_hash_extended(delays, seed bigint) */
PG_FUNCTION_INFO_V1(kpi_delays_hash);
Datum
kpi_delays_hash(PG_FUNCTION_ARGS)
{
	const Delays *delays = PG_GETARG_DELAYS_P(0);

	return hash_any((const unsigned char *) delays->entries, VARSIZE(delays) - DELAYS_SIZE(0));
}

PG_FUNCTION_INFO_V1(kpi_delays_hash_extended);
Datum
kpi_delays_hash_extended(PG_FUNCTION_ARGS)
{
	const Delays *delays = PG_GETARG_DELAYS_P(0);

	return hash_any_extended((const unsigned char *) delays->entries, VARSIZE(delays) - DELAYS_SIZE(0),
							 PG_GETARG_INT64(1));
}

/*
 * Figures
 */

Datum
delays_percentile_interval(FunctionCallInfo fcinfo, const Delays *delays, double share)
{
	Interval   *interval;
	int64		duration;

	if (!(share >= 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a percentile is between 0 and 1, not %g", share)));
	if (!delays_percentile(delays, share, &duration))
		PG_RETURN_NULL();
	interval = palloc0(sizeof(Interval));
	interval->time = duration;
	PG_RETURN_INTERVAL_P(interval);
}

/*
 * percentile(delays, p double precision): the shortest delay, of the classes'
 * bounds, that the share p of the rows from zero on is within.  NULL without
 * any; 22023 unless 0 <= p <= 1.
 */
PG_FUNCTION_INFO_V1(kpi_delays_percentile);
Datum
kpi_delays_percentile(PG_FUNCTION_ARGS)
{
	return delays_percentile_interval(fcinfo, PG_GETARG_DELAYS_P(0), PG_GETARG_FLOAT8(1));
}

/* median(delays): likewise of one half. */
PG_FUNCTION_INFO_V1(kpi_delays_median);
Datum
kpi_delays_median(PG_FUNCTION_ARGS)
{
	return delays_percentile_interval(fcinfo, PG_GETARG_DELAYS_P(0), 0.5);
}

/*
 * within(delays, "limit" interval): the rows that are surely within, of all from
 * zero on: exactly those where the limit is a bound of classes.
 */
PG_FUNCTION_INFO_V1(kpi_delays_within);
Datum
kpi_delays_within(PG_FUNCTION_ARGS)
{
	const Delays *delays = PG_GETARG_DELAYS_P(0);
	int64		limit = delays_duration(PG_GETARG_DATUM(1));
	Size		n = DELAYS_ROOM(delays);
	int64		within = 0;

	for (Size i = 0; i < n; i++)
	{
		int			class = delays_entry_class(delays->entries[i]);

		if (class != DELAYS_NEGATIVE && limit >= 0 &&
			(delays_upper(class) <= limit / 100000 || limit == PG_INT64_MAX))
			within += delays_entry_count(delays->entries[i]);
	}
	PG_RETURN_POINTER(ratio_make(RATIO_PROPORTION,
								 DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(within))),
								 DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(delays_rows(delays))))));
}
