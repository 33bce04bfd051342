# Prints, for each column of the query in a file, its name, the type that
# RPostgreSQL gives it, the class in R, and the value.
#
#	Rscript client_r.R HOST PORT QUERY-FILE

suppressWarnings(suppressPackageStartupMessages(library(RPostgreSQL)))

arguments <- commandArgs(trailingOnly = TRUE)
connection <- dbConnect(PostgreSQL(), host = arguments[1], port = as.integer(arguments[2]), user = "postgres", dbname = "postgres")
# the driver knows no types but the server's own, and warns of each other
result <- suppressWarnings(dbSendQuery(connection, paste(readLines(arguments[3]), collapse = "\n")))
types <- dbColumnInfo(result)
row <- suppressWarnings(fetch(result, n = 1))
for (i in seq_along(row))
	cat(names(row)[i], types$type[i], class(row[[i]])[1],
		if (is.na(row[[i]])) "NULL" else format(row[[i]], digits = 15), sep = "\t", fill = FALSE, "\n")
