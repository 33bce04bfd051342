-- How the values of a file are read as people write them: the schema reading,
-- whose functions give NULL where a text is none of theirs.
--
-- A file has millions of values, most of them written in the commonest way. What
-- asks for that first is in SQL, which the planner puts in the place of the call;
-- any_... are for all ways.

CREATE SCHEMA reading;

CREATE FUNCTION reading.any_present(value text) RETURNS text LANGUAGE plpgsql STRICT IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	v text := btrim(translate(value, E'\u00a0\u202f\u2009\u2212\u2019', '   -'''));
BEGIN
	IF length(v) <= 6 AND lower(v) IN ('', '-', '--', '–', '—', 'n/a', '#n/a', 'na', 'n.a.', 'n/d', 'nd', 'nc', 'null', '(null)', 'none', 'nil', '\n') THEN
		RETURN NULL;
	END IF;
	RETURN v;
END
$$;

-- A text without what surrounds it; NULL where it stands for no value.
CREATE FUNCTION reading.present(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value ~ '^[!-~][ -~]{5,}[!-~]$' THEN value ELSE reading.any_present(value) END
$$;

-- The digits of a number, or of an amount, without its currency and with its
-- sign in front; NULL where it is neither.
CREATE FUNCTION reading.digits(value text) RETURNS text LANGUAGE plpgsql STRICT IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	d text := btrim(translate(value, E'\u00a0\u202f\u2009\u2212\u2019', '   -'''), ' $€£');
BEGIN
	-- most are no more than that, and a file has many
	IF d ~ '^-?([0-9]+|[0-9]{1,3}([ ''][0-9]{3})+)([.,][0-9]+)?$' THEN
		RETURN translate(d, ' ''', '');
	END IF;
	d := reading.present(value);
	IF d ~ '^[$€£]?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?$' THEN
		RETURN ltrim(d, '$€£');
	ELSIF d !~ '[0-9]' THEN
		RETURN NULL;
	END IF;
	d := regexp_replace(d, '^([(]?[-+]?) *([$€£¥₹]|[A-Z]{2,3}\$?) *([-+]?) *(?=[0-9.,])', '\1\3');
	d := regexp_replace(d, '(?<=[0-9-]) *([$€£¥₹]|[A-Z]{3}|kr|zł|Fr\.?|euros?|dollars?)([)]?)$', '\2');
	d := CASE WHEN d ~ '^\(.*\)$' THEN '-' || btrim(d, '()') WHEN d ~ '[0-9]-$' THEN '-' || left(d, -1) ELSE d END;
	IF d ~ '^-?([0-9]+|[0-9]{1,3}([ ''][0-9]{3})+|(?=[.,][0-9]))([.,][0-9]+)*$' THEN
		RETURN regexp_replace(d, '[ '']', '', 'g');
	END IF;
	RETURN NULL;
END
$$;

-- The decimal mark of the digits of a number: NULL where there is none, ? where
-- a comma or a point may as well set thousands apart.
CREATE FUNCTION reading.mark_of(d text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE
		WHEN d IS NULL OR d ~ '^-?[0-9]*$' THEN NULL
		WHEN d ~ ',.*\.' THEN '.'
		WHEN d ~ '\..*,' THEN ','
		WHEN d ~ ',.*,' THEN '.'
		WHEN d ~ '\..*\.' THEN ','
		WHEN d ~ '^-?[1-9][0-9]{0,2}[.,][0-9]{3}$' THEN '?'
		WHEN d ~ ',' THEN ','
		ELSE '.'
	END
$$;

CREATE FUNCTION reading.any_shape(value text) RETURNS text LANGUAGE plpgsql STRICT IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	d text := reading.digits(value);
BEGIN
	IF d IS NULL THEN
		RETURN CASE WHEN reading.present(value) IS NOT NULL THEN 'none' END;
	END IF;
	RETURN COALESCE(reading.mark_of(d), '0');
END
$$;

-- What a whole column is asked for: NULL without a value, none where it is no
-- number, its decimal mark, ? in doubt, 0 where it has none.
CREATE FUNCTION reading.shape(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value ~ '^[0-9]+$' THEN '0' ELSE reading.any_shape(value) END
$$;

-- The decimal mark of a number.
CREATE FUNCTION reading.mark(value text) RETURNS text LANGUAGE plpgsql STRICT IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	d text := reading.digits(value);
BEGIN
	RETURN reading.mark_of(d);
END
$$;

-- A number or an amount: 1,250.00, 1 234,56 €, (30.00). The decimal mark is
-- that of the whole column; without one, each value tells its own.
CREATE FUNCTION reading.number(value text, mark text DEFAULT NULL) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	d text := reading.digits(value);
	m text;
BEGIN
	IF d IS NULL THEN
		RETURN NULL;
	ELSIF d ~ '^-?[0-9]+$' THEN
		RETURN d::numeric;
	END IF;
	m := COALESCE(mark, reading.mark_of(d));
	IF m = ',' AND d ~ '^-?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+|)(,[0-9]+)?$' THEN
		RETURN replace(replace(d, '.', ''), ',', '.')::numeric;
	ELSIF m = '.' AND d ~ '^-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+|)(\.[0-9]+)?$' THEN
		RETURN replace(d, ',', '')::numeric;
	END IF;
	RETURN NULL;
END
$$;

-- May a duration be hours and minutes as well as minutes and seconds?
CREATE FUNCTION reading.short(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT reading.present(value) ~ '^-?[0-9]+:[0-5][0-9]$'
$$;

CREATE FUNCTION reading.any_duration(value text) RETURNS interval LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	v text := lower(reading.present(value));
	sign integer := 1;
	part text[];
	seconds numeric := 0;
BEGIN
	-- the expressions below are slow, and a file has many of these
	IF v ~ '^[0-9]{1,6} ?m(n|ins?|inutes?)?\.? ?[0-9]{1,2} ?s(ecs?|econds?|econdes?)?\.?$' THEN
		v := translate(v, 'minutescod. ', ':');
		RETURN make_interval(mins => split_part(v, ':', 1)::integer, secs => split_part(v, ':', 2)::integer);
	END IF;
	IF position(',' in v) > 0 THEN
		v := regexp_replace(v, '([0-9]),([0-9]+)(?!.*[0-9]:)', '\1.\2');
	END IF;
	IF v ~ '^[-+]' THEN
		sign := CASE WHEN v ~ '^-' THEN -1 ELSE 1 END;
		v := ltrim(v, '-+ ');
	END IF;
	-- what no machine counts
	IF v IS NULL OR v ~ '[0-9]{12}' THEN
		RETURN NULL;
	ELSIF v ~ '^[0-9]*\.?[0-9]+$' THEN
		seconds := v::numeric;
	ELSIF v ~ '^[0-9]+:[0-5][0-9](\.[0-9]+)?( ?(m|mn|mins?|minutes?)\.?)?$' THEN
		part := regexp_match(v, '^([0-9]+):([0-9]+(?:\.[0-9]+)?)');
		seconds := part[1]::numeric * 60 + part[2]::numeric;
	ELSIF v ~ '^[0-9]+:[0-5][0-9] ?(h|hrs?|hours?|heures?)\.?$' THEN
		part := regexp_match(v, '^([0-9]+):([0-9]+)');
		seconds := part[1]::numeric * 3600 + part[2]::numeric * 60;
	ELSIF v ~ '^(([0-9]+)( ?(days?|jours?|d|j),? ?|[. ]))?[0-9]+:[0-5]?[0-9]:[0-5][0-9](\.[0-9]+)?( ?(h|hrs?|hours?|heures?)\.?)?$' THEN
		part := regexp_match(v, '^(?:([0-9]+)[^0-9:]+)?([0-9]+):([0-9]+):([0-9]+(?:\.[0-9]+)?)');
		seconds := COALESCE(part[1], '0')::numeric * 86400 + part[2]::numeric * 3600 + part[3]::numeric * 60 + part[4]::numeric;
	ELSIF v ~ '^(0?[0-9]|1[0-2]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)? ?[ap]\.?m\.?$' THEN
		-- a spreadsheet's duration that was shown as a time of day
		seconds := extract(epoch FROM replace(v, '.', '')::time)::numeric;
	ELSIF v ~ '^p([0-9]+d)?(t([0-9]+h)?([0-9]+m)?([0-9]+(\.[0-9]+)?s)?)?$' AND v ~ '[0-9]' THEN
		seconds := extract(epoch FROM upper(v)::interval)::numeric;
	ELSIF v ~ ('^([0-9]+(\.[0-9]+)? ?(days?|jours?|d|j|hours?|heures?|hrs?|h|minutes?|mins?|mn|m|''|seconds?|secondes?|secs?|s|")\.?(,|et|and)? ?(et |and )?)+([0-9]{1,2})?$')
		AND v !~ '(s|d|j|")\.? ?[0-9]+$' THEN
		FOR part IN SELECT regexp_matches(v, '([0-9]+(?:\.[0-9]+)?) ?([djhms''"]?)', 'g') LOOP
			seconds := seconds + part[1]::numeric * CASE part[2]
				-- a last number without a unit is of the next smaller one
				WHEN '' THEN CASE WHEN v ~ '(m|mn|mins?|minutes?|'')\.? ?[0-9]+$' THEN 1 ELSE 60 END
				WHEN 'd' THEN 86400 WHEN 'j' THEN 86400 WHEN 'h' THEN 3600 WHEN 'm' THEN 60 WHEN '''' THEN 60 ELSE 1 END;
		END LOOP;
	ELSE
		RETURN NULL;
	END IF;
	RETURN make_interval(secs => (sign * seconds)::double precision);
END
$$;

-- A duration: seconds, 00:03:12,5, 0.00:03:12 with days in front, 18:25 min,
-- 3 hours 9 min., 3m12s, PT3M12S, 1 day, 2:03:04, 8:30:00 AM. One such as 3:12
-- is of minutes and seconds.
CREATE FUNCTION reading.duration(value text) RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value ~ '^[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]$' THEN value::interval ELSE reading.any_duration(value) END
$$;

-- NULL for a text that stands for no value, and an error for another: what
-- nobody could read.
CREATE FUNCTION reading.none(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF reading.present(value) IS NOT NULL THEN
		RAISE data_exception USING MESSAGE = format('cannot read "%s"', value);
	END IF;
	RETURN NULL;
END
$$;

CREATE FUNCTION reading.any_date_order(value text) RETURNS text LANGUAGE plpgsql STRICT IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	v text := reading.present(value);
	shape text := translate(v, '012345678', '999999999');
	n text[];
BEGIN
	-- the commonest without the expressions below, which are slow
	IF shape IN ('9999-99-99 99:99:99', '9999-99-99 99:99', '9999-99-99', '9999/99/99 99:99:99') THEN
		RETURN 'iso';
	ELSIF shape IN ('99/99/9999', '99/99/9999 99:99', '99/99/9999 99:99:99', '9/9/9999 9:99', '9/99/9999 9:99', '9/9/9999 99:99', '9/99/9999 99:99',
		'99.99.9999', '99.99.9999 99:99', '99.99.9999 99:99:99')
	THEN
		NULL;
	-- each way to write it on its own: to look back at what matched is slower
	ELSIF v IS NULL OR v !~* ('^([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}(-[0-9]{1,2}-|/[0-9]{1,2}/|\.[0-9]{1,2}\.)([0-9]{4}|[0-9]{2})'
			|| '|([a-z]{3,9},? )?([a-z]{3,9} [0-9]{1,2}|[0-9]{1,2}[- ][a-z]{3,9}),?[- ][0-9]{4})'
			|| '((,? |t)[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?[ap]\.?m\.?)?( ?z| ?utc| ?gmt| ?[-+][0-9]{2}(:?[0-9]{2})?)?)?$') THEN
		RETURN NULL;
	ELSIF v ~ '^[0-9]{4}' THEN
		RETURN 'iso';
	ELSIF v ~* '[a-z]{3}' AND v ~* '[a-z]{3,} [0-9]{1,2}\M|[0-9]{1,2}[- ][a-z]{3}' THEN
		RETURN CASE WHEN v ~* '(^|[ -])(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)\M' THEN 'iso' END;
	END IF;
	n := string_to_array(translate(left(v, 6), '-.', '//'), '/');
	RETURN CASE
		WHEN n[1]::integer > 12 THEN CASE WHEN n[1]::integer <= 31 AND n[2]::integer <= 12 THEN 'dmy' END
		WHEN n[2]::integer > 12 THEN CASE WHEN n[2]::integer <= 31 THEN 'mdy' END
		ELSE '?'
	END;
END
$$;

-- How a text writes a date: iso where only one way is possible, dmy or mdy,
-- ? where either is; NULL where it is none.
CREATE FUNCTION reading.date_order(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE
		WHEN value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$' THEN 'iso'
		WHEN value ~ '^(1[3-9]|2[0-9]|3[01])(/(0[1-9]|1[0-2])/|[.](0[1-9]|1[0-2])[.])[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?$' THEN 'dmy'
		ELSE reading.any_date_order(value)
	END
$$;

-- A date, or a date and a time, in the order of days and months that DateStyle
-- has; one with a zone is in that of the session.
CREATE FUNCTION reading.moment(value text) RETURNS timestamp LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF reading.date_order(value) IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN replace(replace(lower(reading.present(value)), 'a.m.', 'am'), 'p.m.', 'pm')::timestamptz::timestamp;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

-- The type of a column that has such values: one that COPY reads, or else text,
-- with what it is to become once all of it is there: numeric, or a date.
CREATE FUNCTION reading.type_of("values" text[], OUT type text, OUT becomes text) LANGUAGE plpgsql STABLE AS $$
DECLARE
	v text[];
	orders text[];
	zone boolean;
	hour boolean;
BEGIN
	SELECT array_agg(p) INTO v FROM (SELECT reading.present(u) AS p FROM unnest("values") u) t WHERE p IS NOT NULL;
	type := 'text';
	IF v IS NULL THEN
		RETURN;
	END IF;
	-- a leading zero, or plus, is a telephone number's or a code's
	IF NOT EXISTS (SELECT FROM unnest(v) u WHERE u !~ '^-?(0|[1-9][0-9]{0,17})$') THEN
		type := CASE WHEN EXISTS (SELECT FROM unnest(v) u WHERE length(u) > 9) THEN 'bigint' ELSE 'integer' END;
	ELSIF NOT EXISTS (SELECT FROM unnest(v) u WHERE u !~ '^-?(0|[1-9][0-9]{0,99})?(\.[0-9]{1,99}([eE][+-]?[0-9]{1,2})?)?$')
		AND EXISTS (SELECT FROM unnest(v) u WHERE u ~ '\.' AND reading.mark(u) IS DISTINCT FROM '?') THEN
		type := 'numeric';
	ELSIF NOT EXISTS (SELECT FROM unnest(v) u WHERE u !~* '^(true|false)$') THEN
		type := 'boolean';
	ELSIF NOT EXISTS (SELECT FROM unnest(v) u WHERE reading.number(u, CASE WHEN reading.mark(u) = '?' THEN '.' END) IS NULL
			AND reading.number(u, CASE WHEN reading.mark(u) = '?' THEN ',' END) IS NULL)
		AND EXISTS (SELECT FROM unnest(v) u WHERE u ~ '[.,$€£]') THEN
		becomes := 'numeric';
	ELSE
		SELECT array_agg(DISTINCT coalesce(reading.date_order(u), 'none')), bool_or(u ~* ':.*(z|utc|gmt|[-+][0-9]{2}:?([0-9]{2})?)$'), bool_or(u ~ ':')
		INTO orders, zone, hour
		FROM unnest(v) u;
		IF NOT orders && '{none}' THEN
			becomes := CASE WHEN zone THEN 'timestamptz' WHEN hour THEN 'timestamp' ELSE 'date' END;
			-- what is no more than what COPY reads
			IF orders = '{iso}' THEN
				type := becomes;
				becomes := NULL;
			END IF;
		END IF;
	END IF;
	-- what stands for no value is none to COPY
	IF type <> 'text' AND cardinality(v) < (SELECT count(*) FROM unnest("values") u WHERE u <> '') THEN
		becomes := type;
		type := 'text';
	END IF;
END
$$;
