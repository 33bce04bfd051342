/*-------------------------------------------------------------------------
 *
 * rollup_change.c
 *		What happens to the source of a live roll-up, and compaction.
 *
 * A statement appends what it added to each cell and what it removed, and
 * takes no lock that another statement could wait for.  So that a roll-up that
 * nobody looks after stays small, now and then a statement merges what others
 * have left.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

/*
 * The statement that draws a multiple of COMPACT_EVERY for the id of its last
 * row, or passes one, merges up to COMPACT_ROWS pending rows: more than have
 * come since the time before, so that a backlog shrinks.
 */
#define COMPACT_EVERY	4000
#define COMPACT_ROWS	8000

/* How many rows of a whole table are taken at a time. */
#define TABLE_BATCH		100000

/* What one roll-up does about one event on one table. */
typedef struct Change
{
	Rollup		rollup;
	Oid			owner;
	Oid			sequence;		/* of the ids of its rows */
	int			nkeys;
	SPIPlanPtr	plan;
	SPIPlanPtr	compaction;
} Change;

typedef struct ChangesKey
{
	Oid			relation;
	RollupEvent event;
} ChangesKey;

typedef struct Changes
{
	ChangesKey	key;
	bool		built;
	bool		valid;			/* no invalidation came since it was begun */
	int			uses;
	Oid			schema;
	MemoryContext context;
	List	   *list;			/* of Change */
} Changes;

/* The session's, by table and event. */
static HTAB *all_changes;

/* An invalidation of relations: forgets what depends on it. */
static void
forget_relation(Datum arg pg_attribute_unused(), Oid relation)
{
	HASH_SEQ_STATUS status;
	Changes    *changes;

	hash_seq_init(&status, all_changes);
	while ((changes = hash_seq_search(&status)) != NULL)
	{
		ListCell   *cell;

		if (!OidIsValid(relation) || changes->key.relation == relation)
			changes->valid = false;
		foreach(cell, changes->list)
		{
			Change	   *change = lfirst(cell);

			if (change->rollup.cells == relation || change->rollup.definition == relation ||
				change->rollup.source == relation)
				changes->valid = false;
		}
	}
}

/* Something has another name now, perhaps: the statements are text. */
static void
forget_names(Datum arg pg_attribute_unused(), int cache pg_attribute_unused(),
			 uint32 hash pg_attribute_unused())
{
	forget_relation((Datum) 0, InvalidOid);
}

static void
init_changes(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(ChangesKey);
	control.entrysize = sizeof(Changes);
	control.hcxt = CacheMemoryContext;
	all_changes = hash_create("kpi roll-ups", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_relation, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_names, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, forget_names, (Datum) 0);
	CacheRegisterSyscacheCallback(OPEROID, forget_names, (Datum) 0);
}

void
rollup_invalidate(Oid source)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(source, NoLock, NULL))
		CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
}

Oid
rollup_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

