/*-------------------------------------------------------------------------
 *
 * scorecard_bytes.h
 *		The bytes of a scorecard, as src/card/stored-form.md describes them.
 *
 * The state of an aggregate has the same bytes but for three things, and says
 * so: mixes may be in work, what was subtracted to nothing may be there still,
 * and it may begin with how many scorecards had each section.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_SCORECARD_BYTES_H
#define KPI_SCORECARD_BYTES_H

#include "card/scorecard.h"

typedef enum CardForm
{
	CARD_REST,
	CARD_STATE
} CardForm;

typedef struct CardBytes
{
	int32		vl_len_;
	uint8		version;
	uint8		form;			/* a CardForm */
	uint16		count;			/* of sections */
	char		sections[FLEXIBLE_ARRAY_MEMBER];
} CardBytes;

/* Whatever a section holds takes a multiple of eight bytes. */
typedef struct SectionBytes
{
	uint8		tag;
	uint8		width;			/* of a tally's counts, in bytes; else zero */
	uint16		reserved;		/* zero */
	uint32		length;			/* of what follows */
	char		data[FLEXIBLE_ARRAY_MEMBER];
} SectionBytes;

/* There may be several sections of mixes, which begin with their names. */
enum
{
	TAG_COUNTS, TAG_CALLS, TAG_LEADS, TAG_LINES, TAG_TIME, TAG_MONEY, TAG_MIX, TAG_DELAYS
};

/* The bytes of a name: its length, its letters, and zeros up to a multiple of eight. */
#define NAME_SIZE(len)	TYPEALIGN(8, 1 + (Size) (len))

/* One sum of amounts, after its column's name and before the number. */
typedef struct MoneyBytes
{
	uint8		kind;			/* a MoneyKind */
	uint8		reserved;		/* zero */
	uint16		decimals;
	uint32		length;			/* of a sum that is text; else zero */
	int64		rows;
} MoneyBytes;

/*
 * Delays, after their name: entries as delays.h describes them, those of the
 * form at rest.  In states some may have no rows.
 */
typedef struct DelaysBytes
{
	uint64		count;			/* of entries */
	uint64		entries[FLEXIBLE_ARRAY_MEMBER];
} DelaysBytes;

/* Of a state that can subtract: how many scorecards there are, and had each section. */
typedef struct SectionCounts
{
	int64		cards;
	int64		with[CARD_SECTIONS];
} SectionCounts;

/*
 * card_merge() of these sections, that says the counts of the other: its own,
 * or one where it is a scorecard.
 */
extern void card_read(Card *card, const struct varlena *other, int sign, uint32 wanted, SectionCounts *counts);

/* The bytes of a state; without counts where these are NULL. */
extern struct varlena *card_write_state(const Card *card, const SectionCounts *counts);

/*
 * What reads the bytes without making a Card of them.  None of it says what is
 * wrong: card_read() does that, which comes next where these give up.
 */

/* Of a version and a form that are known? */
static inline bool
known_bytes(const CardBytes *bytes)
{
	return VARSIZE(bytes) >= offsetof(CardBytes, sections) &&
		bytes->version == SCORECARD_VERSION && bytes->form <= CARD_STATE;
}

/*
 * Is it a scorecard as card_write() makes them?  Only of what most are made of,
 * tallies and time: others are not said to be.
 */
extern bool card_is_sound(const CardBytes *bytes);

/* The next section, or NULL at the end, or where the bytes are cut off. */
static inline SectionBytes *
next_section(char **next, const char *end)
{
	SectionBytes *section = (SectionBytes *) *next;

	if ((Size) (end - *next) < offsetof(SectionBytes, data) ||
		section->length > (Size) (end - section->data) || section->length % 8 != 0)
		return NULL;
	*next = section->data + section->length;
	return section;
}

/* The place of a section among the names of all, or -1. */
static inline int
section_place(const SectionBytes *section)
{
	if (section->tag >= TAG_CALLS && section->tag <= TAG_MONEY)
		return section->tag - TAG_CALLS;
	if (section->tag == TAG_DELAYS)
		return CARD_DELAYS;
	for (int i = CARD_FIRST_MIX; section->tag == TAG_MIX && i < CARD_FIRST_MIX + CARD_MIXES; i++)
	{
		Size		length = strlen(card_section_names[i]);

		if (section->length >= NAME_SIZE(length) && *(const uint8 *) section->data == length &&
			memcmp(section->data + 1, card_section_names[i], length) == 0)
			return i;
	}
	return -1;
}

/* How many counts a tally has; false where the bytes are none. */
static inline bool
tally_size(const SectionBytes *section, Size *n)
{
	/* the rest of a section's length is a multiple of eight */
	if (likely(section->width == sizeof(uint32)))
	{
		*n = section->length / (sizeof(uint32) + sizeof(uint32));
		return true;
	}
	*n = section->length / (sizeof(uint32) + sizeof(int64));
	return section->width == sizeof(int64) && section->length == TYPEALIGN(8, *n * (sizeof(uint32) + sizeof(int64)));
}

static inline int64
tally_count_at(const SectionBytes *section, Size i)
{
	return section->width == sizeof(uint32) ? (int64) ((const uint32 *) section->data)[i] :
		((const int64 *) section->data)[i];
}

#endif							/* KPI_SCORECARD_BYTES_H */
