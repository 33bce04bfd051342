-- The views that KPIs are asked of: deals for what is a matter of
-- opportunities, leads for what is a matter of companies, calls for what is a
-- matter of calls. There is no view of agents' days: a CRM does not know how
-- long anybody worked.

set search_path = crm, public;

insert into kpi_disposition (source, code, outcome, note) values
	-- stages that the house has added
	('salesforce', 'Verbal Agreement', 'appointment', 'Agreed, not signed'),
	('salesforce', 'Won - Live', 'validated_sale', 'The contract runs'),
	('salesforce', 'Won - Cancelled', 'cancelled_sale', 'Withdrawn after the signature'),
	-- a stage says how far the sale is, not that anybody met: the same stages
	-- where no meeting was held
	('salesforce/not met', 'Needs Analysis', 'argued', 'No meeting held yet'),
	('salesforce/not met', 'Value Proposition', 'argued', 'No meeting held yet'),
	('salesforce/not met', 'Id. Decision Makers', 'argued', 'No meeting held yet'),
	('salesforce/not met', 'Perception Analysis', 'argued', 'No meeting held yet'),
	('salesforce/not met', 'Proposal/Price Quote', 'argued', 'No meeting held yet'),
	('salesforce/not met', 'Negotiation/Review', 'argued', 'No meeting held yet'),
	('salesforce/not met', 'Verbal Agreement', 'argued', 'No meeting held yet'),
	('salesforce/not met', 'Closed Won', 'direct_sale', 'Sold without a meeting'),
	('salesforce/not met', 'Won - Live', 'validated_direct_sale', 'Sold without a meeting'),
	('salesforce/not met', 'Won - Cancelled', 'cancelled_direct_sale', 'Sold without a meeting, withdrawn since'),
	('salesforce/not met', 'Closed Lost', 'refused', 'Lost without a meeting'),
	-- and where one was agreed and the buyer did not come
	('salesforce/not met/no-show', 'Closed Lost', 'no_show', 'Lost after a meeting that was not kept'),
	-- an outcome of calls that the house has added to its portal
	('hubspot', '5f2c0e5a-0d5b-4c3e-9b52-7f1f6d1a0c11', 'off_target', 'Not qualified: not in the target');

create view companies as
select account_id, name,
	-- people type https://www.Name.example/ and name.example
	coalesce(lower(regexp_replace(website, '^(https?://)?(www\.)?([^/]+).*$', '\3', 'i')), account_id) as company,
	replace(replace(hs_timezone, '_slash_', '/'), '_hyphen_', '-') as zone
from accounts;
comment on view companies is 'one row per account, with the company that it is: accounts with the same web site are one';

create view deals as
select
	opportunity_id, company, owner, lead_source, stage_name, created_at, close_date, outcome, amount,
	case when reached(outcome, 'sale') and not reached(outcome, 'cancelled') then amount end as signed
from opportunities
	join companies using (account_id)
	-- grouped first: an opportunity with two meetings is one opportunity
	left join (
		select opportunity_id, bool_or(status = 'held') as held, bool_or(status = 'no-show') as no_show
		from meetings
		group by opportunity_id
	) m using (opportunity_id)
	cross join lateral (
		select disposition('salesforce' || case when held then '' when no_show then '/not met/no-show' else '/not met' end, stage_name) as outcome
	) d;
comment on view deals is 'one row per opportunity';
comment on column deals.outcome is 'what it has come to; an appointment is a meeting that was held, or missed and lost';
comment on column deals.amount is 'of an open opportunity too: add up signed, not this';
comment on column deals.signed is 'amount of a sale that was not cancelled; NULL otherwise';

create view calls as
select
	hs_object_id, company, owner, hs_timestamp as called_at,
	call_slot(hs_timestamp, zone) as slot,
	-- a call without an outcome is a call all the same
	outcome 'attempted' | coalesce(disposition('hubspot', hs_call_disposition), 'new') as outcome,
	-- a ring and a mailbox have a duration too, and are no talk
	case when reached(disposition('hubspot', hs_call_disposition), 'answered') then hs_call_duration * interval '1 millisecond' end as talk
from hubspot_calls
	join companies using (account_id);
comment on view calls is 'one row per call that was logged';
comment on column calls.slot is 'the hour of the day where the company is';
comment on column calls.talk is 'NULL where nobody picked up, and where the call was logged by hand';

create view leads as
select
	company, lead_source, coalesce(calls, 0) as calls, coalesce(deals, 0) as deals, signed,
	coalesce(c.outcome, 'new') | coalesce(d.outcome, 'new') as outcome
from (select distinct company from companies) companies
	left join (
		select company, count(*) as calls, journey(outcome) as outcome
		from calls
		group by company
	) c using (company)
	left join (
		select company, count(*) as deals, journey(outcome) as outcome, sum(signed) as signed,
			(array_agg(lead_source order by created_at))[1] as lead_source
		from deals
		group by company
	) d using (company);
comment on view leads is 'one row per company, however often it was entered';
comment on column leads.lead_source is 'of the first opportunity; NULL where there is none, or nobody noted it';
comment on column leads.signed is 'of all its sales that were not cancelled';
