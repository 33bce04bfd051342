/*-------------------------------------------------------------------------
 *
 * rollup.c
 *		Live roll-ups: how one is made, dropped, checked and looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

/* The columns of kpi_rollup. */
enum
{
	COLUMN_NAME = 1,
	COLUMN_SOURCE,
	COLUMN_CELLS,
	COLUMN_DEFINITION,
	COLUMN_RELATIONS,
	COLUMN_SETTINGS,
	NCOLUMNS = COLUMN_SETTINGS
};

const char *const rollup_trigger_names[ROLLUP_EVENTS] = {
	"kpi_rollup_insert", "kpi_rollup_update", "kpi_rollup_delete", "kpi_rollup_truncate"
};

static const char *const setting_names[ROLLUP_SETTINGS] = {
	"TimeZone", "DateStyle", "IntervalStyle"
};

/*
 * The table of roll-ups
 */

static Oid
rollup_table(Oid schema)
{
	Oid			table = get_relname_relid("kpi_rollup", schema);

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table kpi_rollup does not exist")));
	return table;
}

static void
read_rollup(Relation table, HeapTuple tuple, Rollup *rollup)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS];
	Datum	   *settings;
	int			n;

	heap_deform_tuple(tuple, RelationGetDescr(table), values, nulls);
	rollup->name = DatumGetObjectId(values[COLUMN_NAME - 1]);
	rollup->source = DatumGetObjectId(values[COLUMN_SOURCE - 1]);
	rollup->cells = DatumGetObjectId(values[COLUMN_CELLS - 1]);
	rollup->definition = DatumGetObjectId(values[COLUMN_DEFINITION - 1]);
	rollup->relations = DatumGetInt32(values[COLUMN_RELATIONS - 1]);
	deconstruct_array(DatumGetArrayTypeP(values[COLUMN_SETTINGS - 1]), TEXTOID,
					  -1, false, TYPALIGN_INT, &settings, NULL, &n);
	if (n != ROLLUP_SETTINGS)
		elog(ERROR, "row of kpi_rollup has %d settings", n);
	for (int i = 0; i < n; i++)
		rollup->settings[i] = TextDatumGetCString(settings[i]);
	rollup->tid = tuple->t_self;
}

List *
rollup_list(Oid schema, Oid source)
{
	Relation	table = table_open(rollup_table(schema), AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan_all(table, snapshot);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	List	   *list = NIL;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Rollup	   *rollup = palloc0(sizeof(Rollup));
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);

		read_rollup(table, tuple, rollup);
		if (!OidIsValid(source) || rollup->source == source)
			list = lappend(list, rollup);
		else
			pfree(rollup);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(table, AccessShareLock);
	return list;
}

bool
rollup_none(Oid schema)
{
	Relation	table = table_open(rollup_table(schema), AccessShareLock);
	bool		none = RelationGetNumberOfBlocks(table) == 0;

	table_close(table, AccessShareLock);
	return none;
}

Rollup *
rollup_find(Oid schema, Oid name)
{
	ListCell   *cell;

	foreach(cell, rollup_list(schema, InvalidOid))
	{
		Rollup	   *rollup = lfirst(cell);

		if (rollup->name == name)
			return rollup;
	}
	if (get_rel_name(name) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", name)));
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a roll-up", get_rel_name(name)),
			 errhint("The view kpi_rollups lists those that there are.")));
}

void
rollup_set_relations(Oid schema, Rollup *rollup, int relations)
{
	Relation	table = table_open(rollup_table(schema), RowExclusiveLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *slot = table_slot_create(table, NULL);
	Datum		values[NCOLUMNS] = {0};
	bool		nulls[NCOLUMNS] = {false};
	bool		replace[NCOLUMNS] = {false};
	HeapTuple	tuple;
	bool		should_free;

	if (!table_tuple_fetch_row_version(table, &rollup->tid, snapshot, slot))
		elog(ERROR, "row of kpi_rollup is gone");
	tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);
	values[COLUMN_RELATIONS - 1] = Int32GetDatum(relations);
	replace[COLUMN_RELATIONS - 1] = true;
	CatalogTupleUpdate(table, &rollup->tid,
					   heap_modify_tuple(tuple, RelationGetDescr(table), values, nulls, replace));
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	table_close(table, RowExclusiveLock);
	CommandCounterIncrement();
}

