/*-------------------------------------------------------------------------
 *
 * raise.h
 *		Expressions that may raise an error for some of their values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_RAISE_H
#define KPI_RAISE_H

#include "answer/candidate.h"

/*
 * May it, an expression over a roll-up's cells or a list of them, where some
 * conditions hold?  True where that is not known.
 */
extern bool may_raise(Node *node, const Candidate *candidate, const List *conditions);

#endif							/* KPI_RAISE_H */
