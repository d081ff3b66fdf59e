package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Moving through results, small and large. */
class ResultSetTests extends OnMemory {

	private static final String THREE = "SELECT column1 AS a, 'x' AS B FROM (VALUES (1), (2), (3))";

	private Statement statement;

	@BeforeEach
	void createStatement() throws SQLException {
		this.statement = this.connection.createStatement();
	}

	@Test
	void positions() throws SQLException {
		ResultSet rows = this.statement.executeQuery(THREE);
		assertThat(rows.isBeforeFirst()).isTrue();
		assertThat(rows.getRow()).isZero();
		assertThat(rows.next()).isTrue();
		assertThat(rows.isBeforeFirst()).isFalse();
		assertThat(rows.isFirst()).isTrue();
		assertThat(rows.isLast()).isFalse();
		assertThat(rows.getRow()).isOne();
		rows.next();
		assertThat(rows.isFirst()).isFalse();
		rows.next();
		assertThat(rows.isLast()).isTrue();
		assertThat(rows.getRow()).isEqualTo(3);
		assertThat(rows.next()).isFalse();
		assertThat(rows.isAfterLast()).isTrue();
		assertThat(rows.getRow()).isZero();
		assertThat(rows.next()).isFalse();
	}

	@Test
	void emptyResultIsNeitherBeforeNorAfter() throws SQLException {
		ResultSet rows = this.statement.executeQuery("SELECT 1 WHERE 0");
		assertThat(rows.isBeforeFirst()).isFalse();
		assertThat(rows.next()).isFalse();
		assertThat(rows.isAfterLast()).isFalse();
		assertThat(rows.getMetaData().getColumnCount()).isOne();
	}

	@Test
	void readingOffARowIsRefused() throws SQLException {
		ResultSet rows = this.statement.executeQuery("SELECT 1");
		assertCursorState(() -> rows.getInt(1));
		rows.next();
		rows.next();
		assertCursorState(() -> rows.getInt(1));
		rows.close();
		assertCursorState(() -> rows.getInt(1));
		assertCursorState(rows::next);
		assertThat(rows.isClosed()).isTrue();
		rows.close();
	}

