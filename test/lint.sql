-- What every object of the extension has, after the server's own opr_sanity.
-- Each test counts the objects that break a rule, and names them.

BEGIN;
SET client_min_messages = warning;
SET LOCAL search_path = public, kpi_internal;

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE e.extname = 'kpi' AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e';

CREATE TEMP VIEW func AS
SELECT p.*, p.oid::regprocedure::text AS name
FROM pg_proc p JOIN member m ON m.objid = p.oid AND m.classid = 'pg_proc'::regclass;

CREATE TEMP VIEW agg AS
SELECT a.*, f.name, f.proname, f.pronargs, f.proparallel, f.provolatile, f.proisstrict, t.typtype, t.typlen, t.typbyval
FROM pg_aggregate a JOIN func f ON f.oid = a.aggfnoid JOIN pg_type t ON t.oid = a.aggtranstype;

CREATE TEMP VIEW typ AS
SELECT t.* FROM pg_type t JOIN member m ON m.objid = t.oid AND m.classid = 'pg_type'::regclass;

-- Functions that run a query or change tables, or follow what changes, are none of what
-- the rules for computing say; what triggers call is not called otherwise.
CREATE TEMP VIEW acting AS
SELECT oid FROM func WHERE prorettype IN ('trigger'::regtype, 'event_trigger'::regtype)
	OR proname = ANY ('{kpi_unmapped,kpi_cards,kpi_outcome_column,kpi_outcome_refresh,kpi_rollup_create,kpi_rollup_drop,kpi_rollup_compact,kpi_rollup_check,kpi_rollup_rebuild,kpi_rollup_alter,kpi_rollup_list,kpi_rollup_text,kpi_rollup_advise}');

-- An empty query is right; any other fails with what it returned.
CREATE FUNCTION pg_temp.none(query text, what text) RETURNS text LANGUAGE sql AS $$
	SELECT is_empty(query, what)
$$;

SELECT * FROM no_plan();

-- Comments
SELECT pg_temp.none($$
	SELECT name FROM member m
	WHERE obj_description(objid, (SELECT relname FROM pg_class WHERE oid = classid)) IS NULL
		AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.oid = objid
			AND (t.typrelid <> 0 OR EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))))
$$, 'every object has a comment');
SELECT pg_temp.none($$
	SELECT c.relname, a.attname FROM pg_class c
		JOIN member m ON m.objid = c.oid AND m.classid = 'pg_class'::regclass
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	WHERE c.relkind IN ('r', 'v') AND col_description(c.oid, a.attnum) IS NULL
$$, 'every column of a table or a view has a comment');
SELECT pg_temp.none($$
	SELECT name FROM func
	WHERE (pronamespace = 'kpi_internal'::regnamespace) <> (obj_description(oid, 'pg_proc') ~ '^(internal:|I/O|implementation of)')
$$, 'what users do not call is in kpi_internal, and says so');
SELECT pg_temp.none($$
	SELECT typname FROM typ
	WHERE typelem = 0 AND (typnamespace = 'kpi_internal'::regnamespace) <> (obj_description(oid, 'pg_type') ~ '^internal:')
$$, 'and so are the types of states');

-- Functions
SELECT pg_temp.none($$
	SELECT name FROM func WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
		AND probin <> '$libdir/kpi'
$$, 'every C function is in $libdir/kpi, as inlining by the JIT takes');
SELECT pg_temp.none($$
	SELECT name FROM func WHERE proparallel <> 's' AND oid NOT IN (SELECT oid FROM acting)
$$, 'every function is parallel safe');
SELECT pg_temp.none($$
	SELECT name, provolatile FROM func WHERE provolatile <> 'i' AND proname <> ALL ('{disposition,kpi_disposition_known}')
		AND oid NOT IN (SELECT oid FROM acting)
$$, 'every function that reads no table is immutable');
SELECT pg_temp.none($$
	SELECT name FROM func WHERE provolatile <> 's' AND proname = ANY ('{disposition,kpi_disposition_known}')
$$, 'disposition() is stable');
SELECT pg_temp.none($$
	SELECT name FROM func WHERE prosecdef
$$, 'no function runs with its owner''s rights');
SELECT pg_temp.none($$
	SELECT name FROM func WHERE NOT proisstrict AND prokind = 'f' AND proname <> ALL ('{kpi_rollup_hash,kpi_rollup_alter,kpi_cards,kpi_scorecard_as,kpi_scorecard_where}')
		AND proname !~ '^kpi_(durations|money|volumes)_(accum|inverse)$'
		AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
		AND oid NOT IN (SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[]) FROM agg)
$$, 'every function but those of aggregates is strict');

