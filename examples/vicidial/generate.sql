-- Fills the tables: two campaigns of a call centre in New York, three days of
-- March 2025, some 700 calls to 340 leads in five time zones, and 40 leads that
-- nobody has called yet.
--
-- The same rows on every machine and PostgreSQL version: nothing is drawn at
-- random, each "draw" is an md5 digest of a row's id and of what is drawn.

set search_path = vicidial, public;
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

-- seconds since 1970 of a time on the server's clock
create function pg_temp.epoch(server_time timestamp) returns bigint
	language sql immutable parallel safe
	as $$ select extract(epoch from server_time at time zone 'America/New_York')::bigint $$;

insert into vicidial_lists values
	(1001, 'Solar, owners', 'SOLAR'), (1002, 'Solar, web forms', 'SOLAR'), (2001, 'Medicare supplement', 'MEDSUP'),
	(2002, 'Medicare supplement, new', 'MEDSUP');

-- the stock statuses that occur here, with their stock flags, and two that
-- quality control sets
insert into vicidial_statuses
	(status, status_name, human_answered, sale, customer_contact, not_interested, unworkable) values
	('NEW', 'New Lead', 'N', 'N', 'N', 'N', 'N'),
	('INCALL', 'Lead Being Called', 'N', 'N', 'N', 'N', 'N'),
	('DNCL', 'DO NOT CALL Hopper Sys Match', 'N', 'N', 'N', 'N', 'N'),
	('NA', 'No Answer AutoDial', 'N', 'N', 'N', 'N', 'N'),
	('N', 'No Answer', 'N', 'N', 'N', 'N', 'N'),
	('AB', 'Busy Auto', 'N', 'N', 'N', 'N', 'N'),
	('AA', 'Answering Machine Auto', 'N', 'N', 'N', 'N', 'N'),
	('A', 'Answering Machine', 'N', 'N', 'N', 'N', 'N'),
	('ADC', 'Disconnected Number Auto', 'N', 'N', 'N', 'N', 'Y'),
	('DROP', 'Agent Not Available', 'Y', 'N', 'N', 'N', 'N'),
	('CALLBK', 'Call Back', 'Y', 'N', 'Y', 'N', 'N'),
	('CBHOLD', 'Call Back Hold', 'Y', 'N', 'Y', 'N', 'N'),
	('NP', 'No Pitch No Price', 'Y', 'N', 'N', 'N', 'N'),
	('DNC', 'DO NOT CALL', 'Y', 'N', 'N', 'N', 'N'),
	('NI', 'Not Interested', 'Y', 'N', 'Y', 'Y', 'N'),
	('DEC', 'Declined Sale', 'Y', 'N', 'Y', 'N', 'N'),
	('XFER', 'Call Transferred', 'Y', 'N', 'Y', 'N', 'N'),
	('SALE', 'Sale Made', 'Y', 'Y', 'N', 'N', 'N'),
	('QCFAIL', 'QC_FAIL_CALLBK', 'Y', 'N', 'Y', 'N', 'N'),
	('QCPASS', 'Passed quality control', 'Y', 'Y', 'Y', 'N', 'N'),
	('QCCANC', 'Cancelled', 'Y', 'N', 'Y', 'N', 'N');

insert into vicidial_campaign_statuses
	(campaign_id, status, status_name, human_answered, sale, customer_contact, not_interested, unworkable) values
	('SOLAR', 'APPT', 'Appointment made', 'Y', 'Y', 'Y', 'N', 'N'),
	('SOLAR', 'XFER', 'Sent to the scheduling desk', 'Y', 'Y', 'N', 'N', 'N'),
	('SOLAR', 'RENTER', 'Does not own the house', 'Y', 'N', 'Y', 'N', 'Y'),
	('MEDSUP', 'HUNGUP', 'Hung up before the offer', 'Y', 'N', 'N', 'N', 'N'),
	('MEDSUP', 'LANG', 'No common language', 'Y', 'N', 'N', 'N', 'Y');

