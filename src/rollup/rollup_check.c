/*-------------------------------------------------------------------------
 *
 * rollup_check.c
 *		Looking after live roll-ups: comparing them with their sources,
 *		compaction, and what kpi_rollups shows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "parser/parse_func.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

/* The roll-up, which must be the caller's own. */
static Rollup *
own_rollup(FunctionCallInfo fcinfo)
{
	Rollup	   *rollup = rollup_find(kpi_schema(fcinfo->flinfo->fn_oid), PG_GETARG_OID(0));

	if (!relation_owned(rollup->name, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of roll-up %s", get_rel_name(rollup->name))));
	return rollup;
}

/*
 * Every cell that is not what the source says.  Both sides are read under one
 * snapshot.  Removals are added to what should be, rather than taken from what
 * is, so that a cell that has lost more than it had is found as well.
 */
#define DIFFERENCES \
	"SELECT {keys}{kpi}.rollup(expected) AS expected, {kpi}.rollup(added) AS added," \
	" {kpi}.rollup(removed) AS removed, sum(expected_n)::bigint AS expected_n, sum(n)::bigint AS n" \
	" FROM (SELECT {exprs}{card} AS expected, NULL::{kpi}.scorecard AS added, NULL::{kpi}.scorecard AS removed," \
	" count(*) AS expected_n, 0::bigint AS n FROM {source}{group}" \
	" UNION ALL SELECT {keys}NULL, {kpi}.rollup(added), {kpi}.rollup(removed), 0, sum(n)::bigint" \
	" FROM {cells} GROUP BY {by}) d{group}" \
	"%s (sum(expected_n) <> sum(n) OR" \
	" coalesce({kpi}.rollup(expected), {nothing}) OPERATOR({kpi}.+) coalesce({kpi}.rollup(removed), {nothing})" \
	" OPERATOR({kpi}.<>) coalesce({kpi}.rollup(added), {nothing}))"

static char *
differences_sql(Oid schema, const Rollup *rollup, const char *around)
{
	bool		keys = list_length(rollup_definition(rollup->definition)) > 1;
	char	   *sql = psprintf(DIFFERENCES, keys ? " HAVING" : " AND");

	return rollup_sql(schema, rollup, psprintf(around, sql));
}

void
rollup_resync(Oid schema, const Rollup *rollup)
{
	RollupActor actor;

	SPI_connect();
	rollup_act(&actor, rollup_owner(rollup->cells), rollup->settings);
	SPI_execute_snapshot(rollup_prepare(differences_sql(schema, rollup,
														"INSERT INTO {cells} ({keys}added, removed, n) SELECT {keys}"
														"CASE WHEN expected IS NULL THEN removed WHEN removed IS NULL THEN expected"
														" ELSE expected OPERATOR({kpi}.+) removed END, added, expected_n - n FROM (%s) d"),
										0, NULL),
						 NULL, NULL, GetLatestSnapshot(), InvalidSnapshot, false, true, 0);
	rollup_stop(&actor);
	SPI_finish();
}

/* What is left of a cell; false where it has lost more than it had. */
static bool
what_is_left(Oid minus, Datum added, Datum removed, Datum *left)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool good = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*left = OidFunctionCall2(minus, added, removed);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		if (geterrcode() != ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE)
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		good = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return good;
}

/* The keys of a cell as an object, under the names that users know. */
static char *
cell_sql(const Rollup *rollup)
{
	List	   *entries = rollup_definition(rollup->definition);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "jsonb_build_object(");
	for (int i = 0; i < list_length(entries) - 1; i++)
		appendStringInfo(&sql, "%s%s, k%d", i > 0 ? ", " : "",
						 quote_literal_cstr(((TargetEntry *) list_nth(entries, i))->resname), i + 1);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/*
 * kpi_rollup_check(name regclass): the cells that are not what the source
 * says, which should be none.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_check);
Datum
kpi_rollup_check(PG_FUNCTION_ARGS)
{
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);
	Rollup	   *rollup = own_rollup(fcinfo);
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	RollupActor actor;
	Oid			minus;
	char	   *query;

	SPI_connect();
	rollup_act(&actor, rollup_owner(rollup->cells), rollup->settings);
	/* a percent sign in a key's name is no format */
	query = differences_sql(schema, rollup, "%s");
	query = psprintf("SELECT %s, expected, added, removed, expected_n, n FROM (%s) d",
					 cell_sql(rollup), query);
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot run: %s", query);
	rollup_stop(&actor);
	minus = LookupFuncName(list_make2(makeString(KPI_INTERNAL), makeString("kpi_scorecard_minus")),
						   -1, NULL, false);
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
			isnull[2] = !what_is_left(minus, row[2], row[3], &values[2]);
		values[3] = row[4];
		values[4] = row[5];
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, isnull);
	}
	SPI_finish();
	return (Datum) 0;
}

