/*-------------------------------------------------------------------------
 *
 * rollup_change.c
 *		What happens to the source of a live roll-up.
 *
 * A statement appends what it added to each cell and what it removed, and
 * takes no lock that another statement could wait for.  So that a roll-up that
 * nobody looks after stays small, now and then a statement merges what others
 * have left.
 *
 * None of that may fail the statement that it serves, unless a roll-up is
 * strict.  The expressions are evaluated in a subtransaction; the rows are
 * written outside of it.  What could not be counted is noted in the cells, for
 * kpi_rollups to show.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

/* The statement whose turn it is merges up to so many pending rows. */
#define COMPACT_ROWS	8000

/* A transaction takes so many turns at most, each a subtransaction. */
#define COMPACT_TURNS	50

/* So many removals of an UPDATE are set off against what it adds. */
#define SET_OFF			10000

static bool enable_compaction = true;

typedef struct Changes
{
	Oid			relation;		/* the key */
	bool		built;
	bool		valid;			/* no invalidation came since it was begun */
	uint64		invalidations;	/* that have come at all */
	int			uses;
	MemoryContext context;
	List	   *list;			/* of RollupWork */
	List	   *concerned;		/* relations that have a say in it */
} Changes;

/* The session's, by table. */
static HTAB *all_changes;

/*
 * The session's memory
 */

/* An invalidation of relations: forgets what depends on it. */
static void
forget_relation(Datum arg pg_attribute_unused(), Oid relation)
{
	HASH_SEQ_STATUS status;
	Changes    *changes;

	hash_seq_init(&status, all_changes);
	while ((changes = hash_seq_search(&status)) != NULL)
	{
		if (!OidIsValid(relation) || list_member_oid(changes->concerned, relation))
		{
			changes->valid = false;
			changes->invalidations++;
		}
	}
}

/* A role or a function is not what it was, perhaps. */
static void
forget_all(Datum arg pg_attribute_unused(), int cache pg_attribute_unused(),
		   uint32 hash pg_attribute_unused())
{
	forget_relation((Datum) 0, InvalidOid);
}

/* A type is not what it was: one that a plan has looked into? */
static void
forget_type(Datum arg pg_attribute_unused(), int cache, uint32 hash)
{
	HASH_SEQ_STATUS status;
	Changes    *changes;

	hash_seq_init(&status, all_changes);
	while ((changes = hash_seq_search(&status)) != NULL)
	{
		ListCell   *cell;

		foreach(cell, changes->list)
		{
			RollupWork *work = lfirst(cell);

			for (int i = 0; i < 2; i++)
			{
				ListCell   *item;

				foreach(item, work->plans[i] == NULL ? NIL : work->plans[i]->invalItems)
				{
					PlanInvalItem *inval = lfirst_node(PlanInvalItem, item);

					if (inval->cacheId == cache && (hash == 0 || inval->hashValue == hash))
					{
						changes->valid = false;
						changes->invalidations++;
					}
				}
			}
		}
	}
}

static void
init_changes(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(Changes);
	control.hcxt = CacheMemoryContext;
	all_changes = hash_create("kpi roll-ups", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_relation, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(SUBSCRIPTIONRELMAP, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, forget_type, (Datum) 0);
}

void
rollup_invalidate(Oid source)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(source, NoLock, NULL))
		CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
}

/* What the roll-ups of a root do. */
static List *
make_changes(Oid root)
{
	List	   *list = NIL;
	ListCell   *cell;

	foreach(cell, list_concat(rollup_list(root), rollup_barred(root)))
		list = lappend(list, rollup_work(lfirst(cell)));
	return list;
}

