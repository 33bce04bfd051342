/*-------------------------------------------------------------------------
 *
 * rollup.h
 *		Live roll-ups: tables of scorecards that follow a source.
 *
 * A roll-up is three relations of one owner's: NAME_source, a view that says
 * what it holds, in terms of the source; NAME_cells, a table of what was added
 * to and removed from each cell; NAME, a view of the cells as they stand.
 *
 * No table lists the roll-ups.  The catalogs of the server do, whose rows only
 * the one can write whom they concern: the definition says in its HAVING which
 * view and which cells are its own, which tables had its rows before it was
 * altered, and which settings go with them (kpi_rollup_definition).  That
 * survives pg_dump and renaming, and is looked at anew whenever one of the
 * relations has changed.  What does not fit to the last column is no roll-up: it
 * is left alone, and kpi_rollups says why.
 *
 * The columns of NAME_cells are id, hash, pending, n, merged, fault, added,
 * removed, and the keys k1, k2 and so on.  n is the number of the source's
 * rows, of a removal below zero.  Rows are never updated.  One that is not
 * pending is all that its cell had when it was made: a cell has at most one
 * such row.  A row with a fault is a note, which has no keys and is of no cell:
 * that something was not counted, or, where n is not 0, how many rows of the
 * source were rejected, because an expression raises for them.
 *
 * Where keys or card call disposition(), the codes are among the keys that the
 * cells have, and NAME shows what they stand for when it is read.
 *
 * Each file is above those before it: rollup_names.c, rollup_codes.c,
 * rollup_journeys.c, rollup_settings.c, rollup_definition.c, rollup_try.c,
 * rollup_cells.c, rollup_note.c, rollup_compact.c, rollup_leads.c,
 * rollup_unmapped.c, rollup_catalog.c, rollup_row.c, rollup_evaluate.c,
 * rollup_change.c, rollup_replica.c, rollup_trigger.c, rollup_parts.c,
 * rollup_create.c, rollup_check.c, rollup_alter.c, rollup_ddl.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_ROLLUP_H
#define KPI_ROLLUP_H

#include "access/htup.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "storage/lockdefs.h"
#include "utils/array.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

/* The settings that a definition keeps: TimeZone, DateStyle, IntervalStyle. */
#define ROLLUP_SETTINGS 3

#define ROLLUP_MAX_KEYS 32

/* What happened to rows of a source; also the triggers on it. */
typedef enum RollupEvent
{
	ROLLUP_INSERT, ROLLUP_UPDATE, ROLLUP_DELETE, ROLLUP_TRUNCATE,
	ROLLUP_REPLICA,				/* a row, written as a replica of another */
	ROLLUP_EVENTS
} RollupEvent;

/*
 * rollup_names.c: what expressions name, and how they are written
 */

/* A function of kpi_internal, by its name. */
extern Oid	rollup_function(const char *name);

/* Is it a member of the extension, and the sum of two scorecards? */
extern bool rollup_ours(Oid class, Oid object);
extern bool rollup_is_sum(Node *node);

/* An entry over a source as text, under the current search path. */
extern char *rollup_expression(TargetEntry *entry, Oid source);

/*
 * rollup_codes.c: roll-ups of tables that have codes, not outcomes
 */

/* The columns of the cells that are no keys. */
#define ROLLUP_CELL_COLUMNS 8

/* What disposition() is called with: columns of the cells, or constants. */
typedef struct RollupCode
{
	Node	   *source;
	Node	   *code;
} RollupCode;

/* How what the cells keep becomes what is shown. */
typedef struct RollupReading
{
	bool		mapped;			/* false where that is the same */
	List	   *shown;			/* target entries over the source: the keys and
								 * the card as their owner wants them */
	List	   *keys;			/* the keys, over the cells */
	List	   *parts;			/* the sections of the card */
	List	   *codes;			/* RollupCodes, each once */
	int			hidden;			/* keys that are not shown: the first, but for a lead */
} RollupReading;

/* Is it a call of disposition()?  Does an expression have one?  With calls that never raise. */
extern bool rollup_is_code(const Node *node);
extern bool rollup_has_code(Node *node);
extern Node *rollup_relent(Node *node);

