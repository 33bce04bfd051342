/*-------------------------------------------------------------------------
 *
 * known.c
 *		The aggregates whose states the scan keeps itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "plan/known.h"
#include "state/duration.h"

extern Datum kpi_tally_accum(PG_FUNCTION_ARGS);
extern Datum kpi_durations_accum_interval(PG_FUNCTION_ARGS);
extern Datum kpi_durations_accum_int4(PG_FUNCTION_ARGS);
extern Datum kpi_durations_accum_int8(PG_FUNCTION_ARGS);
extern Datum kpi_durations_accum_float8(PG_FUNCTION_ARGS);
extern Datum kpi_durations_accum_numeric(PG_FUNCTION_ARGS);

static const struct
{
	PGFunction	transition;
	PartKind	kind;
	int64		(*duration) (Datum value);
}			transitions[] = {
	{int8inc, PART_ROWS, NULL},
	{int8inc_any, PART_ROWS, NULL},
	{kpi_tally_accum, PART_TALLY, NULL},
	{kpi_durations_accum_interval, PART_DURATION, interval_duration},
	{kpi_durations_accum_int4, PART_DURATION, int4_duration},
	{kpi_durations_accum_int8, PART_DURATION, int8_duration},
	{kpi_durations_accum_float8, PART_DURATION, float8_duration},
	{kpi_durations_accum_numeric, PART_DURATION, numeric_duration}
};

/* The final functions that ask nothing of their caller. */
#define RATE(name, ...) extern Datum kpi_##name##_final(PG_FUNCTION_ARGS);
#define LINE_RATE(name, ...) extern Datum kpi_##name##_final(PG_FUNCTION_ARGS);
#define COUNT(name, ...) extern Datum kpi_##name##_final(PG_FUNCTION_ARGS);
#define TIME(name, ...) extern Datum kpi_##name##_final(PG_FUNCTION_ARGS);
#include "catalogue/catalogue.gen.h"

typedef struct Final
{
	PGFunction	function;
	PartKind	kind;
	Quantity	numerator;
	Quantity	denominator;
} Final;

static const Final finals[] = {
#define RATE(name, numerator, denominator) {kpi_##name##_final, PART_TALLY, Q_##numerator, Q_##denominator},
#define LINE_RATE(name, numerator, denominator) {kpi_##name##_final, PART_TALLY, Q_##numerator, Q_##denominator},
#define COUNT(name, measure) {kpi_##name##_final, PART_TALLY, Q_##measure, Q_none},
#define TIME(name, ...) {kpi_##name##_final, PART_DURATION, Q_none, Q_none},
#include "catalogue/catalogue.gen.h"
};

/* The final function, of states of a kind; NULL where it is none of ours. */
static const Final *
final_of(Oid function, PartKind kind)
{
	FmgrInfo	info;

	if (!OidIsValid(function))
		return NULL;
	fmgr_info(function, &info);
	for (int i = 0; i < (int) lengthof(finals); i++)
	{
		if (finals[i].function == info.fn_addr && finals[i].kind == kind)
			return &finals[i];
	}
	return NULL;
}

/* The initial value of an aggregate over so many columns of durations. */
static char *
durations_initial(int columns)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < columns; i++)
		appendStringInfoString(&buf, i == 0 ? "{0/0/0" : ",0/0/0");
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

static bool
argument_is_short(const Aggref *aggref)
{
	int16		length;
	bool		by_value;

	get_typlenbyval(exprType((Node *) ((TargetEntry *) linitial(aggref->args))->expr), &length, &by_value);
	return by_value && length > 0 && length <= (int) sizeof(int32);
}

