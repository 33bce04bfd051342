/*-------------------------------------------------------------------------
 *
 * rollup_row.c
 *		What one row of a source comes to, without a plan.
 *
 * A statement of one row spends more time on getting a plan over its transition
 * table under way, and on ending it, than on all that the plan does.  So what
 * the expressions need is made once and kept as long as plans are, and a row's
 * keys and card are computed from it.  It is the same: functions are called
 * with the same values, the same rights and the same settings, and aggregates
 * for each statement anew.
 *
 * Not everything may be kept so long.  A function in SQL or in a procedural
 * language expects a query around it, and a domain runs checks that are anybody's.
 * What is kept is of the server's own functions and of kpi's, over columns;
 * where there is anything else, the plan is what there is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/objectaccess.h"
#include "catalog/partition.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_agg.h"
#include "rewrite/rewriteManip.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "rollup/rollup.h"

/* An aggregate in the card. */
typedef struct RowAggregate
{
	ExprState  *filter;			/* NULL for none */
	int			narguments;
	ExprState **arguments;
	FmgrInfo	transition;
	FmgrInfo	final;			/* without an OID where there is none */
	Oid			collation;
	Datum		initial;
	bool		initial_null;
	bool		by_value;		/* the state */
	int16		length;
} RowAggregate;

struct RollupRow
{
	MemoryContext context;
	RollupNeeds needs;
	int			forms;			/* RollupForms that make a difference */
	int			nkeys;
	ExprState **keys;
	int			naggregates;
	RowAggregate *aggregates;
	TupleTableSlot *results;	/* of the aggregates */
	ExprState  *card;			/* over them; NULL where it is the one there is */
	AggState   *caller;			/* of their functions */
};

/*
 * What can be kept
 */

static bool
is_plain_type(Oid type)
{
	char		kind = get_typtype(type);

	return (kind == TYPTYPE_BASE || kind == TYPTYPE_ENUM) && !OidIsValid(get_element_type(type));
}

/*
 * Has a type functions that are anybody's?  The server's own functions of
 * arrays, ranges and rows call those of what is in them.
 */
static bool
is_foreign_type(Oid type)
{
	Oid			element;

	type = getBaseType(type);
	element = get_element_type(type);
	if (OidIsValid(element))
		type = getBaseType(element);
	return type >= FirstNormalObjectId && get_typtype(type) != TYPTYPE_ENUM &&
		getExtensionOfObject(TypeRelationId, type) != get_extension_oid("kpi", true);
}

/*
 * Does a stable function depend on the time zone, and on no other setting?  Those
 * that compute with points in time do; those that read or write text have more.
 */
static bool
reads_zone_only(Form_pg_proc form)
{
	static const char *const with_text[] = {"date_part", "date_trunc", "extract"};
	bool		text = false;

	for (int i = 0; i < (int) lengthof(with_text); i++)
		text = text || strcmp(NameStr(form->proname), with_text[i]) == 0;
	for (int i = -1; i < form->pronargs; i++)
	{
		switch (i < 0 ? form->prorettype : form->proargtypes.values[i])
		{
			case BOOLOID:
			case INT4OID:
			case FLOAT8OID:
			case NUMERICOID:
			case DATEOID:
			case TIMEOID:
			case TIMETZOID:
			case TIMESTAMPOID:
			case TIMESTAMPTZOID:
			case INTERVALOID:
				break;
			case TEXTOID:
				if (!text || i < 0)
					return false;
				break;
			default:
				return false;
		}
	}
	return true;
}

/* Is it not one whose calls can be kept for others' statements?  Else, what it needs. */
static bool
is_foreign(Oid function, void *context)
{
	RollupNeeds *needs = context;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		foreign;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	foreign = form->proretset ||
		(form->prolang == INTERNALlanguageId ? form->provolatile == PROVOLATILE_VOLATILE :
		 form->prolang != ClanguageId || form->provolatile != PROVOLATILE_IMMUTABLE ||
		 getExtensionOfObject(ProcedureRelationId, function) != get_extension_oid("kpi", true));
	if (form->provolatile != PROVOLATILE_IMMUTABLE)
		*needs = Max(*needs, reads_zone_only(form) ? ROLLUP_NEEDS_ZONE : ROLLUP_NEEDS_SETTINGS);
	ReleaseSysCache(tuple);
	return foreign;
}

