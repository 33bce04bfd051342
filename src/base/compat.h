/*-------------------------------------------------------------------------
 *
 * compat.h
 *		Every difference between the server majors that kpi builds on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_COMPAT_H
#define KPI_COMPAT_H

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planner.h"
#include "parser/analyze.h"
#include "parser/parse_relation.h"
#include "pgstat.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#if PG_VERSION_NUM < 130000
#error "kpi needs PostgreSQL 13 or newer"
#endif

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#endif

#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

/* From 18 on, the abbreviations of the session's time zone come before those of timezone_abbreviations. */
#define ABBREVIATIONS_OF_ZONE (PG_VERSION_NUM >= 180000)

/*
 * What the server calls must be seen outside the library, whose other symbols
 * are hidden.  From 16 on the server's macro says so.
 */
extern __attribute__((visibility("default"))) void _PG_init(void);
#if PG_VERSION_NUM < 160000
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname) \
extern __attribute__((visibility("default"))) Datum funcname(PG_FUNCTION_ARGS); \
extern __attribute__((visibility("default"))) const Pg_finfo_record *CppConcat(pg_finfo_, funcname) (void); \
const Pg_finfo_record * \
CppConcat(pg_finfo_, funcname) (void) \
{ \
	static const Pg_finfo_record my_finfo = {1}; \
	return &my_finfo; \
} \
extern int no_such_variable
extern __attribute__((visibility("default"))) const Pg_magic_struct *PG_MAGIC_FUNCTION_NAME(void);
#endif

/*
 * Input functions report a user's mistake into fcinfo->context where the
 * server has soft errors (16 and newer), and raise it elsewhere.
 */
#if PG_VERSION_NUM < 160000
struct Node;
#define ereturn(escontext, dummy, ...) \
	do { \
		(void) (escontext); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy; \
	} while (0)
#endif

/* What marks a function that does not return stands first from 18 on. */
#ifndef pg_noreturn
#define pg_noreturn pg_attribute_noreturn()
#endif

/* A scan of all rows of a table; scans have options from 19 on. */
#if PG_VERSION_NUM >= 190000
#define table_beginscan_all(rel, snapshot) \
	table_beginscan(rel, snapshot, 0, NULL, SO_NONE)
#define table_beginscan_all_parallel(rel, shared) \
	table_beginscan_parallel(rel, shared, SO_NONE)
#else
#define table_beginscan_all_parallel(rel, shared) \
	table_beginscan_parallel(rel, shared)
#define table_beginscan_all(rel, snapshot) \
	table_beginscan(rel, snapshot, 0, NULL)
#endif

/* Infinite numerics exist from 14 on. */
static inline bool
numeric_is_finite(Numeric number)
{
#if PG_VERSION_NUM >= 140000
	return !numeric_is_nan(number) && !numeric_is_inf(number);
#else
	return !numeric_is_nan(number);
#endif
}

/*
 * An integer that counts in units of ten to the -decimals, up to so many of
 * them: without a text in between from 14 on.
 */
#if PG_VERSION_NUM >= 140000
#define SCALED_DECIMALS	18
#define scaled_numeric(number, decimals)	int64_div_fast_to_numeric(number, decimals)
#else
#define SCALED_DECIMALS	0
#define scaled_numeric(number, decimals) \
	DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(number)))
#endif

/* Reads a numeric; false after a soft error. */
static inline bool
numeric_input(char *text, struct Node *escontext, Datum *result)
{
#if PG_VERSION_NUM >= 160000
	return DirectInputFunctionCallSafe(numeric_in, text, InvalidOid, -1,
									   escontext, result);
#else
	(void) escontext;
	*result = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
								  ObjectIdGetDatum(InvalidOid),
								  Int32GetDatum(-1));
	return true;
#endif
}

