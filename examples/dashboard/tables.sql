-- What the dashboard reads: tables of scorecards, and a role that may read them
-- and nothing else. Whoever runs this may create schemas and roles.

\set ON_ERROR_STOP on

-- kpi may be in a schema of its own
select set_config('search_path', quote_ident(nspname) || ', pg_temp', false)
from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'kpi' \g /dev/null

create schema dashboard;
comment on schema dashboard is 'what the dashboard shows';

create table dashboard.cards (campaign text, day date, agent text, card scorecard);
comment on table dashboard.cards is 'a scorecard of each campaign, day and agent';
comment on column dashboard.cards.day is 'NULL for leads that were never called, which are part of the file at any time';
comment on column dashboard.cards.agent is 'NULL for what no agent did';

create table dashboard.slots (campaign text, day date, slot time, card scorecard);
comment on table dashboard.slots is 'the calls of each campaign and day by the hour where the lead lives';

create table dashboard.costs (campaign text, month date, card scorecard);
comment on table dashboard.costs is 'the costs of each campaign and month';

-- a role is the whole cluster's, and may be there for another database
select 'create role kpi_dashboard login' where not exists (select from pg_roles where rolname = 'kpi_dashboard') \gexec
alter role kpi_dashboard set default_transaction_read_only = on;
alter role kpi_dashboard set statement_timeout = '10s';
select format('grant usage on schema dashboard, %s to kpi_dashboard', extnamespace::regnamespace) from pg_extension where extname = 'kpi' \gexec
grant select on all tables in schema dashboard to kpi_dashboard;
