/*-------------------------------------------------------------------------
 *
 * rollup_names.c
 *		What expressions of live roll-ups name, and how they are written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

Oid
rollup_function(const char *name)
{
	Oid			schema = get_namespace_oid(KPI_INTERNAL, true);
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	Oid			function = InvalidOid;

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (form->pronamespace == schema)
			function = form->oid;
	}
	ReleaseSysCacheList(list);
	if (!OidIsValid(function))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s.%s does not exist", KPI_INTERNAL, name)));
	return function;
}

bool
rollup_ours(Oid class, Oid object)
{
	Oid			extension = getExtensionOfObject(ProcedureRelationId, rollup_function("kpi_rollup_definition"));

	return OidIsValid(extension) && getExtensionOfObject(class, object) == extension;
}

bool
rollup_is_sum(Node *node)
{
	return IsA(node, OpExpr) && rollup_ours(OperatorRelationId, ((OpExpr *) node)->opno) &&
		strcmp(get_opname(((OpExpr *) node)->opno), "+") == 0 && list_length(((OpExpr *) node)->args) == 2;
}

char *
rollup_expression(TargetEntry *entry, Oid source)
{
	return deparse_expression((Node *) entry->expr,
							  deparse_context_for(get_rel_name(source), source),
							  false, false);
}