/* Reads jsonb; false after a soft error. */
static inline bool
jsonb_input(char *text, struct Node *escontext, Datum *result)
{
#if PG_VERSION_NUM >= 160000
	return DirectInputFunctionCallSafe(jsonb_in, text, InvalidOid, -1,
									   escontext, result);
#else
	(void) escontext;
	*result = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
	return true;
#endif
}

/* The number that this transaction has in this session. */
static inline LocalTransactionId
my_local_xid(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

/* Sends a text after its length. */
static inline void
send_counted_text(StringInfo buf, const char *text, int len)
{
#if PG_VERSION_NUM >= 170000
	pq_sendcountedtext(buf, text, len);
#else
	pq_sendcountedtext(buf, text, len, false);
#endif
}

/* Makes the function's result a tuplestore, into which it puts its rows. */
static inline ReturnSetInfo *
materialized_result(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

#if PG_VERSION_NUM >= 160000
	InitMaterializedSRF(fcinfo, 0);
#else
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &rsinfo->setDesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rsinfo->setDesc = CreateTupleDescCopy(rsinfo->setDesc);
	rsinfo->setResult = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	rsinfo->returnMode = SFRM_Materialize;
	MemoryContextSwitchTo(old);
#endif
	return rsinfo;
}

/* Parse analysis of a statement without parameters. */
static inline Query *
analyze_query(RawStmt *raw, const char *text)
{
#if PG_VERSION_NUM >= 150000
	return parse_analyze_fixedparams(raw, text, NULL, 0, NULL);
#else
	return parse_analyze(raw, text, NULL, 0, NULL);
#endif
}

/* From 18 on, a column may be computed where it is read. */
static inline bool
attribute_is_virtual(Form_pg_attribute attribute)
{
#if PG_VERSION_NUM >= 180000
	return attribute->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
#else
	(void) attribute;
	return false;
#endif
}

/* An item of a grouped query's list in terms of its tables. */
static inline Node *
ungrouped_expression(Query *query, Node *node)
{
#if PG_VERSION_NUM >= 180000
	return flatten_group_exprs(NULL, query, node);
#else
	(void) query;
	return node;
#endif
}

static inline bool
relation_owned(Oid relation, Oid user)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relation, user);
#else
	return pg_class_ownercheck(relation, user);
#endif
}

static inline bool
schema_owned(Oid schema, Oid user)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(NamespaceRelationId, schema, user);
#else
	return pg_namespace_ownercheck(schema, user);
#endif
}

/* Is it ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY, of 14 and newer? */
static inline bool
detaches_concurrently(const PartitionCmd *command)
{
#if PG_VERSION_NUM >= 140000
	return command->concurrent;
#else
	(void) command;
	return false;
#endif
}

/* Plans a query, which it changes. */
static inline PlannedStmt *
plan_query(Query *query, int options)
{
#if PG_VERSION_NUM >= 190000
	return planner(query, "", options, NULL, NULL);
#else
	return planner(query, "", options, NULL);
#endif
}

/* Makes a table of another query the first of a query's, with its rights. */
static inline void
query_adopt_table(Query *query, Query *other, RangeTblEntry *table)
{
	RangeTblEntry *copy = copyObject(table);

	query->rtable = list_make1(copy);
#if PG_VERSION_NUM >= 160000
	if (copy->perminfoindex != 0)
		query->rteperminfos = list_make1(copyObject(getRTEPermissionInfo(other->rteperminfos, table)));
	copy->perminfoindex = copy->perminfoindex != 0;
#else
	(void) other;
#endif
}

/* Runs a query to its end. */
static inline void
run_query(QueryDesc *query)
{
#if PG_VERSION_NUM >= 180000
	ExecutorRun(query, ForwardScanDirection, 0);
#else
	ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
}

/* The range table entries that an expression's own variables are of. */
static inline Relids
pull_all_varnos(Node *node)
{
#if PG_VERSION_NUM >= 140000
	return pull_varnos(NULL, node);
#else
	return pull_varnos(node);
#endif
}

/* count(*) and count(expression) had no names of their own. */
#define F_COUNT_STAR		2803
#define F_COUNT_EXPRESSION	2147