static void
build_changes(Changes *changes)
{
	Oid			root = rollup_root(changes->relation);
	MemoryContext old;
	ListCell   *cell;

	changes->built = false;
	changes->list = changes->concerned = NIL;
	/* what a statement further out still runs is left to it */
	if (changes->context != NULL && changes->uses == 0)
		MemoryContextDelete(changes->context);
	changes->context = AllocSetContextCreate(CacheMemoryContext, "kpi roll-ups of a table", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(changes->context);
	changes->concerned = list_make2_oid(changes->relation, root);
	foreach(cell, rollup_definitions(root))
		changes->concerned = lappend_oid(changes->concerned, lfirst_oid(cell));
	/* an invalidation that comes in the meantime is heeded next time */
	changes->valid = true;
	changes->list = make_changes(root);
	foreach(cell, changes->list)
	{
		RollupWork *work = lfirst(cell);
		Rollup	   *rollup = work->rollup;

		work->invalidations = &changes->invalidations;
		changes->concerned = lappend_oid(changes->concerned, rollup->cells);
		changes->concerned = lappend_oid(changes->concerned, rollup->name);
	}
	MemoryContextSwitchTo(old);
	changes->built = true;
}

/* The cells of sound roll-ups, locked; false where they are sound no more. */
static bool
lock_cells(const Changes *changes)
{
	ListCell   *cell;

	foreach(cell, changes->list)
	{
		Rollup	   *rollup = ((RollupWork *) lfirst(cell))->rollup;

		if (rollup->entitled)
			LockRelationOid(rollup->cells, RowExclusiveLock);
	}
	return changes->valid;
}

/* A table's changes from the session's memory; the caller gives it back. */
static Changes *
current_changes(Oid relation)
{
	Changes    *changes;
	bool		found;

	if (all_changes == NULL)
		init_changes();
	changes = hash_search(all_changes, &relation, HASH_ENTER, &found);
	if (!found)
	{
		memset(changes, 0, sizeof(Changes));
		changes->relation = relation;
	}
	for (int i = 0; i < 5; i++)
	{
		if (!changes->built || !changes->valid)
			build_changes(changes);
		/* what waited for the lock may find another world */
		if (lock_cells(changes))
			break;
	}
	changes->uses++;
	return changes;
}

/*
 * Writing
 */

/* A result: keys, card, number of rows. */
typedef struct CellResult
{
	int64		hash;
	MinimalTuple tuple;
	bool		set_off;
} CellResult;

static int
compare_results(const void *a, const void *b)
{
	int64		x = ((const CellResult *) a)->hash;
	int64		y = ((const CellResult *) b)->hash;

	return x < y ? -1 : x > y;
}

static int64
result_n(TupleTableSlot *slot, int nkeys)
{
	return DatumGetInt64(slot->tts_values[nkeys + 1]);
}

static const Datum *
result_card(TupleTableSlot *slot, int nkeys)
{
	return slot->tts_isnull[nkeys] ? NULL : &slot->tts_values[nkeys];
}

/* Scorecards of the same content are the same bytes. */
static bool
same_card(const Datum *a, const Datum *b)
{
	struct varlena *x;
	struct varlena *y;

	if (a == NULL || b == NULL)
		return a == b;
	x = PG_DETOAST_DATUM_PACKED(*a);
	y = PG_DETOAST_DATUM_PACKED(*b);
	return VARSIZE_ANY_EXHDR(x) == VARSIZE_ANY_EXHDR(y) &&
		memcmp(VARDATA_ANY(x), VARDATA_ANY(y), VARSIZE_ANY_EXHDR(x)) == 0;
}

static void
append_result(RollupCells *cells, TupleTableSlot *slot, bool is_new)
{
	int			nkeys = cells->nkeys;
	const Datum *card = result_card(slot, nkeys);
	int64		n = result_n(slot, nkeys);

	rollup_append(cells, slot->tts_values, slot->tts_isnull, is_new ? n : -n,
				  is_new ? card : NULL, is_new ? NULL : card, false);
}

/* The removals of an UPDATE, as many as are held in memory, by hash. */
static int
hold_removals(RollupCells *cells, Tuplestorestate *rows, TupleTableSlot *slot, CellResult **results)
{
	int			room = Min(tuplestore_tuple_count(rows), SET_OFF);
	int			count = 0;

	*results = palloc(sizeof(CellResult) * Max(room, 1));
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		slot_getallattrs(slot);
		if (count == room)
		{
			append_result(cells, slot, false);
			continue;
		}
		(*results)[count].hash = rollup_hash(cells, slot->tts_values, slot->tts_isnull);
		(*results)[count].tuple = ExecCopySlotMinimalTuple(slot);
		(*results)[count++].set_off = false;
	}
	qsort(*results, count, sizeof(CellResult), compare_results);
	return count;
}

