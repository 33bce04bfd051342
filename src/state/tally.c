/*-------------------------------------------------------------------------
 *
 * tally.c
 *		An exact histogram, and the state type kpi_tally of outcomes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "state/tally.h"
#include "type/outcome.h"

#define COUNT_BITS	8
#define COUNT_MAX	(((uint32) 1 << COUNT_BITS) - 1)

/* 64 bytes first, then 128: the sizes of the server's own memory chunks */
#define ROOM_SMALL	7
#define ROOM_LARGE	15

/*
 * A group that needs the wide form is large or varied, and 64 slots keep all
 * single labels apart.
 */
#define MIN_BITS	6
#define TALLY_FREE	PG_UINT32_MAX

/*
 * A wide tally, under the same first eight bytes.
 */
typedef struct WideTally
{
	int32		vl_len_;
	uint8		bits;
	uint8		room;
	uint16		unused;
	uint32		used;			/* slots that have a key */
	uint32		unused2;
	TallySlot	slots[FLEXIBLE_ARRAY_MEMBER];
} WideTally;

/*
 * The multiplier of Fibonacci hashing, chosen among random ones so that the
 * 32 outcomes of a single label fall into different slots of a table of 64.
 */
static inline uint32
slot_of(uint32 key, int bits)
{
	return (key * 0x41cbcc3bU) >> (32 - bits);
}

Tally *
tally_new(void)
{
	Size		size = offsetof(Tally, entries) + ROOM_SMALL * sizeof(uint64);
	Tally	   *tally = palloc0(size);

	SET_VARSIZE(tally, size);
	tally->room = ROOM_SMALL;
	return tally;
}

static WideTally *
wide_new(int bits)
{
	Size		size = offsetof(WideTally, slots) +
		((Size) 1 << bits) * sizeof(TallySlot);
	WideTally  *wide;

	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different keys in one tally")));
	wide = palloc0(size);
	SET_VARSIZE(wide, size);
	wide->bits = bits;
	for (uint32 i = 0; i < (uint32) 1 << bits; i++)
		wide->slots[i].key = TALLY_FREE;
	return wide;
}

/* The slot of the key, or the free one where it belongs. */
static inline TallySlot *
wide_find(WideTally *wide, uint32 key)
{
	uint32		mask = ((uint32) 1 << wide->bits) - 1;
	uint32		i = slot_of(key, wide->bits);

	while (wide->slots[i].key != key && wide->slots[i].key != TALLY_FREE)
		i = (i + 1) & mask;
	return &wide->slots[i];
}

bool
tally_next(const Tally *tally, int *position, uint32 *key, int64 *count)
{
	if (tally->bits == 0)
	{
		while (*position < tally->room)
		{
			uint64		entry = tally->entries[(*position)++];

			if (entry != 0)
			{
				*key = entry >> COUNT_BITS;
				*count = entry & COUNT_MAX;
				return true;
			}
		}
	}
	else
	{
		const WideTally *wide = (const WideTally *) tally;

		while (*position < 1 << wide->bits)
		{
			const TallySlot *slot = &wide->slots[(*position)++];

			if (slot->key != TALLY_FREE && slot->count != 0)
			{
				*key = slot->key;
				*count = slot->count;
				return true;
			}
		}
	}
	return false;
}

/* A tally of the same counts with room for one key more, and 64-bit counts. */
static Tally *
tally_widen(const Tally *tally)
{
	int			needed = 1;
	int			bits = MIN_BITS;
	int			position = 0;
	uint32		key;
	int64		count;
	WideTally  *wide;

	while (tally_next(tally, &position, &key, &count))
		needed++;
	while (needed > 1 << (bits - 1))
		bits++;

	wide = wide_new(bits);
	position = 0;
	while (tally_next(tally, &position, &key, &count))
	{
		TallySlot  *slot = wide_find(wide, key);

		slot->key = key;
		slot->count = count;
		wide->used++;
	}
	return (Tally *) wide;
}

pg_noinline static void
subtracted_too_much(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("cannot subtract rows that were never added")));
}