typedef struct Finding
{
	int			varno;			/* whose columns there may be */
	RollupNeeds *needs;
} Finding;

/* Is there anything in an expression that cannot be kept? */
static bool
has_foreign(Node *node, void *context)
{
	const Finding *finding = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			return (int) ((Var *) node)->varno != finding->varno || ((Var *) node)->varlevelsup > 0 ||
				((Var *) node)->varattno <= 0;
		case T_CoerceViaIO:
			if (!is_plain_type(exprType(node)) || !is_plain_type(exprType((Node *) ((CoerceViaIO *) node)->arg)))
				return true;
			/* how a value is written is a matter of settings, whatever is said of the function */
			*finding->needs = ROLLUP_NEEDS_SETTINGS;
			break;
		case T_Const:
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_BoolExpr:
		case T_RelabelType:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_List:
			break;
		default:
			return true;
	}
	/* what such functions call by a name is not to be found where who writes looks */
	if (!IsA(node, List) && !IsA(node, CaseWhen) && is_foreign_type(exprType(node)))
		*finding->needs = ROLLUP_NEEDS_SETTINGS;
	return check_functions_in_node(node, is_foreign, finding->needs) ||
		expression_tree_walker(node, has_foreign, context);
}

/* An expression, ready to be evaluated; NULL where it cannot be kept. */
static ExprState *
prepare(RollupRow *row, Expr *expr, int varno)
{
	Finding		finding = {varno, &row->needs};
	Node	   *node = eval_const_expressions(NULL, (Node *) expr);

	fix_opfuncids(node);
	if (has_foreign(node, &finding))
		return NULL;
	row->forms |= rollup_forms(node);
	if (row->forms & ROLLUP_FORM_ZONE)
		row->needs = Max(row->needs, ROLLUP_NEEDS_ZONE);
	return ExecInitExpr((Expr *) node, NULL);
}

/* Takes the aggregates out of a card, and puts columns in their place. */
static Node *
take_aggregates(Node *node, void *context)
{
	List	  **found = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Aggref))
	{
		Aggref	   *aggref = (Aggref *) node;

		*found = lappend(*found, aggref);
		return (Node *) makeVar(OUTER_VAR, list_length(*found), aggref->aggtype, -1, aggref->aggcollid, 0);
	}
	return expression_tree_mutator(node, take_aggregates, context);
}

static bool
may_execute(Oid function, Oid role)
{
	if (function_rights(function, role) != ACLCHECK_OK)
		return false;
	InvokeFunctionExecuteHook(function);
	return true;
}

static Oid
function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* The functions of an aggregate and its initial value; false as below. */
static bool
prepare_functions(RollupRow *row, RowAggregate *aggregate, const Aggref *aggref,
				  const FormData_pg_aggregate *form, const Datum *written)
{
	Oid			owner = function_owner(aggref->aggfnoid);
	Oid			types[FUNC_MAX_ARGS];
	int			n = get_aggregate_argtypes(unconstify(Aggref *, aggref), types);
	Oid			state = resolve_aggregate_transtype(aggref->aggfnoid, form->aggtranstype, types, n);
	Expr	   *transition;
	Expr	   *final;

	if (form->aggfinalextra || n != aggregate->narguments ||
		!may_execute(aggref->aggfnoid, GetUserId()) || !may_execute(form->aggtransfn, owner) ||
		is_foreign(form->aggtransfn, &row->needs) ||
		(OidIsValid(form->aggfinalfn) && (!may_execute(form->aggfinalfn, owner) || is_foreign(form->aggfinalfn, &row->needs))))
		return false;
	get_typlenbyval(state, &aggregate->length, &aggregate->by_value);
	build_aggregate_transfn_expr(types, n, 0, false, state, aggref->inputcollid,
								 form->aggtransfn, InvalidOid, &transition, NULL);
	fmgr_info(form->aggtransfn, &aggregate->transition);
	fmgr_info_set_expr((Node *) transition, &aggregate->transition);
	if (OidIsValid(form->aggfinalfn))
	{
		build_aggregate_finalfn_expr(types, 1, state, aggref->aggtype, aggref->inputcollid,
									 form->aggfinalfn, &final);
		fmgr_info(form->aggfinalfn, &aggregate->final);
		fmgr_info_set_expr((Node *) final, &aggregate->final);
	}
	aggregate->initial_null = written == NULL;
	if (written != NULL)
	{
		Oid			input;
		Oid			parameter;

		getTypeInputInfo(state, &input, &parameter);
		aggregate->initial = OidInputFunctionCall(input, TextDatumGetCString(*written), parameter, -1);
	}
	/* a strict function may take its first argument for the state: kpi's do not */
	return !aggregate->initial_null || !aggregate->transition.fn_strict;
}

