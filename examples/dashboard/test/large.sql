-- As many cards as 299 agents make in 180 days, and slots of 200 campaigns.

select set_config('search_path', quote_ident(nspname) || ', pg_temp', false)
from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'kpi' \g /dev/null

create temp table part as
select i, scorecard_calls(outcome) as calls,
	scorecard_calls(outcome) + scorecard_leads(outcome) + scorecard_reasons(outcome, 'reason ' || k % 7) + scorecard_products(outcome, 'product ' || k % 5, 100)
		+ scorecard_time(interval '1 min', interval '20 s', interval '7 min') + scorecard_money(100, null, 1, null) as card
from (
	select i, k, (array['refused', 'no_answer', 'sale', 'lost', 'appointment', 'direct_sale', 'callback', 'machine', 'busy', 'validated_sale', 'no_show', 'declined']::outcome[])[1 + i * k * 7919 % (5 + i % 8)] as outcome
	from generate_series(1, 50) i, generate_series(1, 186) k) calls
group by i;

insert into dashboard.cards
select 'Campaign ' || (agent * 7 + day / 30) % 200, date '2026-01-01' + day, 'Agent ' || agent, card
from generate_series(1, 299) agent, generate_series(0, 179) day join part on true
where i = 1 + (agent * 31 + day * 17) % 50;

insert into dashboard.slots
select 'Campaign ' || campaign, date '2026-01-01' + day, make_time(8 + hour, 0, 0), calls
from generate_series(0, 199) campaign, generate_series(0, 179) day, generate_series(0, 7) hour join part on true
where i = 1 + (campaign * 31 + day * 17 + hour) % 50;

select dashboard.refresh();
analyze dashboard.sums;
