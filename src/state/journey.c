/*-------------------------------------------------------------------------
 *
 * journey.c
 *		The state of the lead KPIs: what each lead came to.
 *
 * A hash table holds, for every lead, the union of the outcomes of its rows.
 * A tally of those unions is kept beside it, up to date at every row, so
 * that the final functions read a lead KPI as they read a plain one.
 *
 * The state is of type internal, because a hash table cannot be flat.  All
 * its memory belongs to the aggregate's context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/aggregate.h"
#include "base/compat.h"
#include "state/journey.h"
#include "type/outcome.h"

typedef struct Lead
{
	Datum		key;
	outcome		set;			/* the union of its outcomes */
	uint32		status;
} Lead;

/* How leads of one type are compared; the same for all groups of a query. */
typedef struct LeadType
{
	Oid			oid;
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	bool		bitwise;		/* equal where their bits are */
	FmgrInfo	hash;
	FmgrInfo	equal;
} LeadType;

/*
 * Integers and their kin are equal exactly where their bits are, so they
 * need neither of the type's functions.
 */
static inline uint32
lead_hash(const LeadType *type, Datum key)
{
	if (type->bitwise)
	{
		uint64		h = (uint64) key;

		/* the finalizer of MurmurHash3 */
		h ^= h >> 33;
		h *= UINT64CONST(0xff51afd7ed558ccd);
		h ^= h >> 33;
		h *= UINT64CONST(0xc4ceb9fe1a85ec53);
		return (uint32) (h >> 32);
	}
	return DatumGetUInt32(FunctionCall1Coll(unconstify(FmgrInfo *, &type->hash),
											type->collation, key));
}

static inline bool
lead_equal(const LeadType *type, Datum a, Datum b)
{
	if (type->bitwise)
		return a == b;
	return DatumGetBool(FunctionCall2Coll(unconstify(FmgrInfo *, &type->equal),
										  type->collation, a, b));
}

#define SH_PREFIX leads
#define SH_ELEMENT_TYPE Lead
#define SH_KEY_TYPE Datum
#define SH_KEY key
#define SH_HASH_KEY(tb, key) lead_hash((const LeadType *) (tb)->private_data, key)
#define SH_EQUAL(tb, a, b) lead_equal((const LeadType *) (tb)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct Journeys
{
	LeadType   *type;
	leads_hash *leads;
	Tally	   *tally;
	bool		asked;			/* has and of are known */
	uint64		has;			/* what a caller asks for, in its own terms */
	uint64		of;
};

/* A group starts with room for this many leads. */
#define INITIAL_LEADS 8

const Tally *
journeys_tally(const Journeys *journeys)
{
	return journeys->tally;
}

/*
 * The functions of a type live as long as the query, in the function call's
 * cache, so that a million groups share them.
 */
static LeadType *
lead_type(FunctionCallInfo fcinfo, Oid oid, Oid collation)
{
	LeadType   *type = fcinfo->flinfo->fn_extra;
	TypeCacheEntry *cache;
	Oid			hash;

	if (type != NULL && type->oid == oid)
		return type;

	cache = lookup_type_cache(oid, TYPECACHE_HASH_PROC |
							  TYPECACHE_EQ_OPR_FINFO);
	hash = cache->hash_proc;
#if PG_VERSION_NUM >= 140000
	/* the cache does not know the columns of a row, and so takes it for none */
	if (oid == RECORDOID)
		hash = F_HASH_RECORD;
#endif
	if (!OidIsValid(hash) || !OidIsValid(cache->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify a hash function for type %s",
						format_type_be(oid)),
				 type_is_rowtype(oid) ?
				 errhint("Write the lead as text, as in (campaign, lead_id)::text.") :
				 errhint("A lead may be of any type that GROUP BY can hash: bigint, integer, uuid, text and others.")));

	type = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LeadType));
	type->oid = oid;
	type->collation = collation;
	get_typlenbyvalalign(oid, &type->typlen, &type->typbyval, &type->typalign);
	type->bitwise = oid == INT2OID || oid == INT4OID || oid == INT8OID ||
		oid == OIDOID || oid == DATEOID;
	fmgr_info_cxt(hash, &type->hash, fcinfo->flinfo->fn_mcxt);
	fmgr_info_copy(&type->equal, &cache->eq_opr_finfo,
				   fcinfo->flinfo->fn_mcxt);
	fcinfo->flinfo->fn_extra = type;
	return type;
}

