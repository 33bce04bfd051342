/*-------------------------------------------------------------------------
 *
 * rollup_ddl.c
 *		What DDL does to live roll-ups: event triggers.
 *
 * Statement triggers are not handed down to partitions, and rows that come or
 * go with a partition fire none.  So the roll-ups of a partitioned table follow
 * what becomes of its partitions here.  Where a partition is attached, detached
 * or dropped, its rows are counted; where it went in another way, such as with
 * its schema, the number of tables no longer agrees with the one on record, and
 * the roll-up is compared with its whole source.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "commands/event_trigger.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

static EventTriggerData *
event_data(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by an event trigger", function)));
	return (EventTriggerData *) fcinfo->context;
}

/*
 * The roll-ups of a source, while no other session's DDL concerns their
 * partitions.
 */
static List *
locked_rollups(Oid schema, Oid source)
{
	if (rollup_list(schema, source) == NIL)
		return NIL;
	LockRelationOid(source, ShareUpdateExclusiveLock);
	return rollup_list(schema, source);
}

/* Puts the number of tables on record. */
static void
record_relations(Oid schema, Oid source, int relations)
{
	ListCell   *cell;

	foreach(cell, rollup_list(schema, source))
	{
		Rollup	   *rollup = lfirst(cell);

		if (rollup->relations != relations)
			rollup_set_relations(schema, rollup, relations);
	}
}

static int
count_relations(Oid source)
{
	return list_length(find_all_inheritors(source, NoLock, NULL));
}

/* Where the tables are not those that were counted, the source says it all. */
static void
resync_if_needed(Oid schema, Oid source)
{
	int			relations = count_relations(source);
	ListCell   *cell;

	foreach(cell, locked_rollups(schema, source))
	{
		Rollup	   *rollup = lfirst(cell);

		if (rollup->relations == relations)
			continue;
		ereport(NOTICE,
				(errmsg("roll-up \"%s\" is compared with its whole source, whose partitions have changed",
						get_rel_name(rollup->name))));
		rollup_resync(schema, rollup);
		rollup_set_relations(schema, rollup, relations);
	}
}

/* Takes in the tables below the source that have no triggers yet. */
static void
adopt_partitions(Oid schema, Oid source)
{
	List	   *rollups = locked_rollups(schema, source);
	int			relations;
	ListCell   *cell;

	if (rollups == NIL)
		return;
	relations = ((Rollup *) linitial(rollups))->relations;
	foreach(cell, find_all_inheritors(source, NoLock, NULL))
	{
		Oid			relation = lfirst_oid(cell);

		rollup_check_member(relation, get_rel_persistence(((Rollup *) linitial(rollups))->cells));
		if (rollup_make_triggers(relation))
		{
			rollup_count_table(schema, source, relation, ROLLUP_INSERT);
			relations++;
		}
	}
	record_relations(schema, source, relations);
	rollup_invalidate(source);
	resync_if_needed(schema, source);
}

/* Takes away the rows of tables below the source that go. */
static void
release_partitions(Oid schema, Oid source, List *partitions)
{
	List	   *rollups = locked_rollups(schema, source);
	ListCell   *cell;

	if (rollups == NIL)
		return;
	foreach(cell, partitions)
		rollup_count_table(schema, source, lfirst_oid(cell), ROLLUP_DELETE);
	record_relations(schema, source,
					 ((Rollup *) linitial(rollups))->relations - list_length(partitions));
}

/* The table of a name in a command; InvalidOid where there is none. */
static Oid
named_relation(const RangeVar *name)
{
	return RangeVarGetRelid(name, NoLock, true);
}

static void
refuse_inheritance(Oid schema, Oid relation)
{
	if (OidIsValid(relation) && rollup_list(schema, relation) != NIL)
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

/* DROP TABLE of partitions: counted while they are still there. */
static void
before_drop(Oid schema, const DropStmt *drop)
{
	List	   *seen = NIL;
	ListCell   *cell;

	foreach(cell, drop->objects)
	{
		Oid			relation = named_relation(makeRangeVarFromNameList(lfirst(cell)));
		Oid			root;
		List	   *going = NIL;
		ListCell   *member;

		if (!OidIsValid(relation) || !get_rel_relispartition(relation))
			continue;
		root = rollup_root(relation);
		/* who may not drop it is told so by the command */
		if (rollup_list(schema, root) == NIL ||
			(!relation_owned(relation, GetUserId()) &&
			 !schema_owned(get_rel_namespace(relation), GetUserId())))
			continue;
		/* as DROP TABLE locks them */
		LockRelationOid(linitial_oid(get_partition_ancestors(relation)), AccessExclusiveLock);
		foreach(member, find_all_inheritors(relation, AccessExclusiveLock, NULL))
		{
			if (!list_member_oid(seen, lfirst_oid(member)))
			{
				going = lappend_oid(going, lfirst_oid(member));
				seen = lappend_oid(seen, lfirst_oid(member));
			}
		}
		release_partitions(schema, root, going);
	}
}

/*
 * A source that would get a parent, or children.  Asked before the command, as
 * some versions of the server refuse triggers such as ours in words of their
 * own, and after it, when its locks are taken.
 */
static void
check_inheritance(Oid schema, const AlterTableStmt *alter, const AlterTableCmd *command)
{
	switch (command->subtype)
	{
		case AT_AttachPartition:
			refuse_inheritance(schema, named_relation(((PartitionCmd *) command->def)->name));
			break;
		case AT_AddInherit:
			refuse_inheritance(schema, named_relation(alter->relation));
			refuse_inheritance(schema, named_relation((RangeVar *) command->def));
			break;
		default:
			break;
	}
}

static void
before_alter(Oid schema, const AlterTableStmt *alter)
{
	ListCell   *cell;

	foreach(cell, alter->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);
		Oid			relation;

		check_inheritance(schema, alter, command);
		if (command->subtype != AT_DetachPartition ||
			!detaches_concurrently((PartitionCmd *) command->def))
			continue;
		relation = named_relation(alter->relation);
		if (OidIsValid(relation) && rollup_list(schema, rollup_root(relation)) != NIL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot detach partitions of the source of a roll-up concurrently"),
					 errdetail("The roll-up would have its rows for longer than the table has."),
					 errhint("Detach it without CONCURRENTLY.")));
	}
}

