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

/*
 * The slot where the search for a key begins.  The multiplier of this Fibonacci
 * hashing is chosen among random ones so that the outcomes of a single label
 * all begin at different slots of 31, and of 63.
 */
static inline uint32
slot_of(uint32 key, uint32 room)
{
	return ((uint64) (key * 0xc5958209U) * room) >> 32;
}

static Tally *
tally_alloc(int bits)
{
	Tally	   *tally;

	if (bits > TALLY_BITS_MAX || !AllocSizeIsValid(TALLY_SIZE(bits)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different keys in one tally")));
	tally = palloc0(TALLY_SIZE(bits));
	SET_VARSIZE(tally, TALLY_SIZE(bits));
	tally->version = TALLY_VERSION;
	tally->bits = bits;
	return tally;
}

Tally *
tally_new(void)
{
	return tally_alloc(TALLY_BITS_MIN);
}

/*
 * The slot of the key, or else the free one where it belongs, or NULL where
 * there is none.  A damaged tally ends the search as a full one does.
 */
#define TALLY_FIND(find, Form, Slot) \
static inline Slot * \
find(Form *tally, uint32 key) \
{ \
	uint32		room = TALLY_ROOM(tally->bits); \
	uint32		mark = TALLY_MARK(key); \
	uint32		i = slot_of(key, room); \
	Slot	   *free_slot = NULL; \
\
	for (uint32 n = 0; n < room; n++) \
	{ \
		Slot	   *slot = &tally->slots[i]; \
\
		if (slot->mark == mark) \
			return slot; \
		if (slot->count == 0 && free_slot == NULL) \
			free_slot = slot; \
		if (slot->mark == 0) \
			break; \
		if (++i == room) \
			i = 0; \
	} \
	return free_slot; \
}
TALLY_FIND(small_find, Tally, SmallSlot)
TALLY_FIND(wide_find, WideTally, WideSlot)

/* A tally of the same counts with room for one key more. */
static Tally *
tally_rebuild(const Tally *tally, bool wide)
{
	uint32		needed = 1;
	int			bits = wide ? TALLY_BITS_WIDE : TALLY_BITS_MIN;
	int			position = 0;
	uint32		key;
	int64		count;
	Tally	   *larger;

	while (tally_next(tally, &position, &key, &count))
		needed++;
	while (needed > (bits < TALLY_BITS_WIDE ? TALLY_ROOM(bits) : (uint32) 1 << (bits - 1)))
		bits++;

	larger = tally_alloc(bits);
	position = 0;
	while (tally_next(tally, &position, &key, &count))
		larger = tally_add(larger, key, count);
	return larger;
}

pg_noreturn pg_noinline static void
subtracted_too_much(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("cannot subtract rows that were never added")));
}

pg_noreturn pg_noinline static void
count_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("count out of range")));
}

static Tally *
small_add(Tally *tally, uint32 key, int64 n)
{
	SmallSlot  *slot = small_find(tally, key);
	int64		count;

	if (slot == NULL || slot->mark != TALLY_MARK(key))
	{
		if (n < 0)
			subtracted_too_much();
		if (slot == NULL || n > PG_UINT32_MAX)
			return tally_add(tally_rebuild(tally, n > PG_UINT32_MAX), key, n);
		slot->mark = TALLY_MARK(key);
		slot->count = n;
		return tally;
	}
	if (pg_add_s64_overflow(slot->count, n, &count) || count > PG_UINT32_MAX)
		return tally_add(tally_rebuild(tally, true), key, n);
	if (count < 0)
		subtracted_too_much();
	slot->count = count;
	return tally;
}

static Tally *
wide_add(WideTally *wide, uint32 key, int64 n)
{
	WideSlot   *slot = wide_find(wide, key);
	int64		count;

	if (slot == NULL || slot->mark != TALLY_MARK(key))
	{
		if (n < 0)
			subtracted_too_much();
		if (slot == NULL ||
			(slot->mark == 0 && wide->used >= (uint32) 1 << (wide->bits - 1)))
			return tally_add(tally_rebuild((Tally *) wide, true), key, n);
		if (slot->mark == 0)
			wide->used++;
		slot->mark = TALLY_MARK(key);
	}
	if (pg_add_s64_overflow(slot->count, n, &count))
		count_out_of_range();
	if (count < 0)
		subtracted_too_much();
	slot->count = count;
	return (Tally *) wide;
}

Tally *
tally_add(Tally *tally, uint32 key, int64 n)
{
	if (n == 0)
		return tally;
	if (unlikely(key > TALLY_KEY_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("key 0x%08x is too large for a tally", key)));
	if (TALLY_IS_WIDE(tally))
		return wide_add((WideTally *) tally, key, n);
	return small_add(tally, key, n);
}

/*
 * Tallies from anywhere
 */

Tally *
tally_read(Datum value)
{
	Tally	   *tally = (Tally *) state_read(value);

	if (unlikely(!tally_is_whole(tally)))
		state_refuse("tally", tally, TALLY_VERSION);
	return tally;
}

/* What text, wire and storage can hold of one key. */
static inline bool
entry_valid(uint32 key, int64 count, const TallyKeys *keys)
{
	return key <= TALLY_KEY_MAX && count > 0 && (keys == NULL || keys->valid(key));
}