/*
 * What the cells keep for entries that are to be shown: those where nothing is
 * mapped; else the lead, if the first is one, the keys that are not shown, those
 * that are kept as they are, and the card.  An error for what cannot be split
 * so; nothing else is checked.
 */
extern void rollup_split(RollupReading *reading, List *shown, Oid source, bool leads, List **entries);

/* A key as it is shown, and what a lead's calls of a cell were, where that is known of themselves or else from the code. */
extern char *rollup_read_key(const RollupReading *reading, Oid cells, int key);
extern char *rollup_read_journey(const RollupReading *reading, Oid cells, const char *known);

/* The card as it is read, of an expression for it as the cells keep it. */
extern char *rollup_read_card(const RollupReading *reading, Oid cells, const char *card);

/* Does another reading give the same of the same cells, but for keys that are added? */
extern bool rollup_reads_alike(const RollupReading *before, const RollupReading *after);

/*
 * The query of what is shown, over a query of what the cells keep, whose
 * columns are k1, k2 and so on, and card.  The names are those of its columns:
 * the keys in their order, and the card at its place among them.
 */
extern char *rollup_read_sql(const RollupReading *reading, Oid cells, const List *names, int card,
							 const char *kept);

/*
 * rollup_settings.c: the settings under which expressions are evaluated
 */

extern const char *const rollup_setting_names[ROLLUP_SETTINGS];

/* The work of a roll-up's owner, with the settings that go with it. */
typedef struct RollupActor
{
	Oid			user;
	int			context;
	int			nest;
} RollupActor;

/* Without settings, nothing may be done that depends on any, names included. */
extern void rollup_act(RollupActor *actor, Oid owner, char *const *settings);
extern void rollup_stop(const RollupActor *actor);

/* Until then, what reads a source reads that, and no roll-up of it. */
extern void rollup_ask_source(void);

/* Settings that are the same for all roll-ups, as far as functions that are said to be immutable read them. */
typedef enum RollupForm
{
	ROLLUP_FORM_FLOAT = 1 << 0,
	ROLLUP_FORM_BYTEA = 1 << 1,
	ROLLUP_FORM_LANGUAGE = 1 << 2,
	ROLLUP_FORM_IDENTIFIER = 1 << 3,
	ROLLUP_FORM_ABBREVIATION = 1 << 4,
	ROLLUP_FORM_ZONE = 1 << 5	/* the time zone, which a definition keeps */
} RollupForm;

/* Those that an expression reads, in bits; and the first of such that is another in the session. */
extern int	rollup_forms(Node *node);
extern const char *rollup_form_differs(int forms, const char **value);

/*
 * rollup_definition.c: what a roll-up holds
 */

/* What a view NAME_source says. */
typedef struct RollupDefinition
{
	Oid			source;			/* InvalidOid for none or many */
	Oid			name;
	Oid			cells;
	char	   *settings[ROLLUP_SETTINGS];
	bool		strict;			/* which takes the right to say so, too */
	Query	   *query;			/* as it is stored */
	Node	   *count;			/* count(*) */
	Oid			leads;			/* NAME_leads; InvalidOid without journeys */
	bool		calls;			/* journeys beside scorecard_calls */
	List	   *before;			/* tables of before it was altered, for older snapshots */

	/* from here on, where it was found to be sound */
	List	   *entries;		/* target entries over range table entry 1: the
								 * keys, then the card, as the cells keep them */
	List	   *groups;			/* how to group by the keys */
	int			nkeys;
	RollupReading reading;
} RollupDefinition;

/*
 * Keys and card, to be shown, as a user writes them; checked, or an error.  A card with
 * scorecard_journeys gives cells by lead: the lead is the first key, and the
 * calls are the last of what the card adds up.
 */
typedef enum RollupJourneys
{
	ROLLUP_NO_JOURNEYS, ROLLUP_JOURNEYS, ROLLUP_JOURNEYS_AND_CALLS
} RollupJourneys;

extern List *rollup_analyze(Relation source, ArrayType *keys, const char *card,
							RollupJourneys *journeys);

