import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.JDBCType;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;

/**
 * Prints, for each column of the query in a file, its name, the JDBC type that
 * the driver gives it, the class of the object that it hands over, and that.
 *
 *	ClientJdbc URL QUERY-FILE
 */
public class ClientJdbc {
	public static void main(String[] args) throws Exception {
		try (Connection connection = DriverManager.getConnection(args[0]);
				ResultSet row = connection.createStatement().executeQuery(Files.readString(Path.of(args[1])))) {
			ResultSetMetaData columns = row.getMetaData();

			row.next();
			for (int i = 1; i <= columns.getColumnCount(); i++) {
				Object value = row.getObject(i);

				System.out.printf("%s\t%s\t%s\t%s%n", columns.getColumnName(i),
						JDBCType.valueOf(columns.getColumnType(i)) + " " + columns.getColumnTypeName(i),
						value == null ? "null" : value.getClass().getSimpleName(), value == null ? "NULL" : value);
			}
		}
	}
}
