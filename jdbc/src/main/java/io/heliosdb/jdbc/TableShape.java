package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

import io.heliosdb.jdbc.sql.StatementText;

/**
 * The columns of a table, and what tells its rows apart: the declared primary key, or the
 * rowid of a table without one.
 *
 * @param name the name as it was declared
 * @param type {@code table}, {@code view}, {@code virtual} or {@code shadow}
 * @param withoutRowid whether it is a {@code WITHOUT ROWID} table
 * @param columns those that {@code SELECT *} gives
 */
record TableShape(String name, String type, boolean withoutRowid, List<Column> columns) {

	private static final List<String> ROWID_NAMES = List.of("rowid", "_rowid_", "oid");

	/** {@code hidden} of a hidden column of a virtual table in {@code table_xinfo}. */
	private static final int HIDDEN = 1;

	/**
	 * A column.
	 *
	 * @param name its name
	 * @param type its declared type, empty if it has none
	 * @param key its place in the primary key from 1, or 0
	 * @param generated whether its value is computed
	 */
	record Column(String name, String type, int key, boolean generated) {

		private String normalized() {
			return (this.name + " " + this.type + " " + this.key + " " + this.generated).toLowerCase(Locale.ROOT);
		}

		String quotedName() {
			return StatementText.quoted(this.name);
		}

		@Override
		public String toString() {
			return (this.name + " " + this.type).trim() + (this.generated ? " (generated)" : "")
					+ ((this.key > 0) ? " (key)" : "");
		}

	}

	/**
	 * Reads the shape of a table.
	 * @param connection a connection to the present or to a point
	 * @param table the table's name
	 * @return the shape, {@code null} if there is no such table
	 */
	static TableShape read(Connection connection, String table) throws SQLException {
		String name;
		String type;
		boolean withoutRowid;
		try (PreparedStatement statement = connection
			.prepareStatement("SELECT name, type, wr FROM pragma_table_list(?) WHERE schema = 'main'")) {
			statement.setString(1, table);
			try (ResultSet row = statement.executeQuery()) {
				if (!row.next()) {
					return null;
				}
				name = row.getString(1);
				type = row.getString(2);
				withoutRowid = row.getBoolean(3);
			}
		}
		List<Column> columns = new ArrayList<>();
		try (PreparedStatement statement = connection
			.prepareStatement("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main') WHERE hidden <> ?")) {
			statement.setString(1, table);
			statement.setInt(2, HIDDEN);
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					columns.add(new Column(row.getString(1), row.getString(2), row.getInt(3), row.getInt(4) > HIDDEN));
				}
			}
		}
		return new TableShape(name, type, withoutRowid, columns);
	}

	/** Whether it stores rows of its own, and is none of SQLite's. */
	boolean isOrdinary() {
		return this.type.equals("table") && !this.name.startsWith("sqlite_");
	}

	/** What it is, in words. */
	String kind() {
		return switch (this.type) {
			case "table" -> isOrdinary() ? "table" : "table of SQLite's own";
			case "view" -> "view";
			default -> this.type + " table";
		};
	}

	String quotedName() {
		return StatementText.quoted(this.name);
	}

	List<String> columnNames() {
		return this.columns.stream().map(Column::name).toList();
	}

	/** The columns of the declared primary key in its order; empty if there is none. */
	List<Column> declaredKey() {
		return this.columns.stream()
			.filter((column) -> column.key() > 0)
			.sorted(Comparator.comparingInt(Column::key))
			.toList();
	}

	/** SQL names of what tells rows apart. */
	List<String> key() throws SQLException {
		List<Column> declared = declaredKey();
		return declared.isEmpty() ? List.of(rowid()) : declared.stream().map(Column::quotedName).toList();
	}

	/**
	 * A name of the rowid that no column has taken.
	 * @throws SQLException if there is none
	 */
	String rowid() throws SQLException {
		List<String> names = columnNames();
		return ROWID_NAMES.stream()
			.filter((candidate) -> names.stream().noneMatch(candidate::equalsIgnoreCase))
			.findFirst()
			.orElseThrow(() -> SqlState.INVALID_CALL.exception("The rows of table '" + this.name
					+ "' cannot be told apart: it has no primary key, and its columns take all names of the rowid"));
	}

	/** SQL names of the columns that a row is stored with, the rowid if it is the key. */
	List<String> storedColumns() throws SQLException {
		List<String> stored = new ArrayList<>();
		if (declaredKey().isEmpty()) {
			stored.add(rowid());
		}
		this.columns.stream().filter((column) -> !column.generated()).map(Column::quotedName).forEach(stored::add);
		return stored;
	}

	/**
	 * A condition that one row fulfils.
	 * @param key the values of the key that will be bound
	 * @return the condition, with a parameter for each value
	 * @throws SQLException if the key has another number of columns
	 */
	String keyCondition(Object... key) throws SQLException {
		List<String> names = key();
		if (names.size() != key.length) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("The key of table '" + this.name + "' is " + String.join(", ", names) + ": " + names.size()
						+ " values are needed, and " + key.length + " given");
		}
		return String.join(" = ? AND ", names) + " = ?";
	}

	/**
	 * What of a later shape of the table differs from this one.
	 * @return a description, empty if rows of this one fit into the other
	 */
	String differenceTo(TableShape later) {
		StringJoiner difference = new StringJoiner("; ");
		describe(difference, "it had ", this.columns, later.columns);
		describe(difference, "it now has ", later.columns, this.columns);
		if (difference.length() == 0 && !normalized(this.columns).equals(normalized(later.columns))) {
			difference.add("its columns were in another order");
		}
		if (this.withoutRowid != later.withoutRowid) {
			difference.add(later.withoutRowid ? "it now is WITHOUT ROWID" : "it was WITHOUT ROWID");
		}
		return difference.toString();
	}

	private static void describe(StringJoiner difference, String verb, List<Column> columns, List<Column> others) {
		List<String> known = normalized(others);
		String alone = String.join(", ",
				columns.stream()
					.filter((column) -> !known.contains(column.normalized()))
					.map(Column::toString)
					.toList());
		if (!alone.isEmpty()) {
			difference.add(verb + alone);
		}
	}

	private static List<String> normalized(List<Column> columns) {
		return columns.stream().map(Column::normalized).toList();
	}

}
