/*-------------------------------------------------------------------------
 *
 * rollup_definition.c
 *		What a roll-up holds: its keys and its card.
 *
 * The value of an expression when a row goes must be the one that it had when
 * the row came, or what was added to one cell would be taken from another.  So
 * it may depend on the row alone, and on settings that the roll-up keeps.
 *
 * A definition is read from where the server keeps it, as a tree, without a
 * lock on the view: anybody may have a view over anybody's table, and keep it
 * locked.  It is run as a tree, too, so that no name is looked up in the session
 * of who writes to the source.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "parser/parse_oper.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "rewrite/rewriteSupport.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
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
	bool		has_column;
	bool		has_setting;	/* calls what the roll-up's settings make sure */
} Expression;

#define MARKER "kpi_rollup_definition"

/* The marker's arguments: the view, the cells, the settings, strict, the count. */
enum
{
	MARKER_NAME, MARKER_CELLS, MARKER_SETTINGS,
	MARKER_STRICT = MARKER_SETTINGS + ROLLUP_SETTINGS, MARKER_COUNT, MARKER_ARGUMENTS
};

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

/*
 * A sum of scorecard aggregates.  A sum over all rows is then the sum of the
 * sums over any parts of them, which is all that a roll-up knows.
 */
static void
check_card(Node *node, Expression *expression)
{
	if (rollup_is_sum(node))
	{
		ListCell   *cell;

		foreach(cell, ((OpExpr *) node)->args)
			check_card(lfirst(cell), expression);
		return;
	}
	if (IsA(node, Aggref) && rollup_ours(ProcedureRelationId, ((Aggref *) node)->aggfnoid))
	{
		Aggref	   *aggregate = (Aggref *) node;
		char	   *name = get_func_name(aggregate->aggfnoid);
		ListCell   *cell;

		if (strcmp(name, "scorecard_journeys") == 0)
			refuse(expression, name);
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

	if (!rollup_has_code(node))
	{
		check_row(node, expression);
		if (!expression->has_column)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("key \"%s\" of a roll-up uses no column of \"%s\"",
							expression->text, RelationGetRelationName(expression->source))));
	}
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

static void
check_type_of_card(TargetEntry *entry, const Expression *expression)
{
	Oid			type = exprType((Node *) entry->expr);

	if (type != GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("scorecard"),
								ObjectIdGetDatum(kpi_schema(rollup_function(MARKER)))))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("card \"%s\" of a roll-up is of type %s, not scorecard",
						expression->text, format_type_be(type))));
}

static void
refuse_number_of_keys(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_TOO_MANY_COLUMNS),
			 errmsg("a roll-up has at most %d keys", ROLLUP_MAX_KEYS)));
}

/* What the cells keep of what is shown, whose keys are checked. */
static List *
check_kept(List *shown, Expression *expression, bool leads, RollupReading *reading)
{
	List	   *entries;
	const char *card = expression->text;
	ListCell   *cell;

	rollup_split(reading, shown, RelationGetRelid(expression->source), leads, &entries);
	if (list_length(entries) - 1 > ROLLUP_MAX_KEYS)
		refuse_number_of_keys();
	foreach(cell, entries)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (lnext(entries, cell) == NULL)
		{
			expression->what = "card";
			expression->text = card;
			check_card((Node *) entry->expr, expression);
		}
		else if (reading->mapped)
		{
			expression->what = "key";
			expression->text = rollup_expression(entry, RelationGetRelid(expression->source));
			expression->has_column = false;
			check_key(entry, expression, NIL);
		}
	}
	return entries;
}

List *
rollup_analyze(Relation source, ArrayType *keys, const char *card, RollupJourneys *journeys)
{
	Expression	expression = {.source = source};
	List	   *entries = NIL;
	RollupReading reading;
	Datum	   *texts;
	bool	   *nulls;
	int			n;
	TargetEntry *entry;
	TargetEntry *lead;
	const char *reason;

	*journeys = ROLLUP_NO_JOURNEYS;
	deconstruct_array(keys, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &n);
	if (n > ROLLUP_MAX_KEYS)
		refuse_number_of_keys();
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
	check_type_of_card(entry, &expression);
	reason = rollup_keep_by_lead(entry, entries, &lead, journeys);
	if (reason != NULL)
		refuse(&expression, reason);
	if (lead != NULL)
	{
		expression.has_column = false;
		check_key(lead, &expression, entries);
		if (n == ROLLUP_MAX_KEYS)
			refuse_number_of_keys();
		if (rollup_has_code((Node *) lead->expr))
			refuse(&expression, "disposition() for the lead of scorecard_journeys");
		entries = lcons(lead, entries);
	}
	entries = (List *) rollup_relent((Node *) lappend(entries, entry));
	(void) check_kept(entries, &expression, *journeys != ROLLUP_NO_JOURNEYS, &reading);
	return entries;
}

