package io.heliosdb.jdbc;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the same statements through this driver and through sqlite-jdbc, one after the
 * other, and holds rows, names, types, counts and errors against each other. What may
 * differ is here as rules, and in docs/jdbc.md as a table; anything else is a defect.
 * <p>
 * {@code -Dheliosdb.differential-statements} says how many there are, and
 * {@code -Dheliosdb.differential-seed} which.
 */
class DifferentialTests {

	private static final int STATEMENTS_OF_A_DATABASE = 250;

	private static final int MOST_ROWS = 500;

	/** How sqlite-jdbc writes SQLite's message. */
	private static final Pattern THEIR_MESSAGE = Pattern.compile("\\[SQLITE_\\w+\\] .*? ?\\((.*)\\)", Pattern.DOTALL);

	private static final Pattern CHANGES = Pattern.compile("^\\s*(INSERT|REPLACE|UPDATE|DELETE|WITH)\\b");

	@TempDir
	private Path directory;

	/**
	 * What a statement came to.
	 *
	 * @param error primary result code, 0 for none
	 * @param message SQLite's message
	 * @param columns of a result, label and declared type; {@code null} for a count
	 * @param types the JDBC types of the columns in the first row
	 * @param rows of a result
	 * @param count of changed rows
	 */
	private record Outcome(int error, String message, List<String> columns, List<Integer> types, List<Object[]> rows,
			long count) {
	}

	@Test
	void theSameStatementsComeToTheSame() throws SQLException {
		int statements = Integer.getInteger("heliosdb.differential-statements", 2500);
		long seed = Long.getLong("heliosdb.differential-seed", 20261122);
		List<String> differences = new ArrayList<>();
		int failed = 0;
		int withRows = 0;
		for (int done = 0; done < statements; done += STATEMENTS_OF_A_DATABASE) {
			String name = "database" + done;
			boolean file = done / STATEMENTS_OF_A_DATABASE % 4 == 3;
			String place = file ? this.directory.resolve(name).toString() : ":memory:";
			try (Connection ours = DriverManager.getConnection("jdbc:heliosdb:" + place);
					Connection theirs = DriverManager.getConnection("jdbc:sqlite:" + place + (file ? "-theirs" : "")
							+ "?foreign_keys=true&synchronous=OFF&journal_mode=" + (file ? "WAL" : "MEMORY"))) {
				SqlCorpus corpus = new SqlCorpus(seed + done);
				for (int i = 0; i < STATEMENTS_OF_A_DATABASE; i++) {
					String sql = corpus.next();
					Outcome our = outcome(ours, sql, true);
					Outcome their = outcome(theirs, sql, false);
					failed += (their.error() != 0) ? 1 : 0;
					withRows += (their.rows() != null && !their.rows().isEmpty()) ? 1 : 0;
					String difference = difference(sql, our, their);
					if (difference != null) {
						differences
							.add("seed " + (seed + done) + " statement " + i + ": " + sql + "\n    " + difference);
					}
				}
				compareContents(ours, theirs, "seed " + (seed + done), differences);
			}
			if (differences.size() > 150) {
				break;
			}
		}
		assertThat(differences.size()).as(String.join("\n", differences)).isZero();
		// A corpus that only fails would compare nothing.
		assertThat(failed).isLessThan(statements / 2);
		assertThat(withRows).isGreaterThan(statements / 8);
	}

	private static Outcome outcome(Connection connection, String sql, boolean ours) {
		try (Statement statement = connection.createStatement()) {
			if (!statement.execute(sql)) {
				return new Outcome(0, null, null, null, null, statement.getLargeUpdateCount());
			}
			try (ResultSet rows = statement.getResultSet()) {
				return rows(rows, ours);
			}
		}
		catch (SQLException ex) {
			Matcher matcher = THEIR_MESSAGE.matcher(String.valueOf(ex.getMessage()));
			String message = (!ours && matcher.matches()) ? matcher.group(1) : ex.getMessage();
			return new Outcome((ex.getErrorCode() != 0) ? ex.getErrorCode() & 0xff : -1, message, null, null, null, 0);
		}
	}

