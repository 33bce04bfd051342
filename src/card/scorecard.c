/*-------------------------------------------------------------------------
 *
 * scorecard.c
 *		The type scorecard: its form at rest, and how scorecards add up.
 *
 * src/card/stored-form.md describes the bytes.  Numbers stand in them as in
 * memory, in their places, so that adding a scorecard up parses nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "card/scorecard.h"
#include "card/scorecard_bytes.h"
#include "type/line.h"
#include "type/outcome.h"

const char *const card_section_names[CARD_SECTIONS] = {
	"calls", "leads", "lines", "time", "money",
#define CARD_MIX(section) #section,
#include "catalogue/catalogue.gen.h"
	"delays"
};

/*
 * Making and changing a card
 */

Card *
card_new(MemoryContext context)
{
	Card	   *card = MemoryContextAllocZero(context, sizeof(Card));

	card->context = context;
	return card;
}

void
card_add_sections(Card *card, uint32 sections)
{
	uint32		added = sections & ~card->sections;
	MemoryContext old;

	if (likely(added == 0))
		return;
	old = MemoryContextSwitchTo(card->context);
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (added & SECTION_TALLY(i))
			card->tallies[i] = tally_new();
	}
	if (added & SECTION_MONEY)
		card->money = money_new();
	for (int i = 0; i < CARD_MIXES; i++)
	{
		if (added & SECTION_MIX(i))
			card->mixes[i] = mix_new();
	}
	card->sections |= added;
	MemoryContextSwitchTo(old);
}

/* The place of a name among the delays, or where it belongs. */
static int
delays_place(const Card *card, const char *name, bool *found)
{
	int			i = 0;
	int			order = 1;

	while (i < card->delays_count && (order = strcmp(card->delays[i].name, name)) < 0)
		i++;
	*found = order == 0;
	return i;
}

Delays **
card_delays(Card *card, const char *name)
{
	bool		found;
	int			i = delays_place(card, name, &found);
	MemoryContext old;

	if (found)
		return &card->delays[i].delays;
	old = MemoryContextSwitchTo(card->context);
	if (card->delays_count == card->delays_room)
	{
		card->delays_room = Max(4, 2 * card->delays_room);
		card->delays = card->delays == NULL ?
			palloc(card->delays_room * sizeof(NamedDelays)) :
			repalloc(card->delays, card->delays_room * sizeof(NamedDelays));
	}
	memmove(&card->delays[i + 1], &card->delays[i], (card->delays_count - i) * sizeof(NamedDelays));
	card->delays[i].name = pstrdup(name);
	card->delays[i].delays = delays_new();
	card->delays_count++;
	MemoryContextSwitchTo(old);
	return &card->delays[i].delays;
}

const Delays *
card_find_delays(const Card *card, const char *name)
{
	bool		found;
	int			i = delays_place(card, name, &found);

	return found ? card->delays[i].delays : NULL;
}

/*
 * Is it the code of an outcome, or of a line type?  Scorecards that are added
 * up have the same outcomes again and again: those found valid last are
 * remembered.
 */
bool
card_key_valid(int tally, uint32 key)
{
	static uint32 known[64];
	uint32	   *place = &known[murmurhash32(key) % lengthof(known)];

	if (tally == CARD_LINES)
		return key < LINE_TYPES;
	if (likely(*place == key && key != 0))
		return true;
	if (!outcome_valid(key))
		return false;
	*place = key;
	return true;
}

/*
 * The form at rest
 */

/* Where a reader is, for its errors. */
typedef struct Place
{
	bool		rest;			/* and not an aggregate's state */
	const char *section;
	const char *next;
	const char *end;
} Place;

/* Nothing can be read of it any more. */
#define DAMAGED_HINT	"Make it again from the rows, or take it from a backup."

pg_noreturn pg_noinline static void
damaged(const Place *place, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("damaged scorecard"),
			 place->section != NULL ?
			 errdetail_internal("Its section \"%s\" %s.", place->section, what) :
			 errdetail_internal("It %s.", what),
			 errhint(DAMAGED_HINT)));
}

static inline const char *
read_bytes(Place *place, Size length)
{
	const char *bytes = place->next;

	if (unlikely(length > (Size) (place->end - place->next)))
		damaged(place, "is cut off");
	place->next += length;
	return bytes;
}

