/*-------------------------------------------------------------------------
 *
 * scorecard_aggregate.c
 *		The aggregates that make scorecards, and those that add them up.
 *
 * The state of those that add them up is a scorecard too, in which the numbers
 * of the next one are added where they stand.  Only what the state has no
 * place for yet, another label or column, makes another value of it; the
 * server frees the old one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/builtins.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "card/scorecard.h"
#include "card/scorecard_bytes.h"
#include "catalogue/measures.h"
#include "state/journey.h"

/*
 * Adding in place.  Everything is done twice: first to see whether all of it has
 * a place and fits, then to add it.  Nothing is said of what is wrong with
 * either side: card_read() does that, which comes next where this gives up.
 */

/* So many counts at the most have their places kept from one walk to the next. */
#define PLACES	64

/*
 * Counts of four bytes on both sides, to be added.  Where they are as many,
 * they are of the same keys, or one has no place: there is nothing to look for,
 * and several are added at once.
 */
static inline bool
add_narrow_tally(SectionBytes *to, const SectionBytes *from, bool apply, uint16 *places)
{
	Size		n_to = to->length / (2 * sizeof(uint32));
	Size		n_from = from->length / (2 * sizeof(uint32));
	uint32	   *totals = (uint32 *) to->data;
	const uint32 *keys_to = totals + n_to;
	const uint32 *counts = (const uint32 *) from->data;
	const uint32 *keys_from = counts + n_from;
	uint32		carry = 0;
	Size		j = 0;

	if (apply)
	{
		for (Size i = 0; n_to == n_from && i < n_from; i++)
			totals[i] += counts[i];
		for (Size i = 0; n_to != n_from && i < n_from; i++)
			totals[places[i]] += counts[i];
		return true;
	}
	if (n_to == n_from)
	{
		uint32		other = 0;

		for (Size i = 0; i < n_to; i++)
		{
			other |= keys_to[i] ^ keys_from[i];
			carry |= (uint32) (totals[i] + counts[i] < counts[i]);
		}
		return other == 0 && carry == 0;
	}
	for (Size i = 0; i < n_from; i++, j++)
	{
		uint32		key = keys_from[i];

		while (j < n_to && keys_to[j] < key)
			j++;
		if (j == n_to || keys_to[j] != key)
			return false;
		carry |= (uint32) (totals[j] + counts[i] < counts[i]);
		places[i] = (uint16) j;
	}
	return carry == 0;
}

static bool
add_tally(SectionBytes *to, const SectionBytes *from, int sign, bool apply, uint16 *places)
{
	Size		n_to;
	Size		n_from;
	const uint32 *keys_to;
	const uint32 *keys_from;
	Size		j = 0;

	if (likely(to->width == sizeof(uint32) && from->width == sizeof(uint32) && sign > 0 &&
			   from->length <= PLACES * 2 * sizeof(uint32) && to->length <= PG_UINT16_MAX))
		return add_narrow_tally(to, from, apply, places);
	if (!tally_size(to, &n_to) || !tally_size(from, &n_from))
		return false;
	keys_to = (const uint32 *) (to->data + n_to * to->width);
	keys_from = (const uint32 *) (from->data + n_from * from->width);
	for (Size i = 0; i < n_from; i++)
	{
		int64		count = tally_count_at(from, i);
		int64		total;

		while (j < n_to && keys_to[j] < keys_from[i])
			j++;
		if (j >= n_to || keys_to[j] != keys_from[i])
			return false;
		total = tally_count_at(to, j);
		if (count < 0 || pg_add_s64_overflow(total, sign * count, &total) || total < 0 ||
			(to->width == sizeof(uint32) && total > PG_UINT32_MAX))
			return false;
		if (apply && to->width == sizeof(uint32))
			((uint32 *) to->data)[j] = (uint32) total;
		else if (apply)
			((int64 *) to->data)[j] = total;
		j++;
	}
	return true;
}

/* The bytes of the name at the start of an entry that has so many more. */
static inline bool
name_size(const char *entry, const char *end, Size more, Size *size)
{
	if (entry >= end)
		return false;
	*size = NAME_SIZE(*(const uint8 *) entry);
	return (Size) (end - entry) >= *size + more;
}

