/*-------------------------------------------------------------------------
 *
 * rollup_ddl.c
 *		What DDL does to live roll-ups: event triggers.
 *
 * Statement triggers are not handed down to partitions, and rows that come or
 * go with a partition fire none.  So the roll-ups of a partitioned table follow
 * what becomes of its partitions here: where one is attached, detached or
 * dropped, its rows are counted.  A table that gets by without that has no
 * triggers, or is missed by the next check.
 *
 * All of these are off as long as there is no roll-up, but for the one that
 * looks at CREATE TRIGGER: the triggers of a roll-up come from
 * kpi_rollup_create, which switches the others on, or from the restore of a
 * dump, which does it through that one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/event_trigger.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "rollup/rollup.h"

static EventTriggerData *
event_data(FunctionCallInfo fcinfo, const char *function, const char *event)
{
	EventTriggerData *data = (EventTriggerData *) fcinfo->context;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo) || strcmp(data->event, event) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by an event trigger on %s", function, event)));
	return data;
}

/*
 * The roll-ups of a source, while no other session's DDL concerns their
 * partitions.
 */
static List *
locked_rollups(Oid source)
{
	rollup_note_barred(source);
	if (rollup_sound(source) == NIL)
		return NIL;
	LockRelationOid(source, ShareUpdateExclusiveLock);
	return rollup_sound(source);
}

/* The sources of all sound roll-ups. */
static List *
all_sources(void)
{
	List	   *sources = NIL;
	ListCell   *cell;

	foreach(cell, rollup_definitions(InvalidOid))
	{
		RollupDefinition definition;

		if (rollup_read_claim(lfirst_oid(cell), &definition) && OidIsValid(definition.source) &&
			!list_member_oid(sources, definition.source) &&
			(rollup_sound(definition.source) != NIL || rollup_barred(definition.source) != NIL))
			sources = lappend_oid(sources, definition.source);
	}
	return sources;
}

/* Gives triggers to the tables below the source that have none yet. */
static void
adopt_partitions(Oid source)
{
	List	   *rollups = locked_rollups(source);
	ListCell   *cell;

	if (rollups == NIL)
		return;
	foreach(cell, find_all_inheritors(source, NoLock, NULL))
	{
		rollup_check_member(lfirst_oid(cell), get_rel_persistence(((Rollup *) linitial(rollups))->cells));
		rollup_make_triggers(lfirst_oid(cell));
	}
	rollup_invalidate(source);
}

/* Takes away, or adds, the rows of tables below the source. */
static void
count_partitions(Oid source, List *partitions, RollupEvent event)
{
	ListCell   *cell;

	rollup_settle();
	foreach(cell, partitions)
		rollup_count_table(source, lfirst_oid(cell), event);
}

/* The table of a name in a command; InvalidOid where there is none. */
static Oid
named_relation(const RangeVar *name)
{
	return RangeVarGetRelid(name, NoLock, true);
}

/* Also where the command has made it a source that cannot be one. */
static bool
is_source(Oid relation)
{
	ListCell   *cell;

	foreach(cell, rollup_list(relation))
	{
		if (((Rollup *) lfirst(cell))->definition.source == relation)
			return true;
	}
	return false;
}

static void
refuse_inheritance(Oid relation)
{
	if (OidIsValid(relation) && is_source(relation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table \"%s\" is the source of a roll-up, and cannot have parents or children",
						get_rel_name(relation)),
				 errdetail("Its triggers would not see all that happens to its rows."),
				 errhint("Drop its roll-ups with kpi_rollup_drop, and make them of the topmost table.")));
}

/*
 * Before a command
 */

/* A partition and all below it, locked as DROP TABLE locks them. */
static List *
lock_partitions(Oid relation, List *going)
{
	ListCell   *cell;

	LockRelationOid(linitial_oid(get_partition_ancestors(relation)), AccessExclusiveLock);
	foreach(cell, find_all_inheritors(relation, AccessExclusiveLock, NULL))
		going = list_append_unique_oid(going, lfirst_oid(cell));
	return going;
}