/* A name, of so many bytes, has zeros up to a multiple of eight. */
static void
check_name_end(const Place *place, const char *name, Size length)
{
	for (Size i = length; i < NAME_SIZE(length) - 1; i++)
	{
		if (name[i] != '\0')
			damaged(place, "has a name that does not end");
	}
}

/*
 * The number of the name that comes next, which is after the one before, or
 * is the same.
 */
static int
read_name(Place *place, const char *const *names, int count, int before)
{
	uint8		length = *(const uint8 *) read_bytes(place, 1);
	const char *name = read_bytes(place, NAME_SIZE(length) - 1);

	for (int i = 0; i < count; i++)
	{
		/* what is read may have a zero byte before its end */
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
		{
			check_name_end(place, name, length);
			if (before >= 0 && strcmp(names[before], names[i]) > 0)
				damaged(place, "has names that are not in order");
			return i;
		}
	}
	for (Size j = 0; j < length; j++)
	{
		if (name[j] < ' ' || name[j] > '~')
			damaged(place, "has a name that is none");
	}
	damaged(place, psprintf("has \"%s\", which this kpi does not know", pnstrdup(name, length)));
}

static void
read_tally(Card *card, int i, const SectionBytes *section, Place *place, int sign)
{
	Size		width = section->width;
	Size		n;
	const uint32 *keys;
	const char *counts;
	bool		large = false;

	if (width != sizeof(uint32) && width != sizeof(int64))
		damaged(place, "has counts of another width");
	n = section->length / (sizeof(uint32) + width);
	if (section->length != TYPEALIGN(8, n * (sizeof(uint32) + width)))
		damaged(place, "is cut off");
	/* the wider ones first, so that all stand where the machine wants them */
	counts = read_bytes(place, section->length);
	keys = (const uint32 *) (counts + n * width);
	if ((const char *) (keys + n) != place->end && keys[n] != 0)
		damaged(place, "has a reserved field that is not zero");

	for (Size k = 0; k < n; k++)
	{
		uint32		key = keys[k];
		int64		count = width == sizeof(uint32) ? (int64) ((const uint32 *) counts)[k] :
			((const int64 *) counts)[k];

		if (unlikely((k > 0 && key <= keys[k - 1]) || !card_key_valid(i, key)))
			damaged(place, psprintf("has the code 0x%08x, which is none or is not in order", key));
		if (unlikely(count < 0 || (count == 0 && place->rest)))
			damaged(place, psprintf("has a count that is not above 0, of the code 0x%08x", key));
		large |= count > PG_UINT32_MAX;
		card->tallies[i] = tally_add(card->tallies[i], key, sign * count);
	}
	if (place->rest && large != (width == sizeof(int64)))
		damaged(place, "has counts of another width");
}

static void
read_time(Card *card, Place *place, int sign)
{
	int			before = -1;

	while (place->next < place->end)
	{
		int			i = read_name(place, time_column_names, TIME_COLUMNS, before);
		const DurationColumn *column =
		(const DurationColumn *) read_bytes(place, sizeof(DurationColumn));

		if (unlikely(i == before || (place->rest && column->rows == 0) || !duration_column_valid(column)))
			damaged(place, psprintf("has sums that rows cannot make, of \"%s\"", time_column_names[i]));
		duration_column_merge(&card->time[i], column, sign, time_column_names[i], 0);
		before = i;
	}
}

static bool
is_number(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789+-.e") == strlen(text);
}

