/*-------------------------------------------------------------------------
 *
 * plan.c
 *		What kpi does while a query is planned: it adds a path that scans the
 *		table itself, where it knows all that the query asks of it.
 *
 * The path is one among the server's own, and is chosen by its cost.  What is
 * not known exactly is left to the server: there is no path then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/heapam.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/spccache.h"

#include "base/compat.h"
#include "plan/groups.h"
#include "plan/known.h"
#include "plan/scan.h"

/* A group has one word that says which of its keys are NULL; and so many aggregates are asked of none. */
#define MAX_KEYS		64
#define MAX_AGGREGATES	500
#define MAX_VALUES		1500	/* that rows are put off with: a tuple has no more */

/* What a row costs here, as parts of what it costs in the executor. */
#define TUPLE_SHARE		0.25
#define OPERATOR_SHARE	0.3
#define CALLED_SHARE	0.8

static bool enable_scan = true;
static create_upper_paths_hook_type previous_hook = NULL;

/* A grouping that the scan can take over. */
typedef struct Grouping
{
	PlannerInfo *root;
	RelOptInfo *table;
	List	   *keys;			/* expressions */
	List	   *operators;		/* that they are equal by */
	List	   *target;			/* expressions of keys and aggregates */
	List	   *having;
	List	   *aggregates;
	Known	   *knowns;			/* of each aggregate */
	double		groups;			/* as estimated */
} Grouping;

/*
 * What is known
 */

/* Something in an expression over rows that the scan leaves to the server. */
static bool
foreign_to_rows(Node *node, RelOptInfo *table)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		return (Index) var->varno != table->relid || var->varattno <= 0 || var->varlevelsup != 0;
	}
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || IsA(node, PlaceHolderVar) ||
		IsA(node, Aggref) || IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		return true;
	return expression_tree_walker(node, foreign_to_rows, table);
}

static bool
known_of_rows(Node *node, RelOptInfo *table)
{
	return !foreign_to_rows(node, table) && !contain_volatile_functions(node) &&
		!expression_returns_set(node);
}

/* Something in an expression over groups that is neither a key nor known. */
static bool
foreign_to_groups(Node *node, Grouping *grouping)
{
	if (node == NULL || list_member(grouping->keys, node))
		return false;
	if (IsA(node, Aggref))
	{
		Aggref	   *aggref = (Aggref *) node;
		Known		known;

		return !known_of_rows((Node *) aggref->args, grouping->table) ||
			!known_of_rows((Node *) aggref->aggfilter, grouping->table) ||
			!aggregate_known(aggref, &known);
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) || IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		return true;
	return expression_tree_walker(node, foreign_to_groups, grouping);
}

/* Is it a table whose pages hold all of its rows, and nothing but them? */
static bool
table_known(PlannerInfo *root, RelOptInfo *table)
{
	RangeTblEntry *rte = planner_rt_fetch(table->relid, root);
	Relation	rel;
	bool		known;
	ListCell   *cell;

	if (rte->rtekind != RTE_RELATION || rte->inh || rte->tablesample != NULL || rte->securityQuals != NIL ||
		(rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW) ||
		table->joininfo != NIL || !bms_is_empty(table->lateral_relids))
		return false;
	foreach(cell, table->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);

		if (info->pseudoconstant || info->security_level != 0 || !known_of_rows((Node *) info->clause, table))
			return false;
	}
	rel = table_open(rte->relid, NoLock);
	known = rel->rd_tableam == GetHeapamTableAmRoutine() && !RELATION_IS_OTHER_TEMP(rel);
	table_close(rel, NoLock);
	return known;
}

