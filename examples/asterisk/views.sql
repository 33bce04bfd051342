-- The views that KPIs are asked of: calls for what is a matter of calls, leads
-- for what is a matter of leads, agent_days for what is a matter of hours.

set search_path = asterisk, public;

-- THE constant to adapt: the zone that the server's clock is in. The part of a
-- uniqueid before the dot is the same moment in seconds since 1970, so that the
-- two tell whether this is right. Where cdr.conf says usegmtime=yes, it is UTC.
create function server_zone() returns text
	language sql immutable parallel safe
	as $$ select 'Europe/Paris' $$;
comment on function server_zone() is 'the time zone of cdr.calldate';

-- What the keys mean that the agents press after a call: a source of the
-- house's own.
insert into kpi_disposition (source, code, outcome, note) values
	('wrap-up', '1', 'direct_sale', 'Sold'),
	('wrap-up', '2', 'callback', 'To be called back'),
	('wrap-up', '3', 'refused', 'Refused the offer'),
	('wrap-up', '4', 'declined', 'Refused to talk'),
	('wrap-up', '5', 'machine', 'It was a mailbox'),
	('wrap-up', '6', 'wrong_party', 'It was somebody else'),
	('wrap-up', '7', 'off_target', 'Has no use for the offer'),
	('wrap-up', '8', 'do_not_call', 'Asked not to be called again');

-- A call that an agent has passed on after a word with a colleague: the second
-- agent's conversation stands under the callid of the first one's own call to
-- the second queue, and so may the first one's ATTENDEDTRANSFER.
create view conversations as
with event as (
	select *,
		max(id) filter (where event = 'CONNECT') over (partition by agent, callid order by time, id) as of_call,
		max(id) filter (where event = 'CONNECT') over (partition by agent, queuename order by time, id) as of_queue
	from queue_log
	where event in ('CONNECT', 'COMPLETEAGENT', 'COMPLETECALLER', 'BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER')
),
ended as (
	select distinct on (connect_id) *
	from (
		select callid, time, id, coalesce(of_call, case when event = 'ATTENDEDTRANSFER' then of_queue end) as connect_id,
			-- hold, talk and position are the last of each event's parameters
			(regexp_match(rtrim(concat_ws('|', data1, data2, data3, data4, data5), '|'), '([0-9]+)\|[0-9]+$'))[1]::integer as seconds
		from event
		where event <> 'CONNECT'
	) e
	where connect_id is not null
	order by connect_id, time, id
),
consultation as (
	select distinct on (ended.callid) ended.callid, connect.callid as of_callid
	from ended
		join queue_log connect on connect.id = connect_id
	where ended.callid <> connect.callid
	order by ended.callid, connect.id
),
channel as (
	select uniqueid, min(linkedid) as linkedid
	from cdr
	group by uniqueid
)
select
	coalesce(linkedid, of_callid, connect.callid) as linkedid, connect.callid,
	of_callid is not null or linkedid <> connect.callid as consultation,
	connect.agent, connect.queuename as queue, connect.time as connected_at,
	nullif(connect.data1, '')::integer * interval '1 second' as hold,
	seconds * interval '1 second' as talk
from event connect
	left join ended on ended.connect_id = connect.id
	left join consultation on consultation.callid = connect.callid
	left join channel on uniqueid = coalesce(of_callid, connect.callid)
where event = 'CONNECT';
comment on view conversations is 'one row per agent who took a call: several where agents passed it on';
comment on column conversations.linkedid is 'of the call that it belongs to';
comment on column conversations.consultation is 'it began as a call from one agent to the next, about the call';
comment on column conversations.hold is 'how long whoever waited did so';
comment on column conversations.talk is 'until the call ended or was passed on, the word with the colleague included; NULL where the queue log does not tell';

create view calls as
select
	linkedid, number, campaign, agent,
	calldate at time zone server_zone() as called_at,
	call_slot(calldate at time zone server_zone(), server_zone()) as slot,
	-- what the agent says, or that nobody was there to take the call, comes
	-- before what the network says: ANSWERED is a mailbox often enough
	coalesce(
		disposition('wrap-up', wrap_up),
		case when abandoned then outcome 'abandoned' end,
		network) as outcome,
	hold, talk
from (
	select coalesce(call.linkedid, cdr.linkedid) as linkedid,
		min(calldate) as calldate,
		(array_agg(dst order by sequence))[1] as number,
		(array_agg(accountcode order by sequence))[1] as campaign,
		(array_agg(userfield order by sequence desc) filter (where userfield <> ''))[1] as wrap_up,
		-- the agents' telephones that rang and were not picked up are records too
		furthest(disposition('asterisk_cdr', disposition)) as network
	from cdr
		-- an agent's word with the next one is a part of the call
		left join (select distinct callid, linkedid from conversations where consultation) call on call.callid = cdr.linkedid
	-- the telephone system's other calls are none of the campaigns'
	where dcontext = 'campaign'
	group by coalesce(call.linkedid, cdr.linkedid)
) c
	left join (
		select linkedid,
			(array_agg(agent order by connected_at desc))[1] as agent,
			-- whoever answered does not wait for an agent meanwhile
			sum(hold) filter (where not consultation) as hold,
			sum(talk) as talk
		from conversations
		group by linkedid
	) q using (linkedid)
	left join (
		select callid as linkedid, true as abandoned
		from queue_log
		where event = 'ABANDON'
		group by callid
	) a using (linkedid);