static void
read_money(Card *card, Place *place, int sign)
{
	int			before = -1;
	const MoneyBytes *last = NULL;

	while (place->next < place->end)
	{
		int			i = read_name(place, money_column_names, MONEY_COLUMNS, before);
		const MoneyBytes *entry = (const MoneyBytes *) read_bytes(place, sizeof(MoneyBytes));

		if (unlikely(entry->rows < 0 || (place->rest && entry->rows == 0) || entry->reserved != 0 || entry->kind > MONEY_MINUS_INFINITY ||
					 entry->decimals > 0x3FFF || (entry->kind != MONEY_DECIMAL && entry->length == 0)))
			damaged(place, psprintf("has a sum that is none, of \"%s\"", money_column_names[i]));
		if (unlikely(i == before &&
					 (entry->kind < last->kind ||
					  (entry->kind == last->kind && entry->decimals <= last->decimals))))
			damaged(place, psprintf("has sums that are not in order, of \"%s\"", money_column_names[i]));
		if (likely(entry->length == 0))
		{
			const int64 *sum = (const int64 *) read_bytes(place, sizeof(int64));

			if (entry->rows > 0)
				card->money = money_add_sum(card->money, i, entry->decimals, entry->rows, *sum, sign);
			else if (*sum != 0)
				damaged(place, psprintf("has a sum of no rows, of \"%s\"", money_column_names[i]));
		}
		else
		{
			const char *bytes = read_bytes(place, TYPEALIGN(8, (Size) entry->length));
			char	   *text = pnstrdup(bytes, entry->length);
			Money	   *one = money_new();

			if (strlen(text) != entry->length ||
				!(entry->kind == MONEY_DECIMAL ? is_number(text) :
				  strcmp(text, entry->kind == MONEY_NAN ? "NaN" :
						 entry->kind == MONEY_INFINITY ? "Infinity" : "-Infinity") == 0) ||
				!money_add_entry(&one, i, entry->rows, text, NULL))
				damaged(place, psprintf("has a sum that is none, of \"%s\"", money_column_names[i]));
			card->money = money_merge(card->money, one, sign);
		}
		before = i;
		last = entry;
	}
}

static void
read_mix(Card *card, int i, Place *place, int sign)
{
	const Mix  *mix = (const Mix *) place->next;
	Size		size = place->end - place->next;
	char	   *what;

	if (!mix_valid(mix, size, &what))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged scorecard"),
				 errdetail_internal("Its section \"%s\" has a damaged mix. %s",
									card_section_names[CARD_FIRST_MIX + i], what),
				 errhint(DAMAGED_HINT)));
	if (!VARATT_IS_4B_U(mix) || VARSIZE(mix) != size || (place->rest && mix->form != MIX_REST))
		damaged(place, "has a mix of another size");
	place->next = place->end;
	card->mixes[i] = mix_merge(card->mixes[i], mix, sign);
}

/* A name that its user gave; one that comes after the one before. */
static const char *
read_own_name(Place *place, const char *before)
{
	uint8		length = *(const uint8 *) read_bytes(place, 1);
	const char *bytes = read_bytes(place, NAME_SIZE(length) - 1);
	const char *name = pnstrdup(bytes, length);

	if (length == 0 || length > DELAYS_NAME_MAX || strlen(name) != length ||
		!pg_verifymbstr(name, length, true))
		damaged(place, "has a name that is none");
	check_name_end(place, bytes, length);
	if (before != NULL && strcmp(before, name) >= 0)
		damaged(place, "has names that are not in order");
	return name;
}

static void
read_delays(Card *card, Place *place, int sign)
{
	const char *name = NULL;

	while (place->next < place->end)
	{
		uint64		count;
		const uint64 *entries;
		Delays	  **delays;
		int			last = 0;

		name = read_own_name(place, name);
		count = *(const uint64 *) read_bytes(place, sizeof(uint64));
		if (count > DELAYS_CLASS_MAX || (count == 0 && place->rest))
			damaged(place, psprintf("has delays of a number of classes that cannot be, of \"%s\"", name));
		entries = (const uint64 *) read_bytes(place, (Size) count * sizeof(uint64));
		delays = card_delays(card, name);
		for (uint64 k = 0; k < count; k++)
		{
			int			class = delays_entry_class(entries[k]);
			int64		rows = delays_entry_count(entries[k]);

			if (class <= last || class > DELAYS_CLASS_MAX || (rows == 0 && place->rest))
				damaged(place, psprintf("has delays of a class that is none, or not in order, of \"%s\"", name));
			if (rows > 0)
				*delays = delays_add(*delays, class, sign * rows);
			last = class;
		}
	}
}

static inline void
check_version(uint8 version)
{
	if (unlikely(version != SCORECARD_VERSION))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("scorecard is of version %d", version),
				 errdetail("This kpi knows version %d.", SCORECARD_VERSION),
				 version > SCORECARD_VERSION ?
				 errhint("A newer version of the extension kpi has written it.") :
				 errhint(DAMAGED_HINT)));
}

