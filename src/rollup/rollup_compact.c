/*-------------------------------------------------------------------------
 *
 * rollup_compact.c
 *		Rows of a live roll-up's cells taken together: compaction and counting.
 *
 * Compaction merges rows of one cell.  It waits for nobody: a row that another
 * transaction has taken is left to that.  What it makes is pending as long as
 * the cell has other rows, or may have: a hash is whole if every row of it that
 * was committed before the snapshot was taken, and of the snapshot's, went into
 * the merge.  Rows of the same transaction stay out of it: two transactions
 * could otherwise each make the one row of a cell, out of rows of their own
 * that the other does not see.  So a hash that has any is not whole, whether
 * they are a statement's or what this transaction has merged before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "card/scorecard.h"
#include "rollup/rollup_cells.h"

/* A row, deformed. */
typedef struct Row
{
	HeapTuple	tuple;
	Datum		values[CELLS_COLUMNS];
	bool		nulls[CELLS_COLUMNS];
	bool		taken;
} Row;

#define ROW_N(row) DatumGetInt64((row)->values[CELLS_N])
#define ROW_CARD(row, column) ((row)->nulls[column] ? NULL : &(row)->values[column])

static void
deform(const RollupCells *cells, HeapTuple tuple, Row *row)
{
	row->tuple = tuple;
	row->taken = false;
	heap_deform_tuple(tuple, RelationGetDescr(cells->relation), row->values, row->nulls);
}

/* Calls a function on each row that the snapshot sees. */
static void
each_row(RollupCells *cells, Snapshot snapshot, void (*function) (RollupCells *, Row *))
{
	TableScanDesc scan = table_beginscan_all(cells->relation, snapshot);
	TupleTableSlot *slot = table_slot_create(cells->relation, NULL);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "kpi roll-up rows", ALLOCSET_DEFAULT_SIZES);
	Row			row;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContext old = MemoryContextSwitchTo(context);
		bool		should_free;

		deform(cells, ExecFetchSlotHeapTuple(slot, false, &should_free), &row);
		row.tuple->t_self = slot->tts_tid;
		function(cells, &row);
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextDelete(context);
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
}

static void
remove_row(RollupCells *cells, Row *row)
{
	if (row->nulls[CELLS_FAULT])
		rollup_append(cells, row->values + CELLS_KEY, row->nulls + CELLS_KEY, -ROW_N(row),
					  ROW_CARD(row, CELLS_REMOVED), ROW_CARD(row, CELLS_ADDED), false);
	else
		rollup_reject(cells, -ROW_N(row), TextDatumGetCString(row->values[CELLS_FAULT]));
}

void
rollup_remove_all(RollupCells *cells, Snapshot snapshot)
{
	rollup_begin_appending(cells);
	each_row(cells, snapshot, remove_row);
}

static void
delete_row(RollupCells *cells, Row *row)
{
	simple_heap_delete(cells->relation, &row->tuple->t_self);
}

void
rollup_clear(RollupCells *cells)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());

	each_row(cells, snapshot, delete_row);
	UnregisterSnapshot(snapshot);
	CommandCounterIncrement();
}

/*
 * Compaction
 */

/* Hashes that could not be merged in the usual way. */
#define MAX_BAD 16

typedef enum BadHash
{
	NOT_BAD,
	BAD_TO_SUBTRACT,			/* what was removed stays beside what was added */
	BAD_TO_READ					/* its rows stay */
} BadHash;

typedef struct Compaction
{
	RollupCells *cells;
	int64		from;
	int64		limit;
	int64		merged;
	bool		more;
	Snapshot	snapshot;
	int64		hash;			/* at which it is */
	int			nbad;
	struct
	{
		int64		hash;
		BadHash		how;
	}			bad[MAX_BAD];
} Compaction;

static BadHash
how_bad(const Compaction *compaction, int64 hash)
{
	for (int i = 0; i < compaction->nbad; i++)
	{
		if (compaction->bad[i].hash == hash)
			return compaction->bad[i].how;
	}
	return NOT_BAD;
}

