/*-------------------------------------------------------------------------
 *
 * ratio.c
 *		The type ratio: a numerator and a denominator, kept apart.
 *
 * Arithmetic is the server's numeric, so that pooling is exact.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "base/statistics.h"
#include "type/ratio.h"

/* Up to here whole numbers are exact as doubles. */
#define MAX_EXACT_DOUBLE 9007199254740992.0

#define NUMBER_SIZE(number) INTALIGN(VARSIZE(number))

static Numeric
numeric_call1(PGFunction function, Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(function, NumericGetDatum(a)));
}

static Numeric
numeric_call2(PGFunction function, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(function, NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static int
numeric_compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

/* -1, 0 or 1 */
static int
numeric_signum(Numeric number)
{
	return DatumGetInt32(DirectFunctionCall1(numeric_int4,
											 NumericGetDatum(numeric_call1(numeric_sign, number))));
}

static bool
numeric_is_whole(Numeric number)
{
	return numeric_compare(number, numeric_call1(numeric_floor, number)) == 0;
}

static double
numeric_to_double(Numeric number)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(number)));
}

static char *
numeric_to_text(Numeric number)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out,
											   NumericGetDatum(number)));
}

Numeric
ratio_numerator_of(const Ratio *ratio)
{
	return (Numeric) unconstify(Ratio *, ratio)->numbers;
}

Numeric
ratio_denominator_of(const Ratio *ratio)
{
	return (Numeric) (unconstify(Ratio *, ratio)->numbers +
					  NUMBER_SIZE(ratio->numbers));
}

static Numeric
checked_number(Numeric number, const char *name)
{
	if (!numeric_is_finite(number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of a ratio must be a finite number, not %s",
						name, numeric_to_text(number))));
	return numeric_call1(numeric_trim_scale, number);
}

Ratio *
ratio_make(Numeric numerator, Numeric denominator)
{
	Ratio	   *ratio;
	Size		size;

	numerator = checked_number(numerator, "numerator");
	denominator = checked_number(denominator, "denominator");

	size = offsetof(Ratio, numbers) + NUMBER_SIZE(numerator) +
		NUMBER_SIZE(denominator);
	ratio = palloc0(size);
	SET_VARSIZE(ratio, size);
	memcpy(ratio->numbers, numerator, VARSIZE(numerator));
	memcpy(ratio->numbers + NUMBER_SIZE(numerator), denominator,
		   VARSIZE(denominator));
	return ratio;
}

/*
 * Input and output
 */

/* ratio_in(cstring): numerator/denominator; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_ratio_in);
Datum
kpi_ratio_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	char	   *copy = pstrdup(text);
	char	   *slash = strchr(copy, '/');
	Numeric		numbers[2];
	char	   *parts[2];

	if (slash == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"ratio", text),
				 errhint("A ratio is written as numerator/denominator, such as 8/47.")));
	*slash = '\0';
	parts[0] = copy;
	parts[1] = slash + 1;
	for (int i = 0; i < 2; i++)
	{
		Datum		number;

		if (!numeric_input(parts[i], fcinfo->context, &number))
			PG_RETURN_NULL();
		numbers[i] = DatumGetNumeric(number);
		if (!numeric_is_finite(numbers[i]))
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type %s: \"%s\"",
							"ratio", text),
					 errdetail("Both numbers must be finite.")));
	}
	PG_RETURN_POINTER(ratio_make(numbers[0], numbers[1]));
}

/* ratio_out(ratio): numerator/denominator, exactly. */
PG_FUNCTION_INFO_V1(kpi_ratio_out);
Datum
kpi_ratio_out(PG_FUNCTION_ARGS)
{
	Ratio	   *ratio = PG_GETARG_RATIO_P(0);

	PG_RETURN_CSTRING(psprintf("%s/%s",
							   numeric_to_text(ratio_numerator_of(ratio)),
							   numeric_to_text(ratio_denominator_of(ratio))));
}

static Numeric
receive_number(StringInfo buf)
{
	int			size = pq_getmsgint(buf, 4);
	StringInfoData number;
	Numeric		result;

	initStringInfo(&number);
	appendBinaryStringInfo(&number, pq_getmsgbytes(buf, size), size);
	result = DatumGetNumeric(DirectFunctionCall3(numeric_recv,
												 PointerGetDatum(&number),
												 ObjectIdGetDatum(InvalidOid),
												 Int32GetDatum(-1)));
	pq_getmsgend(&number);
	if (!numeric_is_finite(result))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid ratio in binary data"),
				 errdetail("Both numbers must be finite.")));
	return result;
}

