/*-------------------------------------------------------------------------
 *
 * ratio_order.c
 *		How ratios compare: with each other, and with a number.
 *
 * By their value, exactly, whatever kind they are of.  Digits are compared
 * rather than numerics multiplied, since a product of two numerics may be none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/digits.h"
#include "type/ratio.h"

typedef struct Quotient
{
	Digits		above;
	Digits		below;
	int			sign;
} Quotient;

/* The value of a ratio; false where it has none. */
static bool
quotient_of(const Ratio *ratio, Quotient *quotient)
{
	if (!digits_read(ratio_numerator_of(ratio), &quotient->above) ||
		!digits_read(ratio_denominator_of(ratio), &quotient->below))
		elog(ERROR, "a ratio has a number that is not finite");
	quotient->sign = digits_sign(&quotient->above) * digits_sign(&quotient->below);
	return quotient->below.n > 0;
}

static int
quotient_order(const Quotient *a, const Quotient *b)
{
	if (a->sign != b->sign || a->sign == 0)
		return (a->sign > b->sign) - (a->sign < b->sign);
	return a->sign * digits_order_products(&a->above, &b->below, &b->above, &a->below);
}

/* A ratio without a value stands after all others. */
static int
ratio_order(const Ratio *a, const Ratio *b)
{
	Quotient	qa;
	Quotient	qb;
	bool		has_a = quotient_of(a, &qa);
	bool		has_b = quotient_of(b, &qb);

	if (!has_a || !has_b)
		return (int) has_b - (int) has_a;
	return quotient_order(&qa, &qb);
}

/* Infinite ones and NaN as the server has them, NaN after all others. */
static int
ratio_order_numeric(const Ratio *ratio, Numeric number)
{
	static const uint16 digit = 1;
	static const Digits one = {false, 0, 1, &digit};
	Quotient	a;
	Quotient	b;

	(void) quotient_of(ratio, &a);
	if (!numeric_is_finite(number))
		return !numeric_is_nan(number) &&
			DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(number))) < 0 ? 1 : -1;
	if (!digits_read(number, &b.above))
		elog(ERROR, "a numeric is damaged");
	b.below = one;
	b.sign = digits_sign(&b.above);
	return quotient_order(&a, &b);
}

/* With a double the ratio compares as its value does in double precision. */
static int
ratio_order_float8(const Ratio *ratio, float8 number)
{
	double		value;

	(void) ratio_value(ratio, &value);
	return isnan(number) ? -1 : (value > number) - (value < number);
}

static bool
has_value(const Ratio *ratio)
{
	Quotient	quotient;

	return quotient_of(ratio, &quotient);
}

/*
 * The six operators between ratios; and between a ratio and a number, either
 * way around, which are NULL for a ratio without a value.
 */
#define OPERATOR(name, condition) \
PG_FUNCTION_INFO_V1(kpi_ratio_##name); \
Datum \
kpi_ratio_##name(PG_FUNCTION_ARGS) \
{ \
	int			order = ratio_order(PG_GETARG_RATIO_P(0), PG_GETARG_RATIO_P(1)); \
\
	PG_RETURN_BOOL(condition); \
} \
NUMBER_OPERATOR(name, numeric, PG_GETARG_NUMERIC, condition) \
NUMBER_OPERATOR(name, float8, PG_GETARG_FLOAT8, condition)

#define NUMBER_OPERATOR(name, type, getarg, condition) \
PG_FUNCTION_INFO_V1(kpi_ratio_##type##_##name); \
Datum \
kpi_ratio_##type##_##name(PG_FUNCTION_ARGS) \
{ \
	Ratio	   *ratio = PG_GETARG_RATIO_P(0); \
	int			order; \
\
	if (!has_value(ratio)) \
		PG_RETURN_NULL(); \
	order = ratio_order_##type(ratio, getarg(1)); \
	PG_RETURN_BOOL(condition); \
} \
PG_FUNCTION_INFO_V1(kpi_##type##_ratio_##name); \
Datum \
kpi_##type##_ratio_##name(PG_FUNCTION_ARGS) \
{ \
	Ratio	   *ratio = PG_GETARG_RATIO_P(1); \
	int			order; \
\
	if (!has_value(ratio)) \
		PG_RETURN_NULL(); \
	order = -ratio_order_##type(ratio, getarg(0)); \
	PG_RETURN_BOOL(condition); \
}

OPERATOR(lt, order < 0)
OPERATOR(le, order <= 0)
OPERATOR(eq, order == 0)
OPERATOR(ne, order != 0)
OPERATOR(ge, order >= 0)
OPERATOR(gt, order > 0)

PG_FUNCTION_INFO_V1(kpi_ratio_cmp);
Datum
kpi_ratio_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ratio_order(PG_GETARG_RATIO_P(0), PG_GETARG_RATIO_P(1)));
}

/*
 * Equal ratios hash alike: what is hashed is the value modulo two primes, which
 * does not ask for the ratio in lowest terms.
 */
static uint64
ratio_residues(const Ratio *ratio)
{
	Quotient	quotient;

	if (!quotient_of(ratio, &quotient))
		return PG_UINT64_MAX;
	return ((uint64) digits_quotient_residue(&quotient.above, &quotient.below, 2147483647) << 32) +
		digits_quotient_residue(&quotient.above, &quotient.below, 2147483629) +
		(quotient.sign < 0 ? (uint32) 1 << 31 : 0);
}

PG_FUNCTION_INFO_V1(kpi_ratio_hash);
Datum
kpi_ratio_hash(PG_FUNCTION_ARGS)
{
	uint64		residues = ratio_residues(PG_GETARG_RATIO_P(0));

	return hash_any((const unsigned char *) &residues, sizeof(residues));
}

PG_FUNCTION_INFO_V1(kpi_ratio_hash_extended);
Datum
kpi_ratio_hash_extended(PG_FUNCTION_ARGS)
{
	uint64		residues = ratio_residues(PG_GETARG_RATIO_P(0));

	return hash_any_extended((const unsigned char *) &residues, sizeof(residues),
							 PG_GETARG_INT64(1));
}
