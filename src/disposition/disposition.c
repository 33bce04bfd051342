/*-------------------------------------------------------------------------
 *
 * disposition.c
 *		Dialers' and CRMs' own codes, looked up in the table kpi_disposition.
 *
 * The table has the users' rows, and the one that inherits from it, which an
 * update of the extension may write safely, the stock rows.  Both are read
 * into a hash table once per session, and a lookup gives what the active
 * snapshot sees in them.
 *
 * Nothing tells a session that a table has changed: once for each snapshot it
 * compares the pages with what they were, by their LSNs, as any change of a
 * row version gives its page a new one.  Pages that are the same hold the same
 * row versions, and these look the same to every snapshot that is younger than
 * the last transaction that wrote one of them.  So the copy serves such
 * snapshots; for others, and after a change, the tables are read again.
 *
 * This needs no trigger that somebody could disable or that replication does
 * not fire, takes part in savepoints and rollbacks by itself, and is as right
 * under REPEATABLE READ, in cursors and on a standby.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/schema.h"
#include "disposition/disposition.h"
#include "type/outcome.h"

/* The users' rows, and the stock rows. */
enum
{
	OWN,
	STOCK,
	NTABLES
};

static const char *const table_names[NTABLES] = {
	"kpi_disposition", "kpi_disposition_stock"
};

typedef struct Tables
{
	Oid			id[NTABLES];
} Tables;

/* The columns of both. */
enum
{
	COLUMN_SOURCE = 1,
	COLUMN_CODE,
	COLUMN_OUTCOME,
	COLUMN_NOTE,
	COLUMN_STOCK
};

/* A text without its terminator. */
typedef struct Label
{
	const char *data;
	int			len;
} Label;

