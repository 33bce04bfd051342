/*-------------------------------------------------------------------------
 *
 * called.c
 *		States that are kept by calling an aggregate's own functions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "parser/parse_agg.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "plan/called.h"
#include "state/journey.h"

extern Datum kpi_journeys_accum(PG_FUNCTION_ARGS);

/* So many rows ahead, one after another, what leads to a row's state is fetched. */
#define AHEAD	4

AggState *
caller_new(void)
{
	AggState   *caller = makeNode(AggState);

	/* AggCheckCallContext() reads no more of it */
	caller->curaggcontext = makeNode(ExprContext);
	return caller;
}

void
caller_set_context(AggState *caller, MemoryContext context)
{
	caller->curaggcontext->ecxt_per_tuple_memory = context;
}

static void
read_initial(Called *called, Oid aggregate)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	Datum		written;
	Oid			input;
	Oid			parameter;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggregate);
	called->transition = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn;
	written = SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval, &called->initial_null);
	if (!called->initial_null)
	{
		getTypeInputInfo(called->state_type, &input, &parameter);
		called->initial = OidInputFunctionCall(input, TextDatumGetCString(written), parameter, -1);
	}
	ReleaseSysCache(tuple);
}

Called *
called_new(const Aggref *aggref, const Vector **arguments, AggState *caller)
{
	Called	   *called = palloc0(sizeof(Called));
	Expr	   *expr;

	called->state_type = aggref->aggtranstype;
	called->collation = aggref->inputcollid;
	called->argument_count = get_aggregate_argtypes(unconstify(Aggref *, aggref), called->input_types);
	memcpy(called->arguments, arguments, called->argument_count * sizeof(Vector *));
	get_typlenbyval(called->state_type, &called->length, &called->by_value);
	read_initial(called, aggref->aggfnoid);
	called->temporary = AllocSetContextCreate(CurrentMemoryContext, "kpi transition", ALLOCSET_DEFAULT_SIZES);

	build_aggregate_transfn_expr(called->input_types, called->argument_count, 0, false, called->state_type,
								 called->collation, called->transition, InvalidOid, &expr, NULL);
	fmgr_info(called->transition, &called->function);
	fmgr_info_set_expr((Node *) expr, &called->function);
	called->call = palloc(SizeForFunctionCallInfo(called->argument_count + 1));
	InitFunctionCallInfoData(*called->call, &called->function, called->argument_count + 1, called->collation,
							 (Node *) caller, NULL);
	return called;
}

bool
called_same(const Called *a, const Called *b)
{
	return a->transition == b->transition && a->state_type == b->state_type && a->collation == b->collation &&
		a->argument_count == b->argument_count &&
		memcmp(a->arguments, b->arguments, a->argument_count * sizeof(Vector *)) == 0 &&
		memcmp(a->input_types, b->input_types, a->argument_count * sizeof(Oid)) == 0 &&
		a->initial_null == b->initial_null &&
		(a->initial_null || datumIsEqual(a->initial, b->initial, a->by_value, a->length));
}

/* A copy of a value that lasts as long as the state. */
static Datum
keep(const Called *called, Datum value, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Datum		copy = datumCopy(value, called->by_value, called->length);

	MemoryContextSwitchTo(old);
	return copy;
}

static inline void
begin(const Called *called, CalledState *state, MemoryContext context)
{
	state->begun = true;
	state->null = called->initial_null;
	state->awaited = called->initial_null;
	if (!called->initial_null)
		state->value = keep(called, called->initial, context);
}

/* The arguments of a row; false where a strict function is not called for it. */
static inline bool
fill_arguments(Called *called, int row)
{
	bool		strict = called->function.fn_strict;

	for (int i = 0; i < called->argument_count; i++)
	{
		const Vector *argument = called->arguments[i];

		if (strict && argument->nulls[row])
			return false;
		called->call->args[i + 1].value = argument->values[row];
		called->call->args[i + 1].isnull = argument->nulls[row];
	}
	return true;
}

static void
replace(const Called *called, CalledState *state, Datum value, bool null, MemoryContext context)
{
	Datum		kept = null ? (Datum) 0 : keep(called, value, context);

	if (!state->null)
		pfree(DatumGetPointer(state->value));
	state->value = kept;
}

