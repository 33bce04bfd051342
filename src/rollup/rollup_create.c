/*-------------------------------------------------------------------------
 *
 * rollup_create.c
 *		Live roll-ups: how one is made and dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/comment.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "rollup/rollup.h"

/*
 * Triggers
 */

static void
make_trigger(Oid function, Oid relation, RollupEvent event)
{
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);

	stmt->trigname = pstrdup(rollup_trigger_names[event]);
	stmt->relation = makeRangeVar(get_namespace_name(get_rel_namespace(relation)),
								  get_rel_name(relation), -1);
	stmt->funcname = list_make2(makeString(get_namespace_name(get_func_namespace(function))),
								makeString(get_func_name(function)));
	stmt->row = (rollup_trigger_types[event] & TRIGGER_TYPE_ROW) != 0;
	stmt->timing = rollup_trigger_types[event] & TRIGGER_TYPE_TIMING_MASK;
	stmt->events = rollup_trigger_types[event] & TRIGGER_TYPE_EVENT_MASK;
	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (event == ROLLUP_UPDATE || event == (is_new ? ROLLUP_INSERT : ROLLUP_DELETE))
		{
			TriggerTransition *rows = makeNode(TriggerTransition);

			rows->name = pstrdup(is_new ? "new_rows" : "old_rows");
			rows->isNew = is_new;
			rows->isTable = true;
			stmt->transitionRels = lappend(stmt->transitionRels, rows);
		}
	}
	CreateTrigger(stmt, NULL, relation, InvalidOid, InvalidOid, InvalidOid, function,
				  InvalidOid, NULL, false, false);
	CommandCounterIncrement();
}

/* Where a trigger fires, and where not, as ALTER TABLE ... ENABLE sets it. */
static void
set_trigger(Oid relation, RollupEvent event, Oid oid)
{
	Relation	triggers = table_open(TriggerRelationId, RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "trigger %u does not exist", oid);
	tuple = heap_copytuple(tuple);
	((Form_pg_trigger) GETSTRUCT(tuple))->tgenabled = rollup_trigger_fires[event];
	CatalogTupleUpdate(triggers, &tuple->t_self, tuple);
	systable_endscan(scan);
	table_close(triggers, RowExclusiveLock);
	CacheInvalidateRelcacheByRelid(relation);
	CommandCounterIncrement();
}

bool
rollup_make_triggers(Oid relation)
{
	bool		missing = false;

	for (int event = 0; event < ROLLUP_EVENTS; event++)
	{
		Oid			trigger;

		/* rows are in its partitions, each of which has a trigger */
		if (event == ROLLUP_REPLICA && get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE)
			continue;
		switch (rollup_trigger(relation, event, &trigger))
		{
			case ROLLUP_TRIGGER_MISSING:
				make_trigger(rollup_function("kpi_rollup_changed"), relation, event);
				if (rollup_trigger(relation, event, &trigger) == ROLLUP_TRIGGER_LOCAL)
					set_trigger(relation, event, trigger);
				missing = true;
				break;
			case ROLLUP_TRIGGER_LOCAL:
				set_trigger(relation, event, trigger);
				break;
			case ROLLUP_TRIGGER_FOREIGN:
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_OBJECT),
						 errmsg("table \"%s\" has a trigger %s that is not one of a roll-up",
								get_rel_name(relation), rollup_trigger_names[event]),
						 errhint("Drop or rename it.")));
			case ROLLUP_TRIGGER_DISABLED:
				ereport(ERROR,
						(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						 errmsg("trigger %s of table \"%s\" is disabled",
								rollup_trigger_names[event], get_rel_name(relation)),
						 errhint("Enable it with ALTER TABLE ... ENABLE TRIGGER.")));
			case ROLLUP_TRIGGER_RIGHT:
				break;
		}
	}
	return missing;
}

/*
 * As DROP TRIGGER has it, but for the lock on each trigger: the table's, which
 * the caller has, is enough, and a table of many partitions has many triggers.
 */