/* kpi_rollup_compact(name regclass): merges all that can be; how many rows. */
PG_FUNCTION_INFO_V1(kpi_rollup_compact);
Datum
kpi_rollup_compact(PG_FUNCTION_ARGS)
{
	const int64 batch = 10000;
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);
	Rollup	   *rollup = own_rollup(fcinfo);
	int			nkeys = list_length(rollup_definition(rollup->definition)) - 1;
	SPIPlanPtr	plan = NULL;
	RollupActor actor;
	RollupCells cells;
	int64		from = PG_INT64_MIN;
	int64		merged = 0;

	SPI_connect();
	rollup_act(&actor, rollup_owner(rollup->cells), rollup->settings);
	rollup_open_cells(&cells, rollup->cells, rollup_sequence(rollup->cells), nkeys);
	PushCopiedSnapshot(GetTransactionSnapshot());
	while (rollup_compact_some(&cells, &plan, schema, rollup, &from, batch, &merged))
		CHECK_FOR_INTERRUPTS();
	PopActiveSnapshot();
	rollup_close_cells(&cells);
	rollup_stop(&actor);
	SPI_finish();
	PG_RETURN_INT64(merged);
}

/*
 * kpi_rollup_state(name regclass): the cells, the rows that they are kept in,
 * those of them that await compaction, and when rows were merged last; NULLs
 * for who may not read the roll-up.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_state);
Datum
kpi_rollup_state(PG_FUNCTION_ARGS)
{
	Oid			schema = kpi_schema(fcinfo->flinfo->fn_oid);
	Rollup	   *rollup = rollup_find(schema, PG_GETARG_OID(0));
	List	   *entries = rollup_definition(rollup->definition);
	TupleDesc	desc;
	Datum		values[6] = {0};
	bool		nulls[6] = {false, false, true, true, true, true};
	Datum		keys[ROLLUP_MAX_KEYS];
	int			nkeys = list_length(entries) - 1;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	for (int i = 0; i < nkeys; i++)
	{
		TargetEntry *entry = list_nth(entries, i);
		char	   *text = rollup_expression(entry, rollup->source);
		const char *name = quote_identifier(entry->resname);

		keys[i] = CStringGetTextDatum(strcmp(text, name) == 0 ? text :
									  psprintf("%s AS %s", text, name));
	}
	values[0] = PointerGetDatum(nkeys == 0 ? construct_empty_array(TEXTOID) :
								construct_array(keys, nkeys, TEXTOID, -1, false, TYPALIGN_INT));
	values[1] = CStringGetTextDatum(rollup_expression(llast(entries), rollup->source));

	if (pg_class_aclcheck(rollup->name, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
	{
		RollupActor actor;

		SPI_connect();
		rollup_act(&actor, rollup_owner(rollup->cells), rollup->settings);
		SPI_execute(rollup_sql(schema, rollup,
							   "SELECT count(*) FILTER (WHERE n > 0), coalesce(sum(total), 0)::bigint,"
							   " coalesce(sum(pending), 0)::bigint, max(merged) FROM (SELECT sum(n) AS n, count(*) AS total,"
							   " count(*) FILTER (WHERE pending) AS pending, max(merged) AS merged"
							   " FROM {cells} GROUP BY {by}) c"),
					true, 0);
		for (int i = 0; i < 4; i++)
		{
			values[i + 2] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &nulls[i + 2]);
			if (!nulls[i + 2])
				values[i + 2] = SPI_datumTransfer(values[i + 2], FLOAT8PASSBYVAL, 8);
		}
		rollup_stop(&actor);
		SPI_finish();
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
