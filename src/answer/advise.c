/*-------------------------------------------------------------------------
 *
 * advise.c
 *		Which roll-up answers a query, and what stands in the way of others.
 *
 * The query is planned as it would be, and what roll-ups are asked meanwhile
 * is listened to.  It is not run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "answer/answer.h"
#include "answer/candidate.h"
#include "base/compat.h"

/* Tables that a query names, at any depth. */
static bool
find_tables(Node *node, void *context)
{
	List	  **tables = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_RELATION && rte->relkind != RELKIND_VIEW)
			*tables = list_append_unique_oid(*tables, rte->relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_tables, context, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, find_tables, context);
}

/* The one SELECT that the text is, rewritten; 0A000 for anything else. */
static Query *
only_select(char *text)
{
	List	   *statements = pg_parse_query(text);
	Query	   *query = NULL;

	if (list_length(statements) == 1)
		query = analyze_query(linitial_node(RawStmt, statements), text);
	if (query == NULL || query->commandType != CMD_SELECT || query->hasModifyingCTE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("kpi_rollup_advise takes one SELECT: \"%s\"", text)));
	return query;
}

/* The advice about all tables of a query, in the current memory context. */
static List *
take_advice(Query *query)
{
	List	   *advice = NIL;
	List	   *tables = NIL;
	ListCell   *cell;

	answer_advice_context = CurrentMemoryContext;
	answer_advice = &advice;
	PG_TRY();
	{
		foreach(cell, QueryRewrite(query))
		{
			Query	   *rewritten = lfirst_node(Query, cell);

			(void) find_tables((Node *) rewritten, &tables);
			(void) plan_query(rewritten, CURSOR_OPT_PARALLEL_OK);
		}
	}
	PG_FINALLY();
	{
		answer_advice = NULL;
	}
	PG_END_TRY();
	foreach(cell, tables)
	{
		Oid			table = lfirst_oid(cell);
		List	   *candidates = candidates_possible(table) ? candidates_of(table) : NIL;
		ListCell   *other;
		bool		said = false;

		foreach(other, advice)
			said |= ((Advice *) lfirst(other))->table == table;
		foreach(other, candidates)
		{
			Advice	   *more = palloc0(sizeof(Advice));

			more->rollup = ((Candidate *) lfirst(other))->name;
			more->reason = psprintf("the query does not aggregate rows of \"%s\" alone", get_rel_name(table));
			if (!said)
				advice = lappend(advice, more);
		}
		if (candidates == NIL)
		{
			Advice	   *more = palloc0(sizeof(Advice));

			more->reason = psprintf("table \"%s\" has no roll-up", get_rel_name(table));
			advice = lappend(advice, more);
		}
	}
	return advice;
}

static bool
same_advice(const Advice *a, const Advice *b)
{
	return a->rollup == b->rollup && a->answers == b->answers && strcmp(a->reason, b->reason) == 0;
}

/* kpi_rollup_advise(query text): a row for each roll-up of the query's tables. */
PG_FUNCTION_INFO_V1(kpi_rollup_advise);
Datum
kpi_rollup_advise(PG_FUNCTION_ARGS)
{
	Query	   *query = only_select(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	List	   *advice = take_advice(query);
	ListCell   *cell;

	foreach(cell, advice)
	{
		const Advice *one = lfirst(cell);
		Datum		values[3];
		bool		nulls[3] = {false};
		bool		again = false;
		ListCell   *other;

		foreach(other, advice)
		{
			if (lfirst(other) == one)
				break;
			again |= same_advice(lfirst(other), one);
		}
		if (again)
			continue;
		nulls[0] = !OidIsValid(one->rollup) || get_rel_name(one->rollup) == NULL;
		values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(rollup_quoted(one->rollup));
		values[1] = BoolGetDatum(one->answers);
		values[2] = CStringGetTextDatum(one->reason);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