-- Names
SELECT pg_temp.none($$
	SELECT proname, array_agg(DISTINCT pronargs) FROM func WHERE prokind = 'a' AND name !~ '\(scorecard(,interval)?\)$'
	GROUP BY proname HAVING count(DISTINCT pronargs) > 1
$$, 'an aggregate''s name has one number of arguments, but for its form over scorecards');
SELECT pg_temp.none($$
	SELECT name FROM agg a WHERE proname <> ALL ('{max,min,rollup}') AND aggtransfn <> 'kpi_ratio_refuse'::regproc AND EXISTS
		(SELECT FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = a.proname)
$$, 'no aggregate has the name of a built-in one, but for those that only say what to use');
SELECT pg_temp.none($$
	(SELECT name FROM kpi_catalog EXCEPT SELECT proname FROM agg)
	UNION ALL (SELECT 'lead_' || name FROM kpi_catalog WHERE EXISTS
			(SELECT FROM agg a WHERE a.proname = kpi_catalog.name AND a.name LIKE '%(outcome)') EXCEPT SELECT proname FROM agg)
$$, 'every KPI of kpi_catalog is an aggregate, and those over outcomes have a twin over leads');

-- The catalogue
SELECT pg_temp.none($$
	SELECT name, key FROM kpi_catalog k, jsonb_each_text(to_jsonb(k)) c(key, value)
	WHERE key <> ALL ('{better,average,best,denominator}') AND coalesce(value, '') = ''
$$, 'every KPI has a family, labels and definitions in both languages, what it is of, a numerator and a unit');
SELECT pg_temp.none($$
	SELECT name, of FROM kpi_catalog WHERE of <> ALL ('{calls,leads,lines,time,money}')
$$, 'what a KPI is of is one of five words');
SELECT pg_temp.none($$
	SELECT name, unit, denominator FROM kpi_catalog
	WHERE CASE WHEN unit = 'fraction' OR unit LIKE '%per\_%' THEN denominator IS NULL WHEN unit = 'count' THEN denominator IS NOT NULL END
$$, 'a fraction, and what is per something, has a denominator, a count none');
SELECT pg_temp.none($$
	SELECT array_agg(name), l FROM kpi_catalog, unnest(ARRAY[label_en, label_fr]) l GROUP BY l HAVING count(DISTINCT name) > 1
$$, 'no two KPIs have the same name');
SELECT pg_temp.none($$
	SELECT name, best, average FROM kpi_catalog WHERE (best > average) <> (better = 'higher')
$$, 'the best are better than the average');
SELECT pg_temp.none($$
	SELECT a.name FROM agg a JOIN kpi_catalog k ON a.proname = k.name, obj_description(a.aggfnoid, 'pg_proc') comment
	WHERE comment NOT LIKE k.label_en || ' (' || k.label_fr || '): %'
		OR k.of IN ('calls', 'leads') AND k.unit <> 'mix' AND comment NOT LIKE '%, of ' || k.of || '%'
$$, 'the comment of a KPI has its names, and says whether it is of calls or of leads');
SELECT pg_temp.none($$
	SELECT name, comment FROM member, obj_description(objid, (SELECT relname FROM pg_class WHERE oid = classid)) comment
	WHERE getdatabaseencoding() = 'UTF8' AND comment ~ '[^\u0001-\u00ff]'
	UNION ALL SELECT name, k::text FROM kpi_catalog k WHERE getdatabaseencoding() = 'UTF8' AND k::text ~ '[^\u0001-\u00ff]'
$$, 'all texts can be written in every encoding of French');

-- Aggregates
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE proparallel <> 's' OR aggcombinefn = 0
$$, 'every aggregate runs in parallel and has a combine function');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE (SELECT prosupport FROM pg_proc WHERE oid = aggtransfn) <> 'kpi_planned'::regproc
$$, 'planning a query with any aggregate loads the library');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE aggtranstype = 'internal'::regtype AND proname NOT LIKE 'lead\_%'
		AND proname <> 'scorecard_journeys'
$$, 'only what counts leads has an internal state');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE aggtranstype = 'internal'::regtype AND (aggserialfn = 0 OR aggdeserialfn = 0)
		OR aggtranstype <> 'internal'::regtype AND (aggserialfn <> 0 OR aggdeserialfn <> 0)
$$, 'internal states have a serial form, and only they');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE NOT typbyval AND aggtransspace = 0
		AND NOT (typlen > 0 AND typtype = 'b')
$$, 'a state of variable length has its size declared');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE typlen > 0 AND NOT typbyval AND aggtransspace NOT IN (0, typlen)
$$, 'a state of fixed length has its true size');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE aggmtransfn <> 0 AND (aggmtransfn <> aggtransfn OR aggmfinalfn <> aggfinalfn
		OR aggmtranstype <> aggtranstype OR aggminitval IS DISTINCT FROM agginitval OR aggmtransspace <> aggtransspace)
$$, 'the moving form of an aggregate is its plain form with an inverse');
SELECT pg_temp.none($$
	SELECT name FROM agg JOIN pg_proc f ON f.oid = aggmtransfn JOIN pg_proc i ON i.oid = aggminvtransfn
	WHERE f.proisstrict <> i.proisstrict
$$, 'forward and inverse transitions treat NULLs alike');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE aggmtransfn = 0 AND proname NOT LIKE 'lead\_%'
		AND proname <> ALL ('{max,min,furthest,journey,worked_time,scorecard_journeys}')
