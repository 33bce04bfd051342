/*-------------------------------------------------------------------------
 *
 * part.c
 *		The parts of a group's states, and what adds rows to them.
 *
 * The most frequent keys of a tally have codes, and counts of their own in a
 * group's entry; all other rows are in a tally beside it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"

#include "base/compat.h"
#include "plan/part.h"

/* What a tally's part of an entry is. */
typedef struct TallyCounts
{
	Tally	   *rest;			/* what the counts do not hold, or NULL */
	uint32		counts[FLEXIBLE_ARRAY_MEMBER];	/* by code */
} TallyCounts;

Size
part_size(PartKind kind, int codes)
{
	switch (kind)
	{
		case PART_ROWS:
			return sizeof(int64);
		case PART_TALLY:
			return MAXALIGN(offsetof(TallyCounts, counts) + codes * sizeof(uint32));
		case PART_CALLED:
			return MAXALIGN(sizeof(CalledState));
		default:
			return sizeof(DurationColumn);
	}
}

void
part_begin(Part *part, Size offset)
{
	part->offset = offset;
	memset(part->slot_keys, 0xFF, sizeof(part->slot_keys));
}

static inline bool
row_counts(const Part *part, int row)
{
	return (part->filter == NULL || (!part->filter->nulls[row] && DatumGetBool(part->filter->values[row]))) &&
		(part->argument == NULL || !part->argument->nulls[row]);
}

/* The live rows that a part is made of: most often all of them. */
typedef struct Chosen
{
	int			count;
	const uint16 *rows;
	uint16		some[BATCH_ROWS];
} Chosen;

static void
choose_rows(Chosen *chosen, const Part *part, const Batch *batch)
{
	chosen->count = batch->live_count;
	chosen->rows = batch->live;
	if (part->filter == NULL &&
		(part->argument == NULL || memchr(part->argument->nulls, true, batch->count) == NULL))
		return;
	chosen->count = 0;
	chosen->rows = chosen->some;
	for (int i = 0; i < batch->live_count; i++)
	{
		chosen->some[chosen->count] = batch->live[i];
		chosen->count += row_counts(part, batch->live[i]);
	}
}

static void
add_rows(const Part *part, Batch *batch, const Chosen *chosen)
{
	Size		offset = part->offset;

	for (int i = 0; i < chosen->count; i++)
		++*(int64 *) (batch->entries[chosen->rows[i]] + offset);
}

/* The code of a key; one that has none yet gets one, where there are any left. */
static inline int
code_of(Part *part, uint32 key)
{
	uint32		at = (key * 0x41cbcc3bU) >> 26;

	while (part->slot_keys[at] != key)
	{
		if (part->slot_keys[at] == PG_UINT32_MAX)
		{
			if (part->used == part->codes)
				return -1;
			part->slot_keys[at] = key;
			part->slot_codes[at] = part->used;
			part->keys[part->used] = key;
			return part->used++;
		}
		at = (at + 1) % DICTIONARY_SLOTS;
	}
	return part->slot_codes[at];
}

/* Rows that the counts by code do not hold. */
static void
add_rest(MemoryContext context, TallyCounts *state, uint32 key, int64 n)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Tally	   *before = state->rest != NULL ? state->rest : tally_new();

	state->rest = tally_add(before, key, n);
	if (state->rest != before)
		pfree(before);
	MemoryContextSwitchTo(old);
}

/* Where rows with a key are counted; NULL for one that went to the rest. */
static inline uint32 *
count_of(MemoryContext context, Part *part, TallyCounts *state, uint32 key)
{
	int			code = key <= TALLY_KEY_MAX ? code_of(part, key) : -1;

	if (likely(code >= 0))
		return &state->counts[code];
	add_rest(context, state, key, 1);
	return NULL;
}

static inline void
count_up(MemoryContext context, TallyCounts *state, uint32 *count, uint32 key)
{
	if (unlikely(++*count == 0))
		add_rest(context, state, key, (int64) PG_UINT32_MAX + 1);
}

static void
add_tally(MemoryContext context, Part *part, Batch *batch, const Chosen *chosen)
{
	const Datum *values = part->argument->values;
	Size		offset = part->offset;

	for (int i = 0; i < chosen->count; i++)
	{
		int			row = chosen->rows[i];
		TallyCounts *state = (TallyCounts *) (batch->entries[row] + offset);
		uint32		key = DatumGetUInt32(values[row]);
		uint32	   *count = count_of(context, part, state, key);

		if (likely(count != NULL))
			count_up(context, state, count, key);
	}
}

