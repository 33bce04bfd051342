/*-------------------------------------------------------------------------
 *
 * delays.c
 *		The type delays: its classes, and how distributions add up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "type/delays.h"

/*
 * Classes
 *
 * Bounds and widths are in units of a tenth of a second, of which a duration
 * has as many as it has begun: the class of a duration is that of its units.
 */

#define UNIT			100000	/* microseconds */
#define UNITS_SECOND	10
#define UNITS_MINUTE	(60 * UNITS_SECOND)
#define UNITS_HOUR		(60 * UNITS_MINUTE)
#define UNITS_DAY		(24 * UNITS_HOUR)

/* Classes of one width, above one bound up to another. */
typedef struct Range
{
	int32		above;
	int32		upto;
	int32		width;
	int32		first;			/* class */
} Range;

static const Range ranges[] = {
	{0, UNITS_MINUTE, 1, 3},
	{UNITS_MINUTE, 2 * UNITS_MINUTE, 5, 603},
	{2 * UNITS_MINUTE, 5 * UNITS_MINUTE, UNITS_SECOND, 723},
	{5 * UNITS_MINUTE, 10 * UNITS_MINUTE, 2 * UNITS_SECOND, 903},
	{10 * UNITS_MINUTE, 15 * UNITS_MINUTE, 5 * UNITS_SECOND, 1053},
	{15 * UNITS_MINUTE, 30 * UNITS_MINUTE, 5 * UNITS_SECOND, 1113},
	{30 * UNITS_MINUTE, UNITS_HOUR, 15 * UNITS_SECOND, 1293},
	{UNITS_HOUR, 2 * UNITS_HOUR, 30 * UNITS_SECOND, 1413},
	{2 * UNITS_HOUR, 4 * UNITS_HOUR, UNITS_MINUTE, 1533},
	{4 * UNITS_HOUR, 8 * UNITS_HOUR, 2 * UNITS_MINUTE, 1653},
	{8 * UNITS_HOUR, 24 * UNITS_HOUR, 4 * UNITS_MINUTE, 1773},
	{24 * UNITS_HOUR, 48 * UNITS_HOUR, 12 * UNITS_MINUTE, 2013},
	{48 * UNITS_HOUR, 7 * UNITS_DAY, 20 * UNITS_MINUTE, 2133},
	{7 * UNITS_DAY, 30 * UNITS_DAY, 90 * UNITS_MINUTE, 2493}
};

/*
 * The range of so many units is the one at the place of the highest bit of
 * these, or the next: no two bounds have the same highest bit.
 */
static const uint8 range_of_bit[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 13, 13
};

/* Above, the classes between a bound and its double are so many. */
#define DOUBLING_ABOVE		(30 * UNITS_DAY)
#define DOUBLING_WIDTH		(6 * UNITS_HOUR)
#define DOUBLING_CLASSES	120
#define DOUBLING_FIRST		2861

int
delays_class(int64 duration)
{
	uint64		units;

	if (duration <= 0)
		return duration < 0 ? DELAYS_NEGATIVE : DELAYS_ZERO;
	units = ((uint64) duration - 1) / UNIT + 1;
	if (likely(units <= DOUBLING_ABOVE))
	{
		uint32		short_units = (uint32) units;
		const Range *range = &ranges[range_of_bit[pg_leftmost_one_pos32(short_units)]];

		if (short_units > (uint32) range->upto)
			range++;
		return range->first + (short_units - 1 - range->above) / (uint32) range->width;
	}
	else
	{
		int			doubled = pg_leftmost_one_pos64((units - 1) / DOUBLING_ABOVE);

		return DOUBLING_FIRST + doubled * DOUBLING_CLASSES +
			(int) ((units - 1 - ((uint64) DOUBLING_ABOVE << doubled)) / ((uint64) DOUBLING_WIDTH << doubled));
	}
}

int64
delays_upper(int class)
{
	const Range *range = ranges;

	Assert(class >= DELAYS_ZERO && class <= DELAYS_CLASS_MAX);
	if (class == DELAYS_ZERO)
		return 0;
	if (class >= DOUBLING_FIRST)
	{
		int			doubled = (class - DOUBLING_FIRST) / DOUBLING_CLASSES;
		int			place = (class - DOUBLING_FIRST) % DOUBLING_CLASSES;

		return ((int64) DOUBLING_ABOVE << doubled) + (place + 1) * ((int64) DOUBLING_WIDTH << doubled);
	}
	while (range + 1 < ranges + lengthof(ranges) && class >= range[1].first)
		range++;
	return range->above + (int64) (class - range->first + 1) * range->width;
}