/*
 * DROP TABLE of partitions: counted while they are still there.  Who may not
 * drop one is told so by the command, and locks nothing here.
 */
static void
before_drop_table(const DropStmt *drop)
{
	List	   *seen = NIL;
	ListCell   *cell;

	foreach(cell, drop->objects)
	{
		Oid			relation = named_relation(makeRangeVarFromNameList(lfirst(cell)));
		List	   *going;

		if (!OidIsValid(relation) || !get_rel_relispartition(relation) ||
			(!relation_owned(relation, GetUserId()) &&
			 !schema_owned(get_rel_namespace(relation), GetUserId())) ||
			locked_rollups(rollup_root(relation)) == NIL)
			continue;
		going = list_difference_oid(lock_partitions(relation, NIL), seen);
		seen = list_concat(seen, going);
		count_partitions(rollup_root(relation), going, ROLLUP_DELETE);
	}
}

/* Partitions that go with their schemas or with what their owners own. */
static void
before_drop_many(List *schemas, List *owners)
{
	ListCell   *cell;

	foreach(cell, all_sources())
	{
		Oid			source = lfirst_oid(cell);
		List	   *going = NIL;
		ListCell   *member;

		foreach(member, find_all_inheritors(source, NoLock, NULL))
		{
			Oid			relation = lfirst_oid(member);

			if (!list_member_oid(schemas, get_rel_namespace(relation)) &&
				!list_member_oid(owners, rollup_owner(relation)))
				continue;
			/* the roll-up goes, too */
			if (relation == source)
				break;
			if (!list_member_oid(going, relation))
				going = lock_partitions(relation, going);
		}
		count_partitions(source, going, ROLLUP_DELETE);
	}
}

static void
before_drop_schema(const DropStmt *drop)
{
	List	   *schemas = NIL;
	ListCell   *cell;

	foreach(cell, drop->objects)
	{
		Oid			schema = get_namespace_oid(strVal(lfirst(cell)), true);

		if (OidIsValid(schema) && schema_owned(schema, GetUserId()))
			schemas = lappend_oid(schemas, schema);
	}
	if (drop->behavior == DROP_CASCADE && schemas != NIL)
		before_drop_many(schemas, NIL);
}

static void
before_drop_owned(const DropOwnedStmt *drop)
{
	List	   *owners = NIL;
	ListCell   *cell;

	foreach(cell, drop->roles)
	{
		Oid			owner = get_rolespec_oid(lfirst_node(RoleSpec, cell), true);

		if (OidIsValid(owner) && has_privs_of_role(GetUserId(), owner))
			owners = lappend_oid(owners, owner);
	}
	if (owners != NIL)
		before_drop_many(NIL, owners);
}

/* CREATE OR REPLACE VIEW of a definition. */
static void
before_create_view(const ViewStmt *create)
{
	Oid			view = create->replace ? named_relation(create->view) : InvalidOid;

	if (OidIsValid(view) && list_member_oid(rollup_definitions(InvalidOid), view) &&
		relation_owned(view, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot replace view \"%s\", because it defines a live roll-up", get_rel_name(view)),
				 errdetail("What was counted before would not be what is counted from then on."),
				 errhint("Use kpi_rollup_alter, which counts again.")));
}

/* A roll-up of the source that a column of it is used by; NULL for none. */
static const Rollup *
user_of(Oid source, const char *column)
{
	AttrNumber	number = get_attnum(source, column);
	ListCell   *cell;

	foreach(cell, rollup_sound(source))
	{
		const Rollup *rollup = lfirst(cell);
		Bitmapset  *used = NULL;

		pull_varattnos((Node *) rollup->definition.entries, 1, &used);
		if (bms_is_member(number - FirstLowInvalidHeapAttributeNumber, used))
			return rollup;
	}
	return NULL;
}

/*
 * The server would refuse it, too, and blame the view NAME_source, of which
 * nobody has heard.
 */
