/*-------------------------------------------------------------------------
 *
 * rollup_catalog.c
 *		Which live roll-ups there are, as the server's catalogs have it.
 *
 * Anybody may have a view that says that it defines a roll-up, of anybody's
 * table and into anybody's cells.  It is one if the view, the cells and the
 * view that is read are of one owner, who may read the table and have triggers
 * on it.  That is asked before anything of it is locked or looked into.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

const char *const rollup_trigger_names[ROLLUP_EVENTS] = {
	"kpi_rollup_insert", "kpi_rollup_update", "kpi_rollup_delete", "kpi_rollup_truncate", "kpi_rollup_replica"
};

/* A TRUNCATE leaves nothing to read. */
const int16 rollup_trigger_types[ROLLUP_EVENTS] = {
	TRIGGER_TYPE_INSERT, TRIGGER_TYPE_UPDATE, TRIGGER_TYPE_DELETE, TRIGGER_TYPE_TRUNCATE | TRIGGER_TYPE_BEFORE,
	TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE
};

const char rollup_trigger_fires[ROLLUP_EVENTS] = {
	TRIGGER_FIRES_ON_ORIGIN, TRIGGER_FIRES_ON_ORIGIN, TRIGGER_FIRES_ON_ORIGIN, TRIGGER_FIRES_ALWAYS,
	TRIGGER_FIRES_ON_REPLICA
};

/*
 * Relations
 */

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

Oid
rollup_root(Oid relation)
{
	if (!get_rel_relispartition(relation))
		return relation;
	return llast_oid(get_partition_ancestors(relation));
}

char *
rollup_quoted(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

/*
 * Sources
 */

pg_noreturn pg_noinline static void
refuse_source(Oid source, const char *reason, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot make a roll-up of \"%s\", because it is %s", get_rel_name(source), reason),
			 hint ? errhint("%s", hint) : 0));
}

/*
 * Is the table in another extension's list of those whose rows are elsewhere?
 * Only a superuser's list is believed, which is what such an extension has.
 */
static bool
is_listed(Oid list, const char *oid_column, const char *schema_column, const char *table_column, Oid relid)
{
	const char *columns[] = {oid_column != NULL ? oid_column : schema_column, table_column};
	int			nkeys = oid_column != NULL ? 1 : 2;
	NameData	names[2];
	ScanKeyData keys[2];
	Relation	table;
	SysScanDesc scan;
	bool		found;

	if (!OidIsValid(list) || get_rel_relkind(list) != RELKIND_RELATION || !superuser_arg(rollup_owner(list)))
		return false;
	for (int i = 0; i < nkeys; i++)
	{
		AttrNumber	column = get_attnum(list, columns[i]);

		if (column <= 0 || get_atttype(list, column) != (oid_column != NULL ? REGCLASSOID : NAMEOID))
			return false;
		if (oid_column != NULL)
			ScanKeyInit(&keys[i], column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
		else
		{
			namestrcpy(&names[i], i == 0 ? get_namespace_name(get_rel_namespace(relid)) : get_rel_name(relid));
			ScanKeyInit(&keys[i], column, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&names[i]));
		}
	}
	table = table_open(list, AccessShareLock);
	scan = systable_beginscan(table, InvalidOid, false, NULL, nkeys, keys);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return found;
}

