/*-------------------------------------------------------------------------
 *
 * catalogue.h
 *		The KPIs: what each divides by what, and how its value is read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_CATALOGUE_H
#define KPI_CATALOGUE_H

#include "fmgr.h"
#include "utils/numeric.h"

#include "state/tally.h"

/* What can be counted or added up: measures of outcomes and lines first. */
typedef enum Quantity
{
	Q_none,
#define MEASURE(name, condition, words) Q_##name,
#define QUANTITY(name) Q_##name,
#include "catalogue/catalogue.gen.h"
} Quantity;

typedef enum KpiResult
{
	RESULT_COUNT,				/* bigint */
	RESULT_FRACTION,			/* double precision, as all the next */
	RESULT_PER_HOUR,
	RESULT_PER_DAY,
	RESULT_PER_FTE,
	RESULT_INTERVAL,			/* interval: a total, or a mean per row */
	RESULT_AMOUNT				/* numeric: a total, or a mean */
} KpiResult;

/* Whose outcomes or lines a KPI counts. */
typedef enum KpiUnit
{
	UNIT_NONE,
	UNIT_CALL,
	UNIT_LEAD,
	UNIT_LINE
} KpiUnit;

#define KPI_COLUMNS	3

typedef struct Kpi
{
	const char *name;
	const char *family;
	const char *label_en;
	const char *label_fr;
	KpiResult	result;
	KpiUnit		unit;
	Quantity	numerator;
	Quantity	second;			/* added to the numerator, or Q_none */
	int			sign;			/* -1 where the second is subtracted */
	Quantity	denominator;	/* or Q_none */
	Quantity	columns[KPI_COLUMNS];	/* of the aggregate over rows */
	double		average;		/* benchmarks, or zero */
	double		best;
} Kpi;

/* Their places in the table, KPI_ and their names. */
typedef enum KpiNumber
{
#define DEFINITION(name, ...) KPI_##name,
#include "catalogue/catalogue.gen.h"
	KPI_COUNT
} KpiNumber;

extern const Kpi kpi_table[KPI_COUNT];

/* The KPI of a name, or NULL. */
extern const Kpi *kpi_find(const char *name);

/*
 * The value of a quantity over some rows: a whole number, which for a
 * duration is in microseconds, or an amount.
 */
typedef struct Figure
{
	bool		known;			/* false where no row had a value */
	int64		number;
	Numeric		amount;			/* NULL where it is a whole number */
} Figure;

/* Where the quantities of a KPI come from. */
typedef Figure (*FigureSource) (const void *source, const Kpi *kpi, Quantity quantity);

/*
 * The numerator and the denominator; without a denominator, it is 1.  A part
 * of the numerator that no row knows is left out.
 */
extern void kpi_figures(const Kpi *kpi, FigureSource look, const void *source,
						Figure *numerator, Figure *denominator);

/* The KPI's value, of its result's type; NULL where there is none. */
extern Datum kpi_value(const Kpi *kpi, FigureSource look, const void *source,
					   bool *isnull);

extern Numeric figure_numeric(const Figure *figure);
extern Figure number_figure(int64 number);
extern Figure amount_figure(Numeric amount);

/* How many of the tally's outcomes belong to a measure. */
extern int64 measure_count(Quantity measure, const Tally *tally);

#endif							/* KPI_CATALOGUE_H */