/*
 * The form in work
 */

/* Sizes of lists, those of the server's memory chunks. */
static const int list_rooms[] = {3, 7, 15, 31};
#define TABLE_BITS_MIN	6
#define TABLE_BITS_MAX	13

static Delays *
work_new(int bits, Size room)
{
	Delays	   *delays = palloc0(DELAYS_SIZE(room));

	SET_VARSIZE(delays, DELAYS_SIZE(room));
	delays->version = DELAYS_VERSION;
	delays->bits = bits;
	return delays;
}

Delays *
delays_new(void)
{
	return work_new(0, list_rooms[0]);
}

/* The entry of a class, or a free one for it; NULL where there is neither. */
static inline uint64 *
work_find(Delays *delays, int class)
{
	Size		room = DELAYS_ROOM(delays);
	Size		i = delays->bits > 0 ? delays_slot(delays, class) : 0;

	for (Size probes = 0; probes < room; probes++)
	{
		uint64	   *entry = &delays->entries[i];

		if (*entry == 0 || delays_entry_class(*entry) == class)
			return entry;
		if (++i == room)
			i = 0;
	}
	return NULL;
}

pg_noreturn pg_noinline static void
damaged(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("damaged %s", "delays"),
			 errdetail_internal("%s", what)));
}

/* A copy with room for a class more; what has no rows left stays behind. */
static Delays *
work_grow(const Delays *delays)
{
	Size		room = DELAYS_ROOM(delays);
	Size		used = 1;
	int			bits = 0;
	Size		wanted = 0;
	Delays	   *grown;

	for (Size i = 0; i < room; i++)
		used += delays_entry_count(delays->entries[i]) > 0;
	for (int i = 0; i < (int) lengthof(list_rooms) && wanted < used; i++)
		wanted = list_rooms[i];
	if (wanted < used)
	{
		for (bits = TABLE_BITS_MIN; bits < TABLE_BITS_MAX && used > (Size) 5 << (bits - 3); bits++)
			;
		wanted = (Size) 1 << bits;
	}
	grown = work_new(bits, wanted);
	for (Size i = 0; i < room; i++)
	{
		if (delays_entry_count(delays->entries[i]) > 0)
		{
			uint64	   *entry = work_find(grown, delays_entry_class(delays->entries[i]));

			if (entry == NULL || *entry != 0)
				damaged("A class is there twice.");
			*entry = delays->entries[i];
			grown->used++;
		}
	}
	return grown;
}

pg_noreturn pg_noinline static void
count_out_of_range(bool subtracted)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 subtracted ? errmsg("cannot subtract delays that were never added") :
			 errmsg("too many rows of one class of delays")));
}

Delays *
delays_add(Delays *delays, int class, int64 n)
{
	uint64	   *entry = work_find(delays, class);
	int64		count;

	/* a table keeps free slots, so that looking for a class ends soon */
	if (entry == NULL ||
		(*entry == 0 && delays->bits > 0 && delays->bits < TABLE_BITS_MAX &&
		 delays->used + 1 > 6 << (delays->bits - 3)))
	{
		delays = work_grow(delays);
		entry = work_find(delays, class);
		if (unlikely(entry == NULL))
			damaged("It has more classes than there are.");
	}
	if (*entry == 0)
	{
		if (n == 0)
			return delays;
		delays->used++;
	}
	count = delays_entry_count(*entry);
	if (n < 0 && count < -n)
		count_out_of_range(true);
	if (n > (int64) DELAYS_COUNT_MAX - count)
		count_out_of_range(false);
	*entry = (uint64) class << 48 | (uint64) (count + n);
	return delays;
}

Delays *
delays_merge(Delays *delays, const Delays *other, int sign)
{
	Size		room = DELAYS_ROOM(other);

	for (Size i = 0; i < room; i++)
	{
		int64		count = delays_entry_count(other->entries[i]);

		if (count > 0)
			delays = delays_add(delays, delays_entry_class(other->entries[i]), sign * count);
	}
	return delays;
}

int64
delays_count(const Delays *delays, int class)
{
	uint64	   *entry = work_find(unconstify(Delays *, delays), class);

	return entry == NULL ? 0 : delays_entry_count(*entry);
}

