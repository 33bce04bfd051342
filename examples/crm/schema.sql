-- A CRM's tables as they are replicated into PostgreSQL: accounts,
-- opportunities and meetings as Salesforce has them (SuiteCRM's and EspoCRM's
-- differ in names only), and calls as HubSpot has them.
--
-- Needs: create extension kpi.

create schema crm;
comment on schema crm is 'a CRM''s tables, and what kpi makes of them';

-- so that later sessions read: select closing_rate(outcome) from deals
do $$
begin
	execute format('alter database %I set search_path = crm, public', current_database());
end
$$;
set search_path = crm, public;

create table accounts (
	account_id text primary key,
	name text not null,
	website text,
	created_at timestamptz not null,
	hs_timezone text not null
);
comment on table accounts is 'companies; one that was entered twice is here twice';
comment on column accounts.website is 'as people type it';
comment on column accounts.hs_timezone is 'the company''s time zone as HubSpot writes it: europe_slash_paris';

create table opportunities (
	opportunity_id text primary key,
	account_id text not null references accounts,
	name text not null,
	stage_name text not null,
	amount numeric(18, 2),
	close_date date not null,
	created_at timestamptz not null,
	owner text not null,
	lead_source text
);
comment on table opportunities is 'one row per opportunity, open or closed';
comment on column opportunities.stage_name is 'current stage; Closed Lost does not say at which stage it was lost';
comment on column opportunities.amount is 'in euros without VAT: a hope as long as the opportunity is open';
comment on column opportunities.close_date is 'when it was closed; expected to be, as long as it is open';

create table meetings (
	meeting_id integer primary key,
	opportunity_id text not null references opportunities,
	starts_at timestamptz not null,
	status text not null check (status in ('planned', 'held', 'no-show'))
);
comment on table meetings is 'appointments: an opportunity may have several';

create table hubspot_calls (
	hs_object_id bigint primary key,
	account_id text not null references accounts,
	owner text not null,
	hs_timestamp timestamptz not null,
	hs_call_disposition text,
	hs_call_duration bigint,
	hs_call_status text not null
);
comment on table hubspot_calls is 'one row per call that was logged';
comment on column hubspot_calls.hs_timestamp is 'HubSpot sends milliseconds since 1970, or UTC';
comment on column hubspot_calls.hs_call_disposition is 'a GUID, or a label where another program wrote it; NULL where nobody chose one';
comment on column hubspot_calls.hs_call_duration is 'in MILLISECONDS, ringing and mailboxes included; NULL where the call was logged by hand';
comment on column hubspot_calls.hs_call_status is 'what the telephone says: COMPLETED also for a mailbox';
