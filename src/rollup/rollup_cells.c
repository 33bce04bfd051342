/*-------------------------------------------------------------------------
 *
 * rollup_cells.c
 *		The table of a live roll-up's cells: appending to it, and compaction.
 *
 * A statement of one row spends more time on getting an INSERT under way than
 * on anything else, so rows are put into the table here.
 *
 * Compaction merges rows of one cell.  It waits for nobody: a row that another
 * transaction has taken is left to that.  What it makes is pending as long as
 * the cell has other rows, or may have: a hash is whole if every row of it that
 * was committed before the snapshot was taken, and of the snapshot's, went into
 * the merge.  Rows of the same transaction stay out of it: two transactions
 * could otherwise each make the one row of a cell, out of rows of their own
 * that the other does not see.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/schema.h"
#include "card/scorecard.h"
#include "rollup/rollup.h"

/* The columns; after them come the keys. */
enum
{
	CELLS_ID, CELLS_HASH, CELLS_PENDING, CELLS_N, CELLS_MERGED, CELLS_ADDED, CELLS_REMOVED, CELLS_KEY
};

Oid
rollup_sequence(Oid cells)
{
	List	   *sequences = getOwnedSequences(cells);

	return sequences == NIL ? InvalidOid : linitial_oid(sequences);
}

void
rollup_open_cells(RollupCells *cells, Oid relation, Oid sequence, int nkeys)
{
	TupleDesc	desc;

	cells->relation = table_open(relation, RowExclusiveLock);
	desc = RelationGetDescr(cells->relation);
	if (desc->natts != nkeys + CELLS_KEY || !OidIsValid(sequence))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" does not fit its roll-up any more",
						RelationGetRelationName(cells->relation)),
				 errhint("Drop the roll-up with kpi_rollup_drop, and make it again.")));
	cells->sequence = sequence;
	cells->nkeys = nkeys;
	for (int i = 0; i < nkeys; i++)
		cells->types[i] = lookup_type_cache(TupleDescAttr(desc, CELLS_KEY + i)->atttypid,
											TYPECACHE_HASH_EXTENDED_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
	cells->estate = CreateExecutorState();
	cells->result = makeNode(ResultRelInfo);
	InitResultRelInfo(cells->result, cells->relation, 1, NULL, 0);
	ExecOpenIndices(cells->result, false);
	cells->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	cells->last = 0;
}

void
rollup_close_cells(RollupCells *cells)
{
	ExecDropSingleTupleTableSlot(cells->slot);
	ExecCloseIndices(cells->result);
	FreeExecutorState(cells->estate);
	table_close(cells->relation, NoLock);
}

/* One more key in the hash of a cell; equal values have equal hashes. */
static uint64
hash_key(uint64 seed, TypeCacheEntry *type, Oid collation, Datum value, bool isnull)
{
	uint64		hash = 0;

	if (!isnull)
		hash = DatumGetUInt64(FunctionCall2Coll(&type->hash_extended_proc_finfo, collation,
												value, UInt64GetDatum(0)));
	return hash_combine64(seed, hash);
}

