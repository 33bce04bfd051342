/*-------------------------------------------------------------------------
 *
 * outcome.h
 *		The type outcome: what a call, or a lead, came to.
 *
 * An outcome is a set of milestones and attributes in the low 31 bits of an
 * int4.  Milestones hold the high bits, in the order in which a campaign
 * reaches them, so that comparing two sets as integers compares their furthest
 * milestones first; with the sign bit clear, the server's functions for int4
 * compare and hash them.
 *
 * Stored values hold these bits, so that they never change.  Those that are
 * free stand where a member may yet be wanted: for attributes after the last
 * one, for milestones between those of today.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_OUTCOME_H
#define KPI_OUTCOME_H

#include "fmgr.h"

#include "base/compat.h"
#include "base/words.h"

typedef uint32 outcome;

#define OUTCOME_FAILED			((outcome) 1 << 0)
#define OUTCOME_NO_ANSWER		((outcome) 1 << 1)
#define OUTCOME_BUSY			((outcome) 1 << 2)
#define OUTCOME_MACHINE			((outcome) 1 << 3)
#define OUTCOME_INVALID_NUMBER	((outcome) 1 << 4)
#define OUTCOME_ABANDONED		((outcome) 1 << 5)
#define OUTCOME_WRONG_PARTY		((outcome) 1 << 6)
#define OUTCOME_GATEKEEPER		((outcome) 1 << 7)
#define OUTCOME_OFF_TARGET		((outcome) 1 << 8)
#define OUTCOME_UNUSABLE		((outcome) 1 << 9)
#define OUTCOME_REFUSED			((outcome) 1 << 10)
#define OUTCOME_DO_NOT_CALL		((outcome) 1 << 11)
#define OUTCOME_CALLBACK		((outcome) 1 << 12)
#define OUTCOME_UNDECIDED		((outcome) 1 << 13)
#define OUTCOME_NO_SHOW			((outcome) 1 << 14)
#define OUTCOME_CANCELLED		((outcome) 1 << 15)
#define OUTCOME_CLOSED			((outcome) 1 << 16)
#define OUTCOME_ATTEMPTED		((outcome) 1 << 19)
#define OUTCOME_ANSWERED		((outcome) 1 << 20)
#define OUTCOME_CONTACT			((outcome) 1 << 22)
#define OUTCOME_ARGUED			((outcome) 1 << 23)
#define OUTCOME_APPOINTMENT		((outcome) 1 << 25)
#define OUTCOME_HELD			((outcome) 1 << 26)
#define OUTCOME_SALE			((outcome) 1 << 27)
#define OUTCOME_VALIDATED		((outcome) 1 << 29)

#define OUTCOME_BITS			31
#define OUTCOME_MEMBERS			25	/* the bits that have a meaning */

#define DatumGetOutcome(d)		((outcome) DatumGetUInt32(d))
#define OutcomeGetDatum(o)		UInt32GetDatum(o)
#define PG_GETARG_OUTCOME(n)	DatumGetOutcome(PG_GETARG_DATUM(n))
#define PG_RETURN_OUTCOME(o)	return OutcomeGetDatum(o)

/* Does the set hold every member of the other? */
static inline bool
outcome_has(outcome set, outcome members)
{
	return (set & members) == members;
}

/* Reads a list of labels joined by '+'; false where a label is unknown. */
extern bool outcome_parse(const char *text, outcome *result, char **unknown);

/* The same, as the type's input: 22P02, soft where the context takes it so. */
extern bool outcome_input(const char *text, struct Node *escontext,
						  outcome *result);

/* Appends the shortest list of labels that makes the set. */
extern void outcome_append(StringInfo buf, outcome set, Language language);

/* Is the set one that labels can make? */
extern bool outcome_valid(outcome set);

/*
 * Where a lead stands: of the single labels whose sets the set holds, the
 * furthest in the order of outcomes, among those that are closed where the set
 * is closed, and open where it is open; but "appointment" only where nobody
 * refused, and "exhausted" only where nothing else closes the set.  So it is
 * one label for every valid set, and tells net, cancelled and pending sales,
 * and open, lost and missed appointments, apart as the KPIs do.
 */
extern outcome outcome_status(outcome set);

/* What to tell somebody who wrote a label that is not one. */
extern char *outcome_hint(const char *unknown);

/* Reads the name, English or French, of one milestone or attribute. */
extern bool outcome_member(const char *text, outcome *result);

/* The names of all milestones and attributes. */
extern Words *outcome_member_words(void);

#endif							/* KPI_OUTCOME_H */
