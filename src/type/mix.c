/*-------------------------------------------------------------------------
 *
 * mix.c
 *		The type mix: how it is held in memory, and how mixes add up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "type/mix.h"

/* a list of this many entries is searched one by one */
#define LIST_MAX		8
/* the sizes of small values are those of the server's memory chunks */
#define SIZE_MIN		64
#define SIZE_CHUNK_MAX	8192

/* An item that is a MIX_DECIMAL has at most so many decimals. */
#define DECIMALS_MAX	18

#define MIX_HEAD		offsetof(Mix, entries)
#define EntryAt(mix, offset) ((MixEntry *) ((char *) (mix) + (offset)))

/*
 * Amounts
 */

/* An amount in one piece: a decimal, or where number is not NULL, that. */
typedef struct Amount
{
	int64		sum;
	int			decimals;
	Numeric		number;
} Amount;

static const Amount no_amount = {0, 0, NULL};

static Numeric
text_numeric(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

static void
append_decimal(StringInfo buf, int64 sum, int decimals)
{
	char		digits[32];
	int			n = 0;
	uint64		rest = sum < 0 ? -(uint64) sum : (uint64) sum;

	/* at least one digit before the point */
	while (rest > 0 || n <= decimals)
	{
		if (n == decimals && decimals > 0)
			digits[n] = '.';
		digits[n + (decimals > 0 && n >= decimals)] = '0' + rest % 10;
		rest /= 10;
		n++;
	}
	if (sum < 0)
		appendStringInfoChar(buf, '-');
	for (int i = n - 1 + (decimals > 0); i >= 0; i--)
		appendStringInfoChar(buf, digits[i]);
}

static Numeric
amount_numeric(const Amount *amount)
{
	StringInfoData buf;

	if (amount->number != NULL)
		return amount->number;
	if (amount->decimals == 0)
		return DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(amount->sum)));
	initStringInfo(&buf);
	append_decimal(&buf, amount->sum, amount->decimals);
	return text_numeric(buf.data);
}

/* A decimal without zeros at its end. */
static void
amount_trim(Amount *amount)
{
	while (amount->decimals > 0 && amount->sum % 10 == 0)
	{
		amount->sum /= 10;
		amount->decimals--;
	}
}

/* A finite numeric as a decimal where it can be one. */
static Amount
amount_of_numeric(Numeric number)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out,
														   NumericGetDatum(number)));
	const char *p = text;
	bool		negative = *p == '-';
	char	   *point = strchr(text, '.');
	Amount		amount = no_amount;

	if (point != NULL)
	{
		char	   *last = point + strlen(point) - 1;

		while (*last == '0')
			*last-- = '\0';
		if (last == point)
			*last = '\0';
	}
	if (negative)
		p++;
	for (; *p != '\0'; p++)
	{
		if (*p == '.')
			continue;
		if (pg_mul_s64_overflow(amount.sum, 10, &amount.sum) ||
			pg_add_s64_overflow(amount.sum, *p - '0', &amount.sum) ||
			(point != NULL && p > point && ++amount.decimals > DECIMALS_MAX))
		{
			amount = no_amount;
			amount.number = DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale,
																NumericGetDatum(number)));
			break;
		}
	}
	if (negative)
		amount.sum = -amount.sum;
	pfree(text);
	return amount;
}

/* The sum times ten to a power; false where it is too large. */
static bool
decimal_shift(int64 *sum, int by)
{
	for (; by > 0; by--)
	{
		if (pg_mul_s64_overflow(*sum, 10, sum))
			return false;
	}
	return true;
}

/* a + b, or a - b. */
static Amount
amount_add(const Amount *a, const Amount *b, int sign)
{
	Amount		result = no_amount;
	int64		x = a->sum;
	int64		y = b->sum;

	result.decimals = Max(a->decimals, b->decimals);
	if (a->number == NULL && b->number == NULL &&
		decimal_shift(&x, result.decimals - a->decimals) &&
		decimal_shift(&y, result.decimals - b->decimals) &&
		!(sign > 0 ? pg_add_s64_overflow(x, y, &result.sum) :
		  pg_sub_s64_overflow(x, y, &result.sum)) &&
		result.sum != PG_INT64_MIN)
		return result;
	return amount_of_numeric(DatumGetNumeric(DirectFunctionCall2(sign > 0 ? numeric_add : numeric_sub,
																 NumericGetDatum(amount_numeric(a)),
																 NumericGetDatum(amount_numeric(b)))));
}

