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
 *	G. Y. Zou, A. Donner, Construction of confidence limits about effect
 *		measures: a general approach, Statistics in Medicine 27 (2008),
 *		1693-1702: the same of any two estimates with limits of their own.
 *	J. Przyborowski, H. Wilenski, Homogeneity of results in testing samples
 *		from Poisson series, Biometrika 31 (1940), 313-323: the conditional
 *		test of two counts.
 *	C. Loader, Fast and accurate computation of binomial probabilities (2000).
 *	NIST Digital Library of Mathematical Functions, 5.11.1 and 8.17.22.
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
 * smallest double at 39.  The last one is kept, as a report asks for one only.
 */
static double
normal_quantile(double tail)
{
	static double last_tail = 0;
	static double last_quantile;
	double		low = 0;
	double		high = 39;

	if (tail == last_tail)
		return last_quantile;
	for (;;)
	{
		double		mid = (low + high) / 2;

		if (mid <= low || mid >= high)
		{
			last_tail = tail;
			last_quantile = mid;
			return mid;
		}
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
	Limits		interval;

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
 * a + 1, one less the continued fraction of Q above, by Lentz's method.  The
 * density there is x^(a - 1) e^-x / gamma(a).
 */
static double
gamma_p(double a, double x, double density)
{
	double		scale = density * x;

	if (x <= 0)
		return 0;

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
 *
 * Halley's steps from Wilson and Hilferty's guess, the density's slope being
 * (a - 1) / x - 1 times itself; a bisection where one would leave the bracket.
 */
static double
gamma_quantile(double a, double p, double z)
{
	double		guess = 1 - 1 / (9 * a) + z / (3 * sqrt(a));
	double		x = a * guess * guess * guess;
	double		log_gamma;
	double		low = 0;
	double		high = DBL_MAX;

	if (a >= MANY_EVENTS)
		return x;
	log_gamma = lgamma(a);
	if (x <= 0)
		x = DBL_EPSILON;

	for (int i = 0; i < 2000; i++)
	{
		double		density = exp((a - 1) * log(x) - x - log_gamma);
		double		above = gamma_p(a, x, density) - p;
		double		newton = above / density;
		double		step = newton / (1 - Min(1, newton * ((a - 1) / x - 1)) / 2);
		double		next = x - step;

		/* a step of Halley's cubes the error, times less than 10^5 here */
		if (fabs(step) <= x * 1e-7)
			return next;
		if (above > 0)
			high = x;
		else
			low = x;
		if (!(next > low && next < high))
			next = high == DBL_MAX ? 2 * x : (low + high) / 2;
		if (next <= low || next >= high)
			return next;
		x = next;
	}
	return x;
}

Limits
poisson_interval(double events, double exposure, double confidence)
{
	double		tail = (1 - confidence) / 2;
	double		z = normal_quantile(tail);
	Limits		interval;

	interval.low = events <= 0 ? 0 :
		gamma_quantile(events, tail, -z) / exposure;
	interval.high = gamma_quantile(events + 1, 1 - tail, z) / exposure;
	return interval;
}

/*
 * Newcombe's method 10, and Zou and Donner's, from two estimates and their single intervals: each
 * limit combines the distances on the side that matters.
 */
static Limits
newcombe_interval(double estimate1, Limits i1, double estimate2, Limits i2)
{
	double		difference = estimate1 - estimate2;
	Limits		interval;

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

/*
 * What Stirling's formula leaves of log(n!): log(n!) less
 * (n + 1/2) log(n) - n + log(2 pi) / 2.  n >= 1.
 */
static double
stirling_rest(double n)
{
	double		n2 = n * n;

	if (n < 16)
		return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.918938533204672741780;
	return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / n2) / n2) / n2) / n2) / n;
}

/*
 * Loader's deviance, x log(x / mean) + mean - x, without the loss of digits
 * where both are close.  x > 0.
 */
static double
deviance(double x, double mean)
{
	double		v = (x - mean) / (x + mean);
	double		sum = (x - mean) * v;
	double		term = 2 * x * v;

	if (!(fabs(v) < 0.1))
		return x * log(x / mean) + mean - x;
	for (int j = 1; j < 100; j++)
	{
		double		last = sum;

		term *= v * v;
		sum += term / (2 * j + 1);
		if (sum == last)
			break;
	}
	return sum;
}

