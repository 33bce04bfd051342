-- Fills the tables: a software house of four sellers, its calls and its
-- opportunities from January to May 2025, as of 30 June; 170 companies, some of
-- which were entered twice, some 200 opportunities and 550 calls.
--
-- The same rows on every machine and PostgreSQL version: nothing is drawn at
-- random, each "draw" is an md5 digest of a row's id and of what is drawn.

set search_path = crm, public;
set timezone = 'UTC';
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

-- some time of a working day, from 9 to 18 on the clocks of a zone
create function pg_temp.office_hour(near timestamptz, zone text, id bigint, what text) returns timestamptz
	language sql stable
	as $$
		select (date_trunc('day', near at time zone zone) + (array[0, 0, 0, 0, 0, 2, 1])[extract(isodow from near at time zone zone)::integer] * interval '1 day'
			+ (9 * 60 + pg_temp.pick(id, what, 9 * 60)) * interval '1 minute') at time zone zone
	$$;

-- accounts 171 to 186 are companies that are there already
create temp table account as
select n, company, 'A' || lpad(n::text, 4, '0') as account_id,
	(array['Alpha', 'Bright', 'Cedar', 'Delta', 'Ember', 'Falcon', 'Garnet', 'Harbour', 'Ivory', 'Juniper', 'Keystone', 'Lumen',
		'Maple', 'North', 'Orchid', 'Pioneer', 'Quartz'])[1 + company % 17] as first,
	(array['Logistics', 'Foods', 'Systems', 'Studios', 'Medical', 'Textiles', 'Energy', 'Partners', 'Tools', 'Hotels'])[1 + company / 17] as second
from (select n, case when n <= 170 then n - 1 else (n * 10) % 170 end as company from generate_series(1, 186) n) a;

insert into accounts
select account_id,
	first || ' ' || case when n <= 170 then second else upper(second) || ' Ltd' end,
	case
		when n % 29 = 3 and n <= 170 then null		-- nobody knows
		when n > 170 or company % 3 = 1 then 'www.' || initcap(first) || '-' || second || '.example'
		when company % 3 = 0 then 'https://' || lower(first || '-' || second) || '.example/'
		else lower(first || '-' || second) || '.example'
	end,
	pg_temp.office_hour(timestamptz '2025-01-06 08:00 UTC' + (n * 16) * interval '1 hour', 'Europe/Paris', n, 'entered'),
	(array['europe_slash_paris', 'europe_slash_paris', 'europe_slash_london', 'america_slash_new_york'])[1 + company % 4]
from account;

insert into opportunities
select
	'O' || lpad(row_number() over (order by created_at, account_id, nth)::text, 4, '0'), account_id, name,
	stage_name,
	case when stage_name not in ('Prospecting', 'Qualification') or pg_temp.draw(id, 'guess') < 0.5
		then round((900 + 100 * pg_temp.pick(id, 'amount', 130)) * (1 + pg_temp.pick(id, 'size', 3)), 2) end,
	case when stage_name like '%Closed%' or stage_name like 'Won%' then (created_at at time zone 'Europe/Paris')::date + 14 + pg_temp.pick(id, 'cycle', 18)
		else date '2025-07-01' + pg_temp.pick(id, 'hope', 90) end,
	created_at,
	owner,
	(array['Web', 'Web', 'Web', 'Cold call', 'Cold call', 'Cold call', 'Referral', 'Trade show', null])[1 + pg_temp.pick(company, 'source', 9)]
from (
	select o.*,
		-- one seller wins more than the others, one less
		case
			when owner = 'Sami' and drawn = 'Closed Lost' and pg_temp.draw(id, 'skill') < 0.6 then 'Won - Live'
			when owner = 'Emma' and drawn = 'Closed Won' and pg_temp.draw(id, 'skill') < 0.6 then 'Closed Lost'
			else drawn
		end as stage_name
	from (
		select account_id, company, nth, n * 10 + nth as id,
			first || ' ' || (array['licence', 'extension'])[nth] as name,
			(array['Prospecting', 'Qualification', 'Qualification', 'Needs Analysis', 'Needs Analysis', 'Proposal/Price Quote', 'Negotiation/Review',
				'Verbal Agreement', 'Closed Won', 'Closed Won', 'Won - Live', 'Won - Live', 'Won - Live', 'Won - Cancelled',
				'Closed Lost', 'Closed Lost', 'Closed Lost', 'Closed Lost', 'Closed Lost', 'Closed Lost', 'Closed Lost'])[1 + pg_temp.pick(n * 10 + nth, 'stage', 21)] as drawn,
			(array['Emma', 'Emma', 'Hugo', 'Hugo', 'Hugo', 'Lena', 'Lena', 'Sami'])[1 + pg_temp.pick(n * 10 + nth, 'owner', 8)] as owner,
			pg_temp.office_hour(created_at + (9 * (nth - 1) + 1 + pg_temp.pick(n * 10 + nth, 'opened', 8)) * interval '1 day',
				'Europe/Paris', n * 10 + nth, 'opened at') as created_at
		from account
			join accounts using (account_id)
			cross join generate_series(1, 2) nth
		where case nth when 1 then pg_temp.draw(n, 'interest') < 0.9 else pg_temp.draw(n, 'more') < 0.2 end
	) o
) o;

