-- What the dashboard reads: tables of scorecards that you fill, their sums that
-- it keeps, and a role that may read those and nothing else. Whoever runs this
-- may create schemas and roles.

\set ON_ERROR_STOP on

-- kpi may be in a schema of its own; the caller's path is put back at the end
select current_setting('search_path') as dashboard_caller_path \gset
select set_config('search_path', quote_ident(nspname) || ', pg_temp', false)
from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'kpi' \g /dev/null

create schema dashboard;
comment on schema dashboard is 'what the dashboard shows';

-- Tables to fill, or views of the same columns

create table dashboard.cards (campaign text, day date, agent text, card scorecard);
comment on table dashboard.cards is 'a scorecard of each campaign, day and agent';
comment on column dashboard.cards.day is 'NULL for leads that were never called, which are part of the file at any time';
comment on column dashboard.cards.agent is 'NULL for what no agent did';

create table dashboard.slots (campaign text, day date, slot time, card scorecard);
comment on table dashboard.slots is 'the calls of each campaign and day by the hour where the lead lives';

create table dashboard.segments (campaign text, day date, segment text, card scorecard);
comment on table dashboard.segments is 'what cards has, by the segment of the lead; empty where there are none';

create table dashboard.costs (campaign text, month date, card scorecard);
comment on table dashboard.costs is 'the costs of each campaign and month';

create table dashboard.targets (campaign text, kpi text not null, from_day date not null, target numeric not null);
comment on table dashboard.targets is 'what is to be reached, from a day on until the next row of the same campaign and KPI';
comment on column dashboard.targets.campaign is 'NULL for all campaigns together';
comment on column dashboard.targets.target is 'a rate as a fraction, a duration in seconds; a count or an amount is for a calendar month';

-- Their sums

create table dashboard.sums (
	id uuid primary key,
	kind text not null,
	every boolean not null,
	campaign text,
	key text,
	weekday smallint,
	grain text not null,
	first date,
	card scorecard not null
);
comment on table dashboard.sums is 'the tables by day, by third of a month and by month, of each campaign and of all: what a page needs is few rows, whatever the period';
comment on column dashboard.sums.kind is 'whole, agent, slot, segment or cost';
comment on column dashboard.sums.every is 'the sum over all campaigns';
comment on column dashboard.sums.key is 'the agent, the slot or the segment';
comment on column dashboard.sums.weekday is 'of slots';
comment on column dashboard.sums.grain is 'day, third or month';
comment on column dashboard.sums.first is 'the day, or the first of the third or of the month; NULL for leads that were never called';
create index on dashboard.sums (kind, grain, first) where every;
create index on dashboard.sums (kind, campaign, grain, first) where not every;

create function dashboard.refresh(since date default '-infinity') returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	changed bigint;
begin
	perform set_config('search_path', format('pg_catalog, %I, pg_temp', nspname), true)
	from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'kpi';
	-- months are made as wholes
	since := date_trunc('month', since);
	-- one at a time, whoever asks
	perform pg_advisory_xact_lock(hashtext('dashboard.refresh'));

	with source as (
		select 'whole' as kind, campaign, day, null as key, card from dashboard.cards
		union all
		select 'agent', campaign, day, agent, card from dashboard.cards where agent is not null
		union all
		select 'slot', campaign, day, to_char(slot, 'HH24:MI'), card from dashboard.slots
		union all
		select 'segment', campaign, day, segment, card from dashboard.segments
		union all
		select 'cost', campaign, month, null, card from dashboard.costs
	), grouped as (
		select kind, grouping(campaign) = 1 as every, campaign, key, weekday,
			case when grouping(day) = 0 then 'day' when grouping(third) = 0 then 'third' else 'month' end as grain,
			case when grouping(day) = 0 then day when grouping(third) = 0 then third else month end as first, rollup(card) as card
		from source,
			lateral (select date_trunc('month', day)::date as month,
				date_trunc('month', day)::date + 10 * least(2, (extract(day from day)::int - 1) / 10) as third, case when kind = 'slot' then extract(isodow from day) end as weekday) parts
		where day is null or day >= since
		group by kind, key, weekday, grouping sets ((campaign, month, third, day), (campaign, month, third), (campaign, month),
			(month, third, day), (month, third), (month))
		-- what has no day has no month
		having (grouping(day) = 0 or month is not null) and rollup(card) is not null
	), fresh as materialized (
		select md5(jsonb_build_array(kind, every, campaign, key, weekday, grain, first)::text)::uuid as id, * from grouped
	), gone as (
		delete from dashboard.sums where (first is null or first >= since) and not exists (select from fresh where fresh.id = sums.id) returning 1
	), written as (
		insert into dashboard.sums select * from fresh
		on conflict (id) do update set card = excluded.card where sums.card <> excluded.card returning 1
	)
	select (select count(*) from gone) + (select count(*) from written) into changed;

	if changed > 0 then
		perform pg_notify('dashboard', 'sums');
	end if;
	return changed;
end
$$;
comment on function dashboard.refresh(date) is 'brings the sums of days since one, or of all, up to date with the tables; how many have changed';
revoke execute on function dashboard.refresh(date) from public;

-- Whoever listens hears that there is something to do.

create function dashboard.tell() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
	perform pg_notify('dashboard', tg_argv[0]);
	return null;
end
$$;
comment on function dashboard.tell() is 'tells the dashboard of a change';

select format('create trigger tell after insert or update or delete or truncate on dashboard.%I execute function dashboard.tell(%L)',
	name, case when name = 'targets' then 'targets' else 'tables' end)
from unnest(array['cards', 'slots', 'segments', 'costs', 'targets']) name \gexec

-- a role is the whole cluster's, and may be there for another database
select 'create role kpi_dashboard login' where not exists (select from pg_roles where rolname = 'kpi_dashboard') \gexec
alter role kpi_dashboard set default_transaction_read_only = on;
alter role kpi_dashboard set statement_timeout = '10s';
select format('grant usage on schema dashboard, %s to kpi_dashboard', extnamespace::regnamespace) from pg_extension where extname = 'kpi' \gexec
grant select on dashboard.sums, dashboard.targets to kpi_dashboard;
grant execute on function dashboard.refresh(date) to kpi_dashboard;

select set_config('search_path', :'dashboard_caller_path', false) \g /dev/null
\unset dashboard_caller_path
