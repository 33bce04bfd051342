/*-------------------------------------------------------------------------
 *
 * scorecard.c
 *		The type scorecard: its form at rest, and how scorecards add up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "common/int.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "card/scorecard.h"
#include "state/journey.h"
#include "type/line.h"
#include "type/outcome.h"

#define CARD_MAGIC 0x63617264

/*
 * Making and changing a card
 */

static Size card_flat_size(ExpandedObjectHeader *header);
static void card_flatten_into(ExpandedObjectHeader *header, void *result,
							  Size allocated_size);

static const ExpandedObjectMethods card_methods = {
	card_flat_size, card_flatten_into
};

Card *
card_new(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "kpi scorecard",
												  ALLOCSET_SMALL_SIZES);
	Card	   *card = MemoryContextAllocZero(context, sizeof(Card));

	EOH_init_header(&card->hdr, &card_methods, context);
	card->magic = CARD_MAGIC;
	return card;
}

void
card_add_sections(Card *card, int sections)
{
	MemoryContext old = MemoryContextSwitchTo(card->hdr.eoh_context);
	int			added = sections & ~card->sections;

	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (added & SECTION_TALLY(i))
			card->tallies[i] = tally_new();
	}
	if (added & SECTION_MONEY)
		card->money = money_new();
	if (added & SECTION_REASONS)
		card->mixes[CARD_REASONS] = mix_new();
	if (added & SECTION_PRODUCTS)
	{
		card->mixes[CARD_PRODUCTS] = mix_new();
		card->mixes[CARD_AMOUNTS] = mix_new();
	}
	card->sections |= added;
	MemoryContextSwitchTo(old);
}

static void
card_changes(Card *card)
{
	if (card->flat != NULL)
		pfree(card->flat);
	card->flat = NULL;
}

static inline void
card_count(Card *card, int tally, uint32 key, int64 n)
{
	Tally	   *old = card->tallies[tally];

	card->tallies[tally] = tally_add(old, key, n);
	if (card->tallies[tally] != old)
		pfree(old);
}

/*
 * The form at rest
 *
 * The bytes of a scorecard are the same on every machine, and the same are
 * sent to clients, but for items, which are then in the client's encoding.
 */

typedef struct Reader
{
	const uint8 *next;
	const uint8 *end;
	bool		wire;			/* from a client, not from a table */
} Reader;

pg_noreturn pg_noinline static void
damaged(const Reader *reader)
{
	ereport(ERROR,
			(errcode(reader->wire ? ERRCODE_INVALID_BINARY_REPRESENTATION :
					 ERRCODE_DATA_CORRUPTED),
			 errmsg(reader->wire ? "invalid scorecard in binary data" :
					"damaged scorecard")));
}

static inline uint8
read_byte(Reader *reader)
{
	if (unlikely(reader->next >= reader->end))
		damaged(reader);
	return *reader->next++;
}

/* Seven bits a byte, the low ones first; the last byte has no high bit. */
static inline uint64
read_number(Reader *reader)
{
	uint64		number = read_byte(reader);

	if (unlikely(number & 0x80))
	{
		int			shift = 7;
		uint8		byte;

		number &= 0x7F;
		do
		{
			byte = read_byte(reader);
			if (shift == 63 && byte > 1)
				damaged(reader);
			number |= (uint64) (byte & 0x7F) << shift;
			shift += 7;
		} while (byte & 0x80);
	}
	return number;
}

/* A number of rows, or of something else that is not negative. */
static inline int64
read_count(Reader *reader)
{
	uint64		number = read_number(reader);

	if (unlikely(number > PG_INT64_MAX))
		damaged(reader);
	return (int64) number;
}

/* 0, -1, 1, -2, 2 ... as 0, 1, 2, 3, 4 ... */
static inline int64
read_signed(Reader *reader)
{
	uint64		number = read_number(reader);

	return (int64) ((number >> 1) ^ (~(number & 1) + 1));
}