/*
 * What DROP does with the parts: none goes without the others, DROP TABLE of
 * the source needs CASCADE because of the view that defines the roll-up, and
 * DROP EXTENSION takes the cells.
 */
static void
depend_on_extension(Oid cells, Oid function)
{
	ObjectAddress table;
	ObjectAddress extension;

	ObjectAddressSet(table, RelationRelationId, cells);
	ObjectAddressSet(extension, ExtensionRelationId,
					 getExtensionOfObject(ProcedureRelationId, function));
	if (OidIsValid(extension.objectId))
		recordDependencyOn(&table, &extension, DEPENDENCY_NORMAL);
}

static char *
relation_sql(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

char *
rollup_sql(Oid schema, const Rollup *rollup, const char *template)
{
	List	   *entries = rollup_definition(rollup->definition);
	int			nkeys = list_length(entries) - 1;
	StringInfoData keys;
	StringInfoData exprs;
	StringInfoData by;
	StringInfoData group;
	StringInfoData sql;
	const char *card = rollup_expression(llast(entries), rollup->source);

	initStringInfo(&keys);
	initStringInfo(&exprs);
	initStringInfo(&by);
	initStringInfo(&group);
	appendStringInfoString(&by, "hash");
	for (int i = 0; i < nkeys; i++)
	{
		appendStringInfo(&keys, "k%d, ", i + 1);
		appendStringInfo(&exprs, "%s AS k%d, ",
						 rollup_expression(list_nth(entries, i), rollup->source), i + 1);
		appendStringInfo(&by, ", k%d", i + 1);
		appendStringInfo(&group, i == 0 ? " GROUP BY %d" : ", %d", i + 1);
	}
	/* without keys there is one cell, and no cell without rows */
	if (nkeys == 0)
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
			appendStringInfoString(&sql, card);
		else if (strcmp(word, "kpi") == 0)
			appendStringInfoString(&sql, quote_identifier(get_namespace_name(schema)));
		else if (strcmp(word, "nothing") == 0)
			appendStringInfo(&sql, "'{}'::%s.scorecard", quote_identifier(get_namespace_name(schema)));
		else if (strcmp(word, "name") == 0)
			appendStringInfoString(&sql, relation_sql(rollup->name));
		else if (strcmp(word, "cells") == 0)
			appendStringInfoString(&sql, relation_sql(rollup->cells));
		else if (strcmp(word, "source") == 0)
			appendStringInfoString(&sql, relation_sql(rollup->source));
		else
			elog(ERROR, "unknown word in a template: %s", word);
	}
	return sql.data;
}

/*
 * Triggers
 */

Oid
rollup_root(Oid relation)
{
	if (!get_rel_relispartition(relation))
		return relation;
	return llast_oid(get_partition_ancestors(relation));
}

static void
make_trigger(Oid function, Oid relation, RollupEvent event)
{
	static const int16 types[] = {
		TRIGGER_TYPE_INSERT, TRIGGER_TYPE_UPDATE, TRIGGER_TYPE_DELETE, TRIGGER_TYPE_TRUNCATE
	};
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);

	stmt->trigname = pstrdup(rollup_trigger_names[event]);
	stmt->relation = makeRangeVar(get_namespace_name(get_rel_namespace(relation)),
								  get_rel_name(relation), -1);
	stmt->funcname = list_make2(makeString(get_namespace_name(get_func_namespace(function))),
								makeString(get_func_name(function)));
	stmt->row = false;
	/* a TRUNCATE leaves nothing to read */
	stmt->timing = event == ROLLUP_TRUNCATE ? TRIGGER_TYPE_BEFORE : TRIGGER_TYPE_AFTER;
	stmt->events = types[event];
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
}

