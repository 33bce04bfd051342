/*-------------------------------------------------------------------------
 *
 * expressions.h
 *		The values of columns and of expressions over them, for a batch.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_EXPRESSIONS_H
#define KPI_EXPRESSIONS_H

#include "nodes/execnodes.h"

#include "plan/page.h"

typedef struct Expressions Expressions;

/* Of the table number rti, whose columns the reader reads; at most so many. */
extern Expressions *expressions_new(Reader *reader, Index rti, int most, PlanState *parent);

/*
 * Where the values of an expression will be.  It is computed where it is no
 * column, and only for rows for which the filter is true, if there is one.
 */
extern const Vector *expressions_vector(Expressions *expressions, Expr *expr, const Vector *filter);

/*
 * Computes them for the live rows.  Values that are not passed by value are in
 * the current memory context, or last until all is forgotten.
 */
extern void expressions_compute(Expressions *expressions, Batch *batch);

/* Leaves alive the rows for which the condition is true; it takes columns of the first turn. */
extern void expressions_filter(Expressions *expressions, ExprState *condition, Batch *batch);

/* What evaluates conditions on rows. */
extern ExprContext *expressions_context(Expressions *expressions);

/* Forgets what depends on parameters. */
extern void expressions_forget(Expressions *expressions);

/* No row is shown any more. */
extern void expressions_clear(Expressions *expressions);

extern void expressions_end(Expressions *expressions);

#endif							/* KPI_EXPRESSIONS_H */
