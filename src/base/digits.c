/*-------------------------------------------------------------------------
 *
 * digits.c
 *		The digits of a numeric, read where they lie.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "base/digits.h"

/*
 * The server keeps a numeric as a varlena whose first 16 bits are a header.
 * In the short form these hold the sign and the weight of the first digit; in
 * the long form the weight follows in 16 bits of its own.
 */
#define HEADER_KIND(h)		((h) & 0xC000)
#define HEADER_SHORT		0x8000
#define HEADER_SPECIAL		0xC000
#define SHORT_NEGATIVE(h)	(((h) & 0x2000) != 0)
#define SHORT_WEIGHT(h)		((int) ((h) & 0x003F) - (((h) & 0x0040) != 0 ? 0x40 : 0))
#define LONG_NEGATIVE(h)	(((h) & 0x4000) != 0)
#define BASE				10000

bool
digits_read(Numeric number, Digits *result)
{
	Size		size = VARSIZE(number);
	const uint16 *words = (const uint16 *) VARDATA(number);
	int			nwords = (int) ((size - VARHDRSZ) / sizeof(uint16));
	int			header = 1;

	if (size < VARHDRSZ + sizeof(uint16) || size % sizeof(uint16) != 0 ||
		HEADER_KIND(words[0]) == HEADER_SPECIAL)
		return false;
	if (HEADER_KIND(words[0]) == HEADER_SHORT)
	{
		result->negative = SHORT_NEGATIVE(words[0]);
		result->weight = SHORT_WEIGHT(words[0]);
	}
	else
	{
		if (nwords < 2)
			return false;
		result->negative = LONG_NEGATIVE(words[0]);
		result->weight = (int16) words[1];
		header = 2;
	}
	result->digits = words + header;
	result->n = nwords - header;
	for (int i = 0; i < result->n; i++)
	{
		if (result->digits[i] >= BASE)
			return false;
	}

	/* the server strips zeros at both ends; what relies on it sees to it */
	while (result->n > 0 && result->digits[0] == 0)
	{
		result->digits++;
		result->n--;
		result->weight--;
	}
	while (result->n > 0 && result->digits[result->n - 1] == 0)
		result->n--;
	return true;
}

/* So many digits are multiplied without memory from the heap. */
#define FEW_DIGITS	32

/*
 * Writes the digits of a product, a->n + b->n of them; the first may be zero.
 * Returns its weight.
 */
static int
multiply(const Digits *a, const Digits *b, uint16 *product)
{
	memset(product, 0, (a->n + b->n) * sizeof(uint16));
	for (int i = a->n - 1; i >= 0; i--)
	{
		uint32		carry = 0;

		CHECK_FOR_INTERRUPTS();
		for (int j = b->n - 1; j >= 0; j--)
		{
			uint32		value = (uint32) a->digits[i] * b->digits[j] + product[i + j + 1] + carry;

			product[i + j + 1] = value % BASE;
			carry = value / BASE;
		}
		product[i] = carry;
	}
	return a->weight + b->weight + 1;
}

int
digits_order_products(const Digits *a, const Digits *b,
					  const Digits *c, const Digits *d)
{
	uint16		few[2][2 * FEW_DIGITS];
	uint16	   *products[2] = {few[0], few[1]};
	const Digits *factors[2][2] = {{a, b}, {c, d}};
	bool		zero[2] = {a->n == 0 || b->n == 0, c->n == 0 || d->n == 0};
	int			weights[2];
	int			counts[2];
	int			order = 0;

	if (zero[0] || zero[1])
		return (int) zero[1] - (int) zero[0];

	/* the weight of a product is the sum of the weights, or one more */
	weights[0] = a->weight + b->weight;
	weights[1] = c->weight + d->weight;
	if (weights[0] > weights[1] + 1)
		return 1;
	if (weights[1] > weights[0] + 1)
		return -1;

	for (int i = 0; i < 2; i++)
	{
		const Digits *x = factors[i][0];
		const Digits *y = factors[i][1];

		counts[i] = x->n + y->n;
		if (counts[i] > 2 * FEW_DIGITS)
			products[i] = palloc(counts[i] * sizeof(uint16));
		weights[i] = multiply(x, y, products[i]);
	}
	for (int weight = Max(weights[0], weights[1]); order == 0; weight--)
	{
		int			digit[2];

		for (int i = 0; i < 2; i++)
		{
			int			place = weights[i] - weight;

			digit[i] = place >= 0 && place < counts[i] ? products[i][place] : 0;
		}
		order = (digit[0] > digit[1]) - (digit[0] < digit[1]);
		if (weights[0] - weight >= counts[0] && weights[1] - weight >= counts[1])
			break;
	}
	for (int i = 0; i < 2; i++)
	{
		if (products[i] != few[i])
			pfree(products[i]);
	}
	return order;
}

static uint32
power_residue(uint64 base, uint32 exponent, uint32 prime)
{
	uint64		result = 1;

	for (base %= prime; exponent > 0; exponent >>= 1)
	{
		if (exponent & 1)
			result = result * base % prime;
		base = base * base % prime;
	}
	return (uint32) result;
}

/* By Fermat, a to the prime less two is the inverse of a. */
static uint32
inverse_residue(uint32 a, uint32 prime)
{
	return power_residue(a, prime - 2, prime);
}

static uint32
residue(const uint16 *digits, int n, uint32 prime)
{
	uint64		rest = 0;

	for (int i = 0; i < n; i++)
		rest = (rest * BASE + digits[i]) % prime;
	return (uint32) rest;
}

/* The digits divided by a prime that divides them. */
static const uint16 *
divided(const uint16 *digits, int n, uint32 prime)
{
	uint16	   *result = palloc(n * sizeof(uint16));
	uint64		rest = 0;

	for (int i = 0; i < n; i++)
	{
		rest = rest * BASE + digits[i];
		result[i] = rest / prime;
		rest %= prime;
	}
	return result;
}

uint32
digits_quotient_residue(const Digits *a, const Digits *b, uint32 prime)
{
	const uint16 *upper = a->digits;
	const uint16 *lower = b->digits;
	int			exponent = (a->weight - a->n) - (b->weight - b->n);
	uint32		above = residue(upper, a->n, prime);
	uint32		below = residue(lower, b->n, prime);
	uint64		power;

	if (a->n == 0)
		return 0;
	while (above == 0 && below == 0)
	{
		upper = divided(upper, a->n, prime);
		lower = divided(lower, b->n, prime);
		above = residue(upper, a->n, prime);
		below = residue(lower, b->n, prime);
	}
	if (below == 0)
		return prime;
	power = power_residue(BASE, (uint32) abs(exponent), prime);
	if (exponent < 0)
		power = inverse_residue((uint32) power, prime);
	return (uint32) ((uint64) above * inverse_residue(below, prime) % prime * power % prime);
}
