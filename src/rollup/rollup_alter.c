/*-------------------------------------------------------------------------
 *
 * rollup_alter.c
 *		Other keys, another card or another source of a live roll-up.
 *
 * Views over a roll-up and grants on it stay, because the view that is read
 * stays: a view can have columns more, after those that it has, and no other
 * change.  So keys can be added, and computed otherwise, but none can go.
 *
 * Whoever reads under a snapshot of before sees the rows of before, through the
 * view that there is now.  So where the cells can stay what they are, they do,
 * and are counted again as kpi_rollup_rebuild counts them.  Nothing may rewrite
 * the table then: the expression of its hash is exchanged in the catalog.  What
 * rows of before have there is right for those who see them, to whom a new key
 * is NULL.
 *
 * Where cells are by lead that were not, or the other way round, or are kept or
 * read otherwise, they get tables of their own, and the view reads these and, in
 * the way of before, those of before, whose rows are deleted.  No snapshot sees
 * rows in both, but for those of a transaction that began before and writes
 * afterwards.  The tables of before stay until an alteration finds that nothing
 * is left in them, not even rows that nobody sees: on a standby, where this
 * server does not know who reads, only those who read no more let them go.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/indexing.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

typedef struct Alteration
{
	Rollup	   *rollup;			/* as it is */
	Oid			source;			/* that it shall have */
	List	   *entries;		/* keys and card that it shall have */
	RollupJourneys journeys;
	RollupReading reading;		/* of what the cells shall keep */
	List	   *kept;
	bool		moves;			/* into tables of its own */
	List	   *before;			/* tables of before that are needed then */
	bool		spent;			/* those that it has are needed no more */
	Rollup		altered;
} Alteration;

/*
 * What it shall hold
 */

#define HINT_AGAIN "Drop the roll-up with kpi_rollup_drop, and make it again."

/* The column of a key is of the type that the key was of. */
static void
check_column(const Rollup *rollup, const TargetEntry *before, const TargetEntry *after)
{
	Node	   *was = (Node *) before->expr;
	Node	   *is = (Node *) after->expr;

	if (exprType(is) != exprType(was) || exprTypmod(is) != exprTypmod(was))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot change the type of key \"%s\" of roll-up \"%s\" from %s to %s",
						before->resname, get_rel_name(rollup->name),
						format_type_with_typemod(exprType(was), exprTypmod(was)),
						format_type_with_typemod(exprType(is), exprTypmod(is))),
				 errdetail("Views over the roll-up may use the column."),
				 errhint("Cast it to the type that it had, give it another name as a further key, or drop the roll-up with kpi_rollup_drop and make it again.")));
	if (exprCollation(is) != exprCollation(was))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot change the collation of key \"%s\" of roll-up \"%s\"",
						before->resname, get_rel_name(rollup->name)),
				 errdetail("Views over the roll-up may use the column."),
				 errhint("Add COLLATE with the collation that it had.")));
}

/* The entry of the key that takes the place of one. */
static TargetEntry *
find_key(const Rollup *rollup, const TargetEntry *key, const List *entries, int from)
{
	for (int i = from; i < list_length(entries) - 1; i++)
	{
		TargetEntry *entry = list_nth(entries, i);

		if (strcmp(entry->resname, key->resname) != 0)
			continue;
		check_column(rollup, key, entry);
		return entry;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("cannot take key \"%s\" from roll-up \"%s\"", key->resname, get_rel_name(rollup->name)),
			 errdetail("Views over the roll-up may use the column."),
			 errhint(HINT_AGAIN)));
}

/* The keys that there are, in their places, then those that come; the card. */
static List *
arrange(const Rollup *rollup, List *entries, RollupJourneys journeys)
{
	List	   *shown = rollup->definition.reading.shown;
	int			hidden = journeys == ROLLUP_NO_JOURNEYS ? 0 : 1;
	List	   *arranged = list_truncate(list_copy(entries), hidden);

	for (int i = ROLLUP_HIDDEN(&rollup->definition); i < list_length(shown) - 1; i++)
		arranged = lappend(arranged, find_key(rollup, list_nth(shown, i), entries, hidden));
	for (int i = 0; i < list_length(entries); i++)
		arranged = list_append_unique_ptr(arranged, list_nth(entries, i));
	return arranged;
}