insert into meetings
select row_number() over (order by created_at, opportunity_id, nth), opportunity_id,
	-- a planned meeting is one to come
	date_trunc('hour', pg_temp.office_hour(case status when 'planned' then timestamptz '2025-07-01 UTC' + pg_temp.pick(id, 'planned', 20) * interval '1 day'
		else created_at + (5 * nth - 2) * interval '1 day' end, 'Europe/Paris', id, 'meeting at' || nth)),
	status
from (
	select opportunity_id, created_at, substr(opportunity_id, 2)::integer as id, stage_name, pg_temp.draw(substr(opportunity_id, 2)::integer, 'meeting') as meeting
	from opportunities
) o
	cross join lateral (
		-- one that was not kept, then one that was; or one alone
		select nth, status from unnest(case
			when stage_name = 'Prospecting' then null
			when stage_name = 'Qualification' then case when meeting < 0.4 then array['planned'] end
			when stage_name = 'Needs Analysis' then case when meeting < 0.5 then array['held'] when meeting < 0.9 then array['planned'] end
			when stage_name = 'Closed Lost' then case when meeting < 0.42 then array['held'] when meeting < 0.5 then array['no-show', 'held'] when meeting < 0.66 then array['no-show'] end
			when meeting < 0.65 then array['held']
			when meeting < 0.82 then array['held', 'held']
			when stage_name in ('Proposal/Price Quote', 'Negotiation/Review') then array['planned']
		end) with ordinality m (status, nth)
	) m;

insert into hubspot_calls
select
	9000000 + row_number() over (order by called_at, account_id), account_id, owner, called_at,
	case outcome
		when 'Busy' then '9d9162e7-6cf3-4944-bf63-4dff82258764'
		-- the telephone system writes labels
		when 'Connected' then case when id % 7 = 0 then 'Connected' else 'f240bbac-87c9-4f6e-bf70-924b57d47db7' end
		when 'Left live message' then 'a4c4c377-d246-4b32-a13b-75a56a4cd0ff'
		when 'Left voicemail' then 'b2cf5968-551e-4856-9783-52b3da59a7d0'
		when 'No answer' then case when id % 7 = 0 then 'No answer' else '73a0d17f-1163-4015-bdd5-ec830791da20' end
		when 'Wrong number' then '17b47fee-58de-441e-a44c-c6300d46f273'
		-- the house's own
		when 'Not qualified' then '5f2c0e5a-0d5b-4c3e-9b52-7f1f6d1a0c11'
	end,
	case when pg_temp.draw(id, 'hand') < 0.1 then null else milliseconds + pg_temp.pick(id, 'duration', milliseconds) end,
	case outcome when 'No answer' then 'NO_ANSWER' when 'Busy' then 'BUSY' else 'COMPLETED' end
from (
	select account_id, nth, n * 10 + nth as id,
		(array['Emma', 'Hugo', 'Hugo', 'Lena', 'Sami'])[1 + pg_temp.pick(n, 'caller', 5)] as owner,
		pg_temp.office_hour(created_at + nth * interval '1 day', replace(hs_timezone, '_slash_', '/'), n * 10 + nth, 'called at')
			+ pg_temp.pick(n * 10 + nth, 'second', 60) * interval '1 second' as called_at,
		what.outcome,
		case what.outcome when 'Connected' then 95000 when 'Left voicemail' then 17000 when 'Left live message' then 30000 when 'Wrong number' then 14000
			when 'Not qualified' then 60000 else 9000 end as milliseconds
	from account
		join accounts using (account_id)
		cross join generate_series(1, 5) nth
		cross join lateral (
			select (array['No answer', 'No answer', 'No answer', 'No answer', 'No answer', 'Left voicemail', 'Left voicemail', 'Left voicemail', 'Left voicemail', 'Busy',
				'Left live message', 'Left live message', 'Connected', 'Connected', 'Connected', 'Connected', 'Connected', 'Wrong number', 'Not qualified', null])[1 + pg_temp.pick(n * 10 + nth, 'call', 20)] as outcome
		) what
	where nth <= 1 + pg_temp.pick(n, 'calls', 5)
) c;

drop table account;
analyze accounts, opportunities, meetings, hubspot_calls;
