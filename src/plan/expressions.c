/*-------------------------------------------------------------------------
 *
 * expressions.c
 *		The values of columns and of expressions over them, for a batch.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "plan/expressions.h"
#include "plan/memo.h"

typedef struct Computed
{
	Expr	   *expr;
	ExprState  *state;			/* or NULL, of a constant */
	int16		length;
	bool		by_value;
	const Vector *filter;		/* it is computed only where this is true */
	Vector		vector;
	int			column_count;	/* that it takes */
	Column	  **columns;
	Memo	   *memo;			/* or NULL */
} Computed;

struct Expressions
{
	Reader	   *reader;
	Index		rti;
	PlanState  *parent;
	TupleTableSlot *row;		/* what expressions see */
	ExprContext *context;
	int			count;
	Computed   *computed;
};

Expressions *
expressions_new(Reader *reader, Index rti, int most, PlanState *parent)
{
	Expressions *expressions = palloc0(sizeof(Expressions));

	expressions->reader = reader;
	expressions->rti = rti;
	expressions->parent = parent;
	expressions->row = MakeSingleTupleTableSlot(reader->desc, &TTSOpsVirtual);
	ExecStoreAllNullTuple(expressions->row);
	expressions->context = CreateExprContext(parent->state);
	expressions->context->ecxt_scantuple = expressions->row;
	expressions->computed = palloc0(Max(most, 1) * sizeof(Computed));
	return expressions;
}

ExprContext *
expressions_context(Expressions *expressions)
{
	return expressions->context;
}

void
expressions_clear(Expressions *expressions)
{
	ExecStoreAllNullTuple(expressions->row);
}

void
expressions_end(Expressions *expressions)
{
	ExecDropSingleTupleTableSlot(expressions->row);
}

void
expressions_forget(Expressions *expressions)
{
	for (int i = 0; i < expressions->count; i++)
	{
		if (expressions->computed[i].memo != NULL)
			memo_forget(expressions->computed[i].memo);
	}
}

/* What is the same for all rows is computed once. */
static void
fill_constant(Vector *vector, const Const *value)
{
	for (int row = 0; row < BATCH_ROWS; row++)
	{
		vector->values[row] = value->constvalue;
		vector->nulls[row] = value->constisnull;
	}
}

static void
begin_computed(Expressions *expressions, Computed *computed)
{
	Bitmapset  *columns = NULL;
	int			attno = -1;

	computed->state = ExecInitExpr(computed->expr, expressions->parent);
	pull_varattnos((Node *) computed->expr, expressions->rti, &columns);
	computed->columns = palloc(Max(bms_num_members(columns), 1) * sizeof(Column *));
	while ((attno = bms_next_member(columns, attno)) >= 0)
		computed->columns[computed->column_count++] =
			reader_column(expressions->reader, attno + FirstLowInvalidHeapAttributeNumber);
	if (computed->column_count > 0 && computed->column_count <= MEMO_COLUMNS)
		computed->memo = memo_new(expressions->reader->desc, computed->column_count, computed->columns,
								  computed->length, computed->by_value);
}

const Vector *
expressions_vector(Expressions *expressions, Expr *expr, const Vector *filter)
{
	Computed   *computed;

	if (IsA(expr, RelabelType) && IsA(((RelabelType *) expr)->arg, Var))
		expr = ((RelabelType *) expr)->arg;
	if (IsA(expr, Var))
		return &reader_column(expressions->reader, ((Var *) expr)->varattno)->vector;
	for (int i = 0; i < expressions->count; i++)
	{
		computed = &expressions->computed[i];
		if (equal(computed->expr, expr) && computed->filter == filter)
			return &computed->vector;
	}
	computed = &expressions->computed[expressions->count++];
	computed->expr = expr;
	computed->filter = filter;
	computed->vector = vector_new();
	get_typlenbyval(exprType((Node *) expr), &computed->length, &computed->by_value);
	if (IsA(expr, Const))
		fill_constant(&computed->vector, (Const *) expr);
	else
		begin_computed(expressions, computed);
	return &computed->vector;
}

static inline void
show_value(Expressions *expressions, const Column *column, int row)
{
	expressions->row->tts_values[column->index] = column->vector.values[row];
	expressions->row->tts_isnull[column->index] = column->vector.nulls[row];
}

void
expressions_filter(Expressions *expressions, ExprState *condition, Batch *batch)
{
	int			live = 0;

	for (int i = 0; i < batch->live_count; i++)
	{
		int			row = batch->live[i];

		for (int c = 0; c < expressions->reader->column_count; c++)
		{
			if (expressions->reader->columns[c].turn == COLUMN_FIRST)
				show_value(expressions, &expressions->reader->columns[c], row);
		}
		if (ExecQual(condition, expressions->context))
			batch->live[live++] = row;
		ResetExprContext(expressions->context);
	}
	batch->live_count = live;
}

/* Does the filter leave the row?  What is not computed is NULL. */
static inline bool
is_asked(const Computed *computed, int row)
{
	return computed->filter == NULL ||
		(!computed->filter->nulls[row] && DatumGetBool(computed->filter->values[row]));
}

/* The value for a row, from the memo or by evaluation. */
static inline Datum
row_value(Expressions *expressions, Computed *computed, int row, bool use_memo, bool *null)
{
	const MemoValue *known;
	Datum		value;

	if (use_memo && (known = memo_find(computed->memo, row)) != NULL)
	{
		*null = known->null;
		return known->value;
	}
	for (int c = 0; c < computed->column_count; c++)
		show_value(expressions, computed->columns[c], row);
	value = ExecEvalExprSwitchContext(computed->state, expressions->context, null);
	if (use_memo)
		memo_add(computed->memo, value, *null);
	if (!*null && !computed->by_value)
		value = datumCopy(value, computed->by_value, computed->length);
	ResetExprContext(expressions->context);
	return value;
}

/* In their order: filters come before what they leave. */
void
expressions_compute(Expressions *expressions, Batch *batch)
{
	for (int c = 0; c < expressions->count; c++)
	{
		Computed   *computed = &expressions->computed[c];
		bool		use_memo = computed->memo != NULL && memo_is_useful(computed->memo);

		for (int i = 0; i < batch->live_count && computed->state != NULL; i++)
		{
			int			row = batch->live[i];
			Datum		value = (Datum) 0;
			bool		null = true;

			if (is_asked(computed, row))
				value = row_value(expressions, computed, row, use_memo, &null);
			computed->vector.values[row] = value;
			computed->vector.nulls[row] = null;
		}
	}
}
