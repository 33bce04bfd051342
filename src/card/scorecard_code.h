/*-------------------------------------------------------------------------
 *
 * scorecard_code.h
 *		Scorecards of rows whose outcome is not known yet, but is the same.
 *
 * Where all rows of a scorecard have one code, the scorecard can be made with
 * any outcome in place of the one that the code stands for, and be given that
 * when it is read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_SCORECARD_CODE_H
#define KPI_SCORECARD_CODE_H

#include "card/scorecard.h"
#include "type/outcome.h"

/* What an aggregate that makes scorecards takes, and makes. */
typedef struct CardMaker
{
	const char *name;
	uint32		sections;		/* a mask of SECTION_ bits */
	bool		of_outcome;		/* its first argument is an outcome */
	outcome		any;			/* one of which it leaves nothing out; else 0 */
} CardMaker;

/* The maker of that name; NULL where it is none, or is of many rows at once. */
extern const CardMaker *card_maker(const char *name);

/* The names of sections, with commas, as the functions that read them take it. */
extern char *card_sections_text(uint32 sections);

#endif							/* KPI_SCORECARD_CODE_H */
