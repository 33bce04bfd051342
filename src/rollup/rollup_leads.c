/*-------------------------------------------------------------------------
 *
 * rollup_leads.c
 *		Live roll-ups with scorecard_journeys.
 *
 * What a lead comes to is the union of its calls' outcomes, which nothing can
 * be taken away from.  So the cells of such a roll-up are by lead, which is the
 * first of their keys, and keep how many calls of the lead had each outcome.
 * They come and go as any cells do.
 *
 * Beside them, a table NAME_leads of cells without the lead has what the
 * settled rows come to: the sum of their scorecards and, of each, its lead's
 * journey.  Whatever makes a row settled, or takes one that is, appends there
 * what that adds and removes, in the same transaction.  So under any snapshot
 * the table is what the settled rows come to that the snapshot sees, and who
 * reads the roll-up has to look at those leads only that have pending rows.
 *
 * Where the calls have codes, what a journey is changes whenever a mapping
 * does.  Then the cells are by lead and code, and NAME_leads is by the set of
 * codes that a lead has, and by each of them: how many leads have that set, and
 * what their calls of the code come to.  Journeys are made of the sets when the
 * roll-up is read.  All rows of a lead under the same other keys are of one
 * hash, so that they are settled together: the set is known when they come, and
 * when they go.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "card/scorecard.h"
#include "rollup/rollup.h"
#include "type/outcome.h"

/* So many cells are held in memory, but where all must be. */
#define TOTALS_HELD		100000

/* What changes of the settled rows of a cell. */
typedef struct Total
{
	Datum		keys[ROLLUP_MAX_KEYS];	/* in the context of all totals */
	bool		nulls[ROLLUP_MAX_KEYS];
	int64		n;
	Card	   *plus;			/* NULL for none */
	Card	   *minus;
	struct Total *next;			/* of the same hash */
} Total;

typedef struct TotalsOfHash
{
	int64		hash;			/* the key */
	Total	   *first;
} TotalsOfHash;

/* A row of a lead that has codes, which is settled from now on or is no more. */
typedef struct CodedRow
{
	Datum		keys[ROLLUP_MAX_KEYS];
	bool		nulls[ROLLUP_MAX_KEYS];
	bool		other[ROLLUP_MAX_KEYS];	/* the same without the codes, for comparison */
	int64		n;
	struct varlena *card;		/* NULL for none */
	int			sign;
	bool		done;
} CodedRow;

struct RollupTotals
{
	RollupDefinition definition;	/* of the table */
	RollupCells cells;			/* it, open */
	bool		calls;			/* the card has the calls, too */
	bool		filling;		/* the table is empty, and has all at the end */
	HTAB	   *totals;			/* by hash; NULL for none */
	MemoryContext context;		/* in which they are */
	int			count;

	/* where leads have codes: the rows of the hash at hand */
	bool		coded;
	int64		hash;
	List	   *rows;			/* of CodedRow */
	MemoryContext rows_context;
};

/* What outcomes of a section come to; false where there are none. */
static bool
union_of(const Card *card, int section, outcome *set)
{
	const Tally *tally = card->sections & SECTION_TALLY(section) ? card->tallies[section] : NULL;
	TallySlot  *slots;
	int			n = 0;
	bool		any = false;

	*set = 0;
	if (tally == NULL)
		return false;
	slots = tally_sorted(tally, &n);
	for (int i = 0; i < n; i++)
	{
		if (slots[i].count <= 0)
			continue;
		*set |= slots[i].key;
		any = true;
	}
	pfree(slots);
	return any;
}

/* A journey, where there is one, of what a lead's calls were. */
static void
add_journey(Card *card, const Card *calls)
{
	outcome		journey;

	if (union_of(calls, CARD_CALLS, &journey))
	{
		MemoryContext old = MemoryContextSwitchTo(card->context);

		card->tallies[CARD_LEADS] = tally_add(card->tallies[CARD_LEADS], journey, 1);
		MemoryContextSwitchTo(old);
	}
}

/* Adds what a scorecard of one lead's rows comes to. */
static void
add_lead(Card *card, const struct varlena *rows, bool counts)
{
	Card	   *alone = card_new(CurrentMemoryContext);
	MemoryContext old;

	rows = (const struct varlena *) PG_DETOAST_DATUM(PointerGetDatum(rows));
	card_add_sections(card, SECTION_TALLY(CARD_LEADS));
	/* what grows is made anew */
	old = MemoryContextSwitchTo(card->context);
	card_merge(card, rows, 1);
	MemoryContextSwitchTo(old);
	card_merge(alone, rows, 1);
	if (counts)
		add_journey(card, alone);
}

