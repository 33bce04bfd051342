/*-------------------------------------------------------------------------
 *
 * ratio.c
 *		The type ratio: two numbers kept apart, and what kind of figure they
 *		make.
 *
 * Arithmetic is the server's numeric, so that pooling is exact.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "base/digits.h"
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

static Numeric
numeric_of(int64 number)
{
	return DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(number)));
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

/* The digits of a number of a ratio, which has been checked. */
static Digits
digits_of(Numeric number)
{
	Digits		digits;

	if (!digits_read(number, &digits))
		elog(ERROR, "a ratio has a number that is not finite");
	return digits;
}

static int
signum(Numeric number)
{
	Digits		digits = digits_of(number);

	return digits_sign(&digits);
}

/* Zero or a positive whole number, as a number of things is. */
static bool
is_count(Numeric number)
{
	Digits		digits = digits_of(number);

	return digits_sign(&digits) >= 0 && digits_whole(&digits);
}

static bool
is_one(Numeric number)
{
	Digits		digits = digits_of(number);

	return digits.n == 1 && digits.weight == 0 && digits.digits[0] == 1 && !digits.negative;
}

/* The order of two numbers that are not negative. */
static int
order_of(Numeric a, Numeric b)
{
	static const uint16 digit = 1;
	static const Digits one = {false, 0, 1, &digit};
	Digits		x = digits_of(a);
	Digits		y = digits_of(b);

	return digits_order_products(&x, &one, &y, &one);
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

/*
 * Kinds
 */

static const struct
{
	const char *name;
	const char *with_article;
}			kinds[RATIO_KINDS] = {
	[RATIO_PROPORTION] = {"proportion", "a proportion"},
	[RATIO_RATE] = {"rate", "a rate"},
	[RATIO_MEAN] = {"mean", "a mean"},
	[RATIO_COUNT] = {"count", "a count"},
	[RATIO_AMOUNT] = {"amount", "an amount"}
};

#define IS_TOTAL(kind) ((kind) == RATIO_COUNT || (kind) == RATIO_AMOUNT)

/* Nothing of nothing, which every kind of ratio starts from. */
static bool
is_nothing(Numeric numerator, Numeric denominator)
{
	return signum(numerator) == 0 && signum(denominator) == 0;
}

static bool
ratio_is_nothing(const Ratio *ratio)
{
	return is_nothing(ratio_numerator_of(ratio), ratio_denominator_of(ratio));
}

/* What a ratio is that nobody says the kind of. */
static RatioKind
kind_of_quotient(Numeric numerator, Numeric denominator)
{
	return is_count(numerator) && is_count(denominator) &&
		order_of(numerator, denominator) <= 0 ? RATIO_PROPORTION : RATIO_MEAN;
}

static RatioKind
kind_of_total(Numeric number)
{
	return is_count(number) ? RATIO_COUNT : RATIO_AMOUNT;
}

/* Can a ratio of this kind have these numbers?  All that can be stored can. */
static bool
ratio_valid(RatioKind kind, Numeric numerator, Numeric denominator)
{
	if (is_nothing(numerator, denominator))
		return kind == RATIO_PROPORTION;
	switch (kind)
	{
		case RATIO_PROPORTION:
			/* more hits than trials: some measure was no part of the other */
			return is_count(numerator) && is_count(denominator);
		case RATIO_COUNT:
			return is_count(numerator) && is_one(denominator);
		case RATIO_AMOUNT:
			return is_one(denominator);
		case RATIO_RATE:
		case RATIO_MEAN:
			return true;
		default:
			return false;
	}
}

/*
 * Making and reading
 */

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
ratio_make(RatioKind kind, Numeric numerator, Numeric denominator)
{
	Ratio	   *ratio;
	Size		size;

	numerator = checked_number(numerator, "numerator");
	denominator = IS_TOTAL(kind) ? numeric_of(1) : checked_number(denominator, "denominator");
	if (!ratio_valid(kind, numerator, denominator))
		kind = is_nothing(numerator, denominator) ? RATIO_PROPORTION :
			IS_TOTAL(kind) ? RATIO_AMOUNT : RATIO_MEAN;

	size = offsetof(Ratio, numbers) + NUMBER_SIZE(numerator) +
		NUMBER_SIZE(denominator);
	ratio = palloc0(size);
	SET_VARSIZE(ratio, size);
	ratio->version = RATIO_VERSION;
	ratio->kind = kind;
	memcpy(ratio->numbers, numerator, VARSIZE(numerator));
	memcpy(ratio->numbers + NUMBER_SIZE(numerator), denominator,
		   VARSIZE(denominator));
	return ratio;
}

/* Is there a finite number in these bytes, and how long is it? */
static bool
number_sound(char *bytes, Size room, Size *size)
{
	Digits		digits;

	if (room < VARHDRSZ || !VARATT_IS_4B_U(bytes) || VARSIZE(bytes) < VARHDRSZ ||
		NUMBER_SIZE(bytes) > room)
		return false;
	*size = NUMBER_SIZE(bytes);
	return digits_read((Numeric) bytes, &digits);
}

static bool
ratio_sound(Ratio *ratio)
{
	Size		room = VARSIZE(ratio);
	Size		first;
	Size		second;

	if (room < offsetof(Ratio, numbers))
		return false;
	room -= offsetof(Ratio, numbers);
	return ratio->version == RATIO_VERSION && ratio->unused == 0 &&
		number_sound(ratio->numbers, room, &first) &&
		number_sound(ratio->numbers + first, room - first, &second) &&
		first + second == room &&
		ratio_valid(ratio->kind, ratio_numerator_of(ratio), ratio_denominator_of(ratio));
}

Ratio *
ratio_from_datum(Datum value)
{
	Ratio	   *ratio = (Ratio *) PG_DETOAST_DATUM(value);

	if (likely(ratio_sound(ratio)))
		return ratio;
	if (VARSIZE(ratio) >= offsetof(Ratio, numbers) && ratio->version > RATIO_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("%s is of version %d", "ratio", ratio->version),
				 errdetail("This kpi knows version %d.", RATIO_VERSION)));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("damaged %s", "ratio")));
}