insert into vicidial_list (lead_id, entry_date, status, list_id, gmt_offset_now, phone_code, phone_number, state)
select
	lead_id,
	timestamp '2025-02-27 16:00' + lead_id * interval '1 second',
	case when pg_temp.draw(lead_id, 'register') < 0.02 then 'DNCL' else 'NEW' end,
	case when lead_id > 340 then 2002 when lead_id > 200 then 2001 when lead_id % 5 = 0 then 1002 else 1001 end,
	gmt_offset,
	'1',
	-- exchange 555, line 01xx: numbers that nobody has
	area || '55501' || lpad((lead_id * 37 % 100)::text, 2, '0'),
	state
from (
	select n as lead_id, pg_temp.pick(n, 'place', 12) as place from generate_series(1, 380) n
) l
	join (values
		(0, 'NY', '212', -5), (1, 'NY', '716', -5), (2, 'FL', '305', -5), (3, 'PA', '215', -5), (4, 'GA', '404', -5),
		(5, 'IL', '312', -6), (6, 'TX', '512', -6), (7, 'CO', '303', -7), (8, 'AZ', '602', -7), (9, 'CA', '415', -8),
		(10, 'WA', '206', -8), (11, 'NL', '709', -3.5)
	) p (place, state, area, gmt_offset) using (place);

-- What each call comes to, if it is made: a list is dialled from its first
-- lead to its last, then again, without those that have come to an end.

create temp table attempt as
select
	lead_id, campaign_id, pass, lead_id * 10 + pass as id,
	case
		when pg_temp.draw(lead_id, 'dead') < 0.04 then 'ADC'
		when ring < 0.30 then 'NA'
		when ring < 0.33 then 'AB'
		when ring < 0.47 then 'AA'
		when ring < 0.485 then 'DROP'
		when ring < 0.60 then 'A'
		when ring < 0.62 then 'N'
		when talk < 0.14 then 'CALLBK'
		when talk < 0.27 then case campaign_id when 'SOLAR' then 'NP' else 'HUNGUP' end
		when talk < 0.31 then 'DNC'
		when talk < 0.37 then case campaign_id when 'SOLAR' then 'RENTER' else 'LANG' end
		when talk < 0.42 then 'XFER'
		when talk < 0.46 then 'DEC'
		when talk < 0.62 then case campaign_id when 'SOLAR' then 'APPT' else 'SALE' end
		else 'NI'
	end as status
from (
	select lead_id, campaign_id, pass,
		pg_temp.draw(lead_id * 10 + pass, 'ring') as ring, pg_temp.draw(lead_id * 10 + pass, 'talk') as talk
	from vicidial_list
		join vicidial_lists using (list_id)
		cross join generate_series(1, 5) pass
	where status <> 'DNCL' and list_id <> 2002
) a;

delete from attempt using (
	select lead_id, min(pass) as last_pass
	from attempt
	where status in ('ADC', 'NP', 'HUNGUP', 'DNC', 'RENTER', 'LANG', 'XFER', 'DEC', 'APPT', 'SALE', 'NI')
	group by lead_id
) ended
where attempt.lead_id = ended.lead_id and pass > last_pass;

-- The agents' shifts, of 24 calls each; calls that reach no agent are made
-- in between.

create temp table turn as
select
	"user", campaign_id, day, place, starts_at, "user" * 10000 + extract(day from day)::integer * 100 + place as id,
	row_number() over (partition by campaign_id order by day, starts_at + place * interval '260 seconds', "user") as n
from (values
		(1001, 'SOLAR', time '11:30'), (1002, 'SOLAR', '11:45'), (1003, 'SOLAR', '15:00'),
		(2001, 'MEDSUP', '12:00'), (2002, 'MEDSUP', '16:00')
	) a ("user", campaign_id, shift)
	cross join (values (date '2025-03-04'), ('2025-03-05'), ('2025-03-06')) d (day)
	cross join lateral (select day + shift as starts_at) s
	cross join generate_series(1, 24) place;

