/*-------------------------------------------------------------------------
 *
 * grain.c
 *		Times that a roll-up keeps by the hour, the day or the month, and what
 *		can be told of them.
 *
 * A time without a zone is truncated by arithmetic, and all is plain.  One with
 * a zone is truncated by the clock of that zone, which is put back and forward.
 *
 * - By the day and above, what is read of the truncated time is the date by the
 *   clock, and that is the time's own.  Midnight is where a day begins, unless
 *   the clock is put back across it, so that it comes twice: no such midnight
 *   is a bound.
 * - By the hour and below, the truncated time is before the time by less than
 *   an hour.  If the clock was put to something else than a full hour in
 *   between, it may be a time of another hour, or of another day.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "answer/grain.h"
#include "base/compat.h"

/* Functions that fmgroids.h has different names for, or none. */
#define DATE_TRUNC_TIMESTAMPTZ		1217
#define DATE_TRUNC_TIMESTAMPTZ_ZONE	1284
#define DATE_TRUNC_TIMESTAMP		2020
#define DATE_OF_TIMESTAMPTZ			1178
#define DATE_OF_TIMESTAMP			2029
#define TIMESTAMPTZ_OF_DATE			1174
#define TIMESTAMP_OF_DATE			2024
#define TIMESTAMPTZ_OF_TIMESTAMP	2028
#define DATE_PART_TIMESTAMPTZ		1171
#define DATE_PART_TIMESTAMP			2021
#define EXTRACT_TIMESTAMPTZ			6203
#define EXTRACT_TIMESTAMP			6202
#define DATE_BIN_TIMESTAMPTZ		6178	/* from 14 on */
#define DATE_BIN_TIMESTAMP			6177
#define TO_CHAR_TIMESTAMPTZ			1770
#define TO_CHAR_TIMESTAMP			2049

/* The operators of dates and times by which b-trees are ordered. */
#define DATETIME_FAMILY		434

static const struct
{
	const char *name;
	int			seconds;		/* where it is a part of a day */
}			units[TIME_UNITS] = {
	[UNIT_MICROSECOND] = {"microsecond", 0},
	[UNIT_MILLISECOND] = {"millisecond", 0},
	[UNIT_SECOND] = {"second", 1},
	[UNIT_MINUTE] = {"minute", 60},
	[UNIT_HOUR] = {"hour", 3600},
	[UNIT_DAY] = {"day", 0},
	[UNIT_WEEK] = {"week", 0},
	[UNIT_MONTH] = {"month", 0},
	[UNIT_QUARTER] = {"quarter", 0},
	[UNIT_YEAR] = {"year", 0},
	[UNIT_DECADE] = {"decade", 0},
	[UNIT_CENTURY] = {"century", 0},
	[UNIT_MILLENNIUM] = {"millennium", 0}
};

/* Is what a coarser unit tells told by a finer one? */
static bool
tells(TimeUnit finer, TimeUnit coarser)
{
	if (finer == UNIT_WEEK || coarser == UNIT_WEEK)
		return finer == coarser || finer <= UNIT_DAY;
	/* 2000 begins a decade, and ends a century */
	if (finer == UNIT_DECADE)
		return coarser == UNIT_DECADE;
	return finer <= coarser;
}

/* A text that is the same for all rows; NULL where it is another. */
static char *
constant_text(const Node *node)
{
	if (!IsA(node, Const) || ((const Const *) node)->constisnull || ((const Const *) node)->consttype != TEXTOID)
		return NULL;
	return TextDatumGetCString(((const Const *) node)->constvalue);
}

/* A unit of date_trunc(). */
static bool
unit_of(const Node *node, TimeUnit *unit)
{
	char	   *name = constant_text(node);

	for (int i = 0; name != NULL && i < TIME_UNITS; i++)
	{
		size_t		length = strlen(units[i].name);

		if (pg_strncasecmp(name, units[i].name, length) == 0 &&
			(name[length] == '\0' || pg_strcasecmp(name + length, "s") == 0))
		{
			*unit = (TimeUnit) i;
			return true;
		}
	}
	return false;
}

static FuncExpr *
call_of(const Node *node)
{
	return node != NULL && IsA(node, FuncExpr) ? (FuncExpr *) node : NULL;
}

