/*-------------------------------------------------------------------------
 *
 * groups.c
 *		The hash table of groups, with the parts of their states in place.
 *
 * An entry is the keys, which of them are NULL, and the parts, all of fixed
 * size; entries stand in chunks, numbered, and slots that are found by hash
 * hold their numbers.  Where the table is larger than the processor's caches,
 * what a row will touch is fetched ahead, for all rows of a page.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "plan/groups.h"

#define CHUNK_ENTRIES		256
#define FIRST_SLOTS			1024
#define SPARSE_SLOTS		16384	/* with fewer, one in eight is taken at most, else one in two */
#define LARGE_TABLE			(256 * 1024)	/* bytes that caches do not hold */
#define RECENT_BITS			11
#define SPILL_BITS			4	/* of the hash, at each level */
#define SPILL_FILES			(1 << SPILL_BITS)
#define SPILL_LEVELS		6
#define SPILL_KILOBYTES		64	/* that a file may keep in memory */

typedef struct Slot
{
	uint32		hash;
	uint32		entry;			/* its number, from 1; 0 where there is none */
} Slot;

/* A key and its group, where there is one key and it is plain. */
typedef struct Recent
{
	Datum		key;
	char	   *entry;			/* or NULL */
} Recent;

/* Rows that were put off. */
typedef struct Spill
{
	int			level;			/* how often they were */
	Tuplestorestate *rows;
} Spill;

struct Groups
{
	int			key_count;
	GroupKey   *keys;
	int			part_count;
	Part	   *parts;
	Size		nulls_offset;	/* of the bits of NULL keys */
	Size		entry_size;
	double		limit;
	TupleDesc	desc;
	const Vector **spilled;
	TupleTableSlot *slot;		/* for reading spilled rows */
	MemoryContext context;		/* of the table, and all that is in it */
	MemoryContext files;		/* of what is put off */

	Slot	   *slots;
	uint32		mask;
	Recent	   *recent;			/* those seen last, by hash; NULL where memory is short or keys are others */
	char	  **chunks;
	uint32		chunk_room;
	uint32		count;
	uint32		next;			/* to be given out */
	bool		by_reference;	/* some key or state is */
	bool		plain;			/* one key, which is plain */
	bool		exact;			/* and known by its hash */
	bool		full;
	int			level;			/* of the rows that make the table */
	List	   *spills;			/* to be read yet */
	Spill	   *open[SPILL_FILES];	/* that this table puts off into */

	int64		total;			/* groups of all tables so far */
	Size		most;
	int64		spilled_rows;
};

double
groups_estimate(int key_count, int keys_width, int part_count, const PartKind *kinds)
{
	double		size = key_count * sizeof(Datum) + sizeof(uint64) + keys_width + 3 * sizeof(Slot);

	for (int i = 0; i < part_count; i++)
		size += part_size(kinds[i], TALLY_CODES);
	return size;
}

static void
table_make(Groups *groups)
{
	MemoryContext old = MemoryContextSwitchTo(groups->context);

	groups->mask = FIRST_SLOTS - 1;
	groups->slots = groups->key_count > 0 ? palloc0(FIRST_SLOTS * sizeof(Slot)) : NULL;
	groups->recent = groups->plain && groups->limit > LARGE_TABLE ?
		palloc0(sizeof(Recent) << RECENT_BITS) : NULL;
	groups->chunk_room = 16;
	groups->chunks = palloc(groups->chunk_room * sizeof(char *));
	groups->count = 0;
	groups->next = 0;
	groups->full = false;
	MemoryContextSwitchTo(old);
}