static const char *
read_bytes(Reader *reader, uint64 length)
{
	const char *bytes = (const char *) reader->next;

	if (length > (uint64) (reader->end - reader->next))
		damaged(reader);
	reader->next += length;
	return bytes;
}

/* Text of ASCII characters, a number's. */
static char *
read_ascii(Reader *reader)
{
	uint64		length = read_number(reader);
	const char *bytes = read_bytes(reader, length);
	char	   *text = pnstrdup(bytes, length);

	/* digits, with a sign, a point or an exponent; or NaN, or an infinity */
	if (length == 0 || strspn(text, "0123456789+-.eNaInfity") != length)
		damaged(reader);
	return text;
}

static void
merge_tally(Card *card, int tally, Reader *reader, int sign)
{
	uint64		n = read_number(reader);
	uint64		key = 0;

	for (uint64 i = 0; i < n; i++)
	{
		uint64		step = read_number(reader);
		int64		count = read_count(reader);

		key += step;
		if (unlikely(count == 0 || step > TALLY_KEY_MAX || key > TALLY_KEY_MAX ||
					 (i > 0 && step == 0)))
			damaged(reader);
		if (tally == CARD_LINES ? key >= LINE_TYPES :
			unlikely(reader->wire) && !outcome_valid(key))
			damaged(reader);
		card_count(card, tally, key, sign * count);
	}
}

static void
merge_time(Card *card, Reader *reader, int sign)
{
	for (int i = 0; i < TIME_COLUMNS; i++)
	{
		DurationColumn column;

		column.sum = read_count(reader);
		column.rows = read_count(reader);
		column.positive = read_count(reader);
		if (!duration_column_valid(&column))
			damaged(reader);
		duration_column_merge(&card->time[i], &column, sign, time_column_names[i]);
	}
}

/*
 * Money: for every column and number of decimals the rows and their sum, an
 * integer; or, where it is no such integer, text.
 */
#define MONEY_AS_TEXT	0x80

static void
merge_money(Card *card, Reader *reader, int sign)
{
	uint64		n = read_number(reader);

	for (uint64 i = 0; i < n; i++)
	{
		uint8		column = read_byte(reader);
		bool		as_text = (column & MONEY_AS_TEXT) != 0;
		Money	   *old = card->money;
		int64		rows;

		column &= ~MONEY_AS_TEXT;
		if (column >= MONEY_COLUMNS)
			damaged(reader);
		if (likely(!as_text))
		{
			uint64		decimals = read_number(reader);
			int64		sum;

			rows = read_count(reader);
			sum = read_signed(reader);
			/* no numeric has more decimals than that */
			if (decimals > 0x3FFF || rows == 0)
				damaged(reader);
			card->money = money_add_sum(old, column, decimals, rows, sum, sign);
		}
		else
		{
			Money	   *entry = money_new();

			rows = read_count(reader);
			if (!money_add_entry(&entry, column, rows, read_ascii(reader), NULL))
				damaged(reader);
			card->money = money_merge(old, entry, sign);
		}
		if (card->money != old)
			pfree(old);
	}
}

static void
merge_mix(Card *card, int mix, Reader *reader, int sign)
{
	uint64		n = read_number(reader);

	for (uint64 i = 0; i < n; i++)
	{
		uint64		length = read_number(reader);
		const char *item = NULL;
		Mix		   *old = card->mixes[mix];
		Mix		   *entry = mix_new();
		int64		rows;

		/* one more than the length, and 0 for the NULL item */
		if (length > 0)
		{
			length--;
			item = read_bytes(reader, length);
			if (reader->wire)
			{
				item = pg_client_to_server(item, length);
				if (item != (const char *) reader->next - length)
					length = strlen(item);
			}
			else if (!pg_verify_mbstr(GetDatabaseEncoding(), item, length, true))
				damaged(reader);
			if (memchr(item, '\0', length) != NULL || length > PG_INT32_MAX)
				damaged(reader);
		}
		rows = read_count(reader);
		if (!mix_add_entry(&entry, item, item ? (int) length : -1, rows,
						   DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(read_ascii(reader)),
															   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)))))
			damaged(reader);
		card->mixes[mix] = mix_merge(old, entry, sign);
		if (card->mixes[mix] != old)
			pfree(old);
		pfree(entry);
	}
}