/* Sets off what a cell has lost against what it has got; false if nothing. */
static bool
set_off(RollupCells *cells, TupleTableSlot *slot, TupleTableSlot *other, CellResult *results, int count)
{
	int			nkeys = cells->nkeys;
	CellResult		key = {.hash = rollup_hash(cells, slot->tts_values, slot->tts_isnull)};
	CellResult	   *result = bsearch(&key, results, count, sizeof(CellResult), compare_results);

	if (result == NULL)
		return false;
	while (result > results && result[-1].hash == key.hash)
		result--;
	for (; result < results + count && result->hash == key.hash; result++)
	{
		int64		n;
		bool		same;

		ExecStoreMinimalTuple(result->tuple, other, false);
		slot_getallattrs(other);
		if (result->set_off ||
			!rollup_same(cells, slot->tts_values, slot->tts_isnull, other->tts_values, other->tts_isnull))
			continue;
		result->set_off = true;
		n = result_n(slot, nkeys) - result_n(other, nkeys);
		same = same_card(result_card(slot, nkeys), result_card(other, nkeys));
		if (n != 0 || !same)
			rollup_append(cells, slot->tts_values, slot->tts_isnull, n,
						  same ? NULL : result_card(slot, nkeys), same ? NULL : result_card(other, nkeys), false);
		return true;
	}
	return false;
}

/* What a row by itself was, and has become. */
static void
write_single(RollupCells *cells, const RollupResults *results)
{
	int			nkeys = cells->nkeys;
	const RollupResult *was = results->single_rows[0];
	const RollupResult *is = results->single_rows[1];
	const Datum *removed = was == NULL || was->nulls[nkeys] ? NULL : &was->values[nkeys];
	const Datum *added = is == NULL || is->nulls[nkeys] ? NULL : &is->values[nkeys];

	if (was != NULL && is != NULL && rollup_same(cells, was->values, was->nulls, is->values, is->nulls))
	{
		if (!same_card(added, removed))
			rollup_append(cells, is->values, is->nulls, 0, added, removed, false);
		return;
	}
	if (is != NULL)
		rollup_append(cells, is->values, is->nulls, 1, added, NULL, false);
	if (was != NULL)
		rollup_append(cells, was->values, was->nulls, -1, NULL, removed, false);
}

typedef struct Writing
{
	RollupCells *cells;
	RollupResults *results;
} Writing;

