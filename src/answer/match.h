/*-------------------------------------------------------------------------
 *
 * match.h
 *		Does a roll-up hold what a query asks of its source?
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_MATCH_H
#define KPI_MATCH_H

#include "nodes/pathnodes.h"

#include "answer/candidate.h"

/* An aggregation of one table, in terms of that. */
typedef struct Question
{
	PlannerInfo *root;
	Index		rti;			/* of the table */
	List	   *conditions;		/* on rows */
	List	   *keys;			/* expressions that it is grouped by */
	List	   *target;			/* of groups */
	List	   *having;
	List	   *aggregates;
} Question;

/* What the value of an aggregate is made of. */
typedef enum ValueKind
{
	VALUE_ROWS,					/* the number of rows */
	VALUE_TALLY,				/* states: columns[0] says which tally */
	VALUE_DURATIONS,			/* of TimeColumns */
	VALUE_MONEY,				/* of MoneyColumns */
	VALUE_MIX,					/* columns[0] says which mix */
	VALUE_DELAYS,				/* of a name */
	VALUE_JOURNEYS,				/* of leads */
	VALUE_CARD,					/* a scorecard that is a state: of mixes, or of delays */
	VALUE_COUNT_TALLY,			/* rows: of a tally */
	VALUE_COUNT_TIME			/* of a TimeColumn */
} ValueKind;

/*
 * Integers and a name, since plans are made of nodes: kind, the part that it
 * is read of, the columns.
 */
typedef struct MatchValue
{
	ValueKind	kind;
	int			part;
	List	   *columns;		/* of integers */
	char	   *name;			/* of delays, or NULL */
} MatchValue;

/* A time that has to be a bound of the grain when the query is run. */
typedef struct Promise
{
	Expr	   *bound;
	Oid			type;
	int			unit;
	bool		next;
} Promise;

/*
 * How it is answered.  Expressions are over the cells, which are range table
 * entry 1.  A part is the cells that a FILTER leaves, or all of them (NULL).
 *
 * What leads come to is read by the roll-up's own keys.  Then the columns are
 * those, the card, and the number of rows, and each is the one of a cell.
 */
typedef struct Answer
{
	bool		by_leads;
	List	   *conditions;
	List	   *keys;
	List	   *parts;			/* of expressions */
	List	   *with_card;		/* of integers: does a part need its card? */
	List	   *values;			/* of MatchValue, for each aggregate */
	List	   *readings;		/* of cards, as made of codes: sections, outcome and condition */
	List	   *lookups;		/* of codes: source, code, and whether it is strict */
	List	   *promises;		/* of Promise */
	List	   *functions;		/* OIDs of those that the query calls */
} Answer;

/* NULL, and the answer; or why a roll-up does not hold it. */
extern char *match_question(const Question *question, const Candidate *candidate, Answer *answer);

#endif							/* KPI_MATCH_H */
