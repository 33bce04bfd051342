/*-------------------------------------------------------------------------
 *
 * money.c
 *		The state type kpi_money.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "state/money.h"

#ifdef HAVE_INT128
#define WIDE_DIGITS		36		/* decimal digits that always fit */
#else
#define WIDE_DIGITS		18
#endif

/*
 * The server keeps a numeric as a varlena whose first 16 bits are a header.
 * In the short form these hold the sign, the number of decimals to show and
 * the weight of the first digit; in the long form the weight follows in 16
 * bits of its own.  Then come the digits, in base 10000.
 */
#define HEADER_KIND(h)		((h) & 0xC000)
#define HEADER_SHORT		0x8000
#define HEADER_SPECIAL		0xC000
#define SHORT_NEGATIVE(h)	(((h) & 0x2000) != 0)
#define SHORT_DECIMALS(h)	(((h) & 0x1F80) >> 7)
#define SHORT_WEIGHT(h)		((int) ((h) & 0x003F) - (((h) & 0x0040) != 0 ? 0x40 : 0))
#define LONG_NEGATIVE(h)	(((h) & 0x4000) != 0)
#define LONG_DECIMALS(h)	((h) & 0x3FFF)
#define SPECIAL_KIND(h)		((h) & 0xF000)
#define SPECIAL_NAN			0xC000
#define SPECIAL_INFINITY	0xD000
#define DECIMALS_MAX		0x3FFF
#define BASE				10000
#define BASE_DIGITS			4

static const int64 ten_to[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	INT64CONST(1000000000), INT64CONST(10000000000), INT64CONST(100000000000),
	INT64CONST(1000000000000), INT64CONST(10000000000000),
	INT64CONST(100000000000000), INT64CONST(1000000000000000),
	INT64CONST(10000000000000000), INT64CONST(100000000000000000),
	INT64CONST(1000000000000000000)
};

static inline bool
wide_add(wide_int a, wide_int b, wide_int *sum)
{
#if defined(HAVE_INT128) && defined(HAVE__BUILTIN_OP_OVERFLOW)
	return !__builtin_add_overflow(a, b, sum);
#elif defined(HAVE_INT128)
	const wide_int limit = (((wide_int) 1) << 126);

	/* far from the end both ways is near enough */
	if (a > limit || a < -limit || b > limit || b < -limit)
		return false;
	*sum = a + b;
	return *sum <= limit && *sum >= -limit;
#else
	return !pg_add_s64_overflow(a, b, sum);
#endif
}

/* A value in a tuple may be packed, and then stands at any address. */
static inline uint16
word_at(const char *words, int i)
{
	uint16		word;

	memcpy(&word, words + i * sizeof(uint16), sizeof(uint16));
	return word;
}

/*
 * Takes a numeric to pieces: its kind, its number of decimals, and what it is
 * times ten to these.  False where that integer is too wide.
 */
static inline bool
numeric_pieces(Numeric amount, MoneyKind *kind, int *decimals, wide_int *value)
{
	const char *words = VARDATA_ANY(amount);
	int			nwords = VARSIZE_ANY_EXHDR(amount) / sizeof(uint16);
	uint16		header = word_at(words, 0);
	const char *digits;
	int			ndigits;
	int			weight;
	bool		negative;
	int			shift;

	*kind = MONEY_DECIMAL;
	if (likely(HEADER_KIND(header) == HEADER_SHORT))
	{
		negative = SHORT_NEGATIVE(header);
		*decimals = SHORT_DECIMALS(header);
		weight = SHORT_WEIGHT(header);
		digits = words + sizeof(uint16);
		ndigits = nwords - 1;
	}
	else if (HEADER_KIND(header) == HEADER_SPECIAL)
	{
		*kind = SPECIAL_KIND(header) == SPECIAL_NAN ? MONEY_NAN :
			SPECIAL_KIND(header) == SPECIAL_INFINITY ? MONEY_INFINITY : MONEY_MINUS_INFINITY;
		*decimals = 0;
		*value = 0;
		return true;
	}
	else
	{
		negative = LONG_NEGATIVE(header);
		*decimals = LONG_DECIMALS(header);
		weight = (int16) word_at(words, 1);
		digits = words + 2 * sizeof(uint16);
		ndigits = nwords - 2;
	}

	if (ndigits == 0)
	{
		*value = 0;
		return true;
	}

	/* by how many decimal places the last digit falls short of the decimals */
	shift = *decimals - BASE_DIGITS * (ndigits - 1 - weight);
	if (likely(ndigits * BASE_DIGITS + Max(shift, 0) <= 18))
	{
		int64		small = word_at(digits, 0);

		for (int i = 1; i < ndigits; i++)
			small = small * BASE + word_at(digits, i);
		if (shift >= 0)
			small *= ten_to[shift];
		else
			small /= ten_to[-shift];
		*value = negative ? -small : small;
		return true;
	}
	if (ndigits * BASE_DIGITS + Max(shift, 0) > WIDE_DIGITS)
		return false;
	*value = word_at(digits, 0);
	for (int i = 1; i < ndigits; i++)
		*value = *value * BASE + word_at(digits, i);
	for (; shift > 0; shift--)
		*value *= 10;
	if (shift < 0)
		*value /= ten_to[-shift];
	if (negative)
		*value = -*value;
	return true;
}