/*
 * The form at rest
 */

static int
compare_entries(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return (x > y) - (x < y);
}

Delays *
delays_rest(const Delays *delays)
{
	Delays	   *rest = palloc0(VARSIZE(delays));
	Size		room = DELAYS_ROOM(delays);
	Size		n = 0;

	for (Size i = 0; i < room; i++)
	{
		if (delays_entry_count(delays->entries[i]) > 0 &&
			delays_entry_class(delays->entries[i]) != DELAYS_PARTS)
			rest->entries[n++] = delays->entries[i];
	}
	qsort(rest->entries, n, sizeof(uint64), compare_entries);
	SET_VARSIZE(rest, DELAYS_SIZE(n));
	rest->version = DELAYS_VERSION;
	rest->bits = DELAYS_REST;
	return rest;
}

bool
delays_valid(const Delays *delays, Size size, char **what)
{
	uint64		seen[(DELAYS_PARTS + 1) / 64] = {0};
	int			last = 0;
	bool		rest;
	Size		n;

	if (size < DELAYS_SIZE(0) || (size - DELAYS_SIZE(0)) % sizeof(uint64) != 0)
	{
		*what = psprintf("It has %zu bytes.", size);
		return false;
	}
	n = (size - DELAYS_SIZE(0)) / sizeof(uint64);
	rest = delays->bits == DELAYS_REST;
	if (delays->version != DELAYS_VERSION ||
		(rest ? delays->used != 0 : VARSIZE(delays) != size || !delays_in_work(delays)))
	{
		*what = psprintf("It is of version %d, form %d.", delays->version, delays->bits);
		return false;
	}
	for (Size i = 0; i < n; i++)
	{
		int			class = delays_entry_class(delays->entries[i]);
		int64		count = delays_entry_count(delays->entries[i]);

		if (!rest && delays->entries[i] == 0)
			continue;
		if (class < DELAYS_NEGATIVE || (class > DELAYS_CLASS_MAX && (rest || class != DELAYS_PARTS)) ||
			(rest ? count == 0 || class <= last :
			 (seen[class / 64] & UINT64CONST(1) << (class % 64)) != 0))
		{
			*what = psprintf("Entry %zu has class %d and " INT64_FORMAT " rows.", i + 1, class, count);
			return false;
		}
		last = class;
		seen[class / 64] |= UINT64CONST(1) << (class % 64);
	}
	return true;
}

const Delays *
delays_read_either(Datum value)
{
	const Delays *delays = (const Delays *) PG_DETOAST_DATUM(value);
	char	   *what;

	if (likely(delays_valid(delays, VARSIZE(delays), &what)))
		return delays;
	if (VARSIZE(delays) >= DELAYS_SIZE(0) && delays->version > DELAYS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("%s is of version %d", "delays", delays->version),
				 errdetail("This kpi knows version %d.", DELAYS_VERSION)));
	damaged(what);
}

const Delays *
delays_read(Datum value)
{
	const Delays *delays = delays_read_either(value);

	return delays->bits == DELAYS_REST ? delays : delays_rest(delays);
}

/*
 * What is read of it
 */

int64
delays_rows(const Delays *delays)
{
	Size		n = DELAYS_ROOM(delays);
	int64		rows = 0;

	/* 2^13 classes of 2^48 rows are no more than 64 bits hold */
	for (Size i = 0; i < n; i++)
	{
		if (delays_entry_class(delays->entries[i]) != DELAYS_NEGATIVE)
			rows += delays_entry_count(delays->entries[i]);
	}
	return rows;
}

bool
delays_percentile(const Delays *delays, double share, int64 *duration)
{
	Size		n = DELAYS_ROOM(delays);
	int64		rows = delays_rows(delays);
	double		rank = ceil(share * (double) rows);
	int64		before = 0;

	if (rows == 0)
		return false;
	for (Size i = 0; i < n; i++)
	{
		int			class = delays_entry_class(delays->entries[i]);
		int64		units;

		if (class == DELAYS_NEGATIVE)
			continue;
		before += delays_entry_count(delays->entries[i]);
		if ((double) before < rank && i + 1 < n)
			continue;
		units = delays_upper(class);
		*duration = units > PG_INT64_MAX / UNIT ? PG_INT64_MAX : units * UNIT;
		return true;
	}
	return false;
}
