/*-------------------------------------------------------------------------
 *
 * compat.h
 *		Every difference between the server majors that kpi builds on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_COMPAT_H
#define KPI_COMPAT_H

#include "fmgr.h"

#if PG_VERSION_NUM < 130000
#error "kpi needs PostgreSQL 13 or newer"
#endif

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#endif

/*
 * Input functions report a user's mistake into fcinfo->context where the
 * server has soft errors (16 and newer), and raise it elsewhere.
 */
#if PG_VERSION_NUM < 160000
struct Node;
#define ereturn(escontext, dummy, ...) \
	do { \
		(void) (escontext); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy; \
	} while (0)
#endif

#endif							/* KPI_COMPAT_H */