/*
 * rollup_journeys.c: where a card has journeys, what is kept by lead in place
 * of it, and the lead's entry, under a name that no key has; else that is
 * NULL.  Returns what cannot be used in a card, or NULL.
 */
extern const char *rollup_keep_by_lead(TargetEntry *card, List *keys, TargetEntry **lead,
									   RollupJourneys *journeys);
extern bool rollup_ends_with_calls(Node *card);

/* How many of the keys are not the user's, at their beginning. */
#define ROLLUP_HIDDEN(definition) (OidIsValid((definition)->leads) ? 1 : 0)

/* Do its leads have codes? */
#define ROLLUP_CODED(definition) (OidIsValid((definition)->leads) && (definition)->reading.mapped)

/* The card as its user wrote it. */
extern char *rollup_card_text(const RollupDefinition *definition);

/* Does a view say that it defines a roll-up?  Which, is not to be believed. */
extern bool rollup_read_claim(Oid view, RollupDefinition *definition);

/*
 * Reads the rest of it, with everything checked that is checked when a roll-up
 * is made; or an error.
 */
extern void rollup_read_definition(Oid view, Relation source, RollupDefinition *definition);

/* Its keys, as their user would write them. */
extern ArrayType *rollup_keys_text(const RollupDefinition *definition);

/*
 * What it computes, with the number of rows after the card, as a plan: over
 * its source where rows is NULL, else over transition rows of that name of the
 * source or of a partition of it.
 */
extern PlannedStmt *rollup_plan(const RollupDefinition *definition, Relation source,
								Relation relation, const char *rows);

/*
 * rollup_try.c
 */

/*
 * Runs something in a subtransaction; NULL, or what went wrong.  What is not
 * about the action itself, such as a cancelled statement, is raised.
 */
extern char *rollup_try(void (*action) (void *), void *argument);

/*
 * rollup_cells.c: the table of cells
 */

/* It, open. */
typedef struct RollupCells
{
	Relation	relation;
	Relation	index;			/* on pending and hash */
	Oid			indexes[2];		/* that one, and the primary key's, if there is any */
	bool		indexed;		/* has others, of its owner's */
	bool		refusing;		/* an index may refuse a row, or computes something */
	int			nkeys;
	int			codes;			/* that a lead has: keys after the first, not in the hash */
	TypeCacheEntry *types[ROLLUP_MAX_KEYS]; /* of the keys */
	MemoryContext context;		/* in which it was opened */
	TupleTableSlot *slot;		/* the rest is for appending */
	Relation	primary;
	IndexInfo  *infos[2];		/* of the two indexes */
	EState	   *estate;			/* where it has others */
	ResultRelInfo *result;
	int64		appended;		/* rows */
	int			turns;			/* how many of them ask for compaction */

	/* of journeys: what is told of rows that are settled, or are no more */
	struct RollupTotals *totals;
	void		(*account) (struct RollupCells *cells, const Datum *keys, const bool *nulls,
							int64 n, const Datum *card, int sign);
	void		(*flush) (struct RollupCells *cells, bool append);
	void		(*finish) (struct RollupCells *cells);
} RollupCells;

/* Does a table have the columns of cells, of whichever keys, or of what leads come to? */
extern bool rollup_is_cells(Oid relation);

/*
 * Opens it for a definition's keys, or only for a note where there is no
 * definition.  NULL, or why it is not a table of such cells; then it is closed.
 */
extern char *rollup_open_cells(RollupCells *cells, Oid relation,
							   const RollupDefinition *definition, LOCKMODE lock);
extern void rollup_close_cells(RollupCells *cells);

/*
 * What was found out when they were opened, kept in the current memory context;
 * and opened as such: no relation that has a say has changed, and they are
 * locked.  Not where an owner has added indexes.
 */
extern RollupCells *rollup_keep_cells(const RollupCells *cells);
extern void rollup_reopen_cells(RollupCells *cells, const RollupCells *kept, Oid relation);

/*
 * Before rows are appended in a subtransaction, which may end before the cells
 * are closed; otherwise the first row does it.
 */
extern void rollup_begin_appending(RollupCells *cells);

