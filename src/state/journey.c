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
#include "common/hashfn.h"
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

/* The bytes of a key that is not in its place; they follow the length. */
typedef struct LeadBytes
{
	uint32		length;
	char		data[FLEXIBLE_ARRAY_MEMBER];
} LeadBytes;

/* A place of the table. */
typedef struct Lead
{
	uint32		hash;			/* with LEAD_USED, or 0 where the place is free */
	outcome		set;			/* the union of its outcomes */
	Datum		key;			/* or a pointer to it */
} Lead;

#define LEAD_USED	((uint32) 1 << 31)

/* How leads of one type are kept and compared. */
typedef enum LeadKind
{
	LEAD_BITS,					/* by value, equal where their bits are */
	LEAD_BYTES,					/* LeadBytes, equal where their bytes are */
	LEAD_VALUE					/* as the type's own functions say */
} LeadKind;

/* The same for all groups of a query. */
typedef struct LeadType
{
	Oid			oid;
	Oid			collation;
	LeadKind	kind;
	int16		typlen;
	bool		typbyval;
	FmgrInfo	hash;
	FmgrInfo	equal;
} LeadType;

/*
 * A table that is larger than the caches costs a wait for memory at each row,
 * so that rows are put off until there are so many, and their places are on
 * the way to the processor meanwhile.
 */
#define BATCH_ROWS		32
#define BATCH_BYTES		1024	/* of keys that are not in their place */
#define BATCH_PLACES	4096	/* of a table for which rows are put off */

typedef struct Batch
{
	int			rows;
	Size		used;
	Lead		row[BATCH_ROWS];
	union
	{
		uint64		aligned;
		char		data[BATCH_BYTES];
	}			keys;
} Batch;

struct Journeys
{
	LeadType   *type;
	MemoryContext context;		/* of the aggregate */
	Lead	   *places;			/* open addressing */
	uint32		mask;			/* their number, less 1 */
	uint32		used;
	Batch	   *batch;			/* NULL while the table is small */
	char	   *room;			/* for the bytes of keys */
	Size		room_left;
	Tally	   *tally;
	bool		asked;			/* has and of are known */
	uint64		has;			/* what a caller asks for, in its own terms */
	uint64		of;
};

#ifdef __GNUC__
#define prefetch(address)	__builtin_prefetch(address)
#else
#define prefetch(address)	((void) (address))
#endif

/* A group starts with so many places. */
#define PLACES_MIN		8
#define PLACES_MAX		((uint32) 1 << 30)

/* The bytes of a value, for LEAD_BYTES; detoasted where it has to be. */
static inline const char *
lead_bytes(const LeadType *type, Datum value, uint32 *length)
{
	if (type->typlen == -1)
	{
		struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

		*length = VARSIZE_ANY_EXHDR(bytes);
		return VARDATA_ANY(bytes);
	}
	*length = type->typlen;
	return DatumGetPointer(value);
}

/* Of a row's value, which is not in the table. */
static inline uint32
lead_hash(const LeadType *type, Datum value, const char *bytes, uint32 length)
{
	uint64		h;

	switch (type->kind)
	{
		case LEAD_BITS:
			/* the finalizer of MurmurHash3 */
			h = (uint64) value;
			h ^= h >> 33;
			h *= UINT64CONST(0xff51afd7ed558ccd);
			h ^= h >> 33;
			h *= UINT64CONST(0xc4ceb9fe1a85ec53);
			return (uint32) (h >> 32) | LEAD_USED;
		case LEAD_BYTES:
			return hash_bytes((const unsigned char *) bytes, length) | LEAD_USED;
		default:
			/* some types' hashes are weak in their low bits */
			return murmurhash32(DatumGetUInt32(FunctionCall1Coll(unconstify(FmgrInfo *, &type->hash),
																 type->collation, value))) | LEAD_USED;
	}
}

static inline bool
lead_equal(const LeadType *type, Datum a, Datum b)
{
	const LeadBytes *x;
	const LeadBytes *y;

	switch (type->kind)
	{
		case LEAD_BITS:
			return a == b;
		case LEAD_BYTES:
			x = (const LeadBytes *) DatumGetPointer(a);
			y = (const LeadBytes *) DatumGetPointer(b);
			return x->length == y->length && memcmp(x->data, y->data, x->length) == 0;
		default:
			return DatumGetBool(FunctionCall2Coll(unconstify(FmgrInfo *, &type->equal),
												  type->collation, a, b));
	}
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
	get_typlenbyval(oid, &type->typlen, &type->typbyval);
	type->kind = LEAD_VALUE;
	if (type->typbyval &&
		(oid == INT2OID || oid == INT4OID || oid == INT8OID || oid == OIDOID || oid == DATEOID))
		type->kind = LEAD_BITS;
	else if (!type->typbyval &&
			 (oid == UUIDOID || oid == INT8OID || oid == BYTEAOID ||
			  ((oid == TEXTOID || oid == VARCHAROID) &&
			   OidIsValid(collation) && get_collation_isdeterministic(collation))))
		type->kind = LEAD_BYTES;
	fmgr_info_cxt(hash, &type->hash, fcinfo->flinfo->fn_mcxt);
	fmgr_info_copy(&type->equal, &cache->eq_opr_finfo,
				   fcinfo->flinfo->fn_mcxt);
	fcinfo->flinfo->fn_extra = type;
	return type;
}