/* Adds what the bytes hold, or subtracts it. */
static void
card_read(Card *card, Reader *reader, int sign)
{
	MemoryContext old = MemoryContextSwitchTo(card->hdr.eoh_context);
	int			version = read_byte(reader);
	int			sections = read_byte(reader);

	if (unlikely(version != SCORECARD_VERSION))
		ereport(ERROR,
				(errcode(reader->wire ? ERRCODE_INVALID_BINARY_REPRESENTATION :
						 ERRCODE_DATA_CORRUPTED),
				 errmsg("scorecard is of version %d", version),
				 errdetail("This kpi knows version %d.", SCORECARD_VERSION)));
	/* the reserved word */
	for (int i = 0; i < 4; i++)
	{
		if (unlikely(read_byte(reader) != 0))
			damaged(reader);
	}
	if (unlikely((sections & ~SECTION_ALL) != 0))
		damaged(reader);

	card_changes(card);
	if ((sections & ~card->sections) != 0)
		card_add_sections(card, sections);
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (sections & SECTION_TALLY(i))
			merge_tally(card, i, reader, sign);
	}
	if (sections & SECTION_TIME)
		merge_time(card, reader, sign);
	if (sections & SECTION_MONEY)
		merge_money(card, reader, sign);
	if (sections & SECTION_REASONS)
		merge_mix(card, CARD_REASONS, reader, sign);
	if (sections & SECTION_PRODUCTS)
	{
		merge_mix(card, CARD_PRODUCTS, reader, sign);
		merge_mix(card, CARD_AMOUNTS, reader, sign);
	}
	if (unlikely(reader->next != reader->end))
		damaged(reader);
	MemoryContextSwitchTo(old);
}

void
card_merge(Card *card, const struct varlena *other, int sign)
{
	Reader		reader;

	reader.next = (const uint8 *) VARDATA_ANY(other);
	reader.end = reader.next + VARSIZE_ANY_EXHDR(other);
	reader.wire = false;
	card_read(card, &reader, sign);
}

static void
write_number(StringInfo buf, uint64 number)
{
	for (; number > 0x7F; number >>= 7)
		appendStringInfoCharMacro(buf, (char) (number | 0x80));
	appendStringInfoCharMacro(buf, (char) number);
}

static void
write_signed(StringInfo buf, int64 number)
{
	write_number(buf, number < 0 ? ~((uint64) number << 1) : (uint64) number << 1);
}

static void
write_text(StringInfo buf, const char *text)
{
	write_number(buf, strlen(text));
	appendStringInfoString(buf, text);
}

static void
write_tally(StringInfo buf, const Tally *tally)
{
	int			n;
	TallySlot  *counts = tally_sorted(tally, &n);

	write_number(buf, n);
	for (int i = 0; i < n; i++)
	{
		write_number(buf, counts[i].key - (i > 0 ? counts[i - 1].key : 0));
		write_number(buf, counts[i].count);
	}
}

static void
write_money(StringInfo buf, const Money *money)
{
	money = money_canonical(money);
	write_number(buf, money->count);
	for (int i = 0; i < money->count; i++)
	{
		const MoneyEntry *entry = &money->entries[i];

		if (entry->kind == MONEY_DECIMAL && entry->carry == 0 &&
			entry->sum >= PG_INT64_MIN && entry->sum <= PG_INT64_MAX)
		{
			appendStringInfoChar(buf, entry->column);
			write_number(buf, entry->decimals);
			write_number(buf, entry->rows);
			write_signed(buf, (int64) entry->sum);
		}
		else
		{
			appendStringInfoChar(buf, entry->column | MONEY_AS_TEXT);
			write_number(buf, entry->rows);
			write_text(buf, money_entry_text(money, i));
		}
	}
}