/*
 * Names in the expressions are the caller's to resolve; rights and settings
 * are those of the roll-up.
 */
static void
analyze_alteration(Alteration *alteration, FunctionCallInfo fcinfo, Relation source)
{
	const Rollup *rollup = alteration->rollup;
	const RollupDefinition *definition = &rollup->definition;
	char	   *path = pstrdup(GetConfigOption("search_path", false, false));
	RollupActor actor;
	ArrayType  *keys;
	List	   *entries;
	char	   *card;

	rollup_act(&actor, rollup->owner, definition->settings);
	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	rollup_check_rights(alteration->source, rollup->strict);
	keys = PG_ARGISNULL(1) ? rollup_keys_text(definition) : PG_GETARG_ARRAYTYPE_P(1);
	card = PG_ARGISNULL(2) ? rollup_card_text(definition) :
		text_to_cstring(PG_GETARG_TEXT_PP(2));
	entries = rollup_analyze(source, keys, card, &alteration->journeys);
	alteration->entries = arrange(rollup, entries, alteration->journeys);
	rollup_stop(&actor);
}

/*
 * Can the cells keep it in the columns that they have, and those that are added,
 * and be read as they are?  What a code is kept under is its expression.
 */
static bool
fits(const Alteration *alteration)
{
	const RollupDefinition *before = &alteration->rollup->definition;
	int			hidden = ROLLUP_HIDDEN(before);
	RollupReading reading;
	List	   *kept;

	/* names of what is not shown are those that the search path gives */
	rollup_split(&reading, before->reading.shown, before->source, hidden > 0, &kept);
	if (hidden != (alteration->journeys != ROLLUP_NO_JOURNEYS) ||
		before->calls != (alteration->journeys == ROLLUP_JOURNEYS_AND_CALLS) ||
		!rollup_reads_alike(&reading, &alteration->reading) || list_length(kept) > list_length(alteration->kept))
		return false;
	for (int i = 0; i < list_length(kept) - 1; i++)
	{
		TargetEntry *a = list_nth(kept, i);
		TargetEntry *b = list_nth(alteration->kept, i);

		if ((i >= hidden && strcmp(a->resname, b->resname) != 0) ||
			exprType((Node *) a->expr) != exprType((Node *) b->expr) ||
			exprTypmod((Node *) a->expr) != exprTypmod((Node *) b->expr) ||
			exprCollation((Node *) a->expr) != exprCollation((Node *) b->expr))
			return false;
	}
	return true;
}

