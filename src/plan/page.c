/*-------------------------------------------------------------------------
 *
 * page.c
 *		Reads the columns of the rows of a page.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupmacs.h"

#include "base/compat.h"
#include "plan/page.h"

Vector
vector_new(void)
{
	Vector		vector;

	vector.values = palloc0(BATCH_ROWS * sizeof(Datum));
	vector.nulls = palloc0(BATCH_ROWS * sizeof(bool));
	return vector;
}

static uint8
alignment(char letter)
{
	switch (letter)
	{
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_DOUBLE:
			return ALIGNOF_DOUBLE;
		default:
			return 1;
	}
}

Reader *
reader_new(TupleDesc desc, const Bitmapset *attnos)
{
	Reader	   *reader = palloc0(sizeof(Reader));
	int32		offset = 0;
	int			attno = -1;

	reader->desc = desc;
	reader->columns = palloc0(bms_num_members(attnos) * sizeof(Column));
	while ((attno = bms_next_member(attnos, attno)) >= 0)
	{
		Column	   *column = &reader->columns[reader->column_count++];

		column->index = attno - 1;
		column->turn = COLUMN_SECOND;
		column->vector = vector_new();
		reader->count = attno;
	}
	reader->attributes = palloc0(reader->count * sizeof(Attribute));
	for (int i = 0; i < reader->count; i++)
	{
		Form_pg_attribute form = TupleDescAttr(desc, i);
		Attribute  *attribute = &reader->attributes[i];

		attribute->length = form->attlen;
		attribute->by_value = form->attbyval;
		attribute->align = alignment(form->attalign);
		if (reader->fixed == i && form->attlen > 0)
		{
			offset = TYPEALIGN(attribute->align, offset);
			attribute->offset = offset;
			offset += form->attlen;
			reader->fixed++;
		}
	}
	for (int c = 0; c < reader->column_count; c++)
		reader->attributes[reader->columns[c].index].column = &reader->columns[c];
	return reader;
}

Column *
reader_column(Reader *reader, AttrNumber attno)
{
	Column	   *column = attno > 0 && attno <= reader->count ?
		reader->attributes[attno - 1].column : NULL;

	if (column == NULL)
		elog(ERROR, "column %d is not read", attno);
	return column;
}

/*
 * How many of the first attributes stand in this row where they stand in a
 * row without NULLs.
 */
static int
row_reach(const Reader *reader, HeapTupleHeader tuple)
{
	int			most = Min(reader->fixed, HeapTupleHeaderGetNatts(tuple));
	int			reach = 0;

	if ((tuple->t_infomask & HEAP_HASNULL) == 0)
		return most;
	while (reach + 8 <= most && tuple->t_bits[reach >> 3] == 0xFF)
		reach += 8;
	while (reach < most && !att_isnull(reach, tuple->t_bits))
		reach++;
	return reach;
}

void
reader_open(Reader *reader, Batch *batch)
{
	uint16		masks = 0;
	int			natts = reader->count;

	/*
	 * A page is filled from its end: the last rows come first in memory, and
	 * the processor fetches ahead what is read in ascending order.
	 */
	for (int row = batch->count - 1; row >= 0; row--)
	{
		HeapTupleHeader tuple = batch->tuples[row];

		batch->data[row] = (const char *) tuple + tuple->t_hoff;
		masks |= tuple->t_infomask;
		natts = Min(natts, (int) HeapTupleHeaderGetNatts(tuple));
	}
	batch->nulls = (masks & HEAP_HASNULL) != 0;
	batch->natts = natts;
	batch->reach = Min(reader->fixed, natts);
	for (int row = 0; batch->nulls && batch->reach > 0 && row < batch->count; row++)
		batch->reach = Min(batch->reach, row_reach(reader, batch->tuples[row]));
}

static inline void
row_set(Column *column, int row, Datum value, bool null)
{
	column->vector.values[row] = value;
	column->vector.nulls[row] = null;
}

/*
 * Reads an attribute of fixed width that is NULL in none of n rows, from the
 * place that is given in terms of i and of the row; in a loop for each width.
 */
