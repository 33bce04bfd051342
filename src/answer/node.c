/*-------------------------------------------------------------------------
 *
 * node.c
 *		The plan node that answers for a table from a roll-up's cells.
 *
 * Its first child groups the cells as the query groups rows.  The node makes
 * one card of each group, and from that the states that the query's aggregates
 * would have had, for their own final functions.
 *
 * Whether the roll-up may answer is asked each time that the plan is run, since
 * settings, roles and notes in the cells change without a word to plans.  If it
 * may not, the node runs its second child, the plan without the roll-up.
 *
 * The node's tuple is the keys, then the aggregates; the planner turns what is
 * computed of groups into references to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "answer/grain.h"
#include "answer/node.h"
#include "base/compat.h"
#include "card/scorecard.h"
#include "plan/called.h"
#include "plan/known.h"
#include "plan/scan.h"
#include "state/journey.h"

/* The lists of custom_private. */
enum
{
	PRIVATE_KEYS,				/* of the path: expressions */
	PRIVATE_AGGREGATES,
	PRIVATE_HAVING,
	PRIVATE_BOUNDS,
	PRIVATE_OIDS,				/* from here on, as the plan has them, too */
	PRIVATE_PARTS,				/* is a card with each? */
	PRIVATE_VALUES,
	PRIVATE_PROMISES,
	PRIVATE_LOOKUPS,
	PRIVATE_FUNCTIONS
};

/* The plan's own list starts with the number of keys. */
#define PLAN_PRIVATE(which) ((which) - PRIVATE_OIDS + 1)

enum
{
	OID_SOURCE, OID_VIEW, OID_NAME, OID_READER
};

typedef struct AnswerPart
{
	bool		has_card;
	int			column;			/* of the child's tuple: the number of rows */
	int64		rows;
	Card	   *card;
} AnswerPart;

typedef struct AnswerValue
{
	ValueKind	kind;
	int			part;
	int			count;
	int			columns[Max(TIME_COLUMNS, Max((int) MONEY_COLUMNS, (int) CARD_MIXES))];
	char	   *name;
	bool		has_final;
	FmgrInfo	final;
	Oid			collation;
} AnswerValue;

typedef struct AnswerPromise
{
	ExprState  *bound;
	Oid			type;
	int			unit;
	bool		next;
} AnswerPromise;

typedef struct KpiRollup
{
	CustomScanState css;
	Oid			oids[OID_READER + 1];
	int			eflags;
	int			key_count;
	int			part_count;
	AnswerPart *parts;
	int			value_count;
	AnswerValue *values;
	AggState   *caller;			/* of their final functions */
	int			promise_count;
	AnswerPromise *promises;
	PlanState  *cells;			/* the first child */
	PlanState  *table;			/* the second, once it is needed */
	Held	   *held;			/* what that would read */
	const char *refused;		/* why it is */
	bool		begun;			/* promises have been looked at */
	bool		from_table;
	TupleTableSlot *result;		/* of the second child's rows */
} KpiRollup;

static Node *answer_state(CustomScan *plan);

static const CustomScanMethods answer_methods = {ANSWER_NAME, answer_state};

/*
 * Planning
 */

List *
answer_path_private(const Question *question, const Candidate *candidate, const Answer *answer, Oid reader)
{
	List	   *values = NIL;
	List	   *promises = NIL;
	List	   *bounds = NIL;
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, answer->values)
	{
		const MatchValue *value = lfirst(cell);

		values = lappend(values, list_make4(makeInteger(value->kind), makeInteger(value->part),
											makeString(value->name == NULL ? "" : pstrdup(value->name)),
											value->columns));
	}
	foreach(cell, answer->promises)
	{
		const Promise *promise = lfirst(cell);

		bounds = lappend(bounds, promise->bound);
		promises = lappend(promises, list_make3_int((int) promise->type, promise->unit, promise->next));
	}
	result = list_make4(question->keys, question->aggregates, question->having, bounds);
	result = lappend(result, list_make4_oid(candidate->source, candidate->view, candidate->name, reader));
	result = lappend(result, answer->with_card);
	result = lappend(result, values);
	result = lappend(result, promises);
	result = lappend(result, answer->lookups);
	return lappend(result, answer->functions);
}

