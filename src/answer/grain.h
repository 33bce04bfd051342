/*-------------------------------------------------------------------------
 *
 * grain.h
 *		Times that a roll-up keeps by the hour, the day or the month, and what
 *		can be told of them.
 *
 * A key such as date_trunc('day', called_at) has lost the hours.  What is a
 * function of the day can be computed of it as of the time itself; and whether
 * a time is before a midnight.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_GRAIN_H
#define KPI_GRAIN_H

#include "nodes/primnodes.h"

typedef enum TimeUnit
{
	UNIT_MICROSECOND, UNIT_MILLISECOND, UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK,
	UNIT_MONTH, UNIT_QUARTER, UNIT_YEAR, UNIT_DECADE, UNIT_CENTURY, UNIT_MILLENNIUM,
	TIME_UNITS
} TimeUnit;

typedef struct Grain
{
	Expr	   *time;			/* what was truncated; NULL where nothing was */
	Oid			type;			/* its type, a timestamp or a timestamptz */
	TimeUnit	unit;
	Const	   *zone;			/* of date_trunc() with three arguments, or NULL */
	bool		is_date;		/* it was cast to date */
} Grain;

/* How an expression truncates a time, if it does. */
extern Grain grain_of(Expr *expr);

/* Is it a date as a time? */
extern bool grain_is_time_of_date(Node *node);

/* Is the expression a function of a time, which it is then? */
extern Expr *grain_function_time(Node *node);

/*
 * The function of a time in terms of what that was truncated to; NULL where
 * that does not tell, and why, where that is not plain.  since is a time that
 * no row is before, or NULL.
 */
extern Node *grain_apply(Node *node, const Grain *grain, Expr *truncated, const Const *since, char **why);

/* A comparison of a time with what is the same for all rows. */
typedef struct TimeBound
{
	Expr	   *time;
	Expr	   *bound;			/* of the time's type */
	bool		next;			/* it is the microsecond after it that bounds */
	bool		lower;
} TimeBound;

extern bool grain_bound(Node *node, TimeBound *bound);

/* Is what bounds a constant or a parameter, which can be looked at for nothing? */
extern bool grain_bound_is_plain(const TimeBound *bound);

/* The unit, as date_trunc() has it. */
extern const char *grain_name(const Grain *grain);

/* The comparison in terms of what the time was truncated to. */
extern Node *grain_compare(Node *node, const TimeBound *bound, const Grain *grain, Expr *truncated);

/*
 * Is a time of that type one that truncated times are on the same side of as
 * the times themselves?
 */
extern bool grain_bounds(Oid type, TimeUnit unit, Datum time, bool next);

#endif							/* KPI_GRAIN_H */
