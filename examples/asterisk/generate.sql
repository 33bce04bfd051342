-- Fills the tables: two outbound campaigns of four agents near Paris, who serve
-- both queues, on a Thursday, the Friday after, and the Monday after that, when
-- the clocks have been put back; some 320 calls to 180 numbers.
--
-- A script makes the calls through Local channels and puts whoever answers into
-- the campaign's queue.
--
-- The same rows on every machine and PostgreSQL version: nothing is drawn at
-- random, each "draw" is an md5 digest of a row's id and of what is drawn.

set search_path = asterisk, public;
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

-- What each call comes to, if it is made: the numbers are called from the first
-- to the last, then again, without those that have come to an end.

create temp table attempt as
select
	lead, pass, lead * 10 + pass as id,
	case when lead % 5 < 3 then 'energie' else 'mutuelle' end as campaign,
	-- numbers that France reserves for fiction
	case when lead % 3 = 0 then '019900' else '063998' end || lpad((lead * 7919 % 10000)::text, 4, '0') as number,
	case
		when pg_temp.draw(lead, 'dead') < 0.04 then 'FAILED'
		when ring < 0.33 then 'NO ANSWER'
		when ring < 0.37 then 'BUSY'
		when ring < 0.38 then 'CONGESTION'
		when ring < 0.44 then 'detected'	-- answered by a machine, which the script finds out
		when ring < 0.465 then 'abandoned'	-- answered, no agent was free in time
		else 'connected'
	end as result,
	-- the key that the agent presses; 0 is none
	(array[1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 5, 6, 7, 8, 0])[1 + pg_temp.pick(lead * 10 + pass, 'key', 20)] as key
from (
	select lead, pass, pg_temp.draw(lead * 10 + pass, 'ring') as ring
	from generate_series(1, 180) lead, generate_series(1, 4) pass
) a;

delete from attempt using (
	select lead, min(pass) as last_pass
	from attempt
	where result = 'FAILED' or result = 'connected' and key in (1, 3, 4, 6, 7, 8)
	group by lead
) ended
where attempt.lead = ended.lead and pass > last_pass;

-- The agents: a session in the morning and one in the afternoon, of seven
-- calls each.

create temp table shift as
select agent, extension, day, half, day + starts_at as starts_at, extension * 1000 + extract(day from day)::integer * 10 + half as id
from (values
		('Alice', 301, array[time '10:00', '14:30']), ('Karim', 302, array[time '10:00', '16:00']),
		('Nora', 303, array[time '11:00', '14:30']), ('Paul', 304, array[time '11:00', '17:15'])
	) a (agent, extension, starts)
	cross join (values (date '2025-10-23'), ('2025-10-24'), ('2025-10-27')) d (day)
	cross join unnest(starts) with ordinality h (starts_at, half);

create temp table turn as
select shift.*, place, id * 10 + place as turn_id,
	row_number() over (order by starts_at + place * interval '400 seconds', extension) as n
from shift, generate_series(1, 7) place;

create temp table call as
select *, count(*) filter (where result = 'connected') over (order by seq desc) as connected_from_here
from (
	select *, row_number() over (order by pass, lead) as seq,
		count(*) filter (where result = 'connected') over (order by pass, lead) as n
	from attempt
) a
-- the script stops when the last agent leaves
where n <= (select count(*) from turn) - case result when 'connected' then 0 else 1 end;

create temp table timed as
select *,
	sum(idle + hold + talk + wrap_up + coffee) over (partition by id order by place) - hold - talk - wrap_up - coffee as answered_after
from (
	select turn.*, call.id as call_id, key,
		90 + pg_temp.pick(turn_id, 'idle', 240) as idle,
		2 + pg_temp.pick(turn_id, 'hold', 9) as hold,
		seconds + pg_temp.pick(turn_id, 'talk', seconds) as talk,
		case when key in (0, 5) then 0 else 15 + pg_temp.pick(turn_id, 'noting', 40) end as wrap_up,
		case when place = 3 and half = 1 then 300 + pg_temp.pick(turn_id, 'coffee', 240) else 0 end as coffee
	from turn
		join call on call.n = turn.n and result = 'connected'
		cross join lateral (select case key when 1 then 420 when 2 then 45 when 3 then 110 when 4 then 25 when 5 then 10 when 6 then 20 when 7 then 50 else 40 end as seconds) s
) t;

