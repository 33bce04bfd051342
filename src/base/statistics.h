/*-------------------------------------------------------------------------
 *
 * statistics.h
 *		How sure a rate is: intervals and tests.
 *
 * Plain C over doubles; no function here raises an error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_STATISTICS_H
#define KPI_STATISTICS_H

typedef struct Limits
{
	double		low;
	double		high;
} Limits;

typedef struct Comparison
{
	double		difference;
	Limits		interval;
	double		p_value;
} Comparison;

/* Wilson's score interval of a proportion: 0 <= hits <= trials, trials > 0. */
extern Limits wilson_interval(double hits, double trials, double confidence);

/* The exact interval of a Poisson rate: events >= 0 whole, exposure > 0. */
extern Limits poisson_interval(double events, double exposure,
							   double confidence);

/* Two proportions: Newcombe's interval and the pooled z test. */
extern Comparison compare_proportions(double hits1, double trials1,
									  double hits2, double trials2,
									  double confidence);

/*
 * Two Poisson rates, or two counts, whose exposures are 1: Zou and Donner's
 * interval from the exact single ones, and the conditional exact test.  Its
 * two-sided p-value is the probability of all that is no more probable than
 * what happened, the one that statistics packages have as their exact
 * binomial and Poisson tests.
 */
extern Comparison compare_rates(double events1, double exposure1,
								double events2, double exposure2,
								double confidence);

#endif							/* KPI_STATISTICS_H */
