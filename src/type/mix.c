/*-------------------------------------------------------------------------
 *
 * mix.c
 *		The type mix: an exact frequency table of text items.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "type/mix.h"
#include "type/outcome.h"

/* The text of an item; len is -1 for the NULL item. */
typedef struct ItemKey
{
	const char *text;
	int			len;
} ItemKey;

/* An item that is counted.  Rows are counted fast, amounts are exact. */
typedef struct MixItem
{
	ItemKey		key;
	uint32		hash;
	char		status;
	int64		count;
	Numeric		amount;			/* to be added to count, or NULL */
} MixItem;

static inline uint32
key_hash(ItemKey key)
{
	return key.len < 0 ? 0 : hash_bytes((const unsigned char *) key.text, key.len);
}

static inline bool
key_equal(ItemKey a, ItemKey b)
{
	return a.len == b.len && (a.len <= 0 || memcmp(a.text, b.text, a.len) == 0);
}

#define SH_PREFIX items
#define SH_ELEMENT_TYPE MixItem
#define SH_KEY_TYPE ItemKey
#define SH_KEY key
#define SH_HASH_KEY(tb, k) key_hash(k)
#define SH_EQUAL(tb, a, b) key_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, item) (item)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define EXPANDED_MIX_MAGIC 0x6d697831

struct ExpandedMix
{
	ExpandedObjectHeader hdr;
	int			magic;
	items_hash *items;
	Mix		   *flat;			/* the flat form, or NULL since a change */
};

static Size mix_flat_size(ExpandedObjectHeader *header);
static void mix_flatten_into(ExpandedObjectHeader *header, void *result,
							 Size allocated_size);

static const ExpandedObjectMethods mix_methods = {
	mix_flat_size, mix_flatten_into
};

/*
 * Numbers
 */

static Numeric
numeric_of_count(int64 count)
{
	return DatumGetNumeric(DirectFunctionCall1(int8_numeric,
											   Int64GetDatum(count)));
}

static Numeric
numeric_operate(PGFunction operation, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(operation, NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static int
numeric_signum(Numeric number)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(number),
											 NumericGetDatum(numeric_of_count(0))));
}

/* An item's amount in its one form: without zeros at the end. */
static Numeric
item_amount(const MixItem *item)
{
	Numeric		amount = numeric_of_count(item->count);

	if (item->amount != NULL)
		amount = numeric_operate(numeric_add, amount, item->amount);
	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale,
											   NumericGetDatum(amount)));
}

/*
 * The expanded form
 */

ExpandedMix *
mix_expand(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "kpi mix",
												  ALLOCSET_START_SMALL_SIZES);
	ExpandedMix *mix = MemoryContextAllocZero(context, sizeof(ExpandedMix));

	EOH_init_header(&mix->hdr, &mix_methods, context);
	mix->magic = EXPANDED_MIX_MAGIC;
	mix->items = items_create(context, 8, NULL);
	return mix;
}

static void
mix_changes(ExpandedMix *mix)
{
	if (mix->flat != NULL)
		pfree(mix->flat);
	mix->flat = NULL;
}

pg_noinline static void
subtracted_too_much(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("cannot subtract from a mix what it does not hold")));
}

/* The item's entry; NULL where it has none and shall not have one. */
static MixItem *
find_item(ExpandedMix *mix, const char *text, int len, bool create)
{
	ItemKey		key = {text, len};
	bool		found;
	MixItem	   *item;

	if (!create)
		return items_lookup(mix->items, key);
	item = items_insert(mix->items, key, &found);
	if (!found)
	{
		item->count = 0;
		item->amount = NULL;
		if (len >= 0)
		{
			char	   *copy = MemoryContextAlloc(mix->hdr.eoh_context, len + 1);

			memcpy(copy, text, len);
			copy[len] = '\0';
			item->key.text = copy;
		}
	}
	return item;
}

