/*-------------------------------------------------------------------------
 *
 * rollup_codes.c
 *		Roll-ups of tables that have codes, not outcomes.
 *
 * What disposition() gives changes whenever a row of kpi_disposition does, so
 * it is no value that cells could hold.  They hold the code, as a key that is
 * not shown, and a card that is made as if the code stood for an outcome of
 * which nothing is left out.  What the code stands for is looked up where the
 * cell is read.
 *
 * Every expression that calls disposition() is split: what it calls it with,
 * and whatever else in it depends on the row, are keys; the rest is evaluated
 * by the view that is read, with the rights of whoever reads.  So that the
 * rest does not run what the roll-up's owner has written, it may call nothing
 * but the server's functions and the extension's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "card/scorecard_code.h"
#include "rollup/rollup.h"

/* The sections of a card that are read in one way. */
typedef struct ReadPart
{
	uint32		sections;
	Node	   *outcome;		/* NULL where they have none, or their own */
	Node	   *condition;		/* NULL for none */
} ReadPart;

/* Where an expression is split. */
typedef struct Splitting
{
	RollupReading *reading;
	List	   *entries;		/* what is kept: the keys */
	const char *what;			/* "key" or "card" */
	const char *text;
	Oid			source;
	bool		kept;			/* something of this expression is */
	int			first;			/* entry that may stand for an equal one: a lead may not */
} Splitting;

#define OF_ROLLUP "in %s \"%s\" of a roll-up"

static Oid
outcome_type(void)
{
	return get_func_rettype(rollup_function("kpi_disposition_known"));
}

/* Is it a call of disposition(), of the extension's? */
bool
rollup_is_code(const Node *node)
{
	Oid			arguments[] = {TEXTOID, TEXTOID, BOOLOID};
	oidvector  *types;
	bool		same;

	if (node == NULL || !IsA(node, FuncExpr))
		return false;
	types = buildoidvector(arguments, lengthof(arguments));
	same = ((const FuncExpr *) node)->funcid ==
		GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("disposition"),
						PointerGetDatum(types),
						ObjectIdGetDatum(kpi_schema(rollup_function("kpi_disposition_known"))));
	pfree(types);
	return same;
}

static bool
find_code(Node *node, void *context)
{
	return node != NULL && (rollup_is_code(node) || expression_tree_walker(node, find_code, context));
}

bool
rollup_has_code(Node *node)
{
	return find_code(node, NULL);
}

/* An argument of a call, by position or by name; NULL for a default. */
static Node *
call_argument(const FuncExpr *call, int n)
{
	ListCell   *cell;

	foreach(cell, call->args)
	{
		Node	   *argument = lfirst(cell);

		if (IsA(argument, NamedArgExpr))
		{
			if (((NamedArgExpr *) argument)->argnumber == n)
				return (Node *) ((NamedArgExpr *) argument)->arg;
		}
		else if (foreach_current_index(cell) == n)
			return argument;
	}
	return NULL;
}

/* disposition(source, code, false), whatever its caller has said of strict. */
static Node *
relent(Node *node, void *context)
{
	if (rollup_is_code(node))
	{
		FuncExpr   *call = (FuncExpr *) copyObject(node);

		call->args = list_make3(copyObject(call_argument(call, 0)), copyObject(call_argument(call, 1)),
								makeBoolConst(false, false));
		return (Node *) call;
	}
	return node == NULL ? NULL : expression_tree_mutator(node, relent, context);
}

Node *
rollup_relent(Node *node)
{
	return relent(node, NULL);
}

/*
 * Splitting
 */

pg_noreturn pg_noinline static void
refuse(const Splitting *splitting, const char *what, bool runs)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot use disposition() %s " OF_ROLLUP, what, splitting->what, splitting->text),
			 errdetail("What a code stands for is looked up when the roll-up is read."),
			 runs ? errhint("Whoever reads the roll-up would run it. Make the outcome a key, and use the function in the query.") :
			 errhint("Keep the outcome in a column, with kpi_outcome_column, and use that.")));
}