create temp table dated as
select call.*, calldate + ring * interval '1 second' as answered_at,
	extract(epoch from calldate at time zone 'Europe/Paris')::bigint || '.' || (seq * 4) as linkedid
from (
	select call.*, agent, extension, hold, talk, wrap_up, coffee,
		coalesce(starts_at + (answered_after - ring) * interval '1 second',
			-- before the call that reached the next agent
			first_value(starts_at + answered_after * interval '1 second') over next_connected
				- (40 + 21 * (row_number() over next_connected - 1) + pg_temp.pick(call.id, 'before', 12)) * interval '1 second') as calldate
	from (select *, 5 + pg_temp.pick(id, 'rings', 20) as ring from call) call
		left join timed on call_id = call.id
	window next_connected as (partition by connected_from_here order by call.seq desc)
) call;

-- The records: the leg to the number, and one for each agent's telephone that
-- the queue rings.

insert into cdr
select calldate, '"" <0199000000>', '0199000000', dst, dcontext, channel, dstchannel, lastapp, lastdata, duration, billsec, disposition, 3,
	campaign, uniqueid, userfield, '', linkedid, row_number() over (order by calldate, linkedid, leg)
from (
	select 1 as leg, calldate, number as dst, 'campaign' as dcontext,
		format('Local/%s@campaign-%s;2', number, to_hex(seq)) as channel, 'PJSIP/trunk-' || to_hex(seq) as dstchannel,
		'Dial' as lastapp, format('PJSIP/%s@trunk,30', number) as lastdata,
		case when result in ('FAILED', 'CONGESTION') then 0 else ring + answered end as duration, answered as billsec,
		case when result in ('detected', 'abandoned', 'connected') then 'ANSWERED' else result end as disposition,
		campaign, extract(epoch from calldate at time zone 'Europe/Paris')::bigint || '.' || (seq * 4 + 1) as uniqueid, '' as userfield, linkedid
	from dated
		cross join lateral (select case result when 'detected' then 4 + pg_temp.pick(id, 'detected', 5)
			when 'abandoned' then 6 + pg_temp.pick(id, 'waited', 20) when 'connected' then hold + talk else 0 end as answered) a
	union all
	select 2, answered_at, campaign, 'campaign', format('Local/%s@campaign-%s;1', number, to_hex(seq)), '', 'Queue', campaign,
		waited, waited, 'ANSWERED', campaign, linkedid, '', linkedid
	from dated
		cross join lateral (select 6 + pg_temp.pick(id, 'waited', 20) as waited) w
	where result = 'abandoned'
	union all
	-- agents who did not pick up
	select 2 + other, answered_at, campaign, 'campaign', format('Local/%s@campaign-%s;1', number, to_hex(seq)),
		format('PJSIP/%s-%s', 301 + (extension - 301 + other) % 4, to_hex(seq * 4 + other)), 'Queue', campaign,
		hold, 0, 'NO ANSWER', campaign, linkedid, '', linkedid
	from dated, generate_series(1, 3) other
	where result = 'connected' and other <= pg_temp.pick(id, 'rang', 4) - 1
	union all
	select 9, answered_at, campaign, 'campaign', format('Local/%s@campaign-%s;1', number, to_hex(seq)),
		format('PJSIP/%s-%s', extension, to_hex(seq * 4)), 'Queue', campaign,
		hold + talk, talk, 'ANSWERED', campaign, linkedid, coalesce(nullif(key, 0)::text, ''), linkedid
	from dated
	where result = 'connected'
	union all
	-- what else a telephone system does: agents who listen to their mailboxes
	select 1, starts_at - interval '7 minutes', '*98', 'internal', format('PJSIP/%s-%s', extension, to_hex(id)), '', 'VoiceMailMain', extension::text,
		35, 35, 'ANSWERED', '', extract(epoch from (starts_at - interval '7 minutes') at time zone 'Europe/Paris')::bigint || '.' || (5000 + extension),
		'', extract(epoch from (starts_at - interval '7 minutes') at time zone 'Europe/Paris')::bigint || '.' || (5000 + extension)
	from shift
	where half = 1
) r;

-- The queue log.

