/*-------------------------------------------------------------------------
 *
 * delays.h
 *		The type delays: how often durations of each length occurred.
 *
 * Exact counts by class of length, so that distributions add up and subtract.
 * A class is what lies above one bound and not above the next; negative
 * durations are a class of their own, and so is zero.  Up to a minute classes
 * are a tenth of a second wide, above at most a hundredth of their bounds, and
 * the thresholds that people use are bounds.  A class stands for its upper
 * bound: what came whole in tenths of a second is exact up to a minute, and a
 * percentile is a delay that so many rows are within.
 *
 * A value is flat, in one of two forms, each of entries with the class in the
 * high 16 bits and a count in the low 48:
 *
 * - at rest: the classes that have rows, in their order.  The same content has
 *   the same bytes.  It is what is stored, and what functions return.
 * - in work: what aggregates update in place.  A short list in the order in
 *   which classes came, or an open-addressing table of 2^bits slots; an entry
 *   of zero is free.  At 13 bits each class has a slot of its own.
 *
 * Whoever reads one from an argument takes either, checked, by delays_read().
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_DELAYS_H
#define KPI_DELAYS_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#define DELAYS_VERSION	1
#define DELAYS_REST		0xFF

typedef struct Delays
{
	int32		vl_len_;
	uint8		version;		/* DELAYS_VERSION */
	uint8		bits;			/* DELAYS_REST; in work of the table, or 0 */
	uint16		used;			/* in work: entries that are not free; else 0 */
	uint64		entries[FLEXIBLE_ARRAY_MEMBER];
} Delays;

#define DELAYS_SIZE(n)		(offsetof(Delays, entries) + (n) * sizeof(uint64))
#define DELAYS_ROOM(d)		((VARSIZE(d) - offsetof(Delays, entries)) / sizeof(uint64))

/* The classes; their numbers are stored. */
#define DELAYS_NEGATIVE		1
#define DELAYS_ZERO			2
#define DELAYS_CLASS_MAX	5464	/* that of the longest duration */
/* in work: no class, but how many distributions were added up */
#define DELAYS_PARTS		8191

#define DELAYS_COUNT_MAX	((UINT64CONST(1) << 48) - 1)

static inline int
delays_entry_class(uint64 entry)
{
	return (int) (entry >> 48);
}

static inline int64
delays_entry_count(uint64 entry)
{
	return (int64) (entry & DELAYS_COUNT_MAX);
}

/* An interval in microseconds; 22003 where it is infinite, has months, or is too long. */
extern int64 delays_duration(Datum value);

/* The class of a duration in microseconds. */
extern int	delays_class(int64 duration);

/*
 * A class's upper bound, in tenths of a second; that of one from zero on.  The
 * last is beyond what an interval holds.
 */
extern int64 delays_upper(int class);

/* An empty one to add to, in the current memory context. */
extern Delays *delays_new(void);

/*
 * Add to one in work, or subtract where n or sign is negative.  They update in
 * place, or return a larger copy in the current memory context; the old one is
 * the caller's to free.  22003 where they take away what is not there, or
 * beyond 2^48 rows of a class.
 */
extern Delays *delays_add(Delays *delays, int class, int64 n);
extern Delays *delays_merge(Delays *delays, const Delays *other, int sign);

/* The rows of a class of one in work. */
extern int64 delays_count(const Delays *delays, int class);

/* The number of distributions that were added up into one in work. */
#define delays_parts(delays)	delays_count(delays, DELAYS_PARTS)

/* The form at rest, in the current memory context. */
extern Delays *delays_rest(const Delays *delays);

/*
 * Is this one, of so many bytes?  Where it is none, false, and what is wrong
 * with it, in the current memory context.
 */
extern bool delays_valid(const Delays *delays, Size size, char **what);

/* One from anywhere, checked (XX001), in its form at rest; or in either. */
extern const Delays *delays_read(Datum value);
extern const Delays *delays_read_either(Datum value);
#define PG_GETARG_DELAYS_P(n)	delays_read(PG_GETARG_DATUM(n))

/* Can it be added to as it is?  Cheap, and enough for memory's safety. */
static inline bool
delays_in_work(const Delays *delays)
{
	return VARATT_IS_4B_U(delays) && delays->version == DELAYS_VERSION &&
		(delays->bits == 0 ?
		 VARSIZE(delays) >= DELAYS_SIZE(3) && VARSIZE(delays) <= DELAYS_SIZE(31) :
		 delays->bits <= 13 && VARSIZE(delays) == DELAYS_SIZE((Size) 1 << delays->bits));
}

/* A slot of a table, where a class is looked for first. */
static inline uint32
delays_slot(const Delays *delays, int class)
{
	return ((uint32) class * 40503) & (((uint32) 1 << delays->bits) - 1);
}

/* How many rows there are from zero on, of a distribution at rest. */
extern int64 delays_rows(const Delays *delays);

/*
 * The smallest bound that so large a share of them is within, in
 * microseconds; false where there are none.
 */
extern bool delays_percentile(const Delays *delays, double share, int64 *duration);

/*
 * The same as a function's result, an interval or NULL; 22023 unless the share
 * is from 0 to 1.
 */
extern Datum delays_percentile_interval(FunctionCallInfo fcinfo, const Delays *delays, double share);

/*
 * Adds what the JSON form holds.  Where it is another, false, and what is
 * wrong with it.
 */
extern bool delays_read_json(Delays **delays, JsonbContainer *json, char **what);

/* Appends the JSON form of a distribution at rest. */
extern void delays_append_text(StringInfo buf, const Delays *delays);

#endif							/* KPI_DELAYS_H */