/* The hash of a cell's keys, and whether two are the same cell. */
extern int64 rollup_hash(const RollupCells *cells, const Datum *keys, const bool *nulls);
extern bool rollup_same(const RollupCells *cells, const Datum *a, const bool *a_nulls,
						const Datum *b, const bool *b_nulls);

/*
 * A row for a cell; n is below zero for a removal, and NULL stands for no
 * scorecard.  A settled row is all that its cell has.
 */
extern void rollup_append(RollupCells *cells, const Datum *keys, const bool *nulls, int64 n,
						  const Datum *added, const Datum *removed, bool settled);

/*
 * rollup_note.c: what is not of any cell
 */

/* Notes that something was not counted, where there is no such note yet. */
extern void rollup_note(RollupCells *cells, const char *fault);

/* Rows that were rejected, or, below zero, that have gone; and why. */
extern void rollup_reject(RollupCells *cells, int64 n, const char *reason);

/* What the notes come to. */
typedef struct RollupNotes
{
	char	   *fault;			/* why something was not counted, or NULL */
	int64		rejected;		/* rows */
	char	   *reason;			/* of the last of them, or NULL */
} RollupNotes;

extern void rollup_read_notes(RollupCells *cells, Snapshot snapshot, RollupNotes *notes);

/*
 * rollup_compact.c: rows of cells taken together
 */

/* Appends, for all that the cells have under a snapshot, its removal. */
extern void rollup_remove_all(RollupCells *cells, Snapshot snapshot);

/* Deletes all rows; the caller keeps others away. */
extern void rollup_clear(RollupCells *cells);

/*
 * Merges pending rows, about so many, from a hash on.  Counts the rows that
 * went.  False where it saw the last, else from is where to go on.  What cannot
 * be merged is noted, and is no error.
 */
extern bool rollup_compact_some(RollupCells *cells, int64 *from, int64 limit, int64 *merged);

/* The cells by number, under the active snapshot. */
typedef struct RollupCount
{
	int64		cells;			/* with rows */
	int64		rows;			/* that they are kept in */
	int64		pending;		/* those that wait for compaction */
	int64		merged;			/* when the last were merged; 0 for never */
	RollupNotes notes;
} RollupCount;

extern void rollup_count_cells(RollupCells *cells, RollupCount *count);

/*
 * rollup_unmapped.c: codes that stand for no outcome
 */

/*
 * The codes in the cells, by source, that the current user finds no outcome
 * for, with the number of rows of each: a jsonb; false where there are none.
 */
extern bool rollup_unmapped(const RollupCells *cells, const RollupReading *reading, Datum *unmapped);

/*
 * Would disposition() raise for one of such codes (RollupCodes) that the cells
 * have under a snapshot?  strict is the mode it is called in.
 */
extern bool rollup_codes_raise(const RollupCells *cells, const List *of, bool strict, Snapshot snapshot);

/*
 * rollup_leads.c: cells by lead, and what leads come to
 */

typedef struct RollupTotals RollupTotals;
typedef struct RollupResults RollupResults;
typedef struct Rollup Rollup;

/*
 * What NAME_leads holds: the cells without the lead; with codes, with the set
 * of those that a lead has, as text, in its place.
 */
extern List *rollup_leads_entries(const List *entries, bool coded);
extern void rollup_leads_definition(const RollupDefinition *definition, RollupDefinition *leads);

/*
 * From now on, until the cells are closed, NAME_leads is kept in step with what
 * is settled in them.  NULL, also where there are no journeys, or what is wrong
 * with the table.
 */
extern char *rollup_keep_totals(RollupCells *cells, const RollupDefinition *definition);

/*
 * The same while empty cells are filled, and the table with them.  Where leads
 * have codes, all rows of a hash must come together.
 */
extern void rollup_fill_totals(RollupCells *cells);

/* Do rows that were appended there ask for compaction?  It, from a hash on: how many went. */
extern bool rollup_totals_ask(const RollupCells *cells);
extern int64 rollup_compact_totals(RollupCells *cells, int64 from, int64 limit);

/* Deletes all rows of the table, where there is one. */
extern void rollup_clear_totals(const RollupDefinition *definition);

/*
 * rollup_catalog.c: which roll-ups there are
 */

