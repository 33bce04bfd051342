-- Three weeks small enough to be added up by hand: 80 calls a day, of which 19,
-- 21 and 32 reach somebody; four appointments a day, two of them sold, and in
-- the last week one still open; and one lucky sale of a second agent.

select set_config('search_path', quote_ident(nspname) || ', pg_temp', false)
from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'kpi' \g /dev/null

create temp table working as
select day::date, ((day::date - date '2025-03-03') / 7) as week, (array[19, 21, 32])[1 + (day::date - date '2025-03-03') / 7] as contacts
from generate_series(date '2025-03-03', date '2025-03-21', interval '1 day') day
where extract(isodow from day) < 6;

create temp table call as
select day, case when n % 16 = 0 then time '10:00' else '09:00' end as slot, case when n < contacts then outcome 'callback' else 'no_answer' end as outcome
from working, generate_series(0, 79) n;

create temp table lead as
select day, 'Steady' as agent, 'Homes' as segment,
	case when n < 2 then outcome 'sale' when n = 2 or week < 2 then 'lost' else 'appointment' end as outcome
from working, generate_series(0, 3) n
union all
select date '2025-03-03', 'Lucky', 'Shops', 'sale';

insert into dashboard.cards
select 'A', day, agent, rollup(card)
from (
	select day, null as agent, scorecard_calls(outcome) as card from call group by 1
	union all
	select day, agent, scorecard_leads(outcome) from lead group by 1, 2
	union all
	select day, 'Steady', scorecard_time(interval '2 h', interval '1 h', interval '6 h') from working group by 1
	union all
	-- half of the leads are called within a few minutes, and sold within a week
	select day, 'Steady', scorecard_delays('speed_to_lead', n * interval '4 min') + scorecard_delays('sales_cycle', n * interval '3 days')
	from working, generate_series(1, 4) n group by 1
	union all
	select date '2025-03-05', 'Steady', scorecard_money(n, null, 1, null) from unnest(array[1000, 500]::numeric[]) n group by 1
) parts
group by day, agent;

insert into dashboard.segments
select 'A', day, segment, scorecard_leads(outcome) from lead group by day, segment;

insert into dashboard.slots
select 'A', day, slot, scorecard_calls(outcome) from call group by day, slot;

insert into dashboard.costs values ('A', '2025-03-01', (select scorecard_money(null, 600, null, null)));

insert into dashboard.targets values
	(null, 'sales', '2025-03-01', 31), (null, 'sales', '2025-04-01', 999), (null, 'contact_rate', '2025-01-01', 0.5), (null, 'contact_rate', '2025-03-10', 0.2),
	(null, 'appointments', '2025-01-01', 200), (null, 'median_speed_to_lead', '2025-01-01', 900), (null, 'settled_closing_rate', '2025-01-01', 0.5), ('A', 'roi', '2025-01-01', 1), (null, 'no_such_kpi', '2025-01-01', 1);
