-- Fills the dashboard's tables with the demo campaigns. Needs examples/demo.

\set ON_ERROR_STOP on

-- A lead is of the day and the agent of the call that brought it furthest, and
-- so are its sale and what was sold; its money is of the day on which the order
-- was signed, as in the books.
create temp view parts as
select
	campaign, segment, day, agent,
	scorecard_calls(outcome) + scorecard_reasons(outcome, reason)
		-- a call that the dialer ended took no agent's time
		+ scorecard_time(case when agent is not null then talk end, case when agent is not null then handle end, null) as card
from demo.calls
group by campaign, segment, day, agent
union all
select campaign, segment, day, agent, scorecard_leads(outcome) + scorecard_lines(line) + scorecard_products(outcome, product, amount)
from demo.leads
group by campaign, segment, day, agent
union all
select campaign, segment, signed_on, agent, scorecard_money(amount, null, 1, null)
from demo.leads
where amount is not null and not reached(outcome, 'cancelled')
group by campaign, segment, signed_on, agent
union all
-- how long after its list was loaded a lead was first called, and then bought
select campaign, segment, (called_at at time zone 'Europe/Paris')::date, agent,
	scorecard_delays('speed_to_lead', called_at - loaded_on::timestamp at time zone 'Europe/Paris')
from (
	select distinct on (lead_id) calls.campaign, calls.segment, calls.called_at, calls.agent, loaded_on
	from demo.calls
		join demo.lead_list using (lead_id)
	order by lead_id, called_at
) first_calls
group by 1, 2, 3, 4
union all
select campaign, segment, signed_on, agent, scorecard_delays('sales_cycle', (signed_on - loaded_on) * interval '1 day')
from demo.leads
	join demo.lead_list using (lead_id, segment)
where amount is not null and not reached(outcome, 'cancelled')
group by campaign, segment, signed_on, agent;

insert into dashboard.cards
select campaign, day, agent, rollup(card) + '{"version": 1, "calls": {}, "leads": {}}'
from (
	select campaign, day, agent, card from parts
	union all
	select campaigns.name, day, agents.name, scorecard_time(null, null, worked)
	from demo.agent_days
		join demo.agents using (agent_id)
		join demo.campaigns using (campaign_id)
	group by campaigns.name, day, agents.name
) parts
group by campaign, day, agent;

-- nobody knows how long agents worked for a segment
insert into dashboard.segments
select campaign, day, segment, rollup(card) + '{"version": 1, "calls": {}, "leads": {}}'
from parts
group by campaign, day, segment;

insert into dashboard.slots
select campaign, day, slot, scorecard_calls(outcome)
from demo.calls
group by campaign, day, slot;

insert into dashboard.costs
select name, month, scorecard_money(null, amount, null, null)
from demo.costs
	join demo.campaigns using (campaign_id)
group by name, month;

insert into dashboard.targets values
	(null, 'sales', '2024-09-01', 300), (null, 'net_sales', '2024-09-01', 250), (null, 'revenue', '2024-09-01', 2000000),
	(null, 'contact_rate', '2024-09-01', 0.22), (null, 'contact_rate', '2024-11-01', 0.24), (null, 'settled_closing_rate', '2024-09-01', 0.44),
	(null, 'occupancy', '2024-09-01', 0.70), (null, 'roi', '2024-09-01', 4),
	('Solar roofs', 'sales', '2024-09-01', 70), ('Solar roofs', 'settled_closing_rate', '2024-09-01', 0.5);

select dashboard.refresh();
