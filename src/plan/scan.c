/*-------------------------------------------------------------------------
 *
 * scan.c
 *		The plan node that reads a table and keeps the states itself.
 *
 * The rows of a page come from the server's own scan of the table, so that
 * it is the server that says which of them the snapshot sees, prunes, takes
 * predicate locks, shares pages among workers and starts where another scan
 * is.  What the executor does row by row is done for all rows of the page:
 * conditions, keys, states.
 *
 * The node's tuple is the keys, then the aggregates, then the columns that
 * only conditions need; the planner turns what is computed of groups into
 * references to it.  Conditions on rows are in custom_exprs, together with
 * the keys and aggregates for the sake of their parameters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "storage/bufmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "plan/called.h"
#include "plan/condition.h"
#include "plan/expressions.h"
#include "plan/groups.h"
#include "plan/known.h"
#include "plan/page.h"
#include "plan/part.h"
#include "plan/scan.h"

/* What a final function is given. */
typedef struct State
{
	PartKind	kind;
	int			count;
	int			parts[DURATIONS_MAX_COLUMNS];
	bool		asked;			/* as a whole */
	Datum		value;
	bool		null;
} State;

/* Of what a measure counts: the codes of a tally's keys that belong to it. */
typedef struct Measured
{
	Quantity	measure;
	int			seen;			/* so many codes have been looked at */
	uint32		codes;
} Measured;

typedef struct Aggregate
{
	int			state;
	Measured	numerator;		/* where the value is read of the counts */
	Measured	denominator;
	Finish		finish;
} Aggregate;

typedef struct KpiScan
{
	CustomScanState css;
	bool		partial;
	Index		rti;

	/* rows */
	TableScanDesc scan;
	ParallelTableScanDesc shared;
	Reader	   *reader;
	Batch		batch;
	MemoryContext batch_memory;
	int			condition_count;
	Condition **conditions;
	ExprState  *qual;			/* the conditions after the first that is not simple */
	Expressions *expressions;

	/* groups */
	int			key_count;
	GroupKey   *keys;
	int			part_count;
	Part	   *parts;
	int			state_count;
	State	   *states;
	int			aggregate_count;
	Aggregate  *aggregates;
	int			spilled_count;
	const Vector **spilled;		/* what rows are put off with */
	Oid		   *spilled_types;
	AggState   *caller;			/* of aggregates' functions */
	Groups	   *groups;
	bool		built;
} KpiScan;

static Node *scan_state(CustomScan *plan);

static const CustomScanMethods scan_methods = {SCAN_NAME, scan_state};

/*
 * Planning
 */

List *
aggregates_of(List *expressions)
{
	List	   *all = pull_var_clause((Node *) expressions, PVC_INCLUDE_AGGREGATES |
									  PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS);
	List	   *aggregates = NIL;
	ListCell   *cell;

	foreach(cell, all)
	{
		if (IsA(lfirst(cell), Aggref))
			aggregates = list_append_unique(aggregates, lfirst(cell));
	}
	list_free(all);
	return aggregates;
}

/* The cheaper ones first, as the executor's own nodes have them. */
static List *
ordered_by_cost(PlannerInfo *root, List *conditions)
{
	List	   *ordered = NIL;
	List	   *rest = list_copy(conditions);

	while (rest != NIL)
	{
		Node	   *least = NULL;
		Cost		least_cost = 0;
		ListCell   *cell;

		foreach(cell, rest)
		{
			QualCost	cost;

			cost_qual_eval_node(&cost, lfirst(cell), root);
			if (least == NULL || cost.per_tuple < least_cost)
			{
				least = lfirst(cell);
				least_cost = cost.per_tuple;
			}
		}
		ordered = lappend(ordered, least);
		rest = list_delete_ptr(rest, least);
	}
	return ordered;
}

