/*-------------------------------------------------------------------------
 *
 * mixes.c
 *		The transition functions of the catalogue's mixes, each of which takes
 *		the rows of one measure.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalogue/measures.h"
#include "type/mix.h"

/*
 * kpi_mix_NAME_accum(mix, outcome, text [, numeric]) and its inverse.  Items
 * lose the white space around them, and an empty one is a missing one.
 */
#define MIX_TRANSITION(function, measure, amount, sign) \
PG_FUNCTION_INFO_V1(function); \
Datum \
function(PG_FUNCTION_ARGS) \
{ \
	return mix_row(fcinfo, #function, !PG_ARGISNULL(1) && is_##measure(PG_GETARG_OUTCOME(1)), \
				   2, amount ? 3 : 0, true, sign); \
}
#define MIX(name, measure, amount, section) \
MIX_TRANSITION(kpi_mix_##name##_accum, measure, amount, 1) \
MIX_TRANSITION(kpi_mix_##name##_inverse, measure, amount, -1)
#include "catalogue/catalogue.gen.h"