typedef struct Code
{
	Label		source;
	Label		code;
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
word_hash(Label word)
{
	return hash_bytes((const unsigned char *) word.data, word.len);
}

static inline bool
word_equal(Label a, Label b)
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
 * The tables as they were read, in a memory context of its own: what they
 * say, and how their pages were just before.
 */
typedef struct Copy
{
	MemoryContext context;
	Tables		tables;
	codes_hash *codes;
	Label	   *sources;		/* each once */
	int			nsources;

	bool		lasting;		/* may serve other snapshots too */
	Oid			filenode[NTABLES];
	BlockNumber npages[NTABLES];
	XLogRecPtr *lsns[NTABLES];
	TransactionId newest;		/* the last to have written a row version */
} Copy;

/*
 * For what a lookup looks: two lookups that agree in all of this see the same
 * rows.  Snapshots of one transaction that have the same bounds differ in
 * the number of transactions between them if they differ at all, because
 * these only ever end; in its own changes, by command and subtransaction.
 */
typedef struct View
{
	Tables		tables;
	Oid			userid;
	LocalTransactionId lxid;
	SubTransactionId subxid;
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	curcid;
} View;

/* The session's copy, and the last view that it was right for. */
static Copy *session_copy = NULL;
static View session_view;

static Label
text_word(text *value)
{
	return (Label) {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

static Label
copy_word(Label word)
{
	return (Label) {pnstrdup(word.data, word.len), word.len};
}

/*
 * Adds a row to the copy in whose memory context the caller is.  A row lacks
 * a value only where an owner has let it.
 */
static void
add_row(Copy *copy, const Datum *values, const bool *nulls)
{
	Label		source;
	Code		key;
	Disposition *row;
	bool		stock;
	bool		found;
	int			i = copy->nsources;

	if (nulls[COLUMN_SOURCE - 1] || nulls[COLUMN_CODE - 1] ||
		nulls[COLUMN_OUTCOME - 1] || nulls[COLUMN_STOCK - 1])
		return;

	/* the last source first: rows of one mostly come together */
	source = text_word(DatumGetTextPP(values[COLUMN_SOURCE - 1]));
	while (i > 0 && !word_equal(copy->sources[i - 1], source))
		i--;
	if (i == 0)
	{
		/* grows at each power of two */
		if (copy->nsources == 0)
			copy->sources = palloc(sizeof(Label));
		else if ((copy->nsources & (copy->nsources - 1)) == 0)
			copy->sources = repalloc(copy->sources,
									 2 * copy->nsources * sizeof(Label));
		copy->sources[copy->nsources++] = copy_word(source);
		i = copy->nsources;
	}

	key.source = copy->sources[i - 1];
	key.code = copy_word(text_word(DatumGetTextPP(values[COLUMN_CODE - 1])));
	stock = DatumGetBool(values[COLUMN_STOCK - 1]);
	row = codes_insert(copy->codes, key, &found);
	if (found && stock)
		return;
	row->outcome = DatumGetOutcome(values[COLUMN_OUTCOME - 1]);
	row->stock = stock;
}

/* The later of two transactions, either of which may be none. */
static TransactionId
later(TransactionId a, TransactionId b)
{
	if (!TransactionIdIsNormal(b) ||
		(TransactionIdIsNormal(a) && TransactionIdFollows(a, b)))
		return a;
	return b;
}

/*
 * Notes how the pages of a table are, before they are read: a change that
 * comes between the two is one that the snapshot does not see, and that the
 * next look at the pages finds.
 */
static void
note_pages(Copy *copy, int which, Relation rel)
{
	BlockNumber npages = RelationGetNumberOfBlocks(rel);

	copy->filenode[which] = rel->rd_rel->relfilenode;
	copy->npages[which] = npages;
	copy->lsns[which] = palloc(npages * sizeof(XLogRecPtr));
	for (BlockNumber i = 0; i < npages; i++)
	{
		Buffer		buffer = ReadBuffer(rel, i);
		Page		page = BufferGetPage(buffer);

		LockBuffer(buffer, BUFFER_LOCK_SHARE);
		copy->lsns[which][i] = BufferGetLSNAtomic(buffer);
		for (OffsetNumber n = FirstOffsetNumber;
			 n <= PageGetMaxOffsetNumber(page); n++)
		{
			ItemId		item = PageGetItemId(page, n);
			HeapTupleHeader tuple;

			if (!ItemIdIsNormal(item))
				continue;
			tuple = (HeapTupleHeader) PageGetItem(page, item);
			if (!HeapTupleHeaderXminFrozen(tuple))
				copy->newest = later(copy->newest,
									 HeapTupleHeaderGetRawXmin(tuple));
			/* who has but locked a row has not changed it */
			if (!(tuple->t_infomask & HEAP_XMAX_INVALID) &&
				!HEAP_XMAX_IS_LOCKED_ONLY(tuple->t_infomask))
				copy->newest = later(copy->newest,
									 HeapTupleHeaderGetUpdateXid(tuple));
		}
		UnlockReleaseBuffer(buffer);
	}
}

/* Are the pages as they were noted? */
static bool
pages_same(const Copy *copy, int which, Relation rel)
{
	if (rel->rd_rel->relfilenode != copy->filenode[which] ||
		RelationGetNumberOfBlocks(rel) != copy->npages[which])
		return false;
	for (BlockNumber i = 0; i < copy->npages[which]; i++)
	{
		Buffer		buffer = ReadBuffer(rel, i);
		XLogRecPtr	lsn = BufferGetLSNAtomic(buffer);

		ReleaseBuffer(buffer);
		if (lsn != copy->lsns[which][i])
			return false;
	}
	return true;
}

/* Reads all rows of a table, for a user who may. */
static void
read_pages(Copy *copy, int which, Relation rel, Snapshot snapshot)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan;

	/* changes without a record in the log leave LSNs alone */
	if (RelationNeedsWAL(rel) && rel->rd_rel->relam == HEAP_TABLE_AM_OID)
		note_pages(copy, which, rel);
	else
		copy->lasting = false;

	scan = table_beginscan_all(rel, snapshot);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		slot_getallattrs(slot);
		add_row(copy, slot->tts_values, slot->tts_isnull);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * Reads what the user may see of a table: all of it, none of it, which is the
 * server's error, or what row-level security leaves.
 */
static void
read_visible(Copy *copy, Relation rel)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *query;

	copy->lasting = false;
	SPI_connect();
	query = psprintf("SELECT source, code, outcome, NULL, stock FROM ONLY %s",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												RelationGetRelationName(rel)));
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read %s", RelationGetRelationName(rel));
	MemoryContextSwitchTo(context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[COLUMN_STOCK];
		bool		nulls[COLUMN_STOCK];

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
						  values, nulls);
		add_row(copy, values, nulls);
	}
	SPI_finish();
}