/* kpi_rollup_hash(bigint, anyelement): the same, as the column is defined. */
PG_FUNCTION_INFO_V1(kpi_rollup_hash);
Datum
kpi_rollup_hash(PG_FUNCTION_ARGS)
{
	TypeCacheEntry *type = fcinfo->flinfo->fn_extra;

	if (type == NULL)
		type = fcinfo->flinfo->fn_extra =
			lookup_type_cache(get_fn_expr_argtype(fcinfo->flinfo, 1),
							  TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	if (!OidIsValid(type->hash_extended_proc_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("type %s cannot be hashed", format_type_be(type->type_id))));
	PG_RETURN_INT64((int64) hash_key((uint64) PG_GETARG_INT64(0), type, PG_GET_COLLATION(),
									 PG_GETARG_DATUM(1), PG_ARGISNULL(1)));
}

/* kpi_rollup_own(xid): is it this transaction, or a part of it? */
PG_FUNCTION_INFO_V1(kpi_rollup_own);
Datum
kpi_rollup_own(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(TransactionIdIsCurrentTransactionId(DatumGetTransactionId(PG_GETARG_DATUM(0))));
}

static Oid
key_collation(const RollupCells *cells, int key)
{
	return TupleDescAttr(RelationGetDescr(cells->relation), CELLS_KEY + key)->attcollation;
}

/* A row with all but its keys and its scorecards, which are in the slot. */
static void
append(RollupCells *cells, int64 n, bool pending, bool merged)
{
	TupleTableSlot *slot = cells->slot;
	uint64		hash = 0;

	for (int i = 0; i < cells->nkeys; i++)
		hash = hash_key(hash, cells->types[i], key_collation(cells, i),
						slot->tts_values[CELLS_KEY + i], slot->tts_isnull[CELLS_KEY + i]);
	cells->last = nextval_internal(cells->sequence, false);
	slot->tts_values[CELLS_ID] = Int64GetDatum(cells->last);
	slot->tts_values[CELLS_HASH] = Int64GetDatum((int64) hash);
	slot->tts_values[CELLS_PENDING] = BoolGetDatum(pending);
	slot->tts_values[CELLS_N] = Int64GetDatum(n);
	slot->tts_values[CELLS_MERGED] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	slot->tts_isnull[CELLS_ID] = slot->tts_isnull[CELLS_HASH] = false;
	slot->tts_isnull[CELLS_PENDING] = slot->tts_isnull[CELLS_N] = false;
	slot->tts_isnull[CELLS_MERGED] = !merged;
	ExecStoreVirtualTuple(slot);
	table_tuple_insert(cells->relation, slot, GetCurrentCommandId(true), 0, NULL);
	insert_index_entries(cells->result, slot, cells->estate);
	ResetPerTupleExprContext(cells->estate);
	ExecClearTuple(slot);
}

void
rollup_append(RollupCells *cells)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	int			nkeys = cells->nkeys;
	Datum		values[ROLLUP_MAX_KEYS + 3];
	bool		nulls[ROLLUP_MAX_KEYS + 3];
	TupleTableSlot *slot = cells->slot;

	if (desc->natts != nkeys + 3)
		elog(ERROR, "change of a roll-up has %d columns", desc->natts);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		heap_deform_tuple(SPI_tuptable->vals[i], desc, values, nulls);
		memcpy(slot->tts_values + CELLS_KEY, values, sizeof(Datum) * nkeys);
		memcpy(slot->tts_isnull + CELLS_KEY, nulls, sizeof(bool) * nkeys);
		slot->tts_values[CELLS_ADDED] = values[nkeys];
		slot->tts_isnull[CELLS_ADDED] = nulls[nkeys];
		slot->tts_values[CELLS_REMOVED] = values[nkeys + 1];
		slot->tts_isnull[CELLS_REMOVED] = nulls[nkeys + 1];
		append(cells, DatumGetInt64(values[nkeys + 2]), true, false);
	}
}

/*
 * Compaction
 */

/* The columns of what is merged; the keys come first. */
enum
{
	ROW_PLACE, ROW_HASH, ROW_PENDING, ROW_N, ROW_ADDED, ROW_REMOVED, ROW_COLUMNS
};

static const char rows_to_merge[] =
"WITH waiting AS MATERIALIZED"
" (SELECT {keys}ctid AS place, hash, pending, n, added, removed FROM {cells}"
" WHERE pending AND hash >= $1 AND NOT " KPI_INTERNAL ".kpi_rollup_own(xmin) ORDER BY hash LIMIT $2)"
" SELECT * FROM waiting UNION ALL"
" SELECT {keys}ctid, hash, pending, n, added, removed FROM {cells}"
" WHERE NOT pending AND hash = ANY (ARRAY(SELECT DISTINCT hash FROM waiting)) AND NOT " KPI_INTERNAL ".kpi_rollup_own(xmin)"
" ORDER BY hash";

/* A row of it. */
typedef struct Row
{
	Datum		values[ROLLUP_MAX_KEYS + ROW_COLUMNS];
	bool		nulls[ROLLUP_MAX_KEYS + ROW_COLUMNS];
	bool		taken;
} Row;

/* Deletes the row, unless another transaction has done so or is about to. */
static bool
take(RollupCells *cells, ItemPointer place, Snapshot snapshot)
{
	TM_FailureData failure;

#if PG_VERSION_NUM >= 190000
	return table_tuple_delete(cells->relation, place, GetCurrentCommandId(true), 0, snapshot,
							  InvalidSnapshot, false, &failure) == TM_Ok;
#else
	return table_tuple_delete(cells->relation, place, GetCurrentCommandId(true), snapshot,
							  InvalidSnapshot, false, &failure, false) == TM_Ok;
#endif
}