/* A name for a key that is not shown. */
static char *
hidden_name(const Splitting *splitting, Node *node)
{
	TargetEntry *entry = makeTargetEntry((Expr *) node, 1, NULL, false);
	char	   *name = pstrdup(rollup_expression(entry, splitting->source));
	List	   *lists[] = {splitting->reading->shown, splitting->entries};
	bool		taken;

	do
	{
		taken = strcmp(name, "card") == 0;
		for (int i = 0; i < (int) lengthof(lists); i++)
		{
			ListCell   *cell;

			foreach(cell, lists[i])
			{
				const char *other = lfirst_node(TargetEntry, cell)->resname;

				taken = taken || (other != NULL && strcmp(other, name) == 0);
			}
		}
		if (taken)
			name = psprintf("(%s)", name);
	} while (taken);
	return name;
}

/* The column of the cells that keeps an expression over the row. */
static Node *
keep(Node *node, Splitting *splitting)
{
	int			i = splitting->first;

	splitting->kept = true;
	while (i < list_length(splitting->entries) &&
		   !equal(list_nth_node(TargetEntry, splitting->entries, i)->expr, node))
		i++;
	if (i == list_length(splitting->entries))
		splitting->entries = lappend(splitting->entries,
									 makeTargetEntry((Expr *) copyObject(node), i + 1,
													 hidden_name(splitting, node), false));
	return (Node *) makeVar(1, ROLLUP_CELL_COLUMNS + i + 1, exprType(node), exprTypmod(node),
							exprCollation(node), 0);
}

/* What a lookup is called with: a column of the cells, or a constant. */
static Node *
split_argument(Node *node, Splitting *splitting)
{
	if (rollup_has_code(node))
		refuse(splitting, "within another", false);
	if (contain_var_clause(node))
		return keep(node, splitting);
	/* nothing is evaluated here, whosever session it is */
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (!IsA(node, Const))
		refuse(splitting, "of what is neither a constant nor of the row", false);
	return copyObject(node);
}

