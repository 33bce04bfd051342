/*-------------------------------------------------------------------------
 *
 * rollup_settings.c
 *		The settings under which a live roll-up's expressions are evaluated.
 *
 * A roll-up keeps those that tell what its owner means, such as the time zone.
 * Others say in which form a value is written, and are the same for every
 * roll-up, whoever writes.  Functions that read these are said to be immutable,
 * most of them: so they are known here by their names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "rollup/rollup.h"

const char *const rollup_setting_names[ROLLUP_SETTINGS] = {
	"TimeZone", "DateStyle", "IntervalStyle"
};

/* Those that are the same for all, by the bits of RollupForm. */
static const struct
{
	const char *name;
	const char *value;
}			forms[] = {
	{"extra_float_digits", "1"},
	{"bytea_output", "hex"},
	{"lc_time", "C"},
	{"quote_all_identifiers", "off"},
	{"timezone_abbreviations", "Default"}
};

static void
pin(const char *name, const char *value)
{
	const char *now = GetConfigOption(name, false, false);

	if (now == NULL || strcmp(now, value) != 0)
		set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * The owner's rights, as REFRESH MATERIALIZED VIEW has it, and the settings
 * that change what expressions give.  An error takes both back.
 */
void
rollup_act(RollupActor *actor, Oid owner, char *const *settings)
{
	GetUserIdAndSecContext(&actor->user, &actor->context);
	if (OidIsValid(owner))
		SetUserIdAndSecContext(owner, actor->context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
	actor->nest = 0;
	if (settings == NULL)
		return;
	actor->nest = NewGUCNestLevel();
	pin("search_path", "pg_catalog, pg_temp");
	for (int i = 0; i < ROLLUP_SETTINGS; i++)
		pin(rollup_setting_names[i], settings[i]);
	for (int i = 0; i < (int) lengthof(forms); i++)
		pin(forms[i].name, forms[i].value);
	/* what is computed from a source is not what a roll-up says of it */
	pin("kpi.enable_rollup_scan", "off");
}

void
rollup_ask_source(void)
{
	pin("kpi.enable_rollup_scan", "off");
}

void
rollup_stop(const RollupActor *actor)
{
	if (actor->nest > 0)
		AtEOXact_GUC(false, actor->nest);
	SetUserIdAndSecContext(actor->user, actor->context);
}

/*
 * Forms
 */

/* What a value of a type is written by, or read by. */
static int
form_of_type(Oid type)
{
	if (type == BYTEAOID)
		return ROLLUP_FORM_BYTEA;
	/* of the server's own, points and the like have floats in them */
	if (type == FLOAT4OID || type == FLOAT8OID || TypeCategory(type) == TYPCATEGORY_GEOMETRIC ||
		(type >= FirstNormalObjectId && get_typtype(type) != TYPTYPE_ENUM))
		return ROLLUP_FORM_FLOAT;
	return 0;
}

/* For check_functions_in_node(): never true. */
static bool
note_form(Oid function, void *context)
{
	int		   *found = context;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (form->prorettype == CSTRINGOID && form->pronargs > 0)
		*found |= form_of_type(form->proargtypes.values[0]);
	else if (form->pronamespace == PG_CATALOG_NAMESPACE && strcmp(NameStr(form->proname), "quote_ident") == 0)
		*found |= ROLLUP_FORM_IDENTIFIER;
	ReleaseSysCache(tuple);
	return false;
}

/* The argument of a call that says a time zone, or a format of times; NULL for none. */
static Node *
zone_argument(const FuncExpr *call)
{
	char	   *name = get_func_name(call->funcid);
	int			place = -1;

	if (name == NULL)
		return NULL;
	if (strcmp(name, "timezone") == 0 && get_func_namespace(call->funcid) == PG_CATALOG_NAMESPACE)
		place = 0;
	else if (strcmp(name, "call_slot") == 0 && rollup_ours(ProcedureRelationId, call->funcid))
		place = 1;
	if (place < 0 || place >= list_length(call->args) || exprType(list_nth(call->args, place)) != TEXTOID)
		return NULL;
	return list_nth(call->args, place);
}

static Node *
format_argument(const FuncExpr *call)
{
	char	   *name = get_func_name(call->funcid);

	return name != NULL && strcmp(name, "to_char") == 0 && get_func_namespace(call->funcid) == PG_CATALOG_NAMESPACE &&
		list_length(call->args) == 2 ? lsecond(call->args) : NULL;
}

/* May one of such letters be in a text? */
static bool
may_have(Node *node, const char *letters)
{
	if (IsA(node, Const))
		return !((Const *) node)->constisnull && strpbrk(TextDatumGetCString(((Const *) node)->constvalue), letters) != NULL;
	return true;
}

static bool
find_forms(Node *node, void *context)
{
	int		   *found = context;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr))
	{
		Node	   *zone = zone_argument((FuncExpr *) node);
		Node	   *format = format_argument((FuncExpr *) node);

		/* who means no harm has no zone with an abbreviation such as Europe/Paris */
		if (zone != NULL && ABBREVIATIONS_OF_ZONE)
			*found |= ROLLUP_FORM_ZONE;
		if (zone != NULL && !(IsA(zone, Const) && may_have(zone, "/")))
			*found |= ROLLUP_FORM_ABBREVIATION;
		/* TM, of a day or a month */
		if (format != NULL && may_have(format, "Tt") && may_have(format, "Mm"))
			*found |= ROLLUP_FORM_LANGUAGE;
	}
	check_functions_in_node(node, note_form, found);
	return expression_tree_walker(node, find_forms, context);
}

int
rollup_forms(Node *node)
{
	int			found = 0;

	(void) find_forms(node, &found);
	return found;
}

const char *
rollup_form_differs(int found, const char **value)
{
	/* most read none, and each row by itself asks */
	for (int i = 0; found != 0 && i < (int) lengthof(forms); i++)
	{
		const char *now;

		if (!(found & (1 << i)))
			continue;
		now = GetConfigOption(forms[i].name, false, false);
		if (strcmp(now, forms[i].value) == 0)
			continue;
		/* all above 0 write what is read as the same */
		if ((1 << i) == ROLLUP_FORM_FLOAT && atoi(now) > 0)
			continue;
		*value = forms[i].value;
		return forms[i].name;
	}
	return NULL;
}
