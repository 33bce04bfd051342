-- Worked examples that others have published, at full precision: what kpi gives
-- is the exact quotient, and what they printed is that, rounded or cut.
--
-- What they printed may be cut off rather than rounded; the last column says
-- so. Left out is what is no KPI of a campaign: how many more agents an
-- occupancy target takes (injixo: 1 / 0.83).

BEGIN;
SET client_min_messages = warning;
SELECT * FROM no_plan();

-- n rows that came to one thing, and then m that came to another
CREATE FUNCTION pg_temp.rows(n int, this outcome, m int, that outcome)
RETURNS TABLE (lead int, outcome outcome) LANGUAGE sql AS
	$$ SELECT i, CASE WHEN i <= $1 THEN $2 ELSE $4 END FROM generate_series(1, $1 + $3) i $$;

CREATE TEMP TABLE published (source text, got numeric, exact numeric, printed numeric, digits int, cut boolean DEFAULT false);

-- A rate is compared as the double precision that it is: its shortest text
-- that reads back, which PostgreSQL prints, is the same only for the same bits.
CREATE FUNCTION pg_temp.digits(double precision) RETURNS numeric LANGUAGE sql AS $$ SELECT $1::text::numeric $$;
CREATE FUNCTION pg_temp.digits(numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT round($1, 15) $$;

INSERT INTO published (source, got, exact, printed, digits) VALUES
	-- Occupancy

	-- callofsuccess.com, le taux d'occupation des conseillers: of 47 minutes worked
	-- 41 are production, and 35 productive; it defines the second and prints the first
	('Call Of Success, production', (SELECT pg_temp.digits(occupancy(interval '41 min', interval '0', interval '47 min'))),
		0.8723404255319149, 0.87, 2),
	('Call Of Success, productive', (SELECT pg_temp.digits(occupancy(interval '35 min', interval '0', interval '47 min'))),
		0.7446808510638298, NULL, 0),
	-- fonolo.com, demystifying occupancy: 45 minutes of 60
	('Fonolo', (SELECT pg_temp.digits(occupancy(40 * 60, 5 * 60, 60 * 60))), 0.75, 0.75, 2),
	-- callcentrehelper.com, forum on utilisation: an agent is free for 32 of the 440
	-- minutes of a shift of 8 hours less 40 minutes; what is not free is occupied
	('Call Centre Helper, availability', (SELECT pg_temp.digits((1 - occupancy(408, 0, 440))::numeric)),
		0.072727272727273, 0.07, 2),

	-- Contact rates: the same word over leads and over dials

	-- convoso.com, connection rate vs contact rate: 20 of 200 leads, each called thrice here
	('Convoso, leads', (SELECT pg_temp.digits(lead_contact_rate(CASE WHEN call = 2 THEN outcome ELSE 'no_answer' END, lead))
			FROM pg_temp.rows(20, 'callback', 180, 'machine'), generate_series(1, 3) call),
		0.1, 0.10, 2),
	-- verirouteintel.com, improving contact rates: 1,500 of 10,000 dials
	('VeriRoute, dials', (SELECT pg_temp.digits(contact_rate(outcome)) FROM pg_temp.rows(1500, 'refused', 8500, 'no_answer')),
		0.15, 0.15, 2),
	-- a French sheet of sales ratios, "productivité du fichier": 240 contacts of 300 leads
	('Ratios, contacts per lead', (SELECT pg_temp.digits(contact_rate(outcome)) FROM pg_temp.rows(240, 'refused', 60, 'exhausted')),
		0.8, 0.80, 2),

	-- Conversion and closing

	-- the same sheet, "productivité globale": 15 orders of 300 leads
	('Ratios, sales per lead', (SELECT pg_temp.digits(conversion_rate(outcome)) FROM pg_temp.rows(15, 'sale', 285, 'refused')),
		0.05, 0.05, 2),
	-- meilleurscommerciaux.fr: 40 sales of 200 prospects
	('Meilleurs Commerciaux', (SELECT pg_temp.digits(conversion_rate(outcome)) FROM pg_temp.rows(40, 'direct_sale', 160, 'new')),
		0.2, 0.20, 2),
	-- blog.hubspot.fr, taux de closing: 20 won of 100 opportunities
	('HubSpot France', (SELECT pg_temp.digits(closing_rate(outcome)) FROM pg_temp.rows(20, 'sale', 80, 'lost')),
		0.2, 0.20, 2),
	-- blog.onlysales.fr: 10 sales of 20 appointments
	('OnlySales', (SELECT pg_temp.digits(closing_rate(outcome)) FROM pg_temp.rows(10, 'sale', 10, 'appointment')),
		0.5, 0.50, 2),
	-- oneflow.com, win rate vs close rate: 20 won of 50 offers
	('Oneflow', (SELECT pg_temp.digits(argued_conversion_rate(outcome)) FROM pg_temp.rows(20, 'direct_sale', 30, 'refused')),
		0.4, 0.40, 2),

	-- Volumes per hour

	-- a French deck that trains fund-raisers: 68 useful contacts in 7 hours; 1,800 in 200
	('Fund-raising, 7 hours', (SELECT pg_temp.digits(contacts_per_hour(68, interval '7 hours'))), 9.714285714285714, 9.71, 2),
	('Fund-raising, 200 hours', (SELECT pg_temp.digits(contacts_per_hour(1800, interval '200 hours'))), 9, 9, 0),
	-- snowdaycalculatornow.com: 96 calls in a shift of 8 hours
	('Calls of a shift', (SELECT pg_temp.digits(calls_per_hour(96, 8 * 3600))), 12, 12, 0),
	-- docs.infor.com, SPH: dollars per hour, 58,507 in 46.75 hours
	('Infor, dollars per hour', (SELECT pg_temp.digits(sales_per_hour(58507, interval '46.75 hours'))),
		1251.4866310160428, 1251.49, 2),

	-- Money

	-- freecallcenterquotes.blogspot.com, 2005: 100 hours at 25 dollars, with one sale an hour, and with 1.25
	('Free call center quotes, 1.0 SPH', (SELECT pg_temp.digits(cost_per_sale(100 * 25, 100))), 25, 25, 0),
	('Free call center quotes, 1.25 SPH', (SELECT pg_temp.digits(cost_per_sale(25, 1.25)) FROM generate_series(1, 100)), 20, 20, 0),
	-- callofsuccess.com, ROI: revenue of 160,000 for a cost of 100,000
	('Call Of Success, ROI', (SELECT pg_temp.digits(roi(160000, 100000))), 0.6, 0.60, 2),
	-- the French sheet: a margin of 69,885 on 50 orders worth 465,900, of 150 visits
	('Ratios, margin rate', (SELECT pg_temp.digits(margin_rate(465900, 465900 - 69885))), 0.15, 0.15, 2),
	('Ratios, margin per order', ratio(69885, 50)::numeric, 1397.7, 1397.70, 2),
	('Ratios, revenue per visit', ratio(465900, 150)::numeric, 3106, 3106, 0),

	-- Pooling

	-- sandhyaindurkar.com, weighted averages: 88 % of 120 and 62 % of 880; the mean of the two is 75 %
	('Weighted averages', (SELECT rollup(r)::numeric FROM (VALUES (ratio(0.88 * 120, 120)), (ratio(0.62 * 880, 880))) v(r)),
		0.6512, 0.651, 3),
	-- GitLab, merge request 256384: 10 per 1 and 10 per 9; the mean of the two is 5.56
	('GitLab', (SELECT rollup(r)::numeric FROM (VALUES (ratio(10, 1)), (ratio(10, 9))) v(r)), 2, 2.00, 2),
	-- Ofcom's drop rate, as VICIdial's documentation works it out: of 29 drops those that
	-- machines account for are taken off, at the rate of 7 machines to 9 people
	('Ofcom drop rate', pg_temp.digits(ratio(29 - 29 * 7 / 16.0, 9 + 29 - 29 * 7 / 16.0)::numeric), 0.644444444444444, 0.6444, 4);

-- Those that were cut
INSERT INTO published VALUES
	-- timedoctor.com, outbound call center metrics: 350 minutes of 480
	('Time Doctor', (SELECT pg_temp.digits(occupancy(interval '5 hours', interval '50 min', interval '8 hours'))),
		0.7291666666666666, 0.7291, 4, true),
	-- the fund-raisers' deck: 3 donations of 72 useful contacts
	('Fund-raising, conversion', (SELECT pg_temp.digits(contact_conversion_rate(outcome)) FROM pg_temp.rows(3, 'direct_sale', 69, 'declined')),
		0.041666666666666664, 0.0416, 4, true),
	-- citizencall.fr, CAC: 10,000 euros for 150 customers
	('Citizencall', (SELECT pg_temp.digits(acquisition_cost(10000, 150))), 66.666666666666667, 66, 0, true);

SELECT is(got, exact, source || ': exactly') FROM published;
SELECT is(CASE WHEN cut THEN trunc(got, digits) ELSE round(got, digits) END, printed,
	source || CASE WHEN cut THEN ': as printed, which is cut' ELSE ': as printed' END)
FROM published WHERE printed IS NOT NULL;
SELECT isnt(round(got, digits), printed, source || ': rounded it would be another') FROM published WHERE cut;

SELECT is(round(avg(v), 2), 5.56, 'GitLab: the mean of the two is not the whole') FROM (VALUES (10 / 1.0), (10 / 9.0)) m(v);

SELECT * FROM finish();
ROLLBACK;
