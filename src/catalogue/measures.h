/*-------------------------------------------------------------------------
 *
 * measures.h
 *		The conditions that catalogue.dat declares, as functions of an outcome
 *		or of a line type: is_NAME(set).
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_MEASURES_H
#define KPI_MEASURES_H

#include "type/line.h"
#include "type/outcome.h"

#define HAS(member) ((set & OUTCOME_##member) != 0)
#define LINE(type) (set == LINE_##type)
#define MEASURE(name, condition, en, fr) \
static inline bool \
is_##name(uint32 set pg_attribute_unused()) \
{ \
	return condition; \
}
#define LINE_MEASURE MEASURE
#include "catalogue/catalogue.gen.h"
#undef HAS
#undef LINE

#endif							/* KPI_MEASURES_H */