/*
 * A view that defines a roll-up
 */

/* The query of a view as the catalog has it; NULL where there is none. */
static Query *
stored_query(Oid view)
{
	Relation	rules = table_open(RewriteRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *queries = NIL;

	ScanKeyInit(&keys[0], Anum_pg_rewrite_ev_class, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(view));
	ScanKeyInit(&keys[1], Anum_pg_rewrite_rulename, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(ViewSelectRuleName));
	scan = systable_beginscan(rules, RewriteRelRulenameIndexId, true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		action = heap_getattr(tuple, Anum_pg_rewrite_ev_action,
										  RelationGetDescr(rules), &isnull);

		if (!isnull)
			queries = castNode(List, stringToNode(TextDatumGetCString(action)));
	}
	systable_endscan(scan);
	table_close(rules, AccessShareLock);
	return list_length(queries) == 1 ? linitial_node(Query, queries) : NULL;
}

typedef struct FindMarker
{
	Oid			function;
	FuncExpr   *found;
} FindMarker;

static bool
find_marker(Node *node, void *context)
{
	FindMarker *find = context;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == find->function)
	{
		find->found = (FuncExpr *) node;
		return true;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_marker, context, 0);
	return expression_tree_walker(node, find_marker, context);
}

/* The one table that the query reads; NULL for none, or more. */
static RangeTblEntry *
only_table(Query *query, int *index)
{
	List	   *from = query->jointree == NULL ? NIL : query->jointree->fromlist;
	RangeTblEntry *entry;

	if (query->setOperations != NULL || list_length(from) != 1 || !IsA(linitial(from), RangeTblRef))
		return NULL;
	*index = linitial_node(RangeTblRef, from)->rtindex;
	entry = rt_fetch(*index, query->rtable);
	return entry->rtekind == RTE_RELATION ? entry : NULL;
}

/* What stands around the count: tables of before, and where there are journeys. */
static bool
read_tables(RollupDefinition *definition)
{
	for (;;)
	{
		FuncExpr   *call = (FuncExpr *) definition->count;
		bool		leads;
		Const	   *table;
		Const	   *calls;

		if (!IsA(call, FuncExpr))
			return true;
		leads = call->funcid == rollup_function("kpi_rollup_leads");
		if (OidIsValid(definition->leads) || (!leads && call->funcid != rollup_function("kpi_rollup_before")))
			return true;
		table = linitial(call->args);
		if (!IsA(table, Const) || table->constisnull || !OidIsValid(DatumGetObjectId(table->constvalue)))
			return false;
		definition->count = llast(call->args);
		if (!leads)
		{
			definition->before = lappend_oid(definition->before, DatumGetObjectId(table->constvalue));
			continue;
		}
		calls = lsecond(call->args);
		if (!IsA(calls, Const) || calls->constisnull)
			return false;
		definition->leads = DatumGetObjectId(table->constvalue);
		definition->calls = DatumGetBool(calls->constvalue);
	}
}

bool
rollup_read_claim(Oid view, RollupDefinition *definition)
{
	FindMarker	find = {.function = rollup_function(MARKER)};
	RangeTblEntry *table;
	int			index;

	memset(definition, 0, sizeof(RollupDefinition));
	definition->query = stored_query(view);
	if (definition->query == NULL ||
		!query_tree_walker(definition->query, find_marker, &find, 0) ||
		list_length(find.found->args) != MARKER_ARGUMENTS)
		return false;
	for (int i = 0; i < MARKER_COUNT; i++)
	{
		Const	   *argument = list_nth(find.found->args, i);

		if (!IsA(argument, Const) || argument->constisnull ||
			argument->consttype != (i < MARKER_SETTINGS ? REGCLASSOID : i < MARKER_STRICT ? TEXTOID : BOOLOID))
			return false;
		if (i == MARKER_STRICT)
			definition->strict = DatumGetBool(argument->constvalue);
		else if (i >= MARKER_SETTINGS)
			definition->settings[i - MARKER_SETTINGS] = TextDatumGetCString(argument->constvalue);
		else if (i == MARKER_NAME)
			definition->name = DatumGetObjectId(argument->constvalue);
		else
			definition->cells = DatumGetObjectId(argument->constvalue);
	}
	definition->count = list_nth(find.found->args, MARKER_COUNT);
	if (!read_tables(definition))
		return false;
	table = only_table(definition->query, &index);
	definition->source = table == NULL ? InvalidOid : table->relid;
	return true;
}