void
rollup_check_source(Relation source)
{
	Oid			relid = RelationGetRelid(source);
	Oid			timescale = get_namespace_oid("_timescaledb_catalog", true);
	const char *elsewhere = "Keep what a roll-up follows in an ordinary table, partitioned or not.";
	const char *once = "Make it of the topmost table, with the partition's key among the keys.";

	switch (source->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			break;
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
			refuse_source(relid, "a view", "Make it of the view's table.");
		case RELKIND_FOREIGN_TABLE:
			refuse_source(relid, "a foreign table",
						  "Make a roll-up on the other server, and read it as a foreign table.");
		default:
			refuse_source(relid, "no table", NULL);
	}
	if (IsCatalogRelation(source) || IsToastRelation(source))
		refuse_source(relid, "a system catalog", NULL);
	if (source->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		refuse_source(relid, "temporary", NULL);
	if (source->rd_rel->relispartition)
		refuse_source(relid, "a partition", once);
	/* what is said of such tables happens on other servers, or to tables that have no triggers of ours */
	if (is_listed(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE), "logicalrelid", NULL, NULL, relid))
		refuse_source(relid, "distributed by Citus", elsewhere);
	if (OidIsValid(timescale) &&
		is_listed(get_relname_relid("hypertable", timescale), NULL, "schema_name", "table_name", relid))
		refuse_source(relid, "a hypertable of TimescaleDB", elsewhere);
	/* the mark of a table that has children outlives them */
	if (source->rd_rel->relkind == RELKIND_RELATION &&
		((has_subclass(relid) && find_inheritance_children(relid, NoLock) != NIL) || has_superclass(relid)))
		refuse_source(relid, "part of an inheritance tree",
					  "Partitioned tables can have roll-ups.");
}

/* Why a role may not have what it makes of all rows kept up to date. */
static char *
not_entitled(Oid source, Oid role)
{
	if (pg_class_aclcheck(source, role, ACL_SELECT) != ACLCHECK_OK ||
		pg_class_aclcheck(source, role, ACL_TRIGGER) != ACLCHECK_OK)
		return psprintf("its owner has not both the rights to SELECT from table \"%s\" and to have a TRIGGER on it",
						get_rel_name(source));
	if (check_enable_rls(source, role, true) == RLS_ENABLED)
		return psprintf("row-level security of table \"%s\" applies to its owner", get_rel_name(source));
	return NULL;
}

/*
 * Views that say that they define roll-ups
 */

/*
 * The rules of views that name an object, in the order of their OIDs; at most
 * so many, 0 for all.
 */
static List *
rules_over(Oid class, Oid object, int limit)
{
	Relation	depends = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *rules = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(class));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(object));
	scan = systable_beginscan(depends, DependReferenceIndexId, true, NULL, 2, keys);
	while ((limit == 0 || list_length(rules) < limit) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		if (depend->classid == RewriteRelationId)
			rules = lappend_oid(rules, depend->objid);
	}
	systable_endscan(scan);
	table_close(depends, AccessShareLock);
	list_sort(rules, list_oid_cmp);
	list_deduplicate_oid(rules);
	return rules;
}

/* The views that the rules are of, in the order of their OIDs. */
static List *
views_of(const List *rules)
{
	Relation	table = table_open(RewriteRelationId, AccessShareLock);
	List	   *views = NIL;
	ListCell   *cell;

	foreach(cell, rules)
	{
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	rule;

		ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(lfirst_oid(cell)));
		scan = systable_beginscan(table, RewriteOidIndexId, true, NULL, 1, &key);
		rule = systable_getnext(scan);
		if (HeapTupleIsValid(rule))
			views = lappend_oid(views, ((Form_pg_rewrite) GETSTRUCT(rule))->ev_class);
		systable_endscan(scan);
	}
	table_close(table, AccessShareLock);
	list_sort(views, list_oid_cmp);
	list_deduplicate_oid(views);
	return views;
}

List *
rollup_common(const List *a, const List *b)
{
	List	   *common = NIL;
	int			i = 0;
	int			j = 0;

	while (i < list_length(a) && j < list_length(b))
	{
		Oid			x = list_nth_oid(a, i);
		Oid			y = list_nth_oid(b, j);

		if (x == y)
			common = lappend_oid(common, x);
		i += x <= y;
		j += y <= x;
	}
	return common;
}

List *
rollup_views_over(Oid relation)
{
	return views_of(rules_over(RelationRelationId, relation, 0));
}

