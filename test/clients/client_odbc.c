/*
 * Prints, for each column of the query in a file, its name, the SQL type that
 * psqlODBC gives it, the C type that a program binds for that type, and the
 * value so bound; or runs the statements of a .tsv file, as clients.t says,
 * but for those that take an array, of which ODBC has none.
 *
 *	client_odbc CONNECTION-STRING FILE
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sql.h>
#include <sqlext.h>

static void
check(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle, const char *what)
{
	SQLCHAR		state[6];
	SQLCHAR		message[512];

	if (SQL_SUCCEEDED(rc))
		return;
	if (SQL_SUCCEEDED(SQLGetDiagRec(type, handle, 1, state, NULL, message, sizeof(message), NULL)))
		fprintf(stderr, "%s: %s %s\n", what, (char *) state, (char *) message);
	else
		fprintf(stderr, "%s failed\n", what);
	exit(1);
}

static const char *
type_name(SQLSMALLINT type)
{
	switch (type)
	{
		case SQL_DOUBLE:
			return "SQL_DOUBLE";
		case SQL_FLOAT:
			return "SQL_FLOAT";
		case SQL_BIGINT:
			return "SQL_BIGINT";
		case SQL_NUMERIC:
			return "SQL_NUMERIC";
		case SQL_VARCHAR:
			return "SQL_VARCHAR";
		case SQL_WVARCHAR:
			return "SQL_WVARCHAR";
		case SQL_LONGVARCHAR:
			return "SQL_LONGVARCHAR";
		case SQL_WLONGVARCHAR:
			return "SQL_WLONGVARCHAR";
		case SQL_TYPE_TIME:
			return "SQL_TYPE_TIME";
		default:
			return "another";
	}
}

static void
describe(SQLHDBC dbc, FILE *file)
{
	SQLHSTMT	statement;
	SQLSMALLINT columns;
	char		query[8192];

	query[fread(query, 1, sizeof(query) - 1, file)] = '\0';
	SQLAllocHandle(SQL_HANDLE_STMT, dbc, &statement);
	check(SQLExecDirect(statement, (SQLCHAR *) query, SQL_NTS), SQL_HANDLE_STMT, statement, "the query");
	check(SQLNumResultCols(statement, &columns), SQL_HANDLE_STMT, statement, "columns");
	check(SQLFetch(statement), SQL_HANDLE_STMT, statement, "fetching");

	for (SQLSMALLINT i = 1; i <= columns; i++)
	{
		SQLCHAR		name[64];
		SQLSMALLINT type;
		SQLLEN		length;
		SQLCHAR		text[4096];
		double		number;

		check(SQLDescribeCol(statement, i, name, sizeof(name), NULL, &type, NULL, NULL, NULL),
			  SQL_HANDLE_STMT, statement, "describing");
		printf("%s\t%s\t", (char *) name, type_name(type));
		switch (type)
		{
			case SQL_DOUBLE:
			case SQL_FLOAT:
			case SQL_BIGINT:
			case SQL_NUMERIC:
				check(SQLGetData(statement, i, SQL_C_DOUBLE, &number, sizeof(number), &length),
					  SQL_HANDLE_STMT, statement, "a number");
				if (length == SQL_NULL_DATA)
					printf("double\tNULL\n");
				else
					printf("double\t%.15g\n", number);
				break;
			default:
				check(SQLGetData(statement, i, SQL_C_CHAR, text, sizeof(text), &length),
					  SQL_HANDLE_STMT, statement, "a text");
				printf("char\t%s\n", length == SQL_NULL_DATA ? "NULL" : (char *) text);
				break;
		}
	}
}

#define MAX_PARAMETERS 8

/* Runs a statement; what it said, or the error's SQLSTATE. */
static void
run(SQLHDBC dbc, char *text, char **parameters, int n, SQLCHAR *said, SQLLEN size)
{
	SQLHSTMT	statement;
	SQLLEN		lengths[MAX_PARAMETERS];
	/* the server changes its plan after some times */
	int			times = strncmp(text, "SELECT", 6) == 0 ? 12 : 1;

	SQLAllocHandle(SQL_HANDLE_STMT, dbc, &statement);
	check(SQLPrepare(statement, (SQLCHAR *) text, SQL_NTS), SQL_HANDLE_STMT, statement, text);
	for (int i = 0; i < n; i++)
	{
		lengths[i] = strcmp(parameters[i], "\\N") == 0 ? SQL_NULL_DATA : SQL_NTS;
		check(SQLBindParameter(statement, i + 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 60, 0,
							   parameters[i], 0, &lengths[i]),
			  SQL_HANDLE_STMT, statement, "a parameter");
	}
	strcpy((char *) said, "done");
	while (times-- > 0)
	{
		if (!SQL_SUCCEEDED(SQLExecute(statement)))
		{
			SQLGetDiagRec(SQL_HANDLE_STMT, statement, 1, said, NULL, NULL, 0, NULL);
			break;
		}
		if (strncmp(text, "SELECT", 6) != 0)
			continue;
		check(SQLFetch(statement), SQL_HANDLE_STMT, statement, text);
		check(SQLGetData(statement, 1, SQL_C_CHAR, said, size, NULL), SQL_HANDLE_STMT, statement, text);
		SQLCloseCursor(statement);
	}
	SQLFreeHandle(SQL_HANDLE_STMT, statement);
}

static void
bind(SQLHDBC dbc, FILE *file)
{
	char		line[1024];

	while (fgets(line, sizeof(line), file))
	{
		char	   *fields[3 + MAX_PARAMETERS];
		int			n = 0;
		SQLCHAR		said[64];

		for (char *field = strtok(line, "\t\n"); field && n < 3 + MAX_PARAMETERS; field = strtok(NULL, "\t\n"))
			fields[n++] = field;
		if (n > 3 && fields[3][0] == '{')
			continue;
		run(dbc, fields[2], fields + 3, n - 3, said, sizeof(said));
		printf("%s\t%s\n", fields[0], (char *) said);
	}
}

int
main(int argc, char **argv)
{
	SQLHENV		env;
	SQLHDBC		dbc;
	FILE	   *file;

	if (argc != 3 || (file = fopen(argv[2], "r")) == NULL)
		return 2;
	setlocale(LC_ALL, "C.UTF-8");

	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER) SQL_OV_ODBC3, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
	check(SQLDriverConnect(dbc, NULL, (SQLCHAR *) argv[1], SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT),
		  SQL_HANDLE_DBC, dbc, "connecting");
	if (strcmp(argv[2] + strlen(argv[2]) - 4, ".tsv") == 0)
		bind(dbc, file);
	else
		describe(dbc, file);
	return 0;
}
