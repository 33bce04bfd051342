/*-------------------------------------------------------------------------
 *
 * memo.h
 *		What an expression gave for the values of its columns so far.
 *
 * An expression that is not volatile and takes columns, and else only what is
 * the same for all rows, gives the same for the same bytes.  Where the columns
 * have few values, it is computed once for each of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_MEMO_H
#define KPI_MEMO_H

#include "plan/page.h"

#define MEMO_COLUMNS	2

typedef struct Memo Memo;

typedef struct MemoValue
{
	Datum		value;
	bool		null;
} MemoValue;

/* One for an expression over these columns, whose results are so long. */
extern Memo *memo_new(TupleDesc desc, int count, Column **columns, int16 length, bool by_value);

/*
 * What is known for the columns' values in a row, or NULL.  It is good until
 * the memo is forgotten.
 */
extern const MemoValue *memo_find(Memo *memo, int row);

/* Notes what the expression gave for what was not found just now. */
extern void memo_add(Memo *memo, Datum value, bool null);

/* Does it find enough to be asked? */
extern bool memo_is_useful(const Memo *memo);

/* Forgets all, since what is the same for all rows may be another. */
extern void memo_forget(Memo *memo);

#endif							/* KPI_MEMO_H */