bool
rollup_make_triggers(Oid relation)
{
	Oid			function = InvalidOid;
	bool		missing = false;

	for (int event = 0; event < ROLLUP_EVENTS; event++)
	{
		if (OidIsValid(get_trigger_oid(relation, rollup_trigger_names[event], true)))
			continue;
		if (!OidIsValid(function))
			function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
									   CStringGetDatum("kpi_rollup_changed"),
									   PointerGetDatum(buildoidvector(NULL, 0)),
									   ObjectIdGetDatum(get_namespace_oid(KPI_INTERNAL, false)));
		make_trigger(function, relation, event);
		CommandCounterIncrement();
		missing = true;
	}
	return missing;
}

void
rollup_drop_triggers(Oid relation)
{
	for (int event = 0; event < ROLLUP_EVENTS; event++)
	{
		ObjectAddress trigger;

		ObjectAddressSet(trigger, TriggerRelationId,
						 get_trigger_oid(relation, rollup_trigger_names[event], true));
		if (OidIsValid(trigger.objectId))
			performDeletion(&trigger, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	}
}

/*
 * Making one
 */

pg_noreturn pg_noinline static void
refuse_source(Oid source, const char *reason, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot make a roll-up of \"%s\", because it is %s", get_rel_name(source), reason),
			 hint ? errhint("%s", hint) : 0));
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

/* May the source have roll-ups of this user's? */
static void
check_source(Relation source)
{
	Oid			relid = RelationGetRelid(source);
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
	if (source->rd_rel->relkind == RELKIND_RELATION &&
		(has_subclass(relid) || has_superclass(relid)))
		refuse_source(relid, "part of an inheritance tree",
					  "Partitioned tables can have roll-ups.");
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		pg_class_aclcheck(relid, GetUserId(), ACL_TRIGGER) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s", RelationGetRelationName(source)),
				 errhint("A roll-up takes the rights to SELECT from its source and to have a TRIGGER on it.")));
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row-level security of table %s applies to you", RelationGetRelationName(source)),
				 errdetail("A roll-up counts all rows."),
				 errhint("Let the table's owner make the roll-up.")));
}

/* Where the roll-up will be, and the names of its parts. */
static void
name_parts(text *name, char **schema, char **view, char **cells, char **definition)
{
	List	   *names = textToQualifiedNameList(name);
	RangeVar   *range = makeRangeVarFromNameList(names);
	Oid			namespace = RangeVarGetCreationNamespace(range);

	if (isAnyTempNamespace(namespace))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a roll-up cannot be temporary")));
	if (strlen(range->relname) + strlen("_source") >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of a roll-up is too long: \"%s\"", range->relname),
				 errdetail("It may have %d bytes.", (int) (NAMEDATALEN - 1 - strlen("_source")))));
	*schema = get_namespace_name(namespace);
	*view = range->relname;
	*cells = psprintf("%s_cells", range->relname);
	*definition = psprintf("%s_source", range->relname);
	for (int i = 0; i < 3; i++)
	{
		char	   *part = i == 0 ? *view : i == 1 ? *cells : *definition;

		if (OidIsValid(get_relname_relid(part, namespace)))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_TABLE),
					 errmsg("relation \"%s\" already exists", part)));
	}
}

static void
run(const char *sql)
{
	if (SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "cannot run: %s", sql);
}

