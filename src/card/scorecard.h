/*-------------------------------------------------------------------------
 *
 * scorecard.h
 *		The type scorecard: the states of all KPIs of a campaign in one value.
 *
 * A scorecard in work is a Card; at rest it is the bytes that
 * src/card/stored-form.md describes, which are the same for the same content.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_SCORECARD_H
#define KPI_SCORECARD_H

#include "catalogue/catalogue.h"
#include "state/duration.h"
#include "state/money.h"
#include "state/tally.h"
#include "type/delays.h"
#include "type/mix.h"

#define SCORECARD_VERSION	1

/*
 * The tallies and the mixes, and all sections, in the order of the bytes.  The
 * mixes are in the order of their names, whatever the catalogue's rows.
 */
enum
{
	CARD_CALLS, CARD_LEADS, CARD_LINES, CARD_TALLIES
};
enum
{
#define CARD_MIX(section) CARD_MIX_##section,
#include "catalogue/catalogue.gen.h"
	CARD_MIXES
};
enum
{
	CARD_TIME = CARD_TALLIES, CARD_MONEY, CARD_FIRST_MIX,
	CARD_DELAYS = CARD_FIRST_MIX + CARD_MIXES, CARD_SECTIONS
};

/* Which sections are there: a bit each. */
#define SECTION_TALLY(i)	((uint32) 1 << (i))
#define SECTION_TIME		((uint32) 1 << CARD_TIME)
#define SECTION_MONEY		((uint32) 1 << CARD_MONEY)
#define SECTION_MIX(i)		((uint32) 1 << (CARD_FIRST_MIX + (i)))
#define CARD_MIX_SECTIONS	((((uint32) 1 << CARD_MIXES) - 1) << CARD_FIRST_MIX)
#define SECTION_DELAYS		((uint32) 1 << CARD_DELAYS)
#define CARD_ALL			(~(uint32) 0)

/* The sections' names in text, in the same order. */
extern const char *const card_section_names[CARD_SECTIONS];

/* Delays of a name that their user gave them. */
typedef struct NamedDelays
{
	char	   *name;
	Delays	   *delays;			/* in work */
} NamedDelays;

/* The bytes that a name may have, as an identifier. */
#define DELAYS_NAME_MAX		63

/* A scorecard in work, all of whose memory is in one context. */
typedef struct Card
{
	uint32		sections;		/* a mask of SECTION_ bits */
	MemoryContext context;
	Tally	   *tallies[CARD_TALLIES];
	DurationColumn time[TIME_COLUMNS];
	Money	   *money;
	Mix		   *mixes[CARD_MIXES];
	int			delays_count;
	int			delays_room;
	NamedDelays *delays;		/* in the order of their names */
} Card;

/* An empty one, in that context. */
extern Card *card_new(MemoryContext context);

/* The sections from there on, empty ones; a mask of SECTION_ bits. */
extern void card_add_sections(Card *card, uint32 sections);

/* The delays of a name, in work: to be added to, and made where there are none. */
extern Delays **card_delays(Card *card, const char *name);

/* The delays of a name, in work; NULL where there are none. */
extern const Delays *card_find_delays(const Card *card, const char *name);

/*
 * Adds a scorecard from anywhere, or subtracts it where sign is -1; the card
 * has its sections from then on where it was added.  22003 where it takes away
 * what was never there, XX001 for bytes that are damaged or of a version that
 * is not known, saying where.
 */
extern void card_merge(Card *card, const struct varlena *other, int sign);

/* An argument of the type scorecard, for reading. */
extern const Card *card_argument(FunctionCallInfo fcinfo, int n);
#define PG_GETARG_CARD(n) card_argument(fcinfo, n)

/*
 * The state of an aggregate over scorecards, for its final function: as far as
 * it has these sections, a mask of SECTION_ bits.  NULL where no scorecard was
 * added up.
 */
extern const Card *card_state_argument(FunctionCallInfo fcinfo, int n, uint32 sections);

/* The bytes at rest, in the current memory context. */
extern struct varlena *card_write(const Card *card);

/* The same as the result of a function. */
extern Datum card_result(const Card *card);

/* Is the key an outcome, or a line type in the tally of lines? */
extern bool card_key_valid(int tally, uint32 key);

#endif							/* KPI_SCORECARD_H */
