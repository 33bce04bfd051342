/*-------------------------------------------------------------------------
 *
 * candidate.c
 *		The roll-ups that may answer for a table, as a session remembers them.
 *
 * A roll-up's expressions are its owner's.  They are compared with those of a
 * query, and never evaluated with the rights of who asks.  What can be computed
 * of them beforehand is, as their owner, who may do with the table what its
 * owner may; of others' nothing is.
 *
 * A roll-up's owner can write into its cells what he likes.  So it answers only
 * to himself, or where he may do with the source what its owner may.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteSupport.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "answer/candidate.h"
#include "base/compat.h"
#include "card/scorecard.h"
#include "catalogue/measures.h"

typedef struct Remembered
{
	Oid			source;			/* the key */
	bool		building;
	bool		built;
	bool		valid;			/* no invalidation came since it was begun */
	MemoryContext context;
	List	   *candidates;
	List	   *members;		/* the source and its partitions */
	List	   *concerned;		/* relations that have a say in it */
} Remembered;

static HTAB *all_remembered;

/*
 * What cards keep
 */

typedef struct SectionColumns
{
	const char *name;			/* of the aggregate */
	int			count;
	int			columns[8];
} SectionColumns;

#define COUNT_OF(...) (sizeof((int[]) {__VA_ARGS__}) / sizeof(int))

static const SectionColumns time_sections[] = {
#define TIME_SECTION(name, ...) {"scorecard_" #name, COUNT_OF(__VA_ARGS__), {__VA_ARGS__}},
#include "catalogue/catalogue.gen.h"
};

static const SectionColumns money_sections[] = {
#define MONEY_SECTION(name, ...) {"scorecard_" #name, COUNT_OF(__VA_ARGS__), {__VA_ARGS__}},
#include "catalogue/catalogue.gen.h"
};

static const char *const tally_names[CARD_TALLIES] = {
	[CARD_CALLS] = "scorecard_calls", [CARD_LEADS] = "scorecard_leads", [CARD_LINES] = "scorecard_lines"
};

static void
add_hold(List **holds, HoldKind kind, int number, char *name, List *arguments, Expr *filter)
{
	Hold	   *hold = palloc0(sizeof(Hold));
	ListCell   *cell;

	hold->kind = kind;
	hold->number = number;
	hold->name = name;
	hold->arguments = arguments;
	hold->filter = filter;
	hold->coded = rollup_has_code((Node *) arguments) || rollup_has_code((Node *) filter);
	foreach(cell, *holds)
	{
		Hold	   *other = lfirst(cell);

		if (other->kind == kind && other->number == number &&
			(name == NULL || strcmp(other->name, name) == 0))
			hold->mixed = other->mixed = true;
	}
	*holds = lappend(*holds, hold);
}

static bool
add_columns(List **holds, HoldKind kind, const SectionColumns *sections, int count, const char *name,
			List *arguments, Expr *filter)
{
	for (int i = 0; i < count; i++)
	{
		if (strcmp(sections[i].name, name) != 0 || sections[i].count != list_length(arguments))
			continue;
		for (int j = 0; j < sections[i].count; j++)
			add_hold(holds, kind, sections[i].columns[j], NULL, list_make1(list_nth(arguments, j)), filter);
		return true;
	}
	return false;
}

static bool
add_mixes(List **holds, const SectionMix *mixes, int count, List *arguments, Expr *filter)
{
	for (int i = 0; i < count; i++)
	{
		int			wanted = mixes[i].amount ? 3 : 2;

		if (list_length(arguments) < wanted)
			return false;
		add_hold(holds, HOLD_MIX, mixes[i].mix, NULL, list_truncate(list_copy(arguments), wanted), filter);
	}
	return true;
}

/* What one aggregate of a card keeps; false where that is not known. */
static bool
add_aggregate(List **holds, const Aggref *aggref)
{
	char	   *name = get_func_name(aggref->aggfnoid);
	List	   *arguments = NIL;
	ListCell   *cell;

	foreach(cell, aggref->args)
		arguments = lappend(arguments, lfirst_node(TargetEntry, cell)->expr);
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		if (strcmp(name, tally_names[i]) == 0)
		{
			add_hold(holds, HOLD_TALLY, i, NULL, arguments, aggref->aggfilter);
			return true;
		}
	}
	if (strcmp(name, "scorecard_delays") == 0)
	{
		Const	   *title = linitial(arguments);

		if (!IsA(title, Const) || title->constisnull)
			return false;
		add_hold(holds, HOLD_DELAYS, 0, TextDatumGetCString(title->constvalue),
				 list_make1(lsecond(arguments)), aggref->aggfilter);
		return true;
	}
