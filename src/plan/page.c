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
		reader->by_reference |= !TupleDescAttr(desc, attno - 1)->attbyval;
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

/* So many bytes of a row are fetched ahead at the most. */
#define AHEAD_BYTES	256

/* Asks for the memory that a row starts with, or for all of it. */
static inline void
fetch_row(const char *row, Size size, bool all)
{
	const Size	line = PG_CACHE_LINE_SIZE / 2;

	__builtin_prefetch(row);
	for (Size ahead = line; all && ahead < Min(size, AHEAD_BYTES); ahead += line)
		__builtin_prefetch(row + ahead);
}

void
reader_open(Reader *reader, Batch *batch, Page page, const OffsetNumber *offsets, int count)
{
	uint16		masks = 0;
	int			natts = reader->count;
	bool		in_order = page == reader->next_page;
	bool		by_reference = reader->by_reference;

	/*
	 * A page is filled from its end: the last rows come first in memory, and
	 * the processor fetches ahead what is read in ascending order.  Pages that
	 * came into memory one after another often stand so; then the next one's
	 * rows, about where those of this one are, come while these are worked on.
	 */
	for (int row = count - 1; row >= 0; row--)
	{
		ItemId		item = PageGetItemId(page, offsets[row]);
		HeapTupleHeader tuple = (HeapTupleHeader) PageGetItem(page, item);

		if (in_order)
			fetch_row((const char *) tuple + BLCKSZ, ItemIdGetLength(item), by_reference);
		batch->live[row] = row;
		batch->tuples[row] = tuple;
		batch->data[row] = (const char *) tuple + tuple->t_hoff;
		masks |= tuple->t_infomask;
		natts = Min(natts, (int) HeapTupleHeaderGetNatts(tuple));
	}
	reader->next_page = page + BLCKSZ;
	batch->count = count;
	batch->live_count = count;
	batch->nulls = (masks & HEAP_HASNULL) != 0;
	batch->natts = natts;
	batch->reach = Min(reader->fixed, natts);
	for (int row = 0; batch->nulls && batch->reach > 0 && row < count; row++)
		batch->reach = Min(batch->reach, row_reach(reader, batch->tuples[row]));
}

static inline void
row_set(Column *column, int row, Datum value, bool null)
{
	column->vector.values[row] = value;
	column->vector.nulls[row] = null;
}

/* Rows are aligned on a page, so that pointers are where offsets in a row are. */
static inline const char *
aligned(const char *at, uint32 align)
{
	return (const char *) TYPEALIGN(align, at);
}

/*
 * Reads an attribute of fixed width that is NULL in none of the rows, and is
 * so far ahead of a point in each of them, once that is aligned; in a loop for
 * each width.
 */
static pg_attribute_always_inline void
values_read_of(const Attribute *attribute, Batch *batch, const char *const *points, uint32 align, uint32 ahead, bool whole)
{
	Datum	   *values = attribute->column->vector.values;
	int			count = batch->live_count;

#define READ(value) \
	for (int i = 0; i < count; i++) \
	{ \
		int			row = live_row(batch, i, whole); \
		const char *at = aligned(points[row], align) + ahead; \
\
		values[row] = (value); \
	}
	if (!attribute->by_value)
		READ(PointerGetDatum(at))
	else if (attribute->length == sizeof(int32))
		READ(Int32GetDatum(*(const int32 *) at))
	else if (attribute->length == sizeof(int16))
		READ(Int16GetDatum(*(const int16 *) at))
	else if (attribute->length == sizeof(char))
		READ(CharGetDatum(*at))
	else
		READ(*(const Datum *) at)
#undef READ
}

static pg_attribute_always_inline void
values_read(const Attribute *attribute, Batch *batch, const char *const *points, uint32 align, uint32 ahead)
{
	if (batch_whole(batch))
		values_read_of(attribute, batch, points, align, ahead, true);
	else
		values_read_of(attribute, batch, points, align, ahead, false);
	memset(attribute->column->vector.nulls, false, batch->count * sizeof(bool));
}

/* Where the attribute after the first so many is, but for its alignment. */
static inline uint32
offset_after(const Reader *reader, int reach)
{
	return reach == 0 ? 0 : reader->attributes[reach - 1].offset + reader->attributes[reach - 1].length;
}

/*
 * Where a value of variable width ends, which starts at *at but for its
 * alignment.  One with a short header is not aligned, nor is anything that no
 * zero stands before.
 */
static inline const char *
varying_end(const Attribute *attribute, const char **at)
{
	if (likely(attribute->length == -1 && VARATT_IS_1B(*at) && !VARATT_IS_1B_E(*at)))
		return *at + VARSIZE_1B(*at);
	if (attribute->length != -1 || !VARATT_NOT_PAD_BYTE(*at))
		*at = aligned(*at, attribute->align);
	return *at + att_addlength_pointer(0, attribute->length, *at);
}

/*
 * Reads the attributes from reach on of a row that may have been written
 * before some of them were added.
 */
