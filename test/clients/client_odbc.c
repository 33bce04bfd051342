/*
 * Prints, for each column of the query in a file, its name, the SQL type that
 * psqlODBC gives it, the C type that a program binds for that type, and the
 * value so bound.
 *
 *	client_odbc CONNECTION-STRING QUERY-FILE
 */
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

int
main(int argc, char **argv)
{
	SQLHENV		env;
	SQLHDBC		dbc;
	SQLHSTMT	statement;
	SQLSMALLINT columns;
	char		query[8192];
	FILE	   *file;

	if (argc != 3 || (file = fopen(argv[2], "r")) == NULL)
		return 2;
	query[fread(query, 1, sizeof(query) - 1, file)] = '\0';
	fclose(file);

	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER) SQL_OV_ODBC3, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
	check(SQLDriverConnect(dbc, NULL, (SQLCHAR *) argv[1], SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT),
		  SQL_HANDLE_DBC, dbc, "connecting");
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
	return 0;
}
