/*-------------------------------------------------------------------------
 *
 * mix.h
 *		The type mix: an exact frequency table of text items.
 *
 * Each item has the number of its rows and an amount, the sum of their
 * weights; a row without a weight weighs 1.  An item is there while it has
 * rows, whatever its amount: refunds may make that zero or less.  So what is
 * added can be taken away, and leaves what was there before.
 *
 * A mix is a flat varlena value in one of two forms:
 *
 * - at rest: entries in the order of their items' bytes, the NULL item last,
 *   each number in the one way to write it.  The same content has the same
 *   bytes.  It is what is stored, and what functions return.
 * - in work: what aggregates update in place.  Entries stand in the order in
 *   which they came, with room behind them; from nine on, a hash table at the
 *   end of the value finds them.
 *
 * Whoever reads a mix from an argument takes either, checked, by mix_read().
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_MIX_H
#define KPI_MIX_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#define MIX_VERSION 1

typedef enum MixForm
{
	MIX_REST,
	MIX_WORK
} MixForm;

/* How an entry holds its amount. */
typedef enum MixKind
{
	MIX_COUNT,					/* the amount is the number of rows */
	MIX_DECIMAL,				/* an integer, in units of ten to the -decimals */
	MIX_NUMERIC,				/* any other */
	MIX_MOVED					/* in work: the item has another entry */
} MixKind;

/* One entry; each takes a multiple of eight bytes. */
typedef struct MixEntry
{
	uint32		hash;			/* in work: of the item; else 0 */
	int32		len;			/* of the item, or -1 for the NULL item */
	int64		rows;			/* in work: 0 where all were taken away */
	uint8		kind;			/* a MixKind */
	uint8		unused;
	uint16		decimals;
	uint32		room;			/* bytes of the amount at the start of data */
	char		data[FLEXIBLE_ARRAY_MEMBER];	/* amount, then the item */
} MixEntry;

typedef struct Mix
{
	int32		vl_len_;
	uint8		version;		/* MIX_VERSION */
	uint8		form;			/* a MixForm */
	uint8		bits;			/* in work: log2 of the table's slots, or 0 */
	uint8		unused;
	uint32		n;				/* entries */
	uint32		used;			/* bytes up to the end of the last entry */
	uint32		owner;			/* in work: the process that made it; else 0 */
	uint32		unused2;
	int64		parts;			/* in work: mixes that were added up; else 0 */
	char		entries[FLEXIBLE_ARRAY_MEMBER];
} Mix;

#define MixEntryItem(e)	((e)->data + (e)->room)
#define MixEntrySize(room, len) \
	TYPEALIGN(8, offsetof(MixEntry, data) + (Size) (room) + (Size) Max(len, 0))

/* A mix without entries, to add to, in the current memory context. */
extern Mix *mix_new(void);

/*
 * Add to a mix in work, or subtract where sign is -1 or n is negative.  They
 * update in place, or return a larger copy in the current memory context; the
 * old one is the caller's to free.  A NULL item has the length -1.  22003
 * where they take away what is not there, 54000 beyond one gigabyte; weights
 * are finite (22023).
 */
extern Mix *mix_add_rows(Mix *mix, const char *item, int len, int64 n);
extern Mix *mix_add_weight(Mix *mix, const char *item, int len, Numeric weight, int sign);
extern Mix *mix_merge(Mix *mix, const Mix *other, int sign);

/* The next entry that has rows; start at *offset = 0.  NULL after the last. */
extern const MixEntry *mix_next(const Mix *mix, uint32 *offset);

/* The form at rest, in the current memory context. */
extern Mix *mix_rest(const Mix *mix);

/* Does it hold nothing? */
extern bool mix_empty(const Mix *mix);

/*
 * Is this a mix, of so many bytes?  Where it is none, false, and what is
 * wrong with it, in the current memory context.
 */
extern bool mix_valid(const Mix *mix, Size size, char **what);

/* A mix from anywhere, checked (XX001), in its form at rest. */
extern const Mix *mix_read(Datum value);
#define PG_GETARG_MIX_P(n)	mix_read(PG_GETARG_DATUM(n))

/* The same in either form; and a copy of one to add to. */
extern const Mix *mix_read_either(Datum value);
extern Mix *mix_copy(const Mix *mix);

/*
 * Was it made in work by this process?  An aggregate's state that was can be
 * updated in place, unchecked: no table and no client gives a state.
 */
extern bool mix_is_own(const Mix *mix);

/* An entry's amount, and its text. */
extern Numeric mix_amount(const MixEntry *entry);
extern void mix_append_amount(StringInfo buf, const MixEntry *entry);

/*
 * Adds an entry that another form holds, so many rows and their amount; false
 * where it can be none, or the item is there already.
 */
extern bool mix_add_entry(Mix **mix, const char *item, int len, int64 rows, Numeric amount);

/*
 * Adds what the JSON form holds.  Where it is another, false, and what is
 * wrong with it.
 */
extern bool mix_read_json(Mix **mix, JsonbContainer *json, char **what);

/* Appends the JSON form of a mix at rest. */
extern void mix_append_text(StringInfo buf, const Mix *mix);

/*
 * Takes the white space off both ends of an item, no-break spaces included;
 * an item of nothing else becomes the NULL item.
 */
extern void mix_trim(const char **item, int *len);

/*
 * The transition functions of aggregates whose state is a mix.
 *
 * mix_state() is the state in argument 0, to be added to: a new one where it
 * is NULL, a copy where it is no state of this process.
 *
 * mix_row() adds a row to it, or takes it back where sign is -1: the item is
 * in one argument, and its weight in another, or none where that is 0.  A
 * row that does not count, or has no weight where there should be one, is
 * skipped.
 */
extern Mix *mix_state(FunctionCallInfo fcinfo, const char *function);
extern Datum mix_row(FunctionCallInfo fcinfo, const char *function, bool counts,
					 int item, int weight, bool trim, int sign);

#endif							/* KPI_MIX_H */
