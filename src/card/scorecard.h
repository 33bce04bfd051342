/*-------------------------------------------------------------------------
 *
 * scorecard.h
 *		The type scorecard: the states of all KPIs of a campaign in one value.
 *
 * A scorecard in work is a Card, an expanded object; at rest it is the bytes
 * that doc/scorecard-format.md describes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_SCORECARD_H
#define KPI_SCORECARD_H

#include "utils/expandeddatum.h"

#include "catalogue/catalogue.h"
#include "state/duration.h"
#include "state/money.h"
#include "state/tally.h"
#include "type/mix.h"

#define SCORECARD_VERSION	1

/* The tallies and the mixes. */
enum
{
	CARD_CALLS, CARD_LEADS, CARD_LINES, CARD_TALLIES
};
enum
{
	CARD_REASONS, CARD_PRODUCTS, CARD_AMOUNTS, CARD_MIXES
};

/* What a scorecard holds: bits of its second byte. */
#define SECTION_TALLY(i)	(1 << (i))
#define SECTION_TIME		0x08
#define SECTION_MONEY		0x10
#define SECTION_REASONS		0x20
#define SECTION_PRODUCTS	0x40	/* products and their amounts */
#define SECTION_ALL			0x7F

typedef struct Card
{
	ExpandedObjectHeader hdr;
	int			magic;
	int			sections;
	Tally	   *tallies[CARD_TALLIES];
	DurationColumn time[TIME_COLUMNS];
	Money	   *money;
	Mix		   *mixes[CARD_MIXES];
	struct varlena *flat;		/* the bytes at rest, or NULL since a change */
} Card;

/* An empty one, in a memory context of its own below the parent. */
extern Card *card_new(MemoryContext parent);

/* The sections from there on, empty ones; a mask of SECTION_ bits. */
extern void card_add_sections(Card *card, int sections);

/*
 * Adds a scorecard at rest, or subtracts it where sign is -1.  22003 where
 * it takes away what was never there, XX001 for damaged bytes.
 */
extern void card_merge(Card *card, const struct varlena *other, int sign);

/* An argument, for reading. */
extern const Card *card_argument(FunctionCallInfo fcinfo, int n);
#define PG_GETARG_CARD(n) card_argument(fcinfo, n)

/* A card as the result of a function; the card is gone after that. */
extern Datum card_result(Card *card);

#endif							/* KPI_SCORECARD_H */
