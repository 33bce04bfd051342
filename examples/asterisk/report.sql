-- The report of the views. What is a matter of calls is asked of calls, what is
-- a matter of leads of leads, what is a matter of hours of agent_days.

set search_path = asterisk, public;
\pset footer off
\pset null '-'

-- a rate as a percentage; no data stays no data
create function pg_temp.pct(rate double precision) returns numeric
	language sql immutable as $$ select round((100 * rate)::numeric, 1) $$;

\echo
\echo 'CALLS BY CAMPAIGN (rates in %)'
select
	coalesce(campaign, 'All') as campaign,
	calls(outcome) as calls,
	pg_temp.pct(answer_rate(outcome)) as answered,
	pg_temp.pct(contact_rate(outcome)) as contact,
	pg_temp.pct(argued_rate(outcome)) as argued,
	pg_temp.pct(refusal_rate(outcome)) as refused,
	pg_temp.pct(abandon_rate(outcome)) as abandoned,
	average_talk_time(talk) filter (where reached(outcome, 'contact'))::interval(0) as talk_per_contact
from calls
group by rollup (campaign)
order by calls.campaign nulls last;

\echo 'CALLS BY HOUR OF DAY (rates in %)'
select
	to_char(slot, 'HH24:MI') as slot,
	calls(outcome) as calls,
	contacts(outcome) as contacts,
	pg_temp.pct(contact_rate(outcome)) as contact,
	pg_temp.pct(argued_rate(outcome)) as argued
from calls
group by calls.slot
order by calls.slot;

\echo 'NUMBERS CALLED, BY CAMPAIGN (rates in %)'
select
	coalesce(campaign, 'All') as campaign,
	count(*) as numbers,
	pg_temp.pct(exploitation_rate(outcome)) as closed,
	pg_temp.pct(wrong_number_rate(outcome)) as wrong,
	pg_temp.pct(off_target_rate(outcome)) as off_target,
	pg_temp.pct(contact_rate(outcome)) as reached,
	sales(outcome) as sales,
	pg_temp.pct(conversion_rate(outcome)) as conv,
	pg_temp.pct(contact_conversion_rate(outcome)) as per_contact
from leads
group by rollup (campaign)
order by leads.campaign nulls last;

\echo 'AGENTS: HOURS AND WHAT THEY BROUGHT (rates in %; open: sessions without a logoff)'
select
	coalesce(agent, 'All') as agent,
	count(worked) as days,
	sum(worked) as worked,
	sum(open_sessions) as open,
	pg_temp.pct(occupancy(talk, handle, worked)) as occupancy,
	pg_temp.pct(talk_share(talk, worked)) as talk,
	round(calls_per_hour(calls, worked)::numeric, 1) as calls_hour,
	round(contacts_per_hour(contacts, worked)::numeric, 1) as contacts_hour,
	round(contacts_per_day(contacts, worked)::numeric, 1) as contacts_day,
	round(sales_per_hour(sales, worked)::numeric, 2) as sales_hour
from agent_days
group by rollup (agent)
order by agent_days.agent nulls last;