static void
row_walk(Reader *reader, const Batch *batch, int row, int until, ColumnTurn turn)
{
	HeapTupleHeader tuple = batch->tuples[row];
	const uint8 *bits = tuple->t_infomask & HEAP_HASNULL ? tuple->t_bits : NULL;
	int			count = Min(until, (int) HeapTupleHeaderGetNatts(tuple));
	const char *at = batch->data[row] + offset_after(reader, batch->reach);
	int			i = batch->reach;

	for (; i < count; i++)
	{
		const Attribute *attribute = &reader->attributes[i];
		bool		wanted = attribute->column != NULL && attribute->column->turn == turn;
		const char *end;

		if (bits != NULL && att_isnull(i, bits))
		{
			if (wanted)
				row_set(attribute->column, row, (Datum) 0, true);
			continue;
		}
		if (attribute->length > 0)
		{
			at = aligned(at, attribute->align);
			end = at + attribute->length;
		}
		else
			end = varying_end(attribute, &at);
		if (wanted)
			row_set(attribute->column, row, fetch_att(at, attribute->by_value, attribute->length), false);
		at = end;
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
 * What follows is so far ahead of a point in each row, once that is aligned;
 * so attributes of fixed width are gone past at once.
 */
typedef struct Walk
{
	Batch	   *batch;
	const char *const *points;	/* where rows start, or those below */
	uint32		align;
	uint32		ahead;
	const char *moved[BATCH_ROWS];
	const uint8 *bits[BATCH_ROWS];	/* of what is not NULL, or NULL where all is */
} Walk;

static void
walk_fixed(Walk *walk, const Attribute *attribute, bool wanted)
{
	if (attribute->align > walk->align)
	{
		for (int i = 0; walk->ahead > 0 && i < walk->batch->live_count; i++)
		{
			int			row = walk->batch->live[i];

			walk->moved[row] = aligned(walk->points[row], walk->align) + walk->ahead;
		}
		if (walk->ahead > 0)
			walk->points = walk->moved;
		walk->align = attribute->align;
		walk->ahead = 0;
	}
	walk->ahead = TYPEALIGN(attribute->align, walk->ahead);
	if (wanted)
		values_read(attribute, walk->batch, walk->points, walk->align, walk->ahead);
	walk->ahead += attribute->length;
}

static pg_attribute_always_inline void
walk_varying_of(Walk *walk, const Attribute *attribute, bool wanted, bool whole)
{
	const char *const *points = walk->points;
	uint32		align = walk->align;
	uint32		ahead = walk->ahead;
	int			count = walk->batch->live_count;

	for (int i = 0; i < count; i++)
	{
		int			row = live_row(walk->batch, i, whole);
		const char *at = aligned(points[row], align) + ahead;
		const char *end = varying_end(attribute, &at);

		if (wanted)
			row_set(attribute->column, row, PointerGetDatum(at), false);
		walk->moved[row] = end;
	}
	walk->points = walk->moved;
	walk->align = 1;
	walk->ahead = 0;
}

static void
walk_varying(Walk *walk, const Attribute *attribute, bool wanted)
{
	if (batch_whole(walk->batch))
		walk_varying_of(walk, attribute, wanted, true);
	else
		walk_varying_of(walk, attribute, wanted, false);
}

/* Past an attribute of any kind that may be NULL in some rows. */
static void
walk_nullable(Walk *walk, const Attribute *attribute, int index, bool wanted)
{
	bool		varying = attribute->length <= 0;

	for (int i = 0; i < walk->batch->live_count; i++)
	{
		int			row = walk->batch->live[i];
		const char *at = walk->moved[row];

		if (walk->bits[row] != NULL && att_isnull(index, walk->bits[row]))
		{
			if (wanted)
				row_set(attribute->column, row, (Datum) 0, true);
			continue;
		}
		if (varying)
			walk->moved[row] = varying_end(attribute, &at);
		else
		{
			at = aligned(at, attribute->align);
			walk->moved[row] = at + attribute->length;
		}
		if (wanted)
			row_set(attribute->column, row, varying ? PointerGetDatum(at) :
					fetch_att(at, attribute->by_value, attribute->length), false);
	}
}

/* Reads the attributes from batch->reach on, which are in every row. */
static void
batch_walk(Reader *reader, Batch *batch, int until, ColumnTurn turn)
{
	Walk		walk;

	walk.batch = batch;
	walk.points = batch->data;
	walk.align = 1;
	walk.ahead = offset_after(reader, batch->reach);
	for (int i = 0; batch->nulls && i < batch->live_count; i++)
	{
		int			row = batch->live[i];
		HeapTupleHeader tuple = batch->tuples[row];

		walk.moved[row] = batch->data[row] + walk.ahead;
		walk.bits[row] = tuple->t_infomask & HEAP_HASNULL ? tuple->t_bits : NULL;
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
		const Attribute *attribute = &reader->attributes[column->index];

		if (column->turn != turn)
			continue;
		if (column->index < batch->reach)
			values_read(attribute, batch, batch->data, 1, attribute->offset);
		else
			until = column->index + 1;
	}
	if (until == 0)
		return;
	if (until <= batch->natts)
		batch_walk(reader, batch, until, turn);
	else
	{
		for (int i = 0; i < batch->live_count; i++)
			row_walk(reader, batch, batch->live[i], until, turn);
	}
}
