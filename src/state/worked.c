/*-------------------------------------------------------------------------
 *
 * worked.c
 *		worked_time(): how long at least one of the ranges lasts.
 *
 * The state type kpi_ranges is a flat list of ranges.  Its first part is
 * sorted and disjoint; new ranges are put behind it, and joined into it when
 * the list is full, so that n rows cost n log n at worst and overlapping ones
 * take little room.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "base/aggregate.h"
#include "base/compat.h"

/* From a moment until just before another, or from it to itself: nothing. */
typedef struct Span
{
	TimestampTz from;
	TimestampTz until;
} Span;

typedef struct Ranges
{
	int32		vl_len_;
	uint8		version;		/* RANGES_VERSION */
	uint8		unused[3];		/* zero */
	int32		sorted;			/* spans that are in order and apart */
	int32		count;			/* spans, those included */
	Span		spans[FLEXIBLE_ARRAY_MEMBER];
} Ranges;

#define RANGES_VERSION		1
#define RANGES_SIZE(room)	(offsetof(Ranges, spans) + (Size) (room) * sizeof(Span))
#define RANGES_ROOM_MAX		((int32) ((MaxAllocSize - offsetof(Ranges, spans)) / sizeof(Span)))
#define RANGES_ROOM_MIN		4

#define RANGES_ROOM(ranges)	((int32) ((VARSIZE(ranges) - offsetof(Ranges, spans)) / sizeof(Span)))

static Ranges *
ranges_new(int32 room)
{
	Ranges	   *ranges = palloc0(RANGES_SIZE(room));

	SET_VARSIZE(ranges, RANGES_SIZE(room));
	ranges->version = RANGES_VERSION;
	return ranges;
}

static bool
span_valid(const Span *span)
{
	return IS_VALID_TIMESTAMP(span->from) && IS_VALID_TIMESTAMP(span->until) &&
		span->from <= span->until;
}

/* All that adding a span relies on, and cheap; the spans are checked apart. */
static inline bool
ranges_are_whole(const Ranges *ranges)
{
	return VARSIZE(ranges) >= RANGES_SIZE(0) && ranges->version == RANGES_VERSION &&
		VARSIZE(ranges) == RANGES_SIZE(RANGES_ROOM(ranges)) &&
		ranges->sorted >= 0 && ranges->sorted <= ranges->count && ranges->count <= RANGES_ROOM(ranges);
}

/* Ranges from anywhere, checked (XX001), for reading. */
static Ranges *
ranges_read(Datum value)
{
	Ranges	   *ranges = (Ranges *) state_read(value);
	bool		valid = ranges_are_whole(ranges);

	for (int32 i = 0; valid && i < ranges->count; i++)
		valid = span_valid(&ranges->spans[i]) &&
			(i == 0 || i >= ranges->sorted || ranges->spans[i - 1].until < ranges->spans[i].from);
	if (!valid)
		state_refuse("kpi_ranges", (struct varlena *) ranges, RANGES_VERSION);
	return ranges;
}
#define PG_GETARG_RANGES_P(n)	ranges_read(PG_GETARG_DATUM(n))

/* The state to write into: the aggregate's own, or a plain copy of another. */
static Ranges *
ranges_state(FunctionCallInfo fcinfo)
{
	Ranges	   *ranges;

	if (PG_ARGISNULL(0))
		return ranges_new(RANGES_ROOM_MIN);
	ranges = (Ranges *) PG_GETARG_POINTER(0);
	if (likely(state_is_plain(ranges) && ranges_are_whole(ranges)))
		return ranges;
	return ranges_read(PointerGetDatum(state_copy(PG_GETARG_DATUM(0))));
}

