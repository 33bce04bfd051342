-- The campaign's report. What is a matter of calls is asked of the view calls,
-- what is a matter of leads of the view leads; where a table shows both, each
-- is grouped first, so that the join multiplies nothing.

set search_path = demo, public;
\pset footer off
\pset null '-'

-- a rate as a percentage; no data stays no data
create function pg_temp.pct(rate double precision) returns numeric
	language sql immutable as $$ select round((100 * rate)::numeric, 1) $$;

\echo
\echo 'LEADS BY CAMPAIGN (rates in %)'
select
	coalesce(campaign, 'All') as campaign,
	count(*) as leads,
	pg_temp.pct(penetration_rate(outcome)) as called,
	pg_temp.pct(exploitation_rate(outcome)) as closed,
	pg_temp.pct(contact_rate(outcome)) as reached,
	appointments(outcome) as appts,
	pg_temp.pct(closing_rate(outcome)) as closing,
	sales(outcome) as sales,
	pg_temp.pct(conversion_rate(outcome)) as conv,
	pg_temp.pct(cancellation_rate(outcome)) as cancel,
	net_sales(outcome) as net
from leads
group by rollup (campaign)
order by leads.campaign nulls last;

\echo 'CALLS BY CAMPAIGN (rates in %)'
select
	coalesce(campaign, 'All') as campaign,
	calls(outcome) as calls,
	pg_temp.pct(answer_rate(outcome)) as answered,
	pg_temp.pct(contact_rate(outcome)) as contact,
	pg_temp.pct(argued_rate(outcome)) as argued,
	pg_temp.pct(refusal_rate(outcome)) as refused,
	pg_temp.pct(wrong_number_rate(outcome)) as wrong,
	pg_temp.pct(off_target_rate(outcome)) as off_target,
	pg_temp.pct(abandon_rate(outcome)) as abandoned
from calls
group by rollup (campaign)
order by calls.campaign nulls last;

\echo 'CALLS BY HOUR OF DAY, WHERE THE LEAD LIVES (rates in %)'
select
	to_char(hour, 'FM00') || ' h' as hour,
	calls(outcome) as calls,
	contacts(outcome) as contacts,
	pg_temp.pct(answer_rate(outcome)) as answered,
	pg_temp.pct(contact_rate(outcome)) as contact,
	pg_temp.pct(contact_rate(outcome) filter (where campaign = 'Business fibre')) as contact_business,
	pg_temp.pct(contact_rate(outcome) filter (where campaign <> 'Business fibre')) as contact_homes,
	pg_temp.pct(argued_rate(outcome)) as argued
from calls
group by hour
order by calls.hour;

\echo 'LEADS BY TARGET SEGMENT (rates in %)'
select
	segment,
	count(*) as leads,
	pg_temp.pct(contact_rate(outcome)) as reached,
	pg_temp.pct(off_target_rate(outcome)) as off_target,
	pg_temp.pct(contact_conversion_rate(outcome)) as per_contact,
	sales(outcome) as sales,
	pg_temp.pct(conversion_rate(outcome)) as conv,
	pg_temp.pct(potential_conversion_rate(outcome)) as per_potential,
	pg_temp.pct(net_conversion_rate(outcome)) as net_conv
from leads
group by segment
order by segment;

\echo 'AGENTS: THEIR CALLS, AND THE LEADS THEY BROUGHT FURTHEST (rates in %)'
select campaign, agent, contacts, argued, refused, appts, closing, sales, conv, net
from (
	select
		campaign, agent,
		contacts(outcome) as contacts,
		pg_temp.pct(argued_rate(outcome)) as argued,
		pg_temp.pct(refusal_rate(outcome)) as refused
	from calls
	group by campaign, agent
) c
	join (
		select
			campaign, agent,
			appointments(outcome) as appts,
			pg_temp.pct(closing_rate(outcome)) as closing,
			sales(outcome) as sales,
			pg_temp.pct(contact_conversion_rate(outcome)) as conv,
			pg_temp.pct(net_sale_rate(outcome)) as net
		from leads
		group by campaign, agent
	) l using (campaign, agent)
order by campaign, agent;
