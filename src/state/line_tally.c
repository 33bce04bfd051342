/*-------------------------------------------------------------------------
 *
 * line_tally.c
 *		The state type kpi_line_tally: how often each line type occurred.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "state/tally.h"
#include "type/line.h"

/*
 * kpi_line_tally: the tally of line types.  Only its text and binary input
 * and its text output know what the keys mean; the rest is kpi_tally's.
 */

static bool
parse_key(const char *text, uint32 *key, char **unknown)
{
	int			line = line_type_find(text);

	if (line < 0)
	{
		*unknown = unconstify(char *, text);
		return false;
	}
	*key = line;
	return true;
}

static void
append_key(StringInfo buf, uint32 key)
{
	line_type_append(buf, key);
}

static bool
key_valid(uint32 key)
{
	return key < LINE_TYPES;
}

const TallyKeys line_tally_keys = {
	"kpi_line_tally", parse_key, append_key, key_valid
};

PG_FUNCTION_INFO_V1(kpi_line_tally_in);
Datum
kpi_line_tally_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(tally_parse(PG_GETARG_CSTRING(0), &line_tally_keys,
								  (struct Node *) fcinfo->context));
}

PG_FUNCTION_INFO_V1(kpi_line_tally_out);
Datum
kpi_line_tally_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(tally_print(PG_GETARG_TALLY_P(0), &line_tally_keys));
}

PG_FUNCTION_INFO_V1(kpi_line_tally_recv);
Datum
kpi_line_tally_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(tally_receive((StringInfo) PG_GETARG_POINTER(0),
									&line_tally_keys));
}