/* What a definition claims, and what is wrong with it. */
struct Rollup
{
	Oid			name;			/* the view that is read */
	Oid			cells;
	Oid			view;			/* the view NAME_source */
	Oid			owner;			/* of that view */
	bool		owned;			/* the three are of one owner */
	bool		entitled;		/* who may read the source and have triggers */
	bool		strict;			/* fails who writes what it cannot count */
	bool		elsewhere;		/* a subscription fills its cells */
	bool		locked;			/* another session has its cells, for now */
	char	   *problem;		/* NULL for a sound one, which is a roll-up */
	RollupDefinition definition;
};

/* Is there none in this database?  As cheap as one look at an index. */
extern bool rollup_none(void);

/* The views whose queries name a relation, in the order of their OIDs. */
extern List *rollup_views_over(Oid relation);

/* The OIDs that two lists in that order have in common. */
extern List *rollup_common(const List *a, const List *b);

/*
 * Views that say that they define roll-ups, in that order, too; all, or those
 * that name a relation.
 */
extern List *rollup_definitions(Oid relation);

/*
 * Reads one; NULL where it says so no more.  The lock is taken on cells that
 * are its own; AccessShareLock is only tried.
 */
extern Rollup *rollup_read(Oid view, LOCKMODE lock);

/* Those that are a source's, sound or not, unless their owner may not. */
extern List *rollup_list(Oid source);

/* The sound ones among them. */
extern List *rollup_sound(Oid source);

/* Those that were its roll-ups once, and whose owner may not any more. */
extern List *rollup_barred(Oid source);

/* The one of that name; 42809 where there is none, 55000 for a check. */
extern Rollup *rollup_find(Oid name);
extern void rollup_must_be_sound(const Rollup *rollup);

/* Which trigger is not as it should be, if any; NULL where all are. */
extern char *rollup_not_followed(Oid source);

/* Is the trigger of that name on a table the one that it should have? */
typedef enum RollupTrigger
{
	ROLLUP_TRIGGER_MISSING, ROLLUP_TRIGGER_FOREIGN, ROLLUP_TRIGGER_DISABLED,
	ROLLUP_TRIGGER_LOCAL,		/* fires where rows are not a replica's, only */
	ROLLUP_TRIGGER_RIGHT
} RollupTrigger;

extern RollupTrigger rollup_trigger(Oid relation, RollupEvent event, Oid *oid);
extern const char *const rollup_trigger_names[ROLLUP_EVENTS];
extern const int16 rollup_trigger_types[ROLLUP_EVENTS];
extern const char rollup_trigger_fires[ROLLUP_EVENTS];	/* as pg_trigger.tgenabled has it */

/* Does a subscription of this database fill the table, or one above it? */
extern bool rollup_subscribed(Oid relation);

/* The event triggers, which are on as long as there are roll-ups. */
extern bool rollup_watches_ddl(void);
extern void rollup_watch_ddl(bool on);

/* Its relations, of which the source is none. */
extern List *rollup_parts(const Rollup *rollup);

/* DROP EXTENSION takes its relations along; who cannot call this cannot have that. */
extern void rollup_bind(const Rollup *rollup);

/* All relations that are so bound, in the order of their OIDs. */
extern List *rollup_bound(void);

extern Oid	rollup_owner(Oid relation);

/* The topmost table above a partition, or the table itself. */
extern Oid	rollup_root(Oid relation);

/* schema.name, quoted. */
extern char *rollup_quoted(Oid relation);

/* May a table be a source?  An error, if not. */
extern void rollup_check_source(Relation source);

/*
 * A statement of a roll-up, from a template with words in braces: {cells},
 * {source}, {kpi} the extension's schema; {keys} the columns of the keys, each
 * with a comma after it; {by} those and hash, to group by; {exprs} their
 * expressions, with commas; {card} that of the card; {group} the clause that
 * groups by the expressions where these come first in a SELECT; {nothing} an
 * empty scorecard.
 *
 * Names may change what they mean between two moments, so text is for what an
 * owner calls by hand.  What runs in others' sessions goes by OIDs.
 */
extern char *rollup_sql(const Rollup *rollup, const char *template);

