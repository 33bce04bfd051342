/*-------------------------------------------------------------------------
 *
 * ratio.h
 *		The type ratio: a numerator and a denominator, kept apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_RATIO_H
#define KPI_RATIO_H

#include "fmgr.h"
#include "utils/numeric.h"

#include "base/compat.h"
#include "base/statistics.h"

/*
 * Two numerics one after the other, each a varlena of its own without
 * trailing zeros, the second at the next multiple of four bytes.
 */
typedef struct Ratio
{
	int32		vl_len_;
	uint32		flags;			/* reserved, zero */
	char		numbers[FLEXIBLE_ARRAY_MEMBER];
} Ratio;

#define DatumGetRatioP(d)		((Ratio *) PG_DETOAST_DATUM(d))
#define PG_GETARG_RATIO_P(n)	DatumGetRatioP(PG_GETARG_DATUM(n))

/* Raises 22023 unless both numbers are finite. */
extern Ratio *ratio_make(Numeric numerator, Numeric denominator);

extern Numeric ratio_numerator_of(const Ratio *ratio);
extern Numeric ratio_denominator_of(const Ratio *ratio);

/* The value; false where the denominator is zero. */
extern bool ratio_value(const Ratio *ratio, double *value);

/* The interval at a confidence; false where none applies. */
extern bool ratio_interval(const Ratio *ratio, double confidence,
						   Limits *interval);

/*
 * The difference of two ratios.  False where either has no value; tested is
 * false where no test applies, and then only the difference is set.
 */
extern bool ratio_compare(const Ratio *a, const Ratio *b, double confidence,
						  Comparison *comparison, bool *tested);

#endif							/* KPI_RATIO_H */