Grain
grain_of(Expr *expr)
{
	FuncExpr   *call = call_of((Node *) expr);
	Grain		grain = {0};

	if (call == NULL)
		return grain;
	switch (call->funcid)
	{
		case DATE_TRUNC_TIMESTAMPTZ:
		case DATE_TRUNC_TIMESTAMP:
			if (unit_of(linitial(call->args), &grain.unit))
				grain.time = lsecond(call->args);
			break;
		case DATE_TRUNC_TIMESTAMPTZ_ZONE:
			if (unit_of(linitial(call->args), &grain.unit) && constant_text(lthird(call->args)) != NULL)
			{
				grain.time = lsecond(call->args);
				grain.zone = lthird(call->args);
			}
			break;
		case DATE_OF_TIMESTAMPTZ:
		case DATE_OF_TIMESTAMP:
			grain.unit = UNIT_DAY;
			grain.time = linitial(call->args);
			grain.is_date = true;
			break;
		default:
			break;
	}
	if (grain.time != NULL)
		grain.type = exprType((Node *) grain.time);
	return grain;
}

Expr *
grain_function_time(Node *node)
{
	FuncExpr   *call = call_of(node);

	if (call == NULL)
		return NULL;
	switch (call->funcid)
	{
		case DATE_TRUNC_TIMESTAMPTZ:
		case DATE_TRUNC_TIMESTAMP:
		case DATE_TRUNC_TIMESTAMPTZ_ZONE:
		case DATE_PART_TIMESTAMPTZ:
		case DATE_PART_TIMESTAMP:
		case EXTRACT_TIMESTAMPTZ:
		case EXTRACT_TIMESTAMP:
		case DATE_BIN_TIMESTAMPTZ:
		case DATE_BIN_TIMESTAMP:
			return lsecond(call->args);
		case DATE_OF_TIMESTAMPTZ:
		case DATE_OF_TIMESTAMP:
		case TO_CHAR_TIMESTAMPTZ:
		case TO_CHAR_TIMESTAMP:
			return linitial(call->args);
		default:
			return NULL;
	}
}

/*
 * What is needed for a field of extract(), or for a pattern of to_char().
 */
typedef struct Needed
{
	const char *name;
	TimeUnit	unit;
} Needed;

static const Needed fields[] = {
	{"minute", UNIT_MINUTE}, {"hour", UNIT_HOUR},
	{"day", UNIT_DAY}, {"dow", UNIT_DAY}, {"isodow", UNIT_DAY}, {"doy", UNIT_DAY},
	{"week", UNIT_WEEK}, {"isoyear", UNIT_WEEK},
	{"month", UNIT_MONTH}, {"quarter", UNIT_QUARTER}, {"year", UNIT_YEAR},
	{"decade", UNIT_DECADE}, {"century", UNIT_CENTURY}, {"millennium", UNIT_MILLENNIUM}
};

static bool
field_needs(const Node *node, TimeUnit *unit)
{
	char	   *name = constant_text(node);

	for (int i = 0; name != NULL && i < (int) lengthof(fields); i++)
	{
		if (pg_strcasecmp(fields[i].name, name) == 0)
		{
			*unit = fields[i].unit;
			return true;
		}
	}
	return false;
}

/* Longer patterns come before those that they begin with. */
static const Needed patterns[] = {
	{"IYYY", UNIT_WEEK}, {"IYY", UNIT_WEEK}, {"IY", UNIT_WEEK}, {"IW", UNIT_WEEK},
	{"IDDD", UNIT_DAY}, {"ID", UNIT_DAY}, {"I", UNIT_WEEK},
	{"Y,YYY", UNIT_YEAR}, {"YYYY", UNIT_YEAR}, {"YYY", UNIT_YEAR}, {"YY", UNIT_YEAR}, {"Y", UNIT_YEAR},
	{"CC", UNIT_CENTURY}, {"Q", UNIT_QUARTER},
	{"MONTH", UNIT_MONTH}, {"MON", UNIT_MONTH}, {"MM", UNIT_MONTH}, {"RM", UNIT_MONTH},
	{"WW", UNIT_DAY}, {"W", UNIT_DAY},
	{"DAY", UNIT_DAY}, {"DY", UNIT_DAY}, {"DDD", UNIT_DAY}, {"DD", UNIT_DAY}, {"D", UNIT_DAY},
	{"HH24", UNIT_HOUR}, {"HH12", UNIT_HOUR}, {"HH", UNIT_HOUR}
};

