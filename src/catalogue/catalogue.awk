# catalogue.awk - makes C and SQL of catalogue.dat
#
#	awk -v output=c    -f catalogue.awk catalogue.dat > catalogue.gen.h
#	awk -v output=sql  -f catalogue.awk catalogue.dat > catalogue.gen.sql
#	awk -v output=card -f catalogue.awk catalogue.dat > scorecard.gen.sql

BEGIN {
	FS = "[ \t]*;[ \t]*"
	# the SQL types of durations, of amounts and of counts beside durations,
	# and the names that the C functions have for them
	split("interval integer bigint double,precision numeric", duration_types, " ")
	split("numeric integer bigint double,precision", amount_types, " ")
	split("numeric double,precision", count_types, " ")
	split("interval double,precision numeric", worked_types, " ")
	split("timestamptz timestamp", time_types, " ")
	symbol["interval"] = "interval"
	symbol["integer"] = "int4"
	symbol["bigint"] = "int8"
	symbol["double precision"] = "float8"
	symbol["numeric"] = "numeric"
	# of an aggregate
	most_columns = 4
	of_unit["calls"] = "UNIT_CALL"
	of_unit["leads"] = "UNIT_LEAD"
	of_unit["lines"] = "UNIT_LINE"
	of_unit["time"] = "UNIT_TIME"
	of_unit["money"] = "UNIT_MONEY"
	# the type of a KPI's value in each unit that is not computed in double
	# precision
	value_type["count"] = "bigint"
	value_type["delays"] = "delays"
	value_type["interval"] = "interval"
	value_type["amount"] = value_type["amount_per_hour"] = "numeric"
	# the sections of scorecards that every catalogue has
	declare("section", "calls")
	declare("section", "leads")
	declare("section", "lines")
	declare("section", "journeys")
	if (output == "c")
		print_macros()
	else
		print "-- Made by catalogue.awk from catalogue.dat.\n"
	if (output == "sql")
		print_transitions()
}

/^#/ || /^[ \t]*$/ { next }

{
	sub(/[ \t]+$/, "")
	row_at[FNR] = $0
}

$1 == "family" && NF == 4 {
	declare("family", $2)
	families[++nfamilies] = $2
	emit("FAMILY(%s, %s, %s)", $2, c_text($3), c_text($4))
	next
}

$1 == "unit" && NF == 7 {
	declare("unit", $2)
	type_of[$2] = $6
	rule[$2] = $7
	emit("UNIT(%s, %s, %s, %s)", $2, c_text($3), c_text($4), $5)
	next
}

($1 == "measure" || $1 == "line") && NF == 5 {
	quantity($2, $1, $4, $5)
	gsub(/[a-z_]+\(set\)/, "is_&", $3)
	emit("%s(%s, %s, %s, %s)", $1 == "line" ? "LINE_MEASURE" : "MEASURE", $2, $3, c_text($4), c_text($5))
	next
}

$1 == "column" && NF == 5 {
	if ($3 !~ /^(duration|constant|amount)$/)
		fail("unknown kind of column " $3)
	quantity($2, $3 == "amount" ? "money" : "time", $4, $5)
	if ($3 == "constant" && constant != "")
		fail("a second constant column, beside " constant)
	if ($3 == "constant")
		constant = $2
	column_kind[$2] = $3
	column_of[$2] = $2
	reading[$2] = "sum"
	emit("%s(%s)", $3 == "amount" ? "MONEY_COLUMN" : "TIME_COLUMN", $2)
	columns[++ncolumns] = $2
	emit("QUANTITY(%s, %s, %s, READ_%s)", $2, $3 == "amount" ? "MONEY" : "TIME", $2, $3 == "constant" ? "MEAN" : "SUM")
	next
}

$1 == "quantity" && NF == 6 {
	if ($3 !~ /^(rows|positive)$/)
		fail("unknown reading " $3)
	need("column", $4, $4 in column_kind)
	if ($3 == "positive" && column_kind[$4] == "amount")
		fail("the rows above zero are counted of durations, not of " $4)
	quantity($2, kind_of[$4], $5, $6)
	column_of[$2] = $4
	reading[$2] = $3
	emit("QUANTITY(%s, %s, %s, READ_%s)", $2, toupper(kind_of[$4]), $4, toupper($3))
	next
}

$1 == "section" && NF == 3 {
	card_section($2, $3)
	next
}