/* The keys, and the operators that they are equal by; false where they are not hashed. */
static bool
keys_known(Grouping *grouping, List *clauses, List *tlist)
{
	ListCell   *cell;

	foreach(cell, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Node	   *key = get_sortgroupclause_expr(clause, tlist);

		if (!clause->hashable || !known_of_rows(key, grouping->table) || list_length(grouping->keys) == MAX_KEYS)
			return false;
		grouping->keys = lappend(grouping->keys, key);
		grouping->operators = lappend_oid(grouping->operators, clause->eqop);
	}
	return true;
}

/* All of them, and anything of kpi's, or there is no reason to be here. */
static bool
aggregates_known(Grouping *grouping)
{
	bool		any = false;
	int			values = 0;
	int			n = 0;
	ListCell   *cell;

	if (list_length(grouping->aggregates) > MAX_AGGREGATES)
		return false;
	grouping->knowns = palloc(Max(list_length(grouping->aggregates), 1) * sizeof(Known));
	foreach(cell, grouping->aggregates)
	{
		Aggref	   *aggref = lfirst_node(Aggref, cell);

		if (!aggregate_known(aggref, &grouping->knowns[n]))
			return false;
		any |= grouping->knowns[n++].ours;
		values += 1 + list_length(aggref->args);
	}
	return any && values <= MAX_VALUES;
}

static bool
grouping_known(Grouping *grouping, GroupPathExtraData *extra)
{
	Query	   *query = grouping->root->parse;

	if (query->commandType != CMD_SELECT || query->groupingSets != NIL || query->hasTargetSRFs ||
		query->rowMarks != NIL || grouping->root->rowMarks != NIL)
		return false;
	grouping->having = (List *) extra->havingQual;
	grouping->aggregates = aggregates_of(list_concat_copy(grouping->target, grouping->having));
	return aggregates_known(grouping) &&
		keys_known(grouping, query->groupClause, extra->targetList) &&
		!foreign_to_groups((Node *) grouping->target, grouping) &&
		!foreign_to_groups((Node *) grouping->having, grouping);
}

/*
 * Costs
 */

/* What it costs to compute an expression once; a column is there already. */
static Cost
expression_cost(Grouping *grouping, Node *node)
{
	QualCost	cost;

	if (IsA(node, Var))
		return 0;
	cost_qual_eval_node(&cost, node, grouping->root);
	return cost.startup / Max(grouping->table->rows, 1) + cost.per_tuple;
}

static double
parallel_divisor(int workers)
{
	double		leader = parallel_leader_participation ? 1 - 0.3 * workers : 0;

	return workers + Max(leader, 0);
}

/* Does an aggregate before this one keep the same? */
static bool
part_is_shared(const Grouping *grouping, int n)
{
	const Aggref *aggref = list_nth_node(Aggref, grouping->aggregates, n);

	for (int i = 0; i < n; i++)
	{
		const Aggref *before = list_nth_node(Aggref, grouping->aggregates, i);

		if (grouping->knowns[i].kind == grouping->knowns[n].kind &&
			grouping->knowns[i].transition == grouping->knowns[n].transition &&
			equal(before->args, aggref->args) && equal(before->aggfilter, aggref->aggfilter))
			return true;
	}
	return false;
}

/*
 * The costs of reading the table and of keeping so many groups, with so many
 * workers beside the leader.
 */