static int
span_cmp(const void *a, const void *b)
{
	const Span *x = a;
	const Span *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Puts all spans in order and joins those that touch. */
static void
ranges_settle(Ranges *ranges)
{
	Span	   *spans = ranges->spans;
	int32		last = 0;

	if (ranges->sorted == ranges->count)
		return;
	qsort(spans, ranges->count, sizeof(Span), span_cmp);
	for (int32 i = 1; i < ranges->count; i++)
	{
		if (spans[i].from <= spans[last].until)
			spans[last].until = Max(spans[last].until, spans[i].until);
		else
			spans[++last] = spans[i];
	}
	ranges->count = ranges->sorted = last + 1;
}

/*
 * Adds a span; returns the ranges, or a larger copy in the current memory
 * context, which the executor moves to where the old one was.
 */
static Ranges *
ranges_add(Ranges *ranges, Span span)
{
	/* sessions mostly come one after the other */
	if (ranges->sorted > 0 && ranges->sorted == ranges->count)
	{
		Span	   *last = &ranges->spans[ranges->count - 1];

		if (span.from >= last->from && span.from <= last->until)
		{
			last->until = Max(last->until, span.until);
			return ranges;
		}
	}
	if (ranges->count == RANGES_ROOM(ranges))
	{
		ranges_settle(ranges);
		if (ranges->count > RANGES_ROOM(ranges) / 2)
		{
			Ranges	   *old = ranges;
			int32		room = Min(2 * (int64) RANGES_ROOM(old), RANGES_ROOM_MAX);

			if (old->count >= room)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("too many separate ranges for worked_time"),
						 errdetail("The limit is %d.", RANGES_ROOM_MAX)));
			ranges = ranges_new(Max(room, RANGES_ROOM_MIN));
			ranges->sorted = ranges->count = old->count;
			memcpy(ranges->spans, old->spans, old->count * sizeof(Span));
		}
	}
	if (ranges->sorted == ranges->count &&
		(ranges->count == 0 || span.from > ranges->spans[ranges->count - 1].until))
		ranges->sorted++;
	ranges->spans[ranges->count++] = span;
	return ranges;
}

/*
 * kpi_ranges_accum(kpi_ranges, tstzrange): an empty range adds no time, an
 * unbounded one is an error (22023).
 */
PG_FUNCTION_INFO_V1(kpi_ranges_accum);
Datum
kpi_ranges_accum(PG_FUNCTION_ARGS)
{
	Ranges	   *ranges;
	RangeType  *range;
	TypeCacheEntry *typcache;
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	Span		span;

	check_aggregate_call(fcinfo, __func__);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		return PG_GETARG_DATUM(0);
	}
	ranges = ranges_state(fcinfo);
	range = PG_GETARG_RANGE_P(1);
	typcache = range_get_typcache(fcinfo, RangeTypeGetOid(range));
	range_deserialize(typcache, range, &lower, &upper, &empty);
	if (empty)
		PG_RETURN_POINTER(ranges);
	if (lower.infinite || upper.infinite ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("worked time of an unbounded range: %s",
						OidOutputFunctionCall(F_RANGE_OUT, RangeTypePGetDatum(range))),
				 errhint("End an open session now, with tstzrange(lower(session), coalesce(upper(session), now())), or leave it out: FILTER (WHERE NOT upper_inf(session)).")));
	span.from = DatumGetTimestampTz(lower.val);
	span.until = DatumGetTimestampTz(upper.val);
	PG_RETURN_POINTER(ranges_add(ranges, span));
}

/* kpi_ranges_combine(kpi_ranges, kpi_ranges) */
PG_FUNCTION_INFO_V1(kpi_ranges_combine);
Datum
kpi_ranges_combine(PG_FUNCTION_ARGS)
{
	Ranges	   *ranges;
	Ranges	   *other;

	check_aggregate_call(fcinfo, __func__);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		return PG_GETARG_DATUM(0);
	}
	ranges = ranges_state(fcinfo);
	other = PG_GETARG_RANGES_P(1);
	for (int32 i = 0; i < other->count; i++)
		ranges = ranges_add(ranges, other->spans[i]);
	PG_RETURN_POINTER(ranges);
}

/* A copy of its own, in order. */
static Ranges *
ranges_settled(const Ranges *ranges)
{
	Ranges	   *copy = ranges_new(ranges->count);

	copy->sorted = ranges->sorted;
	copy->count = ranges->count;
	memcpy(copy->spans, ranges->spans, ranges->count * sizeof(Span));
	ranges_settle(copy);
	return copy;
}