/* May the user read all of a table? */
static bool
may_read(Oid relation)
{
	return pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED;
}

/*
 * The table of the users' rows can be renamed and replaced, by its owner: this
 * one must have the columns of the other, whose owner is the extension's.
 */
static void
check_columns(Relation *rels)
{
	TupleDesc	own = RelationGetDescr(rels[OWN]);
	TupleDesc	stock = RelationGetDescr(rels[STOCK]);
	bool		same = rels[OWN]->rd_rel->relkind == RELKIND_RELATION &&
		own->natts >= stock->natts;

	for (int i = 0; same && i < COLUMN_STOCK; i++)
		same = TupleDescAttr(own, i)->atttypid == TupleDescAttr(stock, i)->atttypid;
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s does not have the columns that the extension gave it",
						table_names[OWN])));
}

static Copy *
read_tables(Tables tables, Relation *rels, Snapshot snapshot, bool all)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "kpi dispositions",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Copy	   *copy = palloc0(sizeof(Copy));

	copy->context = context;
	copy->tables = tables;
	copy->codes = codes_create(context, 1024, NULL);
	copy->lasting = true;
	check_columns(rels);
	for (int i = 0; i < NTABLES; i++)
	{
		if (all)
			read_pages(copy, i, rels[i], snapshot);
		else
			read_visible(copy, rels[i]);
	}
	if (!TransactionIdPrecedes(copy->newest, snapshot->xmin))
		copy->lasting = false;
	MemoryContextSwitchTo(old);
	return copy;
}

/* Is the session's copy what this snapshot sees, and the user may read? */
static bool
copy_serves(Tables tables, Relation *rels, Snapshot snapshot)
{
	const Copy *copy = session_copy;

	return copy != NULL && copy->lasting &&
		memcmp(&copy->tables, &tables, sizeof(Tables)) == 0 &&
		TransactionIdPrecedes(copy->newest, snapshot->xmin) &&
		pages_same(copy, OWN, rels[OWN]) &&
		pages_same(copy, STOCK, rels[STOCK]);
}

/*
 * The codes as the active snapshot and the current user see them.  The result
 * is good until the next call.
 */
static const Copy *
current_codes(Tables tables)
{
	Snapshot	snapshot = GetActiveSnapshot();
	View		view = {
		.tables = tables,
		.userid = GetUserId(),
		.lxid = my_local_xid(),
		.subxid = GetCurrentSubTransactionId(),
		.xmin = snapshot->xmin,
		.xmax = snapshot->xmax,
		.xcnt = snapshot->xcnt,
		.subxcnt = snapshot->subxcnt,
		.curcid = snapshot->curcid
	};
	Relation	rels[NTABLES];
	bool		all = true;

	if (likely(session_copy != NULL &&
			   memcmp(&view, &session_view, sizeof(View)) == 0))
		return session_copy;

	for (int i = 0; i < NTABLES; i++)
	{
		rels[i] = table_open(tables.id[i], AccessShareLock);
		all = all && may_read(tables.id[i]);
	}
	if (all && copy_serves(tables, rels, snapshot))
	{
		/* to a serializable transaction, this is reading the tables */
		for (int i = 0; i < NTABLES; i++)
			PredicateLockRelation(rels[i], snapshot);
	}
	else
	{
		/* what is read may look codes up itself: nothing is changed before */
		Copy	   *copy = read_tables(tables, rels, snapshot, all);

		MemoryContextSetParent(copy->context, CacheMemoryContext);
		if (session_copy != NULL)
			MemoryContextDelete(session_copy->context);
		session_copy = copy;
	}
	session_view = view;
	for (int i = 0; i < NTABLES; i++)
		table_close(rels[i], AccessShareLock);
	return session_copy;
}