static Plan *
answer_plan(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel pg_attribute_unused(), CustomPath *path, List *tlist,
			List *clauses pg_attribute_unused(), List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *keys = list_nth(path->custom_private, PRIVATE_KEYS);
	List	   *aggregates = list_nth(path->custom_private, PRIVATE_AGGREGATES);
	AttrNumber	n = 1;
	ListCell   *cell;

	foreach(cell, keys)
		scan->custom_scan_tlist = lappend(scan->custom_scan_tlist,
										  makeTargetEntry(copyObject(lfirst(cell)), n++, NULL, false));
	foreach(cell, aggregates)
		scan->custom_scan_tlist = lappend(scan->custom_scan_tlist,
										  makeTargetEntry(copyObject(lfirst(cell)), n++, NULL, false));
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = list_nth(path->custom_private, PRIVATE_HAVING);
	scan->flags = path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_exprs = copyObject(list_nth(path->custom_private, PRIVATE_BOUNDS));
	scan->custom_private = list_make1(makeInteger(list_length(keys)));
	for (int i = PRIVATE_OIDS; i <= PRIVATE_FUNCTIONS; i++)
		scan->custom_private = lappend(scan->custom_private, copyObject(list_nth(path->custom_private, i)));
	scan->methods = &answer_methods;
	return &scan->scan.plan;
}

/*
 * Starting
 */

static List *
private_list(const KpiRollup *answer, int which)
{
	return list_nth(((CustomScan *) answer->css.ss.ps.plan)->custom_private, PLAN_PRIVATE(which));
}

static void
begin_parts(KpiRollup *answer)
{
	List	   *parts = private_list(answer, PRIVATE_PARTS);
	int			column = answer->key_count;
	ListCell   *cell;

	answer->parts = palloc0(Max(list_length(parts), 1) * sizeof(AnswerPart));
	foreach(cell, parts)
	{
		AnswerPart *part = &answer->parts[answer->part_count++];

		part->has_card = lfirst_int(cell) != 0;
		part->column = column;
		column += part->has_card ? 3 : 1;
	}
}

static Oid
final_of(const Aggref *aggref)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	Oid			final;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	final = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggfinalfn;
	ReleaseSysCache(tuple);
	return final;
}

static void
begin_values(KpiRollup *answer)
{
	CustomScan *plan = (CustomScan *) answer->css.ss.ps.plan;
	List	   *values = private_list(answer, PRIVATE_VALUES);
	ListCell   *cell;

	answer->values = palloc0(Max(list_length(values), 1) * sizeof(AnswerValue));
	foreach(cell, values)
	{
		List	   *from = lfirst(cell);
		AnswerValue *value = &answer->values[answer->value_count];
		Aggref	   *aggref = castNode(Aggref, ((TargetEntry *) list_nth(plan->custom_scan_tlist,
																		answer->key_count + answer->value_count))->expr);
		ListCell   *column;
		Oid			final = final_of(aggref);

		answer->value_count++;
		value->kind = intVal(linitial(from));
		value->part = intVal(lsecond(from));
		value->name = strVal(lthird(from));
		foreach(column, (List *) lfourth(from))
			value->columns[value->count++] = lfirst_int(column);
		value->collation = aggref->inputcollid;
		value->has_final = OidIsValid(final);
		if (value->has_final)
			fmgr_info(final, &value->final);
	}
}

static void
begin_promises(KpiRollup *answer)
{
	CustomScan *plan = (CustomScan *) answer->css.ss.ps.plan;
	ListCell   *cell;
	ListCell   *bound;

	answer->promises = palloc0(Max(list_length(plan->custom_exprs), 1) * sizeof(AnswerPromise));
	forboth(cell, private_list(answer, PRIVATE_PROMISES), bound, plan->custom_exprs)
	{
		List	   *from = lfirst(cell);
		AnswerPromise *promise = &answer->promises[answer->promise_count++];

		promise->bound = ExecInitExpr(lfirst(bound), &answer->css.ss.ps);
		promise->type = (Oid) linitial_int(from);
		promise->unit = lsecond_int(from);
		promise->next = lthird_int(from) != 0;
	}
}

