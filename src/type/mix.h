/*-------------------------------------------------------------------------
 *
 * mix.h
 *		The type mix: an exact frequency table of text items.
 *
 * A mix exists in two forms.  The flat one is what is stored and sent: items
 * in the order of their bytes, the NULL item last, each with its amount, which
 * is above zero.  The expanded one, a hash table, is what aggregates update;
 * the server flattens it where it leaves the executor.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_MIX_H
#define KPI_MIX_H

#include "fmgr.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "base/compat.h"

/* One entry of a flat mix, aligned to four bytes. */
typedef struct MixEntry
{
	int32		len;			/* of the item, or -1 for the NULL item */
	uint32		amount_size;	/* of the numeric that follows this header */
	char		data[FLEXIBLE_ARRAY_MEMBER];	/* amount, then the item */
} MixEntry;

typedef struct Mix
{
	int32		vl_len_;
	uint32		flags;			/* version of the form, MIX_VERSION */
	uint32		n;				/* entries */
	char		entries[FLEXIBLE_ARRAY_MEMBER];
} Mix;

#define MIX_VERSION 1

#define MixEntryAmount(e)	((Numeric) unconstify(MixEntry *, e)->data)
#define MixEntryItem(e)		((e)->data + (e)->amount_size)
#define MixEntryNext(e) \
	((const MixEntry *) ((const char *) (e) + \
						 INTALIGN(offsetof(MixEntry, data) + (e)->amount_size + Max((e)->len, 0))))

#define DatumGetMixP(d)		((Mix *) PG_DETOAST_DATUM(d))
#define PG_GETARG_MIX_P(n)	DatumGetMixP(PG_GETARG_DATUM(n))

/* A hash table that a mix is made in. */
typedef struct ExpandedMix ExpandedMix;

/* An empty one, in a memory context of its own below the parent. */
extern ExpandedMix *mix_expand(MemoryContext parent);

/* Adds rows of an item, or an amount; a NULL item is a class of its own. */
extern void mix_add_count(ExpandedMix *mix, const char *item, int len, int64 n);
extern void mix_add_amount(ExpandedMix *mix, const char *item, int len,
						   Numeric amount, bool subtract);

/* The same; 22023 for an amount that no mix can hold. */
extern void mix_add_weight(ExpandedMix *mix, const char *item, int len,
						   Numeric weight, bool subtract);

/* Adds a whole mix, or subtracts it. */
extern void mix_merge(ExpandedMix *mix, const Mix *other, bool subtract);

/* Adds what the JSON form holds; false where it is another. */
extern bool mix_read_json(ExpandedMix *mix, JsonbContainer *json);

/* Appends the JSON form. */
extern void mix_append_text(StringInfo buf, const Mix *mix);

/* The flat form; it belongs to the expanded one. */
extern const Mix *mix_flatten(ExpandedMix *mix);

#endif							/* KPI_MIX_H */