comment on view calls is 'one row per call, of however many records';
comment on column calls.number is 'the number that was called';
comment on column calls.agent is 'who took the call, the last where several did; NULL where nobody did';
comment on column calls.slot is 'the hour of the day';
comment on column calls.outcome is 'what the call came to: answered, and no more, where no agent pressed a key';
comment on column calls.hold is 'how long whoever answered waited for an agent; NULL where no agent came';
comment on column calls.talk is 'with agents; NULL where there was none, or the queue log does not tell';

create view leads as
select number, campaign, count(*) as attempts, journey(outcome) as outcome
from calls
group by number, campaign;
comment on view leads is 'one row per number called: Asterisk knows no list, so what was never called is not here';

create view sessions as
select agent, data1 as channel, login.time as from_time, until, not logged_off as open, tstzrange(login.time, until) as during
from queue_log login
	cross join lateral (
		select min(time) as next_time, coalesce((array_agg(event order by time, id))[1] = 'AGENTLOGOFF', false) as logged_off
		from queue_log next
		where next.agent = login.agent and next.data1 = login.data1 and next.event in ('AGENTLOGIN', 'AGENTLOGOFF')
			and (next.time, next.id) > (login.time, login.id)
	) n
	-- a session whose logoff was never written has lasted, as far as anybody
	-- knows, until the agent's last sign of life before the next login
	cross join lateral (
		select case when logged_off then next_time else max(time) end as until
		from queue_log sign
		where sign.agent = login.agent and sign.time >= login.time and (next_time is null or sign.time < next_time)
	) u
where event = 'AGENTLOGIN';
comment on view sessions is 'one row per login of an agent on a channel; two may run at once';
comment on column sessions.open is 'no logoff was written: the session lasts until the agent''s last event, or longer';

create view pauses as
select pause.agent, queuename as queue, data1 as reason, pause.time as from_time, tstzrange(pause.time, until) as during
from queue_log pause
	-- until the return to that queue, or the end of the session
	cross join lateral (
		select coalesce(least(
			(select min(time) from queue_log next where next.agent = pause.agent and next.queuename = pause.queuename
				and next.event = 'UNPAUSE' and (next.time, next.id) > (pause.time, pause.id)),
			(select max(until) from sessions where sessions.agent = pause.agent and pause.time between from_time and until)),
			pause.time) as until
	) u
where event = 'PAUSE';
comment on view pauses is 'one row per pause in a queue: an agent of two queues pauses in both at once';

create view agent_days as
select agent, day, worked, talk, handle, pause, coalesce(open_sessions, 0) as open_sessions,
	coalesce(calls, 0) as calls, coalesce(contacts, 0) as contacts, coalesce(sales, 0) as sales
from (
	-- cut at midnight; what overlaps counts once
	select agent, midnight::date as day,
		worked_time(during * tstzrange(midnight at time zone server_zone(), (midnight + interval '1 day') at time zone server_zone())) as worked,
		count(*) filter (where open) as open_sessions
	from sessions,
		generate_series(date_trunc('day', from_time at time zone server_zone()), until at time zone server_zone(), interval '1 day') midnight
	group by agent, midnight
) s
	full join (
		select agent, (from_time at time zone server_zone())::date as day,
			worked_time(during) filter (where reason = 'wrapup') as handle,
			worked_time(during) filter (where reason <> 'wrapup') as pause
		from pauses
		group by agent, (from_time at time zone server_zone())::date
	) p using (agent, day)
	full join (
		select agent, (connected_at at time zone server_zone())::date as day, sum(talk) as talk
		from conversations
		group by agent, (connected_at at time zone server_zone())::date
	) t using (agent, day)
	full join (
		select agent, (called_at at time zone server_zone())::date as day,
			calls(outcome) as calls, contacts(outcome) as contacts, sales(outcome) as sales
		from calls
		where agent is not null
		group by agent, (called_at at time zone server_zone())::date
	) c using (agent, day);
comment on view agent_days is 'one row per agent and day; an agent''s hours belong to no queue, because agents sit in several at once';
comment on column agent_days.worked is 'logged in, on however many telephones; NULL where the queue log has no login';
comment on column agent_days.talk is 'in all conversations, those included of calls that another agent ended, who has their result';
comment on column agent_days.handle is 'after-call work: pauses with the reason wrapup';
comment on column agent_days.open_sessions is 'sessions without a logoff, whose time is a minimum';