/*
 * The table
 */

static Lead *
new_places(MemoryContext context, uint32 n)
{
	return MemoryContextAllocExtended(context, n * sizeof(Lead), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* One with room for so many leads. */
static Journeys *
journeys_new(MemoryContext context, LeadType *type, uint32 nleads)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Journeys   *journeys = palloc0(sizeof(Journeys));
	uint32		places = PLACES_MIN;

	while (places < PLACES_MAX && places / 4 * 3 < nleads)
		places *= 2;
	journeys->type = type;
	journeys->context = context;
	journeys->places = new_places(context, places);
	journeys->mask = places - 1;
	journeys->tally = tally_new();
	MemoryContextSwitchTo(old);
	return journeys;
}

static void
journeys_grow(Journeys *journeys)
{
	uint32		places = journeys->mask + 1;
	Lead	   *before = journeys->places;

	if (places >= PLACES_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many leads in one group"),
				 errdetail("A group holds %u at most.", PLACES_MAX / 4 * 3)));
	journeys->places = new_places(journeys->context, 2 * places);
	journeys->mask = 2 * places - 1;
	for (uint32 i = 0; i < places; i++)
	{
		uint32		j = before[i].hash & journeys->mask;

		if (before[i].hash == 0)
			continue;
		while (journeys->places[j].hash != 0)
			j = (j + 1) & journeys->mask;
		journeys->places[j] = before[i];
	}
	pfree(before);
}

static inline Size
key_size(const LeadType *type, Datum key)
{
	return type->kind == LEAD_BYTES ?
		offsetof(LeadBytes, data) + ((LeadBytes *) DatumGetPointer(key))->length :
		datumGetSize(key, false, type->typlen);
}

/* A copy of a key that lasts. */
static Datum
keep_key(Journeys *journeys, Datum key)
{
	const LeadType *type = journeys->type;
	Size		size;
	char	   *kept;

	if (type->typbyval)
		return key;
	size = MAXALIGN(key_size(type, key));
	if (size > journeys->room_left)
	{
		/* a large key alone leaves the room to those that come */
		Size		room = size > 1024 ? size : Max(size, Min((Size) journeys->used * 16, 8192));

		kept = MemoryContextAllocHuge(journeys->context, room);
		if (size <= 1024)
		{
			journeys->room = kept;
			journeys->room_left = room;
		}
	}
	else
		kept = journeys->room;
	memcpy(kept, DatumGetPointer(key), key_size(type, key));
	if (kept == journeys->room)
	{
		journeys->room += size;
		journeys->room_left -= size;
	}
	return PointerGetDatum(kept);
}

/* Recounts a lead. */
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

/* Adds an outcome to a lead's journey; the row's key is the caller's. */
static void
journeys_add(Journeys *journeys, const Lead *row)
{
	uint32		i = row->hash & journeys->mask;
	Lead	   *lead;
	MemoryContext old;

	while ((lead = &journeys->places[i])->hash != 0 &&
		   (lead->hash != row->hash || !lead_equal(journeys->type, lead->key, row->key)))
		i = (i + 1) & journeys->mask;

	if (lead->hash != 0 && outcome_has(lead->set, row->set))
		return;
	old = MemoryContextSwitchTo(journeys->context);
	if (lead->hash == 0)
	{
		lead->key = keep_key(journeys, row->key);
		lead->set = row->set;
		lead->hash = row->hash;
		journeys->used++;
	}
	else
	{
		journeys_count(journeys, lead->set, -1);
		lead->set |= row->set;
	}
	journeys_count(journeys, lead->set, 1);
	if (journeys->used > journeys->mask / 4 * 3)
		journeys_grow(journeys);
	MemoryContextSwitchTo(old);
}

/* Adds the rows that were put off. */
static void
journeys_flush(Journeys *journeys)
{
	Batch	   *batch = journeys->batch;

	if (batch == NULL || batch->rows == 0)
		return;
	if (!journeys->type->typbyval)
	{
		/* the keys to compare with are elsewhere again */
		for (int i = 0; i < batch->rows; i++)
		{
			const Lead *lead = &journeys->places[batch->row[i].hash & journeys->mask];

			if (lead->hash == batch->row[i].hash)
				prefetch(DatumGetPointer(lead->key));
		}
	}
	for (int i = 0; i < batch->rows; i++)
		journeys_add(journeys, &batch->row[i]);
	batch->rows = 0;
	batch->used = 0;
}