/* Is the aggregate, of a transition that is known, made of nothing else? */
static bool
shape_known(const Aggref *aggref, Form_pg_aggregate form, const char *initial, Known *known)
{
	int			arguments = list_length(aggref->args);
	const Final *final = final_of(form->aggfinalfn, known->kind);

	known->final = form->aggfinalfn;
	known->numerator = final != NULL ? final->numerator : Q_none;
	known->denominator = final != NULL ? final->denominator : Q_none;
	switch (known->kind)
	{
		case PART_ROWS:
			return aggref->aggstar == (arguments == 0) && arguments <= 1 &&
				!OidIsValid(form->aggfinalfn) && strcmp(initial, "0") == 0;
		case PART_TALLY:
			return arguments == 1 && argument_is_short(aggref) && final != NULL && strcmp(initial, "{}") == 0;
		default:
			return arguments > 0 && arguments <= DURATIONS_MAX_COLUMNS && final != NULL &&
				strcmp(initial, durations_initial(arguments)) == 0;
	}
}

/* Is it a library's function, and the library this one? */
static bool
function_is_ours(HeapTuple tuple)
{
	static char ours[MAXPGPATH];	/* the library's name in the catalog, once it is known */
	Datum		name;
	char	   *library;
	bool		null;
	bool		result;

	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang != ClanguageId)
		return false;
	name = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &null);
	if (null)
		return false;
	library = TextDatumGetCString(name);
	result = strcmp(library, ours) == 0;
	if (!result && strlen(library) < sizeof(ours) &&
		(PGFunction) load_external_function(library, "kpi_tally_accum", false, NULL) == kpi_tally_accum)
	{
		strcpy(ours, library);
		result = true;
	}
	pfree(library);
	return result;
}

/*
 * A function that may be called as the executor's aggregation calls it: this
 * library's, or one that is in the server.  The latter ask nothing of their
 * caller but its memory, where they are those of a normal aggregate.  Ours is
 * also what has the support function.
 */
static bool
function_known(Oid function, bool *ours, double *cost)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	*ours = function_is_ours(tuple);
	*cost = form->procost;
	result = (*ours || form->prolang == INTERNALlanguageId) && !form->proretset &&
		form->provolatile != PROVOLATILE_VOLATILE;
	if (!*ours && OidIsValid(form->prosupport))
	{
		HeapTuple	support = SearchSysCache1(PROCOID, ObjectIdGetDatum(form->prosupport));

		*ours = HeapTupleIsValid(support) && function_is_ours(support);
		if (HeapTupleIsValid(support))
			ReleaseSysCache(support);
	}
	ReleaseSysCache(tuple);
	return result;
}

static bool
type_is_one_of(Oid type, const Oid *types)
{
	while (OidIsValid(*types) && *types != type)
		types++;
	return OidIsValid(*types);
}

/*
 * An aggregate of the server's own whose result is the same to the last bit
 * in whatever order the rows come: sums of exact numbers, and the least and
 * the largest where what is equal looks alike.
 */
static bool
server_aggregate_known(const Aggref *aggref)
{
	static const char *const sums[] = {
		"sum", "avg", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", NULL
	};
	static const char *const bounds[] = {"min", "max", NULL};
	static const char *const logic[] = {"bool_and", "bool_or", "every", "bit_and", "bit_or", NULL};
	static const Oid sum_types[] = {INT2OID, INT4OID, INT8OID, NUMERICOID, INTERVALOID, CASHOID, InvalidOid};
	static const Oid bound_types[] = {
		INT2OID, INT4OID, INT8OID, OIDOID, CASHOID, DATEOID, TIMEOID, TIMESTAMPOID, TIMESTAMPTZOID, InvalidOid
	};
	static const Oid logic_types[] = {BOOLOID, INT2OID, INT4OID, INT8OID, InvalidOid};
	static const struct
	{
		const char *const *names;
		const Oid  *types;
	}			lists[] = {{sums, sum_types}, {bounds, bound_types}, {logic, logic_types}};
	const char *name;
	Node	   *argument;
	bool		result = false;

	if (aggref->aggfnoid >= FirstGenbkiObjectId || list_length(aggref->args) != 1)
		return false;
	name = get_func_name(aggref->aggfnoid);
	argument = (Node *) linitial_node(TargetEntry, aggref->args)->expr;
	for (int i = 0; i < (int) lengthof(lists); i++)
	{
		for (int n = 0; lists[i].names[n] != NULL; n++)
		{
			if (strcmp(lists[i].names[n], name) == 0)
				result = type_is_one_of(exprType(argument), lists[i].types) ||
					/* of so many decimals, all of them */
					(lists[i].names == bounds && exprType(argument) == NUMERICOID && exprTypmod(argument) >= 0);
		}
	}
	return result;
}