static void
cost_scan(Path *path, Grouping *grouping, double groups, int workers)
{
	RelOptInfo *table = grouping->table;
	int			arguments = 0;
	int			width = 0;
	double		space = 0;
	double		tuple = cpu_tuple_cost * TUPLE_SHARE;
	double		row = 0;
	double		divisor = workers > 0 ? parallel_divisor(workers) : 1;
	double		memory;
	double		limit = hash_mem_multiplier * work_mem * 1024.0;
	double		page_cost;
	PartKind   *kinds;
	ListCell   *cell;
	QualCost	having;

	foreach(cell, table->baserestrictinfo)
		tuple += OPERATOR_SHARE * expression_cost(grouping, (Node *) lfirst_node(RestrictInfo, cell)->clause);
	foreach(cell, grouping->keys)
	{
		row += OPERATOR_SHARE * cpu_operator_cost + expression_cost(grouping, lfirst(cell));
		width += get_typavgwidth(exprType(lfirst(cell)), exprTypmod(lfirst(cell)));
	}
	foreach(cell, grouping->aggregates)
	{
		Aggref	   *aggref = lfirst_node(Aggref, cell);
		ListCell   *inner;

		arguments += Max(1, list_length(aggref->args));
		if (aggref->aggfilter != NULL)
			row += expression_cost(grouping, (Node *) aggref->aggfilter);
		foreach(inner, aggref->args)
			row += expression_cost(grouping, (Node *) ((TargetEntry *) lfirst(inner))->expr);
	}

	/* aggregates over the same columns share their parts: count each once */
	kinds = palloc(arguments * sizeof(PartKind));
	arguments = 0;
	foreach(cell, grouping->aggregates)
	{
		Aggref	   *aggref = lfirst_node(Aggref, cell);
		const Known *known = &grouping->knowns[foreach_current_index(cell)];

		if (part_is_shared(grouping, foreach_current_index(cell)))
			continue;
		if (known->kind == PART_CALLED)
		{
			row += CALLED_SHARE * known->cost * cpu_operator_cost;
			space += known->space;
			kinds[arguments++] = PART_CALLED;
			continue;
		}
		row += OPERATOR_SHARE * cpu_operator_cost * Max(1, list_length(aggref->args));
		for (int i = 0; i < Max(1, list_length(aggref->args)); i++)
			kinds[arguments++] = known->kind;
	}
	memory = groups * (space + groups_estimate(list_length(grouping->keys), width, arguments, kinds));

	get_tablespace_page_costs(table->reltablespace, NULL, &page_cost);
	path->startup_cost = page_cost * table->pages + (tuple * table->tuples + row * table->rows) / divisor;
	if (grouping->keys != NIL && memory > limit)
		/* rows of the other groups are written, and read again */
		path->startup_cost += 2 * seq_page_cost * (1 - limit / memory) * table->rows / divisor *
			(width + sizeof(Datum) * arguments + SizeofMinimalTupleHeader + sizeof(Datum)) / BLCKSZ +
			2 * cpu_tuple_cost * (1 - limit / memory) * table->rows / divisor;
	path->total_cost = path->startup_cost + path->pathtarget->cost.startup +
		groups * cpu_operator_cost * list_length(grouping->aggregates) +
		path->rows * (path->pathtarget->cost.per_tuple + cpu_tuple_cost);
	if (grouping->having != NIL && workers == 0)
	{
		cost_qual_eval(&having, grouping->having, grouping->root);
		path->total_cost += having.startup + groups * having.per_tuple;
	}
	if (!enable_seqscan || (grouping->keys != NIL && !enable_hashagg))
		disable_path(path);
	pfree(kinds);
}

/*
 * Paths
 */

/* The estimate that the server made, and how many groups its HAVING leaves. */
static bool
estimated_groups(List *paths, double *groups, double *rows)
{
	ListCell   *cell;

	foreach(cell, paths)
	{
		if (IsA(lfirst(cell), AggPath))
		{
			*groups = ((AggPath *) lfirst(cell))->numGroups;
			*rows = ((AggPath *) lfirst(cell))->path.rows;
			return true;
		}
	}
	return false;
}

static Path *
scan_path(Grouping *grouping, PathTarget *target, double groups, double rows, bool partial, int workers)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = grouping->table;
	path->path.pathtarget = target;
	path->path.parallel_aware = workers > 0;
	path->path.parallel_safe = grouping->table->consider_parallel;
	path->path.parallel_workers = workers;
	path->path.rows = rows;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_private = scan_path_private(grouping->keys, grouping->operators, target->exprs,
											 partial ? NIL : grouping->having, partial);
	path->methods = &scan_path_methods;
	cost_scan(&path->path, grouping, groups, workers);
	return &path->path;
}

