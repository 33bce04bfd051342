/*-------------------------------------------------------------------------
 *
 * raise.c
 *		Expressions that may raise an error for some of their values.
 *
 * Cells may be left of which the table has no rows any more, until they are
 * merged.  What raises for their keys must not be evaluated, since for the
 * table it is not.  Functions that leak nothing raise nothing, nor does what
 * b-trees are ordered by; of others, those are known here that are asked of
 * keys every day.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/catcache.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "answer/candidate.h"
#include "answer/grain.h"
#include "answer/raise.h"
#include "base/compat.h"
#include "rollup/rollup.h"

/* Of text: lower(), upper(), ||. */
static const Oid harmless[] = {870, 871, 1258};

/* For check_functions_in_node(). */
static bool
function_may_raise(Oid function, void *context pg_attribute_unused())
{
	for (int i = 0; i < (int) lengthof(harmless); i++)
	{
		if (harmless[i] == function)
			return false;
	}
	return !get_func_leakproof(function) && function != rollup_function("kpi_disposition_known");
}

/* Is it one of a b-tree's operators? */
static bool
compares(Oid operator)
{
	CatCList   *list = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(operator));
	bool		found = false;

	for (int i = 0; i < list->n_members && !found; i++)
		found = ((Form_pg_amop) GETSTRUCT(&list->members[i]->tuple))->amopmethod == BTREE_AM_OID;
	ReleaseSysCacheList(list);
	return found;
}

typedef struct Known
{
	const List *keys;			/* of CandidateKey */
	const List *conditions;		/* that hold wherever the expression is evaluated */
} Known;

/* The side of a comparison on which a column is, which a constant is compared to; or -1. */
static int
compared(const OpExpr *op, const Var *column)
{
	for (int side = 0; side < 2 && list_length(op->args) == 2; side++)
	{
		const Const *constant = list_nth(op->args, 1 - side);

		if (equal(list_nth(op->args, side), column) && IsA(constant, Const) && constant->consttype == DATEOID && !constant->constisnull)
			return side;
	}
	return -1;
}

/*
 * Are all its dates within the range of times?  Those of times are, and those
 * between two constants that are: years have to spare at both ends.
 */
static bool
is_time(const Var *date, const Known *known)
{
	DateADT		first = date2j(-4000, 1, 1) - POSTGRES_EPOCH_JDATE;
	DateADT		last = date2j(290000, 1, 1) - POSTGRES_EPOCH_JDATE;
	Oid			family = lookup_type_cache(DATEOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	bool		from = false;
	bool		to = false;
	const ListCell *cell;

	if (!IsA(date, Var))
		return false;
	foreach(cell, known->keys)
	{
		const CandidateKey *key = lfirst(cell);

		if (key->attno == date->varattno && grain_of(key->expr).is_date)
			return true;
	}
	foreach(cell, known->conditions)
	{
		const OpExpr *op = lfirst(cell);
		int			side = IsA(op, OpExpr) ? compared(op, date) : -1;
		int			strategy;
		DateADT		bound;

		if (side < 0)
			continue;
		strategy = get_op_opfamily_strategy(side == 0 ? op->opno : get_commutator(op->opno), family);
		bound = DatumGetDateADT(((const Const *) list_nth(op->args, 1 - side))->constvalue);
		if (bound < first || bound > last)
			continue;
		from |= strategy == BTGreaterStrategyNumber || strategy == BTGreaterEqualStrategyNumber || strategy == BTEqualStrategyNumber;
		to |= strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber || strategy == BTEqualStrategyNumber;
	}
	return from && to;
}

static bool
raises(Node *node, void *context)
{
	bool		harmless_itself = false;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_OpExpr:
			harmless_itself = compares(((OpExpr *) node)->opno);
			break;
		case T_DistinctExpr:
			/* is told apart by its type's equality */
			harmless_itself = true;
			break;
		case T_ScalarArrayOpExpr:
			harmless_itself = compares(((ScalarArrayOpExpr *) node)->opno);
			break;
		case T_FuncExpr:
			/* a time that was truncated before is within the range of its type */
			harmless_itself = grain_function_time(node) != NULL ||
				(grain_is_time_of_date(node) && is_time(linitial(((FuncExpr *) node)->args), context));
			break;
		case T_CoerceViaIO:
			/* what is written as text, is */
			harmless_itself = ((CoerceViaIO *) node)->resulttype == TEXTOID || ((CoerceViaIO *) node)->resulttype == VARCHAROID;
			break;
		case T_CoerceToDomain:
		case T_ArrayCoerceExpr:
			return true;
		default:
			break;
	}
	if (!harmless_itself && check_functions_in_node(node, function_may_raise, NULL))
		return true;
	return expression_tree_walker(node, raises, context);
}

bool
may_raise(Node *node, const Candidate *candidate, const List *conditions)
{
	Known		known = {.keys = candidate->keys, .conditions = conditions};

	return raises(node, &known);
}
