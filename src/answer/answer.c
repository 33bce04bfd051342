/*-------------------------------------------------------------------------
 *
 * answer.c
 *		Roll-ups that answer for their tables: what kpi does while an
 *		aggregation of a table is planned that has roll-ups.
 *
 * The cells of the roll-up are grouped by a query of their own, which is made
 * here as a tree and planned as a part of the user's.  It sums up what was
 * added and what was removed over all cells of a group; what the cells hold
 * one by one is not needed.
 *
 * The right to read the cells is their owner's, as it is of the tables of a
 * view; the right to read the table is asked for as ever, since the table stays
 * in the query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "parser/parse_oper.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteDefine.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "answer/answer.h"
#include "answer/candidate.h"
#include "answer/match.h"
#include "answer/node.h"
#include "answer/raise.h"
#include "base/compat.h"
#include "base/schema.h"
#include "card/scorecard_code.h"
#include "plan/scan.h"

/* Of the server's own. */
#define SUM_OF_BIGINT		2107
#define SUM_OF_NUMERIC		2114
#define NUMERIC_GREATER		1756

/* What it costs to make a card of a group, in operators. */
#define CARD_OPERATORS		200

static bool enable_rollup_scan = true;
static create_upper_paths_hook_type previous_hook = NULL;

List	  **answer_advice = NULL;
MemoryContext answer_advice_context = NULL;

/*
 * What is asked
 */

/* Notes what is said of a roll-up, for who asks. */
static void
advise(Oid table, Oid rollup, bool answers, const char *reason)
{
	MemoryContext old;
	Advice	   *advice;

	if (answer_advice == NULL)
		return;
	old = MemoryContextSwitchTo(answer_advice_context);
	advice = palloc(sizeof(Advice));
	advice->table = table;
	advice->rollup = rollup;
	advice->answers = answers;
	advice->reason = pstrdup(reason);
	*answer_advice = lappend(*answer_advice, advice);
	MemoryContextSwitchTo(old);
}

static bool
defines_rollup(Node *node, void *marker)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == *(Oid *) marker)
		return true;
	return expression_tree_walker(node, defines_rollup, marker);
}

/* Why no roll-up can be asked; NULL, and the question, where one can. */
static const char *
question_of(PlannerInfo *root, RelOptInfo *table, RelOptInfo *grouped, GroupPathExtraData *extra, Question *question)
{
	Query	   *query = root->parse;
	RangeTblEntry *rte = planner_rt_fetch(table->relid, root);
	Oid			marker = rollup_function("kpi_rollup_definition");
	ListCell   *cell;

	if (defines_rollup((Node *) extra->havingQual, &marker))
		return "the query says what a roll-up is, from the table";
	if (query->commandType != CMD_SELECT || query->rowMarks != NIL || root->rowMarks != NIL)
		return "the query locks rows";
	if (query->groupingSets != NIL)
		return "the query has grouping sets";
	if (query->hasTargetSRFs)
		return "the query has functions that return sets";
	if (rte->tablesample != NULL)
		return "the query takes a sample of the table";
	if ((rte->relkind == RELKIND_PARTITIONED_TABLE) != rte->inh)
		return "the query asks for a part of the table only";
	if (rte->securityQuals != NIL)
		return "row-level security or a security barrier applies";
	if (!bms_is_empty(table->lateral_relids) || table->joininfo != NIL)
		return "the query joins the table before it aggregates";
	memset(question, 0, sizeof(Question));
	question->root = root;
	question->rti = table->relid;
	foreach(cell, table->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);

		if (info->security_level != 0)
			return "row-level security or a security barrier applies";
		question->conditions = lappend(question->conditions, info->clause);
	}
	foreach(cell, query->groupClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);

		if (!clause->hashable && !OidIsValid(clause->sortop))
			return "the query groups by what has neither an order nor a hash";
		question->keys = lappend(question->keys, get_sortgroupclause_expr(clause, extra->targetList));
	}
	question->target = grouped->reltarget->exprs;
	question->having = (List *) extra->havingQual;
	question->aggregates = aggregates_of(list_concat_copy(question->target, question->having));
	return NULL;
}

/*
 * What is asked of the cells
 */

