/*-------------------------------------------------------------------------
 *
 * rollup_check.c
 *		Looking after live roll-ups: comparing them with their sources,
 *		counting again, compaction, and what kpi_rollups shows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/queryenvironment.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

static Rollup *
find_own(Oid name)
{
	Rollup	   *rollup = rollup_find(name);

	if (!relation_owned(rollup->name, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of roll-up %s", get_rel_name(rollup->name))));
	return rollup;
}

Rollup *
rollup_own(Oid name)
{
	Rollup	   *rollup = find_own(name);

	rollup_must_be_sound(rollup);
	return rollup;
}

/*
 * Every cell that is not what the source says.  Both sides are read under one
 * snapshot.  What the source says is computed by the server, or, where rows of
 * it raise, was computed without them before.  Removals are added to what should be, rather than taken from what
 * is, so that a cell that has lost more than it had is found as well.
 */
#define DIFFERENCES \
	"SELECT {keys}{kpi}.rollup(expected) AS expected, {kpi}.rollup(added) AS added," \
	" {kpi}.rollup(removed) AS removed, sum(expected_n)::bigint AS expected_n, sum(n)::bigint AS n" \
	" FROM (SELECT %s" \
	" UNION ALL SELECT {keys}NULL, {kpi}.rollup(added), {kpi}.rollup(removed), 0, sum(n)::bigint" \
	" FROM {cells} WHERE fault IS NULL GROUP BY {by}) d{group}" \
	"%s (sum(expected_n) <> sum(n) OR" \
	" coalesce({kpi}.rollup(expected), {nothing}) OPERATOR({kpi}.+) coalesce({kpi}.rollup(removed), {nothing})" \
	" OPERATOR({kpi}.<>) coalesce({kpi}.rollup(added), {nothing}))"

#define COMPUTED \
	"{exprs}{card} AS expected, NULL::{kpi}.scorecard AS added, NULL::{kpi}.scorecard AS removed," \
	" count(*) AS expected_n, 0::bigint AS n FROM {source}{group}"
#define SIFTED \
	"{keys}card AS expected, NULL::{kpi}.scorecard AS added, NULL::{kpi}.scorecard AS removed," \
	" n AS expected_n, 0::bigint AS n FROM kpi_expected"

/*
 * The same of what leads came to: every cell that is not what the settled rows
 * of its leads come to.
 */
#define DIFFERENCES_OF_LEADS \
	"SELECT %s{kpi}.rollup(expected) AS expected, {kpi}.rollup(added) AS added," \
	" {kpi}.rollup(removed) AS removed, sum(expected_n)::bigint AS expected_n, sum(n)::bigint AS n" \
	" FROM (SELECT %s" KPI_INTERNAL ".kpi_rollup_journey(added, k1 IS NOT NULL, {calls}) AS expected," \
	" NULL::{kpi}.scorecard AS added, NULL::{kpi}.scorecard AS removed, n AS expected_n, 0::bigint AS n" \
	" FROM {cells} WHERE NOT pending" \
	" UNION ALL SELECT %sNULL, added, removed, 0, n FROM {leads}) d%s" \
	" HAVING sum(expected_n) <> sum(n) OR" \
	" coalesce({kpi}.rollup(expected), {nothing}) OPERATOR({kpi}.+) coalesce({kpi}.rollup(removed), {nothing})" \
	" OPERATOR({kpi}.<>) coalesce({kpi}.rollup(added), {nothing})"

static char *
leads_sql(const Rollup *rollup)
{
	StringInfoData keys;
	StringInfoData of_leads;
	StringInfoData group;

	initStringInfo(&keys);
	initStringInfo(&of_leads);
	initStringInfo(&group);
	for (int i = 1; i < rollup->definition.nkeys; i++)
	{
		appendStringInfo(&keys, "k%d, ", i);
		appendStringInfo(&of_leads, "k%d AS k%d, ", i + 1, i);
		appendStringInfo(&group, i == 1 ? " GROUP BY %d" : ", %d", i);
	}
	return rollup_sql(rollup, psprintf(DIFFERENCES_OF_LEADS, keys.data, of_leads.data, keys.data, group.data));
}

