-- Fills the demo campaign's tables: 20,000 leads of four campaigns and all
-- the calls that they get.
--
-- The same rows on every machine and PostgreSQL version: nothing is drawn at
-- random, each "draw" is an md5 digest of a row's id and of what is drawn.

set search_path = demo, public;
set timezone = 'Europe/Paris';
set datestyle = iso;
set jit = off;

-- a number in [0, 1) that looks random
create function pg_temp.draw(id bigint, what text) returns double precision
	language sql immutable parallel safe
	as $$ select ('x' || substr(md5(what || id), 1, 8))::bit(32)::bigint::double precision / 4294967296 $$;

-- whole number in [0, n)
create function pg_temp.pick(id bigint, what text, n integer) returns integer
	language sql immutable parallel safe
	as $$ select floor(pg_temp.draw(id, what) * n)::integer $$;

insert into campaigns values
	(1, 'Solar roofs', '2024-09-30', '2024-10-22'),
	(2, 'Heat pumps', '2024-10-07', '2024-10-30'),
	(3, 'Health cover', '2024-10-14', '2024-11-06'),
	(4, 'Business fibre', '2024-10-21', '2024-11-15');

insert into products values
	(1, 1, 'Solar 3 kW', 8900), (2, 1, 'Solar 6 kW', 14500), (3, 1, 'Solar 9 kW and battery', 21900),
	(4, 2, 'Air to water', 11800), (5, 2, 'Air to air', 6400), (6, 2, 'Water heater', 3300),
	(7, 3, 'Essential', 540), (8, 3, 'Comfort', 890), (9, 3, 'Premium', 1380),
	(10, 4, 'Fibre Pro', 780), (11, 4, 'Fibre Pro and telephony', 1560), (12, 4, 'Dedicated fibre', 4200);

insert into regions values
	('Auvergne-Rhône-Alpes', 'Europe/Paris'), ('Bourgogne-Franche-Comté', 'Europe/Paris'),
	('Bretagne', 'Europe/Paris'), ('Centre-Val de Loire', 'Europe/Paris'),
	('Corse', 'Europe/Paris'), ('Grand Est', 'Europe/Paris'),
	('Guadeloupe', 'America/Guadeloupe'), ('Hauts-de-France', 'Europe/Paris'),
	('Île-de-France', 'Europe/Paris'), ('La Réunion', 'Indian/Reunion'),
	('Martinique', 'America/Martinique'), ('Normandie', 'Europe/Paris'),
	('Nouvelle-Aquitaine', 'Europe/Paris'), ('Occitanie', 'Europe/Paris'),
	('Pays de la Loire', 'Europe/Paris'), ('Provence-Alpes-Côte d''Azur', 'Europe/Paris');

insert into agents
	select n, name, case when n <= 7 then 1 when n <= 13 then 2 when n <= 19 then 3 else 4 end
	from unnest(array['Alice', 'Amine', 'Anna', 'Bruno', 'Camille', 'Chloé', 'David', 'Élodie', 'Fanny',
		'Farid', 'Gaël', 'Hélène', 'Inès', 'Jules', 'Karim', 'Laura', 'Léo', 'Manon', 'Mehdi', 'Nadia',
		'Olivier', 'Pauline', 'Rose', 'Samir', 'Théo']) with ordinality as a(name, n);

insert into dispositions values
	('NEW', 'new', 'lead not called yet'),
	('DNCL', 'blocked', 'on the do-not-call register, never called'),
	('MAX', 'exhausted', 'all attempts spent'),
	('ADCT', 'failed', 'network error'),
	('NA', 'no_answer', 'no answer'),
	('B', 'busy', 'busy'),
	('A', 'machine', 'answering machine'),
	('DC', 'invalid_number', 'disconnected number'),
	('DROP', 'abandoned', 'answered, no agent free'),
	('WN', 'wrong_party', 'wrong person'),
	('GATE', 'gatekeeper', 'gatekeeper, decision-maker not reached'),
	('OT', 'off_target', 'outside the target'),
	('LANG', 'unusable', 'language barrier, deceased or duplicate'),
	('NP', 'declined', 'refused before the offer'),
	('DNC', 'do_not_call', 'asked not to be called again'),
	('CALLBK', 'callback', 'call back later'),
	('XFER', 'undecided', 'offer made, wants to think'),
	('NI', 'refused', 'offer made, not interested'),
	('RDV', 'appointment', 'appointment booked'),
	('SALE', 'direct_sale', 'sold on the phone');