static Var *
cells_column(Relation cells, const char *name)
{
	AttrNumber	attno = get_attnum(RelationGetRelid(cells), name);
	Form_pg_attribute attribute;

	if (attno == InvalidAttrNumber)
		elog(ERROR, "cells have no column \"%s\"", name);
	attribute = TupleDescAttr(RelationGetDescr(cells), attno - 1);
	return makeVar(1, attno, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0);
}

/* The aggregate rollup(scorecard). */
static Oid
card_sum(Oid scorecard)
{
	oidvector  *types = buildoidvector(&scorecard, 1);

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("rollup"), PointerGetDatum(types),
						   ObjectIdGetDatum(kpi_schema(rollup_function("kpi_rollup_definition"))));
}

static void
add_column(Query *query, Expr *expr, Index group)
{
	TargetEntry *entry = makeTargetEntry(expr, list_length(query->targetList) + 1,
										 psprintf("column%d", list_length(query->targetList) + 1), false);

	entry->ressortgroupref = group;
	query->targetList = lappend(query->targetList, entry);
}

static void
add_sum(Query *query, Oid function, Oid type, Expr *column, Node *filter)
{
	Aggref	   *sum = new_aggregate(function, type, list_make1(column));

	sum->aggfilter = copyObject((Expr *) filter);
	add_column(query, (Expr *) sum, 0);
}

/* What a card of the cells is, with what its codes stand for now. */
static Expr *
read_card(Var *column, const Answer *answer)
{
	Expr	   *card = (Expr *) column;
	Oid			type = column->vartype;
	ListCell   *cell;

	foreach(cell, answer->readings)
	{
		List	   *reading = lfirst(cell);
		Expr	   *outcome = copyObject(lsecond(reading));
		Expr	   *condition = copyObject(lthird(reading));
		char	   *names = card_sections_text((uint32) intVal(linitial(reading)));
		Const	   *sections = makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, CStringGetTextDatum(names), false, false);

		if (outcome != NULL && condition != NULL)
		{
			CaseExpr   *choice = makeNode(CaseExpr);
			CaseWhen   *when = makeNode(CaseWhen);

			when->expr = condition;
			when->result = outcome;
			when->location = -1;
			choice->casetype = exprType((Node *) outcome);
			choice->args = list_make1(when);
			choice->defresult = (Expr *) makeNullConst(choice->casetype, -1, InvalidOid);
			choice->location = -1;
			outcome = (Expr *) choice;
		}
		card = (Expr *) makeFuncExpr(rollup_function(outcome != NULL ? "kpi_scorecard_as" : "kpi_scorecard_where"), type,
									 list_make3(card, sections, outcome != NULL ? outcome : condition),
									 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	}
	return card;
}

static Oid
sum_of(const Var *rows)
{
	return rows->vartype == NUMERICOID ? SUM_OF_NUMERIC : SUM_OF_BIGINT;
}

/* The number of rows is above zero. */
static Node *
has_rows(Var *rows)
{
	Const	   *zero = makeConst(NUMERICOID, -1, InvalidOid, -1,
								 DirectFunctionCall1(int4_numeric, Int32GetDatum(0)), false, false);

	return (Node *) make_opclause(NUMERIC_GREATER, BOOLOID, false,
								  (Expr *) new_aggregate(sum_of(rows), NUMERICOID, list_make1(rows)),
								  (Expr *) zero, InvalidOid, InvalidOid);
}

static List *
column_names(Relation table)
{
	TupleDesc	desc = RelationGetDescr(table);
	List	   *names = NIL;

	for (int i = 0; i < desc->natts; i++)
		names = lappend(names, makeString(pstrdup(TupleDescAttr(desc, i)->attisdropped ? "" :
												  NameStr(TupleDescAttr(desc, i)->attname))));
	return names;
}

/* The rows of the cells. */
static Node *
add_cells(Query *query, const Candidate *candidate, Relation cells)
{
	NullTest   *no_note = makeNode(NullTest);
	RangeTblEntry *table;
	List	   *attnos = NIL;

	for (int i = 0; i < RelationGetDescr(cells)->natts; i++)
	{
		if (!TupleDescAttr(RelationGetDescr(cells), i)->attisdropped)
			attnos = lappend_int(attnos, i + 1);
	}
	table = query_add_table(query, cells, candidate->owner, attnos);
	table->eref = makeAlias(RelationGetRelationName(cells), column_names(cells));
	no_note->arg = (Expr *) cells_column(cells, "fault");
	no_note->nulltesttype = IS_NULL;
	no_note->location = -1;
	return (Node *) no_note;
}

