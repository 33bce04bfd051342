/*-------------------------------------------------------------------------
 *
 * cards.c
 *		kpi_cards(): scorecards of a partitioned table by any keys, computed
 *		partition by partition.
 *
 * PostgreSQL computes an aggregate where a partition's rows are only where the
 * grouping has the partition key; otherwise every row of a foreign partition
 * travels.  Scorecards add up, so they can be asked for by that key too, and
 * put together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/tupconvert.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/schema.h"

/* The rows that are asked for at a time. */
#define CARDS_BATCH	1000

/* The columns that a table is partitioned by, with a comma after each. */
static char *
partition_columns(Oid relid, int *count)
{
	StringInfoData columns;
	Relation	relation = relation_open(relid, AccessShareLock);

	initStringInfo(&columns);
	*count = 0;
	if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
	{
		PartitionKey key = RelationGetPartitionKey(relation);

		for (int i = 0; i < get_partition_natts(key); i++)
		{
			AttrNumber	column = get_partition_col_attnum(key, i);

			if (column == 0)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("\"%s\" is partitioned by an expression", RelationGetRelationName(relation)),
						 errhint("Only where it is partitioned by columns can its partitions be asked each for their own.")));
			appendStringInfo(&columns, "%s, ", quote_identifier(get_attname(relid, column, false)));
			(*count)++;
		}
	}
	relation_close(relation, AccessShareLock);
	return columns.data;
}

/* The keys, each a text. */
static Datum *
key_texts(ArrayType *array, int *count)
{
	Datum	   *keys;
	bool	   *nulls;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &keys, &nulls, count);
	for (int i = 0; i < *count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("key %d of the cards is NULL", i + 1)));
	}
	return keys;
}

/*
 * The query: cards by partition and key, and over them one card for each key.
 * Its texts are the caller's own, and run with the caller's rights.
 */
static char *
cards_query(Oid function, Oid source, ArrayType *array, const char *card, const char *condition)
{
	StringInfoData query;
	StringInfoData names;
	int			nparts;
	int			nkeys;
	char	   *parts = partition_columns(source, &nparts);
	Datum	   *keys = key_texts(array, &nkeys);
	const char *schema = quote_identifier(get_namespace_name(kpi_schema(function)));

	initStringInfo(&names);
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&names, "k%d, ", i + 1);
	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s%s.rollup(card) FROM (SELECT %s", names.data, schema, parts);
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&query, "%s, ", TextDatumGetCString(keys[i]));
	appendStringInfo(&query, "(%s)::%s.scorecard FROM %s%s%s", card, schema,
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(source)), get_rel_name(source)),
					 condition == NULL ? "" : " WHERE ", condition == NULL ? "" : condition);
	for (int i = 0; i < nparts + nkeys; i++)
		appendStringInfo(&query, "%s%d", i == 0 ? " GROUP BY " : ", ", i + 1);
	appendStringInfoString(&query, ") cells (");
	for (int i = 0; i < nparts; i++)
		appendStringInfo(&query, "p%d, ", i + 1);
	appendStringInfo(&query, "%scard)", names.data);
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&query, "%sk%d", i == 0 ? " GROUP BY " : ", ", i + 1);
	return query.data;
}

/*
 * kpi_cards(source regclass, keys text[], card text, condition text): a row for
 * each combination of the keys' values, and its scorecard last, in the columns
 * that the call's AS names.  The keys are expressions over the source's columns
 * as in a GROUP BY, the card a sum of scorecard aggregates, the condition a
 * WHERE.  NULL where source, keys or card are NULL: no rows.  0A000 for a table
 * that is partitioned by an expression, 42804 where AS says another type.
 */
PG_FUNCTION_INFO_V1(kpi_cards);
Datum
kpi_cards(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleConversionMap *map = NULL;
	Portal		portal;
	SPIPlanPtr	plan;
	char	   *query;
	bool		first = true;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) || rsinfo->expectedDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is called without a list of its columns", __func__),
				 errhint("Write SELECT ... FROM kpi_cards(...) AS (segment text, card scorecard), with the keys that you ask for.")));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		materialized_result(fcinfo);
		return (Datum) 0;
	}
	query = cards_query(fcinfo->flinfo->fn_oid, PG_GETARG_OID(0), PG_GETARG_ARRAYTYPE_P(1),
						text_to_cstring(PG_GETARG_TEXT_PP(2)),
						PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3)));
	rsinfo = materialized_result(fcinfo);
	SPI_connect();
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL || !SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("keys, card and condition do not make one query"),
				 errdetail("The query is: %s", query)));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	do
	{
		SPI_cursor_fetch(portal, true, CARDS_BATCH);
		if (first)
			map = convert_tuples_by_position(SPI_tuptable->tupdesc, rsinfo->setDesc,
											 "the columns after AS are not those of the cards");
		first = false;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	tuple = SPI_tuptable->vals[i];

			tuplestore_puttuple(rsinfo->setResult, map == NULL ? tuple : execute_attr_map_tuple(tuple, map));
		}
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed == CARDS_BATCH);
	SPI_cursor_close(portal);
	SPI_finish();
	return (Datum) 0;
}
