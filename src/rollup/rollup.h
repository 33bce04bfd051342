/*-------------------------------------------------------------------------
 *
 * rollup.h
 *		Live roll-ups: tables of scorecards that follow a source.
 *
 * A roll-up is three relations of its owner's: NAME_source, a view that says
 * what it holds, in terms of the source; NAME_cells, a table of what was added
 * to and removed from each cell; NAME, a view of the cells as they stand.  A
 * row of the table kpi_rollup ties them together.
 *
 * The columns of NAME_cells are id, hash, pending, n, merged, added, removed,
 * and the keys k1, k2 and so on.  n is the number of the source's rows, of a
 * removal below zero.  Rows are never updated.  One that is not pending is all
 * that its cell had when it was made: a cell has at most one such row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_ROLLUP_H
#define KPI_ROLLUP_H

#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "storage/itemptr.h"
#include "utils/array.h"
#include "utils/relcache.h"
#include "utils/typcache.h"

/* The settings that are recorded with a roll-up. */
#define ROLLUP_SETTINGS 3

#define ROLLUP_MAX_KEYS 32

/* A row of kpi_rollup. */
typedef struct Rollup
{
	Oid			name;
	Oid			source;
	Oid			cells;
	Oid			definition;		/* the view NAME_source */
	int			relations;		/* the source and its partitions, all levels */
	char	   *settings[ROLLUP_SETTINGS];
	ItemPointerData tid;
} Rollup;

/* What happened to rows of a source; also the triggers on it. */
typedef enum RollupEvent
{
	ROLLUP_INSERT, ROLLUP_UPDATE, ROLLUP_DELETE, ROLLUP_TRUNCATE, ROLLUP_EVENTS
} RollupEvent;

/*
 * rollup_expression.c: what a roll-up holds
 */

/* Keys, as target entries, then the card; checked, or an error. */
extern List *rollup_analyze(Oid function, Relation source, ArrayType *keys,
							const char *card);

/* The same of an existing roll-up. */
extern List *rollup_definition(Oid view);

/* An expression of it as text, under the current search path. */
extern char *rollup_expression(TargetEntry *entry, Oid source);

/*
 * rollup.c: the table of roll-ups, and their parts
 */

/* All roll-ups, or those of a source, whatever the transaction's snapshot. */
extern List *rollup_list(Oid schema, Oid source);

/* The one of that name; 42809 where there is none. */
extern Rollup *rollup_find(Oid schema, Oid name);

extern void rollup_set_relations(Oid schema, Rollup *rollup, int relations);

/* Drops all that there is of it, and its row of kpi_rollup. */
extern void rollup_dissolve(Oid schema, Rollup *rollup, DropBehavior behavior);

/* The topmost table above a partition, or the table itself. */
extern Oid	rollup_root(Oid relation);

/* Makes the triggers that are missing; was any missing? */
extern bool rollup_make_triggers(Oid relation);
extern void rollup_drop_triggers(Oid relation);
extern const char *const rollup_trigger_names[ROLLUP_EVENTS];

/* 0A000 for a table whose changes the triggers would not see. */
extern void rollup_check_member(Oid relation, char persistence);

/*
 * A statement of a roll-up, from a template with words in braces: {name},
 * {cells}, {source}, {kpi} the extension's schema; {keys} the columns of the
 * keys, each with a comma after it; {by} those and hash, to group by; {exprs}
 * their expressions, with commas; {card} that of the card; {group} the clause
 * that groups by the expressions where these come first in a SELECT; {nothing}
 * an empty scorecard.
 */
extern char *rollup_sql(Oid schema, const Rollup *rollup, const char *template);

/* Is the table empty? */
extern bool rollup_none(Oid schema);

/*
 * rollup_cells.c: the table of cells
 */

/* It, open for appending to it. */
typedef struct RollupCells
{
	Relation	relation;
	Oid			sequence;		/* of the ids */
	int			nkeys;
	TypeCacheEntry *types[ROLLUP_MAX_KEYS]; /* of the keys */
	EState	   *estate;
	ResultRelInfo *result;
	TupleTableSlot *slot;
	int64		last;			/* id of the last row */
} RollupCells;

extern Oid	rollup_sequence(Oid cells);
extern void rollup_open_cells(RollupCells *cells, Oid relation, Oid sequence, int nkeys);
extern void rollup_close_cells(RollupCells *cells);

/* Appends SPI's result: the keys, what is added, what is removed, how many. */
extern void rollup_append(RollupCells *cells);

/*
 * Merges pending rows, about so many, from a hash on, under the active
 * snapshot.  Counts the rows that went.  False where it saw the last, else
 * from is where to go on.
 */
extern bool rollup_compact_some(RollupCells *cells, SPIPlanPtr *plan, Oid schema,
								const Rollup *rollup, int64 *from, int64 limit, int64 *merged);

/*
 * rollup_check.c
 */

/* The whole roll-up anew from its source, as one more change of each cell. */
extern void rollup_resync(Oid schema, const Rollup *rollup);

/*
 * rollup_change.c: what happens to a source
 */

/* The work of a roll-up's owner, with the settings that go with it. */
typedef struct RollupActor
{
	Oid			user;
	int			context;
	int			nest;
} RollupActor;

extern void rollup_act(RollupActor *actor, Oid owner, char *const *settings);
extern void rollup_stop(const RollupActor *actor);
extern Oid	rollup_owner(Oid relation);

/* A plan that the current transaction may run once or more. */
extern SPIPlanPtr rollup_prepare(const char *sql, int nargs, Oid *types);

/* Adds all rows of a table to the roll-ups of the root, or takes them away. */
extern void rollup_count_table(Oid schema, Oid root, Oid relation, RollupEvent event);

/* Every session looks anew at which roll-ups the tables have. */
extern void rollup_invalidate(Oid source);

#endif							/* KPI_ROLLUP_H */
