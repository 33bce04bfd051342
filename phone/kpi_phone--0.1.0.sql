-- The install script of kpi_phone.

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kpi_phone" to load this file. \quit

-- The functions are STABLE: libphonenumber's metadata follow the numbering
-- plans, so that another version of the library may give another answer. Their
-- cost is measured, in comparisons of two numbers.

-- The line_type must be kpi's, whose values the C code makes, and not a type
-- of that name that happens to be in the schema of kpi_phone. Servers before 16
-- cannot name the schema of another extension in a script.
DO $script$
BEGIN
	EXECUTE pg_catalog.format('
		CREATE FUNCTION line_type(phone text, region text) RETURNS %s
			AS ''MODULE_PATHNAME'', ''kpi_phone_line_type'' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500', (
		SELECT t.oid::pg_catalog.regtype
		FROM pg_catalog.pg_type t
			JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
			JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = e.oid
		WHERE d.deptype = 'e' AND e.extname = 'kpi' AND t.typname = 'line_type'));
END
$script$;
COMMENT ON FUNCTION line_type(text, text) IS
	'what kind of line a phone number, as written in a region, belongs to; invalid where it is no valid number';

CREATE FUNCTION valid_phone(phone text, region text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kpi_phone_valid' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION valid_phone(text, text) IS
	'is it a valid phone number, as written in a region?';

CREATE FUNCTION e164(phone text, region text) RETURNS text
	AS 'MODULE_PATHNAME', 'kpi_phone_e164' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION e164(text, text) IS
	'international form of a phone number as written in a region, such as +33199001234; NULL where it is no valid number';