static void
add_scorecard(Card **card, const Row *row, int column, int sign)
{
	if (row->nulls[column])
		return;
	if (*card == NULL)
		*card = card_new(CurrentMemoryContext);
	card_merge(*card, (struct varlena *) PG_DETOAST_DATUM_PACKED(row->values[column]), sign);
}

/* Writes what the taken rows of one hash make, cell by cell. */
static void
merge_rows(RollupCells *cells, int64 hash, Row *rows, int count, bool whole)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	for (int i = 0; i < count; i++)
	{
		const Datum *keys = rows[i].values + CELLS_KEY;
		const bool *nulls = rows[i].nulls + CELLS_KEY;
		Card	   *plus = NULL;
		Card	   *minus = NULL;
		Datum		added;
		Datum		removed;
		int64		n = 0;

		if (!rows[i].taken)
			continue;
		/* what is taken away was added before, in whichever of the rows */
		for (int sign = 1; sign >= -1; sign -= 2)
		{
			for (int j = i; j < count; j++)
			{
				Row		   *row = &rows[j];

				if (!row->taken || (j > i && !rollup_same(cells, keys, nulls, row->values + CELLS_KEY, row->nulls + CELLS_KEY)))
					continue;
				if (sign > 0)
				{
					n += ROW_N(row);
					add_scorecard(&plus, row, CELLS_ADDED, 1);
					if (cells->account != NULL && !DatumGetBool(row->values[CELLS_PENDING]))
						cells->account(cells, keys, nulls, ROW_N(row), ROW_CARD(row, CELLS_ADDED), -1);
				}
				else
				{
					if (whole)
						add_scorecard(&plus, row, CELLS_REMOVED, -1);
					else
						add_scorecard(&minus, row, CELLS_REMOVED, 1);
					if (j > i)
						row->taken = false;
				}
			}
		}
		if (whole && n < 0)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a cell has lost more rows than it had")));
		/* nothing is left of it */
		if (whole && n == 0)
			continue;
		if (plus != NULL)
			added = card_result(plus);
		if (minus != NULL)
			removed = card_result(minus);
		rollup_append_cell(cells, hash, keys, nulls, n, plus == NULL ? NULL : &added, minus == NULL ? NULL : &removed,
						   whole, &now);
	}
}

/* Rows of one hash, which grow. */
typedef struct Rows
{
	Row		   *rows;
	int			count;
	int			room;
	MemoryContext context;		/* in which they are, and nothing that lasts */
} Rows;

static void
init_rows(Rows *rows)
{
	memset(rows, 0, sizeof(Rows));
	rows->context = AllocSetContextCreate(CurrentMemoryContext, "kpi roll-up rows of a hash", ALLOCSET_DEFAULT_SIZES);
}

static void
forget_rows(Rows *rows)
{
	MemoryContextReset(rows->context);
	rows->rows = NULL;
	rows->count = rows->room = 0;
}

static void
collect(const RollupCells *cells, Rows *rows, HeapTuple tuple)
{
	MemoryContext old = MemoryContextSwitchTo(rows->context);

	if (rows->count == rows->room)
	{
		rows->room = Max(16, rows->room * 2);
		rows->rows = rows->rows == NULL ? palloc(sizeof(Row) * rows->room) :
			repalloc_huge(rows->rows, sizeof(Row) * rows->room);
	}
	deform(cells, heap_copytuple(tuple), &rows->rows[rows->count++]);
	MemoryContextSwitchTo(old);
}

/*
 * Merges pending rows of one hash with those that are settled.  Of these, who
 * takes the first has all: they are always found in the same order.
 */
