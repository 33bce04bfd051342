/*-------------------------------------------------------------------------
 *
 * rollup_trigger.c
 *		The triggers on the source of a live roll-up.
 *
 * In ordinary sessions, a trigger for each kind of statement sees the rows that
 * it has added and removed.  None of those fires where rows are written as a
 * replica of others': the workers of a subscription know no statements, and
 * session_replication_role says so of other sessions.  There, a trigger for each
 * row does, which gathers rows until the transaction commits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "rollup/rollup.h"

/* Is a trigger one of those that kpi_rollup_create makes? */
static void
check_trigger(const TriggerData *trigger, RollupEvent event)
{
	const Trigger *made = trigger->tg_trigger;
	bool		has_new = event == ROLLUP_INSERT || event == ROLLUP_UPDATE;
	bool		has_old = event == ROLLUP_DELETE || event == ROLLUP_UPDATE;

	/* one more trigger, of whomever's, would count rows twice */
	if (strcmp(made->tgname, rollup_trigger_names[event]) != 0 ||
		(event == ROLLUP_TRUNCATE) != (TRIGGER_FIRED_BEFORE(trigger->tg_event) != 0) ||
		(event == ROLLUP_REPLICA ? made->tgtype != rollup_trigger_types[event] : TRIGGER_FIRED_FOR_ROW(trigger->tg_event) != 0) ||
		(trigger->tg_newtable != NULL) != has_new || (trigger->tg_oldtable != NULL) != has_old)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" is not one that kpi_rollup_create makes", made->tgname)));
}

/* A row of a replica's, for when the transaction commits. */
static void
keep_row(const TriggerData *trigger)
{
	bool		update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	bool		insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);

	rollup_keep_rows(trigger->tg_relation, insert ? NULL : trigger->tg_trigslot,
					 insert ? trigger->tg_trigslot : update ? trigger->tg_newslot : NULL,
					 trigger->tg_trigtuple->t_len + (update ? trigger->tg_newtuple->t_len : 0));
}

static void
count_truncate(Relation relation)
{
	Oid			relid = RelationGetRelid(relation);

	if (relation->rd_rel->relispartition)
		rollup_count_table(rollup_root(relid), relid, ROLLUP_DELETE);
	/* its partitions have triggers of their own */
	else if (relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
	{
		rollup_settle();
		rollup_apply_truncate(relid);
	}
}

static void
count_statement(const TriggerData *trigger)
{
	RollupRows	rows = {
		.relation = trigger->tg_relation,
		.rows = {trigger->tg_oldtable, trigger->tg_newtable}
	};
	int64		n = 0;

	for (int is_new = 0; is_new < 2; is_new++)
	{
		if (rows.rows[is_new] != NULL)
			n += tuplestore_tuple_count(rows.rows[is_new]);
	}
	if (n > 0)
		rollup_apply(&rows, true);
}

/*
 * kpi_rollup_changed(): the triggers on a source and its partitions.  They
 * serve all the roll-ups of the source; where it has none, as in a copy of the
 * table elsewhere, there is nothing to do.
 */
PG_FUNCTION_INFO_V1(kpi_rollup_changed);
Datum
kpi_rollup_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	RollupEvent event;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by a trigger", __func__)));
	event = TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ? ROLLUP_REPLICA :
		TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? ROLLUP_INSERT :
		TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? ROLLUP_UPDATE :
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? ROLLUP_DELETE : ROLLUP_TRUNCATE;
	check_trigger(trigger, event);
	/* of both kinds one serves, whichever else was told to fire */
	if (event == ROLLUP_TRUNCATE)
		count_truncate(trigger->tg_relation);
	else if ((event == ROLLUP_REPLICA) == (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA))
	{
		if (event == ROLLUP_REPLICA)
			keep_row(trigger);
		else
			count_statement(trigger);
	}
	return PointerGetDatum(NULL);
}
