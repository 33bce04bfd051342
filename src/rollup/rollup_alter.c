/*-------------------------------------------------------------------------
 *
 * rollup_alter.c
 *		Other keys, another card or another source of a live roll-up.
 *
 * Views over a roll-up and grants on it stay, because the view that is read
 * stays: a view can have columns more, after those that it has, and no other
 * change.  So keys can be added, and computed otherwise, but none can go.
 *
 * The cells stay as well, and are counted again as kpi_rollup_rebuild counts
 * them: whoever reads under a snapshot of before still sees the rows of before,
 * which a new table would not have.  For the same reason nothing here may
 * rewrite the table: the expression of its hash is exchanged in the catalog.
 * What rows of before have there is right for those who see them, to whom a
 * new key is NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/indexing.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "executor/spi.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

typedef struct Alteration
{
	Rollup	   *rollup;			/* as it is */
	Oid			source;			/* that it shall have */
	List	   *entries;		/* keys and card that it shall have */
	bool		calls;			/* with journeys */
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
	const RollupDefinition *definition = &rollup->definition;
	int			hidden = ROLLUP_HIDDEN(definition);
	List	   *shown = definition->reading.shown;
	List	   *arranged = NIL;

	if (hidden != (journeys != ROLLUP_NO_JOURNEYS))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot give scorecard_journeys to roll-up \"%s\", or take it away", get_rel_name(rollup->name)),
				 errdetail("With it, a roll-up keeps its cells by lead."),
				 errhint(HINT_AGAIN)));
	if (hidden)
	{
		check_column(rollup, linitial(shown), linitial(entries));
		arranged = list_make1(linitial(entries));
	}
	for (int i = hidden; i < list_length(shown) - 1; i++)
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
	RollupJourneys journeys;
	ArrayType  *keys;
	List	   *entries;
	char	   *card;

	rollup_act(&actor, rollup->owner, definition->settings);
	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	rollup_check_rights(alteration->source, rollup->strict);
	keys = PG_ARGISNULL(1) ? rollup_keys_text(definition) : PG_GETARG_ARRAYTYPE_P(1);
	card = PG_ARGISNULL(2) ? rollup_card_text(definition) :
		text_to_cstring(PG_GETARG_TEXT_PP(2));
	entries = rollup_analyze(source, keys, card, &journeys);
	alteration->entries = arrange(rollup, entries, journeys);
	alteration->calls = journeys == ROLLUP_JOURNEYS_AND_CALLS;
	rollup_stop(&actor);
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

/* What comes, in the cells and in the view. */
static void
reshape(const Alteration *alteration)
{
	const Rollup *rollup = alteration->rollup;
	const RollupDefinition *definition = &alteration->altered.definition;
	int			before = rollup->definition.nkeys;
	int			card;
	List	   *names = view_columns(rollup, &card);
	char	   *query;

	SPI_connect();
	for (int i = list_length(names) - 1 + ROLLUP_HIDDEN(definition); i < list_length(alteration->entries) - 1; i++)
		names = lappend(names, makeString(list_nth_node(TargetEntry, alteration->entries, i)->resname));
	add_columns(rollup->cells, definition->entries, before, ROLLUP_CODED(definition) ? definition->reading.hidden : 0);
	if (OidIsValid(definition->leads))
	{
		RollupDefinition of_leads;

		rollup_leads_definition(definition, &of_leads);
		add_columns(definition->leads, of_leads.entries, of_leads.nkeys - (definition->nkeys - before), 0);
	}
	query = rollup_view_sql(&definition->reading, rollup->cells, definition->leads, definition->entries, names, card,
							alteration->calls);
	rollup_run(psprintf("CREATE OR REPLACE VIEW %s%s AS %s", rollup_quoted(rollup->name), view_options(rollup->name),
						query));
	SPI_finish();
}

/*
 * Rows of before stay in the cells for those who see them, so that the columns
 * must go on being what they are: a key under its name, a code under the
 * expression that it is.
 */
