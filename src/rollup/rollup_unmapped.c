/*-------------------------------------------------------------------------
 *
 * rollup_unmapped.c
 *		The codes of a live roll-up that stand for no outcome.
 *
 * The cells have every code with the number of the source's rows, so that
 * these are counted without a look at the source.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "disposition/disposition.h"
#include "rollup/rollup_cells.h"

/* A code of a source. */
typedef struct Pair
{
	text	   *source;
	text	   *code;
} Pair;

/* How many rows have it. */
typedef struct Counted
{
	Pair		pair;
	int64		rows;
	char		status;
} Counted;

static inline bool
same_text(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static inline uint32
hash_text(const text *a)
{
	return hash_bytes((const unsigned char *) VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a));
}

#define SH_PREFIX counted
#define SH_ELEMENT_TYPE Counted
#define SH_KEY_TYPE Pair
#define SH_KEY pair
#define SH_HASH_KEY(tb, k) hash_combine(hash_text((k).source), hash_text((k).code))
#define SH_EQUAL(tb, a, b) (same_text((a).code, (b).code) && same_text((a).source, (b).source))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* What a lookup is called with, of the row in the slot; NULL for none. */
static text *
argument(const Node *node, TupleTableSlot *slot)
{
	Datum		value;
	bool		isnull;

	if (IsA(node, Var))
		value = slot_getattr(slot, ((const Var *) node)->varattno, &isnull);
	else
	{
		value = castNode(Const, unconstify(Node *, node))->constvalue;
		isnull = ((const Const *) node)->constisnull;
	}
	return isnull ? NULL : DatumGetTextPP(value);
}

/* Counts the row in the slot for one lookup; what lasts is in the context. */
static void
count_code(counted_hash *codes, const RollupCode *code, TupleTableSlot *slot, int64 rows, MemoryContext context)
{
	Pair		pair = {argument(code->source, slot), argument(code->code, slot)};
	Counted    *counted;
	bool		found;

	if (pair.source == NULL || pair.code == NULL)
		return;
	counted = counted_insert(codes, pair, &found);
	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		counted->pair.source = DatumGetTextPCopy(PointerGetDatum(pair.source));
		counted->pair.code = DatumGetTextPCopy(PointerGetDatum(pair.code));
		counted->rows = 0;
		MemoryContextSwitchTo(old);
	}
	counted->rows += rows;
}

/* The number of the source's rows in a row of the cells; 0 in a note. */
static int64
cell_rows(TupleTableSlot *slot)
{
	bool		isnull;
	int64		rows = DatumGetInt64(slot_getattr(slot, CELLS_N + 1, &isnull));

	(void) slot_getattr(slot, CELLS_FAULT + 1, &isnull);
	return isnull ? rows : 0;
}

static int
compare_texts(const text *a, const text *b)
{
	int			a_length = VARSIZE_ANY_EXHDR(a);
	int			b_length = VARSIZE_ANY_EXHDR(b);
	int			order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(a_length, b_length));

	return order != 0 ? order : a_length - b_length;
}

static int
compare_counted(const ListCell *a, const ListCell *b)
{
	const Pair *x = &((const Counted *) lfirst(a))->pair;
	const Pair *y = &((const Counted *) lfirst(b))->pair;
	int			order = compare_texts(x->source, y->source);

	return order != 0 ? order : compare_texts(x->code, y->code);
}

/* Does the code stand for an outcome, as the caller sees kpi_disposition? */
static bool
is_mapped(FmgrInfo *lookup, const Pair *pair)
{
	LOCAL_FCINFO(fcinfo, 2);

	InitFunctionCallInfoData(*fcinfo, lookup, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = PointerGetDatum(pair->source);
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = PointerGetDatum(pair->code);
	fcinfo->args[1].isnull = false;
	(void) FunctionCallInvoke(fcinfo);
	return !fcinfo->isnull;
}

/* {"source": {"code": rows}} */
static Datum
as_json(List *counts)
{
	StringInfoData buf;
	const Pair *before = NULL;
	ListCell   *cell;

	initStringInfo(&buf);
	list_sort(counts, compare_counted);
	foreach(cell, counts)
	{
		const Counted *counted = lfirst(cell);

		if (before == NULL || !same_text(before->source, counted->pair.source))
		{
			appendStringInfoString(&buf, before == NULL ? "{" : "}, ");
			escape_json(&buf, text_to_cstring(counted->pair.source));
			appendStringInfoString(&buf, ": {");
		}
		else
			appendStringInfoString(&buf, ", ");
		escape_json(&buf, text_to_cstring(counted->pair.code));
		appendStringInfo(&buf, ": " INT64_FORMAT, counted->rows);
		before = &counted->pair;
	}
	appendStringInfoString(&buf, "}}");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data));
}

/* The codes that the cells have, with the rows of each, which may be none. */
static counted_hash *
count_codes(const RollupCells *cells, const List *of, Snapshot snapshot)
{
	MemoryContext lasting = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(lasting, "kpi roll-up codes", ALLOCSET_DEFAULT_SIZES);
	counted_hash *codes = counted_create(lasting, 64, NULL);
	TableScanDesc scan = table_beginscan_all(cells->relation, snapshot);
	TupleTableSlot *slot = table_slot_create(cells->relation, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContext old = MemoryContextSwitchTo(context);
		int64		rows = cell_rows(slot);
		ListCell   *cell;

		foreach(cell, of)
			count_code(codes, lfirst(cell), slot, rows, lasting);
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
		CHECK_FOR_INTERRUPTS();
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	MemoryContextDelete(context);
	return codes;
}

bool
rollup_unmapped(const RollupCells *cells, const RollupReading *reading, Datum *unmapped)
{
	counted_hash *codes = count_codes(cells, reading->codes, GetActiveSnapshot());
	counted_iterator i;
	Counted    *counted;
	List	   *counts = NIL;
	FmgrInfo	lookup;

	fmgr_info(rollup_function("kpi_disposition_known"), &lookup);
	counted_start_iterate(codes, &i);
	while ((counted = counted_iterate(codes, &i)) != NULL)
	{
		if (counted->rows > 0 && !is_mapped(&lookup, &counted->pair))
			counts = lappend(counts, counted);
	}
	if (counts == NIL)
		return false;
	*unmapped = as_json(counts);
	return true;
}

bool
rollup_codes_raise(const RollupCells *cells, const List *of, bool strict, Snapshot snapshot)
{
	counted_hash *codes = count_codes(cells, of, snapshot);
	void	   *memory = NULL;
	bool		raises = false;
	counted_iterator i;
	Counted    *counted;
	FmgrInfo	lookup;

	fmgr_info(rollup_function("kpi_disposition_known"), &lookup);
	counted_start_iterate(codes, &i);
	while ((counted = counted_iterate(codes, &i)) != NULL)
	{
		if (counted->rows <= 0 || raises)
			continue;
		raises = strict ? !is_mapped(&lookup, &counted->pair) :
			!disposition_source_known(&lookup, &memory, PointerGetDatum(counted->pair.source));
	}
	counted_destroy(codes);
	return raises;
}
