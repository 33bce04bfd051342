/*-------------------------------------------------------------------------
 *
 * called.h
 *		States that are kept by calling an aggregate's own functions.
 *
 * What the scan does not add up itself, it has added up by the aggregate's
 * transition function, with a state for each group, as the executor's
 * aggregation does it (nodeAgg.c): the same initial value, the same treatment
 * of NULLs, the states in one memory context, and an AggState for the functions
 * to know whose memory it is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_CALLED_H
#define KPI_CALLED_H

#include "nodes/execnodes.h"

#include "plan/page.h"

/* A state in a group's entry; all zero before its first row. */
typedef struct CalledState
{
	Datum		value;
	bool		null;
	bool		awaited;		/* the first input becomes the value */
	bool		begun;
} CalledState;

/* An aggregate, but for what is made of its state. */
typedef struct Called
{
	Oid			transition;
	Oid			state_type;
	Oid			collation;
	Oid			input_types[FUNC_MAX_ARGS];
	int			argument_count;
	const Vector *arguments[FUNC_MAX_ARGS];
	int16		length;			/* of the state's type */
	bool		by_value;
	bool		initial_null;
	Datum		initial;
	FmgrInfo	function;
	FunctionCallInfo call;
	MemoryContext temporary;	/* of one call */
} Called;

/*
 * A node of no plan, by which functions of aggregates take themselves to be
 * called; the context is that of the states, once it is there.
 */
extern AggState *caller_new(void);
extern void caller_set_context(AggState *caller, MemoryContext context);

/* The states of this aggregate over these vectors. */
extern Called *called_new(const Aggref *aggref, const Vector **arguments, AggState *caller);

/* Do they keep the same? */
extern bool called_same(const Called *a, const Called *b);

/*
 * Adds the live rows of a batch, as far as the filter (or NULL) is true, to
 * the states at this offset of their groups' entries, whose memory is the
 * context.  far says that entries are many, so that memory has to be fetched
 * ahead.
 */
extern void called_add(Called *called, Batch *batch, const Vector *filter, Size offset,
					   MemoryContext context, bool far);

/* The state's value, which may be the initial one: to be read only. */
static inline Datum
called_value(const Called *called, const CalledState *state, bool *null)
{
	*null = state->begun ? state->null : called->initial_null;
	return state->begun ? state->value : called->initial;
}

/* What an aggregate makes of its state: a final or a serialization function. */
typedef struct Finish
{
	bool		there;			/* or the state is the result */
	FmgrInfo	function;
	Oid			collation;
} Finish;

extern void finish_final(Finish *finish, const Aggref *aggref, Oid function);
extern void finish_serialize(Finish *finish, Oid function);

/* The result, in the current memory context. */
extern Datum finish_value(Finish *finish, AggState *caller, Datum state, bool state_null, bool *null);

#endif							/* KPI_CALLED_H */