/*
 * Input and output
 *
 * A quotient is written as 8/47, a rate as 12 per 30.5, a total as 602.  The
 * kind stands behind where the numbers alone would be read as another.
 */

/* Takes the last word off, where it is a kind that a form can have. */
static int
take_kind(char *text, RatioKind first, RatioKind last)
{
	Size		len = strlen(text);

	for (int kind = first; kind <= (int) last; kind++)
	{
		Size		n = strlen(kinds[kind].name);

		if (kind != RATIO_RATE && len > n && isspace((unsigned char) text[len - n - 1]) &&
			pg_strcasecmp(text + len - n, kinds[kind].name) == 0)
		{
			text[len - n] = '\0';
			return kind;
		}
	}
	return -1;
}

/* ratio_in(cstring): see above; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_ratio_in);
Datum
kpi_ratio_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	char	   *copy = pstrdup(text);
	char	   *end = copy + strlen(copy);
	char	   *sign;
	Numeric		numbers[2];
	char	   *parts[2] = {copy, NULL};
	int			kind;

	while (end > copy && isspace((unsigned char) end[-1]))
		*--end = '\0';
	if ((sign = strchr(copy, '/')) != NULL)
	{
		kind = take_kind(sign, RATIO_PROPORTION, RATIO_MEAN);
		*sign = '\0';
		parts[1] = sign + 1;
	}
	else if ((sign = strstr(copy, " per ")) != NULL)
	{
		kind = RATIO_RATE;
		*sign = '\0';
		parts[1] = sign + strlen(" per ");
	}
	else
		kind = take_kind(copy, RATIO_COUNT, RATIO_AMOUNT);

	numbers[1] = numeric_of(1);
	for (int i = 0; i < 2 && parts[i] != NULL; i++)
	{
		Datum		number;

		/* the server's message would speak of a numeric only */
		if (strspn(parts[i], "+-.0123456789eE \t\n\r\f\v") != strlen(parts[i]) ||
			strpbrk(parts[i], "0123456789") == NULL)
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type %s: \"%s\"",
							"ratio", text),
					 errdetail("\"%s\" is not a finite number.", parts[i]),
					 errhint("A ratio is written as numerator/denominator such as 8/47, as 12 per 30.5, or as a total such as 602.")));
		if (!numeric_input(parts[i], fcinfo->context, &number))
			PG_RETURN_NULL();
		numbers[i] = DatumGetNumeric(number);
	}
	if (kind < 0)
		kind = parts[1] == NULL ? kind_of_total(numbers[0]) : kind_of_quotient(numbers[0], numbers[1]);
	if (!is_nothing(numbers[0], numbers[1]) && !ratio_valid(kind, numbers[0], numbers[1]))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"ratio", text),
				 errdetail("The numbers of %s are whole and not negative.", kinds[kind].with_article)));
	PG_RETURN_POINTER(ratio_make(kind, numbers[0], numbers[1]));
}

