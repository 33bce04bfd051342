/*-------------------------------------------------------------------------
 *
 * groups.h
 *		The hash table of groups, with the parts of their states in place.
 *
 * Where the table outgrows its memory, rows of groups that are not in it are
 * put off into files, by hash, and each file makes a table of its own later.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_GROUPS_H
#define KPI_GROUPS_H

#include "executor/tuptable.h"
#include "fmgr.h"
#include "utils/tuplestore.h"

#include "plan/called.h"
#include "plan/known.h"
#include "plan/page.h"
#include "state/duration.h"
#include "state/tally.h"

typedef struct GroupKey
{
	Vector		vector;
	FmgrInfo	hash;
	FmgrInfo	equal;
	Oid			collation;
	int16		length;
	bool		by_value;
	bool		plain;			/* equal values have equal bits */
} GroupKey;

/* Outcomes that occur often have a code, and a count of their own in a group. */
#define TALLY_CODES			32
#define TALLY_CODES_BYTE	8	/* where the argument is one byte */
#define DICTIONARY_SLOTS	64

typedef struct Part
{
	PartKind	kind;
	int64		(*duration) (Datum value);
	const Vector *argument;		/* or NULL */
	int			number;			/* of the argument, for errors */
	const Vector *filter;		/* truth values, or NULL */
	Called	   *called;
	Size		offset;			/* in a group's entry */
	int			codes;			/* of a tally: there are so many */
	int			used;			/* and so many of them are taken */
	uint32		keys[TALLY_CODES];
	uint32		slot_keys[DICTIONARY_SLOTS];
	uint8		slot_codes[DICTIONARY_SLOTS];
} Part;

typedef struct Groups Groups;

/*
 * Where the states of groups are, as their functions are told it by an
 * AggState that is not the executor's.
 */
extern MemoryContext groups_context(const Groups *groups);

/*
 * A table of groups by the keys, or of one group where there are none.  limit
 * is in bytes; spilled are the vectors that rows are put off with: those of
 * keys, arguments and filters, as the descriptor has their types.
 */
extern Groups *groups_new(int key_count, GroupKey *keys, int part_count, Part *parts,
						  double limit, TupleDesc desc, const Vector **spilled);

/* Forgets all groups. */
extern void groups_reset(Groups *groups);

/* Adds the live rows of a batch to their groups. */
extern void groups_add(Groups *groups, Batch *batch);

/*
 * The next group, or NULL after the last one.  Groups of rows that were put
 * off come after those of the table; scratch is what they are read through.
 */
extern char *groups_next(Groups *groups, Batch *scratch, MemoryContext scratch_memory);

/* Starts again with the first group; false where it can be had no more. */
extern bool groups_rewind(Groups *groups);

extern Datum group_key(const Groups *groups, const char *entry, int key, bool *null);
extern int64 group_rows(const Part *part, const char *entry);
extern const DurationColumn *group_duration(const Part *part, const char *entry);

/*
 * How many rows of a group's tally belong to a measure, which the keys of
 * these codes do.
 */
extern int64 group_measured(const Part *part, const char *entry, uint32 codes, Quantity measure);

/* The value of a state that is called, which may be NULL; to be read only. */
extern Datum group_called(const Part *part, const char *entry, bool *null);

/* The tally of a group, in the current memory context. */
extern Tally *group_tally(const Part *part, const char *entry);

/* How many there were, the most memory, and rows that were put off. */
extern int64 groups_count(const Groups *groups);
extern Size groups_memory(const Groups *groups);
extern int64 groups_spilled(const Groups *groups);

/* Bytes that a group is expected to take. */
extern double groups_estimate(int key_count, int keys_width, int part_count, const PartKind *kinds);

/* Gives files back. */
extern void groups_end(Groups *groups);

#endif							/* KPI_GROUPS_H */
