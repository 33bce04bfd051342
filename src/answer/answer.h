/*-------------------------------------------------------------------------
 *
 * answer.h
 *		Roll-ups that answer for their tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_ANSWER_H
#define KPI_ANSWER_H

#include "nodes/pg_list.h"

/* What is said of a roll-up, about a question that its table is asked. */
typedef struct Advice
{
	Oid			table;
	Oid			rollup;			/* the view that is read */
	bool		answers;
	char	   *reason;			/* why it does not, or how */
} Advice;

/* While this is not NULL, all that is planned adds to it, in that context. */
extern List **answer_advice;
extern MemoryContext answer_advice_context;

/* The setting, and the hook; called when the library is loaded. */
extern void answer_init(void);

#endif							/* KPI_ANSWER_H */
