-- The demo campaign's tables, as a call centre's reporting database has them:
-- the lists that were loaded, the dialer's call log with its raw codes, the
-- agents' days, and what the back office knows of appointments and orders.
--
-- Needs: create extension kpi.

create schema demo;
comment on schema demo is 'a generated telephone sales campaign, to try kpi on';

-- so that later sessions read: select closing_rate(outcome) from leads
do $$
begin
	execute format('alter database %I set search_path = demo, public', current_database());
end
$$;
set search_path = demo, public;

create table campaigns (
	campaign_id integer primary key,
	name text not null unique,
	starts_on date not null,
	ends_on date not null
);
comment on table campaigns is 'one row per campaign';

create table products (
	product_id integer primary key,
	campaign_id integer not null references campaigns,
	name text not null,
	price numeric(10, 2) not null
);
comment on table products is 'what a campaign sells';
comment on column products.price is 'list price before options, in euros without VAT';

create table regions (
	region text primary key,
	zone text not null
);
comment on table regions is 'where leads live';
comment on column regions.zone is 'time zone of the region: a lead is called in its own hours';

create table agents (
	agent_id integer primary key,
	name text not null,
	campaign_id integer not null references campaigns
);
comment on table agents is 'who calls, and for which campaign';

create table dispositions (
	code text primary key,
	outcome outcome not null,
	meaning text not null
);
comment on table dispositions is 'the dialer''s status codes, and the outcome that each stands for';

create table lead_list (
	lead_id integer primary key,
	campaign_id integer not null references campaigns,
	segment text not null,
	region text not null references regions,
	phone text not null,
	line text,
	loaded_on date not null,
	status text not null references dispositions
);
comment on table lead_list is 'the bought lists: one row per lead';
comment on column lead_list.segment is 'target segment';
comment on column lead_list.phone is 'a number of a range that France gives to no subscriber; one in 200 is cut short';
comment on column lead_list.line is 'mobile or fixed, as the list''s seller says; NULL where it does not';
comment on column lead_list.status is 'current code: that of the last call, NEW, DNCL before any call, MAX once all attempts are spent';

create table call_log (
	call_id integer primary key,
	lead_id integer not null references lead_list,
	agent_id integer references agents,
	called_at timestamptz not null,
	attempt smallint not null,
	status text not null references dispositions,
	reason text,
	talk interval,
	handle interval
);
comment on table call_log is 'the dialer''s log: one row per call';
comment on column call_log.agent_id is 'NULL where the dialer ended the call by itself';
comment on column call_log.attempt is 'first, second … call to this lead';
comment on column call_log.status is 'the dialer''s raw code';
comment on column call_log.reason is 'why the lead refused; NULL where the agent did not ask or there is no refusal';
comment on column call_log.talk is 'time in conversation; NULL where nobody and no machine answered';
comment on column call_log.handle is 'after-call work; NULL where there is none';

create table appointments (
	appointment_id integer primary key,
	lead_id integer not null unique references lead_list,
	call_id integer not null references call_log,
	visit_at timestamptz not null,
	status text not null check (status in ('planned', 'no-show', 'lost', 'sold'))
);
comment on table appointments is 'visits of a field seller that agents booked';

create table orders (
	order_id integer primary key,
	lead_id integer not null unique references lead_list,
	call_id integer not null references call_log,
	appointment_id integer references appointments,
	product_id integer not null references products,
	signed_on date not null,
	amount numeric(10, 2) not null,
	goods numeric(10, 2) not null,
	status text not null check (status in ('pending', 'validated', 'cancelled'))
);
comment on table orders is 'signed orders';
comment on column orders.call_id is 'the call that brought the appointment, or the sale';
comment on column orders.appointment_id is 'NULL for a sale made on the phone';
comment on column orders.amount is 'in euros without VAT';
comment on column orders.goods is 'what the goods, or the service, cost the seller, in euros without VAT';
comment on column orders.status is 'pending until validated, or cancelled within the withdrawal period';

create table agent_days (
	agent_id integer not null references agents,
	day date not null,
	worked interval not null,
	talk interval not null,
	handle interval not null,
	wait interval not null,
	pause interval not null,
	check (wait >= interval '0'),
	primary key (agent_id, day)
);
comment on table agent_days is 'one row per agent and day worked: worked = talk + handle + wait + pause';

create table agent_sessions (
	session_id integer primary key,
	agent_id integer not null references agents,
	during tstzrange not null
);
comment on table agent_sessions is 'when agents were logged in; some logged in twice at once';

create table costs (
	campaign_id integer not null references campaigns,
	kind text not null,
	month date not null,
	amount numeric(10, 2) not null,
	primary key (campaign_id, kind, month)
);
comment on table costs is 'what a campaign cost, goods apart: list, agents'' hours, telephone, visits, commissions; in euros without VAT';