static Journeys *
journeys_new(MemoryContext context, LeadType *type, uint32 nleads)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Journeys   *journeys = palloc0(sizeof(Journeys));

	journeys->type = type;
	journeys->leads = leads_create(context, nleads, type);
	journeys->tally = tally_new();
	MemoryContextSwitchTo(old);
	return journeys;
}

/* Recounts a lead; memory comes from the current context. */
static void
journeys_count(Journeys *journeys, outcome set, int64 n)
{
	Tally	   *tally = tally_add(journeys->tally, set, n);

	if (tally != journeys->tally)
	{
		pfree(journeys->tally);
		journeys->tally = tally;
	}
}

/* Adds an outcome to a lead's journey. */
static void
journeys_add(Journeys *journeys, MemoryContext context, Datum key, outcome set)
{
	LeadType   *type = journeys->type;
	bool		found;
	Lead	   *lead = leads_insert(journeys->leads, key, &found);
	MemoryContext old;

	if (found && outcome_has(lead->set, set))
		return;

	old = MemoryContextSwitchTo(context);
	if (!found)
	{
		lead->set = 0;
		if (!type->typbyval)
			lead->key = type->typlen == -1 ?
				PointerGetDatum(PG_DETOAST_DATUM_COPY(key)) :
				datumCopy(key, false, type->typlen);
	}
	else
		journeys_count(journeys, lead->set, -1);
	lead->set |= set;
	journeys_count(journeys, lead->set, 1);
	MemoryContextSwitchTo(old);
}

MemoryContext
journeys_context(FunctionCallInfo fcinfo, const char *function)
{
	MemoryContext context;

	check_aggregate_call(fcinfo, function);
	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "%s called in an unknown aggregate context", function);
	return context;
}

Journeys *
journeys_accum(FunctionCallInfo fcinfo, MemoryContext context)
{
	Journeys   *journeys = PG_ARGISNULL(0) ? NULL :
		(Journeys *) PG_GETARG_POINTER(0);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journeys;
	if (journeys == NULL)
	{
		Oid			oid = get_fn_expr_argtype(fcinfo->flinfo, 2);

		if (!OidIsValid(oid))
			elog(ERROR, "could not determine the type of the lead");
		journeys = journeys_new(context, lead_type(fcinfo, oid, PG_GET_COLLATION()),
								INITIAL_LEADS);
	}
	journeys_add(journeys, context, PG_GETARG_DATUM(2), PG_GETARG_OUTCOME(1));
	return journeys;
}

/*
 * kpi_journeys_accum(internal, outcome, anyelement): adds a row to its lead.
 * A row whose outcome or lead is NULL is skipped.
 */
PG_FUNCTION_INFO_V1(kpi_journeys_accum);
Datum
kpi_journeys_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context = journeys_context(fcinfo, __func__);
	Journeys   *journeys = journeys_accum(fcinfo, context);

	if (journeys == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(journeys);
}

void
journeys_ask(Journeys *journeys, uint64 has, uint64 of)
{
	if (journeys->asked && (journeys->has != has || journeys->of != of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"has\" and \"of\" must be the same on every row of a group")));
	journeys->asked = true;
	journeys->has = has;
	journeys->of = of;
}

bool
journeys_asked(const Journeys *journeys, uint64 *has, uint64 *of)
{
	*has = journeys->has;
	*of = journeys->of;
	return journeys->asked;
}