create temp table call as
select *, count(*) filter (where handled) over (partition by campaign_id order by seq desc) as handled_from_here
from (
	select *, row_number() over (partition by campaign_id order by pass, lead_id) as seq,
		status not in ('NA', 'AB', 'AA', 'ADC', 'DROP') as handled,
		count(*) filter (where status not in ('NA', 'AB', 'AA', 'ADC', 'DROP')) over (partition by campaign_id order by pass, lead_id) as n
	from attempt
) a
-- the dialer stops when the last shift is over
where n <= (select count(*) from turn where turn.campaign_id = a.campaign_id) - case when handled then 0 else 1 end;

-- Two agents lose their connection in their last call of a day: it keeps the
-- status that it has while it lasts.
update call set status = 'INCALL'
from turn
where turn.campaign_id = call.campaign_id and turn.n = call.n and handled
	and place = 24 and ("user", extract(day from day)) in ((1001, 5), (2002, 4));

-- An agent's turns, one after the other, and two pauses: on login, and in the
-- middle of the shift.

create temp table agent_turn as
select *,
	starts_at + interval '1 second' * coalesce(sum(pause_sec + wait_sec + talk_sec + dispo_sec)
		over (partition by "user", day order by place rows between unbounded preceding and 1 preceding), 0) as event_time
from (
	select
		"user", turn.campaign_id, day, starts_at, place::numeric as place, lead_id, call.n, status,
		case when pg_temp.draw(turn.id, 'preview') < 0.17 then 'PRECAL' end as sub_status,
		case when pg_temp.draw(turn.id, 'preview') < 0.17 then 10 + pg_temp.pick(turn.id, 'previewing', 50) else 0 end as pause_sec,
		12 + pg_temp.pick(turn.id, 'waiting', 75) as wait_sec,
		seconds + pg_temp.pick(turn.id, 'talking', seconds) + dead_sec as talk_sec,
		case status when 'INCALL' then 0 when 'SALE' then 90 when 'APPT' then 60 else 6 end + pg_temp.pick(turn.id, 'noting', 20) as dispo_sec,
		dead_sec
	from turn
		join call on call.campaign_id = turn.campaign_id and call.n = turn.n and handled
		cross join lateral (select
			case when pg_temp.draw(turn.id, 'slow') < 0.3 then 3 + pg_temp.pick(turn.id, 'dead', 25) else 0 end as dead_sec,
			case status when 'A' then 11 when 'N' then 6 when 'CALLBK' then 48 when 'NP' then 34 when 'HUNGUP' then 12
				when 'DNC' then 22 when 'RENTER' then 45 when 'LANG' then 20 when 'XFER' then 150 when 'DEC' then 260
				when 'APPT' then 280 when 'SALE' then 470 else 95 end as seconds) t
	union all
	select "user", campaign_id, day, starts_at, 0, null, null, null, 'LOGIN', 20 + pg_temp.pick(min(id), 'login', 90), 0, 0, 0, 0
	from turn group by "user", campaign_id, day, starts_at
	union all
	select "user", campaign_id, day, starts_at, 12.5, null, null, null, 'BREAK', 480 + pg_temp.pick(min(id), 'break', 420), 0, 0, 0, 0
	from turn group by "user", campaign_id, day, starts_at
) t;

create temp table dated as
select call.*, "user",
	coalesce(event_time + interval '1 second' * (pause_sec + wait_sec - 2 - pg_temp.pick(id, 'ringing', 4)),
		-- before the call that reached the next agent
		first_value(event_time + interval '1 second' * (pause_sec + wait_sec)) over next_handled
			- interval '1 second' * (6 + 9 * (row_number() over next_handled - 1) + pg_temp.pick(id, 'before', 5))) as call_date,
	talk_sec
from call
	left join agent_turn on agent_turn.campaign_id = call.campaign_id and agent_turn.n = call.n and handled
window next_handled as (partition by call.campaign_id, handled_from_here order by call.seq desc);