static char *
ratio_text(const Ratio *ratio)
{
	Numeric		numerator = ratio_numerator_of(ratio);
	Numeric		denominator = ratio_denominator_of(ratio);
	RatioKind	taken_for = RATIO_RATE;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, numeric_to_text(numerator));
	if (IS_TOTAL(ratio->kind))
		taken_for = kind_of_total(numerator);
	else
	{
		if (ratio->kind != RATIO_RATE)
			taken_for = kind_of_quotient(numerator, denominator);
		appendStringInfo(&buf, "%s%s", ratio->kind == RATIO_RATE ? " per " : "/",
						 numeric_to_text(denominator));
	}
	if (taken_for != ratio->kind)
		appendStringInfo(&buf, " %s", kinds[ratio->kind].name);
	return buf.data;
}

/* ratio_out(ratio): the numbers exactly, and the kind. */
PG_FUNCTION_INFO_V1(kpi_ratio_out);
Datum
kpi_ratio_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(ratio_text(PG_GETARG_RATIO_P(0)));
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
	int			version = pq_getmsgbyte(buf);
	RatioKind	kind = pq_getmsgbyte(buf);
	Numeric		numerator;
	Numeric		denominator;

	if (version != RATIO_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("%s in binary data is of version %d", "ratio", version),
				 errdetail("This kpi knows version %d.", RATIO_VERSION)));
	numerator = receive_number(buf);
	denominator = receive_number(buf);
	if (!ratio_valid(kind, numerator, denominator))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", "ratio"),
				 errdetail("It is of kind %d, with the numbers %s and %s.", kind,
						   numeric_to_text(numerator), numeric_to_text(denominator))));
	PG_RETURN_POINTER(ratio_make(kind, numerator, denominator));
}

static void
send_number(StringInfo buf, Numeric number)
{
	bytea	   *sent = DatumGetByteaPP(DirectFunctionCall1(numeric_send,
														   NumericGetDatum(number)));

	pq_sendint32(buf, VARSIZE_ANY_EXHDR(sent));
	pq_sendbytes(buf, VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent));
}

/*
 * ratio_send(ratio): the version, the kind, and two numerics in their own
 * form, each after its length.
 */
PG_FUNCTION_INFO_V1(kpi_ratio_send);
Datum
kpi_ratio_send(PG_FUNCTION_ARGS)
{
	Ratio	   *ratio = PG_GETARG_RATIO_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, ratio->version);
	pq_sendbyte(&buf, ratio->kind);
	send_number(&buf, ratio_numerator_of(ratio));
	send_number(&buf, ratio_denominator_of(ratio));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * ratio(numerator, denominator): a proportion of whole numbers of which the
 * first is the smaller and not negative, a mean of any other; 22023 unless
 * both are finite.
 */