/* The path's parent is the table, so that the clauses are those on its rows. */
static Plan *
scan_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
		  List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *keys = linitial(path->custom_private);
	List	   *operators = lsecond(path->custom_private);
	List	   *target = lthird(path->custom_private);
	List	   *having = lfourth(path->custom_private);
	List	   *conditions = extract_actual_clauses(clauses, false);
	List	   *aggregates = aggregates_of(list_concat_copy(target, having));
	List	   *vars;
	List	   *node_tlist = NIL;
	AttrNumber	n = 1;
	ListCell   *cell;

	(void) custom_plans;
	foreach(cell, keys)
		node_tlist = lappend(node_tlist, makeTargetEntry(copyObject(lfirst(cell)), n++, NULL, false));
	foreach(cell, aggregates)
		node_tlist = lappend(node_tlist, makeTargetEntry(copyObject(lfirst(cell)), n++, NULL, false));
	vars = pull_var_clause((Node *) conditions, PVC_RECURSE_PLACEHOLDERS);
	foreach(cell, vars)
	{
		if (!tlist_member(lfirst(cell), node_tlist))
			node_tlist = lappend(node_tlist, makeTargetEntry(copyObject(lfirst(cell)), n++, NULL, false));
	}

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = ordered_by_cost(root, having);
	scan->scan.scanrelid = rel->relid;
	scan->flags = path->flags;
	scan->custom_scan_tlist = node_tlist;
	scan->custom_exprs = list_make3(conditions, copyObject(keys), copyObject(aggregates));
	scan->custom_private = list_make4(makeInteger(list_length(keys)), makeInteger(list_length(aggregates)),
									  copyObject(list_nth(path->custom_private, 4)), operators);
	scan->methods = &scan_methods;
	return &scan->scan.plan;
}

/*
 * Starting
 */

/* An expression over the node's tuple in terms of the table. */
static Node *
over_table(Node *node, List *tlist)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == INDEX_VAR)
		return (Node *) copyObject(((TargetEntry *) list_nth(tlist, ((Var *) node)->varattno - 1))->expr);
	return expression_tree_mutator(node, over_table, tlist);
}

static List *
scan_conditions(CustomScan *plan)
{
	return (List *) over_table(linitial(plan->custom_exprs), plan->custom_scan_tlist);
}

static Bitmapset *
columns_of(Node *node, Index rti)
{
	Bitmapset  *shifted = NULL;
	Bitmapset  *attnos = NULL;
	int			attno = -1;

	pull_varattnos(node, rti, &shifted);
	while ((attno = bms_next_member(shifted, attno)) >= 0)
	{
		if (attno + FirstLowInvalidHeapAttributeNumber <= 0)
			elog(ERROR, "column %d is no column of the table's own", attno + FirstLowInvalidHeapAttributeNumber);
		attnos = bms_add_member(attnos, attno + FirstLowInvalidHeapAttributeNumber);
	}
	return attnos;
}

/* Rows that are put off have this with them. */
static void
note_spilled(KpiScan *scan, const Vector *vector, Expr *expr)
{
	if (IsA(expr, Const))
		return;
	for (int i = 0; i < scan->spilled_count; i++)
	{
		if (scan->spilled[i]->values == vector->values)
			return;
	}
	scan->spilled[scan->spilled_count] = vector;
	scan->spilled_types[scan->spilled_count++] = exprType((Node *) expr);
}

static int
called_part(KpiScan *scan, Called *called, const Vector *filter)
{
	Part	   *part;

	for (int i = 0; i < scan->part_count; i++)
	{
		part = &scan->parts[i];
		if (part->kind == PART_CALLED && part->filter == filter && called_same(part->called, called))
			return i;
	}
	part = &scan->parts[scan->part_count];
	part->kind = PART_CALLED;
	part->filter = filter;
	part->called = called;
	return scan->part_count++;
}

