/*-------------------------------------------------------------------------
 *
 * known.h
 *		The aggregates whose states the scan keeps itself.
 *
 * An aggregate is known by the C functions that it calls, not by its name.
 * Its state is made of parts: how many rows there were, how often each
 * outcome occurred, the sum of a column of durations.  Aggregates over the
 * same columns share them.  What is made of this library's functions and the
 * server's, but not of these, has its own transition function called.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_KNOWN_H
#define KPI_KNOWN_H

#include "nodes/parsenodes.h"

#include "catalogue/catalogue.h"

typedef enum PartKind
{
	PART_ROWS,					/* rows, or those where the argument is not NULL */
	PART_TALLY,					/* of the argument's values */
	PART_DURATION,				/* sum and numbers of rows */
	PART_CALLED					/* as the aggregate's functions keep it */
} PartKind;

typedef struct Known
{
	PartKind	kind;
	bool		ours;			/* kpi's own, or the server's */
	int64		(*duration) (Datum value);	/* of the argument's type */
	Oid			transition;
	Oid			final;			/* or InvalidOid */
	Oid			serialize;		/* of a state that is no value, or InvalidOid */
	int			space;			/* bytes that a state is expected to take */
	double		cost;			/* of a row, in calls of an operator */

	/* of a tally: a number of rows that belong to a measure, or its share */
	Quantity	numerator;
	Quantity	denominator;	/* or Q_none */
} Known;

/*
 * Does the scan know the aggregate?  Each argument is then a part of its own,
 * and count(*) is one part without an argument; or all arguments together are
 * those of one part that is called.
 */
extern bool aggregate_known(const Aggref *aggref, Known *known);

/*
 * Whether the user may call the aggregate, and the aggregate's owner what it
 * is made of: what the executor's own aggregation asks for.  42501.
 */
extern void aggregate_check_rights(const Aggref *aggref);

/* Whether the role may call the function, which is nothing where it is none. */
extern void function_check_rights(Oid function, Oid role, ObjectType type);

#endif							/* KPI_KNOWN_H */
