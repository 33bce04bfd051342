/*-------------------------------------------------------------------------
 *
 * rollup_cells.c
 *		The table of a live roll-up's cells: appending to it.
 *
 * A statement of one row spends more time on getting an INSERT under way than
 * on anything else, so rows are put into the table here.  The table is its
 * owner's, who may do to it what SQL can do: its columns are looked at each
 * time that it is opened, before a value is taken for what it should be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup_cells.h"

/* One appended row in so many asks for compaction. */
#define COMPACT_EVERY	1000

/*
 * Opening
 */

static bool
has_column(TupleDesc desc, int column, const char *name, Oid type)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, column);

	return !attribute->attisdropped && attribute->atttypid == type &&
		(name == NULL || strcmp(NameStr(attribute->attname), name) == 0);
}

static const struct
{
	const char *name;
	Oid			type;
}			columns[] = {
	[CELLS_ID] = {"id", INT8OID},
	[CELLS_HASH] = {"hash", INT8OID},
	[CELLS_PENDING] = {"pending", BOOLOID},
	[CELLS_N] = {"n", INT8OID},
	[CELLS_MERGED] = {"merged", TIMESTAMPTZOID},
	[CELLS_FAULT] = {"fault", TEXTOID},
	[CELLS_ADDED] = {"added", InvalidOid},	/* a scorecard, of whichever OID */
	[CELLS_REMOVED] = {"removed", InvalidOid}
};

/* Are its columns those of such cells, to the last that is asked for? */
static bool
has_columns(TupleDesc desc, const RollupDefinition *definition)
{
	int			nkeys = definition == NULL ? Min(desc->natts - CELLS_KEY, ROLLUP_MAX_KEYS) : definition->nkeys;
	Oid			scorecard = InvalidOid;

	if (desc->natts != CELLS_KEY + nkeys)
		return false;
	if (definition != NULL)
		scorecard = exprType((Node *) llast_node(TargetEntry, definition->entries)->expr);
	for (int i = 0; i < CELLS_KEY; i++)
	{
		if ((i < CELLS_ADDED || definition != NULL) &&
			!has_column(desc, i, columns[i].name, i < CELLS_ADDED ? columns[i].type : scorecard))
			return false;
	}
	for (int i = 0; definition != NULL && i < nkeys; i++)
	{
		Node	   *expr = (Node *) list_nth_node(TargetEntry, definition->entries, i)->expr;

		if (!has_column(desc, CELLS_KEY + i, NULL, exprType(expr)) ||
			TupleDescAttr(desc, CELLS_KEY + i)->attcollation != exprCollation(expr))
			return false;
	}
	return true;
}

/* From the catalog alone: nothing of it is locked, or opened. */
bool
rollup_is_cells(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			scorecard = get_func_rettype(rollup_function("kpi_rollup_journey"));
	bool		found = HeapTupleIsValid(tuple);
	int			natts = 0;

	if (found)
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);

		natts = class->relnatts;
		found = class->relkind == RELKIND_RELATION && !class->relispartition && natts >= CELLS_KEY;
		ReleaseSysCache(tuple);
	}
	for (int i = 0, key = 0; found && i < natts; i++)
	{
		Oid			type = get_atttype(relation, i + 1);
		const char *name = i < CELLS_KEY ? columns[i].name : psprintf("k%d", key + 1);
		char	   *attribute = get_attname(relation, i + 1, true);

		/* one that was added and dropped */
		if (i >= CELLS_KEY && !OidIsValid(type))
			continue;
		key += i >= CELLS_KEY;
		found = attribute != NULL && strcmp(attribute, name) == 0 &&
			(i >= CELLS_KEY || type == (OidIsValid(columns[i].type) ? columns[i].type : scorecard));
	}
	return found;
}

static bool
is_btree(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
	bool		btree = false;

	if (HeapTupleIsValid(tuple))
	{
		btree = ((Form_pg_class) GETSTRUCT(tuple))->relam == BTREE_AM_OID;
		ReleaseSysCache(tuple);
	}
	return btree;
}