static void
pin(const char *name, const char *value)
{
	const char *now = GetConfigOption(name, false, false);

	if (now == NULL || strcmp(now, value) != 0)
		set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * The owner's rights, as REFRESH MATERIALIZED VIEW has it, and the settings
 * that change what expressions give.  An error takes both back.
 */
void
rollup_act(RollupActor *actor, Oid owner, char *const *settings)
{
	GetUserIdAndSecContext(&actor->user, &actor->context);
	if (OidIsValid(owner))
		SetUserIdAndSecContext(owner, actor->context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
	actor->nest = NewGUCNestLevel();
	pin("search_path", "pg_catalog, pg_temp");
	pin("TimeZone", settings[0]);
	pin("DateStyle", settings[1]);
	pin("IntervalStyle", settings[2]);
	pin("extra_float_digits", "1");
	pin("bytea_output", "hex");
	pin("lc_time", "C");
}

void
rollup_stop(const RollupActor *actor)
{
	AtEOXact_GUC(false, actor->nest);
	SetUserIdAndSecContext(actor->user, actor->context);
}

SPIPlanPtr
rollup_prepare(const char *sql, int nargs, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare(sql, nargs, types);

	if (plan == NULL)
		elog(ERROR, "cannot prepare: %s", sql);
	return plan;
}

/*
 * What becomes of the cells, by event: the keys, what is added, what is
 * removed, and the number of rows.  The update leaves out cells that it does not
 * change, and adds up what was added and removed, to make one row a cell.
 * A TRUNCATE, of a table without partitions, removes all that its cells have.
 */
static const char *const templates[ROLLUP_EVENTS] = {
	[ROLLUP_INSERT] =
	"SELECT {exprs}{card}, NULL::{kpi}.scorecard, count(*) FROM new_rows{group}",
	[ROLLUP_UPDATE] =
	("SELECT {keys}added, removed, n FROM"
	 " (SELECT {keys}{kpi}.rollup(added) AS added, {kpi}.rollup(removed) AS removed, sum(n)::bigint AS n FROM"
	 " (SELECT {exprs}{card} AS added, NULL::{kpi}.scorecard AS removed, count(*) AS n FROM new_rows{group}"
	 " UNION ALL SELECT {exprs}NULL, {card}, -count(*) FROM old_rows{group}) d{group}) e"
	 " WHERE n <> 0 OR added OPERATOR({kpi}.<>) removed"),
	[ROLLUP_DELETE] =
	"SELECT {exprs}NULL::{kpi}.scorecard, {card}, -count(*) FROM old_rows{group}",
	[ROLLUP_TRUNCATE] =
	("SELECT {keys}{kpi}.rollup(removed), {kpi}.rollup(added), -sum(n)::bigint FROM {cells}"
	 " GROUP BY {by} HAVING sum(n) <> 0")
};

/* What the roll-ups of a root do about an event. */
static List *
make_changes(Oid schema, Oid root)
{
	List	   *list = NIL;
	ListCell   *cell;

	foreach(cell, rollup_list(schema, root))
	{
		Change	   *change = palloc0(sizeof(Change));

		change->rollup = *(Rollup *) lfirst(cell);
		change->owner = rollup_owner(change->rollup.cells);
		change->sequence = rollup_sequence(change->rollup.cells);
		if (rollup_owner(change->rollup.definition) != change->owner)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("views and cells of roll-up \"%s\" have different owners",
							get_rel_name(change->rollup.name)),
					 errhint("Give all three relations to one owner with ALTER VIEW and ALTER TABLE.")));
		change->nkeys = list_length(rollup_definition(change->rollup.definition)) - 1;
		list = lappend(list, change);
	}
	return list;
}

static void
free_plans(Change *change)
{
	if (change->plan != NULL)
		SPI_freeplan(change->plan);
	if (change->compaction != NULL)
		SPI_freeplan(change->compaction);
}

/* The same from the session's memory; the caller gives it back. */
static Changes *
current_changes(Oid schema, Oid relation, RollupEvent event)
{
	ChangesKey	key = {relation, event};
	Changes    *changes;
	bool		found;
	MemoryContext old;

	if (all_changes == NULL)
		init_changes();
	changes = hash_search(all_changes, &key, HASH_ENTER, &found);
	if (!found)
	{
		changes->built = false;
		changes->uses = 0;
		changes->context = NULL;
		changes->list = NIL;
	}
	if (!changes->built || !changes->valid || changes->schema != schema)
	{
		List	   *former = changes->list;

		changes->built = false;
		changes->list = NIL;
		/* what a statement further out still runs is left to it */
		if (changes->context != NULL && changes->uses == 0)
		{
			ListCell   *cell;

			foreach(cell, former)
				free_plans(lfirst(cell));
			MemoryContextDelete(changes->context);
			changes->context = NULL;
		}
		changes->context = AllocSetContextCreate(CacheMemoryContext, "kpi roll-ups of a table",
												 ALLOCSET_SMALL_SIZES);
		changes->schema = schema;
		/* an invalidation that comes in the meantime is heeded next time */
		changes->valid = true;
		old = MemoryContextSwitchTo(changes->context);
		changes->list = make_changes(schema, rollup_root(relation));
		MemoryContextSwitchTo(old);
		changes->built = true;
	}
	changes->uses++;
	return changes;
}

