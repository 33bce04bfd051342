/*-------------------------------------------------------------------------
 *
 * raise.h
 *		Expressions that may raise an error for some of their values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_RAISE_H
#define KPI_RAISE_H

#include "nodes/nodes.h"

/* May it, an expression or a list of them?  True where that is not known. */
extern bool may_raise(Node *node);

#endif							/* KPI_RAISE_H */
