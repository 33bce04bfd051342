-- Phone numbers: lines, validity, E.164
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi_phone CASCADE;

-- Every kind of line.  The numbers are libphonenumber's own examples of a kind,
-- and ranges kept for fiction.
CREATE TEMP TABLE numbers (region text, phone text, kind text);
INSERT INTO numbers VALUES
	('FR', '06 12 34 56 78', 'mobile'), ('FR', '07 51 23 45 67', 'mobile'), ('FR', '01 99 00 12 34', 'fixed, fiction'),
	('FR', '02 61 91 12 34', 'fixed, fiction'), ('FR', '03 53 01 12 34', 'fixed, fiction'), ('FR', '04 65 71 12 34', 'fixed, fiction'),
	('FR', '05 36 49 12 34', 'fixed, fiction'), ('FR', '09 12 34 56 78', 'voip'), ('FR', '0 801 23 45 67', 'toll free'),
	('FR', '0 891 12 34 56', 'premium rate'), ('FR', '0 884 01 23 45', 'shared cost'), ('FR', '0 806 12 34 56', 'company'),
	('US', '(201) 555-0123', 'fixed or mobile, fiction'), ('US', '(800) 234-5678', 'toll free'), ('US', '1-900-234-5678', 'premium rate'),
	('US', '500-234-5678', 'personal'), ('CA', '506-234-5678', 'fixed or mobile'),
	('GB', '07400 123456', 'mobile'), ('GB', '0121 234 5678', 'fixed'), ('GB', '020 7946 0123', 'fixed, fiction'), ('GB', '056 1234 5678', 'voip'),
	('GB', '070 1234 5678', 'personal'), ('GB', '076 4012 3456', 'pager'), ('GB', '055 1234 5678', 'company'),
	('DE', '01512 3456789', 'mobile'), ('DE', '030 123456', 'fixed'), ('IT', '02 1234 5678', 'fixed, whose 0 stays'), ('IT', '312 345 6789', 'mobile'),
	('CH', '0860 12 345 67 89', 'voicemail'), ('ES', '612 34 56 78', 'mobile'), ('BE', '0470 12 34 56', 'mobile'), ('RE', '0692 12 34 56', 'mobile'),
	('JP', '090-1234-5678', 'mobile'), ('FR', '+800 1234 5678', 'toll free everywhere'),
	-- not valid: no number, or one of no range
	('FR', '06 39 98 12 34', 'fiction'), ('FR', '00 00 00 00 00', 'nothing'), ('FR', '99 99 99 99 99', 'nothing'), ('FR', '06 12 34 56', 'too short'),
	('FR', '06 12 34 56 78 9', 'too long'), ('FR', '+999 123 456 789', 'no such country'), ('FR', '112', 'short number'), ('FR', '3639', 'short number'),
	('FR', '0692 12 34 56', 'mobile of another region'), ('US', '555-0123', 'no area code'), ('GB', '07700 900123', 'fiction');
SELECT region, phone, kind, line_type(phone, region), valid_phone(phone, region) AS valid, e164(phone, region) FROM numbers;

