-- The views that KPIs are asked of: calls for what is a matter of calls, leads
-- for what is a matter of leads, agent_days for what is a matter of hours.

set search_path = vicidial, public;

-- THE constant to adapt: the zone that the server's clock is in. Where it is
-- wrong, call_date and start_epoch tell two different times.
create function server_zone() returns text
	language sql immutable parallel safe
	as $$ select 'America/New_York' $$;
comment on function server_zone() is 'the time zone of call_date, event_time and all of VICIdial''s times';

-- What the house's own statuses mean, and one that means something else in one
-- campaign; all the others are stock. kpi_unmapped() finds those that are missing.
insert into kpi_disposition (source, code, outcome, note) values
	('vicidial', 'QCPASS', 'validated_direct_sale', 'Sale that passed quality control'),
	('vicidial', 'QCCANC', 'cancelled_direct_sale', 'Sale cancelled since'),
	('vicidial/SOLAR', 'APPT', 'appointment', 'A visit is agreed'),
	('vicidial/SOLAR', 'XFER', 'appointment', 'The scheduling desk, which takes the call, makes an appointment of it'),
	('vicidial/SOLAR', 'RENTER', 'off_target', 'Does not own the house'),
	('vicidial/MEDSUP', 'HUNGUP', 'declined', 'Hung up before the offer'),
	('vicidial/MEDSUP', 'LANG', 'unusable', 'No common language');

create view turns as
select agent_log_id, "user" as agent, campaign_id, event_time, uniqueid, lead_id, status, sub_status,
	pause_sec * interval '1 second' as pause,
	wait_sec * interval '1 second' as wait,
	(talk_sec - least(dead_sec, talk_sec)) * interval '1 second' as talk,
	least(dead_sec, talk_sec) * interval '1 second' as dead,
	dispo_sec * interval '1 second' as dispo
from vicidial_agent_log
-- a time that went below zero has wrapped; which of the four is to be
-- trusted then is anybody's guess, and VICIdial's own reports drop the row too
where greatest(pause_sec, wait_sec, talk_sec, dispo_sec, dead_sec) < 65000;
comment on view turns is 'vicidial_agent_log with its times as intervals, without the rows whose times are impossible';
comment on column turns.talk is 'with the customer on the line';
comment on column turns.dead is 'in the call still, after the customer has hung up';

create view calls as
select
	uniqueid, lead_id, vicidial_log.campaign_id as campaign, vicidial_log.list_id as list,
	nullif(vicidial_log."user", 'VDAD') as agent,
	call_date at time zone server_zone() as called_at,
	call_date at time zone server_zone() at time zone (gmt_offset_now * interval '1 hour') as local_time,
	call_slot(call_date at time zone server_zone() at time zone (gmt_offset_now * interval '1 hour') at time zone 'UTC', 'UTC') as slot,
	vicidial_log.called_count as attempt,
	vicidial_log.status,
	-- a row of the call log is a call made, whatever its status says or lacks
	outcome 'attempted' | coalesce(disposition('vicidial/' || vicidial_log.campaign_id, vicidial_log.status), 'new') as outcome,
	talk, handle
from vicidial_log
	left join vicidial_list using (lead_id)
	-- a call that went through several agents has several turns
	left join (
		select uniqueid, lead_id, sum(talk) as talk, sum(dead + dispo) as handle
		from turns
		where lead_id is not null and uniqueid <> ''
		group by uniqueid, lead_id
	) t using (uniqueid, lead_id);
comment on view calls is 'one row per outbound call';
comment on column calls.agent is 'NULL where the call reached no agent';
comment on column calls.local_time is 'on the clock of the lead, by the hours that it is ahead of UTC now';
comment on column calls.slot is 'the hour of the day where the lead lives';
comment on column calls.outcome is 'what the call came to';
comment on column calls.talk is 'with the customer on the line; NULL where no agent had the call, or its times are impossible';
comment on column calls.handle is 'after the customer has hung up';

create view leads as
select
	lead_id, vicidial_lists.campaign_id as campaign, list_id as list, state,
	coalesce(attempts, 0) as attempts,
	-- all that its calls reached, and what the current status adds: quality
	-- control, do-not-call lists; the status alone forgets all calls but one
	coalesce(journey, 'new') | coalesce(disposition('vicidial/' || vicidial_lists.campaign_id, status), 'new') as outcome
from vicidial_list
	join vicidial_lists using (list_id)
	left join (
		select lead_id, count(*) as attempts, journey(outcome) as journey
		from calls
		group by lead_id
	) called using (lead_id);
comment on view leads is 'one row per lead';
comment on column leads.outcome is 'all that the lead''s calls came to, and its current status';

create view agent_days as
select agent, campaign, day, worked, talk, handle, wait, pause,
	coalesce(calls, 0) as calls, coalesce(contacts, 0) as contacts, coalesce(sales, 0) as sales
from (
	select agent, campaign_id as campaign, event_time::date as day,
		sum(pause + wait + talk + dead + dispo) as worked,
		sum(talk) as talk, sum(dead + dispo) as handle, sum(wait) as wait, sum(pause) as pause
	from turns
	group by agent, campaign_id, event_time::date
) t
	-- grouped to the same grain first: the join multiplies nothing
	full join (
		select agent, campaign, (called_at at time zone server_zone())::date as day,
			calls(outcome) as calls, contacts(outcome) as contacts, sales(outcome) as sales
		from calls
		where agent is not null
		group by agent, campaign, (called_at at time zone server_zone())::date
	) c using (agent, campaign, day);
comment on view agent_days is 'one row per agent, campaign and day on the server''s clock';
comment on column agent_days.worked is 'VICIdial''s login time: pause, wait, talk and disposition; NULL where the agent log has nothing';
comment on column agent_days.calls is 'calls that reached the agent';
comment on column agent_days.sales is 'sales that the agent made, whatever became of them';

create view pauses as
select agent, campaign_id as campaign, event_time::date as day, coalesce(sub_status, 'none given') as code, pause
from turns
where pause > interval '0';
comment on view pauses is 'one row per pause, whether or not a call followed in the same turn';
