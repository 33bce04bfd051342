/*-------------------------------------------------------------------------
 *
 * line.c
 *		The type line_type: what kind of phone line a number belongs to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/words.h"
#include "type/line.h"

/* The names of the line types, in their order. */
static const Word line_names[] = {
	{"mobile", "mobile", NULL},
	{"fixed", "fixe", NULL},
	{"fixed_or_mobile", "fixe ou mobile", NULL},
	{"voip", "voix sur IP", NULL},
	{"special", "spécial", "numéro spécial"},
	{"unknown", "inconnu", NULL},
	{"invalid", "invalide", "faux numéro"},
};

StaticAssertDecl(lengthof(line_names) == LINE_TYPES,
				 "every line type has a name");

static Words line_words = {
	line_names, sizeof(Word), LINE_TYPES, NULL, NULL
};

int
line_type_find(const char *text)
{
	return words_find(&line_words, text);
}

void
line_type_append(struct StringInfoData *buf, LineType line)
{
	words_append(buf, &line_words, line, LANGUAGE_EN);
}

/*
 * Input and output
 */

/* line_type_in(cstring): a label; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_line_type_in);
Datum
kpi_line_type_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	int			line = words_find(&line_words, text);

	if (line < 0)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"line_type", text),
				 errhint("%s", words_hint(&line_words, text))));

	PG_RETURN_LINE_TYPE(line);
}

/* line_type_out(line_type): its English label. */
PG_FUNCTION_INFO_V1(kpi_line_type_out);
Datum
kpi_line_type_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(pstrdup(line_names[PG_GETARG_LINE_TYPE(0)].en));
}

/* line_type_recv(internal): one byte; 22P03 for one that is no line type. */
PG_FUNCTION_INFO_V1(kpi_line_type_recv);
Datum
kpi_line_type_recv(PG_FUNCTION_ARGS)
{
	int			line = pq_getmsgbyte((StringInfo) PG_GETARG_POINTER(0));

	if (line >= LINE_TYPES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid line_type in binary data: 0x%02x", line)));
	PG_RETURN_LINE_TYPE(line);
}

/* line_type_send(line_type): one byte. */
PG_FUNCTION_INFO_V1(kpi_line_type_send);
Datum
kpi_line_type_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, PG_GETARG_LINE_TYPE(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* label(line_type, language): in that language; 22023 for another. */
PG_FUNCTION_INFO_V1(kpi_line_type_label);
Datum
kpi_line_type_label(PG_FUNCTION_ARGS)
{
	Language	language = words_language(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	StringInfoData buf;

	initStringInfo(&buf);
	words_append(&buf, &line_words, PG_GETARG_LINE_TYPE(0), language);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(buf.data, buf.len));
}
