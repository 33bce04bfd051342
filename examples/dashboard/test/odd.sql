-- What campaigns have that a page is not made for: names of 312 characters,
-- hundreds of agents, products, reasons, hours and agents that nobody knows.

select set_config('search_path', quote_ident(nspname) || ', pg_temp', false)
from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'kpi' \g /dev/null

create temp table call as
select
	case n % 3 when 0 then 'Long ' || repeat('campaign', 38) || '(3)' else 'Campaign ' || n % 3 end as campaign,
	date '2025-03-03' + n % 19 as day,
	case when n % 50 > 0 then 'Agent ' || repeat('of a long name ', n % 4) || n % 286 end as agent,
	case when n % 5 > 0 then make_time(9 + n % 10, 0, 0) end as slot,
	(array['refused', 'refused', 'no_answer', 'callback', 'no_answer', 'sale', 'lost', 'appointment', 'direct_sale', 'refused', 'no_answer']::outcome[])[1 + n * 7 % 11] as outcome,
	case when n % 3 > 0 then repeat('too expensive ', 20) || n % 2 end as reason,
	case when n % 4 > 0 then 'Product <b>' || n % 2 || '</b>' end as product
from generate_series(1, 8000) n;

insert into dashboard.cards
select campaign, day, agent,
	scorecard_calls(outcome) + scorecard_leads(outcome) + scorecard_reasons(outcome, reason)
		+ scorecard_products(outcome, product, 100) + scorecard_time(interval '1 min', interval '20 s', interval '10 min')
		+ scorecard_money(case when reached(outcome, 'sale') then 100 end, null, null, null)
from call
group by campaign, day, agent;

insert into dashboard.slots
select campaign, day, slot, scorecard_calls(outcome)
from call
group by campaign, day, slot;