/* Takes an item out that has nothing left. */
static void
remove_item(ExpandedMix *mix, MixItem *item)
{
	ItemKey		key = item->key;

	if (item->amount != NULL)
		pfree(item->amount);
	items_delete(mix->items, key);
	if (key.text != NULL)
		pfree(unconstify(char *, key.text));
}

void
mix_add_count(ExpandedMix *mix, const char *text, int len, int64 n)
{
	MixItem    *item = find_item(mix, text, len, n > 0);
	int64		count;

	mix_changes(mix);
	if (item == NULL)
		subtracted_too_much();
	if (item->amount != NULL || pg_add_s64_overflow(item->count, n, &count))
	{
		mix_add_amount(mix, text, len, numeric_of_count(n < 0 ? -n : n), n < 0);
		return;
	}
	item->count = count;
	if (item->count < 0)
		subtracted_too_much();
	if (item->count == 0)
		remove_item(mix, item);
}

void
mix_add_amount(ExpandedMix *mix, const char *text, int len, Numeric amount,
			   bool subtract)
{
	MixItem	   *item = find_item(mix, text, len, !subtract);
	Numeric		total;
	int			sign;

	mix_changes(mix);
	if (item == NULL)
		subtracted_too_much();
	total = numeric_operate(subtract ? numeric_sub : numeric_add,
							item_amount(item), amount);
	sign = numeric_signum(total);
	if (sign < 0)
		subtracted_too_much();
	if (sign == 0)
	{
		remove_item(mix, item);
		return;
	}
	if (item->amount != NULL)
		pfree(item->amount);
	item->count = 0;
	item->amount = MemoryContextAlloc(mix->hdr.eoh_context, VARSIZE(total));
	memcpy(item->amount, total, VARSIZE(total));
}

/* A whole amount that a count can hold; false for any other. */
static bool
amount_is_count(Numeric amount, int64 *count)
{
	/* a whole number below 10^16 has at most this many bytes */
	if (VARSIZE(amount) > 16 ||
		DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(amount))) > 0)
		return false;
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(amount),
										  NumericGetDatum(numeric_of_count(INT64CONST(1000000000000000))))) > 0)
		return false;
	*count = DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(amount)));
	return true;
}

void
mix_merge(ExpandedMix *mix, const Mix *other, bool subtract)
{
	const MixEntry *entry = (const MixEntry *) other->entries;

	for (uint32 i = 0; i < other->n; i++, entry = MixEntryNext(entry))
	{
		int64		count;

		if (amount_is_count(MixEntryAmount(entry), &count))
			mix_add_count(mix, MixEntryItem(entry), entry->len,
						  subtract ? -count : count);
		else
			mix_add_amount(mix, MixEntryItem(entry), entry->len,
						   MixEntryAmount(entry), subtract);
	}
}

/* By bytes, a prefix first, the NULL item last. */
static int
compare_items(const void *a, const void *b)
{
	const MixItem *x = *(MixItem *const *) a;
	const MixItem *y = *(MixItem *const *) b;
	int			order;

	if (x->key.len < 0 || y->key.len < 0)
		return (x->key.len < 0) - (y->key.len < 0);
	order = memcmp(x->key.text, y->key.text, Min(x->key.len, y->key.len));
	return order != 0 ? order :
		(x->key.len > y->key.len) - (x->key.len < y->key.len);
}