#define READ_ALL(attribute, n, rows, place) \
do { \
	Datum	   *values = (attribute)->column->vector.values; \
	bool	   *nulls = (attribute)->column->vector.nulls; \
\
	if (!(attribute)->by_value) \
		READ_LOOP(n, rows, place, PointerGetDatum(at)) \
	else if ((attribute)->length == sizeof(int32)) \
		READ_LOOP(n, rows, place, Int32GetDatum(*(const int32 *) at)) \
	else if ((attribute)->length == sizeof(int16)) \
		READ_LOOP(n, rows, place, Int16GetDatum(*(const int16 *) at)) \
	else if ((attribute)->length == sizeof(char)) \
		READ_LOOP(n, rows, place, CharGetDatum(*at)) \
	else \
		READ_LOOP(n, rows, place, *(const Datum *) at) \
} while (0)
#define READ_LOOP(n, rows, place, value) \
	for (int i = 0; i < (n); i++) \
	{ \
		int			row = (rows)[i]; \
		const char *at = (place); \
\
		values[row] = (value); \
		nulls[row] = false; \
	}

/* Reads a column that stands at the same place in all rows. */
static void
column_read(const Attribute *attribute, Batch *batch)
{
	READ_ALL(attribute, batch->live_count, batch->live, batch->data[row] + attribute->offset);
}

/* Where the attribute after the first so many is, but for its alignment. */
static inline uint32
offset_after(const Reader *reader, int reach)
{
	return reach == 0 ? 0 : reader->attributes[reach - 1].offset + reader->attributes[reach - 1].length;
}

/* The place of a value of variable width, and then that after it. */
static inline uint32
varying_start(const Attribute *attribute, const char *data, uint32 offset)
{
	/* a value with a short header is not aligned, and no zero stands before it */
	return likely(attribute->length == -1 && VARATT_NOT_PAD_BYTE(data + offset)) ? offset :
		TYPEALIGN(attribute->align, offset);
}

static inline uint32
varying_end(const Attribute *attribute, const char *data, uint32 offset)
{
	if (likely(attribute->length == -1 && VARATT_IS_1B(data + offset) && !VARATT_IS_1B_E(data + offset)))
		return offset + VARSIZE_1B(data + offset);
	return att_addlength_pointer(offset, attribute->length, data + offset);
}

/*
 * Reads the attributes from reach on of a row that may have been written
 * before some of them were added.
 */
static void
row_walk(Reader *reader, HeapTupleHeader tuple, int row, int reach, int until, ColumnTurn turn)
{
	const char *data = (const char *) tuple + tuple->t_hoff;
	const uint8 *bits = tuple->t_infomask & HEAP_HASNULL ? tuple->t_bits : NULL;
	int			count = Min(until, HeapTupleHeaderGetNatts(tuple));
	uint32		offset = offset_after(reader, reach);
	int			i = reach;

	for (; i < count; i++)
	{
		const Attribute *attribute = &reader->attributes[i];
		bool		wanted = attribute->column != NULL && attribute->column->turn == turn;

		if (bits != NULL && att_isnull(i, bits))
		{
			if (wanted)
				row_set(attribute->column, row, (Datum) 0, true);
			continue;
		}
		if (likely(attribute->length > 0))
		{
			offset = TYPEALIGN(attribute->align, offset);
			if (unlikely(wanted))
				row_set(attribute->column, row,
						fetch_att(data + offset, attribute->by_value, attribute->length), false);
			offset += attribute->length;
			continue;
		}
		offset = varying_start(attribute, data, offset);
		if (wanted)
			row_set(attribute->column, row, PointerGetDatum(data + offset), false);
		offset = varying_end(attribute, data, offset);
	}

	/* columns that were added after the row was written */
	for (; i < until; i++)
	{
		const Attribute *attribute = &reader->attributes[i];

		if (attribute->column != NULL && attribute->column->turn == turn)
		{
			bool		null;
			Datum		value = getmissingattr(reader->desc, i + 1, &null);

			row_set(attribute->column, row, value, null);
		}
	}
}

/*
 * Rows that are gone through side by side, an attribute at a time: a row at a
 * time the processor would have to guess what kind of attribute comes next.
 * What follows is, but for its own alignment, ahead of where each row's offset
 * is when it is aligned; so attributes of fixed width are gone past at once.
 */
