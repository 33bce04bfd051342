/*-------------------------------------------------------------------------
 *
 * outcome_mix.c
 *		Mixes over outcomes, which count the rows of one measure.
 *
 * Reasons and products lose the white space around them, and an empty one is
 * a missing one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "type/mix.h"
#include "type/outcome.h"

/* A lead that was refused first and sold then is a sale. */
static inline bool
is_refusal(outcome set)
{
	return (set & OUTCOME_REFUSED) != 0 && (set & OUTCOME_SALE) == 0;
}

static inline bool
is_sale(outcome set)
{
	return (set & OUTCOME_SALE) != 0;
}

/*
 * kpi_mix_NAME_accum(mix, outcome, text [, numeric]) and its inverse, where
 * weight is the argument of the weight or 0.
 */
#define MIX(name, measure, weight) \
PG_FUNCTION_INFO_V1(kpi_mix_##name##_accum); \
Datum \
kpi_mix_##name##_accum(PG_FUNCTION_ARGS) \
{ \
	return mix_row(fcinfo, __func__, !PG_ARGISNULL(1) && measure(PG_GETARG_OUTCOME(1)), \
				   2, weight, true, 1); \
} \
PG_FUNCTION_INFO_V1(kpi_mix_##name##_inverse); \
Datum \
kpi_mix_##name##_inverse(PG_FUNCTION_ARGS) \
{ \
	return mix_row(fcinfo, __func__, !PG_ARGISNULL(1) && measure(PG_GETARG_OUTCOME(1)), \
				   2, weight, true, -1); \
}
MIX(refusal, is_refusal, 0)
MIX(sale, is_sale, 0)
MIX(revenue, is_sale, 3)