static bool
add_time(SectionBytes *to, const SectionBytes *from, int sign, bool apply)
{
	char	   *t = to->data;
	const char *t_end = to->data + to->length;
	const char *f = from->data;
	const char *f_end = from->data + from->length;
	Size		size;

	while (f < f_end)
	{
		const DurationColumn *column;
		DurationColumn *sum;
		DurationColumn total;

		if (!name_size(f, f_end, sizeof(DurationColumn), &size))
			return false;
		column = (const DurationColumn *) (f + size);
		for (;;)
		{
			Size		t_size;

			if (!name_size(t, t_end, sizeof(DurationColumn), &t_size))
				return false;
			sum = (DurationColumn *) (t + t_size);
			if (t_size == size && memcmp(t, f, size) == 0)
				break;
			t += t_size + sizeof(DurationColumn);
		}
		total = *sum;
		if (!duration_column_valid(column) ||
			pg_add_s64_overflow(total.sum, sign * column->sum, &total.sum) ||
			pg_add_s64_overflow(total.rows, sign * column->rows, &total.rows) ||
			pg_add_s64_overflow(total.positive, sign * column->positive, &total.positive) ||
			!duration_column_valid(&total))
			return false;
		if (apply)
			*sum = total;
		f += size + sizeof(DurationColumn);
		t += size + sizeof(DurationColumn);
	}
	return true;
}

static bool
add_money(SectionBytes *to, const SectionBytes *from, int sign, bool apply)
{
	char	   *t = to->data;
	const char *t_end = to->data + to->length;
	const char *f = from->data;
	const char *f_end = from->data + from->length;
	const Size	more = sizeof(MoneyBytes) + sizeof(int64);
	Size		size;

	while (f < f_end)
	{
		const MoneyBytes *entry;
		MoneyBytes *place;
		int64	   *sum;
		int64		rows;
		int64		total;

		if (!name_size(f, f_end, more, &size))
			return false;
		entry = (const MoneyBytes *) (f + size);
		if (entry->kind != MONEY_DECIMAL || entry->length != 0 || entry->reserved != 0 || entry->rows < 0)
			return false;
		for (;;)
		{
			Size		t_size;

			if (!name_size(t, t_end, more, &t_size))
				return false;
			place = (MoneyBytes *) (t + t_size);
			if (place->length != 0)
				return false;
			if (place->decimals == entry->decimals && place->kind == entry->kind &&
				t_size == size && memcmp(t, f, size) == 0)
				break;
			t += t_size + more;
		}
		sum = (int64 *) (place + 1);
		total = *(const int64 *) (entry + 1);
		if ((sign > 0 ? pg_add_s64_overflow(*sum, total, &total) : pg_sub_s64_overflow(*sum, total, &total)) ||
			pg_add_s64_overflow(place->rows, sign * entry->rows, &rows) || rows < 0 ||
			(rows == 0 && total != 0))
			return false;
		if (apply)
		{
			place->rows = rows;
			*sum = total;
		}
		f += size + more;
		t += size + more;
	}
	return true;
}

/* The delays after the name in an entry; NULL where the bytes are cut off. */
static DelaysBytes *
entry_delays(char *entry, const char *end, Size *size)
{
	DelaysBytes *delays;

	if (!name_size(entry, end, offsetof(DelaysBytes, entries), size))
		return NULL;
	delays = (DelaysBytes *) (entry + *size);
	return delays->count <= (uint64) ((end - (char *) delays->entries) / sizeof(uint64)) ? delays : NULL;
}

static bool
add_delays(SectionBytes *to, const SectionBytes *from, int sign, bool apply)
{
	char	   *t = to->data;
	const char *t_end = to->data + to->length;
	char	   *f = unconstify(SectionBytes *, from)->data;
	const char *f_end = from->data + from->length;

	while (f < f_end)
	{
		Size		size;
		const DelaysBytes *other = entry_delays(f, f_end, &size);
		DelaysBytes *sum;
		uint64		j = 0;

		if (other == NULL)
			return false;
		for (;;)
		{
			Size		t_size;

			sum = entry_delays(t, t_end, &t_size);
			if (sum == NULL)
				return false;
			t = (char *) &sum->entries[sum->count];
			if (t_size == size && memcmp((char *) sum - size, f, size) == 0)
				break;
		}
		for (uint64 i = 0; i < other->count; i++)
		{
			int			class = delays_entry_class(other->entries[i]);
			int64		rows;

			while (j < sum->count && delays_entry_class(sum->entries[j]) < class)
				j++;
			if (j == sum->count || delays_entry_class(sum->entries[j]) != class)
				return false;
			rows = delays_entry_count(sum->entries[j]) + sign * delays_entry_count(other->entries[i]);
			if (rows < 0 || rows > (int64) DELAYS_COUNT_MAX)
				return false;
			if (apply)
				sum->entries[j] = (uint64) class << 48 | (uint64) rows;
			j++;
		}
		f = unconstify(char *, (const char *) &other->entries[other->count]);
	}
	return true;
}

