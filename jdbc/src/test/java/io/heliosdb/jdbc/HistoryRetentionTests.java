package io.heliosdb.jdbc;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** How history is captured, expires, is erased and is told about. */
class HistoryRetentionTests {

	@TempDir
	private Path directory;

	private static HistoryStatus history(Connection connection) throws SQLException {
		return connection.unwrap(HeliosConnection.class).getDatabaseStatus().history();
	}

	private static long scn(Connection connection) throws SQLException {
		return Sql.number(connection, "PRAGMA heliosdb_scn");
	}

	/** A commit that changes many pages. */
	private static void churn(Connection connection) throws SQLException {
		Sql.update(connection, "UPDATE t SET b = hex(randomblob(500)), c = c + 1");
	}

	private static void fill(Connection connection) throws SQLException {
		Sql.update(connection, "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c)");
		Sql.update(connection, "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 40) "
				+ "INSERT INTO t SELECT x, hex(randomblob(500)), 0 FROM c");
	}

	@ParameterizedTest
	@CsvSource({ "PT0S,PT1M", "PT720H,PT1M", "PT20M,PT1M", "PT10M,PT30S", "PT20S,PT1S", "PT1S,PT1S", "PT0.001S,PT1S" })
	void historyIsLookedAtMoreOftenTheShorterItIs(Duration retention, Duration interval) {
		assertThat(new Checkpointer.Expiry(retention, 0, () -> {
		}).interval()).isEqualTo(interval);
	}

	@Test
	void statusTellsOfHistory() throws Exception {
		Instant before = Instant.now();
		try (Connection connection = Sql.open(this.directory)) {
			fill(connection);
			HistoryStatus first = history(connection);
			assertThat(first.failed()).isFalse();
			assertThat(first.oldestScn()).isZero();
			assertThat(first.newestScn()).isEqualTo(2);
			assertThat(first.oldestAt()).isBetween(before.minusMillis(1), Instant.now());
			assertThat(first.newestAt()).isAfter(first.oldestAt());
			assertThat(first.bytes()).isPositive();
			assertThat(first.pageSize()).isEqualTo(4096);
			assertThat(first.gapScn()).isZero();
			assertThat(first.gapAt()).isNull();
			assertThat(first.failures()).isZero();
			assertThat(first.lastFailure()).isNull();
			for (int i = 0; i < 200; i++) {
				churn(connection);
			}
			Background.await(() -> {
				try {
					return history(connection).captures() > 0 && history(connection).capturedScn() > 10;
				}
				catch (SQLException ex) {
					throw new IllegalStateException(ex);
				}
			});
			HistoryStatus later = history(connection);
			assertThat(later.versions()).isPositive();
			assertThat(later.captureNanos()).isPositive();
			assertThat(later.newestScn()).isEqualTo(202);
			assertThat(later.bytes()).isGreaterThan(first.bytes());
		}
		try (Connection connection = Sql.open(this.directory, "?history=off")) {
			assertThat(history(connection)).isNull();
		}
	}

	@Test
	void statusWaitsForNobody() throws Exception {
		try (HeliosDataSource source = new HeliosDataSource(Sql.url(this.directory, ""));
				Connection connection = source.getConnection();
				PreparedStatement endless = connection.prepareStatement(Sql.ENDLESS)) {
			Background<Object> busy = Background.<Object>start(endless::executeQuery).awaitExecuting();
			assertThat(source.getDatabaseStatus().history().failed()).isFalse();
			assertThat(connection.unwrap(HeliosConnection.class).getDatabaseStatus().history()).isNotNull();
			assertThat(busy.isDone()).isFalse();
			endless.cancel();
			assertThatExceptionOfType(SQLException.class).isThrownBy(busy::result);
		}
	}

	@Test
	void oldPointsExpireAndTellSo() throws Exception {
		try (Connection connection = Sql.open(this.directory, "?history_retention=1s");
				PreparedStatement past = connection.prepareStatement("SELECT count(*) FROM t AS OF SCN ?")) {
			fill(connection);
			long scn = scn(connection);
			past.setLong(1, scn);
			past.executeQuery().close();
			while (history(connection).oldestScn() <= scn) {
				churn(connection);
			}
			assertThatExceptionOfType(SQLDataException.class).isThrownBy(past::executeQuery)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
				.withMessageContaining("SCN " + scn + " is before the oldest point that is kept")
				.withMessageContaining("The oldest point is SCN ");
			assertThat(Sql.number(connection, "SELECT count(*) FROM t AS OF SCN ?", scn(connection))).isEqualTo(40);
			assertThat(Sql.number(connection, "SELECT count(*) FROM t")).isEqualTo(40);
		}
	}