/*
 * What gives states of the grouping's groups: the keys, then the aggregates
 * as far as states.
 */
static PathTarget *
states_target(Grouping *grouping)
{
	PathTarget *target = create_empty_pathtarget();
	List	   *clauses = grouping->root->parse->groupClause;
	ListCell   *key;
	ListCell   *clause;
	ListCell   *cell;

	forboth(key, grouping->keys, clause, clauses)
		add_column_to_pathtarget(target, lfirst(key), lfirst_node(SortGroupClause, clause)->tleSortGroupRef);
	foreach(cell, grouping->aggregates)
	{
		Aggref	   *aggref = copyObject(lfirst_node(Aggref, cell));

		mark_partial_aggref(aggref, AGGSPLIT_INITIAL_SERIAL);
		add_column_to_pathtarget(target, (Expr *) aggref, 0);
	}
	return set_pathtarget_cost_width(grouping->root, target);
}

/* Has the executor combine states, and adds that. */
static void
add_combined(Grouping *grouping, RelOptInfo *grouped, Path *states)
{
	AggClauseCosts costs;

	memset(&costs, 0, sizeof(costs));
	costs.transCost.per_tuple = costs.finalCost.per_tuple =
		cpu_operator_cost * list_length(grouping->aggregates);
	costs.transitionSpace = 320 * list_length(grouping->aggregates);
	add_path(grouped, (Path *)
			 create_agg_path(grouping->root, grouped, states, grouped->reltarget,
							 grouping->keys == NIL ? AGG_PLAIN : AGG_HASHED, AGGSPLIT_FINAL_DESERIAL,
							 effective_group_clause(grouping->root), grouping->having, &costs, grouping->groups));
}

/*
 * How many of the groups some of the rows are expected to have, if each group
 * has as many rows as any and they are taken at random.
 */
static double
groups_of_part(const Grouping *grouping, double rows, double all_rows)
{
	if (grouping->keys == NIL)
		return 1;
	if (rows >= all_rows)
		return grouping->groups;
	return clamp_row_est(grouping->groups * (1 - pow(1 - rows / all_rows, all_rows / grouping->groups)));
}

/* Workers share the pages of the table. */
static void
add_parallel_path(Grouping *grouping, RelOptInfo *grouped)
{
	RelOptInfo *table = grouping->table;
	PathTarget *target;
	Path	   *states;
	double		groups;
	double		rows;
	int			workers;

	if (!grouped->consider_parallel || !table->consider_parallel || table->partial_pathlist == NIL)
		return;
	workers = compute_parallel_worker(table, table->pages, -1, max_parallel_workers_per_gather);
	if (workers <= 0)
		return;
	target = states_target(grouping);
	groups = groups_of_part(grouping, table->rows / parallel_divisor(workers), table->rows);
	states = scan_path(grouping, target, groups, groups, true, workers);
	rows = groups * workers;
	add_combined(grouping, grouped, (Path *)
				 create_gather_path(grouping->root, table, states, target, NULL, &rows));
}

static void
add_scan_paths(PlannerInfo *root, RelOptInfo *table, RelOptInfo *grouped, GroupPathExtraData *extra)
{
	Grouping	grouping = {.root = root, .table = table};
	double		rows;
	Path	   *path;

	grouping.target = grouped->reltarget->exprs;
	if (!estimated_groups(grouped->pathlist, &grouping.groups, &rows) || !grouping_known(&grouping, extra) ||
		!table_known(root, table))
		return;
	path = scan_path(&grouping, grouped->reltarget, grouping.groups, rows, false, 0);
	path->parallel_safe = grouped->consider_parallel;
	add_path(grouped, path);
	if ((extra->flags & GROUPING_CAN_PARTIAL_AGG) != 0 && table->reloptkind == RELOPT_BASEREL)
		add_parallel_path(&grouping, grouped);
}