#define MIX_SECTION(section, mix) \
	if (strcmp(name, "scorecard_" #section) == 0) \
		return add_mixes(holds, &(SectionMix) {CARD_MIX_##mix, NULL, false}, 1, arguments, aggref->aggfilter);
#define MIXES_SECTION(section, ...) \
	if (strcmp(name, "scorecard_" #section) == 0) \
		return add_mixes(holds, (SectionMix[]) {__VA_ARGS__}, \
						 lengthof(((SectionMix[]) {__VA_ARGS__})), arguments, aggref->aggfilter);
#include "catalogue/catalogue.gen.h"
	return add_columns(holds, HOLD_TIME, time_sections, lengthof(time_sections), name, arguments, aggref->aggfilter) ||
		add_columns(holds, HOLD_MONEY, money_sections, lengthof(money_sections), name, arguments, aggref->aggfilter);
}

/* What a card keeps, a sum of aggregates; false where some of that is not known. */
static bool
add_card(List **holds, Node *node)
{
	ListCell   *cell;

	if (IsA(node, Aggref))
		return add_aggregate(holds, (Aggref *) node);
	if (!IsA(node, OpExpr))
		return false;
	foreach(cell, ((OpExpr *) node)->args)
	{
		if (!add_card(holds, lfirst(cell)))
			return false;
	}
	return true;
}

/*
 * Making
 */

/* Are equal values of a type the same to the last bit? */
static bool
equal_is_same(Oid type, int32 typmod, Oid collation)
{
	Oid			base = getBaseTypeAndTypmod(type, &typmod);
	TypeCacheEntry *entry = lookup_type_cache(base, TYPECACHE_BTREE_OPFAMILY);
	Oid			function = InvalidOid;

	if (OidIsValid(entry->btree_opf))
		function = get_opfamily_proc(entry->btree_opf, entry->btree_opintype, entry->btree_opintype,
									 BTEQUALIMAGE_PROC);
	if (OidIsValid(function))
		return DatumGetBool(OidFunctionCall1Coll(function, collation, ObjectIdGetDatum(entry->btree_opintype)));
	/* all have as many decimals as the column says */
	if (base == NUMERICOID)
		return typmod >= (int32) VARHDRSZ;
	/* outcomes and line types are numbers */
	return entry->typbyval && getExtensionOfObject(TypeRelationId, base) == get_extension_oid("kpi", false);
}

typedef struct Making
{
	const Rollup *rollup;
	Candidate  *candidate;
} Making;

/* The rest of a candidate, from its definition, as its owner. */
static void
make_candidate(void *argument)
{
	Making	   *making = argument;
	Candidate  *candidate = making->candidate;
	const RollupDefinition *definition = &making->rollup->definition;
	RollupActor actor;
	List	   *entries;
	Node	   *card;
	ListCell   *cell;

	entries = copyObject(definition->entries);
	candidate->mapped = definition->reading.mapped;
	/* the card is the one that is shown, and what is kept for any code is found by it */
	card = copyObject((Node *) llast_node(TargetEntry, candidate->mapped ? definition->reading.shown : entries)->expr);
	/* what others' functions do while they are computed, who asks would wait for */
	if (has_privs_of_role(candidate->owner, rollup_owner(candidate->source)))
	{
		rollup_act(&actor, candidate->owner, definition->settings);
		entries = (List *) eval_const_expressions(NULL, (Node *) entries);
		card = eval_const_expressions(NULL, card);
		rollup_stop(&actor);
	}
	candidate->forms = rollup_forms((Node *) entries);
	candidate->has_settings = contain_mutable_functions((Node *) entries) ||
		(ABBREVIATIONS_OF_ZONE && (candidate->forms & ROLLUP_FORM_ABBREVIATION));
	foreach(cell, entries)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		int			i = foreach_current_index(cell);
		CandidateKey *key;

		if (i == definition->nkeys)
		{
			if (!add_card(&candidate->holds, candidate->mapped ? rollup_relent(card) : card))
				candidate->holds = NIL;
			break;
		}
		key = palloc0(sizeof(CandidateKey));
		key->expr = entry->expr;
		key->name = pstrdup(entry->resname);
		/* the keys are the columns after those that all cells have */
		key->attno = get_attnum(candidate->cells, "removed") + 1 + i;
		key->exact = equal_is_same(exprType((Node *) entry->expr), exprTypmod((Node *) entry->expr),
								   exprCollation((Node *) entry->expr));
		candidate->keys = lappend(candidate->keys, key);
	}
}

static Candidate *
candidate_of(const Rollup *rollup)
{
	Candidate  *candidate = palloc0(sizeof(Candidate));
	Making		making = {rollup, candidate};
	char	   *fault;

	candidate->source = rollup->definition.source;
	candidate->view = rollup->view;
	candidate->name = rollup->name;
	candidate->cells = rollup->cells;
	/* sets of codes are what they come to for nobody but the view */
	candidate->by_codes = ROLLUP_CODED(&rollup->definition);
	candidate->leads = candidate->by_codes ? InvalidOid : rollup->definition.leads;
	candidate->calls = rollup->definition.calls;
	candidate->owner = rollup->owner;
	candidate->problem = rollup->problem;
	for (int i = 0; i < ROLLUP_SETTINGS; i++)
		candidate->settings[i] = rollup->definition.settings[i];
	if (candidate->problem == NULL && pg_class_aclcheck(candidate->cells, candidate->owner, ACL_SELECT) != ACLCHECK_OK)
		candidate->problem = pstrdup("its owner may not read its cells");
	if (candidate->problem == NULL)
	{
		fault = rollup_try(make_candidate, &making);
		if (fault != NULL)
			candidate->problem = fault;
	}
	return candidate;
}

/*
 * The session's memory
 */

static void
forget_relation(Datum arg pg_attribute_unused(), Oid relation)
{
	HASH_SEQ_STATUS status;
	Remembered *remembered;

	hash_seq_init(&status, all_remembered);
	while ((remembered = hash_seq_search(&status)) != NULL)
	{
		if (!OidIsValid(relation) || list_member_oid(remembered->concerned, relation))
			remembered->valid = false;
	}
}

/* A role, a function or an event trigger is not what it was, perhaps. */
static void
forget_all(Datum arg pg_attribute_unused(), int cache pg_attribute_unused(),
		   uint32 hash pg_attribute_unused())
{
	forget_relation((Datum) 0, InvalidOid);
}

static void
init_remembered(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(Remembered);
	control.hcxt = CacheMemoryContext;
	all_remembered = hash_create("kpi roll-ups that answer", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_relation, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(EVENTTRIGGEROID, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(SUBSCRIPTIONRELMAP, forget_all, (Datum) 0);
}

/* Reads what there is into the context that the source's memory has. */
static void
read_candidates(Remembered *remembered)
{
	Oid			source = remembered->source;
	char	   *problem;
	ListCell   *cell;

	remembered->members = find_all_inheritors(source, NoLock, NULL);
	remembered->concerned = list_copy(remembered->members);
	/* an invalidation that comes in the meantime is heeded next time */
	remembered->valid = true;
	problem = rollup_not_followed(source);
	foreach(cell, rollup_definitions(source))
	{
		Rollup	   *rollup = rollup_read(lfirst_oid(cell), AccessShareLock);

		remembered->concerned = lappend_oid(remembered->concerned, lfirst_oid(cell));
		if (rollup == NULL || !rollup->owned || rollup->definition.source != source)
			continue;
		if (rollup->problem == NULL)
			rollup->problem = problem;
		remembered->concerned = lappend_oid(remembered->concerned, rollup->cells);
		remembered->concerned = lappend_oid(remembered->concerned, rollup->name);
		remembered->candidates = lappend(remembered->candidates, candidate_of(rollup));
	}
	remembered->built = true;
}

static void
build_remembered(Remembered *remembered)
{
	MemoryContext old;

	remembered->built = false;
	remembered->members = remembered->concerned = remembered->candidates = NIL;
	if (remembered->context != NULL)
		MemoryContextDelete(remembered->context);
	remembered->context = AllocSetContextCreate(CacheMemoryContext, "kpi roll-ups that answer", ALLOCSET_SMALL_SIZES);
	remembered->building = true;
	old = MemoryContextSwitchTo(remembered->context);
	PG_TRY();
	{
		read_candidates(remembered);
	}
	PG_FINALLY();
	{
		remembered->building = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
}

/*
 * A source's, as it is now; good until the next look at it.  What a roll-up's
 * expressions ask of the table while they are looked at, nobody answers.
 */
static Remembered *
remember(Oid source)
{
	Remembered *remembered;
	bool		found;

	if (all_remembered == NULL)
		init_remembered();
	remembered = hash_search(all_remembered, &source, HASH_ENTER, &found);
	if (!found)
	{
		memset(remembered, 0, sizeof(Remembered));
		remembered->source = source;
	}
	if (!remembered->building && (!remembered->built || !remembered->valid))
		build_remembered(remembered);
	return remembered;
}

bool
candidates_possible(Oid relation)
{
	Relation	rel = RelationIdGetRelation(relation);
	bool		possible = false;

	if (rel == NULL)
		return false;
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers && !possible; i++)
		possible = strcmp(rel->trigdesc->triggers[i].tgname, rollup_trigger_names[ROLLUP_INSERT]) == 0;
	RelationClose(rel);
	return possible;
}

static Candidate *
copy_candidate(const Candidate *from)
{
	Candidate  *copy = palloc(sizeof(Candidate));
	ListCell   *cell;

	*copy = *from;
	copy->problem = from->problem == NULL ? NULL : pstrdup(from->problem);
	copy->keys = copy->holds = NIL;
	for (int i = 0; i < ROLLUP_SETTINGS; i++)
		copy->settings[i] = pstrdup(from->settings[i]);
	foreach(cell, from->keys)
	{
		CandidateKey *key = palloc(sizeof(CandidateKey));

		*key = *(CandidateKey *) lfirst(cell);
		key->expr = copyObject(key->expr);
		key->name = pstrdup(key->name);
		copy->keys = lappend(copy->keys, key);
	}
	foreach(cell, from->holds)
	{
		Hold	   *hold = palloc(sizeof(Hold));

		*hold = *(Hold *) lfirst(cell);
		hold->name = hold->name == NULL ? NULL : pstrdup(hold->name);
		hold->arguments = copyObject(hold->arguments);
		hold->filter = copyObject(hold->filter);
		copy->holds = lappend(copy->holds, hold);
	}
	return copy;
}

List *
candidates_of(Oid source)
{
	List	   *copies = NIL;
	ListCell   *cell;

	if (remember(source)->building)
		return NIL;
	foreach(cell, remember(source)->candidates)
		copies = lappend(copies, copy_candidate(lfirst(cell)));
	return copies;
}

bool
candidates_current(Oid source)
{
	Remembered *remembered = hash_search(all_remembered, &source, HASH_FIND, NULL);

	return remembered != NULL && remembered->built && remembered->valid;
}

/*
 * Refusing
 */

/* A source that a plan holds, which asks its roll-up. */
struct Held
{
	Oid			source;
	List	   *members;		/* open relations */
	ResourceOwner owner;		/* that closes them after an error */
};

static List *all_held;

static void
forget_held(Held *held)
{
	all_held = list_delete_ptr(all_held, held);
	list_free(held->members);
	pfree(held);
}

/* Relations of an owner that is released are closed without a word. */
static void
forget_owner(ResourceReleasePhase phase, bool commit pg_attribute_unused(), bool top pg_attribute_unused(),
			 void *argument pg_attribute_unused())
{
	List	   *gone = NIL;
	ListCell   *cell;

	if (phase != RESOURCE_RELEASE_BEFORE_LOCKS || all_held == NIL)
		return;
	foreach(cell, all_held)
	{
		if (((Held *) lfirst(cell))->owner == CurrentResourceOwner)
			gone = lappend(gone, lfirst(cell));
	}
	foreach(cell, gone)
		forget_held(lfirst(cell));
	list_free(gone);
}

Held *
candidate_hold(Oid source)
{
	static bool registered;
	List	   *members = remember(source)->members;
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	Held	   *held = palloc0(sizeof(Held));
	ListCell   *cell;

	if (!registered)
	{
		RegisterResourceReleaseCallback(forget_owner, NULL);
		registered = true;
	}
	held->source = source;
	held->owner = CurrentResourceOwner;
	all_held = lappend(all_held, held);
	foreach(cell, members)
	{
		Relation	rel = RelationIdGetRelation(lfirst_oid(cell));

		if (rel != NULL)
			held->members = lappend(held->members, rel);
	}
	MemoryContextSwitchTo(old);
	return held;
}

void
candidate_release(Held *held)
{
	ListCell   *cell;

	foreach(cell, held->members)
		RelationClose(lfirst(cell));
	forget_held(held);
}

/*
 * Does another query of this session have the source in hand?  Rows that a
 * statement has written are in the roll-up when its triggers have run.  Those
 * that ask a roll-up write nothing.
 */
static bool
in_hand(Oid source, const List *members)
{
	LOCAL_FCINFO(fcinfo, 0);
	int			ours = 1;
	ListCell   *cell;

	foreach(cell, all_held)
		ours += ((const Held *) lfirst(cell))->source == source;

	InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, NULL, NULL);
	if (DatumGetInt32(pg_trigger_depth(fcinfo)) > 0)
		return true;
	foreach(cell, members)
	{
		Relation	rel = RelationIdGetRelation(lfirst_oid(cell));
		bool		open;

		if (rel == NULL)
			return true;
		open = rel->rd_refcnt > ours;
		RelationClose(rel);
		if (open)
			return true;
	}
	return false;
}

/* Is what the catalog says of it newer than the snapshot?  Gives the tuple back. */
static bool
is_newer(HeapTuple tuple, Snapshot snapshot)
{
	TransactionId xid;

	if (!HeapTupleIsValid(tuple))
		return true;
	xid = HeapTupleHeaderGetXmin(tuple->t_data);
	ReleaseSysCache(tuple);
	return TransactionIdIsNormal(xid) && !TransactionIdIsCurrentTransactionId(xid) && XidInMVCCSnapshot(xid, snapshot);
}

/* Does the snapshot see the version of a relation that the session's caches have? */
static bool
is_seen(Relation classes, Oid relation, Snapshot snapshot)
{
	HeapTuple	cached = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		same;

	if (!HeapTupleIsValid(cached))
		return false;
	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(classes, ClassOidIndexId, true, snapshot, 1, &key);
	tuple = systable_getnext(scan);
	same = HeapTupleIsValid(tuple) && ItemPointerEquals(&tuple->t_self, &cached->t_self) &&
		HeapTupleHeaderGetRawXmin(tuple->t_data) == HeapTupleHeaderGetRawXmin(cached->t_data);
	systable_endscan(scan);
	ReleaseSysCache(cached);
	return same;
}

/*
 * Has the roll-up been made or altered, the table been emptied, or a partition
 * come or gone, since the snapshot was taken?  That is seen at once, by old
 * snapshots too, but the rows of the cells are not.
 *
 * Or has the roll-up been altered before it was taken, and the session has not
 * heard of that yet?  A transaction that keeps its locks may hear of nothing
 * for long, and what is committed is seen before it is told.  An altered
 * roll-up has another view that defines it, so that the snapshot says.
 */
static bool
changed_since(const List *members, const Candidate *candidate, Snapshot snapshot)
{
	const Oid	parts[] = {candidate->cells, candidate->name, candidate->view};
	Relation	classes;
	bool		seen = true;
	ListCell   *cell;

	/* nothing tells of a partition that has gone */
	if (IsolationUsesXactSnapshot() && get_rel_relkind(candidate->source) == RELKIND_PARTITIONED_TABLE)
		return true;
	classes = table_open(RelationRelationId, AccessShareLock);
	for (int i = 0; seen && i < (int) lengthof(parts); i++)
		seen = is_seen(classes, parts[i], snapshot);
	table_close(classes, AccessShareLock);
	if (!seen)
		return true;
	foreach(cell, members)
	{
		if (is_newer(SearchSysCache1(RELOID, ObjectIdGetDatum(lfirst_oid(cell))), snapshot))
			return true;
	}
	return is_newer(SearchSysCache2(RULERELNAME, ObjectIdGetDatum(candidate->view), PointerGetDatum(ViewSelectRuleName)), snapshot);
}

/*
 * What its cells say that it has not; NULL for nothing.  A rejected row is one
 * for which the query itself would raise.
 */
static const char *
missed(Oid cells, Snapshot snapshot, const List *lookups)
{
	RollupCells open;
	RollupNotes notes;
	List	   *codes[2] = {NIL, NIL};	/* that may be unknown, and that may not */
	bool		raises = false;
	ListCell   *cell;

	if (rollup_open_cells(&open, cells, NULL, AccessShareLock) != NULL)
		return "its cells are not as they were made";
	rollup_read_notes(&open, snapshot, &notes);
	foreach(cell, lookups)
	{
		const List *lookup = lfirst(cell);
		bool		strict = intVal(lthird(lookup)) != 0;
		RollupCode *code = palloc0(sizeof(RollupCode));

		code->source = linitial(lookup);
		code->code = lsecond(lookup);
		codes[strict] = lappend(codes[strict], code);
	}
	for (int strict = 0; strict < 2; strict++)
		raises = raises || (codes[strict] != NIL && rollup_codes_raise(&open, codes[strict], strict != 0, snapshot));
	rollup_close_cells(&open);
	return notes.fault != NULL ? "something was not counted" :
		notes.rejected != 0 ? "rows of the table are rejected" :
		raises ? "it has codes that stand for no outcome" : NULL;
}

const char *
candidate_misses(const Candidate *candidate, Snapshot snapshot, const List *lookups)
{
	return missed(candidate->cells, snapshot, lookups);
}

const char *
candidate_refuses_reader(const Candidate *candidate, Oid reader)
{
	const char *form;
	const char *value;

	if (candidate->problem != NULL)
		return candidate->problem;
	if (candidate->owner != reader && !has_privs_of_role(candidate->owner, rollup_owner(candidate->source)))
		return psprintf("its owner is neither you nor who owns table \"%s\"", get_rel_name(candidate->source));
	if (pg_class_aclcheck(candidate->source, candidate->owner, ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(candidate->source, candidate->owner, true) == RLS_ENABLED)
		return psprintf("its owner may not read all of table \"%s\"", get_rel_name(candidate->source));
	for (int i = 0; i < ROLLUP_SETTINGS && candidate->has_settings; i++)
	{
		const char *now = GetConfigOption(rollup_setting_names[i], false, false);

		if (strcmp(now, candidate->settings[i]) != 0)
			return psprintf("%s is \"%s\" here and \"%s\" there", rollup_setting_names[i], now, candidate->settings[i]);
	}
	form = rollup_form_differs(candidate->forms, &value);
	if (form != NULL)
		return psprintf("%s is \"%s\" here and \"%s\" there", form, GetConfigOption(form, false, false), value);
	return NULL;
}

const char *
candidate_refuses(Oid source, Oid view, Oid reader, Snapshot snapshot, const List *lookups)
{
	Remembered *remembered;
	const Candidate *candidate = NULL;
	const char *reason;
	ListCell   *cell;

	/* locks that the transaction has already are no occasion for that */
	AcceptInvalidationMessages();
	remembered = remember(source);
	foreach(cell, remembered->building ? NIL : remembered->candidates)
	{
		if (((Candidate *) lfirst(cell))->view == view)
			candidate = lfirst(cell);
	}
	if (candidate == NULL)
		return "it is no roll-up of the table any more";
	reason = candidate_refuses_reader(candidate, reader);
	if (reason != NULL)
		return pstrdup(reason);
	if (in_hand(source, remembered->members))
		return "the table is in the hands of a statement that has not ended";
	if (changed_since(remembered->members, candidate, snapshot))
		return "the table or the roll-up has changed since the snapshot was taken";
	if (rollup_is_behind())
		return "rows that this transaction has written as a replica are not counted yet";
	return missed(candidate->cells, snapshot, lookups);
}
