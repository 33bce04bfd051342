-- Lets a team see its own campaigns only. Run after tables.sql; then a team is
--
--	create role team_south nologin in role kpi_team;
--	grant team_south to kpi_dashboard;
--	insert into dashboard.teams values ('team_south', 'Solar roofs'), ('team_south', 'Heat pumps');
--
-- and its readers are those whose line in the server's file of users ends with
-- team_south (see readers.js).

\set ON_ERROR_STOP on

create table dashboard.teams (team name not null, campaign text not null, primary key (team, campaign));
comment on table dashboard.teams is 'the campaigns that a team may see';

-- a role is the whole cluster's, and may be there for another database
select 'create role kpi_team nologin' where not exists (select from pg_roles where rolname = 'kpi_team') \gexec
select format('grant usage on schema dashboard, %s to kpi_team', extnamespace::regnamespace) from pg_extension where extname = 'kpi' \gexec
grant select on dashboard.sums, dashboard.targets, dashboard.teams to kpi_team;

alter table dashboard.sums enable row level security;
create policy everything on dashboard.sums for select to kpi_dashboard using (true);
create policy team on dashboard.sums for select to kpi_team
	using (not every and campaign in (select campaign from dashboard.teams where team = current_user));

alter table dashboard.targets enable row level security;
create policy everything on dashboard.targets for select to kpi_dashboard using (true);
create policy team on dashboard.targets for select to kpi_team
	using (campaign in (select campaign from dashboard.teams where team = current_user));
