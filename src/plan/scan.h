/*-------------------------------------------------------------------------
 *
 * scan.h
 *		The plan node that reads a table and keeps the states itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_SCAN_H
#define KPI_SCAN_H

#include "nodes/pathnodes.h"

/* The name of the node in EXPLAIN. */
#define SCAN_NAME	"KpiScan"

/*
 * What a path of it is told, its custom_private: a list of the group keys, of
 * the operators that they are equal by, of what is computed of them and of the
 * aggregates, and of the conditions on groups; and whether it gives states,
 * for the executor to combine.
 */
#define scan_path_private(keys, operators, target, having, partial) \
	lappend(list_make4(keys, operators, target, having), makeInteger(partial))

extern const CustomPathMethods scan_path_methods;

/* The setting, and the planner's hook; called when the library is loaded. */
extern void scan_init(void);

/* Makes the node known to the server, once. */
extern void scan_register(void);

/* The aggregates in these expressions, each once. */
extern List *aggregates_of(List *expressions);

#endif							/* KPI_SCAN_H */