PG_FUNCTION_INFO_V1(kpi_ratio_from_numerics);
Datum
kpi_ratio_from_numerics(PG_FUNCTION_ARGS)
{
	Numeric		numerator = checked_number(PG_GETARG_NUMERIC(0), "numerator");
	Numeric		denominator = checked_number(PG_GETARG_NUMERIC(1), "denominator");

	PG_RETURN_POINTER(ratio_make(kind_of_quotient(numerator, denominator), numerator, denominator));
}

/*
 * ratio(numerator, denominator, kind text): a proportion, a rate or a mean,
 * whatever the numbers look like; 22023 for another kind, and for numbers that
 * are none of a proportion.
 */
PG_FUNCTION_INFO_V1(kpi_ratio_of_kind);
Datum
kpi_ratio_of_kind(PG_FUNCTION_ARGS)
{
	Numeric		numerator = checked_number(PG_GETARG_NUMERIC(0), "numerator");
	Numeric		denominator = checked_number(PG_GETARG_NUMERIC(1), "denominator");
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(2));

	for (int kind = RATIO_PROPORTION; kind <= (int) RATIO_MEAN; kind++)
	{
		if (pg_strcasecmp(name, kinds[kind].name) != 0)
			continue;
		if (!is_nothing(numerator, denominator) && !ratio_valid(kind, numerator, denominator))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s/%s is not %s", numeric_to_text(numerator), numeric_to_text(denominator),
							kinds[kind].with_article),
					 errdetail("Its numbers are whole and not negative.")));
		PG_RETURN_POINTER(ratio_make(kind, numerator, denominator));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown kind of a ratio: \"%s\"", name),
			 errhint("Kinds are proportion, rate and mean.")));
}

/* ratio_per(n, exposure): a rate; 22023 unless both are finite. */
PG_FUNCTION_INFO_V1(kpi_ratio_per);
Datum
kpi_ratio_per(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ratio_make(RATIO_RATE, PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)));
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

/* Beyond doubles, whatever the first digits are. */
#define DOUBLE_WEIGHT	100

bool
ratio_value(const Ratio *ratio, double *value)
{
	Numeric		numerator = ratio_numerator_of(ratio);
	Numeric		denominator = ratio_denominator_of(ratio);
	Digits		above = digits_of(numerator);
	Digits		below = digits_of(denominator);
	int			weight = above.weight - below.weight;
	double		n;
	double		d;

	if (below.n == 0)
		return false;

	/* the server's numerics end before quotients do */
	if (above.n == 0 || weight < -DOUBLE_WEIGHT)
	{
		*value = 0;
		return true;
	}
	if (weight > DOUBLE_WEIGHT)
	{
		*value = above.negative == below.negative ? HUGE_VAL : -HUGE_VAL;
		return true;
	}

	/*
	 * Of whole numbers that doubles hold, the quotient of doubles is the
	 * nearest one to the true value.  Others are divided as numerics, with
	 * more digits than a double has.
	 */
	n = numeric_to_double(numerator);
	d = numeric_to_double(denominator);
	if (fabs(n) <= MAX_EXACT_DOUBLE && fabs(d) <= MAX_EXACT_DOUBLE &&
		digits_whole(&above) && digits_whole(&below))
		*value = n / d;
	else
	{
		Numeric		longer = DatumGetNumeric(DirectFunctionCall2(numeric_round,
																 NumericGetDatum(numerator),
																 Int32GetDatum(DOUBLE_WEIGHT * 4)));

		/* digits shown are digits of the quotient; none of the numerator is lost */
		if (!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(longer), NumericGetDatum(numerator))))
			longer = numerator;
		*value = numeric_to_double(numeric_call2(numeric_div, longer, denominator));
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

