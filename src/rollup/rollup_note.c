/*-------------------------------------------------------------------------
 *
 * rollup_note.c
 *		What the cells of a roll-up say that is not of any cell.
 *
 * A row with a text in the column fault is a note.  Where its n is 0 it says
 * that something was not counted, and what went wrong; one of them is enough.
 * Otherwise it says how many rows were rejected and why the last of them was,
 * or, below zero, that rejected rows have gone; its merged is the time of the
 * transaction.  The rows that are rejected at a moment are the sum of those.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "rollup/rollup_cells.h"

/* A note, read. */
typedef struct Note
{
	int64		n;
	TimestampTz when;
	const char *text;
} Note;

/* The pending rows of the cell without keys. */
static SysScanDesc
begin_notes(RollupCells *cells, Snapshot snapshot)
{
	Datum		keys[ROLLUP_MAX_KEYS] = {0};
	bool		nulls[ROLLUP_MAX_KEYS];

	memset(nulls, true, sizeof(nulls));
	return rollup_scan_cells(cells, snapshot, true, BTEqualStrategyNumber, rollup_hash(cells, keys, nulls));
}

/* Reads one; false for a row that is no note. */
static bool
read_note(const RollupCells *cells, HeapTuple tuple, Note *note)
{
	TupleDesc	desc = RelationGetDescr(cells->relation);
	bool		isnull;
	Datum		value = heap_getattr(tuple, CELLS_FAULT + 1, desc, &isnull);

	if (isnull)
		return false;
	note->text = TextDatumGetCString(value);
	value = heap_getattr(tuple, CELLS_N + 1, desc, &isnull);
	note->n = isnull ? 0 : DatumGetInt64(value);
	value = heap_getattr(tuple, CELLS_MERGED + 1, desc, &isnull);
	note->when = isnull ? DT_NOBEGIN : DatumGetTimestampTz(value);
	return true;
}

/* The next of them that is a note; NULL where there is none. */
static HeapTuple
next_note(const RollupCells *cells, SysScanDesc scan, Note *note)
{
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		if (read_note(cells, tuple, note))
			return tuple;
	}
	return NULL;
}

/* Is a the one whose text is to be shown, rather than b? */
static bool
is_later(const Note *a, const Note *b)
{
	if ((a->n > 0) != (b->n > 0))
		return a->n > 0;
	return a->when >= b->when;
}

void
rollup_note(RollupCells *cells, const char *fault)
{
	Snapshot	snapshot;
	SysScanDesc scan;
	Note		note;
	bool		noted = false;

	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = begin_notes(cells, snapshot);
	while (!noted && next_note(cells, scan, &note) != NULL)
		noted = note.n == 0;
	systable_endscan_ordered(scan);
	UnregisterSnapshot(snapshot);
	if (!noted)
		rollup_append_note(cells, 0, NULL, fault);
}

void
rollup_reject(RollupCells *cells, int64 n, const char *reason)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	if (n != 0)
		rollup_append_note(cells, n, &now, reason);
}

void
rollup_read_notes(RollupCells *cells, Snapshot snapshot, RollupNotes *notes)
{
	SysScanDesc scan = begin_notes(cells, snapshot);
	Note		note;
	Note		last = {0};

	memset(notes, 0, sizeof(RollupNotes));
	while (next_note(cells, scan, &note) != NULL)
	{
		notes->rejected += note.n;
		if (note.n == 0)
			notes->fault = pstrdup(note.text);
		else if (last.text == NULL || is_later(&note, &last))
			last = note;
	}
	systable_endscan_ordered(scan);
	if (notes->rejected != 0)
		notes->reason = pstrdup(last.text);
}

/*
 * A sum is a sum whoever else writes, so nothing has to be whole.  One row by
 * itself stays where it is.
 */
int64
rollup_merge_notes(RollupCells *cells, Snapshot snapshot)
{
	SysScanDesc scan = begin_notes(cells, snapshot);
	List	   *tuples = NIL;
	HeapTuple	tuple;
	Note		note;
	Note		last = {0};
	int64		n = 0;
	int64		merged = 0;
	ListCell   *cell;

	while ((tuple = next_note(cells, scan, &note)) != NULL)
	{
		if (note.n != 0 && !rollup_is_own(tuple))
			tuples = lappend(tuples, heap_copytuple(tuple));
	}
	systable_endscan_ordered(scan);
	if (list_length(tuples) < 2)
		return 0;
	foreach(cell, tuples)
	{
		tuple = lfirst(cell);
		if (!rollup_take(cells, &tuple->t_self, snapshot) || !read_note(cells, tuple, &note))
			continue;
		merged++;
		n += note.n;
		if (last.text == NULL || is_later(&note, &last))
			last = note;
	}
	if (n != 0)
		rollup_append_note(cells, n, &last.when, last.text);
	return merged;
}