static char *
differences_sql(const Rollup *rollup, const char *expected)
{
	return rollup_sql(rollup, psprintf(DIFFERENCES, expected, rollup->definition.nkeys > 0 ? " HAVING" : " AND"));
}

/* What is left of a cell. */
typedef struct Left
{
	Oid			minus;
	Datum		added;
	Datum		removed;
	Datum		left;
} Left;

static void
subtract(void *argument)
{
	Left	   *left = argument;

	left->left = OidFunctionCall2(left->minus, left->added, left->removed);
}

/*
 * The keys of a cell as an object, under the names that users know.  A type
 * that is not the server's own may have a cast to json that is anybody's, and
 * goes by what its output function says.
 */
static char *
cell_sql(const List *entries, char column)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "jsonb_build_object(");
	for (int i = 0; i < list_length(entries) - 1; i++)
	{
		TargetEntry *entry = list_nth(entries, i);

		appendStringInfo(&sql, exprType((Node *) entry->expr) < FirstNormalObjectId ? "%s%s, %c%d" :
						 "%s%s, " KPI_INTERNAL ".kpi_rollup_text(%c%d)",
						 i > 0 ? ", " : "", quote_literal_cstr(entry->resname), column, i + 1);
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* kpi_rollup_text(anyelement): as its type writes it. */
PG_FUNCTION_INFO_V1(kpi_rollup_text);
Datum
kpi_rollup_text(PG_FUNCTION_ARGS)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, 0), &output, &varlena);
	PG_RETURN_TEXT_P(cstring_to_text(OidOutputFunctionCall(output, PG_GETARG_DATUM(0))));
}

/* A check at work. */
typedef struct Checking
{
	Rollup	   *rollup;
	RollupWork *work;			/* of the table at hand */
	RollupResults expected;		/* of all of them */
} Checking;

static void
expect(void *argument, const RollupRows *rows)
{
	Checking   *checking = argument;
	RollupResults results;
	TupleTableSlot *slot;
	char	   *fault = rollup_evaluate(checking->work, rows, false, &results);

	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot check roll-up \"%s\": %s", get_rel_name(checking->rollup->name), fault)));
	checking->expected.rejected += results.rejected;
	if (results.desc != NULL)
	{
		slot = MakeSingleTupleTableSlot(results.desc, &TTSOpsMinimalTuple);
		while (tuplestore_gettupleslot(results.rows[1], true, false, slot))
			tuplestore_puttupleslot(checking->expected.rows[1], slot);
		ExecDropSingleTupleTableSlot(slot);
	}
	rollup_end_results(&results);
}

/* Computes what the source says without the rows that raise, as kpi_expected. */
static void
sift_source(Checking *checking)
{
	const RollupDefinition *definition = &checking->rollup->definition;
	EphemeralNamedRelation rows = palloc0(sizeof(EphemeralNamedRelationData));
	TupleDesc	desc = CreateTemplateTupleDesc(definition->nkeys + 2);
	ListCell   *cell;

	for (int i = 0; i <= definition->nkeys; i++)
	{
		Node	   *expr = (Node *) list_nth_node(TargetEntry, definition->entries, i)->expr;

		TupleDescInitEntry(desc, i + 1, i < definition->nkeys ? psprintf("k%d", i + 1) : "card",
						   exprType(expr), exprTypmod(expr), 0);
		TupleDescInitEntryCollation(desc, i + 1, exprCollation(expr));
	}
	TupleDescInitEntry(desc, definition->nkeys + 2, "n", INT8OID, -1, 0);
	tuple_desc_finalize(desc);
	checking->expected.rows[1] = tuplestore_begin_heap(false, false, work_mem);
	foreach(cell, find_all_inheritors(definition->source, AccessShareLock, NULL))
	{
		checking->work = rollup_work(checking->rollup);
		rollup_each_batch(lfirst_oid(cell), GetActiveSnapshot(), ROLLUP_INSERT, expect, checking);
	}
	rows->md.name = "kpi_expected";
	rows->md.tupdesc = desc;
	rows->md.enrtype = ENR_NAMED_TUPLESTORE;
	rows->md.enrtuples = tuplestore_tuple_count(checking->expected.rows[1]);
	rows->reldata = checking->expected.rows[1];
	if (SPI_register_relation(rows) != SPI_OK_REL_REGISTER)
		elog(ERROR, "cannot register %s", rows->md.name);
}