/*
 * rollup_row.c: what one row comes to
 */

typedef struct RollupRow RollupRow;

/*
 * How to compute keys and card of a row of a source or of a partition of it, in
 * the current memory context; NULL where it takes a plan.
 */
extern RollupRow *rollup_row_new(const RollupDefinition *definition, Relation relation);

/* Which of the settings that a definition pins may make a difference to it. */
typedef enum RollupNeeds
{
	ROLLUP_NEEDS_NOTHING, ROLLUP_NEEDS_ZONE, ROLLUP_NEEDS_SETTINGS
} RollupNeeds;

extern RollupNeeds rollup_row_needs(const RollupRow *row);
extern int	rollup_row_forms(const RollupRow *row);

/* The keys and then the card of the row in a slot, in the current memory context. */
extern void rollup_row_evaluate(RollupRow *row, TupleTableSlot *slot, Datum *values, bool *nulls);

/*
 * rollup_evaluate.c: what rows come to
 */

/* One roll-up and one table, with plans that are made when they are needed. */
typedef struct RollupWork
{
	Rollup	   *rollup;
	MemoryContext context;		/* of the plans */
	PlannedStmt *plans[2];		/* over old rows, and over new ones */
	RollupCells *cells;			/* as they were found to be; NULL for not yet */
	uint64		cells_known;	/* what was counted then */
	const uint64 *invalidations;	/* counts what may have changed; NULL where it is not kept */
	bool		row_tried;
	RollupRow  *row;			/* for a row by itself; NULL where it takes a plan */
} RollupWork;

/* Rows of a source or of a partition of it. */
typedef struct RollupRows
{
	Relation	relation;
	Tuplestorestate *rows[2];	/* old and new; NULL for none */
} RollupRows;

/* What a row by itself comes to: the keys, and then the card. */
typedef struct RollupResult
{
	TupleTableSlot *slot;		/* the row */
	Datum		values[ROLLUP_MAX_KEYS + 1];
	bool		nulls[ROLLUP_MAX_KEYS + 1];
} RollupResult;

/* Keys, card and number of rows, by cell; a cell may be there several times. */
struct RollupResults
{
	bool		single;			/* one row at most on each side; then only these count */
	RollupResult *single_rows[2];	/* NULL for none */
	TupleDesc	desc;			/* NULL where nothing was evaluated */
	Tuplestorestate *rows[2];	/* of old rows, and of new ones */
	int64		rejected;		/* new rows that raise, less old ones */
	char	   *reason;			/* why the last of them does */
};

/*
 * Evaluates one row on each side at most, with the rights of the roll-up's owner
 * and whichever settings the session has.  False where that is not all that it
 * takes, and where something raises; then the results are none.
 */
extern bool rollup_evaluate_row(RollupWork *work, const RollupRows *rows, RollupResults *results);

/* In the current memory context. */
extern RollupWork *rollup_work(Rollup *rollup);

/*
 * Evaluates rows.  NULL, or what is wrong with the roll-up whatever is in the
 * rows; then the results are none.  Where it is strict, what raises for a new
 * row is raised.
 */
extern char *rollup_evaluate(RollupWork *work, const RollupRows *rows, bool strict, RollupResults *results);
extern void rollup_end_results(RollupResults *results);

/* The same of the whole source at once; what raises for a row is a fault, too. */
extern char *rollup_evaluate_source(const Rollup *rollup, Snapshot snapshot, bool strict, RollupResults *results);

/* Calls a function on all rows of a table, so many at a time. */
extern void rollup_each_batch(Oid relation, Snapshot snapshot, RollupEvent event,
							  void (*function) (void *, const RollupRows *), void *argument);

/*
 * rollup_change.c: what happens to a source
 */

/* What a statement did to rows; strict roll-ups may raise if they are let. */
extern void rollup_apply(const RollupRows *rows, bool strict);
extern void rollup_apply_truncate(Oid relation);

/* Notes in all roll-ups that something of a table was not counted. */
extern void rollup_note_all(Oid relation, const char *fault);

/* The same in those of a source whose owner may not have them. */
extern void rollup_note_barred(Oid source);