/* Is the aggregate made of functions that may be called? */
static bool
calls_known(const Aggref *aggref, Form_pg_aggregate form, Known *known)
{
	bool		ours;
	double		cost;

	known->kind = PART_CALLED;
	known->duration = NULL;
	known->numerator = Q_none;
	known->denominator = Q_none;
	known->final = form->aggfinalfn;
	known->serialize = aggref->aggtranstype == INTERNALOID ? form->aggserialfn : InvalidOid;
	known->space = form->aggtransspace > 0 ? form->aggtransspace :
		aggref->aggtranstype == INTERNALOID ? ALLOCSET_DEFAULT_INITSIZE : get_typavgwidth(aggref->aggtranstype, -1);
	return list_length(aggref->args) < FUNC_MAX_ARGS && form->aggfinalmodify == AGGMODIFY_READ_ONLY &&
		function_known(form->aggtransfn, &known->ours, &known->cost) &&
		(known->ours || server_aggregate_known(aggref)) &&
		(!OidIsValid(known->final) || function_known(known->final, &ours, &cost)) &&
		(!OidIsValid(known->serialize) || function_known(known->serialize, &ours, &cost));
}

bool
aggregate_known(const Aggref *aggref, Known *known)
{
	HeapTuple	tuple;
	Form_pg_aggregate form;
	FmgrInfo	transition;
	Datum		initial;
	bool		null;
	bool		result = false;

	if (aggref->aggkind != AGGKIND_NORMAL || aggref->aggorder != NIL || aggref->aggdistinct != NIL ||
		aggref->aggvariadic || aggref->agglevelsup != 0 || aggref->aggdirectargs != NIL)
		return false;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	memset(known, 0, sizeof(Known));
	known->transition = form->aggtransfn;
	initial = SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval, &null);
	if (!null && !form->aggfinalextra)
	{
		fmgr_info(form->aggtransfn, &transition);
		for (int i = 0; i < (int) lengthof(transitions) && !result; i++)
		{
			if (transitions[i].transition != transition.fn_addr)
				continue;
			known->kind = transitions[i].kind;
			known->ours = known->kind != PART_ROWS;
			known->duration = transitions[i].duration;
			/* one that sees NULLs leaves them out itself */
			result = transition.fn_strict == (known->kind != PART_DURATION) &&
				shape_known(aggref, form, TextDatumGetCString(initial), known);
		}
	}
	if (!result && !form->aggfinalextra)
		result = calls_known(aggref, form, known);
	ReleaseSysCache(tuple);
	return result;
}

void
function_check_rights(Oid function, Oid role, ObjectType type)
{
	AclResult	result;

	if (!OidIsValid(function))
		return;
	result = function_rights(function, role);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, type, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

void
aggregate_check_rights(const Aggref *aggref)
{
	HeapTuple	tuple;
	Oid			transition;
	Oid			final;
	Oid			serialize;
	Oid			owner;

	function_check_rights(aggref->aggfnoid, GetUserId(), OBJECT_AGGREGATE);

	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	transition = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn;
	final = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggfinalfn;
	serialize = DO_AGGSPLIT_SERIALIZE(aggref->aggsplit) && aggref->aggtranstype == INTERNALOID ?
		((Form_pg_aggregate) GETSTRUCT(tuple))->aggserialfn : InvalidOid;
	ReleaseSysCache(tuple);

	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", aggref->aggfnoid);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);

	function_check_rights(transition, owner, OBJECT_FUNCTION);
	function_check_rights(final, owner, OBJECT_FUNCTION);
	function_check_rights(serialize, owner, OBJECT_FUNCTION);
}
