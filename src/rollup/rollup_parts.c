/*-------------------------------------------------------------------------
 *
 * rollup_parts.c
 *		The relations of a live roll-up, as SQL.
 *
 * The text is run for who makes or alters a roll-up, and stands in the catalogs
 * and in dumps from then on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/schema.h"
#include "rollup/rollup.h"

void
rollup_run(const char *sql)
{
	if (SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "cannot run: %s", sql);
}

char *
rollup_cells_columns(const List *entries, int from)
{
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = from; i < list_length(entries) - 1; i++)
	{
		Node	   *expr = (Node *) list_nth_node(TargetEntry, entries, i)->expr;
		Oid			collation = exprCollation(expr);

		appendStringInfo(&columns, "%sk%d %s%s%s", i > from ? ", " : "", i + 1,
						 format_type_extended(exprType(expr), exprTypmod(expr),
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
						 OidIsValid(collation) ? " COLLATE " : "",
						 OidIsValid(collation) ? generate_collation_name(collation) : "");
	}
	return columns.data;
}

char *
rollup_hash_sql(int nkeys, int codes)
{
	char	   *sql = "0::bigint";

	for (int i = 0; i < nkeys; i++)
		sql = psprintf(i > 0 && i <= codes ? KPI_INTERNAL ".kpi_rollup_hash(%s, CASE WHEN k1 IS NULL THEN k%d END)" :
					   KPI_INTERNAL ".kpi_rollup_hash(%s, k%d)", sql, i + 1);
	return sql;
}

/* A table of cells. */
static void
make_cells(const char *name, Relation source, List *entries, int codes)
{
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(rollup_function("kpi_rollup_definition"))));
	int			nkeys = list_length(entries) - 1;

	rollup_run(psprintf("CREATE %sTABLE %s (id bigint PRIMARY KEY, "
						"hash bigint NOT NULL GENERATED ALWAYS AS (%s) STORED, "
						"pending boolean NOT NULL DEFAULT true, n bigint NOT NULL, merged timestamptz, fault text, "
						"added %s.scorecard, removed %s.scorecard%s%s) USING heap",
						source->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED ? "UNLOGGED " : "", name,
						rollup_hash_sql(nkeys, codes), ours, ours, nkeys ? ", " : "", rollup_cells_columns(entries, 0)));
	rollup_run(psprintf("CREATE INDEX ON %s (pending, hash)", name));
	rollup_run(psprintf("ALTER TABLE %s ALTER pending SET STATISTICS 0", name));
}

void
rollup_make_tables(const char *cells, const char *leads, Relation source, const RollupReading *reading, List *entries)
{
	make_cells(cells, source, entries, leads != NULL ? reading->hidden : 0);
	if (leads == NULL)
		return;
	make_cells(leads, source, rollup_leads_entries(entries, reading->mapped), 0);
	rollup_run(psprintf("ALTER TABLE %s ALTER hash SET STATISTICS 0", cells));
}

/* Whoever looks rows up by their hash has to name both kinds, by which the index starts. */
#define BY_HASH(pending)	pending " = ANY ('{true, false}')"

/*
 * What the cells keep, added up, as columns of such names.
 *
 * The server analyzes the table when it likes, which may be when no row is
 * pending, or all are.  So that column has no statistics, and that a hash less
 * itself is 0, which leaves nothing out, is guessed to be rare.
 */
static char *
kept_sql(const char *cells, const List *names, int card)
{
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(rollup_function("kpi_rollup_definition"))));
	StringInfoData settled;
	StringInfoData summed;
	StringInfoData by;
	ListCell   *cell;
	int			key = 0;

	initStringInfo(&settled);
	initStringInfo(&summed);
	initStringInfo(&by);
	foreach(cell, names)
	{
		const char *name = quote_identifier(strVal(lfirst(cell)));
		const char *comma = foreach_current_index(cell) > 0 ? ", " : "";

		if (foreach_current_index(cell) == card)
		{
			appendStringInfo(&settled, "%sc.added AS %s", comma, name);
			appendStringInfo(&summed, "%sCASE WHEN %s.rollup(removed) IS NULL THEN %s.rollup(added)"
							 " ELSE %s.rollup(added) OPERATOR(%s.-) %s.rollup(removed) END",
							 comma, ours, ours, ours, ours, ours);
			continue;
		}
		appendStringInfo(&settled, "%sc.k%d AS %s", comma, ++key, name);
		appendStringInfo(&summed, "%sk%d", comma, key);
		appendStringInfo(&by, "k%d, ", key);
	}

	/*
	 * A cell that has no pending row is one row, and is read as it is; the
	 * others, few between two compactions, are added up.
	 */
	return psprintf("SELECT %s FROM %s c WHERE NOT c.pending"
					" AND NOT EXISTS (SELECT FROM %s p WHERE p.pending AND p.hash - p.hash = 0 AND p.hash = c.hash)"
					" UNION ALL SELECT %s"
					" FROM %s WHERE fault IS NULL AND " BY_HASH("pending")
					" AND hash IN (SELECT hash FROM %s WHERE pending AND hash - hash = 0)"
					" GROUP BY %shash HAVING sum(n) > 0",
					settled.data, cells, cells, summed.data, cells, cells, by.data);
}