/* Is there anything in a table, whoever may see it? */
static bool
has_rows(Oid relation)
{
	Relation	table = table_open(relation, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	TableScanDesc scan = table_beginscan_all(table, SnapshotAny);
	bool		any = table_scan_getnextslot(scan, ForwardScanDirection, slot);

	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(table, NoLock);
	return any;
}

/* Whether the cells stay, and what else is kept of before. */
static void
decide(Alteration *alteration)
{
	const Rollup *rollup = alteration->rollup;
	List	   *before = rollup->definition.before;
	ListCell   *cell;

	rollup_split(&alteration->reading, alteration->entries, alteration->source,
				 alteration->journeys != ROLLUP_NO_JOURNEYS, &alteration->kept);
	alteration->spent = before != NIL;
	foreach(cell, before)
		alteration->spent = alteration->spent && !has_rows(lfirst_oid(cell));
	if (!alteration->spent)
		alteration->before = list_copy(before);
	alteration->moves = !fits(alteration);
	/* what the view says of the tables of before is said of the columns that it has */
	if (alteration->before != NIL && list_length(alteration->kept) - 1 > rollup->definition.nkeys)
		alteration->moves = true;
	if (!alteration->moves)
		return;
	alteration->before = lappend_oid(alteration->before, rollup->cells);
	if (OidIsValid(rollup->definition.leads))
		alteration->before = lappend_oid(alteration->before, rollup->definition.leads);
}

/*
 * The relations
 */

/* The default of a column, or InvalidOid. */
static Oid
find_default(Oid relation, AttrNumber column)
{
	Relation	table = table_open(AttrDefaultRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			found = InvalidOid;

	ScanKeyInit(&keys[0], Anum_pg_attrdef_adrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[1], Anum_pg_attrdef_adnum, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(column));
	scan = systable_beginscan(table, AttrDefaultIndexId, true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		found = ((Form_pg_attrdef) GETSTRUCT(tuple))->oid;
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return found;
}

/*
 * What the column hash is generated from, for rows that come: as ALTER TABLE
 * ... SET EXPRESSION, which not all versions have, but for the rewrite.
 */
static void
set_hash(Oid cells, int nkeys, int codes)
{
	Relation	relation = table_open(cells, AccessExclusiveLock);
	RawColumnDefault *expression = palloc0(sizeof(RawColumnDefault));
	SelectStmt *select = (SelectStmt *)
		linitial_node(RawStmt, pg_parse_query(psprintf("SELECT %s", rollup_hash_sql(nkeys, codes))))->stmt;
	ObjectAddress present;

	expression->attnum = get_attnum(cells, "hash");
	expression->raw_default = linitial_node(ResTarget, select->targetList)->val;
	expression->generated = ATTRIBUTE_GENERATED_STORED;
	ObjectAddressSet(present, AttrDefaultRelationId, find_default(cells, expression->attnum));
	if (!OidIsValid(present.objectId))
		elog(ERROR, "column hash of table \"%s\" is not generated", RelationGetRelationName(relation));
	/* among them the one that would have the column dropped with it */
	deleteDependencyRecordsFor(AttrDefaultRelationId, present.objectId, false);
	CommandCounterIncrement();
	performDeletion(&present, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	AddRelationNewConstraints(relation, list_make1(expression), NIL, false, true, true, NULL);
	table_close(relation, NoLock);
	CommandCounterIncrement();
}

/* The view's options, as the clause that gives it the same; '' without. */
static char *
view_options(Oid view)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(view));
	StringInfoData sql;
	bool		isnull = true;
	Datum		options = (Datum) 0;
	ListCell   *cell;

	initStringInfo(&sql);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", view);
	options = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_reloptions, &isnull);
	foreach(cell, isnull ? NIL : untransformRelOptions(options))
	{
		DefElem    *option = lfirst_node(DefElem, cell);

		appendStringInfo(&sql, "%s%s = %s", sql.len == 0 ? " WITH (" : ", ", quote_identifier(option->defname),
						 quote_literal_cstr(option->arg == NULL ? "true" : strVal(option->arg)));
	}
	ReleaseSysCache(tuple);
	if (sql.len > 0)
		appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The columns of the view that is read, and the place of the card. */
static List *
view_columns(const Rollup *rollup, int *card)
{
	Relation	view = relation_open(rollup->name, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(view);
	Oid			scorecard = exprType((Node *) llast_node(TargetEntry, rollup->definition.entries)->expr);
	List	   *names = NIL;

	*card = -1;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		names = lappend(names, makeString(pstrdup(NameStr(attribute->attname))));
		if (attribute->atttypid == scorecard && (*card < 0 || strcmp(NameStr(attribute->attname), "card") == 0))
			*card = i;
	}
	relation_close(view, AccessShareLock);
	if (*card < 0 || list_length(names) != list_length(rollup->definition.reading.shown) - ROLLUP_HIDDEN(&rollup->definition))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" does not have the columns of its roll-up", get_rel_name(rollup->name)),
				 errhint(HINT_AGAIN)));
	return names;
}

/* Columns for keys that come, after so many. */
static void
add_columns(Oid cells, const List *entries, int before, int codes)
{
	int			nkeys = list_length(entries) - 1;

	for (int i = before; i < nkeys; i++)
	{
		List	   *upto = list_truncate(list_copy(entries), i + 1);

		/* what ends the list is no key */
		rollup_run(psprintf("ALTER TABLE %s ADD COLUMN %s", rollup_quoted(cells),
							rollup_cells_columns(lappend(upto, NULL), i)));
	}
	if (nkeys > before)
		set_hash(cells, nkeys, codes);
}