/* The index on pending and hash, the primary key, whether there are others, and what they may do. */
static void
find_indexes(Relation relation, RollupCells *cells)
{
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;

	foreach(cell, indexes)
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
		Form_pg_index index;

		if (!HeapTupleIsValid(tuple))
			continue;
		index = (Form_pg_index) GETSTRUCT(tuple);
		if (!OidIsValid(cells->indexes[0]) &&
			index->indnatts == 2 && index->indnkeyatts == 2 && index->indisvalid && !index->indisunique &&
			index->indkey.values[0] == CELLS_PENDING + 1 && index->indkey.values[1] == CELLS_HASH + 1 &&
			heap_attisnull(tuple, Anum_pg_index_indpred, NULL) && is_btree(index->indexrelid))
			cells->indexes[0] = index->indexrelid;
		else
		{
			/* one of other columns than the number may refuse a row */
			if (index->indisprimary && index->indimmediate && index->indnatts == 1 &&
				index->indkey.values[0] == CELLS_ID + 1 && !index->indisexclusion)
				cells->indexes[1] = index->indexrelid;
			else
				cells->indexed = true;
			cells->refusing |= !heap_attisnull(tuple, Anum_pg_index_indexprs, NULL) ||
				!heap_attisnull(tuple, Anum_pg_index_indpred, NULL) || index->indisexclusion ||
				(index->indisunique && (index->indnatts != 1 || index->indkey.values[0] != CELLS_ID + 1));
		}
		ReleaseSysCache(tuple);
	}
	list_free(indexes);
}

