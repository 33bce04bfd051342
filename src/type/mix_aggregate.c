/*-------------------------------------------------------------------------
 *
 * mix_aggregate.c
 *		The aggregates whose state is a mix.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "type/mix.h"

/*
 * White space
 */

/* The bytes of the white space that the text starts with, or 0. */
static int
space_length(const unsigned char *p, int len)
{
	if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		return 1;
	if (*p < 0x80)
		return 0;
	if (GetDatabaseEncoding() != PG_UTF8)
		return *p == 0xA0 && pg_database_encoding_max_length() == 1 &&
			GetDatabaseEncoding() != PG_KOI8R && GetDatabaseEncoding() != PG_KOI8U &&
			GetDatabaseEncoding() != PG_WIN866;
	/* U+00A0, U+1680, U+2000 to U+200B, 2028, 2029, 202F, 205F, 2060, 3000, FEFF */
	if (len >= 2 && p[0] == 0xC2 && p[1] == 0xA0)
		return 2;
	if (len >= 3 &&
		((p[0] == 0xE1 && p[1] == 0x9A && p[2] == 0x80) ||
		 (p[0] == 0xE2 && p[1] == 0x80 &&
		  (p[2] <= 0x8B || p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF)) ||
		 (p[0] == 0xE2 && p[1] == 0x81 && (p[2] == 0x9F || p[2] == 0xA0)) ||
		 (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80) ||
		 (p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF)))
		return 3;
	return 0;
}

void
mix_trim(const char **item, int *len)
{
	const unsigned char *start = (const unsigned char *) *item;
	const unsigned char *end = start + Max(*len, 0);
	int			space;

	while (start < end && (space = space_length(start, end - start)) > 0)
		start += space;
	while (start < end)
	{
		const unsigned char *last = end - 1;

		/* in UTF-8, back to the first byte of the character */
		if (GetDatabaseEncoding() == PG_UTF8)
		{
			while (last > start && (*last & 0xC0) == 0x80)
				last--;
		}
		if (space_length(last, end - last) != end - last)
			break;
		end = last;
	}
	*len = start < end ? (int) (end - start) : -1;
	*item = start < end ? (const char *) start : NULL;
}

/*
 * Transition and final functions
 */

Mix *
mix_state(FunctionCallInfo fcinfo, const char *function)
{
	const Mix  *mix;

	check_aggregate_call(fcinfo, function);
	if (PG_ARGISNULL(0))
		return mix_new();
	mix = (const Mix *) PG_GETARG_POINTER(0);
	if (likely(mix_is_own(mix)))
		return unconstify(Mix *, mix);
	mix = mix_read_either(PG_GETARG_DATUM(0));
	return mix_copy(mix);
}

Datum
mix_row(FunctionCallInfo fcinfo, const char *function, bool counts, int item,
		int weight, bool trim, int sign)
{
	Mix		   *mix = mix_state(fcinfo, function);
	const char *text = NULL;
	int			len = -1;

	if (!counts || (weight > 0 && PG_ARGISNULL(weight)))
		PG_RETURN_POINTER(mix);
	if (!PG_ARGISNULL(item))
	{
		struct varlena *value = PG_GETARG_VARLENA_PP(item);

		text = VARDATA_ANY(value);
		len = VARSIZE_ANY_EXHDR(value);
		if (trim)
			mix_trim(&text, &len);
	}
	if (weight > 0)
		mix = mix_add_weight(mix, text, len, PG_GETARG_NUMERIC(weight), sign);
	else
		mix = mix_add_rows(mix, text, len, sign);
	PG_RETURN_POINTER(mix);
}

/* kpi_mix_accum(mix, item text) and its inverse: counts one row. */
PG_FUNCTION_INFO_V1(kpi_mix_accum);
Datum
kpi_mix_accum(PG_FUNCTION_ARGS)
{
	return mix_row(fcinfo, __func__, true, 1, 0, false, 1);
}

PG_FUNCTION_INFO_V1(kpi_mix_inverse);
Datum
kpi_mix_inverse(PG_FUNCTION_ARGS)
{
	return mix_row(fcinfo, __func__, true, 1, 0, false, -1);
}

/* kpi_mix_weighted_accum(mix, item text, weight numeric) and its inverse. */
PG_FUNCTION_INFO_V1(kpi_mix_weighted_accum);
Datum
kpi_mix_weighted_accum(PG_FUNCTION_ARGS)
{
	return mix_row(fcinfo, __func__, true, 1, 2, false, 1);
}

PG_FUNCTION_INFO_V1(kpi_mix_weighted_inverse);
Datum
kpi_mix_weighted_inverse(PG_FUNCTION_ARGS)
{
	return mix_row(fcinfo, __func__, true, 1, 2, false, -1);
}

/*
 * kpi_mix_combine(mix, mix) and its inverse: adds a whole mix up, or what
 * another state has added up.
 */
static Datum
merge_state(FunctionCallInfo fcinfo, const char *function, int sign)
{
	Mix		   *mix;
	const Mix  *other;

	check_aggregate_call(fcinfo, function);
	/* nothing yet: but a moving aggregate's state must not be NULL */
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1) && !IsA(fcinfo->context, WindowAggState))
		PG_RETURN_NULL();
	mix = mix_state(fcinfo, function);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(mix);
	other = mix_read_either(PG_GETARG_DATUM(1));
	mix = mix_merge(mix, other, sign);
	mix->parts += sign * (other->form == MIX_REST ? 1 : other->parts);
	if (mix->parts < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cannot subtract mixes that were never added")));
	PG_RETURN_POINTER(mix);
}

PG_FUNCTION_INFO_V1(kpi_mix_combine);
Datum
kpi_mix_combine(PG_FUNCTION_ARGS)
{
	return merge_state(fcinfo, __func__, 1);
}

PG_FUNCTION_INFO_V1(kpi_mix_uncombine);
Datum
kpi_mix_uncombine(PG_FUNCTION_ARGS)
{
	return merge_state(fcinfo, __func__, -1);
}

/* What an aggregate gives of its state. */
static Datum
final_mix(FunctionCallInfo fcinfo)
{
	const Mix  *mix = (const Mix *) PG_GETARG_POINTER(0);

	if (AggCheckCallContext(fcinfo, NULL) && mix_is_own(mix))
		PG_RETURN_POINTER(mix_rest(mix));
	PG_RETURN_POINTER(mix_read(PG_GETARG_DATUM(0)));
}

/* kpi_mix_final(mix): the mix; NULL where it is empty. */
PG_FUNCTION_INFO_V1(kpi_mix_final);
Datum
kpi_mix_final(PG_FUNCTION_ARGS)
{
	Datum		mix = final_mix(fcinfo);

	if (((const Mix *) DatumGetPointer(mix))->n == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(mix);
}

/* kpi_mix_rollup_final(mix): the mix; NULL where no mix was added up. */
PG_FUNCTION_INFO_V1(kpi_mix_rollup_final);
Datum
kpi_mix_rollup_final(PG_FUNCTION_ARGS)
{
	const Mix  *mix = (const Mix *) PG_GETARG_POINTER(0);

	if (AggCheckCallContext(fcinfo, NULL) && mix_is_own(mix) && mix->parts == 0)
		PG_RETURN_NULL();
	return final_mix(fcinfo);
}