/*
 * Takes its part in keeping the roll-up small, after so many rows were added.
 * It begins anywhere, lest what a long transaction has taken be in the way of
 * all others.  A serializable transaction leaves it to others: it would be
 * taken for a cause of failures.
 */
static void
compact_in_passing(Change *change, RollupCells *cells, Oid schema, int64 added)
{
	int64		times = cells->last / COMPACT_EVERY - (cells->last - added) / COMPACT_EVERY;
	int64		from;
	int64		merged = 0;
	bool		more = true;

	if (added == 0 || times == 0 || IsolationIsSerializable())
		return;
	from = (int64) DatumGetUInt64(hash_any_extended((unsigned char *) &cells->last, sizeof(int64), 0));
	PushCopiedSnapshot(GetTransactionSnapshot());
	for (; times > 0 && more; times--)
	{
		SPIPlanPtr	plan = change->compaction;

		more = rollup_compact_some(cells, &plan, schema, &change->rollup, &from, COMPACT_ROWS, &merged);
		/* the beginning comes after the end, once */
		if (!more && from != PG_INT64_MIN && merged < COMPACT_ROWS)
		{
			from = PG_INT64_MIN;
			more = rollup_compact_some(cells, &plan, schema, &change->rollup, &from,
									   COMPACT_ROWS - merged, &merged);
		}
		if (change->compaction == NULL)
		{
			SPI_keepplan(plan);
			change->compaction = plan;
		}
	}
	PopActiveSnapshot();
}

/* How many changed cells are held in memory at a time. */
#define CELLS_BATCH 1000

/*
 * Runs the change; the rows that it reads, so many, are registered with SPI.
 * Of the cells of many rows, only some are held in memory at a time.
 */
static void
apply_change(Change *change, Oid schema, RollupEvent event, int64 nrows)
{
	RollupActor actor;
	RollupCells cells;
	int64		added = 0;

	rollup_act(&actor, change->owner, change->rollup.settings);
	if (change->plan == NULL)
	{
		SPIPlanPtr	plan = rollup_prepare(rollup_sql(schema, &change->rollup, templates[event]), 0, NULL);

		SPI_keepplan(plan);
		change->plan = plan;
	}
	rollup_open_cells(&cells, change->rollup.cells, change->sequence, change->nkeys);
	if (event == ROLLUP_TRUNCATE)
	{
		/* a TRUNCATE removes what this transaction does not see, too */
		SPI_execute_snapshot(change->plan, NULL, NULL, GetLatestSnapshot(), InvalidSnapshot, true, true, 0);
		rollup_append(&cells);
	}
	else if (nrows <= CELLS_BATCH)
	{
		if (SPI_execute_plan(change->plan, NULL, NULL, true, 0) != SPI_OK_SELECT)
			elog(ERROR, "cannot change roll-up \"%s\"", get_rel_name(change->rollup.name));
		rollup_append(&cells);
		added = SPI_processed;
	}
	else
	{
		Portal		portal = SPI_cursor_open(NULL, change->plan, NULL, NULL, true);

		do
		{
			SPI_cursor_fetch(portal, true, CELLS_BATCH);
			rollup_append(&cells);
			added += SPI_processed;
			SPI_freetuptable(SPI_tuptable);
		} while (SPI_processed == CELLS_BATCH);
		SPI_cursor_close(portal);
	}
	compact_in_passing(change, &cells, schema, added);
	rollup_close_cells(&cells);
	rollup_stop(&actor);
}

/* So many rows of a table, from where the scan is. */
static Tuplestorestate *
read_batch(TableScanDesc scan, TupleTableSlot *slot, int64 *n)
{
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);

	for (*n = 0; *n < TABLE_BATCH && table_scan_getnextslot(scan, ForwardScanDirection, slot); (*n)++)
		tuplestore_puttupleslot(rows, slot);
	return rows;
}