List *
rollup_definitions(Oid relation)
{
	List	   *rules = rules_over(ProcedureRelationId, rollup_function("kpi_rollup_definition"), 0);

	if (OidIsValid(relation) && rules != NIL)
		rules = rollup_common(rules, rules_over(RelationRelationId, relation, 0));
	return views_of(rules);
}

bool
rollup_none(void)
{
	return rules_over(ProcedureRelationId, rollup_function("kpi_rollup_definition"), 1) == NIL;
}

/* kpi_rollup_definition(): as a condition, it says that a cell has rows. */
PG_FUNCTION_INFO_V1(kpi_rollup_definition);
Datum
kpi_rollup_definition(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT64(6) > 0);
}

/* Another definition of the same cells, by the same owner. */
static Oid
rival(const Rollup *rollup)
{
	ListCell   *cell;

	foreach(cell, rollup_definitions(rollup->cells))
	{
		Oid			view = lfirst_oid(cell);
		RollupDefinition other;

		if (view != rollup->view && rollup_owner(view) == rollup->owner &&
			rollup_read_claim(view, &other) && other.cells == rollup->cells)
			return view;
	}
	return InvalidOid;
}

typedef struct Read
{
	Rollup	   *rollup;
	LOCKMODE	lock;
} Read;

/* All that may raise. */
static void
read_definition(void *argument)
{
	Read	   *read = argument;
	Rollup	   *rollup = read->rollup;
	Relation	source = try_relation_open(rollup->definition.source, AccessShareLock);
	RollupCells cells;
	ListCell   *cell;

	if (source == NULL)
	{
		rollup->problem = pstrdup("its source is gone");
		return;
	}
	rollup_check_source(source);
	rollup_read_definition(rollup->view, source, &rollup->definition);
	rollup->problem = rollup_open_cells(&cells, rollup->cells, &rollup->definition, read->lock);
	if (rollup->problem == NULL)
	{
		if (cells.relation->rd_rel->relpersistence != source->rd_rel->relpersistence)
			rollup->problem = pstrdup("of its source and its cells, one is unlogged and the other is not");
		rollup_close_cells(&cells);
	}
	if (rollup->problem == NULL && OidIsValid(rollup->definition.leads))
	{
		RollupDefinition leads;

		rollup_leads_definition(&rollup->definition, &leads);
		rollup->problem = rollup_open_cells(&cells, leads.cells, &leads, read->lock);
		if (rollup->problem == NULL)
			rollup_close_cells(&cells);
	}
	foreach(cell, rollup->definition.before)
	{
		if (rollup->problem == NULL && !rollup_is_cells(lfirst_oid(cell)))
			rollup->problem = psprintf("table \"%s\" does not have the columns of its cells", get_rel_name(lfirst_oid(cell)));
	}
	relation_close(source, AccessShareLock);
}

/* Is a relation of that kind, and of the owner? */
static bool
is_part(const Rollup *rollup, Oid relation, char kind)
{
	return rollup_owner(relation) == rollup->owner && get_rel_relkind(relation) == kind;
}

static void
read_claim(void *argument)
{
	Read	   *read = argument;

	if (!rollup_read_claim(read->rollup->view, &read->rollup->definition))
		read->rollup->view = InvalidOid;
}

