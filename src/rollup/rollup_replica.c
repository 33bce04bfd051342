/*-------------------------------------------------------------------------
 *
 * rollup_replica.c
 *		Rows that are written as a replica of others', one by one: gathered,
 *		and counted together before the transaction commits.
 *
 * Counting each row by itself would cost more than writing it does.  So rows
 * are kept by table and by subtransaction, whose end hands them to the next one
 * out or forgets them, until there are as many as work_mem has room for, or the
 * transaction commits.  They are nowhere but in memory and in temporary files of
 * the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "rollup/rollup.h"

/* So many of one table's in one subtransaction are made one. */
#define MANY_KEPT	16

/* Rows of one table and one subtransaction. */
typedef struct Kept
{
	Oid			relation;
	SubTransactionId subtransaction;
	TupleDesc	desc;
	Tuplestorestate *rows[2];
	int64		bytes;
} Kept;

/* The transaction's, in its memory; the last one that was used is the first. */
static List *all_kept;

static Kept *
new_kept(Relation relation, SubTransactionId subtransaction)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	ResourceOwner owner = CurrentResourceOwner;
	Kept	   *kept = palloc0(sizeof(Kept));

	kept->relation = RelationGetRelid(relation);
	kept->subtransaction = subtransaction;
	kept->desc = CreateTupleDescCopy(RelationGetDescr(relation));
	/* files go with the transaction, not with what runs now */
	CurrentResourceOwner = TopTransactionResourceOwner;
	for (int is_new = 0; is_new < 2; is_new++)
		kept->rows[is_new] = tuplestore_begin_heap(false, false, work_mem);
	CurrentResourceOwner = owner;
	all_kept = lcons(kept, all_kept);
	MemoryContextSwitchTo(old);
	return kept;
}

static void
end_kept(Kept *kept)
{
	all_kept = list_delete_ptr(all_kept, kept);
	for (int is_new = 0; is_new < 2; is_new++)
		tuplestore_end(kept->rows[is_new]);
	FreeTupleDesc(kept->desc);
	pfree(kept);
}

/* Adds the rows of one to another; reversed, as if they went. */
static void
add_kept(Kept *to, Kept *from, bool reversed)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(from->desc, &TTSOpsMinimalTuple);

	for (int is_new = 0; is_new < 2; is_new++)
	{
		tuplestore_rescan(from->rows[is_new]);
		while (tuplestore_gettupleslot(from->rows[is_new], true, false, slot))
			tuplestore_puttupleslot(to->rows[reversed ? !is_new : is_new], slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	to->bytes += from->bytes;
}

/* What many subtransactions have handed on is made one. */
static void
join_kept(Kept *kept)
{
	List	   *same = NIL;
	ListCell   *cell;

	foreach(cell, all_kept)
	{
		Kept	   *other = lfirst(cell);

		if (other != kept && other->relation == kept->relation && other->subtransaction == kept->subtransaction)
			same = lappend(same, other);
	}
	if (list_length(same) >= MANY_KEPT)
	{
		foreach(cell, same)
		{
			add_kept(kept, lfirst(cell), false);
			end_kept(lfirst(cell));
		}
	}
	list_free(same);
}

/* A table's in the current subtransaction. */
static Kept *
current_kept(Relation relation)
{
	SubTransactionId subtransaction = GetCurrentSubTransactionId();
	Oid			relid = RelationGetRelid(relation);
	Kept	   *outer = NULL;
	ListCell   *cell;

	foreach(cell, all_kept)
	{
		Kept	   *kept = lfirst(cell);

		if (kept->relation != relid)
			continue;
		if (kept->subtransaction == subtransaction)
		{
			if (foreach_current_index(cell) > 0)
			{
				MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);

				all_kept = lcons(kept, list_delete_ptr(all_kept, kept));
				MemoryContextSwitchTo(old);
			}
			return kept;
		}
		if (outer == NULL)
			outer = kept;
	}
	if (outer != NULL)
		join_kept(outer);
	return new_kept(relation, subtransaction);
}

/*
 * Counting
 */