-- Leads.  Traits that never change during the campaign are drawn here, in a
-- table of the generator's own.

create temp table trait as
select
	lead_id,
	campaign_id,
	lead_id - first_lead as place,		-- in the campaign's list
	case
		when campaign_id = 4 then (array['Shops', 'Shops', 'Craftsmen', 'Craftsmen', 'Offices'])[1 + pg_temp.pick(lead_id, 'segment', 5)]
		else (array['Under 35', '35 to 49', '35 to 49', '50 to 64', '50 to 64', '50 to 64', '65 and over', '65 and over'])[1 + pg_temp.pick(lead_id, 'segment', 8)]
	end as segment,
	(array['Île-de-France', 'Île-de-France', 'Île-de-France', 'Auvergne-Rhône-Alpes', 'Auvergne-Rhône-Alpes',
		'Hauts-de-France', 'Hauts-de-France', 'Nouvelle-Aquitaine', 'Nouvelle-Aquitaine', 'Occitanie', 'Occitanie',
		'Grand Est', 'Grand Est', 'Provence-Alpes-Côte d''Azur', 'Provence-Alpes-Côte d''Azur', 'Pays de la Loire',
		'Bretagne', 'Normandie', 'Bourgogne-Franche-Comté', 'Centre-Val de Loire', 'Corse', 'La Réunion',
		'Martinique', 'Guadeloupe'])[1 + pg_temp.pick(lead_id, 'region', 24)] as region,
	pg_temp.draw(lead_id, 'mobile') < case when campaign_id = 4 then 0.38 else 0.66 end as mobile,
	pg_temp.draw(lead_id, 'dead') < 0.028 as dead,				-- the number is nobody's
	pg_temp.draw(lead_id, 'stranger') < 0.03 as stranger,		-- or somebody else's
	pg_temp.draw(lead_id, 'register') < 0.012 as registered,	-- or on the do-not-call register
	pg_temp.draw(lead_id, 'unfit') as unfit
from (
	select lead_id, campaign_id, min(lead_id) over (partition by campaign_id) as first_lead
	from (
		select n as lead_id, case when n <= 6000 then 1 when n <= 11000 then 2 when n <= 16000 then 3 else 4 end as campaign_id
		from generate_series(1, 20000) n
	) l
) l;

analyze trait, campaigns, regions, dispositions;

insert into lead_list
select
	lead_id, campaign_id, segment, region,
	-- The fixed numbers are those that France keeps for fiction; it has none
	-- overseas. Its mobile ones, 06 39 98, are invalid for libphonenumber;
	-- 06 00 4 is valid and has no subscribers: the numbering plan keeps it for
	-- the routing of calls between operators.
	case
		when mobile or zone <> 'Europe/Paris' then '060040'
		when region = 'Île-de-France' then '019900'
		when region in ('Bretagne', 'Normandie', 'Pays de la Loire', 'Centre-Val de Loire') then '026191'
		when region in ('Grand Est', 'Hauts-de-France', 'Bourgogne-Franche-Comté') then '035301'
		when region in ('Nouvelle-Aquitaine', 'Occitanie') then '053649'
		else '046571'
	end
		-- no number twice in a list; one in 200 is cut short
		|| left(lpad(((place * 7919 + campaign_id * 1237) % 10000)::text, 4, '0'), case when lead_id % 200 = 17 then 2 else 4 end),
	case
		when pg_temp.draw(lead_id, 'line') < 0.02 then null
		when mobile or zone <> 'Europe/Paris' then 'mobile'
		else 'fixed'
	end,
	starts_on - 3,
	case when registered then 'DNCL' else 'NEW' end
from trait
	join campaigns using (campaign_id)
	join regions using (region)
order by lead_id;

-- Who works when.  Calls are made from Monday to Friday, 10 to 13 and 14 to
-- 20, public holidays excepted; a shift is the first or the last seven hours.

create temp table working_day as
select day, row_number() over (order by day) as n
from (select day::date from generate_series(timestamp '2024-09-30', '2024-11-15', '1 day') day) d
where extract(isodow from day) <= 5 and day not in ('2024-11-01', '2024-11-11');

create temp table shift as
select
	agent_id, campaign_id, day, working_day.n,
	(agent_id + extract(week from day)::integer) % 2 = 0 as late,
	agent_id * 1000 + working_day.n as id
from agents
	join campaigns using (campaign_id)
	join working_day on day between starts_on and ends_on