/* Is it ALTER TABLE ... ALTER ... SET EXPRESSION, of 17 and newer? */
static inline bool
sets_expression(const AlterTableCmd *command)
{
#if PG_VERSION_NUM >= 170000
	return command->subtype == AT_SetExpression;
#else
	(void) command;
	return false;
#endif
}

/* An entry of a row that was just put into a table, in one index of it. */
static inline void
insert_index_entry(Relation index, Datum *values, bool *nulls, ItemPointer place, Relation table, IndexInfo *info)
{
	IndexUniqueCheck check = index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO;

#if PG_VERSION_NUM >= 140000
	index_insert(index, values, nulls, place, table, check, false, info);
#else
	index_insert(index, values, nulls, place, table, check, info);
#endif
}

/* Index entries of a row that was just put into a table. */
static inline void
insert_index_entries(ResultRelInfo *result, TupleTableSlot *slot, EState *estate)
{
#if PG_VERSION_NUM >= 190000
	ExecInsertIndexTuples(result, estate, 0, slot, NIL, NULL);
#elif PG_VERSION_NUM >= 160000
	ExecInsertIndexTuples(result, slot, estate, false, false, NULL, NIL, false);
#elif PG_VERSION_NUM >= 140000
	ExecInsertIndexTuples(result, slot, estate, false, false, NULL, NIL);
#else
	estate->es_result_relation_info = result;
	ExecInsertIndexTuples(slot, estate, false, NULL, NIL);
#endif
}

/* A custom scan says that it projects from 15 on; before, all of them did. */
#ifndef CUSTOMPATH_SUPPORT_PROJECTION
#define CUSTOMPATH_SUPPORT_PROJECTION 0
#endif

/* From 19 on, a descriptor is told that it is complete. */
static inline void
tuple_desc_finalize(TupleDesc desc)
{
#if PG_VERSION_NUM >= 190000
	TupleDescFinalize(desc);
#else
	(void) desc;
#endif
}

/* Counts rows that a scan gave, in the table's statistics. */
static inline void
count_rows_returned(Relation rel, int64 rows)
{
#if PG_VERSION_NUM >= 160000
	if (pgstat_should_count_relation(rel))
		rel->pgstat_info->counts.tuples_returned += rows;
#else
	if (rel->pgstat_info != NULL)
		rel->pgstat_info->t_counts.t_tuples_returned += rows;
#endif
}

/* May the role call the function? */
static inline AclResult
function_rights(Oid function, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE);
#else
	return pg_proc_aclcheck(function, role, ACL_EXECUTE);
#endif
}

/* The keys that the server groups by: from 16 on without those that cannot differ. */
static inline List *
effective_group_clause(PlannerInfo *root)
{
#if PG_VERSION_NUM >= 160000
	return root->processed_groupClause;
#else
	return root->parse->groupClause;
#endif
}

/* Counts a path as disabled by a setting, or makes it dear. */
static inline void
disable_path(Path *path)
{
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes++;
#else
	path->startup_cost += disable_cost;
	path->total_cost += disable_cost;
#endif
}

/* A path is disabled as far as what it reads is; before 18, by its costs. */
static inline void
copy_disabled(Path *path, const Path *from)
{
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes = from->disabled_nodes;
#else
	(void) path;
	(void) from;
#endif
}

/* How many relations a plan that is explained has, beside what it groups by. */
#if PG_VERSION_NUM >= 180000
#define explain_tables(es)	((es)->rtable_size)
#else
#define explain_tables(es)	list_length((es)->rtable)
#endif

/*
 * The members of a partitioned table, or of a parent, one after another.  The
 * path's parent is the table itself, so that the executor prunes by parameters.
 */
