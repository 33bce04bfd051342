import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;

/**
 * Prints, for each column of the query in a file, its name, the JDBC type that
 * the driver gives it, the class of the object that it hands over, and that;
 * or runs the statements of a .tsv file, as clients.t says.
 *
 *	ClientJdbc URL FILE
 */
public class ClientJdbc {
	public static void main(String[] args) throws Exception {
		try (Connection connection = DriverManager.getConnection(args[0])) {
			if (args[1].endsWith(".tsv"))
				bind(connection, Path.of(args[1]));
			else
				describe(connection, Files.readString(Path.of(args[1])));
		}
	}

	private static void describe(Connection connection, String query) throws Exception {
		try (ResultSet row = connection.createStatement().executeQuery(query)) {
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

	private static void bind(Connection connection, Path file) throws Exception {
		for (String line : Files.readAllLines(file)) {
			String[] fields = line.split("\t");
			String said = "done";

			try (PreparedStatement statement = connection.prepareStatement(fields[2])) {
				for (int i = 3; i < fields.length; i++) {
					if (fields[i].equals("\\N"))
						statement.setNull(i - 2, Types.VARCHAR);
					else if (fields[i].startsWith("{"))
						statement.setArray(i - 2, connection.createArrayOf("text",
								fields[i].substring(1, fields[i].length() - 1).split(",")));
					else
						statement.setString(i - 2, fields[i]);
				}
				// the driver and the server change their plans after some times
				for (int times = fields[2].startsWith("SELECT") ? 12 : 1; times > 0; times--)
					if (statement.execute()) {
						statement.getResultSet().next();
						said = statement.getResultSet().getString(1);
					}
			} catch (SQLException e) {
				said = e.getSQLState();
			}
			System.out.printf("%s\t%s%n", fields[0], said);
		}
	}
}