	private static Outcome rows(ResultSet result, boolean ours) throws SQLException {
		ResultSetMetaData metaData = result.getMetaData();
		List<String> columns = new ArrayList<>();
		List<Integer> types = new ArrayList<>();
		List<Object[]> rows = new ArrayList<>();
		int count = metaData.getColumnCount();
		while (result.next() && rows.size() < MOST_ROWS) {
			Object[] row = new Object[count];
			for (int i = 1; i <= count; i++) {
				if (rows.isEmpty()) {
					columns.add(metaData.getColumnLabel(i) + " \u0001" + typeName(metaData, i));
					types.add(metaData.getColumnType(i));
				}
				row[i - 1] = value(result, i, ours);
			}
			rows.add(row);
		}
		for (int i = 1; rows.isEmpty() && i <= count; i++) {
			columns.add(metaData.getColumnLabel(i));
		}
		return new Outcome(0, null, columns, types, rows, 0);
	}

	private static String typeName(ResultSetMetaData metaData, int column) throws SQLException {
		return metaData.getColumnTypeName(column).toUpperCase(Locale.ROOT);
	}

	/**
	 * Ours gives objects of the declared type, where they give what is stored: the stored
	 * one is read by its class then, and the object has to mean the same.
	 */
	private static Object value(ResultSet result, int column, boolean ours) throws SQLException {
		Object value = result.getObject(column);
		if (!ours) {
			return (value instanceof Number number && !(value instanceof Double)) ? Long.valueOf(number.longValue())
					: value;
		}
		if (value instanceof Boolean bool) {
			assertThat(result.getLong(column) != 0).isEqualTo(bool);
			return result.getLong(column);
		}
		if (value instanceof BigDecimal decimal) {
			double real = result.getDouble(column);
			String text = result.getString(column);
			assertThat(decimal.doubleValue()).isEqualTo(real);
			return text.matches("-?\\d+") ? (Object) Long.valueOf(text) : Double.valueOf(real);
		}
		if (value instanceof java.util.Date) {
			String text = result.getString(column);
			return new Stored(text);
		}
		return (value instanceof Integer number) ? Long.valueOf(number) : value;
	}

	/**
	 * A value whose class the driver made another of.
	 *
	 * @param text what SQLite casts it to
	 */
	private record Stored(String text) {

		private boolean isAs(Object other) {
			return other != null && (other instanceof Double real
					? io.heliosdb.engine.Rows.realText(real).equals(this.text) : other.toString().equals(this.text));
		}

	}

	/** Null if both came to the same, or to what a rule allows. */
	private static String difference(String sql, Outcome our, Outcome their) {
		if (our.error() != 0 || their.error() != 0) {
			return sameError(our, their) ? null : "ours: " + describe(our) + "\n    theirs: " + describe(their);
		}
		if ((our.rows() == null) != (their.rows() == null)) {
			return "ours has " + describe(our) + ", theirs " + describe(their);
		}
		if (our.rows() == null) {
			return (our.count() == their.count() || ruleForCount(sql, our)) ? null
					: "ours counts " + our.count() + ", theirs " + their.count();
		}
		if (our.rows().size() != their.rows().size()) {
			return "ours has " + our.rows().size() + " rows, theirs " + their.rows().size();
		}
		for (int row = 0; row < our.rows().size(); row++) {
			for (int i = 0; i < our.rows().get(row).length; i++) {
				if (!sameValue(our.rows().get(row)[i], their.rows().get(row)[i])) {
					return "row " + row + " column " + i + ": ours " + show(our.rows().get(row)[i]) + ", theirs "
							+ show(their.rows().get(row)[i]);
				}
			}
		}
		for (int i = 0; i < our.columns().size(); i++) {
			if (!our.columns().get(i).equals(their.columns().get(i))
					&& !ruleForTypeName(our.columns().get(i), their.columns().get(i))) {
				return "column " + i + ": ours '" + our.columns().get(i) + "', theirs '" + their.columns().get(i)
						+ '\'';
			}
			if (!our.types().isEmpty() && !Objects.equals(our.types().get(i), their.types().get(i))
					&& !ruleForType(our.columns().get(i), our.types().get(i), their.types().get(i))) {
				return "column " + i + " (" + our.columns().get(i) + "): type ours " + our.types().get(i) + ", theirs "
						+ their.types().get(i);
			}
		}
		return null;
	}

