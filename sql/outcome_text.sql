-- Outcomes beside texts: casts, comparisons with typed parameters, LIKE, and what literals stay
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;

CREATE TABLE text_calls (id int, o outcome, t text, v varchar(40)) WITH (autovacuum_enabled = off);
INSERT INTO text_calls SELECT i, l::outcome, upper(l), CASE WHEN i % 2 = 0 THEN label(l::outcome, 'fr') ELSE l END
FROM generate_series(1, 4000) i, LATERAL (SELECT ('{no_answer,busy,callback,refused,sale,direct_sale,refused+sale,off_target}'::text[])[1 + i % 8]) s(l);
INSERT INTO text_calls VALUES (0, NULL, NULL, NULL);
CREATE INDEX text_calls_o ON text_calls (o);
CREATE INDEX text_calls_hash ON text_calls USING hash (o);
ANALYZE text_calls;
-- what matters of a plan
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Index|Sort|Hash|Merge|Nested|Scan|Cond|Filter' THEN
			RETURN NEXT regexp_replace(line, '^[ ->]*', '');
		END IF;
	END LOOP;
END $$;
CREATE FUNCTION caught(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint; m text; h text;
BEGIN
	EXECUTE command INTO n;
	RETURN n;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, h = PG_EXCEPTION_HINT;
	-- the server words the hint to 42883 in its own way in each version
	RETURN concat_ws(E'\n', sqlstate || ' ' || m, CASE WHEN sqlstate <> '42883' THEN nullif(h, '') END);
END $$;

-- each way to compare, as often as it should be true
SELECT input, caught('SELECT count(*) FROM text_calls WHERE ' || input) FROM (VALUES
	('o = t'), ('t = o'), ('o = v'), ('v = o'), ('o <> t'), ('t <> o'), ('o <> v'), ('v <> o'), ('o != t'),
	('o = ''SALE''::text'), ('''Vente sur rendez-vous''::text = o'), ('o <> ''sale''::varchar'), ('''sale''::varchar <> o'),
	('o = ''sale''::char(20)'), ('o = ''sale''::name'),
	('o IN (''sale''::text, ''busy''::text)'), ('o IN (''sale''::varchar, ''busy'')'), ('o NOT IN (''sale''::text, ''busy''::varchar)'),
	('o = ANY (''{sale,occupé}''::text[])'), ('o = ANY (''{sale,busy}''::varchar[])'), ('o <> ALL (''{sale,busy}''::text[])'),
	('o = ANY (ARRAY[''sale''::text, NULL])'), ('''sale''::text = ANY (ARRAY[o, ''busy''])'),
	('o = ANY (''{a,b,c,d,e,f,g,h,i,j}''::text[] || t)'),
	('o = ANY (''{sale,busy,callback,refused,no_answer,machine,failed,appointment,lost,held,no_show}''::text[])'),
	('o IN (SELECT t FROM text_calls WHERE id < 3)'), ('o NOT IN (SELECT t FROM text_calls WHERE id BETWEEN 1 AND 2)'),
	('t IN (SELECT o FROM text_calls WHERE id < 3)'), ('o = (SELECT ''sale''::text)'),
	('o IS DISTINCT FROM ''sale''::text'), ('o IS NOT DISTINCT FROM NULL::text'), ('nullif(o, ''sale''::text) IS NULL'),
	('CASE o WHEN ''sale''::text THEN true WHEN ''busy''::varchar THEN true ELSE false END'),
	('o = NULL::text'), ('NOT o = t'), ('NOT o <> t'),
	('o = ''NRP''::text'), ('o = ANY (''{NRP}''::text[])'), ('o <> ''sael''::varchar'), ('o = ''''::text')
) w(input);

-- literals without a type stay what they are
SELECT input, caught('SELECT count(*) FROM text_calls WHERE ' || input) FROM (VALUES
	('o = ''sale'''), ('''sale'' = o'), ('o <> ''sale'''), ('o = NULL'), ('NULL = o'), ('o <> NULL'), ('o IN (''sale'', ''busy'')'),
	('o IN (''sale'', NULL)'), ('o NOT IN (''sale'', ''busy'')'), ('o = ANY (''{sale,busy}'')'), ('o = ANY (ARRAY[''sale'', ''busy''])'),
	('o = ANY (NULL)'), ('o IS DISTINCT FROM ''sale'''), ('nullif(o, ''sale'') IS NULL'), ('coalesce(o, ''new'') = ''new'''),
	('CASE WHEN id = 0 THEN ''new'' ELSE o END = ''sale'''), ('CASE o WHEN ''sale'' THEN true END'), ('greatest(o, ''sale'') = ''sale'''),
	('o BETWEEN ''refused'' AND ''sale'''), ('o > ''refused'''), ('o @> ''sale'''), ('o && ''sale'''), ('(o | ''busy'') = ''sale+busy'''),
	('t = ''SALE'''), ('v = ''sale'''), ('''sale'' = v'), ('v = NULL'), ('t <> ''SALE'''), ('''a'' = ''a'''), ('''a'' <> ''a'''), ('t = v'), ('NULL = NULL'),
	('lower(t) = ''sale'''), ('lower(''SALE'') = ''sale'''), ('upper(v) = ''SALE'''), ('lower(NULL) IS NULL'), ('v LIKE ''sale%'''), ('''sale'' LIKE ''s%'''),
	('t LIKE NULL'), ('lower(int4range(1, 5)) = 1'), ('o = 3')
) w(input);
SELECT pg_typeof(x), count(*) FROM (SELECT o AS x FROM text_calls UNION ALL SELECT 'new') s GROUP BY 1;
SELECT pg_typeof(coalesce(o, 'new')) AS coalesced, pg_typeof(CASE WHEN true THEN 'new' ELSE o END) AS cased, pg_typeof(ARRAY['new', o]) AS listed FROM text_calls LIMIT 1;
SELECT count(*) FROM (SELECT o FROM text_calls EXCEPT SELECT 'sale') s;
SELECT caught('SELECT 1 FROM (SELECT o FROM text_calls UNION SELECT t FROM text_calls) s'), caught('SELECT coalesce(o, t) FROM text_calls');

-- the planner compares outcomes: indexes, hash and merge joins, statistics
SET enable_seqscan = off;
SET enable_bitmapscan = off;
DROP INDEX text_calls_hash;
SELECT plan('SELECT id FROM text_calls WHERE o = ''sale''');
SELECT plan('SELECT id FROM text_calls WHERE o = ''sale''::text');
SELECT plan('SELECT id FROM text_calls WHERE ''Vente Directe''::varchar = o');
SELECT plan('SELECT id FROM text_calls WHERE o IN (''sale'', ''busy'')');
SELECT plan('SELECT id FROM text_calls WHERE o = ANY (''{sale,busy}''::text[])');
PREPARE by_text (text) AS SELECT count(*) FROM text_calls WHERE o = $1;
PREPARE by_varchar (varchar, varchar) AS SELECT count(*) FROM text_calls WHERE o IN ($1, $2);
PREPARE by_array (text[]) AS SELECT count(*) FROM text_calls WHERE o = ANY ($1);
PREPARE by_outcomes (text[]) AS SELECT count(*) FROM text_calls WHERE o = ANY ($1::outcome[]);
PREPARE by_none AS SELECT count(*) FROM text_calls WHERE o = $1;
EXECUTE by_text('sale');
EXECUTE by_text('Occupé');
EXECUTE by_text(NULL);
EXECUTE by_text('NRP');
EXECUTE by_varchar('sale', 'busy');
EXECUTE by_array('{sale,busy}');
EXECUTE by_outcomes('{sale,busy}');
EXECUTE by_none('sale');
SET plan_cache_mode = force_generic_plan;
EXECUTE by_text('sale');
EXECUTE by_text('NRP');
EXECUTE by_varchar('sale', 'busy');
EXECUTE by_array('{sale,busy}');
SELECT plan('EXECUTE by_text(''sale'')');
SELECT plan('EXECUTE by_outcomes(''{sale,busy}'')');
RESET plan_cache_mode;
SELECT plan('EXECUTE by_text(''sale'')');
DROP INDEX text_calls_o;
CREATE INDEX text_calls_hash ON text_calls USING hash (o);
SELECT plan('SELECT id FROM text_calls WHERE o = ''sale''::text');
EXECUTE by_text('sale');
RESET ALL;
SET search_path = public, kpi_internal;
CREATE TABLE text_names AS SELECT DISTINCT t, o AS named FROM text_calls WHERE o IS NOT NULL;
ANALYZE text_names;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT plan('SELECT count(*) FROM text_calls c JOIN text_names n ON c.o = n.t');
SELECT count(*), count(*) FILTER (WHERE o = named) AS same FROM text_calls c JOIN text_names n ON c.o = n.t;
SELECT plan('SELECT count(*) FROM text_calls c WHERE o IN (SELECT t FROM text_names)');
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT plan('SELECT count(*) FROM text_calls c JOIN text_names n ON n.t = c.o');
SELECT count(*) FROM text_calls c JOIN text_names n ON n.t = c.o;
RESET enable_hashjoin;
RESET enable_nestloop;
SELECT count(*) FROM text_calls a JOIN (SELECT DISTINCT o FROM text_calls) b USING (o);
SELECT caught('SELECT count(*) FROM text_calls JOIN (SELECT t AS o FROM text_names) n USING (o)');
-- estimates: those of the same comparison of outcomes
CREATE FUNCTION estimate(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	line json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO line;
	RETURN line->0->'Plan'->'Plan Rows';
END $$;
SELECT condition, estimate('SELECT * FROM text_calls WHERE ' || condition) FROM (VALUES ('o = ''sale''::text'), ('o <> ''sale''::varchar'),
	('o = ANY (''{sale,busy}''::text[])'), ('o LIKE ''%sale'''), ('o NOT LIKE ''%sale''')) v(condition);

-- a parameter is inserted, and read as a label
PREPARE put (int, text, varchar) AS INSERT INTO text_calls (id, o) VALUES ($1, $2), ($1, $3);
EXECUTE put(-1, 'Sale', 'faux numéro');
EXECUTE put(-1, NULL, 'refused+callback');
EXECUTE put(-1, 'sale', 'NRP');
PREPARE change (text) AS UPDATE text_calls SET o = $1 WHERE id = -1 AND o = 'sale';
EXECUTE change('cancelled-sale');
INSERT INTO text_calls (id, o) SELECT id, t FROM text_calls WHERE id = 4;
SELECT o FROM text_calls WHERE id = -1 ORDER BY o;
SELECT 'sale'::text::outcome, 'sale'::varchar::outcome, CAST(upper('sale') AS outcome), '{sale,busy}'::text[]::outcome[];
SELECT castsource::regtype, casttarget::regtype, castcontext FROM pg_cast WHERE casttarget = 'outcome'::regtype OR castsource = 'outcome'::regtype ORDER BY 1;
-- nothing takes a text for an outcome without being told to
SELECT caught('SELECT contact_rate(t) FROM text_calls'), caught('SELECT label(t, ''fr'') FROM text_calls'), caught('SELECT status(v) FROM text_calls');
SELECT contact_rate(t::outcome) FROM text_calls WHERE t IS NOT NULL;

-- LIKE, lower and upper: as on the text
SELECT input, caught('SELECT count(*) FROM text_calls WHERE ' || input) AS outcomes,
	caught('SELECT count(*) FROM text_calls WHERE ' || regexp_replace(input, '\mo\M', 'o::text')) AS texts
FROM (VALUES ('o LIKE ''%sale'''), ('o NOT LIKE ''%sale'''), ('o LIKE ''SALE'''), ('o ILIKE ''SALE'''), ('o NOT ILIKE ''%SALE'''), ('o LIKE ''sal_''::varchar'),
	('o LIKE ''r%+%'''), ('o LIKE ''off!_%'' ESCAPE ''!'''), ('o LIKE ''!%'' ESCAPE ''!'''), ('o LIKE NULL'), ('o LIKE ANY (''{sale,b%}'')'),
	('o NOT LIKE ALL (''{sale,b%}'')'), ('lower(o) LIKE ''%sale'''), ('lower(o) = ''sale'''), ('upper(o) LIKE ''%SALE'''), ('upper(o) = ''SALE'''),
	('lower(o) IN (''sale'', ''busy'')'), ('NOT o LIKE ''%s%''')) v(input);
SELECT count(*) AS wrong FROM text_calls WHERE lower(o) <> lower(o::text) OR upper(o) <> upper(o::text) OR lower(o) IS NULL <> (o IS NULL);

DEALLOCATE ALL;
DROP TABLE text_calls, text_names;
DROP FUNCTION plan(text), caught(text), estimate(text);