static int
part_of(KpiScan *scan, const Known *known, const Vector *argument, int number,
		const Vector *filter, int codes)
{
	Part	   *part;

	for (int i = 0; i < scan->part_count; i++)
	{
		part = &scan->parts[i];
		if (part->kind == known->kind && part->duration == known->duration &&
			part->argument == argument && part->filter == filter)
			return i;
	}
	part = &scan->parts[scan->part_count];
	part->kind = known->kind;
	part->duration = known->duration;
	part->argument = argument;
	part->number = number;
	part->filter = filter;
	part->codes = codes;
	return scan->part_count++;
}

static int
state_of(KpiScan *scan, const State *wanted)
{
	for (int i = 0; i < scan->state_count; i++)
	{
		State	   *state = &scan->states[i];

		if (state->kind == wanted->kind && state->count == wanted->count &&
			memcmp(state->parts, wanted->parts, wanted->count * sizeof(int)) == 0)
			return i;
	}
	scan->states[scan->state_count] = *wanted;
	return scan->state_count++;
}

static void
begin_aggregate(KpiScan *scan, Aggref *aggref)
{
	Aggregate  *aggregate = &scan->aggregates[scan->aggregate_count++];
	const Vector *filter = NULL;
	const Vector *vectors[FUNC_MAX_ARGS];
	State		state = {0};
	Known		known;
	int			count = 0;
	ListCell   *cell;

	if (!aggregate_known(aggref, &known))
		elog(ERROR, "aggregate %u is not known any more", aggref->aggfnoid);
	aggregate_check_rights(aggref);
	if (aggref->aggfilter != NULL)
	{
		filter = expressions_vector(scan->expressions, aggref->aggfilter, NULL);
		note_spilled(scan, filter, aggref->aggfilter);
	}
	foreach(cell, aggref->args)
	{
		Expr	   *argument = ((TargetEntry *) lfirst(cell))->expr;
		const Vector *vector = expressions_vector(scan->expressions, argument, filter);

		note_spilled(scan, vector, argument);
		vectors[count++] = vector;
	}
	state.kind = known.kind;
	if (known.kind == PART_CALLED)
		state.parts[state.count++] = called_part(scan, called_new(aggref, vectors, scan->caller), filter);
	else if (count == 0)
		state.parts[state.count++] = part_of(scan, &known, NULL, 0, filter, 0);
	else
	{
		foreach(cell, aggref->args)
		{
			Node	   *argument = (Node *) ((TargetEntry *) lfirst(cell))->expr;

			state.parts[state.count] = part_of(scan, &known, vectors[state.count], state.count + 1, filter,
											   get_typlen(exprType(argument)) == 1 ? TALLY_CODES_BYTE : TALLY_CODES);
			state.count++;
		}
	}
	aggregate->state = state_of(scan, &state);
	if (!scan->partial)
		finish_final(&aggregate->finish, aggref, known.final);
	else
		finish_serialize(&aggregate->finish, known.serialize);
	aggregate->numerator.measure = scan->partial ? Q_none : known.numerator;
	aggregate->denominator.measure = known.denominator;
	if (aggregate->numerator.measure == Q_none)
		scan->states[aggregate->state].asked = true;
}

/* Equality of these is that of bits; it is known by the function that it calls. */
static bool
equal_by_bits(const FmgrInfo *equal)
{
	static const PGFunction functions[] = {
		int2eq, int4eq, oideq, booleq, chareq, date_eq, enum_eq,
#if SIZEOF_DATUM == 8
		int8eq, timestamp_eq, time_eq,
#endif
	};

	for (int i = 0; i < (int) lengthof(functions); i++)
	{
		if (functions[i] == equal->fn_addr)
			return true;
	}
	return false;
}

