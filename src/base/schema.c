/*-------------------------------------------------------------------------
 *
 * schema.c
 *		The schema in which users find kpi.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "base/schema.h"

/* The extension does not move, but may be dropped and made anew elsewhere. */
Oid
kpi_schema(Oid function)
{
	static Oid	known_function = InvalidOid;
	static Oid	known_schema = InvalidOid;
	Relation	extensions;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (function == known_function && OidIsValid(function))
		return known_schema;

	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(get_extension_oid("kpi", false)));
	scan = systable_beginscan(extensions, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for extension kpi");
	known_schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	known_function = function;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return known_schema;
}
