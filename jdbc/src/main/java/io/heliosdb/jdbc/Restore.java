package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.heliosdb.jdbc.sql.StatementText;

/**
 * One restore of rows or tables to a point.
 * <p>
 * The keys of the rows in question go into a temporary table; those of rows that are the
 * same at both points leave it again. Then the present's rows with these keys are deleted
 * and the past's are inserted. Updating instead would fail where rows have swapped the
 * values of a unique column, and would run triggers that set a row's values anew, such as
 * its time of change.
 */
final class Restore {

	private static final String KEYS = "temp.heliosdb_restored_keys";

	/** How many rows that lack their parent a message names. */
	private static final int NAMED_VIOLATIONS = 5;

	private final Connection present;

	private final Connection past;

	private final long scn;

	private final Set<String> tables = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

	private long previousScn;

	private long rows;

	private boolean changed;

	/**
	 * A restore that has not begun.
	 * @param present a connection to the present in auto-commit mode
	 * @param past a connection to the point
	 * @param scn the point
	 */
	Restore(Connection present, Connection past, long scn) {
		this.present = present;
		this.past = past;
		this.scn = scn;
	}

	/** What is to be restored. */
	@FunctionalInterface
	interface Work {

		void on(Restore restore) throws SQLException;

	}

	/**
	 * Restores in one transaction.
	 * @param work what to restore
	 * @return what was done
	 */
	Restoration run(Work work) throws SQLException {
		boolean foreignKeys = Queries.number(this.present, "PRAGMA foreign_keys") != 0;
		if (!foreignKeys) {
			return inTransaction(work, false);
		}
		// SQLite ignores the switch within a transaction.
		Queries.run(this.present, "PRAGMA foreign_keys=OFF");
		try {
			return inTransaction(work, true);
		}
		finally {
			switchForeignKeysOn();
		}
	}

	/** A connection that would no longer enforce them must not go back to its pool. */
	private void switchForeignKeysOn() throws SQLException {
		boolean on = false;
		try {
			Queries.run(this.present, "PRAGMA foreign_keys=ON");
			on = true;
		}
		finally {
			if (!on) {
				this.present.abort(Runnable::run);
			}
		}
	}

	private Restoration inTransaction(Work work, boolean checkForeignKeys) throws SQLException {
		Queries.run(this.present, "BEGIN IMMEDIATE");
		try {
			this.previousScn = Queries.number(this.present, "SELECT heliosdb_scn()");
			work.on(this);
			if (checkForeignKeys) {
				checkForeignKeys();
			}
			Queries.run(this.present, "COMMIT");
		}
		catch (SQLException | RuntimeException ex) {
			rollBack(ex);
			throw ex;
		}
		return new Restoration(this.previousScn, this.changed ? this.previousScn + 1 : this.previousScn, this.rows);
	}

	/** After some failures SQLite has done so already. */
	private void rollBack(Exception failure) {
		try {
			Queries.run(this.present, "ROLLBACK");
		}
		catch (SQLException ex) {
			failure.addSuppressed(ex);
		}
	}

	/* What can be restored */

	void rows(String table, Object... key) throws SQLException {
		TableShape shape = then(table);
		rowsWhere(shape, shape.keyCondition(key), key);
	}

	void rowsWhere(String table, String condition, Object... parameters) throws SQLException {
		rowsWhere(then(table), condition, parameters);
	}

	private void rowsWhere(TableShape shape, String condition, Object... parameters) throws SQLException {
		checkSameColumns(shape, now(shape));
		List<String> key = shape.key();
		createKeys(key.size());
		// On lines of its own: a condition may end with a comment.
		String where = " WHERE (\n" + condition + "\n)";
		String insert = "INSERT INTO " + KEYS + " SELECT " + String.join(", ", key) + " FROM ";
		Queries.run(this.present, insert + pastOf(shape) + where, parameters);
		Queries.run(this.present, insert + presentOf(shape) + where, parameters);
		restoreKeys(shape);
	}

	void table(String table) throws SQLException {
		TableShape shape = then(table);
		TableShape now = TableShape.read(this.present, table);
		if (now == null) {
			create(shape);
			return;
		}
		checkSameColumns(shape, now);
		createKeys(shape.key().size());
		collectChangedKeys(shape);
		restoreKeys(shape);
	}

