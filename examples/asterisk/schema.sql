-- Asterisk's two tables in PostgreSQL: cdr, as its PostgreSQL backend wants it,
-- and queue_log, as Wazo has it.
--
-- Needs: create extension kpi.

create schema asterisk;
comment on schema asterisk is 'an Asterisk server''s tables, and what kpi makes of them';

-- so that later sessions read: select contact_rate(outcome) from calls
do $$
begin
	execute format('alter database %I set search_path = asterisk, public', current_database());
end
$$;
set search_path = asterisk, public;

create table cdr (
	calldate timestamp not null,
	clid varchar(80) not null,
	src varchar(80) not null,
	dst varchar(80) not null,
	dcontext varchar(80) not null,
	channel varchar(80) not null,
	dstchannel varchar(80) not null,
	lastapp varchar(80) not null,
	lastdata varchar(80) not null,
	duration integer not null,
	billsec integer not null,
	disposition varchar(45) not null,
	amaflags integer not null,
	accountcode varchar(20) not null,
	uniqueid varchar(150) not null,
	userfield varchar(255) not null,
	peeraccount varchar(20) not null,
	linkedid varchar(150) not null,
	sequence integer not null
);
create index on cdr (linkedid);
comment on table cdr is 'call detail records: one per pair of channels, so several per call';
comment on column cdr.calldate is 'on the server''s clock, without a zone';
comment on column cdr.duration is 'seconds from the dial to the end';
comment on column cdr.billsec is 'seconds from the answer to the end, whatever answered';
comment on column cdr.disposition is 'of this pair of channels; ANSWERED also for a mailbox';
comment on column cdr.accountcode is 'here: the campaign';
comment on column cdr.userfield is 'here: the key that the agent pressed after the call, set by the dialplan; empty where none';
comment on column cdr.linkedid is 'uniqueid of the call''s first channel: the same in all rows of a call';

create table queue_log (
	id serial primary key,
	time timestamptz not null,
	callid varchar(80) not null,
	queuename varchar(256) not null,
	agent text not null,
	event varchar(20) not null,
	data1 text not null default '',
	data2 text not null default '',
	data3 text not null default '',
	data4 text not null default '',
	data5 text not null default ''
);
create index on queue_log (agent, time);
create index on queue_log (callid);
comment on table queue_log is 'what happened in the queues, and to their agents';
comment on column queue_log.callid is 'uniqueid of the channel that waits; NONE where no call is concerned';
comment on column queue_log.data1 is 'the event''s parameters, all of them text: CONNECT hold|channel|ring, COMPLETEAGENT and COMPLETECALLER hold|talk|position, BLINDTRANSFER extension|context|hold|talk|position, ATTENDEDTRANSFER how|what|hold|talk|position, ABANDON position|first position|wait, AGENTLOGIN channel, AGENTLOGOFF channel|seconds, PAUSE and UNPAUSE reason';
