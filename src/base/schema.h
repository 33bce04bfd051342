/*-------------------------------------------------------------------------
 *
 * schema.h
 *		The schema in which users find kpi.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_SCHEMA_H
#define KPI_SCHEMA_H

/*
 * The schema of the extension that the function belongs to, which may itself
 * be in kpi_internal; 42704 where the extension is not there.
 */
extern Oid	kpi_schema(Oid function);

/* The schema of what kpi is made of. */
#define KPI_INTERNAL	"kpi_internal"

#endif							/* KPI_SCHEMA_H */