/* What all of the patterns of a format need; false where one is not known. */
static bool
format_tells(const Node *node, const Grain *grain, bool *below_day)
{
	const char *c = constant_text(node);

	if (c == NULL)
		return false;
	while (*c != '\0')
	{
		int			i = 0;

		if (pg_strncasecmp(c, "FM", 2) == 0)
		{
			c += 2;
			continue;
		}
		/* what is quoted, or has modifiers, is left alone */
		if (*c == '"' || *c == '\\' || IS_HIGHBIT_SET(*c))
			return false;
		if (!isalpha((unsigned char) *c))
		{
			c++;
			continue;
		}
		while (i < (int) lengthof(patterns) &&
			   pg_strncasecmp(c, patterns[i].name, strlen(patterns[i].name)) != 0)
			i++;
		if (i == (int) lengthof(patterns) || !tells(grain->unit, patterns[i].unit))
			return false;
		*below_day |= patterns[i].unit < UNIT_DAY;
		c += strlen(patterns[i].name);
		if (pg_strncasecmp(c, "TH", 2) == 0)
			c += 2;
	}
	return true;
}

/* Is the clock, from a time on, never put to anything but a multiple of so many seconds? */
static bool
clock_is_even(pg_time_t from, pg_time_t to, int seconds)
{
	pg_time_t	at = from;
	pg_time_t	boundary;
	long		before;
	long		after;
	int			before_dst;
	int			after_dst;

	while (pg_next_dst_boundary(&at, &before, &before_dst, &boundary, &after, &after_dst, session_timezone) == 1 &&
		   boundary <= to)
	{
		if ((boundary + after) % seconds != 0)
			return false;
		at = boundary;
	}
	return true;
}

#define YEAR_2200	INT64CONST(7258118400)
#define BEGINNING	(-INT64CONST(20000000000))

/* May what is read by the clock be read of a time truncated to part of a day? */
static bool
clock_allows(const Grain *grain, const Const *since)
{
	pg_time_t	from = BEGINNING;

	if (grain->type != TIMESTAMPTZOID || units[grain->unit].seconds <= 1)
		return true;
	/* the zone's own clock is not at hand */
	if (grain->zone != NULL)
		return false;
	if (since != NULL && !since->constisnull && !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(since->constvalue)))
		from = timestamptz_to_time_t(DatumGetTimestampTz(since->constvalue)) - 1;
	return clock_is_even(from, YEAR_2200, units[grain->unit].seconds);
}

/*
 * Are all offsets of the zone, from a time on, such that units of so many
 * seconds begin where one begins at the origin?
 */
static bool
offsets_fit(pg_time_t origin, pg_time_t from, int64 seconds)
{
	pg_time_t	at = from;
	pg_time_t	boundary;
	long		before;
	long		after;
	int			before_dst;
	int			after_dst;
	/* weeks begin on Mondays, and 1970 on a Thursday */
	int64		phase = seconds > SECS_PER_DAY ? 4 * (int64) SECS_PER_DAY : 0;
	int			found;

	do
	{
		found = pg_next_dst_boundary(&at, &before, &before_dst, &boundary, &after, &after_dst, session_timezone);
		if (found < 0 || (origin + before - phase) % seconds != 0)
			return false;
		at = boundary;
	} while (found > 0 && boundary <= YEAR_2200);
	return true;
}

/* Before some minor releases, a time that begins a bin before the origin is of the bin before. */
static bool
bins_before_origin(Oid function)
{
	Interval	day = {.day = 1};

	return DatumGetTimestamp(OidFunctionCall3(function, IntervalPGetDatum(&day), TimestampGetDatum(-USECS_PER_DAY),
											  TimestampGetDatum(0))) == -USECS_PER_DAY;
}

/* Do all bins of date_bin() begin where a unit of the grain does? */
static bool
bins_fit(const FuncExpr *call, const Grain *grain, const Const *since)
{
	const Const *stride = linitial(call->args);
	const Const *from = lthird(call->args);
	int64		unit = grain->unit == UNIT_MICROSECOND ? 1 : grain->unit == UNIT_MILLISECOND ? 1000 :
		grain->unit == UNIT_DAY ? USECS_PER_DAY : grain->unit == UNIT_WEEK ? 7 * USECS_PER_DAY :
		units[grain->unit].seconds * USECS_PER_SEC;
	bool		bounded = since != NULL && !since->constisnull && !TIMESTAMP_NOT_FINITE(DatumGetTimestamp(since->constvalue));
	const Interval *width;
	Timestamp	origin;

	/* months are of no fixed width */
	if (unit == 0 || !IsA(stride, Const) || !IsA(from, Const) || stride->constisnull || from->constisnull)
		return false;
	width = DatumGetIntervalP(stride->constvalue);
	origin = DatumGetTimestamp(from->constvalue);
	if (width->month != 0 || width->day < 0 || width->day > 1000000 || width->time < 0 ||
		width->time > 1000000 * USECS_PER_DAY || (width->day == 0 && width->time == 0) ||
		(width->day * USECS_PER_DAY + width->time) % unit != 0 || TIMESTAMP_NOT_FINITE(origin) ||
		!grain_bounds(grain->type, grain->unit, from->constvalue, false))
		return false;
	if (!(bounded && DatumGetTimestamp(since->constvalue) >= origin) && !bins_before_origin(call->funcid))
		return false;
	return grain->type == TIMESTAMPOID || unit < USECS_PER_SEC ||
		offsets_fit(timestamptz_to_time_t(origin),
					bounded ? timestamptz_to_time_t(DatumGetTimestampTz(since->constvalue)) - unit / USECS_PER_SEC : BEGINNING,
					unit / USECS_PER_SEC);
}