/* Is there nothing in the query but what a definition has? */
static bool
is_plain(const RollupDefinition *definition, const RangeTblEntry *table)
{
	const Query *query = definition->query;
	const Aggref *count = (const Aggref *) definition->count;

	return query->commandType == CMD_SELECT && table->inh && table->tablesample == NULL &&
		query->cteList == NIL && query->jointree->quals == NULL &&
		!query->hasWindowFuncs && !query->hasTargetSRFs && !query->hasSubLinks &&
		query->groupingSets == NIL && query->distinctClause == NIL && query->sortClause == NIL &&
		query->limitOffset == NULL && query->limitCount == NULL && query->rowMarks == NIL &&
		query->havingQual != NULL && IsA(query->havingQual, FuncExpr) &&
		((FuncExpr *) query->havingQual)->funcid == rollup_function(MARKER) &&
		IsA(count, Aggref) && count->aggfnoid == F_COUNT_STAR && count->aggfilter == NULL &&
		count->aggdistinct == NIL && count->agglevelsup == 0;
}

pg_noreturn static void
refuse_definition(Oid view)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("view \"%s\" does not define a roll-up", get_rel_name(view)),
			 errdetail("A definition selects keys and a card from one table, grouped by the keys.")));
}

/* How to group by a key that is not among those of the view. */
static SortGroupClause *
hidden_group(TargetEntry *entry, Index reference)
{
	SortGroupClause *group = makeNode(SortGroupClause);

	get_sort_group_operators(exprType((Node *) entry->expr), false, true, false,
							 &group->sortop, &group->eqop, NULL, &group->hashable);
	group->tleSortGroupRef = entry->ressortgroupref = reference;
	return group;
}

/* How to group by the keys that the cells keep. */
static List *
kept_groups(List *entries, List *shown)
{
	List	   *groups = NIL;
	Index		last = 0;
	ListCell   *cell;

	foreach(cell, shown)
		last = Max(last, lfirst_node(SortGroupClause, cell)->tleSortGroupRef);
	foreach(cell, entries)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		SortGroupClause *group = NULL;
		ListCell   *other;

		if (lnext(entries, cell) == NULL)
			break;
		foreach(other, shown)
		{
			if (lfirst_node(SortGroupClause, other)->tleSortGroupRef == entry->ressortgroupref)
				group = lfirst_node(SortGroupClause, other);
		}
		groups = lappend(groups, group != NULL ? group : hidden_group(entry, ++last));
	}
	return groups;
}

/* A key that is another under a second name, as a lead may be: what is parsed again groups by it once. */
static bool
is_among(const TargetEntry *entry, const List *entries)
{
	ListCell   *cell;

	foreach(cell, entries)
	{
		if (equal(lfirst_node(TargetEntry, cell)->expr, entry->expr))
			return true;
	}
	return false;
}