/*
 * The rows are handed over as those of a statement are, so that no right to
 * read the table itself is asked for: the roll-up reads it through the root.
 */
void
rollup_count_table(Oid schema, Oid root, Oid relation, RollupEvent event)
{
	List	   *changes = make_changes(schema, root);
	Relation	table;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;
	int64		n;
	ListCell   *cell;

	if (changes == NIL || get_rel_relkind(relation) != RELKIND_RELATION)
		return;
	SPI_connect();
	table = table_open(relation, AccessShareLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = table_beginscan_all(table, snapshot);
	slot = table_slot_create(table, NULL);
	do
	{
		Tuplestorestate *rows = read_batch(scan, slot, &n);
		EphemeralNamedRelationData batch = {
			.md = {
				.name = pstrdup(event == ROLLUP_INSERT ? "new_rows" : "old_rows"),
				.reliddesc = relation,
				.enrtype = ENR_NAMED_TUPLESTORE,
				.enrtuples = n
			},
			.reldata = rows
		};

		if (n > 0)
		{
			SPI_register_relation(&batch);
			foreach(cell, changes)
				apply_change(lfirst(cell), schema, event, n);
			SPI_unregister_relation(batch.md.name);
		}
		tuplestore_end(rows);
	} while (n == TABLE_BATCH);
	foreach(cell, changes)
		free_plans(lfirst(cell));
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(table, AccessShareLock);
	SPI_finish();
}

/*
 * kpi_rollup_changed(): the triggers on a source and its partitions.  They
 * serve all the roll-ups of the source; where it has none, as in a copy of the
 * table elsewhere, there is nothing to do.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_changed);
Datum
kpi_rollup_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);
	RollupEvent event;
	int64		nrows = 0;
	Oid			relation;
	Changes    *changes;
	ListCell   *cell;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by a trigger", __func__)));
	event = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? ROLLUP_INSERT :
		TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? ROLLUP_UPDATE :
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? ROLLUP_DELETE : ROLLUP_TRUNCATE;
	/* one more trigger, of whomever's, would count rows twice */
	if (strcmp(trigger->tg_trigger->tgname, rollup_trigger_names[event]) != 0 ||
		TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		(event == ROLLUP_TRUNCATE) != (TRIGGER_FIRED_BEFORE(trigger->tg_event) != 0) ||
		((event == ROLLUP_INSERT || event == ROLLUP_UPDATE) && trigger->tg_newtable == NULL) ||
		((event == ROLLUP_DELETE || event == ROLLUP_UPDATE) && trigger->tg_oldtable == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" is not one that kpi_rollup_create makes",
						trigger->tg_trigger->tgname)));
	if (trigger->tg_newtable != NULL)
		nrows += tuplestore_tuple_count(trigger->tg_newtable);
	if (trigger->tg_oldtable != NULL)
		nrows += tuplestore_tuple_count(trigger->tg_oldtable);
	if (nrows == 0 && event != ROLLUP_TRUNCATE)
		return PointerGetDatum(NULL);

	relation = RelationGetRelid(trigger->tg_relation);
	if (event == ROLLUP_TRUNCATE && trigger->tg_relation->rd_rel->relispartition)
	{
		rollup_count_table(schema, rollup_root(relation), relation, ROLLUP_DELETE);
		return PointerGetDatum(NULL);
	}
	/* its partitions have triggers of their own */
	if (event == ROLLUP_TRUNCATE && trigger->tg_relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return PointerGetDatum(NULL);

	changes = current_changes(schema, relation, event);
	PG_TRY();
	{
		List	   *list = changes->list;

		if (list != NIL)
		{
			SPI_connect();
			SPI_register_trigger_data(trigger);
			foreach(cell, list)
				apply_change(lfirst(cell), schema, event, nrows);
			SPI_finish();
		}
	}
	PG_FINALLY();
	{
		changes->uses--;
	}
	PG_END_TRY();
	return PointerGetDatum(NULL);
}