Groups *
groups_new(int key_count, GroupKey *keys, int part_count, Part *parts,
		   double limit, TupleDesc desc, const Vector **spilled)
{
	Groups	   *groups = palloc0(sizeof(Groups));
	Size		offset = key_count * sizeof(Datum);

	groups->key_count = key_count;
	groups->keys = keys;
	groups->part_count = part_count;
	groups->parts = parts;
	groups->limit = limit;
	groups->desc = desc;
	groups->spilled = spilled;
	groups->nulls_offset = offset;
	offset += sizeof(uint64);
	for (int i = 0; i < part_count; i++)
	{
		part_begin(&parts[i], offset);
		offset += part_size(parts[i].kind, parts[i].codes);
		groups->by_reference |= parts[i].kind == PART_CALLED;
	}
	groups->entry_size = MAXALIGN(offset);
	groups->plain = key_count == 1 && keys[0].plain;
	groups->exact = groups->plain && keys[0].length <= (int) sizeof(uint32);
	for (int i = 0; i < key_count; i++)
		groups->by_reference |= !keys[i].by_value;
	groups->context = AllocSetContextCreate(CurrentMemoryContext, "kpi groups", ALLOCSET_DEFAULT_SIZES);
	groups->files = AllocSetContextCreate(CurrentMemoryContext, "kpi groups put off", ALLOCSET_DEFAULT_SIZES);
	table_make(groups);
	return groups;
}

MemoryContext
groups_context(const Groups *groups)
{
	return groups->context;
}

static void
note_memory(Groups *groups)
{
	Size		now = MemoryContextMemAllocated(groups->context, true);

	groups->most = Max(groups->most, now);
	groups->full = now > groups->limit && groups->level < SPILL_LEVELS;
}

static void
close_files(Groups *groups)
{
	ListCell   *cell;

	foreach(cell, groups->spills)
		tuplestore_end(((Spill *) lfirst(cell))->rows);
	groups->spills = NIL;
	memset(groups->open, 0, sizeof(groups->open));
	MemoryContextReset(groups->files);
}

void
groups_reset(Groups *groups)
{
	close_files(groups);
	MemoryContextReset(groups->context);
	groups->level = 0;
	groups->total = 0;
	table_make(groups);
}

void
groups_end(Groups *groups)
{
	close_files(groups);
	if (groups->slot != NULL)
		ExecDropSingleTupleTableSlot(groups->slot);
	groups->slot = NULL;
}

static inline char *
entry_at(const Groups *groups, uint32 number)
{
	return groups->chunks[number / CHUNK_ENTRIES] + (number % CHUNK_ENTRIES) * groups->entry_size;
}

