/*-------------------------------------------------------------------------
 *
 * money.h
 *		Exact sums of amounts, as the server's sum(numeric) makes them.
 *
 * A Money holds the sums of several columns, numbered from 0 to 255.  Amounts
 * with the same number of decimals are added up as one scaled integer, so a
 * sum knows how often each number of decimals occurred: it subtracts exactly,
 * to the last zero that sum() would show.
 *
 * A Money is a flat varlena value: some entries, then the carries, which are
 * numerics, of those entries whose sums outgrow the integer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_MONEY_H
#define KPI_MONEY_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/numeric.h"

#ifdef HAVE_INT128
typedef int128 wide_int;
#else
typedef int64 wide_int;
#endif

typedef enum MoneyKind
{
	MONEY_DECIMAL,
	MONEY_NAN,
	MONEY_INFINITY,
	MONEY_MINUS_INFINITY
} MoneyKind;

typedef struct MoneyEntry
{
	uint8		column;
	uint8		kind;			/* a MoneyKind; a special value has rows only */
	uint16		decimals;
	uint32		carry;			/* bytes of its numeric, to be added; or zero */
	int64		rows;
	wide_int	sum;			/* of the amounts times ten to the decimals */
} MoneyEntry;

typedef struct Money
{
	int32		vl_len_;
	uint8		version;		/* MONEY_VERSION */
	uint8		unused;			/* zero */
	uint16		count;
	MoneyEntry	entries[FLEXIBLE_ARRAY_MEMBER];
} Money;

#define MONEY_VERSION	1

/* One from anywhere, checked (XX001), for reading. */
extern Money *money_read(Datum value);
#define PG_GETARG_MONEY_P(n)	money_read(PG_GETARG_DATUM(n))

/* A Money without amounts, in the current memory context. */
extern Money *money_new(void);

/*
 * The state of an aggregate to write into; a new one where it is NULL, a copy
 * where it is not plain, XX001 where it is damaged.
 */
extern Money *money_state(FunctionCallInfo fcinfo);

/* The numeric that a double is written as. */
extern Numeric float8_amount(double value);

/*
 * Adds an amount to a column, or subtracts it where sign is -1.  Updates in
 * place, or returns a larger copy in the current memory context.  Subtracting
 * what was never added is an error (22003).
 */
extern Money *money_add(Money *money, int column, Numeric amount, int sign);

/* Adds every sum of the other, times sign. */
extern Money *money_merge(Money *money, const Money *other, int sign);

/*
 * Adds what so many rows with the same number of decimals make, times sign:
 * their sum is an integer that counts in units of ten to the -decimals.
 */
extern Money *money_add_sum(Money *money, int column, int decimals,
							int64 rows, int64 sum, int sign);

/* A copy in which column i is called names[i]; there are count columns. */
extern Money *money_rename(const Money *money, const int *names, int count);

/* A copy of count columns only, of which column i is what columns[i] is here. */
extern Money *money_select(const Money *money, const int *columns, int count);

/* The number of amounts in a column. */
extern int64 money_rows(const Money *money, int column);

/* The sum of a column as sum(numeric) gives it; NULL without amounts. */
extern Numeric money_sum(const Money *money, int column);

/* The entries in order, without those that were subtracted to nothing. */
extern Money *money_canonical(const Money *money);

/* The sum of one entry as text, all its decimals shown. */
extern char *money_entry_text(const Money *money, int entry);

/*
 * Adds an entry that a text form holds: so many rows, and their sum.  False
 * where it cannot be, or after a soft error.
 */
extern bool money_add_entry(Money **money, int column, int64 rows,
							char *sum, struct Node *escontext);

#endif							/* KPI_MONEY_H */