	@Test
	void tagKeepsItsPoint() throws Exception {
		try (Connection connection = Sql.open(this.directory, "?history_retention=1s")) {
			fill(connection);
			Sql.update(connection, "UPDATE t SET b = 'tagged'");
			Sql.update(connection, "PRAGMA heliosdb_tag = 'keep'");
			Instant end = history(connection).newestAt().plusSeconds(2);
			while (history(connection).newestAt().isBefore(end)) {
				churn(connection);
			}
			assertThat(Sql.column(connection, "SELECT DISTINCT b FROM t AS OF TAG 'keep'")).containsExactly("tagged");
			Sql.update(connection, "PRAGMA heliosdb_untag = 'keep'");
			while (history(connection).oldestScn() <= 3) {
				churn(connection);
			}
			assertThatExceptionOfType(SQLDataException.class)
				.isThrownBy(() -> Sql.rows(connection, "SELECT * FROM t AS OF SCN 3"))
				.withMessageContaining("before the oldest point");
		}
	}

	@Test
	void historyStaysWithinItsSize() throws Exception {
		long bound = 4 << 20;
		try (Connection connection = Sql.open(this.directory, "?history_retention=off&history_max_size=4MB")) {
			fill(connection);
			while (history(connection).oldestScn() < 400) {
				churn(connection);
				assertThat(Files.size(this.directory.resolve("test.db-history"))).isLessThan(2 * bound);
			}
			assertThat(Sql.number(connection, "SELECT count(*) FROM t AS OF NOW")).isEqualTo(40);
		}
	}

	/** A page that is read for the first time after its point has gone. */
	@Test
	void pointThatGoesWhileItIsReadIsNamed() throws Exception {
		try (Connection connection = Sql.open(this.directory);
				Connection second = Sql.open(this.directory, "?cache_size=16KB")) {
			fill(connection);
			long scn = scn(connection);
			churn(connection);
			try (HeliosConnection past = connection.unwrap(HeliosConnection.class).openAsOf(scn);
					PreparedStatement scan = past.prepareStatement("SELECT sum(length(b)) FROM t");
					PreparedStatement first = past.prepareStatement("SELECT a FROM t WHERE a = 1");
					PreparedStatement open = second.prepareStatement("SELECT a, b FROM t AS OF SCN ?")) {
				first.executeQuery().close();
				open.setLong(1, scn);
				ResultSet rows = open.executeQuery();
				assertThat(rows.next()).isTrue();
				Sql.rows(connection, "SELECT heliosdb_erase(?)", scn + 1);
				assertGone(scn, scan::executeQuery);
				assertGone(scn, () -> {
					while (rows.next()) {
						rows.getInt(1);
					}
				});
				assertGone(scn, open::executeQuery);
				assertThat(Sql.number(past, "SELECT 1")).isOne();
				assertThat(Sql.number(second, "SELECT count(*) FROM t")).isEqualTo(40);
				assertThat(Sql.number(second, "SELECT count(*) FROM t AS OF SCN ?", scn + 1)).isEqualTo(40);
			}
		}
	}

	/**
	 * The second point's expression takes the first one away, which has been found by
	 * then.
	 */
	@Test
	void pointThatGoesBetweenFindingAndOpeningIsNamed() throws Exception {
		try (Connection connection = Sql.open(this.directory); Connection second = Sql.open(this.directory)) {
			fill(connection);
			long scn = scn(connection);
			churn(connection);
			second.unwrap(HeliosConnection.class).createFunction("forget", 0, (arguments) -> {
				Sql.rows(connection, "SELECT heliosdb_erase(NULL)");
				return scn + 1;
			});
			assertGone(scn,
					() -> Sql.rows(second, "SELECT 1 FROM t AS OF SCN ? JOIN t AS OF SCN (forget()) USING (a)", scn));
			assertThat(Sql.number(second, "SELECT count(*) FROM t AS OF SCN ?", scn + 1)).isEqualTo(40);
		}
	}