const Mix *
mix_flatten(ExpandedMix *mix)
{
	uint32		n = mix->items->members;
	MixItem	  **sorted;
	Numeric    *amounts;
	items_iterator i;
	MixItem	   *item;
	Size		size = offsetof(Mix, entries);
	uint32		k = 0;
	char	   *p;
	MemoryContext scratch;
	MemoryContext old;

	if (mix->flat != NULL)
		return mix->flat;

	scratch = AllocSetContextCreate(CurrentMemoryContext, "kpi mix flattening",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	sorted = MemoryContextAllocHuge(scratch, Max(n, 1) * sizeof(MixItem *));
	amounts = MemoryContextAllocHuge(scratch, Max(n, 1) * sizeof(Numeric));

	items_start_iterate(mix->items, &i);
	while ((item = items_iterate(mix->items, &i)) != NULL)
		sorted[k++] = item;
	qsort(sorted, n, sizeof(MixItem *), compare_items);
	for (k = 0; k < n; k++)
	{
		amounts[k] = item_amount(sorted[k]);
		size += INTALIGN(offsetof(MixEntry, data) + VARSIZE(amounts[k]) +
						 Max(sorted[k]->key.len, 0));
		if (!AllocSizeIsValid(size))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("mix of %u items is too large", n),
					 errdetail("A mix has room for one gigabyte.")));
	}

	mix->flat = MemoryContextAllocZero(mix->hdr.eoh_context, size);
	SET_VARSIZE(mix->flat, size);
	mix->flat->flags = MIX_VERSION;
	mix->flat->n = n;
	p = mix->flat->entries;
	for (k = 0; k < n; k++)
	{
		MixEntry   *entry = (MixEntry *) p;

		entry->len = sorted[k]->key.len;
		entry->amount_size = VARSIZE(amounts[k]);
		memcpy(entry->data, amounts[k], entry->amount_size);
		if (entry->len > 0)
			memcpy(entry->data + entry->amount_size, sorted[k]->key.text, entry->len);
		p = unconstify(char *, (const char *) MixEntryNext(entry));
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return mix->flat;
}

static Size
mix_flat_size(ExpandedObjectHeader *header)
{
	return VARSIZE(mix_flatten((ExpandedMix *) header));
}

static void
mix_flatten_into(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	const Mix  *flat = mix_flatten((ExpandedMix *) header);

	Assert(VARSIZE(flat) == allocated_size);
	memcpy(result, flat, allocated_size);
}

/* The result of a function: the flat form, in the current context. */
static Datum
mix_result(ExpandedMix *mix)
{
	const Mix  *flat = mix_flatten(mix);
	Mix		   *copy = palloc(VARSIZE(flat));

	memcpy(copy, flat, VARSIZE(flat));
	MemoryContextDelete(mix->hdr.eoh_context);
	return PointerGetDatum(copy);
}

/*
 * Input and output
 *
 * The text form is a JSON array of pairs, [["item", amount], [null, amount]]:
 * an object could not tell the NULL item from one that is called null.
 */

static void
json_number(StringInfo buf, Numeric number)
{
	appendStringInfoString(buf, DatumGetCString(DirectFunctionCall1(numeric_out,
																	NumericGetDatum(number))));
}