Rollup *
rollup_read(Oid view, LOCKMODE lock)
{
	Rollup	   *rollup = palloc0(sizeof(Rollup));
	Read		read = {rollup, lock};
	Oid			other;
	char	   *fault;
	ListCell   *cell;

	rollup->view = view;
	rollup->owner = rollup_owner(view);
	fault = rollup_try(read_claim, &read);
	if (fault != NULL || !OidIsValid(rollup->view) || !OidIsValid(rollup->owner))
		return NULL;
	rollup->name = rollup->definition.name;
	rollup->cells = rollup->definition.cells;
	rollup->owned = is_part(rollup, rollup->name, RELKIND_VIEW) && is_part(rollup, rollup->cells, RELKIND_RELATION) &&
		(!OidIsValid(rollup->definition.leads) ||
		 (is_part(rollup, rollup->definition.leads, RELKIND_RELATION) && rollup->definition.leads != rollup->cells));
	foreach(cell, rollup->definition.before)
		rollup->owned = rollup->owned && is_part(rollup, lfirst_oid(cell), RELKIND_RELATION);
	if (!OidIsValid(rollup->definition.source))
		rollup->problem = psprintf("view \"%s\" does not define a roll-up", get_rel_name(view));
	else if ((fault = not_entitled(rollup->definition.source, rollup->owner)) != NULL)
		rollup->problem = fault;
	else
		rollup->entitled = true;
	/* another's table is not to be closed to who writes to it */
	rollup->strict = rollup->entitled && rollup->definition.strict &&
		relation_owned(rollup->definition.source, rollup->owner);
	if (!rollup->owned)
		rollup->problem = psprintf("view \"%s\", the view and the cells that it names are not of one owner",
								   get_rel_name(view));
	if (rollup->problem != NULL)
		return rollup;
	/* two that append to them would count twice, and compaction lose them */
	if (rollup_subscribed(rollup->cells))
	{
		rollup->elsewhere = true;
		rollup->problem = pstrdup("a subscription fills its cells, so that it is kept where they come from");
		return rollup;
	}
	other = rival(rollup);
	if (OidIsValid(other))
		rollup->problem = psprintf("views \"%s\" and \"%s\" both define it", get_rel_name(view), get_rel_name(other));
	else if (lock == AccessShareLock && !ConditionalLockRelationOid(rollup->cells, lock))
	{
		rollup->locked = true;
		rollup->problem = pstrdup("its cells are locked by another session");
	}
	else
	{
		fault = rollup_try(read_definition, &read);
		if (fault != NULL)
			rollup->problem = fault;
	}
	return rollup;
}

List *
rollup_list(Oid source)
{
	List	   *list = NIL;
	ListCell   *cell;

	foreach(cell, rollup_definitions(source))
	{
		Oid			view = lfirst_oid(cell);
		Rollup	   *rollup;

		/* who may not so much as read the table has no say, and costs nothing */
		if (not_entitled(source, rollup_owner(view)) != NULL)
			continue;
		rollup = rollup_read(view, RowExclusiveLock);
		if (rollup != NULL && rollup->owned)
			list = lappend(list, rollup);
	}
	return list;
}

List *
rollup_sound(Oid source)
{
	List	   *list = NIL;
	ListCell   *cell;

	foreach(cell, rollup_list(source))
	{
		Rollup	   *rollup = lfirst(cell);

		if (rollup->problem == NULL && rollup->definition.source == source)
			list = lappend(list, rollup);
	}
	return list;
}

/* Has rollup_bind() made sure of it? */
static bool
is_bound(Oid relation)
{
	Relation	depends = table_open(DependRelationId, AccessShareLock);
	Oid			extension = getExtensionOfObject(ProcedureRelationId, rollup_function("kpi_rollup_definition"));
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(depends, DependDependerIndexId, true, NULL, 2, keys);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		found = depend->refclassid == ExtensionRelationId && depend->refobjid == extension &&
			depend->objsubid == 0 && depend->deptype == DEPENDENCY_NORMAL;
	}
	systable_endscan(scan);
	table_close(depends, AccessShareLock);
	return found;
}

/*
 * What claims to be a roll-up of the table and never was one is not among them:
 * anybody may write such a view.
 */
List *
rollup_barred(Oid source)
{
	List	   *list = NIL;
	ListCell   *cell;

	foreach(cell, rollup_definitions(source))
	{
		Oid			view = lfirst_oid(cell);
		Rollup	   *rollup;

		if (not_entitled(source, rollup_owner(view)) == NULL || !is_bound(view))
			continue;
		rollup = rollup_read(view, AccessShareLock);
		if (rollup != NULL && rollup->owned && !rollup->entitled && rollup->definition.source == source)
			list = lappend(list, rollup);
	}
	return list;
}

