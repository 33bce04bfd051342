/*-------------------------------------------------------------------------
 *
 * rollup_evaluate.c
 *		What rows of a source come to: the expressions of a live roll-up,
 *		evaluated over the rows of a statement, or of a whole table.
 *
 * An expression may raise because of what is in a row: a negative duration, a
 * division by zero in a key.  Such a row is left out and counted as rejected,
 * and its removal takes that back, as expressions depend on rows alone.  Which
 * row it is, is found by halves, so that one in a million costs some forty
 * evaluations rather than a million.  What fails without any row, such as a
 * function that may not be called any more, is not the rows' fault: it is said
 * of the roll-up, and no row is looked for.
 *
 * All of that happens in subtransactions, which write nothing and so have no
 * number.  A strict roll-up raises instead, where rows come.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "tcop/dest.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "rollup/rollup.h"

/* How many rows of a whole table are taken at a time. */
#define TABLE_BATCH		100000

/* From so many parts on, the good rows are evaluated once more. */
#define MANY_PARTS		64

#define NEW_ROWS	"new_rows"
#define OLD_ROWS	"old_rows"

/* Puts a query's rows into a tuplestore. */
typedef struct Receiver
{
	DestReceiver pub;
	Tuplestorestate *rows;
	TupleDesc  *desc;
	MemoryContext context;		/* of the descriptor */
} Receiver;

static void
receive_startup(DestReceiver *self, int operation pg_attribute_unused(), TupleDesc desc)
{
	Receiver   *receiver = (Receiver *) self;

	if (*receiver->desc == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(receiver->context);

		*receiver->desc = CreateTupleDescCopy(desc);
		MemoryContextSwitchTo(old);
	}
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	tuplestore_puttupleslot(((Receiver *) self)->rows, slot);
	return true;
}

static void
receive_end(DestReceiver *self pg_attribute_unused())
{
}

static void
run_plan(PlannedStmt *plan, Snapshot snapshot, QueryEnvironment *environment, Receiver *receiver)
{
	QueryDesc  *query;

	receiver->pub.receiveSlot = receive_row;
	receiver->pub.rStartup = receive_startup;
	receiver->pub.rShutdown = receive_end;
	receiver->pub.rDestroy = receive_end;
	receiver->pub.mydest = DestNone;
	PushActiveSnapshot(snapshot);
	query = CreateQueryDesc(plan, "cells of a live roll-up", GetActiveSnapshot(), InvalidSnapshot,
							&receiver->pub, NULL, environment, 0);
	ExecutorStart(query, 0);
	run_query(query);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	PopActiveSnapshot();
}

/*
 * Some rows
 */

typedef struct Evaluation
{
	RollupWork *work;
	Relation	relation;		/* whose rows they are */
	RollupResults *results;
	Tuplestorestate *rows[2];	/* that are evaluated; NULL for none */
	Tuplestorestate *into[2];
	MemoryContext context;
} Evaluation;

static PlannedStmt *
get_plan(RollupWork *work, Relation relation, int is_new, const char *name)
{
	if (work->plans[is_new] == NULL)
	{
		Oid			source = work->rollup->definition.source;
		Relation	root = source == RelationGetRelid(relation) ? relation :
			relation_open(source, AccessShareLock);
		PlannedStmt *plan = rollup_plan(&work->rollup->definition, root, relation, name);
		MemoryContext old = MemoryContextSwitchTo(work->context);

		work->plans[is_new] = copyObject(plan);
		MemoryContextSwitchTo(old);
		if (root != relation)
			relation_close(root, AccessShareLock);
	}
	return work->plans[is_new];
}

static void
evaluate_rows(Evaluation *evaluation, int is_new)
{
	EphemeralNamedRelationData rows = {
		.md = {
			.name = is_new ? NEW_ROWS : OLD_ROWS,
			.reliddesc = RelationGetRelid(evaluation->relation),
			.enrtype = ENR_NAMED_TUPLESTORE,
			.enrtuples = tuplestore_tuple_count(evaluation->rows[is_new])
		},
		.reldata = evaluation->rows[is_new]
	};
	QueryEnvironment *environment = create_queryEnv();
	Receiver	receiver = {
		.rows = evaluation->into[is_new],
		.desc = &evaluation->results->desc,
		.context = evaluation->context
	};

	register_ENR(environment, &rows);
	run_plan(get_plan(evaluation->work, evaluation->relation, is_new, rows.md.name),
			 GetActiveSnapshot(), environment, &receiver);
}

/* All that may raise because of what the roll-up's owner has written. */
static void
evaluate(void *argument)
{
	Evaluation *evaluation = argument;

	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (evaluation->rows[is_new] != NULL)
			evaluate_rows(evaluation, is_new);
	}
}

