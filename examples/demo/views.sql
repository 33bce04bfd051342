-- The two views that KPIs are asked of: calls for what is a matter of calls,
-- leads for what is a matter of leads.

set search_path = demo, public;

create view calls as
select
	call_id, lead_id, campaigns.name as campaign, segment, region, line, agents.name as agent,
	called_at, extract(hour from called_at at time zone zone)::integer as hour,
	attempt, call_log.status, outcome, reason, talk, handle
from call_log
	join lead_list using (lead_id)
	join campaigns using (campaign_id)
	join regions using (region)
	join dispositions on code = call_log.status
	left join agents using (agent_id);
comment on view calls is 'one row per call';
comment on column calls.hour is 'hour of the day where the lead lives';
comment on column calls.outcome is 'what the call came to';

create view leads as
select
	lead_id, campaigns.name as campaign, segment, region, line, agents.name as agent,
	coalesce(attempts, 0) as attempts, signed_on, product, amount,
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
			(array_agg(agent_id order by outcome desc, called_at desc) filter (where reached(outcome, 'contact')))[1] as agent_id
		from call_log
			join dispositions on code = status
		group by lead_id
	) called using (lead_id)
	left join agents using (agent_id)
	left join appointments using (lead_id)
	left join (select lead_id, signed_on, amount, status, products.name as product from orders join products using (product_id)) orders using (lead_id);
comment on view leads is 'one row per lead';
comment on column leads.agent is 'who had the furthest conversation with the lead; NULL where nobody had one';
comment on column leads.outcome is 'all that the lead''s calls came to, and what became of its appointment and order';
comment on column leads.amount is 'of the order; NULL where there is none';
