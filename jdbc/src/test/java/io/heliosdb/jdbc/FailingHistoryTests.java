package io.heliosdb.jdbc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A history that cannot be opened: what becomes of the present, and of the past. */
class FailingHistoryTests {

	@TempDir
	private Path directory;

	private static HistoryStatus history(Connection connection) throws SQLException {
		return connection.unwrap(HeliosConnection.class).getDatabaseStatus().history();
	}

	/** So many bytes at least. */
	private static void write(Connection connection, int kilobytes) throws SQLException {
		Sql.update(connection, "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < ?) "
				+ "INSERT INTO t SELECT randomblob(1024) FROM c", kilobytes);
	}

	/** A database with a history, and a folder where the history's file has to be. */
	private Path block(String suffix) throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (a)");
			Sql.update(connection, "INSERT INTO t VALUES ('first')");
			Sql.update(connection, "PRAGMA heliosdb_tag = 'first'");
		}
		Path file = this.directory.resolve("test.db" + suffix);
		Files.move(file, this.directory.resolve("kept"));
		return Files.createDirectory(file);
	}

	@ParameterizedTest
	@ValueSource(strings = { "-history", "-times" })
	void presentGoesOnAndThePastComesBack(String suffix) throws Exception {
		Path obstacle = block(suffix);
		try (LoggedWarnings ofOpening = new LoggedWarnings(Database.class);
				LoggedWarnings ofCheckpoints = new LoggedWarnings(Checkpointer.class);
				Connection connection = Sql.open(this.directory)) {
			assertThat(ofOpening.messages()).singleElement()
				.asString()
				.contains("test.db", "cannot be started", "write-ahead log");
			Sql.update(connection, "INSERT INTO t VALUES ('second')");
			HistoryStatus status = history(connection);
			assertThat(status.failed()).isTrue();
			assertThat(status.failures()).isPositive();
			assertThat(status.lastFailure()).contains("The history cannot be started", "unable to open");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.rows(connection, "SELECT * FROM t AS OF TAG 'first'"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"));
			while (ofCheckpoints.messages().stream().noneMatch((message) -> message.startsWith("Checkpoint"))) {
				write(connection, 100);
			}
			assertThat(ofCheckpoints.messages()).filteredOn((message) -> message.startsWith("Checkpoint"))
				.singleElement()
				.asString()
				.contains("Checkpoint of test.db failed", "keeps all commits", "The history cannot be started");
			Files.delete(obstacle);
			Files.move(this.directory.resolve("kept"), obstacle);
			assertThat(Sql.column(connection, "SELECT a FROM t AS OF TAG 'first'")).containsExactly("first");
			assertThat(Sql.column(connection, "SELECT a FROM t AS OF SCN 3")).containsExactly("first", "second");
			Background.await(() -> {
				try {
					write(connection, 100);
					return !history(connection).failed() && history(connection).captures() > 0;
				}
				catch (SQLException ex) {
					throw new IllegalStateException(ex);
				}
			});
			assertThat(history(connection).gapReason()).isNull();
		}
	}

	@Test
	void historyBeginsAnewBeforeTheLogGrowsWithoutABound() throws Exception {
		block("-history");
		try (Connection connection = Sql.open(this.directory, "?history_max_wal=1MB")) {
			int kilobytes = 0;
			while (history(connection).failed()) {
				write(connection, 100);
				kilobytes += 100;
			}
			assertThat(kilobytes).isGreaterThanOrEqualTo(700);
			assertThat(history(connection).gapReason()).isNotNull();
			assertThat(this.directory.resolve("test.db-history-damaged")).isDirectory();
			assertThat(Sql.number(connection, "SELECT count(*) FROM t")).isEqualTo(kilobytes + 1);
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.rows(connection, "SELECT * FROM t AS OF SCN 1"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"));
			long scn = Sql.number(connection, "PRAGMA heliosdb_scn");
			write(connection, 1);
			assertThat(Sql.number(connection, "SELECT count(*) FROM t AS OF SCN ?", scn)).isEqualTo(kilobytes + 1);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "0MB", "-1MB", "much", "" })
	void boundThatIsNoneIsRefused(String bound) {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.open(this.directory, "?history_max_wal=" + bound))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("history_max_wal");
	}

	@Test
	void boundHoldsForTheDatabase() throws Exception {
		try (Connection connection = Sql.open(this.directory, "?history_max_wal=off")) {
			assertThat(history(connection).failed()).isFalse();
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.open(this.directory, "?history_max_wal=2GB"))
				.withMessageContaining("history_max_wal");
		}
	}

}
