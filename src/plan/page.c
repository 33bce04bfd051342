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
static inline int
row_reach(const Reader *reader, HeapTupleHeader tuple)
{
	int			reach = Min(reader->fixed, HeapTupleHeaderGetNatts(tuple));

	if (tuple->t_infomask & HEAP_HASNULL)
	{
		int			i = 0;

		while (i + 8 <= reach && tuple->t_bits[i >> 3] == 0xFF)
			i += 8;
		while (i < reach && !att_isnull(i, tuple->t_bits))
			i++;
		reach = i;
	}
	return reach;
}

static inline void
row_set(Column *column, int row, Datum value, bool null)
{
	column->vector.values[row] = value;
	column->vector.nulls[row] = null;
}

/* Reads the attributes from reach on, one after another. */
static void
row_walk(Reader *reader, HeapTupleHeader tuple, int row, int reach, int until, ColumnTurn turn)
{
	const char *data = (const char *) tuple + tuple->t_hoff;
	const uint8 *bits = tuple->t_infomask & HEAP_HASNULL ? tuple->t_bits : NULL;
	int			count = Min(until, HeapTupleHeaderGetNatts(tuple));
	uint32		offset = 0;
	int			i = reach;

	if (reach > 0)
		offset = reader->attributes[reach - 1].offset + reader->attributes[reach - 1].length;
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
		/* a value with a short header is not aligned, and no zero stands before it */
		if (attribute->length != -1 || !VARATT_NOT_PAD_BYTE(data + offset))
			offset = TYPEALIGN(attribute->align, offset);
		if (wanted)
			row_set(attribute->column, row, PointerGetDatum(data + offset), false);
		if (likely(attribute->length == -1 && VARATT_IS_1B(data + offset) && !VARATT_IS_1B_E(data + offset)))
			offset += VARSIZE_1B(data + offset);
		else
			offset = att_addlength_pointer(offset, attribute->length, data + offset);
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

/* Reads a column that stands at the same place in all live rows. */
static void
column_read(const Attribute *attribute, Batch *batch)
{
	Vector		vector = attribute->column->vector;
	int32		offset = attribute->offset;
	int			n = batch->live_count;

#define AT(row) ((const char *) batch->tuples[row] + batch->tuples[row]->t_hoff + offset)
#define READ(type, datum) \
	for (int i = 0; i < n; i++) \
	{ \
		int			row = batch->live[i]; \
\
		vector.values[row] = datum(*(const type *) AT(row)); \
		vector.nulls[row] = false; \
	}
	if (!attribute->by_value)
	{
		for (int i = 0; i < n; i++)
		{
			int			row = batch->live[i];

			vector.values[row] = PointerGetDatum(AT(row));
			vector.nulls[row] = false;
		}
	}
	else if (attribute->length == sizeof(int32))
		READ(int32, Int32GetDatum)
#if SIZEOF_DATUM == 8
	else if (attribute->length == sizeof(int64))
		READ(int64, Int64GetDatum)
#endif
	else if (attribute->length == sizeof(int16))
		READ(int16, Int16GetDatum)
	else
		READ(char, CharGetDatum)
#undef READ
#undef AT
}

void
reader_read(Reader *reader, Batch *batch, ColumnTurn turn)
{
	uint16		reach[BATCH_ROWS];
	int			least = reader->fixed;
	int			until = 0;

	for (int c = 0; c < reader->column_count; c++)
	{
		if (reader->columns[c].turn == turn)
			until = reader->columns[c].index + 1;
	}
	if (until == 0)
		return;

	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];

		reach[i] = row_reach(reader, batch->tuples[row]);
		least = Min(least, reach[i]);
	}

	/* what stands at the same place in every row, a column at a time */
	for (int c = 0; c < reader->column_count; c++)
	{
		if (reader->columns[c].turn == turn && reader->columns[c].index < least)
			column_read(&reader->attributes[reader->columns[c].index], batch);
	}
	if (until <= least)
		return;

	/* and the rest, a row at a time */
	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];

		if (reach[i] > least)
		{
			const char *data = (const char *) batch->tuples[row] + batch->tuples[row]->t_hoff;

			for (int a = least; a < Min(reach[i], until); a++)
			{
				const Attribute *attribute = &reader->attributes[a];

				if (attribute->column != NULL && attribute->column->turn == turn)
					row_set(attribute->column, row,
							fetch_att(data + attribute->offset, attribute->by_value, attribute->length), false);
			}
		}
		if (until > reach[i])
			row_walk(reader, batch->tuples[row], row, reach[i], until, turn);
	}
}