#define MONEY_SIZE(count)	(offsetof(Money, entries) + (Size) (count) * sizeof(MoneyEntry))

Money *
money_new(void)
{
	Money	   *money = palloc0(MONEY_SIZE(0));

	SET_VARSIZE(money, MONEY_SIZE(0));
	money->version = MONEY_VERSION;
	return money;
}

/* The carry of an entry, behind those of the entries before it. */
static char *
money_carry(const Money *money, int entry)
{
	char	   *position = (char *) &money->entries[money->count];

	for (int i = 0; i < entry; i++)
		position += MAXALIGN(money->entries[i].carry);
	return position;
}

/*
 * Does all that the entries say lie within the value?  It is all that reading
 * and adding rely on, and cheap, so that every row can ask.
 */
static inline bool
money_is_whole(const Money *money)
{
	Size		size = VARSIZE(money);
	Size		used;

	if (size < MONEY_SIZE(0) || money->version != MONEY_VERSION || size < MONEY_SIZE(money->count))
		return false;
	used = MONEY_SIZE(money->count);
	for (int i = 0; i < money->count; i++)
	{
		const MoneyEntry *entry = &money->entries[i];

		if (entry->kind > MONEY_MINUS_INFINITY || entry->decimals > DECIMALS_MAX || entry->rows < 0)
			return false;
		if (unlikely(entry->carry != 0))
		{
			const struct varlena *carry = (const struct varlena *) ((const char *) money + used);

			if (entry->carry < VARHDRSZ + sizeof(uint16) || (Size) MAXALIGN(entry->carry) > size - used ||
				!VARATT_IS_4B_U(carry) || VARSIZE(carry) != entry->carry ||
				(entry->carry < VARHDRSZ + 2 * sizeof(uint16) && (word_at(VARDATA(carry), 0) & HEADER_SHORT) == 0))
				return false;
			used += MAXALIGN(entry->carry);
		}
	}
	return used == size;
}

Money *
money_read(Datum value)
{
	Money	   *money = (Money *) state_read(value);

	if (unlikely(!money_is_whole(money)))
		state_refuse("kpi_money", (struct varlena *) money, MONEY_VERSION);
	return money;
}