/* A new entry of zeros, the last one. */
static char *
entry_new(Groups *groups)
{
	uint32		number = groups->count;

	if (number >= PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many groups")));
	if (number % CHUNK_ENTRIES == 0)
	{
		/* one group does not need a chunk */
		Size		size = groups->entry_size * (groups->key_count == 0 ? 1 : CHUNK_ENTRIES);

		if (number / CHUNK_ENTRIES == groups->chunk_room)
		{
			groups->chunk_room *= 2;
			groups->chunks = repalloc(groups->chunks, groups->chunk_room * sizeof(char *));
		}
		groups->chunks[number / CHUNK_ENTRIES] = MemoryContextAllocZero(groups->context, size);
		note_memory(groups);
	}
	else if (groups->by_reference && number % 32 == 0)
		note_memory(groups);
	groups->count++;
	groups->total++;
	return entry_at(groups, number);
}

static void
slots_grow(Groups *groups)
{
	uint32		mask = groups->mask * 2 + 1;
	Slot	   *slots = MemoryContextAllocExtended(groups->context, ((Size) mask + 1) * sizeof(Slot),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (uint32 i = 0; i <= groups->mask; i++)
	{
		uint32		at = groups->slots[i].hash & mask;

		if (groups->slots[i].entry == 0)
			continue;
		while (slots[at].entry != 0)
			at = (at + 1) & mask;
		slots[at] = groups->slots[i];
	}
	pfree(groups->slots);
	groups->slots = slots;
	groups->mask = mask;
}

/*
 * Keys
 */

/* The same bits for the same number, whatever function made the Datum. */
static inline Datum
canonical(Datum value, int16 length)
{
	switch (length)
	{
		case sizeof(int32):
			return Int32GetDatum(DatumGetInt32(value));
		case sizeof(int16):
			return Int16GetDatum(DatumGetInt16(value));
		case sizeof(char):
			return CharGetDatum(DatumGetChar(value));
		default:
			return value;
	}
}

/* The finalizer of MurmurHash3. */
static inline uint32
mixed(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return (uint32) h;
}

/* The same of MurmurHash3 for 32 bits, whose results differ if the numbers do; 0 of 0. */
static inline uint32
mixed_exactly(uint32 h)
{
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	h ^= h >> 16;
	return h;
}

static uint32
row_hash(Groups *groups, int row)
{
	uint64		hash = 0;

	for (int i = 0; i < groups->key_count; i++)
	{
		GroupKey   *key = &groups->keys[i];
		uint64		one = UINT64CONST(0x9e3779b97f4a7c15);	/* of a NULL */

		if (!key->vector.nulls[row])
			one = key->plain ? (uint64) canonical(key->vector.values[row], key->length) :
				DatumGetUInt32(FunctionCall1Coll(&key->hash, key->collation, key->vector.values[row]));
		hash = (hash << 31 | hash >> 33) * UINT64CONST(0x9e3779b97f4a7c15) + one;
	}
	return mixed(hash);
}

static inline uint64
entry_nulls(const Groups *groups, const char *entry)
{
	return *(const uint64 *) (entry + groups->nulls_offset);
}

static bool
row_matches(Groups *groups, const char *entry, int row)
{
	const Datum *values = (const Datum *) entry;
	uint64		nulls = entry_nulls(groups, entry);

	for (int i = 0; i < groups->key_count; i++)
	{
		GroupKey   *key = &groups->keys[i];
		bool		null = (nulls >> i & 1) != 0;

		if (null != key->vector.nulls[row])
			return false;
		if (null)
			continue;
		if (key->plain ? values[i] != canonical(key->vector.values[row], key->length) :
			!DatumGetBool(FunctionCall2Coll(&key->equal, key->collation, values[i], key->vector.values[row])))
			return false;
	}
	return true;
}

static void
entry_keep_keys(Groups *groups, char *entry, int row)
{
	Datum	   *values = (Datum *) entry;
	uint64	   *nulls = (uint64 *) (entry + groups->nulls_offset);
	MemoryContext old = MemoryContextSwitchTo(groups->context);

	for (int i = 0; i < groups->key_count; i++)
	{
		GroupKey   *key = &groups->keys[i];

		if (key->vector.nulls[row])
			*nulls |= UINT64CONST(1) << i;
		else if (key->plain)
			values[i] = canonical(key->vector.values[row], key->length);
		else
			values[i] = datumCopy(key->vector.values[row], key->by_value, key->length);
	}
	MemoryContextSwitchTo(old);
}

Datum
group_key(const Groups *groups, const char *entry, int key, bool *null)
{
	*null = (entry_nulls(groups, entry) >> key & 1) != 0;
	return *null ? (Datum) 0 : ((const Datum *) entry)[key];
}

/*
 * Rows that are put off
 */

static void
row_put_off(Groups *groups, int row, uint32 hash)
{
	int			file = hash >> (32 - SPILL_BITS * (groups->level + 1)) & (SPILL_FILES - 1);
	int			columns = groups->desc->natts;
	Datum		values[MaxTupleAttributeNumber];
	bool		nulls[MaxTupleAttributeNumber];

	if (groups->open[file] == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(groups->files);
		Spill	   *spill = palloc(sizeof(Spill));

		spill->level = groups->level + 1;
		spill->rows = tuplestore_begin_heap(false, false, SPILL_KILOBYTES);
		groups->open[file] = spill;
		groups->spills = lappend(groups->spills, spill);
		MemoryContextSwitchTo(old);
	}
	for (int i = 0; i < columns; i++)
	{
		values[i] = groups->spilled[i]->values[row];
		nulls[i] = groups->spilled[i]->nulls[row];
	}
	tuplestore_putvalues(groups->open[file]->rows, groups->desc, values, nulls);
	groups->spilled_rows++;
}

/* Fills a batch with rows that were put off; false after the last one. */
static bool
batch_take(Groups *groups, Tuplestorestate *rows, Batch *batch)
{
	batch->count = 0;
	if (groups->slot == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(groups));

		groups->slot = MakeSingleTupleTableSlot(groups->desc, &TTSOpsMinimalTuple);
		MemoryContextSwitchTo(old);
	}
	while (batch->count < BATCH_ROWS && tuplestore_gettupleslot(rows, true, false, groups->slot))
	{
		int			row = batch->count++;

		slot_getallattrs(groups->slot);
		for (int i = 0; i < groups->desc->natts; i++)
		{
			Form_pg_attribute attribute = TupleDescAttr(groups->desc, i);
			bool		null = groups->slot->tts_isnull[i];

			groups->spilled[i]->nulls[row] = null;
			groups->spilled[i]->values[row] = null ? (Datum) 0 :
				datumCopy(groups->slot->tts_values[i], attribute->attbyval, attribute->attlen);
		}
		batch->live[row] = row;
	}
	batch->live_count = batch->count;
	ExecClearTuple(groups->slot);
	return batch->count > 0;
}

/* Makes the table of the next file; false where there is none left. */
static bool
next_file(Groups *groups, Batch *batch, MemoryContext memory)
{
	Spill	   *spill;

	if (groups->spills == NIL)
		return false;
	spill = linitial(groups->spills);
	groups->spills = list_delete_first(groups->spills);
	memset(groups->open, 0, sizeof(groups->open));
	MemoryContextReset(groups->context);
	table_make(groups);
	groups->level = spill->level;
	for (;;)
	{
		MemoryContext old = MemoryContextSwitchTo(memory);
		bool		more = batch_take(groups, spill->rows, batch);

		CHECK_FOR_INTERRUPTS();
		if (more)
			groups_add(groups, batch);
		MemoryContextSwitchTo(old);
		MemoryContextReset(memory);
		if (!more)
			break;
	}
	tuplestore_end(spill->rows);
	pfree(spill);
	return true;
}

/*
 * Rows to their groups
 */

static inline bool
is_large(const Groups *groups)
{
	return (Size) groups->count * groups->entry_size > LARGE_TABLE;
}

/* A row of a new group, whose slot is this one; NULL where it is put off. */
static char *
entry_add(Groups *groups, int row, uint32 hash, uint32 at)
{
	char	   *entry;

	if (groups->full)
	{
		row_put_off(groups, row, hash);
		return NULL;
	}
	entry = entry_new(groups);
	entry_keep_keys(groups, entry, row);
	groups->slots[at].hash = hash;
	groups->slots[at].entry = groups->count;
	if (groups->count > groups->mask / (groups->mask < SPARSE_SLOTS ? 8 : 2))
		slots_grow(groups);
	return entry;
}

/* The only key of a row, where it is plain. */
static inline Datum
plain_value(const GroupKey *key, int row)
{
	return key->vector.nulls[row] ? (Datum) 0 : canonical(key->vector.values[row], key->length);
}

static inline uint32
plain_hash(const Groups *groups, Datum value)
{
	return groups->exact ? mixed_exactly((uint32) value) : mixed((uint64) value);
}

static inline char *
entry_find(Groups *groups, int row, uint32 hash)
{
	uint32		at = hash & groups->mask;

	for (; groups->slots[at].entry != 0; at = (at + 1) & groups->mask)
	{
		if (groups->slots[at].hash == hash)
		{
			char	   *entry = entry_at(groups, groups->slots[at].entry - 1);

			if (row_matches(groups, entry, row))
				return entry;
		}
	}
	return entry_add(groups, row, hash, at);
}

/*
 * The same where there is one key, whose bits are compared; or not even these,
 * where no two keys have the same hash, so that the entry need not be touched.
 */
static inline char *
entry_find_plain(Groups *groups, int row, uint32 hash, bool null, Datum value)
{
	uint32		at = hash & groups->mask;

	for (; groups->slots[at].entry != 0; at = (at + 1) & groups->mask)
	{
		if (groups->slots[at].hash == hash)
		{
			char	   *entry = entry_at(groups, groups->slots[at].entry - 1);

			/* the word of NULLs is next to the key, which is zero where it is NULL */
			if ((groups->exact && hash != 0) ||
				(((const Datum *) entry)[0] == value && entry_nulls(groups, entry) == (uint64) null))
				return entry;
		}
	}
	return entry_add(groups, row, hash, at);
}

/*
 * The groups of rows with one plain key where groups are few: most keys have
 * just been seen, and their groups are at hand.
 */
static void
find_recent(Groups *groups, Batch *batch)
{
	const GroupKey *key = &groups->keys[0];
	const Datum *values = key->vector.values;
	const bool *nulls = key->vector.nulls;
	Recent	   *recents = groups->recent;
	int			live = 0;

	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];
		Datum		value = values[row];
		Recent	   *recent = &recents[(value * UINT64CONST(0x9e3779b97f4a7c15)) >> (64 - RECENT_BITS)];
		char	   *entry = recent->entry;

		if (unlikely(entry == NULL || recent->key != value || nulls[row]))
		{
			Datum		plain = plain_value(key, row);

			entry = entry_find_plain(groups, row, plain_hash(groups, plain), nulls[row], plain);
			if (entry == NULL)
				continue;
			if (!nulls[row])
			{
				recent->key = value;
				recent->entry = entry;
			}
		}
		batch->entries[row] = entry;
		batch->live[live++] = row;
	}
	batch->live_count = live;
}