/* kpi_worked_time_final(kpi_ranges): NULL without a range, else an interval. */
PG_FUNCTION_INFO_V1(kpi_worked_time_final);
Datum
kpi_worked_time_final(PG_FUNCTION_ARGS)
{
	Ranges	   *ranges = ranges_settled(PG_GETARG_RANGES_P(0));
	Interval   *worked = palloc0(sizeof(Interval));

	for (int32 i = 0; i < ranges->count; i++)
	{
		const Span *span = &ranges->spans[i];
		int64		length;

		if (pg_sub_s64_overflow(span->until, span->from, &length) ||
			pg_add_s64_overflow(worked->time, length, &worked->time))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("interval out of range")));
	}
	PG_RETURN_INTERVAL_P(worked);
}

/* Reads a span of a text form; false where there is none. */
static bool
span_parse(const char **text, Span *span)
{
	char	   *end;

	span->from = strtoll(*text, &end, 10);
	if (end == *text || *end != '~')
		return false;
	*text = end + 1;
	span->until = strtoll(*text, &end, 10);
	if (end == *text)
		return false;
	*text = end;
	return true;
}

/*
 * kpi_ranges_in(cstring): {from~until,...}, in microseconds since 2000; 22P02
 * for anything else.
 */
PG_FUNCTION_INFO_V1(kpi_ranges_in);
Datum
kpi_ranges_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	const char *position = text + 1;
	Ranges	   *ranges = ranges_new(RANGES_ROOM_MIN);

	errno = 0;
	if (strcmp(text, "{}") == 0)
		PG_RETURN_POINTER(ranges);
	if (text[0] == '{')
	{
		Span		span;

		while (span_parse(&position, &span) && span_valid(&span) && errno == 0)
		{
			ranges = ranges_add(ranges, span);
			if (strcmp(position, "}") == 0)
				PG_RETURN_POINTER(ranges);
			if (*position++ != ',')
				break;
		}
	}
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "kpi_ranges", text),
			 errdetail("It is written as {from~until,...}, in microseconds since 2000.")));
}

PG_FUNCTION_INFO_V1(kpi_ranges_out);
Datum
kpi_ranges_out(PG_FUNCTION_ARGS)
{
	Ranges	   *ranges = ranges_settled(PG_GETARG_RANGES_P(0));
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int32 i = 0; i < ranges->count; i++)
		appendStringInfo(&buf, "%s" INT64_FORMAT "~" INT64_FORMAT, i == 0 ? "" : ",",
						 ranges->spans[i].from, ranges->spans[i].until);
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* kpi_ranges_recv(internal): takes nothing on trust; 22P03. */
PG_FUNCTION_INFO_V1(kpi_ranges_recv);
Datum
kpi_ranges_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int32		count = version == RANGES_VERSION ? (int32) pq_getmsgint(buf, 4) : -1;
	Ranges	   *ranges = ranges_new(RANGES_ROOM_MIN);

	for (int32 i = 0; i < count; i++)
	{
		Span		span;

		span.from = pq_getmsgint64(buf);
		span.until = pq_getmsgint64(buf);
		if (!span_valid(&span))
			count = -1;
		else
			ranges = ranges_add(ranges, span);
	}
	if (count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", "kpi_ranges"),
				 errdetail("It is of version %d.", version)));
	PG_RETURN_POINTER(ranges);
}

PG_FUNCTION_INFO_V1(kpi_ranges_send);
Datum
kpi_ranges_send(PG_FUNCTION_ARGS)
{
	Ranges	   *ranges = ranges_settled(PG_GETARG_RANGES_P(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, RANGES_VERSION);
	pq_sendint32(&buf, ranges->count);
	for (int32 i = 0; i < ranges->count; i++)
	{
		pq_sendint64(&buf, ranges->spans[i].from);
		pq_sendint64(&buf, ranges->spans[i].until);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