static Amount
entry_amount(const MixEntry *entry)
{
	Amount		amount = no_amount;

	if (entry->kind == MIX_COUNT)
		amount.sum = entry->rows;
	else if (entry->kind == MIX_DECIMAL)
	{
		memcpy(&amount.sum, entry->data, sizeof(int64));
		amount.decimals = entry->decimals;
	}
	else
		amount.number = (Numeric) unconstify(MixEntry *, entry)->data;
	return amount;
}

Numeric
mix_amount(const MixEntry *entry)
{
	Amount		amount = entry_amount(entry);

	return amount_numeric(&amount);
}

void
mix_append_amount(StringInfo buf, const MixEntry *entry)
{
	Amount		amount = entry_amount(entry);

	if (amount.number != NULL)
		appendStringInfoString(buf, DatumGetCString(DirectFunctionCall1(numeric_out,
																		NumericGetDatum(amount.number))));
	else
		append_decimal(buf, amount.sum, amount.decimals);
}

/* The kind of an entry with so many rows, and the bytes of its amount. */
static MixKind
amount_kind(const Amount *amount, int64 rows, uint32 *room)
{
	if (amount->number != NULL)
	{
		*room = VARSIZE(amount->number);
		return MIX_NUMERIC;
	}
	if (amount->decimals == 0 && amount->sum == rows)
	{
		*room = 0;
		return MIX_COUNT;
	}
	*room = sizeof(int64);
	return MIX_DECIMAL;
}

/* Writes an amount where there is room for it. */
static void
entry_set(MixEntry *entry, MixKind kind, const Amount *amount, int64 rows)
{
	entry->rows = rows;
	entry->kind = kind;
	entry->decimals = kind == MIX_DECIMAL ? amount->decimals : 0;
	if (kind == MIX_DECIMAL)
		memcpy(entry->data, &amount->sum, sizeof(int64));
	else if (kind == MIX_NUMERIC)
		memcpy(entry->data, amount->number, VARSIZE(amount->number));
}

/*
 * The form in work
 */

/*
 * A number that only this process writes into its states, so that one that
 * comes back in an argument is known not to come from a table, another
 * process or a damaged page.
 */
static uint32
this_process(void)
{
	static uint32 number = 0;

	if (number == 0)
		number = hash_combine(murmurhash32((uint32) MyProcPid),
							  murmurhash32((uint32) MyStartTimestamp)) | 1;
	return number;
}

static Mix *
work_new(Size size, int bits)
{
	Mix		   *mix = palloc0(size);

	SET_VARSIZE(mix, size);
	mix->version = MIX_VERSION;
	mix->form = MIX_WORK;
	mix->bits = bits;
	mix->used = MIX_HEAD;
	mix->owner = this_process();
	return mix;
}

Mix *
mix_new(void)
{
	return work_new(SIZE_MIN, 0);
}

/* The offsets of entries, at the end of the value; 0 is a free slot. */
static inline uint32 *
work_table(const Mix *mix)
{
	return (uint32 *) ((char *) mix + VARSIZE(mix) - (sizeof(uint32) << mix->bits));
}

static inline Size
work_end(const Mix *mix)
{
	return VARSIZE(mix) - (mix->bits > 0 ? sizeof(uint32) << mix->bits : 0);
}

static inline uint32
item_hash(const char *item, int len)
{
	return len < 0 ? 0 : hash_bytes((const unsigned char *) item, len);
}

static inline bool
entry_is(const MixEntry *entry, uint32 hash, const char *item, int len)
{
	return entry->hash == hash && entry->len == len && entry->kind != MIX_MOVED &&
		(len <= 0 || memcmp(MixEntryItem(entry), item, len) == 0);
}