static void
find_groups(Groups *groups, Batch *batch)
{
	uint32		hashes[BATCH_ROWS];
	Datum		values[BATCH_ROWS];
	bool		plain = groups->plain;
	bool		large = is_large(groups);
	int			live = 0;

	if (groups->recent != NULL && !large)
	{
		find_recent(groups, batch);
		return;
	}
	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];

		if (plain)
		{
			values[i] = plain_value(&groups->keys[0], row);
			hashes[i] = plain_hash(groups, values[i]);
		}
		else
			hashes[i] = row_hash(groups, row);
	}
	if (large)
	{
		for (int i = 0; i < batch->live_count; i++)
			__builtin_prefetch(&groups->slots[hashes[i] & groups->mask]);
		for (int i = 0; i < batch->live_count; i++)
		{
			uint32		number = groups->slots[hashes[i] & groups->mask].entry;

			if (number != 0)
				__builtin_prefetch(entry_at(groups, number - 1));
		}
	}
	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];
		char	   *entry = plain ?
			entry_find_plain(groups, row, hashes[i], groups->keys[0].vector.nulls[row], values[i]) :
			entry_find(groups, row, hashes[i]);

		if (entry != NULL)
		{
			batch->entries[row] = entry;
			batch->live[live++] = row;
		}
	}
	batch->live_count = live;
}