/* A copy with one more entry at the end, for the caller to fill. */
static Money *
money_grow(const Money *money)
{
	Size		head = MONEY_SIZE(money->count);
	Size		size = VARSIZE(money);
	Money	   *copy;

	if (money->count == PG_UINT16_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different numbers of decimals in one sum")));
	copy = palloc0(size + sizeof(MoneyEntry));
	memcpy(copy, money, head);
	memcpy((char *) copy + head + sizeof(MoneyEntry), (const char *) money + head, size - head);
	copy->count++;
	SET_VARSIZE(copy, size + sizeof(MoneyEntry));
	return copy;
}

/* A copy in which an entry has another carry; NULL takes the carry away. */
static Money *
money_set_carry(const Money *money, int entry, Numeric carry)
{
	Size		old = MAXALIGN(money->entries[entry].carry);
	Size		new = carry ? MAXALIGN(VARSIZE_ANY(carry)) : 0;
	Size		head = money_carry(money, entry) - (char *) money;
	Size		size = VARSIZE(money);
	Money	   *copy = palloc0(size - old + new);

	memcpy(copy, money, head);
	if (carry)
		memcpy((char *) copy + head, carry, VARSIZE_ANY(carry));
	memcpy((char *) copy + head + new, (const char *) money + head + old, size - head - old);
	copy->entries[entry].carry = carry ? VARSIZE_ANY(carry) : 0;
	SET_VARSIZE(copy, size - old + new);
	return copy;
}

/* The text of an integer that counts in units of ten to the -decimals. */
static char *
wide_text(wide_int value, int decimals)
{
	char		digits[64];
	int			n = 0;
	StringInfoData buf;

	initStringInfo(&buf);
	if (value < 0)
		appendStringInfoChar(&buf, '-');
	for (; value != 0; value /= 10)
		digits[n++] = '0' + (int) (value < 0 ? -(value % 10) : value % 10);
	if (n <= decimals)
	{
		appendStringInfoChar(&buf, '0');
		if (decimals > 0)
			appendStringInfoChar(&buf, '.');
		for (int i = decimals; i > n; i--)
			appendStringInfoChar(&buf, '0');
	}
	while (n > 0)
	{
		appendStringInfoChar(&buf, digits[--n]);
		if (n == decimals && n > 0)
			appendStringInfoChar(&buf, '.');
	}
	return buf.data;
}

static Numeric
text_numeric(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

/* An integer that counts in units of ten to the -decimals. */
static Numeric
wide_numeric(wide_int value, int decimals)
{
	if (value == (int64) value && decimals <= SCALED_DECIMALS)
		return scaled_numeric((int64) value, decimals);
	return text_numeric(wide_text(value, decimals));
}

static Numeric
numeric_plus(Numeric a, Numeric b, int sign)
{
	return DatumGetNumeric(DirectFunctionCall2(sign > 0 ? numeric_add : numeric_sub,
											   NumericGetDatum(a), NumericGetDatum(b)));
}

/* The sum of an entry's amounts. */
static Numeric
entry_sum(const Money *money, int entry)
{
	const MoneyEntry *e = &money->entries[entry];
	Numeric		sum = wide_numeric(e->sum, e->decimals);

	if (e->carry > 0)
		sum = numeric_plus(sum, (Numeric) money_carry(money, entry), 1);
	return sum;
}

char *
money_entry_text(const Money *money, int entry)
{
	switch (money->entries[entry].kind)
	{
		case MONEY_NAN:
			return pstrdup("NaN");
		case MONEY_INFINITY:
			return pstrdup("Infinity");
		case MONEY_MINUS_INFINITY:
			return pstrdup("-Infinity");
		default:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(entry_sum(money, entry))));
	}
}

static void
never_added(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("cannot subtract amounts that were never added")));
}

/* The place of an entry; one is made where there is none. */
static inline int
money_find(Money **money, int column, MoneyKind kind, int decimals)
{
	MoneyEntry *entry;
	int			n = (*money)->count;

	for (int i = 0; i < n; i++)
	{
		entry = &(*money)->entries[i];
		if (entry->decimals == decimals && entry->column == column && entry->kind == kind)
			return i;
	}
	*money = money_grow(*money);
	entry = &(*money)->entries[n];
	memset(entry, 0, sizeof(MoneyEntry));
	entry->column = column;
	entry->kind = kind;
	entry->decimals = decimals;
	return n;
}

/* Adds to an entry's carry what does not fit into its integer. */
static Money *
money_carry_over(Money *money, int entry, Numeric amount, int sign)
{
	Numeric		carry = entry_sum(money, entry);

	carry = numeric_plus(carry, amount, sign);
	money->entries[entry].sum = 0;
	return money_set_carry(money, entry, carry);
}