/* False where it cannot be kept. */
static bool
prepare_aggregate(RollupRow *row, RowAggregate *aggregate, const Aggref *aggref)
{
	HeapTuple	tuple;
	Datum		written;
	bool		isnull;
	bool		fits;
	ListCell   *cell;

	if (aggref->aggkind != AGGKIND_NORMAL || aggref->aggvariadic || aggref->aggorder != NIL ||
		aggref->aggdistinct != NIL || aggref->aggdirectargs != NIL || aggref->agglevelsup > 0)
		return false;
	memset(aggregate, 0, sizeof(RowAggregate));
	if (aggref->aggfilter != NULL && (aggregate->filter = prepare(row, aggref->aggfilter, 1)) == NULL)
		return false;
	aggregate->arguments = palloc(sizeof(ExprState *) * Max(list_length(aggref->args), 1));
	foreach(cell, aggref->args)
	{
		ExprState  *argument = prepare(row, lfirst_node(TargetEntry, cell)->expr, 1);

		if (argument == NULL)
			return false;
		aggregate->arguments[aggregate->narguments++] = argument;
	}
	aggregate->collation = aggref->inputcollid;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	written = SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval, &isnull);
	fits = prepare_functions(row, aggregate, aggref, (Form_pg_aggregate) GETSTRUCT(tuple), isnull ? NULL : &written);
	ReleaseSysCache(tuple);
	return fits;
}

/* The card, over its aggregates; false where it cannot be kept. */
static bool
prepare_card(RollupRow *row, Expr *expr)
{
	List	   *aggregates = NIL;
	Node	   *card = take_aggregates((Node *) expr, &aggregates);
	TupleDesc	desc;
	ListCell   *cell;

	if (aggregates == NIL)
		return false;
	row->aggregates = palloc(sizeof(RowAggregate) * list_length(aggregates));
	desc = CreateTemplateTupleDesc(list_length(aggregates));
	foreach(cell, aggregates)
	{
		const Aggref *aggref = lfirst_node(Aggref, cell);

		if (!prepare_aggregate(row, &row->aggregates[row->naggregates++], aggref))
			return false;
		TupleDescInitEntry(desc, row->naggregates, NULL, aggref->aggtype, -1, 0);
	}
	tuple_desc_finalize(desc);
	row->results = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	if (IsA(card, Var))
		return true;
	row->card = prepare(row, (Expr *) card, OUTER_VAR);
	return row->card != NULL;
}

RollupRow *
rollup_row_new(const RollupDefinition *definition, Relation relation)
{
	RollupRow  *row = palloc0(sizeof(RollupRow));
	List	   *entries = copyObject(definition->entries);

	if (definition->source != RelationGetRelid(relation))
	{
		Relation	source = relation_open(definition->source, AccessShareLock);

		entries = map_partition_varattnos(entries, 1, relation, source);
		relation_close(source, AccessShareLock);
	}
	row->context = CurrentMemoryContext;
	row->nkeys = definition->nkeys;
	row->keys = palloc(sizeof(ExprState *) * Max(row->nkeys, 1));
	for (int i = 0; i < row->nkeys; i++)
	{
		row->keys[i] = prepare(row, list_nth_node(TargetEntry, entries, i)->expr, 1);
		if (row->keys[i] == NULL)
			return NULL;
	}
	row->caller = makeNode(AggState);
	/* AggCheckCallContext() reads no more of it */
	row->caller->curaggcontext = makeNode(ExprContext);
	return prepare_card(row, llast_node(TargetEntry, entries)->expr) ? row : NULL;
}