/* The columns of an alias, each after a comma, from one key to another. */
static char *
key_columns(const char *alias, int nkeys, int from)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&sql, ", %s.k%d AS k%d", alias, i + from, i + 1);
	return sql.data;
}

static char *
replace(const char *template, const char *const (*words)[2], int count)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (const char *c = template; *c != '\0';)
	{
		int			i = 0;

		while (i < count && strncmp(c, words[i][0], strlen(words[i][0])) != 0)
			i++;
		if (i < count)
		{
			appendStringInfoString(&sql, words[i][1]);
			c += strlen(words[i][0]);
		}
		else
			appendStringInfoCharMacro(&sql, *c++);
	}
	return sql.data;
}

/*
 * Leads that have pending rows are few between two compactions, and are looked
 * up one by one whatever the server knows of the table: it may have been
 * analyzed when all rows were pending.  So these columns have no statistics,
 * and the ranges, which leave nothing out, are guessed to be narrow.
 */
#define LEADS_VIEW \
	"WITH w AS MATERIALIZED (SELECT l.*, {hash} AS cell FROM {cells} l" \
	" WHERE l.pending AND l.fault IS NULL AND l.hash >= '-9223372036854775808'::bigint AND l.hash <= 9223372036854775807)" \
	" SELECT {settled} FROM {leads} c WHERE NOT c.pending" \
	" AND NOT EXISTS (SELECT FROM {leads} p WHERE p.pending AND p.hash = c.hash)" \
	" AND NOT EXISTS (SELECT FROM w WHERE w.cell = c.hash)" \
	" UNION ALL SELECT {summed} FROM (" \
	"SELECT t.hash, t.n, t.added, t.removed{keys} FROM {leads} t WHERE t.fault IS NULL AND " BY_HASH("t.pending") " AND t.hash IN (" \
	"SELECT p.hash FROM {leads} p WHERE p.pending UNION ALL SELECT w.cell FROM w)" \
	" UNION ALL SELECT l.cell, l.n, {journey}(l.now, l.k1 IS NOT NULL, {calls})," \
	" {journey}(l.settled, l.k1 IS NOT NULL, {calls}){lead_keys} FROM (" \
	"SELECT r.cell, coalesce(sum(r.n) FILTER (WHERE r.pending), 0)::bigint AS n," \
	" CASE WHEN {kpi}.rollup(r.removed) IS NULL THEN {kpi}.rollup(r.added)" \
	" ELSE {kpi}.rollup(r.added) OPERATOR({kpi}.-) {kpi}.rollup(r.removed) END AS now," \
	" {kpi}.rollup(r.added) FILTER (WHERE NOT r.pending) AS settled{row_keys} FROM (" \
	"SELECT w.* FROM w" \
	" UNION ALL SELECT s.* FROM (SELECT DISTINCT w.hash FROM w) d," \
	" LATERAL (SELECT l.*, {hash} AS cell FROM {cells} l WHERE NOT l.pending AND l.hash = d.hash" \
	" AND l.hash >= d.hash AND l.hash <= d.hash OFFSET 0) s) r" \
	" GROUP BY r.cell, r.hash{row_by}) l) t GROUP BY t.hash{by} HAVING sum(t.n) > 0"

