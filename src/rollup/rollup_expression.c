/*-------------------------------------------------------------------------
 *
 * rollup_expression.c
 *		What the keys and the card of a roll-up may be.
 *
 * The value of an expression when a row goes must be the one that it had when
 * the row came, or what was added to one cell would be taken from another.  So
 * it may depend on the row alone, and on settings that the roll-up keeps.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "rollup/rollup.h"

/* An expression in the making. */
typedef struct Expression
{
	const char *what;			/* "key" or "card" */
	const char *text;			/* as the user wrote it */
	char	   *query;			/* and as it is parsed */
	Relation	source;
	Oid			function;		/* kpi_rollup_create */
	bool		has_column;
	bool		has_setting;	/* calls what the roll-up's settings make sure */
} Expression;

#define OF_ROLLUP "in %s \"%s\" of a roll-up"

/* Errors of the parser point into the text of the expression. */
static void
point_into(void *arg)
{
	Expression *expression = arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(expression->query);
	}
	errcontext("%s \"%s\" of a roll-up", expression->what, expression->text);
}

pg_noreturn pg_noinline static void
refuse(const Expression *expression, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot use %s " OF_ROLLUP, what, expression->what, expression->text)));
}

/* One expression, with or without a name, and nothing else. */
static ResTarget *
only_target(const Expression *expression, List *statements)
{
	SelectStmt *select;
	SelectStmt	plain = {0};
	List	   *targets;

	if (list_length(statements) == 1)
	{
		select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
		if (IsA(select, SelectStmt) && list_length(select->targetList) == 1)
		{
			/* all else is as the parser leaves it where nothing is said */
			targets = select->targetList;
			plain = *select;
			plain.targetList = NIL;
			if (equal(&plain, makeNode(SelectStmt)))
				return linitial_node(ResTarget, targets);
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("%s \"%s\" of a roll-up is not one expression",
					expression->what, expression->text)));
}

/* The expression as the SELECT list of a query over the source has it. */
static TargetEntry *
analyze(Expression *expression)
{
	ErrorContextCallback callback;
	SelectStmt *select = makeNode(SelectStmt);
	RawStmt    *raw = makeNode(RawStmt);
	ResTarget  *target;
	Query	   *query;
	TargetEntry *entry;

	callback.callback = point_into;
	callback.arg = expression;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	expression->query = psprintf("SELECT %s", expression->text);
	target = only_target(expression, pg_parse_query(expression->query));
	select->targetList = list_make1(target);
	select->fromClause = list_make1(makeRangeVar(get_namespace_name(RelationGetNamespace(expression->source)),
												 pstrdup(RelationGetRelationName(expression->source)), -1));
	raw->stmt = (Node *) select;
	query = analyze_query(raw, expression->query);
	error_context_stack = callback.previous;

	/* a star is many; what a window is ordered by is not in the list */
	if (list_length(query->targetList) > 1 &&
		!lsecond_node(TargetEntry, query->targetList)->resjunk)
		refuse(expression, "\"*\"");
	entry = linitial_node(TargetEntry, query->targetList);
	if (strcmp(expression->what, "card") == 0 && target->name != NULL &&
		strcmp(target->name, "card") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the card of a roll-up cannot be named \"%s\"", target->name),
				 errdetail("It is named \"card\".")));
	return entry;
}

/*
 * What is stable because it reads the time zone, or how dates are written:
 * settings that a roll-up keeps.  Input functions are not among them, since
 * 'now' and 'today' are input.
 */
static bool
reads_settings_only(Form_pg_proc function)
{
	static const char *const names[] = {
		"date", "date_out", "date_part", "date_trunc", "extract",
		"date_add", "date_subtract", "interval_out", "interval_pl_timestamptz",
		"make_timestamptz", "time", "timestamp", "timestamp_out", "timestamptz",
		"timestamptz_mi_interval", "timestamptz_out",
		"timestamptz_pl_interval", "timetz", "to_char"
	};
	static const char *const compared[] = {
		"date_%s_timestamptz", "timestamp_%s_timestamptz",
		"timestamptz_%s_date", "timestamptz_%s_timestamp"
	};
	static const char *const comparisons[] = {
		"lt", "le", "eq", "ge", "gt", "ne", "cmp"
	};
	const char *name = NameStr(function->proname);

	if (function->pronamespace != PG_CATALOG_NAMESPACE)
		return false;
	/* to_char of a number reads the locale's money */
	if (strcmp(name, "to_char") == 0 &&
		TypeCategory(function->proargtypes.values[0]) != TYPCATEGORY_DATETIME &&
		TypeCategory(function->proargtypes.values[0]) != TYPCATEGORY_TIMESPAN)
		return false;
	for (int i = 0; i < (int) lengthof(names); i++)
	{
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	for (int i = 0; i < (int) lengthof(compared); i++)
	{
		for (int j = 0; j < (int) lengthof(comparisons); j++)
		{
			char		full[NAMEDATALEN];

			snprintf(full, sizeof(full), compared[i], comparisons[j]);
			if (strcmp(name, full) == 0)
				return true;
		}
	}
	return false;
}

pg_noreturn pg_noinline static void
not_immutable(const Expression *expression, const char *function)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("cannot use %s " OF_ROLLUP ", because it is not immutable",
					function, expression->what, expression->text),
			 errdetail("What is added when a row comes must be what is taken away when it goes."),
			 errhint("Keep the value in a column of \"%s\", and use that.",
					 RelationGetRelationName(expression->source))));
}