static inline Money *
money_count(Money *money, int entry, int64 rows, int sign)
{
	int64	   *total = &money->entries[entry].rows;

	if (unlikely(pg_add_s64_overflow(*total, sign * rows, total)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count out of range")));
	if (unlikely(*total < 0))
		never_added();
	/* no amounts, no sum */
	if (unlikely(*total == 0 && money->entries[entry].kind == MONEY_DECIMAL))
	{
		Datum		zero = DirectFunctionCall1(int8_numeric, Int64GetDatum(0));

		if (DatumGetBool(DirectFunctionCall2(numeric_ne, zero,
											 NumericGetDatum(entry_sum(money, entry)))))
			never_added();
		money->entries[entry].sum = 0;
		if (money->entries[entry].carry > 0)
			money = money_set_carry(money, entry, NULL);
	}
	return money;
}

Money *
money_add(Money *money, int column, Numeric amount, int sign)
{
	MoneyKind	kind;
	int			decimals;
	wide_int	value;
	bool		fits = numeric_pieces(amount, &kind, &decimals, &value);
	int			entry = money_find(&money, column, kind, decimals);

	if (unlikely(!fits) ||
		unlikely(!wide_add(money->entries[entry].sum, sign > 0 ? value : -value,
						   &value)))
		money = money_carry_over(money, entry, amount, sign);
	else
		money->entries[entry].sum = value;
	return money_count(money, entry, 1, sign);
}

Money *
money_add_sum(Money *money, int column, int decimals, int64 rows, int64 sum, int sign)
{
	int			entry = money_find(&money, column, MONEY_DECIMAL, decimals);
	wide_int	total;

	if (unlikely(!wide_add(money->entries[entry].sum, sign > 0 ? (wide_int) sum : -(wide_int) sum, &total)))
		money = money_carry_over(money, entry, wide_numeric(sum, decimals), sign);
	else
		money->entries[entry].sum = total;
	return money_count(money, entry, rows, sign);
}

Money *
money_merge(Money *money, const Money *other, int sign)
{
	for (int i = 0; i < other->count; i++)
	{
		const MoneyEntry *from = &other->entries[i];
		wide_int	sum;
		int			entry;

		if (from->rows == 0)
			continue;
		entry = money_find(&money, from->column, from->kind, from->decimals);
		if (from->carry > 0 ||
			!wide_add(money->entries[entry].sum, sign > 0 ? from->sum : -from->sum, &sum))
			money = money_carry_over(money, entry, entry_sum(other, i), sign);
		else
			money->entries[entry].sum = sum;
		money = money_count(money, entry, from->rows, sign);
	}
	return money;
}

Money *
money_rename(const Money *money, const int *names, int count)
{
	Money	   *copy = palloc(VARSIZE(money));

	memcpy(copy, money, VARSIZE(money));
	for (int i = 0; i < copy->count; i++)
	{
		if (copy->entries[i].column < count)
			copy->entries[i].column = names[copy->entries[i].column];
	}
	return copy;
}

int64
money_rows(const Money *money, int column)
{
	int64		rows = 0;

	for (int i = 0; i < money->count; i++)
	{
		if (money->entries[i].column == column)
			rows += money->entries[i].rows;
	}
	return rows;
}

Numeric
money_sum(const Money *money, int column)
{
	Numeric		sum = NULL;
	int			special = 0;

	for (int i = 0; i < money->count; i++)
	{
		const MoneyEntry *entry = &money->entries[i];

		if (entry->column != column || entry->rows == 0)
			continue;
		if (entry->kind != MONEY_DECIMAL)
			special |= 1 << entry->kind;
		else if (sum == NULL)
			sum = entry_sum(money, i);
		else
			sum = numeric_plus(sum, entry_sum(money, i), 1);
	}
	if (special == 1 << MONEY_INFINITY)
		return text_numeric("Infinity");
	if (special == 1 << MONEY_MINUS_INFINITY)
		return text_numeric("-Infinity");
	return special ? text_numeric("NaN") : sum;
}

static int
entry_cmp(const void *a, const void *b, void *arg)
{
	const Money *money = arg;
	const MoneyEntry *x = &money->entries[*(const int *) a];
	const MoneyEntry *y = &money->entries[*(const int *) b];

	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->decimals < y->decimals ? -1 : x->decimals > y->decimals;
}

Money *
money_canonical(const Money *money)
{
	int		   *order = palloc(sizeof(int) * Max(money->count, 1));
	int			n = 0;
	Money	   *result = money_new();

	for (int i = 0; i < money->count; i++)
	{
		if (money->entries[i].rows > 0)
			order[n++] = i;
	}
	qsort_arg(order, n, sizeof(int), entry_cmp, (void *) money);
	for (int i = 0; i < n; i++)
	{
		const MoneyEntry *from = &money->entries[order[i]];

		if (from->kind == MONEY_DECIMAL && from->carry > 0)
		{
			/* what fits into the integer again goes back there */
			money_add_entry(&result, from->column, from->rows,
							money_entry_text(money, order[i]), NULL);
			continue;
		}
		result = money_grow(result);
		result->entries[i] = *from;
	}
	return result;
}

Money *
money_select(const Money *money, const int *columns, int count)
{
	Money	   *result = money_new();

	for (int i = 0; i < count; i++)
	{
		for (int j = 0; j < money->count; j++)
		{
			const MoneyEntry *from = &money->entries[j];

			if (from->column != columns[i] || from->rows == 0)
				continue;
			if (from->carry > 0)
			{
				money_add_entry(&result, i, from->rows, money_entry_text(money, j), NULL);
				continue;
			}
			result = money_grow(result);
			result->entries[result->count - 1] = *from;
			result->entries[result->count - 1].column = i;
		}
	}
	return result;
}

bool
money_add_entry(Money **money, int column, int64 rows, char *sum, struct Node *escontext)
{
	Datum		amount;
	MoneyKind	kind;
	int			decimals;
	wide_int	value;
	bool		fits;
	int			entry;

	if (rows <= 0 || column < 0 || column > PG_UINT8_MAX ||
		!numeric_input(sum, escontext, &amount))
		return false;
	fits = numeric_pieces(DatumGetNumeric(amount), &kind, &decimals, &value);
	entry = money_find(money, column, kind, decimals);
	if ((*money)->entries[entry].rows != 0)
		return false;
	(*money)->entries[entry].rows = rows;
	if (fits)
		(*money)->entries[entry].sum = value;
	else
		*money = money_set_carry(*money, entry, DatumGetNumeric(amount));
	return true;
}

/*
 * kpi_money_in(cstring): {column:rows:sum,...}, a sum for each number of
 * decimals; 22P02 for anything else.
 */
PG_FUNCTION_INFO_V1(kpi_money_in);
Datum
kpi_money_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	char	   *position = pstrdup(text);
	Money	   *money = money_new();

	if (strcmp(position, "{}") == 0)
		PG_RETURN_POINTER(money);
	if (*position == '{')
	{
		do
		{
			char	   *end;
			long		column = strtol(position + 1, &end, 10);
			int64		rows;
			char	   *sum;
			char		closed;

			if (end == position + 1 || *end != ':' || column < 0 || column > PG_UINT8_MAX)
				break;
			position = end + 1;
			errno = 0;
			rows = strtoll(position, &end, 10);
			if (end == position || *end != ':' || errno != 0)
				break;
			sum = end + 1;
			position = sum + strcspn(sum, ",}");
			closed = *position;
			if (closed == '\0' || position == sum)
				break;
			*position = '\0';
			if (!money_add_entry(&money, column, rows, sum, fcinfo->context))
				break;
			if (closed == '}')
			{
				if (position[1] != '\0')
					break;
				PG_RETURN_POINTER(money);
			}
		} while (true);
	}
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "kpi_money", text),
			 errdetail("It is written as {column:rows:sum,...}.")));
}

