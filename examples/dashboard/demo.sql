-- Fills the dashboard's tables with the demo campaigns. Needs examples/demo.

\set ON_ERROR_STOP on

-- A lead is of the day and the agent of the call that brought it furthest, and
-- so are its sale and what was sold; its money is of the day on which the order
-- was signed, as in the books.
insert into dashboard.cards
select campaign, day, agent, rollup(card) + '{"version": 1, "calls": {}, "leads": {}}'
from (
	select
		campaign, day, agent,
		scorecard_calls(outcome) + scorecard_reasons(outcome, reason)
			-- a call that the dialer ended took no agent's time
			+ scorecard_time(case when agent is not null then talk end, case when agent is not null then handle end, null) as card
	from demo.calls
	group by campaign, day, agent
	union all
	select campaign, day, agent, scorecard_leads(outcome) + scorecard_lines(line) + scorecard_products(outcome, product, amount)
	from demo.leads
	group by campaign, day, agent
	union all
	select campaign, signed_on, agent, scorecard_money(amount, null, 1, null)
	from demo.leads
	where amount is not null and not reached(outcome, 'cancelled')
	group by campaign, signed_on, agent
	union all
	select campaigns.name, day, agents.name, scorecard_time(null, null, worked)
	from demo.agent_days
		join demo.agents using (agent_id)
		join demo.campaigns using (campaign_id)
	group by campaigns.name, day, agents.name
) parts
group by campaign, day, agent;

insert into dashboard.slots
select campaign, day, slot, scorecard_calls(outcome)
from demo.calls
group by campaign, day, slot;

insert into dashboard.costs
select name, month, scorecard_money(null, amount, null, null)
from demo.costs
	join demo.campaigns using (campaign_id)
group by name, month;
