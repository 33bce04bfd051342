-- VICIdial's tables as they are replicated into PostgreSQL, with the columns
-- that KPIs need. DATETIME is timestamp, an ENUM of Y and N is text, unsigned
-- integers are one size wider. GOautodial has the same tables.
--
-- Needs: create extension kpi.

create schema vicidial;
comment on schema vicidial is 'a VICIdial server''s tables, and what kpi makes of them';

-- so that later sessions read: select contact_rate(outcome) from calls
do $$
begin
	execute format('alter database %I set search_path = vicidial, public', current_database());
end
$$;
set search_path = vicidial, public;

create table vicidial_lists (
	list_id bigint primary key,
	list_name text not null,
	campaign_id varchar(8) not null
);
comment on table vicidial_lists is 'the lists, and the campaign that calls each';

create table vicidial_list (
	lead_id bigint primary key,
	entry_date timestamp,
	status varchar(6),
	"user" varchar(20),
	list_id bigint not null references vicidial_lists,
	gmt_offset_now numeric(4, 2) default 0,
	phone_code varchar(10),
	phone_number varchar(18) not null,
	state varchar(2),
	called_count integer default 0,
	last_local_call_time timestamp
);
comment on table vicidial_list is 'one row per lead, in spite of its name';
comment on column vicidial_list.status is 'current status: the last call''s, or what the hopper, an import or the quality control set since';
comment on column vicidial_list.gmt_offset_now is 'hours that the lead''s clock is ahead of UTC now; VICIdial changes it when the clocks change';
comment on column vicidial_list.last_local_call_time is 'time of the last call, on the lead''s clock';

create table vicidial_log (
	uniqueid varchar(20) primary key,
	lead_id bigint not null,
	list_id bigint,
	campaign_id varchar(8),
	call_date timestamp,
	start_epoch bigint,
	end_epoch bigint,
	length_in_sec integer,
	status varchar(6),
	phone_code varchar(10),
	phone_number varchar(18),
	"user" varchar(20),
	user_group varchar(20),
	term_reason text default 'NONE',
	called_count integer default 0
);
comment on table vicidial_log is 'one row per outbound call';
comment on column vicidial_log.call_date is 'on the server''s clock, without a zone';
comment on column vicidial_log.length_in_sec is 'seconds from the dial, or from the answer, to the end: not a talk time';
comment on column vicidial_log.status is 'how the call ended; a campaign may use a code in a sense of its own';
comment on column vicidial_log."user" is 'the agent; VDAD where the dialer ended the call by itself';
comment on column vicidial_log.called_count is 'first, second ... call to this lead';

create table vicidial_agent_log (
	agent_log_id bigint primary key,
	"user" varchar(20),
	event_time timestamp,
	lead_id bigint,
	campaign_id varchar(8),
	pause_epoch bigint,
	pause_sec integer not null default 0,
	wait_epoch bigint,
	wait_sec integer not null default 0,
	talk_epoch bigint,
	talk_sec integer not null default 0,
	dispo_epoch bigint,
	dispo_sec integer not null default 0,
	status varchar(6),
	user_group varchar(20),
	sub_status varchar(6),
	dead_epoch bigint,
	dead_sec integer not null default 0,
	uniqueid varchar(20) default ''
);
comment on table vicidial_agent_log is 'one row per turn of an agent: pause, then wait, then talk, then disposition';
comment on column vicidial_agent_log.event_time is 'start of the turn on the server''s clock, without a zone';
comment on column vicidial_agent_log.lead_id is 'NULL where the turn was a pause and nothing else';
comment on column vicidial_agent_log.pause_sec is 'like all of them SMALLINT UNSIGNED in MySQL: a time below zero wraps to one near 65535';
comment on column vicidial_agent_log.talk_sec is 'with the customer on the line, and after: dead_sec is part of it';
comment on column vicidial_agent_log.dead_sec is 'the customer has hung up, the agent is still in the call';
comment on column vicidial_agent_log.status is 'NULL for a pause, and for a call that the agent never closed';
comment on column vicidial_agent_log.sub_status is 'code of the pause that the turn starts with, whether or not a call follows';

create table vicidial_statuses (
	status varchar(6) primary key,
	status_name varchar(30),
	human_answered text default 'N',
	sale text default 'N',
	customer_contact text default 'N',
	not_interested text default 'N',
	unworkable text default 'N'
);
comment on table vicidial_statuses is 'the statuses of all campaigns, with the flags that VICIdial''s own reports count by';

create table vicidial_campaign_statuses (
	status varchar(6) not null,
	status_name varchar(30),
	campaign_id varchar(8) not null,
	human_answered text default 'N',
	sale text default 'N',
	customer_contact text default 'N',
	not_interested text default 'N',
	unworkable text default 'N',
	primary key (campaign_id, status)
);
comment on table vicidial_campaign_statuses is 'the statuses of one campaign: a status of all campaigns may be here again, in another sense';