PG_FUNCTION_INFO_V1(kpi_money_out);
Datum
kpi_money_out(PG_FUNCTION_ARGS)
{
	Money	   *money = money_canonical(PG_GETARG_MONEY_P(0));
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; i < money->count; i++)
		appendStringInfo(&buf, "%s%d:" INT64_FORMAT ":%s", i == 0 ? "" : ",",
						 money->entries[i].column, money->entries[i].rows,
						 money_entry_text(money, i));
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* kpi_money_recv(internal): takes nothing on trust; 22P03, or 22P02 for a sum. */
PG_FUNCTION_INFO_V1(kpi_money_recv);
Datum
kpi_money_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			count = 0;
	Money	   *money = money_new();
	bool		valid = version == MONEY_VERSION;

	if (valid)
		count = pq_getmsgint(buf, 2);

	for (int i = 0; i < count && valid; i++)
	{
		int			column = pq_getmsgbyte(buf);
		int64		rows = pq_getmsgint64(buf);
		int32		length = pq_getmsgint(buf, 4);
		int			used;

		valid = length >= 0 &&
			money_add_entry(&money, column, rows,
							pq_getmsgtext(buf, length, &used), NULL);
	}
	if (!valid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", "kpi_money"),
				 errdetail("It is of version %d, with %d entries.", version, count)));
	PG_RETURN_POINTER(money);
}