/* What the executor would ask for, had it called what the query calls. */
static void
check_rights(KpiRollup *answer)
{
	CustomScan *plan = (CustomScan *) answer->css.ss.ps.plan;
	ListCell   *cell;

	foreach(cell, private_list(answer, PRIVATE_FUNCTIONS))
		function_check_rights(lfirst_oid(cell), GetUserId(), OBJECT_FUNCTION);
	for (int i = 0; i < answer->value_count; i++)
		aggregate_check_rights(castNode(Aggref, ((TargetEntry *) list_nth(plan->custom_scan_tlist,
																		  answer->key_count + i))->expr));
}

/* The plan without the roll-up, for who finds that it cannot be had. */
static void
begin_table(KpiRollup *answer)
{
	CustomScan *plan = (CustomScan *) answer->css.ss.ps.plan;
	EState	   *estate = answer->css.ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

	answer->table = ExecInitNode(lsecond(plan->custom_plans), estate, answer->eflags);
	answer->css.custom_ps = lappend(answer->css.custom_ps, answer->table);
	MemoryContextSwitchTo(old);
}

static void
answer_begin(CustomScanState *node, EState *estate, int eflags)
{
	KpiRollup  *answer = (KpiRollup *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	ListCell   *cell;
	int			n = 0;
	Oid			reader;

	answer->eflags = eflags;
	answer->key_count = intVal(linitial(plan->custom_private));
	foreach(cell, private_list(answer, PRIVATE_OIDS))
		answer->oids[n++] = lfirst_oid(cell);
	reader = OidIsValid(answer->oids[OID_READER]) ? answer->oids[OID_READER] : GetUserId();
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
		answer->refused = candidate_refuses(answer->oids[OID_SOURCE], answer->oids[OID_VIEW], reader,
											estate->es_snapshot, private_list(answer, PRIVATE_LOOKUPS));
	answer->from_table = answer->refused != NULL;
	begin_parts(answer);
	begin_values(answer);
	answer->caller = caller_new();
	caller_set_context(answer->caller, node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	begin_promises(answer);
	if (answer->from_table)
	{
		begin_table(answer);
		return;
	}
	check_rights(answer);
	/* the second child may begin late, and finds what it would have found now */
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
		answer->held = candidate_hold(answer->oids[OID_SOURCE]);
	answer->cells = ExecInitNode(linitial(plan->custom_plans), estate, eflags);
	node->custom_ps = list_make1(answer->cells);
}

/*
 * Answering
 */

/* Are all bounds those of the grain? */
static bool
keeps_promises(KpiRollup *answer)
{
	ExprContext *context = answer->css.ss.ps.ps_ExprContext;

	for (int i = 0; i < answer->promise_count; i++)
	{
		AnswerPromise *promise = &answer->promises[i];
		bool		null;
		Datum		time = ExecEvalExprSwitchContext(promise->bound, context, &null);

		if (!null && !grain_bounds(promise->type, promise->unit, time, promise->next))
			return false;
	}
	ResetExprContext(context);
	return true;
}

/* A row of that plan, which is the node's own. */
static TupleTableSlot *
table_row(KpiRollup *answer)
{
	CustomScanState *css = &answer->css;
	TupleTableSlot *slot = css->ss.ps.ps_ProjInfo != NULL ? css->ss.ps.ps_ResultTupleSlot : css->ss.ss_ScanTupleSlot;
	TupleTableSlot *row;

	if (answer->table == NULL)
		begin_table(answer);
	row = ExecProcNode(answer->table);
	ExecClearTuple(slot);
	if (TupIsNull(row))
		return slot;
	slot_getallattrs(row);
	memcpy(slot->tts_values, row->tts_values, slot->tts_tupleDescriptor->natts * sizeof(Datum));
	memcpy(slot->tts_isnull, row->tts_isnull, slot->tts_tupleDescriptor->natts * sizeof(bool));
	return ExecStoreVirtualTuple(slot);
}

/* Reads a part of a group: the number of its rows, and their card. */
static void
read_part(AnswerPart *part, TupleTableSlot *slot)
{
	int			column = part->column;

	part->rows = slot->tts_isnull[column] ? 0 :
		DatumGetInt64(DirectFunctionCall1(numeric_int8, slot->tts_values[column]));
	if (!part->has_card)
		return;
	part->card = card_new(CurrentMemoryContext);
	for (int i = 1; i <= 2; i++)
	{
		if (!slot->tts_isnull[column + i])
			card_merge(part->card, PG_DETOAST_DATUM(slot->tts_values[column + i]), i == 1 ? 1 : -1);
	}
}

static int64
tally_rows(const Tally *tally)
{
	int			position = 0;
	uint32		key;
	int64		count;
	int64		rows = 0;

	while (tally != NULL && tally_next(tally, &position, &key, &count))
		rows += count;
	return rows;
}

static const Delays *
delays_of(const Card *card, const char *name)
{
	const Delays *delays = card_find_delays(card, name);

	return delays == NULL ? NULL : delays_rest(delays);
}

/* A card of some of its mixes, or of delays of one name. */
static Datum
part_of_card(const AnswerValue *value, const Card *card)
{
	Card	   *some = card_new(CurrentMemoryContext);

	if (value->name[0] != '\0')
	{
		const Delays *delays = card_find_delays(card, value->name);

		some->sections = SECTION_DELAYS;
		if (delays != NULL && DELAYS_ROOM(delays_rest(delays)) > 0)
		{
			Delays	  **to = card_delays(some, value->name);

			*to = delays_merge(*to, delays, 1);
		}
	}
	for (int i = 0; i < value->count; i++)
	{
		some->sections |= SECTION_MIX(value->columns[i]);
		some->mixes[value->columns[i]] = card->mixes[value->columns[i]] == NULL ? mix_new() : card->mixes[value->columns[i]];
	}
	return card_result(some);
}

/* The state that the aggregate has over the rows of its part. */
static Datum
state_of(const AnswerValue *value, const AnswerPart *part, bool *null)
{
	const Card *card = part->card;

	*null = false;
	switch (value->kind)
	{
		case VALUE_ROWS:
			return Int64GetDatum(part->rows);
		case VALUE_COUNT_TALLY:
			return Int64GetDatum(tally_rows(card->tallies[value->columns[0]]));
		case VALUE_COUNT_TIME:
			return Int64GetDatum(card->time[value->columns[0]].rows);
		case VALUE_TALLY:
			return PointerGetDatum(card->tallies[value->columns[0]] == NULL ? tally_new() : card->tallies[value->columns[0]]);
		case VALUE_DURATIONS:
			{
				Durations  *durations = durations_new(value->count);

				for (int i = 0; i < value->count; i++)
					durations->columns[i] = card->time[value->columns[i]];
				return PointerGetDatum(durations);
			}
		case VALUE_MONEY:
			return PointerGetDatum(card->money == NULL ? money_new() : money_select(card->money, value->columns, value->count));
		case VALUE_MIX:
			*null = part->rows == 0;
			return PointerGetDatum(card->mixes[value->columns[0]] == NULL ? mix_new() : card->mixes[value->columns[0]]);
		case VALUE_DELAYS:
			{
				const Delays *delays = delays_of(card, value->name);

				*null = delays == NULL;
				return PointerGetDatum(delays);
			}
		case VALUE_JOURNEYS:
			{
				Journeys   *journeys = journeys_of(CurrentMemoryContext, card->tallies[CARD_LEADS]);

				*null = journeys == NULL;
				return PointerGetDatum(journeys);
			}
		case VALUE_CARD:
			return part_of_card(value, card);
	}
	pg_unreachable();
}

static Datum
final_value(AnswerValue *value, const AnswerPart *part, AggState *caller, bool *null)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		state = state_of(value, part, null);

	if (!value->has_final)
		return state;
	if (*null && value->final.fn_strict)
		return (Datum) 0;
	InitFunctionCallInfoData(*fcinfo, &value->final, 1, value->collation, (Node *) caller, NULL);
	fcinfo->args[0].value = state;
	fcinfo->args[0].isnull = *null;
	state = FunctionCallInvoke(fcinfo);
	*null = fcinfo->isnull;
	return state;
}

/* What goes wrong with a card is said to be of the roll-up. */
static void
say_roll_up(void *argument)
{
	const KpiRollup *answer = argument;

	errcontext("roll-up %s, which answers for table %s",
			   get_rel_name(answer->oids[OID_NAME]), get_rel_name(answer->oids[OID_SOURCE]));
}

/* The node's tuple of a group. */
static TupleTableSlot *
group_tuple(KpiRollup *answer, TupleTableSlot *row)
{
	TupleTableSlot *slot = answer->css.ss.ss_ScanTupleSlot;
	MemoryContext old = MemoryContextSwitchTo(answer->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	ErrorContextCallback callback = {error_context_stack, say_roll_up, answer};
	int			n = answer->key_count;

	slot_getallattrs(row);
	ExecStoreAllNullTuple(slot);
	memcpy(slot->tts_values, row->tts_values, n * sizeof(Datum));
	memcpy(slot->tts_isnull, row->tts_isnull, n * sizeof(bool));
	error_context_stack = &callback;
	for (int i = 0; i < answer->part_count; i++)
		read_part(&answer->parts[i], row);
	for (int i = 0; i < answer->value_count; i++, n++)
		slot->tts_values[n] = final_value(&answer->values[i], &answer->parts[answer->values[i].part], answer->caller, &slot->tts_isnull[n]);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	return slot;
}

static TupleTableSlot *
answer_execute(CustomScanState *node)
{
	KpiRollup  *answer = (KpiRollup *) node;
	ExprContext *context = node->ss.ps.ps_ExprContext;

	if (!answer->begun && !answer->from_table && !keeps_promises(answer))
	{
		answer->from_table = true;
		answer->refused = "a time is not where its cells begin";
	}
	answer->begun = true;
	if (answer->from_table)
		return table_row(answer);
	for (;;)
	{
		TupleTableSlot *row;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(context);
		row = ExecProcNode(answer->cells);
		if (TupIsNull(row))
			return NULL;
		context->ecxt_scantuple = group_tuple(answer, row);
		if (node->ss.ps.qual == NULL || ExecQual(node->ss.ps.qual, context))
			return node->ss.ps.ps_ProjInfo != NULL ? ExecProject(node->ss.ps.ps_ProjInfo) : context->ecxt_scantuple;
		InstrCountFiltered1(node, 1);
	}
}

static void
answer_end(CustomScanState *node)
{
	ListCell   *cell;

	foreach(cell, node->custom_ps)
		ExecEndNode(lfirst(cell));
	if (((KpiRollup *) node)->held != NULL)
		candidate_release(((KpiRollup *) node)->held);
}

/* Other parameters may be other bounds. */
static void
answer_rescan(CustomScanState *node)
{
	KpiRollup  *answer = (KpiRollup *) node;
	ListCell   *cell;

	foreach(cell, node->custom_ps)
	{
		PlanState  *child = lfirst(cell);

		if (node->ss.ps.chgParam != NULL)
			UpdateChangedParamSet(child, node->ss.ps.chgParam);
		ExecReScan(child);
	}
	answer->begun = false;
	answer->from_table = answer->cells == NULL;
}

static void
answer_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	KpiRollup  *answer = (KpiRollup *) node;
	char	   *name = get_rel_name(answer->oids[OID_NAME]);
	char	   *source = get_rel_name(answer->oids[OID_SOURCE]);

	(void) ancestors;
	if (name != NULL && es->verbose)
		name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(answer->oids[OID_NAME])), name);
	if (source != NULL && es->verbose)
		source = quote_qualified_identifier(get_namespace_name(get_rel_namespace(answer->oids[OID_SOURCE])), source);
	ExplainPropertyText("Roll-up", name == NULL ? "" : name, es);
	ExplainPropertyText("Table", source == NULL ? "" : source, es);
	if (answer->refused != NULL)
		ExplainPropertyText("Not Answered Because", answer->refused, es);
}

/*
 * What the server is told
 */

static const CustomExecMethods execute_methods = {
	.CustomName = ANSWER_NAME,
	.BeginCustomScan = answer_begin,
	.ExecCustomScan = answer_execute,
	.EndCustomScan = answer_end,
	.ReScanCustomScan = answer_rescan,
	.ExplainCustomScan = answer_explain
};

static Node *
answer_state(CustomScan *plan)
{
	KpiRollup  *answer = (KpiRollup *) newNode(sizeof(KpiRollup), T_CustomScanState);

	(void) plan;
	answer->css.methods = &execute_methods;
	return (Node *) answer;
}

const CustomPathMethods answer_path_methods = {
	.CustomName = ANSWER_NAME,
	.PlanCustomPath = answer_plan
};

void
answer_register(void)
{
	RegisterCustomScanMethods(&answer_methods);
}