Rollup *
rollup_find(Oid name)
{
	ListCell   *cell;

	if (get_rel_name(name) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", name)));
	foreach(cell, rollup_definitions(name))
	{
		Oid			view = lfirst_oid(cell);
		Rollup	   *rollup;

		if (rollup_owner(view) != rollup_owner(name))
			continue;
		rollup = rollup_read(view, AccessShareLock);
		if (rollup != NULL && rollup->name == name && rollup->owned)
			return rollup;
	}
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a roll-up", get_rel_name(name)),
			 errhint("The view kpi_rollups lists those that there are.")));
}

void
rollup_must_be_sound(const Rollup *rollup)
{
	if (rollup->problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("roll-up \"%s\" is not live: %s", get_rel_name(rollup->name), rollup->problem),
				 errhint("Mend that, or drop the roll-up with kpi_rollup_drop and make it again.")));
}

/*
 * Triggers
 */

static bool
has_transition(HeapTuple tuple, TupleDesc desc, int column, const char *name)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, desc, &isnull);

	if (name == NULL || isnull)
		return (name == NULL) == isnull;
	return strcmp(NameStr(*DatumGetName(value)), name) == 0;
}

RollupTrigger
rollup_trigger(Oid relation, RollupEvent event, Oid *oid)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(triggers);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	RollupTrigger state = ROLLUP_TRIGGER_MISSING;

	*oid = InvalidOid;
	ScanKeyInit(&keys[0], Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[1], Anum_pg_trigger_tgname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(rollup_trigger_names[event]));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);

		*oid = trigger->oid;
		if (trigger->tgfoid != rollup_function("kpi_rollup_changed") || trigger->tgtype != rollup_trigger_types[event] ||
			trigger->tgnargs != 0 || trigger->tgattr.dim1 != 0 ||
			!heap_attisnull(tuple, Anum_pg_trigger_tgqual, desc) ||
			!has_transition(tuple, desc, Anum_pg_trigger_tgnewtable,
							event == ROLLUP_INSERT || event == ROLLUP_UPDATE ? "new_rows" : NULL) ||
			!has_transition(tuple, desc, Anum_pg_trigger_tgoldtable,
							event == ROLLUP_DELETE || event == ROLLUP_UPDATE ? "old_rows" : NULL))
			state = ROLLUP_TRIGGER_FOREIGN;
		else if (trigger->tgenabled == TRIGGER_FIRES_ALWAYS || trigger->tgenabled == rollup_trigger_fires[event])
			state = ROLLUP_TRIGGER_RIGHT;
		else if (trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN)
			state = ROLLUP_TRIGGER_LOCAL;
		else
			state = ROLLUP_TRIGGER_DISABLED;
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return state;
}

bool
rollup_subscribed(Oid relation)
{
	List	   *relations = lcons_oid(relation, get_rel_relispartition(relation) ? get_partition_ancestors(relation) : NIL);
	bool		found = false;
	ListCell   *cell;

	foreach(cell, relations)
	{
		CatCList   *list = SearchSysCacheList1(SUBSCRIPTIONRELMAP, ObjectIdGetDatum(lfirst_oid(cell)));

		found |= list->n_members > 0;
		ReleaseSysCacheList(list);
	}
	return found;
}

