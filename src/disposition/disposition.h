/*-------------------------------------------------------------------------
 *
 * disposition.h
 *		Dialers' and CRMs' own codes, looked up in the table kpi_disposition.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_DISPOSITION_H
#define KPI_DISPOSITION_H

#include "fmgr.h"

#include "type/outcome.h"

/*
 * The outcome of a source's code, as the active snapshot and the current user
 * see it; false for a code, or a source, that is not there.  The tables are
 * those beside the function, and what is found out about them is kept in the
 * memory, which is NULL before the first of its calls.
 */
extern bool disposition_known(FmgrInfo *function, void **memory, Datum source, Datum code, outcome *result);

/* Has the source, or one that it narrows, any codes? */
extern bool disposition_source_known(FmgrInfo *function, void **memory, Datum source);

#endif							/* KPI_DISPOSITION_H */
