/*-------------------------------------------------------------------------
 *
 * tally.h
 *		An exact histogram: how often each small integer key occurred.
 *
 * The keys are outcomes, or values of another type that is passed by value
 * and whose Datum is a number of at most 31 bits; kpi_tally_accum() and the
 * functions beside it that do not look into keys serve any such type.  A tally is a
 * flat varlena value, so that it can be an aggregate's state type, travel
 * between servers and be stored.  It has two forms:
 *
 * - narrow: a short list of entries of eight bytes, the key in the high 56
 *   bits and a count of at most 255 in the low 8; an entry of zero is free.
 *   A million groups of a few rows each stay as small as built-in aggregates.
 * - wide: an open-addressing table of 64-bit counts, at most half full.
 *
 * A tally that outgrows the narrow form becomes a wide one, and never goes
 * back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_TALLY_H
#define KPI_TALLY_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "base/compat.h"

#define TALLY_KEY_BITS	31
#define TALLY_KEY_MAX	(((uint32) 1 << TALLY_KEY_BITS) - 1)

typedef struct Tally
{
	int32		vl_len_;
	uint8		bits;			/* wide: log2 of the number of slots; else 0 */
	uint8		room;			/* narrow: number of entries */
	uint16		unused;
	uint64		entries[FLEXIBLE_ARRAY_MEMBER]; /* narrow */
} Tally;

typedef struct TallySlot
{
	uint32		key;			/* TALLY_FREE where the slot was never used */
	uint32		unused;
	int64		count;			/* zero where all rows were subtracted again */
} TallySlot;

/*
 * What the keys of a tally mean, for the text and binary forms of its SQL
 * type.
 */
typedef struct TallyKeys
{
	const char *type_name;		/* the tally's SQL type */
	bool		(*parse) (const char *text, uint32 *key, char **unknown);
	void		(*append) (StringInfo buf, uint32 key);
	bool		(*valid) (uint32 key);
} TallyKeys;

#define DatumGetTallyP(d)		((Tally *) PG_DETOAST_DATUM(d))
#define PG_GETARG_TALLY_P(n)	DatumGetTallyP(PG_GETARG_DATUM(n))

/*
 * An aggregate's own state comes from these functions and is never toasted or
 * packed; what comes out of a tuple may be.
 */
#define PG_GETARG_TALLY_STATE(n) ((Tally *) PG_GETARG_POINTER(n))

/* Tallies of outcomes, and of the line types of line.h. */
extern const TallyKeys outcome_tally_keys;
extern const TallyKeys line_tally_keys;

/* An empty tally, in the current memory context. */
extern Tally *tally_new(void);

/*
 * Adds n rows, or subtracts them where n is negative.  Updates in place, or
 * returns a larger copy in the current memory context; the old one is the
 * caller's to free.  Subtracting what was never added is an error.
 */
extern Tally *tally_add(Tally *tally, uint32 key, int64 n);

/* Adds every count of the other tally, times sign. */
extern Tally *tally_merge(Tally *tally, const Tally *other, int sign);

/* Goes through the counts that are not zero; start at *position = 0. */
extern bool tally_next(const Tally *tally, int *position, uint32 *key,
					   int64 *count);

/* The counts of the keys that the condition holds for, added up. */
extern int64 tally_count(const Tally *tally, bool (*condition) (uint32 key));

/* The counts that are not zero, in the order of their keys. */
extern TallySlot *tally_sorted(const Tally *tally, int *n);

extern Tally *tally_parse(const char *text, const TallyKeys *keys,
						  struct Node *escontext);
extern char *tally_print(const Tally *tally, const TallyKeys *keys);
extern Tally *tally_receive(StringInfo buf, const TallyKeys *keys);
extern void tally_write(StringInfo buf, const Tally *tally);

#endif							/* KPI_TALLY_H */