/* The mix in a section, of any form; NULL where its size is another. */
static const Mix *
section_mix(const SectionBytes *section)
{
	Size		size;
	const Mix  *mix;

	if (!name_size(section->data, section->data + section->length, offsetof(Mix, entries), &size))
		return NULL;
	mix = (const Mix *) (section->data + size);
	return VARATT_IS_4B_U(mix) && VARSIZE(mix) == section->length - size ? mix : NULL;
}

static bool
add_mix(SectionBytes *to, const SectionBytes *from, int sign, bool apply, Mix **grown)
{
	const Mix  *sum = section_mix(to);
	const Mix  *other = section_mix(from);
	char	   *what;

	if (apply)
	{
		Mix		   *total = mix_merge(unconstify(Mix *, sum), other, sign);

		*grown = total != sum ? total : NULL;
		return true;
	}
	return sum != NULL && mix_is_own(sum) && other != NULL &&
		mix_valid(other, VARSIZE(other), &what);
}

/* A section of a scorecard, and the one of the state that it is added to. */
typedef struct Pair
{
	int			place;
	SectionBytes *to;
	const SectionBytes *from;
	uint16		places[PLACES]; /* of a tally's counts among those of the state */
} Pair;

static bool
add_section(Pair *pair, int sign, bool apply, Mix **grown)
{
	int			i = pair->place;

	return i < CARD_TALLIES ? add_tally(pair->to, pair->from, sign, apply, pair->places) :
		i == CARD_TIME ? add_time(pair->to, pair->from, sign, apply) :
		i == CARD_MONEY ? add_money(pair->to, pair->from, sign, apply) :
		i == CARD_DELAYS ? add_delays(pair->to, pair->from, sign, apply) :
		add_mix(pair->to, pair->from, sign, apply, &grown[i - CARD_FIRST_MIX]);
}

/*
 * Adds where everything has a place and fits; false, and nothing was added, where
 * it has not.  Where the state counts in how many scorecards each section was, a
 * section that none is to have any more has to go, and gives up here.
 */
static bool
add_in_place(CardBytes *state, const CardBytes *other, int sign, bool counted, Mix **grown)
{
	char	   *to = state->sections;
	const char *to_end = (const char *) state + VARSIZE(state);
	char	   *from = unconstify(CardBytes *, other)->sections;
	const char *from_end = (const char *) other + VARSIZE(other);
	SectionCounts *counts = NULL;
	Pair		pairs[CARD_SECTIONS];
	int			n;
	int			place = -1;

	if (counted)
	{
		SectionBytes *first = next_section(&to, to_end);

		if (first == NULL || first->tag != TAG_COUNTS || first->length != sizeof(SectionCounts))
			return false;
		counts = (SectionCounts *) first->data;
	}
	/* their places go up, so there are no more than there is room for */
	for (n = 0; n < other->count; n++)
	{
		SectionBytes *section = next_section(&from, from_end);
		SectionBytes *sum = NULL;
		int			i = section != NULL && section->reserved == 0 ? section_place(section) : -1;

		if (i <= place)
			return false;
		while (place < i)
		{
			sum = next_section(&to, to_end);
			if (sum == NULL)
				return false;
			place = section_place(sum);
		}
		if (place != i || (counts != NULL && counts->with[i] + sign <= 0))
			return false;
		pairs[n].place = i;
		pairs[n].to = sum;
		pairs[n].from = section;
		if (!add_section(&pairs[n], sign, false, grown))
			return false;
	}
	if (from != from_end)
		return false;

	for (int i = 0; i < n; i++)
		(void) add_section(&pairs[i], sign, true, grown);
	if (counts != NULL)
	{
		counts->cards += sign;
		for (int i = 0; i < n; i++)
			counts->with[pairs[i].place] += sign;
	}
	return true;
}