static void
say_which(void *argument)
{
	errcontext("strict roll-up \"%s\"", get_rel_name(((const Rollup *) argument)->name));
}

/* As those who write to its source are to see it. */
static void
evaluate_strictly(Evaluation *evaluation)
{
	ErrorContextCallback callback;

	callback.callback = say_which;
	callback.arg = evaluation->work->rollup;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	evaluate(evaluation);
	error_context_stack = callback.previous;
}

static void
move_rows(Tuplestorestate *from, Tuplestorestate *to, TupleDesc desc)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);

	/* a scan of them has left its own place in them behind */
	tuplestore_select_read_pointer(from, 0);
	tuplestore_rescan(from);
	while (tuplestore_gettupleslot(from, true, false, slot))
		tuplestore_puttupleslot(to, slot);
	ExecDropSingleTupleTableSlot(slot);
}

/* Evaluates rows by themselves; NULL, or what went wrong. */
static char *
try_rows(const Evaluation *evaluation, int is_new, Tuplestorestate *rows, Tuplestorestate *into)
{
	MemoryContext old = CurrentMemoryContext;
	/* what an error leaves of the executor is much, for many rows */
	MemoryContext context = AllocSetContextCreate(old, "kpi roll-up evaluation", ALLOCSET_DEFAULT_SIZES);
	Evaluation	part = *evaluation;
	char	   *fault;

	part.rows[!is_new] = NULL;
	part.rows[is_new] = rows;
	part.into[is_new] = into;
	MemoryContextSwitchTo(context);
	fault = rollup_try(evaluate, &part);
	MemoryContextSwitchTo(old);
	if (fault != NULL)
		fault = pstrdup(fault);
	MemoryContextDelete(context);
	return fault;
}

/* What is found out about rows of which one raises at least. */
typedef struct Sifting
{
	const Evaluation *evaluation;
	int			is_new;
	Tuplestorestate *good;		/* rows */
	int			parts;			/* in which they were evaluated */
} Sifting;

