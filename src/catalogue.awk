# catalogue.awk - makes C and SQL of catalogue.dat
#
#	awk -v output=c   -f catalogue.awk catalogue.dat > catalogue.gen.h
#	awk -v output=sql -f catalogue.awk catalogue.dat > catalogue.gen.sql

BEGIN {
	FS = "[ \t]*;[ \t]*"
	if (output == "c")
		print "/* Made by catalogue.awk from catalogue.dat. */"
	else
		print "-- The KPIs over outcomes and over leads"
}

/^#/ || /^[ \t]*$/ { next }

$1 == "measure" && NF == 4 {
	words[$2] = $4
	if (output == "c")
		printf "MEASURE(%s, %s, \"%s\")\n", $2, $3, $4
	next
}

$1 == "rate" && NF == 10 {
	known($4); known($5)
	if (output == "c")
		printf "RATE(%s, %s, %s)\n", $2, $4, $5
	else
		aggregates($2, "double precision", $9 " (" $10 "): " words[$4] " / " words[$5], \
			"a fraction; NULLs are skipped, NULL where the denominator is empty")
	catalog($2, $3, $9, $10, words[$4], words[$5], "fraction", $6, \
		$7 == "-" ? "" : "average " $7 ", best " $8)
	next
}

$1 == "line_rate" && NF == 10 {
	known($4); known($5)
	if (output == "c")
		printf "LINE_RATE(%s, %s, %s)\n", $2, $4, $5
	else
		plain($2, "line_type", "kpi_line_tally", "double precision", \
			$9 " (" $10 "): " words[$4] " / " words[$5], \
			"a fraction; NULLs are skipped, NULL where the denominator is empty")
	catalog($2, $3, $9, $10, words[$4], words[$5], "fraction", $6, \
		$7 == "-" ? "" : "average " $7 ", best " $8)
	next
}

$1 == "count" && NF == 7 {
	known($4)
	if (output == "c")
		printf "COUNT(%s, %s)\n", $2, $4
	else
		aggregates($2, "bigint", $6 " (" $7 "): " words[$4], \
			"a count; NULLs are skipped, 0 without rows")
	catalog($2, $3, $6, $7, words[$4], "", "count", $5, "")
	next
}

{
	printf "%s:%d: not a row of the table: %s\n", FILENAME, FNR, $0 > "/dev/stderr"
	exit 1
}

END {
	if (output == "sql" && rows != "")
		print_catalog()
}

function known(measure) {
	if (!(measure in words)) {
		printf "%s:%d: unknown measure: %s\n", FILENAME, FNR, measure > "/dev/stderr"
		exit 1
	}
}

function quoted(text) {
	gsub(/'/, "''", text)
	return "'" text "'"
}

# One KPI over rows whose state is a tally.
function plain(name, argument, tally, type, definition, rule) {
	final("kpi_" name "_final", tally, type, "STRICT")
	printf "CREATE AGGREGATE %s(%s) (\n", name, argument
	printf "\tSFUNC = %s_accum, STYPE = %s, INITCOND = '{}', SSPACE = 64,\n", tally, tally
	printf "\tCOMBINEFUNC = %s_combine, FINALFUNC = kpi_%s_final,\n", tally, name
	printf "\tMSFUNC = %s_accum, MINVFUNC = %s_inverse, MSTYPE = %s,\n", tally, tally, tally
	printf "\tMINITCOND = '{}', MSSPACE = 64, MFINALFUNC = kpi_%s_final,\n", name
	print "\tPARALLEL = SAFE\n);"
	printf "COMMENT ON AGGREGATE %s(%s) IS\n\t%s;\n\n", name, argument, \
		quoted(definition "; " rule)
}

# One KPI over outcomes, and its twin over leads.
function aggregates(name, type, definition, rule) {
	plain(name, "outcome", "kpi_tally", type, definition, rule)

	# a count of no leads is zero, so its final function sees the NULL state
	final("kpi_lead_" name "_final", "internal", type, \
		type == "bigint" ? "CALLED ON NULL INPUT" : "STRICT")
	printf "CREATE AGGREGATE lead_%s(outcome, lead anyelement) (\n", name
	print "\tSFUNC = kpi_journeys_accum, STYPE = internal, SSPACE = 1024,"
	print "\tCOMBINEFUNC = kpi_journeys_combine,"
	print "\tSERIALFUNC = kpi_journeys_serialize, DESERIALFUNC = kpi_journeys_deserialize,"
	printf "\tFINALFUNC = kpi_lead_%s_final, PARALLEL = SAFE\n);\n", name
	printf "COMMENT ON AGGREGATE lead_%s(outcome, anyelement) IS\n\t%s;\n\n", name, \
		quoted(definition ", over leads, all rows of a lead taken together; " rule)
}

function final(name, state, type, nulls) {
	printf "CREATE FUNCTION %s(%s) RETURNS %s\n", name, state, type
	printf "\tAS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE %s PARALLEL SAFE;\n", nulls
	printf "COMMENT ON FUNCTION %s(%s) IS\n\t'internal: aggregate final function';\n\n", name, state
}

# A row of the view kpi_catalog.
function catalog(name, family, label_en, label_fr, numerator, denominator, unit, better, benchmark) {
	rows = rows sprintf("%s\n\t\t(%d, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", \
		rows == "" ? "" : ",", ++nrows, quoted(name), quoted(family), \
		quoted(label_en), quoted(label_fr), \
		quoted(denominator == "" ? numerator : numerator " / " denominator), \
		quoted(numerator), denominator == "" ? "NULL" : quoted(denominator), \
		quoted(unit), better == "-" ? "NULL" : quoted(better), \
		benchmark == "" ? "NULL" : quoted(benchmark))
}

function print_catalog() {
	print "CREATE VIEW kpi_catalog AS"
	print "\tSELECT name, family, label_en, label_fr, definition, numerator, denominator,"
	print "\t\tunit, better, benchmark"
	printf "\tFROM (VALUES%s\n", rows
	print "\t) AS catalog(position, name, family, label_en, label_fr, definition,"
	print "\t\tnumerator, denominator, unit, better, benchmark)"
	print "\tORDER BY position;"
	print "COMMENT ON VIEW kpi_catalog IS\n\t'every KPI: its names, what it divides by what, and which way is better';"
	print "GRANT SELECT ON kpi_catalog TO PUBLIC;\n"
}
