package io.heliosdb.integration;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

import javax.sql.DataSource;

/**
 * What is in the database, asked for without the tool under test: each row is a text, its
 * columns as SQLite's {@code quote} writes them, so that a value's storage class is seen.
 */
public final class Rows {

	private Rows() {
	}

	/**
	 * Queries an open database through plain JDBC.
	 * @param dataSource leads to the database
	 * @param sql the query
	 * @return the rows
	 * @throws SQLException if the query fails
	 */
	public static List<String> of(DataSource dataSource, String sql) throws SQLException {
		try (Connection connection = dataSource.getConnection()) {
			return query(connection, sql);
		}
	}

	/**
	 * Queries a closed database with SQLite's other driver, which knows nothing of
	 * HeliosDB.
	 * @param file the database's file
	 * @param sql the query
	 * @return the rows
	 * @throws SQLException if the query fails
	 */
	public static List<String> ofClosed(Path file, String sql) throws SQLException {
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
			return query(connection, sql);
		}
	}

	private static List<String> query(Connection connection, String sql) throws SQLException {
		try (PreparedStatement plain = connection.prepareStatement(sql)) {
			StringJoiner quoted = new StringJoiner(" || ', ' || ", "SELECT ", " FROM (" + sql + ")");
			for (int i = 1; i <= plain.getMetaData().getColumnCount(); i++) {
				quoted.add("quote(\"" + plain.getMetaData().getColumnLabel(i).replace("\"", "\"\"") + "\")");
			}
			try (PreparedStatement statement = connection.prepareStatement(quoted.toString());
					ResultSet results = statement.executeQuery()) {
				List<String> rows = new ArrayList<>();
				while (results.next()) {
					rows.add(results.getString(1));
				}
				return rows;
			}
		}
	}

}