/*
 * What a card is as a state.  Mixes are in work there; without any, and
 * without counts, it is a scorecard as any other.
 */
static Datum
state_of(const Card *card, const SectionCounts *counts)
{
	if (counts == NULL && (card->sections & CARD_MIX_SECTIONS) == 0)
		return PointerGetDatum(card_write(card));
	return PointerGetDatum(card_write_state(card, counts));
}

/* The state with some of its mixes replaced. */
static Datum
replace_mixes(const CardBytes *state, bool counted, Mix *const *grown)
{
	Card	   *card = card_new(CurrentMemoryContext);
	SectionCounts counts;

	card_read(card, (const struct varlena *) state, 1, CARD_ALL, &counts);
	for (int i = 0; i < CARD_MIXES; i++)
	{
		if (grown[i] != NULL)
			card->mixes[i] = grown[i];
	}
	return state_of(card, counted ? &counts : NULL);
}

/*
 * The state in argument 0 with a scorecard, or another state, added to it or
 * taken away.  Only moving frames take away, and only their states count.
 */
static Datum
state_merge(FunctionCallInfo fcinfo, const CardBytes *other, int sign)
{
	bool		counted = IsA(fcinfo->context, WindowAggState);
	CardBytes  *state = PG_ARGISNULL(0) ? NULL : (CardBytes *) PG_GETARG_POINTER(0);
	Card	   *card;
	SectionCounts counts;
	SectionCounts more;

	if (state != NULL && VARATT_IS_4B_U(state) && known_bytes(state) && known_bytes(other) &&
		(sign > 0 || counted))
	{
		Mix		   *grown[CARD_MIXES] = {NULL};

		if (add_in_place(state, other, sign, counted, grown))
		{
			for (int i = 0; i < CARD_MIXES; i++)
			{
				if (grown[i] != NULL)
					return replace_mixes(state, counted, grown);
			}
			PG_RETURN_POINTER(state);
		}
	}

	/* the first of all is their sum */
	if (state == NULL && !counted && card_is_sound(other))
	{
		char	   *copy = palloc(VARSIZE(other));

		return PointerGetDatum(memcpy(copy, other, VARSIZE(other)));
	}

	card = card_new(CurrentMemoryContext);
	memset(&counts, 0, sizeof(counts));
	if (state != NULL)
		card_read(card, (const struct varlena *) state, 1, CARD_ALL, &counts);
	card_read(card, (const struct varlena *) other, sign, CARD_ALL, &more);
	counts.cards += sign * more.cards;
	for (int i = 0; i < CARD_SECTIONS; i++)
	{
		counts.with[i] += sign * more.with[i];
		if (counted && counts.with[i] <= 0)
			card->sections &= ~((uint32) 1 << i);
	}
	return state_of(card, counted ? &counts : NULL);
}

/*
 * The result for a row that is skipped: a state that is still NULL, where it
 * may be.
 */