$$, 'every aggregate that can subtract has a moving form');
SELECT pg_temp.none($$
	SELECT name FROM agg WHERE aggfinalmodify <> 'r' OR aggmfinalmodify <> 'r' OR aggfinalextra OR aggmfinalextra
$$, 'final functions only read');
SELECT pg_temp.none($$
	SELECT f.proargtypes::regtype[], f.proargnames, array_agg(DISTINCT aggtransfn) FROM agg JOIN func f ON f.oid = aggfnoid
	WHERE agg.proname IN (SELECT name FROM kpi_catalog WHERE unit <> 'mix') GROUP BY 1, 2
	HAVING count(DISTINCT (aggtransfn, aggtranstype, agginitval)) > 1
$$, 'KPIs over the same columns share one transition, but for mixes, each of which takes rows of its own');

SELECT pg_temp.none($$
	SELECT name, aggcombinefn, aggminvtransfn FROM agg
	WHERE aggtransfn <> 'kpi_ratio_refuse'::regproc
		AND (aggcombinefn::text !~ '_combine$' AND NOT EXISTS (SELECT FROM pg_operator WHERE oprcode = aggcombinefn) AND proname <> ALL ('{min,max,furthest}')
			OR aggminvtransfn <> 0 AND aggminvtransfn::text !~ '_(inverse|uncombine)$')
$$, 'states are combined and uncombined, or added by the operator itself, and rows taken back by an inverse');

-- Types
SELECT pg_temp.none($$
	SELECT typname FROM typ WHERE typtype = 'b' AND typelem = 0 AND (typsend = 0 OR typreceive = 0 OR typinput = 0 OR typoutput = 0)
$$, 'every type has text and binary input and output');
SELECT pg_temp.none($$
	SELECT typname FROM typ WHERE typtype = 'b' AND typelem = 0 AND typname NOT LIKE 'kpi\_%'
		AND (NOT EXISTS (SELECT FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
			WHERE opcintype = typ.oid AND opcdefault AND amname = 'btree')
		OR NOT EXISTS (SELECT FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
			WHERE opcintype = typ.oid AND opcdefault AND amname = 'hash'))
$$, 'what people group by sorts and hashes');
SELECT pg_temp.none($$
	SELECT opcname FROM pg_opclass c JOIN member m ON m.objid = c.oid AND m.classid = 'pg_opclass'::regclass
	WHERE NOT amvalidate(c.oid)
$$, 'every operator class is valid');
SELECT pg_temp.none($$
	SELECT opcname FROM pg_opclass c JOIN member m ON m.objid = c.oid AND m.classid = 'pg_opclass'::regclass
		JOIN pg_am a ON a.oid = opcmethod AND amname = 'hash'
	WHERE NOT EXISTS (SELECT FROM pg_amproc WHERE amprocfamily = opcfamily AND amprocnum = 2)
$$, 'every hash class has the extended hash');
SELECT pg_temp.none($$
	SELECT o.oid::regoperator FROM pg_operator o JOIN member m ON m.objid = o.oid AND m.classid = 'pg_operator'::regclass
	WHERE oprresult = 'boolean'::regtype AND (oprrest = 0 OR oprjoin = 0 OR oprcom = 0 AND oprname NOT LIKE '%~~%')
		OR oprname IN ('=', '<>', '<', '<=', '>', '>=', '~~', '!~~', '~~*', '!~~*') AND oprnegate = 0
$$, 'every operator has its estimators, commutator (LIKE has none) and negator');
SELECT pg_temp.none($$
	SELECT castsource::regtype, casttarget::regtype FROM pg_cast c JOIN member m ON m.objid = c.oid AND m.classid = 'pg_cast'::regclass
	WHERE castcontext = 'i'
$$, 'no cast is implicit');

-- The extension
SELECT pg_temp.none($$
	SELECT description FROM pg_description d JOIN member m ON m.classid = d.classoid AND m.objid = d.objoid WHERE description ~ '[^\u0001-\u00ff]'
	UNION ALL SELECT definition_fr FROM kpi_catalog WHERE (label_en || label_fr || definition_en || definition_fr) ~ '[^\u0001-\u00ff]'
$$, 'every text is one that Latin-1 has');
SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'kpi'), false, 'the extension stays where it was made');
SELECT is((SELECT bool_and(trusted) FROM pg_available_extension_versions WHERE name = 'kpi'), true, 'the extension is trusted');
SELECT is((SELECT extversion FROM pg_extension WHERE extname = 'kpi'),
	(SELECT default_version FROM pg_available_extensions WHERE name = 'kpi'), 'its version is the one of the control file');

SELECT * FROM finish();
ROLLBACK;
