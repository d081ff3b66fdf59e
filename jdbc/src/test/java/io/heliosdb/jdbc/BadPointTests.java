package io.heliosdb.jdbc;

import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Time;
import java.time.Instant;
import java.time.LocalTime;
import java.util.UUID;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Points that do not exist, or are none. */
class BadPointTests extends OnFile {

	BadPointTests() {
		super("");
	}

	@BeforeEach
	void fill() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE t (a)");
		Sql.update(this.connection, "INSERT INTO t VALUES (1)");
	}

	private ThrowingCallable query(String sql, Object... parameters) {
		return () -> Sql.rows(this.connection, sql, parameters);
	}

	private void assertNoPoint(String sql, Object parameter, String message) {
		assertThatExceptionOfType(SQLDataException.class).as(sql)
			.isThrownBy((parameter != null) ? query(sql, parameter) : query(sql))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining(message)
			.withMessageContaining("The oldest point is SCN 0 (20")
			.withMessageContaining(", the newest SCN 2 (20");
		// Nothing is left of it.
		try {
			assertThat(Sql.column(this.connection, "SELECT a FROM t AS OF NOW")).containsExactly(1);
		}
		catch (SQLException ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void futureAndUnknownPointsNameThoseThatExist() {
		assertNoPoint("SELECT * FROM t AS OF SCN 3", null, "SCN 3 is in the future");
		assertNoPoint("SELECT * FROM t AS OF SCN ?", 3, "SCN 3 is in the future");
		assertNoPoint("SELECT * FROM t AS OF SCN ?", Long.MAX_VALUE, "is in the future");
		assertNoPoint("SELECT * FROM t AS OF SCN - 1", null, "SCN -1 is before the oldest point");
		assertNoPoint("SELECT * FROM t AS OF TIMESTAMP '2999-01-01'", null,
				"2999-01-01T00:00:00.000000Z is in the future");
		assertNoPoint("SELECT * FROM t AS OF TIMESTAMP ?", Instant.parse("2999-01-01T00:00:00Z"), "is in the future");
		assertNoPoint("SELECT * FROM t AS OF TIMESTAMP '1999-01-01T00:00:00+01:00'", null,
				"1998-12-31T23:00:00.000000Z is before the oldest point");
		assertNoPoint("SELECT * FROM t AS OF TAG 'nothing'", null, "There is no tag 'nothing'");
		assertNoPoint("SELECT * FROM t AS OF TAG ?", "it's", "There is no tag 'it's'");
		assertNoPoint("INSERT INTO t SELECT * FROM t AS OF SCN 9", null, "SCN 9 is in the future");
	}

	@ParameterizedTest
	@ValueSource(strings = { "'yesterday'", "''", "'10:15:00'", "'2026-13-01'", "'2026-11-22T25:00:00Z'", "NULL", "42",
			"julianday('now')", "unixepoch()", "x'00'", "'+999999999-01-01T00:00:00Z'", "datetime('nonsense')" })
	void malformedTimes(String time) {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(query("SELECT * FROM t AS OF TIMESTAMP " + time))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22007"));
	}

	@Test
	void parametersThatAreNoTimes() {
		for (Object value : new Object[] { 1_700_000_000L, 1_700_000_000_000L, 2460000.5, "soon", UUID.randomUUID(),
				new byte[4], LocalTime.NOON, Time.valueOf("10:00:00"), true }) {
			assertThatExceptionOfType(SQLDataException.class)
				.isThrownBy(query("SELECT * FROM t AS OF TIMESTAMP ?", value))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22007"))
				.withMessageContaining("ISO-8601");
		}
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(query("SELECT * FROM t AS OF TIMESTAMP ?", 1L))
			.withMessageContaining("datetime(<number>, 'unixepoch')");
		assertThatExceptionOfType(SQLDataException.class)
			.isThrownBy(query("SELECT * FROM t AS OF TIMESTAMP ?", new Object[] { null }))
			.withMessageContaining("NULL");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "SCN '2' | needs an integer", "SCN NULL | needs an integer", "SCN 1.5 | needs an integer",
					"SCN ('x') | needs an integer", "TAG 5 | tag's name as a text", "TAG NULL | tag's name as a text" })
	void valuesThatNameNoPoint(String point, String message) {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(query("SELECT * FROM t AS OF " + point))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining(message);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT * FROM t AS OF SCN", "SELECT * FROM t AS OF TIMESTAMP (1",
			"INSERT INTO t AS OF SCN 1 VALUES (2)", "UPDATE t AS OF SCN 1 SET a = 2", "DELETE FROM t AS OF SCN 1",
			"CREATE VIEW v AS SELECT * FROM t AS OF SCN 1", "SELECT * FROM other.t AS OF SCN 1",
			"SELECT * FROM t AS OF '2026-11-22'", "PRAGMA heliosdb_scn = 4", "SELECT * FROM t AS OF SCN 1 AS OF SCN 2",
			"SELECT * FROM (SELECT * FROM t) AS OF SCN 1",
			"CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT * FROM t AS OF SCN 1; END" })
	void whatHasNoMeaningIsASyntaxError(String sql) {
		assertThatExceptionOfType(SQLSyntaxErrorException.class).isThrownBy(query(sql))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42000"));
	}

	@Test
	void errorsOfTheStatementItselfNameItAsItWasWritten() {
		assertThatExceptionOfType(SQLSyntaxErrorException.class)
			.isThrownBy(query("SELECT * FROM nothing AS OF SCN 1 WHERE a = 1"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S02"))
			.withMessage("no such table: nothing as of SCN 1 (in: SELECT * FROM nothing AS OF SCN 1 WHERE a = 1)");
		assertThatExceptionOfType(SQLSyntaxErrorException.class).isThrownBy(query("SELECT b FROM t AS OF SCN 1"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S22"))
			.withMessageContaining("no such column: b");
		assertThatExceptionOfType(SQLSyntaxErrorException.class).isThrownBy(query("SELECT FROM t AS OF SCN 1"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42000"));
		assertThatExceptionOfType(SQLSyntaxErrorException.class)
			.isThrownBy(query("SELECT * FROM t AS OF TIMESTAMP (SELECT b)"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S22"));
		assertThatExceptionOfType(SQLSyntaxErrorException.class)
			.isThrownBy(() -> this.connection.prepareStatement("SELECT * FROM t AS OF SCN ?").executeQuery())
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"))
			.withMessageContaining("Parameter 1 of 1 has no value");
	}

	@Test
	void tagsThatAreTaken() throws SQLException {
		Sql.update(this.connection, "PRAGMA heliosdb_tag = 'x'");
		assertThatExceptionOfType(SQLException.class).isThrownBy(query("PRAGMA heliosdb_tag = 'x'"))
			.withMessageContaining("'x'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:heliosdb::memory:", "jdbc:heliosdb:mem:bad-points" })
	void memoryDatabaseHasNoPast(String url) throws SQLException {
		try (Connection memory = DriverManager.getConnection(url)) {
			Sql.update(memory, "CREATE TABLE t (a)");
			for (String sql : new String[] { "SELECT * FROM t AS OF SCN 1",
					"SELECT * FROM t VERSIONS BETWEEN SCN 1 AND 2", "PRAGMA heliosdb_scn",
					"PRAGMA heliosdb_tag = 'x'" }) {
				assertThatExceptionOfType(SQLNonTransientException.class).isThrownBy(() -> Sql.rows(memory, sql))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
					.withMessageContaining("keeps no history")
					.withMessageContaining("use a database file");
			}
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.rows(memory, "SELECT heliosdb_scn()"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
				.withMessageContaining("keeps no history");
			assertThat(Sql.rows(memory, "SELECT * FROM heliosdb_commits")).isEmpty();
			assertThat(Sql.column(memory, "SELECT state FROM heliosdb_history")).containsExactly("off");
			assertThat(memory.unwrap(HeliosConnection.class).getDatabaseStatus().history()).isNull();
		}
	}

	@Test
	void databaseWithoutHistoryHasNoPast() throws Exception {
		this.connection.close();
		try (Connection plain = Sql.open(this.directory, "?history=off")) {
			assertThatExceptionOfType(SQLNonTransientException.class)
				.isThrownBy(() -> Sql.rows(plain, "SELECT * FROM t AS OF SCN 1"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
				.withMessageContaining("open it with history=on");
			Sql.update(plain, "INSERT INTO t VALUES (2)");
		}
		this.connection = Sql.open(this.directory);
		assertGap();
	}

	@Tag(Sql.PLAIN)
	@Test
	void pointsBeforeAGapAreGone() throws Exception {
		Sql.update(this.connection, "PRAGMA heliosdb_tag = 'before'");
		this.connection.close();
		Instant within = Instant.now();
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite:" + this.directory.resolve("test.db"))) {
			Sql.update(stock, "INSERT INTO t VALUES (2)");
		}
		this.connection = Sql.open(this.directory);
		assertGap();
		HistoryStatus history = this.connection.unwrap(HeliosConnection.class).getDatabaseStatus().history();
		assertThat(history.gapScn()).isPositive().isEqualTo(history.oldestScn());
		assertThat(history.gapAt()).isEqualTo(history.oldestAt());
		assertThat(history.gapReason()).isNotBlank();
		assertInGap("TIMESTAMP ?", within);
		assertInGap("TIMESTAMP ?", history.gapAt().minusNanos(1000));
		assertInGap("SCN ?", history.gapScn() - 1);
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(query("SELECT * FROM t AS OF TAG 'before'"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("'before'")
			.withMessageContaining("The oldest point is SCN ");
		assertThat(Sql.column(this.connection, "SELECT a FROM t AS OF TIMESTAMP ?", history.gapAt())).containsExactly(1,
				2);
	}

	private void assertInGap(String point, Object value) {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(query("SELECT * FROM t AS OF " + point, value))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("is before the oldest point")
			.withMessageContaining("another program changed the database")
			.withMessageContaining("The oldest point is SCN ");
	}

	private void assertGap() throws SQLException {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(query("SELECT * FROM t AS OF SCN 2"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("SCN 2 is before the oldest point")
			.withMessageContaining("another program changed the database")
			.withMessageContaining("The oldest point is SCN ");
		assertThat(Sql.column(this.connection, "SELECT a FROM t AS OF NOW")).containsExactly(1, 2);
	}

	@Test
	void historyThatCannotBeStartedLeavesThePresentUsable() throws Exception {
		this.connection.close();
		Files.delete(this.directory.resolve("test.db-history"));
		Files.createDirectory(this.directory.resolve("test.db-history"));
		this.connection = Sql.open(this.directory);
		Sql.update(this.connection, "INSERT INTO t VALUES (2)");
		assertThat(Sql.column(this.connection, "SELECT a FROM t")).containsExactly(1, 2);
		assertThatExceptionOfType(SQLException.class).isThrownBy(query("SELECT * FROM t AS OF SCN 1"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
			.withMessageContaining("history");
		HistoryStatus history = this.connection.unwrap(HeliosConnection.class).getDatabaseStatus().history();
		assertThat(history.failed()).isTrue();
		assertThat(history.lastFailure()).isNotBlank();
	}

}