char *
rollup_not_followed(Oid source)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(source, NoLock, NULL))
	{
		Oid			relation = lfirst_oid(cell);
		Oid			trigger;

		if (get_rel_relkind(relation) == RELKIND_FOREIGN_TABLE)
			return psprintf("\"%s\" is a foreign table", get_rel_name(relation));
		for (int event = 0; event < ROLLUP_EVENTS; event++)
		{
			const char *name = rollup_trigger_names[event];

			if (event == ROLLUP_REPLICA && get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE)
				continue;
			switch (rollup_trigger(relation, event, &trigger))
			{
				case ROLLUP_TRIGGER_RIGHT:
					break;
				case ROLLUP_TRIGGER_LOCAL:
					/* as ENABLE TRIGGER ALL leaves it, which is no harm elsewhere */
					if (rollup_subscribed(relation))
						return psprintf("trigger %s of table \"%s\" does not fire for the rows of a subscription",
										name, get_rel_name(relation));
					break;
				case ROLLUP_TRIGGER_MISSING:
					return psprintf("table \"%s\" has no trigger %s", get_rel_name(relation), name);
				case ROLLUP_TRIGGER_FOREIGN:
					return psprintf("trigger %s of table \"%s\" is another one", name, get_rel_name(relation));
				case ROLLUP_TRIGGER_DISABLED:
					return psprintf("trigger %s of table \"%s\" is disabled", name, get_rel_name(relation));
			}
		}
	}
	if (get_rel_relkind(source) == RELKIND_PARTITIONED_TABLE && !rollup_watches_ddl())
		return pstrdup("the event triggers of kpi are disabled, which follow partitions");
	return NULL;
}

/*
 * Event triggers
 */

static const char *const event_triggers[] = {
	"kpi_rollup_ddl_start", "kpi_rollup_ddl_end", "kpi_rollup_ddl_drop"
};

/* Are all of them on?  Switches them where that is asked for. */
static bool
event_triggers_are_on(bool change, bool on)
{
	Relation	table = table_open(EventTriggerRelationId, change ? RowExclusiveLock : AccessShareLock);
	bool		all = true;

	for (int i = 0; i < (int) lengthof(event_triggers); i++)
	{
		HeapTuple	tuple = SearchSysCacheCopy1(EVENTTRIGGERNAME, CStringGetDatum(event_triggers[i]));
		Form_pg_event_trigger form;

		if (!HeapTupleIsValid(tuple))
		{
			all = false;
			continue;
		}
		form = (Form_pg_event_trigger) GETSTRUCT(tuple);
		if (change && (form->evtenabled == 'D') == on)
		{
			/* partitions come and go in sessions that are replicas, too */
			form->evtenabled = on ? 'A' : 'D';
			CatalogTupleUpdate(table, &tuple->t_self, tuple);
		}
		all &= form->evtenabled == 'O' || form->evtenabled == 'A';
		heap_freetuple(tuple);
	}
	table_close(table, change ? NoLock : AccessShareLock);
	if (change)
		CommandCounterIncrement();
	return all;
}

bool
rollup_watches_ddl(void)
{
	return event_triggers_are_on(false, false);
}

/*
 * Who makes a roll-up keeps them on until it is there for all to see; the last
 * that goes switches them off, if nobody is about to make one.
 */
void
rollup_watch_ddl(bool on)
{
	Oid			function = rollup_function("kpi_rollup_ddl_start");

	if (!on)
	{
		if (ConditionalLockDatabaseObject(ProcedureRelationId, function, 0, AccessExclusiveLock) &&
			rollup_none())
			event_triggers_are_on(true, false);
		return;
	}
	LockDatabaseObject(ProcedureRelationId, function, 0, AccessShareLock);
	if (rollup_watches_ddl())
		return;
	LockDatabaseObject(ProcedureRelationId, function, 0, ShareUpdateExclusiveLock);
	if (!rollup_watches_ddl())
		event_triggers_are_on(true, true);
}

/*
 * What DROP EXTENSION takes along
 */

static Oid
our_extension(void)
{
	return getExtensionOfObject(ProcedureRelationId, rollup_function("kpi_rollup_definition"));
}

List *
rollup_bound(void)
{
	Relation	depends = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *relations = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(our_extension()));
	scan = systable_beginscan(depends, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		if (depend->classid == RelationRelationId && depend->deptype == DEPENDENCY_NORMAL)
			relations = lappend_oid(relations, depend->objid);
	}
	systable_endscan(scan);
	table_close(depends, AccessShareLock);
	list_sort(relations, list_oid_cmp);
	return relations;
}