/* Makes the relations; entries are the keys and the card. */
static void
make_relations(Rollup *rollup, Oid kpi, List *entries, const char *schema,
			   const char *view, const char *cells, const char *definition,
			   char persistence)
{
	const char *ours = quote_identifier(get_namespace_name(kpi));
	char	   *cells_sql = quote_qualified_identifier(schema, cells);
	int			nkeys = list_length(entries) - 1;
	StringInfoData columns;
	StringInfoData settled;
	StringInfoData summed;
	StringInfoData defined;
	StringInfoData hash;
	StringInfoData group;

	initStringInfo(&columns);
	initStringInfo(&settled);
	initStringInfo(&summed);
	initStringInfo(&defined);
	initStringInfo(&hash);
	initStringInfo(&group);
	appendStringInfoString(&hash, "0::bigint");
	for (int i = 0; i < nkeys; i++)
	{
		TargetEntry *entry = list_nth(entries, i);
		Node	   *expr = (Node *) entry->expr;
		Oid			collation = exprCollation(expr);
		const char *name = quote_identifier(entry->resname);
		char	   *outer = hash.data;

		appendStringInfo(&columns, "k%d %s%s%s, ", i + 1,
						 format_type_extended(exprType(expr), exprTypmod(expr),
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
						 OidIsValid(collation) ? " COLLATE " : "",
						 OidIsValid(collation) ? generate_collation_name(collation) : "");
		appendStringInfo(&settled, "c.k%d AS %s, ", i + 1, name);
		appendStringInfo(&summed, "k%d, ", i + 1);
		appendStringInfo(&defined, "%s AS %s, ", rollup_expression(entry, rollup->source), name);
		appendStringInfo(&group, i == 0 ? " GROUP BY %d" : ", %d", i + 1);
		initStringInfo(&hash);
		appendStringInfo(&hash, KPI_INTERNAL ".kpi_rollup_hash(%s, k%d)", outer, i + 1);
	}

	/*
	 * A statement of its own is what each of these is to event triggers and
	 * to pg_stat_statements; run by the caller, who owns what they make.
	 */
	run(psprintf("CREATE %sTABLE %s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
				 "hash bigint NOT NULL GENERATED ALWAYS AS (%s) STORED, "
				 "pending boolean NOT NULL DEFAULT true, n bigint NOT NULL, merged timestamptz, "
				 "added %s.scorecard, removed %s.scorecard%s%s)",
				 persistence == RELPERSISTENCE_UNLOGGED ? "UNLOGGED " : "", cells_sql,
				 hash.data, ours, ours, nkeys ? ", " : "",
				 nkeys ? pnstrdup(columns.data, columns.len - 2) : ""));
	run(psprintf("CREATE INDEX ON %s (pending, hash)", cells_sql));
	run(psprintf("CREATE VIEW %s AS SELECT %s%s AS card FROM %s%s",
				 quote_qualified_identifier(schema, definition), defined.data,
				 rollup_expression(llast(entries), rollup->source),
				 relation_sql(rollup->source),
				 nkeys ? group.data : " HAVING count(*) > 0"));

	/*
	 * A cell that has no pending row is one row, and is read as it is; the
	 * others, few between two compactions, are added up.
	 */
	run(psprintf("CREATE VIEW %s AS "
				 "SELECT %sc.added AS card FROM %s c WHERE NOT c.pending"
				 " AND NOT EXISTS (SELECT FROM %s p WHERE p.pending AND p.hash = c.hash)"
				 " UNION ALL SELECT %sCASE WHEN %s.rollup(removed) IS NULL THEN %s.rollup(added)"
				 " ELSE %s.rollup(added) OPERATOR(%s.-) %s.rollup(removed) END"
				 " FROM %s WHERE hash IN (SELECT hash FROM %s WHERE pending)"
				 " GROUP BY %shash HAVING sum(n) > 0",
				 quote_qualified_identifier(schema, view), settled.data, cells_sql,
				 cells_sql, summed.data, ours, ours, ours, ours, ours, cells_sql,
				 cells_sql, summed.data));

	rollup->name = get_relname_relid(view, get_namespace_oid(schema, false));
	rollup->cells = get_relname_relid(cells, get_namespace_oid(schema, false));
	rollup->definition = get_relname_relid(definition, get_namespace_oid(schema, false));
	run(psprintf("COMMENT ON VIEW %s IS %s", relation_sql(rollup->name),
				 quote_literal_cstr(psprintf("live roll-up of %s", relation_sql(rollup->source)))));
	run(psprintf("COMMENT ON VIEW %s IS %s", relation_sql(rollup->definition),
				 quote_literal_cstr(psprintf("what the live roll-up %s holds, computed from its source", view))));
	run(psprintf("COMMENT ON TABLE %s IS %s", cells_sql,
				 quote_literal_cstr(psprintf("the live roll-up %s: what was added to its cells, and removed", view))));
}

static void
insert_rollup(Oid schema, const Rollup *rollup)
{
	Relation	table = table_open(rollup_table(schema), RowExclusiveLock);
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};
	Datum		settings[ROLLUP_SETTINGS];

	for (int i = 0; i < ROLLUP_SETTINGS; i++)
		settings[i] = CStringGetTextDatum(rollup->settings[i]);
	values[COLUMN_NAME - 1] = ObjectIdGetDatum(rollup->name);
	values[COLUMN_SOURCE - 1] = ObjectIdGetDatum(rollup->source);
	values[COLUMN_CELLS - 1] = ObjectIdGetDatum(rollup->cells);
	values[COLUMN_DEFINITION - 1] = ObjectIdGetDatum(rollup->definition);
	values[COLUMN_RELATIONS - 1] = Int32GetDatum(rollup->relations);
	values[COLUMN_SETTINGS - 1] = PointerGetDatum(construct_array(settings, ROLLUP_SETTINGS, TEXTOID,
																  -1, false, TYPALIGN_INT));
	CatalogTupleInsert(table, heap_form_tuple(RelationGetDescr(table), values, nulls));
	table_close(table, RowExclusiveLock);
	CommandCounterIncrement();
}

