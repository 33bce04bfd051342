/*-------------------------------------------------------------------------
 *
 * disposition.c
 *		Dialers' and CRMs' own codes, looked up in the table kpi_disposition.
 *
 * The table is read into a hash table once per session.  A trigger on it
 * sends a relcache invalidation for every statement that changes it, which
 * the server delivers to this session at once, to others at commit, and takes
 * back on rollback; the cache is read again after one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "compat.h"
#include "outcome.h"

/* The columns of kpi_disposition. */
enum
{
	COLUMN_SOURCE = 1,
	COLUMN_CODE,
	COLUMN_OUTCOME,
	COLUMN_NOTE,
	COLUMN_STOCK,
	NCOLUMNS = COLUMN_STOCK
};

/* A text without its terminator. */
typedef struct Word
{
	const char *data;
	int			len;
} Word;

typedef struct Code
{
	Word		source;
	Word		code;
} Code;

/* What one code of one source means. */
typedef struct Disposition
{
	Code		key;
	outcome		outcome;
	bool		stock;			/* gives way to a user's row */
	char		status;
} Disposition;

static inline uint32
word_hash(Word word)
{
	return hash_bytes((const unsigned char *) word.data, word.len);
}

static inline bool
word_equal(Word a, Word b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static inline bool
code_equal(Code a, Code b)
{
	return word_equal(a.code, b.code) && word_equal(a.source, b.source);
}

#define SH_PREFIX codes
#define SH_ELEMENT_TYPE Disposition
#define SH_KEY_TYPE Code
#define SH_KEY key
#define SH_HASH_KEY(tb, k) hash_combine(word_hash((k).code), word_hash((k).source))
#define SH_EQUAL(tb, a, b) code_equal(a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * The session's copy of the table.
 *
 * It is good for as long as no invalidation comes.  One that is read under a
 * snapshot older than the last invalidation may lack the change which that
 * told of, so it serves that snapshot only.
 */
static struct
{
	Oid			relation;		/* of which table, or InvalidOid */
	MemoryContext context;
	codes_hash *codes;
	bool		lasting;		/* not for one snapshot only */
	TransactionId xmin;			/* the snapshot that it was last checked for */
	TransactionId xmax;
	CommandId	curcid;
	TimestampTz statement;
}			cache;

static TimestampTz invalidated_at;

/* Relcache callback: forgets the copy, for relation or for all relations. */
static void
forget_codes(Datum arg pg_attribute_unused(), Oid relation)
{
	if (OidIsValid(relation) && relation != cache.relation)
		return;
	cache.codes = NULL;
	invalidated_at = GetCurrentTimestamp();
}

static Word
copy_word(Datum datum)
{
	text	   *value = DatumGetTextPP(datum);
	Word		word;

	word.len = VARSIZE_ANY_EXHDR(value);
	word.data = pnstrdup(VARDATA_ANY(value), word.len);
	return word;
}

/* Reads the table, under the active snapshot. */
static void
read_codes(Oid relation)
{
	static bool registered = false;
	MemoryContext old;
	Relation	rel;
	TableScanDesc scan;
	TupleTableSlot *slot;
	codes_hash *codes;
	TimestampTz snapshot_from;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(forget_codes, (Datum) 0);
		registered = true;
	}
	if (cache.context == NULL)
		cache.context = AllocSetContextCreate(CacheMemoryContext,
											  "kpi dispositions",
											  ALLOCSET_DEFAULT_SIZES);
	cache.codes = NULL;
	MemoryContextReset(cache.context);

	rel = table_open(relation, AccessShareLock);
	cache.relation = relation;
	old = MemoryContextSwitchTo(cache.context);
	codes = codes_create(cache.context, 512, NULL);
	slot = table_slot_create(rel, NULL);
	scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Disposition *row;
		Code		key;
		bool		found;
		bool		stock;

		slot_getallattrs(slot);
		key.source = copy_word(slot->tts_values[COLUMN_SOURCE - 1]);
		key.code = copy_word(slot->tts_values[COLUMN_CODE - 1]);
		stock = DatumGetBool(slot->tts_values[COLUMN_STOCK - 1]);
		row = codes_insert(codes, key, &found);
		if (found && stock)
			continue;
		row->outcome = DatumGetOutcome(slot->tts_values[COLUMN_OUTCOME - 1]);
		row->stock = stock;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextSwitchTo(old);
	table_close(rel, AccessShareLock);

	snapshot_from = IsolationUsesXactSnapshot() ?
		GetCurrentTransactionStartTimestamp() :
		GetCurrentStatementStartTimestamp();
	cache.lasting = invalidated_at < snapshot_from;
	cache.codes = codes;
}