/*
 * What leads come to, a row for each of the cells that are left.  The names in
 * the text are found as its owner, and read with his rights.
 */
static void
add_leads(Query *query, const Candidate *candidate)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *names = NIL;
	RollupActor actor;
	char	   *sql = rollup_leads_rows_sql(rollup_quoted(candidate->cells), rollup_quoted(candidate->leads),
											list_length(candidate->keys) - 1, candidate->calls);
	ListCell   *cell;

	rollup_act(&actor, candidate->owner, (char *const *) candidate->settings);
	rte->subquery = analyze_query(linitial_node(RawStmt, pg_parse_query(sql)), sql);
	rollup_stop(&actor);
	setRuleCheckAsUser((Node *) rte->subquery, candidate->owner);
	foreach(cell, rte->subquery->targetList)
		names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, cell)->resname)));
	rte->rtekind = RTE_SUBQUERY;
	rte->eref = makeAlias(get_rel_name(candidate->leads), names);
	/* what may raise is asked of cells that have rows */
	rte->security_barrier = true;
	rte->inFromCl = true;
	query->rtable = lappend(query->rtable, rte);
}

/*
 * The cells that have rows, as those of leads are given: keys, what was added,
 * the number of rows, and, behind that, what was removed.
 */
static void
add_live_cells(Query *query, const Candidate *candidate, Relation cells, List *conditions, Oid sum)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *reference = makeNode(RangeTblRef);
	Query	   *live = makeNode(Query);
	Var		   *added = cells_column(cells, "added");
	Var		   *rows = cells_column(cells, "n");
	List	   *names = NIL;
	ListCell   *cell;

	live->commandType = CMD_SELECT;
	live->querySource = QSRC_ORIGINAL;
	live->canSetTag = true;
	live->hasAggs = true;
	conditions = lcons(add_cells(live, candidate, cells), conditions);
	reference->rtindex = 1;
	live->jointree = makeFromExpr(list_make1(reference), (Node *) make_ands_explicit(conditions));
	foreach(cell, candidate->keys)
	{
		const CandidateKey *key = lfirst(cell);
		SortGroupClause *clause = makeNode(SortGroupClause);
		Oid			type = exprType((Node *) key->expr);

		clause->tleSortGroupRef = foreach_current_index(cell) + 1;
		get_sort_group_operators(type, false, true, false, &clause->sortop, &clause->eqop, NULL, &clause->hashable);
		live->groupClause = lappend(live->groupClause, clause);
		add_column(live, (Expr *) makeVar(1, key->attno, type, exprTypmod((Node *) key->expr),
										  exprCollation((Node *) key->expr), 0), clause->tleSortGroupRef);
	}
	add_sum(live, sum, added->vartype, (Expr *) added, NULL);
	add_sum(live, SUM_OF_BIGINT, NUMERICOID, (Expr *) rows, NULL);
	add_sum(live, sum, added->vartype, (Expr *) cells_column(cells, "removed"), NULL);
	live->havingQual = has_rows(copyObject(rows));
	foreach(cell, live->targetList)
		names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, cell)->resname)));
	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = live;
	rte->eref = makeAlias(RelationGetRelationName(cells), names);
	rte->inFromCl = true;
	rte->security_barrier = true;
	query->rtable = lappend(query->rtable, rte);
}

/* Columns of the cells as those of the cells that have rows. */
static Node *
over_live_cells(Node *node, void *candidate)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *column = (Var *) copyObject(node);
		ListCell   *cell;

		foreach(cell, ((const Candidate *) candidate)->keys)
		{
			if (((const CandidateKey *) lfirst(cell))->attno == ((Var *) node)->varattno)
				column->varattno = foreach_current_index(cell) + 1;
		}
		return (Node *) column;
	}
	return expression_tree_mutator(node, over_live_cells, candidate);
}

/*
 * The answer over cells that have rows, where it may raise for others, whose
 * conditions that do not are left to these.
 */