/* The row's key lasts for the call. */
void
journeys_row(Journeys *journeys, Datum value, outcome set)
{
	const LeadType *type = journeys->type;
	const char *bytes = NULL;
	uint32		length = 0;
	Size		size = 0;
	Batch	   *batch;
	Lead	   *row;
	Lead		alone;

	if (type->kind == LEAD_BYTES)
	{
		bytes = lead_bytes(type, value, &length);
		size = MAXALIGN(offsetof(LeadBytes, data) + (Size) length);
	}
	else if (!type->typbyval)
	{
		if (type->typlen == -1)
			value = PointerGetDatum(PG_DETOAST_DATUM(value));
		size = MAXALIGN(datumGetSize(value, false, type->typlen));
	}
	if (journeys->batch == NULL && journeys->mask >= BATCH_PLACES)
	{
		journeys->batch = MemoryContextAlloc(journeys->context, sizeof(Batch));
		journeys->batch->rows = 0;
		journeys->batch->used = 0;
	}
	batch = journeys->batch;
	if (batch != NULL && size > BATCH_BYTES - batch->used)
		journeys_flush(journeys);
	row = batch != NULL && size <= BATCH_BYTES ? &batch->row[batch->rows] : &alone;
	row->set = set;
	row->hash = lead_hash(type, value, bytes, length);
	row->key = value;
	if (size > 0 && (type->kind == LEAD_BYTES || row != &alone))
	{
		char	   *place = row == &alone ? palloc(size) : batch->keys.data + batch->used;

		if (type->kind == LEAD_BYTES)
		{
			((LeadBytes *) place)->length = length;
			memcpy(((LeadBytes *) place)->data, bytes, length);
		}
		else
			memcpy(place, DatumGetPointer(value), datumGetSize(value, false, type->typlen));
		row->key = PointerGetDatum(place);
	}
	if (row == &alone)
	{
		journeys_add(journeys, row);
		if (row->key != value)
			pfree(DatumGetPointer(row->key));
		return;
	}
	prefetch(&journeys->places[row->hash & journeys->mask]);
	batch->used += size;
	if (++batch->rows == BATCH_ROWS)
		journeys_flush(journeys);
}

void
journeys_fetch(const Journeys *journeys, Datum lead)
{
	/* where rows are put off, that is what it is for */
	if (journeys->batch == NULL && journeys->type->kind == LEAD_BITS)
		prefetch(&journeys->places[lead_hash(journeys->type, lead, NULL, 0) & journeys->mask]);
}

const Tally *
journeys_tally(Journeys *journeys)
{
	journeys_flush(journeys);
	return journeys->tally;
}

Journeys *
journeys_of(MemoryContext context, const Tally *tally)
{
	Journeys   *journeys = journeys_new(context, NULL, 0);
	MemoryContext old = MemoryContextSwitchTo(context);
	int			position = 0;
	outcome		set;
	int64		count;
	bool		any = false;

	while (tally != NULL && tally_next(tally, &position, &set, &count))
	{
		journeys_count(journeys, set, count);
		any |= count > 0;
	}
	MemoryContextSwitchTo(old);
	return any ? journeys : NULL;
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
								0);
	}
	journeys_row(journeys, PG_GETARG_DATUM(2), PG_GETARG_OUTCOME(1));
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

	if (b == NULL)
	{
		if (a == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(a);
	}

	/* b is in memory that does not last, so even an empty a needs a copy */
	if (a == NULL)
		a = journeys_new(context, lead_type(fcinfo, b->type->oid, b->type->collation),
						 b->used);
	if (b->asked)
		journeys_ask(a, b->has, b->of);

	journeys_flush(a);
	journeys_flush(b);
	for (uint32 i = 0; i <= b->mask; i++)
	{
		if (b->places[i].hash != 0)
			journeys_add(a, &b->places[i]);
	}
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

	check_aggregate_call(fcinfo, __func__);
	journeys = (Journeys *) PG_GETARG_POINTER(0);
	type = journeys->type;
	journeys_flush(journeys);

	pq_begintypsend(&buf);
	pq_sendint32(&buf, type->oid);
	pq_sendint32(&buf, type->collation);
	pq_sendbyte(&buf, journeys->asked);
	pq_sendint64(&buf, journeys->has);
	pq_sendint64(&buf, journeys->of);
	pq_sendint32(&buf, journeys->used);
	for (uint32 i = 0; i <= journeys->mask; i++)
	{
		const Lead *lead = &journeys->places[i];

		if (lead->hash == 0)
			continue;
		pq_sendint32(&buf, lead->hash);
		pq_sendint32(&buf, lead->set);
		if (type->typbyval)
			pq_sendint64(&buf, (uint64) lead->key);
		else
		{
			Size		size = key_size(type, lead->key);

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

	journeys = journeys_new(CurrentMemoryContext, type, n);
	if (asked)
		journeys_ask(journeys, has, of);
	while (n-- > 0)
	{
		Lead		row;

		row.hash = pq_getmsgint(&buf, 4);
		row.set = pq_getmsgint(&buf, 4);
		if (type->typbyval)
			row.key = (Datum) pq_getmsgint64(&buf);
		else
		{
			int			size = pq_getmsgint(&buf, 4);

			/* the message has no alignment */
			row.key = PointerGetDatum(memcpy(palloc(size), pq_getmsgbytes(&buf, size), size));
		}
		journeys_add(journeys, &row);
		if (!type->typbyval)
			pfree(DatumGetPointer(row.key));
	}
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(journeys);
}
