/*-------------------------------------------------------------------------
 *
 * number.h
 *		What libphonenumber says of a phone number.
 *
 * The border between C and C++.  number.cpp includes nothing of PostgreSQL's,
 * so that no error of the server's can jump over its frames, and no exception
 * gets out of it; phone.c turns what it returns into results and errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_NUMBER_H
#define KPI_NUMBER_H

#include <stddef.h>

#include "type/line.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* Longer texts, in bytes, are no phone numbers, and are not looked at. */
#define NUMBER_MAX_TEXT		250

/* Room for a number in E.164, and for a message. */
#define NUMBER_TEXT_SIZE	128

typedef enum NumberStatus
{
	NUMBER_READ,
	NUMBER_UNKNOWN_REGION,
	NUMBER_NO_MEMORY,
	NUMBER_FAILED				/* text is the reason */
} NumberStatus;

typedef struct Number
{
	LineType	line;
	char		text[NUMBER_TEXT_SIZE];
} Number;

/*
 * Reads a phone number in UTF-8 as somebody in the region writes it.  Sets the
 * line, and where with_e164, the text of a valid number to its E.164 form.
 */
extern NumberStatus kpi_phone_read(const char *phone, size_t phone_length,
								   const char *region, size_t region_length,
								   int with_e164, Number *number);

#ifdef __cplusplus
}
#endif

#endif							/* KPI_NUMBER_H */
