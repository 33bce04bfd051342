/*-------------------------------------------------------------------------
 *
 * memo.c
 *		What an expression gave for the values of its columns so far.
 *
 * Values are told apart by their bytes as they stand in the row, the header of
 * a varlena included: what is compressed or elsewhere is computed each time.
 * Where most values are new, the memo is of no use, and is asked no more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "plan/memo.h"

#define MEMO_SLOTS		1024
#define MEMO_VALUES		512
#define MEMO_KEY_BYTES	128		/* of values that are kept */
#define MEMO_RESULT_BYTES 1024	/* of a result that is kept */
#define MEMO_TRIAL		512		/* so many may be new before half of all have to be found */

typedef struct MemoSlot
{
	uint32		hash;
	uint32		size;			/* of the key; 0 where the slot is free */
	char	   *key;
	MemoValue	result;
} MemoSlot;

typedef struct MemoColumn
{
	int16		length;
	bool		by_value;
	const Vector *vector;
} MemoColumn;

struct Memo
{
	int			column_count;
	MemoColumn	columns[MEMO_COLUMNS];
	int16		length;			/* of results */
	bool		by_value;
	MemoryContext context;		/* of keys and results */
	uint64		found;
	uint64		missed;
	uint32		hash;			/* of what was looked for last */
	uint32		size;			/* and its bytes; 0 where it cannot be kept */
	char		key[MEMO_KEY_BYTES];
	int			used;
	MemoSlot	slots[MEMO_SLOTS];
};

Memo *
memo_new(TupleDesc desc, int count, Column **columns, int16 length, bool by_value)
{
	Memo	   *memo = palloc0(sizeof(Memo));

	Assert(count <= MEMO_COLUMNS);
	memo->column_count = count;
	for (int i = 0; i < count; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, columns[i]->index);

		memo->columns[i].length = attribute->attlen;
		memo->columns[i].by_value = attribute->attbyval;
		memo->columns[i].vector = &columns[i]->vector;
	}
	memo->length = length;
	memo->by_value = by_value;
	memo->context = AllocSetContextCreate(CurrentMemoryContext, "kpi memo", ALLOCSET_DEFAULT_SIZES);
	return memo;
}

/* Adds a column's value to the key; false where it cannot be kept. */
static inline bool
key_append(Memo *memo, const MemoColumn *column, int row)
{
	Datum		value = column->vector->values[row];
	const char *bytes = (const char *) &value;
	Size		size = sizeof(Datum);

	/* no value has no bytes: those of a varlena begin with its header */
	if (column->vector->nulls[row])
		size = 0;
	else if (!column->by_value)
	{
		bytes = DatumGetPointer(value);
		if (column->length > 0)
			size = column->length;
		else if (column->length != -1 || VARATT_IS_EXTERNAL(bytes) || VARATT_IS_COMPRESSED(bytes))
			return false;
		else
			size = VARSIZE_ANY(bytes);
	}
	if (memo->size + 1 + size > MEMO_KEY_BYTES)
		return false;
	memo->key[memo->size++] = size != 0;
	memcpy(memo->key + memo->size, bytes, size);
	memo->size += size;
	return true;
}

const MemoValue *
memo_find(Memo *memo, int row)
{
	memo->size = 0;
	for (int i = 0; i < memo->column_count; i++)
	{
		if (!key_append(memo, &memo->columns[i], row))
		{
			memo->size = 0;
			memo->missed++;
			return NULL;
		}
	}
	memo->hash = hash_bytes((const unsigned char *) memo->key, memo->size);
	for (uint32 at = memo->hash % MEMO_SLOTS; memo->slots[at].size != 0; at = (at + 1) % MEMO_SLOTS)
	{
		MemoSlot   *slot = &memo->slots[at];

		if (slot->hash == memo->hash && slot->size == memo->size &&
			memcmp(slot->key, memo->key, memo->size) == 0)
		{
			memo->found++;
			return &slot->result;
		}
	}
	memo->missed++;
	return NULL;
}

void
memo_add(Memo *memo, Datum value, bool null)
{
	uint32		at = memo->hash % MEMO_SLOTS;
	MemoryContext old;

	if (memo->size == 0 || memo->used == MEMO_VALUES ||
		(!null && !memo->by_value && datumGetSize(value, false, memo->length) > MEMO_RESULT_BYTES))
		return;
	while (memo->slots[at].size != 0)
		at = (at + 1) % MEMO_SLOTS;
	old = MemoryContextSwitchTo(memo->context);
	memo->slots[at].hash = memo->hash;
	memo->slots[at].size = memo->size;
	memo->slots[at].key = memcpy(palloc(memo->size), memo->key, memo->size);
	memo->slots[at].result.value = null ? (Datum) 0 : datumCopy(value, memo->by_value, memo->length);
	memo->slots[at].result.null = null;
	memo->used++;
	MemoryContextSwitchTo(old);
}

bool
memo_is_useful(const Memo *memo)
{
	return memo->missed < MEMO_TRIAL || memo->found > memo->missed;
}

void
memo_forget(Memo *memo)
{
	MemoryContextReset(memo->context);
	memset(memo->slots, 0, sizeof(memo->slots));
	memo->used = 0;
	memo->found = 0;
	memo->missed = 0;
}