static void
write_mix(StringInfo buf, const Mix *mix, bool wire)
{
	uint32		offset = 0;
	const MixEntry *entry;

	write_number(buf, mix->n);
	while ((entry = mix_next(mix, &offset)) != NULL)
	{
		if (entry->len < 0)
			write_number(buf, 0);
		else
		{
			const char *item = MixEntryItem(entry);
			int			length = entry->len;

			if (wire)
			{
				const char *converted = pg_server_to_client(item, length);

				if (converted != item)
					length = strlen(converted);
				item = converted;
			}
			write_number(buf, (uint64) length + 1);
			appendBinaryStringInfo(buf, item, length);
		}
		write_number(buf, entry->rows);
		write_text(buf, DatumGetCString(DirectFunctionCall1(numeric_out,
															NumericGetDatum(mix_amount(entry)))));
	}
}

static void
card_write(StringInfo buf, const Card *card, bool wire)
{
	appendStringInfoChar(buf, SCORECARD_VERSION);
	appendStringInfoChar(buf, card->sections);
	for (int i = 0; i < 4; i++)
		appendStringInfoChar(buf, 0);
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (card->sections & SECTION_TALLY(i))
			write_tally(buf, card->tallies[i]);
	}
	if (card->sections & SECTION_TIME)
	{
		for (int i = 0; i < TIME_COLUMNS; i++)
		{
			write_number(buf, card->time[i].sum);
			write_number(buf, card->time[i].rows);
			write_number(buf, card->time[i].positive);
		}
	}
	if (card->sections & SECTION_MONEY)
		write_money(buf, card->money);
	for (int i = 0; i < CARD_MIXES; i++)
	{
		if (card->mixes[i] != NULL)
			write_mix(buf, mix_rest(card->mixes[i]), wire);
	}
}

/* The bytes at rest; they belong to the card. */
static struct varlena *
card_flatten(Card *card)
{
	if (card->flat == NULL)
	{
		StringInfoData buf;
		MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
													  "kpi scorecard flattening",
													  ALLOCSET_SMALL_SIZES);
		MemoryContext old = MemoryContextSwitchTo(scratch);

		initStringInfo(&buf);
		appendStringInfoSpaces(&buf, VARHDRSZ);
		card_write(&buf, card, false);
		card->flat = MemoryContextAlloc(card->hdr.eoh_context, buf.len);
		memcpy(card->flat, buf.data, buf.len);
		SET_VARSIZE(card->flat, buf.len);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(scratch);
	}
	return card->flat;
}

static Size
card_flat_size(ExpandedObjectHeader *header)
{
	return VARSIZE(card_flatten((Card *) header));
}

static void
card_flatten_into(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	const struct varlena *flat = card_flatten((Card *) header);

	Assert(VARSIZE(flat) == allocated_size);
	memcpy(result, flat, allocated_size);
}

Datum
card_result(Card *card)
{
	const struct varlena *flat = card_flatten(card);
	struct varlena *copy = palloc(VARSIZE(flat));

	memcpy(copy, flat, VARSIZE(flat));
	MemoryContextDelete(card->hdr.eoh_context);
	return PointerGetDatum(copy);
}

static Card *
card_of_expanded(Datum value)
{
	Card	   *card = (Card *) DatumGetEOHP(value);

	if (card->magic != CARD_MAGIC)
		elog(ERROR, "not a scorecard");
	return card;
}

const Card *
card_argument(FunctionCallInfo fcinfo, int n)
{
	Datum		value = PG_GETARG_DATUM(n);
	Card	   *card;

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		return card_of_expanded(value);
	card = card_new(CurrentMemoryContext);
	card_merge(card, PG_DETOAST_DATUM_PACKED(value), 1);
	return card;
}

/* scorecard_recv(internal): 22P03 for bytes that are none. */
PG_FUNCTION_INFO_V1(kpi_scorecard_recv);
Datum
kpi_scorecard_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Card	   *card = card_new(CurrentMemoryContext);
	Reader		reader;

	reader.next = (const uint8 *) buf->data + buf->cursor;
	reader.end = (const uint8 *) buf->data + buf->len;
	reader.wire = true;
	card_read(card, &reader, 1);
	buf->cursor = buf->len;
	return card_result(card);
}