static void
write_results(void *argument)
{
	Writing    *writing = argument;
	RollupCells *cells = writing->cells;
	RollupResults *results = writing->results;
	TupleTableSlot *slot;
	TupleTableSlot *other;
	CellResult	   *removals = NULL;
	int			count = 0;
	bool		both = results->rows[0] != NULL && results->rows[1] != NULL;
	MemoryContext context;

	if (results->single)
	{
		write_single(cells, results);
		return;
	}
	rollup_reject(cells, results->rejected, results->reason);
	if (results->desc == NULL)
		return;
	slot = MakeSingleTupleTableSlot(results->desc, &TTSOpsMinimalTuple);
	other = MakeSingleTupleTableSlot(results->desc, &TTSOpsMinimalTuple);
	if (both)
		count = hold_removals(cells, results->rows[0], slot, &removals);
	context = AllocSetContextCreate(CurrentMemoryContext, "kpi roll-up results", ALLOCSET_SMALL_SIZES);
	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (results->rows[is_new] == NULL || (both && !is_new))
			continue;
		/* a row that comes from a file is the slot's, and outlasts its turn */
		while (tuplestore_gettupleslot(results->rows[is_new], true, false, slot))
		{
			MemoryContext old = MemoryContextSwitchTo(context);

			slot_getallattrs(slot);
			if (!both || !set_off(cells, slot, other, removals, count))
				append_result(cells, slot, is_new);
			MemoryContextSwitchTo(old);
			MemoryContextReset(context);
		}
	}
	for (int i = 0; i < count; i++)
	{
		if (removals[i].set_off)
			continue;
		ExecStoreMinimalTuple(removals[i].tuple, slot, false);
		slot_getallattrs(slot);
		append_result(cells, slot, false);
	}
	MemoryContextDelete(context);
	ExecDropSingleTupleTableSlot(other);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * Takes its part in keeping the roll-up small.  It begins anywhere, lest what
 * a long transaction has taken be in the way of all others.  A serializable
 * transaction leaves it to others: it would be taken for a cause of failures.
 */
static void
compact_in_passing(RollupCells *cells)
{
	static LocalTransactionId transaction;
	static int	turns;
	int			times = Min(cells->turns, 4);
	int64		from;
	int64		merged = 0;
	bool		more = true;

	if (times == 0 || !enable_compaction || IsolationIsSerializable())
		return;
	if (transaction != my_local_xid())
	{
		transaction = my_local_xid();
		turns = 0;
	}
	if (turns > COMPACT_TURNS)
		return;
	turns += times;
	if (!pg_strong_random(&from, sizeof(from)))
		return;
	for (; times > 0 && more; times--)
	{
		more = rollup_compact_some(cells, &from, COMPACT_ROWS, &merged);
		/* the beginning comes after the end, once */
		if (!more && from != PG_INT64_MIN && merged < COMPACT_ROWS)
		{
			from = PG_INT64_MIN;
			more = rollup_compact_some(cells, &from, COMPACT_ROWS - merged, &merged);
		}
	}
	if (rollup_totals_ask(cells))
		(void) rollup_compact_totals(cells, from, COMPACT_ROWS);
	/* what waits is this transaction's own, which a later one can merge */
	if (merged == 0)
		turns = COMPACT_TURNS + 1;
}

/*
 * Says in the cells why rows were missed, so that it is not forgotten once the
 * owner has his rights again.  As long as he has not, nobody waits for him, and
 * nothing of his is run.
 */
static void
note_barred(const Rollup *rollup)
{
	RollupActor actor;
	RollupCells cells;

	if (!ConditionalLockRelationOid(rollup->cells, RowExclusiveLock) ||
		rollup_open_cells(&cells, rollup->cells, NULL, RowExclusiveLock) != NULL)
		return;
	if (!cells.refusing)
	{
		rollup_act(&actor, rollup->owner, rollup->definition.settings);
		rollup_note(&cells, rollup->problem);
		rollup_stop(&actor);
	}
	rollup_close_cells(&cells);
}

void
rollup_note_barred(Oid source)
{
	ListCell   *cell;

	foreach(cell, rollup_barred(source))
		note_barred(lfirst(cell));
}

/*
 * Opens the cells.  Where it is no roll-up any more, they are told so, if they
 * are still what can be told: rows were missed, whatever becomes of it.
 */