-- a number in all the ways in which people and programs write it
CREATE TEMP TABLE spellings (region text, phone text);
INSERT INTO spellings VALUES ('FR', '0199001234'), ('FR', ' 01 99 00 12 34 '), ('FR', '01.99.00.12.34'), ('FR', '01-99-00-12-34'), ('FR', '01/99/00/12/34'),
	('FR', '(01) 99 00 12 34'), ('FR', '199001234'), ('FR', '33199001234'), ('FR', '0033199001234'), ('FR', '00 33 1 99 00 12 34'), ('FR', '+33199001234'),
	('FR', '+33 1 99 00 12 34'), ('FR', '+33 (0)1 99 00 12 34'), ('FR', '+ 33 1 99 00 12 34'), ('FR', '+33-0199001234'),
	('FR', U&'01\00A099\00A000\00A012\00A034'), ('FR', U&'01\202F99\202F00\202F12\202F34'), ('FR', U&'+33\00A01\202F99 00.12-34'), ('FR', U&'01\200B99\200B00\200B12\200B34'), ('FR', U&'01\201099\201000\201012\201034'),
	('FR', E'\t01 99 00 12 34\n'), ('FR', '０１９９００１２３４'), ('FR', '＋33 1 99 00 12 34'), ('FR', '٠١٩٩٠٠١٢٣٤'), ('FR', '०१९९००१२३४'),
	('FR', 'tel:0199001234'), ('FR', 'tel:+33-1-99-00-12-34'), ('FR', 'Tél. : 01 99 00 12 34'), ('FR', '''0199001234'), ('FR', '="0199001234"'), ('FR', '☎ 0199001234 😀'),
	('FR', '01 99 00 12 34 x12'), ('FR', '01 99 00 12 34 ext. 12'), ('FR', '01 99 00 12 34;0199005678'),
	('US', '+33 1 99 00 12 34'), ('US', '011 33 1 99 00 12 34'), ('JP', '+33199001234'), ('RE', '+33199001234'), ('fr', '0199001234'), ('Fr', '0199001234');
SELECT count(*), count(*) FILTER (WHERE line_type(phone, region) = 'fixed') AS fixed, count(*) FILTER (WHERE e164(phone, region) = '+33199001234') AS same FROM spellings;
SELECT * FROM spellings WHERE e164(phone, region) IS DISTINCT FROM '+33199001234';

-- letters stand for digits where somebody dials them
SELECT phone, line_type(phone, 'US'), e164(phone, 'US') FROM (VALUES ('1-800-FLOWERS'), ('800 flowers'), ('+1 (800) FLOWERS'), ('FLOWERS'), ('1-800-FL')) v(phone);

-- rubbish is invalid, and no error
INSERT INTO numbers SELECT 'FR', phone, 'rubbish' FROM (VALUES (''), (' '), ('+'), ('++'), ('00'), ('-'), ('n/a'), ('NULL'), ('0'), ('1e5'), ('6.12345678E8'), ('6,12E+08'),
	('a@example.com'), ('01 99 00 12 34 ou 01 99 00 56 78'), ('0199001234/0199005678'), ('0199001234#'), ('*31#0199001234'), ('01 99 00 12 34 poste 12'),
	('01 99 00 12 34 (bureau)'), ('O1oo99'), ('numéro inconnu'), ('日本語'), ('😀'), (U&'\FEFF'), (U&'\FFFF'), (E'\x01\x02\x1b[31m'), ('%s%s%n'), (repeat('0', 250)), (repeat('9', 250)),
	(repeat('+', 250)), (repeat('(', 250)), (repeat('1x', 125)), (repeat('0 ', 124) || '#'), (repeat('0', 1000000)), (repeat('é', 200000)), (repeat('0199001234', 100)),
	(repeat(' ', 300) || '0199001234')) v(phone);
SELECT count(*), count(*) FILTER (WHERE line_type(phone, region) = 'invalid') AS invalid, count(e164(phone, region)) AS e164 FROM numbers WHERE kind = 'rubbish';
SELECT left(phone, 40), line_type(phone, region), e164(phone, region) FROM numbers WHERE kind = 'rubbish' AND valid_phone(phone, region);
-- what is longer than 250 bytes is not looked at
SELECT n, line_type(repeat(' ', n - 10) || '0199001234', 'FR') FROM (VALUES (250), (251)) v(n);

-- the three functions agree
SELECT count(*) AS wrong FROM (SELECT * FROM numbers UNION ALL SELECT *, '' FROM spellings) n
WHERE valid_phone(phone, region) <> (line_type(phone, region) <> 'invalid') OR valid_phone(phone, region) <> (e164(phone, region) IS NOT NULL);
-- an international form reads back as itself, in any region
SELECT count(*) AS wrong FROM numbers, unnest('{FR,US,GB,JP,BR}'::text[]) other
WHERE e164(e164(phone, region), other) <> e164(phone, region) OR line_type(e164(phone, region), other) <> line_type(phone, region);
-- a number does not depend on the one before it
SELECT r, line_type('0692 12 34 56', r), e164('0692 12 34 56', r) FROM unnest('{RE,FR,RE,RE,FR,GB,RE}'::text[]) r;

-- Numbers of digits and common separators are read by a shorter way: separators
-- that are rare force the long one, which must come to the same.
CREATE TEMP TABLE scrambled AS
SELECT i, region, CASE WHEN i % 7 < 2 THEN '+' ELSE '' END || string_agg(
		CASE WHEN h % 31 = 0 THEN ((h >> 8) % 10)::text ELSE digit END || (ARRAY['', '', '', ' ', '.', '-', '/', '(', ')', ') ', ' ('])[1 + (h >> 16) % 11], '' ORDER BY n) AS phone
FROM (
	SELECT i, region, digit, n, hashint8(i * 100 + n) & x'7fffffff'::int AS h
	FROM generate_series(1, 4000) i,
		LATERAL (SELECT (ARRAY['FR', 'US', 'GB', 'IT', 'BR', 'AR', 'MX', 'HU', 'RU', 'DE'])[1 + i % 10] AS region) r,
		LATERAL (SELECT (ARRAY['0199001234', '33612345678', '12015550123', '447400123456', '390212345678', '01112345678', '0033199001234', '15123456789'])[1 + i / 10 % 8] AS digits) d,
		LATERAL (SELECT digit, n FROM unnest(string_to_array(digits, NULL)) WITH ORDINALITY u(digit, n)) u
) s GROUP BY i, region;
SELECT count(*), count(*) FILTER (WHERE valid_phone(phone, region)) BETWEEN 500 AND 3500 AS some_valid,
	count(*) FILTER (WHERE line_type(phone, region) <> line_type(phone || U&'\2060', region)
		OR e164(phone, region) IS DISTINCT FROM e164(translate(phone, ' .-/()', U&'\2060\FF0E\2010\FF0F\FF08\FF09'), region)) AS wrong
FROM scrambled;

-- regions
CREATE FUNCTION caught(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text; d text; h text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ' ' || left(m, 80), nullif(d, ''), nullif(h, ''));
END $$;
SELECT caught('SELECT line_type(''0199001234'', ''UK'')');
SELECT region, caught(format('SELECT %s(%L, %L)', f, phone, region)) ~ '^22023 unknown region: "' AS refused
FROM (VALUES (''), ('F'), ('FRA'), (' FR'), ('F1'), ('ZZ'), ('001'), ('33'), ('+33'), ('France'), ('é'), ('日'), (E'F\n'), ('[\'), ('@A'), ('Z['), ('{}'), (repeat('FR', 1000000))) v(region),
	unnest('{line_type,valid_phone,e164}'::text[]) f, unnest('{0199001234,+33199001234,rubbish}'::text[]) phone
WHERE caught(format('SELECT %s(%L, %L)', f, phone, region)) !~ '^22023 unknown region: "';
-- every region of ISO that has telephones
SELECT count(*), count(*) FILTER (WHERE caught(format('SELECT line_type(%L, %L)', '+33199001234', region)) = 'no error') AS known
FROM unnest(string_to_array('AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW', ' ')) region;

-- NULL gives NULL
SELECT line_type(NULL, 'FR') IS NULL AS a, line_type('0199001234', NULL) IS NULL AS b, valid_phone(NULL, 'FR') IS NULL AS c, valid_phone('0199001234', NULL) IS NULL AS d,
	e164(NULL, 'FR') IS NULL AS e, e164('0199001234', NULL) IS NULL AS f, line_type(NULL, 'UK') IS NULL AS g;

-- in parallel plans, with the rates
CREATE TABLE phone_leads AS SELECT i, CASE WHEN i % 10 < 7 THEN '060040' ELSE '019900' END || lpad(i::text, CASE WHEN i % 100 = 0 THEN 3 ELSE 4 END, '0') AS phone FROM generate_series(0, 4999) i;
ALTER TABLE phone_leads SET (parallel_workers = 2);
ANALYZE phone_leads;
SELECT mobile_rate(line_type(phone, 'FR')), known_mobile_rate(line_type(phone, 'FR')), invalid_line_rate(line_type(phone, 'FR')), count(DISTINCT e164(phone, 'FR')) FROM phone_leads;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET kpi.enable_scan = off;
EXPLAIN (COSTS OFF) SELECT mobile_rate(line_type(phone, 'FR')) FROM phone_leads WHERE valid_phone(phone, 'FR') AND e164(phone, 'FR') IS NOT NULL;
RESET kpi.enable_scan;
SELECT mobile_rate(line_type(phone, 'FR')), known_mobile_rate(line_type(phone, 'FR')), invalid_line_rate(line_type(phone, 'FR')), count(e164(phone, 'FR')) FROM phone_leads;
SELECT caught('SELECT count(*) FROM phone_leads WHERE valid_phone(phone, CASE WHEN i = 4999 THEN ''UK'' ELSE ''FR'' END)') ~ '^22023 unknown region: "UK"' AS refused;
-- cheap conditions come first
EXPLAIN (COSTS OFF) SELECT 1 FROM phone_leads WHERE valid_phone(phone, 'FR') AND i > 10 AND phone LIKE '06%';

-- no index, as another version of libphonenumber may see it otherwise
SELECT caught('CREATE INDEX ON phone_leads (e164(phone, ''FR''))');
DROP TABLE phone_leads;
DROP FUNCTION caught(text);
