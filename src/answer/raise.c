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
#include "utils/lsyscache.h"
#include "utils/syscache.h"

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
			harmless_itself = grain_function_time(node) != NULL;
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
may_raise(Node *node)
{
	return raises(node, NULL);
}