static bool
open_sound(const Rollup *rollup, RollupCells *cells)
{
	RollupActor actor;

	if (rollup->problem == NULL)
		return rollup_open_cells(cells, rollup->cells, &rollup->definition, RowExclusiveLock) == NULL;
	if (!rollup->entitled)
		note_barred(rollup);
	if (rollup->elsewhere || !rollup->entitled)
		return false;
	if (rollup_open_cells(cells, rollup->cells, NULL, RowExclusiveLock) == NULL)
	{
		rollup_act(&actor, rollup->owner, rollup->definition.settings);
		rollup_note(cells, rollup->problem);
		rollup_close_cells(cells);
		rollup_stop(&actor);
	}
	return false;
}

/* What an owner has added to the cells may refuse rows; why, or NULL. */
static char *
write_all(Writing *writing)
{
	if (writing->cells->indexed)
	{
		rollup_begin_appending(writing->cells);
		return rollup_try(write_results, writing);
	}
	write_results(writing);
	return NULL;
}

/* The same, without a look at what has not changed since the last. */
static bool
open_known(RollupWork *work, RollupCells *cells)
{
	const Rollup *rollup = work->rollup;
	MemoryContext old;

	if (work->cells != NULL && work->cells_known == *work->invalidations)
	{
		rollup_reopen_cells(cells, work->cells, rollup->cells);
		/* something may have come with opening them */
		if (work->cells_known == *work->invalidations)
			return true;
		rollup_close_cells(cells);
	}
	work->cells = NULL;
	if (work->invalidations != NULL)
		work->cells_known = *work->invalidations;
	if (!open_sound(rollup, cells))
		return false;
	if (work->invalidations == NULL || cells->indexed)
		return true;
	old = MemoryContextSwitchTo(work->context);
	work->cells = rollup_keep_cells(cells);
	MemoryContextSwitchTo(old);
	return true;
}

/* One roll-up's part in what happens to rows. */
static void
apply_change(RollupWork *work, const RollupRows *rows, bool strict)
{
	const Rollup *rollup = work->rollup;
	RollupResults results;
	RollupCells cells;
	Writing		writing = {&cells, &results};
	RollupActor actor;
	char	   *fault;

	if (!open_known(work, &cells))
		return;
	/* what pins settings takes as long as all else that a row takes */
	rollup_act(&actor, rollup->owner, NULL);
	if (!cells.indexed && rollup_evaluate_row(work, rows, &results))
	{
		write_results(&writing);
		if (cells.turns > 0)
		{
			rollup_stop(&actor);
			rollup_act(&actor, rollup->owner, rollup->definition.settings);
		}
	}
	else
	{
		rollup_stop(&actor);
		rollup_act(&actor, rollup->owner, rollup->definition.settings);
		fault = rollup_evaluate(work, rows, strict && rollup->strict, &results);
		if (fault == NULL)
			fault = write_all(&writing);
		if (fault != NULL)
			rollup_note(&cells, fault);
	}
	if (cells.turns > 0 && rollup_keep_totals(&cells, &rollup->definition) == NULL)
		compact_in_passing(&cells);
	rollup_end_results(&results);
	rollup_close_cells(&cells);
	rollup_stop(&actor);
}

/* Takes away all that the cells have, whoever has put it there. */
static void
apply_truncate(const Rollup *rollup)
{
	RollupCells cells;
	RollupActor actor;
	Snapshot	snapshot;

	if (!open_sound(rollup, &cells))
		return;
	rollup_act(&actor, rollup->owner, rollup->definition.settings);
	CommandCounterIncrement();
	/* also what this transaction does not see */
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	rollup_remove_all(&cells, snapshot);
	UnregisterSnapshot(snapshot);
	rollup_close_cells(&cells);
	rollup_stop(&actor);
}

/* All roll-ups of a table; without rows, it is truncated. */
static void
apply(Oid relation, const RollupRows *rows, bool strict)
{
	Changes    *changes = current_changes(relation);

	PG_TRY();
	{
		ListCell   *cell;

		foreach(cell, changes->list)
		{
			if (rows == NULL)
				apply_truncate(((RollupWork *) lfirst(cell))->rollup);
			else
				apply_change(lfirst(cell), rows, strict);
		}
	}
	PG_FINALLY();
	{
		changes->uses--;
	}
	PG_END_TRY();
}

