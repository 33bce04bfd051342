/*-------------------------------------------------------------------------
 *
 * catalogue.h
 *		The KPIs: what each divides by what, and how its value is read.
 *
 * catalogue.dat declares all that is named here; no code tells KPIs or
 * quantities apart by their names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_CATALOGUE_H
#define KPI_CATALOGUE_H

#include "fmgr.h"
#include "utils/numeric.h"

#include "base/words.h"
#include "state/duration.h"
#include "state/tally.h"

/* The columns of durations and of amounts. */
typedef enum TimeColumn
{
#define TIME_COLUMN(name) TIME_##name,
#include "catalogue/catalogue.gen.h"
	TIME_COLUMNS
} TimeColumn;

typedef enum MoneyColumn
{
#define MONEY_COLUMN(name) MONEY_##name,
#include "catalogue/catalogue.gen.h"
	MONEY_COLUMNS
} MoneyColumn;

extern const char *const time_column_names[TIME_COLUMNS];
extern const char *const money_column_names[MONEY_COLUMNS];

/* What can be counted or added up: measures of outcomes and lines first. */
typedef enum Quantity
{
	Q_none,
#define MEASURE(name, condition, en, fr) Q_##name,
#define LINE_MEASURE(name, condition, en, fr) Q_##name,
#define QUANTITY(name, kind, column, reading) Q_##name,
#include "catalogue/catalogue.gen.h"
	QUANTITIES
} Quantity;

typedef enum QuantityKind
{
	QUANTITY_MEASURE,			/* rows of outcomes */
	QUANTITY_LINE,				/* rows of lines */
	QUANTITY_TIME,
	QUANTITY_MONEY
} QuantityKind;

/* What is read of a column. */
typedef enum Reading
{
	READ_SUM,
	READ_ROWS,					/* with a value */
	READ_POSITIVE,				/* rows with more than zero */
	READ_MEAN					/* the one value of a constant column */
} Reading;

typedef struct QuantityInfo
{
	const char *name;
	QuantityKind kind;
	int			column;			/* a TimeColumn or a MoneyColumn */
	Reading		reading;
} QuantityInfo;

extern const QuantityInfo quantity_table[QUANTITIES];

typedef enum FamilyNumber
{
#define FAMILY(code, en, fr) FAMILY_##code,
#include "catalogue/catalogue.gen.h"
	FAMILIES
} FamilyNumber;

typedef enum KpiResult
{
#define UNIT(name, en, fr, decimals) RESULT_##name,
#include "catalogue/catalogue.gen.h"
	RESULTS
} KpiResult;

/* A code with its labels. */
typedef struct KpiLabel
{
	const char *code;
	const char *en;
	const char *fr;
	int			decimals;		/* of values that reports show, of a unit */
} KpiLabel;

extern const KpiLabel kpi_families[FAMILIES];
extern const KpiLabel kpi_results[RESULTS];

/* What a KPI is of, and the section of a scorecard that has it. */
typedef enum KpiUnit
{
	UNIT_CALL,
	UNIT_LEAD,
	UNIT_LINE,
	UNIT_TIME,
	UNIT_MONEY,
	KPI_UNITS
} KpiUnit;

extern const KpiLabel kpi_units[KPI_UNITS];

/* What the aggregate over rows keeps. */
typedef enum KpiState
{
	STATE_OUTCOME,				/* a tally of outcomes */
	STATE_LINE,					/* a tally of lines */
	STATE_TIME,					/* sums of durations */
	STATE_MONEY,				/* sums of amounts */
	STATE_VOLUME				/* an amount or a count, and durations */
} KpiState;

#define KPI_COLUMNS	4

typedef struct Kpi
{
	const char *name;
	FamilyNumber family;
	KpiUnit		of;
	KpiResult	result;
	KpiState	state;
	Quantity	numerator;
	Quantity	second;			/* added to the numerator, or Q_none */
	int			sign;			/* -1 where the second is subtracted */
	Quantity	denominator;	/* or Q_none */
	Quantity	columns[KPI_COLUMNS];	/* of the aggregate over rows */
	int			better;			/* 1 higher, -1 lower, 0 neither */
	double		average;		/* benchmarks, or zero */
	double		best;
	const char *label_en;
	const char *label_fr;
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

/* The KPI's names, for a hint about one that is none. */
extern Words kpi_words;

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
 * The numerator and the denominator; without a denominator, it is 1.  A sum
 * is known only where both of its parts are.  A duration that something is
 * counted per is in microseconds.
 */
extern void kpi_figures(const Kpi *kpi, FigureSource look, const void *source,
						Figure *numerator, Figure *denominator);

/* The KPI's value, of its result's type; NULL where there is none. */
extern Datum kpi_value(const Kpi *kpi, FigureSource look, const void *source,
					   bool *isnull);

extern Numeric figure_numeric(const Figure *figure);
extern Figure number_figure(int64 number);
extern Figure amount_figure(Numeric amount);
extern Figure unknown_figure(void);

/* What is read of a column of durations; a sum is known where a row had a value. */
extern Figure duration_figure(const DurationColumn *column, Reading reading);

/* A condition on outcomes, or on line types. */
typedef bool (*Measure) (uint32 key);

/* How many of the tally's outcomes belong to a measure. */
extern int64 measure_count(Quantity measure, const Tally *tally);

/* Does the outcome belong to it? */
extern bool measure_holds(Quantity measure, uint32 key);

/*
 * Something that an outcome can be asked for by name: a measure, or else a
 * member of the set.  22023 for a name that is none, with the closest.
 */
typedef struct Asked
{
	Quantity	measure;		/* or Q_none */
	uint32		member;
} Asked;

extern Asked asked_parse(const char *name);

static inline bool
asked_holds(const Asked *asked, uint32 set)
{
	return asked->measure != Q_none ? measure_holds(asked->measure, set) :
		(set & asked->member) != 0;
}

#endif							/* KPI_CATALOGUE_H */
