# catalogue.awk - makes C and SQL of catalogue.dat
#
#	awk -v output=c   -f catalogue.awk catalogue.dat > catalogue.gen.h
#	awk -v output=sql -f catalogue.awk catalogue.dat > catalogue.gen.sql
#	awk -v output=card -f catalogue.awk catalogue.dat > scorecard.gen.sql

BEGIN {
	FS = "[ \t]*;[ \t]*"
	# the SQL types of durations, and the C names of their transitions
	ntypes = split("interval integer bigint double,precision numeric", types, " ")
	split("interval int4 int8 float8 numeric", symbols, " ")
	for (i = 1; i <= ntypes; i++)
		sub(",", " ", types[i])
	nfamilies = split("targeting,reach,productivity,sales,net sales,return", families, ",")
	for (i = 1; i <= nfamilies; i++)
		rank[families[i]] = i
	if (output == "c")
		print_macros()
	else
		print "-- The KPIs" (output == "card" ? " over scorecards" : "")
}

/^#/ || /^[ \t]*$/ { next }

$1 == "measure" && NF == 4 {
	words[$2] = $4
	if (output == "c")
		printf "MEASURE(%s, %s, \"%s\")\n", $2, $3, $4
	next
}

$1 == "quantity" && NF == 3 {
	words[$2] = $3
	if (output == "c")
		printf "QUANTITY(%s)\n", $2
	next
}

$1 == "rate" && NF == 11 {
	if (output == "c")
		printf "RATE(%s, %s, %s)\n", $2, known($5), known($6)
	else if (output == "sql")
		outcome_aggregates($2, "double precision", $10 " (" $11 "): " words[$5] " / " words[$6], \
			"a fraction; NULLs are skipped, NULL where the denominator is empty")
	definition($2, $3, $4, $5, $6, "fraction", "", $7, $8, $9, $10, $11)
	next
}

$1 == "line_rate" && NF == 11 {
	if (output == "c")
		printf "LINE_RATE(%s, %s, %s)\n", $2, known($5), known($6)
	else if (output == "sql") {
		final("kpi_internal.kpi_" $2 "_final", "kpi_internal.kpi_line_tally", "double precision", "STRICT")
		aggregate($2, "line_type", "kpi_internal.kpi_line_tally", "{}", 64, "kpi_internal.kpi_line_tally_accum", "kpi_internal.kpi_line_tally_inverse", \
			"kpi_internal.kpi_line_tally_combine", $10 " (" $11 "): " formula($5, $6, "fraction") \
			"; a fraction; NULLs are skipped, NULL where the denominator is empty")
	}
	definition($2, $3, $4, $5, $6, "fraction", "", $7, $8, $9, $10, $11)
	next
}

$1 == "count" && NF == 8 {
	if (output == "c")
		printf "COUNT(%s, %s)\n", $2, known($5)
	else if (output == "sql")
		outcome_aggregates($2, "bigint", $7 " (" $8 "): " words[$5], \
			"a count; NULLs are skipped, 0 without rows")
	definition($2, $3, $4, $5, "-", "count", "", $6, "-", "-", $7, $8)
	next
}

$1 == "time" && NF == 10 {
	if (output == "c")
		printf "TIME(%s)\n", $2
	else if (output == "sql")
		time_aggregates($2, $4, result_type($7), \
			$9 " (" $10 "): " formula($5, $6, $7) ", " rule[$7])
	definition($2, $3, outcome_unit($5, $6), $5, $6, $7, $4, $8, "-", "-", $9, $10)
	next
}

$1 == "money" && NF == 10 {
	if (output == "c")
		printf "MONEY(%s)\n", $2
	else if (output == "sql")
		money_aggregate($2, $4, result_type($7), \
			$9 " (" $10 "): " formula($5, $6, $7) ", " rule[$7])
	definition($2, $3, outcome_unit($5, $6), $5, $6, $7, $4, $8, "-", "-", $9, $10)
	next
}

$1 == "other" && NF == 8 {
	if (output == "card" && $5 == "mix")
		card_aggregate($2, "mix", $7 " (" $8 "): " $4 ", NULL without any")
	catalog($2, $3, $7, $8, $4, $4, "", $5, $6, "")
	next
}

{ fail("not a row of the table") }

END {
	if (!failed && output == "c")
		print_macros_end()
	if (!failed && output == "sql")
		print_catalog()
}