/* The entry of an item, or NULL; and its slot, or the one for it. */
static inline MixEntry *
work_find(const Mix *mix, uint32 hash, const char *item, int len, uint32 **slot)
{
	if (mix->bits > 0)
	{
		uint32	   *table = work_table(mix);
		uint32		mask = ((uint32) 1 << mix->bits) - 1;
		uint32		i = hash & mask;

		for (; table[i] != 0; i = (i + 1) & mask)
		{
			if (entry_is(EntryAt(mix, table[i]), hash, item, len))
				break;
		}
		*slot = &table[i];
		return table[i] != 0 ? EntryAt(mix, table[i]) : NULL;
	}
	*slot = NULL;
	for (uint32 offset = MIX_HEAD; offset < mix->used;)
	{
		MixEntry   *entry = EntryAt(mix, offset);

		if (entry_is(entry, hash, item, len))
			return entry;
		offset += MixEntrySize(entry->room, entry->len);
	}
	return NULL;
}

const MixEntry *
mix_next(const Mix *mix, uint32 *offset)
{
	if (*offset == 0)
		*offset = MIX_HEAD;
	while (*offset < mix->used)
	{
		const MixEntry *entry = EntryAt(mix, *offset);

		*offset += MixEntrySize(entry->room, entry->len);
		if (entry->kind != MIX_MOVED && entry->rows != 0)
			return entry;
	}
	return NULL;
}

bool
mix_empty(const Mix *mix)
{
	uint32		offset = 0;

	return mix_next(mix, &offset) == NULL;
}

pg_noreturn pg_noinline static void
too_large(Size n)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("mix of %zu items is too large", n),
			 errdetail("A mix has room for one gigabyte.")));
}

/*
 * A copy with room for an entry more, of that size, and half as many again.
 * What has no rows left stays behind.
 */
static Mix *
work_grow(const Mix *mix, Size size)
{
	Size		needed = MIX_HEAD + size;
	Size		n = 1;
	Size		total;
	int			bits = 0;
	uint32		offset = 0;
	const MixEntry *entry;
	Mix		   *grown;

	while ((entry = mix_next(mix, &offset)) != NULL)
	{
		needed += MixEntrySize(entry->room, entry->len);
		n++;
	}
	total = needed;
	if (n > LIST_MAX)
	{
		total += needed / 2;
		for (bits = 5; (Size) 3 << bits < 4 * (n + n / 2); bits++)
			;
		if (total + (sizeof(uint32) << bits) > MaxAllocSize)
			total = Max(needed, MaxAllocSize - (sizeof(uint32) << bits)) & ~(Size) 7;
		total += sizeof(uint32) << bits;
	}
	if (total <= SIZE_CHUNK_MAX)
	{
		Size		chunk = SIZE_MIN;

		while (chunk < total)
			chunk *= 2;
		total = chunk;
	}
	total = TYPEALIGN(8, total);
	if (!AllocSizeIsValid(total))
		too_large(n);

	grown = work_new(total, bits);
	grown->parts = mix->parts;
	offset = 0;
	while ((entry = mix_next(mix, &offset)) != NULL)
	{
		Size		bytes = MixEntrySize(entry->room, entry->len);

		memcpy(EntryAt(grown, grown->used), entry, bytes);
		if (bits > 0)
		{
			uint32	   *slot;

			(void) work_find(grown, entry->hash, MixEntryItem(entry), entry->len, &slot);
			*slot = grown->used;
		}
		grown->used += bytes;
		grown->n++;
	}
	return grown;
}

/*
 * A new entry at the end, for the caller to fill.  Where the item has one
 * already, that has too little room.
 */
static MixEntry *
work_append(Mix **mix, MixEntry *old, uint32 hash, const char *item, int len, uint32 room)
{
	Size		size = MixEntrySize(room, len);
	Mix		   *m = *mix;
	uint32	   *slot = NULL;
	MixEntry   *entry;

	if (m->used + size > work_end(m) ||
		(m->bits == 0 ? m->n >= LIST_MAX : m->n >= (uint32) 3 << (m->bits - 2)))
	{
		/* it goes without the old entry */
		if (old != NULL)
			old->rows = 0;
		m = *mix = work_grow(m, size);
		old = NULL;
	}
	if (old != NULL)
	{
		(void) work_find(m, hash, item, len, &slot);
		old->kind = MIX_MOVED;
	}
	else if (m->bits > 0)
		(void) work_find(m, hash, item, len, &slot);
	entry = EntryAt(m, m->used);
	memset(entry, 0, size);
	entry->hash = hash;
	entry->len = len;
	entry->room = room;
	if (len > 0)
		memcpy(MixEntryItem(entry), item, len);
	if (m->bits > 0)
		*slot = m->used;
	m->used += size;
	m->n++;
	return entry;
}