/* The query's rows are the differences. */
static void
select_differences(void *argument)
{
	Checking   *checking = argument;
	const Rollup *rollup = checking->rollup;
	const RollupReading *reading = &rollup->definition.reading;
	/* a percent sign in a key's name is no format */
	char	   *query = psprintf("SELECT %s, %s, %s, %s, expected_n, n FROM (%s) d", cell_sql(rollup->definition.entries, 'k'),
								 rollup_read_card(reading, rollup->cells, "expected"),
								 rollup_read_card(reading, rollup->cells, "added"),
								 rollup_read_card(reading, rollup->cells, "removed"),
								 differences_sql(rollup, checking->expected.rows[1] == NULL ? COMPUTED : SIFTED));

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot run: %s", query);
}

/*
 * The same where leads have codes: every cell that is shown and is not, of the
 * sets, what it is of the leads.
 */
static char *
coded_leads_sql(const Rollup *rollup)
{
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(rollup_function("kpi_rollup_definition"))));
	StringInfoData keys;
	char	   *expected;
	char	   *found;

	initStringInfo(&keys);
	for (int i = 1; i < list_length(rollup->definition.reading.shown) - 1; i++)
		appendStringInfo(&keys, "%ss%d", i > 1 ? ", " : "", i);
	rollup_coded_check_sql(rollup, &expected, &found);
	return psprintf("SELECT *, NULL::%s.scorecard AS removed FROM (SELECT %s%s"
					"%s.rollup(card) FILTER (WHERE e) AS expected, %s.rollup(card) FILTER (WHERE NOT e) AS added,"
					" coalesce(sum(n) FILTER (WHERE e), 0)::bigint AS expected_n, coalesce(sum(n) FILTER (WHERE NOT e), 0)::bigint AS n"
					" FROM (SELECT *, true AS e FROM (%s) a UNION ALL SELECT *, false FROM (%s) b) x%s%s) y"
					" WHERE expected_n <> n OR coalesce(expected, '{}') OPERATOR(%s.<>) coalesce(added, '{}')",
					ours, keys.data, keys.len > 0 ? ", " : "", ours, ours, expected, found,
					keys.len > 0 ? " GROUP BY " : "", keys.data, ours);
}

/* The query's rows are the differences between leads and what they come to. */
static void
select_leads(const Rollup *rollup)
{
	bool		coded = ROLLUP_CODED(&rollup->definition);
	const List *entries = coded ? rollup->definition.reading.shown : rollup->definition.entries;
	char	   *query = psprintf("SELECT %s, expected, added, removed, expected_n, n FROM (%s) d",
								 cell_sql(list_copy_tail(entries, 1), coded ? 's' : 'k'),
								 coded ? coded_leads_sql(rollup) : leads_sql(rollup));

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot run: %s", query);
}

/* Lists the differences that the last query found. */
static void
list_differences(Oid minus, ReturnSetInfo *rsinfo)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		row[6];
		bool		nulls[6];
		Datum		values[5];
		bool		isnull[5] = {false};

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, row, nulls);
		values[0] = row[0];
		values[1] = row[1];
		isnull[1] = nulls[1];
		values[2] = row[2];
		isnull[2] = nulls[2];
		if (!nulls[2] && !nulls[3])
		{
			Left		left = {minus, row[2], row[3], 0};

			/* NULL where it has lost more than it had */
			isnull[2] = rollup_try(subtract, &left) != NULL;
			values[2] = left.left;
		}
		values[3] = row[4];
		values[4] = row[5];
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, isnull);
	}
}

/* The rows that the cells say are rejected. */
static int64
count_rejected(const Rollup *rollup)
{
	RollupCells cells;
	RollupNotes notes = {0};

	if (rollup_open_cells(&cells, rollup->cells, &rollup->definition, AccessShareLock) == NULL)
	{
		rollup_read_notes(&cells, GetActiveSnapshot(), &notes);
		rollup_close_cells(&cells);
	}
	return notes.rejected;
}