/*
 * kpi_rollup_create(name text, source regclass, keys text[], card text): the
 * roll-up, filled and live.
 *
 * The lock that making a trigger takes keeps writers away until commit, so
 * that each row is counted once: by what fills the cells, or by a trigger.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_create);
Datum
kpi_rollup_create(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Oid			kpi = kpi_schema(function);
	Rollup		rollup = {.source = PG_GETARG_OID(1)};
	Relation	source;
	char		persistence;
	List	   *entries;
	List	   *members;
	ListCell   *cell;
	char	   *schema;
	char	   *view;
	char	   *cells;
	char	   *definition;
	RollupActor actor;

	if (get_rel_name(rollup.source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", rollup.source)));
	/* without the rights, no lock either */
	source = relation_open(rollup.source, AccessShareLock);
	check_source(source);
	LockRelationOid(rollup.source, ShareRowExclusiveLock);
	check_source(source);
	members = find_all_inheritors(rollup.source, ShareRowExclusiveLock, NULL);
	rollup.relations = list_length(members);
	persistence = source->rd_rel->relpersistence;
	foreach(cell, members)
		rollup_check_member(lfirst_oid(cell), persistence);

	name_parts(PG_GETARG_TEXT_PP(0), &schema, &view, &cells, &definition);
	for (int i = 0; i < ROLLUP_SETTINGS; i++)
		rollup.settings[i] = pstrdup(GetConfigOption(setting_names[i], false, false));
	/* names in the expressions are the caller's to resolve */
	entries = rollup_analyze(function, source, PG_GETARG_ARRAYTYPE_P(2),
							 text_to_cstring(PG_GETARG_TEXT_PP(3)));
	relation_close(source, NoLock);

	SPI_connect();
	rollup_act(&actor, InvalidOid, rollup.settings);
	make_relations(&rollup, kpi, entries, schema, view, cells, definition, persistence);
	insert_rollup(kpi, &rollup);
	depend_on_extension(rollup.cells, function);
	foreach(cell, members)
		rollup_make_triggers(lfirst_oid(cell));
	rollup_invalidate(rollup.source);
	CommandCounterIncrement();

	/* what was committed before the lock, whatever this transaction sees */
	SPI_execute_snapshot(rollup_prepare(rollup_sql(kpi, &rollup,
												   "INSERT INTO {cells} ({keys}added, n, pending, merged)"
												   " SELECT {exprs}{card}, count(*), false, now() FROM {source}{group}"),
										0, NULL),
						 NULL, NULL, GetLatestSnapshot(), InvalidSnapshot, false, true, 0);
	rollup_stop(&actor);
	SPI_finish();
	PG_RETURN_OID(rollup.name);
}