/* ratio_recv(internal): what ratio_send writes; 22P03 for anything else. */
PG_FUNCTION_INFO_V1(kpi_ratio_recv);
Datum
kpi_ratio_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Numeric		numerator = receive_number(buf);
	Numeric		denominator = receive_number(buf);

	PG_RETURN_POINTER(ratio_make(numerator, denominator));
}

static void
send_number(StringInfo buf, Numeric number)
{
	bytea	   *sent = DatumGetByteaPP(DirectFunctionCall1(numeric_send,
														   NumericGetDatum(number)));

	pq_sendint32(buf, VARSIZE_ANY_EXHDR(sent));
	pq_sendbytes(buf, VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent));
}

/* ratio_send(ratio): two numerics in their own form, each after its length. */
PG_FUNCTION_INFO_V1(kpi_ratio_send);
Datum
kpi_ratio_send(PG_FUNCTION_ARGS)
{
	Ratio	   *ratio = PG_GETARG_RATIO_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	send_number(&buf, ratio_numerator_of(ratio));
	send_number(&buf, ratio_denominator_of(ratio));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ratio(numerator, denominator): keeps two finite numbers apart; else 22023. */
PG_FUNCTION_INFO_V1(kpi_ratio_from_numerics);
Datum
kpi_ratio_from_numerics(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ratio_make(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)));
}

PG_FUNCTION_INFO_V1(kpi_ratio_numerator);
Datum
kpi_ratio_numerator(PG_FUNCTION_ARGS)
{
	return datumCopy(NumericGetDatum(ratio_numerator_of(PG_GETARG_RATIO_P(0))),
					 false, -1);
}

PG_FUNCTION_INFO_V1(kpi_ratio_denominator);
Datum
kpi_ratio_denominator(PG_FUNCTION_ARGS)
{
	return datumCopy(NumericGetDatum(ratio_denominator_of(PG_GETARG_RATIO_P(0))),
					 false, -1);
}

/*
 * The value
 */

bool
ratio_value(const Ratio *ratio, double *value)
{
	Numeric		numerator = ratio_numerator_of(ratio);
	Numeric		denominator = ratio_denominator_of(ratio);
	double		n;
	double		d;

	if (numeric_signum(denominator) == 0)
		return false;

	/*
	 * Of whole numbers that doubles hold, the quotient of doubles is the
	 * nearest one to the true value.  Others are divided as numerics, with
	 * more digits than a double has.
	 */
	n = numeric_to_double(numerator);
	d = numeric_to_double(denominator);
	if (fabs(n) <= MAX_EXACT_DOUBLE && fabs(d) <= MAX_EXACT_DOUBLE &&
		numeric_is_whole(numerator) && numeric_is_whole(denominator))
		*value = n / d;
	else
	{
		Datum		longer = DirectFunctionCall2(numeric_round,
												 NumericGetDatum(numerator),
												 Int32GetDatum(40));

		*value = numeric_to_double(numeric_call2(numeric_div,
												 numeric_compare(DatumGetNumeric(longer), numerator) == 0 ?
												 DatumGetNumeric(longer) : numerator,
												 denominator));
	}
	return true;
}

/* ratio::float8: the value; NULL where the denominator is zero. */
PG_FUNCTION_INFO_V1(kpi_ratio_float8);
Datum
kpi_ratio_float8(PG_FUNCTION_ARGS)
{
	double		value;

	if (!ratio_value(PG_GETARG_RATIO_P(0), &value))
		PG_RETURN_NULL();
	if (isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("ratio is out of range for type double precision")));
	PG_RETURN_FLOAT8(value);
}

/* ratio::numeric: the server's own quotient; NULL likewise. */
PG_FUNCTION_INFO_V1(kpi_ratio_numeric);
Datum
kpi_ratio_numeric(PG_FUNCTION_ARGS)
{
	Ratio	   *ratio = PG_GETARG_RATIO_P(0);

	if (numeric_signum(ratio_denominator_of(ratio)) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(numeric_call2(numeric_div, ratio_numerator_of(ratio),
									ratio_denominator_of(ratio)));
}

/*
 * Pooling
 */

static Ratio *
ratio_combine(const Ratio *a, const Ratio *b, PGFunction operation)
{
	return ratio_make(numeric_call2(operation, ratio_numerator_of(a),
									ratio_numerator_of(b)),
					  numeric_call2(operation, ratio_denominator_of(a),
									ratio_denominator_of(b)));
}

/* a + b: numerators and denominators added up. */
PG_FUNCTION_INFO_V1(kpi_ratio_add);
Datum
kpi_ratio_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ratio_combine(PG_GETARG_RATIO_P(0), PG_GETARG_RATIO_P(1),
									numeric_add));
}

