-- Lets a team see its own campaigns only. Run after tables.sql; then
--
--	select dashboard.allow('team_south', 'Solar roofs', 'Heat pumps');
--
-- makes a team, whose readers are those whose line in the server's file of users
-- ends with team_south (see readers.js).

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

create function dashboard.allow(team name, variadic campaigns text[]) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
	if not exists (select from pg_roles where rolname = team) then
		execute format('create role %I nologin in role kpi_team', team);
	-- the server gets the rights of a team, so that it is no role of another kind
	elsif team in ('kpi_team', 'kpi_dashboard') or not pg_has_role(team, 'kpi_team', 'usage') or (select rolsuper from pg_roles where rolname = team) then
		raise invalid_parameter_value using message = format('role "%s" is not a team', team), hint = 'Name one that does not exist yet, or that this function has made.';
	end if;
	execute format('grant %I to kpi_dashboard', team);
	delete from dashboard.teams where teams.team = allow.team;
	insert into dashboard.teams select allow.team, campaign from unnest(campaigns) campaign;
end
$$;
comment on function dashboard.allow(name, text[]) is 'makes a role of a team that may see some campaigns, or changes which';
revoke execute on function dashboard.allow(name, text[]) from public;