void
rollup_drop_triggers(Oid relation)
{
	for (int event = 0; event < ROLLUP_EVENTS; event++)
	{
		Oid			trigger;
		RollupTrigger state = rollup_trigger(relation, event, &trigger);

		if (state == ROLLUP_TRIGGER_MISSING || state == ROLLUP_TRIGGER_FOREIGN)
			continue;
		deleteDependencyRecordsFor(TriggerRelationId, trigger, false);
		DeleteComments(trigger, TriggerRelationId, 0);
		RemoveTriggerById(trigger);
		CommandCounterIncrement();
	}
}

void
rollup_check_member(Oid relation, char persistence)
{
	char		kind = get_rel_relkind(relation);

	if (kind == RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign table \"%s\" cannot be part of the source of a roll-up", get_rel_name(relation)),
				 errdetail("What happens to its rows elsewhere fires no trigger here."),
				 errhint("Make a roll-up on the other server, and read it as a foreign table.")));
	if (kind == RELKIND_RELATION && get_rel_persistence(relation) != persistence)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("unlogged and logged tables cannot be part of the source of one roll-up: \"%s\"",
						get_rel_name(relation)),
				 errdetail("After a crash, the one is empty and the other is not.")));
}

/*
 * Making one
 */

/* Asked for before any lock. */
void
rollup_check_rights(Oid source, bool strict)
{
	if (pg_class_aclcheck(source, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		pg_class_aclcheck(source, GetUserId(), ACL_TRIGGER) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s", get_rel_name(source)),
				 errhint("A roll-up takes the rights to SELECT from its source and to have a TRIGGER on it.")));
	if (check_enable_rls(source, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row-level security of table %s applies to you", get_rel_name(source)),
				 errdetail("A roll-up counts all rows."),
				 errhint("Let the table's owner make the roll-up.")));
	if (strict && !relation_owned(source, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s to make a strict roll-up of it", get_rel_name(source)),
				 errdetail("A strict roll-up fails who writes a row that it cannot count.")));
}

/* The relations of a roll-up in the making. */
typedef struct Parts
{
	Oid			schema;
	char	   *view;
	char	   *cells;
	char	   *leads;			/* with journeys */
	char	   *definition;
	Oid			definition_id;
} Parts;

pg_noreturn static void
refuse_existing(const char *part)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s\" already exists", part)));
}

/* Where the roll-up will be, and the names of its parts. */
static void
name_parts(text *name, Parts *parts)
{
	RangeVar   *range = makeRangeVarFromNameList(textToQualifiedNameList(name));

	parts->schema = RangeVarGetCreationNamespace(range);
	if (isAnyTempNamespace(parts->schema))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a roll-up cannot be temporary")));
	if (strlen(range->relname) + strlen("_source") >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of a roll-up is too long: \"%s\"", range->relname),
				 errdetail("It may have %d bytes.", (int) (NAMEDATALEN - 1 - strlen("_source")))));
	parts->view = range->relname;
	parts->cells = psprintf("%s_cells", range->relname);
	parts->leads = psprintf("%s_leads", range->relname);
	parts->definition = psprintf("%s_source", range->relname);
	for (int i = 0; i < 3; i++)
	{
		char	   *part = i == 0 ? parts->view : i == 1 ? parts->cells : parts->definition;

		if (OidIsValid(get_relname_relid(part, parts->schema)))
			refuse_existing(part);
	}
}

