/*-------------------------------------------------------------------------
 *
 * outcome.c
 *		The type outcome: what a call, or a lead, came to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "type/outcome.h"

PG_MODULE_MAGIC;

/*
 * Input and output
 */

bool
outcome_input(const char *text, struct Node *escontext, outcome *result)
{
	char	   *unknown;

	if (!outcome_parse(text, result, &unknown))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"outcome", text),
				 strcmp(text, unknown) == 0 ? 0 :
				 errdetail("\"%s\" is not a label.", unknown),
				 errhint("%s", outcome_hint(unknown))));
	return true;
}

/* outcome_in(cstring): labels joined by '+'; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_outcome_in);
Datum
kpi_outcome_in(PG_FUNCTION_ARGS)
{
	outcome		result;

	if (!outcome_input(PG_GETARG_CSTRING(0), (struct Node *) fcinfo->context, &result))
		PG_RETURN_NULL();
	PG_RETURN_OUTCOME(result);
}

/* outcome_out(outcome): the shortest list of English labels. */
PG_FUNCTION_INFO_V1(kpi_outcome_out);
Datum
kpi_outcome_out(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	initStringInfo(&buf);
	outcome_append(&buf, PG_GETARG_OUTCOME(0), LANGUAGE_EN);
	PG_RETURN_CSTRING(buf.data);
}

/* outcome_recv(internal): four bytes; 22P03 for a set that no label makes. */
PG_FUNCTION_INFO_V1(kpi_outcome_recv);
Datum
kpi_outcome_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	outcome		result = pq_getmsgint(buf, 4);

	if (!outcome_valid(result))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid outcome in binary data: 0x%08x", result),
				 errdetail("No list of labels makes this set of milestones.")));
	PG_RETURN_OUTCOME(result);
}

/* outcome_send(outcome): four bytes in network order. */
PG_FUNCTION_INFO_V1(kpi_outcome_send);
Datum
kpi_outcome_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, PG_GETARG_OUTCOME(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* label(outcome, language): the labels in that language; 22023 for another. */
PG_FUNCTION_INFO_V1(kpi_outcome_label);
Datum
kpi_outcome_label(PG_FUNCTION_ARGS)
{
	Language	language = words_language(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	StringInfoData buf;

	initStringInfo(&buf);
	outcome_append(&buf, PG_GETARG_OUTCOME(0), language);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(buf.data, buf.len));
}

/*
 * status(outcome): where a lead stands, one label of those in its journey, as
 * outcome_status() chooses it.
 */
PG_FUNCTION_INFO_V1(kpi_outcome_status);
Datum
kpi_outcome_status(PG_FUNCTION_ARGS)
{
	PG_RETURN_OUTCOME(outcome_status(PG_GETARG_OUTCOME(0)));
}

/*
 * Set operators
 */

/* a @> b: did a reach all that b did? */
PG_FUNCTION_INFO_V1(kpi_outcome_contains);
Datum
kpi_outcome_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(outcome_has(PG_GETARG_OUTCOME(0), PG_GETARG_OUTCOME(1)));
}

/* a <@ b: did b reach all that a did? */
PG_FUNCTION_INFO_V1(kpi_outcome_contained);
Datum
kpi_outcome_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(outcome_has(PG_GETARG_OUTCOME(1), PG_GETARG_OUTCOME(0)));
}

/* a && b: is there a milestone or attribute that both have? */
PG_FUNCTION_INFO_V1(kpi_outcome_overlaps);
Datum
kpi_outcome_overlaps(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL((PG_GETARG_OUTCOME(0) & PG_GETARG_OUTCOME(1)) != 0);
}
