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

#include "plan/page.h"
#include "plan/part.h"

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

/* How many there were, the most memory, and rows that were put off. */
extern int64 groups_count(const Groups *groups);
extern Size groups_memory(const Groups *groups);
extern int64 groups_spilled(const Groups *groups);

/* Bytes that a group is expected to take. */
extern double groups_estimate(int key_count, int keys_width, int part_count, const PartKind *kinds);

/* Gives files back. */
extern void groups_end(Groups *groups);

#endif							/* KPI_GROUPS_H */