-- absent one day in 19, seldom two of a campaign at once
where (agent_id * 5 + working_day.n) % 19 <> 0;

analyze working_day, shift;

-- the agents on the telephone in each hour, numbered
create temp table post as
select
	agent_id, campaign_id, n as day_n, hour,
	row_number() over (partition by campaign_id, n, hour order by agent_id) - 1 as seat,
	count(*) over (partition by campaign_id, n, hour) as seats
from shift, unnest(case when late then array[12, 14, 15, 16, 17, 18, 19] else array[10, 11, 12, 14, 15, 16, 17] end) hour;

analyze post;

-- The six attempts that each lead could get, one to three working days
-- apart; those after its list is closed, or after a final outcome, are dropped
-- below.

create temp table attempt as
select a.*, day, day + make_interval(hours => hour, mins => pg_temp.pick(id, 'minute', 60), secs => pg_temp.pick(id, 'second', 60)) as paris_time
from (
	select
		lead_id, campaign_id, attempt,
		lead_id * 10 + attempt as id,
		sum(case
			when attempt > 1 then 1 + pg_temp.pick(lead_id * 10 + attempt, 'gap', 3)
			else first_n + floor((days - 1) * pg_temp.draw(lead_id, 'start') * (0.5 + 0.5 * pg_temp.draw(lead_id, 'start')))
		end) over (partition by lead_id order by attempt) as n,
		-- overseas, only hours that are in the legal ones at both ends
		case zone
			when 'Europe/Paris' then (array[10, 10, 11, 11, 12, 12, 14, 15, 15, 16, 16, 17, 17, 17, 18, 18, 19, 19])[1 + pg_temp.pick(lead_id * 10 + attempt, 'hour', 18)]
			when 'Indian/Reunion' then 14 + pg_temp.pick(lead_id * 10 + attempt, 'hour', 3)
			else 16 + pg_temp.pick(lead_id * 10 + attempt, 'hour', 2)
		end as hour
	from trait
		join regions using (region)
		join (
			select campaign_id, min(n) as first_n, count(*)::integer as days
			from campaigns join working_day on day between starts_on and ends_on
			group by campaign_id
		) c using (campaign_id)
		cross join generate_series(1, 6) attempt
	where not registered
) a
	join working_day using (n)
	join campaigns using (campaign_id)
where day <= ends_on;

analyze attempt;

-- What each of them comes to.

create temp table call as
select
	lead_id, campaign_id, id, attempt, agent_id, skill, paris_time, status,
	row_number() over (partition by lead_id order by attempt) as nth
from (
	select
		c.*,
		case
			when dead then 'DC'
			when pg_temp.draw(id, 'network') < 0.006 then 'ADCT'
			when pg_temp.draw(id, 'reach') >= reach then
				case when pg_temp.draw(id, 'silence') < 0.05 then 'B' when pg_temp.draw(id, 'silence') < case when mobile then 0.42 else 0.68 end then 'NA' else 'A' end
			when pg_temp.draw(id, 'drop') < 0.014 then 'DROP'
			when stranger then 'WN'
			when pg_temp.draw(id, 'gate') < case when campaign_id = 4 then 0.27 else 0.05 end then 'GATE'
			when unfit < 0.045 then 'OT'
			when unfit < 0.060 then 'LANG'
			when talk < 0.13 then 'CALLBK'
			when talk < 0.285 - 0.04 * skill then 'NP'
			when talk < 0.310 - 0.04 * skill then 'DNC'
			when offer < wish * (1 + 0.45 * skill) then
				case when campaign_id <= 2 or (campaign_id = 4 and pg_temp.draw(id, 'visit') < 0.45) then 'RDV' else 'SALE' end
			when offer > 0.90 then 'XFER'
			else 'NI'
		end as status
	from (
		select
			a.*, t.dead, t.stranger, t.unfit, t.mobile, agent_id,
			2 * pg_temp.draw(agent_id, 'skill') - 1 as skill,
			pg_temp.draw(id, 'talk') as talk,
			pg_temp.draw(id, 'offer') as offer,
			-- homes answer in the evening, businesses in the morning
			case when a.campaign_id = 4
				then (array[0.47, 0.49, 0.30, 0, 0.40, 0.42, 0.42, 0.36, 0.22, 0.14])[local_hour - 9]
				else (array[0.24, 0.25, 0.32, 0, 0.22, 0.20, 0.23, 0.30, 0.42, 0.44])[local_hour - 9]
			end
				* case t.segment when 'Under 35' then 0.80 when '35 to 49' then 0.88 when '65 and over' then 1.22 when 'Craftsmen' then 0.82 when 'Offices' then 1.12 else 1 end
				* case when t.mobile then 0.96 else 1.07 end
				* (array[0.94, 1.04, 1.02, 1.03, 0.93])[extract(isodow from paris_time)::integer]
				* (1.06 - 0.03 * attempt) as reach,
			case a.campaign_id when 1 then 0.21 when 2 then 0.18 when 3 then 0.115 else 0.20 end
				* case t.segment when 'Under 35' then 0.70 when '50 to 64' then 1.20 when '65 and over' then 0.90 when 'Shops' then 0.85 when 'Offices' then 1.25 else 1 end as wish
		from (
			select attempt.*, extract(hour from paris_time at time zone 'Europe/Paris' at time zone zone)::integer as local_hour
			from attempt
				join trait using (lead_id)
				join regions using (region)
		) a
			join trait t using (lead_id)
			-- an hour without an agent passes without a call
			join post on post.campaign_id = a.campaign_id and post.day_n = a.n and post.hour = a.hour
				and post.seat = pg_temp.pick(a.id, 'seat', seats::integer)
		offset 0	-- draw once, though used twice
	) c
) c;