/* ratio::numeric: the server's own quotient, or the total; NULL likewise. */
PG_FUNCTION_INFO_V1(kpi_ratio_numeric);
Datum
kpi_ratio_numeric(PG_FUNCTION_ARGS)
{
	Ratio	   *ratio = PG_GETARG_RATIO_P(0);

	if (signum(ratio_denominator_of(ratio)) == 0)
		PG_RETURN_NULL();
	if (IS_TOTAL(ratio->kind))
		return datumCopy(NumericGetDatum(ratio_numerator_of(ratio)), false, -1);
	PG_RETURN_NUMERIC(numeric_call2(numeric_div, ratio_numerator_of(ratio),
									ratio_denominator_of(ratio)));
}

/* round(ratio, digits integer): the value, rounded; NULL likewise. */
PG_FUNCTION_INFO_V1(kpi_ratio_round);
Datum
kpi_ratio_round(PG_FUNCTION_ARGS)
{
	Ratio	   *ratio = PG_GETARG_RATIO_P(0);
	int32		digits = PG_GETARG_INT32(1);
	Datum		numerator = NumericGetDatum(ratio_numerator_of(ratio));
	Datum		longer;

	if (signum(ratio_denominator_of(ratio)) == 0)
		PG_RETURN_NULL();

	/* the quotient has as many digits as the numerator at least */
	longer = DirectFunctionCall2(numeric_round, numerator,
								 Int32GetDatum(Min(Max(digits, 0), 1000) + 20));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, longer, numerator)))
		longer = numerator;
	PG_RETURN_DATUM(DirectFunctionCall2(numeric_round,
										DirectFunctionCall2(numeric_div, longer,
															NumericGetDatum(ratio_denominator_of(ratio))),
										Int32GetDatum(digits)));
}

/*
 * percent(fraction double precision, digits integer): a fraction in percent,
 * rounded, since the server rounds numerics only.
 */
PG_FUNCTION_INFO_V1(kpi_percent);
Datum
kpi_percent(PG_FUNCTION_ARGS)
{
	Datum		fraction = DirectFunctionCall1(float8_numeric, PG_GETARG_DATUM(0));

	PG_RETURN_DATUM(DirectFunctionCall2(numeric_round,
										DirectFunctionCall2(numeric_mul, fraction,
															NumericGetDatum(numeric_of(100))),
										PG_GETARG_DATUM(1)));
}

/*
 * Pooling
 */

/* The kind of a sum of two ratios, of which neither is nothing. */
static RatioKind
common_kind(const Ratio *a, const Ratio *b)
{
	if (a->kind != b->kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot pool %s and %s", kinds[a->kind].with_article, kinds[b->kind].with_article),
				 errdetail("These are \"%s\" and \"%s\".", ratio_text(a), ratio_text(b)),
				 errhint("Pool ratios of one kind; ratio(numerator, denominator, 'mean') says it whatever the numbers are.")));
	return a->kind;
}

static Ratio *
ratio_copy(const Ratio *ratio)
{
	Ratio	   *copy = palloc(VARSIZE(ratio));

	memcpy(copy, ratio, VARSIZE(ratio));
	return copy;
}

static Ratio *
ratio_combine(RatioKind kind, const Ratio *a, const Ratio *b, PGFunction operation)
{
	/* the denominators of totals are left alone by ratio_make() */
	return ratio_make(kind,
					  numeric_call2(operation, ratio_numerator_of(a), ratio_numerator_of(b)),
					  numeric_call2(operation, ratio_denominator_of(a), ratio_denominator_of(b)));
}

/*
 * a + b: numerators and denominators added up, or the totals.  22023 where
 * they are of two kinds.
 */
PG_FUNCTION_INFO_V1(kpi_ratio_plus);
Datum
kpi_ratio_plus(PG_FUNCTION_ARGS)
{
	Ratio	   *a = PG_GETARG_RATIO_P(0);
	Ratio	   *b = PG_GETARG_RATIO_P(1);

	if (ratio_is_nothing(a))
		PG_RETURN_POINTER(ratio_copy(b));
	if (ratio_is_nothing(b))
		PG_RETURN_POINTER(ratio_copy(a));
	PG_RETURN_POINTER(ratio_combine(common_kind(a, b), a, b, numeric_add));
}