/* The tables that stand beside a function, wherever the extension is. */
static Tables
tables_beside(FmgrInfo *function)
{
	Oid			schema = kpi_schema(function->fn_oid);
	Tables		tables;

	for (int i = 0; i < NTABLES; i++)
	{
		tables.id[i] = get_relname_relid(table_names[i], schema);
		if (!OidIsValid(tables.id[i]))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("table %s does not exist", table_names[i])));
	}
	return tables;
}

/*
 * A source may be narrowed after a slash: "vicidial/SPRING" has the codes of
 * "vicidial", but for those that it has itself.
 */
static const Disposition *
find_code(const Copy *copy, Label source, Label code)
{
	Code		key = {source, code};
	const Disposition *found;

	for (;;)
	{
		found = codes_lookup(copy->codes, key);
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

/* Is the source this one, or one that it narrows? */
static bool
narrows(Label source, Label known)
{
	return known.len <= source.len &&
		memcmp(known.data, source.data, known.len) == 0 &&
		(known.len == source.len || source.data[known.len] == '/');
}

/* The names that are closest to a misspelt one. */
typedef struct Closest
{
	const char *name;			/* in lower case, as all are compared */
	int			len;
	int			distance;
	List	   *names;
} Closest;

static char *
lower_word(Label word)
{
	return str_tolower(word.data, word.len, DEFAULT_COLLATION_OID);
}

/* One letter in three may be wrong, and the case of all. */
static void
closest_init(Closest *closest, Label name)
{
	closest->name = lower_word((Label) {name.data, pg_mbcliplen(name.data, name.len, 60)});
	closest->len = strlen(closest->name);
	closest->distance = pg_mbstrlen(closest->name) / 3;
	closest->names = NIL;
}

static void
closest_try(Closest *closest, Label name)
{
	char	   *lower = lower_word(name);
	int			distance;

	distance = varstr_levenshtein_less_equal(closest->name, closest->len,
											 lower, strlen(lower), 1, 1, 1,
											 closest->distance, true);
	if (distance > closest->distance)
		return;
	if (distance < closest->distance)
		closest->names = NIL;
	closest->distance = distance;
	closest->names = lappend(closest->names, pnstrdup(name.data, name.len));
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp((const char *) lfirst(a), (const char *) lfirst(b));
}

/* Appends the names, each once, in order, no more of them than limit. */
static void
append_names(StringInfo buf, List *names, const char *quote, const char *separator,
			 int limit)
{
	const char *last = NULL;
	ListCell   *cell;

	list_sort(names, compare_names);
	foreach(cell, names)
	{
		const char *name = lfirst(cell);

		if (last != NULL && strcmp(name, last) == 0)
			continue;
		if (limit-- == 0)
		{
			appendStringInfo(buf, "%s...", separator);
			break;
		}
		appendStringInfo(buf, "%s%s%s%s", last ? separator : "", quote, name, quote);
		last = name;
	}
}

static void
append_closest(StringInfo buf, Closest *closest)
{
	if (closest->names == NIL)
		return;
	appendStringInfoString(buf, "Did you mean ");
	append_names(buf, closest->names, "\"", " or ", 3);
	appendStringInfoString(buf, "? ");
}

/* For a message: a column of something else may hold very long "codes". */
static const char *
shown(Label word)
{
	int			len = pg_mbcliplen(word.data, word.len, 100);

	return psprintf("%.*s%s", len, word.data, len < word.len ? "..." : "");
}

static bool
has_codes(const Copy *copy, Label source)
{
	for (int i = 0; i < copy->nsources; i++)
		if (narrows(source, copy->sources[i]))
			return true;
	return false;
}

/* Raises an error unless the source, or one that it narrows, has any codes. */
static void
check_source(const Copy *copy, Label source)
{
	StringInfoData hint;
	Closest		closest;
	List	   *names = NIL;

	if (has_codes(copy, source))
		return;
	closest_init(&closest, source);
	for (int i = 0; i < copy->nsources; i++)
	{
		Label		name = copy->sources[i];
		const char *slash = memchr(name.data, '/', name.len);

		closest_try(&closest, name);
		names = lappend(names, pnstrdup(name.data, slash ? slash - name.data : name.len));
	}
	initStringInfo(&hint);
	append_closest(&hint, &closest);
	if (names == NIL)
		appendStringInfoString(&hint, "You see no row of kpi_disposition.");
	else
	{
		appendStringInfoString(&hint, "The sources are ");
		append_names(&hint, names, "", ", ", 50);
		appendStringInfoString(&hint, "; a row of kpi_disposition adds one.");
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown source of codes: \"%s\"", shown(source)),
			 errhint("%s", hint.data)));
}