/* The section of a tag, and of its name where it has one. */
static int
section_number(const SectionBytes *section, Place *place)
{
	if (section->tag >= TAG_CALLS && section->tag <= TAG_MONEY)
		return section->tag - TAG_CALLS;
	if (section->tag == TAG_MIX)
	{
		place->section = "mix";
		return CARD_FIRST_MIX + read_name(place, card_section_names + CARD_FIRST_MIX, CARD_MIXES, -1);
	}
	if (section->tag == TAG_DELAYS)
		return CARD_DELAYS;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("scorecard has a section with the tag %d, which this kpi does not know", section->tag),
			 errhint("A newer version of the extension kpi has written it.")));
}

/* The bytes of a tally as read_tally() wants them at rest. */
static bool
tally_is_sound(int i, const SectionBytes *section)
{
	Size		n;
	const uint32 *keys;
	bool		large = false;

	if (!tally_size(section, &n))
		return false;
	keys = (const uint32 *) (section->data + n * section->width);
	if ((const char *) (keys + n) != section->data + section->length && keys[n] != 0)
		return false;
	for (Size k = 0; k < n; k++)
	{
		int64		count = tally_count_at(section, k);

		if ((k > 0 && keys[k] <= keys[k - 1]) || count <= 0 || !card_key_valid(i, keys[k]))
			return false;
		large |= count > PG_UINT32_MAX;
	}
	return large == (section->width == sizeof(int64));
}

/* The bytes of sums of time as read_time() wants them at rest. */
static bool
time_is_sound(const SectionBytes *section)
{
	const char *next = section->data;
	const char *end = next + section->length;
	int			before = -1;

	if (section->width != 0)
		return false;
	while (next < end)
	{
		Size		length = *(const uint8 *) next;
		Size		size = NAME_SIZE(length);
		const DurationColumn *column = (const DurationColumn *) (next + size);
		int			i = 0;

		if ((Size) (end - next) < size + sizeof(DurationColumn))
			return false;
		while (i < TIME_COLUMNS &&
			   (strlen(time_column_names[i]) != length || memcmp(time_column_names[i], next + 1, length) != 0))
			i++;
		for (Size k = length + 1; k < size; k++)
		{
			if (next[k] != '\0')
				return false;
		}
		if (i == TIME_COLUMNS || column->rows == 0 || !duration_column_valid(column) ||
			(before >= 0 && strcmp(time_column_names[before], time_column_names[i]) >= 0))
			return false;
		next += size + sizeof(DurationColumn);
		before = i;
	}
	return true;
}

bool
card_is_sound(const CardBytes *bytes)
{
	char	   *next = unconstify(CardBytes *, bytes)->sections;
	const char *end = (const char *) bytes + VARSIZE(bytes);
	int			before = -1;

	if (!known_bytes(bytes) || bytes->form != CARD_REST)
		return false;
	for (int n = 0; n < bytes->count; n++)
	{
		const SectionBytes *section = next_section(&next, end);
		int			i = section != NULL && section->reserved == 0 ? section_place(section) : -1;

		if (i <= before)
			return false;
		if (!(i < CARD_TALLIES ? tally_is_sound(i, section) : i == CARD_TIME && time_is_sound(section)))
			return false;
		before = i;
	}
	return next == end;
}

