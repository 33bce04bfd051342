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
extern const Tally *journeys_tally(Journeys *journeys);

/* The state of leads of which there is nothing but that tally; NULL without leads. */
extern Journeys *journeys_of(MemoryContext context, const Tally *tally);

/* Adds a row to its lead, which is of the type that the state began with. */
extern void journeys_row(Journeys *journeys, Datum lead, outcome set);

/* Asks for the memory of a lead's place, where that is quickly found. */
extern void journeys_fetch(const Journeys *journeys, Datum lead);

/*
 * What a transition function over (state, outcome, lead, ...) does: the
 * aggregate's context, and the state with the row added; a row whose outcome or
 * lead is NULL is skipped, so that the state may still be NULL.
 */
extern MemoryContext journeys_context(FunctionCallInfo fcinfo, const char *function);
extern Journeys *journeys_accum(FunctionCallInfo fcinfo, MemoryContext context);

/*
 * Keeps with the state what its final function is asked for, the same on every
 * row of a group (22023); false where no row has asked.
 */
extern void journeys_ask(Journeys *journeys, uint64 has, uint64 of);
extern bool journeys_asked(const Journeys *journeys, uint64 *has, uint64 *of);

#endif							/* KPI_JOURNEY_H */