/*
 * Partitioned tables, and parents: each member by itself, and the executor
 * combines the states.
 */

/* What a member computes, in terms of its own columns. */
static List *
of_member(PlannerInfo *root, List *expressions, AppendRelInfo *member)
{
	return (List *) adjust_appendrel_attrs(root, (Node *) expressions, 1, &member);
}

/*
 * The paths of the members, and of theirs; false where one is not known.  The
 * grouping and the target are those of the parent.
 */
static bool
member_paths(Grouping *parent, PathTarget *target, double all_rows, List **paths)
{
	PlannerInfo *root = parent->root;
	ListCell   *cell;

	foreach(cell, root->append_rel_list)
	{
		AppendRelInfo *info = lfirst_node(AppendRelInfo, cell);
		RelOptInfo *table;
		Grouping	grouping = *parent;
		PathTarget *member_target;
		double		groups;

		if (info->parent_relid != parent->table->relid)
			continue;
		table = root->simple_rel_array[info->child_relid];
		if (table == NULL || IS_DUMMY_REL(table))
			continue;
		grouping.table = table;
		grouping.keys = of_member(root, parent->keys, info);
		grouping.aggregates = of_member(root, parent->aggregates, info);
		member_target = copy_pathtarget(target);
		member_target->exprs = of_member(root, target->exprs, info);
		if (planner_rt_fetch(table->relid, root)->inh)
		{
			if (!member_paths(&grouping, member_target, all_rows, paths))
				return false;
			continue;
		}
		if (!table_known(root, table) || foreign_to_groups((Node *) member_target->exprs, &grouping))
			return false;
		groups = groups_of_part(&grouping, table->rows, all_rows);
		*paths = lappend(*paths, scan_path(&grouping, member_target, groups, groups, true, 0));
	}
	return true;
}

static void
add_append_paths(PlannerInfo *root, RelOptInfo *table, RelOptInfo *grouped, GroupPathExtraData *extra)
{
	Grouping	grouping = {.root = root, .table = table};
	PathTarget *target;
	List	   *paths = NIL;
	double		rows;
	AppendPath *append;

	grouping.target = grouped->reltarget->exprs;
	if ((extra->flags & GROUPING_CAN_PARTIAL_AGG) == 0 ||
		!estimated_groups(grouped->pathlist, &grouping.groups, &rows) || !grouping_known(&grouping, extra))
		return;
	target = states_target(&grouping);
	if (!member_paths(&grouping, target, table->rows, &paths) || paths == NIL)
		return;
	append = append_members(root, table, paths);
	append->path.pathtarget = target;
	add_combined(&grouping, grouped, &append->path);
}

static void
add_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input, RelOptInfo *output, void *extra)
{
	if (previous_hook != NULL)
		previous_hook(root, stage, input, output, extra);
	if (enable_scan && stage == UPPERREL_GROUP_AGG && extra != NULL && root->parse->hasAggs &&
		(input->reloptkind == RELOPT_BASEREL || input->reloptkind == RELOPT_OTHER_MEMBER_REL) &&
		!IS_DUMMY_REL(input))
	{
		if (planner_rt_fetch(input->relid, root)->inh)
			add_append_paths(root, input, output, extra);
		else
			add_scan_paths(root, input, output, extra);
	}
}

/*
 * kpi_planned(internal): the support function of transition functions.  It
 * knows nothing better than what the catalog says; but the planner asks it
 * before it makes paths of groups, so that the hook below is there by then.
 */
PG_FUNCTION_INFO_V1(kpi_planned);
Datum
kpi_planned(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_POINTER(NULL);
}

void
scan_init(void)
{
	DefineCustomBoolVariable("kpi.enable_scan",
							 "Lets the planner use the scan that keeps the states of KPIs itself.",
							 "Results are the same with it on and off.",
							 &enable_scan, true, PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	scan_register();
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_paths;
}