static void
live_answer(Answer *answer, const Candidate *candidate, List **conditions)
{
	List	   *raising = NIL;
	ListCell   *cell;

	foreach(cell, answer->conditions)
	{
		if (may_raise(lfirst(cell), candidate, NIL))
			raising = lappend(raising, lfirst(cell));
		else
			*conditions = lappend(*conditions, copyObject(lfirst(cell)));
	}
	answer->conditions = (List *) over_live_cells((Node *) raising, (void *) candidate);
	answer->keys = (List *) over_live_cells((Node *) answer->keys, (void *) candidate);
	answer->parts = (List *) over_live_cells((Node *) answer->parts, (void *) candidate);
	foreach(cell, answer->readings)
	{
		List	   *reading = lfirst(cell);

		lfirst(cell) = list_make3(linitial(reading), over_live_cells(lsecond(reading), (void *) candidate),
								  over_live_cells(lthird(reading), (void *) candidate));
	}
}

static bool
answer_may_raise(const Answer *answer, const Candidate *candidate)
{
	const List *conditions = answer->conditions;
	ListCell   *cell;

	foreach(cell, answer->readings)
	{
		if (may_raise(lsecond((List *) lfirst(cell)), candidate, conditions) ||
			may_raise(lthird((List *) lfirst(cell)), candidate, conditions))
			return true;
	}
	/* conditions hold for what comes after them, and not for each other */
	return may_raise((Node *) conditions, candidate, NIL) || may_raise((Node *) answer->keys, candidate, conditions) ||
		may_raise((Node *) answer->parts, candidate, conditions);
}

/* The groups of the cells, for the plan node. */
static Query *
cells_query(const Question *question, const Candidate *candidate, const Answer *matched, Relation cells, Oid sum)
{
	Query	   *query = makeNode(Query);
	RangeTblRef *reference = makeNode(RangeTblRef);
	Answer		own = *matched;
	const Answer *answer = &own;
	List	   *conditions = NIL;
	List	   *clauses = question->root->parse->groupClause;
	Var		   *rows = cells_column(cells, "n");
	Var		   *added = cells_column(cells, "added");
	Var		   *removed = cells_column(cells, "removed");
	ListCell   *cell;
	ListCell   *with_card;

	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->canSetTag = true;
	query->hasAggs = true;
	if (answer->by_leads)
	{
		add_leads(query, candidate);
		added->varattno = list_length(candidate->keys);
		rows->varattno = added->varattno + 1;
	}
	else if (answer_may_raise(answer, candidate))
	{
		own.readings = list_copy(own.readings);
		live_answer(&own, candidate, &conditions);
		add_live_cells(query, candidate, cells, conditions, sum);
		conditions = NIL;
		added->varattno = list_length(candidate->keys) + 1;
		rows->varattno = added->varattno + 1;
		rows->vartype = NUMERICOID;
		removed->varattno = rows->varattno + 1;
	}
	else
		conditions = list_make1(add_cells(query, candidate, cells));
	conditions = list_concat(conditions, copyObject(answer->conditions));
	reference->rtindex = 1;
	query->jointree = makeFromExpr(list_make1(reference),
								   conditions == NIL ? NULL : (Node *) make_ands_explicit(conditions));
	forboth(cell, answer->keys, with_card, clauses)
	{
		SortGroupClause *clause = copyObject(lfirst_node(SortGroupClause, with_card));

		clause->tleSortGroupRef = foreach_current_index(cell) + 1;
		query->groupClause = lappend(query->groupClause, clause);
		add_column(query, copyObject(lfirst(cell)), clause->tleSortGroupRef);
	}
	forboth(cell, answer->parts, with_card, answer->with_card)
	{
		add_sum(query, sum_of(rows), NUMERICOID, copyObject((Expr *) rows), lfirst(cell));
		if (lfirst_int(with_card))
		{
			add_sum(query, sum, added->vartype, read_card(copyObject(added), answer), lfirst(cell));
			if (answer->by_leads)
				add_column(query, (Expr *) makeNullConst(added->vartype, -1, InvalidOid), 0);
			else
				add_sum(query, sum, added->vartype, read_card(copyObject(removed), answer), lfirst(cell));
		}
	}
	/* without keys there is one group, of however many rows */
	if (query->groupClause != NIL)
		query->havingQual = has_rows(copyObject(rows));
	return query;
}

/*
 * Paths
 */

