/*-------------------------------------------------------------------------
 *
 * mix_text.c
 *		The forms of a mix outside the server, its operators, and its list.
 *
 * The text form is a JSON array, [["item", amount], [null, amount, rows]]: an
 * object could not tell the NULL item from one that is called null.  The
 * number of rows is left out where it is the one that a reader takes: the
 * amount's where that is a whole number above zero, else 1.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "type/mix.h"

static bool
numeric_operate(PGFunction comparison, Numeric a, Numeric b)
{
	return DatumGetBool(DirectFunctionCall2(comparison, NumericGetDatum(a),
											NumericGetDatum(b)));
}

static Numeric
numeric_of_count(int64 count)
{
	return DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(count)));
}

/* A whole number above zero that 64 bits hold; false for any other. */
static bool
number_is_count(Numeric number, int64 *count)
{
	Datum		whole;

	if (!numeric_is_finite(number) ||
		!numeric_operate(numeric_gt, number, numeric_of_count(0)) ||
		!numeric_operate(numeric_le, number, numeric_of_count(PG_INT64_MAX)))
		return false;
	whole = DirectFunctionCall2(numeric_trunc, NumericGetDatum(number), Int32GetDatum(0));
	if (!numeric_operate(numeric_eq, DatumGetNumeric(whole), number))
		return false;
	*count = DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
	return true;
}

/* The rows that an amount without their number has. */
static int64
usual_rows(Numeric amount)
{
	int64		rows;

	return number_is_count(amount, &rows) ? rows : 1;
}

void
mix_append_text(StringInfo buf, const Mix *mix)
{
	uint32		offset = 0;
	const MixEntry *entry;
	const char *separator = "[";

	appendStringInfoChar(buf, '[');
	while ((entry = mix_next(mix, &offset)) != NULL)
	{
		appendStringInfoString(buf, separator);
		separator = ", [";
		if (entry->len < 0)
			appendStringInfoString(buf, "null");
		else
			escape_json(buf, pnstrdup(MixEntryItem(entry), entry->len));
		appendStringInfoString(buf, ", ");
		mix_append_amount(buf, entry);
		if (entry->kind != MIX_COUNT && usual_rows(mix_amount(entry)) != entry->rows)
			appendStringInfo(buf, ", " INT64_FORMAT, entry->rows);
		appendStringInfoChar(buf, ']');
	}
	appendStringInfoChar(buf, ']');
}

static char *
mix_to_text(const Mix *mix)
{
	StringInfoData buf;

	initStringInfo(&buf);
	mix_append_text(&buf, mix);
	return buf.data;
}

/* One entry: an item, an amount, and perhaps a number of rows. */
static bool
read_entry(Mix **mix, JsonbIterator **i, int members, const char **wrong)
{
	JsonbValue	item;
	JsonbValue	amount;
	JsonbValue	rows;
	JsonbValue	end;
	int64		n;
	Mix		   *old = *mix;

	*wrong = "is not written as [\"item\", amount] or [\"item\", amount, rows]";
	if (members < 2 || members > 3 ||
		JsonbIteratorNext(i, &item, true) != WJB_ELEM ||
		(item.type != jbvString && item.type != jbvNull) ||
		JsonbIteratorNext(i, &amount, true) != WJB_ELEM || amount.type != jbvNumeric)
		return false;
	if (members == 3)
	{
		if (JsonbIteratorNext(i, &rows, true) != WJB_ELEM)
			return false;
		*wrong = "has a number of rows that is not whole and above 0";
		if (rows.type != jbvNumeric || !number_is_count(rows.val.numeric, &n))
			return false;
	}
	else
		n = usual_rows(amount.val.numeric);
	*wrong = "is there twice";
	if (!mix_add_entry(mix, item.type == jbvNull ? NULL : item.val.string.val,
					   item.type == jbvNull ? -1 : item.val.string.len,
					   n, amount.val.numeric))
		return false;
	if (*mix != old)
		pfree(old);
	return JsonbIteratorNext(i, &end, true) == WJB_END_ARRAY;
}

bool
mix_read_json(Mix **mix, JsonbContainer *json, char **what)
{
	JsonbIterator *i;
	JsonbValue	value;
	uint32		n = 0;
	const char *wrong;

	if (!JsonContainerIsArray(json) || JsonContainerIsScalar(json))
	{
		*what = pstrdup("It is no array.");
		return false;
	}
	i = JsonbIteratorInit(json);
	(void) JsonbIteratorNext(&i, &value, false);
	for (;;)
	{
		JsonbIteratorToken token = JsonbIteratorNext(&i, &value, false);

		CHECK_FOR_INTERRUPTS();
		if (token == WJB_END_ARRAY)
			return true;
		n++;
		wrong = "is no array";
		if (token != WJB_BEGIN_ARRAY || !read_entry(mix, &i, value.val.array.nElems, &wrong))
		{
			*what = psprintf("Entry %u %s.", n, wrong);
			return false;
		}
	}
}