analyze call;

-- a final outcome ends a lead's calls
delete from call using (
	select lead_id, min(nth) as last_nth
	from call join dispositions on code = status
	where reached(outcome, 'closed')
	group by lead_id
) closed
where call.lead_id = closed.lead_id and nth > last_nth;

insert into call_log
select
	row_number() over (order by paris_time, id),
	lead_id,
	case when status not in ('ADCT', 'DROP') then agent_id end,
	paris_time at time zone 'Europe/Paris',
	nth,
	status,
	case
		when status not in ('NI', 'NP') or pg_temp.draw(id, 'asked') < case status when 'NI' then 0.06 else 0.45 end then null
		when status = 'NP' then (array['No time', 'No time', 'Distrust', 'Already equipped'])[1 + pg_temp.pick(id, 'reason', 4)]
		when campaign_id <= 2 then (array['Too expensive', 'Too expensive', 'Too expensive', 'Already equipped', 'Already equipped', 'Not the owner', 'Not the owner', 'No need', 'Distrust', 'Too late in life'])[1 + pg_temp.pick(id, 'reason', 10)]
		else (array['Too expensive', 'Too expensive', 'Under contract', 'Under contract', 'Under contract', 'No need', 'No need', 'Too complicated', 'Distrust', 'Decides with others'])[1 + pg_temp.pick(id, 'reason', 10)]
	end,
	case when status in ('ADCT', 'NA', 'B', 'DC') then null else make_interval(secs => seconds + pg_temp.pick(id, 'talking', seconds)) end,
	case when status in ('ADCT', 'DROP') then null else make_interval(secs => after + pg_temp.pick(id, 'noting', after)) end
from (
	select *,
		case status when 'A' then 9 when 'DROP' then 3 when 'WN' then 20 when 'GATE' then 35 when 'NP' then 32 when 'DNC' then 30
			when 'OT' then 50 when 'LANG' then 30 when 'CALLBK' then 45 when 'XFER' then 200 when 'NI' then 125
			when 'RDV' then 320 when 'SALE' then 480 else 1 end as seconds,
		case status when 'RDV' then 100 when 'SALE' then 160 when 'XFER' then 50 when 'NI' then 35 when 'CALLBK' then 35
			when 'NA' then 3 when 'B' then 3 when 'A' then 5 when 'DC' then 5 else 18 end as after
	from call
) c;

update lead_list set status = last.status
from (
	select distinct on (lead_id)
		lead_id, case when attempt = 6 and not reached(outcome, 'closed') then 'MAX' else status end as status
	from call join dispositions on code = status
	order by lead_id, nth desc
) last
where lead_list.lead_id = last.lead_id;

analyze lead_list, call_log;

-- What became of the appointments, and of the orders: the back office's
-- extract was made on 2 December.

insert into appointments
select
	row_number() over (order by visit_at, lead_id), lead_id, call_id, visit_at,
	case
		when visit_at >= timestamptz '2024-12-02 00:00 Europe/Paris' then 'planned'
		when pg_temp.draw(lead_id, 'home') < case campaign_id when 4 then 0.09 else 0.15 end then 'no-show'
		when pg_temp.draw(lead_id, 'visit') < case campaign_id when 1 then 0.55 when 2 then 0.52 else 0.60 end then 'sold'
		else 'lost'
	end