/* The query of the view, of cells that are not by lead. */
static char *
cells_view_sql(const RollupReading *reading, Oid cells, int nkeys, const List *names, int card)
{
	List	   *columns = NIL;

	if (!reading->mapped)
		return kept_sql(rollup_quoted(cells), names, card);
	for (int i = 0; i < nkeys; i++)
		columns = lappend(columns, makeString(psprintf("k%d", i + 1)));
	columns = lappend(columns, makeString("card"));
	return rollup_read_sql(reading, cells, names, card, kept_sql(rollup_quoted(cells), columns, nkeys));
}

/* With the number of rows, if wanted, as a last column n. */
static char *
leads_sql(const char *cells, const char *leads, const List *names, int card, bool calls, bool rows)
{
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(rollup_function("kpi_rollup_definition"))));
	int			nkeys = list_length(names) - 1;
	char	   *hash = "0::bigint";
	StringInfoData settled;
	StringInfoData summed;
	StringInfoData by;
	StringInfoData row_by;
	ListCell   *cell;
	int			key = 0;

	initStringInfo(&settled);
	initStringInfo(&summed);
	initStringInfo(&by);
	initStringInfo(&row_by);
	appendStringInfoString(&row_by, ", r.k1");
	foreach(cell, names)
	{
		const char *name = quote_identifier(strVal(lfirst(cell)));
		const char *comma = foreach_current_index(cell) > 0 ? ", " : "";

		if (foreach_current_index(cell) == card)
		{
			appendStringInfo(&settled, "%sc.added AS %s", comma, name);
			appendStringInfo(&summed, "%sCASE WHEN %s.rollup(t.removed) IS NULL THEN %s.rollup(t.added)"
							 " ELSE %s.rollup(t.added) OPERATOR(%s.-) %s.rollup(t.removed) END",
							 comma, ours, ours, ours, ours, ours);
			continue;
		}
		key++;
		appendStringInfo(&settled, "%sc.k%d AS %s", comma, key, name);
		appendStringInfo(&summed, "%st.k%d", comma, key);
		appendStringInfo(&by, ", t.k%d", key);
		appendStringInfo(&row_by, ", r.k%d", key + 1);
		hash = psprintf(KPI_INTERNAL ".kpi_rollup_hash(%s, l.k%d)", hash, key + 1);
	}
	if (rows)
	{
		appendStringInfoString(&settled, ", c.n AS n");
		appendStringInfoString(&summed, ", sum(t.n)::bigint");
	}
	{
		const char *const words[][2] = {
			{"{settled}", settled.data}, {"{summed}", summed.data}, {"{leads}", leads}, {"{cells}", cells},
			{"{hash}", hash}, {"{keys}", key_columns("t", nkeys, 1)}, {"{lead_keys}", key_columns("l", nkeys, 2)},
			{"{row_keys}", key_columns("r", nkeys + 1, 1)}, {"{row_by}", row_by.data}, {"{by}", by.data},
			{"{journey}", KPI_INTERNAL ".kpi_rollup_journey"}, {"{calls}", calls ? "true" : "false"}, {"{kpi}", ours}
		};

		return replace(LEADS_VIEW, words, lengthof(words));
	}
}

/*
 * Where leads have codes: rows of settled leads, by their sets, and of those
 * leads that have pending rows, as they are now and, to be taken away, as they
 * were when they were settled.  A set stands in s, a lead in l.
 */
#define CODED_SETS \
	"SELECT 1 AS sign, c.k1 AS s, {no_lead} AS l{c_keys}, c.n, c.added AS card FROM {leads} c WHERE NOT c.pending" \
	" AND NOT EXISTS (SELECT FROM {leads} p WHERE p.pending AND p.hash = c.hash)" \
	" UNION ALL SELECT 1, c.k1, {no_lead}{c_keys}, sum(c.n)::bigint, CASE WHEN {kpi}.rollup(c.removed) IS NULL THEN {kpi}.rollup(c.added)" \
	" ELSE {kpi}.rollup(c.added) OPERATOR({kpi}.-) {kpi}.rollup(c.removed) END" \
	" FROM {leads} c WHERE c.fault IS NULL AND " BY_HASH("c.pending") " AND c.hash IN (SELECT p.hash FROM {leads} p WHERE p.pending)" \
	" GROUP BY c.hash, c.k1{c_by} HAVING sum(c.n) > 0"