void
groups_add(Groups *groups, Batch *batch)
{
	if (batch->live_count == 0)
		return;
	if (groups->key_count > 0)
		find_groups(groups, batch);
	else
	{
		char	   *entry = groups->count > 0 ? entry_at(groups, 0) : entry_new(groups);

		for (int i = 0; i < batch->live_count; i++)
			batch->entries[batch->live[i]] = entry;
	}
	for (int i = 0; i < groups->part_count; i++)
	{
		Part	   *part = &groups->parts[i];

		/* states that are called have most of their memory elsewhere */
		part_add(part, batch, groups->context, groups->key_count == 0,
				 part->kind == PART_CALLED ? groups->most > LARGE_TABLE : is_large(groups));
	}
}

/*
 * What came of it
 */

char *
groups_next(Groups *groups, Batch *scratch, MemoryContext scratch_memory)
{
	/* without keys there is one group, rows or not */
	if (groups->key_count == 0 && groups->count == 0)
		entry_new(groups);
	while (groups->next >= groups->count)
	{
		if (!next_file(groups, scratch, scratch_memory))
		{
			note_memory(groups);
			return NULL;
		}
	}
	return entry_at(groups, groups->next++);
}

bool
groups_rewind(Groups *groups)
{
	if (groups->level > 0 || groups->spills != NIL)
		return false;
	groups->next = 0;
	return true;
}

int64
groups_count(const Groups *groups)
{
	return groups->total;
}

Size
groups_memory(const Groups *groups)
{
	return Max(groups->most, MemoryContextMemAllocated(groups->context, true));
}

int64
groups_spilled(const Groups *groups)
{
	return groups->spilled_rows;
}
