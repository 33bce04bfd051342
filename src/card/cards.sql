-- Scorecards of a table whose partitions are elsewhere

CREATE FUNCTION kpi_cards(source regclass, keys text[], card text, condition text DEFAULT NULL) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 SET enable_partitionwise_aggregate = on;
COMMENT ON FUNCTION kpi_cards(regclass, text[], text, text) IS
	'the scorecards of a table by keys, a WHERE for condition: computed partition by partition, where each is, and put together; the columns that AS names are the keys, then the card; no rows where source, keys or card are NULL';