/* The codes as the active snapshot sees them. */
static codes_hash *
current_codes(Oid relation)
{
	Snapshot	snapshot = GetActiveSnapshot();
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	bool		same_snapshot = cache.statement == statement &&
		cache.curcid == snapshot->curcid &&
		cache.xmin == snapshot->xmin && cache.xmax == snapshot->xmax;

	if (likely(same_snapshot && cache.codes != NULL &&
			   cache.relation == relation))
		return cache.codes;

	/* once per snapshot: whether the caller may read, and what has changed */
	if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(relation));
	AcceptInvalidationMessages();
	if (cache.codes == NULL || cache.relation != relation || !cache.lasting)
		read_codes(relation);
	cache.statement = statement;
	cache.curcid = snapshot->curcid;
	cache.xmin = snapshot->xmin;
	cache.xmax = snapshot->xmax;
	return cache.codes;
}

/*
 * A source may be narrowed after a slash: "vicidial/SPRING" has the codes of
 * "vicidial", but for those that it has itself.
 */
static const Disposition *
find_code(codes_hash *codes, Word source, Word code)
{
	Code		key = {source, code};
	const Disposition *found;

	for (;;)
	{
		found = codes_lookup(codes, key);
		if (found != NULL)
			return found;
		do
		{
			if (key.source.len == 0)
				return NULL;
			key.source.len--;
		} while (key.source.data[key.source.len] != '/');
	}
}

/* Does the source, or one that it narrows, have any codes? */
static bool
source_known(codes_hash *codes, Word source)
{
	codes_iterator i;
	Disposition *row;

	codes_start_iterate(codes, &i);
	while ((row = codes_iterate(codes, &i)) != NULL)
	{
		Word		known = row->key.source;

		if (known.len <= source.len &&
			memcmp(known.data, source.data, known.len) == 0 &&
			(known.len == source.len || source.data[known.len] == '/'))
			return true;
	}
	return false;
}

static int
compare_words(const ListCell *a, const ListCell *b)
{
	return strcmp((const char *) lfirst(a), (const char *) lfirst(b));
}

/* The sources that there are, for a hint. */
static char *
known_sources(codes_hash *codes)
{
	List	   *names = NIL;
	StringInfoData list;
	codes_iterator i;
	Disposition *row;
	const char *last = NULL;
	ListCell   *cell;

	codes_start_iterate(codes, &i);
	while ((row = codes_iterate(codes, &i)) != NULL)
		names = lappend(names, pnstrdup(row->key.source.data,
										row->key.source.len));
	list_sort(names, compare_words);

	initStringInfo(&list);
	foreach(cell, names)
	{
		const char *name = lfirst(cell);

		if (last == NULL || strcmp(name, last) != 0)
			appendStringInfo(&list, "%s%s", last ? ", " : "", name);
		last = name;
	}
	return list.data;
}

static Word
text_word(text *value)
{
	return (Word) {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

/*
 * disposition(source text, code text, strict boolean): the outcome that the
 * table kpi_disposition gives to the code.
 *
 * NULL in, NULL out.  A code that is not in the table is an error (22023), or
 * NULL where strict is false; a source without any code is always an error,
 * because it is a misspelt one.
 */
PG_FUNCTION_INFO_V1(kpi_disposition_lookup);
Datum
kpi_disposition_lookup(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	text	   *code = PG_GETARG_TEXT_PP(1);
	bool		strict = PG_GETARG_BOOL(2);
	Oid		   *relation = fcinfo->flinfo->fn_extra;
	codes_hash *codes;
	const Disposition *found;

	if (relation == NULL)
	{
		/* the table stands beside the function, wherever the extension is */
		relation = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Oid));
		*relation = get_relname_relid("kpi_disposition",
									  get_func_namespace(fcinfo->flinfo->fn_oid));
		if (!OidIsValid(*relation))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("table kpi_disposition does not exist")));
		fcinfo->flinfo->fn_extra = relation;
	}

	codes = current_codes(*relation);
	found = find_code(codes, text_word(source), text_word(code));
	if (likely(found != NULL))
		PG_RETURN_OUTCOME(found->outcome);

	if (!source_known(codes, text_word(source)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown source of codes: \"%s\"",
						text_to_cstring(source)),
				 errhint("The sources are %s.", known_sources(codes))));
	if (strict)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("code \"%s\" of source \"%s\" has no outcome",
						text_to_cstring(code), text_to_cstring(source)),
				 errhint("Add it with INSERT INTO kpi_disposition (source, code, outcome), or have NULL for such codes with strict => false.")));
	PG_RETURN_NULL();
}