void
rollup_read_definition(Oid view, Relation source, RollupDefinition *definition)
{
	Query	   *query = definition->query;
	Expression	expression = {.source = source};
	RangeTblEntry *table;
	List	   *shown = NIL;
	List	   *groups = NIL;
	int			nkeys;
	int			index;
	ListCell   *cell;

	table = only_table(query, &index);
	if (table == NULL || table->relid != RelationGetRelid(source) || !is_plain(definition, table) ||
		query->targetList == NIL)
		refuse_definition(view);
	nkeys = list_length(query->targetList) - 1;
	if (nkeys > ROLLUP_MAX_KEYS)
		refuse_number_of_keys();
	foreach(cell, query->targetList)
	{
		TargetEntry *entry = copyObject(lfirst_node(TargetEntry, cell));
		bool		is_card = foreach_current_index(cell) == nkeys;

		entry->expr = (Expr *) ungrouped_expression(query, (Node *) entry->expr);
		ChangeVarNodes((Node *) entry->expr, index, 1, 0);
		if (entry->resjunk || !bms_is_subset(pull_all_varnos((Node *) entry->expr), bms_make_singleton(1)))
			refuse_definition(view);
		expression.what = is_card ? "card" : "key";
		expression.text = rollup_expression(entry, definition->source);
		expression.has_column = false;
		if (is_card)
			check_type_of_card(entry, &expression);
		else
		{
			SortGroupClause *group = NULL;
			ListCell   *other;

			foreach(other, query->groupClause)
			{
				if (lfirst_node(SortGroupClause, other)->tleSortGroupRef == entry->ressortgroupref)
					group = lfirst_node(SortGroupClause, other);
			}
			if (group != NULL)
				groups = lappend(groups, copyObject(group));
			else if (!is_among(entry, shown))
				refuse_definition(view);
			check_key(entry, &expression, shown);
		}
		shown = lappend(shown, entry);
	}
	if (list_length(groups) != list_length(query->groupClause))
		refuse_definition(view);
	definition->entries = check_kept(shown, &expression, OidIsValid(definition->leads), &definition->reading);
	definition->nkeys = list_length(definition->entries) - 1;
	definition->groups = definition->reading.mapped ? kept_groups(definition->entries, groups) : groups;
	if (OidIsValid(definition->leads) &&
		(definition->nkeys == 0 || rollup_has_code((Node *) linitial_node(TargetEntry, shown)->expr) ||
		 !rollup_ends_with_calls((Node *) llast_node(TargetEntry, definition->entries)->expr)))
		refuse_definition(view);
}

ArrayType *
rollup_keys_text(const RollupDefinition *definition)
{
	List	   *shown = definition->reading.shown;
	int			hidden = ROLLUP_HIDDEN(definition);
	int			nkeys = list_length(shown) - 1 - hidden;
	Datum		keys[ROLLUP_MAX_KEYS];

	for (int i = 0; i < nkeys; i++)
	{
		TargetEntry *entry = list_nth(shown, i + hidden);
		char	   *text = rollup_expression(entry, definition->source);
		const char *name = quote_identifier(entry->resname);

		keys[i] = CStringGetTextDatum(strcmp(text, name) == 0 ? text : psprintf("%s AS %s", text, name));
	}
	return nkeys == 0 ? construct_empty_array(TEXTOID) :
		construct_array(keys, nkeys, TEXTOID, -1, false, TYPALIGN_INT);
}

/* Transition rows of a relation, as the parser makes them of their name. */
static RangeTblEntry *
transition_rows(Relation relation, const char *name)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	TupleDesc	desc = RelationGetDescr(relation);

	entry->rtekind = RTE_NAMEDTUPLESTORE;
	entry->relid = RelationGetRelid(relation);
	entry->enrname = pstrdup(name);
	entry->enrtuples = 1;
	entry->eref = makeAlias(name, NIL);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		bool		dropped = attribute->attisdropped;

		entry->eref->colnames = lappend(entry->eref->colnames,
										makeString(dropped ? pstrdup("") : pstrdup(NameStr(attribute->attname))));
		entry->coltypes = lappend_oid(entry->coltypes, dropped ? InvalidOid : attribute->atttypid);
		entry->coltypmods = lappend_int(entry->coltypmods, dropped ? 0 : attribute->atttypmod);
		entry->colcollations = lappend_oid(entry->colcollations, dropped ? InvalidOid : attribute->attcollation);
	}
	return entry;
}

PlannedStmt *
rollup_plan(const RollupDefinition *definition, Relation source, Relation relation, const char *rows)
{
	Query	   *query = makeNode(Query);
	RangeTblRef *reference = makeNode(RangeTblRef);
	int			index;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->hasAggs = true;
	reference->rtindex = 1;
	query->jointree = makeFromExpr(list_make1(reference), NULL);
	query->groupClause = copyObject(definition->groups);
	query->targetList = copyObject(definition->entries);
	if (rows == NULL)
		query_adopt_table(query, definition->query, only_table(definition->query, &index));
	else
	{
		query->rtable = list_make1(transition_rows(relation, rows));
		if (relation != source)
			query->targetList = map_partition_varattnos(query->targetList, 1, relation, source);
	}
	query->targetList = lappend(query->targetList,
								makeTargetEntry((Expr *) copyObject(definition->count),
												definition->nkeys + 2, pstrdup("n"), false));
	/* without keys there is one cell, and no cell without rows */
	if (definition->nkeys == 0)
		query->havingQual = copyObject(definition->query->havingQual);
	return plan_query(query, rows == NULL ? CURSOR_OPT_PARALLEL_OK : 0);
}
