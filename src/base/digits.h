/*-------------------------------------------------------------------------
 *
 * digits.h
 *		The digits of a numeric, read where they lie.
 *
 * The server's own arithmetic raises an error where a result has too many
 * digits.  What orders and hashes numbers must not, and asks the digits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_DIGITS_H
#define KPI_DIGITS_H

#include "utils/numeric.h"

/*
 * The number is digits[0].digits[1]... in base 10000, times 10000 to the
 * weight; zero has no digits.
 */
typedef struct Digits
{
	bool		negative;
	int			weight;
	int			n;
	const uint16 *digits;
} Digits;

/*
 * Reads a numeric that is not packed, as long as it is.  False where it is not
 * a finite number, or its bytes are none that the server writes.
 */
extern bool digits_read(Numeric number, Digits *digits);

/* -1, 0 or 1 */
static inline int
digits_sign(const Digits *a)
{
	return a->n == 0 ? 0 : a->negative ? -1 : 1;
}

/* Is it a whole number? */
static inline bool
digits_whole(const Digits *a)
{
	return a->n - 1 <= a->weight;
}

/* The order of a * b and c * d, exactly; signs are left out. */
extern int digits_order_products(const Digits *a, const Digits *b,
								 const Digits *c, const Digits *d);

/*
 * The residue of a / b by a prime below 2^31 that is no divisor of ten, signs
 * left out: the same for equal quotients, however they are written.  The prime
 * itself where the quotient has none.  b is not zero.
 */
extern uint32 digits_quotient_residue(const Digits *a, const Digits *b, uint32 prime);

#endif							/* KPI_DIGITS_H */