	private static boolean sameError(Outcome our, Outcome their) {
		if (our.error() == 0 || their.error() == 0) {
			return false;
		}
		return our.error() == their.error() && our.message().startsWith(their.message());
	}

	/**
	 * What changes no rows counts 0, where theirs repeats the count of the statement
	 * before.
	 */
	private static boolean ruleForCount(String sql, Outcome our) {
		return our.count() == 0 && !CHANGES.matcher(sql).find();
	}

	/** Where nothing is declared, ours has SQLite's names of what is stored. */
	private static boolean ruleForTypeName(String our, String their) {
		return our.endsWith("\u0001REAL") && their.equals(our.substring(0, our.length() - 4) + "FLOAT")
				|| our.endsWith("\u0001NULL") && their.equals(our.substring(0, our.length() - 4) + "NUMERIC");
	}

	/**
	 * A declared type decides the JDBC type here, where theirs looks at the first value
	 * as well. Where nothing is declared, ours is that of the storage class.
	 */
	private static boolean ruleForType(String column, int our, int their) {
		return switch (column.substring(column.lastIndexOf('\u0001') + 1)) {
			case "NULL" -> our == Types.NULL && their == Types.NUMERIC;
			case "REAL" -> our == Types.REAL;
			case "TEXT" -> our == Types.VARCHAR;
			case "BLOB" -> our == Types.BLOB;
			case "INTEGER" -> our == Types.INTEGER;
			default -> our == DeclaredType.jdbcType(column.substring(column.lastIndexOf('\u0001') + 1), 0);
		};
	}

	private static boolean sameValue(Object our, Object their) {
		if (our instanceof byte[] bytes) {
			return their instanceof byte[] others && Arrays.equals(bytes, others);
		}
		return (our instanceof Stored stored) ? stored.isAs(their) : Objects.equals(our, their);
	}

	private static void compareContents(Connection ours, Connection theirs, String which, List<String> differences)
			throws SQLException {
		for (Connection connection : List.of(ours, theirs)) {
			outcome(connection, "COMMIT", connection == ours);
		}
		String schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2";
		compare(ours, theirs, which, schema, differences);
		List<String> tables = new ArrayList<>();
		try (Statement statement = theirs.createStatement();
				ResultSet names = statement.executeQuery("SELECT name FROM pragma_table_list WHERE schema = 'main'")) {
			while (names.next()) {
				tables.add(names.getString(1));
			}
		}
		for (String table : tables) {
			compare(ours, theirs, which, "SELECT * FROM \"" + table.replace("\"", "\"\"") + '"', differences);
		}
		compare(ours, theirs, which, "PRAGMA integrity_check", differences);
	}

	private static void compare(Connection ours, Connection theirs, String which, String sql,
			List<String> differences) {
		String difference = difference(sql, outcome(ours, sql, true), outcome(theirs, sql, false));
		if (difference != null) {
			differences.add(which + " at the end: " + sql + "\n    " + difference);
		}
	}

	private static String describe(Outcome outcome) {
		return (outcome.error() != 0) ? "error " + outcome.error() + " " + outcome.message()
				: (outcome.rows() != null) ? outcome.rows().size() + " rows" : "count " + outcome.count();
	}

	private static String show(Object value) {
		return (value == null) ? "null" : value.getClass().getSimpleName() + ' '
				+ (value instanceof byte[] bytes ? Arrays.toString(bytes) : value);
	}

}