static inline AppendPath *
append_members(PlannerInfo *root, RelOptInfo *table, List *paths)
{
#if PG_VERSION_NUM >= 190000
	AppendPathInput input = {.subpaths = paths};

	return create_append_path(root, table, input, NIL, NULL, 0, false, -1);
#elif PG_VERSION_NUM >= 140000
	return create_append_path(root, table, paths, NIL, NIL, NULL, 0, false, -1);
#else
	return create_append_path(root, table, paths, NIL, NIL, NULL, 0, false,
							  table->part_scheme == NULL ? NIL : list_make1(table->partitioned_child_rels), -1);
#endif
}

/*
 * Plans a query as a part of another.  Its range table becomes a part of the
 * other's where its plan does.
 */
static inline PlannerInfo *
plan_part(PlannerInfo *root, Query *query)
{
#if PG_VERSION_NUM >= 190000
	return subquery_planner(root->glob, query, choose_plan_name(root->glob, "kpi_rollup", false),
							root, NULL, false, 0, NULL);
#elif PG_VERSION_NUM >= 170000
	return subquery_planner(root->glob, query, root, false, 0, NULL);
#else
	return subquery_planner(root->glob, query, root, false, 0);
#endif
}

/* A path that gives a part's rows, with all of its columns. */
static inline Path *
part_path(PlannerInfo *root, RelOptInfo *rel, Path *path)
{
#if PG_VERSION_NUM >= 160000
	return (Path *) create_subqueryscan_path(root, rel, path, true, NIL, NULL);
#else
	return (Path *) create_subqueryscan_path(root, rel, path, NIL, NULL);
#endif
}

/* Adds a table to a query whose columns a role's rights to read it give. */
static inline RangeTblEntry *
query_add_table(Query *query, Relation table, Oid role, List *attnos)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	Bitmapset  *columns = NULL;
	ListCell   *cell;

	foreach(cell, attnos)
		columns = bms_add_member(columns, lfirst_int(cell) - FirstLowInvalidHeapAttributeNumber);
	entry->rtekind = RTE_RELATION;
	entry->relid = RelationGetRelid(table);
	entry->relkind = table->rd_rel->relkind;
	entry->rellockmode = AccessShareLock;
	entry->inFromCl = true;
	query->rtable = lappend(query->rtable, entry);
#if PG_VERSION_NUM >= 160000
	{
		RTEPermissionInfo *rights = addRTEPermissionInfo(&query->rteperminfos, entry);

		rights->checkAsUser = role;
		rights->requiredPerms = ACL_SELECT;
		rights->selectedCols = columns;
	}
#else
	entry->checkAsUser = role;
	entry->requiredPerms = ACL_SELECT;
	entry->selectedCols = columns;
#endif
	return entry;
}

/* Whose rights a query reads a table with: InvalidOid for who runs it. */
static inline Oid
table_read_as(Query *query, RangeTblEntry *table)
{
#if PG_VERSION_NUM >= 160000
	return table->perminfoindex == 0 ? InvalidOid :
		getRTEPermissionInfo(query->rteperminfos, table)->checkAsUser;
#else
	(void) query;
	return table->checkAsUser;
#endif
}

/* An aggregate of its arguments, as the parser makes it, for the planner. */
static inline Aggref *
new_aggregate(Oid function, Oid type, List *arguments)
{
	Aggref	   *aggref = makeNode(Aggref);
	ListCell   *cell;

	aggref->aggfnoid = function;
	aggref->aggtype = type;
	aggref->aggkind = AGGKIND_NORMAL;
	aggref->aggsplit = AGGSPLIT_SIMPLE;
	aggref->location = -1;
#if PG_VERSION_NUM >= 140000
	aggref->aggno = aggref->aggtransno = -1;
#endif
	foreach(cell, arguments)
	{
		aggref->aggargtypes = lappend_oid(aggref->aggargtypes, exprType(lfirst(cell)));
		aggref->args = lappend(aggref->args, makeTargetEntry(lfirst(cell), list_length(aggref->args) + 1, NULL, false));
	}
	return aggref;
}

#endif							/* KPI_COMPAT_H */