static void
before_alter_type(Oid relation, const char *column)
{
	const Rollup *rollup;

	if (!OidIsValid(relation) || !relation_owned(relation, GetUserId()))
		return;
	rollup = user_of(rollup_root(relation), column);
	if (rollup != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot alter the type of column \"%s\", because roll-up \"%s\" uses it",
						column, get_rel_name(rollup->name)),
				 errhint("In one transaction, take the column out of the roll-up with kpi_rollup_alter, change its type, and put it back with kpi_rollup_alter.")));
}

/*
 * A source that would get a parent, or children.  Asked before the command, as
 * some versions of the server refuse triggers such as ours in words of their
 * own, and after it, when its locks are taken.
 */
static void
check_inheritance(const AlterTableStmt *alter, const AlterTableCmd *command)
{
	switch (command->subtype)
	{
		case AT_AttachPartition:
			refuse_inheritance(named_relation(((PartitionCmd *) command->def)->name));
			break;
		case AT_AddInherit:
			refuse_inheritance(named_relation(alter->relation));
			refuse_inheritance(named_relation((RangeVar *) command->def));
			break;
		default:
			break;
	}
}

static void
before_alter(const AlterTableStmt *alter)
{
	ListCell   *cell;

	foreach(cell, alter->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);
		Oid			relation;

		check_inheritance(alter, command);
		/* afterwards, rows that wait to be counted are of another source, or of none */
		if (command->subtype == AT_AttachPartition || command->subtype == AT_DetachPartition)
			rollup_settle();
		if (command->subtype == AT_AlterColumnType)
			before_alter_type(named_relation(alter->relation), command->name);
		if (sets_expression(command))
		{
			relation = named_relation(alter->relation);
			if (OidIsValid(relation) && user_of(rollup_root(relation), command->name) != NULL)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot change how column \"%s\" is generated, because a live roll-up uses it",
								command->name),
						 errdetail("No trigger would see what becomes of its values."),
						 errhint("In one transaction, take the column out of the roll-up with kpi_rollup_alter, change it, and put it back with kpi_rollup_alter.")));
			continue;
		}
		if (command->subtype != AT_DetachPartition ||
			!detaches_concurrently((PartitionCmd *) command->def))
			continue;
		relation = named_relation(alter->relation);
		if (OidIsValid(relation) && rollup_sound(rollup_root(relation)) != NIL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot detach partitions of the source of a roll-up concurrently"),
					 errdetail("The roll-up would have its rows for longer than the table has."),
					 errhint("Detach it without CONCURRENTLY.")));
	}
}

/* kpi_rollup_ddl_start(): event trigger before what drops or alters tables. */
PG_FUNCTION_INFO_V1(kpi_rollup_ddl_start);
Datum
kpi_rollup_ddl_start(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo, __func__, "ddl_command_start");
	Node	   *command = event->parsetree;

	if (rollup_none())
		PG_RETURN_VOID();
	if (IsA(command, DropStmt) && ((DropStmt *) command)->removeType == OBJECT_TABLE)
		before_drop_table((DropStmt *) command);
	else if (IsA(command, DropStmt) && ((DropStmt *) command)->removeType == OBJECT_SCHEMA)
		before_drop_schema((DropStmt *) command);
	else if (IsA(command, DropOwnedStmt))
		before_drop_owned((DropOwnedStmt *) command);
	else if (IsA(command, AlterTableStmt))
		before_alter((AlterTableStmt *) command);
	else if (IsA(command, ViewStmt))
		before_create_view((ViewStmt *) command);
	PG_RETURN_VOID();
}

