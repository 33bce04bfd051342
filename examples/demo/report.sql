-- The campaigns' report. What is a matter of calls is asked of the view calls,
-- what is a matter of leads of the view leads, and what takes several tables
-- of the view cards. The psql variable language chooses English (en) or
-- French (fr).

set search_path = demo, public;
\if :{?language}
\else
	\set language en
\endif
\ir ../readable.sql
select set_config('readable.language', :'language', false) as language
\gset
\ir ../words.sql
\pset footer off
\pset null '-'

-- a rate as a percentage; no data stays no data
create function pg_temp.pct(rate double precision) returns numeric
	language sql immutable as $$ select round((100 * rate)::numeric, 1) $$;

create function pg_temp.hours(length interval) returns numeric
	language sql immutable as $$ select round(extract(epoch from length)::numeric / 3600, 1) $$;

-- the campaigns' words in the report's language: data stay as they are
create temp table words (en text primary key, fr text);
insert into words values
	('Solar roofs', 'Toits solaires'), ('Heat pumps', 'Chauffage PAC'), ('Health cover', 'Mutuelle santé'), ('Business fibre', 'Fibre PME'),
	('Solar 3 kW', 'Solaire 3 kW'), ('Solar 6 kW', 'Solaire 6 kW'), ('Solar 9 kW and battery', 'Solaire 9 kW et batterie'),
	('Air to water', 'Air-eau'), ('Air to air', 'Air-air'), ('Water heater', 'Chauffe-eau'),
	('Essential', 'Essentielle'), ('Comfort', 'Confort'), ('Premium', 'Premium'),
	('Fibre Pro', 'Fibre Pro'), ('Fibre Pro and telephony', 'Fibre Pro et téléphonie'), ('Dedicated fibre', 'Fibre dédiée'),
	('Shops', 'Commerces'), ('Craftsmen', 'Artisans'), ('Offices', 'Bureaux'), ('Under 35', 'Moins de 35'), ('35 to 49', '35 à 49'),
	('50 to 64', '50 à 64'), ('65 and over', '65 et plus'),
	('Too expensive', 'Trop cher'), ('Already equipped', 'Déjà équipé'), ('No need', 'Pas de besoin'),
	('Not the owner', 'Pas propriétaire'), ('Distrust', 'Méfiance'), ('Too late in life', 'Trop tard dans la vie'), ('Under contract', 'Sous contrat'),
	('Too complicated', 'Trop compliqué'), ('Decides with others', 'Ne décide pas seul'), ('No time', 'Pas le temps');
create function pg_temp.said(word text) returns text
	language sql stable as $$
	select coalesce((select fr from words where en = word and current_setting('readable.language') = 'fr'), word) $$;

-- asked often, made once
create temp table cards as select * from demo.cards;

\echo
\echo :whole
\pset border 0
select label as :"kpi", value as :"value", parts as :"parts", bounds as :"bounds"
from pg_temp.report((select rollup(card) from cards), :'language', '{}', false)
order by n;

\echo :compared
select label as :"kpi", value_a as "A", value_b as "B", difference as :"difference", bounds as :"bounds", p
from pg_temp.compare(
	(select rollup(card) from cards where campaign = 'Solar roofs'),
	(select rollup(card) from cards where campaign = 'Heat pumps'), :'language')
order by n;
\pset border 1

\echo :by_campaign
select
	coalesce(pg_temp.said(campaign), :'all') as :"campaign",
	calls(card) as :"calls",
	pg_temp.pct(contact_rate(card)) as :"contact",
	pg_temp.pct(argued_rate(card)) as :"argued",
	pg_temp.pct(exploitation_rate(card)) as :"closed",
	appointments(card) as :"appointments",
	pg_temp.pct(closing_rate(card)) as :"closing",
	sales(card) as :"sales",
	pg_temp.pct(conversion_rate(card)) as :"conversion",
	net_sales(card) as :"net"
from cards
group by rollup (campaign)
order by cards.campaign nulls last;

\echo :by_slot
select
	to_char(slot, 'HH24:MI') as :"slot",
	calls(outcome) as :"calls",
	contacts(outcome) as :"contacts",
	pg_temp.pct(answer_rate(outcome)) as :"answered",
	pg_temp.pct(contact_rate(outcome)) as :"contact",
	pg_temp.pct(contact_rate(outcome) filter (where campaign = 'Business fibre')) as :"businesses",
	pg_temp.pct(contact_rate(outcome) filter (where campaign <> 'Business fibre')) as :"homes",
	pg_temp.pct(argued_rate(outcome)) as :"argued"
from calls
group by slot
order by slot;

