/*-------------------------------------------------------------------------
 *
 * journey.h
 *		The state of the lead KPIs: what each lead came to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_JOURNEY_H
#define KPI_JOURNEY_H

#include "state/tally.h"
#include "type/outcome.h"

typedef struct Journeys Journeys;

/* The tally of the leads' journeys, one count per lead; NULL without leads. */
extern const Tally *journeys_tally(const Journeys *journeys);

#endif							/* KPI_JOURNEY_H */