static void
merge_hash(Compaction *compaction, Rows *rows, bool whole)
{
	RollupCells *cells = compaction->cells;
	int			settled = rows->count;
	BadHash		bad = how_bad(compaction, compaction->hash);
	MemoryContext old;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (bad == BAD_TO_READ || rows->count == 0)
		return;
	scan = rollup_scan_cells(cells, compaction->snapshot, false, BTEqualStrategyNumber, compaction->hash);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		if (rollup_is_own(tuple))
			whole = false;
		else
			collect(cells, rows, tuple);
	}
	systable_endscan_ordered(scan);
	if (bad == BAD_TO_SUBTRACT)
		whole = false;
	for (int i = 0; i < rows->count; i++)
	{
		Row		   *row = &rows->rows[i];

		row->taken = (i <= settled || rows->rows[settled].taken) &&
			rollup_take(cells, &row->tuple->t_self, compaction->snapshot);
		whole &= row->taken;
		compaction->merged += row->taken;
	}
	old = MemoryContextSwitchTo(rows->context);
	merge_rows(cells, compaction->hash, rows->rows, rows->count, whole);
	MemoryContextSwitchTo(old);
}

/* A subtransaction's work: from a hash on, as far as the limit goes. */
static void
compact(void *argument)
{
	Compaction *compaction = argument;
	RollupCells *cells = compaction->cells;
	SysScanDesc scan;
	HeapTuple	tuple;
	Rows		rows;
	int64		seen = 0;
	bool		whole = true;
	bool		notes = false;

	/* what a failed attempt has accounted for was not to be */
	if (cells->flush != NULL)
		cells->flush(cells, false);
	/* what this transaction has written is to be seen */
	CommandCounterIncrement();
	compaction->snapshot = RegisterSnapshot(GetTransactionSnapshot());
	PushActiveSnapshot(compaction->snapshot);
	compaction->more = false;
	init_rows(&rows);
	compaction->hash = compaction->from;
	scan = rollup_scan_cells(cells, compaction->snapshot, true, BTGreaterEqualStrategyNumber, compaction->from);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		bool		isnull;
		int64		hash = DatumGetInt64(heap_getattr(tuple, CELLS_HASH + 1, RelationGetDescr(cells->relation), &isnull));

		if (hash != compaction->hash)
		{
			merge_hash(compaction, &rows, whole);
			forget_rows(&rows);
			whole = true;
			compaction->hash = hash;
			CHECK_FOR_INTERRUPTS();
		}
		/* there may be more of the last hash */
		if (seen >= compaction->limit)
		{
			compaction->more = true;
			whole = false;
			break;
		}
		if (!heap_attisnull(tuple, CELLS_FAULT + 1, RelationGetDescr(cells->relation)))
		{
			/* all notes are of one hash */
			if (!notes)
				compaction->merged += rollup_merge_notes(cells, compaction->snapshot);
			notes = true;
			continue;
		}
		seen++;
		if (rollup_is_own(tuple))
			whole = false;
		else
			collect(cells, &rows, tuple);
	}
	merge_hash(compaction, &rows, whole);
	if (cells->flush != NULL)
		cells->flush(cells, true);
	MemoryContextDelete(rows.context);
	systable_endscan_ordered(scan);
	PopActiveSnapshot();
	UnregisterSnapshot(compaction->snapshot);
}

bool
rollup_compact_some(RollupCells *cells, int64 *from, int64 limit, int64 *merged)
{
	Compaction	compaction = {.cells = cells, .from = *from, .limit = limit};
	char	   *fault = NULL;
	char	   *first = NULL;

	rollup_begin_appending(cells);
	for (;;)
	{
		int			i = 0;

		compaction.merged = 0;
		fault = rollup_try(compact, &compaction);
		if (fault == NULL)
			break;
		if (first == NULL)
			first = fault;
		/* once more, with care where it failed */
		while (i < compaction.nbad && compaction.bad[i].hash != compaction.hash)
			i++;
		if (i == MAX_BAD || (i < compaction.nbad && compaction.bad[i].how == BAD_TO_READ))
			break;
		compaction.bad[i].hash = compaction.hash;
		compaction.bad[i].how = i < compaction.nbad ? BAD_TO_READ : BAD_TO_SUBTRACT;
		compaction.nbad = Max(compaction.nbad, i + 1);
	}
	if (first != NULL)
		rollup_note(cells, first);
	if (fault != NULL)
	{
		if (cells->flush != NULL)
			cells->flush(cells, false);
		return false;
	}
	CommandCounterIncrement();
	*merged += compaction.merged;
	if (!compaction.more)
		return false;
	/* others have all that there is, as far as that */
	if (compaction.hash == *from && compaction.merged == 0)
	{
		if (compaction.hash == PG_INT64_MAX)
			return false;
		compaction.hash++;
	}
	*from = compaction.hash;
	return true;
}