$1 == "kpi" && NF == 13 {
	kpi($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
	next
}

$1 == "mix" && NF == 12 {
	mix($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	next
}

$1 == "delays" && NF == 12 {
	delays($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	next
}

$1 == "other" && NF == 10 {
	declare("kpi", $2)
	need("unit", $5, $5 in type_of)
	emit("OTHER(%s)", $2)
	catalog($2, $3, $4, $5, $6, "-", "-", $7, $8, $9, $10, $9, "")
	next
}

{ fail("not a row of the table, or of a number of fields that its kind does not have") }

END {
	if (failed)
		exit 1
	if (output != "sql")
		each_section()
	if (output == "c")
		print_macros_end()
	if (output == "sql")
		print_catalog()
}

# The C file is read several times, each with its own macros; those that a
# reader does not define are empty.
function print_macros(    i) {
	print "/* Made by catalogue.awk from catalogue.dat. */"
	nmacros = split("FAMILY UNIT MEASURE LINE_MEASURE TIME_COLUMN MONEY_COLUMN QUANTITY RATE LINE_RATE COUNT LINE_COUNT TIME MONEY VOLUME MIX DELAYS CARD_MIX OTHER DEFINITION CARD CARD_OUTCOME TIME_SECTION MONEY_SECTION MIX_SECTION MIXES_SECTION", macros, " ")
	for (i = 1; i <= nmacros; i++)
		printf "#ifndef %s\n#define %s(...)\n#endif\n", macros[i], macros[i]
}

function print_macros_end(    i) {
	for (i = 1; i <= nmacros; i++)
		print "#undef " macros[i]
}

function emit(form, a, b, c, d, e) {
	if (output == "c")
		printf form "\n", a, b, c, d, e
}

function fail(why) {
	printf "%s:%d: %s: %s\n", FILENAME, line ? line : FNR, why, line ? row_at[line] : $0 > "/dev/stderr"
	failed = 1
	exit 1
}

function need(kind, name, known) {
	if (!known)
		fail("unknown " kind " " name)
}

function declare(kind, name) {
	if (name !~ /^[a-z][a-z0-9_]*$/)
		fail("not a name: " name)
	if ((kind, name) in declared)
		fail(kind " " name " is declared twice")
	declared[kind, name] = 1
	line_of[kind, name] = line ? line : FNR
}

# Something to count or to add up: a measure, a line, or of a column.
function quantity(name, kind, en, fr) {
	declare("quantity", name)
	kind_of[name] = kind
	words[name] = en
	words_fr[name] = fr
}

function known(name) {
	need("measure or quantity", name, name in kind_of)
	return name
}

function c_text(text) {
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

function quoted(text) {
	gsub(/'/, "''", text)
	return "'" text "'"
}

# "talk + handle" in words
function in_words(sum, french,    part, n) {
	n = split(sum, part, " ")
	if (n != 1 && (n != 3 || part[2] !~ /^[-+]$/))
		fail("not a sum or a difference of two: " sum)
	return in_word(part[1], french) (n == 1 ? "" : " " part[2] " " in_word(part[3], french))
}

function in_word(name, french) {
	return french ? words_fr[known(name)] : words[known(name)]
}

# An FTE's time is no column to divide by, but what worked time is counted in.
function divisor(denominator, unit, french) {
	return in_word(denominator, french) (unit == "per_fte" ? " / " (french ? "temps d'un ETP" : "fte") : "")
}

function formula(numerator, denominator, unit, french,    sum, base) {
	sum = in_words(numerator, french)
	if (denominator == "-")
		return sum
	base = divisor(denominator, unit, french)
	return (sum ~ / [-+] / ? "(" sum ")" : sum) " / " (base ~ / \/ / ? "(" base ")" : base)
}

# A KPI: what it takes decides its state, and so all the rest.
function kpi(name, family, of, arguments, numerator, denominator, unit, better, average, best, label_en, label_fr,    part, n, i, list, source, state, meaning, sum, m) {
	declare("kpi", name)
	need("family", family, ("family", family) in declared)
	need("unit", unit, unit in type_of)
	need("word for what it is of:", of, of in of_unit)
	if (better !~ /^(higher|lower|-)$/)
		fail("neither higher nor lower: " better)
	m = split(numerator, sum, " ")
	known(sum[1])
	if (m > 1)
		known(sum[3])
	if (denominator != "-")
		known(denominator)

	n = split(arguments, part, " ")
	if (n > most_columns)
		fail("more columns than an aggregate takes")
	state = arguments == "outcome" ? "outcome" : arguments == "line_type" ? "line" : ""
	for (i = 1; i <= n && state !~ /^(outcome|line)$/; i++) {
		source = part[i]
		sub(/.*:/, "", source)
		known(source)
		state = state (kind_of[source] == "time" ? "t" : "a")
		column[i] = source
		sub(/:.*/, "", part[i])
	}
	if (state ~ /^t+$/)
		state = "time"
	else if (state ~ /^a+$/)
		state = "money"
	else if (state ~ /^at+$/)
		state = "volume"
	else if (state !~ /^(outcome|line)$/)
		fail("arguments are outcome, line_type, or columns, an amount or a count before durations: " arguments)
	for (i = n + 1; i <= 4; i++)
		part[i] = column[i] = ""
	if (state ~ /^(outcome|line)$/)
		column[1] = ""
	check(name, state, of, unit, n, sum, m, denominator)

	meaning = label_en " (" label_fr "): " formula(numerator, denominator, unit) \
		(of == "calls" || of == "leads" ? ", of " of : "") "; " rule[unit]
	if (output == "c") {
		if (state ~ /^(outcome|line)$/ && unit == "count")
			printf "%s(%s, %s)\n", state == "line" ? "LINE_COUNT" : "COUNT", name, numerator
		else
			printf "%s(%s, %s, %s)\n", state == "outcome" ? "RATE" : state == "line" ? "LINE_RATE" : toupper(state), name, sum[1], denominator
		printf "CARD%s(%s)\n", state == "outcome" ? "_OUTCOME" : "", name
		printf "DEFINITION(%s, %s, %s, %s, %s, Q_%s, Q_%s, %s, Q_%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)\n", name, family, \
			of_unit[of], unit, toupper(state), sum[1], m == 1 ? "none" : sum[3], m == 1 ? 0 : sum[2] "1", \
			denominator == "-" ? "none" : denominator, q(column[1]), q(column[2]), q(column[3]), q(column[4]), \
			better == "higher" ? 1 : better == "lower" ? -1 : 0, average == "-" ? 0 : average, best == "-" ? 0 : best, \
			c_text(label_en), c_text(label_fr)
	} else if (output == "sql") {
		if (state == "outcome")
			outcome_aggregates(name, type_of[unit], meaning)
		else if (state == "line")
			line_aggregate(name, type_of[unit], meaning)
		else if (state == "time")
			time_aggregates(name, n, part, type_of[unit], meaning)
		else if (state == "money")
			money_aggregates(name, n, part, type_of[unit], meaning)
		else
			volume_aggregates(name, n, part, type_of[unit], meaning)
	} else if (output == "card")
		card_aggregates(name, state, type_of[unit], unit, of, label_en " (" label_fr "): " formula(numerator, denominator, unit), unit == "per_fte")
	catalog(name, family, of, unit, better, average, best, label_en, label_fr, formula(numerator, denominator, unit), \
		formula(numerator, denominator, unit, 1), in_words(numerator), denominator == "-" ? "" : divisor(denominator, unit))
}

# What the functions in C compute of a KPI: all else is refused here.
function check(name, state, of, unit, n, sum, m, denominator,    i, counts) {
	if (type_of[unit] != (unit in value_type ? value_type[unit] : "double precision"))
		fail("a KPI in " unit " has the type " (unit in value_type ? value_type[unit] : "double precision"))
	for (i = 1; i <= m; i += 2)
		takes(state, sum[i], n)
	if (denominator != "-")
		takes(state, denominator, n)

	for (i = 1; i <= n; i++)
		counts += kind_of[column[i]] == "measure"
	if (state == "outcome" || counts > 0)
		stands(of ~ /^(calls|leads)$/, "of calls or leads, where outcomes are counted")
	else
		stands(of == (state == "volume" ? "money" : state == "line" ? "lines" : state), \
			"of what it is made of: " (state == "volume" ? "money" : state == "line" ? "lines" : state))
	if (state ~ /^(outcome|line)$/) {
		stands(m == 1, "one count, or one divided by another")
		stands(unit == (denominator == "-" ? "count" : "fraction"), "a count, or a fraction of two counts")
		return
	}
	if (state == "volume") {
		stands(n < 4, "of one duration, and perhaps of the constant column")
		stands(n == 3 ? column[3] == constant : column[2] != constant, "of one duration, and perhaps of the constant column")
	}
	for (i = 1; i <= n; i++)
		stands(column[i] != constant || unit == "per_fte", "per_fte, where it takes " constant)

	if (unit == "count")
		stands(m == 1 && denominator == "-" && sum[1] in reading && reading[sum[1]] != "sum", "a number of rows, where it is a count")
	else if (unit == "interval")
		stands(state == "time" && each_is(sum, m, "time") && sum[2] != "-" && (denominator == "-" || reading[denominator] != "sum"), \
			"durations, perhaps by a number of rows, where it is an interval")
	else if (unit == "amount")
		stands(each_is(sum, m, "money") && !is_time(denominator), "amounts, perhaps by anything but durations, where it is an amount")
	else if (unit == "amount_per_hour")
		stands(each_is(sum, m, "money") && is_time(denominator), "amounts by a duration, where it is an amount per hour")
	else if (unit == "per_hour")
		stands(each_is(sum, m, "measure") && is_time(denominator), "a count by a duration, where it is per hour")
	else if (unit == "per_day")
		stands(each_is(sum, m, "measure") && kind_of[denominator] == "time" && reading[denominator] != "sum", \
			"a count by a number of rows of a duration, where it is per day")
	else if (unit == "per_fte")
		stands(each_is(sum, m, "measure") && is_time(denominator) && column[3] == constant, \
			"a count by a duration, and of the constant column, where it is per full-time equivalent")
	else
		stands(denominator != "-" && each_is(sum, m, is_time(denominator) ? "time" : "", is_time(denominator) ? "" : "time"), \
			"divided by a sum of the same kind, where it is a " unit)
}

function stands(holds, rule) {
	if (!holds)
		fail("a KPI is " rule)
}

# Is each part of a sum of the kind, and none a sum of the other?
function each_is(sum, m, kind, other,    i) {
	for (i = 1; i <= m; i += 2) {
		if ((kind != "" && kind_of[sum[i]] != kind) || (other == "time" && is_time(sum[i])) || \
			((kind == "time" || kind == "money") && reading[sum[i]] != "sum"))
			return 0
	}
	return 1
}

function is_time(name) {
	return kind_of[name] == "time" && reading[name] == "sum"
}

# Do the arguments have what a quantity is read from?
function takes(state, name, n,    i) {
	if (state == "outcome" ? kind_of[name] == "measure" : state == "line" ? kind_of[name] == "line" : 0)
		return
	for (i = 1; i <= n && state !~ /^(outcome|line)$/; i++) {
		if (column[i] == name || (name in column_of && column_of[column[i]] == column_of[name]))
			return
	}
	fail("the arguments do not have " name)
}

function q(name) {
	return name == "" ? "Q_none" : "Q_" name
}

# One KPI over rows, and its twin over leads.
function outcome_aggregates(name, type, meaning) {
	final_function("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_tally", type, type == "bigint")
	moving(name, "outcome", "kpi_internal.kpi_tally", "{}", 64, "kpi_internal.kpi_tally_accum", "kpi_internal.kpi_tally_inverse", \
		"kpi_internal.kpi_tally_combine", meaning)

	final_function("kpi_internal.kpi_lead_" name "_final", "internal", type, 1)
	journeys("lead_" name, "kpi_lead_" name "_final", leads_meaning(meaning))
}

function leads_meaning(meaning) {
	sub(/, of calls;/, ";", meaning)
	sub(/, of leads;/, ";", meaning)
	sub(/;/, ", over leads, all rows of a lead taken together;", meaning)
	return meaning
}

function journeys(name, final, meaning) {
	printf "CREATE AGGREGATE %s(outcome, lead anyelement) (\n", name
	print "\tSFUNC = kpi_internal.kpi_journeys_accum, STYPE = internal, SSPACE = 1024,"
	print "\tCOMBINEFUNC = kpi_internal.kpi_journeys_combine,"
	print "\tSERIALFUNC = kpi_internal.kpi_journeys_serialize, DESERIALFUNC = kpi_internal.kpi_journeys_deserialize,"
	printf "\tFINALFUNC = kpi_internal.%s, PARALLEL = SAFE\n);\n", final
	printf "COMMENT ON AGGREGATE %s(outcome, anyelement) IS\n\t%s;\n\n", name, quoted(meaning)
}

function line_aggregate(name, type, meaning) {
	final_function("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_line_tally", type, type == "bigint")
	moving(name, "line_type", "kpi_internal.kpi_line_tally", "{}", 64, "kpi_internal.kpi_line_tally_accum", "kpi_internal.kpi_line_tally_inverse", \
		"kpi_internal.kpi_line_tally_combine", meaning)
}

function sql_type(type) {
	sub(",", " ", type)
	return type
}

# One KPI over durations, for every type that they come in.
function time_aggregates(name, n, part, type, meaning,    t) {
	final_function("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_durations", type, 0)
	for (t = 1; t in duration_types; t++)
		durations_aggregate(name, name, n, part, sql_type(duration_types[t]), meaning)
}

function durations_aggregate(name, final, n, part, t, meaning,    i, arguments, initial) {
	for (i = 1; i <= n; i++) {
		arguments = arguments (i > 1 ? ", " : "") part[i] " " t
		initial = initial (i > 1 ? "," : "") "0/0/0"
	}
	moving(name, arguments, "kpi_internal.kpi_durations", "{" initial "}", 16 + 24 * n, "kpi_internal.kpi_durations_accum", \
		"kpi_internal.kpi_durations_inverse", "kpi_internal.kpi_durations_combine", meaning (t == "interval" ? "" : "; durations are in seconds"), final)
}

# One KPI over amounts, or counts, for every type that they come in.
function money_aggregates(name, n, part, type, meaning,    t) {
	final_function("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_money", type, 0)
	for (t = 1; t in amount_types; t++)
		money_aggregate(name, name, n, part, sql_type(amount_types[t]), meaning)
}

function money_aggregate(name, final, n, part, t, meaning,    i, arguments) {
	for (i = 1; i <= n; i++)
		arguments = arguments (i > 1 ? ", " : "") part[i] " " t
	moving(name, arguments, "kpi_internal.kpi_money", "{}", 64, "kpi_internal.kpi_money_accum", "kpi_internal.kpi_money_inverse", \
		"kpi_internal.kpi_money_combine", meaning, final)
}

# One KPI over a count or an amount, and durations.
function volume_aggregates(name, n, part, type, meaning,    c, t, i, arguments, duration) {
	final_function("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_money", type, 0)
	for (c = 1; c in count_types; c++) {
		for (t = 1; t in worked_types; t++) {
			duration = sql_type(worked_types[t])
			arguments = part[1] " " sql_type(count_types[c])
			for (i = 2; i <= n; i++)
				arguments = arguments ", " part[i] " " duration
			moving(name, arguments, "kpi_internal.kpi_money", "{}", 128, "kpi_internal.kpi_volumes_accum", "kpi_internal.kpi_volumes_inverse", \
				"kpi_internal.kpi_money_combine", meaning (duration == "interval" ? "" : "; durations are in seconds"))
		}
	}
}

# A final function; one of counts sees a NULL state too, since it gives zero.
function final_function(name, state, type, sees_null) {
	printf "CREATE FUNCTION %s(%s) RETURNS %s\n", name, state, type
	printf "\tAS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE %s PARALLEL SAFE;\n", sees_null ? "CALLED ON NULL INPUT" : "STRICT"
	printf "COMMENT ON FUNCTION %s(%s) IS\n\t'internal: aggregate final function';\n\n", name, state
}

# The transition functions of columns, for all the types that they come in.
function print_transitions(    n, c, t) {
	for (n = 1; n <= most_columns; n++) {
		for (t = 1; t in duration_types; t++)
			transitions("durations", "kpi_durations", times(", " sql_type(duration_types[t]), n), symbol[sql_type(duration_types[t])])
		for (t = 1; t in amount_types; t++)
			transitions("money", "kpi_money", times(", " sql_type(amount_types[t]), n), symbol[sql_type(amount_types[t])])
		for (c = 1; n < most_columns && c in count_types; c++)
			for (t = 1; t in worked_types; t++)
				transitions("volumes", "kpi_money", ", " sql_type(count_types[c]) times(", " sql_type(worked_types[t]), n), \
					symbol[sql_type(count_types[c])] "_" symbol[sql_type(worked_types[t])])
	}
}

function times(text, n) {
	return n == 0 ? "" : text times(text, n - 1)
}

function transitions(name, state, list, c_types,    i, inverse) {
	for (i = 0; i < 2; i++) {
		inverse = i ? "inverse" : "accum"
		printf "CREATE FUNCTION kpi_internal.kpi_%s_%s(kpi_internal.%s%s) RETURNS kpi_internal.%s\n", name, inverse, state, list, state
		printf "\tAS 'MODULE_PATHNAME', 'kpi_%s_%s_%s' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE%s;\n", name, inverse, c_types, \
			i ? "" : " SUPPORT kpi_internal.kpi_planned"
		printf "COMMENT ON FUNCTION kpi_internal.kpi_%s_%s(kpi_internal.%s%s) IS\n\t'internal: aggregate %stransition';\n\n", name, inverse, state, list, i ? "inverse " : ""
	}
}

# An aggregate whose states add up and subtract.
function moving(name, arguments, state, initial, space, accum, inverse, combine, comment, final) {
	final = "kpi_internal.kpi_" (final ? final : name) "_final"
	printf "CREATE AGGREGATE %s(%s) (\n", name, arguments
	printf "\tSFUNC = %s, STYPE = %s, INITCOND = '%s', SSPACE = %d,\n", accum, state, initial, space
	printf "\tCOMBINEFUNC = %s, FINALFUNC = %s,\n", combine, final
	printf "\tMSFUNC = %s, MINVFUNC = %s, MSTYPE = %s,\n", accum, inverse, state
	printf "\tMINITCOND = '%s', MSSPACE = %d, MFINALFUNC = %s,\n", initial, space, final
	print "\tPARALLEL = SAFE\n);"
	printf "COMMENT ON AGGREGATE %s(%s) IS\n\t%s;\n\n", name, arguments, quoted(comment)
}

# A mix: the items of the rows that belong to a measure.
function mix(name, family, of, measure, arguments, section, better, label_en, label_fr, en, fr,    part, n, i) {
	declare("kpi", name)
	declare("section of a scorecard", section)
	need("measure", measure, kind_of[measure] == "measure")
	need("unit", "mix", "mix" in type_of)
	need("family", family, ("family", family) in declared)
	stands(of ~ /^(calls|leads)$/, "of calls or leads, where outcomes are counted")
	n = split(arguments, part, " ")
	if (part[1] != "outcome" || n < 2 || n > 3)
		fail("arguments of a mix are outcome, the item, and perhaps an amount: " arguments)
	for (i = ++nmixes; i > 1 && mixes[i - 1] > section; i--)
		mixes[i] = mixes[i - 1]
	mixes[i] = section
	mix_name[section] = name
	mix_measure[section] = measure
	mix_arguments[section] = arguments
	mix_definition[section] = en
	if (output == "c")
		printf "MIX(%s, %s, %s, %s)\n", name, measure, n == 3 ? "true" : "false", section
	else if (output == "sql")
		mix_aggregate(name, n, part, label_en " (" label_fr "): " en "; " of_items(n, part) ", " rule["mix"])
	else if (output == "card")
		card_aggregate(name, "mix", "kpi_card_" name "_final", 0, label_en " (" label_fr "): " en "; " rule["mix"])
	catalog(name, family, of, "mix", better, "-", "-", label_en, label_fr, en, fr, en, "")
}

# What becomes of items and amounts.
function of_items(n, part) {
	return "the spaces around a " part[2] " are taken off, an empty or missing one is a class of its own" \
		(n == 3 ? ", a NULL " part[3] " is skipped, one below 0 taken off" : "")
}

function mix_types(n) {
	return "outcome, text" (n == 3 ? ", numeric" : "")
}

function mix_columns(n, part) {
	return "outcome, " part[2] " text" (n == 3 ? ", " part[3] " numeric" : "")
}

# A transition function and its inverse.
function both_transitions(prefix, state, types,    i) {
	for (i = 0; i < 2; i++) {
		printf "CREATE FUNCTION %s_%s(%s, %s) RETURNS %s\n", prefix, i ? "inverse" : "accum", state, types, state
		printf "\tAS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE%s;\n", i ? "" : " SUPPORT kpi_internal.kpi_planned"
		printf "COMMENT ON FUNCTION %s_%s(%s, %s) IS\n\t'internal: aggregate %stransition';\n\n", prefix, i ? "inverse" : "accum", state, types, i ? "inverse " : ""
	}
}

function mix_aggregate(name, n, part, meaning) {
	both_transitions("kpi_internal.kpi_mix_" name, "mix", mix_types(n))
	aggregate_of_items(name, n, part, "kpi_mix_" name, "mix", "", "kpi_mix_combine", "kpi_mix_final", 96, meaning)
}

function aggregate_of_items(name, n, part, prefix, state, initial, combine, final, space, meaning) {
	printf "CREATE AGGREGATE %s(%s) (\n", name, mix_columns(n, part)
	printf "\tSFUNC = kpi_internal.%s_accum, STYPE = %s,%s SSPACE = %d,\n", prefix, state, initial == "" ? "" : " INITCOND = '" initial "',", space
	printf "\tCOMBINEFUNC = kpi_internal.%s, FINALFUNC = kpi_internal.%s,\n", combine, final
	printf "\tMSFUNC = kpi_internal.%s_accum, MINVFUNC = kpi_internal.%s_inverse, MSTYPE = %s,%s MSSPACE = %d,\n", prefix, prefix, state, \
		initial == "" ? "" : " MINITCOND = '" initial "',", space
	printf "\tMFINALFUNC = kpi_internal.%s, PARALLEL = SAFE\n);\n", final
	printf "COMMENT ON AGGREGATE %s(%s) IS\n\t%s;\n\n", name, mix_types(n), quoted(meaning)
}

# The delays from one time to another of the same row, or their median.
function delays(name, family, of, section, arguments, unit, better, label_en, label_fr, en, fr,    part, t, final, meaning) {
	declare("kpi", name)
	need("unit", unit, unit in type_of)
	stands(unit ~ /^(delays|interval)$/, "in delays, or in an interval for their median")
	if (split(arguments, part, " ") != 2)
		fail("arguments of delays are two times: " arguments)
	meaning = label_en " (" label_fr "): " en ", of " of
	final = "kpi_internal.kpi_delays_" (unit == "interval" ? "median_" : "") "final"
	if (output == "c")
		printf "DELAYS(%s, %s, %s)\n", name, section, unit == "interval" ? "true" : "false"
	for (t = 1; output == "sql" && t in time_types; t++)
		delays_aggregate(name, part[1] " " time_types[t] ", " part[2] " " time_types[t], final, meaning "; rows with a NULL are skipped, NULL without any")
	if (output == "card")
		card_aggregate(name, value_type[unit], "kpi_card_" name "_final", 0, meaning "; of the delays " quoted(section) " of all the scorecards, NULL without any")
	catalog(name, family, of, unit, better, "-", "-", label_en, label_fr, en, fr, en, "")
}

function delays_aggregate(name, arguments, final, meaning) {
	printf "CREATE AGGREGATE %s(%s) (\n", name, arguments
	print "\tSFUNC = kpi_internal.kpi_delays_accum, STYPE = delays, SSPACE = 64,"
	printf "\tCOMBINEFUNC = kpi_internal.kpi_delays_combine, FINALFUNC = %s,\n", final
	print "\tMSFUNC = kpi_internal.kpi_delays_accum, MINVFUNC = kpi_internal.kpi_delays_inverse, MSTYPE = delays, MSSPACE = 64,"
	printf "\tMFINALFUNC = %s, PARALLEL = SAFE\n);\n", final
	printf "COMMENT ON AGGREGATE %s(%s) IS\n\t%s;\n\n", name, arguments, quoted(meaning)
}

# One KPI over scorecards; one over outcomes is also had of the other unit.
function card_aggregates(name, state, type, unit, of, meaning, fte) {
	card_aggregate(name, type, "kpi_card_" name "_final", fte, \
		meaning (of == "calls" || of == "leads" ? ", of " of : "") ", over all the scorecards; " rule[unit])
	if (state != "outcome")
		return
	card_aggregate("lead_" name, type, "kpi_card_lead_" name "_final", 0, meaning ", of the leads of all the scorecards; " rule[unit])
	card_aggregate("call_" name, type, "kpi_card_call_" name "_final", 0, meaning ", of the calls of all the scorecards; " rule[unit])
}

# With the time of a full-time equivalent, the state keeps that as a column.
function card_aggregate(name, type, final, fte, meaning,    arguments, accum, inverse) {
	arguments = "scorecard" (fte ? ", fte interval" : "")
	accum = fte ? "kpi_scorecard_fte_accum" : "kpi_scorecard_combine"
	inverse = fte ? "kpi_scorecard_fte_inverse" : "kpi_scorecard_uncombine"
	final_function("kpi_internal." final, "scorecard", type, type == "bigint")
	printf "CREATE AGGREGATE %s(%s) (\n", name, arguments
	printf "\tSFUNC = kpi_internal.%s, STYPE = scorecard, SSPACE = 512,\n", accum
	printf "\tCOMBINEFUNC = kpi_internal.kpi_scorecard_combine, FINALFUNC = kpi_internal.%s,\n", final
	printf "\tMSFUNC = kpi_internal.%s, MINVFUNC = kpi_internal.%s, MSTYPE = scorecard, MSSPACE = 512,\n", accum, inverse
	printf "\tMFINALFUNC = kpi_internal.%s, PARALLEL = SAFE\n);\n", final
	printf "COMMENT ON AGGREGATE %s(%s) IS\n\t%s;\n\n", name, arguments, quoted(meaning)
}

# An aggregate of scorecards that takes columns together, or mixes.
function card_section(name, list,    part, i, n) {
	declare("section", name)
	n = split(list, part, " ")
	if (n == 0)
		fail("a section of nothing: " name)
	for (i = 1; i <= n; i++) {
		need("column or section of a mix", part[i], part[i] in column_kind || part[i] in mix_name)
		if (part[i] in column_kind ? !(part[1] in column_kind) || kind_of[part[i]] != kind_of[part[1]] || part[i] == constant : !(part[1] in mix_name))
			fail("a section is of durations, of amounts, or of mixes: " list)
		if (part[i] in in_section)
			fail(part[i] " is in two sections")
		in_section[part[i]] = 1
	}
	if (n > most_columns)
		fail("more columns than an aggregate takes")
	sections[++nsections] = name
	section_parts[name] = list
}

# The sections that stand together, and each that stands alone.
function each_section(    i, part) {
	for (i = 1; output == "c" && i <= nmixes; i++)
		printf "CARD_MIX(%s)\n", mixes[i]
	for (i = 1; i <= ncolumns; i++) {
		line = line_of["quantity", columns[i]]
		if (!(columns[i] in in_section) && columns[i] != constant)
			card_section(columns[i], columns[i])
	}
	for (i = 1; i <= nmixes; i++) {
		line = line_of["section of a scorecard", mixes[i]]
		if (!(mixes[i] in in_section))
			card_section(mixes[i], mixes[i])
	}
	for (i = 1; i <= nsections; i++) {
		line = line_of["section", sections[i]]
		split(section_parts[sections[i]], part, " ")
		if (part[1] in mix_name)
			print_mix_section(sections[i], section_parts[sections[i]])
		else
			print_section(sections[i], section_parts[sections[i]])
	}
}

function print_section(name, list,    part, n, t, kind, what, c_list) {
	n = split(list, part, " ")
	kind = kind_of[part[1]]
	if (output == "c") {
		for (t = 1; t <= n; t++)
			c_list = c_list ", " toupper(kind) "_" part[t]
		printf "%s_SECTION(%s%s)\n", toupper(kind), name, c_list
		return
	}
	what = list
	gsub(/ /, ", ", what)
	sub(/customers/, "the number of new customers", what)
	what = (kind == "time" ? "a scorecard of time: " : "a scorecard of amounts: ") what "; NULLs are skipped"
	final_function("kpi_internal.kpi_scorecard_" name "_final", "kpi_internal.kpi_" (kind == "time" ? "durations" : "money"), "scorecard", 0)
	if (kind == "time")
		for (t = 1; t in duration_types; t++)
			durations_aggregate("scorecard_" name, "scorecard_" name, n, part, sql_type(duration_types[t]), what)
	else
		for (t = 1; t in amount_types; t++)
			money_aggregate("scorecard_" name, "scorecard_" name, n, part, sql_type(amount_types[t]), what)
}

# A mix alone has the state of its KPI; several have the scorecard itself.
function print_mix_section(name, list,    section, count, arguments, part, n, i, what, c_list, final) {
	count = split(list, section, " ")
	for (i = 1; i <= count; i++) {
		if (length(mix_arguments[section[i]]) > length(arguments))
			arguments = mix_arguments[section[i]]
	}
	n = split(arguments, part, " ")
	for (i = 1; i <= count; i++) {
		if (index(arguments " ", mix_arguments[section[i]] " ") != 1)
			fail("mixes of a section have the same item and amount: " list)
		what = what (i > 1 ? ", and " : "a scorecard of ") mix_definition[section[i]]
		c_list = c_list ", {CARD_MIX_" section[i] ", is_" mix_measure[section[i]] ", " (mix_arguments[section[i]] ~ / .* / ? "true" : "false") "}"
	}
	what = what "; " of_items(n, part)
	final = "kpi_scorecard_" name "_final"
	if (output == "c" && count == 1)
		printf "MIX_SECTION(%s, %s)\n", name, list
	else if (output == "c")
		printf "MIXES_SECTION(%s%s)\n", name, c_list
	else if (count == 1) {
		final_function("kpi_internal." final, "mix", "scorecard", 1)
		aggregate_of_items("scorecard_" name, n, part, "kpi_mix_" mix_name[list], "mix", "", "kpi_mix_combine", final, 96, what)
	} else {
		both_transitions("kpi_internal.kpi_scorecard_" name, "scorecard", mix_types(n))
		final_function("kpi_internal." final, "scorecard", "scorecard", 0)
		aggregate_of_items("scorecard_" name, n, part, "kpi_scorecard_" name, "scorecard", "{}", "kpi_scorecard_combine", final, 256, what)
	}
}

# A row of the view kpi_catalog.
function catalog(name, family, of, unit, better, average, best, label_en, label_fr, en, fr, numerator, denominator) {
	need("family", family, ("family", family) in declared)
	need("word for what it is of:", of, of in of_unit)
	row_of[family, ++rows[family]] = quoted(name) ", " quoted(family) ", " quoted(label_en) ", " quoted(label_fr) ", " \
		quoted(en) ", " quoted(fr) ", " quoted(of) ", " quoted(numerator) ", " (denominator == "" ? "NULL" : quoted(denominator)) ", " \
		quoted(unit) ", " (better == "-" ? "NULL" : quoted(better)) ", " ($1 == "other" ? "false" : "true") ", " \
		(average == "-" ? "NULL" : average) ", " (best == "-" ? "NULL" : best)
}

# The families follow one another as in the trade's own presentation.
function print_catalog(    i, j, n, part, row, all) {
	for (i = 1; i <= nfamilies; i++)
		for (j = 1; j <= rows[families[i]]; j++)
			all = all sprintf("%s\n\t\t(%d, %s)", n ? "," : "", ++n, row_of[families[i], j])
	print "CREATE VIEW kpi_catalog AS"
	print "\tSELECT name, family, label_en, label_fr, definition_en, definition_fr, of, numerator, denominator,"
	print "\t\tunit, better, in_scorecards, average::numeric, best::numeric"
	printf "\tFROM (VALUES%s\n", all
	print "\t) AS catalog(position, name, family, label_en, label_fr, definition_en, definition_fr, of,"
	print "\t\tnumerator, denominator, unit, better, in_scorecards, average, best)"
	print "\tORDER BY position;"
	print "COMMENT ON VIEW kpi_catalog IS\n\t'every KPI: its names, what it is of, what it divides by what, and which way is better';"
	n = split("name:the aggregate''s name;family:what it is about, a code, in the order of the trade''s own presentations;" \
		"label_en:its English name;label_fr:its French name;definition_en:what it is, numerator / denominator;definition_fr:the same in French;" \
		"of:what it is of, and which section of a scorecard has it: calls, leads, lines, time or money;" \
		"numerator:what is added up, in words;denominator:what it is divided by, NULL for a count, a total or a mix;" \
		"unit:of the result;better:higher or lower, NULL where neither is;in_scorecards:whether it is had over scorecards too;" \
		"average:the trade''s average, where it is known;best:what the best reach, where it is known", part, ";")
	for (i = 1; i <= n; i++) {
		split(part[i], row, ":")
		sub(/^[^:]*:/, "", part[i])
		printf "COMMENT ON COLUMN kpi_catalog.%s IS '%s';\n", row[1], part[i]
	}
	print "GRANT SELECT ON kpi_catalog TO PUBLIC;\n"
}
