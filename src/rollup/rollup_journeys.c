/*-------------------------------------------------------------------------
 *
 * rollup_journeys.c
 *		Cards of live roll-ups that have scorecard_journeys.
 *
 * A card that adds up scorecard_journeys(outcome, lead) and others is kept by
 * lead, as the others and scorecard_calls(outcome), which are its last.  From a
 * lead's calls its journey is made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

static Oid
our_aggregate(const char *name)
{
	Oid			schema = kpi_schema(rollup_function("kpi_rollup_definition"));
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	Oid			found = InvalidOid;

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		/* of rows, and not the one of times */
		if (form->pronamespace == schema && form->prokind == PROKIND_AGGREGATE)
			found = form->oid;
	}
	ReleaseSysCacheList(list);
	if (!OidIsValid(found))
		elog(ERROR, "aggregate %s is not there", name);
	return found;
}

static bool
is_ours(Node *node, const char *name)
{
	return IsA(node, Aggref) && rollup_ours(ProcedureRelationId, ((Aggref *) node)->aggfnoid) &&
		strcmp(get_func_name(((Aggref *) node)->aggfnoid), name) == 0;
}

/* What a sum adds up, in its order. */
static List *
summands(Node *node)
{
	if (rollup_is_sum(node))
		return list_concat(summands(linitial(((OpExpr *) node)->args)), summands(lsecond(((OpExpr *) node)->args)));
	return list_make1(node);
}

static Node *
sum_of(List *nodes)
{
	Node	   *sum = linitial(nodes);
	ListCell   *cell;

	foreach(cell, nodes)
	{
		Oid			type = exprType(sum);
		OpExpr	   *plus;

		if (foreach_current_index(cell) == 0)
			continue;
		plus = makeNode(OpExpr);
		plus->opno = OpernameGetOprid(list_make2(makeString(get_namespace_name(get_func_namespace(our_aggregate("scorecard_calls")))),
												 makeString(pstrdup("+"))), type, type);
		plus->opresulttype = type;
		plus->args = list_make2(sum, lfirst(cell));
		plus->location = -1;
		set_opfuncid(plus);
		sum = (Node *) plus;
	}
	return sum;
}

/* scorecard_calls() of the rows that scorecard_journeys() is of, or the other way round. */
static Aggref *
as_calls(const Aggref *journeys)
{
	Aggref	   *calls = copyObject(unconstify(Aggref *, journeys));

	calls->aggfnoid = our_aggregate("scorecard_calls");
	calls->aggargtypes = list_truncate(calls->aggargtypes, 1);
	calls->args = list_truncate(calls->args, 1);
	/* the lead's */
	calls->inputcollid = InvalidOid;
	return calls;
}

static Aggref *
as_journeys(const Aggref *calls, const TargetEntry *lead)
{
	Aggref	   *journeys = copyObject(unconstify(Aggref *, calls));
	TargetEntry *argument = copyObject(unconstify(TargetEntry *, lead));

	argument->resno = 2;
	argument->ressortgroupref = 0;
	journeys->aggfnoid = our_aggregate("scorecard_journeys");
	journeys->aggargtypes = lappend_oid(journeys->aggargtypes, exprType((Node *) argument->expr));
	journeys->args = lappend(journeys->args, argument);
	journeys->inputcollid = exprCollation((Node *) argument->expr);
	return journeys;
}

const char *
rollup_keep_by_lead(TargetEntry *card, List *keys, TargetEntry **lead, RollupJourneys *journeys)
{
	List	   *kept = NIL;
	Aggref	   *found = NULL;
	Aggref	   *calls;
	char	   *name = "lead";
	ListCell   *cell;

	*lead = NULL;
	*journeys = ROLLUP_NO_JOURNEYS;
	foreach(cell, summands((Node *) card->expr))
	{
		if (!is_ours(lfirst(cell), "scorecard_journeys"))
			continue;
		if (found != NULL)
			return "scorecard_journeys twice";
		found = lfirst(cell);
	}
	if (found == NULL)
		return NULL;
	if (found->aggdistinct != NIL)
		return "DISTINCT";
	if (found->aggorder != NIL)
		return "ORDER BY";
	calls = as_calls(found);
	*journeys = ROLLUP_JOURNEYS;
	foreach(cell, summands((Node *) card->expr))
	{
		Node	   *node = lfirst(cell);

		if (is_ours(node, "scorecard_leads"))
			return "scorecard_leads beside scorecard_journeys";
		if (equal(node, calls))
			*journeys = ROLLUP_JOURNEYS_AND_CALLS;
		else if (is_ours(node, "scorecard_calls"))
			return "scorecard_calls of other rows than those of scorecard_journeys";
		else if (node != (Node *) found)
			kept = lappend(kept, node);
	}
	card->expr = (Expr *) sum_of(lappend(kept, calls));
	foreach(cell, keys)
	{
		if (strcmp(lfirst_node(TargetEntry, cell)->resname, name) == 0)
		{
			name = psprintf("%s_", name);
			cell = list_head(keys);
		}
	}
	*lead = makeTargetEntry(((TargetEntry *) lsecond(found->args))->expr, 1, pstrdup(name), false);
	return NULL;
}

bool
rollup_ends_with_calls(Node *card)
{
	return is_ours(llast(summands(card)), "scorecard_calls");
}

char *
rollup_card_text(const RollupDefinition *definition)
{
	TargetEntry *card = copyObject(llast_node(TargetEntry, definition->reading.shown));
	List	   *nodes;
	Aggref	   *calls;

	if (OidIsValid(definition->leads))
	{
		nodes = summands((Node *) card->expr);
		calls = llast_node(Aggref, nodes);
		if (!definition->calls)
			nodes = list_truncate(nodes, list_length(nodes) - 1);
		nodes = lappend(nodes, as_journeys(calls, linitial(definition->reading.shown)));
		card->expr = (Expr *) sum_of(nodes);
	}
	return rollup_expression(card, definition->source);
}
