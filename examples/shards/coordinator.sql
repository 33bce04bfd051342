-- The coordinator: a PostgreSQL server that holds no rows of its own, and makes
-- one table of what the shards hold. Run it with psql, as a superuser, once
-- shard.sql has been run on each of them; say where each shard is, as libpq does:
--
--	psql -d campaigns -v shard_1='host=...' -v shard_2='host=...' -v shard_3='host=...' -v shard_4='host=...' -f coordinator.sql
--
-- port and dbname may be given too; a shard's database has the name of this one
-- otherwise. Four databases of one server do for a first try:
--
--	psql -d campaigns -v shard_1='dbname=campaigns_1' ...
--
-- kpi is to be of the same version everywhere.

CREATE EXTENSION kpi;
CREATE EXTENSION postgres_fdw;

-- Which campaign is where. A campaign that moves to another shard, or a new one,
-- takes a change of its partitions' bounds.
CREATE TABLE shards (shard name PRIMARY KEY, place text NOT NULL, campaigns text[] NOT NULL);
INSERT INTO shards VALUES
	('shard_1', :'shard_1', '{Solar roofs}'),
	('shard_2', :'shard_2', '{Heat pumps}'),
	('shard_3', :'shard_3', '{Health cover}'),
	('shard_4', :'shard_4', '{Business fibre}');
UPDATE shards SET place = place || ' dbname=' || current_database() WHERE place !~ '\mdbname=';

-- extensions: without it nothing of kpi is computed on a shard, and every row travels
-- use_remote_estimate: the shards know how large their tables are; the coordinator
--	would have to ANALYZE them, which reads rows from each
-- fetch_size: rows per round trip, 100 unless told; cells are small
-- async_capable: the shards work at the same time, from PostgreSQL 14 on
-- updatable: the dialers write to their shard, the coordinator only reads
SELECT current_setting('server_version_num')::int >= 140000 AS has_async \gset
\if :has_async
	\set async ', async_capable ''true'''
\else
	\set async ''
\endif
SELECT format('CREATE SERVER %I FOREIGN DATA WRAPPER postgres_fdw OPTIONS (%s,
	extensions ''kpi'', use_remote_estimate ''true'', fetch_size ''10000'', updatable ''false'' %s)', shard, options, :'async')
FROM shards, LATERAL (
	SELECT string_agg(format('%I %L', option[1], option[2]), ', ') AS options FROM regexp_matches(place, '(\w+)=(\S+)', 'g') option
) given \gexec

-- Whoever is no superuser here needs a mapping of his own with a password, which
-- the shard must ask for.
SELECT format('CREATE USER MAPPING FOR CURRENT_USER SERVER %I OPTIONS (user ''reporting'')', shard) FROM shards \gexec

-- Each shard's tables and view as foreign tables, in a schema by its name
SELECT format('CREATE SCHEMA %I', shard) FROM shards \gexec
SELECT format('IMPORT FOREIGN SCHEMA public LIMIT TO (calls, leads, agent_days, ledger, cards) FROM SERVER %I INTO %1$I', shard) FROM shards \gexec

-- and as the partitions of one table
SELECT format('CREATE TABLE %I (LIKE shard_1.%1$I) PARTITION BY LIST (campaign)', part)
FROM unnest('{calls,leads,agent_days,ledger,cards}'::text[]) part \gexec
SELECT format('ALTER TABLE %1$I ATTACH PARTITION %2$I.%1$I FOR VALUES IN (%3$s)', part, shard, (SELECT string_agg(quote_literal(c), ', ') FROM unnest(campaigns) c))
FROM shards, unnest('{calls,leads,agent_days,ledger,cards}'::text[]) part \gexec

-- Aggregates are computed partition by partition, that is shard by shard, only
-- where this is on.
SELECT format('ALTER DATABASE %I SET enable_partitionwise_aggregate = on', current_database()) \gexec
SET enable_partitionwise_aggregate = on;