static void
begin_key(KpiScan *scan, Expr *expr, Oid operator)
{
	GroupKey   *key = &scan->keys[scan->key_count++];
	Oid			left_hash;
	Oid			right_hash;

	if (!get_op_hash_functions(operator, &left_hash, &right_hash))
		elog(ERROR, "could not find hash function for hash operator %u", operator);
	fmgr_info(left_hash, &key->hash);
	fmgr_info(get_opcode(operator), &key->equal);
	function_check_rights(get_opcode(operator), GetUserId(), OBJECT_FUNCTION);
	key->collation = exprCollation((Node *) expr);
	get_typlenbyval(exprType((Node *) expr), &key->length, &key->by_value);
	key->plain = key->by_value && equal_by_bits(&key->equal);
	key->vector = *expressions_vector(scan->expressions, expr, NULL);
	note_spilled(scan, expressions_vector(scan->expressions, expr, NULL), expr);
}


static TupleDesc
spilled_desc(const KpiScan *scan)
{
	TupleDesc	desc = CreateTemplateTupleDesc(scan->spilled_count);

	for (int i = 0; i < scan->spilled_count; i++)
		TupleDescInitEntry(desc, i + 1, NULL, scan->spilled_types[i], -1, 0);
	tuple_desc_finalize(desc);
	return desc;
}

/* Conditions that are simple, up to the first that is not. */
static void
begin_conditions(KpiScan *scan, List *conditions)
{
	Bitmapset  *columns = columns_of((Node *) conditions, scan->rti);
	int			attno = -1;

	while ((attno = bms_next_member(columns, attno)) >= 0)
		reader_column(scan->reader, attno)->turn = COLUMN_FIRST;
	scan->conditions = palloc(Max(list_length(conditions), 1) * sizeof(Condition *));
	while (conditions != NIL)
	{
		Condition  *condition = condition_new(linitial(conditions), scan->rti, scan->reader, &scan->css.ss.ps);

		if (condition == NULL)
			break;
		scan->conditions[scan->condition_count++] = condition;
		conditions = list_delete_first(conditions);
	}
	if (conditions != NIL)
		scan->qual = ExecInitQual(conditions, &scan->css.ss.ps);
}

static void
scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	KpiScan    *scan = (KpiScan *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Relation	rel = node->ss.ss_currentRelation;
	int			keys = intVal(linitial(plan->custom_private));
	int			aggregates = intVal(lsecond(plan->custom_private));
	List	   *operators = lfourth(plan->custom_private);
	List	   *conditions = scan_conditions(plan);
	Bitmapset  *columns = columns_of((Node *) conditions, plan->scan.scanrelid);
	int			values = keys;

	(void) eflags;
	scan->partial = intVal(lthird(plan->custom_private)) != 0;
	scan->rti = plan->scan.scanrelid;
	for (int i = 0; i < keys + aggregates; i++)
	{
		Expr	   *expr = ((TargetEntry *) list_nth(plan->custom_scan_tlist, i))->expr;

		columns = bms_add_members(columns, columns_of((Node *) expr, scan->rti));
		if (i >= keys)
			values += 1 + list_length(((Aggref *) expr)->args);
	}
	scan->reader = reader_new(RelationGetDescr(rel), columns);
	scan->expressions = expressions_new(scan->reader, scan->rti, values, &node->ss.ps);
	scan->batch_memory = AllocSetContextCreate(estate->es_query_cxt, "kpi batch", ALLOCSET_DEFAULT_SIZES);
	begin_conditions(scan, conditions);

	scan->spilled = palloc0(Max(values, 1) * sizeof(Vector *));
	scan->spilled_types = palloc0(Max(values, 1) * sizeof(Oid));
	scan->keys = palloc0(Max(keys, 1) * sizeof(GroupKey));
	scan->parts = palloc0(Max(values, 1) * sizeof(Part));
	scan->states = palloc0(Max(aggregates, 1) * sizeof(State));
	scan->aggregates = palloc0(Max(aggregates, 1) * sizeof(Aggregate));
	scan->caller = caller_new();
	for (int i = 0; i < keys; i++)
		begin_key(scan, ((TargetEntry *) list_nth(plan->custom_scan_tlist, i))->expr, list_nth_oid(operators, i));
	for (int i = 0; i < aggregates; i++)
		begin_aggregate(scan, castNode(Aggref, ((TargetEntry *) list_nth(plan->custom_scan_tlist, keys + i))->expr));
	scan->groups = groups_new(scan->key_count, scan->keys, scan->part_count, scan->parts,
							  hash_mem_multiplier * work_mem * 1024.0, spilled_desc(scan), scan->spilled);
	caller_set_context(scan->caller, groups_context(scan->groups));
}

