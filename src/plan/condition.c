/*-------------------------------------------------------------------------
 *
 * condition.c
 *		Conditions that are tested on a column of a batch at once.
 *
 * A comparison is known by the C function that its operator calls, which is
 * the server's own for many types, outcomes among them; and all of them come
 * down to whether a 64-bit integer lies in a range.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "plan/condition.h"

/* How a Datum is a number. */
typedef enum NumberKind
{
	NUMBER_NONE,				/* not at all, on this machine */
	NUMBER_BOOL,
	NUMBER_CHAR,				/* an unsigned byte */
	NUMBER_INT2,
	NUMBER_INT4,
	NUMBER_INT8,
	NUMBER_OID
} NumberKind;

#if SIZEOF_DATUM == 8
#define NUMBER_LONG	NUMBER_INT8
#else
#define NUMBER_LONG	NUMBER_NONE
#endif

typedef enum Comparison
{
	IS_EQ,
	IS_NE,
	IS_LT,
	IS_LE,
	IS_GT,
	IS_GE
} Comparison;

typedef struct Comparator
{
	PGFunction	function;
	NumberKind	left;
	NumberKind	right;
	Comparison	comparison;
} Comparator;

#define COMPARATORS(type, left, right) \
	{type##eq, left, right, IS_EQ}, {type##ne, left, right, IS_NE}, \
	{type##lt, left, right, IS_LT}, {type##le, left, right, IS_LE}, \
	{type##gt, left, right, IS_GT}, {type##ge, left, right, IS_GE}

static const Comparator comparators[] = {
	COMPARATORS(int4, NUMBER_INT4, NUMBER_INT4),
	COMPARATORS(int8, NUMBER_LONG, NUMBER_LONG),
	COMPARATORS(int2, NUMBER_INT2, NUMBER_INT2),
	COMPARATORS(int24, NUMBER_INT2, NUMBER_INT4),
	COMPARATORS(int42, NUMBER_INT4, NUMBER_INT2),
	COMPARATORS(int28, NUMBER_INT2, NUMBER_LONG),
	COMPARATORS(int82, NUMBER_LONG, NUMBER_INT2),
	COMPARATORS(int48, NUMBER_INT4, NUMBER_LONG),
	COMPARATORS(int84, NUMBER_LONG, NUMBER_INT4),
	COMPARATORS(oid, NUMBER_OID, NUMBER_OID),
	COMPARATORS(bool, NUMBER_BOOL, NUMBER_BOOL),
	COMPARATORS(char, NUMBER_CHAR, NUMBER_CHAR),
	COMPARATORS(date_, NUMBER_INT4, NUMBER_INT4),
	COMPARATORS(timestamp_, NUMBER_LONG, NUMBER_LONG),
	{enum_eq, NUMBER_OID, NUMBER_OID, IS_EQ},
	{enum_ne, NUMBER_OID, NUMBER_OID, IS_NE}
};

typedef enum ConditionKind
{
	CONDITION_COMPARE,
	CONDITION_LIST,				/* = ANY (array) */
	CONDITION_NULL
} ConditionKind;

struct Condition
{
	ConditionKind kind;
	Column	   *column;
	bool		null;			/* what is asked for, of IS [NOT] NULL */
	NumberKind	left;
	NumberKind	right;
	Comparison	comparison;
	ExprState  *value;			/* that is compared with */
	Oid			element;		/* the type of the array's elements */

	/* what that value comes to, once it is known */
	bool		known;
	bool		never;			/* no row can be meant */
	uint64		low;			/* of the range, which may go past the largest number to the least */
	uint64		width;
	int			count;
	int64	   *numbers;		/* of the list, ascending */
};

static inline int64
number_of(Datum value, NumberKind kind)
{
	switch (kind)
	{
		case NUMBER_BOOL:
			return DatumGetBool(value);
		case NUMBER_CHAR:
			return (uint8) DatumGetChar(value);
		case NUMBER_INT2:
			return DatumGetInt16(value);
		case NUMBER_INT4:
			return DatumGetInt32(value);
		case NUMBER_OID:
			return DatumGetObjectId(value);
		default:
			return DatumGetInt64(value);
	}
}

/* The comparator of a function, or NULL. */
static const Comparator *
comparator_of(Oid function)
{
	FmgrInfo	info;

	if (!OidIsValid(function))
		return NULL;
	fmgr_info(function, &info);
	for (int i = 0; i < (int) lengthof(comparators); i++)
	{
		if (comparators[i].function == info.fn_addr)
			return comparators[i].left == NUMBER_NONE || comparators[i].right == NUMBER_NONE ?
				NULL : &comparators[i];
	}
	return NULL;
}

/* The column that an expression is; a cast that changes no bits may be on it. */
static Column *
column_of(Node *node, Index rti, Reader *reader)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node == NULL || !IsA(node, Var) || (Index) ((Var *) node)->varno != rti)
		return NULL;
	return reader_column(reader, ((Var *) node)->varattno);
}

/* Is it the same for all rows? */
static bool
is_constant(Node *node)
{
	return !contain_var_clause(node) && !contain_volatile_functions(node) && !contain_subplans(node);
}

static Comparison
commuted(Comparison comparison)
{
	static const Comparison other[] = {
		[IS_EQ] = IS_EQ, [IS_NE] = IS_NE,
		[IS_LT] = IS_GT, [IS_LE] = IS_GE,
		[IS_GT] = IS_LT, [IS_GE] = IS_LE
	};

	return other[comparison];
}

static Condition *
condition_make(ConditionKind kind, Column *column)
{
	Condition  *condition = palloc0(sizeof(Condition));

	condition->kind = kind;
	condition->column = column;
	return condition;
}

static Condition *
comparison_new(OpExpr *expr, Index rti, Reader *reader, PlanState *parent)
{
	const Comparator *comparator;
	Condition  *condition;
	Node	   *left;
	Node	   *right;
	Column	   *column;

	if (list_length(expr->args) != 2 || (comparator = comparator_of(expr->opfuncid)) == NULL)
		return NULL;
	left = linitial(expr->args);
	right = lsecond(expr->args);
	if ((column = column_of(left, rti, reader)) != NULL && is_constant(right))
	{
		condition = condition_make(CONDITION_COMPARE, column);
		condition->left = comparator->left;
		condition->right = comparator->right;
		condition->comparison = comparator->comparison;
		condition->value = ExecInitExpr((Expr *) right, parent);
		return condition;
	}
	if ((column = column_of(right, rti, reader)) != NULL && is_constant(left))
	{
		condition = condition_make(CONDITION_COMPARE, column);
		condition->left = comparator->right;
		condition->right = comparator->left;
		condition->comparison = commuted(comparator->comparison);
		condition->value = ExecInitExpr((Expr *) left, parent);
		return condition;
	}
	return NULL;
}

static Condition *
list_new(ScalarArrayOpExpr *expr, Index rti, Reader *reader, PlanState *parent)
{
	const Comparator *comparator;
	Condition  *condition;
	Column	   *column = column_of(linitial(expr->args), rti, reader);

	if (column == NULL || !expr->useOr || !is_constant(lsecond(expr->args)) ||
		(comparator = comparator_of(expr->opfuncid)) == NULL || comparator->comparison != IS_EQ)
		return NULL;
	condition = condition_make(CONDITION_LIST, column);
	condition->left = comparator->left;
	condition->right = comparator->right;
	condition->element = get_base_element_type(exprType(lsecond(expr->args)));
	if (!OidIsValid(condition->element))
		return NULL;
	condition->value = ExecInitExpr(lsecond(expr->args), parent);
	return condition;
}

Condition *
condition_new(Expr *expr, Index rti, Reader *reader, PlanState *parent)
{
	Condition  *condition;
	Column	   *column;

	if (IsA(expr, OpExpr))
		return comparison_new((OpExpr *) expr, rti, reader, parent);
	if (IsA(expr, ScalarArrayOpExpr))
		return list_new((ScalarArrayOpExpr *) expr, rti, reader, parent);
	if (IsA(expr, NullTest))
	{
		NullTest   *test = (NullTest *) expr;

		if (test->argisrow || (column = column_of((Node *) test->arg, rti, reader)) == NULL)
			return NULL;
		condition = condition_make(CONDITION_NULL, column);
		condition->null = test->nulltesttype == IS_NULL;
		return condition;
	}

	/* a column of truth values, or what it is not */
	condition = condition_make(CONDITION_COMPARE, NULL);
	condition->left = NUMBER_BOOL;
	condition->known = true;
	condition->low = 1;
	if (IsA(expr, BoolExpr) && ((BoolExpr *) expr)->boolop == NOT_EXPR)
	{
		condition->low = 0;
		expr = linitial(((BoolExpr *) expr)->args);
	}
	if (!IsA(expr, Var) || exprType((Node *) expr) != BOOLOID)
		return NULL;
	condition->column = column_of((Node *) expr, rti, reader);
	return condition->column == NULL ? NULL : condition;
}

void
condition_reset(Condition *condition)
{
	if (condition->value == NULL)
		return;
	condition->known = false;
	condition->never = false;
	if (condition->numbers != NULL)
		pfree(condition->numbers);
	condition->numbers = NULL;
}

/* From low to high. */
static void
set_range(Condition *condition, int64 low, int64 high)
{
	condition->low = (uint64) low;
	condition->width = (uint64) high - (uint64) low;
}

/* The range that the comparison with a number is of. */
static void
set_comparison(Condition *condition, int64 number)
{
	switch (condition->comparison)
	{
		case IS_EQ:
			set_range(condition, number, number);
			break;
		case IS_NE:
			/* from the next one, past the largest, to the one before */
			condition->low = (uint64) number + 1;
			condition->width = PG_UINT64_MAX - 1;
			break;
		case IS_LT:
			set_range(condition, PG_INT64_MIN, number);
			condition->never = number == PG_INT64_MIN;
			condition->width--;
			break;
		case IS_LE:
			set_range(condition, PG_INT64_MIN, number);
			break;
		case IS_GT:
			set_range(condition, number, PG_INT64_MAX);
			condition->never = number == PG_INT64_MAX;
			condition->low++;
			condition->width--;
			break;
		case IS_GE:
			set_range(condition, number, PG_INT64_MAX);
			break;
	}
}

static int
compare_numbers(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* NULLs in the list make nothing true. */
static void
set_list(Condition *condition, Datum value, MemoryContext memory)
{
	int16		length;
	bool		by_value;
	char		align;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	get_typlenbyvalalign(condition->element, &length, &by_value, &align);
	deconstruct_array(DatumGetArrayTypeP(value), condition->element, length, by_value, align,
					  &elements, &nulls, &count);
	condition->numbers = MemoryContextAlloc(memory, Max(count, 1) * sizeof(int64));
	condition->count = 0;
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			condition->numbers[condition->count++] = number_of(elements[i], condition->right);
	}
	qsort(condition->numbers, condition->count, sizeof(int64), compare_numbers);
	condition->never = condition->count == 0;
}

/*
 * The value is computed when the first row comes here, as the executor does,
 * so that what fails does not fail without one.
 */
static void
evaluate(Condition *condition, ExprContext *context)
{
	bool		null;
	MemoryContext old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	Datum		value = ExecEvalExpr(condition->value, context, &null);

	condition->never = null;
	if (!null && condition->kind == CONDITION_LIST)
		set_list(condition, value, context->ecxt_per_query_memory);
	else if (!null)
		set_comparison(condition, number_of(value, condition->right));
	MemoryContextSwitchTo(old);
	ResetExprContext(context);
	condition->known = true;
}

static bool
in_list(const Condition *condition, int64 number)
{
	int			low = 0;
	int			high = condition->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (condition->numbers[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < condition->count && condition->numbers[low] == number;
}

/* Leaves alive the rows that are, or are not, NULL. */
static void
leave_by_null(Batch *batch, const bool *nulls, bool null)
{
	int			live = 0;

	for (int i = 0; i < batch->live_count; i++)
	{
		uint16		row = batch->live[i];

		batch->live[live] = row;
		live += nulls[row] == null;
	}
	batch->live_count = live;
}

/* Leaves alive the rows whose number is in the list. */
static void
leave_by_list(const Condition *condition, Batch *batch)
{
	int			live = 0;

	for (int i = 0; i < batch->live_count; i++)
	{
		uint16		row = batch->live[i];

		batch->live[live] = row;
		live += in_list(condition, number_of(condition->column->vector.values[row], condition->left));
	}
	batch->live_count = live;
}

/* Leaves alive the rows whose number is in the range; in a loop for each kind. */
static pg_attribute_always_inline void
leave_by_range_of(const Condition *condition, Batch *batch, NumberKind kind, bool whole)
{
	const Datum *values = condition->column->vector.values;
	uint64		low = condition->low;
	uint64		width = condition->width;
	int			count = batch->live_count;
	int			live = 0;

	for (int i = 0; i < count; i++)
	{
		uint16		row = live_row(batch, i, whole);

		batch->live[live] = row;
		live += (uint64) number_of(values[row], kind) - low <= width;
	}
	batch->live_count = live;
}

static pg_attribute_always_inline void
leave_by_range(const Condition *condition, Batch *batch, NumberKind kind)
{
	if (batch_whole(batch))
		leave_by_range_of(condition, batch, kind, true);
	else
		leave_by_range_of(condition, batch, kind, false);
}

void
condition_apply(Condition *condition, Batch *batch, ExprContext *context)
{
	const bool *nulls = condition->column->vector.nulls;

	if (batch->live_count == 0)
		return;
	if (condition->kind == CONDITION_NULL)
	{
		leave_by_null(batch, nulls, condition->null);
		return;
	}
	if (!condition->known)
		evaluate(condition, context);
	if (condition->never)
	{
		batch->live_count = 0;
		return;
	}
	if (memchr(nulls, true, batch->count) != NULL)
		leave_by_null(batch, nulls, false);
	if (condition->kind == CONDITION_LIST)
		leave_by_list(condition, batch);
	else if (condition->left == NUMBER_INT4)
		leave_by_range(condition, batch, NUMBER_INT4);
	else if (condition->left == NUMBER_INT8)
		leave_by_range(condition, batch, NUMBER_INT8);
	else
		leave_by_range(condition, batch, condition->left);
}
