-- The report of the views. What is a matter of opportunities is asked of deals,
-- what is a matter of companies of leads, what is a matter of calls of calls.

set search_path = crm, public;
\pset footer off
\pset null '-'

-- a rate as a percentage; no data stays no data
create function pg_temp.pct(rate double precision) returns numeric
	language sql immutable as $$ select round((100 * rate)::numeric, 1) $$;

\echo
\echo 'COMPANIES BY LEAD SOURCE (rates in %)'
select
	case grouping(lead_source) when 1 then 'All' else coalesce(lead_source, 'unknown') end as source,
	count(*) as companies,
	pg_temp.pct(contact_rate(outcome)) as reached,
	pg_temp.pct(appointment_rate(outcome)) as meeting,
	sales(outcome) as won,
	pg_temp.pct(conversion_rate(outcome)) as conv,
	net_sales(outcome) as live,
	revenue(signed) as signed
from leads
group by rollup (lead_source)
order by grouping(lead_source), leads.lead_source nulls last;

\echo 'OPPORTUNITIES BY OWNER (rates in %)'
select
	coalesce(owner, 'All') as owner,
	count(*) as deals,
	appointments(outcome) as meetings,
	pg_temp.pct(closing_rate(outcome)) as closing,
	pg_temp.pct(no_show_rate(outcome)) as no_show,
	sales(outcome) as won,
	pg_temp.pct(refusal_rate(outcome)) as lost,
	pg_temp.pct(cancellation_rate(outcome)) as cancelled,
	revenue(signed) as signed,
	round(average_sale(signed), 2) as average
from deals
group by rollup (owner)
order by deals.owner nulls last;

\echo 'SALES BY MONTH OF SIGNATURE'
select
	coalesce(to_char(month, 'YYYY-MM'), 'All') as month,
	sales(outcome) as won,
	revenue(signed) as signed,
	round(average_sale(signed), 2) as average
from (select *, date_trunc('month', close_date) as month from deals) d
where reached(outcome, 'sale')
group by rollup (month)
order by d.month nulls last;

\echo 'CALLS BY OWNER (rates in %)'
select
	coalesce(owner, 'All') as owner,
	calls(outcome) as calls,
	pg_temp.pct(answer_rate(outcome)) as answered,
	pg_temp.pct(contact_rate(outcome)) as contact,
	average_talk_time(talk)::interval(0) as talk
from calls
group by rollup (owner)
order by calls.owner nulls last;

\echo 'CALLS BY HOUR OF DAY, WHERE THE COMPANY IS (rates in %)'
select
	to_char(slot, 'HH24:MI') as slot,
	calls(outcome) as calls,
	contacts(outcome) as contacts,
	pg_temp.pct(contact_rate(outcome)) as contact
from calls
group by calls.slot
order by calls.slot;