/* Adds all rows of a table to the roll-ups of a root, or takes them away. */
extern void rollup_count_table(Oid root, Oid relation, RollupEvent event);

/*
 * Counts a roll-up from its whole source, into cells that are empty; these may
 * be made so by what is called when the counts are there, which takes long.
 * 55000 where it cannot be counted, whatever is in the rows.
 */
extern void rollup_fill(Rollup *rollup, void (*prepare) (void *), void *argument);

/* Every session looks anew at which roll-ups the tables have. */
extern void rollup_invalidate(Oid source);

/*
 * rollup_replica.c: rows that come one by one
 */

/* Keeps a row that went and one that came until the transaction commits. */
extern void rollup_keep_rows(Relation relation, TupleTableSlot *old_row, TupleTableSlot *new_row, int64 bytes);

/* Counts those now: before anything is counted from tables. */
extern void rollup_settle(void);

/* Has this transaction rows that are not counted yet? */
extern bool rollup_is_behind(void);

/*
 * rollup_parts.c: the relations of a roll-up, as SQL
 */

/* Runs a statement, within SPI. */
extern void rollup_run(const char *sql);

/* The columns of the keys from one on, and what the column hash is made of. */
extern char *rollup_cells_columns(const List *entries, int from);
extern char *rollup_hash_sql(int nkeys, int codes);

/* Makes the tables of the cells and, where leads is not NULL, of what leads come to. */
extern void rollup_make_tables(const char *cells, const char *leads, Relation source, const RollupReading *reading,
							   List *entries);

/*
 * The query of the view NAME over those tables, with columns of such names: the
 * keys in their order, and the card at its place among them.
 */
extern char *rollup_view_sql(const RollupReading *reading, Oid cells, Oid leads, const List *entries,
							 const List *names, int card, bool calls);

/*
 * Where leads have codes, what rows come to as it is shown: of the settled leads, as s.. and
 * card, and of the table of leads.
 */
extern void rollup_coded_check_sql(const Rollup *rollup, char **expected, char **found);

/*
 * The query of the view of cells by lead, with columns k1, k2 and so on, card, and
 * n, the number of the source's rows.
 */
extern char *rollup_leads_rows_sql(const char *cells, const char *leads, int nkeys, bool calls);

/* The same with what tables of before it was altered have, of which it is the query now. */
extern char *rollup_altered_view_sql(const char *view, const char *was, const RollupDefinition *before,
									 const RollupDefinition *after, const List *names, int card);

/* The query of the view NAME_source; leads is NULL without journeys. */
extern char *rollup_definition_sql(const char *view, const char *cells, const char *leads, bool calls, const List *before,
								   Oid source, const List *entries, char *const *settings, bool strict);

typedef enum RollupPart
{
	ROLLUP_NAME, ROLLUP_DEFINITION, ROLLUP_CELLS, ROLLUP_LEADS, ROLLUP_BEFORE
} RollupPart;

/* Says what a part is, of a source or of a roll-up of that name. */
extern void rollup_comment(Oid relation, RollupPart part, const char *what);

/* Errors name the roll-up, until the stack of contexts is set back. */
extern void rollup_name_errors(ErrorContextCallback *callback, const char *name);

/*
 * rollup_create.c: making and dropping
 */

/* The rights that it takes, of the current user: 42501. */
extern void rollup_check_rights(Oid source, bool strict);

/* Would the source's triggers serve no roll-up without this one? */
extern bool rollup_is_last(const Rollup *rollup);

/* Makes the triggers that a table has not yet; was any made? */
extern bool rollup_make_triggers(Oid relation);
extern void rollup_drop_triggers(Oid relation);

/* 0A000 for a table whose changes the triggers would not see. */
extern void rollup_check_member(Oid relation, char persistence);

/* Drops its parts, and triggers that serve nothing else. */
extern void rollup_dissolve(const Rollup *rollup, DropBehavior behavior);

/*
 * rollup_check.c: looking after one
 */

/* The one of that name, which must be the caller's own (42501) and sound. */
extern Rollup *rollup_own(Oid name);

/* rollup_change.c: the setting of who compacts */
extern void rollup_init(void);

#endif							/* KPI_ROLLUP_H */