/* The inverse of a + b, for moving frames. */
PG_FUNCTION_INFO_V1(kpi_ratio_inverse);
Datum
kpi_ratio_inverse(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ratio_combine(PG_GETARG_RATIO_P(0), PG_GETARG_RATIO_P(1),
									numeric_sub));
}

/*
 * Order: by value, exactly; a ratio without a value after all others.
 */

static int
ratio_order(const Ratio *a, const Ratio *b)
{
	Numeric		da = ratio_denominator_of(a);
	Numeric		db = ratio_denominator_of(b);
	int			sa = numeric_signum(da);
	int			sb = numeric_signum(db);
	int			order;

	if (sa == 0 || sb == 0)
		return (sa == 0) - (sb == 0);

	/* a/da against b/db: multiply by da * db, whose sign turns the order */
	order = numeric_compare(numeric_call2(numeric_mul, ratio_numerator_of(a), db),
							numeric_call2(numeric_mul, ratio_numerator_of(b), da));
	return sa == sb ? order : -order;
}

#define RATIO_OPERATOR(name, condition) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	int			order = ratio_order(PG_GETARG_RATIO_P(0), PG_GETARG_RATIO_P(1)); \
\
	PG_RETURN_BOOL(condition); \
}

RATIO_OPERATOR(kpi_ratio_lt, order < 0)
RATIO_OPERATOR(kpi_ratio_le, order <= 0)
RATIO_OPERATOR(kpi_ratio_eq, order == 0)
RATIO_OPERATOR(kpi_ratio_ne, order != 0)
RATIO_OPERATOR(kpi_ratio_ge, order >= 0)
RATIO_OPERATOR(kpi_ratio_gt, order > 0)

PG_FUNCTION_INFO_V1(kpi_ratio_cmp);
Datum
kpi_ratio_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ratio_order(PG_GETARG_RATIO_P(0), PG_GETARG_RATIO_P(1)));
}

/*
 * Equal ratios hash alike: both numbers are brought to whole ones without a
 * common divisor, the denominator positive.
 */
static Datum
ratio_hash_with(const Ratio *ratio, bool extended, Datum seed)
{
	Numeric		numbers[2] = {
		ratio_numerator_of(ratio), ratio_denominator_of(ratio)
	};
	Numeric		divisor;
	int			scale = 0;
	uint64		hash = 0;

	if (numeric_signum(numbers[1]) == 0)
		return extended ? UInt64GetDatum(DatumGetUInt64(seed)) :
			UInt32GetDatum(0);

	for (int i = 0; i < 2; i++)
		scale = Max(scale, DatumGetInt32(DirectFunctionCall1(numeric_scale,
															 NumericGetDatum(numbers[i]))));
	if (scale > 0)
	{
		Datum		power = DirectFunctionCall3(numeric_in,
												CStringGetDatum(psprintf("1e%d", scale)),
												ObjectIdGetDatum(InvalidOid),
												Int32GetDatum(-1));

		for (int i = 0; i < 2; i++)
			numbers[i] = numeric_call2(numeric_mul, numbers[i],
									   DatumGetNumeric(power));
	}
	divisor = numeric_call2(numeric_gcd, numbers[0], numbers[1]);
	if (numeric_signum(numbers[1]) < 0)
		divisor = numeric_call1(numeric_uminus, divisor);

	/* a numeric's hash leaves out its sign */
	hash = numeric_signum(numbers[0]) == numeric_signum(numbers[1]);
	for (int i = 0; i < 2; i++)
	{
		Datum		reduced = NumericGetDatum(numeric_call2(numeric_div_trunc,
															numbers[i], divisor));

		hash = hash * 31 +
			(extended ?
			 DatumGetUInt64(DirectFunctionCall2(hash_numeric_extended, reduced, seed)) :
			 DatumGetUInt32(DirectFunctionCall1(hash_numeric, reduced)));
	}
	return extended ? UInt64GetDatum(hash) : UInt32GetDatum((uint32) hash);
}

PG_FUNCTION_INFO_V1(kpi_ratio_hash);
Datum
kpi_ratio_hash(PG_FUNCTION_ARGS)
{
	return ratio_hash_with(PG_GETARG_RATIO_P(0), false, (Datum) 0);
}

PG_FUNCTION_INFO_V1(kpi_ratio_hash_extended);
Datum
kpi_ratio_hash_extended(PG_FUNCTION_ARGS)
{
	return ratio_hash_with(PG_GETARG_RATIO_P(0), true, PG_GETARG_DATUM(1));
}

/*
 * How sure the value is
 */

/* What kind of quantity a ratio is, for the interval that applies. */
typedef enum RatioKind
{
	RATIO_PROPORTION,			/* whole hits among whole trials */
	RATIO_RATE,					/* a whole count per positive exposure */
	RATIO_OTHER
} RatioKind;

