"""Prints, for each column of the query in a file, its name, the OID or name of
the type that psycopg gives it, the class of the object that it hands over, and that.

	client_psycopg.py 2|3 CONNECTION-STRING QUERY-FILE
"""

import sys

if sys.argv[1] == "2":
    import psycopg2 as driver
else:
    import psycopg as driver

with open(sys.argv[3]) as file:
    query = file.read()
with driver.connect(sys.argv[2]) as connection:
    cursor = connection.cursor()
    cursor.execute(query)
    for column, value in zip(cursor.description, cursor.fetchone()):
        builtin = column[1] < 16384
        print(column[0], column[1] if builtin else "a type of its own",
              type(value).__name__, "NULL" if value is None else value, sep="\t")