# The C file is read several times, each with its own macros; those that a
# reader does not define are empty.
function print_macros(    i) {
	print "/* Made by catalogue.awk from catalogue.dat. */"
	nmacros = split("MEASURE QUANTITY RATE LINE_RATE COUNT TIME MONEY DEFINITION CARD", macros, " ")
	for (i = 1; i <= nmacros; i++)
		printf "#ifndef %s\n#define %s(...)\n#endif\n", macros[i], macros[i]
}

function print_macros_end(    i) {
	for (i = 1; i <= nmacros; i++)
		print "#undef " macros[i]
}

function fail(why) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0 > "/dev/stderr"
	failed = 1
	exit 1
}

function known(quantity) {
	if (!(quantity in words))
		fail("unknown measure or quantity " quantity)
	return quantity
}

function quoted(text) {
	gsub(/'/, "''", text)
	return "'" text "'"
}

# "talk + handle" in words
function in_words(sum,    part, n) {
	n = split(sum, part, " ")
	return n == 1 ? words[known(part[1])] : words[known(part[1])] " " part[2] " " words[known(part[3])]
}

# An FTE's time is no column to divide by, but what worked time is counted in.
function divisor(denominator, result) {
	return words[known(denominator)] (result == "per_fte" ? " / fte" : "")
}

function formula(numerator, denominator, result,    sum, base) {
	sum = in_words(numerator)
	if (denominator == "-")
		return sum
	base = divisor(denominator, result)
	return (sum ~ / [-+] / ? "(" sum ")" : sum) " / " (base ~ / \/ / ? "(" base ")" : base)
}

function result_type(result) {
	rule["interval"] = "an interval; NULLs are skipped, NULL where there is nothing to divide by, or nothing at all"
	rule["fraction"] = "a fraction; NULLs are skipped, NULL where the denominator is empty"
	rule["per_hour"] = "a number per hour; NULLs are skipped, NULL where nothing was worked"
	rule["per_day"] = "a number per day; NULLs are skipped, NULL where nothing was worked"
	rule["per_fte"] = "a number per full-time equivalent, whose time is the same on every row; NULLs are skipped, NULL where nothing was worked"
	rule["amount"] = "an amount; NULLs are skipped, NULL where there is nothing to divide by, or nothing at all"
	if (!(result in rule))
		fail("unknown result " result)
	return result == "interval" ? "interval" : result == "amount" ? "numeric" : "double precision"
}

# One KPI over rows, and its twin over leads.
function outcome_aggregates(name, type, meaning, nulls) {
	final("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_tally", type, "STRICT")
	aggregate(name, "outcome", "kpi_internal.kpi_tally", "{}", 64, "kpi_internal.kpi_tally_accum", "kpi_internal.kpi_tally_inverse", \
		"kpi_internal.kpi_tally_combine", meaning "; " nulls)

	# a count of no leads is zero, so its final function sees the NULL state
	final("kpi_internal.kpi_lead_" name "_final", "internal", type, \
		type == "bigint" ? "CALLED ON NULL INPUT" : "STRICT")
	printf "CREATE AGGREGATE lead_%s(outcome, lead anyelement) (\n", name
	print "\tSFUNC = kpi_internal.kpi_journeys_accum, STYPE = internal, SSPACE = 1024,"
	print "\tCOMBINEFUNC = kpi_internal.kpi_journeys_combine,"
	print "\tSERIALFUNC = kpi_internal.kpi_journeys_serialize, DESERIALFUNC = kpi_internal.kpi_journeys_deserialize,"
	printf "\tFINALFUNC = kpi_internal.kpi_lead_%s_final, PARALLEL = SAFE\n);\n", name
	printf "COMMENT ON AGGREGATE lead_%s(outcome, anyelement) IS\n\t%s;\n\n", name, \
		quoted(meaning ", over leads, all rows of a lead taken together; " nulls)
}

# One KPI over durations, for every type that they come in.
function time_aggregates(name, columns, type, meaning,    part, n, i, t, arguments, list, state) {
	n = split(columns, part, " ")
	state = part[1] ~ /^(talk|handle|worked)$/ ? "kpi_internal.kpi_durations" : "kpi_internal.kpi_volumes"
	final("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_durations", type, "STRICT")
	for (t = 1; t <= ntypes; t++) {
		arguments = list = ""
		for (i = 1; i <= n; i++) {
			sub(/:.*/, "", part[i])
			arguments = arguments (i > 1 ? ", " : "") part[i] " " column_type(state, i, t)
			list = list ", " column_type(state, i, t)
		}
		transition(state "_accum", "kpi_internal.kpi_durations", list, state "_accum_" symbols[t], "aggregate transition")
		transition(state "_inverse", "kpi_internal.kpi_durations", list, state "_inverse_" symbols[t], "aggregate inverse transition")
		aggregate(name, arguments, "kpi_internal.kpi_durations", "0/0,0/0,0/0,0", 0, state "_accum", state "_inverse", \
			state "_combine", meaning (types[t] == "interval" ? "" : "; durations are in seconds"))
	}
}

function column_type(state, column, t) {
	return state == "kpi_internal.kpi_volumes" && column == 1 ? "bigint" : types[t]
}

function money_aggregate(name, columns, type, meaning,    part, n, i, arguments) {
	n = split(columns, part, " ")
	for (i = 1; i <= n; i++) {
		sub(/:.*/, "", part[i])
		arguments = arguments (i > 1 ? ", " : "") part[i] " numeric"
	}
	final("kpi_internal.kpi_" name "_final", "kpi_internal.kpi_money", type, "STRICT")
	aggregate(name, arguments, "kpi_internal.kpi_money", "{}", 64, "kpi_internal.kpi_money_accum", "kpi_internal.kpi_money_inverse", \
		"kpi_internal.kpi_money_combine", meaning)
}

function final(name, state, type, nulls) {
	printf "CREATE FUNCTION %s(%s) RETURNS %s\n", name, state, type
	printf "\tAS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE %s PARALLEL SAFE;\n", nulls
	printf "COMMENT ON FUNCTION %s(%s) IS\n\t'internal: aggregate final function';\n\n", name, state
}

# A function's name without its schema, which is its symbol in C.
function unqualified(name) {
	sub(/^kpi_internal\./, "", name)
	return name
}

# A transition function, once for all the aggregates that it serves.
function transition(name, state, list, symbol, what) {
	if ((name, list) in made)
		return
	made[name, list] = 1
	printf "CREATE FUNCTION %s(%s%s) RETURNS %s\n", name, state, list, state
	printf "\tAS 'MODULE_PATHNAME', '%s' LANGUAGE C IMMUTABLE PARALLEL SAFE;\n", unqualified(symbol)
	printf "COMMENT ON FUNCTION %s(%s%s) IS\n\t'internal: %s';\n\n", name, state, list, what
}

# An aggregate whose states add up and subtract.
function aggregate(name, arguments, state, initial, space, accum, inverse, combine, comment) {
	space = space ? ", SSPACE = " space : ""
	printf "CREATE AGGREGATE %s(%s) (\n", name, arguments
	printf "\tSFUNC = %s, STYPE = %s, INITCOND = '%s'%s,\n", accum, state, initial, space
	printf "\tCOMBINEFUNC = %s, FINALFUNC = kpi_internal.kpi_%s_final,\n", combine, name
	sub("SSPACE", "MSSPACE", space)
	printf "\tMSFUNC = %s, MINVFUNC = %s, MSTYPE = %s,\n", accum, inverse, state
	printf "\tMINITCOND = '%s'%s, MFINALFUNC = kpi_internal.kpi_%s_final,\n", initial, space, name
	print "\tPARALLEL = SAFE\n);"
	printf "COMMENT ON AGGREGATE %s(%s) IS\n\t%s;\n\n", name, arguments, quoted(comment)
}

# Calls and conversations are counted in calls, what comes of them in leads.
function outcome_unit(numerator, denominator) {
	if (numerator == "attempted" || numerator == "contact" || denominator == "attempted" || denominator == "contact")
		return "call"
	return numerator == "sale" || denominator == "sale" || denominator == "appointment" ? "lead" : "-"
}

# One KPI over scorecards.
function card_aggregate(name, type, meaning) {
	final("kpi_internal.kpi_card_" name "_final", "scorecard", type, type == "bigint" ? "CALLED ON NULL INPUT" : "STRICT")
	printf "CREATE AGGREGATE %s(scorecard) (\n", name
	print "\tSFUNC = kpi_internal.kpi_scorecard_merge, STYPE = scorecard, SSPACE = 2048,"
	printf "\tCOMBINEFUNC = kpi_internal.kpi_scorecard_merge, FINALFUNC = kpi_internal.kpi_card_%s_final,\n", name
	print "\tMSFUNC = kpi_internal.kpi_scorecard_merge, MINVFUNC = kpi_internal.kpi_scorecard_unmerge, MSTYPE = scorecard, MSSPACE = 2048,"
	printf "\tMFINALFUNC = kpi_internal.kpi_card_%s_final, PARALLEL = SAFE\n);\n", name
	printf "COMMENT ON AGGREGATE %s(scorecard) IS\n\t%s;\n\n", name, quoted(meaning)
}

# A row of the C table, and of the view kpi_catalog.
function definition(name, family, unit, numerator, denominator, result, columns, better, average, best, label_en, label_fr,    cards, sum, part, column, n, i) {
	cards = numerator " " denominator " " columns !~ /(^| )(margin|fte)( |$)/
	if (output == "card" && cards)
		card_aggregate(name, result == "count" ? "bigint" : result_type(result), \
			label_en " (" label_fr "): " formula(numerator, denominator, result) ", over all the scorecards; " \
			(result == "count" ? "a count" : rule[result]))
	if (output == "c") {
		if (cards)
			printf "CARD(%s)\n", name
		n = split(numerator, part, " ")
		sum = n == 1 ? "Q_" known(part[1]) ", Q_none, 0" : \
			"Q_" known(part[1]) ", Q_" known(part[3]) ", " part[2] "1"
		n = split(columns, column, " ")
		for (i = 1; i <= 3; i++) {
			sub(/.*:/, "", column[i])
			column[i] = i <= n ? "Q_" known(column[i]) : "Q_none"
		}
		printf "DEFINITION(%s, \"%s\", \"%s\", \"%s\", RESULT_%s, %s, %s, Q_%s, %s, %s, %s, %s, %s)\n", \
			name, family, label_en, label_fr, toupper(result), unit == "-" ? "UNIT_NONE" : "UNIT_" toupper(unit), sum, \
			denominator == "-" ? "none" : known(denominator), column[1], column[2], column[3], \
			average == "-" ? "0" : average, best == "-" ? "0" : best
		return
	}
	catalog(name, family, label_en, label_fr, formula(numerator, denominator, result), in_words(numerator), \
		denominator == "-" ? "" : divisor(denominator, result), result, better, \
		average == "-" ? "" : "average " average ", best " best)
}

function catalog(name, family, label_en, label_fr, meaning, numerator, denominator, unit, better, benchmark) {
	sub("_", " ", unit)
	if (!(family in rank))
		fail("unknown family " family)
	row_of[rank[family], ++rows[rank[family]]] = sprintf("%s, %s, %s, %s, %s, %s, %s, %s, %s, %s", \
		quoted(name), quoted(family), quoted(label_en), quoted(label_fr), quoted(meaning), \
		quoted(numerator), denominator == "" ? "NULL" : quoted(denominator), \
		quoted(unit), better == "-" ? "NULL" : quoted(better), \
		benchmark == "" ? "NULL" : quoted(benchmark))
}

# The families follow one another as in the trade's own presentation.
function print_catalog(    i, j, n, part, row, all) {
	for (i = 1; i <= nfamilies; i++) {
		for (j = 1; j <= rows[i]; j++)
			all = all sprintf("%s\n\t\t(%d, %s)", n ? "," : "", ++n, row_of[i, j])
	}
	print "CREATE VIEW kpi_catalog AS"
	print "\tSELECT name, family, label_en, label_fr, definition, numerator, denominator,"
	print "\t\tunit, better, benchmark"
	printf "\tFROM (VALUES%s\n", all
	print "\t) AS catalog(position, name, family, label_en, label_fr, definition,"
	print "\t\tnumerator, denominator, unit, better, benchmark)"
	print "\tORDER BY position;"
	print "COMMENT ON VIEW kpi_catalog IS\n\t'every KPI: its names, what it divides by what, and which way is better';"
	n = split("name:the aggregate''s name;family:what it is about, in the order of the trade''s own presentations;" \
		"label_en:its English name;label_fr:its French name;definition:numerator / denominator;" \
		"numerator:what is added up, in words;denominator:what it is divided by, NULL for a count, a total or a mix;" \
		"unit:of the result;better:higher or lower, NULL where neither is;benchmark:known values of the trade", part, ";")
	for (i = 1; i <= n; i++) {
		split(part[i], row, ":")
		printf "COMMENT ON COLUMN kpi_catalog.%s IS '%s';\n", row[1], row[2]
	}
	print "GRANT SELECT ON kpi_catalog TO PUBLIC;\n"
}
