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

#endif							/* KPI_SCORECARD_BYTES_H */