/*
 * Tables of its own.  Those of before keep their names, as nobody is to wait for
 * their readers; they are told apart by what is said of them.
 */
static void
make_tables(Alteration *alteration, Relation source)
{
	const Rollup *rollup = alteration->rollup;
	char	   *name = get_rel_name(rollup->name);
	Oid			schema = get_rel_namespace(rollup->cells);
	char	   *names[] = {ChooseRelationName(name, NULL, "cells", schema, false), NULL};
	char	   *tables[2] = {NULL, NULL};
	ListCell   *cell;

	if (alteration->journeys != ROLLUP_NO_JOURNEYS)
		names[1] = ChooseRelationName(name, NULL, "leads", schema, false);
	for (int i = 0; i < 2 && names[i] != NULL; i++)
		tables[i] = quote_qualified_identifier(get_namespace_name(schema), names[i]);
	rollup_make_tables(tables[0], tables[1], source, &alteration->reading, alteration->kept);
	alteration->altered.cells = get_relname_relid(names[0], schema);
	rollup_comment(alteration->altered.cells, ROLLUP_CELLS, name);
	alteration->altered.definition.leads = InvalidOid;
	if (names[1] != NULL)
	{
		alteration->altered.definition.leads = get_relname_relid(names[1], schema);
		rollup_comment(alteration->altered.definition.leads, ROLLUP_LEADS, name);
	}
	foreach(cell, alteration->before)
		rollup_comment(lfirst_oid(cell), ROLLUP_BEFORE, name);
}

static void
replace_view(const Rollup *rollup, const char *query)
{
	rollup_run(psprintf("CREATE OR REPLACE VIEW %s%s AS %s", rollup_quoted(rollup->name), view_options(rollup->name), query));
}