/* Adds a row. */
static inline void
add_row(Called *called, CalledState *state, int row, MemoryContext context)
{
	FunctionCallInfo call = called->call;
	Datum		value;

	if (!fill_arguments(called, row))
		return;
	if (unlikely(!state->begun))
		begin(called, state, context);
	if (called->function.fn_strict)
	{
		if (unlikely(state->awaited))
		{
			/* it is of a type that needs no more than to be taken for the state's */
			state->value = keep(called, call->args[1].value, context);
			state->null = false;
			state->awaited = false;
			return;
		}
		if (state->null)
			return;
	}
	call->args[0].value = state->value;
	call->args[0].isnull = state->null;
	call->isnull = false;
	value = FunctionCallInvoke(call);
	if (!called->by_value && DatumGetPointer(value) != DatumGetPointer(state->value))
		replace(called, state, value, call->isnull, context);
	else
		state->value = value;
	state->null = call->isnull;
}

/* The state of a row that comes; NULL where there is none, or no value yet. */
static inline const CalledState *
coming_state(const Batch *batch, int i, Size offset)
{
	const CalledState *state;

	if (i >= batch->live_count)
		return NULL;
	state = (const CalledState *) (batch->entries[batch->live[i]] + offset);
	return state->begun && !state->null ? state : NULL;
}

/* Asks for the memory that rows to come will touch. */
static inline void
fetch_ahead(const Called *called, const Batch *batch, int i, Size offset, bool leads)
{
	const CalledState *state;

	if (i + 3 * AHEAD < batch->live_count)
		__builtin_prefetch(batch->entries[batch->live[i + 3 * AHEAD]] + offset);
	if (called->by_value && !leads)
		return;
	state = coming_state(batch, i + 2 * AHEAD, offset);
	if (state != NULL)
	{
		const char *value = (const char *) DatumGetPointer(state->value);

		__builtin_prefetch(value);
		__builtin_prefetch(value + PG_CACHE_LINE_SIZE / 2);
	}
	if (!leads || (state = coming_state(batch, i + AHEAD, offset)) == NULL)
		return;
	if (!called->arguments[1]->nulls[batch->live[i + AHEAD]])
		journeys_fetch((const Journeys *) DatumGetPointer(state->value),
					   called->arguments[1]->values[batch->live[i + AHEAD]]);
}

void
called_add(Called *called, Batch *batch, const Vector *filter, Size offset, MemoryContext context, bool far)
{
	MemoryContext old = MemoryContextSwitchTo(called->temporary);
	bool		leads = called->function.fn_addr == kpi_journeys_accum;

	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];
		CalledState *state = (CalledState *) (batch->entries[row] + offset);

		if (far)
			fetch_ahead(called, batch, i, offset, leads);
		if (filter != NULL && (filter->nulls[row] || !DatumGetBool(filter->values[row])))
			continue;
		/* what the function does for a row is little beside what calling it does */
		if (leads && state->begun && !state->null)
		{
			if (!called->arguments[0]->nulls[row] && !called->arguments[1]->nulls[row])
				journeys_row((Journeys *) DatumGetPointer(state->value), called->arguments[1]->values[row],
							 DatumGetOutcome(called->arguments[0]->values[row]));
		}
		else
			add_row(called, state, row, context);
		MemoryContextReset(called->temporary);
	}
	MemoryContextSwitchTo(old);
}

/*
 * What is made of a state
 */

void
finish_final(Finish *finish, const Aggref *aggref, Oid function)
{
	Oid			types[FUNC_MAX_ARGS];
	Expr	   *expr;

	finish->there = OidIsValid(function);
	if (!finish->there)
		return;
	(void) get_aggregate_argtypes(unconstify(Aggref *, aggref), types);
	build_aggregate_finalfn_expr(types, 1, aggref->aggtranstype, aggref->aggtype, aggref->inputcollid,
								 function, &expr);
	fmgr_info(function, &finish->function);
	fmgr_info_set_expr((Node *) expr, &finish->function);
	finish->collation = aggref->inputcollid;
}

void
finish_serialize(Finish *finish, Oid function)
{
	Expr	   *expr;

	finish->there = OidIsValid(function);
	if (!finish->there)
		return;
	build_aggregate_serialfn_expr(function, &expr);
	fmgr_info(function, &finish->function);
	fmgr_info_set_expr((Node *) expr, &finish->function);
	finish->collation = InvalidOid;
}

Datum
finish_value(Finish *finish, AggState *caller, Datum state, bool state_null, bool *null)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		value;

	*null = state_null;
	if (!finish->there)
		return state;
	if (state_null && finish->function.fn_strict)
		return (Datum) 0;
	InitFunctionCallInfoData(*fcinfo, &finish->function, 1, finish->collation, (Node *) caller, NULL);
	fcinfo->args[0].value = state;
	fcinfo->args[0].isnull = state_null;
	value = FunctionCallInvoke(fcinfo);
	*null = fcinfo->isnull;
	return value;
}