/*
 * kpi_rollup_journey(card scorecard, counts boolean, calls boolean): what a
 * scorecard of one lead's rows comes to, with the lead's journey, if the lead
 * counts; the calls stay or go.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_journey);
Datum
kpi_rollup_journey(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);

	add_lead(card, PG_GETARG_VARLENA_PP(0), PG_GETARG_BOOL(1));
	if (!PG_GETARG_BOOL(2))
		card->sections &= ~SECTION_TALLY(CARD_CALLS);
	return card_result(card);
}

/*
 * kpi_rollup_leads_in(card scorecard): the number of leads, and
 * kpi_rollup_journey_in(card scorecard): the union of what they came to; NULL
 * without any.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_leads_in);
Datum
kpi_rollup_leads_in(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);
	int			position = 0;
	uint32		key;
	int64		count;
	int64		sum = 0;

	card_merge(card, PG_GETARG_VARLENA_PP(0), 1);
	while ((card->sections & SECTION_TALLY(CARD_LEADS)) && tally_next(card->tallies[CARD_LEADS], &position, &key, &count))
		sum += count;
	PG_RETURN_INT64(sum);
}

PG_FUNCTION_INFO_V1(kpi_rollup_journey_in);
Datum
kpi_rollup_journey_in(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);
	outcome		journey;

	card_merge(card, PG_GETARG_VARLENA_PP(0), 1);
	if (!union_of(card, CARD_LEADS, &journey))
		PG_RETURN_NULL();
	PG_RETURN_OUTCOME(journey);
}

/*
 * kpi_rollup_journeys(journey outcome, leads bigint): a scorecard of so many
 * leads that came to that.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_journeys);
Datum
kpi_rollup_journeys(PG_FUNCTION_ARGS)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_add_sections(card, SECTION_TALLY(CARD_LEADS));
	if (PG_GETARG_INT64(1) != 0)
		card->tallies[CARD_LEADS] = tally_add(card->tallies[CARD_LEADS], PG_GETARG_OUTCOME(0), PG_GETARG_INT64(1));
	return card_result(card);
}

/* kpi_rollup_leads(leads regclass, calls boolean, rows bigint): the rows. */
PG_FUNCTION_INFO_V1(kpi_rollup_leads);
Datum
kpi_rollup_leads(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(2));
}

/*
 * The totals
 */

List *
rollup_leads_entries(const List *entries, bool coded)
{
	TargetEntry *set;

	if (!coded)
		return list_copy_tail(entries, 1);
	set = flatCopyTargetEntry(linitial(unconstify(List *, entries)));
	set->expr = (Expr *) makeNullConst(TEXTOID, -1, C_COLLATION_OID);
	return lcons(set, list_copy_tail(entries, 1));
}

void
rollup_leads_definition(const RollupDefinition *definition, RollupDefinition *leads)
{
	*leads = *definition;
	leads->cells = definition->leads;
	leads->leads = InvalidOid;
	leads->entries = rollup_leads_entries(definition->entries, ROLLUP_CODED(definition));
	leads->nkeys = list_length(leads->entries) - 1;
}

static void
forget_totals(RollupTotals *totals)
{
	if (totals->context != NULL)
		MemoryContextDelete(totals->context);
	totals->context = NULL;
	totals->totals = NULL;
	totals->count = 0;
}

