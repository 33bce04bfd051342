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
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/lmgr.h"
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

struct RollupTotals
{
	RollupDefinition definition;	/* of the table */
	RollupCells cells;			/* it, open */
	bool		calls;			/* the card has the calls, too */
	bool		filling;		/* the table is empty, and has all at the end */
	HTAB	   *totals;			/* by hash; NULL for none */
	MemoryContext context;		/* in which they are */
	int			count;
};

/* A journey, where there is one, of what a lead's calls were. */
static void
add_journey(Card *card, const Card *calls)
{
	const Tally *tally = calls->sections & SECTION_TALLY(CARD_CALLS) ? calls->tallies[CARD_CALLS] : NULL;
	TallySlot  *slots;
	outcome		journey = 0;
	int			n = 0;
	bool		any = false;

	if (tally == NULL)
		return;
	slots = tally_sorted(tally, &n);
	for (int i = 0; i < n; i++)
	{
		if (slots[i].count <= 0)
			continue;
		journey |= slots[i].key;
		any = true;
	}
	pfree(slots);
	if (any)
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

	card_add_sections(card, SECTION_TALLY(CARD_LEADS));
	card_merge(card, rows, 1);
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

void
rollup_leads_definition(const RollupDefinition *definition, RollupDefinition *leads)
{
	*leads = *definition;
	leads->cells = definition->leads;
	leads->leads = InvalidOid;
	leads->entries = list_copy_tail(definition->entries, 1);
	leads->nkeys = definition->nkeys - 1;
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

/* Appends what was accounted for, or forgets it. */
static void
flush_totals(RollupCells *cells, bool append)
{
	RollupTotals *totals = cells->totals;
	HASH_SEQ_STATUS status;
	TotalsOfHash *of_hash;

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

/* A row that is settled from now on, or is no more. */
static void
account(RollupCells *cells, const Datum *keys, const bool *nulls, int64 n, const Datum *card, int sign)
{
	RollupTotals *totals = cells->totals;
	MemoryContext old;
	Total	   *total;
	Card	  **sum;

	if (totals->totals == NULL)
		init_totals(totals);
	else if (totals->count >= TOTALS_HELD && !totals->filling)
	{
		flush_totals(cells, true);
		init_totals(totals);
	}
	old = MemoryContextSwitchTo(totals->context);
	total = find_total(totals, keys + 1, nulls + 1);
	total->n += sign * n;
	sum = sign > 0 ? &total->plus : &total->minus;
	if (*sum == NULL)
		*sum = card_new(totals->context);
	MemoryContextSwitchTo(old);
	if (card != NULL)
		add_lead(*sum, (struct varlena *) PG_DETOAST_DATUM_PACKED(*card), !nulls[0]);
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