List *
rollup_parts(const Rollup *rollup)
{
	List	   *parts = list_make3_oid(rollup->cells, rollup->name, rollup->view);

	if (OidIsValid(rollup->definition.leads))
		parts = lappend_oid(parts, rollup->definition.leads);
	return list_concat(parts, rollup->definition.before);
}

void
rollup_bind(const Rollup *rollup)
{
	List	   *bound = rollup_bound();
	ListCell   *cell;

	foreach(cell, rollup_parts(rollup))
	{
		ObjectAddress part;
		ObjectAddress extension;

		ObjectAddressSet(part, RelationRelationId, lfirst_oid(cell));
		ObjectAddressSet(extension, ExtensionRelationId, our_extension());
		if (OidIsValid(extension.objectId) && !list_member_oid(bound, part.objectId))
			recordDependencyOn(&part, &extension, DEPENDENCY_NORMAL);
	}
}

/*
 * Statements as text
 */

char *
rollup_sql(const Rollup *rollup, const char *template)
{
	const RollupDefinition *definition = &rollup->definition;
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(rollup_function("kpi_rollup_definition"))));
	StringInfoData keys;
	StringInfoData exprs;
	StringInfoData by;
	StringInfoData group;
	StringInfoData sql;

	initStringInfo(&keys);
	initStringInfo(&exprs);
	initStringInfo(&by);
	initStringInfo(&group);
	appendStringInfoString(&by, "hash");
	for (int i = 0; i < definition->nkeys; i++)
	{
		appendStringInfo(&keys, "k%d, ", i + 1);
		appendStringInfo(&exprs, "%s AS k%d, ",
						 rollup_expression(list_nth(definition->entries, i), definition->source), i + 1);
		appendStringInfo(&by, ", k%d", i + 1);
		appendStringInfo(&group, i == 0 ? " GROUP BY %d" : ", %d", i + 1);
	}
	/* without keys there is one cell, and no cell without rows */
	if (definition->nkeys == 0)
		appendStringInfoString(&group, " HAVING count(*) > 0");

	initStringInfo(&sql);
	for (const char *c = template; *c != '\0';)
	{
		const char *end = *c == '{' ? strchr(c, '}') : NULL;
		char	   *word;

		if (end == NULL)
		{
			appendStringInfoCharMacro(&sql, *c++);
			continue;
		}
		word = pnstrdup(c + 1, end - c - 1);
		c = end + 1;
		if (strcmp(word, "keys") == 0)
			appendStringInfoString(&sql, keys.data);
		else if (strcmp(word, "exprs") == 0)
			appendStringInfoString(&sql, exprs.data);
		else if (strcmp(word, "by") == 0)
			appendStringInfoString(&sql, by.data);
		else if (strcmp(word, "group") == 0)
			appendStringInfoString(&sql, group.data);
		else if (strcmp(word, "card") == 0)
			appendStringInfoString(&sql, rollup_expression(llast(definition->entries), definition->source));
		else if (strcmp(word, "kpi") == 0)
			appendStringInfoString(&sql, ours);
		else if (strcmp(word, "nothing") == 0)
			appendStringInfo(&sql, "'{}'::%s.scorecard", ours);
		else if (strcmp(word, "cells") == 0)
			appendStringInfoString(&sql, rollup_quoted(rollup->cells));
		else if (strcmp(word, "leads") == 0)
			appendStringInfoString(&sql, rollup_quoted(definition->leads));
		else if (strcmp(word, "calls") == 0)
			appendStringInfoString(&sql, definition->calls ? "true" : "false");
		else if (strcmp(word, "source") == 0)
			appendStringInfoString(&sql, rollup_quoted(definition->source));
		else
			elog(ERROR, "unknown word in a template: %s", word);
	}
	return sql.data;
}
