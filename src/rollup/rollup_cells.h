/*-------------------------------------------------------------------------
 *
 * rollup_cells.h
 *		What the files about the cells of a roll-up share: rollup_cells.c,
 *		rollup_note.c and rollup_compact.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_ROLLUP_CELLS_H
#define KPI_ROLLUP_CELLS_H

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/xact.h"
#include "utils/timestamp.h"

#include "rollup/rollup.h"

/* The columns; after them come the keys. */
enum
{
	CELLS_ID, CELLS_HASH, CELLS_PENDING, CELLS_N, CELLS_MERGED, CELLS_FAULT, CELLS_ADDED, CELLS_REMOVED,
	CELLS_KEY
};

#define CELLS_COLUMNS (CELLS_KEY + ROLLUP_MAX_KEYS)

StaticAssertDecl(CELLS_KEY == ROLLUP_CELL_COLUMNS, "the cells have other columns than is said");

/* The rows of an index's part, from a hash on, in its order. */
extern SysScanDesc rollup_scan_cells(RollupCells *cells, Snapshot snapshot, bool pending,
									 StrategyNumber strategy, int64 hash);

/* A row for a cell of that hash; merged is the time at which it was made of others, or NULL. */
extern void rollup_append_cell(RollupCells *cells, int64 hash, const Datum *keys, const bool *nulls, int64 n,
							   const Datum *added, const Datum *removed, bool settled,
							   const TimestampTz *merged);

/* Deletes the row, unless another transaction has done so or is about to. */
extern bool rollup_take(RollupCells *cells, ItemPointer place, Snapshot snapshot);

/* A note has no keys, so it is among the rows of the cell that has none. */
extern void rollup_append_note(RollupCells *cells, int64 n, const TimestampTz *when, const char *note);

/* Merges the rejections that the snapshot sees; how many rows went. */
extern int64 rollup_merge_notes(RollupCells *cells, Snapshot snapshot);

/* Is a row of this transaction's? */
static inline bool
rollup_is_own(HeapTuple tuple)
{
	return TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data));
}

#endif							/* KPI_ROLLUP_CELLS_H */
