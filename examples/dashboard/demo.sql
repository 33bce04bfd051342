-- Fills the dashboard's tables with the demo campaigns. Needs examples/demo.

\set ON_ERROR_STOP on

insert into dashboard.cards
select campaign, day, agent, card from demo.cards;

insert into dashboard.slots
select campaign, day, slot, scorecard_calls(outcome)
from demo.calls
group by campaign, day, slot;

insert into dashboard.costs
select name, month, scorecard_money(null, amount, null, null)
from demo.costs
	join demo.campaigns using (campaign_id)
group by name, month;