insert into queue_log (time, callid, queuename, agent, event, data1, data2, data3)
select time, callid, queuename, agent, event, data1, data2, data3
from (
	select answered_at at time zone 'Europe/Paris' as time, 1 as step, linkedid as callid, campaign as queuename, 'NONE' as agent, 'ENTERQUEUE' as event,
		'' as data1, number as data2, '1' as data3
	from dated where result in ('abandoned', 'connected')
	union all
	select (answered_at + (6 + pg_temp.pick(id, 'waited', 20)) * interval '1 second') at time zone 'Europe/Paris', 2, linkedid, campaign, 'NONE', 'ABANDON',
		'1', '1', (6 + pg_temp.pick(id, 'waited', 20))::text
	from dated where result = 'abandoned'
	union all
	select (answered_at + hold * interval '1 second') at time zone 'Europe/Paris', 3, linkedid, campaign, agent, 'CONNECT', hold::text, linkedid, hold::text
	from dated where result = 'connected'
	union all
	select (answered_at + (hold + talk) * interval '1 second') at time zone 'Europe/Paris', 4, linkedid, campaign, agent,
		case when pg_temp.draw(id, 'who') < 0.55 then 'COMPLETECALLER' else 'COMPLETEAGENT' end, hold::text, talk::text, '1'
	from dated where result = 'connected'
	union all
	-- an agent pauses, and comes back, in both queues
	select (answered_at + (hold + talk) * interval '1 second') at time zone 'Europe/Paris', 5, 'NONE', queue, agent, 'PAUSE', 'wrapup', '', ''
	from dated, unnest(array['energie', 'mutuelle']) queue where wrap_up > 0
	union all
	select (answered_at + (hold + talk + wrap_up) * interval '1 second') at time zone 'Europe/Paris', 6, 'NONE', queue, agent, 'UNPAUSE', '', '', ''
	from dated, unnest(array['energie', 'mutuelle']) queue where wrap_up > 0
	union all
	select (answered_at + (hold + talk + wrap_up) * interval '1 second') at time zone 'Europe/Paris', 7, 'NONE', queue, agent, 'PAUSE', 'coffee', '', ''
	from dated, unnest(array['energie', 'mutuelle']) queue where coffee > 0
	union all
	select (answered_at + (hold + talk + wrap_up + coffee) * interval '1 second') at time zone 'Europe/Paris', 8, 'NONE', queue, agent, 'UNPAUSE', '', '', ''
	from dated, unnest(array['energie', 'mutuelle']) queue where coffee > 0
	union all
	select (starts_at - pg_temp.pick(id, 'early', 90) * interval '1 second') at time zone 'Europe/Paris', 0, 'NONE', 'NONE', agent, 'AGENTLOGIN',
		'PJSIP/' || extension, '', ''
	from shift
	union all
	select ends_at at time zone 'Europe/Paris', 9, 'NONE', 'NONE', agent, 'AGENTLOGOFF', 'PJSIP/' || extension,
		extract(epoch from ends_at - starts_at + pg_temp.pick(id, 'early', 90) * interval '1 second')::integer::text, ''
	from (
		select agent, extension, id, starts_at,
			starts_at + (max(answered_after + hold + talk + wrap_up) + 60 + pg_temp.pick(id, 'late', 300)) * interval '1 second' as ends_at
		from timed
		group by agent, extension, id, starts_at
	) s
	-- Nora's computer breaks down on the Friday afternoon
	where not (agent = 'Nora' and starts_at = '2025-10-24 14:30')
	union all
	-- Karim logs in on a second telephone, and uses both for half an hour
	select (timestamp '2025-10-23 16:20' + step * interval '15 minutes') at time zone 'Europe/Paris', step, 'NONE', 'NONE', 'Karim', event, 'PJSIP/312', data2, ''
	from (values (0, 'AGENTLOGIN', ''), (2, 'AGENTLOGOFF', '1800')) e (step, event, data2)
	union all
	-- Paul's telephone restarts on the Monday: a login, and no logoff before it
	select timestamptz '2025-10-27 11:31:12 Europe/Paris', 0, 'NONE', 'NONE', 'Paul', 'AGENTLOGIN', 'PJSIP/304', '', ''
) e
order by time, step, agent, queuename;

-- the session that Paul's last logoff tells the length of began with the restart
update queue_log set data2 = extract(epoch from time - timestamptz '2025-10-27 11:31:12 Europe/Paris')::integer::text
where agent = 'Paul' and event = 'AGENTLOGOFF' and time between '2025-10-27 11:31:12 Europe/Paris' and '2025-10-27 13:00 Europe/Paris';

drop table attempt, shift, turn, call, timed, dated;
analyze cdr, queue_log;