from (
	select lead_id, call_id, campaign_id,
		((called_at at time zone zone)::date + (7 + pg_temp.pick(lead_id, 'delay', 2) * 7 + pg_temp.pick(lead_id, 'weekday', 5) - extract(isodow from called_at)::integer + 1)
			+ make_interval(hours => 9 + pg_temp.pick(lead_id, 'visit hour', 10))) at time zone zone as visit_at
	from call_log
		join lead_list using (lead_id)
		join regions using (region)
	where call_log.status = 'RDV'
) v;

insert into orders
select
	row_number() over (order by signed_on, lead_id), lead_id, call_id, appointment_id, product_id, signed_on,
	round(price * (90 + pg_temp.pick(lead_id, 'options', 31)) / 100, 2),
	round(price * (array[0.66, 0.68, 0.55, 0.50])[campaign_id], 2),
	case
		when pg_temp.draw(lead_id, 'withdraw') < case campaign_id when 3 then 0.15 else 0.115 end then 'cancelled'
		when signed_on > date '2024-12-02' - 14 then 'pending'
		else 'validated'
	end
from (
	select
		lead_id, call_id, appointment_id, campaign_id,
		campaign_id * 3 - 2 + (array[0, 0, 1, 1, 1, 2])[1 + pg_temp.pick(lead_id, 'product', 6)] as product_id,
		coalesce(visit_at, called_at)::date as signed_on
	from call_log
		join lead_list using (lead_id)
		left join appointments using (lead_id, call_id)
	where appointments.status = 'sold' or call_log.status = 'SALE'
) o
	join products using (product_id, campaign_id);

-- Sessions: two a day, with a minute or so of slack, and now and then a
-- second one at once, from another desk.

create temp table session as
select agent_id, day, id, part,
	tstzrange(
		(day + make_interval(hours => start_hour, secs => - pg_temp.pick(id, part || 'in', 240))) at time zone 'Europe/Paris',
		(day + make_interval(hours => end_hour, secs => pg_temp.pick(id, part || 'out', 240))) at time zone 'Europe/Paris') as during
from (
	select *, 'morning' as part, case when late then 12 else 10 end as start_hour, 13 as end_hour from shift
	union all
	select *, 'afternoon', 14, case when late then 20 else 18 end from shift
	union all
	select *, 'twice', 15, 16 from shift where pg_temp.draw(id, 'twice') < 0.04
) s;

insert into agent_sessions
select row_number() over (order by lower(during), agent_id), agent_id, during from session;

insert into agent_days
select
	agent_id, day, worked, talk, handle, worked - talk - handle - pause, pause
from (
	select agent_id, day, sum(upper(during) - lower(during)) as worked,
		make_interval(secs => 1500 + pg_temp.pick(min(id), 'pause', 1200)) as pause
	from session
	where part <> 'twice'
	group by agent_id, day
) w
	join (
		select agent_id, (called_at at time zone 'Europe/Paris')::date as day, sum(talk) as talk, sum(handle) as handle
		from call_log
		group by 1, 2
	) c using (agent_id, day);

insert into costs
select campaign_id, 'list', date_trunc('month', min(starts_on)), count(*) * (array[0.42, 0.38, 0.31, 0.65])[campaign_id]
from lead_list join campaigns using (campaign_id)
group by campaign_id
union all
select campaign_id, 'agents', date_trunc('month', day), round(sum(extract(epoch from worked)::numeric / 3600) * 27.50, 2)
from agent_days join agents using (agent_id)
group by campaign_id, date_trunc('month', day)
union all
select campaign_id, 'telephone', date_trunc('month', (called_at at time zone 'Europe/Paris')::date),
	round(count(*) * 0.011 + sum(extract(epoch from talk)::numeric / 60) * 0.019, 2)
from call_log join lead_list using (lead_id)
group by campaign_id, 3
union all
select campaign_id, 'visits', date_trunc('month', visit_at at time zone 'Europe/Paris'), count(*) * 90
from appointments join lead_list using (lead_id)
group by campaign_id, 3
union all
select campaign_id, 'commissions', date_trunc('month', signed_on), round(sum(amount) * 0.08, 2)
from orders join lead_list using (lead_id)
where orders.status <> 'cancelled'
group by campaign_id, 3;

drop table trait, working_day, shift, post, attempt, call, session;
analyze;