/*
 * Counting
 */

typedef struct Counting
{
	RollupCells *cells;
	RollupCount *count;
	Snapshot	snapshot;
	Rows		rows;			/* pending ones of a hash */
	int64		hash;
} Counting;

/* The cells of a hash that has pending rows, in place of its settled rows. */
static void
count_hash(Counting *counting)
{
	RollupCells *cells = counting->cells;
	Rows	   *rows = &counting->rows;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (rows->count == 0)
		return;
	scan = rollup_scan_cells(cells, counting->snapshot, false, BTEqualStrategyNumber, counting->hash);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		collect(cells, rows, tuple);
		counting->count->cells--;
	}
	systable_endscan_ordered(scan);
	for (int i = 0; i < rows->count; i++)
	{
		Row		   *a = &rows->rows[i];
		int64		n = ROW_N(a);

		if (a->taken)
			continue;
		for (int j = i + 1; j < rows->count; j++)
		{
			Row		   *b = &rows->rows[j];

			if (!b->taken && rollup_same(cells, a->values + CELLS_KEY, a->nulls + CELLS_KEY,
										 b->values + CELLS_KEY, b->nulls + CELLS_KEY))
			{
				b->taken = true;
				n += ROW_N(b);
			}
		}
		counting->count->cells += n > 0;
	}
}

/* All that is counted row by row, by a plain scan. */
static void
count_rows(RollupCells *cells, Snapshot snapshot, RollupCount *count)
{
	TableScanDesc scan = table_beginscan_all(cells->relation, snapshot);
	TupleTableSlot *slot = table_slot_create(cells->relation, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		slot_getsomeattrs(slot, CELLS_FAULT + 1);
		if (!slot->tts_isnull[CELLS_FAULT])
			continue;
		count->rows++;
		if (DatumGetBool(slot->tts_values[CELLS_PENDING]))
			count->pending++;
		else
			count->cells++;
		if (!slot->tts_isnull[CELLS_MERGED])
			count->merged = Max(count->merged, DatumGetInt64(slot->tts_values[CELLS_MERGED]));
		CHECK_FOR_INTERRUPTS();
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
}

void
rollup_count_cells(RollupCells *cells, RollupCount *count)
{
	Counting	counting = {.cells = cells, .count = count, .snapshot = GetActiveSnapshot()};
	SysScanDesc scan;
	HeapTuple	tuple;

	memset(count, 0, sizeof(RollupCount));
	rollup_read_notes(cells, counting.snapshot, &count->notes);
	count_rows(cells, counting.snapshot, count);
	scan = rollup_scan_cells(cells, counting.snapshot, true, BTGreaterEqualStrategyNumber, PG_INT64_MIN);
	init_rows(&counting.rows);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		bool		isnull;
		int64		hash = DatumGetInt64(heap_getattr(tuple, CELLS_HASH + 1, RelationGetDescr(cells->relation), &isnull));

		if (!heap_attisnull(tuple, CELLS_FAULT + 1, RelationGetDescr(cells->relation)))
			continue;
		if (hash != counting.hash)
		{
			count_hash(&counting);
			forget_rows(&counting.rows);
			counting.hash = hash;
			CHECK_FOR_INTERRUPTS();
		}
		collect(cells, &counting.rows, tuple);
	}
	count_hash(&counting);
	MemoryContextDelete(counting.rows.context);
	systable_endscan_ordered(scan);
}