void
card_read(Card *card, const struct varlena *other, int sign, uint32 wanted, SectionCounts *counts)
{
	const CardBytes *bytes = (const CardBytes *) PG_DETOAST_DATUM(PointerGetDatum(other));
	Place		whole;
	bool		counted = false;
	int			before = -1;

	memset(counts, 0, sizeof(SectionCounts));
	counts->cards = 1;
	whole.section = NULL;
	whole.next = (const char *) bytes + VARHDRSZ;
	whole.end = (const char *) bytes + VARSIZE(bytes);
	(void) read_bytes(&whole, offsetof(CardBytes, sections) - VARHDRSZ);
	check_version(bytes->version);
	if (unlikely(bytes->form > CARD_STATE))
		damaged(&whole, "is in a form that is none");
	whole.rest = bytes->form == CARD_REST;

	for (int n = 0; n < bytes->count; n++)
	{
		const SectionBytes *section =
		(const SectionBytes *) read_bytes(&whole, offsetof(SectionBytes, data));
		Place		place;
		Card	   *into = card;
		int			i;

		place.rest = whole.rest;
		place.section = NULL;
		place.next = section->data;
		if (section->length % 8 != 0)
			damaged(&whole, "has a section of a length that is none");
		(void) read_bytes(&whole, section->length);
		place.end = whole.next;
		if (unlikely(section->tag == TAG_COUNTS && !whole.rest && n == 0))
		{
			if (section->length != sizeof(SectionCounts))
				damaged(&whole, "is the state of another version");
			memcpy(counts, section->data, sizeof(SectionCounts));
			counted = true;
			continue;
		}
		i = section_number(section, &place);
		place.section = card_section_names[i];
		if (unlikely(i <= before || section->reserved != 0 || (i >= CARD_TALLIES && section->width != 0)))
			damaged(&place, "is not in order, or has a reserved field that is not zero");
		before = i;
		if (!counted)
			counts->with[i] = 1;
		if (!(wanted & ((uint32) 1 << i)))
			continue;

		if (sign > 0)
			card_add_sections(card, (uint32) 1 << i);
		else if (!(card->sections & ((uint32) 1 << i)))
		{
			/* nothing can be taken from what is not there */
			into = card_new(CurrentMemoryContext);
			card_add_sections(into, (uint32) 1 << i);
		}
		if (i < CARD_TALLIES)
			read_tally(into, i, section, &place, sign);
		else if (i == CARD_TIME)
			read_time(into, &place, sign);
		else if (i == CARD_MONEY)
			read_money(into, &place, sign);
		else if (i == CARD_DELAYS)
			read_delays(into, &place, sign);
		else
			read_mix(into, i - CARD_FIRST_MIX, &place, sign);
	}
	if (unlikely(whole.next != whole.end))
		damaged(&whole, "has bytes after its sections");
	if ((const struct varlena *) bytes != other)
		pfree(unconstify(CardBytes *, bytes));
}

void
card_merge(Card *card, const struct varlena *other, int sign)
{
	SectionCounts counts;

	card_read(card, other, sign, CARD_ALL, &counts);
}

/* Zeros up to a multiple of eight bytes. */
static void
write_padding(StringInfo buf)
{
	static const char zeros[8] = {0};

	appendBinaryStringInfo(buf, zeros, TYPEALIGN(8, buf->len) - buf->len);
}

static void
write_name(StringInfo buf, const char *name)
{
	appendStringInfoChar(buf, (char) strlen(name));
	appendStringInfoString(buf, name);
	write_padding(buf);
}

/* Where the section begins, for section_end(). */
static int
section_begin(StringInfo buf, int tag, int width)
{
	int			start = buf->len;
	SectionBytes section;

	memset(&section, 0, sizeof(section));
	section.tag = tag;
	section.width = width;
	appendBinaryStringInfo(buf, (char *) &section, offsetof(SectionBytes, data));
	return start;
}

static void
section_end(StringInfo buf, int start)
{
	write_padding(buf);
	((SectionBytes *) (buf->data + start))->length = buf->len - start - offsetof(SectionBytes, data);
	((CardBytes *) buf->data)->count++;
}

static void
write_tally(StringInfo buf, int tag, const Tally *tally)
{
	int			n;
	TallySlot  *counts = tally_sorted(tally, &n);
	bool		large = false;
	int			start;

	for (int i = 0; i < n; i++)
		large |= counts[i].count > PG_UINT32_MAX;
	start = section_begin(buf, tag, large ? sizeof(int64) : sizeof(uint32));
	for (int i = 0; i < n; i++)
	{
		uint32		small = (uint32) counts[i].count;

		if (large)
			appendBinaryStringInfo(buf, (char *) &counts[i].count, sizeof(int64));
		else
			appendBinaryStringInfo(buf, (char *) &small, sizeof(uint32));
	}
	for (int i = 0; i < n; i++)
	{
		uint32		key = counts[i].key;

		appendBinaryStringInfo(buf, (char *) &key, sizeof(uint32));
	}
	section_end(buf, start);
	pfree(counts);
}

static const char *const *names_to_sort;

static int
compare_names(const void *a, const void *b)
{
	return strcmp(names_to_sort[*(const int *) a], names_to_sort[*(const int *) b]);
}

