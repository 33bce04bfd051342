/*-------------------------------------------------------------------------
 *
 * outcome_column.c
 *		A column of outcomes that follows a column of codes.
 *
 * A trigger puts into each row that is written what kpi_disposition gives to
 * its code.  Rows that are there already change where somebody who may update
 * the table says so: a trigger on kpi_disposition would have who edits a code
 * run whatever the table's owner has put on the table.
 *
 * The trigger's condition names the two columns.  So they are known by their
 * numbers, whatever they are renamed to, and depended upon.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/schema.h"
#include "disposition/disposition.h"

/*
 * Triggers run in the order of their names, and what others do to the code is
 * to be done by then.
 */
#define TRIGGER_PREFIX "zz_kpi_"

/* A trigger's columns, and the source of the codes. */
typedef struct Follow
{
	AttrNumber	code;
	AttrNumber	outcome;
	const char *source;
} Follow;

/* What the calls of a trigger's function remember. */
typedef struct Memory
{
	Follow		follow;
	void	   *codes;
} Memory;

static Oid
outcome_type(Oid function)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("outcome"),
						   ObjectIdGetDatum(kpi_schema(function)));
}

static bool
is_column(TupleDesc desc, AttrNumber column, Oid type)
{
	return column > 0 && column <= desc->natts && !TupleDescAttr(desc, column - 1)->attisdropped &&
		(!OidIsValid(type) || TupleDescAttr(desc, column - 1)->atttypid == type);
}

/* What a trigger says; false where kpi_outcome_column() has not made it. */
static bool
read_trigger(const Trigger *trigger, TupleDesc desc, Oid type, Follow *follow)
{
	List	   *columns;

	if (trigger->tgnargs != 1 || trigger->tgqual == NULL)
		return false;
	columns = pull_var_clause(stringToNode(trigger->tgqual), 0);
	if (list_length(columns) != 2)
		return false;
	follow->code = linitial_node(Var, columns)->varattno;
	follow->outcome = lsecond_node(Var, columns)->varattno;
	follow->source = trigger->tgargs[0];
	return is_column(desc, follow->code, InvalidOid) && is_column(desc, follow->outcome, type);
}

/* A value of any type as what a cast to text gives. */
static Datum
cast_to_text(Datum value, Oid type)
{
	Oid			function;
	bool		varlena;

	switch (find_coercion_pathway(TEXTOID, getBaseType(type), COERCION_EXPLICIT, &function))
	{
		case COERCION_PATH_RELABELTYPE:
			return value;
		case COERCION_PATH_FUNC:
			return OidFunctionCall1(function, value);
		default:
			getTypeOutputInfo(type, &function, &varlena);
			return CStringGetTextDatum(OidOutputFunctionCall(function, value));
	}
}

/*
 * kpi_outcome_follow(): the trigger.  The codes are looked up with the rights
 * of the table's owner: what stands in a row does not depend on who writes it.
 */
PG_FUNCTION_INFO_V1(kpi_outcome_follow);
Datum
kpi_outcome_follow(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	tuple;
	const Follow *follow;
	Memory	   *memory = fcinfo->flinfo->fn_extra;
	Datum		value;
	Datum		before;
	bool		isnull;
	bool		was_null;
	int			column;
	outcome		set = 0;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by a trigger BEFORE INSERT OR UPDATE", __func__)));
	desc = RelationGetDescr(trigger->tg_relation);
	/* a statement's calls are of one trigger */
	if (memory == NULL)
	{
		Follow		read;

		if (!read_trigger(trigger->tg_trigger, desc, outcome_type(fcinfo->flinfo->fn_oid), &read))
			ereport(ERROR,
					(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
					 errmsg("trigger \"%s\" is not one that kpi_outcome_column makes", trigger->tg_trigger->tgname)));
		memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Memory));
		memory->follow = read;
		memory->follow.source = MemoryContextStrdup(fcinfo->flinfo->fn_mcxt, read.source);
		fcinfo->flinfo->fn_extra = memory;
	}
	follow = &memory->follow;
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	value = heap_getattr(tuple, follow->code, desc, &isnull);
	if (!isnull)
	{
		Oid			user;
		int			context;

		GetUserIdAndSecContext(&user, &context);
		/* an error takes this back */
		SetUserIdAndSecContext(trigger->tg_relation->rd_rel->relowner,
							   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
		value = cast_to_text(value, TupleDescAttr(desc, follow->code - 1)->atttypid);
		isnull = !disposition_known(fcinfo->flinfo, &memory->codes, CStringGetTextDatum(follow->source), value, &set);
		SetUserIdAndSecContext(user, context);
	}
	before = heap_getattr(tuple, follow->outcome, desc, &was_null);
	if (isnull == was_null && (isnull || DatumGetOutcome(before) == set))
		return PointerGetDatum(tuple);
	column = follow->outcome;
	value = OutcomeGetDatum(set);
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 1, &column, &value, &isnull));
}

static char *
quoted_name(Relation relation)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
									  RelationGetRelationName(relation));
}

static void
run(const char *sql, int expected)
{
	if (SPI_execute(sql, false, 0) != expected)
		elog(ERROR, "cannot run: %s", sql);
}

/*
 * Brings one column up to date; how many rows were not.  It is the caller's
 * statement: nothing in it depends on the search path.
 */
