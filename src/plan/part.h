/*-------------------------------------------------------------------------
 *
 * part.h
 *		The parts of a group's states, and what adds rows to them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_PART_H
#define KPI_PART_H

#include "plan/called.h"
#include "plan/known.h"
#include "plan/page.h"
#include "state/duration.h"
#include "state/tally.h"

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

/* Bytes of a group's entry that a part takes; all zero before the first row. */
extern Size part_size(PartKind kind, int codes);

/* A part is ready for rows, at this offset of entries. */
extern void part_begin(Part *part, Size offset);

/*
 * Adds the live rows of a batch to the part in their groups' entries, whose
 * memory is the context.  single says that all rows are of one group; far that
 * entries are so many that memory has to be fetched ahead.
 */
extern void part_add(Part *part, Batch *batch, MemoryContext context, bool single, bool far);

/* What came of it. */
extern int64 part_rows(const Part *part, const char *entry);
extern const DurationColumn *part_duration(const Part *part, const char *entry);

/*
 * How many rows of a group's tally belong to a measure, which the keys of
 * these codes do.
 */
extern int64 part_measured(const Part *part, const char *entry, uint32 codes, Quantity measure);

/* The value of a state that is called, which may be NULL; to be read only. */
extern Datum part_called_value(const Part *part, const char *entry, bool *null);

/* The tally of a group, in the current memory context. */
extern Tally *part_tally(const Part *part, const char *entry);

#endif							/* KPI_PART_H */
