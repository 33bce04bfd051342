/*-------------------------------------------------------------------------
 *
 * outcome_text.c
 *		Outcomes beside texts: what drivers and BI tools write.
 *
 * A driver's parameter comes as text or varchar, and a comparison of it with
 * an outcome reads it as a label.  The planner replaces the comparison by one
 * of two outcomes, so that indexes, hash joins and statistics of outcomes
 * serve it; ANY (array of text) stays as it is and reads each element.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "type/outcome.h"

/* The text that a call read last, which mostly comes again. */
typedef struct LastText
{
	int			len;
	char		text[60];
	outcome		set;
} LastText;

/* An argument of type text, read as the type's input reads it: 22P02. */
static outcome
text_argument(FunctionCallInfo fcinfo, int n)
{
	text	   *label = PG_GETARG_TEXT_PP(n);
	char	   *chars = VARDATA_ANY(label);
	int			len = VARSIZE_ANY_EXHDR(label);
	LastText   *last = fcinfo->flinfo->fn_extra;
	outcome		set;

	if (last != NULL && last->len == len && memcmp(last->text, chars, len) == 0)
		return last->set;

	(void) outcome_input(text_to_cstring(label), NULL, &set);
	if (len <= (int) sizeof(last->text))
	{
		if (last == NULL)
			last = fcinfo->flinfo->fn_extra =
				MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(LastText));
		last->len = len;
		memcpy(last->text, chars, len);
		last->set = set;
	}
	return set;
}

/* kpi_outcome_from_text(text): the cast. */
PG_FUNCTION_INFO_V1(kpi_outcome_from_text);
Datum
kpi_outcome_from_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_OUTCOME(text_argument(fcinfo, 0));
}

/*
 * Comparison
 */

PG_FUNCTION_INFO_V1(kpi_outcome_eq_text);
Datum
kpi_outcome_eq_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_OUTCOME(0) == text_argument(fcinfo, 1));
}

PG_FUNCTION_INFO_V1(kpi_outcome_ne_text);
Datum
kpi_outcome_ne_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_OUTCOME(0) != text_argument(fcinfo, 1));
}

PG_FUNCTION_INFO_V1(kpi_text_eq_outcome);
Datum
kpi_text_eq_outcome(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(text_argument(fcinfo, 0) == PG_GETARG_OUTCOME(1));
}

PG_FUNCTION_INFO_V1(kpi_text_ne_outcome);
Datum
kpi_text_ne_outcome(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(text_argument(fcinfo, 0) != PG_GETARG_OUTCOME(1));
}

/*
 * The comparison of an outcome with a text as one of two outcomes, with the
 * cast in it; NULL where that is not what is asked.
 */
static Node *
compare_outcomes(Node *request, bool negate)
{
	SupportRequestSimplify *simplify = (SupportRequestSimplify *) request;
	Node	   *args[2];
	Oid			type = InvalidOid;
	Oid			equal;

	if (!IsA(request, SupportRequestSimplify))
		return NULL;

	args[0] = linitial(simplify->fcall->args);
	args[1] = lsecond(simplify->fcall->args);
	for (int i = 0; i < 2; i++)
		if (exprType(args[i]) != TEXTOID)
			type = exprType(args[i]);
	equal = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	for (int i = 0; i < 2; i++)
		if (exprType(args[i]) == TEXTOID)
			args[i] = coerce_to_target_type(NULL, args[i], TEXTOID, type, -1,
											COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);

	/* so that a constant text becomes a constant outcome */
	return eval_const_expressions(simplify->root,
								  (Node *) make_opclause(negate ? get_negator(equal) : equal,
														 BOOLOID, false,
														 (Expr *) args[0], (Expr *) args[1],
														 InvalidOid, InvalidOid));
}

/* The planner support function of the two functions for =. */
PG_FUNCTION_INFO_V1(kpi_outcome_eq_text_support);
Datum
kpi_outcome_eq_text_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(compare_outcomes((Node *) PG_GETARG_POINTER(0), false));
}

/* The planner support function of the two functions for <>. */
PG_FUNCTION_INFO_V1(kpi_outcome_ne_text_support);
Datum
kpi_outcome_ne_text_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(compare_outcomes((Node *) PG_GETARG_POINTER(0), true));
}

/*
 * An outcome as the text that it writes
 */

static Datum
label_text(outcome set)
{
	StringInfoData buf;

	initStringInfo(&buf);
	outcome_append(&buf, set, LANGUAGE_EN);
	return PointerGetDatum(cstring_to_text_with_len(buf.data, buf.len));
}

/* outcome LIKE text */
PG_FUNCTION_INFO_V1(kpi_outcome_like);
Datum
kpi_outcome_like(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall2Coll(textlike, PG_GET_COLLATION(),
								   label_text(PG_GETARG_OUTCOME(0)), PG_GETARG_DATUM(1));
}

/* outcome NOT LIKE text */
PG_FUNCTION_INFO_V1(kpi_outcome_nlike);
Datum
kpi_outcome_nlike(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall2Coll(textnlike, PG_GET_COLLATION(),
								   label_text(PG_GETARG_OUTCOME(0)), PG_GETARG_DATUM(1));
}

/* outcome ILIKE text */
PG_FUNCTION_INFO_V1(kpi_outcome_iclike);
Datum
kpi_outcome_iclike(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall2Coll(texticlike, PG_GET_COLLATION(),
								   label_text(PG_GETARG_OUTCOME(0)), PG_GETARG_DATUM(1));
}

/* outcome NOT ILIKE text */
PG_FUNCTION_INFO_V1(kpi_outcome_icnlike);
Datum
kpi_outcome_icnlike(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall2Coll(texticnlike, PG_GET_COLLATION(),
								   label_text(PG_GETARG_OUTCOME(0)), PG_GETARG_DATUM(1));
}

/* lower(outcome): labels are lower case already. */
PG_FUNCTION_INFO_V1(kpi_outcome_lower);
Datum
kpi_outcome_lower(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(label_text(PG_GETARG_OUTCOME(0)));
}

/* upper(outcome): labels are ASCII, whatever the locale. */
PG_FUNCTION_INFO_V1(kpi_outcome_upper);
Datum
kpi_outcome_upper(PG_FUNCTION_ARGS)
{
	text	   *label = DatumGetTextPP(label_text(PG_GETARG_OUTCOME(0)));

	for (char *c = VARDATA_ANY(label), *end = c + VARSIZE_ANY_EXHDR(label); c < end; c++)
		*c = pg_ascii_toupper((unsigned char) *c);
	PG_RETURN_TEXT_P(label);
}