/* kpi_journeys_combine(internal, internal): unites the journeys lead by lead. */
PG_FUNCTION_INFO_V1(kpi_journeys_combine);
Datum
kpi_journeys_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = journeys_context(fcinfo, __func__);
	Journeys   *a = PG_ARGISNULL(0) ? NULL : (Journeys *) PG_GETARG_POINTER(0);
	Journeys   *b = PG_ARGISNULL(1) ? NULL : (Journeys *) PG_GETARG_POINTER(1);
	leads_iterator i;
	Lead	   *lead;

	if (b == NULL)
	{
		if (a == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(a);
	}

	/* b is in memory that does not last, so even an empty a needs a copy */
	if (a == NULL)
		a = journeys_new(context, lead_type(fcinfo, b->type->oid, b->type->collation),
						 Max(b->leads->members, INITIAL_LEADS));
	if (b->asked)
		journeys_ask(a, b->has, b->of);

	leads_start_iterate(b->leads, &i);
	while ((lead = leads_iterate(b->leads, &i)) != NULL)
		journeys_add(a, context, lead->key, lead->set);
	PG_RETURN_POINTER(a);
}

/*
 * kpi_journeys_serialize(internal): the leads, for another process of the
 * same server.
 */
PG_FUNCTION_INFO_V1(kpi_journeys_serialize);
Datum
kpi_journeys_serialize(PG_FUNCTION_ARGS)
{
	Journeys   *journeys;
	LeadType   *type;
	StringInfoData buf;
	leads_iterator i;
	Lead	   *lead;

	check_aggregate_call(fcinfo, __func__);
	journeys = (Journeys *) PG_GETARG_POINTER(0);
	type = journeys->type;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, type->oid);
	pq_sendint32(&buf, type->collation);
	pq_sendbyte(&buf, journeys->asked);
	pq_sendint64(&buf, journeys->has);
	pq_sendint64(&buf, journeys->of);
	pq_sendint32(&buf, journeys->leads->members);

	leads_start_iterate(journeys->leads, &i);
	while ((lead = leads_iterate(journeys->leads, &i)) != NULL)
	{
		pq_sendint32(&buf, lead->set);
		if (type->typbyval)
			pq_sendbytes(&buf, (char *) &lead->key, sizeof(Datum));
		else
		{
			Size		size = datumGetSize(lead->key, false, type->typlen);

			pq_sendint32(&buf, size);
			pq_sendbytes(&buf, DatumGetPointer(lead->key), size);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* kpi_journeys_deserialize(bytea, internal): what serialize wrote. */
PG_FUNCTION_INFO_V1(kpi_journeys_deserialize);
Datum
kpi_journeys_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *serialized;
	StringInfoData buf;
	Journeys   *journeys;
	LeadType   *type;
	uint64		has;
	uint64		of;
	bool		asked;
	uint32		n;
	Oid			oid;

	check_aggregate_call(fcinfo, __func__);
	serialized = PG_GETARG_BYTEA_PP(0);

	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(serialized),
						   VARSIZE_ANY_EXHDR(serialized));

	/* the server calls this function without a collation of its own */
	oid = pq_getmsgint(&buf, 4);
	type = lead_type(fcinfo, oid, pq_getmsgint(&buf, 4));
	asked = pq_getmsgbyte(&buf) != 0;
	has = pq_getmsgint64(&buf);
	of = pq_getmsgint64(&buf);
	n = pq_getmsgint(&buf, 4);

	journeys = journeys_new(CurrentMemoryContext, type, Max(n, INITIAL_LEADS));
	if (asked)
		journeys_ask(journeys, has, of);
	while (n-- > 0)
	{
		outcome		set = pq_getmsgint(&buf, 4);
		Datum		key;

		if (type->typbyval)
			memcpy(&key, pq_getmsgbytes(&buf, sizeof(Datum)), sizeof(Datum));
		else
		{
			int			size = pq_getmsgint(&buf, 4);
			char	   *copy = palloc(size);

			/* the message has no alignment */
			memcpy(copy, pq_getmsgbytes(&buf, size), size);
			key = PointerGetDatum(copy);
		}
		journeys_add(journeys, CurrentMemoryContext, key, set);
	}
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(journeys);
}