/*
 * kpi_rollup_ddl_trigger(): event trigger before CREATE TRIGGER, which is how
 * the restore of a dump makes a roll-up live.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_ddl_trigger);
Datum
kpi_rollup_ddl_trigger(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo, __func__, "ddl_command_start");
	CreateTrigStmt *create = (CreateTrigStmt *) event->parsetree;
	Oid			relation;
	ListCell   *cell;

	if (!IsA(create, CreateTrigStmt) ||
		strcmp(create->trigname, rollup_trigger_names[ROLLUP_INSERT]) != 0 ||
		strcmp(strVal(llast(create->funcname)), "kpi_rollup_changed") != 0)
		PG_RETURN_VOID();
	relation = named_relation(create->relation);
	if (!OidIsValid(relation))
		PG_RETURN_VOID();
	relation = rollup_root(relation);
	foreach(cell, rollup_definitions(relation))
	{
		/* a restore in parallel may yet have to make the index of its cells */
		Rollup	   *rollup = rollup_read(lfirst_oid(cell), AccessShareLock);

		if (rollup == NULL || !rollup->owned || !rollup->entitled || rollup->definition.source != relation)
			continue;
		rollup_watch_ddl(true);
		rollup_bind(rollup);
	}
	PG_RETURN_VOID();
}

/*
 * After a command
 */

/* CREATE TABLE: a partition of a source, or a child. */
static void
after_create(const CreateStmt *create)
{
	ListCell   *cell;

	foreach(cell, create->inhRelations)
	{
		Oid			parent = named_relation(lfirst_node(RangeVar, cell));

		if (!OidIsValid(parent))
			continue;
		if (create->partbound == NULL)
			refuse_inheritance(parent);
		else
			adopt_partitions(rollup_root(parent));
	}
}

static void
after_detach(Oid root, Oid partition)
{
	List	   *members;
	ListCell   *cell;

	if (!OidIsValid(partition) || locked_rollups(root) == NIL)
		return;
	members = find_all_inheritors(partition, AccessExclusiveLock, NULL);
	count_partitions(root, members, ROLLUP_DELETE);
	foreach(cell, members)
		rollup_drop_triggers(lfirst_oid(cell));
	rollup_invalidate(root);
}

static void
after_alter(const AlterTableStmt *alter)
{
	ListCell   *cell;

	foreach(cell, alter->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);
		Oid			root = InvalidOid;
		Oid			relation = InvalidOid;
		Oid			partition;
		ListCell   *member;

		check_inheritance(alter, command);
		switch (command->subtype)
		{
			case AT_AttachPartition:
			case AT_DetachPartition:
			case AT_SetLogged:
			case AT_SetUnLogged:
				relation = named_relation(alter->relation);
				break;
			default:
				break;
		}
		if (!OidIsValid(relation))
			continue;
		root = rollup_root(relation);
		switch (command->subtype)
		{
			case AT_AttachPartition:
				partition = named_relation(((PartitionCmd *) command->def)->name);
				if (!OidIsValid(partition) || locked_rollups(root) == NIL)
					break;
				adopt_partitions(root);
				count_partitions(root, find_all_inheritors(partition, NoLock, NULL), ROLLUP_INSERT);
				break;
			case AT_DetachPartition:
				after_detach(root, named_relation(((PartitionCmd *) command->def)->name));
				break;
			default:
				/* the roll-up is none any more, by now */
				foreach(member, rollup_list(root))
					rollup_check_member(relation, get_rel_persistence(((Rollup *) lfirst(member))->cells));
				break;
		}
	}
}

/* kpi_rollup_ddl_end(): event trigger after CREATE and ALTER TABLE. */
PG_FUNCTION_INFO_V1(kpi_rollup_ddl_end);
Datum
kpi_rollup_ddl_end(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo, __func__, "ddl_command_end");
	Node	   *command = event->parsetree;
	ListCell   *cell;

	if (rollup_none())
		PG_RETURN_VOID();
	if (IsA(command, CreateStmt))
		after_create((CreateStmt *) command);
	else if (IsA(command, CreateForeignTableStmt))
		after_create(&((CreateForeignTableStmt *) command)->base);
	else if (IsA(command, AlterTableStmt))
		after_alter((AlterTableStmt *) command);
	else if (IsA(command, CreateSchemaStmt) && ((CreateSchemaStmt *) command)->schemaElts != NIL)
	{
		/* names in it may be relative to the schema that it makes */
		foreach(cell, all_sources())
		{
			if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_PARTITIONED_TABLE)
				adopt_partitions(lfirst_oid(cell));
		}
	}
	PG_RETURN_VOID();
}