/*
 * Reading
 */

/*
 * The rows of the next page that have any; false after the last one.  The
 * server's scan gives the first row, and holds the page and the list of all
 * that are visible on it; told that the last was given, it goes on to the
 * next page.
 */
static bool
next_page(KpiScan *scan)
{
	HeapScanDesc heap = (HeapScanDesc) scan->scan;
	Batch	   *batch = &scan->batch;
	HeapTuple	first = heap_getnext(scan->scan, ForwardScanDirection);

	if (first == NULL)
		return false;
	if ((heap->rs_base.rs_flags & SO_ALLOW_PAGEMODE) == 0)
		elog(ERROR, "the table is not scanned by pages");
	reader_open(scan->reader, batch, BufferGetPage(heap->rs_cbuf), heap->rs_vistuples, heap->rs_ntuples);
	Assert(batch->tuples[0] == first->t_data);
	heap->rs_cindex = heap->rs_ntuples - 1;
	count_rows_returned(scan->scan->rs_rd, batch->count - 1);
	return true;
}

/* Leaves the rows that meet the conditions alive. */
static void
filter_batch(KpiScan *scan)
{
	Batch	   *batch = &scan->batch;

	if (scan->condition_count == 0 && scan->qual == NULL)
		return;
	reader_read(scan->reader, batch, COLUMN_FIRST);
	for (int i = 0; i < scan->condition_count && batch->live_count > 0; i++)
		condition_apply(scan->conditions[i], batch, expressions_context(scan->expressions));
	if (scan->qual != NULL)
		expressions_filter(scan->expressions, scan->qual, batch);
	InstrCountFiltered2(&scan->css, batch->count - batch->live_count);
}

static void
build_groups(KpiScan *scan)
{
	if (scan->scan == NULL)
		scan->scan = scan->shared != NULL ?
			table_beginscan_all_parallel(scan->css.ss.ss_currentRelation, scan->shared) :
			table_beginscan_all(scan->css.ss.ss_currentRelation, scan->css.ss.ps.state->es_snapshot);
	while (next_page(scan))
	{
		MemoryContext old = MemoryContextSwitchTo(scan->batch_memory);

		filter_batch(scan);
		if (scan->batch.live_count > 0)
		{
			reader_read(scan->reader, &scan->batch, COLUMN_SECOND);
			expressions_compute(scan->expressions, &scan->batch);
			groups_add(scan->groups, &scan->batch);
		}
		MemoryContextSwitchTo(old);
		MemoryContextReset(scan->batch_memory);
	}
	expressions_clear(scan->expressions);
	scan->built = true;
}

/*
 * Giving groups
 */

static Datum
state_value(const KpiScan *scan, const State *state, const char *entry, bool *null)
{
	const Part *part = &scan->parts[state->parts[0]];
	Durations  *durations;

	*null = false;
	switch (state->kind)
	{
		case PART_ROWS:
			return Int64GetDatum(part_rows(part, entry));
		case PART_TALLY:
			return PointerGetDatum(part_tally(part, entry));
		case PART_CALLED:
			return part_called_value(part, entry, null);
		default:
			durations = durations_new(state->count);
			for (int i = 0; i < state->count; i++)
				durations->columns[i] = *part_duration(&scan->parts[state->parts[i]], entry);
			return PointerGetDatum(durations);
	}
}

