/*-------------------------------------------------------------------------
 *
 * statistics.c
 *		How sure a rate is: intervals and tests.
 *
 * Sources:
 *	E. B. Wilson, Probable inference, the law of succession, and statistical
 *		inference, JASA 22 (1927), 209-212.
 *	F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28
 *		(1936), 437-442.
 *	E. B. Wilson, M. M. Hilferty, The distribution of chi-square, PNAS 17
 *		(1931), 684-688.
 *	R. G. Newcombe, Limits estimation for the difference between independent
 *		proportions: comparison of eleven methods, Statistics in Medicine 17
 *		(1998), 873-890, method 10.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "base/statistics.h"

/* The probability that a standard normal variable exceeds z. */
static double
normal_tail(double z)
{
	return 0.5 * erfc(z * M_SQRT1_2);
}

/*
 * The z that a standard normal variable exceeds with probability tail,
 * 0 < tail <= 0.5.
 *
 * Bisection of the tail, which falls strictly from 0.5 at 0 to less than the
 * smallest double at 39.
 */
static double
normal_quantile(double tail)
{
	double		low = 0;
	double		high = 39;

	for (;;)
	{
		double		mid = (low + high) / 2;

		if (mid <= low || mid >= high)
			return mid;
		if (normal_tail(mid) > tail)
			low = mid;
		else
			high = mid;
	}
}

Limits
wilson_interval(double hits, double trials, double confidence)
{
	double		z = normal_quantile((1 - confidence) / 2);
	double		z2 = z * z;
	double		misses = trials - hits;
	double		spread = z * sqrt(hits / trials * misses + z2 / 4);
	Limits	interval;

	/*
	 * Equation (centre -+ spread) / (n + z^2), centre being hits + z^2 / 2.
	 * Where that would subtract nearly equal numbers, the limit is written as
	 * hits^2 / n / (centre + spread), and the upper one as the lower limit of
	 * the misses.
	 */
	interval.low = hits <= 0 ? 0 :
		hits * (hits / trials) / (hits + z2 / 2 + spread);
	interval.high = misses <= 0 ? 1 :
		hits < misses ? (hits + z2 / 2 + spread) / (trials + z2) :
		1 - misses * (misses / trials) / (misses + z2 / 2 + spread);
	return interval;
}

/*
 * The regularized lower incomplete gamma function P(a, x): its series below
 * a + 1, one less the continued fraction of Q above, by Lentz's method.
 */
static double
gamma_p(double a, double x)
{
	double		scale;

	if (x <= 0)
		return 0;
	scale = exp(a * log(x) - x - lgamma(a));

	if (x < a + 1)
	{
		double		term = 1 / a;
		double		sum = term;

		for (double k = a + 1; fabs(term) > sum * DBL_EPSILON / 4; k++)
		{
			term *= x / k;
			sum += term;
		}
		return sum * scale;
	}
	else
	{
		double		b = x + 1 - a;
		double		c = 1 / DBL_MIN;
		double		d = 1 / b;
		double		h = d;

		for (int i = 1; i < 100000; i++)
		{
			double		an = -i * (i - a);
			double		delta;

			b += 2;
			d = an * d + b;
			if (fabs(d) < DBL_MIN)
				d = DBL_MIN;
			c = b + an / c;
			if (fabs(c) < DBL_MIN)
				c = DBL_MIN;
			d = 1 / d;
			delta = d * c;
			h *= delta;
			if (fabs(delta - 1) < DBL_EPSILON)
				break;
		}
		return 1 - h * scale;
	}
}

/*
 * From this many events on, Wilson and Hilferty's cube root is closer to the
 * quantile than lgamma() lets the exact way come.
 */
#define MANY_EVENTS 1e5

/*
 * The x at which P(a, x) reaches a probability: half the chi-square quantile
 * of 2a degrees of freedom.  z is the normal quantile of the probability.
 */
static double
gamma_quantile(double a, double p, double z)
{
	double		guess = 1 - 1 / (9 * a) + z / (3 * sqrt(a));
	double		low;
	double		high;

	guess = a * guess * guess * guess;
	if (a >= MANY_EVENTS)
		return guess;

	low = 0;
	high = Max(guess, 1);
	while (gamma_p(a, high) < p)
	{
		low = high;
		high *= 2;
	}
	for (;;)
	{
		double		mid = (low + high) / 2;

		if (mid <= low || mid >= high)
			return mid;
		if (gamma_p(a, mid) < p)
			low = mid;
		else
			high = mid;
	}
}

Limits
poisson_interval(double events, double exposure, double confidence)
{
	double		tail = (1 - confidence) / 2;
	double		z = normal_quantile(tail);
	Limits	interval;

	interval.low = events <= 0 ? 0 :
		gamma_quantile(events, tail, -z) / exposure;
	interval.high = gamma_quantile(events + 1, 1 - tail, z) / exposure;
	return interval;
}

/*
 * Newcombe's method 10 from two estimates and their single intervals: each
 * limit combines the distances on the side that matters.
 */
static Limits
newcombe_interval(double estimate1, Limits i1, double estimate2, Limits i2)
{
	double		difference = estimate1 - estimate2;
	Limits	interval;

	interval.low = difference - hypot(estimate1 - i1.low, i2.high - estimate2);
	interval.high = difference + hypot(i1.high - estimate1, estimate2 - i2.low);
	return interval;
}

Comparison
compare_proportions(double hits1, double trials1,
					double hits2, double trials2, double confidence)
{
	double		p1 = hits1 / trials1;
	double		p2 = hits2 / trials2;
	double		pooled = (hits1 + hits2) / (trials1 + trials2);
	double		variance = pooled * (1 - pooled) * (1 / trials1 + 1 / trials2);
	Comparison	result;

	result.difference = p1 - p2;
	result.interval = newcombe_interval(p1, wilson_interval(hits1, trials1, confidence),
										p2, wilson_interval(hits2, trials2, confidence));

	/* all hits, or none, on both sides: nothing speaks for a difference */
	result.p_value = variance > 0 ?
		erfc(fabs(p1 - p2) / sqrt(variance) * M_SQRT1_2) : 1;
	return result;
}

Comparison
compare_rates(double events1, double exposure1,
			  double events2, double exposure2, double confidence)
{
	double		r1 = events1 / exposure1;
	double		r2 = events2 / exposure2;
	double		pooled = (events1 + events2) / (exposure1 + exposure2);
	double		variance = pooled * (1 / exposure1 + 1 / exposure2);
	Comparison	result;

	result.difference = r1 - r2;
	result.interval = newcombe_interval(r1, poisson_interval(events1, exposure1, confidence),
										r2, poisson_interval(events2, exposure2, confidence));
	result.p_value = variance > 0 ?
		erfc(fabs(r1 - r2) / sqrt(variance) * M_SQRT1_2) : 1;
	return result;
}