static Node *
split_code(FuncExpr *call, Splitting *splitting)
{
	RollupCode *code = palloc(sizeof(RollupCode));
	ListCell   *cell;

	code->source = split_argument(call_argument(call, 0), splitting);
	code->code = split_argument(call_argument(call, 1), splitting);
	foreach(cell, splitting->reading->codes)
	{
		RollupCode *other = lfirst(cell);

		if (equal(other->source, code->source) && equal(other->code, code->code))
			break;
	}
	if (cell == NULL)
		splitting->reading->codes = lappend(splitting->reading->codes, code);
	return (Node *) makeFuncExpr(rollup_function("kpi_disposition_known"), outcome_type(),
								 list_make2(copyObject(code->source), copyObject(code->code)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

static bool
find_test(Node *node, void *context)
{
	return node != NULL && (IsA(node, CaseTestExpr) || expression_tree_walker(node, find_test, context));
}

static Node *
split(Node *node, void *context)
{
	Splitting  *splitting = context;

	if (node == NULL)
		return NULL;
	if (rollup_is_code(node))
		return split_code((FuncExpr *) node, splitting);
	/* what is compared within a CASE is nothing outside of it */
	if (!IsA(node, List) && !IsA(node, CaseWhen) && !rollup_has_code(node) &&
		contain_var_clause(node) && !find_test(node, NULL))
		return keep(node, splitting);
	switch (nodeTag(node))
	{
		case T_List:
		case T_Const:
		case T_FuncExpr:
		case T_NamedArgExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_BoolExpr:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_CollateExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_ArrayExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_NullTest:
		case T_BooleanTest:
			return expression_tree_mutator(node, split, context);
		default:
			refuse(splitting, "within such an expression", false);
	}
}

static bool
is_trusted(Oid function)
{
	Oid			extension = getExtensionOfObject(ProcedureRelationId, rollup_function("kpi_disposition_known"));

	return function < FirstNormalObjectId ||
		(OidIsValid(extension) && getExtensionOfObject(ProcedureRelationId, function) == extension);
}

/* For check_functions_in_node(): never true, but it may raise. */
static bool
check_function(Oid function, void *context)
{
	const Splitting *splitting = context;

	if (func_volatile(function) != PROVOLATILE_IMMUTABLE)
		refuse(splitting, psprintf("with function %s, which is not immutable,", format_procedure(function)), false);
	if (!is_trusted(function))
		refuse(splitting, psprintf("with function %s", format_procedure(function)), true);
	return false;
}

static bool
check_rest(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) &&
		((FuncExpr *) node)->funcid == rollup_function("kpi_disposition_known"))
		return false;
	check_functions_in_node(node, check_function, context);
	return expression_tree_walker(node, check_rest, context);
}

/* An expression over the row, as one over a cell. */
static Node *
read_expression(Node *node, Splitting *splitting)
{
	node = split(node, splitting);
	check_rest(node, splitting);
	return node;
}

/*
 * Cards
 */

/* The conditions that are joined by AND, in order. */
static List *
conditions(Node *node)
{
	List	   *list = NIL;
	ListCell   *cell;

	if (node == NULL)
		return NIL;
	if (!IsA(node, BoolExpr) || ((BoolExpr *) node)->boolop != AND_EXPR)
		return list_make1(node);
	foreach(cell, ((BoolExpr *) node)->args)
		list = list_concat(list, conditions(lfirst(cell)));
	return list;
}

static Node *
all_of(List *list)
{
	if (list == NIL)
		return NULL;
	return list_length(list) == 1 ? linitial(list) : (Node *) makeBoolExpr(AND_EXPR, list, -1);
}

/* Sections are read in one way, or not at all. */
static void
add_part(Splitting *splitting, uint32 sections, Node *outcome, Node *condition)
{
	ReadPart   *part;
	ReadPart   *same = NULL;
	ListCell   *cell;

	foreach(cell, splitting->reading->parts)
	{
		part = lfirst(cell);
		if (equal(part->outcome, outcome) && equal(part->condition, condition))
			same = part;
		else if (part->sections & sections)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("card \"%s\" of a roll-up makes the section \"%s\" in two ways, one of them with disposition()",
							splitting->text, card_sections_text(part->sections & sections)),
					 errdetail("What a code stands for is looked up when the roll-up is read, for a section as a whole."),
					 errhint("Make two roll-ups, or keep the outcome in a column, with kpi_outcome_column.")));
	}
	if (same == NULL)
	{
		same = palloc0(sizeof(ReadPart));
		same->outcome = outcome;
		same->condition = condition;
		splitting->reading->parts = lappend(splitting->reading->parts, same);
	}
	same->sections |= sections;
}

/* An aggregate as the cells keep it. */
static Node *
split_aggregate(Aggref *aggregate, const CardMaker *maker, Splitting *splitting)
{
	Node	   *outcome = NULL;
	List	   *kept = NIL;
	List	   *read = NIL;
	ListCell   *cell;

	aggregate = copyObject(aggregate);
	foreach(cell, aggregate->args)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (!rollup_has_code((Node *) entry->expr))
			continue;
		if (foreach_current_index(cell) > 0 || !maker->of_outcome)
			refuse(splitting, psprintf("in argument %d of %s", foreach_current_index(cell) + 1, maker->name), false);
		outcome = read_expression((Node *) entry->expr, splitting);
		entry->expr = (Expr *) makeConst(outcome_type(), -1, InvalidOid, sizeof(int32),
										 OutcomeGetDatum(maker->any), false, true);
	}
	foreach(cell, conditions((Node *) aggregate->aggfilter))
	{
		if (rollup_has_code(lfirst(cell)))
			read = lappend(read, read_expression(lfirst(cell), splitting));
		else
			kept = lappend(kept, lfirst(cell));
	}
	if (read != NIL)
		aggregate->aggfilter = (Expr *) all_of(kept);
	add_part(splitting, maker->sections, outcome, all_of(read));
	return (Node *) aggregate;
}