/* mix_in(cstring): see above; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_mix_in);
Datum
kpi_mix_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Mix		   *mix = mix_new();
	Datum		json;
	char	   *what;

	if (!jsonb_input(text, fcinfo->context, &json))
		PG_RETURN_NULL();
	if (!mix_read_json(&mix, &DatumGetJsonbP(json)->root, &what))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "mix", text),
				 errdetail_internal("%s", what),
				 errhint("A mix is written as [[\"item\", amount], [null, amount, rows]], each item once.")));
	PG_RETURN_POINTER(mix_rest(mix));
}

PG_FUNCTION_INFO_V1(kpi_mix_out);
Datum
kpi_mix_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(mix_to_text(PG_GETARG_MIX_P(0)));
}

pg_noreturn pg_noinline static void
refuse_binary(uint32 entry, const char *wrong)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid mix in binary data"),
			 errdetail("Entry %u %s.", entry, wrong)));
}

/* mix_recv(internal): what mix_send writes; 22P03 for anything else. */
PG_FUNCTION_INFO_V1(kpi_mix_recv);
Datum
kpi_mix_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Mix		   *mix = mix_new();
	int			version = pq_getmsgbyte(buf);
	uint32		n;

	if (version != MIX_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("mix is of version %d", version),
				 errdetail("This kpi knows version %d.", MIX_VERSION)));
	n = pq_getmsgint(buf, 4);
	for (uint32 i = 0; i < n; i++)
	{
		int			len = pq_getmsgint(buf, 4);
		char	   *item = NULL;
		int64		rows;
		StringInfoData number;
		int			size;
		Numeric		amount;
		Mix		   *old = mix;

		CHECK_FOR_INTERRUPTS();
		if (len < -1)
			refuse_binary(i + 1, "has an item of less than no bytes");
		if (len >= 0)
			item = pq_getmsgtext(buf, len, &len);
		rows = pq_getmsgint64(buf);
		size = pq_getmsgint(buf, 4);
		initStringInfo(&number);
		appendBinaryStringInfo(&number, pq_getmsgbytes(buf, size), size);
		amount = DatumGetNumeric(DirectFunctionCall3(numeric_recv,
													 PointerGetDatum(&number),
													 ObjectIdGetDatum(InvalidOid),
													 Int32GetDatum(-1)));
		pq_getmsgend(&number);
		if (!mix_add_entry(&mix, item, len, rows, amount))
			refuse_binary(i + 1, "is there twice, has no rows, or no finite amount");
		if (mix != old)
			pfree(old);
		pfree(number.data);
	}
	PG_RETURN_POINTER(mix_rest(mix));
}

/*
 * mix_send(mix): the version, a byte; the number of entries; of each its
 * item, after its length or -1 for NULL, its rows, and its amount in
 * numeric's own form, after its length.
 */
