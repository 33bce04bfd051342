/*-------------------------------------------------------------------------
 *
 * line.h
 *		The type line_type: what kind of phone line a number belongs to.
 *
 * A line type is one byte, passed by value, whose Datum is its number below.
 * Stored values and other extensions hold the numbers, so that they never
 * change.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_LINE_H
#define KPI_LINE_H

typedef enum LineType
{
	LINE_MOBILE = 0,
	LINE_FIXED = 1,
	LINE_FIXED_OR_MOBILE = 2,	/* where numbers do not tell, as in the US */
	LINE_VOIP = 3,
	LINE_SPECIAL = 4,			/* premium, shared cost, toll free, pager ... */
	LINE_UNKNOWN = 5,			/* a valid number of no known kind */
	LINE_INVALID = 6			/* no number that can exist */
} LineType;

#define LINE_TYPES	7

#define DatumGetLineType(d)		((LineType) DatumGetUInt8(d))
#define LineTypeGetDatum(l)		UInt8GetDatum(l)
#define PG_GETARG_LINE_TYPE(n)	DatumGetLineType(PG_GETARG_DATUM(n))
#define PG_RETURN_LINE_TYPE(l)	return LineTypeGetDatum(l)

/* The line type of a name, or -1. */
extern int	line_type_find(const char *text);

/* Appends its English name. */
struct StringInfoData;
extern void line_type_append(struct StringInfoData *buf, LineType line);

#endif							/* KPI_LINE_H */