/*
 * The inverse of a + b, for moving frames.  NULL, which has the frame added up
 * anew, where a total comes to zero: that has a kind, and a frame of nothings
 * has none.
 */
PG_FUNCTION_INFO_V1(kpi_ratio_uncombine);
Datum
kpi_ratio_uncombine(PG_FUNCTION_ARGS)
{
	Ratio	   *a = PG_GETARG_RATIO_P(0);
	Ratio	   *b = PG_GETARG_RATIO_P(1);
	RatioKind	kind = b->kind;
	Ratio	   *rest;

	if (ratio_is_nothing(b))
		PG_RETURN_POINTER(ratio_copy(a));
	if (!ratio_is_nothing(a))
		kind = common_kind(a, b);
	rest = ratio_combine(kind, a, b, numeric_sub);
	if (!ratio_is_nothing(rest) && rest->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cannot subtract a ratio that was never added: \"%s\" from \"%s\"",
						ratio_text(b), ratio_text(a))));
	if (IS_TOTAL(kind) && signum(ratio_numerator_of(rest)) == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(rest);
}

/*
 * avg(), sum(), min() and max() of ratios: 0A000, which says what to use.
 */
PG_FUNCTION_INFO_V1(kpi_ratio_refuse);
Datum
kpi_ratio_refuse(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("ratios are pooled: use rollup()"),
			 errhint("rollup(ratio) is the ratio of the whole; avg(), sum(), min() and max() of single values take ratio::double precision.")));
	PG_RETURN_NULL();
}

/*
 * How sure the value is
 */

static bool
limits_finite(const Limits *interval)
{
	return isfinite(interval->low) && isfinite(interval->high);
}

/* Do its numbers say how sure it is? */
static bool
has_interval(const Ratio *ratio)
{
	Numeric		numerator = ratio_numerator_of(ratio);
	Numeric		denominator = ratio_denominator_of(ratio);

	if (signum(denominator) <= 0)
		return false;
	switch (ratio->kind)
	{
		case RATIO_PROPORTION:
			return order_of(numerator, denominator) <= 0;
		case RATIO_RATE:
			return is_count(numerator);
		case RATIO_COUNT:
			return true;
		default:
			return false;
	}
}

bool
ratio_interval(const Ratio *ratio, double confidence, Limits *interval)
{
	double		n = numeric_to_double(ratio_numerator_of(ratio));
	double		d = numeric_to_double(ratio_denominator_of(ratio));

	if (!has_interval(ratio))
		return false;
	*interval = ratio->kind == RATIO_PROPORTION ? wilson_interval(n, d, confidence) :
		poisson_interval(n, d, confidence);
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
	Limits		interval;

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
	Limits		interval;

	if (!ratio_interval(PG_GETARG_RATIO_P(0), confidence, &interval))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(interval.high);
}

bool
ratio_compare(const Ratio *a, const Ratio *b, double confidence,
			  Comparison *comparison, bool *tested)
{
	double		na = numeric_to_double(ratio_numerator_of(a));
	double		da = numeric_to_double(ratio_denominator_of(a));
	double		nb = numeric_to_double(ratio_numerator_of(b));
	double		db = numeric_to_double(ratio_denominator_of(b));
	double		value_a;
	double		value_b;

	if (!ratio_value(a, &value_a) || !ratio_value(b, &value_b))
		return false;

	*tested = a->kind == b->kind && has_interval(a) && has_interval(b);
	if (*tested)
	{
		*comparison = (a->kind == RATIO_PROPORTION ? compare_proportions : compare_rates)
			(na, da, nb, db, confidence);
		*tested = limits_finite(&comparison->interval) && isfinite(comparison->p_value);
	}
	comparison->difference = value_a - value_b;
	return isfinite(comparison->difference);
}

/*
 * difference_test(ratio, ratio, confidence): the first less the second, with
 * its interval and the p-value of no difference; NULLs where they have no
 * meaning, as those of two kinds have none.
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