/* What a snapshot sees of the cells is not what a later definition says. */
static void
must_be_seen(const Rollup *rollup)
{
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool		seen;

	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(rollup->view));
	scan = systable_beginscan(classes, ClassOidIndexId, true, GetActiveSnapshot(), 1, &key);
	seen = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	if (!seen)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("cannot check roll-up \"%s\", because it was made or altered after the snapshot was taken",
						get_rel_name(rollup->name)),
				 errhint("Retry the transaction.")));
}

/*
 * kpi_rollup_check(name regclass): the cells that are not what the source
 * says, which should be none.  Without a cell, it is the number of rejected
 * rows that is not.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_check);
Datum
kpi_rollup_check(PG_FUNCTION_ARGS)
{
	Rollup	   *rollup = rollup_own(PG_GETARG_OID(0));
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	RollupActor actor;
	Checking	checking = {.rollup = rollup};
	int64		rejected = count_rejected(rollup);
	ErrorContextCallback callback;
	Oid			minus = rollup_function("kpi_scorecard_minus");

	must_be_seen(rollup);
	rollup_name_errors(&callback, get_rel_name(rollup->name));
	SPI_connect();
	rollup_act(&actor, rollup->owner, rollup->definition.settings);
	rollup_ask_source();
	if (rejected != 0 || rollup_try(select_differences, &checking) != NULL)
	{
		sift_source(&checking);
		select_differences(&checking);
	}
	list_differences(minus, rsinfo);
	if (OidIsValid(rollup->definition.leads))
	{
		select_leads(rollup);
		list_differences(minus, rsinfo);
	}
	rollup_stop(&actor);
	error_context_stack = callback.previous;
	if (rejected != checking.expected.rejected)
	{
		Datum		values[5] = {0};
		bool		isnull[5] = {true, true, true};

		values[3] = Int64GetDatum(checking.expected.rejected);
		values[4] = Int64GetDatum(rejected);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, isnull);
	}
	SPI_finish();
	return (Datum) 0;
}

/*
 * Merges all that can be; how many rows.  Who has locked the cells counts them
 * again, and may have to wait for those who have but looked at them.
 */
static int64
compact_all(const Rollup *rollup)
{
	int64		batch = 10000;
	RollupActor actor;
	RollupCells cells;
	int64		from = PG_INT64_MIN;
	int64		merged = 0;

	if (!ConditionalLockRelationOid(rollup->cells, RowExclusiveLock) ||
		rollup_open_cells(&cells, rollup->cells, &rollup->definition, RowExclusiveLock) != NULL)
		return 0;
	rollup_act(&actor, rollup->owner, rollup->definition.settings);
	/* each batch of leads leaves a row for each of their cells */
	if (OidIsValid(rollup->definition.leads))
		batch = 100000;
	if (rollup_keep_totals(&cells, &rollup->definition) == NULL)
	{
		while (rollup_compact_some(&cells, &from, batch, &merged))
			CHECK_FOR_INTERRUPTS();
		merged += rollup_compact_totals(&cells, PG_INT64_MIN, PG_INT64_MAX);
	}
	rollup_stop(&actor);
	rollup_close_cells(&cells);
	return merged;
}

/* kpi_rollup_compact(name regclass): how many rows were merged. */
PG_FUNCTION_INFO_V1(kpi_rollup_compact);
Datum
kpi_rollup_compact(PG_FUNCTION_ARGS)
{
	Rollup	   *rollup;

	PreventCommandIfReadOnly("kpi_rollup_compact()");
	PreventCommandDuringRecovery("kpi_rollup_compact()");
	rollup = find_own(PG_GETARG_OID(0));
	/* by VACUUM that gives room back, too */
	if (rollup->locked)
		PG_RETURN_INT64(0);
	rollup_must_be_sound(rollup);
	PG_RETURN_INT64(compact_all(rollup));
}