/* Drops the tables of before that there were; the view reads them no more. */
static void
drop_spent(const Rollup *rollup, const List *names, int card)
{
	const RollupDefinition *definition = &rollup->definition;
	ObjectAddresses *objects = new_object_addresses();
	ListCell   *cell;

	replace_view(rollup, rollup_view_sql(&definition->reading, rollup->cells, definition->leads, definition->entries,
										 names, card, definition->calls));
	foreach(cell, definition->before)
	{
		ObjectAddress table;

		ObjectAddressSet(table, RelationRelationId, lfirst_oid(cell));
		add_exact_object_address(&table, objects);
	}
	performMultipleDeletions(objects, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}

/* What the view is, and shall be of the tables of before. */
static char *
query_of_before(const Rollup *rollup)
{
	char	   *query;

	/* whichever the caller's snapshot */
	PushActiveSnapshot(GetLatestSnapshot());
	query = TextDatumGetCString(DirectFunctionCall1(pg_get_viewdef, ObjectIdGetDatum(rollup->name)));
	PopActiveSnapshot();
	return pnstrdup(query, strlen(query) - strlen(";"));
}

/* What comes, in the cells and in the view. */
static void
reshape(const Alteration *alteration)
{
	const Rollup *rollup = alteration->rollup;
	const Rollup *altered = &alteration->altered;
	const RollupDefinition *definition = &altered->definition;
	int			before = rollup->definition.nkeys;
	int			card;
	List	   *names = view_columns(rollup, &card);
	char	   *query;

	SPI_connect();
	/* before the tables, as those who read lock them */
	LockRelationOid(rollup->name, AccessExclusiveLock);
	if (alteration->spent)
		drop_spent(rollup, names, card);
	for (int i = list_length(names) - 1 + ROLLUP_HIDDEN(definition); i < list_length(alteration->entries) - 1; i++)
		names = lappend(names, makeString(list_nth_node(TargetEntry, alteration->entries, i)->resname));
	if (!alteration->moves)
	{
		add_columns(rollup->cells, definition->entries, before, ROLLUP_CODED(definition) ? definition->reading.hidden : 0);
		if (OidIsValid(definition->leads))
		{
			RollupDefinition of_leads;

			rollup_leads_definition(definition, &of_leads);
			add_columns(definition->leads, of_leads.entries, of_leads.nkeys - (definition->nkeys - before), 0);
		}
	}
	query = rollup_view_sql(&definition->reading, altered->cells, definition->leads, definition->entries, names, card,
							definition->calls);
	if (alteration->moves)
		query = rollup_altered_view_sql(query, query_of_before(rollup), &rollup->definition, definition, names, card);
	replace_view(rollup, query);
	SPI_finish();
}

/* Another definition, under the name of the one that there is. */
static void
replace_definition(Alteration *alteration, Relation source)
{
	const Rollup *rollup = alteration->rollup;
	Rollup	   *altered = &alteration->altered;
	char	   *name = get_rel_name(rollup->view);
	Oid			schema = get_rel_namespace(rollup->view);
	char	   *comment = GetComment(rollup->name, RelationRelationId, 0);
	Oid			leads;
	char	   *create;
	ObjectAddress view;

	*altered = *rollup;
	SPI_connect();
	if (alteration->moves)
		make_tables(alteration, source);
	leads = altered->definition.leads;
	create = psprintf("CREATE VIEW %s AS %s", rollup_quoted(rollup->view),
					  rollup_definition_sql(rollup_quoted(rollup->name), rollup_quoted(altered->cells),
											OidIsValid(leads) ? rollup_quoted(leads) : NULL,
											alteration->journeys == ROLLUP_JOURNEYS_AND_CALLS, alteration->before,
											alteration->source, alteration->entries,
											rollup->definition.settings, rollup->definition.strict));
	ObjectAddressSet(view, RelationRelationId, rollup->view);
	performDeletion(&view, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
	rollup_run(create);
	altered->view = get_relname_relid(name, schema);
	rollup_comment(altered->view, ROLLUP_DEFINITION, get_rel_name(rollup->name));
	/* a comment of the owner's own stays */
	if (comment != NULL && strncmp(comment, "live roll-up of ", strlen("live roll-up of ")) == 0)
		rollup_comment(rollup->name, ROLLUP_NAME, rollup_quoted(alteration->source));
	SPI_finish();
}

/* Now that all is counted: makes room for it. */
static void
make_room(void *argument)
{
	Alteration *alteration = argument;
	const Rollup *rollup = alteration->rollup;
	RollupCells cells;
	char	   *problem = rollup_open_cells(&cells, rollup->cells, &rollup->definition, RowExclusiveLock);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot fill roll-up \"%s\": %s", get_rel_name(rollup->name), problem)));
	rollup_clear(&cells);
	rollup_close_cells(&cells);
	rollup_clear_totals(&rollup->definition);
	if (alteration->moves || alteration->spent || alteration->altered.definition.nkeys > rollup->definition.nkeys)
		reshape(alteration);
}

/* Locks its tables, for who looks whether they are left over from one that is gone, too. */
static void
lock_tables(const Rollup *rollup)
{
	ListCell   *cell;

	LockRelationOid(rollup->cells, ShareRowExclusiveLock);
	if (OidIsValid(rollup->definition.leads))
		LockRelationOid(rollup->definition.leads, ShareRowExclusiveLock);
	foreach(cell, rollup->definition.before)
		LockRelationOid(lfirst_oid(cell), ShareRowExclusiveLock);
}

/* Locks the writers' tables, since they come to the cells from there. */
static void
lock_sources(const Rollup *rollup, Oid source)
{
	Oid			before = rollup->definition.source;
	LOCKMODE	lock = source != before && rollup_is_last(rollup) ? AccessExclusiveLock : ShareRowExclusiveLock;

	LockRelationOid(before, lock);
	(void) find_all_inheritors(before, lock, NULL);
	LockRelationOid(source, ShareRowExclusiveLock);
	(void) find_all_inheritors(source, ShareRowExclusiveLock, NULL);
}