void
mix_append_text(StringInfo buf, const Mix *mix)
{
	const MixEntry *entry = (const MixEntry *) mix->entries;

	appendStringInfoChar(buf, '[');
	for (uint32 i = 0; i < mix->n; i++, entry = MixEntryNext(entry))
	{
		appendStringInfoString(buf, i > 0 ? ", [" : "[");
		if (entry->len < 0)
			appendStringInfoString(buf, "null");
		else
			escape_json(buf, pnstrdup(MixEntryItem(entry), entry->len));
		appendStringInfoString(buf, ", ");
		json_number(buf, MixEntryAmount(entry));
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

/* Adds what was read; false where it is no entry, or there already. */
static bool
add_read(ExpandedMix *mix, const char *item, int len, Numeric amount)
{
	if (!numeric_is_finite(amount) || numeric_signum(amount) <= 0 ||
		find_item(mix, item, len, false) != NULL)
		return false;
	mix_add_amount(mix, item, len, amount, false);
	return true;
}

bool
mix_read_json(ExpandedMix *mix, JsonbContainer *json)
{
	JsonbIterator *i = JsonbIteratorInit(json);
	JsonbValue	value;
	JsonbValue	item;

	if (JsonbIteratorNext(&i, &value, false) != WJB_BEGIN_ARRAY ||
		value.val.array.rawScalar)
		return false;
	for (;;)
	{
		JsonbIteratorToken token = JsonbIteratorNext(&i, &value, false);

		if (token == WJB_END_ARRAY)
			return true;
		if (token != WJB_BEGIN_ARRAY || value.val.array.nElems != 2 ||
			JsonbIteratorNext(&i, &item, false) != WJB_ELEM ||
			(item.type != jbvString && item.type != jbvNull) ||
			JsonbIteratorNext(&i, &value, false) != WJB_ELEM ||
			value.type != jbvNumeric ||
			!add_read(mix, item.type == jbvNull ? NULL : item.val.string.val,
					  item.type == jbvNull ? -1 : item.val.string.len,
					  value.val.numeric) ||
			JsonbIteratorNext(&i, &value, false) != WJB_END_ARRAY)
			return false;
	}
}

/* mix_in(cstring): see above; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_mix_in);
Datum
kpi_mix_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	ExpandedMix *mix = mix_expand(CurrentMemoryContext);
	Datum		json;

	if (!jsonb_input(text, fcinfo->context, &json))
		PG_RETURN_NULL();
	if (!mix_read_json(mix, &DatumGetJsonbP(json)->root))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "mix", text),
				 errdetail("It is written as [[\"item\", amount], [null, amount]], each item once, with amounts above zero.")));
	return mix_result(mix);
}

PG_FUNCTION_INFO_V1(kpi_mix_out);
Datum
kpi_mix_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(mix_to_text(PG_GETARG_MIX_P(0)));
}

/* mix_recv(internal): what mix_send writes; 22P03 for anything else. */
PG_FUNCTION_INFO_V1(kpi_mix_recv);
Datum
kpi_mix_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	ExpandedMix *mix = mix_expand(CurrentMemoryContext);
	uint32		n = pq_getmsgint(buf, 4);

	for (uint32 i = 0; i < n; i++)
	{
		int			len = pq_getmsgint(buf, 4);
		char	   *item = NULL;
		StringInfoData number;
		int			size;
		Numeric		amount;

		CHECK_FOR_INTERRUPTS();
		if (len < -1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid mix in binary data"),
					 errdetail("Entry %u has an item of %d bytes.", i, len)));
		if (len >= 0)
			item = pq_getmsgtext(buf, len, &len);
		size = pq_getmsgint(buf, 4);
		initStringInfo(&number);
		appendBinaryStringInfo(&number, pq_getmsgbytes(buf, size), size);
		amount = DatumGetNumeric(DirectFunctionCall3(numeric_recv,
													 PointerGetDatum(&number),
													 ObjectIdGetDatum(InvalidOid),
													 Int32GetDatum(-1)));
		pq_getmsgend(&number);
		if (!add_read(mix, item, len, amount))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid mix in binary data"),
					 errdetail("Entry %u is there twice, or its amount is not above zero.", i)));
	}
	return mix_result(mix);
}

/*
 * mix_send(mix): the number of entries; of each its item, after its length
 * or -1 for NULL, and its amount in numeric's own form, after its length.
 */
PG_FUNCTION_INFO_V1(kpi_mix_send);
Datum
kpi_mix_send(PG_FUNCTION_ARGS)
{
	Mix		   *mix = PG_GETARG_MIX_P(0);
	const MixEntry *entry = (const MixEntry *) mix->entries;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, mix->n);
	for (uint32 i = 0; i < mix->n; i++, entry = MixEntryNext(entry))
	{
		bytea	   *amount = DatumGetByteaPP(DirectFunctionCall1(numeric_send,
																 NumericGetDatum(MixEntryAmount(entry))));

		if (entry->len < 0)
			pq_sendint32(&buf, -1);
		else
			send_counted_text(&buf, MixEntryItem(entry), entry->len);
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
mix_operate(FunctionCallInfo fcinfo, bool subtract)
{
	ExpandedMix *mix = mix_expand(CurrentMemoryContext);

	mix_merge(mix, PG_GETARG_MIX_P(0), false);
	mix_merge(mix, PG_GETARG_MIX_P(1), subtract);
	return mix_result(mix);
}

/* a + b: amounts added up item by item. */
PG_FUNCTION_INFO_V1(kpi_mix_plus);
Datum
kpi_mix_plus(PG_FUNCTION_ARGS)
{
	return mix_operate(fcinfo, false);
}

/* a - b: 22003 where b has more of an item than a. */
PG_FUNCTION_INFO_V1(kpi_mix_minus);
Datum
kpi_mix_minus(PG_FUNCTION_ARGS)
{
	return mix_operate(fcinfo, true);
}

/* The flat form has one way to write a mix, so that equal ones are alike. */
static bool
mix_same(const Mix *a, const Mix *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

PG_FUNCTION_INFO_V1(kpi_mix_eq);
Datum
kpi_mix_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mix_same(PG_GETARG_MIX_P(0), PG_GETARG_MIX_P(1)));
}