static void
unknown_code(const Copy *copy, Label source, Label code)
{
	StringInfoData hint;
	Closest		closest;
	codes_iterator i;
	Disposition *row;

	closest_init(&closest, code);
	codes_start_iterate(copy->codes, &i);
	while ((row = codes_iterate(copy->codes, &i)) != NULL)
		if (narrows(source, row->key.source))
			closest_try(&closest, row->key.code);
	initStringInfo(&hint);
	append_closest(&hint, &closest);
	appendStringInfoString(&hint, "INSERT INTO kpi_disposition (source, code, outcome) adds a code; strict => false gives NULL.");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("code \"%s\" of source \"%s\" has no outcome",
					shown(code), shown(source)),
			 errhint("%s", hint.data)));
}

/* The codes, for a function of the extension that is called again and again. */
static const Copy *
codes_beside(FmgrInfo *function, void **memory)
{
	if (*memory == NULL)
	{
		Tables		tables = tables_beside(function);

		*memory = MemoryContextAlloc(function->fn_mcxt, sizeof(Tables));
		*(Tables *) *memory = tables;
	}
	return current_codes(*(Tables *) *memory);
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
	Label		source = text_word(PG_GETARG_TEXT_PP(0));
	Label		code = text_word(PG_GETARG_TEXT_PP(1));
	bool		strict = PG_GETARG_BOOL(2);
	const Copy *copy = codes_beside(fcinfo->flinfo, &fcinfo->flinfo->fn_extra);
	const Disposition *found = find_code(copy, source, code);

	if (likely(found != NULL))
		PG_RETURN_OUTCOME(found->outcome);

	check_source(copy, source);
	if (strict)
		unknown_code(copy, source, code);
	PG_RETURN_NULL();
}

bool
disposition_known(FmgrInfo *function, void **memory, Datum source, Datum code, outcome *result)
{
	const Disposition *found = find_code(codes_beside(function, memory), text_word(DatumGetTextPP(source)),
										 text_word(DatumGetTextPP(code)));

	if (found == NULL)
		return false;
	*result = found->outcome;
	return true;
}

bool
disposition_source_known(FmgrInfo *function, void **memory, Datum source)
{
	return has_codes(codes_beside(function, memory), text_word(DatumGetTextPP(source)));
}

/*
 * kpi_disposition_known(source text, code text): the same as disposition(),
 * and NULL where there is no such code, or source.
 */
PG_FUNCTION_INFO_V1(kpi_disposition_known);
Datum
kpi_disposition_known(PG_FUNCTION_ARGS)
{
	outcome		result;

	if (!disposition_known(fcinfo->flinfo, &fcinfo->flinfo->fn_extra, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), &result))
		PG_RETURN_NULL();
	PG_RETURN_OUTCOME(result);
}

/*
 * Audits a query, whose first column is codes: those that have no outcome,
 * with how often each occurs.  It runs with the caller's rights, search_path
 * and snapshot, and can only read.
 */