/* Makes the relations; shown are the keys and the card. */
static void
make_relations(Parts *parts, Relation source, List *shown, RollupJourneys journeys,
			   char *const *settings, bool strict)
{
	const char *schema = get_namespace_name(parts->schema);
	char	   *view_sql = quote_qualified_identifier(schema, parts->view);
	char	   *cells_sql = quote_qualified_identifier(schema, parts->cells);
	char	   *definition_sql = quote_qualified_identifier(schema, parts->definition);
	Oid			relid = RelationGetRelid(source);
	bool		calls = journeys == ROLLUP_JOURNEYS_AND_CALLS;
	char	   *leads_sql = journeys == ROLLUP_NO_JOURNEYS ? NULL : quote_qualified_identifier(schema, parts->leads);
	RollupReading reading;
	List	   *entries;
	List	   *names = NIL;
	ListCell   *cell;
	Oid			cells;
	Oid			leads = InvalidOid;

	rollup_split(&reading, shown, relid, leads_sql != NULL, &entries);
	foreach(cell, shown)
	{
		/* the lead is not shown */
		if (leads_sql == NULL || foreach_current_index(cell) > 0)
			names = lappend(names, makeString(lnext(shown, cell) == NULL ? "card" : lfirst_node(TargetEntry, cell)->resname));
	}

	/*
	 * A statement of its own is what each of these is to event triggers and
	 * to pg_stat_statements; run by the caller, who owns what they make.
	 */
	rollup_make_tables(cells_sql, leads_sql, source, &reading, entries);
	cells = get_relname_relid(parts->cells, parts->schema);
	if (leads_sql != NULL)
		leads = get_relname_relid(parts->leads, parts->schema);
	rollup_run(psprintf("CREATE VIEW %s AS %s", view_sql,
						rollup_view_sql(&reading, cells, leads, entries, names, list_length(names) - 1, calls)));
	rollup_run(psprintf("CREATE VIEW %s AS %s", definition_sql,
						rollup_definition_sql(view_sql, cells_sql, leads_sql, calls, NIL, relid, shown, settings, strict)));

	parts->definition_id = get_relname_relid(parts->definition, parts->schema);
	rollup_comment(get_relname_relid(parts->view, parts->schema), ROLLUP_NAME, rollup_quoted(relid));
	rollup_comment(parts->definition_id, ROLLUP_DEFINITION, parts->view);
	rollup_comment(cells, ROLLUP_CELLS, parts->view);
	if (leads_sql != NULL)
		rollup_comment(leads, ROLLUP_LEADS, parts->view);
}

/*
 * kpi_rollup_create(name text, source regclass, keys text[], card text, strict
 * boolean): the roll-up, filled and live.
 *
 * The lock that making a trigger takes keeps writers away until commit, so
 * that each row is counted once: by what fills the cells, or by a trigger.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_create);
Datum
kpi_rollup_create(PG_FUNCTION_ARGS)
{
	Oid			source_id = PG_GETARG_OID(1);
	bool		strict = PG_GETARG_BOOL(4);
	char	   *settings[ROLLUP_SETTINGS];
	RollupJourneys journeys;
	Parts		parts;
	Relation	source;
	List	   *entries;
	List	   *members;
	ListCell   *cell;
	Rollup	   *rollup;
	RollupActor actor;
	ErrorContextCallback callback;

	PreventCommandIfReadOnly("kpi_rollup_create()");
	PreventCommandDuringRecovery("kpi_rollup_create()");
	rollup_name_errors(&callback, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (get_rel_name(source_id) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", source_id)));
	source = relation_open(source_id, AccessShareLock);
	rollup_check_source(source);
	rollup_check_rights(source_id, strict);
	LockRelationOid(source_id, ShareRowExclusiveLock);
	rollup_check_source(source);
	rollup_check_rights(source_id, strict);
	members = find_all_inheritors(source_id, ShareRowExclusiveLock, NULL);
	foreach(cell, members)
		rollup_check_member(lfirst_oid(cell), source->rd_rel->relpersistence);

	rollup_settle();
	name_parts(PG_GETARG_TEXT_PP(0), &parts);
	for (int i = 0; i < ROLLUP_SETTINGS; i++)
		settings[i] = pstrdup(GetConfigOption(rollup_setting_names[i], false, false));
	/* names in the expressions are the caller's to resolve */
	entries = rollup_analyze(source, PG_GETARG_ARRAYTYPE_P(2), text_to_cstring(PG_GETARG_TEXT_PP(3)), &journeys);
	if (journeys != ROLLUP_NO_JOURNEYS && OidIsValid(get_relname_relid(parts.leads, parts.schema)))
		refuse_existing(parts.leads);

	rollup_watch_ddl(true);
	SPI_connect();
	rollup_act(&actor, InvalidOid, settings);
	make_relations(&parts, source, entries, journeys, settings, strict);
	SPI_finish();
	rollup = rollup_read(parts.definition_id, RowExclusiveLock);
	if (rollup == NULL)
		elog(ERROR, "view \"%s\" defines no roll-up", parts.definition);
	rollup_must_be_sound(rollup);
	rollup_bind(rollup);
	foreach(cell, members)
		rollup_make_triggers(lfirst_oid(cell));
	rollup_invalidate(source_id);
	CommandCounterIncrement();
	rollup_fill(rollup, NULL, NULL);
	rollup_stop(&actor);
	relation_close(source, NoLock);
	error_context_stack = callback.previous;
	PG_RETURN_OID(rollup->name);
}

