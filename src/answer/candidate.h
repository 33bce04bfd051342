/*-------------------------------------------------------------------------
 *
 * candidate.h
 *		The roll-ups that may answer for a table, as a session remembers them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_CANDIDATE_H
#define KPI_CANDIDATE_H

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"
#include "utils/snapshot.h"

#include "rollup/rollup.h"

/* Where in a card something is kept. */
typedef enum HoldKind
{
	HOLD_TALLY,					/* number is one of CARD_TALLIES */
	HOLD_TIME,					/* a TimeColumn */
	HOLD_MONEY,					/* a MoneyColumn */
	HOLD_MIX,					/* one of CARD_MIXES */
	HOLD_DELAYS					/* by a name */
} HoldKind;

/* As MIXES_SECTION of the catalogue has it: a mix, of which rows, with an amount or not. */
typedef struct SectionMix
{
	int			mix;
	bool		(*measure) (uint32 set);
	bool		amount;
} SectionMix;

/* What a card keeps, and of which rows. */
typedef struct Hold
{
	HoldKind	kind;
	int			number;
	char	   *name;			/* of delays */
	List	   *arguments;
	Expr	   *filter;			/* or NULL */
	bool		mixed;			/* other rows, or other arguments, are kept there, too */
	bool		coded;			/* is kept as for any code */
} Hold;

typedef struct CandidateKey
{
	Expr	   *expr;			/* over range table entry 1 */
	char	   *name;
	AttrNumber	attno;			/* of the cells */
	bool		exact;			/* equal values are the same to the last bit */
} CandidateKey;

typedef struct Candidate
{
	Oid			source;
	Oid			view;			/* that defines it */
	Oid			name;
	Oid			cells;
	Oid			owner;
	char	   *problem;		/* why it cannot answer, whatever is asked; or NULL */
	char	   *settings[ROLLUP_SETTINGS];
	bool		has_settings;	/* its expressions read them */
	int			forms;			/* RollupForms that they read */
	bool		mapped;			/* its card is of what codes stand for */
	Oid			leads;			/* what leads come to, by the keys without the first; or InvalidOid */
	bool		by_codes;		/* they are kept by the codes that they had, and not given */
	bool		calls;			/* is the tally of calls there, too? */
	List	   *keys;			/* of CandidateKey */
	List	   *holds;			/* of Hold */
} Candidate;

/* Does the table have a trigger of roll-ups?  As cheap as can be. */
extern bool candidates_possible(Oid relation);

/* The roll-ups of a table, sound or not, in the current memory context. */
extern List *candidates_of(Oid source);

/* Is that still so? */
extern bool candidates_current(Oid source);

/*
 * NULL where a roll-up answers for its source under a snapshot to who reads
 * the source with that role's rights; else why not.  All is asked that may
 * change without the plan's being made anew.  Lookups are those of codes that
 * the query makes: source and code, over the cells, and whether it is strict.
 */
extern const char *candidate_refuses(Oid source, Oid view, Oid reader, Snapshot snapshot, const List *lookups);

/* What its cells say that it has not, and would be refused for; NULL for nothing. */
extern const char *candidate_misses(const Candidate *candidate, Snapshot snapshot, const List *lookups);

/* The same, of what depends on who asks and how. */
extern const char *candidate_refuses_reader(const Candidate *candidate, Oid reader);

/*
 * Keeps a source and its partitions open, as who reads them does: what may not
 * be done to a table meanwhile, such as TRUNCATE, the server refuses.  Until it
 * is released, or, after an error, its resource owner is.
 */
typedef struct Held Held;

extern Held *candidate_hold(Oid source);
extern void candidate_release(Held *held);

#endif							/* KPI_CANDIDATE_H */