/* What is no sum of such aggregates is left as it is, to be refused later. */
static Node *
split_card(Node *node, Splitting *splitting)
{
	if (IsA(node, OpExpr))
	{
		OpExpr	   *sum = copyObject((OpExpr *) node);
		ListCell   *cell;

		foreach(cell, sum->args)
			lfirst(cell) = split_card(lfirst(cell), splitting);
		return (Node *) sum;
	}
	if (IsA(node, Aggref))
	{
		char	   *name = get_func_name(((Aggref *) node)->aggfnoid);
		const CardMaker *maker = name == NULL ? NULL : card_maker(name);

		if (maker != NULL)
			return split_aggregate((Aggref *) node, maker, splitting);
		if (rollup_has_code(node))
			refuse(splitting, psprintf("in %s", name), false);
	}
	return node;
}

/*
 * The whole
 */

/* A column of the cells under another number. */
static Node *
renumber(Node *node, void *context)
{
	const int  *places = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		return (Node *) makeVar(var->varno, ROLLUP_CELL_COLUMNS + 1 + places[var->varattno - ROLLUP_CELL_COLUMNS - 1],
								var->vartype, var->vartypmod, var->varcollid, 0);
	}
	return expression_tree_mutator(node, renumber, context);
}

/*
 * The first so many entries, but for a lead, go behind the others, before the
 * card, so that keys that are added later are the last.
 */
static void
put_behind(Splitting *splitting, int plain)
{
	RollupReading *reading = splitting->reading;
	int			nkeys = list_length(splitting->entries);
	int		   *places = palloc(sizeof(int) * nkeys);
	List	   *entries = NIL;
	ListCell   *cell;

	reading->hidden = nkeys - plain;
	for (int i = 0; i < nkeys; i++)
	{
		int			place = i < splitting->first ? i :
			i < splitting->first + reading->hidden ? i - splitting->first + plain : i - reading->hidden;
		TargetEntry *entry = list_nth(splitting->entries, place);

		places[place] = i;
		entry->resno = i + 1;
		entries = lappend(entries, entry);
	}
	splitting->entries = entries;
	reading->keys = (List *) renumber((Node *) reading->keys, places);
	foreach(cell, reading->parts)
	{
		ReadPart   *part = lfirst(cell);

		part->outcome = renumber(part->outcome, places);
		part->condition = renumber(part->condition, places);
	}
	foreach(cell, reading->codes)
	{
		RollupCode *code = lfirst(cell);

		code->source = renumber(code->source, places);
		code->code = renumber(code->code, places);
	}
}

void
rollup_split(RollupReading *reading, List *shown, Oid source, bool leads, List **entries)
{
	Splitting	splitting = {.reading = reading,.source = source,.first = leads ? 1 : 0};
	TargetEntry *card = llast_node(TargetEntry, shown);
	int			nkeys = list_length(shown) - 1;
	int			plain;

	memset(reading, 0, sizeof(RollupReading));
	reading->shown = shown;
	reading->mapped = rollup_has_code((Node *) shown);
	if (!reading->mapped)
	{
		*entries = shown;
		return;
	}
	for (int i = 0; i < nkeys; i++)
	{
		TargetEntry *key = list_nth_node(TargetEntry, shown, i);

		if (!rollup_has_code((Node *) key->expr))
			splitting.entries = lappend(splitting.entries, flatCopyTargetEntry(key));
	}
	plain = list_length(splitting.entries);
	for (int i = 0; i < nkeys; i++)
	{
		TargetEntry *key = list_nth_node(TargetEntry, shown, i);

		splitting.what = "key";
		splitting.text = rollup_expression(key, source);
		splitting.kept = false;
		if (i < splitting.first)
		{
			reading->keys = lappend(reading->keys, makeVar(1, ROLLUP_CELL_COLUMNS + 1, exprType((Node *) key->expr),
														   exprTypmod((Node *) key->expr), exprCollation((Node *) key->expr), 0));
			continue;
		}
		reading->keys = lappend(reading->keys, rollup_has_code((Node *) key->expr) ?
								read_expression((Node *) key->expr, &splitting) :
								keep((Node *) key->expr, &splitting));
		if (!splitting.kept)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("key \"%s\" of a roll-up uses no column of \"%s\"", splitting.text, get_rel_name(source))));
	}
	splitting.what = "card";
	splitting.text = rollup_expression(card, source);
	card = flatCopyTargetEntry(card);
	card->expr = (Expr *) split_card((Node *) card->expr, &splitting);
	put_behind(&splitting, plain);
	card->resno = list_length(splitting.entries) + 1;
	*entries = lappend(splitting.entries, card);
}

