/*-------------------------------------------------------------------------
 *
 * phone.c
 *		Phone numbers: their line, their validity, their international form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "base/compat.h"

#include "number.h"

PG_MODULE_MAGIC;

/*
 * Reads the number that is a function's first argument, in the region that is
 * its second; 22023 for an unknown region.
 */
static void
read_number(FunctionCallInfo fcinfo, bool with_e164, Number *number)
{
	text	   *phone = PG_GETARG_TEXT_PP(0);
	text	   *region = PG_GETARG_TEXT_PP(1);
	char	   *utf8 = VARDATA_ANY(phone);
	size_t		length = VARSIZE_ANY_EXHDR(phone);

	/*
	 * In SQL_ASCII nobody knows what the bytes mean: they are UTF-8, or no
	 * number.  Old versions of libphonenumber read what is not UTF-8.
	 */
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		if (!pg_verify_mbstr(PG_UTF8, utf8, length, true))
			length = 0;
	}
	else if (GetDatabaseEncoding() != PG_UTF8 && length <= NUMBER_MAX_TEXT)
	{
		utf8 = pg_server_to_any(utf8, length, PG_UTF8);
		if (utf8 != VARDATA_ANY(phone))
			length = strlen(utf8);
	}

	switch (kpi_phone_read(utf8, length,
						   VARDATA_ANY(region), VARSIZE_ANY_EXHDR(region),
						   with_e164, number))
	{
		case NUMBER_READ:
			break;
		case NUMBER_UNKNOWN_REGION:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown region: \"%s\"", text_to_cstring(region)),
					 errhint("A region is the two-letter ISO code of a country, such as FR, or GB for the United Kingdom.")));
			break;
		case NUMBER_NO_MEMORY:
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory"),
					 errdetail("There is not enough for libphonenumber.")));
			break;
		case NUMBER_FAILED:
			ereport(ERROR,
					(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
					 errmsg("could not read a phone number: %s", number->text)));
			break;
	}
}

/* line_type(phone, region): its line; invalid where it is not valid. */
PG_FUNCTION_INFO_V1(kpi_phone_line_type);
Datum
kpi_phone_line_type(PG_FUNCTION_ARGS)
{
	Number		number;

	read_number(fcinfo, false, &number);
	PG_RETURN_LINE_TYPE(number.line);
}

/* valid_phone(phone, region): is it a number that can exist? */
PG_FUNCTION_INFO_V1(kpi_phone_valid);
Datum
kpi_phone_valid(PG_FUNCTION_ARGS)
{
	Number		number;

	read_number(fcinfo, false, &number);
	PG_RETURN_BOOL(number.line != LINE_INVALID);
}

/* e164(phone, region): its international form; NULL where it is not valid. */
PG_FUNCTION_INFO_V1(kpi_phone_e164);
Datum
kpi_phone_e164(PG_FUNCTION_ARGS)
{
	Number		number;

	read_number(fcinfo, true, &number);
	if (number.line == LINE_INVALID)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(number.text));
}