RollupNeeds
rollup_row_needs(const RollupRow *row)
{
	return row->needs;
}

int
rollup_row_forms(const RollupRow *row)
{
	return row->forms;
}

/*
 * A row
 */

static Datum
call(FmgrInfo *function, const RowAggregate *aggregate, RollupRow *row, NullableDatum *arguments, int n,
	 bool *isnull)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	Datum		value;

	InitFunctionCallInfoData(*fcinfo, function, n, aggregate->collation, (Node *) row->caller, NULL);
	memcpy(fcinfo->args, arguments, sizeof(NullableDatum) * n);
	value = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return value;
}

static bool
passes(ExprState *filter, ExprContext *context)
{
	bool		isnull;

	return filter == NULL || (DatumGetBool(ExecEvalExpr(filter, context, &isnull)) && !isnull);
}

/* Arguments 1 and on of a transition; false where the row is none of its. */
static bool
fill_arguments(const RowAggregate *aggregate, ExprContext *context, NullableDatum *arguments)
{
	for (int i = 0; i < aggregate->narguments; i++)
	{
		arguments[i + 1].value = ExecEvalExpr(aggregate->arguments[i], context, &arguments[i + 1].isnull);
		if (arguments[i + 1].isnull && aggregate->transition.fn_strict)
			return false;
	}
	return true;
}

static Datum
aggregate_row(RowAggregate *aggregate, RollupRow *row, ExprContext *context, bool *isnull)
{
	NullableDatum arguments[FUNC_MAX_ARGS];
	NullableDatum state;

	state.isnull = aggregate->initial_null;
	state.value = state.isnull ? (Datum) 0 : datumCopy(aggregate->initial, aggregate->by_value, aggregate->length);
	if (passes(aggregate->filter, context) && fill_arguments(aggregate, context, arguments))
	{
		arguments[0] = state;
		state.value = call(&aggregate->transition, aggregate, row, arguments, aggregate->narguments + 1, &state.isnull);
	}
	*isnull = state.isnull;
	if (!OidIsValid(aggregate->final.fn_oid) || (state.isnull && aggregate->final.fn_strict))
		return state.value;
	return call(&aggregate->final, aggregate, row, &state, 1, isnull);
}

void
rollup_row_evaluate(RollupRow *row, TupleTableSlot *slot, Datum *values, bool *nulls)
{
	ExprContext context = {
		.type = T_ExprContext,
		.ecxt_scantuple = slot,
		.ecxt_outertuple = row->results,
		.ecxt_per_query_memory = row->context,
		.ecxt_per_tuple_memory = CurrentMemoryContext
	};
	TupleTableSlot *results = row->results;

	for (int i = 0; i < row->nkeys; i++)
		values[i] = ExecEvalExpr(row->keys[i], &context, &nulls[i]);
	row->caller->curaggcontext->ecxt_per_tuple_memory = CurrentMemoryContext;
	/* an error may have left something */
	ExecClearTuple(results);
	for (int i = 0; i < row->naggregates; i++)
		results->tts_values[i] = aggregate_row(&row->aggregates[i], row, &context, &results->tts_isnull[i]);
	ExecStoreVirtualTuple(results);
	if (row->card == NULL)
	{
		values[row->nkeys] = results->tts_values[0];
		nulls[row->nkeys] = results->tts_isnull[0];
	}
	else
		values[row->nkeys] = ExecEvalExpr(row->card, &context, &nulls[row->nkeys]);
	ExecClearTuple(results);
}