/* For check_functions_in_node(): never true, but it may raise. */
static bool
check_function(Oid function, void *context)
{
	Expression *expression = context;
	HeapTuple	tuple;
	Form_pg_proc form;
	bool		settings_only;

	if (func_volatile(function) == PROVOLATILE_IMMUTABLE)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	settings_only = form->provolatile == PROVOLATILE_STABLE && reads_settings_only(form);
	ReleaseSysCache(tuple);
	if (!settings_only)
		not_immutable(expression, psprintf("function %s", format_procedure(function)));
	expression->has_setting = true;
	return false;
}

/* An expression over one row of the source. */
static bool
check_row_expression(Node *node, void *context)
{
	Expression *expression = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			{
				Var		   *var = (Var *) node;

				if (var->varattno < 0)
					refuse(expression, "a system column");
				if (var->varattno == 0)
					refuse(expression, "a whole row");
				if (attribute_is_virtual(TupleDescAttr(RelationGetDescr(expression->source),
													   var->varattno - 1)))
					refuse(expression, "a virtual generated column");
				expression->has_column = true;
				break;
			}
		case T_SubLink:
			refuse(expression, "a subquery");
		case T_Aggref:
		case T_GroupingFunc:
			refuse(expression, strcmp(expression->what, "key") == 0 ? "an aggregate" :
				   "an aggregate within another");
		case T_WindowFunc:
			refuse(expression, "a window function");
		case T_SQLValueFunction:
			not_immutable(expression, "CURRENT_DATE, CURRENT_USER or another of their kind");
		case T_FuncExpr:
			if (((FuncExpr *) node)->funcretset)
				refuse(expression, "a function that returns a set");
			break;
		case T_OpExpr:
			if (((OpExpr *) node)->opretset)
				refuse(expression, "an operator that returns a set");
			break;
		default:
			break;
	}
	check_functions_in_node(node, check_function, expression);
	return expression_tree_walker(node, check_row_expression, context);
}

static void
check_row(Node *node, Expression *expression)
{
	expression->has_setting = false;
	check_row_expression(node, expression);
	/* what is stable without being a function, such as some forms of JSON */
	if (!expression->has_setting && contain_mutable_functions(node))
		not_immutable(expression, "what depends on settings");
}

/* Is it a member of the extension that has the function? */
static bool
ours(const Expression *expression, Oid class, Oid object)
{
	Oid			extension = getExtensionOfObject(ProcedureRelationId, expression->function);

	return OidIsValid(extension) && getExtensionOfObject(class, object) == extension;
}

/*
 * A sum of scorecard aggregates.  A sum over all rows is then the sum of the
 * sums over any parts of them, which is all that a roll-up knows.
 */
static void
check_card(Node *node, Expression *expression)
{
	if (IsA(node, OpExpr) && ours(expression, OperatorRelationId, ((OpExpr *) node)->opno) &&
		strcmp(get_opname(((OpExpr *) node)->opno), "+") == 0)
	{
		ListCell   *cell;

		foreach(cell, ((OpExpr *) node)->args)
			check_card(lfirst(cell), expression);
		return;
	}
	if (IsA(node, Aggref) && ours(expression, ProcedureRelationId, ((Aggref *) node)->aggfnoid))
	{
		Aggref	   *aggregate = (Aggref *) node;
		char	   *name = get_func_name(aggregate->aggfnoid);
		ListCell   *cell;

		if (strcmp(name, "scorecard_journeys") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot use %s " OF_ROLLUP, name, expression->what, expression->text),
					 errdetail("A lead's journey is made of many calls, which need not come together."),
					 errhint("Keep a table with a row for each lead, and make a roll-up of it with scorecard_leads.")));
		if (strcmp(name, "rollup") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot use %s " OF_ROLLUP, name, expression->what, expression->text),
					 errhint("Make the roll-up of the rows that the scorecards were made of.")));
		if (aggregate->aggdistinct != NIL)
			refuse(expression, "DISTINCT");
		if (aggregate->aggorder != NIL)
			refuse(expression, "ORDER BY");
		foreach(cell, aggregate->args)
			check_row((Node *) lfirst_node(TargetEntry, cell)->expr, expression);
		check_row((Node *) aggregate->aggfilter, expression);
		return;
	}
	/* say what is wrong with it, if it is something in particular */
	if (!IsA(node, Aggref) && !contain_aggs_of_level(node, 0))
		check_row(node, expression);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("card \"%s\" of a roll-up is not a sum of scorecard aggregates", expression->text),
			 errhint("Such as scorecard_calls(outcome) + scorecard_time(talk, handle, worked).")));
}

