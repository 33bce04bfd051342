/*-------------------------------------------------------------------------
 *
 * share.c
 *		The state type kpi_share: how many rows, and how many of them count.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "type/outcome.h"

typedef struct Share
{
	int64		hits;			/* 0 <= hits <= rows */
	int64		rows;
} Share;

#define PG_GETARG_SHARE_P(n) ((Share *) PG_GETARG_POINTER(n))

static inline bool
share_valid(int64 hits, int64 rows)
{
	return hits >= 0 && hits <= rows;
}

/* kpi_share_in(cstring): hits/rows; 22P02 for anything else. */
PG_FUNCTION_INFO_V1(kpi_share_in);
Datum
kpi_share_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Share	   *share = palloc0(sizeof(Share));
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
	Share	   *share = PG_GETARG_SHARE_P(0);

	PG_RETURN_CSTRING(psprintf(INT64_FORMAT "/" INT64_FORMAT,
							   share->hits, share->rows));
}

PG_FUNCTION_INFO_V1(kpi_share_recv);
Datum
kpi_share_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Share	   *share = palloc0(sizeof(Share));

	share->hits = pq_getmsgint64(buf);
	share->rows = pq_getmsgint64(buf);
	if (!share_valid(share->hits, share->rows))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s in binary data", "kpi_share"),
				 errdetail(INT64_FORMAT " of " INT64_FORMAT " rows.",
						   share->hits, share->rows)));
	PG_RETURN_POINTER(share);
}

PG_FUNCTION_INFO_V1(kpi_share_send);
Datum
kpi_share_send(PG_FUNCTION_ARGS)
{
	Share	   *share = PG_GETARG_SHARE_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
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

/* Adds a row, or subtracts it: it counts where it reached "has" and "of". */
static Datum
share_row(FunctionCallInfo fcinfo, int64 n)
{
	outcome		set = PG_GETARG_OUTCOME(1);

	if (outcome_has(set, PG_GETARG_OUTCOME(3)))
		share_add(PG_GETARG_SHARE_P(0),
				  outcome_has(set, PG_GETARG_OUTCOME(2)) ? n : 0, n);
	return PG_GETARG_DATUM(0);
}

/* kpi_share_accum(kpi_share, outcome, has outcome, of outcome) */
PG_FUNCTION_INFO_V1(kpi_share_accum);
Datum
kpi_share_accum(PG_FUNCTION_ARGS)
{
	check_aggregate_call(fcinfo, __func__);
	return share_row(fcinfo, 1);
}

/* kpi_share_inverse(kpi_share, outcome, has outcome, of outcome) */
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
	Share	   *other = PG_GETARG_SHARE_P(1);

	check_aggregate_call(fcinfo, __func__);
	share_add(PG_GETARG_SHARE_P(0), other->hits, other->rows);
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* kpi_rate_final(kpi_share): the fraction; NULL without rows. */
PG_FUNCTION_INFO_V1(kpi_rate_final);
Datum
kpi_rate_final(PG_FUNCTION_ARGS)
{
	Share	   *share = PG_GETARG_SHARE_P(0);

	if (share->rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) share->hits / (double) share->rows);
}