static void
sift(Sifting *sifting, Tuplestorestate *rows, char *fault)
{
	const Evaluation *evaluation = sifting->evaluation;
	TupleDesc	desc = RelationGetDescr(evaluation->relation);
	int64		n = tuplestore_tuple_count(rows);
	TupleTableSlot *slot;

	if (n == 1)
	{
		if (evaluation->results->reason != NULL)
			pfree(evaluation->results->reason);
		evaluation->results->reason = fault;
		evaluation->results->rejected += sifting->is_new ? 1 : -1;
		return;
	}
	pfree(fault);
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	tuplestore_select_read_pointer(rows, 0);
	tuplestore_rescan(rows);
	for (int half = 0; half < 2; half++)
	{
		Tuplestorestate *part = tuplestore_begin_heap(false, false, work_mem);
		Tuplestorestate *into = tuplestore_begin_heap(false, false, work_mem);

		for (int64 i = half == 0 ? n / 2 : n - n / 2; i > 0; i--)
		{
			if (!tuplestore_gettupleslot(rows, true, false, slot))
				elog(ERROR, "rows of a statement are missing");
			tuplestore_puttupleslot(part, slot);
		}
		fault = try_rows(evaluation, sifting->is_new, part, into);
		if (fault == NULL)
		{
			move_rows(part, sifting->good, desc);
			move_rows(into, evaluation->into[sifting->is_new], evaluation->results->desc);
			sifting->parts++;
		}
		else
			sift(sifting, part, fault);
		tuplestore_end(part);
		tuplestore_end(into);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * Evaluates the good ones among rows.  Where that took many parts, they are
 * taken together again, for each has a result for each of its cells.
 */
static void
evaluate_good(const Evaluation *evaluation, int is_new, Tuplestorestate *rows, char *fault)
{
	Sifting		sifting = {
		.evaluation = evaluation,
		.is_new = is_new,
		.good = tuplestore_begin_heap(false, false, work_mem)
	};

	sift(&sifting, rows, fault);
	if (sifting.parts > MANY_PARTS)
	{
		Tuplestorestate *into = tuplestore_begin_heap(false, false, work_mem);

		/* sums that are too large for one scorecard are not for many */
		if (try_rows(evaluation, is_new, sifting.good, into) == NULL)
		{
			tuplestore_clear(evaluation->into[is_new]);
			move_rows(into, evaluation->into[is_new], evaluation->results->desc);
		}
		tuplestore_end(into);
	}
	tuplestore_end(sifting.good);
}

/*
 * One side of what a statement did, which has failed where a fault is given;
 * NULL, or what is wrong without any row.
 */
static char *
evaluate_side(const Evaluation *evaluation, int is_new, Tuplestorestate *rows, char *fault)
{
	Tuplestorestate *into = evaluation->into[is_new];
	Tuplestorestate *none;
	char	   *always;

	if (fault == NULL)
		fault = try_rows(evaluation, is_new, rows, into);
	if (fault == NULL)
		return NULL;
	/* what a failure leaves is none of the result */
	tuplestore_clear(into);
	none = tuplestore_begin_heap(false, false, work_mem);
	always = try_rows(evaluation, is_new, none, into);
	tuplestore_end(none);
	if (always == NULL)
		evaluate_good(evaluation, is_new, rows, fault);
	return always;
}

/*
 * A row by itself
 */

typedef struct RowEvaluation
{
	RollupWork *work;
	Relation	relation;
	RollupResults *results;
} RowEvaluation;

static RollupRow *
get_row(RollupWork *work, Relation relation)
{
	if (!work->row_tried)
	{
		MemoryContext context = AllocSetContextCreate(work->context, "kpi roll-up row", ALLOCSET_SMALL_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);

		/* what raises there does so in a plan, too, and is said of that */
		work->row_tried = true;
		work->row = rollup_row_new(&work->rollup->definition, relation);
		MemoryContextSwitchTo(old);
		if (work->row == NULL)
			MemoryContextDelete(context);
	}
	return work->row;
}

static void
evaluate_single(void *argument)
{
	RowEvaluation *evaluation = argument;
	RollupRow  *row = get_row(evaluation->work, evaluation->relation);

	for (int is_new = 0; row != NULL && is_new < 2; is_new++)
	{
		RollupResult *result = evaluation->results->single_rows[is_new];

		if (result != NULL)
			rollup_row_evaluate(row, result->slot, result->values, result->nulls);
	}
	evaluation->results->single = row != NULL;
}

/* The one row of each side that has rows; false where there are more. */
static bool
fetch_single(const RollupRows *rows, RollupResults *results)
{
	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (rows->rows[is_new] != NULL && tuplestore_tuple_count(rows->rows[is_new]) != 1)
			return false;
	}
	for (int is_new = 0; is_new < 2; is_new++)
	{
		RollupResult *result;

		if (rows->rows[is_new] == NULL)
			continue;
		result = results->single_rows[is_new] = palloc(sizeof(RollupResult));
		result->slot = MakeSingleTupleTableSlot(RelationGetDescr(rows->relation), &TTSOpsMinimalTuple);
		tuplestore_select_read_pointer(rows->rows[is_new], 0);
		tuplestore_rescan(rows->rows[is_new]);
		if (!tuplestore_gettupleslot(rows->rows[is_new], true, false, result->slot))
			elog(ERROR, "rows of a statement are missing");
	}
	return true;
}

static void
end_single(RollupResults *results)
{
	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (results->single_rows[is_new] != NULL)
			ExecDropSingleTupleTableSlot(results->single_rows[is_new]->slot);
		results->single_rows[is_new] = NULL;
	}
}

/*
 * False where rows are to be evaluated by a plan: there are more of them, or
 * what they come to takes one, or something raises, of which it says more.
 */
static bool
evaluate_as_single(RollupWork *work, const RollupRows *rows, RollupResults *results)
{
	RowEvaluation evaluation = {work, rows->relation, results};
	char	   *fault;

	if ((work->row_tried && work->row == NULL) || !fetch_single(rows, results))
		return false;
	fault = rollup_try(evaluate_single, &evaluation);
	if (fault != NULL)
	{
		pfree(fault);
		results->single = false;
	}
	if (!results->single)
		end_single(results);
	return results->single;
}

/* Do the session's settings do? */
static bool
has_what_it_needs(const RollupWork *work)
{
	const char *value;

	if (rollup_form_differs(rollup_row_forms(work->row), &value) != NULL)
		return false;
	switch (rollup_row_needs(work->row))
	{
		case ROLLUP_NEEDS_NOTHING:
			return true;
		case ROLLUP_NEEDS_ZONE:
			return strcmp(pg_get_timezone_name(session_timezone), work->rollup->definition.settings[0]) == 0;
		default:
			return false;
	}
}

bool
rollup_evaluate_row(RollupWork *work, const RollupRows *rows, RollupResults *results)
{
	memset(results, 0, sizeof(RollupResults));
	return work->row != NULL && has_what_it_needs(work) && evaluate_as_single(work, rows, results);
}

RollupWork *
rollup_work(Rollup *rollup)
{
	RollupWork *work = palloc0(sizeof(RollupWork));

	work->rollup = rollup;
	work->context = CurrentMemoryContext;
	return work;
}