	private TableShape then(String table) throws SQLException {
		TableShape shape = TableShape.read(this.past, table);
		if (shape == null) {
			throw SqlState.NO_SUCH_TABLE.exception("There was no table '" + table + "' at SCN " + this.scn);
		}
		if (!shape.isOrdinary()) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("'" + shape.name() + "' was a " + shape.kind() + " at SCN " + this.scn
						+ ", and only a table of your own can be restored alone: restore the tables that it is made "
						+ "from, or the whole database");
		}
		return shape;
	}

	private TableShape now(TableShape then) throws SQLException {
		TableShape now = TableShape.read(this.present, then.name());
		if (now == null) {
			throw SqlState.NO_SUCH_TABLE.exception("There is no table '" + then.name()
					+ "' any more: restore the table, which makes it again, before single rows of it");
		}
		return now;
	}

	private void checkSameColumns(TableShape then, TableShape now) throws SQLException {
		String difference = then.differenceTo(now);
		if (!difference.isEmpty()) {
			throw SqlState.INVALID_CALL.exception("Table '" + then.name() + "' cannot be restored to SCN " + this.scn
					+ ", as its columns have changed since: " + difference
					+ ". Restore the whole database, or copy what you need by INSERT INTO … SELECT … FROM "
					+ then.quotedName() + " AS OF SCN " + this.scn);
		}
	}

	/* Rows */

	private String pastOf(TableShape shape) {
		return shape.quotedName() + " AS OF SCN " + this.scn;
	}

	private static String presentOf(TableShape shape) {
		return "main." + shape.quotedName();
	}

	private void createKeys(int columns) throws SQLException {
		Queries.run(this.present, "CREATE TEMP TABLE heliosdb_restored_keys (" + keyColumns(columns) + ")");
	}

	private static String keyColumns(int columns) {
		return IntStream.range(0, columns).mapToObj((i) -> "k" + i).collect(Collectors.joining(", "));
	}

	/** Both keys of a row whose key has changed. */
	private void collectChangedKeys(TableShape shape) throws SQLException {
		List<String> before = new ArrayList<>();
		List<String> after = new ArrayList<>();
		for (TableShape.Column column : shape.declaredKey()) {
			before.add("old_" + shape.columns().indexOf(column));
			after.add("new_" + shape.columns().indexOf(column));
		}
		if (before.isEmpty()) {
			before.add("rowid");
			after.add("rowid");
		}
		String changes = this.present.unwrap(JdbcConnection.class).session().changesTable(shape.name(), this.scn);
		Set<String> needed = new LinkedHashSet<>(before);
		needed.addAll(after);
		Queries.run(this.present,
				"INSERT INTO " + KEYS + " WITH change AS MATERIALIZED (SELECT operation, " + String.join(", ", needed)
						+ " FROM " + changes + "(?, ?)) SELECT " + String.join(", ", before)
						+ " FROM change WHERE operation <> 'I' UNION SELECT " + String.join(", ", after)
						+ " FROM change WHERE operation <> 'D'",
				this.scn, this.previousScn);
	}

	private void restoreKeys(TableShape shape) throws SQLException {
		dropKeysOfSameRows(shape);
		long count = Queries.number(this.present, "SELECT count(*) FROM (SELECT DISTINCT * FROM " + KEYS + ")");
		if (count > 0) {
			String columns = String.join(", ", shape.storedColumns());
			Queries.run(this.present, "DELETE FROM " + presentOf(shape) + whereKeyIsListed(shape, presentOf(shape)));
			Queries.run(this.present, "INSERT INTO " + presentOf(shape) + " (" + columns + ") SELECT " + columns
					+ " FROM " + pastOf(shape) + whereKeyIsListed(shape, pastOf(shape)));
		}
		Queries.run(this.present, "DROP TABLE " + KEYS);
		restored(shape, count);
	}

	private void restored(TableShape shape, long count) {
		this.tables.add(shape.name());
		this.rows += count;
		this.changed |= count > 0;
	}

	/**
	 * A key with a NULL, which SQLite allows in most tables, does not tell rows apart:
	 * all rows that share it stay in question.
	 */
	private void dropKeysOfSameRows(TableShape shape) throws SQLException {
		List<String> same = new ArrayList<>();
		List<String> key = shape.key();
		for (int i = 0; i < key.size(); i++) {
			String listed = "heliosdb_restored_keys.k" + i;
			same.add("p." + key.get(i) + " = " + listed);
			same.add("c." + key.get(i) + " = " + listed);
		}
		for (TableShape.Column column : shape.columns()) {
			String then = "p." + column.quotedName();
			String now = "c." + column.quotedName();
			same.add("typeof(" + then + ") = typeof(" + now + ")");
			same.add(then + " COLLATE BINARY IS " + now);
		}
		Queries.run(this.present, "DELETE FROM " + KEYS + " WHERE EXISTS (SELECT 1 FROM " + pastOf(shape) + " p, "
				+ presentOf(shape) + " c WHERE " + String.join(" AND ", same) + ")");
	}

	/** IS finds NULL, which IN does not; a key of a WITHOUT ROWID table has none. */
	private static String whereKeyIsListed(TableShape shape, String table) throws SQLException {
		List<String> key = shape.key();
		String columns = keyColumns(key.size());
		if (shape.withoutRowid() || shape.declaredKey().isEmpty()) {
			return " WHERE (" + String.join(", ", key) + ") IN (SELECT " + columns + " FROM " + KEYS + ")";
		}
		String join = IntStream.range(0, key.size())
			.mapToObj((i) -> "t." + key.get(i) + " IS k.k" + i)
			.collect(Collectors.joining(" AND "));
		return " WHERE " + shape.rowid() + " IN (SELECT t." + shape.rowid() + " FROM " + KEYS + " k CROSS JOIN " + table
				+ " t ON " + join + ")";
	}

	/* Tables that were dropped */

	/**
	 * Triggers come last, as they did not run when the table was dropped either: a
	 * full-text index that they keep still has the rows.
	 */
	private void create(TableShape shape) throws SQLException {
		createAll(shape, "table");
		String columns = String.join(", ", shape.storedColumns());
		long count = Queries.run(this.present,
				"INSERT INTO " + presentOf(shape) + " (" + columns + ") SELECT " + columns + " FROM " + pastOf(shape));
		restoreSequence(shape);
		createAll(shape, "index");
		createAll(shape, "trigger");
		restored(shape, count);
		this.changed = true;
	}

	private void createAll(TableShape shape, String type) throws SQLException {
		List<String> statements = new ArrayList<>();
		Queries.forEach(this.past,
				"SELECT sql FROM sqlite_schema WHERE type = ? AND tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL",
				(row) -> statements.add(row.getString(1)), type, shape.name());
		for (String statement : statements) {
			Queries.run(this.present, statement);
		}
	}

	/** Keys that were given away before the table was dropped are not given again. */
	private void restoreSequence(TableShape shape) throws SQLException {
		if (Queries.number(this.past, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'") == 0) {
			return;
		}
		List<Long> sequence = new ArrayList<>();
		Queries.forEach(this.past, "SELECT seq FROM sqlite_sequence WHERE name = ?",
				(row) -> sequence.add(row.getLong(1)), shape.name());
		for (Long last : sequence) {
			Queries.run(this.present, "DELETE FROM sqlite_sequence WHERE name = ?", shape.name());
			Queries.run(this.present, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", shape.name(), last);
		}
	}

	/* Foreign keys */

	/**
	 * A row that lacks its parent.
	 *
	 * @param table the table
	 * @param rowid its rowid, {@code null} in a WITHOUT ROWID table
	 * @param parent the table that it refers to
	 */
	private record Violation(String table, Long rowid, String parent) {

		@Override
		public String toString() {
			return this.table + ((this.rowid != null) ? " row " + this.rowid : "") + " → " + this.parent;
		}

	}

	private void checkForeignKeys() throws SQLException {
		List<Violation> violations = violations(this.present);
		if (violations.isEmpty()) {
			return;
		}
		// Those that were there before are not ours.
		try (Connection before = this.present.unwrap(HeliosConnection.class).openAsOf(this.previousScn)) {
			violations(before).forEach(violations::remove);
		}
		if (!violations.isEmpty()) {
			String parents = violations.stream().map(Violation::parent).distinct().collect(Collectors.joining(", "));
			throw SqlState.FOREIGN_KEY_VIOLATION.exception(
					"Restoring " + String.join(", ", this.tables) + " to SCN " + this.scn + " would leave "
							+ violations.size() + " rows without the row that they refer to: "
							+ violations.stream()
								.limit(NAMED_VIOLATIONS)
								.map(Violation::toString)
								.collect(Collectors.joining(", "))
							+ ((violations.size() > NAMED_VIOLATIONS) ? ", …" : "")
							+ ". Restore the tables together, with " + parents + ", or the whole database",
					SqliteError.CONSTRAINT_FOREIGNKEY, null);
		}
	}

	/** Of the restored tables and of those that refer to them. */
	private List<Violation> violations(Connection connection) throws SQLException {
		Set<String> concerned = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
		for (String table : this.tables) {
			concerned.add(table);
			Queries.forEach(connection,
					"SELECT s.name FROM sqlite_schema s, pragma_foreign_key_list(s.name) f "
							+ "WHERE s.type = 'table' AND f.\"table\" = ? COLLATE NOCASE",
					(row) -> concerned.add(row.getString(1)), table);
		}
		List<Violation> violations = new ArrayList<>();
		for (String table : concerned) {
			if (TableShape.read(connection, table) != null) {
				Queries.forEach(connection, "PRAGMA foreign_key_check(" + StatementText.quoted(table) + ")",
						(row) -> violations
							.add(new Violation(row.getString(1), row.getObject(2, Long.class), row.getString(3))));
			}
		}
		return violations;
	}

}