static Datum
skip_row(FunctionCallInfo fcinfo)
{
	SectionCounts counts;

	if (!PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (!IsA(fcinfo->context, WindowAggState))
		PG_RETURN_NULL();
	memset(&counts, 0, sizeof(counts));
	return state_of(card_new(CurrentMemoryContext), &counts);
}

/* Room for a scorecard that is packed, which is most of them. */
typedef union PackedRoom
{
	int64		align;
	char		bytes[VARHDRSZ + VARATT_SHORT_MAX];
} PackedRoom;

/* A scorecard in its full form; it may be in the room, which saves an allocation. */
static const CardBytes *
unpack(Datum datum, PackedRoom *room)
{
	const struct varlena *value = (const struct varlena *) DatumGetPointer(datum);
	Size		size;

	if (VARATT_IS_EXTERNAL(value) || !VARATT_IS_SHORT(value))
		return (const CardBytes *) PG_DETOAST_DATUM(datum);
	size = VARSIZE_SHORT(value) - VARHDRSZ_SHORT;
	SET_VARSIZE(room->bytes, size + VARHDRSZ);
	memcpy(room->bytes + VARHDRSZ, VARDATA_SHORT(value), size);
	return (const CardBytes *) room->bytes;
}

/* kpi_scorecard_combine(scorecard, scorecard): adds one up, or another state. */
PG_FUNCTION_INFO_V1(kpi_scorecard_combine);
Datum
kpi_scorecard_combine(PG_FUNCTION_ARGS)
{
	PackedRoom	room;

	check_aggregate_call(fcinfo, __func__);
	if (PG_ARGISNULL(1))
		return skip_row(fcinfo);
	return state_merge(fcinfo, unpack(PG_GETARG_DATUM(1), &room), 1);
}

/* kpi_scorecard_uncombine(scorecard, scorecard): takes one back. */
PG_FUNCTION_INFO_V1(kpi_scorecard_uncombine);
Datum
kpi_scorecard_uncombine(PG_FUNCTION_ARGS)
{
	PackedRoom	room;

	check_aggregate_call(fcinfo, __func__);
	if (PG_ARGISNULL(1))
		return skip_row(fcinfo);
	return state_merge(fcinfo, unpack(PG_GETARG_DATUM(1), &room), -1);
}

/* kpi_scorecard_final(scorecard): the scorecard; NULL where there was none. */
PG_FUNCTION_INFO_V1(kpi_scorecard_final);
Datum
kpi_scorecard_final(PG_FUNCTION_ARGS)
{
	const Card *card;

	/* what is at rest is what is asked for */
	if (!PG_ARGISNULL(0) && VARATT_IS_4B_U((const void *) PG_GETARG_POINTER(0)) &&
		card_is_sound((const CardBytes *) PG_GETARG_POINTER(0)))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	card = card_state_argument(fcinfo, 0, CARD_ALL);
	if (card == NULL)
		PG_RETURN_NULL();
	return card_result(card);
}

/*
 * The time of a full-time equivalent, which a row of scorecards has beside
 * them, is added up as a column of time of its own.
 */
static Datum
fte_row(FunctionCallInfo fcinfo, const char *function, int sign)
{
	Card	   *card;
	int64		fte;

	check_aggregate_call(fcinfo, function);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return skip_row(fcinfo);
	fte = interval_duration(PG_GETARG_DATUM(2));
	if (fte <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a full-time equivalent must be more than zero")));
	if (!PG_ARGISNULL(0))
	{
		const DurationColumn *before = &PG_GETARG_CARD(0)->time[TIME_fte];

		if (before->rows > 0 && before->sum / before->rows != fte)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the time of a full-time equivalent must be the same on every row")));
	}
	card = card_new(CurrentMemoryContext);
	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(1), 1);
	card_add_sections(card, SECTION_TIME);
	duration_column_add(&card->time[TIME_fte], fte, 1, 2);
	return state_merge(fcinfo, (const CardBytes *) card_write(card), sign);
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

/*
 * Several mixes of the same items, which a scorecard has for its state.  One
 * of those that a row is added to, or taken back from.
 */
typedef struct MixPart
{
	int			mix;
	Measure		measure;		/* of the rows that belong to it */
	bool		amount;			/* it adds amounts up, and does not count */
} MixPart;

/* The mix in work of a state; NULL where it has none that can be added to. */
static Mix *
state_mix(CardBytes *state, int which)
{
	char	   *next = state->sections;
	SectionBytes *section;

	if (!VARATT_IS_4B_U(state) || !known_bytes(state))
		return NULL;
	while ((section = next_section(&next, (const char *) state + VARSIZE(state))) != NULL)
	{
		if (section_place(section) == CARD_FIRST_MIX + which)
		{
			const Mix  *mix = section_mix(section);

			return mix != NULL && mix_is_own(mix) ? unconstify(Mix *, mix) : NULL;
		}
	}
	return NULL;
}

static uint32
mix_sections(const MixPart *parts, int count)
{
	uint32		sections = 0;

	for (int i = 0; i < count; i++)
		sections |= SECTION_MIX(parts[i].mix);
	return sections;
}

/* A state that has all of the mixes, in work. */
static CardBytes *
state_with_mixes(CardBytes *state, const MixPart *parts, int count)
{
	Card	   *card;

	for (int i = 0; i < count; i++)
	{
		if (state_mix(state, parts[i].mix) != NULL)
			continue;
		card = card_new(CurrentMemoryContext);
		card_merge(card, (const struct varlena *) state, 1);
		card_add_sections(card, mix_sections(parts, count));
		return (CardBytes *) card_write_state(card, NULL);
	}
	return state;
}

static Datum
mixes_row(FunctionCallInfo fcinfo, const char *function, const MixPart *parts, int count, int sign)
{
	CardBytes  *state;
	Mix		   *grown[CARD_MIXES] = {NULL};
	bool		moved = false;
	const char *item = NULL;
	int			length = -1;

	check_aggregate_call(fcinfo, function);
	if (PG_ARGISNULL(0))
		return skip_row(fcinfo);
	state = (CardBytes *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	if (!PG_ARGISNULL(2))
	{
		text	   *value = PG_GETARG_TEXT_PP(2);

		item = VARDATA_ANY(value);
		length = VARSIZE_ANY_EXHDR(value);
		mix_trim(&item, &length);
	}

	for (int i = 0; i < count; i++)
	{
		Mix		   *mix;

		if (!parts[i].measure(PG_GETARG_OUTCOME(1)) || (parts[i].amount && PG_ARGISNULL(3)))
			continue;
		state = state_with_mixes(state, parts, count);
		mix = state_mix(state, parts[i].mix);
		grown[parts[i].mix] = parts[i].amount ?
			mix_add_weight(mix, item, length, PG_GETARG_NUMERIC(3), sign) :
			mix_add_rows(mix, item, length, sign);
		moved |= grown[parts[i].mix] != mix;
	}
	return moved ? replace_mixes(state, false, grown) : PointerGetDatum(state);
}

/*
 * What kpi_scorecard_NAME_final(scorecard) gives where the state is the
 * scorecard itself: with its sections, rows or none.
 */
static Datum
card_with_sections(FunctionCallInfo fcinfo, uint32 sections)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(0), 1);
	card_add_sections(card, sections);
	return card_result(card);
}

/* A section of one mix, which is its state; an empty one without rows. */
static Datum
mix_card(FunctionCallInfo fcinfo, int i)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card->sections = SECTION_MIX(i);
	card->mixes[i] = PG_ARGISNULL(0) ? mix_new() : unconstify(Mix *, PG_GETARG_MIX_P(0));
	return card_result(card);
}