PG_FUNCTION_INFO_V1(kpi_mix_send);
Datum
kpi_mix_send(PG_FUNCTION_ARGS)
{
	const Mix  *mix = PG_GETARG_MIX_P(0);
	uint32		offset = 0;
	const MixEntry *entry;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, MIX_VERSION);
	pq_sendint32(&buf, mix->n);
	while ((entry = mix_next(mix, &offset)) != NULL)
	{
		bytea	   *amount = DatumGetByteaPP(DirectFunctionCall1(numeric_send,
																 NumericGetDatum(mix_amount(entry))));

		if (entry->len < 0)
			pq_sendint32(&buf, -1);
		else
			send_counted_text(&buf, unconstify(char *, MixEntryItem(entry)), entry->len);
		pq_sendint64(&buf, entry->rows);
		pq_sendint32(&buf, VARSIZE_ANY_EXHDR(amount));
		pq_sendbytes(&buf, VARDATA_ANY(amount), VARSIZE_ANY_EXHDR(amount));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* mix::jsonb: the text form as a JSON value. */
PG_FUNCTION_INFO_V1(kpi_mix_jsonb);
Datum
kpi_mix_jsonb(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(jsonb_in,
							   CStringGetDatum(mix_to_text(PG_GETARG_MIX_P(0))));
}

/*
 * Operators
 */

static Datum
mix_operate(FunctionCallInfo fcinfo, int sign)
{
	Mix		   *mix = mix_merge(mix_new(), PG_GETARG_MIX_P(0), 1);

	PG_RETURN_POINTER(mix_rest(mix_merge(mix, PG_GETARG_MIX_P(1), sign)));
}

/* a + b: rows and amounts added up item by item. */
PG_FUNCTION_INFO_V1(kpi_mix_plus);
Datum
kpi_mix_plus(PG_FUNCTION_ARGS)
{
	return mix_operate(fcinfo, 1);
}

/* a - b: 22003 where b has more rows of an item than a. */
PG_FUNCTION_INFO_V1(kpi_mix_minus);
Datum
kpi_mix_minus(PG_FUNCTION_ARGS)
{
	return mix_operate(fcinfo, -1);
}

/*
 * The form at rest has one way to write a mix, so that equal ones are alike.
 * Their order is that of the bytes, and means nothing.
 */
static int
mix_compare(FunctionCallInfo fcinfo)
{
	const Mix  *a = PG_GETARG_MIX_P(0);
	const Mix  *b = PG_GETARG_MIX_P(1);
	Size		size_a = VARSIZE(a);
	Size		size_b = VARSIZE(b);
	int			order = memcmp(VARDATA(a), VARDATA(b), Min(size_a, size_b) - VARHDRSZ);

	return order != 0 ? order : (size_a > size_b) - (size_a < size_b);
}

#define COMPARISON(name, operator) \
PG_FUNCTION_INFO_V1(kpi_mix_##name); \
Datum \
kpi_mix_##name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(mix_compare(fcinfo) operator 0); \
}
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(ge, >=)
COMPARISON(gt, >)

/* kpi_mix_cmp(mix, mix): the order of the btree class. */
PG_FUNCTION_INFO_V1(kpi_mix_cmp);
Datum
kpi_mix_cmp(PG_FUNCTION_ARGS)
{
	int			order = mix_compare(fcinfo);

	PG_RETURN_INT32((order > 0) - (order < 0));
}

/* kpi_mix_hash(mix), kpi_mix_hash_extended(mix, seed bigint) */
PG_FUNCTION_INFO_V1(kpi_mix_hash);
Datum
kpi_mix_hash(PG_FUNCTION_ARGS)
{
	const Mix  *mix = PG_GETARG_MIX_P(0);

	PG_RETURN_INT32((int32) hash_bytes((const unsigned char *) VARDATA(mix),
									   VARSIZE(mix) - VARHDRSZ));
}

PG_FUNCTION_INFO_V1(kpi_mix_hash_extended);
Datum
kpi_mix_hash_extended(PG_FUNCTION_ARGS)
{
	const Mix  *mix = PG_GETARG_MIX_P(0);

	PG_RETURN_INT64((int64) hash_bytes_extended((const unsigned char *) VARDATA(mix),
												VARSIZE(mix) - VARHDRSZ,
												(uint64) PG_GETARG_INT64(1)));
}

/*
 * mix_items(mix): the items by amount, the largest first; equal amounts share
 * a rank and stand in item order, the NULL item last.  The share is of the
 * total, NULL where that is not above zero.
 */

typedef struct Ranked
{
	const MixEntry *entry;
	Numeric		amount;
	uint32		position;
} Ranked;

static int
compare_amounts(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static int
compare_ranked(const void *a, const void *b)
{
	const Ranked *x = a;
	const Ranked *y = b;
	int			order = compare_amounts(y->amount, x->amount);

	return order != 0 ? order :
		(x->position > y->position) - (x->position < y->position);
}

static double
numeric_to_double(Numeric number)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(number)));
}

PG_FUNCTION_INFO_V1(kpi_mix_items);
Datum
kpi_mix_items(PG_FUNCTION_ARGS)
{
	const Mix  *mix = PG_GETARG_MIX_P(0);
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	Ranked	   *ranked = MemoryContextAllocHuge(CurrentMemoryContext,
												Max(mix->n, 1) * sizeof(Ranked));
	uint32		offset = 0;
	Numeric		total = numeric_of_count(0);
	bool		shared;
	int64		rank = 0;

	for (uint32 i = 0; i < mix->n; i++)
	{
		ranked[i].entry = mix_next(mix, &offset);
		ranked[i].amount = mix_amount(ranked[i].entry);
		ranked[i].position = i;
		total = DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(total),
													NumericGetDatum(ranked[i].amount)));
	}
	shared = compare_amounts(total, numeric_of_count(0)) > 0;
	qsort(ranked, mix->n, sizeof(Ranked), compare_ranked);

	for (uint32 i = 0; i < mix->n; i++)
	{
		const MixEntry *entry = ranked[i].entry;
		Datum		values[4];
		bool		nulls[4] = {false, entry->len < 0, false, !shared};

		CHECK_FOR_INTERRUPTS();
		if (i == 0 || compare_amounts(ranked[i].amount, ranked[i - 1].amount) != 0)
			rank = i + 1;
		values[0] = Int64GetDatum(rank);
		values[1] = nulls[1] ? (Datum) 0 :
			PointerGetDatum(cstring_to_text_with_len(MixEntryItem(entry), entry->len));
		values[2] = NumericGetDatum(ranked[i].amount);
		values[3] = nulls[3] ? (Datum) 0 :
			Float8GetDatum(numeric_to_double(ranked[i].amount) / numeric_to_double(total));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