PG_FUNCTION_INFO_V1(kpi_mix_ne);
Datum
kpi_mix_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!mix_same(PG_GETARG_MIX_P(0), PG_GETARG_MIX_P(1)));
}

/*
 * Aggregates
 */

/* The state, writable and owned by the aggregate; a new one where it is NULL. */
static ExpandedMix *
mix_state(FunctionCallInfo fcinfo, const char *function)
{
	MemoryContext context;
	ExpandedMix *mix;

	check_aggregate_call(fcinfo, function);
	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "%s called in an unknown aggregate context", function);
	if (PG_ARGISNULL(0))
		return mix_expand(context);
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0))))
	{
		mix = (ExpandedMix *) DatumGetEOHP(PG_GETARG_DATUM(0));
		if (mix->magic != EXPANDED_MIX_MAGIC)
			elog(ERROR, "%s called with another type's state", function);
		return mix;
	}
	mix = mix_expand(context);
	mix_merge(mix, PG_GETARG_MIX_P(0), false);
	return mix;
}

#define PG_RETURN_MIX_STATE(mix) return EOHPGetRWDatum(&(mix)->hdr)

/* The state as it came, for a row that is skipped; a moving one is never NULL. */
#define PG_RETURN_STATE_UNCHANGED(function) \
	do { \
		if (PG_ARGISNULL(0)) \
			PG_RETURN_MIX_STATE(mix_state(fcinfo, function)); \
		PG_RETURN_DATUM(PG_GETARG_DATUM(0)); \
	} while (0)

/* Adds n rows of the item in an argument, which may be NULL. */
static void
add_item(FunctionCallInfo fcinfo, ExpandedMix *mix, int arg, int64 n)
{
	text	   *item;

	if (PG_ARGISNULL(arg))
	{
		mix_add_count(mix, NULL, -1, n);
		return;
	}
	item = PG_GETARG_TEXT_PP(arg);
	mix_add_count(mix, VARDATA_ANY(item), VARSIZE_ANY_EXHDR(item), n);
}

static void
add_weight(FunctionCallInfo fcinfo, ExpandedMix *mix, int arg, Numeric weight,
		   bool subtract)
{
	text	   *item = PG_ARGISNULL(arg) ? NULL : PG_GETARG_TEXT_PP(arg);

	mix_add_weight(mix, item ? VARDATA_ANY(item) : NULL,
				   item ? (int) VARSIZE_ANY_EXHDR(item) : -1, weight, subtract);
}

void
mix_add_weight(ExpandedMix *mix, const char *item, int len, Numeric weight,
			   bool subtract)
{
	if (!numeric_is_finite(weight) || numeric_signum(weight) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight in a mix must be a finite number from 0, not %s",
						DatumGetCString(DirectFunctionCall1(numeric_out,
															NumericGetDatum(weight))))));
	if (numeric_signum(weight) > 0)
		mix_add_amount(mix, item, len, weight, subtract);
}

/* kpi_mix_accum(mix, item text) and its inverse: counts one row. */
PG_FUNCTION_INFO_V1(kpi_mix_accum);
Datum
kpi_mix_accum(PG_FUNCTION_ARGS)
{
	ExpandedMix *mix = mix_state(fcinfo, __func__);

	add_item(fcinfo, mix, 1, 1);
	PG_RETURN_MIX_STATE(mix);
}