/*
 * Dropping one
 */

bool
rollup_is_last(const Rollup *rollup)
{
	ListCell   *cell;

	foreach(cell, rollup_list(rollup->definition.source))
	{
		if (((Rollup *) lfirst(cell))->view != rollup->view)
			return false;
	}
	return true;
}

/*
 * Waits for writers before anything that they write is locked.  Gives whether
 * there is a source to wait for, and whether no other roll-up is of it.
 */
static bool
lock_source(const Rollup *rollup, bool *last)
{
	Oid			source = rollup->definition.source;
	LOCKMODE	lock;

	if (!OidIsValid(source) || !rollup->entitled || get_rel_name(source) == NULL)
		return false;
	*last = rollup_is_last(rollup);
	lock = *last ? AccessExclusiveLock : ShareRowExclusiveLock;
	LockRelationOid(source, lock);
	(void) find_all_inheritors(source, lock, NULL);
	return true;
}

void
rollup_dissolve(const Rollup *rollup, DropBehavior behavior)
{
	Oid			source = rollup->definition.source;
	ObjectAddresses *objects = new_object_addresses();
	bool		last;
	ListCell   *cell;

	if (lock_source(rollup, &last))
	{
		foreach(cell, find_all_inheritors(source, NoLock, NULL))
		{
			if (last)
				rollup_drop_triggers(lfirst_oid(cell));
		}
		rollup_invalidate(source);
		CommandCounterIncrement();
	}
	foreach(cell, rollup_parts(rollup))
	{
		ObjectAddress part;

		ObjectAddressSet(part, RelationRelationId, lfirst_oid(cell));
		add_exact_object_address(&part, objects);
	}
	performMultipleDeletions(objects, behavior, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
	rollup_watch_ddl(false);
}

static Rollup *
find_to_drop(Oid name)
{
	Rollup	   *rollup = rollup_find(name);

	if (!relation_owned(rollup->name, GetUserId()) &&
		!(OidIsValid(rollup->definition.source) && relation_owned(rollup->definition.source, GetUserId())))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of roll-up %s or of its source", get_rel_name(rollup->name))));
	return rollup;
}

/* kpi_rollup_drop(name regclass): for its owner, or the source's. */
PG_FUNCTION_INFO_V1(kpi_rollup_drop);
Datum
kpi_rollup_drop(PG_FUNCTION_ARGS)
{
	Rollup	   *rollup;
	Oid			source;

	PreventCommandIfReadOnly("kpi_rollup_drop()");
	PreventCommandDuringRecovery("kpi_rollup_drop()");
	rollup = find_to_drop(PG_GETARG_OID(0));
	/* what waited for the locks may find another world */
	do
	{
		bool		last;

		source = rollup->definition.source;
		(void) lock_source(rollup, &last);
		rollup = find_to_drop(PG_GETARG_OID(0));
	} while (rollup->definition.source != source);
	rollup_dissolve(rollup, DROP_RESTRICT);
	PG_RETURN_VOID();
}