static bool
same_zone(const Const *a, const Const *b)
{
	return equal(a, b);
}

/* What a time was truncated to, as a time of its own type. */
static Expr *
as_time(const Grain *grain, Expr *truncated)
{
	if (!grain->is_date)
		return truncated;
	return (Expr *) makeFuncExpr(grain->type == TIMESTAMPTZOID ? TIMESTAMPTZ_OF_DATE : TIMESTAMP_OF_DATE,
								 grain->type, list_make1(truncated), InvalidOid, InvalidOid, COERCE_IMPLICIT_CAST);
}

bool
grain_is_time_of_date(Node *node)
{
	return IsA(node, FuncExpr) &&
		(((FuncExpr *) node)->funcid == TIMESTAMPTZ_OF_DATE || ((FuncExpr *) node)->funcid == TIMESTAMP_OF_DATE);
}

Node *
grain_apply(Node *node, const Grain *grain, Expr *truncated, const Const *since, char **why)
{
	FuncExpr   *call = copyObject(call_of(node));
	const Const *zone = NULL;
	ListCell   *time = list_length(call->args) > 1 ? list_second_cell(call->args) : list_head(call->args);
	TimeUnit	unit = UNIT_DAY;
	bool		told;
	bool		below_day = false;

	switch (call->funcid)
	{
		case DATE_TRUNC_TIMESTAMPTZ_ZONE:
			zone = lthird(call->args);
			told = unit_of(linitial(call->args), &unit) && tells(grain->unit, unit);
			break;
		case DATE_TRUNC_TIMESTAMPTZ:
		case DATE_TRUNC_TIMESTAMP:
			told = unit_of(linitial(call->args), &unit) && tells(grain->unit, unit);
			break;
		case DATE_PART_TIMESTAMPTZ:
		case DATE_PART_TIMESTAMP:
		case EXTRACT_TIMESTAMPTZ:
		case EXTRACT_TIMESTAMP:
			told = field_needs(linitial(call->args), &unit) && tells(grain->unit, unit);
			break;
		case DATE_BIN_TIMESTAMPTZ:
		case DATE_BIN_TIMESTAMP:
			told = grain->zone == NULL && bins_fit(call, grain, since);
			if (!told)
				*why = psprintf("bins of that stride and origin do not begin where its %ss do", units[grain->unit].name);
			break;
		case TO_CHAR_TIMESTAMPTZ:
		case TO_CHAR_TIMESTAMP:
			told = format_tells(lsecond(call->args), grain, &below_day);
			time = list_head(call->args);
			break;
		default:
			told = tells(grain->unit, UNIT_DAY);
	}
	if (!told)
		return NULL;
	if (!same_zone(zone, grain->zone))
	{
		*why = psprintf("its %ss are those of another time zone", units[grain->unit].name);
		return NULL;
	}
	if (!clock_allows(grain, since))
	{
		*why = psprintf("the clock may have been put to something else than a full %s since the range begins",
						units[grain->unit].name);
		return NULL;
	}
	lfirst(time) = as_time(grain, truncated);
	return (Node *) call;
}

/*
 * Bounds
 */