PG_FUNCTION_INFO_V1(kpi_scorecard_send);
Datum
kpi_scorecard_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	card_write(&buf, PG_GETARG_CARD(0), true);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * Sums and differences
 */

static Datum
card_operate(FunctionCallInfo fcinfo, int sign)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_merge(card, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), 1);
	card_merge(card, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), sign);
	return card_result(card);
}

/* scorecard + scorecard: everything that either holds. */
PG_FUNCTION_INFO_V1(kpi_scorecard_plus);
Datum
kpi_scorecard_plus(PG_FUNCTION_ARGS)
{
	return card_operate(fcinfo, 1);
}

/* scorecard - scorecard: 22003 for what the first does not hold. */
PG_FUNCTION_INFO_V1(kpi_scorecard_minus);
Datum
kpi_scorecard_minus(PG_FUNCTION_ARGS)
{
	return card_operate(fcinfo, -1);
}

/* The bytes of a card without the sections that hold nothing. */
static StringInfoData
card_content(const struct varlena *flat)
{
	StringInfoData buf;
	Card	   *card = card_new(CurrentMemoryContext);
	DurationColumn nothing[TIME_COLUMNS];

	memset(nothing, 0, sizeof(nothing));
	card_merge(card, flat, 1);
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		int			position = 0;
		uint32		key;
		int64		count;

		if (card->tallies[i] != NULL && !tally_next(card->tallies[i], &position, &key, &count))
			card->sections &= ~SECTION_TALLY(i);
	}
	if (memcmp(card->time, nothing, sizeof(nothing)) == 0)
		card->sections &= ~SECTION_TIME;
	if (card->money != NULL && money_canonical(card->money)->count == 0)
		card->sections &= ~SECTION_MONEY;
	for (int i = 0; i < CARD_MIXES; i++)
	{
		if (card->mixes[i] != NULL && mix_empty(card->mixes[i]))
			card->mixes[i] = NULL;
	}
	if (card->mixes[CARD_REASONS] == NULL)
		card->sections &= ~SECTION_REASONS;
	if (card->mixes[CARD_PRODUCTS] == NULL && card->mixes[CARD_AMOUNTS] == NULL)
		card->sections &= ~SECTION_PRODUCTS;
	initStringInfo(&buf);
	card_write(&buf, card, false);
	return buf;
}

/*
 * Equal content has equal bytes, since there is one way to write it; but for
 * sections that hold nothing, which a difference may have left behind.
 */
static bool
card_same(FunctionCallInfo fcinfo)
{
	const struct varlena *a = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	const struct varlena *b = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	StringInfoData content_a;
	StringInfoData content_b;

	if (VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0)
		return true;
	content_a = card_content(a);
	content_b = card_content(b);
	return content_a.len == content_b.len &&
		memcmp(content_a.data, content_b.data, content_a.len) == 0;
}

PG_FUNCTION_INFO_V1(kpi_scorecard_eq);
Datum
kpi_scorecard_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(card_same(fcinfo));
}

PG_FUNCTION_INFO_V1(kpi_scorecard_ne);
Datum
kpi_scorecard_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!card_same(fcinfo));
}

/* The state, writable and owned by the aggregate; a new one where it is NULL. */
static Card *
card_state(FunctionCallInfo fcinfo, const char *function)
{
	MemoryContext context;
	Card	   *card;

	check_aggregate_call(fcinfo, function);
	if (!PG_ARGISNULL(0) &&
		VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0))))
		return card_of_expanded(PG_GETARG_DATUM(0));
	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "%s called in an unknown aggregate context", function);
	card = card_new(context);
	if (!PG_ARGISNULL(0))
		card_merge(card, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), 1);
	return card;
}

