"""Prints, for each column of the query in a file, its name, the OID or name of
the type that psycopg gives it, the class of the object that it hands over, and that;
or runs the statements of a .tsv file, as clients.t says: with parameters that the
server binds, which are text where they are binary, or that the client writes.

	client_psycopg.py 2|3 CONNECTION-STRING FILE [text|binary|client]
"""

import sys

if sys.argv[1] == "2":
    import psycopg2 as driver
else:
    import psycopg as driver


def describe(connection, query):
    cursor = connection.cursor()
    cursor.execute(query)
    for column, value in zip(cursor.description, cursor.fetchone()):
        builtin = column[1] < 16384
        print(column[0], column[1] if builtin else "a type of its own",
              type(value).__name__, "NULL" if value is None else value, sep="\t")


def parameter(text):
    if text == r"\N":
        return None
    return text[1:-1].split(",") if text.startswith("{") else text


def bind(connection, lines, how):
    connection.autocommit = True
    if driver.__name__ == "psycopg" and how == "client":
        cursor = driver.ClientCursor(connection)
    else:
        cursor = connection.cursor()
    prepare = {} if sys.argv[1] == "2" or how == "client" else {"prepare": True}
    for line in lines:
        name, _, statement, *values = line.rstrip("\n").split("\t")
        query = statement.replace("?", "%b" if how == "binary" else "%s")
        said = "done"
        try:
            # the server changes its plan after some times
            for _ in range(12 if query.startswith("SELECT") else 1):
                cursor.execute(query, [parameter(value) for value in values], **prepare)
                if cursor.description:
                    said = cursor.fetchone()[0]
        except driver.Error as error:
            said = error.pgcode if sys.argv[1] == "2" else error.sqlstate
        print(name, said, sep="\t")


with open(sys.argv[3], encoding="utf-8") as file:
    connection = driver.connect(sys.argv[2])
    if sys.argv[3].endswith(".tsv"):
        bind(connection, file, sys.argv[4])
    else:
        describe(connection, file.read())
    connection.close()
