-- What the dashboard reads: roll-ups of the demo campaigns, and a role that may
-- read them and nothing else. Needs examples/demo.

\set ON_ERROR_STOP on
set client_min_messages = warning;

create schema dashboard;
comment on schema dashboard is 'roll-ups of the demo campaigns, for the dashboard';

create table dashboard.cards as
select campaign, day, agent, card from demo.cards;
comment on table dashboard.cards is 'a scorecard of each campaign, day and agent';

create table dashboard.slots as
select campaign, day, slot, scorecard_calls(outcome) as card
from demo.calls
group by campaign, day, slot;
comment on table dashboard.slots is 'the calls of each campaign and day by the hour where the lead lives';

create table dashboard.costs as
select name as campaign, month, scorecard_money(null, amount, null) as card
from demo.costs
	join demo.campaigns using (campaign_id)
group by name, month;
comment on table dashboard.costs is 'the costs of each campaign and month';

create role kpi_dashboard login;
alter role kpi_dashboard set default_transaction_read_only = on;
alter role kpi_dashboard set statement_timeout = '10s';
grant usage on schema dashboard to kpi_dashboard;
grant select on all tables in schema dashboard to kpi_dashboard;
