/*-------------------------------------------------------------------------
 *
 * node.h
 *		The plan node that answers for a table from a roll-up's cells.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_NODE_H
#define KPI_NODE_H

#include "nodes/extensible.h"

#include "answer/match.h"

/* The name of the node in EXPLAIN. */
#define ANSWER_NAME	"KpiRollup"

/*
 * What a path of it is told, its custom_private.  Its first path gives the
 * groups of the cells: keys, then for each part the number of rows, and, where
 * it is needed, what was added and what was removed.  Its second is the one
 * that would do without the roll-up.
 */
extern List *answer_path_private(const Question *question, const Candidate *candidate, const Answer *answer, Oid reader);

extern const CustomPathMethods answer_path_methods;

/* Makes the node known to the server, once. */
extern void answer_register(void);

#endif							/* KPI_NODE_H */
