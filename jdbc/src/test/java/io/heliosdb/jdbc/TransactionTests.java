package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;
import java.sql.Statement;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Transactions, savepoints and the turn to write. */
class TransactionTests extends OnTwoConnections {

	TransactionTests() {
		super("?busy_timeout=0", "?busy_timeout=0");
	}

	@BeforeEach
	void createTable() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE)");
	}

	private long count() throws SQLException {
		return Sql.number(this.other, "SELECT count(*) FROM t");
	}

	private void assertTurnIsFree() throws SQLException {
		Sql.update(this.other, "INSERT INTO t(v) VALUES (hex(randomblob(16)))");
	}

	private void assertTurnIsTaken() {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.update(this.other, "DELETE FROM t"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HYT00"));
	}

	@Test
	void idleTransactionHoldsNothing() throws SQLException {
		this.connection.setAutoCommit(false);
		assertTurnIsFree();
	}

	@Test
	void firstStatementTakesTheTurnEvenIfItReads() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.number(this.connection, "SELECT count(*) FROM t");
		assertTurnIsTaken();
		this.connection.commit();
		assertTurnIsFree();
	}

	@Test
	void commitKeepsWhatWasWritten() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		assertThat(count()).isZero();
		this.connection.commit();
		assertThat(count()).isOne();
	}

	@Test
	void rollbackForgetsWhatWasWritten() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		this.connection.rollback();
		assertThat(count()).isZero();
		assertTurnIsFree();
	}

	@Test
	void nextTransactionBeginsAfterCommit() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		this.connection.commit();
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('b')");
		this.connection.rollback();
		assertThat(count()).isOne();
	}

	@Test
	void commitAndRollbackOfAnIdleTransactionDoNothing() throws SQLException {
		this.connection.setAutoCommit(false);
		this.connection.commit();
		this.connection.rollback();
		assertThat(count()).isZero();
	}

	@Test
	void commitAndRollbackAreRefusedInAutoCommitMode() {
		assertThatExceptionOfType(SQLNonTransientException.class).isThrownBy(() -> this.connection.commit())
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25000"));
		assertThatExceptionOfType(SQLNonTransientException.class).isThrownBy(() -> this.connection.rollback());
		assertThatExceptionOfType(SQLNonTransientException.class).isThrownBy(() -> this.connection.setSavepoint());
	}

	@Test
	void switchingAutoCommitOnCommits() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		this.connection.setAutoCommit(true);
		assertThat(count()).isOne();
		assertTurnIsFree();
	}

	@Test
	void settingAutoCommitToWhatItIsKeepsTheTransaction() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		this.connection.setAutoCommit(false);
		assertThat(count()).isZero();
		this.connection.rollback();
		assertThat(count()).isZero();
	}

	@Test
	void closingRollsBackAndFreesTheTurn() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		this.connection.close();
		assertThat(count()).isZero();
		assertTurnIsFree();
	}

	@Test
	void closingWithAnOpenResultOfAWriteFreesTheTurn() throws SQLException {
		ResultSet rows = this.connection.createStatement()
			.executeQuery("WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 100) "
					+ "INSERT INTO t(v) SELECT hex(randomblob(2000)) FROM c RETURNING v");
		rows.next();
		this.connection.close();
		assertTurnIsFree();
	}

	@Test
	void resultOfAWriteKeepsTheTurnUntilItIsClosed() throws SQLException {
		try (Statement statement = this.connection.createStatement();
				ResultSet rows = statement.executeQuery("WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 "
						+ "FROM c WHERE x < 100) INSERT INTO t(v) SELECT hex(randomblob(2000)) FROM c RETURNING v")) {
			assertThat(rows.next()).isTrue();
			assertTurnIsTaken();
		}
		assertTurnIsFree();
	}

	@Test
	void rollbackToSavepointKeepsWhatWasBefore() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		Savepoint savepoint = this.connection.setSavepoint("here \"and\" now");
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('b')");
		this.connection.rollback(savepoint);
		this.connection.commit();
		assertThat(Sql.column(this.other, "SELECT v FROM t")).containsExactly("a");
		assertThat(savepoint.getSavepointName()).isEqualTo("here \"and\" now");
		assertThatExceptionOfType(SQLException.class).isThrownBy(savepoint::getSavepointId);
	}

	@Test
	void savepointsNest() throws SQLException {
		this.connection.setAutoCommit(false);
		Savepoint outer = this.connection.setSavepoint();
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		Savepoint inner = this.connection.setSavepoint();
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('b')");
		this.connection.rollback(inner);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('c')");
		this.connection.releaseSavepoint(outer);
		this.connection.commit();
		assertThat(Sql.column(this.other, "SELECT v FROM t ORDER BY v")).containsExactly("a", "c");
		assertThat(inner.getSavepointId()).isNotEqualTo(outer.getSavepointId());
		assertThatExceptionOfType(SQLException.class).isThrownBy(outer::getSavepointName);
	}

	@Test
	void savepointIsTheFirstStatementOfATransaction() throws SQLException {
		this.connection.setAutoCommit(false);
		Savepoint savepoint = this.connection.setSavepoint();
		assertTurnIsTaken();
		this.connection.rollback(savepoint);
		this.connection.rollback();
		assertTurnIsFree();
	}

	@Test
	void releasedSavepointIsUnknown() throws SQLException {
		this.connection.setAutoCommit(false);
		Savepoint savepoint = this.connection.setSavepoint();
		this.connection.releaseSavepoint(savepoint);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.rollback(savepoint))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("3B001"));
	}

	@Test
	void transactionBySqlHoldsTheTurnUntilItsEnd() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("BEGIN IMMEDIATE");
			assertTurnIsTaken();
			statement.execute("INSERT INTO t(v) VALUES ('a')");
			statement.execute("COMMIT");
		}
		assertThat(count()).isOne();
		assertTurnIsFree();
	}

	@Test
	void deferredTransactionBySqlTakesTheTurnWithItsFirstWrite() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("BEGIN");
			assertTurnIsFree();
			statement.execute("INSERT INTO t(v) VALUES ('a')");
			assertTurnIsTaken();
			statement.execute("ROLLBACK");
		}
		assertTurnIsFree();
		assertThat(Sql.column(this.other, "SELECT v FROM t WHERE v = 'a'")).isEmpty();
	}

	@Test
	void commitBySqlEndsAJdbcTransaction() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("COMMIT");
		}
		assertTurnIsFree();
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('b')");
		this.connection.rollback();
		assertThat(Sql.column(this.other, "SELECT v FROM t WHERE length(v) = 1")).containsExactly("a");
	}

	@Test
	void wholeTransactionInOneText() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("BEGIN; INSERT INTO t(v) VALUES ('a'); INSERT INTO t(v) VALUES ('b'); COMMIT");
		}
		assertThat(count()).isEqualTo(2);
		assertTurnIsFree();
	}

	@Test
	void readOnlyTransactionSeesOneSnapshotWhileOthersWrite() throws SQLException {
		this.connection.setReadOnly(true);
		this.connection.setAutoCommit(false);
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isZero();
		assertTurnIsFree();
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isZero();
		this.connection.commit();
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isOne();
	}

	@Test
	void readOnlyConnectionRefusesWrites() throws SQLException {
		this.connection.setReadOnly(true);
		assertThatExceptionOfType(SQLNonTransientException.class)
			.isThrownBy(() -> Sql.update(this.connection, "DELETE FROM t"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"))
			.withMessageContaining("DELETE FROM t");
		this.connection.setReadOnly(false);
		Sql.update(this.connection, "DELETE FROM t");
	}

	@Test
	void readOnlyConnectionRefusesABatchAndOpensNoTransaction() throws SQLException {
		this.connection.setReadOnly(true);
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)")) {
			for (int i = 0; i < 3; i++) {
				statement.setInt(1, i);
				statement.addBatch();
			}
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeBatch)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
		}
		Sql.number(this.connection, "SELECT count(*) FROM t");
		assertTurnIsFree();
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isOne();
	}

	@Test
	void readOnlyCannotChangeWithinATransaction() throws SQLException {
		this.connection.setAutoCommit(false);
		this.connection.setReadOnly(true);
		Sql.number(this.connection, "SELECT 1 FROM t UNION SELECT 2");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.setReadOnly(false))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25000"));
		this.connection.rollback();
		this.connection.setReadOnly(false);
	}

	@Test
	void deferredTransactionThatLostItsSnapshotHasToBeRetried() throws SQLException {
		try (Connection deferred = Sql.open(this.directory, "?transaction_mode=deferred&busy_timeout=0")) {
			deferred.setAutoCommit(false);
			Sql.number(deferred, "SELECT count(*) FROM t");
			Sql.update(this.other, "INSERT INTO t(v) VALUES ('theirs')");
			assertThatExceptionOfType(SQLTransactionRollbackException.class)
				.isThrownBy(() -> Sql.update(deferred, "INSERT INTO t(v) VALUES ('ours')"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("40001"))
				.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(517));
			deferred.rollback();
			Sql.update(deferred, "INSERT INTO t(v) VALUES ('ours')");
			deferred.commit();
		}
		assertThat(count()).isEqualTo(2);
		assertTurnIsFree();
	}

	@Test
	void deferredTransactionsThatOnlyReadDoNotQueue() throws SQLException {
		try (Connection deferred = Sql.open(this.directory, "?transaction_mode=deferred&busy_timeout=0")) {
			deferred.setAutoCommit(false);
			Sql.number(deferred, "SELECT count(*) FROM t");
			assertTurnIsFree();
			deferred.commit();
		}
	}

	@Test
	void nothingRunsInATransactionThatSqliteRolledBack() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "INSERT OR ROLLBACK INTO t(v) VALUES ('a')"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("23505"));
		assertTurnIsFree();
		assertThatExceptionOfType(SQLNonTransientException.class)
			.isThrownBy(() -> Sql.update(this.connection, "INSERT INTO t(v) VALUES ('b')"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25P02"));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.setSavepoint())
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25P02"));
		assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(() -> this.connection.commit())
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("40000"));
		this.connection.rollback();
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('c')");
		this.connection.commit();
		assertThat(Sql.column(this.other, "SELECT v FROM t WHERE length(v) = 1")).containsExactly("c");
	}

	@Test
	void rollbackEndsATransactionThatSqliteRolledBack() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "INSERT OR ROLLBACK INTO t(v) VALUES ('a')"));
		this.connection.rollback();
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('b')");
		this.connection.commit();
		assertThat(Sql.column(this.other, "SELECT v FROM t")).containsExactly("b");
	}

	@Test
	void failedStatementLeavesTheTransactionOpen() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')"));
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('b')");
		this.connection.commit();
		assertThat(count()).isEqualTo(2);
	}

	@Test
	void failedStatementInAutoCommitModeFreesTheTurn() throws SQLException {
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')"));
		assertTurnIsFree();
	}

	@Test
	void deferredForeignKeyIsCheckedAtCommit() throws SQLException {
		Sql.update(this.connection,
				"CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO c(t) VALUES (99)");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.commit())
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("23503"));
		Sql.update(this.connection, "INSERT INTO t(id) VALUES (99)");
		this.connection.commit();
		assertThat(Sql.number(this.other, "SELECT count(*) FROM c")).isOne();
	}

	@Test
	void deferredForeignKeyThatABatchBreaksLeavesNoTransactionOpen() throws SQLException {
		Sql.update(this.connection,
				"CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO c(t) VALUES (?)")) {
			for (int i = 0; i < 3; i++) {
				statement.setInt(1, i + 100);
				statement.addBatch();
			}
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeBatch)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("23503"));
		}
		assertTurnIsFree();
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM c")).isZero();
	}

	@Test
	void schemaChangesAreTransactional() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "CREATE TABLE u (a)");
		Sql.update(this.connection, "INSERT INTO u VALUES (1)");
		Sql.update(this.connection, "ALTER TABLE t ADD COLUMN extra");
		this.connection.rollback();
		assertThat(Sql.column(this.connection, "SELECT name FROM sqlite_schema WHERE type = 'table'"))
			.containsExactly("t");
		this.connection.commit();
		Sql.update(this.connection, "CREATE TABLE u (a)");
		this.connection.commit();
		assertThat(Sql.number(this.other, "SELECT count(*) FROM u")).isZero();
	}

	@Test
	void vacuumAndPragmasRunOutsideOfTheImpliedTransaction() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "VACUUM");
		assertThat(Sql.text(this.connection, "PRAGMA journal_mode")).isEqualTo("wal");
		assertTurnIsFree();
	}

	@Test
	void openResultSurvivesCommit() throws SQLException {
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a'), ('b'), ('c')");
		try (Statement statement = this.connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT v FROM t ORDER BY v")) {
			rows.next();
			this.connection.commit();
			rows.next();
			assertThat(rows.getString(1)).isEqualTo("b");
		}
	}

	@Test
	void isolationIsAlwaysTheHighest() throws SQLException {
		this.connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
		assertThat(this.connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.connection.setTransactionIsolation(Connection.TRANSACTION_NONE))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"));
	}

}