static Tally *
narrow_add(Tally *tally, uint32 key, int64 n)
{
	uint64	   *free_entry = NULL;
	Tally	   *larger;

	for (int i = 0; i < tally->room; i++)
	{
		uint64	   *entry = &tally->entries[i];

		if (*entry >> COUNT_BITS == key && *entry != 0)
		{
			int64		count = *entry & COUNT_MAX;

			if (pg_add_s64_overflow(count, n, &count) || count > COUNT_MAX)
				return tally_add(tally_widen(tally), key, n);
			if (count < 0)
				subtracted_too_much();
			*entry = count == 0 ? 0 : (uint64) key << COUNT_BITS | count;
			return tally;
		}
		if (free_entry == NULL && *entry == 0)
			free_entry = entry;
	}

	if (n < 0)
		subtracted_too_much();
	if (n > COUNT_MAX)
		return tally_add(tally_widen(tally), key, n);
	if (free_entry != NULL)
	{
		*free_entry = (uint64) key << COUNT_BITS | n;
		return tally;
	}
	if (tally->room >= ROOM_LARGE)
		return tally_add(tally_widen(tally), key, n);

	larger = palloc0(offsetof(Tally, entries) + ROOM_LARGE * sizeof(uint64));
	memcpy(larger, tally, VARSIZE(tally));
	SET_VARSIZE(larger, offsetof(Tally, entries) + ROOM_LARGE * sizeof(uint64));
	larger->entries[tally->room] = (uint64) key << COUNT_BITS | n;
	larger->room = ROOM_LARGE;
	return larger;
}

Tally *
tally_add(Tally *tally, uint32 key, int64 n)
{
	WideTally  *wide;
	TallySlot  *slot;
	int64		count;

	Assert(key <= TALLY_KEY_MAX);

	if (n == 0)
		return tally;
	if (tally->bits == 0)
		return narrow_add(tally, key, n);

	wide = (WideTally *) tally;
	slot = wide_find(wide, key);
	if (unlikely(slot->key == TALLY_FREE))
	{
		if (n < 0)
			subtracted_too_much();
		if (wide->used >= (uint32) 1 << (wide->bits - 1))
			return tally_add(tally_widen(tally), key, n);
		slot->key = key;
		wide->used++;
	}
	if (unlikely(pg_add_s64_overflow(slot->count, n, &count)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count out of range")));
	if (unlikely(count < 0))
		subtracted_too_much();
	slot->count = count;
	return tally;
}

Tally *
tally_merge(Tally *tally, const Tally *other, int sign)
{
	int			position = 0;
	uint32		key;
	int64		count;

	while (tally_next(other, &position, &key, &count))
		tally = tally_add(tally, key, sign * count);
	return tally;
}

int64
tally_count(const Tally *tally, bool (*condition) (uint32 key))
{
	int64		total = 0;
	int			position = 0;
	uint32		key;
	int64		count;

	while (tally_next(tally, &position, &key, &count))
		if (condition(key) && pg_add_s64_overflow(total, count, &total))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("count out of range")));
	return total;
}

/*
 * Text form: {label:count,...}, in ascending order of keys.
 * Binary form: the number of entries, then key and count of each, in the
 * same order.
 */

static int
compare_slots(const void *a, const void *b)
{
	uint32		key_a = ((const TallySlot *) a)->key;
	uint32		key_b = ((const TallySlot *) b)->key;

	return (key_a > key_b) - (key_a < key_b);
}

TallySlot *
tally_sorted(const Tally *tally, int *n)
{
	int			position = 0;
	int64		count;
	uint32		key;
	TallySlot  *sorted;

	*n = 0;
	while (tally_next(tally, &position, &key, &count))
		(*n)++;
	sorted = palloc0(Max(*n, 1) * sizeof(TallySlot));
	position = 0;
	for (int i = 0; i < *n; i++)
		(void) tally_next(tally, &position, &sorted[i].key, &sorted[i].count);
	qsort(sorted, *n, sizeof(TallySlot), compare_slots);
	return sorted;
}

char *
tally_print(const Tally *tally, const TallyKeys *keys)
{
	StringInfoData buf;
	int			n;
	TallySlot  *sorted = tally_sorted(tally, &n);

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(&buf, ',');
		keys->append(&buf, sorted[i].key);
		appendStringInfo(&buf, ":" INT64_FORMAT, sorted[i].count);
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

static bool
tally_has(const Tally *tally, uint32 wanted)
{
	int			position = 0;
	uint32		key;
	int64		count;

	while (tally_next(tally, &position, &key, &count))
		if (key == wanted)
			return true;
	return false;
}

Tally *
tally_parse(const char *text, const TallyKeys *keys, struct Node *escontext)
{
	Tally	   *tally = tally_new();
	char	   *copy = pstrdup(text);
	Size		len = strlen(copy);
	char	   *item = copy + 1;

	if (len < 2 || copy[0] != '{' || copy[len - 1] != '}')
		goto malformed;
	copy[len - 1] = '\0';

	while (*item)
	{
		char	   *comma = strchr(item, ',');
		char	   *colon;
		char	   *end;
		char	   *unknown;
		uint32		key;
		int64		count;

		if (comma)
			*comma = '\0';
		colon = strrchr(item, ':');
		if (colon == NULL)
			goto malformed;
		*colon = '\0';
		if (!keys->parse(item, &key, &unknown))
			ereturn(escontext, NULL,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type %s: \"%s\"",
							keys->type_name, text),
					 errdetail("\"%s\" is not a label.", unknown)));
		errno = 0;
		count = strtoll(colon + 1, &end, 10);
		if (colon[1] < '1' || colon[1] > '9' || *end != '\0')
			goto malformed;
		if (errno == ERANGE)
			ereturn(escontext, NULL,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("count \"%s\" is out of range for type %s",
							colon + 1, keys->type_name)));
		if (tally_has(tally, key))
			ereturn(escontext, NULL,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type %s: \"%s\"",
							keys->type_name, text),
					 errdetail("\"%s\" occurs twice.", item)));
		tally = tally_add(tally, key, count);
		if (comma == NULL)
			return tally;
		item = comma + 1;
		if (*item == '\0')
			goto malformed;
	}
	return tally;