pg_noreturn pg_noinline static void
subtracted_too_much(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("cannot subtract from a mix what it does not hold")));
}

/* Adds so many rows and their amount, or subtracts them. */
static Mix *
work_add(Mix *mix, const char *item, int len, int64 rows, const Amount *amount, int sign)
{
	uint32		hash = item_hash(item, len);
	uint32	   *slot;
	MixEntry   *entry = work_find(mix, hash, item, len, &slot);
	int64		total = entry != NULL ? entry->rows : 0;
	Amount		sum = entry != NULL ? entry_amount(entry) : no_amount;
	MixKind		kind;
	uint32		room;

	if (sign > 0 ? pg_add_s64_overflow(total, rows, &total) :
		pg_sub_s64_overflow(total, rows, &total))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count of rows in a mix is out of range")));
	if (total < 0)
		subtracted_too_much();
	sum = amount_add(&sum, amount, sign);
	kind = amount_kind(&sum, total, &room);
	if (total == 0)
	{
		/* no rows, no amount: either was not there */
		amount_trim(&sum);
		if (sum.number != NULL || sum.sum != 0)
			subtracted_too_much();
		if (entry != NULL)
			entry_set(entry, MIX_COUNT, &no_amount, 0);
		return mix;
	}
	if (entry == NULL || entry->room < room)
		entry = work_append(&mix, entry, hash, item, len, room);
	entry_set(entry, kind, &sum, total);
	return mix;
}

Mix *
mix_add_rows(Mix *mix, const char *item, int len, int64 n)
{
	uint32		hash = item_hash(item, len);
	uint32	   *slot;
	MixEntry   *entry = work_find(mix, hash, item, len, &slot);
	Amount		amount = no_amount;
	int64		total;

	if (likely(entry != NULL && entry->kind == MIX_COUNT &&
			   !pg_add_s64_overflow(entry->rows, n, &total) && total >= 0))
	{
		entry->rows = total;
		return mix;
	}
	if (entry == NULL && n > 0)
	{
		entry = work_append(&mix, NULL, hash, item, len, 0);
		entry->rows = n;
		return mix;
	}
	amount.sum = n < 0 ? -n : n;
	return work_add(mix, item, len, amount.sum, &amount, n < 0 ? -1 : 1);
}

Mix *
mix_add_weight(Mix *mix, const char *item, int len, Numeric weight, int sign)
{
	Amount		amount;

	if (!numeric_is_finite(weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight in a mix must be a finite number, not %s",
						DatumGetCString(DirectFunctionCall1(numeric_out,
															NumericGetDatum(weight))))));
	amount = amount_of_numeric(weight);
	return work_add(mix, item, len, 1, &amount, sign);
}

Mix *
mix_merge(Mix *mix, const Mix *other, int sign)
{
	Mix		   *given = mix;
	uint32		offset = 0;
	const MixEntry *entry;

	while ((entry = mix_next(other, &offset)) != NULL)
	{
		Mix		   *next;

		if (entry->kind == MIX_COUNT)
			next = mix_add_rows(mix, entry->len < 0 ? NULL : MixEntryItem(entry), entry->len,
								sign * entry->rows);
		else
		{
			Amount		amount = entry_amount(entry);

			next = work_add(mix, entry->len < 0 ? NULL : MixEntryItem(entry), entry->len,
							entry->rows, &amount, sign);
		}
		if (next != mix && mix != given)
			pfree(mix);
		mix = next;
	}
	return mix;
}

bool
mix_add_entry(Mix **mix, const char *item, int len, int64 rows, Numeric amount)
{
	uint32	   *slot;
	Amount		sum;

	if (rows <= 0 || !numeric_is_finite(amount) ||
		work_find(*mix, item_hash(item, len), item, len, &slot) != NULL)
		return false;
	sum = amount_of_numeric(amount);
	*mix = work_add(*mix, item, len, rows, &sum, 1);
	return true;
}

/*
 * The form at rest
 */