#define CODED_WAITING \
	"WITH w AS MATERIALIZED (SELECT l.* FROM {cells} l" \
	" WHERE l.pending AND l.fault IS NULL AND l.hash >= '-9223372036854775808'::bigint AND l.hash <= 9223372036854775807)," \
	" v AS MATERIALIZED (SELECT r.k1 AS l{r_keys}, sum(r.n)::bigint AS n," \
	" coalesce(sum(r.n) FILTER (WHERE NOT r.pending), 0)::bigint AS settled_n," \
	" CASE WHEN {kpi}.rollup(r.removed) IS NULL THEN {kpi}.rollup(r.added)" \
	" ELSE {kpi}.rollup(r.added) OPERATOR({kpi}.-) {kpi}.rollup(r.removed) END AS now," \
	" {kpi}.rollup(r.added) FILTER (WHERE NOT r.pending) AS settled FROM (" \
	"SELECT w.* FROM w" \
	" UNION ALL SELECT s.* FROM (SELECT DISTINCT w.hash FROM w) d," \
	" LATERAL (SELECT l.* FROM {cells} l WHERE NOT l.pending AND l.hash = d.hash" \
	" AND l.hash >= d.hash AND l.hash <= d.hash OFFSET 0) s) r GROUP BY r.hash, r.k1{r_by})"

#define CODED_CHANGES \
	"SELECT 1, {no_set}, v.l{v_keys}, v.n, {journey}(v.now, v.l IS NOT NULL, {calls}) FROM v WHERE v.n > 0" \
	" UNION ALL SELECT -1, {no_set}, v.l{v_keys}, v.settled_n, {journey}(v.settled, v.l IS NOT NULL, {calls}) FROM v WHERE v.settled_n > 0"

#define CODED_SETTLED \
	"SELECT 1 AS sign, {no_set} AS s, c.k1 AS l{c_keys}, c.n, {journey}(c.added, c.k1 IS NOT NULL, {calls}) AS card" \
	" FROM {cells} c WHERE NOT c.pending"

/* Lead by lead, or set by set, as it is shown: a lead has one journey in each cell that is shown. */
#define CODED_SHOWN \
	"SELECT sign, sum(n) AS n{shown_as}," \
	" coalesce({kpi}.rollup({read}), '{}') OPERATOR({kpi}.+) coalesce(" KPI_INTERNAL ".kpi_rollup_journeys(" \
	"{kpi}.journey({outcome}) FILTER (WHERE " KPI_INTERNAL ".kpi_rollup_leads_in(card) > 0)," \
	" max(" KPI_INTERNAL ".kpi_rollup_leads_in(card))), '{\"leads\": {}}') AS card" \
	" FROM ({rows}) kept GROUP BY sign, s, l{plain}{shown}"

#define CODED_SUM \
	"CASE WHEN {kpi}.rollup(card) FILTER (WHERE sign < 0) IS NULL THEN {kpi}.rollup(card) FILTER (WHERE sign > 0)" \
	" ELSE {kpi}.rollup(card) FILTER (WHERE sign > 0) OPERATOR({kpi}.-) {kpi}.rollup(card) FILTER (WHERE sign < 0) END"

