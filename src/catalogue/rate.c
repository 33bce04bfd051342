/*-------------------------------------------------------------------------
 *
 * rate.c
 *		What outcomes can be asked for by name: reached(), rate() and
 *		lead_rate(), and rate()'s state, the type kpi_share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/builtins.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "catalogue/catalogue.h"
#include "state/journey.h"
#include "type/outcome.h"

/* How many rows, and how many of them count: 0 <= hits <= rows. */
typedef struct Share
{
	int32		vl_len_;
	uint32		version;
	int64		hits;
	int64		rows;
} Share;

#define SHARE_VERSION	1

/*
 * Names are nearly always the same on every row, so that the last ones and
 * what they mean are kept as long as the query.
 */
typedef struct AskedName
{
	text	   *name;			/* or NULL, before the first */
	Asked		asked;
} AskedName;

#define ASKED_NAMES	2

static const Asked *
asked_argument(FunctionCallInfo fcinfo, int n, int place)
{
	AskedName  *names = fcinfo->flinfo->fn_extra;
	text	   *name = PG_GETARG_TEXT_PP(n);
	MemoryContext old;

	if (names == NULL)
		names = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, ASKED_NAMES * sizeof(AskedName));
	names += place;
	if (names->name == NULL || VARSIZE_ANY_EXHDR(names->name) != VARSIZE_ANY_EXHDR(name) ||
		memcmp(VARDATA_ANY(names->name), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) != 0)
	{
		names->asked = asked_parse(text_to_cstring(name));
		if (names->name != NULL)
			pfree(names->name);
		old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		names->name = cstring_to_text_with_len(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		MemoryContextSwitchTo(old);
	}
	return &names->asked;
}

/*
 * reached(outcome, name text): whether the outcome belongs to a measure, or
 * else has a milestone or an attribute.  22023 for a name that is none.
 */
PG_FUNCTION_INFO_V1(kpi_reached);
Datum
kpi_reached(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(asked_holds(asked_argument(fcinfo, 1, 0), PG_GETARG_OUTCOME(0)));
}

/*
 * kpi_share
 */

static inline bool
share_valid(int64 hits, int64 rows)
{
	return hits >= 0 && hits <= rows;
}

static Share *
share_new(void)
{
	Share	   *share = palloc0(sizeof(Share));

	SET_VARSIZE(share, sizeof(Share));
	share->version = SHARE_VERSION;
	return share;
}

/* An argument that is whole and of a known version, or an error. */
static Share *
share_argument(FunctionCallInfo fcinfo, int n)
{
	Share	   *share = (Share *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n));

	if (VARSIZE(share) != sizeof(Share) || share->version != SHARE_VERSION ||
		!share_valid(share->hits, share->rows))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged %s, or one of a newer version", "kpi_share"),
				 errdetail("This kpi knows version %d.", SHARE_VERSION)));
	return share;
}

/* The state to write into; a new one where it is NULL. */
static Share *
share_state(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? share_new() : share_argument(fcinfo, 0);
}

/* kpi_share_in(cstring): hits/rows; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_share_in);
Datum
kpi_share_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Share	   *share = share_new();
	char	   *slash = text;
	char	   *end = text;

	errno = 0;
	share->hits = strtoll(text, &slash, 10);
	if (*slash == '/')
		share->rows = strtoll(slash + 1, &end, 10);
	if (slash == text || end == text || end == slash + 1 || *end != '\0' || errno != 0 ||
		!share_valid(share->hits, share->rows))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"kpi_share", text),
				 errdetail("It is written as hits/rows, with 0 <= hits <= rows.")));
	PG_RETURN_POINTER(share);
}

PG_FUNCTION_INFO_V1(kpi_share_out);
Datum
kpi_share_out(PG_FUNCTION_ARGS)
{
	Share	   *share = share_argument(fcinfo, 0);

	PG_RETURN_CSTRING(psprintf(INT64_FORMAT "/" INT64_FORMAT,
							   share->hits, share->rows));
}

/* kpi_share_recv(internal): the version, hits, rows; 22P03 for what is none. */
PG_FUNCTION_INFO_V1(kpi_share_recv);
Datum
kpi_share_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Share	   *share = share_new();
	int			version = pq_getmsgbyte(buf);

	share->hits = pq_getmsgint64(buf);
	share->rows = pq_getmsgint64(buf);
	if (version != SHARE_VERSION || !share_valid(share->hits, share->rows))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", "kpi_share"),
				 errdetail("Version %d: " INT64_FORMAT " of " INT64_FORMAT " rows.",
						   version, share->hits, share->rows)));
	PG_RETURN_POINTER(share);
}

