/*-------------------------------------------------------------------------
 *
 * match.c
 *		Does a roll-up hold what a query asks of its source?
 *
 * Rows of one cell have the same values of the roll-up's keys.  An expression
 * is the same for all of them if it is made of keys, or of what tells no more
 * of a time than a key does; then it is computed once for the cell.
 *
 * An aggregate is known by its transition function, as a member of the
 * extension.  Its state over many rows is in the card, or is made of what the
 * card keeps over the same arguments; its own final function reads it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parse_oper.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "answer/grain.h"
#include "answer/match.h"
#include "base/compat.h"
#include "card/scorecard.h"
#include "catalogue/measures.h"

/* A key, in terms of the question. */
typedef struct MatchKey
{
	Expr	   *expr;
	Var		   *column;			/* of the cells */
	bool		exact;
	Grain		grain;
} MatchKey;

typedef struct Match
{
	const Question *question;
	const Candidate *candidate;
	Answer	   *answer;
	int			key_count;
	MatchKey	keys[ROLLUP_MAX_KEYS];
	List	   *bounds;			/* constants that no row is before, of these times */
	List	   *bounded;
	char	   *reason;			/* why it does not match */
} Match;

/*
 * Expressions
 */

/*
 * A copy that can be written: from 17 on, what another part of the query gives is
 * looked for in the plan, and there is none yet.
 */
static Node *
writable(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param))
	{
		Param	   *param = copyObject((Param *) node);

		param->paramkind = PARAM_EXTERN;
		return (Node *) param;
	}
	if (IsA(node, PlaceHolderVar))
		return writable((Node *) ((PlaceHolderVar *) node)->phexpr, context);
	return expression_tree_mutator(node, writable, context);
}

/* As the user would write it. */
static char *
written(const Match *match, Node *node)
{
	Oid			source = match->candidate->source;
	Node	   *copy = writable(node, NULL);

	if (match->question->rti != 1)
		ChangeVarNodes(copy, match->question->rti, 1, 0);
	return deparse_expression(copy, deparse_context_for(get_rel_name(source), source), false, false);
}

static bool
note_function(Oid function, void *functions)
{
	*(List **) functions = list_append_unique_oid(*(List **) functions, function);
	return false;
}

/* What it calls, who asks must be allowed to call. */
static bool
note_functions(Node *node, void *functions)
{
	if (node == NULL)
		return false;
	check_functions_in_node(node, note_function, functions);
	return expression_tree_walker(node, note_functions, functions);
}

/* The time that no row is before, if there is one that is known. */
static const Const *
earliest(const Match *match, const Expr *time)
{
	ListCell   *bound;
	ListCell   *bounded;

	forboth(bound, match->bounds, bounded, match->bounded)
	{
		if (equal(lfirst(bounded), time))
			return lfirst(bound);
	}
	return NULL;
}

/*
 * A comparison of a time that a key has truncated; NULL where it is none.
 * Within an expression it may not be come to, so that what it is compared with
 * is not computed beforehand unless that does nothing.
 */
static Node *
mapped_bound(Match *match, Node *node, bool within)
{
	TimeBound	bound;

	if (!grain_bound(node, &bound) || (within && !grain_bound_is_plain(&bound)))
		return NULL;
	for (int i = 0; i < match->key_count; i++)
	{
		MatchKey   *key = &match->keys[i];
		Node	   *compared;
		Promise    *promise;

		if (key->grain.time == NULL || key->grain.zone != NULL || !equal(key->grain.time, bound.time))
			continue;
		compared = grain_compare(node, &bound, &key->grain, (Expr *) copyObject(key->column));
		if (compared == NULL)
			continue;
		if (IsA(bound.bound, Const))
		{
			Const	   *value = (Const *) bound.bound;

			if (!value->constisnull &&
				!grain_bounds(key->grain.type, key->grain.unit, value->constvalue, bound.next))
				continue;
		}
		else
		{
			promise = palloc(sizeof(Promise));
			promise->bound = bound.bound;
			promise->type = key->grain.type;
			promise->unit = key->grain.unit;
			promise->next = bound.next;
			match->answer->promises = lappend(match->answer->promises, promise);
		}
		note_functions(node, &match->answer->functions);
		return compared;
	}
	return NULL;
}