/*
 * kpi_rollup_compact(): the same of all that the caller owns and that are
 * sound.  What others have locked is left for another time.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_compact_own);
Datum
kpi_rollup_compact_own(FunctionCallInfo fcinfo pg_attribute_unused())
{
	int64		merged = 0;
	ListCell   *cell;

	PreventCommandIfReadOnly("kpi_rollup_compact()");
	PreventCommandDuringRecovery("kpi_rollup_compact()");
	foreach(cell, rollup_definitions(InvalidOid))
	{
		Rollup	   *rollup;

		if (!relation_owned(lfirst_oid(cell), GetUserId()))
			continue;
		rollup = rollup_read(lfirst_oid(cell), AccessShareLock);
		if (rollup != NULL && rollup->owned && rollup->problem == NULL)
			merged += compact_all(rollup);
		CHECK_FOR_INTERRUPTS();
	}
	PG_RETURN_INT64(merged);
}

/*
 * kpi_rollup_rebuild(name regclass): counts it again, with its triggers where
 * they are missing.  Readers see what was there until the transaction commits;
 * writers of the source wait for that.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_rebuild);
Datum
kpi_rollup_rebuild(PG_FUNCTION_ARGS)
{
	Rollup	   *rollup;
	RollupActor actor;
	RollupCells cells;
	ErrorContextCallback callback;
	ListCell   *cell;

	PreventCommandIfReadOnly("kpi_rollup_rebuild()");
	PreventCommandDuringRecovery("kpi_rollup_rebuild()");
	rollup = rollup_own(PG_GETARG_OID(0));
	LockRelationOid(rollup->definition.source, ShareRowExclusiveLock);
	foreach(cell, find_all_inheritors(rollup->definition.source, ShareRowExclusiveLock, NULL))
		rollup_make_triggers(lfirst_oid(cell));
	/* what waited for the locks may find other cells */
	rollup = rollup_own(PG_GETARG_OID(0));
	LockRelationOid(rollup->cells, ShareRowExclusiveLock);
	rollup_settle();
	rollup_watch_ddl(true);
	rollup_bind(rollup);
	rollup_invalidate(rollup->definition.source);
	CommandCounterIncrement();
	if (rollup_open_cells(&cells, rollup->cells, &rollup->definition, RowExclusiveLock) != NULL)
		PG_RETURN_VOID();
	rollup_name_errors(&callback, get_rel_name(rollup->name));
	rollup_act(&actor, rollup->owner, rollup->definition.settings);
	rollup_clear(&cells);
	rollup_close_cells(&cells);
	rollup_clear_totals(&rollup->definition);
	rollup_fill(rollup, NULL, NULL);
	rollup_stop(&actor);
	error_context_stack = callback.previous;
	PG_RETURN_VOID();
}

/*
 * What kpi_rollups shows
 */

enum
{
	LIST_NAME, LIST_OWNER, LIST_SOURCE, LIST_KEYS, LIST_CARD, LIST_PROBLEM, LIST_STRICT,
	LIST_CELLS, LIST_ROWS, LIST_PENDING, LIST_BYTES, LIST_COMPACTED, LIST_REJECTED, LIST_REASON, LIST_UNMAPPED, LIST_COLUMNS
};

typedef struct Listed
{
	Rollup	   *rollup;
	Datum		values[LIST_COLUMNS];
	bool		nulls[LIST_COLUMNS];
} Listed;

static void
put(Listed *listed, int column, Datum value)
{
	listed->values[column] = value;
	listed->nulls[column] = false;
}

/* Its expressions, as whoever looks would write them. */
static void
list_expressions(Listed *listed)
{
	const RollupDefinition *definition = &listed->rollup->definition;

	put(listed, LIST_KEYS, PointerGetDatum(rollup_keys_text(definition)));
	put(listed, LIST_CARD, CStringGetTextDatum(rollup_card_text(definition)));
}

static int64
relation_bytes(Oid relation)
{
	return DatumGetInt64(DirectFunctionCall1(pg_total_relation_size, ObjectIdGetDatum(relation)));
}