PG_FUNCTION_INFO_V1(kpi_share_send);
Datum
kpi_share_send(PG_FUNCTION_ARGS)
{
	Share	   *share = share_argument(fcinfo, 0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, share->version);
	pq_sendint64(&buf, share->hits);
	pq_sendint64(&buf, share->rows);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
share_add(Share *share, int64 hits, int64 rows)
{
	if (pg_add_s64_overflow(share->hits, hits, &share->hits) ||
		pg_add_s64_overflow(share->rows, rows, &share->rows) ||
		!share_valid(share->hits, share->rows))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count out of range")));
}

/* Adds a row, or subtracts it: it counts where it has both "has" and "of". */
static Datum
share_row(FunctionCallInfo fcinfo, int64 n)
{
	Share	   *share = share_state(fcinfo);
	outcome		set;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_POINTER(share);
	set = PG_GETARG_OUTCOME(1);
	if (asked_holds(asked_argument(fcinfo, 3, 1), set))
		share_add(share, asked_holds(asked_argument(fcinfo, 2, 0), set) ? n : 0, n);
	PG_RETURN_POINTER(share);
}

/* kpi_share_accum(kpi_share, outcome, has text, of text) */
PG_FUNCTION_INFO_V1(kpi_share_accum);
Datum
kpi_share_accum(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	return share_row(fcinfo, 1);
}

/* kpi_share_inverse(kpi_share, outcome, has text, of text) */
PG_FUNCTION_INFO_V1(kpi_share_inverse);
Datum
kpi_share_inverse(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	return share_row(fcinfo, -1);
}

/* kpi_share_combine(kpi_share, kpi_share) */
PG_FUNCTION_INFO_V1(kpi_share_combine);
Datum
kpi_share_combine(PG_FUNCTION_ARGS)
{
	Share	   *share;

	check_aggregate_call(fcinfo, __func__);
	share = share_state(fcinfo);
	if (!PG_ARGISNULL(1))
	{
		Share	   *other = share_argument(fcinfo, 1);

		share_add(share, other->hits, other->rows);
	}
	PG_RETURN_POINTER(share);
}

/* kpi_rate_final(kpi_share): the fraction; NULL without rows. */
PG_FUNCTION_INFO_V1(kpi_rate_final);
Datum
kpi_rate_final(PG_FUNCTION_ARGS)
{
	Share	   *share = share_argument(fcinfo, 0);

	if (share->rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) share->hits / (double) share->rows);
}

/*
 * lead_rate
 */

static uint64
asked_code(const Asked *asked)
{
	return (uint64) asked->measure << 32 | asked->member;
}

static Asked
code_asked(uint64 code)
{
	Asked		asked = {code >> 32, (uint32) code};

	return asked;
}

/*
 * kpi_lead_rate_accum(internal, outcome, lead anyelement, has text, of text):
 * adds a row to its lead, and keeps what is asked for, which is the same on
 * every row of a group (22023).
 */
PG_FUNCTION_INFO_V1(kpi_lead_rate_accum);
Datum
kpi_lead_rate_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context = journeys_context(fcinfo, __func__);
	Journeys   *journeys;

	if (PG_ARGISNULL(3) || PG_ARGISNULL(4))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	journeys = journeys_accum(fcinfo, context);
	if (journeys == NULL)
		PG_RETURN_NULL();
	{
		Asked		has = asked_parse(text_to_cstring(PG_GETARG_TEXT_PP(3)));
		Asked		of = asked_parse(text_to_cstring(PG_GETARG_TEXT_PP(4)));

		journeys_ask(journeys, asked_code(&has), asked_code(&of));
	}
	PG_RETURN_POINTER(journeys);
}

/*
 * kpi_lead_rate_final(internal): leads whose journey has both "has" and "of",
 * over those that have "of"; NULL where there are none.
 */
PG_FUNCTION_INFO_V1(kpi_lead_rate_final);
Datum
kpi_lead_rate_final(PG_FUNCTION_ARGS)
{
	Journeys   *journeys;
	Asked		has;
	Asked		of;
	uint64		has_code;
	uint64		of_code;
	int			position = 0;
	outcome		set;
	int64		count;
	int64		hits = 0;
	int64		rows = 0;

	check_aggregate_call(fcinfo, __func__);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journeys = (Journeys *) PG_GETARG_POINTER(0);
	if (!journeys_asked(journeys, &has_code, &of_code))
		PG_RETURN_NULL();
	has = code_asked(has_code);
	of = code_asked(of_code);
	while (tally_next(journeys_tally(journeys), &position, &set, &count))
		if (asked_holds(&of, set))
		{
			rows += count;
			if (asked_holds(&has, set))
				hits += count;
		}
	if (rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) hits / (double) rows);
}
