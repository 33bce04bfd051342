/*-------------------------------------------------------------------------
 *
 * volume.h
 *		A count or an amount, and the durations that it is set against.
 *
 * The state is a Money: the count in its first column, then for each duration
 * the sum in seconds and the number of rows with more than zero.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_VOLUME_H
#define KPI_VOLUME_H

#include "state/money.h"

#define VOLUME_DECIMALS		6	/* of a duration: microseconds */

/* Where the i-th duration stands, counted from 1. */
#define VOLUME_SUM(i)		(2 * (i) - 1)
#define VOLUME_POSITIVE(i)	(2 * (i))

/* The sum of a duration in microseconds; false where no row had one. */
extern bool volume_duration(const Money *money, int i, int64 *sum, int64 *rows);

#endif							/* KPI_VOLUME_H */