/* The same for all rows, of a time's type. */
static Expr *
bound_of(Expr *expr, Oid type)
{
	Oid			from = exprType((Node *) expr);
	Oid			cast = InvalidOid;

	if (contain_var_clause((Node *) expr) || contain_volatile_functions((Node *) expr) ||
		contain_subplans((Node *) expr))
		return NULL;
	if (from == type)
		return expr;
	if (from == DATEOID)
		cast = type == TIMESTAMPTZOID ? TIMESTAMPTZ_OF_DATE : TIMESTAMP_OF_DATE;
	else if (from == TIMESTAMPOID && type == TIMESTAMPTZOID)
		cast = TIMESTAMPTZ_OF_TIMESTAMP;
	if (!OidIsValid(cast))
		return NULL;
	return (Expr *) makeFuncExpr(cast, type, list_make1(expr), InvalidOid, InvalidOid, COERCE_IMPLICIT_CAST);
}

bool
grain_bound(Node *node, TimeBound *bound)
{
	OpExpr	   *op = (OpExpr *) node;

	if (!IsA(node, OpExpr) || list_length(op->args) != 2)
		return false;
	for (int side = 0; side < 2; side++)
	{
		Expr	   *time = list_nth(op->args, side);
		Oid			type = exprType((Node *) time);
		Oid			operator = side == 0 ? op->opno : get_commutator(op->opno);

		if ((type != TIMESTAMPOID && type != TIMESTAMPTZOID) || !contain_var_clause((Node *) time) ||
			!OidIsValid(operator))
			continue;
		bound->bound = bound_of(list_nth(op->args, 1 - side), type);
		if (bound->bound == NULL)
			continue;
		bound->time = time;
		switch (get_op_opfamily_strategy(operator, DATETIME_FAMILY))
		{
			case BTLessStrategyNumber:
				bound->next = bound->lower = false;
				return true;
			case BTLessEqualStrategyNumber:
				bound->next = true;
				bound->lower = false;
				return true;
			case BTGreaterEqualStrategyNumber:
				bound->next = false;
				bound->lower = true;
				return true;
			case BTGreaterStrategyNumber:
				bound->next = bound->lower = true;
				return true;
			default:
				return false;
		}
	}
	return false;
}

bool
grain_bound_is_plain(const TimeBound *bound)
{
	Node	   *node = (Node *) bound->bound;

	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (grain_is_time_of_date(node) ||
				 (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == TIMESTAMPTZ_OF_TIMESTAMP))
			node = linitial(((FuncExpr *) node)->args);
		else
			return IsA(node, Const) || IsA(node, Param);
	}
}

const char *
grain_name(const Grain *grain)
{
	return units[grain->unit].name;
}

Node *
grain_compare(Node *node, const TimeBound *bound, const Grain *grain, Expr *truncated)
{
	OpExpr	   *op = copyObject((OpExpr *) node);
	ListCell   *cell;

	foreach(cell, op->args)
	{
		if (equal(lfirst(cell), bound->time))
		{
			lfirst(cell) = as_time(grain, truncated);
			return (Node *) op;
		}
	}
	return NULL;
}

/* Is it clear, by the clock of the session's zone, which day a midnight begins? */
static bool
midnight_is_clear(TimestampTz midnight)
{
	pg_time_t	time = timestamptz_to_time_t(midnight);
	pg_time_t	at = time - 2 * SECS_PER_DAY;
	pg_time_t	boundary;
	long		before;
	long		after;
	int			before_dst;
	int			after_dst;

	while (pg_next_dst_boundary(&at, &before, &before_dst, &boundary, &after, &after_dst, session_timezone) == 1 &&
		   boundary <= time)
	{
		/* put back so far that midnight comes again, or put by a whole day */
		if (boundary + before - after >= time && before > after)
			return false;
		if (labs(before - after) >= SECS_PER_DAY / 2)
			return false;
		at = boundary;
	}
	return true;
}

bool
grain_bounds(Oid type, TimeUnit unit, Datum time, bool next)
{
	Timestamp	bound = DatumGetTimestamp(time);
	Datum		name = CStringGetTextDatum(units[unit].name);
	Timestamp	truncated;

	if (TIMESTAMP_NOT_FINITE(bound))
		return !next;
	bound += next;
	if (!IS_VALID_TIMESTAMP(bound))
		return false;
	if (type == TIMESTAMPOID)
		return DatumGetTimestamp(DirectFunctionCall2(timestamp_trunc, name, TimestampGetDatum(bound))) == bound;
	truncated = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_trunc, name, TimestampTzGetDatum(bound)));
	if (truncated != bound)
		return false;
	if (unit >= UNIT_DAY)
		return midnight_is_clear(bound);
	return units[unit].seconds <= 1 ||
		clock_is_even(timestamptz_to_time_t(bound) - 1, timestamptz_to_time_t(bound) + units[unit].seconds, units[unit].seconds);
}
