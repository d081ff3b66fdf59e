package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Short forms of what most tests do. */
final class Sql {

	/** Counts to so many, which takes longer than any test. */
	static final String ENDLESS = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c "
			+ "WHERE x < 1000000000000) SELECT count(*) FROM c";

	/** Tag of tests that are about files which are not encrypted. */
	static final String PLAIN = "plain";

	/**
	 * Has the tests' databases encrypted: {@code -Dheliosdb.test-key=<key>}, a URL's
	 * parameter {@code key}.
	 */
	private static final String KEY = System.getProperty("heliosdb.test-key", "");

	private Sql() {
	}

	static String url(Path directory, String parameters) {
		return urlOfFile(directory.resolve("test.db"), parameters);
	}

	static String urlOfFile(Path file, String parameters) {
		String key = KEY.isEmpty() ? "" : (parameters.isEmpty() ? "?" : "&") + "key=" + KEY;
		return "jdbc:heliosdb:" + file + parameters + key;
	}

	static Connection open(Path directory) throws SQLException {
		return open(directory, "");
	}

	static Connection open(Path directory, String parameters) throws SQLException {
		return DriverManager.getConnection(url(directory, parameters));
	}

	static Connection memory() throws SQLException {
		return DriverManager.getConnection("jdbc:heliosdb::memory:");
	}

	/** The same engine through another driver. */
	static Connection stock() throws SQLException {
		return DriverManager.getConnection("jdbc:sqlite::memory:");
	}

	static int update(Connection connection, String sql, Object... parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, sql, parameters)) {
			return statement.executeUpdate();
		}
	}

	/** All rows, as {@code getObject} has them. */
	static List<List<Object>> rows(Connection connection, String sql, Object... parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, sql, parameters);
				ResultSet rows = statement.executeQuery()) {
			return rows(rows);
		}
	}

	static List<List<Object>> rows(ResultSet result) throws SQLException {
		List<List<Object>> rows = new ArrayList<>();
		while (result.next()) {
			List<Object> row = new ArrayList<>();
			for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
				row.add(result.getObject(i));
			}
			rows.add(row);
		}
		return rows;
	}

	/** The first column of all rows. */
	static List<Object> column(Connection connection, String sql, Object... parameters) throws SQLException {
		return rows(connection, sql, parameters).stream().map((row) -> row.get(0)).toList();
	}

	static long number(Connection connection, String sql, Object... parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, sql, parameters);
				ResultSet rows = statement.executeQuery()) {
			rows.next();
			return rows.getLong(1);
		}
	}

	static String text(Connection connection, String sql, Object... parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, sql, parameters);
				ResultSet rows = statement.executeQuery()) {
			rows.next();
			return rows.getString(1);
		}
	}

	private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
			throws SQLException {
		PreparedStatement statement = connection.prepareStatement(sql);
		for (int i = 0; i < parameters.length; i++) {
			statement.setObject(i + 1, parameters[i]);
		}
		return statement;
	}

}