/* The part of the query that groups cells, as a relation of its own. */
static Path *
cells_path(PlannerInfo *root, Query *query)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *names = NIL;
	RelOptInfo *rel;
	RelOptInfo *final;
	Index		rti;
	ListCell   *cell;

	foreach(cell, query->targetList)
		names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, cell)->resname)));
	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = query;
	rte->eref = makeAlias("cells", names);
	rte->inFromCl = true;
	root->parse->rtable = lappend(root->parse->rtable, rte);
	rti = list_length(root->parse->rtable);
	expand_planner_arrays(root, 1);
	root->simple_rte_array[rti] = rte;
	rel = build_simple_rel(root, rti, NULL);
	rel->subroot = plan_part(root, copyObject(query));
	final = fetch_upper_rel(rel->subroot, UPPERREL_FINAL, NULL);
	rel->rows = final->cheapest_total_path->rows;
	foreach(cell, rel->subroot->processed_tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (!entry->resjunk)
			rel->reltarget->exprs = lappend(rel->reltarget->exprs,
											makeVarFromTargetEntry(rti, entry));
	}
	set_pathtarget_cost_width(root, rel->reltarget);
	return part_path(root, rel, final->cheapest_total_path);
}

/*
 * A path of the server's, which is kept for when it is needed; add_path() may
 * free its own.  NULL for one of a kind that is not known here.
 */
static Path *
keep_path(const Path *path)
{
	Size		size;
	Path	   *copy;

	switch (nodeTag(path))
	{
		case T_AggPath:
			size = sizeof(AggPath);
			break;
		case T_GroupPath:
			size = sizeof(GroupPath);
			break;
		case T_CustomPath:
			size = sizeof(CustomPath);
			break;
		case T_AppendPath:
			size = sizeof(AppendPath);
			break;
		case T_ProjectionPath:
			size = sizeof(ProjectionPath);
			break;
		case T_MinMaxAggPath:
			size = sizeof(MinMaxAggPath);
			break;
		default:
			return NULL;
	}
	copy = palloc(size);
	memcpy(copy, path, size);
	return copy;
}

/* The cheapest path that there is, and can be kept. */
static Path *
other_path(const List *paths)
{
	Path	   *cheapest = NULL;
	ListCell   *cell;

	foreach(cell, paths)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && (cheapest == NULL || compare_path_costs(path, cheapest, TOTAL_COST) < 0))
			cheapest = path;
	}
	return cheapest == NULL ? NULL : keep_path(cheapest);
}

/* Adds the path that asks the roll-up; NULL, or why it is not added. */
static const char *
add_answer_path(const Question *question, const Candidate *candidate, const Answer *answer, RelOptInfo *grouped, Oid reader)
{
	PlannerInfo *root = question->root;
	Path	   *other = other_path(grouped->pathlist);
	Relation	cells = relation_open(candidate->cells, NoLock);
	Oid			sum = card_sum(cells_column(cells, "added")->vartype);
	CustomPath *path;
	Path	   *groups;
	bool		cheaper;

	if (other == NULL || function_rights(sum, GetUserId()) != ACLCHECK_OK)
	{
		relation_close(cells, NoLock);
		return other == NULL ? "the table is read in a way that is not known" : "you may not call rollup(scorecard)";
	}
	groups = cells_path(root, cells_query(question, candidate, answer, cells, sum));
	relation_close(cells, NoLock);
	path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = grouped;
	path->path.pathtarget = grouped->reltarget;
	path->path.rows = other->rows;
	path->path.startup_cost = groups->startup_cost + grouped->reltarget->cost.startup;
	path->path.total_cost = groups->total_cost + grouped->reltarget->cost.startup +
		groups->rows * (cpu_tuple_cost + grouped->reltarget->cost.per_tuple +
						cpu_operator_cost * (CARD_OPERATORS * list_length(answer->parts) + list_length(answer->values)));
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make2(groups, other);
	path->custom_private = answer_path_private(question, candidate, answer, reader);
	path->methods = &answer_path_methods;
	copy_disabled(&path->path, groups);
	cheaper = compare_path_costs(&path->path, other, TOTAL_COST) < 0;
	add_path(grouped, &path->path);
	return cheaper ? NULL : "it would answer, but the table is cheaper to read";
}