static int64
measured_rows(const Part *part, const char *entry, Measured *measured)
{
	for (; measured->seen < part->used; measured->seen++)
	{
		if (measure_holds(measured->measure, part->keys[measured->seen]))
			measured->codes |= (uint32) 1 << measured->seen;
	}
	return part_measured(part, entry, measured->codes, measured->measure);
}

/* What the final function makes of the tally, without making that. */
static Datum
measured_value(const Part *part, const char *entry, Aggregate *aggregate, bool *null)
{
	int64		rows;

	if (aggregate->denominator.measure == Q_none)
		return Int64GetDatum(measured_rows(part, entry, &aggregate->numerator));
	rows = measured_rows(part, entry, &aggregate->denominator);
	*null = rows == 0;
	if (*null)
		return (Datum) 0;
	return Float8GetDatum((double) measured_rows(part, entry, &aggregate->numerator) / (double) rows);
}

static Datum
aggregate_value(const KpiScan *scan, Aggregate *aggregate, const char *entry, bool *null)
{
	const State *state = &scan->states[aggregate->state];

	*null = false;
	if (aggregate->numerator.measure != Q_none)
		return measured_value(&scan->parts[state->parts[0]], entry, aggregate, null);
	return finish_value(&aggregate->finish, scan->caller, state->value, state->null, null);
}

/* The node's tuple of a group. */
static TupleTableSlot *
group_tuple(KpiScan *scan, const char *entry)
{
	TupleTableSlot *slot = scan->css.ss.ss_ScanTupleSlot;
	MemoryContext old = MemoryContextSwitchTo(scan->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	int			n = 0;

	ExecStoreAllNullTuple(slot);
	for (int i = 0; i < scan->key_count; i++, n++)
		slot->tts_values[n] = group_key(scan->groups, entry, i, &slot->tts_isnull[n]);
	for (int i = 0; i < scan->state_count; i++)
		if (scan->states[i].asked)
			scan->states[i].value = state_value(scan, &scan->states[i], entry, &scan->states[i].null);
	for (int i = 0; i < scan->aggregate_count; i++, n++)
		slot->tts_values[n] = aggregate_value(scan, &scan->aggregates[i], entry, &slot->tts_isnull[n]);
	MemoryContextSwitchTo(old);
	return slot;
}

static TupleTableSlot *
scan_execute(CustomScanState *node)
{
	KpiScan    *scan = (KpiScan *) node;
	ExprContext *context = node->ss.ps.ps_ExprContext;

	if (!scan->built)
		build_groups(scan);
	for (;;)
	{
		const char *entry;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(context);
		entry = groups_next(scan->groups, &scan->batch, scan->batch_memory);
		if (entry == NULL)
			return NULL;
		context->ecxt_scantuple = group_tuple(scan, entry);
		if (node->ss.ps.qual == NULL || ExecQual(node->ss.ps.qual, context))
			return node->ss.ps.ps_ProjInfo != NULL ? ExecProject(node->ss.ps.ps_ProjInfo) : context->ecxt_scantuple;
		InstrCountFiltered1(node, 1);
	}
}

static void
scan_end(CustomScanState *node)
{
	KpiScan    *scan = (KpiScan *) node;

	if (scan->scan != NULL)
		table_endscan(scan->scan);
	if (scan->groups != NULL)
		groups_end(scan->groups);
	if (scan->expressions != NULL)
		expressions_end(scan->expressions);
}

/* Groups that no parameter touches are given again, where all are in memory. */
static void
scan_rescan(CustomScanState *node)
{
	KpiScan    *scan = (KpiScan *) node;

	if (!scan->built || (scan->shared == NULL && node->ss.ps.chgParam == NULL && groups_rewind(scan->groups)))
		return;
	scan->built = false;
	groups_reset(scan->groups);
	expressions_forget(scan->expressions);
	for (int i = 0; i < scan->condition_count; i++)
		condition_reset(scan->conditions[i]);
	if (scan->scan != NULL)
		table_rescan(scan->scan, NULL);
}

/*
 * Workers share the pages, and each gives states of its own groups.
 */

static Size
scan_estimate_shared(CustomScanState *node, ParallelContext *pcxt)
{
	(void) pcxt;
	return table_parallelscan_estimate(node->ss.ss_currentRelation, node->ss.ps.state->es_snapshot);
}

static void
scan_initialize_shared(CustomScanState *node, ParallelContext *pcxt, void *coordinate)
{
	KpiScan    *scan = (KpiScan *) node;

	(void) pcxt;
	scan->shared = coordinate;
	table_parallelscan_initialize(node->ss.ss_currentRelation, scan->shared, node->ss.ps.state->es_snapshot);
}

static void
scan_reinitialize_shared(CustomScanState *node, ParallelContext *pcxt, void *coordinate)
{
	(void) pcxt;
	table_parallelscan_reinitialize(node->ss.ss_currentRelation, coordinate);
}

static void
scan_initialize_worker(CustomScanState *node, shm_toc *toc, void *coordinate)
{
	(void) toc;
	((KpiScan *) node)->shared = coordinate;
}

/*
 * EXPLAIN
 */

static void
explain_list(const char *label, List *expressions, CustomScanState *node, List *ancestors, ExplainState *es)
{
	List	   *context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, expressions)
		texts = lappend(texts, deparse_expression(lfirst(cell), context, explain_tables(es) > 1 || es->verbose, false));
	ExplainPropertyList(label, texts, es);
}