PG_FUNCTION_INFO_V1(kpi_money_send);
Datum
kpi_money_send(PG_FUNCTION_ARGS)
{
	Money	   *money = money_canonical(PG_GETARG_MONEY_P(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, MONEY_VERSION);
	pq_sendint16(&buf, money->count);
	for (int i = 0; i < money->count; i++)
	{
		char	   *sum = money_entry_text(money, i);

		pq_sendbyte(&buf, money->entries[i].column);
		pq_sendint64(&buf, money->entries[i].rows);
		send_counted_text(&buf, sum, strlen(sum));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

Money *
money_state(FunctionCallInfo fcinfo)
{
	Money	   *money;

	if (PG_ARGISNULL(0))
		return money_new();
	money = (Money *) PG_GETARG_POINTER(0);
	if (likely(state_is_plain(money) && money_is_whole(money)))
		return money;
	money = (Money *) state_copy(PG_GETARG_DATUM(0));
	return money_read(PointerGetDatum(money));
}

/* The numeric that a double is written as: the shortest that reads back. */
Numeric
float8_amount(double value)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(value, text);
	return text_numeric(text);
}

/* Adds an amount of each SQL type to a column. */

static inline Money *
add_numeric(Money *money, int column, Datum amount, int sign)
{
	return money_add(money, column, (Numeric) PG_DETOAST_DATUM_PACKED(amount), sign);
}

static inline Money *
add_int4(Money *money, int column, Datum amount, int sign)
{
	return money_add_sum(money, column, 0, 1, DatumGetInt32(amount), sign);
}

static inline Money *
add_int8(Money *money, int column, Datum amount, int sign)
{
	return money_add_sum(money, column, 0, 1, DatumGetInt64(amount), sign);
}

static inline Money *
add_float8(Money *money, int column, Datum amount, int sign)
{
	return money_add(money, column, float8_amount(DatumGetFloat8(amount)), sign);
}

/* One row: an amount for each column, NULLs left out. */
static pg_attribute_always_inline Datum
money_row(FunctionCallInfo fcinfo, Money *(*add) (Money *, int, Datum, int), int sign)
{
	Money	   *money;

	check_aggregate_call(fcinfo, "kpi_money_accum");
	money = money_state(fcinfo);
	for (int i = 1; i < PG_NARGS(); i++)
	{
		if (!PG_ARGISNULL(i))
			money = add(money, i - 1, PG_GETARG_DATUM(i), sign);
	}
	PG_RETURN_POINTER(money);
}

/* The transitions of each SQL type, of any number of columns, and their inverses. */
#define TRANSITIONS(type) \
PG_FUNCTION_INFO_V1(kpi_money_accum_##type); \
Datum \
kpi_money_accum_##type(PG_FUNCTION_ARGS) \
{ \
	return money_row(fcinfo, add_##type, 1); \
} \
PG_FUNCTION_INFO_V1(kpi_money_inverse_##type); \
Datum \
kpi_money_inverse_##type(PG_FUNCTION_ARGS) \
{ \
	return money_row(fcinfo, add_##type, -1); \
}
TRANSITIONS(numeric)
TRANSITIONS(int4)
TRANSITIONS(int8)
TRANSITIONS(float8)

/* kpi_money_combine(kpi_money, kpi_money) */
PG_FUNCTION_INFO_V1(kpi_money_combine);
Datum
kpi_money_combine(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	PG_RETURN_POINTER(money_merge(money_state(fcinfo), PG_GETARG_MONEY_P(1), 1));
}