/* The columns in the order of their names, which does not change with the catalogue. */
static void
sort_columns(int *order, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		order[i] = i;
	names_to_sort = names;
	qsort(order, count, sizeof(int), compare_names);
}

static void
write_time(StringInfo buf, const DurationColumn *time)
{
	int			start = section_begin(buf, TAG_TIME, 0);
	static int	order[TIME_COLUMNS];
	static bool sorted = false;

	if (!sorted)
		sort_columns(order, time_column_names, TIME_COLUMNS);
	sorted = true;
	for (int i = 0; i < TIME_COLUMNS; i++)
	{
		if (time[order[i]].rows == 0)
			continue;
		write_name(buf, time_column_names[order[i]]);
		appendBinaryStringInfo(buf, (const char *) &time[order[i]], sizeof(DurationColumn));
	}
	section_end(buf, start);
}

static void
write_money(StringInfo buf, const Money *money)
{
	int			start = section_begin(buf, TAG_MONEY, 0);
	static int	order[MONEY_COLUMNS];
	static bool sorted = false;

	if (!sorted)
		sort_columns(order, money_column_names, MONEY_COLUMNS);
	sorted = true;
	money = money_canonical(money);
	for (int c = 0; c < MONEY_COLUMNS; c++)
	{
		for (int i = 0; i < money->count; i++)
		{
			const MoneyEntry *entry = &money->entries[i];
			MoneyBytes	bytes;
			int64		sum = (int64) entry->sum;
			char	   *text = NULL;

			if (entry->column != order[c])
				continue;
			if (entry->kind != MONEY_DECIMAL || entry->carry != 0 || entry->sum != sum)
				text = money_entry_text(money, i);
			memset(&bytes, 0, sizeof(bytes));
			bytes.kind = entry->kind;
			bytes.decimals = entry->decimals;
			bytes.rows = entry->rows;
			bytes.length = text != NULL ? strlen(text) : 0;
			write_name(buf, money_column_names[order[c]]);
			appendBinaryStringInfo(buf, (char *) &bytes, sizeof(bytes));
			if (text != NULL)
				appendStringInfoString(buf, text);
			else
				appendBinaryStringInfo(buf, (char *) &sum, sizeof(sum));
			write_padding(buf);
		}
	}
	section_end(buf, start);
}

static void
write_mix(StringInfo buf, int i, const Mix *mix)
{
	int			start = section_begin(buf, TAG_MIX, 0);

	write_name(buf, card_section_names[CARD_FIRST_MIX + i]);
	appendBinaryStringInfo(buf, (const char *) mix, VARSIZE(mix));
	section_end(buf, start);
}

/* Of each name that has rows. */
static void
write_delays(StringInfo buf, const Card *card)
{
	int			start = section_begin(buf, TAG_DELAYS, 0);

	for (int i = 0; i < card->delays_count; i++)
	{
		Delays	   *rest = delays_rest(card->delays[i].delays);
		uint64		count = DELAYS_ROOM(rest);

		if (count > 0)
		{
			write_name(buf, card->delays[i].name);
			appendBinaryStringInfo(buf, (char *) &count, sizeof(count));
			appendBinaryStringInfo(buf, (char *) rest->entries, count * sizeof(uint64));
		}
		pfree(rest);
	}
	section_end(buf, start);
}

static struct varlena *
write_form(const Card *card, CardForm form, const SectionCounts *counts)
{
	StringInfoData buf;
	CardBytes	head;

	memset(&head, 0, sizeof(head));
	head.version = SCORECARD_VERSION;
	head.form = form;
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, (char *) &head, offsetof(CardBytes, sections));
	if (counts != NULL)
	{
		int			start = section_begin(&buf, TAG_COUNTS, 0);

		appendBinaryStringInfo(&buf, (const char *) counts, sizeof(SectionCounts));
		section_end(&buf, start);
	}
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (card->sections & SECTION_TALLY(i))
			write_tally(&buf, TAG_CALLS + i, card->tallies[i]);
	}
	if (card->sections & SECTION_TIME)
		write_time(&buf, card->time);
	if (card->sections & SECTION_MONEY)
		write_money(&buf, card->money);
	for (int i = 0; i < CARD_MIXES; i++)
	{
		if (card->sections & SECTION_MIX(i))
			write_mix(&buf, i, form == CARD_REST ? mix_rest(card->mixes[i]) : card->mixes[i]);
	}
	if (card->sections & SECTION_DELAYS)
		write_delays(&buf, card);
	SET_VARSIZE(buf.data, buf.len);
	return (struct varlena *) buf.data;
}