static void
check_columns(const Alteration *alteration)
{
	const RollupDefinition *before = &alteration->rollup->definition;
	const RollupDefinition *after = &alteration->altered.definition;
	bool		same = before->nkeys <= after->nkeys && ROLLUP_CODED(before) == ROLLUP_CODED(after) &&
		(!ROLLUP_CODED(before) || before->reading.hidden == after->reading.hidden);

	for (int i = 0; same && i < before->nkeys; i++)
	{
		TargetEntry *a = list_nth(before->entries, i);
		TargetEntry *b = list_nth(after->entries, i);

		same = strcmp(a->resname, b->resname) == 0 && exprType((Node *) a->expr) == exprType((Node *) b->expr) &&
			exprCollation((Node *) a->expr) == exprCollation((Node *) b->expr);
	}
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot change which codes roll-up \"%s\" keeps", get_rel_name(alteration->rollup->name)),
				 errdetail("Keys can be added, and what is made of the codes can change."),
				 errhint(HINT_AGAIN)));
}

/* Another definition, under the name of the one that there is. */
static void
replace_definition(Alteration *alteration)
{
	const Rollup *rollup = alteration->rollup;
	Rollup	   *altered = &alteration->altered;
	char	   *name = get_rel_name(rollup->view);
	Oid			schema = get_rel_namespace(rollup->view);
	char	   *query = rollup_definition_sql(rollup_quoted(rollup->name), rollup_quoted(rollup->cells),
											  OidIsValid(rollup->definition.leads) ? rollup_quoted(rollup->definition.leads) : NULL,
											  alteration->calls, alteration->source, alteration->entries,
											  rollup->definition.settings, rollup->definition.strict);
	char	   *comment = GetComment(rollup->name, RelationRelationId, 0);
	char	   *create = psprintf("CREATE VIEW %s AS %s", rollup_quoted(rollup->view), query);
	ObjectAddress view;

	ObjectAddressSet(view, RelationRelationId, rollup->view);
	performDeletion(&view, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
	SPI_connect();
	rollup_run(create);
	*altered = *rollup;
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
	Rollup	   *altered = &alteration->altered;
	RollupCells cells;
	char	   *problem;

	if (altered->definition.nkeys > alteration->rollup->definition.nkeys || altered->definition.reading.mapped ||
		altered->definition.calls != alteration->rollup->definition.calls)
		reshape(alteration);
	problem = rollup_open_cells(&cells, altered->cells, &altered->definition, RowExclusiveLock);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot fill roll-up \"%s\": %s", get_rel_name(altered->name), problem)));
	rollup_clear(&cells);
	rollup_close_cells(&cells);
	rollup_clear_totals(&altered->definition);
}

/*
 * Locks what must not change meanwhile: the writers' tables first, since they
 * come to the cells from there.
 */
static void
lock_tables(const Rollup *rollup, Oid source)
{
	Oid			before = rollup->definition.source;
	LOCKMODE	lock = source != before && rollup_is_last(rollup) ? AccessExclusiveLock : ShareRowExclusiveLock;

	LockRelationOid(before, lock);
	(void) find_all_inheritors(before, lock, NULL);
	LockRelationOid(source, ShareRowExclusiveLock);
	(void) find_all_inheritors(source, ShareRowExclusiveLock, NULL);
	LockRelationOid(rollup->cells, ShareRowExclusiveLock);
}

/*
 * kpi_rollup_alter(name regclass, keys text[], card text, source regclass):
 * what is NULL stays as it is.  For the roll-up's owner: 42501; 42P16 for keys
 * that the view cannot have, 55000 for a roll-up that is not live.
 *
 * Readers see what was there until the transaction commits.  Where a key comes,
 * those who begin to read wait for that, once all is counted.
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
	lock_tables(rollup, alteration.source);
	/* what waited for the locks may find another world */
	alteration.rollup = rollup = rollup_own(PG_GETARG_OID(0));
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
	replace_definition(&alteration);
	if (!rollup_read_claim(altered->view, &altered->definition))
		elog(ERROR, "view \"%s\" defines no roll-up", get_rel_name(altered->view));
	rollup_read_definition(altered->view, source, &altered->definition);
	check_columns(&alteration);
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