/* kpi_rollup_ddl_start(): event trigger before DROP TABLE and ALTER TABLE. */
PG_FUNCTION_INFO_V1(kpi_rollup_ddl_start);
Datum
kpi_rollup_ddl_start(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo, __func__);
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);

	if (rollup_none(schema))
		PG_RETURN_VOID();
	if (IsA(event->parsetree, DropStmt) && ((DropStmt *) event->parsetree)->removeType == OBJECT_TABLE)
		before_drop(schema, (DropStmt *) event->parsetree);
	else if (IsA(event->parsetree, AlterTableStmt))
		before_alter(schema, (AlterTableStmt *) event->parsetree);
	PG_RETURN_VOID();
}

/*
 * After a command
 */

/* CREATE TABLE: a partition of a source, or a child. */
static void
after_create(Oid schema, const CreateStmt *create)
{
	ListCell   *cell;

	foreach(cell, create->inhRelations)
	{
		Oid			parent = named_relation(lfirst_node(RangeVar, cell));

		if (!OidIsValid(parent))
			continue;
		if (create->partbound == NULL)
			refuse_inheritance(schema, parent);
		else
			adopt_partitions(schema, rollup_root(parent));
	}
}

static void
after_alter(Oid schema, const AlterTableStmt *alter)
{
	ListCell   *cell;

	foreach(cell, alter->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);
		Oid			relation = InvalidOid;
		Oid			partition;
		ListCell   *member;

		check_inheritance(schema, alter, command);
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
		switch (command->subtype)
		{
			case AT_AttachPartition:
				adopt_partitions(schema, rollup_root(relation));
				break;
			case AT_DetachPartition:
				partition = named_relation(((PartitionCmd *) command->def)->name);
				if (OidIsValid(partition) && rollup_list(schema, rollup_root(relation)) != NIL)
				{
					List	   *members = find_all_inheritors(partition, AccessExclusiveLock, NULL);

					release_partitions(schema, rollup_root(relation), members);
					foreach(member, members)
						rollup_drop_triggers(lfirst_oid(member));
					resync_if_needed(schema, rollup_root(relation));
				}
				break;
			default:
				foreach(member, rollup_list(schema, rollup_root(relation)))
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
	EventTriggerData *event = event_data(fcinfo, __func__);
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);
	Node	   *command = event->parsetree;
	ListCell   *cell;

	if (rollup_none(schema))
		PG_RETURN_VOID();
	if (IsA(command, CreateStmt))
		after_create(schema, (CreateStmt *) command);
	else if (IsA(command, CreateForeignTableStmt))
		after_create(schema, &((CreateForeignTableStmt *) command)->base);
	else if (IsA(command, AlterTableStmt))
		after_alter(schema, (AlterTableStmt *) command);
	else if (IsA(command, CreateSchemaStmt) && ((CreateSchemaStmt *) command)->schemaElts != NIL)
	{
		/* names in it may be relative to the schema that it makes */
		foreach(cell, rollup_list(schema, InvalidOid))
		{
			Oid			source = ((Rollup *) lfirst(cell))->source;

			if (get_rel_relkind(source) == RELKIND_PARTITIONED_TABLE)
				adopt_partitions(schema, source);
			else if (count_relations(source) > 1)
				refuse_inheritance(schema, source);
		}
	}
	PG_RETURN_VOID();
}

/*
 * kpi_rollup_ddl_drop(): event trigger after anything was dropped.  A roll-up
 * of which a part is gone goes altogether.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_ddl_drop);
Datum
kpi_rollup_ddl_drop(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo, __func__);
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);
	Node	   *command = event->parsetree;
	ListCell   *cell;

	if (rollup_none(schema))
		PG_RETURN_VOID();
	foreach(cell, rollup_list(schema, InvalidOid))
	{
		Rollup	   *rollup = lfirst(cell);

		if (get_rel_name(rollup->name) == NULL || get_rel_name(rollup->source) == NULL ||
			get_rel_name(rollup->cells) == NULL || get_rel_name(rollup->definition) == NULL)
			rollup_dissolve(schema, rollup,
							IsA(command, DropStmt) ? ((DropStmt *) command)->behavior : DROP_CASCADE);
		/* what ALTER TABLE does is looked at when it has ended */
		else if (!IsA(command, AlterTableStmt) &&
				 get_rel_relkind(rollup->source) == RELKIND_PARTITIONED_TABLE &&
				 count_relations(rollup->source) != rollup->relations)
			resync_if_needed(schema, rollup->source);
	}
	PG_RETURN_VOID();
}
