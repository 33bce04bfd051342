/*-------------------------------------------------------------------------
 *
 * page.h
 *		The rows of one page of a table at a time, a column at a time.
 *
 * A batch is the rows of a page that the snapshot sees, as the server's own
 * scan finds them.  Of those rows that are still live, only the columns that
 * are asked for are read, each into a vector: where no NULL and no column of
 * variable width stands before it, from the same place in every row, and else
 * on a walk over the attributes, each in all rows before the next.
 *
 * Values that are not passed by value point into the page, and are good until
 * the next one is read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_PAGE_H
#define KPI_PAGE_H

#include "access/htup_details.h"
#include "nodes/bitmapset.h"
#include "storage/bufpage.h"
#include "utils/rel.h"

#define BATCH_ROWS	MaxHeapTuplesPerPage

/* One value of each row of a batch; only those of live rows mean anything. */
typedef struct Vector
{
	Datum	   *values;
	bool	   *nulls;
} Vector;

typedef struct Batch
{
	int			count;			/* of rows */
	int			live_count;
	uint16		live[BATCH_ROWS];	/* the numbers of live rows, ascending */
	HeapTupleHeader tuples[BATCH_ROWS];
	const char *data[BATCH_ROWS];	/* where the values of each start */
	bool		nulls;			/* some row has them */
	int			natts;			/* so many attributes are in every row, as far as they are read */
	int			reach;			/* so many of them at the same place, and not NULL */
	char	   *entries[BATCH_ROWS];	/* the group of each */
} Batch;

/* A live row; where all are live, which is known beforehand, its number is its place. */
static inline int
live_row(const Batch *batch, int i, bool whole)
{
	return whole ? i : batch->live[i];
}

static inline bool
batch_whole(const Batch *batch)
{
	return batch->live_count == batch->count;
}

/* When a column is read. */
typedef enum ColumnTurn
{
	COLUMN_FIRST,				/* to decide which rows stay */
	COLUMN_SECOND,
	COLUMN_TURNS
} ColumnTurn;

typedef struct Column
{
	int			index;			/* among the table's columns, from 0 */
	ColumnTurn	turn;
	Vector		vector;
} Column;

typedef struct Attribute
{
	int16		length;
	bool		by_value;
	uint8		align;
	int32		offset;			/* in rows without NULLs before it, of the fixed ones */
	Column	   *column;			/* or NULL */
} Attribute;

typedef struct Reader
{
	TupleDesc	desc;
	int			count;			/* of attributes, as far as they are read */
	int			fixed;			/* so many first ones are of fixed width */
	Attribute  *attributes;
	int			column_count;
	Column	   *columns;		/* in the order of the table */
	bool		by_reference;	/* some are no numbers, but bytes on the page */
	const char *next_page;		/* where it would be, right after the last one */
} Reader;

extern Vector vector_new(void);

/* A reader of these columns; attnos are numbers from 1. */
extern Reader *reader_new(TupleDesc desc, const Bitmapset *attnos);

/* The column, which is one of the reader's. */
extern Column *reader_column(Reader *reader, AttrNumber attno);

/* Makes a batch of the rows that stand on a page at these numbers. */
extern void reader_open(Reader *reader, Batch *batch, Page page, const OffsetNumber *offsets, int count);

/* Reads the columns of a turn, of the live rows. */
extern void reader_read(Reader *reader, Batch *batch, ColumnTurn turn);

#endif							/* KPI_PAGE_H */