/* Adds what the table of its leads has. */
static void
list_leads(const Rollup *rollup, RollupCount *count, int64 *bytes)
{
	RollupDefinition leads;
	RollupCells cells;
	RollupCount more;

	rollup_leads_definition(&rollup->definition, &leads);
	if (rollup_open_cells(&cells, leads.cells, &leads, AccessShareLock) != NULL)
		return;
	rollup_count_cells(&cells, &more);
	rollup_close_cells(&cells);
	*bytes += relation_bytes(leads.cells);
	count->rows += more.rows;
	count->pending += more.pending;
	count->merged = Max(count->merged, more.merged);
	if (count->notes.fault == NULL)
		count->notes.fault = more.notes.fault;
}

/* Its numbers, for who may read it. */
static void
list_numbers(Listed *listed)
{
	Rollup	   *rollup = listed->rollup;
	RollupActor actor;
	RollupCells cells;
	RollupCount count;
	Datum		unmapped;
	int64		bytes = relation_bytes(rollup->cells);
	ListCell   *cell;

	if (rollup_open_cells(&cells, rollup->cells, &rollup->definition, AccessShareLock) != NULL)
		return;
	rollup_act(&actor, rollup->owner, rollup->definition.settings);
	rollup_count_cells(&cells, &count);
	rollup_stop(&actor);
	/* what codes stand for is what whoever looks sees in kpi_disposition */
	if (rollup->definition.reading.mapped &&
		rollup_unmapped(&cells, &rollup->definition.reading, &unmapped))
		put(listed, LIST_UNMAPPED, unmapped);
	rollup_close_cells(&cells);
	if (OidIsValid(rollup->definition.leads))
		list_leads(rollup, &count, &bytes);
	foreach(cell, rollup->definition.before)
		bytes += relation_bytes(lfirst_oid(cell));
	put(listed, LIST_CELLS, Int64GetDatum(count.cells));
	put(listed, LIST_ROWS, Int64GetDatum(count.rows));
	put(listed, LIST_PENDING, Int64GetDatum(count.pending));
	put(listed, LIST_BYTES, Int64GetDatum(bytes));
	if (count.merged != 0)
		put(listed, LIST_COMPACTED, TimestampTzGetDatum(count.merged));
	put(listed, LIST_REJECTED, Int64GetDatum(count.notes.rejected));
	if (count.notes.reason != NULL)
		put(listed, LIST_REASON, CStringGetTextDatum(count.notes.reason));
	if (rollup->problem == NULL && count.notes.fault != NULL)
		rollup->problem = psprintf("something was not counted: %s", count.notes.fault);
}

static void
list_one(void *argument)
{
	Listed	   *listed = argument;
	Rollup	   *rollup = listed->rollup;

	list_expressions(listed);
	rollup->problem = rollup_not_followed(rollup->definition.source);
	if (pg_class_aclcheck(rollup->name, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		list_numbers(listed);
}

/*
 * kpi_rollup_list(): all roll-ups, and what says that it is one.  Whatever is
 * wrong with one is said of that one, and is no error.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_list);
Datum
kpi_rollup_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	ListCell   *cell;

	foreach(cell, rollup_definitions(InvalidOid))
	{
		Rollup	   *rollup = rollup_read(lfirst_oid(cell), AccessShareLock);
		Listed		listed = {.rollup = rollup};

		if (rollup == NULL)
			continue;
		memset(listed.nulls, true, sizeof(listed.nulls));
		/* who claims another's has no say in what is said of that */
		put(&listed, LIST_NAME, ObjectIdGetDatum(rollup->owned ? rollup->name : rollup->view));
		put(&listed, LIST_OWNER, DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(rollup->owner, false))));
		if (OidIsValid(rollup->definition.source))
			put(&listed, LIST_SOURCE, ObjectIdGetDatum(rollup->definition.source));
		put(&listed, LIST_STRICT, BoolGetDatum(rollup->strict));
		if (rollup->problem == NULL)
		{
			char	   *fault = rollup_try(list_one, &listed);

			if (fault != NULL)
				rollup->problem = fault;
		}
		if (rollup->problem != NULL)
			put(&listed, LIST_PROBLEM, CStringGetTextDatum(rollup->problem));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, listed.values, listed.nulls);
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}
