package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Statements of the driver's own that go through JDBC, with their parameters. */
final class Queries {

	private Queries() {
	}

	static PreparedStatement prepare(Connection connection, String sql, Object... parameters) throws SQLException {
		PreparedStatement statement = connection.prepareStatement(sql);
		try {
			for (int i = 0; i < parameters.length; i++) {
				statement.setObject(i + 1, parameters[i]);
			}
			return statement;
		}
		catch (SQLException ex) {
			statement.close();
			throw ex;
		}
	}

	/** Executes any statement; the number of rows that it changed. */
	static long run(Connection connection, String sql, Object... parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, sql, parameters)) {
			return statement.execute() ? 0 : statement.getLargeUpdateCount();
		}
	}

	/** The first column of the first row, which is there. */
	static long number(Connection connection, String sql, Object... parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, sql, parameters);
				ResultSet row = statement.executeQuery()) {
			row.next();
			return row.getLong(1);
		}
	}

	static void forEach(Connection connection, String sql, RowAction action, Object... parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, sql, parameters);
				ResultSet row = statement.executeQuery()) {
			while (row.next()) {
				action.on(row);
			}
		}
	}

	/** The labels of a result's columns. */
	static List<String> labels(ResultSet row) throws SQLException {
		ResultSetMetaData columns = row.getMetaData();
		List<String> labels = new ArrayList<>();
		for (int i = 1; i <= columns.getColumnCount(); i++) {
			labels.add(columns.getColumnLabel(i));
		}
		return labels;
	}

	/** What is done with each row. */
	@FunctionalInterface
	interface RowAction {

		void on(ResultSet row) throws SQLException;

	}

}