static int64
refresh(Relation relation, const Follow *follow, Oid function)
{
	TupleDesc	desc = RelationGetDescr(relation);
	const char *ours = quote_identifier(get_namespace_name(kpi_schema(function)));
	const char *column = quote_identifier(NameStr(TupleDescAttr(desc, follow->outcome - 1)->attname));
	const char *code = quote_identifier(NameStr(TupleDescAttr(desc, follow->code - 1)->attname));
	const char *now = psprintf(KPI_INTERNAL ".kpi_disposition_known(%s, t.%s::pg_catalog.text)",
							   quote_literal_cstr(follow->source), code);

	run(psprintf("UPDATE %s t SET %s = %s WHERE NOT coalesce(t.%s OPERATOR(%s.=) %s, t.%s IS NULL AND %s IS NULL)",
				 quoted_name(relation), column, now, column, ours, now, column, now), SPI_OK_UPDATE);
	return SPI_processed;
}

/* All columns of the table that follow codes. */
static int64
refresh_all(Oid relation_id, Oid function)
{
	Relation	relation = relation_open(relation_id, AccessShareLock);
	Oid			type = outcome_type(function);
	Oid			namespace = get_namespace_oid(KPI_INTERNAL, false);
	TriggerDesc *triggers = relation->trigdesc;
	int64		rows = 0;
	int			columns = 0;
	List	   *follows = NIL;
	ListCell   *cell;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		Follow		follow;
		Oid			called = triggers->triggers[i].tgfoid;

		if (get_func_namespace(called) == namespace && strcmp(get_func_name(called), "kpi_outcome_follow") == 0 &&
			read_trigger(&triggers->triggers[i], RelationGetDescr(relation), type, &follow))
		{
			Follow	   *copy = palloc(sizeof(Follow));

			*copy = follow;
			copy->source = pstrdup(follow.source);
			follows = lappend(follows, copy);
		}
	}
	foreach(cell, follows)
	{
		rows += refresh(relation, lfirst(cell), function);
		columns++;
	}
	if (columns == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no column of outcomes that follows codes", RelationGetRelationName(relation)),
				 errhint("kpi_outcome_column adds one.")));
	relation_close(relation, NoLock);
	return rows;
}

/* The column of codes, which a row must have before triggers run. */
static void
check_code_column(Relation relation, const char *name)
{
	AttrNumber	column = get_attnum(RelationGetRelid(relation), name);

	if (column == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist", name, RelationGetRelationName(relation))));
	if (column < 0 || TupleDescAttr(RelationGetDescr(relation), column - 1)->attgenerated != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a column of outcomes cannot follow \"%s\", which is a generated or system column", name),
				 errhint("Let it follow the column that this one is made of.")));
}

/*
 * kpi_outcome_column(relation regclass, code_column name, source text,
 * column_name name): adds the column and its trigger, and fills it.
 *
 * A column that is there already is taken, if it has outcomes.
 */
PG_FUNCTION_INFO_V1(kpi_outcome_column);
Datum
kpi_outcome_column(PG_FUNCTION_ARGS)
{
	Oid			relation_id = PG_GETARG_OID(0);
	const char *code = NameStr(*PG_GETARG_NAME(1));
	const char *source = text_to_cstring(PG_GETARG_TEXT_PP(2));
	const char *name = NameStr(*PG_GETARG_NAME(3));
	Oid			type = outcome_type(fcinfo->flinfo->fn_oid);
	const char *column = quote_identifier(name);
	const char *trigger = quote_identifier(psprintf(TRIGGER_PREFIX "%s", name));
	Relation	relation;
	char	   *table;
	int64		rows;

	PreventCommandIfReadOnly("kpi_outcome_column()");
	if (get_rel_name(relation_id) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation_id)));
	if (!relation_owned(relation_id, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relation_id)), get_rel_name(relation_id));
	relation = relation_open(relation_id, AccessShareLock);
	check_code_column(relation, code);
	table = quoted_name(relation);
	relation_close(relation, NoLock);
	SPI_connect();
	if (get_attnum(relation_id, name) == InvalidAttrNumber)
		run(psprintf("ALTER TABLE %s ADD COLUMN %s %s.outcome", table, column,
					 quote_identifier(get_namespace_name(kpi_schema(fcinfo->flinfo->fn_oid)))), SPI_OK_UTILITY);
	else if (get_atttype(relation_id, get_attnum(relation_id, name)) != type)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" is not one of outcomes", name, get_rel_name(relation_id)),
				 errhint("Name the new column otherwise, with column_name.")));
	run(psprintf("CREATE TRIGGER %s BEFORE INSERT OR UPDATE ON %s FOR EACH ROW WHEN (NEW.%s IS NOT NULL OR NEW.%s IS NOT NULL)"
				 " EXECUTE FUNCTION " KPI_INTERNAL ".kpi_outcome_follow(%s)",
				 trigger, table, quote_identifier(code), column, quote_literal_cstr(source)), SPI_OK_UTILITY);
	run(psprintf("COMMENT ON COLUMN %s.%s IS %s", table, column,
				 quote_literal_cstr(psprintf("what the code in %s came to, a code of %s", code, source))), SPI_OK_UTILITY);
	rows = refresh_all(relation_id, fcinfo->flinfo->fn_oid);
	SPI_finish();
	PG_RETURN_INT64(rows);
}

/* kpi_outcome_refresh(relation regclass): for who may update the table. */
PG_FUNCTION_INFO_V1(kpi_outcome_refresh);
Datum
kpi_outcome_refresh(PG_FUNCTION_ARGS)
{
	int64		rows;

	PreventCommandIfReadOnly("kpi_outcome_refresh()");
	if (get_rel_name(PG_GETARG_OID(0)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", PG_GETARG_OID(0))));
	SPI_connect();
	rows = refresh_all(PG_GETARG_OID(0), fcinfo->flinfo->fn_oid);
	SPI_finish();
	PG_RETURN_INT64(rows);
}