insert into vicidial_log
select
	pg_temp.epoch(call_date) || '.' || (100000 + row_number() over (order by call_date, id)),
	lead_id, list_id, campaign_id, call_date, pg_temp.epoch(call_date), pg_temp.epoch(call_date) + seconds, seconds, status,
	phone_code, phone_number, coalesce(dated."user"::text, 'VDAD'), coalesce(campaign_id, ''),
	case when status = 'DROP' then 'ABANDON' when dated."user" is null then 'NONE' when id % 3 = 0 then 'CALLER' else 'AGENT' end,
	row_number() over (partition by lead_id order by pass)
from (
	select *, case status when 'NA' then 24 + pg_temp.pick(id, 'rings', 4) when 'AB' then 3 when 'ADC' then 4
		when 'AA' then 8 + pg_temp.pick(id, 'rings', 6) when 'DROP' then 5 + pg_temp.pick(id, 'rings', 4)
		else talk_sec + 3 + pg_temp.pick(id, 'rings', 3) end as seconds
	from dated
) dated
	join (select lead_id, list_id, phone_code, phone_number from vicidial_list) l using (lead_id);

insert into vicidial_agent_log
select
	row_number() over (order by event_time, "user"), "user", event_time, lead_id, campaign_id,
	epoch, pause_sec,
	epoch + pause_sec, wait_sec,
	case when lead_id is not null then epoch + pause_sec + wait_sec end, talk_sec,
	case when lead_id is not null and status <> 'INCALL' then epoch + pause_sec + wait_sec + talk_sec end,
	case when status = 'INCALL' then 0 else dispo_sec end,
	nullif(status, 'INCALL'), campaign_id, sub_status,
	case when dead_sec > 0 then epoch + pause_sec + wait_sec + talk_sec - dead_sec end, dead_sec,
	coalesce(uniqueid, '')
from (
	select agent_turn.*, pg_temp.epoch(event_time) as epoch, uniqueid
	from agent_turn
		left join (
			select campaign_id, n, uniqueid
			from call
				join vicidial_log using (campaign_id, lead_id)
			where handled and called_count = (select count(*) from call c where c.lead_id = call.lead_id and c.pass <= call.pass)
		) u using (campaign_id, n)
) t;

-- A web server's clock that is a few seconds behind gives times below zero,
-- which wrap: in a call's turn, and in one that is nothing but a pause.
update vicidial_agent_log set wait_sec = 65531
where agent_log_id = (select agent_log_id from vicidial_agent_log where "user" = '2001' and status = 'SALE' order by event_time limit 1);
insert into vicidial_agent_log (agent_log_id, "user", event_time, campaign_id, pause_epoch, pause_sec, user_group, sub_status)
select max(agent_log_id) + 1, '1002', timestamp '2025-03-05 14:40', 'SOLAR', pg_temp.epoch('2025-03-05 14:40'), 65533, 'SOLAR', 'LAGGED'
from vicidial_agent_log;

update vicidial_list set
	"user" = last."user",
	called_count = last.called_count,
	last_local_call_time = to_timestamp(start_epoch) at time zone 'UTC' + gmt_offset_now * interval '1 hour',
	status = case
		when last.status = 'CALLBK' and lead_id % 2 = 0 then 'CBHOLD'
		-- what quality control has said since
		when last.status = 'SALE' then (array['QCPASS', 'QCPASS', 'QCPASS', 'QCCANC', 'QCFAIL', 'SALE'])[1 + pg_temp.pick(lead_id, 'quality', 6)]
		else last.status
	end
from (
	select distinct on (lead_id) lead_id as called, "user", called_count, start_epoch, status
	from vicidial_log
	order by lead_id, called_count desc
) last
where lead_id = called;

drop table attempt, turn, call, agent_turn, dated;
analyze vicidial_lists, vicidial_list, vicidial_log, vicidial_agent_log, vicidial_statuses, vicidial_campaign_statuses;