static void
check_key(TargetEntry *entry, Expression *expression, List *before)
{
	Node	   *node = (Node *) entry->expr;
	Oid			collation = exprCollation(node);
	TypeCacheEntry *type;
	ListCell   *cell;

	check_row(node, expression);
	if (!expression->has_column)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("key \"%s\" of a roll-up uses no column of \"%s\"",
						expression->text, RelationGetRelationName(expression->source))));
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("key \"%s\" of a roll-up has a nondeterministic collation", expression->text),
				 errhint("Add COLLATE with another one, such as \"C\".")));
	type = lookup_type_cache(exprType(node), TYPECACHE_HASH_EXTENDED_PROC | TYPECACHE_EQ_OPR);
	if (get_typtype(type->type_id) == TYPTYPE_PSEUDO ||
		!OidIsValid(type->hash_extended_proc) || !OidIsValid(type->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("key \"%s\" of a roll-up is of type %s, which cannot be hashed",
						expression->text, format_type_be(exprType(node))),
				 errhint("Cast it to another type.")));
	if (strcmp(entry->resname, "card") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("a key of a roll-up cannot be named \"card\""),
				 errhint("Name it with AS.")));
	foreach(cell, before)
	{
		if (strcmp(lfirst_node(TargetEntry, cell)->resname, entry->resname) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("two keys of a roll-up are named \"%s\"", entry->resname),
					 errhint("Name them with AS.")));
	}
}

List *
rollup_analyze(Oid function, Relation source, ArrayType *keys, const char *card)
{
	Expression	expression = {.source = source, .function = function};
	List	   *entries = NIL;
	Datum	   *texts;
	bool	   *nulls;
	int			n;
	TargetEntry *entry;

	deconstruct_array(keys, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &n);
	if (n > ROLLUP_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("a roll-up has at most %d keys", ROLLUP_MAX_KEYS)));
	expression.what = "key";
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("key %d of a roll-up is NULL", i + 1)));
		expression.text = TextDatumGetCString(texts[i]);
		expression.has_column = false;
		entry = analyze(&expression);
		check_key(entry, &expression, entries);
		entries = lappend(entries, entry);
	}

	expression.what = "card";
	expression.text = card;
	entry = analyze(&expression);
	if (exprType((Node *) entry->expr) !=
		GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("scorecard"),
						ObjectIdGetDatum(kpi_schema(function))))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("card \"%s\" of a roll-up is of type %s, not scorecard",
						card, format_type_be(exprType((Node *) entry->expr)))));
	check_card((Node *) entry->expr, &expression);
	return lappend(entries, entry);
}

List *
rollup_definition(Oid view)
{
	Relation	rel = relation_open(view, AccessShareLock);
	Query	   *query;
	List	   *entries = NIL;
	ListCell   *cell;

	if (rel->rd_rel->relkind != RELKIND_VIEW)
		elog(ERROR, "\"%s\" is not a view", RelationGetRelationName(rel));
	query = copyObject(get_view_query(rel));
	if (list_length(query->jointree->fromlist) != 1 || query->setOperations != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" does not define a roll-up any more",
						RelationGetRelationName(rel)),
				 errhint("Drop the roll-up with kpi_rollup_drop, and make it again.")));
	foreach(cell, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		entry->expr = (Expr *) ungrouped_expression(query, (Node *) entry->expr);
		/* the source is the only relation, wherever in the range table */
		ChangeVarNodes((Node *) entry->expr,
					   linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex, 1, 0);
		entries = lappend(entries, entry);
	}
	relation_close(rel, AccessShareLock);
	return entries;
}

char *
rollup_expression(TargetEntry *entry, Oid source)
{
	return deparse_expression((Node *) entry->expr,
							  deparse_context_for(get_rel_name(source), source),
							  false, false);
}