char *
rollup_evaluate(RollupWork *work, const RollupRows *rows, bool strict, RollupResults *results)
{
	Evaluation	evaluation = {
		.work = work,
		.relation = rows->relation,
		.results = results,
		.context = CurrentMemoryContext
	};
	bool		both = rows->rows[0] != NULL && rows->rows[1] != NULL;
	char	   *fault;

	memset(results, 0, sizeof(RollupResults));
	if (evaluate_as_single(work, rows, results))
		return NULL;
	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (rows->rows[is_new] != NULL)
			results->rows[is_new] = evaluation.into[is_new] = tuplestore_begin_heap(false, false, work_mem);
		evaluation.rows[is_new] = rows->rows[is_new];
	}
	if (strict && rows->rows[1] != NULL)
	{
		evaluation.rows[0] = NULL;
		evaluate_strictly(&evaluation);
		return rows->rows[0] == NULL ? NULL : evaluate_side(&evaluation, 0, rows->rows[0], NULL);
	}
	fault = rollup_try(evaluate, &evaluation);
	if (fault == NULL)
		return NULL;
	for (int is_new = 0; is_new < 2; is_new++)
	{
		char	   *always;

		if (rows->rows[is_new] == NULL)
			continue;
		tuplestore_clear(results->rows[is_new]);
		/* which of two sides has failed, is not known */
		always = evaluate_side(&evaluation, is_new, rows->rows[is_new], both ? NULL : fault);
		if (always != NULL)
			return always;
	}
	return NULL;
}

void
rollup_end_results(RollupResults *results)
{
	end_single(results);
	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (results->rows[is_new] != NULL)
			tuplestore_end(results->rows[is_new]);
	}
}

/*
 * Whole tables
 */

typedef struct Whole
{
	const Rollup *rollup;
	Snapshot	snapshot;
	RollupResults *results;
	MemoryContext context;
} Whole;

static void
evaluate_source(void *argument)
{
	Whole	   *whole = argument;
	Relation	source = relation_open(whole->rollup->definition.source, AccessShareLock);
	Receiver	receiver = {
		.rows = whole->results->rows[1],
		.desc = &whole->results->desc,
		.context = whole->context
	};

	run_plan(rollup_plan(&whole->rollup->definition, source, NULL, NULL), whole->snapshot, NULL, &receiver);
	relation_close(source, AccessShareLock);
}

char *
rollup_evaluate_source(const Rollup *rollup, Snapshot snapshot, bool strict, RollupResults *results)
{
	Whole		whole = {rollup, snapshot, results, CurrentMemoryContext};
	ErrorContextCallback callback;
	char	   *fault;

	rollup_ask_source();
	memset(results, 0, sizeof(RollupResults));
	results->rows[1] = tuplestore_begin_heap(false, false, maintenance_work_mem);
	if (!strict)
	{
		fault = rollup_try(evaluate_source, &whole);
		if (fault != NULL)
			tuplestore_clear(results->rows[1]);
		return fault;
	}
	callback.callback = say_which;
	callback.arg = unconstify(Rollup *, rollup);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	evaluate_source(&whole);
	error_context_stack = callback.previous;
	return NULL;
}

/* So many rows of a table, from where the scan is. */
static Tuplestorestate *
read_batch(TableScanDesc scan, TupleTableSlot *slot, int64 *n)
{
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);

	for (*n = 0; *n < TABLE_BATCH && table_scan_getnextslot(scan, ForwardScanDirection, slot); (*n)++)
		tuplestore_puttupleslot(rows, slot);
	return rows;
}

/*
 * The rows are handed over as those of a statement are, so that no right to
 * read the table itself is asked for: a roll-up reads it through the root.
 */
void
rollup_each_batch(Oid relation, Snapshot snapshot, RollupEvent event,
				  void (*function) (void *, const RollupRows *), void *argument)
{
	RollupRows	rows = {0};
	int			is_new = event == ROLLUP_INSERT;
	TableScanDesc scan;
	TupleTableSlot *slot;
	int64		n;

	if (get_rel_relkind(relation) != RELKIND_RELATION)
		return;
	rows.relation = table_open(relation, AccessShareLock);
	PushActiveSnapshot(snapshot);
	scan = table_beginscan_all(rows.relation, snapshot);
	slot = table_slot_create(rows.relation, NULL);
	do
	{
		rows.rows[is_new] = read_batch(scan, slot, &n);
		if (n > 0)
			function(argument, &rows);
		tuplestore_end(rows.rows[is_new]);
		CHECK_FOR_INTERRUPTS();
	} while (n == TABLE_BATCH);
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	PopActiveSnapshot();
	table_close(rows.relation, AccessShareLock);
}