static Node *over_cells(Node *node, Match *match);

/*
 * What a code stands for, which is looked up for a cell as for a row; but a
 * code without an outcome, of rows that have gone, is none that raises.
 */
static Node *
looked_up(FuncExpr *call, Match *match)
{
	List	   *pair = NIL;
	List	   *arguments = NIL;
	bool		strict = !IsA(lthird(call->args), Const) || DatumGetBool(((Const *) lthird(call->args))->constvalue);
	ListCell   *cell;

	for (int i = 0; i < 2; i++)
	{
		Node	   *argument = over_cells(list_nth(call->args, i), match);

		arguments = lappend(arguments, argument);
		while (IsA(argument, RelabelType))
			argument = (Node *) ((RelabelType *) argument)->arg;
		if (match->reason == NULL && !IsA(argument, Var) && !IsA(argument, Const))
			match->reason = psprintf("%s is no key of it, and disposition() is called with it",
									 written(match, list_nth(call->args, i)));
		/* it is the cells by lead that are looked through, which have the lead before the keys */
		if (match->reason == NULL && match->answer->by_leads && IsA(argument, Var))
		{
			Var		   *column = (Var *) copyObject(argument);

			column->varattno = ((CandidateKey *) list_nth(match->candidate->keys, column->varattno))->attno;
			argument = (Node *) column;
		}
		pair = lappend(pair, argument);
	}
	if (match->reason != NULL)
		return (Node *) call;
	foreach(cell, match->answer->lookups)
	{
		List	   *other = lfirst(cell);

		if (equal(linitial(other), linitial(pair)) && equal(lsecond(other), lsecond(pair)))
		{
			lfirst(list_nth_cell(other, 2)) = makeInteger(strict || intVal(lthird(other)) != 0);
			break;
		}
	}
	if (cell == NULL)
		match->answer->lookups = lappend(match->answer->lookups, lappend(pair, makeInteger(strict)));
	return (Node *) makeFuncExpr(rollup_function("kpi_disposition_known"), call->funcresulttype, arguments,
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

static Node *
over_cells(Node *node, Match *match)
{
	Expr	   *time;
	char	   *why = NULL;

	if (node == NULL || match->reason != NULL)
		return node;
	for (int i = 0; i < match->key_count; i++)
	{
		MatchKey   *key = &match->keys[i];

		if (!equal(node, key->expr))
			continue;
		if (!key->exact)
		{
			match->reason = psprintf("equal values of its key %s may look different", written(match, node));
			return node;
		}
		return (Node *) copyObject(key->column);
	}
	if (IsA(node, OpExpr))
	{
		Node	   *bound = mapped_bound(match, node, true);

		if (bound != NULL)
			return bound;
	}
	time = grain_function_time(node);
	for (int i = 0; i < match->key_count && time != NULL; i++)
	{
		MatchKey   *key = &match->keys[i];

		if (key->grain.time != NULL && equal(time, key->grain.time))
		{
			Node	   *applied = grain_apply(node, &key->grain, (Expr *) copyObject(key->column),
											  earliest(match, time), &why);

			if (applied != NULL)
				return applied;
		}
	}
	if (IsA(node, FuncExpr) && list_length(((FuncExpr *) node)->args) == 3 && rollup_is_code(node))
		return looked_up((FuncExpr *) node, match);
	switch (nodeTag(node))
	{
		case T_Var:
			match->reason = psprintf("%s is not a function of its keys", written(match, node));
			for (int i = 0; i < match->key_count; i++)
			{
				if (match->keys[i].grain.time != NULL && equal(match->keys[i].grain.time, node))
					match->reason = psprintf("it has %s by the %s", written(match, node), grain_name(&match->keys[i].grain));
			}
			return node;
		case T_SubPlan:
		case T_AlternativeSubPlan:
			match->reason = pstrdup("it cannot tell what a subquery gives for each row");
			return node;
		case T_PlaceHolderVar:
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
			match->reason = pstrdup("what rows are asked for is more than expressions of them");
			return node;
		default:
			node = expression_tree_mutator(node, over_cells, match);
			if (match->reason != NULL && why != NULL)
				match->reason = why;
			return node;
	}
}

/* The expression over the cells; or the reason why it is none. */
static Node *
mapped(Match *match, Node *node)
{
	Node	   *result;

	if (node == NULL || match->reason != NULL)
		return NULL;
	if (contain_volatile_functions(node) || expression_returns_set(node))
	{
		match->reason = psprintf("%s is not the same each time", written(match, node));
		return NULL;
	}
	result = over_cells(node, match);
	if (match->reason == NULL)
		note_functions(node, &match->answer->functions);
	else if (!IsA(node, Var))
		match->reason = psprintf("%s, in %s", match->reason, written(match, node));
	return result;
}

/*
 * Conditions
 */

/* Notes what no row is before. */
static void
note_bounds(Match *match)
{
	ListCell   *cell;

	foreach(cell, match->question->conditions)
	{
		TimeBound	bound;

		if (grain_bound(lfirst(cell), &bound) && bound.lower && IsA(bound.bound, Const))
		{
			match->bounds = lappend(match->bounds, bound.bound);
			match->bounded = lappend(match->bounded, bound.time);
		}
	}
}

static void
match_conditions(Match *match)
{
	ListCell   *cell;

	note_bounds(match);
	foreach(cell, match->question->conditions)
	{
		Node	   *node = lfirst(cell);
		Node	   *result = mapped_bound(match, node, false);

		if (result == NULL)
			result = mapped(match, node);
		if (match->reason != NULL)
			return;
		match->answer->conditions = lappend(match->answer->conditions, result);
	}
}

/*
 * Aggregates
 */

/* The part of the cells that an expression leaves; all where it is NULL. */
static int
part_of(Match *match, Node *filter, bool with_card)
{
	Answer	   *answer = match->answer;
	int			part = 0;
	ListCell   *cell;

	foreach(cell, answer->parts)
	{
		if (equal(lfirst(cell), filter))
			break;
		part++;
	}
	if (cell == NULL)
	{
		answer->parts = lappend(answer->parts, filter);
		answer->with_card = lappend_int(answer->with_card, 0);
	}
	if (with_card)
		lfirst_int(list_nth_cell(answer->with_card, part)) = 1;
	return part;
}

static List *
arguments_of(const Aggref *aggref)
{
	List	   *arguments = NIL;
	ListCell   *cell;

	foreach(cell, aggref->args)
		arguments = lappend(arguments, lfirst_node(TargetEntry, cell)->expr);
	return arguments;
}

/* Of the conditions that are joined by AND, those that look codes up. */
static List *
coded_conditions(Node *node)
{
	if (node != NULL && IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop == AND_EXPR)
	{
		List	   *coded = NIL;
		ListCell   *cell;

		foreach(cell, ((BoolExpr *) node)->args)
			coded = list_concat(coded, coded_conditions(lfirst(cell)));
		return coded;
	}
	return rollup_has_code(node) ? list_make1(node) : NIL;
}

/* Notes how a section is read that is kept for any code. */
static void
note_reading(Match *match, const Hold *hold)
{
	uint32		sections = hold->kind == HOLD_TALLY ? SECTION_TALLY(hold->number) :
		hold->kind == HOLD_TIME ? SECTION_TIME : hold->kind == HOLD_MONEY ? SECTION_MONEY :
		hold->kind == HOLD_MIX ? SECTION_MIX(hold->number) : SECTION_DELAYS;
	Node	   *outcome = linitial(hold->arguments);
	List	   *conditions = coded_conditions((Node *) hold->filter);
	Node	   *condition = NULL;
	ListCell   *cell;

	if (conditions != NIL)
		condition = over_cells((Node *) make_ands_explicit(conditions), match);
	outcome = rollup_has_code(outcome) ? over_cells(outcome, match) : NULL;
	foreach(cell, match->answer->readings)
	{
		List	   *other = lfirst(cell);

		if (equal(lsecond(other), outcome) && equal(lthird(other), condition))
		{
			lfirst(list_head(other)) = makeInteger(intVal(linitial(other)) | (int) sections);
			return;
		}
	}
	match->answer->readings = lappend(match->answer->readings, list_make3(makeInteger((int) sections), outcome, condition));
}

/*
 * What the card keeps of such arguments: of all rows, or of those that the
 * aggregate's own filter leaves.  NULL, and what is asked for, if it does not.
 */
static const Hold *
find_hold(Match *match, HoldKind kind, int number, const char *name, List *arguments, const Expr *filter, bool *filtered)
{
	const Hold *found = NULL;
	ListCell   *cell;

	foreach(cell, match->candidate->holds)
	{
		const Hold *hold = lfirst(cell);

		/* by which leads are kept */
		if (match->answer->by_leads && !match->candidate->calls && hold->kind == HOLD_TALLY)
			continue;
		if (hold->kind != kind || hold->mixed || (number >= 0 && hold->number != number) ||
			(name != NULL && strcmp(hold->name, name) != 0) || !equal(hold->arguments, arguments) ||
			(hold->filter != NULL && !equal(hold->filter, filter)))
			continue;
		/* the filter's own rows come before all */
		if (found == NULL || hold->filter != NULL)
			found = hold;
	}
	*filtered = found != NULL && found->filter != NULL;
	if (found != NULL && found->coded)
		note_reading(match, found);
	return found;
}

/* The aggregate's value, from so many holds, of which each has one argument. */
static bool
value_of_columns(Match *match, Aggref *aggref, HoldKind hold_kind, ValueKind value_kind, int number, MatchValue *value, bool *filtered)
{
	ListCell   *cell;

	foreach(cell, arguments_of(aggref))
	{
		bool		of_filter;
		const Hold *hold = find_hold(match, hold_kind, number, NULL, list_make1(lfirst(cell)), aggref->aggfilter, &of_filter);

		if (hold == NULL || (value->columns != NIL && of_filter != *filtered))
			return false;
		*filtered = of_filter;
		value->columns = lappend_int(value->columns, hold->number);
	}
	value->kind = value_kind;
	return value->columns != NIL;
}

/* The name of the transition function, if the aggregate is one of ours. */
static char *
own_transition(const Aggref *aggref)
{
	HeapTuple	tuple;
	Form_pg_aggregate form;
	char	   *name = NULL;

	if (getExtensionOfObject(ProcedureRelationId, aggref->aggfnoid) != get_extension_oid("kpi", false))
		return NULL;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	if (!form->aggfinalextra && OidIsValid(form->aggfinalfn))
		name = get_func_name(form->aggtransfn);
	ReleaseSysCache(tuple);
	return name;
}

/* count(*), or count() of something. */
static bool
value_of_count(Match *match, Aggref *aggref, MatchValue *value, bool *filtered, Node **also)
{
	Expr	   *argument;
	bool		of_filter;

	value->kind = VALUE_ROWS;
	if (aggref->aggstar)
		return true;
	argument = linitial(arguments_of(aggref));
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (find_hold(match, HOLD_TALLY, i, NULL, list_make1(argument), aggref->aggfilter, &of_filter) != NULL)
		{
			value->kind = VALUE_COUNT_TALLY;
			value->columns = list_make1_int(i);
			*filtered = of_filter;
			return true;
		}
	}
	if (value_of_columns(match, aggref, HOLD_TIME, VALUE_COUNT_TIME, -1, value, filtered))
		return true;
	/* a function of the keys, where it is not NULL */
	*also = mapped(match, (Node *) argument);
	if (*also != NULL && match->reason == NULL)
	{
		NullTest   *test = makeNode(NullTest);

		test->arg = (Expr *) *also;
		test->nulltesttype = IS_NOT_NULL;
		test->location = -1;
		*also = (Node *) test;
	}
	return match->reason == NULL;
}

/* The first arguments, so many. */
static List *
first_arguments(const Aggref *aggref, int count)
{
	return list_truncate(arguments_of(aggref), count);
}

/* Delays from one time to another are kept as their difference. */
static const Hold *
find_delays(Match *match, const char *name, const Aggref *aggref, bool *filtered)
{
	static const Oid minus[] = {1188, 2031};	/* of timestamptz, of timestamp */
	ListCell   *cell;

	foreach(cell, match->candidate->holds)
	{
		const Hold *hold = lfirst(cell);
		OpExpr	   *op = linitial(hold->arguments);

		if (hold->kind != HOLD_DELAYS || hold->mixed || strcmp(hold->name, name) != 0 || !IsA(op, OpExpr) ||
			(op->opfuncid != minus[0] && op->opfuncid != minus[1]) ||
			(hold->filter != NULL && !equal(hold->filter, aggref->aggfilter)))
			continue;
		if (equal(lsecond(op->args), linitial(arguments_of(aggref))) &&
			equal(linitial(op->args), lsecond(arguments_of(aggref))))
		{
			*filtered = hold->filter != NULL;
			if (hold->coded)
				note_reading(match, hold);
			return hold;
		}
	}
	return NULL;
}

static bool
value_of_mix(Match *match, const Aggref *aggref, int mix, int arguments, MatchValue *value, bool *filtered)
{
	bool		of_filter;

	if (list_length(aggref->args) < arguments ||
		find_hold(match, HOLD_MIX, mix, NULL, first_arguments(aggref, arguments), aggref->aggfilter, &of_filter) == NULL ||
		(value->columns != NIL && of_filter != *filtered))
		return false;
	*filtered = of_filter;
	value->columns = lappend_int(value->columns, mix);
	return true;
}

/* The lead, where what leads come to is read. */
static const CandidateKey *
lead_of(const Match *match)
{
	return linitial(match->candidate->keys);
}

/* What leads come to, of the card's own rows. */
static bool
value_of_journeys(Match *match, const Aggref *aggref, MatchValue *value, bool *filtered)
{
	List	   *arguments = arguments_of(aggref);
	Expr	   *lead;
	ListCell   *cell;

	if (!match->answer->by_leads || list_length(arguments) != 2)
		return false;
	lead = copyObject(lead_of(match)->expr);
	if (match->question->rti != 1)
		ChangeVarNodes((Node *) lead, 1, match->question->rti, 0);
	foreach(cell, match->candidate->holds)
	{
		const Hold *hold = lfirst(cell);

		if (hold->kind != HOLD_TALLY || hold->number != CARD_CALLS || hold->mixed ||
			!equal(linitial(hold->arguments), linitial(arguments)) || !equal(lead, lsecond(arguments)) ||
			(hold->filter != NULL && !equal(hold->filter, aggref->aggfilter)))
			continue;
		value->kind = VALUE_JOURNEYS;
		*filtered = hold->filter != NULL;
		return true;
	}
	return false;
}

/* An aggregate of the extension's, by what it keeps. */
static bool
value_of_own(Match *match, Aggref *aggref, const char *transition, MatchValue *value, bool *filtered)
{
	const char *name = get_func_name(aggref->aggfnoid);

	if (strcmp(transition, "kpi_tally_accum") == 0)
	{
		MatchValue	leads = *value;
		bool		leads_filtered = false;
		bool		found = value_of_columns(match, aggref, HOLD_TALLY, VALUE_TALLY, CARD_CALLS, value, filtered);

		/* those of the filter's own rows are better */
		if (found && (*filtered || aggref->aggfilter == NULL))
			return true;
		if (!value_of_columns(match, aggref, HOLD_TALLY, VALUE_TALLY, CARD_LEADS, &leads, &leads_filtered) ||
			(found && !leads_filtered))
			return found;
		*value = leads;
		*filtered = leads_filtered;
		return true;
	}
	if (strcmp(transition, "kpi_journeys_accum") == 0)
		return value_of_journeys(match, aggref, value, filtered);
	if (strcmp(transition, "kpi_line_tally_accum") == 0)
		return value_of_columns(match, aggref, HOLD_TALLY, VALUE_TALLY, CARD_LINES, value, filtered);
	if (strcmp(transition, "kpi_durations_accum") == 0)
		return value_of_columns(match, aggref, HOLD_TIME, VALUE_DURATIONS, -1, value, filtered);
	if (strcmp(transition, "kpi_money_accum") == 0)
		return value_of_columns(match, aggref, HOLD_MONEY, VALUE_MONEY, -1, value, filtered);
#define MIX(mix_name, measure, amount, section) \
	if (strcmp(transition, "kpi_mix_" #mix_name "_accum") == 0) \
	{ \
		value->kind = VALUE_MIX; \
		return value_of_mix(match, aggref, CARD_MIX_##section, amount ? 3 : 2, value, filtered); \
	}
#define MIXES_SECTION(section, ...) \
	if (strcmp(transition, "kpi_scorecard_" #section "_accum") == 0) \
	{ \
		const SectionMix mixes[] = {__VA_ARGS__}; \
\
		value->kind = VALUE_CARD; \
		for (int i = 0; i < (int) lengthof(mixes); i++) \
		{ \
			if (!value_of_mix(match, aggref, mixes[i].mix, mixes[i].amount ? 3 : 2, value, filtered)) \
				return false; \
		} \
		return true; \
	}
#define DELAYS(delays_name, section, median) \
	if (strcmp(transition, "kpi_delays_accum") == 0 && strcmp(name, #delays_name) == 0) \
	{ \
		value->kind = VALUE_DELAYS; \
		value->name = #section; \
		return find_delays(match, #section, aggref, filtered) != NULL; \
	}
#include "catalogue/catalogue.gen.h"
	if (strcmp(name, "scorecard_delays") == 0)
	{
		Const	   *title = linitial(arguments_of(aggref));

		if (!IsA(title, Const) || title->constisnull)
			return false;
		value->kind = VALUE_CARD;
		value->name = TextDatumGetCString(title->constvalue);
		return find_hold(match, HOLD_DELAYS, -1, value->name, list_make1(lsecond(arguments_of(aggref))),
						 aggref->aggfilter, filtered) != NULL;
	}
	return false;
}

/* Looks codes up as the query does, whose calls are relented where they are compared. */
static bool
note_lookups(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && list_length(((FuncExpr *) node)->args) == 3 && rollup_is_code(node))
		(void) over_cells(node, context);
	return expression_tree_walker(node, note_lookups, context);
}

/* What is of which arguments in the card that the aggregate has others of; "" for nothing. */
static char *
held_instead(Match *match, const char *transition)
{
	static const struct
	{
		const char *transition;
		HoldKind	kind;
	}			kinds[] = {
		{"kpi_tally_accum", HOLD_TALLY}, {"kpi_line_tally_accum", HOLD_TALLY},
		{"kpi_durations_accum", HOLD_TIME}, {"kpi_money_accum", HOLD_MONEY}
	};
	bool		lines = strcmp(transition, "kpi_line_tally_accum") == 0;
	List	   *said = NIL;
	char	   *result = "";
	ListCell   *cell;

	if (strcmp(transition, "kpi_journeys_accum") == 0)
		return OidIsValid(match->candidate->leads) ? ", which is of another outcome or lead" :
			match->candidate->by_codes ? ", as it keeps leads by their codes: ask the roll-up for it" :
			", as it has no scorecard_journeys";
	foreach(cell, match->candidate->holds)
	{
		const Hold *hold = lfirst(cell);
		Node	   *argument = linitial(hold->arguments);

		for (int i = 0; i < (int) lengthof(kinds); i++)
		{
			if (strcmp(kinds[i].transition, transition) != 0 || kinds[i].kind != hold->kind ||
				(hold->kind == HOLD_TALLY && (hold->number == CARD_LINES) != lines) ||
				list_member(said, argument) || (IsA(argument, Const) && ((Const *) argument)->constisnull))
				continue;
			said = lappend(said, argument);
			result = psprintf("%s%s%s%s", result, result[0] == '\0' ? ", but such figures of " : ", ", written(match, argument),
							  hold->mixed ? " added up with others" : hold->filter != NULL ? " with a FILTER" : "");
		}
	}
	return result;
}

static void
match_aggregate(Match *match, Aggref *asked)
{
	MatchValue	   *value = palloc0(sizeof(MatchValue));
	Aggref	   *aggref = match->candidate->mapped ? (Aggref *) rollup_relent((Node *) asked) : asked;
	bool		filtered = false;	/* the card keeps the rows of the filter */
	Node	   *also = NULL;
	Node	   *filter = NULL;
	char	   *transition = NULL;
	bool		found = false;

	if (aggref->aggkind != AGGKIND_NORMAL || aggref->aggorder != NIL || aggref->aggdistinct != NIL ||
		aggref->aggvariadic || aggref->agglevelsup != 0 || aggref->aggdirectargs != NIL)
	{
		match->reason = psprintf("DISTINCT or ORDER BY in %s", written(match, (Node *) asked));
		return;
	}
	if (aggref->aggfnoid == F_COUNT_STAR || aggref->aggfnoid == F_COUNT_EXPRESSION)
		found = value_of_count(match, aggref, value, &filtered, &also);
	else if ((transition = own_transition(aggref)) != NULL)
		found = value_of_own(match, aggref, transition, value, &filtered);
	if (!found && match->reason == NULL)
		match->reason = psprintf("its card does not hold %s%s", written(match, (Node *) asked),
								 transition == NULL ? "" : held_instead(match, transition));
	if (!filtered)
		filter = mapped(match, (Node *) asked->aggfilter);
	if (match->candidate->mapped)
		(void) note_lookups((Node *) asked, match);
	if (match->reason != NULL)
		return;
	if (also != NULL)
		filter = filter == NULL ? also : (Node *) makeBoolExpr(AND_EXPR, list_make2(filter, also), -1);
	note_functions((Node *) asked->args, &match->answer->functions);
	note_functions((Node *) asked->aggfilter, &match->answer->functions);
	value->part = part_of(match, filter, value->kind != VALUE_ROWS);
	match->answer->values = lappend(match->answer->values, value);
}

/* Something in an expression of groups that is neither a key nor an aggregate. */
static bool
foreign_to_groups(Node *node, void *context)
{
	Match	   *match = context;

	if (node == NULL || list_member(match->question->keys, node) || IsA(node, Aggref))
		return false;
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) || IsA(node, GroupingFunc) || IsA(node, WindowFunc))
	{
		if (match->reason == NULL)
			match->reason = IsA(node, Var) ? psprintf("%s is neither grouped by nor aggregated", written(match, node)) :
				pstrdup("what is asked for of groups is more than expressions of them");
		return true;
	}
	return expression_tree_walker(node, foreign_to_groups, context);
}

/* The roll-up's expressions in terms of the question's range table. */
static void
begin_match(Match *match)
{
	ListCell   *cell;
	Index		rti = match->question->rti;
	bool		by_leads = match->answer->by_leads;

	foreach(cell, match->candidate->keys)
	{
		const CandidateKey *from = lfirst(cell);
		MatchKey   *key;

		if (by_leads && from == lead_of(match))
			continue;
		key = &match->keys[match->key_count++];
		key->expr = copyObject(from->expr);
		if (rti != 1)
			ChangeVarNodes((Node *) key->expr, 1, rti, 0);
		key->exact = from->exact;
		key->column = makeVar(1, by_leads ? match->key_count : from->attno, exprType((Node *) key->expr), exprTypmod((Node *) key->expr),
							  exprCollation((Node *) key->expr), 0);
		key->grain = grain_of(key->expr);
	}
	foreach(cell, match->candidate->holds)
	{
		Hold	   *hold = lfirst(cell);

		if (rti != 1)
		{
			ChangeVarNodes((Node *) hold->arguments, 1, rti, 0);
			ChangeVarNodes((Node *) hold->filter, 1, rti, 0);
		}
	}
}

/* Does one of the aggregates tell what leads come to? */
static bool
asks_for_leads(const Question *question)
{
	ListCell   *cell;

	foreach(cell, question->aggregates)
	{
		char	   *transition = own_transition(lfirst_node(Aggref, cell));

		if (transition != NULL && strcmp(transition, "kpi_journeys_accum") == 0)
			return true;
	}
	return false;
}

/* Are texts that are equal by a collation the same? */
static bool
is_deterministic(Oid collation)
{
	return !OidIsValid(collation) || get_collation_isdeterministic(collation);
}

/* Has a key one value in each group? */
static bool
is_pinned(const Match *match, const MatchKey *key)
{
	ListCell   *cell;

	if (list_member(match->answer->keys, key->column))
		return true;
	foreach(cell, match->answer->conditions)
	{
		OpExpr	   *op = lfirst(cell);

		if (IsA(op, NullTest) && ((NullTest *) op)->nulltesttype == IS_NULL &&
			equal(((NullTest *) op)->arg, key->column))
			return true;
		if (!IsA(op, OpExpr) || list_length(op->args) != 2 || !is_deterministic(op->inputcollid) ||
			op->opno != lookup_type_cache(key->column->vartype, TYPECACHE_EQ_OPR)->eq_opr)
			continue;
		for (int side = 0; side < 2; side++)
		{
			if (equal(list_nth(op->args, side), key->column) &&
				!contain_var_clause(list_nth(op->args, 1 - side)))
				return true;
		}
	}
	return false;
}

/* A lead of several cells counts in each, so that a group must be of one. */
static void
match_grain(Match *match)
{
	List	   *missing = NIL;
	ListCell   *cell;

	for (int i = 0; i < match->key_count; i++)
	{
		if (!is_pinned(match, &match->keys[i]))
			missing = lappend(missing, written(match, (Node *) match->keys[i].expr));
	}
	foreach(cell, missing)
	{
		if (match->reason == NULL)
			match->reason = psprintf("a lead that several of its cells have counts once in the query: group by %s, too",
									 (char *) lfirst(cell));
		else
			match->reason = psprintf("%s, and by %s", match->reason, (char *) lfirst(cell));
	}
}

char *
match_question(const Question *question, const Candidate *candidate, Answer *answer)
{
	Match		match = {.question = question,.candidate = candidate,.answer = answer};
	ListCell   *cell;

	memset(answer, 0, sizeof(Answer));
	answer->by_leads = OidIsValid(candidate->leads) && asks_for_leads(question);
	begin_match(&match);
	match_conditions(&match);
	foreach(cell, question->keys)
	{
		answer->keys = lappend(answer->keys, mapped(&match, lfirst(cell)));
		if (match.reason == NULL && !is_deterministic(exprCollation(lfirst(cell))))
			match.reason = psprintf("equal values of %s may look different", written(&match, lfirst(cell)));
		if (match.reason != NULL)
			return match.reason;
	}
	foreach(cell, question->aggregates)
	{
		if (match.reason == NULL)
			match_aggregate(&match, lfirst_node(Aggref, cell));
	}
	if (match.reason == NULL && answer->by_leads)
		match_grain(&match);
	if (match.reason == NULL)
	{
		(void) foreign_to_groups((Node *) question->target, &match);
		(void) foreign_to_groups((Node *) question->having, &match);
	}
	return match.reason;
}
