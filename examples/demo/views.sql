-- The views that KPIs are asked of: calls for what is a matter of calls, leads
-- for what is a matter of leads, and cards, which has all that the campaigns'
-- tables say as scorecards.

set search_path = demo, public;

create view calls as
select
	call_id, lead_id, campaigns.name as campaign, segment, region, coalesce(line, 'unknown')::line_type as line,
	agents.name as agent, called_at, (called_at at time zone 'Europe/Paris')::date as day,
	call_slot(called_at, zone) as slot, attempt, call_log.status, outcome, reason, talk, handle
from call_log
	join lead_list using (lead_id)
	join campaigns using (campaign_id)
	join regions using (region)
	join dispositions on code = call_log.status
	left join agents using (agent_id);
comment on view calls is 'one row per call';
comment on column calls.day is 'in France, where the agents are';
comment on column calls.slot is 'the hour of the day where the lead lives';
comment on column calls.outcome is 'what the call came to';

create view leads as
select
	lead_id, campaigns.name as campaign, segment, region, coalesce(line, 'unknown')::line_type as line,
	day, agents.name as agent, coalesce(attempts, 0) as attempts, signed_on, product, amount,
	coalesce(journey, 'new') | listed.outcome
		| case appointments.status
			when 'no-show' then outcome 'no_show'
			when 'lost' then 'lost'
			when 'sold' then 'sale'
			else 'new'
		end
		| case orders.status || case when appointments.lead_id is null then ', direct' else '' end
			when 'pending' then outcome 'sale'
			when 'validated' then 'validated_sale'
			when 'cancelled' then 'cancelled_sale'
			when 'pending, direct' then 'direct_sale'
			when 'validated, direct' then 'validated_direct_sale'
			when 'cancelled, direct' then 'cancelled_direct_sale'
			else 'new'
		end as outcome
from lead_list
	join campaigns using (campaign_id)
	join dispositions listed on code = lead_list.status
	left join (
		select lead_id, count(*) as attempts, journey(outcome) as journey,
			-- who had the furthest conversation, the latest of them if many
			(array_agg(agent_id order by outcome desc, called_at desc) filter (where reached(outcome, 'contact')))[1] as agent_id,
			(array_agg((called_at at time zone 'Europe/Paris')::date order by outcome desc, called_at desc))[1] as day
		from call_log
			join dispositions on code = status
		group by lead_id
	) called using (lead_id)
	left join agents using (agent_id)
	left join appointments using (lead_id)
	left join (select lead_id, signed_on, amount, status, products.name as product from orders join products using (product_id)) orders using (lead_id);
comment on view leads is 'one row per lead';
comment on column leads.day is 'of the call that brought the lead furthest; NULL where there was none';
comment on column leads.agent is 'who had the furthest conversation with the lead; NULL where nobody had one';
comment on column leads.outcome is 'all that the lead''s calls came to, and what became of its appointment and order';
comment on column leads.amount is 'of the order; NULL where there is none';

-- Each table gives its own sections, so that no join repeats an hour or an
-- amount.
create view cards as
select
	campaign, day, agent,
	-- where there are no leads, their KPIs are those of no leads, not of calls
	rollup(card) + '{"version": 1, "calls": {}, "leads": {}}' as card
from (
	select
		campaign, day, agent,
		scorecard_calls(outcome) + scorecard_reasons(outcome, reason)
			-- a call that the dialer ended took no agent's time
			+ scorecard_time(case when agent is not null then talk end, case when agent is not null then handle end, null) as card
	from calls
	group by campaign, day, agent
	union all
	select
		campaign, day, agent,
		scorecard_leads(outcome) + scorecard_lines(line) + scorecard_products(outcome, product, amount)
			+ scorecard_money(
				case when not reached(outcome, 'cancelled') then amount end, null,
				case when not reached(outcome, 'cancelled') and amount is not null then 1 end, null)
	from leads
	group by campaign, day, agent
	union all
	select campaigns.name, day, agents.name, scorecard_time(null, null, worked)
	from agent_days
		join agents using (agent_id)
		join campaigns using (campaign_id)
	group by campaigns.name, day, agents.name
	union all
	select campaigns.name, null, null, scorecard_money(null, amount, null, null)
	from costs
		join campaigns using (campaign_id)
	group by campaigns.name
) parts
group by campaign, day, agent;
comment on view cards is 'one row per campaign, day and agent: a scorecard of all that the tables know of them';
comment on column cards.day is 'NULL for costs, which are known by month, and for leads that were never called';
comment on column cards.agent is 'NULL for what no agent did: costs, calls that the dialer ended, leads that nobody had a conversation with';
comment on column cards.card is 'orders count, as revenue and as customers, unless cancelled; leads count on the day and with the agent that brought them furthest';