PG_FUNCTION_INFO_V1(kpi_mix_inverse);
Datum
kpi_mix_inverse(PG_FUNCTION_ARGS)
{
	ExpandedMix *mix = mix_state(fcinfo, __func__);

	add_item(fcinfo, mix, 1, -1);
	PG_RETURN_MIX_STATE(mix);
}

/* kpi_mix_weighted_accum(mix, item text, weight numeric) and its inverse. */
static Datum
weighted_row(FunctionCallInfo fcinfo, const char *function, bool subtract)
{
	ExpandedMix *mix;

	if (PG_ARGISNULL(2))
		PG_RETURN_STATE_UNCHANGED(function);
	mix = mix_state(fcinfo, function);
	add_weight(fcinfo, mix, 1, PG_GETARG_NUMERIC(2), subtract);
	PG_RETURN_MIX_STATE(mix);
}

PG_FUNCTION_INFO_V1(kpi_mix_weighted_accum);
Datum
kpi_mix_weighted_accum(PG_FUNCTION_ARGS)
{
	return weighted_row(fcinfo, __func__, false);
}

PG_FUNCTION_INFO_V1(kpi_mix_weighted_inverse);
Datum
kpi_mix_weighted_inverse(PG_FUNCTION_ARGS)
{
	return weighted_row(fcinfo, __func__, true);
}

/*
 * Mixes over outcomes count the rows of one kind: refusals that did not become
 * sales, or sales.
 */
static bool
is_refusal(outcome set)
{
	return (set & OUTCOME_REFUSED) != 0 && (set & OUTCOME_SALE) == 0;
}

static bool
is_sale(outcome set)
{
	return (set & OUTCOME_SALE) != 0;
}

static Datum
outcome_row(FunctionCallInfo fcinfo, const char *function,
			bool (*counts) (outcome set), int64 n)
{
	ExpandedMix *mix;

	if (PG_ARGISNULL(1) || !counts(PG_GETARG_OUTCOME(1)))
		PG_RETURN_STATE_UNCHANGED(function);
	mix = mix_state(fcinfo, function);
	add_item(fcinfo, mix, 2, n);
	PG_RETURN_MIX_STATE(mix);
}

PG_FUNCTION_INFO_V1(kpi_mix_refusal_accum);
Datum
kpi_mix_refusal_accum(PG_FUNCTION_ARGS)
{
	return outcome_row(fcinfo, __func__, is_refusal, 1);
}

PG_FUNCTION_INFO_V1(kpi_mix_refusal_inverse);
Datum
kpi_mix_refusal_inverse(PG_FUNCTION_ARGS)
{
	return outcome_row(fcinfo, __func__, is_refusal, -1);
}

PG_FUNCTION_INFO_V1(kpi_mix_sale_accum);
Datum
kpi_mix_sale_accum(PG_FUNCTION_ARGS)
{
	return outcome_row(fcinfo, __func__, is_sale, 1);
}

PG_FUNCTION_INFO_V1(kpi_mix_sale_inverse);
Datum
kpi_mix_sale_inverse(PG_FUNCTION_ARGS)
{
	return outcome_row(fcinfo, __func__, is_sale, -1);
}

/* kpi_mix_revenue_accum(mix, outcome, product text, amount numeric) */
static Datum
revenue_row(FunctionCallInfo fcinfo, const char *function, bool subtract)
{
	ExpandedMix *mix;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3) || !is_sale(PG_GETARG_OUTCOME(1)))
		PG_RETURN_STATE_UNCHANGED(function);
	mix = mix_state(fcinfo, function);
	add_weight(fcinfo, mix, 2, PG_GETARG_NUMERIC(3), subtract);
	PG_RETURN_MIX_STATE(mix);
}