#define PG_RETURN_CARD_STATE(card) return EOHPGetRWDatum(&(card)->hdr)

/* kpi_scorecard_merge(scorecard, scorecard): adds one up. */
PG_FUNCTION_INFO_V1(kpi_scorecard_merge);
Datum
kpi_scorecard_merge(PG_FUNCTION_ARGS)
{
	Card	   *card = card_state(fcinfo, __func__);

	card_merge(card, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), 1);
	PG_RETURN_CARD_STATE(card);
}

/* kpi_scorecard_unmerge(scorecard, scorecard): takes one back. */
PG_FUNCTION_INFO_V1(kpi_scorecard_unmerge);
Datum
kpi_scorecard_unmerge(PG_FUNCTION_ARGS)
{
	Card	   *card = card_state(fcinfo, __func__);

	card_merge(card, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), -1);
	PG_RETURN_CARD_STATE(card);
}

/*
 * A sale of a product, with its amount where it is known, is added to the
 * section of products, or taken back.
 */
static Datum
product_row(FunctionCallInfo fcinfo, const char *function, int sign)
{
	Card	   *card = card_state(fcinfo, function);

	card_add_sections(card, SECTION_PRODUCTS);
	if (!PG_ARGISNULL(1) && outcome_has(PG_GETARG_OUTCOME(1), OUTCOME_SALE))
	{
		text	   *product = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
		const char *item = product ? VARDATA_ANY(product) : NULL;
		int			length = product ? (int) VARSIZE_ANY_EXHDR(product) : -1;
		MemoryContext old = MemoryContextSwitchTo(card->hdr.eoh_context);

		mix_trim(&item, &length);
		card_changes(card);
		card->mixes[CARD_PRODUCTS] = mix_add_rows(card->mixes[CARD_PRODUCTS], item, length, sign);
		if (!PG_ARGISNULL(3))
			card->mixes[CARD_AMOUNTS] = mix_add_weight(card->mixes[CARD_AMOUNTS], item, length,
													   PG_GETARG_NUMERIC(3), sign);
		MemoryContextSwitchTo(old);
	}
	PG_RETURN_CARD_STATE(card);
}

/* kpi_scorecard_products_accum(scorecard, outcome, product text, amount numeric) */
PG_FUNCTION_INFO_V1(kpi_scorecard_products_accum);
Datum
kpi_scorecard_products_accum(PG_FUNCTION_ARGS)
{
	return product_row(fcinfo, __func__, 1);
}

PG_FUNCTION_INFO_V1(kpi_scorecard_products_inverse);
Datum
kpi_scorecard_products_inverse(PG_FUNCTION_ARGS)
{
	return product_row(fcinfo, __func__, -1);
}

/* kpi_scorecard_products_final(scorecard): with its section, sales or none. */
PG_FUNCTION_INFO_V1(kpi_scorecard_products_final);
Datum
kpi_scorecard_products_final(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_merge(card, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), 1);
	card_add_sections(card, SECTION_PRODUCTS);
	return card_result(card);
}

/*
 * A section from the state of the KPIs over the same columns: the final
 * functions of scorecard_calls() and the others.
 */

static Datum
tally_card(int i, const Tally *tally)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_add_sections(card, SECTION_TALLY(i));
	card->tallies[i] = unconstify(Tally *, tally);
	return card_result(card);
}

PG_FUNCTION_INFO_V1(kpi_scorecard_calls_final);
Datum
kpi_scorecard_calls_final(PG_FUNCTION_ARGS)
{
	return tally_card(CARD_CALLS, PG_GETARG_TALLY_P(0));
}

PG_FUNCTION_INFO_V1(kpi_scorecard_leads_final);
Datum
kpi_scorecard_leads_final(PG_FUNCTION_ARGS)
{
	return tally_card(CARD_LEADS, PG_GETARG_TALLY_P(0));
}