/*
 * What is left of a roll-up
 */

/* The tables that have a trigger of ours. */
static List *
followed_tables(void)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	Relation	depends = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *tables = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ProcedureRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(rollup_function("kpi_rollup_changed")));
	scan = systable_beginscan(depends, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);
		ScanKeyData key;
		SysScanDesc trigger_scan;
		HeapTuple	trigger;

		if (depend->classid != TriggerRelationId)
			continue;
		ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(depend->objid));
		trigger_scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
		trigger = systable_getnext(trigger_scan);
		if (HeapTupleIsValid(trigger))
			tables = list_append_unique_oid(tables, ((Form_pg_trigger) GETSTRUCT(trigger))->tgrelid);
		systable_endscan(trigger_scan);
	}
	systable_endscan(scan);
	table_close(depends, AccessShareLock);
	table_close(triggers, AccessShareLock);
	return tables;
}

/* Triggers that serve no roll-up any more; without waiting for anybody. */
static void
drop_idle_triggers(void)
{
	ListCell   *cell;

	foreach(cell, followed_tables())
	{
		Oid			relation = lfirst_oid(cell);

		if (rollup_definitions(rollup_root(relation)) != NIL ||
			!ConditionalLockRelationOid(relation, AccessExclusiveLock))
			continue;
		/* another session may have made or altered one until then */
		if (rollup_definitions(rollup_root(relation)) == NIL)
			rollup_drop_triggers(relation);
		else
			UnlockRelationOid(relation, AccessExclusiveLock);
	}
}

/*
 * Does nothing define these cells any more?  Where another session has just
 * altered the roll-up, a part of what was read is of before.  Who alters one
 * has its tables locked until it is seen.
 */
static bool
is_left(Oid relation)
{
	bool		left;

	LockRelationOid(relation, RowExclusiveLock);
	left = rollup_is_cells(relation) && rollup_definitions(relation) == NIL;
	if (!left)
		UnlockRelationOid(relation, RowExclusiveLock);
	return left;
}

/*
 * kpi_rollup_ddl_drop(): event trigger after anything was dropped.  Cells that
 * nothing defines any more go, and the view that is read.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_ddl_drop);
Datum
kpi_rollup_ddl_drop(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo, __func__, "sql_drop");
	Node	   *command = event->parsetree;
	List	   *bound = rollup_bound();
	List	   *definitions = bound == NIL ? NIL : rollup_definitions(InvalidOid);
	ObjectAddresses *left = new_object_addresses();
	bool		any = false;
	ListCell   *cell;

	foreach(cell, bound)
	{
		Oid			relation = lfirst_oid(cell);
		List	   *views;
		ListCell   *view;
		ObjectAddress part;

		if (get_rel_relkind(relation) != RELKIND_RELATION)
			continue;
		views = rollup_views_over(relation);
		/* what has become a table of something else may be another role's by now */
		if (rollup_common(views, definitions) != NIL || !rollup_is_cells(relation) || !is_left(relation))
			continue;
		any = true;
		ObjectAddressSet(part, RelationRelationId, relation);
		add_exact_object_address(&part, left);
		foreach(view, rollup_common(views, bound))
		{
			ObjectAddressSet(part, RelationRelationId, lfirst_oid(view));
			add_exact_object_address(&part, left);
		}
	}
	if (!any)
		PG_RETURN_VOID();
	performMultipleDeletions(left, IsA(command, DropStmt) ? ((DropStmt *) command)->behavior : DROP_CASCADE,
							 PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
	drop_idle_triggers();
	rollup_watch_ddl(false);
	PG_RETURN_VOID();
}