	private static void assertCursorState(ThrowingCallable call) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(call)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("24000"));
	}

	@Test
	void columnsByIndexAndByLabelInAnyCase() throws SQLException {
		ResultSet rows = this.statement.executeQuery(THREE);
		rows.next();
		assertThat(rows.getInt("A")).isOne();
		assertThat(rows.getString("b")).isEqualTo("x");
		assertThat(rows.findColumn("b")).isEqualTo(2);
		for (int index : new int[] { 0, -1, 3 }) {
			assertNoColumn(() -> rows.getInt(index));
		}
		assertNoColumn(() -> rows.getInt("c"));
		assertNoColumn(() -> rows.getInt(null));
	}

	private static void assertNoColumn(ThrowingCallable call) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(call)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S22"));
	}

	@Test
	void ofColumnsWithOneLabelTheFirstCounts() throws SQLException {
		ResultSet rows = this.statement.executeQuery("SELECT 1 AS a, 2 AS A, 3 AS a");
		rows.next();
		assertThat(rows.getInt("a")).isOne();
		assertThat(rows.getInt("A")).isOne();
	}

	@Test
	void onlyForwardsAndOnlyToRead() throws SQLException {
		ResultSet rows = this.statement.executeQuery(THREE);
		assertThat(rows.getType()).isEqualTo(ResultSet.TYPE_FORWARD_ONLY);
		assertThat(rows.getConcurrency()).isEqualTo(ResultSet.CONCUR_READ_ONLY);
		for (ThrowingCallable scroll : List.<ThrowingCallable>of(rows::previous, rows::first, rows::last,
				rows::beforeFirst, rows::afterLast, () -> rows.absolute(1), () -> rows.relative(1),
				() -> rows.setFetchDirection(ResultSet.FETCH_REVERSE))) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(scroll)
				.withMessageContaining("TYPE_SCROLL_INSENSITIVE")
				.returns("HY010", SQLException::getSQLState);
		}
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class).isThrownBy(() -> rows.updateInt(1, 1));
		assertThat(rows.getStatement()).isSameAs(this.statement);
	}

	@Test
	void whatCannotBeDoneIsRefusedWhenTheStatementIsMade() {
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class).isThrownBy(
				() -> this.connection.createStatement(ResultSet.TYPE_SCROLL_SENSITIVE, ResultSet.CONCUR_READ_ONLY));
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
			.isThrownBy(() -> this.connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE));
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
			.isThrownBy(() -> this.connection.prepareStatement(THREE, ResultSet.TYPE_FORWARD_ONLY,
					ResultSet.CONCUR_READ_ONLY, ResultSet.CLOSE_CURSORS_AT_COMMIT));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.connection.createStatement(4711, ResultSet.CONCUR_READ_ONLY))
			.returns("22023", SQLException::getSQLState);
	}

	/** The model is a list of the rows, and the place in it: 0 before the first. */
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2, 700 })
	void scrollingGoesWhereAModelSays(int size) throws SQLException {
		String sql = "WITH RECURSIVE c(x) AS (SELECT 1 WHERE ?1 > 0 UNION ALL SELECT x + 1 FROM c WHERE x < ?1) "
				+ "SELECT x, hex(zeroblob(x % 90)) FROM c";
		SplittableRandom random = new SplittableRandom(size);
		for (int run = 0; run < 20; run++) {
			PreparedStatement prepared = this.connection.prepareStatement(sql, ResultSet.TYPE_SCROLL_INSENSITIVE,
					ResultSet.CONCUR_READ_ONLY);
			prepared.setInt(1, size);
			ResultSet rows = prepared.executeQuery();
			assertThat(rows.getType()).isEqualTo(ResultSet.TYPE_SCROLL_INSENSITIVE);
			int at = 0;
			for (int step = 0; step < 60; step++) {
				int to = random.nextInt(-size - 2, size + 3);
				int target = switch (random.nextInt(8)) {
					case 0 -> moved(rows.next(), at + 1, size);
					case 1 -> moved(rows.previous(), at - 1, size);
					case 2 -> moved(rows.first(), Math.min(1, size), size);
					case 3 -> moved(rows.last(), size, size);
					case 4 -> moved(rows.relative(to), at + to, size);
					case 5 -> moved(rows.absolute(to), (to >= 0) ? to : size + 1 + to, size);
					case 6 -> {
						rows.beforeFirst();
						yield 0;
					}
					default -> {
						rows.afterLast();
						yield size + 1;
					}
				};
				at = (size == 0) ? 0 : Math.max(0, Math.min(size + 1, target));
				boolean onRow = at >= 1 && at <= size;
				assertThat(rows.getRow()).isEqualTo(onRow ? at : 0);
				assertThat(rows.isBeforeFirst()).isEqualTo(at == 0 && size > 0);
				assertThat(rows.isAfterLast()).isEqualTo(at == size + 1 && size > 0);
				assertThat(rows.isFirst()).isEqualTo(onRow && at == 1);
				assertThat(rows.isLast()).isEqualTo(onRow && at == size);
				if (onRow) {
					assertThat(rows.getInt("x")).isEqualTo(at);
					assertThat(rows.getString(2)).hasSize(at % 90 * 2);
				}
			}
			prepared.close();
		}
	}

	private static int moved(boolean onRow, int target, int size) {
		assertThat(onRow).isEqualTo(target >= 1 && target <= size);
		return target;
	}

	@Test
	void scrollingIsInsensitive() throws SQLException {
		this.statement.execute("CREATE TABLE t (a DECIMAL(5, 2)); INSERT INTO t VALUES (1), (2)");
		Statement scrolling = this.connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
				ResultSet.CONCUR_READ_ONLY);
		ResultSet rows = scrolling.executeQuery("SELECT a FROM t");
		assertThat(rows.last()).isTrue();
		this.statement.execute("DELETE FROM t");
		assertThat(rows.first()).isTrue();
		assertThat(rows.getInt(1)).isOne();
		assertThat(rows.getMetaData().getColumnType(1)).isEqualTo(Types.DECIMAL);
		assertThat(rows.getMetaData().getTableName(1)).isEqualTo("t");
		scrolling.setMaxRows(1);
		scrolling.execute("SELECT 1 UNION SELECT 2; SELECT 3");
		assertThat(scrolling.getResultSet().last()).isTrue();
		assertThat(scrolling.getResultSet().getRow()).isOne();
	}

	@Test
	void newExecutionClosesTheOldResult() throws SQLException {
		ResultSet first = this.statement.executeQuery(THREE);
		ResultSet second = this.statement.executeQuery(THREE);
		assertThat(first.isClosed()).isTrue();
		assertThat(second.next()).isTrue();
	}

	@Test
	void closingTheStatementClosesTheResult() throws SQLException {
		ResultSet rows = this.statement.executeQuery(THREE);
		this.statement.close();
		assertThat(rows.isClosed()).isTrue();
		rows.close();
	}

	@Test
	void statementClosesWithItsResultIfAskedTo() throws SQLException {
		this.statement.closeOnCompletion();
		assertThat(this.statement.isCloseOnCompletion()).isTrue();
		ResultSet rows = this.statement.executeQuery(THREE);
		rows.close();
		assertThat(this.statement.isClosed()).isTrue();
	}

	@Test
	void noMoreThanMaxRows() throws SQLException {
		this.statement.setMaxRows(2);
		assertThat(Sql.rows(this.statement.executeQuery(THREE))).hasSize(2);
		this.statement.setMaxRows(0);
		assertThat(Sql.rows(this.statement.executeQuery(THREE))).hasSize(3);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.statement.setMaxRows(-1));
	}

	@Test
	void metaDataTellsNamesAndTypes() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL(10, 2), day DATE, plain)");
		Sql.update(this.connection, "INSERT INTO t VALUES (1, 2, '2026-11-22', x'00')");
		ResultSet rows = this.statement.executeQuery("SELECT id AS number, price, day, plain, 1 + 1 AS two FROM t");
		rows.next();
		ResultSetMetaData columns = rows.getMetaData();
		assertThat(columns.getColumnLabel(1)).isEqualTo("number");
		assertThat(columns.getColumnName(1)).isEqualTo("id");
		assertThat(columns.getTableName(1)).isEqualTo("t");
		assertThat(columns.getColumnType(1)).isEqualTo(Types.INTEGER);
		assertThat(columns.getColumnType(2)).isEqualTo(Types.DECIMAL);
		assertThat(columns.getPrecision(2)).isEqualTo(10);
		assertThat(columns.getScale(2)).isEqualTo(2);
		assertThat(columns.getColumnTypeName(2)).isEqualTo("DECIMAL");
		assertThat(columns.getColumnClassName(3)).isEqualTo("java.sql.Date");
		assertThat(columns.getColumnType(4)).isEqualTo(Types.BLOB);
		assertThat(columns.getColumnName(5)).isEqualTo("two");
		assertThat(columns.getTableName(5)).isEmpty();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> columns.getColumnLabel(6));
	}

	@Test
	void metaDataIsThereBeforeTheExecution() throws SQLException {
		try (PreparedStatement query = this.connection.prepareStatement("SELECT ? AS a, 2 AS b");
				PreparedStatement write = this.connection.prepareStatement("CREATE TABLE u (a)")) {
			assertThat(query.getMetaData().getColumnLabel(2)).isEqualTo("b");
			assertThat(write.getMetaData()).isNull();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 8_000, 8_192, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000, 5_000_000 })
	void largeValuesComeBack(int size) throws Exception {
		byte[] blob = new byte[size];
		new SplittableRandom(size).nextBytes(blob);
		String text = "\u20ac".repeat(size / 3) + "a".repeat(size % 3);
		try (PreparedStatement query = this.connection.prepareStatement("SELECT ?, ?, ? FROM (VALUES (1), (2))")) {
			query.setBytes(1, blob);
			query.setString(2, text);
			query.setInt(3, 42);
			try (ResultSet rows = query.executeQuery()) {
				for (int row = 0; row < 2; row++) {
					assertThat(rows.next()).isTrue();
					assertThat(rows.getInt(3)).isEqualTo(42);
					assertThat(rows.getString(2)).isEqualTo(text);
					assertThat(rows.getBytes(1)).isEqualTo(blob);
					assertThat(rows.getBytes(1)).isEqualTo(blob);
					assertThat(rows.getBinaryStream(1).readAllBytes()).isEqualTo(blob);
					assertThat(rows.getBlob(1).length()).isEqualTo(size);
					StringWriter read = new StringWriter();
					try (Reader reader = rows.getCharacterStream(2)) {
						reader.transferTo(read);
					}
					assertThat(read).hasToString(text);
				}
				assertThat(rows.next()).isFalse();
			}
		}
	}

	@Test
	void largeValuesOfAllSizesInOrderOverManyRows() throws Exception {
		Sql.update(this.connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, size INT, v)");
		SplittableRandom random = new SplittableRandom(3);
		for (int i = 0; i < 300; i++) {
			Sql.update(this.connection, "INSERT INTO t VALUES (?1, ?2, zeroblob(?2))", i,
					(i % 7 == 0) ? random.nextInt(300_000) : random.nextInt(2_000));
		}
		int count = 0;
		ResultSet rows = this.statement.executeQuery("SELECT id, size, v, size FROM t ORDER BY id");
		while (rows.next()) {
			assertThat(rows.getInt(1)).isEqualTo(count++);
			assertThat(rows.getBytes(3)).hasSize(rows.getInt(2));
			assertThat(rows.getInt(4)).isEqualTo(rows.getInt(2));
		}
		assertThat(count).isEqualTo(300);
	}

	@Test
	void manyBlobsInOneRow() throws Exception {
		int count = 200;
		String columns = "zeroblob(10000)" + ", zeroblob(10000)".repeat(count - 1);
		ResultSet rows = this.statement.executeQuery("SELECT " + columns);
		rows.next();
		for (int i = 1; i <= count; i++) {
			assertThat(rows.getBytes(i)).hasSize(10_000);
		}
	}

	@Test
	void twoThousandColumns() throws Exception {
		StringBuilder sql = new StringBuilder("SELECT 0");
		for (int i = 1; i < 2000; i++) {
			sql.append(", ").append(i).append(" AS c").append(i);
		}
		ResultSet rows = this.statement.executeQuery(sql.toString());
		rows.next();
		assertThat(rows.getInt(2000)).isEqualTo(1999);
		assertThat(rows.getInt("c1234")).isEqualTo(1234);
	}

	@Test
	void moreColumnsThanAResultHoldsAreAnError() throws SQLException {
		String sql = "SELECT 1" + ", 1".repeat(9_999);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.statement.executeQuery(sql))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("54000"));
		assertThat(Sql.rows(this.statement.executeQuery("SELECT 1"))).hasSize(1);
	}

	@Test
	void streamOfALargeValueEndsWithItsRow() throws Exception {
		ResultSet rows = this.statement
			.executeQuery("SELECT zeroblob(100000) UNION ALL SELECT zeroblob(100000) UNION ALL SELECT 1");
		rows.next();
		InputStream stream = rows.getBinaryStream(1);
		assertThat(stream.read()).isZero();
		rows.next();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> stream.readNBytes(50_000));
		InputStream second = rows.getBinaryStream(1);
		assertThat(second.readNBytes(50_000)).hasSize(50_000);
		rows.close();
		assertThatExceptionOfType(IOException.class).isThrownBy(second::readAllBytes);
	}

	@Test
	void hundredsOfThousandsOfRowsAreThoseOfStockSqlite() throws SQLException {
		String sql = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 300000) "
				+ "SELECT x, x * 1.5, 'row ' || x, CASE WHEN x % 3 THEN x END, "
				+ "CASE WHEN x % 1000 = 0 THEN hex(zeroblob(10000)) ELSE hex(x) END FROM c";
		try (Connection stock = Sql.stock();
				ResultSet expected = stock.createStatement().executeQuery(sql);
				ResultSet actual = this.statement.executeQuery(sql)) {
			while (expected.next()) {
				if (!actual.next() || expected.getLong(1) != actual.getLong(1)
						|| expected.getDouble(2) != actual.getDouble(2)
						|| !expected.getString(3).equals(actual.getString(3)) || expected.getInt(4) != actual.getInt(4)
						|| expected.wasNull() != actual.wasNull()
						|| !expected.getString(5).equals(actual.getString(5))) {
					throw new AssertionError("Row " + expected.getLong(1) + " differs");
				}
			}
			assertThat(actual.next()).isFalse();
		}
	}

	@Test
	void randomTablesReadAsStockSqliteReadsThem() throws SQLException {
		SplittableRandom random = new SplittableRandom(11);
		try (Connection stock = Sql.stock()) {
			for (int round = 0; round < 8; round++) {
				String sql = randomValues(random);
				assertThat(values(this.connection, sql)).isEqualTo(values(stock, sql));
			}
		}
	}

	private static String randomValues(SplittableRandom random) {
		String[] kinds = { "NULL", "%d", "%d.5", "'%d'", "x'%08x'", "randomless(%d)", "hex(zeroblob(%d))" };
		List<String> rows = new ArrayList<>();
		int columns = random.nextInt(1, 20);
		for (int row = 0; row < 200; row++) {
			List<String> values = new ArrayList<>();
			for (int column = 0; column < columns; column++) {
				values.add(String.format(kinds[random.nextInt(kinds.length)], random.nextInt(random.nextInt(1, 12_000)))
					.replace("randomless", "zeroblob"));
			}
			rows.add("(" + String.join(", ", values) + ")");
		}
		return "VALUES " + String.join(", ", rows);
	}

	private static List<List<String>> values(Connection connection, String sql) throws SQLException {
		List<List<String>> values = new ArrayList<>();
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
			int columns = rows.getMetaData().getColumnCount();
			while (rows.next()) {
				List<String> row = new ArrayList<>();
				for (int i = 1; i <= columns; i++) {
					row.add(Arrays.toString(rows.getBytes(i)));
				}
				values.add(row);
			}
		}
		return values;
	}

	@Test
	void severalResultsOfOneConnectionAreReadInTurns() throws SQLException {
		String sql = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 20000) "
				+ "SELECT x, 'padding padding padding' FROM c";
		try (PreparedStatement one = this.connection.prepareStatement(sql);
				PreparedStatement two = this.connection.prepareStatement(sql);
				ResultSet first = one.executeQuery();
				ResultSet second = two.executeQuery()) {
			for (int i = 1; i <= 20_000; i++) {
				assertThat(first.next() && second.next()).isTrue();
				if (first.getInt(1) != i || second.getInt(1) != i) {
					throw new AssertionError("Row " + i);
				}
			}
		}
	}

}
