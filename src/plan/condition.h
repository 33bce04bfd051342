/*-------------------------------------------------------------------------
 *
 * condition.h
 *		Conditions that are tested on a column of a batch at once.
 *
 * Comparisons of a whole number, a date, a time, a boolean or the like with
 * what is the same for all rows; a list of such values; IS [NOT] NULL.  They
 * cannot fail, so they may be tested for all rows of a page before anything
 * else is for any of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_CONDITION_H
#define KPI_CONDITION_H

#include "nodes/execnodes.h"

#include "plan/page.h"

typedef struct Condition Condition;

/*
 * The condition that the expression is, or NULL where it is none of these.
 * Its columns are those of the table number rti.
 */
extern Condition *condition_new(Expr *expr, Index rti, Reader *reader, PlanState *parent);

/* Leaves alive what the condition is true for. */
extern void condition_apply(Condition *condition, Batch *batch, ExprContext *context);

/* Forgets the value that it compares with. */
extern void condition_reset(Condition *condition);

#endif							/* KPI_CONDITION_H */