typedef struct Walk
{
	const Batch *batch;
	int			count;
	uint32		align;
	uint32		ahead;
	uint16		rows[BATCH_ROWS];
	uint32		offsets[BATCH_ROWS];
	const uint8 *bits[BATCH_ROWS];	/* of what is not NULL, or NULL where all is */
} Walk;

static inline uint32
walk_offset(const Walk *walk, int i)
{
	return TYPEALIGN(walk->align, walk->offsets[i]) + walk->ahead;
}

static void
walk_fixed(Walk *walk, const Attribute *attribute, bool wanted)
{
	if (attribute->align > walk->align)
	{
		for (int i = 0; i < walk->count; i++)
			walk->offsets[i] = walk_offset(walk, i);
		walk->align = attribute->align;
		walk->ahead = 0;
	}
	walk->ahead = TYPEALIGN(attribute->align, walk->ahead);
	if (wanted)
		READ_ALL(attribute, walk->count, walk->rows, walk->batch->data[row] + walk_offset(walk, i));
	walk->ahead += attribute->length;
}

static void
walk_varying(Walk *walk, const Attribute *attribute, bool wanted)
{
	for (int i = 0; i < walk->count; i++)
	{
		int			row = walk->rows[i];
		const char *data = walk->batch->data[row];
		uint32		offset = varying_start(attribute, data, walk_offset(walk, i));

		if (wanted)
			row_set(attribute->column, row, PointerGetDatum(data + offset), false);
		walk->offsets[i] = varying_end(attribute, data, offset);
	}
	walk->align = 1;
	walk->ahead = 0;
}

/* Past an attribute of any kind that may be NULL in some rows. */
static void
walk_nullable(Walk *walk, const Attribute *attribute, int index, bool wanted)
{
	bool		varying = attribute->length <= 0;

	for (int i = 0; i < walk->count; i++)
	{
		int			row = walk->rows[i];
		const char *data = walk->batch->data[row];
		uint32		offset = walk->offsets[i];

		if (walk->bits[i] != NULL && att_isnull(index, walk->bits[i]))
		{
			if (wanted)
				row_set(attribute->column, row, (Datum) 0, true);
			continue;
		}
		offset = varying ? varying_start(attribute, data, offset) : TYPEALIGN(attribute->align, offset);
		if (wanted)
			row_set(attribute->column, row, varying ? PointerGetDatum(data + offset) :
					fetch_att(data + offset, attribute->by_value, attribute->length), false);
		walk->offsets[i] = varying ? varying_end(attribute, data, offset) : offset + (uint32) attribute->length;
	}
}

/* Reads the attributes from batch->reach on. */
static void
batch_walk(Reader *reader, Batch *batch, int until, ColumnTurn turn)
{
	uint32		start = offset_after(reader, batch->reach);
	Walk		walk;

	walk.batch = batch;
	walk.count = 0;
	walk.align = 1;
	walk.ahead = 0;
	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];
		HeapTupleHeader tuple = batch->tuples[row];

		if (unlikely(batch->natts < until) && (int) HeapTupleHeaderGetNatts(tuple) < until)
		{
			row_walk(reader, tuple, row, batch->reach, until, turn);
			continue;
		}
		walk.rows[walk.count] = row;
		walk.offsets[walk.count] = start;
		if (batch->nulls)
			walk.bits[walk.count] = tuple->t_infomask & HEAP_HASNULL ? tuple->t_bits : NULL;
		walk.count++;
	}
	for (int i = batch->reach; i < until; i++)
	{
		const Attribute *attribute = &reader->attributes[i];
		bool		wanted = attribute->column != NULL && attribute->column->turn == turn;

		if (batch->nulls)
			walk_nullable(&walk, attribute, i, wanted);
		else if (attribute->length > 0)
			walk_fixed(&walk, attribute, wanted);
		else
			walk_varying(&walk, attribute, wanted);
	}
}

void
reader_read(Reader *reader, Batch *batch, ColumnTurn turn)
{
	int			until = 0;

	for (int c = 0; c < reader->column_count; c++)
	{
		const Column *column = &reader->columns[c];

		if (column->turn != turn)
			continue;
		if (column->index < batch->reach)
			column_read(&reader->attributes[column->index], batch);
		else
			until = column->index + 1;
	}
	if (until > 0)
		batch_walk(reader, batch, until, turn);
}