char *
rollup_open_cells(RollupCells *cells, Oid relation, const RollupDefinition *definition, LOCKMODE lock)
{
	Relation	table = try_relation_open(relation, lock);

	memset(cells, 0, sizeof(RollupCells));
	if (table == NULL)
		return pstrdup("its cells are gone");
	if (table->rd_rel->relkind != RELKIND_RELATION || table->rd_rel->relam != HEAP_TABLE_AM_OID ||
		table->rd_rel->relispartition || !has_columns(RelationGetDescr(table), definition))
	{
		char	   *problem = psprintf("table \"%s\" does not have the columns of its cells",
									   RelationGetRelationName(table));

		relation_close(table, NoLock);
		return problem;
	}
	find_indexes(table, cells);
	if (!OidIsValid(cells->indexes[0]))
	{
		char	   *problem = psprintf("table \"%s\" has no index on pending and hash",
									   RelationGetRelationName(table));

		relation_close(table, NoLock);
		return problem;
	}
	cells->context = CurrentMemoryContext;
	cells->relation = table;
	cells->index = index_open(cells->indexes[0], lock);
	cells->nkeys = RelationGetDescr(table)->natts - CELLS_KEY;
	cells->codes = definition != NULL && ROLLUP_CODED(definition) ? definition->reading.hidden : 0;
	for (int i = 0; definition != NULL && i < cells->nkeys; i++)
		cells->types[i] = lookup_type_cache(TupleDescAttr(RelationGetDescr(table), CELLS_KEY + i)->atttypid,
											TYPECACHE_HASH_EXTENDED_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
	return NULL;
}

RollupCells *
rollup_keep_cells(const RollupCells *cells)
{
	RollupCells *kept = palloc0(sizeof(RollupCells));

	memcpy(kept->indexes, cells->indexes, sizeof(cells->indexes));
	kept->refusing = cells->refusing;
	kept->nkeys = cells->nkeys;
	kept->codes = cells->codes;
	memcpy(kept->types, cells->types, sizeof(cells->types));
	kept->infos[0] = BuildIndexInfo(cells->index);
	if (OidIsValid(cells->indexes[1]))
	{
		Relation	primary = index_open(cells->indexes[1], RowExclusiveLock);

		kept->infos[1] = BuildIndexInfo(primary);
		index_close(primary, NoLock);
	}
	return kept;
}

void
rollup_reopen_cells(RollupCells *cells, const RollupCells *kept, Oid relation)
{
	*cells = *kept;
	cells->context = CurrentMemoryContext;
	cells->relation = table_open(relation, NoLock);
	cells->index = index_open(cells->indexes[0], RowExclusiveLock);
}

/* Where there are indexes with expressions, or what else an owner thinks of. */
static void
begin_executor(RollupCells *cells)
{
	cells->estate = CreateExecutorState();
	cells->result = makeNode(ResultRelInfo);
	InitResultRelInfo(cells->result, cells->relation, 1, NULL, 0);
	ExecOpenIndices(cells->result, false);
}

void
rollup_begin_appending(RollupCells *cells)
{
	MemoryContext old;

	if (cells->slot != NULL)
		return;
	old = MemoryContextSwitchTo(cells->context);
	if (cells->indexed)
		begin_executor(cells);
	else
	{
		if (OidIsValid(cells->indexes[1]))
			cells->primary = index_open(cells->indexes[1], RowExclusiveLock);
		if (cells->infos[0] == NULL)
			cells->infos[0] = BuildIndexInfo(cells->index);
		if (cells->infos[1] == NULL && cells->primary != NULL)
			cells->infos[1] = BuildIndexInfo(cells->primary);
	}
	cells->slot = MakeSingleTupleTableSlot(RelationGetDescr(cells->relation), &TTSOpsVirtual);
	MemoryContextSwitchTo(old);
}

void
rollup_close_cells(RollupCells *cells)
{
	if (cells->finish != NULL)
		cells->finish(cells);
	if (cells->slot != NULL)
		ExecDropSingleTupleTableSlot(cells->slot);
	if (cells->estate != NULL)
	{
		ExecCloseIndices(cells->result);
		FreeExecutorState(cells->estate);
	}
	if (cells->primary != NULL)
		index_close(cells->primary, NoLock);
	index_close(cells->index, NoLock);
	table_close(cells->relation, NoLock);
}

/*
 * Keys
 */

static Oid
key_collation(const RollupCells *cells, int key)
{
	return TupleDescAttr(RelationGetDescr(cells->relation), CELLS_KEY + key)->attcollation;
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

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
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

/* All that one lead has under the same keys is of one hash, whichever the codes. */
int64
rollup_hash(const RollupCells *cells, const Datum *keys, const bool *nulls)
{
	uint64		hash = 0;

	for (int i = 0; i < cells->nkeys; i++)
		hash = hash_key(hash, cells->types[i], key_collation(cells, i), keys[i],
						nulls[i] || (i > 0 && i <= cells->codes && !nulls[0]));
	return (int64) hash;
}

bool
rollup_same(const RollupCells *cells, const Datum *a, const bool *a_nulls,
			const Datum *b, const bool *b_nulls)
{
	for (int i = 0; i < cells->nkeys; i++)
	{
		if (a_nulls[i] != b_nulls[i])
			return false;
		if (!a_nulls[i] &&
			!DatumGetBool(FunctionCall2Coll(&cells->types[i]->eq_opr_finfo, key_collation(cells, i), a[i], b[i])))
			return false;
	}
	return true;
}

/*
 * Appending
 */

/*
 * A number for a row: drawn, so that nothing that is written, restored or
 * replicated elsewhere has to be in step with a counter.
 */
static int64
draw_id(void)
{
	static uint64 state[2];
	static int	process;

	if (process != MyProcPid)
	{
		if (!pg_strong_random(state, sizeof(state)))
			elog(ERROR, "no random numbers");
		process = MyProcPid;
	}
	state[0]++;
	return (int64) hash_bytes_extended((unsigned char *) state, sizeof(state), 0);
}

/* Both indexes are of columns. */
static void
put_into_index(RollupCells *cells, Relation index, IndexInfo *info)
{
	TupleTableSlot *slot = cells->slot;
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	FormIndexDatum(info, slot, NULL, values, nulls);
	insert_index_entry(index, values, nulls, &slot->tts_tid, cells->relation, info);
}

static void
put_into_indexes(RollupCells *cells)
{
	if (cells->estate != NULL)
	{
		insert_index_entries(cells->result, cells->slot, cells->estate);
		ResetPerTupleExprContext(cells->estate);
		return;
	}
	put_into_index(cells, cells->index, cells->infos[0]);
	if (cells->primary != NULL)
		put_into_index(cells, cells->primary, cells->infos[1]);
}

/* A row with all but its keys and its scorecards, which are in the slot. */
static void
append(RollupCells *cells, int64 hash, int64 n, bool pending, const TimestampTz *merged, const char *fault)
{
	TupleTableSlot *slot = cells->slot;
	int64		id = draw_id();

	slot->tts_values[CELLS_ID] = Int64GetDatum(id);
	slot->tts_values[CELLS_HASH] = Int64GetDatum(hash);
	slot->tts_values[CELLS_PENDING] = BoolGetDatum(pending);
	slot->tts_values[CELLS_N] = Int64GetDatum(n);
	slot->tts_values[CELLS_MERGED] = merged == NULL ? (Datum) 0 : TimestampTzGetDatum(*merged);
	slot->tts_values[CELLS_FAULT] = fault == NULL ? (Datum) 0 : CStringGetTextDatum(fault);
	slot->tts_isnull[CELLS_ID] = slot->tts_isnull[CELLS_HASH] = false;
	slot->tts_isnull[CELLS_PENDING] = slot->tts_isnull[CELLS_N] = false;
	slot->tts_isnull[CELLS_MERGED] = merged == NULL;
	slot->tts_isnull[CELLS_FAULT] = fault == NULL;
	ExecStoreVirtualTuple(slot);
	table_tuple_insert(cells->relation, slot, GetCurrentCommandId(true), 0, NULL);
	put_into_indexes(cells);
	ExecClearTuple(slot);
	cells->appended++;
	cells->turns += (uint64) id % COMPACT_EVERY == 0;
}

static void
put_keys(RollupCells *cells, const Datum *keys, const bool *nulls)
{
	TupleTableSlot *slot = cells->slot;

	/* an error may have left something */
	ExecClearTuple(slot);
	memcpy(slot->tts_values + CELLS_KEY, keys, sizeof(Datum) * cells->nkeys);
	memcpy(slot->tts_isnull + CELLS_KEY, nulls, sizeof(bool) * cells->nkeys);
}

static void
put_scorecard(RollupCells *cells, int column, const Datum *card)
{
	cells->slot->tts_isnull[column] = card == NULL;
	cells->slot->tts_values[column] = card == NULL ? (Datum) 0 : *card;
}

void
rollup_append_cell(RollupCells *cells, int64 hash, const Datum *keys, const bool *nulls, int64 n,
				   const Datum *added, const Datum *removed, bool settled, const TimestampTz *merged)
{
	rollup_begin_appending(cells);
	put_keys(cells, keys, nulls);
	put_scorecard(cells, CELLS_ADDED, added);
	put_scorecard(cells, CELLS_REMOVED, removed);
	append(cells, hash, n, !settled, merged, NULL);
	if (settled && cells->account != NULL)
		cells->account(cells, keys, nulls, n, added, 1);
}

void
rollup_append(RollupCells *cells, const Datum *keys, const bool *nulls, int64 n,
			  const Datum *added, const Datum *removed, bool settled)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	rollup_append_cell(cells, rollup_hash(cells, keys, nulls), keys, nulls, n, added, removed, settled,
					   settled ? &now : NULL);
}

SysScanDesc
rollup_scan_cells(RollupCells *cells, Snapshot snapshot, bool pending, StrategyNumber strategy, int64 hash)
{
	ScanKeyData keys[2];

	ScanKeyInit(&keys[0], CELLS_PENDING + 1, BTEqualStrategyNumber, F_BOOLEQ, BoolGetDatum(pending));
	ScanKeyInit(&keys[1], CELLS_HASH + 1, strategy,
				strategy == BTEqualStrategyNumber ? F_INT8EQ : F_INT8GE, Int64GetDatum(hash));
	return systable_beginscan_ordered(cells->relation, cells->index, snapshot, 2, keys);
}

void
rollup_append_note(RollupCells *cells, int64 n, const TimestampTz *when, const char *note)
{
	Datum		keys[ROLLUP_MAX_KEYS] = {0};
	bool		nulls[ROLLUP_MAX_KEYS];

	memset(nulls, true, sizeof(nulls));
	rollup_begin_appending(cells);
	put_keys(cells, keys, nulls);
	put_scorecard(cells, CELLS_ADDED, NULL);
	put_scorecard(cells, CELLS_REMOVED, NULL);
	append(cells, rollup_hash(cells, keys, nulls), n, true, when, note);
}

bool
rollup_take(RollupCells *cells, ItemPointer place, Snapshot snapshot)
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