static void
scan_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	KpiScan    *scan = (KpiScan *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List	   *conditions = linitial(plan->custom_exprs);
	List	   *keys = NIL;

	for (int i = 0; i < scan->key_count; i++)
		keys = lappend(keys, ((TargetEntry *) list_nth(plan->custom_scan_tlist, i))->expr);
	if (keys != NIL)
		explain_list("Group Key", keys, node, ancestors, es);
	if (conditions != NIL)
	{
		explain_list("Table Filter", list_make1(make_ands_explicit(conditions)), node, ancestors, es);
		if (es->analyze && node->ss.ps.instrument != NULL && node->ss.ps.instrument->nloops > 0)
			ExplainPropertyFloat("Rows Removed by Table Filter", NULL,
								 node->ss.ps.instrument->nfiltered2 / node->ss.ps.instrument->nloops, 0, es);
	}
	if (es->analyze && scan->built && scan->key_count > 0)
	{
		ExplainPropertyInteger("Groups", NULL, groups_count(scan->groups), es);
		ExplainPropertyInteger("Memory Usage", "kB", groups_memory(scan->groups) / 1024, es);
		if (groups_spilled(scan->groups) > 0)
			ExplainPropertyInteger("Rows Put Off", NULL, groups_spilled(scan->groups), es);
	}
}

/*
 * What the server is told
 */

static const CustomExecMethods execute_methods = {
	.CustomName = SCAN_NAME,
	.BeginCustomScan = scan_begin,
	.ExecCustomScan = scan_execute,
	.EndCustomScan = scan_end,
	.ReScanCustomScan = scan_rescan,
	.EstimateDSMCustomScan = scan_estimate_shared,
	.InitializeDSMCustomScan = scan_initialize_shared,
	.ReInitializeDSMCustomScan = scan_reinitialize_shared,
	.InitializeWorkerCustomScan = scan_initialize_worker,
	.ExplainCustomScan = scan_explain
};

static Node *
scan_state(CustomScan *plan)
{
	KpiScan    *scan = (KpiScan *) newNode(sizeof(KpiScan), T_CustomScanState);

	(void) plan;
	scan->css.methods = &execute_methods;
	return (Node *) scan;
}

const CustomPathMethods scan_path_methods = {
	.CustomName = SCAN_NAME,
	.PlanCustomPath = scan_plan
};

void
scan_register(void)
{
	RegisterCustomScanMethods(&scan_methods);
}