void
rollup_apply(const RollupRows *rows, bool strict)
{
	apply(RelationGetRelid(rows->relation), rows, strict);
}

void
rollup_apply_truncate(Oid relation)
{
	apply(relation, NULL, false);
}

void
rollup_note_all(Oid relation, const char *fault)
{
	ListCell   *cell;

	foreach(cell, rollup_sound(rollup_root(relation)))
	{
		const Rollup *rollup = lfirst(cell);
		RollupCells cells;
		RollupActor actor;

		if (rollup_open_cells(&cells, rollup->cells, NULL, RowExclusiveLock) != NULL)
			continue;
		rollup_act(&actor, rollup->owner, rollup->definition.settings);
		rollup_note(&cells, fault);
		rollup_close_cells(&cells);
		rollup_stop(&actor);
	}
}

/*
 * Whole tables
 */

static void
apply_changes(void *argument, const RollupRows *rows)
{
	ListCell   *cell;

	foreach(cell, (List *) argument)
		apply_change(lfirst(cell), rows, true);
}

void
rollup_count_table(Oid root, Oid relation, RollupEvent event)
{
	List	   *changes = make_changes(root);
	Snapshot	snapshot;

	if (changes == NIL)
		return;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	rollup_each_batch(relation, snapshot, event, apply_changes, changes);
	UnregisterSnapshot(snapshot);
}

/* A roll-up that is filled. */
typedef struct Filling
{
	RollupWork *work;
	RollupCells *cells;
	bool		any;			/* were there rows? */
} Filling;

pg_noreturn static void
refuse_fill(const Rollup *rollup, const char *fault)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot fill roll-up \"%s\": %s", get_rel_name(rollup->name), fault)));
}

static void
fill_some(void *argument, const RollupRows *rows)
{
	Filling    *filling = argument;
	RollupResults results;
	Writing		writing = {filling->cells, &results};
	char	   *fault = rollup_evaluate(filling->work, rows, false, &results);

	if (fault != NULL)
		refuse_fill(filling->work->rollup, fault);
	write_results(&writing);
	rollup_end_results(&results);
	filling->any = true;
}

/* Some rows raise: all are taken by themselves, and compacted another day. */
static void
fill_in_parts(Rollup *rollup, RollupCells *cells, Snapshot snapshot, const char *fault)
{
	Filling		filling = {.cells = cells};
	ListCell   *cell;

	foreach(cell, find_all_inheritors(rollup->definition.source, NoLock, NULL))
	{
		filling.work = rollup_work(rollup);
		rollup_each_batch(lfirst_oid(cell), snapshot, ROLLUP_INSERT, fill_some, &filling);
	}
	/* it does without rows, too */
	if (!filling.any)
		refuse_fill(rollup, fault);
}

/*
 * Cells in the order of their keys, as far as these have one, and of their rows:
 * a query of some keys then finds what it takes on few pages.  Where leads have
 * codes, the hash comes before all, in a column after the others.
 */
static Tuplesortstate *
begin_sort(const RollupCells *cells, TupleDesc desc, bool coded)
{
	TupleDesc	table = RelationGetDescr(cells->relation);
	AttrNumber	columns[ROLLUP_MAX_KEYS + 2];
	Oid			operators[ROLLUP_MAX_KEYS + 2];
	Oid			collations[ROLLUP_MAX_KEYS + 2] = {InvalidOid};
	bool		nulls_first[ROLLUP_MAX_KEYS + 2] = {false};
	int			count = 0;

	if (coded)
	{
		columns[count] = desc->natts;
		operators[count++] = Int8LessOperator;
	}
	for (int i = 0; i < cells->nkeys; i++)
	{
		Form_pg_attribute column = TupleDescAttr(table, table->natts - cells->nkeys + i);

		columns[count] = i + 1;
		operators[count] = lookup_type_cache(column->atttypid, TYPECACHE_LT_OPR)->lt_opr;
		collations[count] = column->attcollation;
		count += OidIsValid(operators[count]);
	}
	columns[count] = cells->nkeys + 2;
	operators[count] = Int8LessOperator;
	collations[count++] = InvalidOid;
	return tuplesort_begin_heap(desc, count, columns, operators, collations, nulls_first,
								maintenance_work_mem, NULL, 0);
}

