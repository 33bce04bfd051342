/*-------------------------------------------------------------------------
 *
 * aggregate.h
 *		What every transition function asks of its caller.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_AGGREGATE_H
#define KPI_AGGREGATE_H

#include "fmgr.h"
#include "nodes/execnodes.h"

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

#endif							/* KPI_AGGREGATE_H */
