package io.heliosdb.jdbc;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientException;
import java.sql.Statement;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Ending what takes too long: cancel, time-outs, abort, interrupts, close. */
class CancellationTests extends OnTwoConnections {

	private static final String ENDLESS_WRITE = "INSERT INTO t(v) WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL "
			+ "SELECT x + 1 FROM c WHERE x < 1000000000000) SELECT x FROM c WHERE x % 1000 = 0";

	CancellationTests() {
		super("?busy_timeout=60s", "?busy_timeout=10s");
	}

	@BeforeEach
	void createTable() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
	}

	private void assertTurnIsFree() throws SQLException {
		Sql.update(this.other, "INSERT INTO t(v) VALUES ('free')");
	}

	private Background<Boolean> execute(Statement statement, String sql) {
		return Background.start(() -> statement.execute(sql));
	}

	@Test
	void cancelEndsARunningQuery() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			Background<Boolean> query = execute(statement, Sql.ENDLESS).awaitExecuting();
			statement.cancel();
			assertThatExceptionOfType(SQLTransientException.class).isThrownBy(query::result)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"))
				.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(9));
			assertThat(Sql.rows(statement.executeQuery("SELECT 1"))).hasSize(1);
		}
	}

	@Test
	void cancelEndsARunningFetch() throws SQLException {
		// Rows of 5000 bytes fill the first result, so that the endless part is fetched.
		String sql = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000000) "
				+ "SELECT hex(zeroblob(2500)) FROM c WHERE x <= 20";
		try (Statement statement = this.connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
			Background<Integer> read = Background.start(() -> Sql.rows(rows).size()).awaitExecuting();
			statement.cancel();
			assertThatExceptionOfType(SQLTransientException.class).isThrownBy(read::result)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
			assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("24000"));
		}
	}

	@Test
	void cancelOfAnIdleStatementDoesNotConcernTheNextExecution() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT 1")) {
			statement.cancel();
			assertThat(Sql.rows(statement.executeQuery())).hasSize(1);
			statement.cancel();
			assertThat(Sql.rows(statement.executeQuery())).hasSize(1);
		}
	}

	@Test
	void cancelOfOneStatementDoesNotConcernAnother() throws SQLException {
		try (Statement idle = this.connection.createStatement(); Statement busy = this.connection.createStatement()) {
			Background<Boolean> query = execute(busy, Sql.ENDLESS).awaitExecuting();
			idle.cancel();
			busy.cancel();
			assertThatExceptionOfType(SQLTransientException.class).isThrownBy(query::result);
			assertThat(Sql.rows(idle.executeQuery("SELECT 1"))).hasSize(1);
		}
	}

	@Test
	void cancelEndsAWaitForTheWriter() throws Exception {
		this.other.setAutoCommit(false);
		Sql.update(this.other, "INSERT INTO t(v) VALUES (1)");
		try (Statement statement = this.connection.createStatement()) {
			Background<Boolean> write = execute(statement, "DELETE FROM t").awaitWaitingForWriter();
			statement.cancel();
			assertThatExceptionOfType(SQLTransientException.class).isThrownBy(write::result)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
			this.other.commit();
			assertThat(statement.executeUpdate("DELETE FROM t")).isOne();
		}
	}

	@Test
	void cancelOfAWriteInATransactionAbortsIt() throws Exception {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('lost')");
		try (Statement statement = this.connection.createStatement()) {
			Background<Boolean> write = execute(statement, ENDLESS_WRITE).awaitExecuting();
			statement.cancel();
			assertThatExceptionOfType(SQLTransientException.class).isThrownBy(write::result);
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> statement.execute("INSERT INTO t(v) VALUES ('alone')"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25P02"));
			assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(() -> this.connection.commit());
		}
		assertTurnIsFree();
		assertThat(Sql.column(this.other, "SELECT v FROM t")).containsExactly("free");
	}

	@Test
	void cancelOfAQueryKeepsTheTransaction() throws Exception {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('kept')");
		try (Statement statement = this.connection.createStatement()) {
			Background<Boolean> query = execute(statement, Sql.ENDLESS).awaitExecuting();
			statement.cancel();
			assertThatExceptionOfType(SQLTransientException.class).isThrownBy(query::result);
		}
		this.connection.commit();
		assertThat(Sql.column(this.other, "SELECT v FROM t")).containsExactly("kept");
	}

	@Test
	void queryTimeoutEndsARunningQuery() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.setQueryTimeout(1);
			assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(() -> statement.execute(Sql.ENDLESS))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HYT00"));
			assertThat(Sql.rows(statement.executeQuery("SELECT 1"))).hasSize(1);
		}
	}

	@Test
	void queryTimeoutEndsAWaitForTheWriter() throws SQLException {
		this.other.setAutoCommit(false);
		Sql.update(this.other, "INSERT INTO t(v) VALUES (1)");
		try (Statement statement = this.connection.createStatement()) {
			statement.setQueryTimeout(1);
			assertThatExceptionOfType(SQLTimeoutException.class)
				.isThrownBy(() -> statement.executeUpdate("DELETE FROM t"));
		}
	}

	@Test
	void queryTimeoutThatIsNotReachedChangesNothing() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)")) {
			statement.setQueryTimeout(60);
			for (int i = 0; i < 100; i++) {
				statement.setInt(1, i);
				assertThat(statement.executeUpdate()).isOne();
			}
		}
	}

	@Test
	void queryTimeoutOfABatchIsATimeout() throws SQLException {
		try (PreparedStatement statement = this.connection
			.prepareStatement("INSERT INTO t(v) SELECT count(*) FROM (" + Sql.ENDLESS + ") WHERE ? > 0")) {
			statement.setQueryTimeout(1);
			for (int i = 1; i <= 2; i++) {
				statement.setInt(1, i);
				statement.addBatch();
			}
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(statement::executeBatch)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HYT00"))
				.satisfies((ex) -> assertThat(ex.getUpdateCounts()).isEmpty());
		}
		assertTurnIsFree();
	}

	@Test
	void networkTimeoutEndsARunningQuery() throws SQLException {
		this.connection.setNetworkTimeout(Runnable::run, 100);
		assertThat(this.connection.getNetworkTimeout()).isEqualTo(100);
		try (Statement statement = this.connection.createStatement()) {
			assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(() -> statement.execute(Sql.ENDLESS));
		}
	}

	@Test
	void busyTimeoutEndsAWaitForTheWriter() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES (1)");
		try (Connection impatient = Sql.open(this.directory, "?busy_timeout=50ms")) {
			assertThatExceptionOfType(SQLTimeoutException.class)
				.isThrownBy(() -> Sql.update(impatient, "DELETE FROM t"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HYT00"))
				.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(5))
				.withMessageContaining("50 ms (busy_timeout)")
				.withMessageContaining("test.db");
		}
		this.connection.commit();
		assertTurnIsFree();
	}

	@Test
	void interruptEndsAWaitForTheWriter() throws Exception {
		this.other.setAutoCommit(false);
		Sql.update(this.other, "INSERT INTO t(v) VALUES (1)");
		Background<Boolean> write = Background.start(() -> {
			try (Statement statement = this.connection.createStatement()) {
				return statement.execute("DELETE FROM t");
			}
			finally {
				assertThat(Thread.currentThread().isInterrupted()).isTrue();
			}
		});
		write.awaitWaitingForWriter().interrupt();
		assertThatExceptionOfType(SQLTransientException.class).isThrownBy(write::result)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
		this.other.commit();
		assertTurnIsFree();
	}

	@Test
	void closingTheConnectionEndsItsQuery() throws Exception {
		Statement statement = this.connection.createStatement();
		Background<Boolean> query = execute(statement, Sql.ENDLESS).awaitExecuting();
		this.connection.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(query::result);
		assertThat(this.connection.isClosed()).isTrue();
		assertThat(statement.isClosed()).isTrue();
	}

	@Test
	void closingTheConnectionEndsItsWaitForTheWriter() throws Exception {
		this.other.setAutoCommit(false);
		Sql.update(this.other, "INSERT INTO t(v) VALUES (1)");
		Background<Integer> write = Background.start(() -> Sql.update(this.connection, "DELETE FROM t"));
		write.awaitWaitingForWriter();
		this.connection.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(write::result);
		this.other.commit();
		assertTurnIsFree();
	}

	@Test
	void closingABusyConnectionAgainAndAgainIsSafe() throws Exception {
		for (int round = 0; round < 50; round++) {
			Connection victim = Sql.open(this.directory);
			Background<Long> work = Background.start(() -> {
				long done = 0;
				while (done >= 0) {
					Sql.update(victim, "INSERT INTO t(v) VALUES (?)", done);
					done += Sql.number(victim, "SELECT 1");
				}
				return done;
			});
			work.awaitExecuting();
			victim.close();
			assertThatExceptionOfType(SQLException.class).isThrownBy(work::result);
		}
		assertTurnIsFree();
	}

	@Test
	void cancellingAtRandomMomentsLeavesTheConnectionUsable() throws Exception {
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)")) {
			Background<Long> work = Background.start(() -> {
				long cancelled = 0;
				for (int i = 0; i < 20_000; i++) {
					try {
						statement.setInt(1, i);
						statement.executeUpdate();
					}
					catch (SQLTransientException ex) {
						assertThat(ex.getSQLState()).isEqualTo("57014");
						cancelled++;
					}
				}
				return 20_000 - cancelled;
			});
			Background.await(() -> {
				try {
					statement.cancel();
				}
				catch (SQLException ex) {
					throw new IllegalStateException(ex);
				}
				return work.isDone();
			});
			assertThat(Sql.number(this.other, "SELECT count(*) FROM t")).isEqualTo(work.result());
		}
		assertTurnIsFree();
	}

	@Test
	void abortEndsTheQueryAndCloses() throws Exception {
		Statement statement = this.connection.createStatement();
		Background<Boolean> query = execute(statement, Sql.ENDLESS).awaitExecuting();
		this.connection.abort(Runnable::run);
		assertThatExceptionOfType(SQLException.class).isThrownBy(query::result);
		assertThat(this.connection.isClosed()).isTrue();
		this.connection.abort(Runnable::run);
	}

	@Test
	void abortOfATransactionFreesTheTurn() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('lost')");
		this.connection.abort(Runnable::run);
		assertTurnIsFree();
		assertThat(Sql.column(this.other, "SELECT v FROM t")).containsExactly("free");
	}

	@Test
	void closingAStatementOnAnotherThreadIsSafe() throws Exception {
		for (int round = 0; round < 200; round++) {
			PreparedStatement statement = this.connection.prepareStatement("SELECT v FROM t WHERE id = ?");
			statement.setInt(1, round);
			Background<Integer> query = Background.start(() -> {
				int done = 0;
				while (!statement.isClosed()) {
					try (ResultSet rows = statement.executeQuery()) {
						rows.next();
						done++;
					}
					catch (SQLException ex) {
						assertThat(statement.isClosed()).isTrue();
					}
				}
				return done;
			});
			statement.close();
			query.result();
		}
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isZero();
	}

}