/* How much there is to read of cells, or -1 where somebody has locked them. */
static double
cells_size(Oid relation)
{
	Relation	cells;
	double		size;

	if (!ConditionalLockRelationOid(relation, AccessShareLock))
		return -1;
	cells = try_relation_open(relation, NoLock);
	if (cells == NULL)
		return -1;
	size = RelationGetNumberOfBlocks(cells);
	relation_close(cells, NoLock);
	return size;
}

/* Asks the roll-ups of a table, and takes the smallest that holds the answer. */
static void
ask(PlannerInfo *root, RelOptInfo *table, RelOptInfo *grouped, GroupPathExtraData *extra)
{
	RangeTblEntry *rte = planner_rt_fetch(table->relid, root);
	Oid			source = rte->relid;
	List	   *candidates = candidates_of(source);
	Question	question;
	const char *problem = question_of(root, table, grouped, extra, &question);
	Oid			reader = table_read_as(root->parse, rte);
	const Candidate *best = NULL;
	double		best_size = 0;
	Answer		best_answer;
	ListCell   *cell;

	foreach(cell, candidates)
	{
		const Candidate *candidate = lfirst(cell);
		Answer		answer;
		double		size;
		const char *reason = problem;

		if (reason == NULL)
			reason = candidate_refuses_reader(candidate, OidIsValid(reader) ? reader : GetUserId());
		if (reason == NULL)
			reason = match_question(&question, candidate, &answer);
		if (reason == NULL && ((size = cells_size(candidate->cells)) < 0 ||
							   (answer.by_leads && (size = cells_size(candidate->leads)) < 0)))
			reason = "its cells are locked by another session";
		if (reason != NULL)
		{
			advise(source, candidate->name, false, reason);
			continue;
		}
		if (best != NULL && best_size <= size)
		{
			advise(source, candidate->name, false, psprintf("it would answer, but %s is smaller", get_rel_name(best->name)));
			continue;
		}
		if (best != NULL)
			advise(source, best->name, false, psprintf("it would answer, but %s is smaller", get_rel_name(candidate->name)));
		best = candidate;
		best_size = size;
		best_answer = answer;
	}
	/* what was locked may have been another by then */
	if (best != NULL && candidates_current(source))
	{
		const char *reason = add_answer_path(&question, best, &best_answer, grouped, reader);

		if (reason == NULL && !enable_rollup_scan)
			reason = "it would answer, but kpi.enable_rollup_scan is off";
		if (reason == NULL && answer_advice != NULL)
		{
			reason = candidate_misses(best, GetActiveSnapshot(), best_answer.lookups);
			if (reason != NULL)
				reason = psprintf("it would answer, but %s", reason);
		}
		advise(source, best->name, reason == NULL, reason == NULL ? "it answers" : reason);
	}
}

/* Says of all tables of a query with roll-ups why they are not asked. */
static void
advise_all(PlannerInfo *root, const char *reason)
{
	ListCell   *cell;

	foreach(cell, root->parse->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);
		ListCell   *other;

		if (rte->rtekind != RTE_RELATION || !candidates_possible(rte->relid))
			continue;
		foreach(other, candidates_of(rte->relid))
			advise(rte->relid, ((Candidate *) lfirst(other))->name, false, reason);
	}
}

static void
add_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input, RelOptInfo *output, void *extra)
{
	RangeTblEntry *rte;

	if (previous_hook != NULL)
		previous_hook(root, stage, input, output, extra);
	if ((!enable_rollup_scan && answer_advice == NULL) || stage != UPPERREL_GROUP_AGG || extra == NULL || !root->parse->hasAggs ||
		IsInParallelMode() || IS_DUMMY_REL(input))
		return;
	if (input->reloptkind != RELOPT_BASEREL)
	{
		if (answer_advice != NULL && input->reloptkind == RELOPT_JOINREL)
			advise_all(root, "the query joins the table before it aggregates");
		return;
	}
	rte = planner_rt_fetch(input->relid, root);
	if (rte->rtekind == RTE_RELATION && candidates_possible(rte->relid))
		ask(root, input, output, extra);
}

void
answer_init(void)
{
	DefineCustomBoolVariable("kpi.enable_rollup_scan",
							 "Lets the planner answer for a table from a live roll-up of it.",
							 "Results are the same with it on and off.",
							 &enable_rollup_scan, true, PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	answer_register();
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_paths;
}
