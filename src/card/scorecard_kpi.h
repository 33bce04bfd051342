/*-------------------------------------------------------------------------
 *
 * scorecard_kpi.h
 *		The KPIs of a scorecard.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_SCORECARD_KPI_H
#define KPI_SCORECARD_KPI_H

#include "card/scorecard.h"
#include "type/ratio.h"

typedef struct CardKpi
{
	Numeric		numerator;		/* durations in seconds, or in hours for a KPI */
	Numeric		denominator;	/* per hour; 1 for a total */
	Datum		value;			/* of the type of the KPI's result */
	bool		isnull;
	bool		counts;			/* the numerator is a number of things */
} CardKpi;

/* Reads a KPI; false where the card has not the sections that it takes. */
extern bool card_kpi(const Card *card, const Kpi *kpi, CardKpi *result);

/* The KPI of a name; 22023 for one that is none, or no ratio. */
extern const Kpi *card_kpi_name(const char *wanted);

/*
 * The KPI as a ratio of its kind; NULL where a part of it is no finite number.
 */
extern Ratio *card_kpi_ratio(const Kpi *kpi, const CardKpi *result);

#endif							/* KPI_SCORECARD_KPI_H */