/*
 * Dropping one
 */

void
rollup_dissolve(Oid schema, Rollup *rollup, DropBehavior behavior)
{
	Oid			parts[] = {rollup->name, rollup->definition, rollup->cells};
	ObjectAddresses *objects = new_object_addresses();
	Relation	table;

	if (get_rel_name(rollup->source) != NULL)
	{
		bool		last = list_length(rollup_list(schema, rollup->source)) == 1;
		List	   *members;
		ListCell   *cell;

		/* wait for writers before anything that they write is locked */
		LockRelationOid(rollup->source, last ? AccessExclusiveLock : ShareRowExclusiveLock);
		members = find_all_inheritors(rollup->source,
									  last ? AccessExclusiveLock : ShareRowExclusiveLock, NULL);
		foreach(cell, members)
		{
			if (last)
				rollup_drop_triggers(lfirst_oid(cell));
		}
		rollup_invalidate(rollup->source);
	}
	table = table_open(rollup_table(schema), RowExclusiveLock);
	CatalogTupleDelete(table, &rollup->tid);
	table_close(table, RowExclusiveLock);
	CommandCounterIncrement();

	for (int i = 0; i < (int) lengthof(parts); i++)
	{
		ObjectAddress part;

		ObjectAddressSet(part, RelationRelationId, parts[i]);
		if (get_rel_name(parts[i]) != NULL)
			add_exact_object_address(&part, objects);
	}
	performMultipleDeletions(objects, behavior, PERFORM_DELETION_INTERNAL);
}

/* kpi_rollup_drop(name regclass): for its owner, or the source's. */
PG_FUNCTION_INFO_V1(kpi_rollup_drop);
Datum
kpi_rollup_drop(PG_FUNCTION_ARGS)
{
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);
	Rollup	   *rollup = rollup_find(schema, PG_GETARG_OID(0));

	if (!relation_owned(rollup->name, GetUserId()) &&
		!relation_owned(rollup->source, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of roll-up %s or of its source", get_rel_name(rollup->name))));
	rollup_dissolve(schema, rollup, DROP_RESTRICT);
	PG_RETURN_VOID();
}

/*
 * Trigger on kpi_rollup.  Its rows are written by the functions above, and by
 * the restore of a dump, whose rows must be of roll-ups that belong to who
 * restores: what a row names is dropped with the others that it names, and its
 * owner's expressions are evaluated.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_guard);
Datum
kpi_rollup_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Rollup		rollup;
	Oid			owner;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by a trigger", __func__)));
	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("kpi_rollup cannot be changed"),
				 errhint("Use kpi_rollup_create and kpi_rollup_drop.")));
	read_rollup(trigger->tg_relation, trigger->tg_trigtuple, &rollup);
	owner = rollup_owner(rollup.cells);
	if (get_rel_relkind(rollup.name) != RELKIND_VIEW ||
		get_rel_relkind(rollup.definition) != RELKIND_VIEW ||
		get_rel_relkind(rollup.cells) != RELKIND_RELATION ||
		!OidIsValid(rollup_owner(rollup.source)) ||
		rollup_owner(rollup.name) != owner || rollup_owner(rollup.definition) != owner)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("row of kpi_rollup does not describe a roll-up")));
	if (!relation_owned(rollup.cells, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of roll-up %s", get_rel_name(rollup.name))));
	depend_on_extension(rollup.cells, fcinfo->flinfo->fn_oid);
	rollup_invalidate(rollup.source);
	PG_RETURN_POINTER(trigger->tg_trigtuple);
}