static bool
same_cell(const RollupCells *cells, const Row *a, const Row *b)
{
	for (int i = 0; i < cells->nkeys; i++)
	{
		if (a->nulls[i] != b->nulls[i])
			return false;
		if (!a->nulls[i] &&
			!DatumGetBool(FunctionCall2Coll(&cells->types[i]->eq_opr_finfo, key_collation(cells, i),
											a->values[i], b->values[i])))
			return false;
	}
	return true;
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

static void
put_scorecard(TupleTableSlot *slot, int column, Card *card)
{
	slot->tts_isnull[column] = card == NULL;
	if (card != NULL)
		slot->tts_values[column] = card_result(card);
}

/* Writes what the taken rows of one hash make, cell by cell. */
static void
merge_rows(RollupCells *cells, Row *rows, int count, bool whole)
{
	int			added = cells->nkeys + ROW_ADDED;
	int			removed = cells->nkeys + ROW_REMOVED;
	TupleTableSlot *slot = cells->slot;

	for (int i = 0; i < count; i++)
	{
		Card	   *plus = NULL;
		Card	   *minus = NULL;
		int64		n = 0;

		if (!rows[i].taken)
			continue;
		/* what is taken away was added before, in whichever of the rows */
		for (int sign = 1; sign >= -1; sign -= 2)
		{
			for (int j = i; j < count; j++)
			{
				if (!rows[j].taken || (j > i && !same_cell(cells, &rows[i], &rows[j])))
					continue;
				if (sign > 0)
				{
					n += DatumGetInt64(rows[j].values[cells->nkeys + ROW_N]);
					add_scorecard(&plus, &rows[j], added, 1);
				}
				else
				{
					if (whole)
						add_scorecard(&plus, &rows[j], removed, -1);
					else
						add_scorecard(&minus, &rows[j], removed, 1);
					if (j > i)
						rows[j].taken = false;
				}
			}
		}
		/* nothing is left of it */
		if (whole && n == 0)
			continue;
		memcpy(slot->tts_values + CELLS_KEY, rows[i].values, sizeof(Datum) * cells->nkeys);
		memcpy(slot->tts_isnull + CELLS_KEY, rows[i].nulls, sizeof(bool) * cells->nkeys);
		put_scorecard(slot, CELLS_ADDED, plus);
		put_scorecard(slot, CELLS_REMOVED, minus);
		append(cells, n, !whole, true);
	}
}

bool
rollup_compact_some(RollupCells *cells, SPIPlanPtr *plan, Oid schema, const Rollup *rollup,
					int64 *from, int64 limit, int64 *merged)
{
	Oid			types[] = {INT8OID, INT8OID};
	Datum		arguments[] = {Int64GetDatum(*from), Int64GetDatum(limit)};
	int			nkeys = cells->nkeys;
	MemoryContext context;
	MemoryContext old;
	Snapshot	snapshot;
	Row		   *rows;
	int64		pending = 0;
	int64		before = *merged;
	int			count;
	bool		more;
	int64		last = *from;

	if (*plan == NULL)
		*plan = rollup_prepare(rollup_sql(schema, rollup, rows_to_merge), 2, types);
	if (SPI_execute_plan(*plan, arguments, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot compact roll-up \"%s\"", get_rel_name(rollup->name));
	snapshot = GetActiveSnapshot();
	rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Row) * Max(SPI_processed, 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, rows[i].values, rows[i].nulls);
		if (DatumGetBool(rows[i].values[nkeys + ROW_PENDING]))
		{
			pending++;
			last = DatumGetInt64(rows[i].values[nkeys + ROW_HASH]);
		}
	}
	/* where there are more, some of them may be of the last hash */
	more = pending >= limit;

	context = AllocSetContextCreate(CurrentMemoryContext, "kpi roll-up compaction", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	for (uint64 i = 0; i < SPI_processed; i += count)
	{
		int64		hash = DatumGetInt64(rows[i].values[nkeys + ROW_HASH]);
		bool		whole = !(more && hash == last);

		for (count = 0; i + count < SPI_processed; count++)
		{
			Row		   *row = &rows[i + count];

			if (DatumGetInt64(row->values[nkeys + ROW_HASH]) != hash)
				break;
			row->taken = take(cells, (ItemPointer) DatumGetPointer(row->values[nkeys + ROW_PLACE]), snapshot);
			whole &= row->taken;
			*merged += row->taken;
		}
		merge_rows(cells, &rows[i], count, whole);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	pfree(rows);
	SPI_freetuptable(SPI_tuptable);
	/* what was deleted is not to be seen again */
	CommandCounterIncrement();
	UpdateActiveSnapshotCommandId();

	/* others have all that there is, as far as that */
	if (more && *merged == before && last == *from)
	{
		more = last < PG_INT64_MAX;
		last++;
	}
	*from = last;
	return more;
}