static void
init_totals(RollupTotals *totals)
{
	HASHCTL		control = {0};

	totals->context = AllocSetContextCreate(totals->cells.context, "kpi roll-up of leads", ALLOCSET_DEFAULT_SIZES);
	control.keysize = sizeof(int64);
	control.entrysize = sizeof(TotalsOfHash);
	control.hcxt = totals->context;
	totals->totals = hash_create("kpi roll-up of leads", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static Total *
find_total(RollupTotals *totals, const Datum *keys, const bool *nulls)
{
	RollupCells *cells = &totals->cells;
	int64		hash = rollup_hash(cells, keys, nulls);
	TotalsOfHash *of_hash;
	Total	   *total;
	bool		found;

	of_hash = hash_search(totals->totals, &hash, HASH_ENTER, &found);
	if (!found)
		of_hash->first = NULL;
	for (total = of_hash->first; total != NULL; total = total->next)
	{
		if (rollup_same(cells, total->keys, total->nulls, keys, nulls))
			return total;
	}
	total = palloc0(sizeof(Total));
	for (int i = 0; i < cells->nkeys; i++)
	{
		TypeCacheEntry *type = cells->types[i];

		total->nulls[i] = nulls[i];
		if (!nulls[i])
			total->keys[i] = datumCopy(keys[i], type->typbyval, type->typlen);
	}
	total->next = of_hash->first;
	of_hash->first = total;
	totals->count++;
	return total;
}

static void
append_total(RollupTotals *totals, const Total *total)
{
	Card	   *cards[] = {total->plus, total->minus};
	Datum		values[2];

	for (int i = 0; i < 2; i++)
	{
		if (cards[i] == NULL)
			continue;
		if (!totals->calls)
			cards[i]->sections &= ~SECTION_TALLY(CARD_CALLS);
		values[i] = card_result(cards[i]);
	}
	rollup_append(&totals->cells, total->keys, total->nulls, total->n, cards[0] == NULL ? NULL : &values[0],
				  cards[1] == NULL ? NULL : &values[1], totals->filling);
}

static void account_coded(RollupCells *cells);

/* Appends what was accounted for, or forgets it. */
static void
flush_totals(RollupCells *cells, bool append)
{
	RollupTotals *totals = cells->totals;
	HASH_SEQ_STATUS status;
	TotalsOfHash *of_hash;

	if (totals->coded && append)
		account_coded(cells);
	if (totals->coded)
	{
		MemoryContextReset(totals->rows_context);
		totals->rows = NIL;
	}
	if (totals->totals == NULL || !append)
	{
		forget_totals(totals);
		return;
	}
	hash_seq_init(&status, totals->totals);
	while ((of_hash = hash_seq_search(&status)) != NULL)
	{
		for (Total *total = of_hash->first; total != NULL; total = total->next)
			append_total(totals, total);
	}
	forget_totals(totals);
}

/* Adds a lead's row to the total of such keys. */
static void
add_total(RollupTotals *totals, const Datum *keys, const bool *nulls, int64 n, const struct varlena *card, int sign,
		  bool counts)
{
	MemoryContext old;
	Total	   *total;
	Card	  **sum;

	if (totals->totals == NULL)
		init_totals(totals);
	old = MemoryContextSwitchTo(totals->context);
	total = find_total(totals, keys, nulls);
	total->n += sign * n;
	sum = sign > 0 ? &total->plus : &total->minus;
	if (*sum == NULL)
		*sum = card_new(totals->context);
	MemoryContextSwitchTo(old);
	if (card != NULL)
		add_lead(*sum, card, counts);
}

/*
 * Leads that have codes
 */

static int
compare_elements(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* A row's code as an element of a set, or NULL where no call of it counts. */
static char *
element_of(const RollupCells *cells, const CodedRow *row)
{
	Card	   *card;
	outcome		set;
	StringInfoData buf;

	if (row->card == NULL)
		return NULL;
	card = card_new(CurrentMemoryContext);
	card_merge(card, row->card, 1);
	if (!union_of(card, CARD_CALLS, &set))
		return NULL;
	initStringInfo(&buf);
	for (int i = 1; i <= cells->codes; i++)
	{
		Oid			output;
		bool		varlena;

		if (!row->nulls[i])
		{
			getTypeOutputInfo(cells->types[i]->type_id, &output, &varlena);
			appendStringInfoString(&buf, quote_literal_cstr(OidOutputFunctionCall(output, row->keys[i])));
		}
		appendStringInfoChar(&buf, ',');
	}
	appendStringInfo(&buf, "%x", set);
	return buf.data;
}

/* The set of codes of the rows that are of one lead and not done: no two sets are one text. */
static text *
set_of(const RollupCells *cells, const List *rows)
{
	List	   *elements = NIL;
	StringInfoData buf;
	ListCell   *cell;

	foreach(cell, rows)
	{
		char	   *element = element_of(cells, lfirst(cell));

		if (element != NULL)
			elements = lappend(elements, element);
	}
	list_sort(elements, compare_elements);
	initStringInfo(&buf);
	foreach(cell, elements)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? " " : "", (char *) lfirst(cell));
	return cstring_to_text_with_len(buf.data, buf.len);
}

/* Accounts for the rows of a hash, lead by lead. */
static void
account_coded(RollupCells *cells)
{
	RollupTotals *totals = cells->totals;
	MemoryContext old = MemoryContextSwitchTo(totals->rows_context);
	ListCell   *cell;

	foreach(cell, totals->rows)
	{
		CodedRow   *first = lfirst(cell);
		List	   *lead = NIL;
		Datum		set;
		ListCell   *other;

		if (first->done)
			continue;
		for_each_cell(other, totals->rows, cell)
		{
			CodedRow   *row = lfirst(other);

			if (row->done || row->sign != first->sign ||
				!rollup_same(cells, first->keys, first->other, row->keys, row->other))
				continue;
			row->done = true;
			lead = lappend(lead, row);
		}
		set = first->nulls[0] ? (Datum) 0 : PointerGetDatum(set_of(cells, lead));
		foreach(other, lead)
		{
			CodedRow   *row = lfirst(other);
			bool		counts = !row->nulls[0];

			/* in place of the lead */
			row->keys[0] = set;
			add_total(totals, row->keys, row->nulls, row->n, row->card, row->sign, counts);
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(totals->rows_context);
	totals->rows = NIL;
}

/* Keeps a row until all of its hash are there. */
static void
keep_coded(RollupCells *cells, const Datum *keys, const bool *nulls, int64 n, const Datum *card, int sign)
{
	RollupTotals *totals = cells->totals;
	int64		hash = rollup_hash(cells, keys, nulls);
	MemoryContext old;
	CodedRow   *row;

	if (totals->rows != NIL && totals->hash != hash)
		account_coded(cells);
	totals->hash = hash;
	old = MemoryContextSwitchTo(totals->rows_context);
	row = palloc0(sizeof(CodedRow));
	for (int i = 0; i < cells->nkeys; i++)
	{
		row->nulls[i] = nulls[i];
		row->other[i] = nulls[i] || (i > 0 && i <= cells->codes);
		if (!nulls[i])
			row->keys[i] = datumCopy(keys[i], cells->types[i]->typbyval, cells->types[i]->typlen);
	}
	row->n = n;
	row->card = card == NULL ? NULL : (struct varlena *) PG_DETOAST_DATUM_COPY(*card);
	row->sign = sign;
	totals->rows = lappend(totals->rows, row);
	MemoryContextSwitchTo(old);
}

/* A row that is settled from now on, or is no more. */
static void
account(RollupCells *cells, const Datum *keys, const bool *nulls, int64 n, const Datum *card, int sign)
{
	RollupTotals *totals = cells->totals;

	/* between two hashes, so that no lead is torn */
	if (totals->count >= TOTALS_HELD && !totals->filling &&
		(!totals->coded || totals->hash != rollup_hash(cells, keys, nulls)))
		flush_totals(cells, true);
	if (totals->coded)
		keep_coded(cells, keys, nulls, n, card, sign);
	else
		add_total(totals, keys + 1, nulls + 1, n,
				  card == NULL ? NULL : (struct varlena *) PG_DETOAST_DATUM_PACKED(*card), sign, !nulls[0]);
}

void
rollup_fill_totals(RollupCells *cells)
{
	if (cells->totals != NULL)
		cells->totals->filling = true;
}

static void
close_totals(RollupCells *cells)
{
	RollupTotals *totals = cells->totals;

	if (totals == NULL)
		return;
	flush_totals(cells, true);
	rollup_close_cells(&totals->cells);
	cells->totals = NULL;
}

char *
rollup_keep_totals(RollupCells *cells, const RollupDefinition *definition)
{
	RollupTotals *totals;
	char	   *problem;

	if (!OidIsValid(definition->leads))
		return NULL;
	totals = MemoryContextAllocZero(cells->context, sizeof(RollupTotals));
	rollup_leads_definition(definition, &totals->definition);
	problem = rollup_open_cells(&totals->cells, definition->leads, &totals->definition, RowExclusiveLock);
	if (problem != NULL)
		return problem;
	rollup_begin_appending(&totals->cells);
	totals->calls = definition->calls;
	totals->coded = ROLLUP_CODED(definition);
	if (totals->coded)
		totals->rows_context = AllocSetContextCreate(cells->context, "kpi roll-up rows of leads", ALLOCSET_DEFAULT_SIZES);
	cells->totals = totals;
	cells->account = account;
	cells->flush = flush_totals;
	cells->finish = close_totals;
	return NULL;
}

int64
rollup_compact_totals(RollupCells *cells, int64 from, int64 limit)
{
	RollupTotals *totals = cells->totals;
	int64		merged = 0;

	if (totals == NULL)
		return 0;
	while (rollup_compact_some(&totals->cells, &from, 10000, &merged) && merged < limit)
		CHECK_FOR_INTERRUPTS();
	return merged;
}

void
rollup_clear_totals(const RollupDefinition *definition)
{
	RollupDefinition leads;
	RollupCells cells;

	if (!OidIsValid(definition->leads))
		return;
	rollup_leads_definition(definition, &leads);
	if (rollup_open_cells(&cells, leads.cells, &leads, RowExclusiveLock) != NULL)
		return;
	rollup_clear(&cells);
	rollup_close_cells(&cells);
}

bool
rollup_totals_ask(const RollupCells *cells)
{
	return cells->totals != NULL && cells->totals->cells.turns > 0;
}