malformed:
	ereturn(escontext, NULL,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					keys->type_name, text),
			 errdetail("It is written as {label:count,...}, with counts from 1.")));
}

void
tally_write(StringInfo buf, const Tally *tally)
{
	int			n;
	TallySlot  *sorted = tally_sorted(tally, &n);

	pq_sendint32(buf, n);
	for (int i = 0; i < n; i++)
	{
		pq_sendint32(buf, sorted[i].key);
		pq_sendint64(buf, sorted[i].count);
	}
}

Tally *
tally_receive(StringInfo buf, const TallyKeys *keys)
{
	Tally	   *tally = tally_new();
	uint32		n = pq_getmsgint(buf, 4);
	int64		last = -1;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		key = pq_getmsgint(buf, 4);
		int64		count = pq_getmsgint64(buf);

		if (key > TALLY_KEY_MAX || key <= last || count <= 0 ||
			!keys->valid(key))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid %s in binary data", keys->type_name),
					 errdetail("Entry %u has key 0x%08x and count " INT64_FORMAT ".",
							   i, key, count)));
		last = key;
		tally = tally_add(tally, key, count);
	}
	return tally;
}

/*
 * kpi_tally: the tally of outcomes
 */

static void
append_label(StringInfo buf, uint32 key)
{
	outcome_append(buf, key, LANGUAGE_EN);
}

const TallyKeys outcome_tally_keys = {
	"kpi_tally", outcome_parse, append_label, outcome_valid
};

PG_FUNCTION_INFO_V1(kpi_tally_in);
Datum
kpi_tally_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(tally_parse(PG_GETARG_CSTRING(0), &outcome_tally_keys,
								  (struct Node *) fcinfo->context));
}

PG_FUNCTION_INFO_V1(kpi_tally_out);
Datum
kpi_tally_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(tally_print(PG_GETARG_TALLY_P(0), &outcome_tally_keys));
}

PG_FUNCTION_INFO_V1(kpi_tally_recv);
Datum
kpi_tally_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(tally_receive((StringInfo) PG_GETARG_POINTER(0),
									&outcome_tally_keys));
}

PG_FUNCTION_INFO_V1(kpi_tally_send);
Datum
kpi_tally_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	tally_write(&buf, PG_GETARG_TALLY_P(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * kpi_tally_accum(kpi_tally, outcome): counts one row, whatever the key's type.
 *
 * This runs once per row of every query, so the common case, a key that a
 * wide tally has already, is here without the generality of tally_add().
 */
PG_FUNCTION_INFO_V1(kpi_tally_accum);
Datum
kpi_tally_accum(PG_FUNCTION_ARGS)
{
	Tally	   *tally = PG_GETARG_TALLY_STATE(0);
	outcome		key = PG_GETARG_OUTCOME(1);

	check_aggregate_call(fcinfo, __func__);
	if (likely(tally->bits != 0))
	{
		TallySlot  *slot = wide_find((WideTally *) tally, key);

		if (likely(slot->key == key && slot->count < PG_INT64_MAX))
		{
			slot->count++;
			PG_RETURN_POINTER(tally);
		}
	}
	PG_RETURN_POINTER(tally_add(tally, key, 1));
}

/* kpi_tally_inverse(kpi_tally, outcome): takes one row back. */
PG_FUNCTION_INFO_V1(kpi_tally_inverse);
Datum
kpi_tally_inverse(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	PG_RETURN_POINTER(tally_add(PG_GETARG_TALLY_STATE(0),
								PG_GETARG_OUTCOME(1), -1));
}

/* kpi_tally_combine(kpi_tally, kpi_tally): adds the counts up. */
PG_FUNCTION_INFO_V1(kpi_tally_combine);
Datum
kpi_tally_combine(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	PG_RETURN_POINTER(tally_merge(PG_GETARG_TALLY_STATE(0),
								  PG_GETARG_TALLY_P(1), 1));
}
