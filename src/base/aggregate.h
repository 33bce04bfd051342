/*-------------------------------------------------------------------------
 *
 * aggregate.h
 *		What every transition function asks of its caller and of its state.
 *
 * A state that is a real type is a value in anybody's hands: an aggregate that
 * somebody makes of our functions may start from a stored value, from another
 * aggregate's, or from a damaged one.
 *
 * What makes it safe to write into one: the executor copies whatever becomes
 * an aggregate's state into memory of the aggregate (the initial value, the
 * first input of a strict transition function, a result that is not the state
 * itself; nodeAgg.c and nodeWindowAgg.c, datumCopy), byte for byte.  So the
 * first argument of a transition, inverse or combine function is always the
 * aggregate's own, but in any form that a varlena has: packed and compressed
 * ones, and those that are kept elsewhere, are no place to write to.  And
 * what the bytes say has to be checked before it is believed.
 *
 * Every state begins with its length and a byte that is its version.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_AGGREGATE_H
#define KPI_AGGREGATE_H

#include "fmgr.h"
#include "nodes/execnodes.h"

#include "base/compat.h"

/*
 * A state may be updated in place only where the executor's aggregate nodes
 * own it.  This is AggCheckCallContext() without the function call, which
 * would be a tenth of a transition's time.
 */
static inline void
check_aggregate_call(FunctionCallInfo fcinfo, const char *function)
{
	if (unlikely(fcinfo->context == NULL ||
				 !(IsA(fcinfo->context, AggState) ||
				   IsA(fcinfo->context, WindowAggState))))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s must be called by an aggregate", function)));
}

/* Is this argument of a transition one that can be written into? */
static inline bool
state_is_plain(const void *state)
{
	return VARATT_IS_4B_U(state);
}

/* The value neither packed nor compressed, aligned; a copy where it must be. */
extern struct varlena *state_read(Datum value);

/* The same, always a copy in the current memory context. */
extern struct varlena *state_copy(Datum value);

/*
 * Refuses a stored value, XX001: it is of a version that is newer than the
 * known one, or damaged.
 */
pg_noreturn extern void state_refuse(const char *type, const void *state, int known);

#endif							/* KPI_AGGREGATE_H */