/* The probability of x hits among n trials of probability p = 1 - q. */
static double
binomial_probability(double x, double n, double p, double q)
{
	if (x < 0 || x > n)
		return 0;
	if (x == 0)
		return exp(p < 0.1 ? n * log1p(-p) : n * log(q));
	if (x == n)
		return exp(q < 0.1 ? n * log1p(-q) : n * log(p));
	return exp(stirling_rest(n) - stirling_rest(x) - stirling_rest(n - x) -
			   deviance(x, n * p) - deviance(n - x, n * q)) *
		sqrt(n / (2 * M_PI * x * (n - x)));
}

/*
 * The probability of x hits or more, where x is above the mean: the incomplete
 * beta function I_p(x, n - x + 1), by its continued fraction (8.17.22) and
 * Lentz's method.
 */
static double
binomial_upper_tail(double x, double n, double p, double q)
{
	double		b = n - x + 1;
	double		c = 1;
	double		d = 1 - (n + 1) * p / (x + 1);
	double		h;

	if (fabs(d) < DBL_MIN)
		d = DBL_MIN;
	d = 1 / d;
	h = d;
	for (int i = 1; i < 100000; i++)
	{
		double		even = i * (b - i) * p / ((x + 2 * i - 1) * (x + 2 * i));
		double		odd = -(x + i) * (n + 1 + i) * p / ((x + 2 * i) * (x + 2 * i + 1));
		double		delta;

		d = 1 + even * d;
		c = 1 + even / c;
		if (fabs(d) < DBL_MIN)
			d = DBL_MIN;
		if (fabs(c) < DBL_MIN)
			c = DBL_MIN;
		d = 1 / d;
		h *= c * d;

		d = 1 + odd * d;
		c = 1 + odd / c;
		if (fabs(d) < DBL_MIN)
			d = DBL_MIN;
		if (fabs(c) < DBL_MIN)
			c = DBL_MIN;
		d = 1 / d;
		delta = c * d;
		h *= delta;
		if (fabs(delta - 1) < DBL_EPSILON)
			break;
	}
	return binomial_probability(x, n, p, q) * q * h;
}

/* The probability of x hits or more. */
static double
binomial_tail(double x, double n, double p, double q)
{
	if (x <= 0)
		return 1;
	if (x > n)
		return 0;
	if (x > n * p)
		return binomial_upper_tail(x, n, p, q);
	return 1 - binomial_upper_tail(n - x + 1, n, q, p);
}

/*
 * The two-sided p-value of x hits among n trials: the probability of all that
 * is no more probable than x.  Probabilities that only rounding sets apart
 * are equal ones.
 */
#define SAME_PROBABILITY	(1 + 1e-7)

static double
binomial_test(double x, double n, double p, double q)
{
	double		limit = binomial_probability(x, n, p, q) * SAME_PROBABILITY;
	double		inside;			/* too probable, or not beyond the mean */
	double		outside = n + 1;	/* improbable enough */

	if (x > n * p)
	{
		double		hits_probability = p;

		/* the same of the misses */
		x = n - x;
		p = q;
		q = hits_probability;
	}
	for (inside = ceil(n * p) - 1; outside - inside > 1;)
	{
		double		mid = floor((inside + outside) / 2);

		if (binomial_probability(mid, n, p, q) <= limit)
			outside = mid;
		else
			inside = mid;
	}
	/* x or fewer are so many misses or more */
	return Min(1, binomial_tail(n - x, n, q, p) + binomial_tail(outside, n, p, q));
}

/* With more events than this, the normal distribution is as close. */
#define TOO_MANY_EVENTS	1e8

Comparison
compare_rates(double events1, double exposure1,
			  double events2, double exposure2, double confidence)
{
	double		r1 = events1 / exposure1;
	double		r2 = events2 / exposure2;
	double		p = 1 / (1 + exposure2 / exposure1);
	double		q = 1 / (1 + exposure1 / exposure2);
	double		events = events1 + events2;
	Comparison	result;

	result.difference = r1 - r2;
	result.interval = newcombe_interval(r1, poisson_interval(events1, exposure1, confidence),
										r2, poisson_interval(events2, exposure2, confidence));

	/*
	 * Of all events, those of the first are a binomial number, if the rates
	 * are the same.
	 */
	if (events <= 0)
		result.p_value = 1;
	else if (events <= TOO_MANY_EVENTS)
		result.p_value = binomial_test(events1, events, p, q);
	else
		result.p_value = erfc(fabs(events1 * q - events2 * p) / sqrt(events * p * q) * M_SQRT1_2);
	return result;
}