/* kpi_scorecard_journeys_final(internal): NULL where there was no row. */
PG_FUNCTION_INFO_V1(kpi_scorecard_journeys_final);
Datum
kpi_scorecard_journeys_final(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	return tally_card(CARD_LEADS, PG_ARGISNULL(0) ? tally_new() :
					  journeys_tally((const Journeys *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(kpi_scorecard_lines_final);
Datum
kpi_scorecard_lines_final(PG_FUNCTION_ARGS)
{
	return tally_card(CARD_LINES, PG_GETARG_TALLY_P(0));
}

/* A section of time or of money, from the columns that an aggregate takes. */

static Datum
time_card(FunctionCallInfo fcinfo, const TimeColumn *columns, int count)
{
	const Durations *durations = PG_GETARG_DURATIONS_P(0);
	Card	   *card = card_new(CurrentMemoryContext);

	card_add_sections(card, SECTION_TIME);
	for (int i = 0; i < Min(count, durations->count); i++)
		card->time[columns[i]] = durations->columns[i];
	return card_result(card);
}

static Datum
money_card(FunctionCallInfo fcinfo, const MoneyColumn *columns, int count)
{
	const Money *money = PG_GETARG_MONEY_P(0);
	Card	   *card = card_new(CurrentMemoryContext);

	card_add_sections(card, SECTION_MONEY);
	card->money = money_rename(money, (const int *) columns, count);
	return card_result(card);
}

#define TIME_SECTION(name, ...) \
PG_FUNCTION_INFO_V1(kpi_scorecard_##name##_final); \
Datum \
kpi_scorecard_##name##_final(PG_FUNCTION_ARGS) \
{ \
	static const TimeColumn columns[] = {__VA_ARGS__}; \
\
	return time_card(fcinfo, columns, lengthof(columns)); \
}
#define MONEY_SECTION(name, ...) \
PG_FUNCTION_INFO_V1(kpi_scorecard_##name##_final); \
Datum \
kpi_scorecard_##name##_final(PG_FUNCTION_ARGS) \
{ \
	static const MoneyColumn columns[] = {__VA_ARGS__}; \
\
	return money_card(fcinfo, columns, lengthof(columns)); \
}
#include "catalogue/catalogue.gen.h"

/*
 * The time of a full-time equivalent, which a scorecard does not hold, is kept
 * in the state as a column of its own.
 */
static Datum
fte_row(FunctionCallInfo fcinfo, const char *function, int sign)
{
	Card	   *card = card_state(fcinfo, function);
	DurationColumn *column = &card->time[TIME_fte];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_CARD_STATE(card);
	card_merge(card, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), sign);
	card_add_sections(card, SECTION_TIME);
	{
		int64		fte = interval_duration(PG_GETARG_DATUM(2));

		if (fte <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the time of a full-time equivalent must be more than zero")));
		if (column->rows > 0 && column->sum / column->rows != fte)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the time of a full-time equivalent must be the same on every row")));
		duration_column_add(column, fte, sign);
	}
	PG_RETURN_CARD_STATE(card);
}

/* kpi_scorecard_fte_accum(scorecard, scorecard, fte interval) */
PG_FUNCTION_INFO_V1(kpi_scorecard_fte_accum);
Datum
kpi_scorecard_fte_accum(PG_FUNCTION_ARGS)
{
	return fte_row(fcinfo, __func__, 1);
}

/* kpi_scorecard_fte_inverse(scorecard, scorecard, fte interval) */
PG_FUNCTION_INFO_V1(kpi_scorecard_fte_inverse);
Datum
kpi_scorecard_fte_inverse(PG_FUNCTION_ARGS)
{
	return fte_row(fcinfo, __func__, -1);
}

/* kpi_scorecard_reasons_final(mix): NULL where there was no row. */
PG_FUNCTION_INFO_V1(kpi_scorecard_reasons_final);
Datum
kpi_scorecard_reasons_final(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_add_sections(card, SECTION_REASONS);
	if (!PG_ARGISNULL(0))
		card->mixes[CARD_REASONS] = mix_merge(card->mixes[CARD_REASONS], PG_GETARG_MIX_P(0), 1);
	return card_result(card);
}