static void
fill_at_once(RollupCells *cells, RollupResults *results, bool coded)
{
	int			natts = results->desc->natts;
	TupleDesc	desc = CreateTemplateTupleDesc(natts + 1);
	TupleTableSlot *from = MakeSingleTupleTableSlot(results->desc, &TTSOpsMinimalTuple);
	TupleTableSlot *to;
	TupleTableSlot *slot;
	Tuplesortstate *sort;

	for (int i = 1; i <= natts; i++)
		TupleDescCopyEntry(desc, i, results->desc, i);
	TupleDescInitEntry(desc, natts + 1, "hash", INT8OID, -1, 0);
	tuple_desc_finalize(desc);
	to = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	sort = begin_sort(cells, desc, coded);
	while (tuplestore_gettupleslot(results->rows[1], true, false, from))
	{
		slot_getallattrs(from);
		ExecClearTuple(to);
		memcpy(to->tts_values, from->tts_values, sizeof(Datum) * natts);
		memcpy(to->tts_isnull, from->tts_isnull, sizeof(bool) * natts);
		to->tts_values[natts] = coded ? Int64GetDatum(rollup_hash(cells, from->tts_values, from->tts_isnull)) : (Datum) 0;
		to->tts_isnull[natts] = !coded;
		ExecStoreVirtualTuple(to);
		tuplesort_puttupleslot(sort, to);
		CHECK_FOR_INTERRUPTS();
	}
	tuplesort_performsort(sort);

	rollup_fill_totals(cells);
	while (tuplesort_gettupleslot(sort, true, false, slot, NULL))
	{
		slot_getallattrs(slot);
		rollup_append(cells, slot->tts_values, slot->tts_isnull, result_n(slot, cells->nkeys),
					  result_card(slot, cells->nkeys), NULL, true);
		CHECK_FOR_INTERRUPTS();
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplesort_end(sort);
	ExecDropSingleTupleTableSlot(from);
	ExecDropSingleTupleTableSlot(to);
}

/* What was committed, whatever this transaction sees; the caller acts. */
void
rollup_fill(Rollup *rollup, void (*prepare) (void *), void *argument)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	RollupResults results;
	RollupCells cells;
	char	   *fault;
	char	   *problem;

	fault = rollup_evaluate_source(rollup, snapshot, rollup->strict, &results);
	if (prepare != NULL)
		prepare(argument);
	problem = rollup_open_cells(&cells, rollup->cells, &rollup->definition, RowExclusiveLock);
	if (problem == NULL)
		problem = rollup_keep_totals(&cells, &rollup->definition);
	if (problem != NULL)
		refuse_fill(rollup, problem);
	if (fault == NULL)
		fill_at_once(&cells, &results, ROLLUP_CODED(&rollup->definition));
	else
		fill_in_parts(rollup, &cells, snapshot, fault);
	rollup_end_results(&results);
	rollup_close_cells(&cells);
	UnregisterSnapshot(snapshot);
	CommandCounterIncrement();
}

void
rollup_init(void)
{
	DefineCustomBoolVariable("kpi.enable_rollup_compaction",
							 "Lets statements merge some of what waits in the live roll-ups that they change.",
							 "Without, all of that is left to others and to kpi_rollup_compact().",
							 &enable_compaction, true, PGC_USERSET, 0, NULL, NULL, NULL);
}
