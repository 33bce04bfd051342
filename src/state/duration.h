/*-------------------------------------------------------------------------
 *
 * duration.h
 *		Exact sums of durations, and of the counts that are set against them.
 *
 * Durations are whole microseconds in 64 bits, whatever type they come in, so
 * that sums merge and subtract exactly.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_DURATION_H
#define KPI_DURATION_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#define DURATION_COLUMNS	3

/*
 * The sums of up to three columns, the state of the KPIs over time.  A count
 * stands in the first column, before what was worked.  A full-time
 * equivalent's time, the same on every row, is not added up.
 */
typedef struct Durations
{
	int64		sum[DURATION_COLUMNS];
	int64		rows[DURATION_COLUMNS]; /* rows with a value */
	int64		days;			/* rows where more than nothing was worked */
} Durations;

/* Adds the sums of the other, times sign; 22003 where it cannot. */
extern void durations_merge(Durations *durations, const Durations *other,
							int sign);

/* Could rows have made these sums?  Nothing can have been subtracted twice. */
extern bool durations_valid(const Durations *durations);

/*
 * A duration in microseconds, as its SQL type has it: an interval, or seconds.
 * 22003 for one that is negative, infinite, NaN, too long, or has months.
 */
extern int64 interval_duration(Datum value);
extern int64 int4_duration(Datum value);
extern int64 int8_duration(Datum value);
extern int64 float8_duration(Datum value);
extern int64 numeric_duration(Datum value);

#endif							/* KPI_DURATION_H */