\echo :by_segment
select
	pg_temp.said(segment) as :"segment",
	count(*) as :"leads",
	pg_temp.pct(mobile_rate(line)) as :"mobile",
	pg_temp.pct(contact_rate(outcome)) as :"reached",
	pg_temp.pct(off_target_rate(outcome)) as :"off_target",
	sales(outcome) as :"sales",
	pg_temp.pct(conversion_rate(outcome)) as :"conversion",
	pg_temp.pct(potential_conversion_rate(outcome)) as :"per_potential",
	pg_temp.pct(contact_conversion_rate(outcome)) as :"per_contact",
	pg_temp.pct(net_conversion_rate(outcome)) as :"net_conversion"
from leads
group by segment
order by segment;

-- whoever has closed well with many appointments comes before luck with few
\echo :by_agent
select
	pg_temp.said(campaign) as :"campaign", agent as :"agent", contacts as :"contacts", pg_temp.pct(occupancy) as :"occupancy",
	round(calls_per_hour::numeric, 1) as :"calls_hour", sales as :"sales", appointments as :"appointments",
	pg_temp.pct(closing::double precision) as :"closing", pg_temp.pct(low(closing)) as :"at_least"
from (
	select campaign, agent, contacts(card), occupancy(card), calls_per_hour(card), sales(card), appointments(card),
		kpi(rollup(card), 'closing_rate') as closing
	from cards
	where agent is not null
	group by campaign, agent
) agents
order by low(closing) desc nulls last, sales desc, agent;

\echo :by_week
select
	week as :"week", appointments as :"appointments", pg_temp.pct(closing::double precision) as :"closing",
	pg_temp.pct(low(closing)) as :"low", pg_temp.pct(high(closing)) as :"high",
	case
		when low(closing) > 0.57 then :'best'
		when low(closing) > 0.44 then :'above'
		when high(closing) < 0.44 then :'below'
		else :'chance'
	end as :"against"
from (
	select date_trunc('week', day)::date as week, appointments(card), kpi(rollup(card), 'closing_rate') as closing
	from cards
	where day is not null
	group by week
) weeks
order by week;

\echo :reasons
select rank as :"rank", coalesce(pg_temp.said(item), :'not_asked') as :"reason", amount as :"refusals", pg_temp.pct(share) as "%"
from mix_items((select refusal_reasons(card) from cards));

\echo :products
select
	sold.rank as :"rank", pg_temp.said(item) as :"product", sold.amount as :"sales", pg_temp.pct(sold.share) as "%",
	round(earned.amount) as :"revenue", pg_temp.pct(earned.share) as "%"
from mix_items((select product_mix(card) from cards)) sold
	join mix_items((select product_revenue_mix(card) from cards)) earned using (item)
order by sold.rank, item;

-- The margin before the campaign's cost is what an order leaves when its goods
-- are paid; the scorecards do not have it.
\echo :money
select *
from (
	select
		coalesce(pg_temp.said(campaign), :'all') as :"campaign",
		round(revenue(card)) as :"revenue",
		round(cost(card)) as :"cost",
		round(margin(card)) as :"margin",
		pg_temp.pct(roi(card)) as :"roi",
		round(average_sale(card)) as :"average_sale",
		round(acquisition_cost(card)) as :"acquisition_cost"
	from cards
	group by rollup (campaign)
) of_cards
	join (
		select coalesce(pg_temp.said(name), :'all') as :"campaign", pg_temp.pct(margin_roi(margin, cost)) as :"margin_roi"
		from (
			select campaign_id, amount - goods as margin, null as cost
			from orders
				join lead_list using (lead_id)
			where orders.status <> 'cancelled'
			union all
			select campaign_id, null, amount from costs
		) amounts
			join campaigns using (campaign_id)
		group by rollup (name)
	) of_amounts using (:"campaign")
order by :"campaign" = :'all', 1;

-- An agent's sessions that overlap count once, but those of two agents do not
-- overlap: so the union is taken agent by agent.
\echo :hours
select
	coalesce(pg_temp.said(campaign), :'all') as :"campaign",
	pg_temp.hours(sum(logged)) as :"logged",
	pg_temp.hours(sum(worked)) as :"worked",
	pg_temp.hours(sum(logged - worked)) as :"twice",
	pg_temp.hours(sum(talk)) as :"talk",
	sum(sold) as :"sales",
	round(sales_per_fte(sold, worked, interval '151:40')::numeric, 1) as :"sales_fte"
from (
	select name as agent, sum(upper(during) - lower(during)) as logged, worked_time(during) as worked
	from agent_sessions
		join agents using (agent_id)
	group by name
) sessions
	join (
		select campaign, agent, talk_time(card) as talk, sales(card) as sold
		from cards
		where agent is not null
		group by campaign, agent
	) done using (agent)
group by rollup (campaign)
order by done.campaign nulls last;