/* NULL, as a column of cells of such a key has it. */
static char *
null_of(Node *key)
{
	Oid			collation = exprCollation(key);

	return psprintf("NULL::%s%s%s",
					format_type_extended(exprType(key), exprTypmod(key), FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
					OidIsValid(collation) ? " COLLATE " : "", OidIsValid(collation) ? generate_collation_name(collation) : "");
}

/* Such a template in words; rows are what it may be of. */
static char *
coded_sql(const RollupReading *reading, Oid cells, const char *leads, const List *entries, bool calls,
		  const char *template, const char *rows)
{
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(rollup_function("kpi_rollup_definition"))));
	int			nkeys = list_length(entries) - 1;
	Node	   *lead = (Node *) list_nth_node(TargetEntry, entries, 0)->expr;
	Node	   *set = (Node *) list_nth_node(TargetEntry, rollup_leads_entries(entries, true), 0)->expr;
	char	   *known = KPI_INTERNAL ".kpi_rollup_journey_in(card)";
	char	   *ordinary = KPI_INTERNAL ".kpi_scorecard_where(card, 'leads', false)";
	StringInfoData plain;
	StringInfoData shown;
	StringInfoData shown_as;
	StringInfoData by[2];

	initStringInfo(&plain);
	initStringInfo(&shown);
	initStringInfo(&shown_as);
	for (int i = 1 + reading->hidden; i < nkeys; i++)
		appendStringInfo(&plain, ", k%d", i + 1);
	for (int i = 1; i < list_length(reading->keys); i++)
	{
		const char *key = rollup_read_key(reading, cells, i);

		appendStringInfo(&shown, ", (%s)", key);
		appendStringInfo(&shown_as, ", %s AS s%d", key, i);
	}
	for (int side = 0; side < 2; side++)
	{
		initStringInfo(&by[side]);
		for (int i = 1; i < nkeys; i++)
			appendStringInfo(&by[side], ", %s.k%d", side == 0 ? "c" : "r", i + 1);
	}
	{
		const char *const words[][2] = {
			{"{no_lead}", null_of(lead)}, {"{no_set}", null_of(set)}, {"{rows}", rows},
			{"{c_keys}", by[0].data}, {"{c_by}", by[0].data}, {"{r_keys}", by[1].data}, {"{r_by}", by[1].data},
			{"{v_keys}", replace(by[1].data, (const char *const[][2]) {{", r.", ", v."}}, 1)},
			{"{leads}", leads}, {"{cells}", rollup_quoted(cells)}, {"{kpi}", ours},
			{"{journey}", KPI_INTERNAL ".kpi_rollup_journey"}, {"{calls}", calls ? "true" : "false"},
			{"{plain}", plain.data}, {"{shown}", shown.data}, {"{shown_as}", shown_as.data},
			{"{read}", rollup_read_card(reading, cells, ordinary)},
			{"{outcome}", rollup_read_journey(reading, cells, known)}
		};

		return replace(template, words, lengthof(words));
	}
}

/* The query of the view, where leads have codes. */
static char *
coded_view_sql(const RollupReading *reading, Oid cells, const char *leads, const List *entries,
			   const List *names, int card, bool calls)
{
	StringInfoData list;
	StringInfoData by;
	char	   *rows;
	ListCell   *cell;
	int			key = 0;

	initStringInfo(&list);
	initStringInfo(&by);
	foreach(cell, names)
	{
		const char *name = quote_identifier(strVal(lfirst(cell)));
		const char *comma = foreach_current_index(cell) > 0 ? ", " : "";

		if (foreach_current_index(cell) == card)
		{
			appendStringInfo(&list, "%s%s AS %s", comma, coded_sql(reading, cells, leads, entries, calls, CODED_SUM, ""), name);
			continue;
		}
		key++;
		appendStringInfo(&list, "%ss%d AS %s", comma, key, name);
		appendStringInfo(&by, key == 1 ? " GROUP BY s%d" : ", s%d", key);
	}
	rows = coded_sql(reading, cells, leads, entries, calls, CODED_SETS " UNION ALL " CODED_CHANGES, "");
	return psprintf("%s SELECT %s FROM (%s) shown%s HAVING sum(sign * n) > 0",
					coded_sql(reading, cells, leads, entries, calls, CODED_WAITING, ""), list.data,
					coded_sql(reading, cells, leads, entries, calls, CODED_SHOWN, rows), by.data);
}

void
rollup_coded_check_sql(const Rollup *rollup, char **expected, char **found)
{
	const RollupDefinition *definition = &rollup->definition;
	const char *leads = rollup_quoted(definition->leads);
	const char *const templates[] = {CODED_SETTLED, CODED_SETS};
	char	  **results[] = {expected, found};

	for (int i = 0; i < 2; i++)
	{
		char	   *rows = coded_sql(&definition->reading, rollup->cells, leads, definition->entries, definition->calls,
									 templates[i], "");

		*results[i] = coded_sql(&definition->reading, rollup->cells, leads, definition->entries, definition->calls,
								CODED_SHOWN, rows);
	}
}

char *
rollup_view_sql(const RollupReading *reading, Oid cells, Oid leads, const List *entries,
				const List *names, int card, bool calls)
{
	if (!OidIsValid(leads))
		return cells_view_sql(reading, cells, list_length(entries) - 1, names, card);
	if (reading->mapped)
		return coded_view_sql(reading, cells, rollup_quoted(leads), entries, names, card, calls);
	return leads_sql(rollup_quoted(cells), rollup_quoted(leads), names, card, calls, false);
}

char *
rollup_leads_rows_sql(const char *cells, const char *leads, int nkeys, bool calls)
{
	List	   *names = NIL;

	for (int i = 0; i < nkeys; i++)
		names = lappend(names, makeString(psprintf("k%d", i + 1)));
	return leads_sql(cells, leads, lappend(names, makeString("card")), nkeys, calls, true);
}