/* The same where the counts have to be fetched first. */
static void
add_tally_far(MemoryContext context, Part *part, Batch *batch, const Chosen *chosen)
{
	uint16		rows[BATCH_ROWS];
	uint32	   *counts[BATCH_ROWS];
	int			n = 0;

	for (int i = 0; i < chosen->count; i++)
	{
		int			row = chosen->rows[i];
		TallyCounts *state = (TallyCounts *) (batch->entries[row] + part->offset);

		counts[n] = count_of(context, part, state, DatumGetUInt32(part->argument->values[row]));
		if (counts[n] == NULL)
			continue;
		__builtin_prefetch(counts[n]);
		rows[n++] = row;
	}
	for (int i = 0; i < n; i++)
		count_up(context, (TallyCounts *) (batch->entries[rows[i]] + part->offset), counts[i],
				 DatumGetUInt32(part->argument->values[rows[i]]));
}

/* Whole seconds, the most frequent of durations, take no call. */
static pg_attribute_always_inline int64
duration_of(const Part *part, Datum value, bool seconds)
{
	if (seconds && likely(DatumGetInt32(value) >= 0))
		return DatumGetInt32(value) * (int64) USECS_PER_SEC;
	return part->duration(value);
}

static pg_attribute_always_inline void
add_durations(const Part *part, Batch *batch, const Chosen *chosen, bool seconds)
{
	const Datum *values = part->argument->values;
	Size		offset = part->offset;

	for (int i = 0; i < chosen->count; i++)
	{
		int			row = chosen->rows[i];
		DurationColumn *column = (DurationColumn *) (batch->entries[row] + offset);
		int64		duration = duration_of(part, values[row], seconds);
		int64		sum;

		if (unlikely(pg_add_s64_overflow(column->sum, duration, &sum)))
			duration_column_add(column, duration, 1, part->number);	/* says so */
		column->sum = sum;
		column->rows++;
		column->positive += duration > 0;
	}
}

StaticAssertDecl(BATCH_ROWS < PG_INT64_MAX / USECS_PER_SEC / PG_INT32_MAX,
				 "the longest durations of a page are too long together");

/*
 * The same for whole seconds of rows that are all of one group, with one look
 * for what is wrong; false, and nothing is added, where something is.
 */
static bool
add_seconds_to(DurationColumn *column, const Part *part, const Chosen *chosen)
{
	const Datum *values = part->argument->values;
	int64		seconds = 0;
	int32		signs = 0;
	int			positive = 0;
	int64		sum;

	for (int i = 0; i < chosen->count; i++)
	{
		int32		value = DatumGetInt32(values[chosen->rows[i]]);

		seconds += value;
		signs |= value;
		positive += value > 0;
	}
	if (signs < 0 || pg_add_s64_overflow(column->sum, seconds * USECS_PER_SEC, &sum))
		return false;
	column->sum = sum;
	column->rows += chosen->count;
	column->positive += positive;
	return true;
}

static void
add_duration(const Part *part, Batch *batch, const Chosen *chosen, bool single)
{
	bool		seconds = part->duration == int4_duration;

	if (seconds && single &&
		add_seconds_to((DurationColumn *) (batch->entries[batch->live[0]] + part->offset), part, chosen))
		return;
	if (seconds)
		add_durations(part, batch, chosen, true);
	else
		add_durations(part, batch, chosen, false);
}

void
part_add(Part *part, Batch *batch, MemoryContext context, bool single, bool far)
{
	Chosen		chosen;

	if (part->kind == PART_CALLED)
	{
		called_add(part->called, batch, part->filter, part->offset, context, far);
		return;
	}
	choose_rows(&chosen, part, batch);
	if (part->kind == PART_ROWS)
		add_rows(part, batch, &chosen);
	else if (part->kind == PART_DURATION)
		add_duration(part, batch, &chosen, single);
	else if (far)
		add_tally_far(context, part, batch, &chosen);
	else
		add_tally(context, part, batch, &chosen);
}

int64
part_rows(const Part *part, const char *entry)
{
	return *(const int64 *) (entry + part->offset);
}

const DurationColumn *
part_duration(const Part *part, const char *entry)
{
	return (const DurationColumn *) (entry + part->offset);
}

Datum
part_called_value(const Part *part, const char *entry, bool *null)
{
	return called_value(part->called, (const CalledState *) (entry + part->offset), null);
}

int64
part_measured(const Part *part, const char *entry, uint32 codes, Quantity measure)
{
	const TallyCounts *state = (const TallyCounts *) (entry + part->offset);
	int64		total = 0;

	for (int code = 0; code < part->used; code++)
		total += state->counts[code] & -(codes >> code & 1);
	return state->rest == NULL ? total : total + measure_count(measure, state->rest);
}

Tally *
part_tally(const Part *part, const char *entry)
{
	const TallyCounts *state = (const TallyCounts *) (entry + part->offset);
	Tally	   *tally = tally_new();

	for (int code = 0; code < part->used; code++)
		tally = tally_add(tally, part->keys[code], state->counts[code]);
	if (state->rest != NULL)
		tally = tally_merge(tally, state->rest, 1);
	return tally;
}