/* By bytes, a prefix first, the NULL item last. */
static int
compare_items(const MixEntry *x, const MixEntry *y)
{
	int			order;

	if (x->len < 0 || y->len < 0)
		return (x->len < 0) - (y->len < 0);
	order = memcmp(MixEntryItem(x), MixEntryItem(y), Min(x->len, y->len));
	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static int
compare_entries(const void *a, const void *b)
{
	return compare_items(*(const MixEntry *const *) a, *(const MixEntry *const *) b);
}

/* The entry's amount in the one form that it has at rest. */
static MixKind
rest_kind(const MixEntry *entry, Amount *amount, uint32 *room)
{
	*amount = entry_amount(entry);
	if (amount->number != NULL)
		*amount = amount_of_numeric(amount->number);
	else
		amount_trim(amount);
	return amount_kind(amount, entry->rows, room);
}

Mix *
mix_rest(const Mix *mix)
{
	Size		size = MIX_HEAD;
	Size		n = 0;
	uint32		offset = 0;
	const MixEntry **sorted = MemoryContextAllocHuge(CurrentMemoryContext,
													 Max(mix->n, 1) * sizeof(MixEntry *));
	const MixEntry *entry;
	Mix		   *rest;

	while ((entry = mix_next(mix, &offset)) != NULL)
	{
		uint32		room = 0;
		Amount		amount;

		if (entry->kind != MIX_COUNT)
			(void) rest_kind(entry, &amount, &room);
		size += MixEntrySize(room, entry->len);
		sorted[n++] = entry;
	}
	if (!AllocSizeIsValid(size))
		too_large(n);
	qsort(sorted, n, sizeof(MixEntry *), compare_entries);

	rest = palloc0(size);
	SET_VARSIZE(rest, size);
	rest->version = MIX_VERSION;
	rest->form = MIX_REST;
	rest->n = n;
	rest->used = MIX_HEAD;
	for (Size i = 0; i < n; i++)
	{
		MixEntry   *to = EntryAt(rest, rest->used);
		Amount		amount = no_amount;
		MixKind		kind = MIX_COUNT;

		entry = sorted[i];
		if (entry->kind != MIX_COUNT)
			kind = rest_kind(entry, &amount, &to->room);
		to->len = entry->len;
		entry_set(to, kind, &amount, entry->rows);
		if (entry->len > 0)
			memcpy(MixEntryItem(to), MixEntryItem(entry), entry->len);
		rest->used += MixEntrySize(to->room, to->len);
	}
	pfree(sorted);
	return rest;
}

/*
 * Is the numeric in an entry's amount one?  Its header says how many bytes
 * come before its digits, each of which is below 10000.
 */
static bool
numeric_valid(const MixEntry *entry)
{
	const struct varlena *number = (const struct varlena *) entry->data;
	Size		head;
	uint16		word;

	if (entry->room < VARHDRSZ + sizeof(uint16) || !VARATT_IS_4B_U(number) ||
		VARSIZE(number) < VARHDRSZ + sizeof(uint16) || VARSIZE(number) > entry->room ||
		VARSIZE(number) % sizeof(uint16) != 0)
		return false;
	memcpy(&word, VARDATA(number), sizeof(uint16));
	/* the server marks NaN and the infinities by two bits, its short form by one */
	if ((word & 0xC000) == 0xC000)
		return false;
	head = (word & 0x8000) != 0 ? sizeof(uint16) : 2 * sizeof(uint16);
	if (VARSIZE(number) < VARHDRSZ + head)
		return false;
	for (Size i = VARHDRSZ + head; i < VARSIZE(number); i += sizeof(uint16))
	{
		memcpy(&word, (const char *) number + i, sizeof(uint16));
		if (word >= 10000)
			return false;
	}
	return true;
}

/* What is wrong with an entry that has so many bytes before the end; or NULL. */
static const char *
entry_wrong(const MixEntry *entry, Size bytes, const MixEntry *before, bool rest)
{
	Amount		amount;
	uint32		room = 0;
	MixKind		kind;

	if (bytes < offsetof(MixEntry, data) || entry->len < -1 ||
		entry->room > MaxAllocSize || (Size) Max(entry->len, 0) > MaxAllocSize ||
		MixEntrySize(entry->room, entry->len) > bytes)
		return "is longer than the mix";
	if (!rest && entry->kind == MIX_MOVED)
		return NULL;
	if (entry->rows < 0 || (rest && entry->rows == 0))
		return "has no number of rows";
	if (entry->kind > MIX_NUMERIC || entry->unused != 0 || entry->decimals > DECIMALS_MAX ||
		(entry->kind == MIX_DECIMAL && entry->room < sizeof(int64)) ||
		(entry->kind == MIX_NUMERIC && !numeric_valid(entry)))
		return "has no amount";
	if (entry->len > 0 &&
		(memchr(MixEntryItem(entry), '\0', entry->len) != NULL ||
		 !pg_verify_mbstr(GetDatabaseEncoding(), MixEntryItem(entry), entry->len, true)))
		return "has an item that is no text";
	if (!rest)
		return entry->kind != MIX_DECIMAL && entry->decimals != 0 ? "has no amount" :
			entry->hash != item_hash(MixEntryItem(entry), entry->len) ? "has another item's hash" : NULL;

	if (entry->hash != 0)
		return "has a reserved field that is not zero";
	if (before != NULL && compare_items(before, entry) >= 0)
		return "is not in order";
	kind = rest_kind(entry, &amount, &room);
	if (kind != entry->kind || room != entry->room ||
		amount.decimals != entry->decimals ||
		(kind == MIX_NUMERIC && memcmp(amount.number, entry->data, room) != 0))
		return "has an amount in another form";
	for (const char *p = MixEntryItem(entry) + Max(entry->len, 0);
		 p < (const char *) entry + MixEntrySize(entry->room, entry->len); p++)
	{
		if (*p != 0)
			return "has a reserved field that is not zero";
	}
	return NULL;
}

bool
mix_valid(const Mix *mix, Size size, char **what)
{
	bool		rest;
	uint32		n = 0;
	const MixEntry *before = NULL;
	Size		end;

	if (size < offsetof(Mix, bits) || (mix->version == MIX_VERSION && size < MIX_HEAD))
	{
		*what = psprintf("It has %zu bytes.", size);
		return false;
	}
	if (mix->version != MIX_VERSION)
	{
		*what = psprintf("It is of version %d, this kpi knows version %d.",
						 mix->version, MIX_VERSION);
		return false;
	}
	rest = mix->form == MIX_REST;
	end = size;
	if (!rest && mix->bits > 0 && mix->bits < 30)
		end -= Min(end, sizeof(uint32) << mix->bits);
	if (mix->form > MIX_WORK || mix->parts < 0 || mix->unused != 0 || mix->unused2 != 0 || mix->bits >= 30 ||
		mix->used < MIX_HEAD || mix->used > end ||
		(rest && (mix->bits != 0 || mix->used != size || mix->owner != 0 || mix->parts != 0)))
	{
		*what = pstrdup("Its header is not one of a mix.");
		return false;
	}
	for (Size offset = MIX_HEAD; offset < mix->used;)
	{
		const MixEntry *entry = EntryAt(mix, offset);
		const char *wrong = entry_wrong(entry, mix->used - offset, before, rest);

		if (wrong != NULL)
		{
			*what = psprintf("Entry %u %s.", n + 1, wrong);
			return false;
		}
		before = entry;
		offset += MixEntrySize(entry->room, entry->len);
		n++;
	}
	if (n != mix->n)
	{
		*what = psprintf("It has %u entries, and says %u.", n, mix->n);
		return false;
	}
	return true;
}

bool
mix_is_own(const Mix *mix)
{
	return VARATT_IS_4B_U(mix) && VARSIZE(mix) >= MIX_HEAD &&
		mix->version == MIX_VERSION && mix->form == MIX_WORK &&
		mix->owner == this_process();
}

const Mix *
mix_read_either(Datum value)
{
	const Mix  *mix = (const Mix *) PG_DETOAST_DATUM(value);
	char	   *what;

	if (VARSIZE(mix) >= offsetof(Mix, form) && mix->version != MIX_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("mix is of version %d", mix->version),
				 errdetail("This kpi knows version %d.", MIX_VERSION)));
	if (!mix_valid(mix, VARSIZE(mix), &what))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged mix"),
				 errdetail_internal("%s", what)));
	return mix;
}

/* The entries are believed, a table that says where they are is not. */
Mix *
mix_copy(const Mix *mix)
{
	Mix		   *copy = mix_merge(mix_new(), mix, 1);

	copy->parts = mix->parts;
	return copy;
}

const Mix *
mix_read(Datum value)
{
	const Mix  *mix = mix_read_either(value);

	return mix->form == MIX_REST ? mix : mix_rest(mix_copy(mix));
}
