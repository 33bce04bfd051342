/*-------------------------------------------------------------------------
 *
 * duration.h
 *		Durations, and exact sums of them.
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

typedef struct DurationColumn
{
	int64		sum;
	int64		rows;			/* with a value */
	int64		positive;		/* rows with more than zero */
} DurationColumn;

/* The sums of some columns, the state of the KPIs over time. */
typedef struct Durations
{
	int32		vl_len_;
	uint8		version;
	uint8		count;			/* of columns */
	uint16		unused;			/* zero */
	DurationColumn columns[FLEXIBLE_ARRAY_MEMBER];
} Durations;

#define DURATIONS_VERSION		1
#define DURATIONS_MAX_COLUMNS	8
#define DURATIONS_SIZE(count)	(offsetof(Durations, columns) + (count) * sizeof(DurationColumn))

/* An argument that is whole and of a known version, or an error. */
extern Durations *durations_argument(FunctionCallInfo fcinfo, int n);
#define PG_GETARG_DURATIONS_P(n) durations_argument(fcinfo, n)

/* Sums of no rows yet, in the current memory context. */
extern Durations *durations_new(int count);

/*
 * Adds the other's sums, times sign; 22003 where it cannot.  The error says
 * which column it is, by its name where that is known, else by the number of
 * the aggregate's argument.
 */
extern void duration_column_merge(DurationColumn *column, const DurationColumn *other,
								  int sign, const char *name, int argument);

/* Could rows have made these sums?  Nothing can have been subtracted twice. */
extern bool duration_column_valid(const DurationColumn *column);

/* Adds one row's duration, or takes it back; 22003 that names the argument. */
extern void duration_column_add(DurationColumn *column, int64 duration, int sign, int argument);

/* What is wrong with a value that cannot be a duration. */
typedef enum DurationFault
{
	DURATION_FINE,
	DURATION_NEGATIVE,
	DURATION_INFINITE,
	DURATION_NAN,
	DURATION_LONG,
	DURATION_MONTHS
} DurationFault;

/* A duration in microseconds, as its SQL type has it: an interval, or seconds. */
extern DurationFault interval_read(Datum value, int64 *duration);
extern DurationFault int4_read(Datum value, int64 *duration);
extern DurationFault int8_read(Datum value, int64 *duration);
extern DurationFault float8_read(Datum value, int64 *duration);
extern DurationFault numeric_read(Datum value, int64 *duration);

/* The same; 22003 for a value that cannot be a duration. */
extern int64 interval_duration(Datum value);
extern int64 int4_duration(Datum value);
extern int64 int8_duration(Datum value);
extern int64 float8_duration(Datum value);
extern int64 numeric_duration(Datum value);

#endif							/* KPI_DURATION_H */