	@Test
	void connectionToAPointThatGoesBeforeItIsOpenedNamesIt() throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			fill(connection);
			long scn = scn(connection);
			churn(connection);
			ConnectionSettings settings = ConnectionSettings.parse(Sql.url(this.directory, ""), new Properties());
			Database database = Database.acquire(settings);
			try {
				assertThat(database.find(NamedPoint.parse("scn:" + scn))).isEqualTo(scn);
				Sql.rows(connection, "SELECT heliosdb_erase(NULL)");
				assertGone(scn, () -> database.openSnapshot(settings, scn));
			}
			finally {
				database.release();
			}
		}
	}

	/** A transaction that writes begins although a point that was read has gone. */
	@Test
	void lostPointDoesNotDisturbWriters() throws Exception {
		try (Connection connection = Sql.open(this.directory); Connection second = Sql.open(this.directory)) {
			fill(connection);
			long scn = scn(connection);
			churn(connection);
			Sql.rows(second, "SELECT a FROM t AS OF SCN ? WHERE a = 1", scn);
			Sql.rows(connection, "SELECT heliosdb_erase(NULL)");
			second.setAutoCommit(false);
			Sql.update(second, "UPDATE t SET c = 99 WHERE a = 1");
			second.commit();
			second.setAutoCommit(true);
			Sql.rows(connection, "SELECT heliosdb_erase(NULL)");
			Sql.update(second, "UPDATE t SET c = 100 WHERE a = 1");
			assertGone(scn, () -> Sql.rows(second, "SELECT a FROM t AS OF SCN ? WHERE a = 1", scn));
		}
	}

	private static void assertGone(long scn, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(call)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("SCN " + scn + " is before the oldest point that is kept");
	}

	@Test
	void erasedHistoryIsOnNoDisk() throws Exception {
		String secret = "a-persons-secret-" + "x".repeat(200);
		try (Connection connection = Sql.open(this.directory)) {
			fill(connection);
			Sql.update(connection, "INSERT INTO t VALUES (1000, ?, 1)", secret);
			churn(connection);
			Sql.update(connection, "DELETE FROM t WHERE a = 1000");
			Sql.update(connection, "PRAGMA secure_delete=ON");
			Sql.update(connection, "VACUUM");
			assertThat(Sql.rows(connection, "SELECT heliosdb_erase(NULL)")).hasSize(1);
			assertThat(history(connection).oldestScn()).isEqualTo(scn(connection));
			try (Stream<Path> files = Files.list(this.directory)) {
				for (Path file : files.toList()) {
					assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)).as(file.toString())
						.doesNotContain(secret);
				}
			}
		}
	}

	@Test
	void databaseIsRestoredAsACommitOfItsOwn() throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			fill(connection);
			long scn = scn(connection);
			List<List<Object>> rows = Sql.rows(connection, "SELECT * FROM t");
			churn(connection);
			Sql.update(connection, "DROP TABLE t");
			long dropped = scn(connection);
			assertThat(Sql.number(connection, "SELECT heliosdb_restore(?)", scn)).isEqualTo(dropped + 1);
			assertThat(Sql.rows(connection, "SELECT * FROM t")).isEqualTo(rows);
			assertThat(Sql.number(connection, "SELECT heliosdb_restore(?)", dropped)).isEqualTo(dropped + 2);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.rows(connection, "SELECT * FROM t"));
		}
	}

	@Test
	void functionsThatRewriteTakeTheWritersTurn() throws Exception {
		try (Connection connection = Sql.open(this.directory);
				Connection impatient = Sql.open(this.directory, "?busy_timeout=50ms");
				Connection writer = Sql.open(this.directory)) {
			fill(connection);
			long scn = scn(connection);
			writer.setAutoCommit(false);
			Sql.update(writer, "UPDATE t SET c = 5");
			for (String sql : List.of("SELECT heliosdb_restore(" + scn + ")", "SELECT heliosdb_erase(NULL)")) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.rows(impatient, sql))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HYT00"));
			}
			writer.commit();
			connection.setAutoCommit(false);
			assertThat(Sql.number(connection, "SELECT heliosdb_restore(?)", scn)).isEqualTo(scn + 2);
			assertThat(Sql.number(connection, "SELECT sum(c) FROM t")).isZero();
			connection.commit();
			connection.setAutoCommit(true);
			connection.setReadOnly(true);
			for (String sql : List.of("SELECT heliosdb_restore(" + scn + ")", "SELECT /**/ HELIOSDB_ERASE (NULL)")) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.rows(connection, sql))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
			}
			writer.setAutoCommit(true);
			Sql.update(writer, "UPDATE t SET c = 6");
			connection.setReadOnly(false);
			connection.setAutoCommit(false);
			Sql.update(connection, "UPDATE t SET c = 7");
			for (String sql : List.of("SELECT heliosdb_restore(" + scn + ")", "SELECT heliosdb_erase(NULL)")) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.rows(connection, sql))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25000"))
					.withMessageContaining("a transaction of its own");
			}
			connection.commit();
			assertThat(Sql.number(connection, "SELECT max(c) FROM t")).isEqualTo(7);
		}
	}

	@Test
	void firstConnectionForReadingOnlyDecidesAgainstHistory() throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			fill(connection);
		}
		try (Connection reader = Sql.open(this.directory, "?read_only=true");
				Connection writer = Sql.open(this.directory)) {
			assertThat(history(writer)).isNull();
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.rows(reader, "SELECT * FROM t AS OF SCN 1"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
				.withMessageContaining("read_only");
		}
		try (Connection writer = Sql.open(this.directory);
				Connection reader = Sql.open(this.directory, "?read_only=true")) {
			assertThat(Sql.number(reader, "SELECT count(*) FROM t AS OF NOW")).isEqualTo(40);
			assertThat(history(writer).failed()).isFalse();
		}
	}

}