/*
 * An older snapshot sees what the tables of before had, and nothing of what the
 * others have, but for what its own transaction has written since, which is
 * counted in another way.
 */
char *
rollup_altered_view_sql(const char *view, const char *was, const RollupDefinition *before, const RollupDefinition *after,
						const List *names, int card)
{
	const char *cells = rollup_quoted(after->cells);
	int			columns = list_length(before->reading.shown) - ROLLUP_HIDDEN(before);
	StringInfoData list;
	ListCell   *cell;

	initStringInfo(&list);
	foreach(cell, names)
	{
		int			i = foreach_current_index(cell);
		const char *name = quote_identifier(strVal(lfirst(cell)));

		if (i > 0)
			appendStringInfoString(&list, ", ");
		if (i < columns)
			appendStringInfo(&list, "was.%s", name);
		else
			appendStringInfo(&list, "%s AS %s",
							 null_of((Node *) list_nth_node(TargetEntry, after->reading.shown, i - 1 + ROLLUP_HIDDEN(after))->expr),
							 name);
	}
	/* asked of each row, whichever columns are read */
	return psprintf("(%s) UNION ALL SELECT %s FROM (%s) was WHERE " KPI_INTERNAL ".kpi_rollup_was(was.%s, EXISTS (SELECT FROM %s"
					" WHERE fault IS NULL), %s::regclass)", view, list.data, was,
					quote_identifier(strVal(list_nth(names, card))), cells, quote_literal_cstr(cells));
}

char *
rollup_definition_sql(const char *view, const char *cells, const char *leads, bool calls, const List *before,
					  Oid source, const List *entries, char *const *settings, bool strict)
{
	char	   *count = "count(*)";
	StringInfoData keys;
	StringInfoData group;
	ListCell   *cell;

	initStringInfo(&keys);
	initStringInfo(&group);
	for (int i = 0; i < list_length(entries) - 1; i++)
	{
		TargetEntry *entry = list_nth(entries, i);

		appendStringInfo(&keys, "%s AS %s, ", rollup_expression(entry, source), quote_identifier(entry->resname));
		appendStringInfo(&group, i == 0 ? " GROUP BY %d" : ", %d", i + 1);
	}
	if (leads != NULL)
		count = psprintf(KPI_INTERNAL ".kpi_rollup_leads(%s, %s, count(*))", quote_literal_cstr(leads), calls ? "true" : "false");
	foreach(cell, before)
		count = psprintf(KPI_INTERNAL ".kpi_rollup_before(%s, %s)", quote_literal_cstr(rollup_quoted(lfirst_oid(cell))), count);
	return psprintf("SELECT %s%s AS card FROM %s%s"
					" HAVING " KPI_INTERNAL ".kpi_rollup_definition(%s, %s, %s, %s, %s, %s, %s)",
					keys.data, rollup_expression(llast(entries), source), rollup_quoted(source), group.data,
					quote_literal_cstr(view), quote_literal_cstr(cells),
					quote_literal_cstr(settings[0]), quote_literal_cstr(settings[1]), quote_literal_cstr(settings[2]),
					strict ? "true" : "false", count);
}

void
rollup_comment(Oid relation, RollupPart part, const char *what)
{
	static const char *const formats[] = {
		[ROLLUP_NAME] = "live roll-up of %s",
		[ROLLUP_DEFINITION] = "what the live roll-up %s holds, computed from its source",
		[ROLLUP_CELLS] = "the live roll-up %s: what was added to its cells, and removed",
		[ROLLUP_LEADS] = "the live roll-up %s: what its leads came to",
		[ROLLUP_BEFORE] = "the live roll-up %s: what it was before it was altered, for older snapshots"
	};

	rollup_run(psprintf("COMMENT ON %s %s IS %s", part >= ROLLUP_CELLS ? "TABLE" : "VIEW", rollup_quoted(relation),
						quote_literal_cstr(psprintf(formats[part], what))));
}

static void
name_rollup(void *arg)
{
	errcontext("live roll-up \"%s\"", (const char *) arg);
}

void
rollup_name_errors(ErrorContextCallback *callback, const char *name)
{
	callback->callback = name_rollup;
	callback->arg = unconstify(char *, name);
	callback->previous = error_context_stack;
	error_context_stack = callback;
}