/*
 * The codes of a query's first column that have no outcome, with how often
 * each occurs.  The query runs with the caller's rights and search_path.
 */
static Datum
unmapped(FunctionCallInfo fcinfo, text *source, const char *query)
{
	char	   *schema = get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid));
	Oid			types[] = {TEXTOID};
	Datum		values[] = {PointerGetDatum(source)};
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);

	SPI_connect();
	SPI_execute_with_args(psprintf("SELECT code::pg_catalog.text COLLATE \"C\", pg_catalog.count(*)"
								   " FROM (\n%s\n) AS codes(code)"
								   " WHERE code IS NOT NULL AND"
								   " %s.disposition($1, code::pg_catalog.text, false) IS NULL"
								   " GROUP BY 1 ORDER BY 2 DESC, 1",
								   query, quote_identifier(schema)),
						  1, types, values, NULL, false, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		row[2];
		bool		nulls[2];

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, row, nulls);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}

/* kpi_unmapped(source text, query text): see unmapped(). */
PG_FUNCTION_INFO_V1(kpi_unmapped_query);
Datum
kpi_unmapped_query(PG_FUNCTION_ARGS)
{
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int			len = strlen(query);

	/* what is pasted from psql ends in a semicolon */
	while (len > 0 && strchr("; \t\r\n", query[len - 1]) != NULL)
		query[--len] = '\0';
	return unmapped(fcinfo, PG_GETARG_TEXT_PP(0), query);
}

/* kpi_unmapped(source text, relation regclass, code_column name) */
PG_FUNCTION_INFO_V1(kpi_unmapped_column);
Datum
kpi_unmapped_column(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(1);
	char	   *name = get_rel_name(relation);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	return unmapped(fcinfo, PG_GETARG_TEXT_PP(0),
					psprintf("SELECT %s FROM %s",
							 quote_identifier(NameStr(*PG_GETARG_NAME(2))),
							 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name)));
}

static TriggerData *
trigger_data(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by a trigger", function)));
	return (TriggerData *) fcinfo->context;
}

/* Trigger: tells every session that the table has changed. */
PG_FUNCTION_INFO_V1(kpi_disposition_changed);
Datum
kpi_disposition_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo, __func__);

	CacheInvalidateRelcache(trigger->tg_relation);
	PG_RETURN_POINTER(NULL);
}

static bool
is_stock(TriggerData *trigger, HeapTuple tuple)
{
	bool		isnull;
	Datum		stock = heap_getattr(tuple, COLUMN_STOCK,
									 RelationGetDescr(trigger->tg_relation),
									 &isnull);

	return !isnull && DatumGetBool(stock);
}

/*
 * Trigger: the stock rows are the extension's.  They are not dumped, so that
 * a change of one would be lost; a user's row beside it is what lasts.
 */
PG_FUNCTION_INFO_V1(kpi_disposition_guard);
Datum
kpi_disposition_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo, __func__);
	bool		stock;

	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		stock = true;
	else
		stock = is_stock(trigger, trigger->tg_trigtuple) ||
			(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
			 is_stock(trigger, trigger->tg_newtuple));

	if (stock && !creating_extension)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("stock codes of kpi_disposition cannot be changed"),
				 errhint("Insert a row of your own with the same source and code: it comes first. Delete your own rows with WHERE NOT stock.")));

	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
					  trigger->tg_newtuple : trigger->tg_trigtuple);
}
