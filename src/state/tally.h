/*-------------------------------------------------------------------------
 *
 * tally.h
 *		An exact histogram: how often each small integer key occurred.
 *
 * The keys are outcomes, or values of another type that is passed by value
 * and whose Datum is a number of at most 31 bits; kpi_tally_accum() and the
 * functions beside it that do not look into keys serve any such type.
 *
 * A tally is a flat varlena value, so that it can be an aggregate's state
 * type, travel between servers and be stored: an open-addressing table of
 * 2^bits - 1 slots, so that a tally fills the server's memory chunks, which
 * are powers of two.
 *
 * - small, 64 to 256 bytes: up to 31 slots of eight bytes, with 32-bit counts.
 *   A million groups of a few rows each stay as small as built-in aggregates,
 *   and those of a campaign's usual outcomes fit into the processor's cache.
 * - wide, from 1,024 bytes: slots of 16 bytes with 64-bit counts, at most half
 *   of them used.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_TALLY_H
#define KPI_TALLY_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "base/aggregate.h"
#include "base/compat.h"

#define TALLY_VERSION	1

#define TALLY_KEY_BITS	31
#define TALLY_KEY_MAX	(((uint32) 1 << TALLY_KEY_BITS) - 1)

/* What a slot holds of a key; a slot that was never used is all zero. */
#define TALLY_MARK(key)	((key) | ((uint32) 1 << TALLY_KEY_BITS))
#define TALLY_KEY(mark)	((mark) & TALLY_KEY_MAX)

/* A slot whose count is zero is a key's of which all rows were subtracted. */
typedef struct SmallSlot
{
	uint32		mark;
	uint32		count;
} SmallSlot;

typedef struct WideSlot
{
	uint32		mark;
	uint32		unused;			/* zero */
	int64		count;
} WideSlot;

typedef struct Tally
{
	int32		vl_len_;
	uint8		version;
	uint8		bits;			/* of the number of slots */
	uint16		unused;			/* zero */
	SmallSlot	slots[FLEXIBLE_ARRAY_MEMBER];
} Tally;

/* A wide tally, under the same first eight bytes. */
typedef struct WideTally
{
	int32		vl_len_;
	uint8		version;
	uint8		bits;
	uint16		unused;
	uint32		used;			/* slots that have a mark */
	uint32		unused2;		/* zero */
	WideSlot	slots[FLEXIBLE_ARRAY_MEMBER];
} WideTally;

#define TALLY_BITS_MIN	3
#define TALLY_BITS_WIDE	6		/* from here on, tallies are wide */
#define TALLY_BITS_MAX	26		/* 2^30 bytes would be more than a value has */
#define TALLY_IS_WIDE(tally)	((tally)->bits >= TALLY_BITS_WIDE)
#define TALLY_ROOM(bits)		(((uint32) 1 << (bits)) - 1)
#define TALLY_SIZE(bits) \
	((bits) >= TALLY_BITS_WIDE ? sizeof(WideSlot) << (bits) : sizeof(SmallSlot) << (bits))

/* A key and its count, as a list of them has it. */
typedef struct TallySlot
{
	uint32		key;
	int64		count;
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

/*
 * Has the tally the size that it says, and a known version?  This is all that
 * keeps reading and writing inside it; it costs next to nothing, so that every
 * row can ask.
 */
static inline bool
tally_is_whole(const Tally *tally)
{
	return VARSIZE(tally) >= TALLY_SIZE(TALLY_BITS_MIN) &&
		tally->version == TALLY_VERSION &&
		tally->bits >= TALLY_BITS_MIN && tally->bits <= TALLY_BITS_MAX &&
		VARSIZE(tally) == TALLY_SIZE(tally->bits);
}

/* A tally that is whole, or an error (XX001). */
extern Tally *tally_read(Datum value);

#define DatumGetTallyP(d)		tally_read(d)
#define PG_GETARG_TALLY_P(n)	DatumGetTallyP(PG_GETARG_DATUM(n))

/*
 * Could rows have made these counts, of keys such as these?  Whatever else
 * reads a tally does no harm where they could not.
 */
extern bool tally_valid(const Tally *tally, const TallyKeys *keys);

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

/* Adds every count of the other tally, times sign; XX001 where it is damaged. */
extern Tally *tally_merge(Tally *tally, const Tally *other, int sign);

/* Goes through the counts that are not zero; start at *position = 0. */
static inline bool
tally_next(const Tally *tally, int *position, uint32 *key, int64 *count)
{
	int			room = TALLY_ROOM(tally->bits);

	if (!TALLY_IS_WIDE(tally))
	{
		while (*position < room)
		{
			const SmallSlot *slot = &tally->slots[(*position)++];

			if (slot->count != 0)
			{
				*key = TALLY_KEY(slot->mark);
				*count = slot->count;
				return true;
			}
		}
	}
	else
	{
		while (*position < room)
		{
			const WideSlot *slot = &((const WideTally *) tally)->slots[(*position)++];

			if (slot->count != 0)
			{
				*key = TALLY_KEY(slot->mark);
				*count = slot->count;
				return true;
			}
		}
	}
	return false;
}

/* The counts of a wide tally for tally_count(); not inlined. */
extern int64 tally_count_wide(const Tally *tally, bool (*condition) (uint32 key));

/*
 * The counts of the keys that the condition holds for, added up.  It is inlined
 * where the condition is known: with many groups, final functions spend their
 * time here.
 */
static pg_attribute_always_inline int64
tally_count(const Tally *tally, bool (*condition) (uint32 key))
{
	int64		total = 0;

	if (TALLY_IS_WIDE(tally))
		return tally_count_wide(tally, condition);
	for (uint32 i = 0; i < TALLY_ROOM(tally->bits); i++)
	{
		const SmallSlot *slot = &tally->slots[i];

		if (slot->count != 0 && condition(TALLY_KEY(slot->mark)))
			total += slot->count;
	}
	return total;
}

/* The counts of two conditions at once, in one look at each slot. */
static pg_attribute_always_inline void
tally_count_both(const Tally *tally, bool (*first) (uint32 key), bool (*second) (uint32 key), int64 *counts)
{
	counts[0] = counts[1] = 0;
	if (TALLY_IS_WIDE(tally))
	{
		counts[0] = tally_count_wide(tally, first);
		counts[1] = tally_count_wide(tally, second);
		return;
	}
	for (uint32 i = 0; i < TALLY_ROOM(tally->bits); i++)
	{
		const SmallSlot *slot = &tally->slots[i];

		if (slot->count == 0)
			continue;
		counts[0] += first(TALLY_KEY(slot->mark)) ? slot->count : 0;
		counts[1] += second(TALLY_KEY(slot->mark)) ? slot->count : 0;
	}
}

/*
 * The counts that are not zero, in the order of their keys; XX001 where they
 * are none that rows could have made.
 */
extern TallySlot *tally_sorted(const Tally *tally, int *n);

extern Tally *tally_parse(const char *text, const TallyKeys *keys,
						  struct Node *escontext);
extern char *tally_print(const Tally *tally, const TallyKeys *keys);
extern Tally *tally_receive(StringInfo buf, const TallyKeys *keys);
extern void tally_write(StringInfo buf, const Tally *tally);

#endif							/* KPI_TALLY_H */