/*
 * kpi_rollup_alter(name regclass, keys text[], card text, source regclass):
 * what is NULL stays as it is.  For the roll-up's owner: 42501; 42P16 for keys
 * that the view cannot have, 55000 for a roll-up that is not live.
 *
 * Readers see what was there until the transaction commits.  Where the view is
 * another then, those who begin to read wait for that, once all is counted.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_alter);
Datum
kpi_rollup_alter(PG_FUNCTION_ARGS)
{
	Alteration	alteration = {0};
	Rollup	   *rollup;
	Rollup	   *altered = &alteration.altered;
	Oid			before;
	bool		last;
	Relation	source;
	RollupActor actor;
	ErrorContextCallback callback;
	ListCell   *cell;

	PreventCommandIfReadOnly("kpi_rollup_alter()");
	PreventCommandDuringRecovery("kpi_rollup_alter()");
	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	rollup = rollup_own(PG_GETARG_OID(0));
	rollup_name_errors(&callback, get_rel_name(rollup->name));
	before = rollup->definition.source;
	alteration.source = PG_ARGISNULL(3) ? before : PG_GETARG_OID(3);
	if (get_rel_name(alteration.source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", alteration.source)));
	source = relation_open(alteration.source, AccessShareLock);
	rollup_check_source(source);
	rollup_act(&actor, rollup->owner, rollup->definition.settings);
	rollup_check_rights(alteration.source, rollup->strict);
	rollup_stop(&actor);
	lock_sources(rollup, alteration.source);
	/* what waited for the locks may find another world */
	alteration.rollup = rollup = rollup_own(PG_GETARG_OID(0));
	lock_tables(rollup);
	if (rollup->definition.source != before)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("roll-up \"%s\" was altered by another session", get_rel_name(rollup->name)),
				 errhint("Try again.")));
	rollup_settle();
	last = rollup_is_last(rollup);
	rollup_check_source(source);
	foreach(cell, find_all_inheritors(alteration.source, NoLock, NULL))
		rollup_check_member(lfirst_oid(cell), get_rel_persistence(rollup->cells));
	analyze_alteration(&alteration, fcinfo, source);

	rollup_watch_ddl(true);
	rollup_act(&actor, rollup->owner, rollup->definition.settings);
	decide(&alteration);
	replace_definition(&alteration, source);
	if (!rollup_read_claim(altered->view, &altered->definition))
		elog(ERROR, "view \"%s\" defines no roll-up", get_rel_name(altered->view));
	rollup_read_definition(altered->view, source, &altered->definition);
	foreach(cell, find_all_inheritors(alteration.source, NoLock, NULL))
		rollup_make_triggers(lfirst_oid(cell));
	foreach(cell, find_all_inheritors(before, NoLock, NULL))
	{
		if (alteration.source != before && last)
			rollup_drop_triggers(lfirst_oid(cell));
	}
	rollup_invalidate(before);
	rollup_invalidate(alteration.source);
	CommandCounterIncrement();
	rollup_fill(altered, make_room, &alteration);
	altered = rollup_read(altered->view, RowExclusiveLock);
	if (altered == NULL)
		elog(ERROR, "view \"%s\" defines no roll-up", get_rel_name(alteration.altered.view));
	rollup_must_be_sound(altered);
	rollup_bind(altered);
	rollup_stop(&actor);
	relation_close(source, NoLock);
	error_context_stack = callback.previous;
	PG_RETURN_VOID();
}

/* kpi_rollup_before(was regclass, rows bigint): the rows. */
PG_FUNCTION_INFO_V1(kpi_rollup_before);
Datum
kpi_rollup_before(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

/*
 * kpi_rollup_was(card scorecard, written boolean, cells regclass): true, of each
 * card that a snapshot of before the roll-up was altered sees; 40001 where the
 * same transaction has written to the source since.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_was);
Datum
kpi_rollup_was(PG_FUNCTION_ARGS)
{
	if (PG_GETARG_BOOL(1))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("cannot read a roll-up as it was before it was altered, because the transaction has written to its source since"),
				 errdetail("What it has written is in table \"%s\".", get_rel_name(PG_GETARG_OID(2))),
				 errhint("Retry the transaction.")));
	PG_RETURN_BOOL(true);
}