/* kpi_scorecard_NAME_accum(scorecard, outcome, text [, numeric]), and the others. */
#define MIXES_ROW(function, name, sign) \
PG_FUNCTION_INFO_V1(function); \
Datum \
function(PG_FUNCTION_ARGS) \
{ \
	return mixes_row(fcinfo, #function, name##_mixes, lengthof(name##_mixes), sign); \
}
#define MIXES_SECTION(name, ...) \
static const MixPart name##_mixes[] = {__VA_ARGS__}; \
MIXES_ROW(kpi_scorecard_##name##_accum, name, 1) \
MIXES_ROW(kpi_scorecard_##name##_inverse, name, -1) \
PG_FUNCTION_INFO_V1(kpi_scorecard_##name##_final); \
Datum \
kpi_scorecard_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return card_with_sections(fcinfo, mix_sections(name##_mixes, lengthof(name##_mixes))); \
}
#define MIX_SECTION(name, section) \
PG_FUNCTION_INFO_V1(kpi_scorecard_##name##_final); \
Datum \
kpi_scorecard_##name##_final(PG_FUNCTION_ARGS) \
{ \
	return mix_card(fcinfo, CARD_MIX_##section); \
}
#include "catalogue/catalogue.gen.h"

/*
 * Delays by name, which a scorecard has for its state too.
 */

/* The rows of a class in a state, where that has a place for them. */
static uint64 *
state_delays(CardBytes *state, const char *name, Size length, int class)
{
	char	   *next = state->sections;
	SectionBytes *section;

	if (!VARATT_IS_4B_U(state) || !known_bytes(state))
		return NULL;
	while ((section = next_section(&next, (const char *) state + VARSIZE(state))) != NULL)
	{
		char	   *entry = section->data;
		DelaysBytes *delays;
		Size		size;

		if (section->tag != TAG_DELAYS)
			continue;
		while ((delays = entry_delays(entry, section->data + section->length, &size)) != NULL)
		{
			uint64		low = 0;
			uint64		high = delays->count;

			if (*(uint8 *) entry != length || memcmp(entry + 1, name, length) != 0)
			{
				entry = (char *) &delays->entries[delays->count];
				continue;
			}
			while (low < high)
			{
				uint64		middle = (low + high) / 2;
				int			there = delays_entry_class(delays->entries[middle]);

				if (there == class)
					return &delays->entries[middle];
				if (there < class)
					low = middle + 1;
				else
					high = middle;
			}
			return NULL;
		}
	}
	return NULL;
}

static Datum
named_delay_row(FunctionCallInfo fcinfo, const char *function, int sign)
{
	CardBytes  *state;
	text	   *name;
	Size		length;
	int			class;
	uint64	   *entry;
	Card	   *card;
	Delays	  **delays;

	check_aggregate_call(fcinfo, function);
	if (PG_ARGISNULL(0))
		return skip_row(fcinfo);
	state = (CardBytes *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	name = PG_GETARG_TEXT_PP(1);
	length = VARSIZE_ANY_EXHDR(name);
	if (length == 0 || length > DELAYS_NAME_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 length == 0 ? errmsg("delays of a scorecard need a name") :
				 errmsg("name of delays is too long: \"%s\"", text_to_cstring(name)),
				 errdetail("A name has from 1 to %d bytes.", DELAYS_NAME_MAX)));
	class = delays_class(delays_duration(PG_GETARG_DATUM(2)));

	entry = state_delays(state, VARDATA_ANY(name), length, class);
	if (likely(entry != NULL))
	{
		int64		rows = delays_entry_count(*entry) + sign;

		if (likely(rows >= 0 && rows <= (int64) DELAYS_COUNT_MAX))
		{
			*entry = (uint64) class << 48 | (uint64) rows;
			PG_RETURN_POINTER(state);
		}
	}
	card = card_new(CurrentMemoryContext);
	card_merge(card, (const struct varlena *) state, 1);
	card_add_sections(card, SECTION_DELAYS);
	delays = card_delays(card, text_to_cstring(name));
	*delays = delays_add(*delays, class, sign);
	return PointerGetDatum(card_write_state(card, NULL));
}

/* kpi_scorecard_delays_accum(scorecard, name text, delay interval) */
PG_FUNCTION_INFO_V1(kpi_scorecard_delays_accum);
Datum
kpi_scorecard_delays_accum(PG_FUNCTION_ARGS)
{
	return named_delay_row(fcinfo, __func__, 1);
}

/* kpi_scorecard_delays_inverse(scorecard, name text, delay interval) */
PG_FUNCTION_INFO_V1(kpi_scorecard_delays_inverse);
Datum
kpi_scorecard_delays_inverse(PG_FUNCTION_ARGS)
{
	return named_delay_row(fcinfo, __func__, -1);
}

/* kpi_scorecard_delays_final(scorecard): with its section, rows or none. */
PG_FUNCTION_INFO_V1(kpi_scorecard_delays_final);
Datum
kpi_scorecard_delays_final(PG_FUNCTION_ARGS)
{
	return card_with_sections(fcinfo, SECTION_DELAYS);
}

/*
 * A section from the state of the KPIs over the same columns: the final
 * functions of scorecard_calls() and the others.
 */

static Datum
tally_card(int i, const Tally *tally)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card->sections = SECTION_TALLY(i);
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

/* kpi_scorecard_journeys_final(internal): an empty section without rows. */
PG_FUNCTION_INFO_V1(kpi_scorecard_journeys_final);
Datum
kpi_scorecard_journeys_final(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	return tally_card(CARD_LEADS, PG_ARGISNULL(0) ? tally_new() :
					  journeys_tally((Journeys *) PG_GETARG_POINTER(0)));
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

	card->sections = SECTION_TIME;
	for (int i = 0; i < Min(count, durations->count); i++)
		card->time[columns[i]] = durations->columns[i];
	return card_result(card);
}

static Datum
money_card(FunctionCallInfo fcinfo, const MoneyColumn *columns, int count)
{
	const Money *money = PG_GETARG_MONEY_P(0);
	Card	   *card = card_new(CurrentMemoryContext);

	card->sections = SECTION_MONEY;
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
