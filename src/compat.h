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
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

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

/* Infinite numerics exist from 14 on. */
static inline bool
numeric_is_finite(Numeric number)
{
#if PG_VERSION_NUM >= 140000
	return !numeric_is_nan(number) && !numeric_is_inf(number);
#else
	return !numeric_is_nan(number);
#endif
}

/* Reads a numeric; false after a soft error. */
static inline bool
numeric_input(char *text, fmNodePtr escontext, Datum *result)
{
#if PG_VERSION_NUM >= 160000
	return DirectInputFunctionCallSafe(numeric_in, text, InvalidOid, -1,
									   escontext, result);
#else
	(void) escontext;
	*result = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
								  ObjectIdGetDatum(InvalidOid),
								  Int32GetDatum(-1));
	return true;
#endif
}

#endif							/* KPI_COMPAT_H */