struct varlena *
card_write(const Card *card)
{
	return write_form(card, CARD_REST, NULL);
}

struct varlena *
card_write_state(const Card *card, const SectionCounts *counts)
{
	return write_form(card, CARD_STATE, counts);
}

Datum
card_result(const Card *card)
{
	return PointerGetDatum(card_write(card));
}

const Card *
card_argument(FunctionCallInfo fcinfo, int n)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(n), 1);
	return card;
}

const Card *
card_state_argument(FunctionCallInfo fcinfo, int n, uint32 sections)
{
	Card	   *card;
	SectionCounts counts;

	if (PG_ARGISNULL(n))
		return NULL;
	card = card_new(CurrentMemoryContext);
	card_read(card, (const struct varlena *) PG_GETARG_POINTER(n), 1, sections, &counts);
	return counts.cards != 0 ? card : NULL;
}

/*
 * Sums, differences, comparison
 */

/* scorecard + scorecard: everything that either holds. */
PG_FUNCTION_INFO_V1(kpi_scorecard_plus);
Datum
kpi_scorecard_plus(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(0), 1);
	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(1), 1);
	return card_result(card);
}

/*
 * scorecard - scorecard: the sections of the first, with what the second does
 * not hold; 22003 for what the first does not hold.
 */
PG_FUNCTION_INFO_V1(kpi_scorecard_minus);
Datum
kpi_scorecard_minus(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(0), 1);
	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(1), -1);
	return card_result(card);
}

/*
 * The bytes of an argument.  The same content has the same bytes; what order
 * they have means nothing.
 */
static const char *
card_bytes(FunctionCallInfo fcinfo, int n, Size *length)
{
	const struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n));

	check_version(VARSIZE_ANY_EXHDR(value) > 0 ? *(const uint8 *) VARDATA_ANY(value) : 0);
	if (unlikely(VARSIZE_ANY_EXHDR(value) > 1 && VARDATA_ANY(value)[1] != CARD_REST))
		value = card_write(card_argument(fcinfo, n));
	*length = VARSIZE_ANY_EXHDR(value);
	return VARDATA_ANY(value);
}

static int
card_compare(FunctionCallInfo fcinfo)
{
	Size		length_a;
	Size		length_b;
	const char *a = card_bytes(fcinfo, 0, &length_a);
	const char *b = card_bytes(fcinfo, 1, &length_b);
	int			order = memcmp(a, b, Min(length_a, length_b));

	return order != 0 ? order : (length_a > length_b) - (length_a < length_b);
}

#define COMPARISON(name, operator) \
PG_FUNCTION_INFO_V1(kpi_scorecard_##name); \
Datum \
kpi_scorecard_##name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(card_compare(fcinfo) operator 0); \
}
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(ge, >=)
COMPARISON(gt, >)

/* kpi_scorecard_cmp(scorecard, scorecard): the order of the btree class. */
PG_FUNCTION_INFO_V1(kpi_scorecard_cmp);
Datum
kpi_scorecard_cmp(PG_FUNCTION_ARGS)
{
	int			order = card_compare(fcinfo);

	PG_RETURN_INT32((order > 0) - (order < 0));
}

/* kpi_scorecard_hash(scorecard), kpi_scorecard_hash_extended(scorecard, seed bigint) */
PG_FUNCTION_INFO_V1(kpi_scorecard_hash);
Datum
kpi_scorecard_hash(PG_FUNCTION_ARGS)
{
	Size		length;
	const char *bytes = card_bytes(fcinfo, 0, &length);

	PG_RETURN_INT32((int32) hash_bytes((const unsigned char *) bytes, length));
}

PG_FUNCTION_INFO_V1(kpi_scorecard_hash_extended);
Datum
kpi_scorecard_hash_extended(PG_FUNCTION_ARGS)
{
	Size		length;
	const char *bytes = card_bytes(fcinfo, 0, &length);

	PG_RETURN_INT64((int64) hash_bytes_extended((const unsigned char *) bytes, length,
												(uint64) PG_GETARG_INT64(1)));
}