static Datum
unmapped(FunctionCallInfo fcinfo, text *source, const char *query)
{
	Tables		tables = tables_beside(fcinfo->flinfo);
	Label		source_word = text_word(source);
	ReturnSetInfo *rsinfo = materialized_result(fcinfo);
	SPIPlanPtr	plan;
	List	   *sources;
	CachedPlanSource *prepared;
	RawStmt    *raw;
	StringInfoData count;
	Portal		portal;

	check_source(current_codes(tables), source_word);

	SPI_connect();

	/*
	 * By itself first: that shows whether it is one query, and says what is
	 * wrong with it in terms of its own text.
	 */
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	sources = SPI_plan_get_plan_sources(plan);
	prepared = list_length(sources) == 1 ? linitial(sources) : NULL;
	raw = prepared ? prepared->raw_parse_tree : NULL;
	if (raw == NULL || !IsA(raw->stmt, SelectStmt) ||
		((SelectStmt *) raw->stmt)->intoClause != NULL ||
		prepared->resultDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("what is audited must be one SELECT")));
	if (prepared->resultDesc->natts == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query has no column")));

	/* the query without its semicolon; any comment at its end, on its line */
	initStringInfo(&count);
	appendStringInfo(&count, "SELECT c1::pg_catalog.text COLLATE pg_catalog.\"C\", pg_catalog.count(*) FROM (\n%.*s\n) AS query(c1",
					 raw->stmt_len ? raw->stmt_len : (int) strlen(query + raw->stmt_location),
					 query + raw->stmt_location);
	for (int i = 2; i <= prepared->resultDesc->natts; i++)
		appendStringInfo(&count, ", c%d", i);
	appendStringInfoString(&count, ") GROUP BY 1 ORDER BY 2 DESC, 1");
	SPI_freeplan(plan);

	portal = SPI_cursor_open_with_args(NULL, count.data, 0, NULL, NULL, NULL,
									   true, 0);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, 1000);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			Datum		row[2];
			bool		nulls[2];

			heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
							  row, nulls);
			if (!nulls[0] &&
				find_code(current_codes(tables), source_word,
						  text_word(DatumGetTextPP(row[0]))) == NULL)
				tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
									 row, nulls);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SPI_finish();
	return (Datum) 0;
}

/* kpi_unmapped(source text, query text): see unmapped(). */
PG_FUNCTION_INFO_V1(kpi_unmapped_query);
Datum
kpi_unmapped_query(PG_FUNCTION_ARGS)
{
	return unmapped(fcinfo, PG_GETARG_TEXT_PP(0),
					text_to_cstring(PG_GETARG_TEXT_PP(1)));
}

/* kpi_unmapped(source text, relation regclass, code_column name) */
PG_FUNCTION_INFO_V1(kpi_unmapped_column);
Datum
kpi_unmapped_column(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(1);
	const char *column = NameStr(*PG_GETARG_NAME(2));
	char	   *name = get_rel_name(relation);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	/* without this, the name of a function or of the table would do too */
	if (get_attnum(relation, column) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, name)));
	return unmapped(fcinfo, PG_GETARG_TEXT_PP(0),
					psprintf("SELECT audited.%s FROM %s AS audited",
							 quote_identifier(column),
							 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name)));
}

/*
 * Trigger of kpi_disposition_stock: the rows are the extension's, and only its
 * scripts change them.  They are not dumped, so that a change of one would be
 * lost; a user's row with the same source and code is what lasts.
 */
PG_FUNCTION_INFO_V1(kpi_disposition_guard);
Datum
kpi_disposition_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by a trigger", __func__)));

	if (!creating_extension ||
		getExtensionOfObject(RelationRelationId,
							 RelationGetRelid(trigger->tg_relation)) != CurrentExtensionObject)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("stock codes of kpi_disposition cannot be changed"),
				 errhint("A row of your own with the same source and code comes before a stock one. Change your own rows with WHERE NOT stock, or ONLY kpi_disposition.")));

	PG_RETURN_POINTER(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
					  trigger->tg_newtuple : trigger->tg_trigtuple);
}