/* Is a row of before still a row of the table? */
static bool
same_columns(TupleDesc a, TupleDesc b)
{
	if (a->natts != b->natts)
		return false;
	for (int i = 0; i < a->natts; i++)
	{
		Form_pg_attribute x = TupleDescAttr(a, i);
		Form_pg_attribute y = TupleDescAttr(b, i);

		if (x->atttypid != y->atttypid || x->attisdropped != y->attisdropped)
			return false;
	}
	return true;
}

/* Counts rows, and leaves them where they are. */
static void
count_kept(Kept *kept)
{
	Relation	relation = try_relation_open(kept->relation, AccessShareLock);
	RollupRows	rows = {.relation = relation};

	if (relation == NULL)
		return;
	if (same_columns(kept->desc, RelationGetDescr(relation)))
	{
		bool		any = false;

		for (int is_new = 0; is_new < 2; is_new++)
		{
			if (tuplestore_tuple_count(kept->rows[is_new]) == 0)
				continue;
			tuplestore_rescan(kept->rows[is_new]);
			rows.rows[is_new] = kept->rows[is_new];
			any = true;
		}
		/* elsewhere they stand already, so that nobody is helped by an error */
		if (any)
			rollup_apply(&rows, false);
	}
	else
		rollup_note_all(kept->relation, "the columns of its source were changed between rows of one transaction");
	relation_close(relation, AccessShareLock);
}

void
rollup_settle(void)
{
	SubTransactionId subtransaction = GetCurrentSubTransactionId();
	List	   *before = list_copy(all_kept);
	ListCell   *cell;

	foreach(cell, before)
	{
		Kept	   *kept = lfirst(cell);

		count_kept(kept);
		if (kept->subtransaction == subtransaction)
			end_kept(kept);
		else
		{
			/* those of further out still count, should this one be undone */
			Relation	relation = try_relation_open(kept->relation, AccessShareLock);

			if (relation == NULL)
				continue;
			add_kept(new_kept(relation, subtransaction), kept, true);
			relation_close(relation, AccessShareLock);
		}
	}
	list_free(before);
}

bool
rollup_is_behind(void)
{
	return all_kept != NIL;
}

static void
count_all(void)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	while (all_kept != NIL)
	{
		Kept	   *kept = linitial(all_kept);

		count_kept(kept);
		end_kept(kept);
	}
	PopActiveSnapshot();
}

/*
 * The ends of transactions
 */

static void
at_transaction(XactEvent event, void *arg pg_attribute_unused())
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (all_kept != NIL)
				count_all();
			break;
		case XACT_EVENT_ABORT:
			/* with the transaction's memory and files */
			all_kept = NIL;
			break;
		default:
			break;
	}
}

static void
at_subtransaction(SubXactEvent event, SubTransactionId self, SubTransactionId parent,
				  void *arg pg_attribute_unused())
{
	List	   *gone = NIL;
	ListCell   *cell;

	if (all_kept == NIL || (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB))
		return;
	foreach(cell, all_kept)
	{
		Kept	   *kept = lfirst(cell);

		if (kept->subtransaction != self)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			kept->subtransaction = parent;
		else
			gone = lappend(gone, kept);
	}
	foreach(cell, gone)
		end_kept(lfirst(cell));
	list_free(gone);
}

void
rollup_keep_rows(Relation relation, TupleTableSlot *old_row, TupleTableSlot *new_row, int64 bytes)
{
	static bool registered;
	Kept	   *kept;

	if (!registered)
	{
		RegisterXactCallback(at_transaction, NULL);
		RegisterSubXactCallback(at_subtransaction, NULL);
		registered = true;
	}
	kept = current_kept(relation);
	if (old_row != NULL)
		tuplestore_puttupleslot(kept->rows[0], old_row);
	if (new_row != NULL)
		tuplestore_puttupleslot(kept->rows[1], new_row);
	kept->bytes += bytes;
	if (kept->bytes > work_mem * INT64CONST(1024))
	{
		count_kept(kept);
		end_kept(kept);
	}
}
