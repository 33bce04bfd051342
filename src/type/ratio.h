/*-------------------------------------------------------------------------
 *
 * ratio.h
 *		The type ratio: two numbers kept apart, and what kind of figure they
 *		make.
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
 * What the numbers are decides how sure the figure is, and what it may be
 * pooled with.  A ratio of nothing, 0/0, is of any kind.  A total is one
 * number, of things or of an amount; its denominator is 1 and stays so.
 *
 * These numbers are stored.
 */
typedef enum RatioKind
{
	RATIO_PROPORTION,			/* whole hits of whole trials */
	RATIO_RATE,					/* a number of events per exposure */
	RATIO_MEAN,					/* anything per something */
	RATIO_COUNT,				/* a total of events */
	RATIO_AMOUNT,				/* a total of anything else */
	RATIO_KINDS
} RatioKind;

#define RATIO_VERSION	1

/*
 * Two numerics one after the other, each a varlena of its own without
 * trailing zeros, the second at the next multiple of four bytes.
 */
typedef struct Ratio
{
	int32		vl_len_;
	uint8		version;
	uint8		kind;
	uint16		unused;			/* zero */
	char		numbers[FLEXIBLE_ARRAY_MEMBER];
} Ratio;

/* A whole ratio of a known version, or an error: XX001. */
extern Ratio *ratio_from_datum(Datum value);
#define DatumGetRatioP(d)		ratio_from_datum(d)
#define PG_GETARG_RATIO_P(n)	DatumGetRatioP(PG_GETARG_DATUM(n))

/*
 * Makes one, in the current memory context; the denominator of a total is 1,
 * whatever is given.  What cannot be a proportion becomes a mean, and what
 * cannot be a count an amount.  22023 unless both numbers are finite.
 */
extern Ratio *ratio_make(RatioKind kind, Numeric numerator, Numeric denominator);

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