static RatioKind
ratio_kind(const Ratio *ratio)
{
	Numeric		numerator = ratio_numerator_of(ratio);
	Numeric		denominator = ratio_denominator_of(ratio);

	if (numeric_signum(denominator) <= 0 || numeric_signum(numerator) < 0 ||
		!numeric_is_whole(numerator))
		return RATIO_OTHER;
	if (numeric_is_whole(denominator) &&
		numeric_compare(numerator, denominator) <= 0)
		return RATIO_PROPORTION;
	return RATIO_RATE;
}

static bool
limits_finite(const Limits *interval)
{
	return isfinite(interval->low) && isfinite(interval->high);
}

bool
ratio_interval(const Ratio *ratio, double confidence, Limits *interval)
{
	double		n = numeric_to_double(ratio_numerator_of(ratio));
	double		d = numeric_to_double(ratio_denominator_of(ratio));

	switch (ratio_kind(ratio))
	{
		case RATIO_PROPORTION:
			*interval = wilson_interval(n, d, confidence);
			break;
		case RATIO_RATE:
			*interval = poisson_interval(n, d, confidence);
			break;
		case RATIO_OTHER:
			return false;
	}
	return limits_finite(interval);
}

static double
checked_confidence(double confidence)
{
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence must be between 0 and 1, not %g", confidence)));
	return confidence;
}

/* low(ratio, confidence): the lower limit; NULL where no interval applies. */
PG_FUNCTION_INFO_V1(kpi_ratio_low);
Datum
kpi_ratio_low(PG_FUNCTION_ARGS)
{
	double		confidence = checked_confidence(PG_GETARG_FLOAT8(1));
	Limits	interval;

	if (!ratio_interval(PG_GETARG_RATIO_P(0), confidence, &interval))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(interval.low);
}

/* high(ratio, confidence): the upper limit; NULL where no interval applies. */
PG_FUNCTION_INFO_V1(kpi_ratio_high);
Datum
kpi_ratio_high(PG_FUNCTION_ARGS)
{
	double		confidence = checked_confidence(PG_GETARG_FLOAT8(1));
	Limits	interval;

	if (!ratio_interval(PG_GETARG_RATIO_P(0), confidence, &interval))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(interval.high);
}

bool
ratio_compare(const Ratio *a, const Ratio *b, double confidence,
			  Comparison *comparison, bool *tested)
{
	RatioKind	kind_a = ratio_kind(a);
	RatioKind	kind_b = ratio_kind(b);
	double		na = numeric_to_double(ratio_numerator_of(a));
	double		da = numeric_to_double(ratio_denominator_of(a));
	double		nb = numeric_to_double(ratio_numerator_of(b));
	double		db = numeric_to_double(ratio_denominator_of(b));
	double		value_a;
	double		value_b;

	if (!ratio_value(a, &value_a) || !ratio_value(b, &value_b))
		return false;

	if (kind_a == RATIO_PROPORTION && kind_b == RATIO_PROPORTION)
		*comparison = compare_proportions(na, da, nb, db, confidence);
	else if (kind_a != RATIO_OTHER && kind_b != RATIO_OTHER)
		*comparison = compare_rates(na, da, nb, db, confidence);
	comparison->difference = value_a - value_b;
	*tested = kind_a != RATIO_OTHER && kind_b != RATIO_OTHER &&
		limits_finite(&comparison->interval) &&
		isfinite(comparison->p_value);
	return isfinite(comparison->difference);
}

/*
 * difference_test(ratio, ratio, confidence): the first less the second, with
 * its interval and the p-value of no difference; NULLs where they have no
 * meaning.
 */
PG_FUNCTION_INFO_V1(kpi_ratio_difference_test);
Datum
kpi_ratio_difference_test(PG_FUNCTION_ARGS)
{
	Ratio	   *a = PG_GETARG_RATIO_P(0);
	Ratio	   *b = PG_GETARG_RATIO_P(1);
	double		confidence = checked_confidence(PG_GETARG_FLOAT8(2));
	TupleDesc	tupdesc;
	Comparison	comparison = {0};
	bool		known;
	bool		tested = false;
	Datum		values[4];
	bool		nulls[4];

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	known = ratio_compare(a, b, confidence, &comparison, &tested);
	values[0] = Float8GetDatum(comparison.difference);
	values[1] = Float8GetDatum(comparison.interval.low);
	values[2] = Float8GetDatum(comparison.interval.high);
	values[3] = Float8GetDatum(comparison.p_value);
	nulls[0] = !known;
	nulls[1] = nulls[2] = nulls[3] = !(known && tested);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc),
													  values, nulls)));
}