PG_FUNCTION_INFO_V1(kpi_mix_revenue_accum);
Datum
kpi_mix_revenue_accum(PG_FUNCTION_ARGS)
{
	return revenue_row(fcinfo, __func__, false);
}

PG_FUNCTION_INFO_V1(kpi_mix_revenue_inverse);
Datum
kpi_mix_revenue_inverse(PG_FUNCTION_ARGS)
{
	return revenue_row(fcinfo, __func__, true);
}

/* kpi_mix_combine(mix, mix) and its inverse: adds a whole mix up. */
static Datum
merge_state(FunctionCallInfo fcinfo, const char *function, bool subtract)
{
	ExpandedMix *mix;

	if (PG_ARGISNULL(1))
		PG_RETURN_STATE_UNCHANGED(function);
	mix = mix_state(fcinfo, function);
	mix_merge(mix, PG_GETARG_MIX_P(1), subtract);
	PG_RETURN_MIX_STATE(mix);
}

PG_FUNCTION_INFO_V1(kpi_mix_combine);
Datum
kpi_mix_combine(PG_FUNCTION_ARGS)
{
	return merge_state(fcinfo, __func__, false);
}

PG_FUNCTION_INFO_V1(kpi_mix_uncombine);
Datum
kpi_mix_uncombine(PG_FUNCTION_ARGS)
{
	return merge_state(fcinfo, __func__, true);
}

/* kpi_mix_final(mix): the mix; NULL where it is empty. */
PG_FUNCTION_INFO_V1(kpi_mix_final);
Datum
kpi_mix_final(PG_FUNCTION_ARGS)
{
	Datum		state = PG_GETARG_DATUM(0);
	uint32		n;

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)))
		n = ((ExpandedMix *) DatumGetEOHP(state))->items->members;
	else
		n = PG_GETARG_MIX_P(0)->n;
	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(state);
}

/*
 * mix_items(mix): the items by amount, the largest first; equal amounts share
 * a rank and stand in item order, the NULL item last.
 */

typedef struct Ranked
{
	const MixEntry *entry;
	uint32		position;
} Ranked;

static int
compare_ranked(const void *a, const void *b)
{
	const Ranked *x = a;
	const Ranked *y = b;
	int			order = DatumGetInt32(DirectFunctionCall2(numeric_cmp,
														  NumericGetDatum(MixEntryAmount(y->entry)),
														  NumericGetDatum(MixEntryAmount(x->entry))));

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
	Mix		   *mix = PG_GETARG_MIX_P(0);
	ReturnSetInfo *rsinfo;
	Ranked	   *ranked = MemoryContextAllocHuge(CurrentMemoryContext,
												Max(mix->n, 1) * sizeof(Ranked));
	const MixEntry *entry = (const MixEntry *) mix->entries;
	Numeric		total = numeric_of_count(0);
	int64		rank = 0;

	rsinfo = materialized_result(fcinfo);
	for (uint32 i = 0; i < mix->n; i++, entry = MixEntryNext(entry))
	{
		ranked[i].entry = entry;
		ranked[i].position = i;
		total = numeric_operate(numeric_add, total, MixEntryAmount(entry));
	}
	qsort(ranked, mix->n, sizeof(Ranked), compare_ranked);

	for (uint32 i = 0; i < mix->n; i++)
	{
		Numeric		amount = MixEntryAmount(ranked[i].entry);
		Datum		values[4];
		bool		nulls[4] = {false, false, false, false};

		if (i == 0 ||
			DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(amount),
											  NumericGetDatum(MixEntryAmount(ranked[i - 1].entry)))) != 0)
			rank = i + 1;
		values[0] = Int64GetDatum(rank);
		nulls[1] = ranked[i].entry->len < 0;
		values[1] = nulls[1] ? (Datum) 0 :
			PointerGetDatum(cstring_to_text_with_len(MixEntryItem(ranked[i].entry),
													 ranked[i].entry->len));
		values[2] = NumericGetDatum(amount);
		values[3] = Float8GetDatum(numeric_to_double(amount) / numeric_to_double(total));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
