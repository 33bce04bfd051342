-- The extension itself: its members, its schema, and whose line_type it gives
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi_phone CASCADE;

-- every member, and that it has a comment
SELECT pg_describe_object(classid, objid, 0) COLLATE "C" AS member, obj_description(objid, classid::regclass::name) IS NOT NULL AS comment
FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kpi_phone')
ORDER BY 1;
SELECT proname, proargnames, prorettype::regtype, provolatile, proisstrict, proparallel, procost, proleakproof, prosecdef
FROM pg_proc WHERE oid IN ('line_type(text, text)'::regprocedure, 'valid_phone(text, text)'::regprocedure, 'e164(text, text)'::regprocedure) ORDER BY 1;
SELECT x.extrelocatable, v.trusted, v.superuser, v.requires, x.extversion = a.default_version AS newest
FROM pg_extension x JOIN pg_available_extension_versions v ON v.name = x.extname AND v.version = x.extversion JOIN pg_available_extensions a ON a.name = x.extname
WHERE x.extname = 'kpi_phone';

-- it needs kpi, and goes with it
DROP EXTENSION kpi;
DROP EXTENSION kpi CASCADE;
SELECT count(*) FROM pg_extension WHERE extname LIKE 'kpi%';
CREATE EXTENSION kpi_phone;

-- it moves, and follows the schema that kpi is in
CREATE SCHEMA here;
CREATE SCHEMA there;
CREATE EXTENSION kpi SCHEMA there;
CREATE EXTENSION kpi_phone SCHEMA public;
ALTER EXTENSION kpi_phone SET SCHEMA here;
SELECT here.line_type('01 99 00 12 34', 'FR'), here.e164('01 99 00 12 34', 'FR'), there.mobile_rate(here.line_type('01 99 00 12 34', 'FR'));
SELECT pg_get_function_result('here.line_type(text, text)'::regprocedure);
DROP EXTENSION kpi_phone;

-- a type that somebody else calls line_type is not taken for kpi's
CREATE DOMAIN here.line_type AS text;
CREATE EXTENSION kpi_phone SCHEMA here;
SET search_path = here, there, public;
SELECT pg_get_function_result('here.line_type(text, text)'::regprocedure), line_type('01 99 00 12 34', 'FR');
RESET search_path;
DROP EXTENSION kpi_phone;

-- whoever may create in the database may create it
CREATE ROLE kpi_phone_owner;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO kpi_phone_owner', current_database()); END $$;
SET ROLE kpi_phone_owner;
CREATE SCHEMA own;
CREATE EXTENSION kpi_phone SCHEMA own;
SELECT own.line_type('01 99 00 12 34', 'FR');
DROP EXTENSION kpi_phone;
DROP SCHEMA own;
RESET ROLE;
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM kpi_phone_owner', current_database()); END $$;
DROP ROLE kpi_phone_owner;
DROP SCHEMA here CASCADE;
DROP EXTENSION kpi;
DROP SCHEMA there;
CREATE EXTENSION kpi;