bool
rollup_reads_alike(const RollupReading *before, const RollupReading *after)
{
	ListCell   *a;
	ListCell   *b;

	if (before->mapped != after->mapped || before->hidden != after->hidden ||
		list_length(before->parts) != list_length(after->parts))
		return false;
	forboth(a, before->parts, b, after->parts)
	{
		const ReadPart *x = lfirst(a);
		const ReadPart *y = lfirst(b);

		if (x->sections != y->sections || !equal(x->outcome, y->outcome) || !equal(x->condition, y->condition))
			return false;
	}
	return equal(before->keys, list_truncate(list_copy(after->keys), list_length(before->keys)));
}

/*
 * SQL
 */

static char *
over_cells(Node *node, Oid cells)
{
	return deparse_expression(node, deparse_context_for(get_rel_name(cells), cells), false, false);
}

char *
rollup_read_card(const RollupReading *reading, Oid cells, const char *card)
{
	ListCell   *cell;

	foreach(cell, reading->parts)
	{
		const ReadPart *part = lfirst(cell);
		const char *sections = quote_literal_cstr(card_sections_text(part->sections));
		const char *condition = part->condition == NULL ? NULL : over_cells(part->condition, cells);
		const char *outcome = part->outcome == NULL ? NULL : over_cells(part->outcome, cells);

		if (outcome != NULL && condition != NULL)
			outcome = psprintf("CASE WHEN %s THEN %s END", condition, outcome);
		if (outcome != NULL)
			card = psprintf(KPI_INTERNAL ".kpi_scorecard_as(%s, %s, %s)", card, sections, outcome);
		else if (condition != NULL)
			card = psprintf(KPI_INTERNAL ".kpi_scorecard_where(%s, %s, %s)", card, sections, condition);
	}
	return pstrdup(card);
}

char *
rollup_read_key(const RollupReading *reading, Oid cells, int key)
{
	return over_cells(list_nth(reading->keys, key), cells);
}

char *
rollup_read_journey(const RollupReading *reading, Oid cells, const char *known)
{
	const char *journey = known;
	ListCell   *cell;

	foreach(cell, reading->parts)
	{
		const ReadPart *part = lfirst(cell);

		if (!(part->sections & SECTION_TALLY(CARD_CALLS)))
			continue;
		if (part->outcome != NULL)
			journey = over_cells(part->outcome, cells);
		if (part->condition != NULL)
			journey = psprintf("CASE WHEN %s THEN %s END", over_cells(part->condition, cells), journey);
	}
	return pstrdup(journey);
}

char *
rollup_read_sql(const RollupReading *reading, Oid cells, const List *names, int card, const char *kept)
{
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(rollup_function("kpi_disposition_known"))));
	StringInfoData sql;
	StringInfoData group;
	ListCell   *cell;
	int			key = 0;

	initStringInfo(&sql);
	initStringInfo(&group);
	foreach(cell, names)
	{
		int			i = foreach_current_index(cell);

		appendStringInfoString(&sql, i == 0 ? "SELECT " : ", ");
		if (i == card)
			appendStringInfo(&sql, "%s.rollup(%s)", ours, rollup_read_card(reading, cells, "card"));
		else
		{
			appendStringInfoString(&sql, over_cells(list_nth(reading->keys, key), cells));
			appendStringInfo(&group, key == 0 ? " GROUP BY %d" : ", %d", i + 1);
			key++;
		}
		appendStringInfo(&sql, " AS %s", quote_identifier(strVal(lfirst(cell))));
	}
	/* without keys there is one cell, and no cell without rows */
	if (key == 0)
		appendStringInfoString(&group, " HAVING count(*) > 0");
	appendStringInfo(&sql, " FROM (%s) kept%s", kept, group.data);
	return sql.data;
}