bool
tally_valid(const Tally *tally, const TallyKeys *keys)
{
	uint32		used = 0;

	if (!tally_is_whole(tally) || tally->unused != 0)
		return false;
	for (uint32 i = 0; i < TALLY_ROOM(tally->bits); i++)
	{
		uint32		mark = TALLY_IS_WIDE(tally) ? ((const WideTally *) tally)->slots[i].mark : tally->slots[i].mark;
		int64		count = TALLY_IS_WIDE(tally) ? ((const WideTally *) tally)->slots[i].count : tally->slots[i].count;
		uint32		key = TALLY_KEY(mark);
		const void *found;

		if (mark != 0)
			used++;
		if (count == 0)
			continue;
		/* a key that is not found where it stands is there twice, or nowhere */
		found = TALLY_IS_WIDE(tally) ?
			(const void *) wide_find(unconstify(WideTally *, (const WideTally *) tally), key) :
			(const void *) small_find(unconstify(Tally *, tally), key);
		if (mark != TALLY_MARK(key) || !entry_valid(key, count, keys) ||
			found != (TALLY_IS_WIDE(tally) ? (const void *) &((const WideTally *) tally)->slots[i] :
					  (const void *) &tally->slots[i]))
			return false;
	}
	return !TALLY_IS_WIDE(tally) || used == ((const WideTally *) tally)->used;
}

static const Tally *
tally_check(const Tally *tally, const TallyKeys *keys)
{
	if (!tally_valid(tally, keys))
		state_refuse("tally", tally, TALLY_VERSION);
	return tally;
}

/*
 * The state to write into: the aggregate's own, or a plain copy where it is
 * not one yet.
 */
pg_noinline static Tally *
tally_made_fit(FunctionCallInfo fcinfo)
{
	Tally	   *tally = (Tally *) state_copy(PG_GETARG_DATUM(0));

	tally_check(tally, NULL);
	return tally;
}

static inline Tally *
tally_state(FunctionCallInfo fcinfo)
{
	Tally	   *tally = (Tally *) PG_GETARG_POINTER(0);

	if (likely(state_is_plain(tally) && tally_is_whole(tally)))
		return tally;
	return tally_made_fit(fcinfo);
}

Tally *
tally_merge(Tally *tally, const Tally *other, int sign)
{
	int			position = 0;
	uint32		key;
	int64		count;

	tally_check(other, NULL);
	while (tally_next(other, &position, &key, &count))
		tally = tally_add(tally, key, sign * count);
	return tally;
}

int64
tally_count_wide(const Tally *tally, bool (*condition) (uint32 key))
{
	int64		total = 0;
	int			position = 0;
	uint32		key;
	int64		count;

	while (tally_next(tally, &position, &key, &count))
		if (condition(key) && pg_add_s64_overflow(total, count, &total))
			count_out_of_range();
	return total;
}

/*
 * Text form: {label:count,...}, in ascending order of keys.
 * Binary form: the version, the number of entries, then key and count of each,
 * in the same order.
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

	tally_check(tally, NULL);
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
	TallySlot  *sorted = tally_sorted(tally_check(tally, keys), &n);

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

static int64
tally_get(Tally *tally, uint32 key)
{
	if (TALLY_IS_WIDE(tally))
	{
		WideSlot   *slot = wide_find((WideTally *) tally, key);

		return slot != NULL && slot->mark == TALLY_MARK(key) ? slot->count : 0;
	}
	else
	{
		SmallSlot  *slot = small_find(tally, key);

		return slot != NULL && slot->mark == TALLY_MARK(key) ? slot->count : 0;
	}
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
		if (tally_get(tally, key) != 0)
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

	pq_sendbyte(buf, TALLY_VERSION);
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
	int			version = pq_getmsgbyte(buf);
	uint32		n;
	int64		last = -1;

	if (version != TALLY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", keys->type_name),
				 errdetail("It is of version %d, this kpi knows version %d.", version, TALLY_VERSION)));
	n = pq_getmsgint(buf, 4);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		key = pq_getmsgint(buf, 4);
		int64		count = pq_getmsgint64(buf);

		if (key <= last || !entry_valid(key, count, keys))
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
 * small tally has where its search begins, is here without the generality of
 * tally_add().
 */
PG_FUNCTION_INFO_V1(kpi_tally_accum);
Datum
kpi_tally_accum(PG_FUNCTION_ARGS)
{
	Tally	   *tally;
	outcome		key = PG_GETARG_OUTCOME(1);

	check_aggregate_call(fcinfo, __func__);
	tally = tally_state(fcinfo);
	if (likely(!TALLY_IS_WIDE(tally)))
	{
		SmallSlot  *slot = &tally->slots[slot_of(key, TALLY_ROOM(tally->bits))];

		if (likely(slot->mark == TALLY_MARK(key) && slot->count < PG_UINT32_MAX))
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
	PG_RETURN_POINTER(tally_add(tally_state(fcinfo), PG_GETARG_OUTCOME(1), -1));
}

/* kpi_tally_combine(kpi_tally, kpi_tally): adds the counts up. */
PG_FUNCTION_INFO_V1(kpi_tally_combine);
Datum
kpi_tally_combine(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	PG_RETURN_POINTER(tally_merge(tally_state(fcinfo), PG_GETARG_TALLY_P(1), 1));
}
