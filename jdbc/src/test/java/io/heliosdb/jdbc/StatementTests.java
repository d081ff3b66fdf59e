package io.heliosdb.jdbc;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Statements: texts with several of them, batches, and the cache of prepared ones. */
class StatementTests extends OnMemory {

	private Statement statement;

	@BeforeEach
	void createTable() throws SQLException {
		this.statement = this.connection.createStatement();
		this.statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE)");
	}

	private long count() throws SQLException {
		return Sql.number(this.connection, "SELECT count(*) FROM t");
	}

	@Test
	void updateCounts() throws SQLException {
		assertThat(this.statement.executeUpdate("INSERT INTO t(v) VALUES ('a'), ('b'), ('c')")).isEqualTo(3);
		assertThat(this.statement.executeUpdate("UPDATE t SET v = v || 'x' WHERE id > 1")).isEqualTo(2);
		assertThat(this.statement.executeLargeUpdate("DELETE FROM t")).isEqualTo(3);
		assertThat(this.statement.executeUpdate("DELETE FROM t")).isZero();
		assertThat(this.statement.executeUpdate("CREATE TABLE u (a)")).isZero();
		assertThat(this.statement.execute("INSERT INTO t(v) VALUES ('a')")).isFalse();
		assertThat(this.statement.getUpdateCount()).isOne();
		assertThat(this.statement.getMoreResults()).isFalse();
		assertThat(this.statement.getUpdateCount()).isEqualTo(-1);
	}

	@Test
	void updateCountOfAStatementWithReturning() throws SQLException {
		assertThat(this.statement.executeUpdate("INSERT INTO t(v) VALUES ('a'), ('b') RETURNING id")).isEqualTo(2);
		assertThat(count()).isEqualTo(2);
	}

	@Test
	void queryIsExpectedToHaveRows() {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.statement.executeQuery("INSERT INTO t(v) VALUES ('a')"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HY010"));
	}

	@Test
	void textWithSeveralStatements() throws SQLException {
		assertThat(this.statement.execute("INSERT INTO t(v) VALUES ('a'), (';'); ; SELECT v FROM t; /* ; */ "
				+ "DELETE FROM t WHERE v = ';'; SELECT count(*) FROM t; -- end;"))
			.isFalse();
		assertThat(this.statement.getUpdateCount()).isEqualTo(2);
		assertThat(this.statement.getMoreResults()).isTrue();
		assertThat(Sql.rows(this.statement.getResultSet())).hasSize(2);
		assertThat(this.statement.getMoreResults()).isFalse();
		assertThat(this.statement.getUpdateCount()).isOne();
		assertThat(this.statement.getMoreResults()).isTrue();
		assertThat(Sql.rows(this.statement.getResultSet())).containsExactly(List.of(1));
		assertThat(this.statement.getMoreResults()).isFalse();
		assertThat(this.statement.getUpdateCount()).isEqualTo(-1);
	}

	@Test
	void laterStatementsOfATextSeeWhatEarlierOnesMade() throws SQLException {
		this.statement.execute("CREATE TABLE u (a); INSERT INTO u VALUES (1); ALTER TABLE u ADD COLUMN b; "
				+ "INSERT INTO u(b) VALUES (2)");
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM u")).isEqualTo(2);
	}

	@Test
	void triggersWithSemicolons() throws SQLException {
		this.statement.execute("CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET v = v || '!' WHERE id = new.id; "
				+ "SELECT 1; END; INSERT INTO t(v) VALUES ('a')");
		assertThat(Sql.column(this.connection, "SELECT v FROM t")).containsExactly("a!");
	}

	@Test
	void failureInATextKeepsWhatWasBefore() throws SQLException {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.statement.execute("INSERT INTO t(v) VALUES ('a'); NONSENSE; DELETE FROM t"));
		assertThat(count()).isOne();
	}

	@Test
	void preparedStatementIsOneStatement() throws SQLException {
		assertThatExceptionOfType(SQLSyntaxErrorException.class)
			.isThrownBy(() -> this.connection.prepareStatement("SELECT 1; SELECT 2"))
			.withMessageContaining("SELECT 2");
		this.connection.prepareStatement("SELECT 1; -- no more").close();
	}

	@Test
	void textWithoutAStatementIsRefused() {
		for (String sql : new String[] { "", "  ", "-- nothing", ";" }) {
			assertThatExceptionOfType(SQLSyntaxErrorException.class).isThrownBy(() -> this.statement.execute(sql));
		}
	}

	@Test
	void syntaxErrorTellsWhere() {
		assertThatExceptionOfType(SQLSyntaxErrorException.class)
			.isThrownBy(() -> this.statement.execute("SELECT FRM t"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).startsWith("42"))
			.withMessageContaining("FRM");
		assertThatExceptionOfType(SQLSyntaxErrorException.class)
			.isThrownBy(() -> this.statement.execute("SELECT * FROM nowhere"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S02"));
		assertThatExceptionOfType(SQLSyntaxErrorException.class)
			.isThrownBy(() -> this.statement.execute("SELECT absent FROM t"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S22"))
			.withMessageContaining("offset 7");
	}

	@Test
	void parametersNeedAPreparedStatement() {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.statement.execute("SELECT ?"))
			.withMessageContaining("prepareStatement");
	}

	/* Batches */

	@Test
	void batchOfParameters() throws SQLException {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)")) {
			for (int i = 0; i < 10_000; i++) {
				insert.setString(1, "row " + i);
				insert.addBatch();
			}
			assertThat(insert.executeLargeBatch()).hasSize(10_000).containsOnly(1);
			assertThat(insert.executeBatch()).isEmpty();
		}
		assertThat(count()).isEqualTo(10_000);
	}

	@Test
	void batchCountsEachSet() throws SQLException {
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a'), ('b'), ('c')");
		try (PreparedStatement delete = this.connection.prepareStatement("DELETE FROM t WHERE id >= ?")) {
			for (int id : new int[] { 2, 2, 1 }) {
				delete.setInt(1, id);
				delete.addBatch();
			}
			assertThat(delete.executeBatch()).containsExactly(2, 0, 1);
		}
	}

	@Test
	void failedBatchInAutoCommitModeKeepsWhatSucceeded() throws SQLException {
		assertFailsAtThird();
		assertThat(count()).isEqualTo(2);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('later')");
		assertThat(count()).isEqualTo(3);
	}

	@Test
	void failedBatchInATransactionLeavesTheDecisionToTheCaller() throws SQLException {
		this.connection.setAutoCommit(false);
		assertFailsAtThird();
		assertThat(count()).isEqualTo(2);
		this.connection.rollback();
		assertThat(count()).isZero();
	}

	private void assertFailsAtThird() throws SQLException {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)")) {
			for (String value : new String[] { "a", "b", "a", "c" }) {
				insert.setString(1, value);
				insert.addBatch();
			}
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(insert::executeBatch)
				.satisfies((ex) -> assertThat(ex.getUpdateCounts()).containsExactly(1, 1))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("23505"))
				.withMessageContaining("Statement 3");
		}
	}

	@Test
	void batchThatRollsBackByItselfLeavesNothing() throws SQLException {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT OR ROLLBACK INTO t(v) VALUES (?)")) {
			for (String value : new String[] { "a", "b", "a" }) {
				insert.setString(1, value);
				insert.addBatch();
			}
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(insert::executeBatch)
				.satisfies((ex) -> assertThat(ex.getUpdateCounts()).isEmpty());
		}
		assertThat(count()).isZero();
	}

	@Test
	void batchOfTexts() throws SQLException {
		this.statement.addBatch("INSERT INTO t(v) VALUES ('a')");
		this.statement.addBatch("UPDATE t SET v = 'b'");
		this.statement.addBatch("DELETE FROM t");
		assertThat(this.statement.executeBatch()).containsExactly(1, 1, 1);
		this.statement.addBatch("INSERT INTO t(v) VALUES ('a')");
		this.statement.addBatch("SELECT 1");
		assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(this.statement::executeBatch)
			.satisfies((ex) -> assertThat(ex.getUpdateCounts()).containsExactly(1));
		this.statement.addBatch("INSERT INTO t(v) VALUES ('c')");
		this.statement.clearBatch();
		assertThat(this.statement.executeBatch()).isEmpty();
	}

	@Test
	void batchWithAMissingParameterIsRefusedWhenItIsAdded() throws SQLException {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
			insert.setInt(1, 1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(insert::addBatch);
			insert.setString(2, "a");
			insert.addBatch();
			assertThat(insert.executeBatch()).containsExactly(1);
		}
	}

	@Test
	void largeBatchOfLargeValues() throws SQLException {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)")) {
			for (int i = 0; i < 100; i++) {
				insert.setString(1, i + " ".repeat(100_000));
				insert.addBatch();
			}
			assertThat(insert.executeBatch()).hasSize(100);
		}
		assertThat(Sql.number(this.connection, "SELECT min(length(v)) FROM t")).isEqualTo(100_001);
	}

	/* The cache */

	@Test
	void schemaChangeBetweenExecutionsShowsItsColumns() throws SQLException {
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a')");
		try (PreparedStatement query = this.connection.prepareStatement("SELECT * FROM t")) {
			assertThat(Sql.rows(query.executeQuery())).containsExactly(List.of(1, "a"));
			this.statement.execute("ALTER TABLE t ADD COLUMN extra INTEGER DEFAULT 7");
			try (ResultSet rows = query.executeQuery()) {
				rows.next();
				assertThat(rows.getInt("extra")).isEqualTo(7);
				assertThat(rows.getMetaData().getColumnCount()).isEqualTo(3);
			}
			this.statement.execute("ALTER TABLE t RENAME COLUMN v TO w");
			try (ResultSet rows = query.executeQuery()) {
				rows.next();
				assertThat(rows.getString("w")).isEqualTo("a");
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getString("v"));
			}
		}
		assertThat(Sql.rows(this.connection, "SELECT * FROM t")).containsExactly(List.of(1, "a", 7));
	}

	@Test
	void tableMayBeDroppedAndMadeAnew() throws SQLException {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t(v) VALUES ('a')")) {
			insert.executeUpdate();
			this.statement.execute("DROP TABLE t");
			assertThatExceptionOfType(SQLException.class).isThrownBy(insert::executeUpdate);
			this.statement.execute("CREATE TABLE t (v, w)");
			assertThat(insert.executeUpdate()).isOne();
		}
	}

	@Test
	void oneTextInUseManyTimes() throws SQLException {
		List<PreparedStatement> statements = new ArrayList<>();
		List<ResultSet> results = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			PreparedStatement query = this.connection.prepareStatement("SELECT ? UNION ALL SELECT -1");
			query.setInt(1, i);
			statements.add(query);
			results.add(query.executeQuery());
		}
		for (int i = 9; i >= 0; i--) {
			results.get(i).next();
			assertThat(results.get(i).getInt(1)).isEqualTo(i);
			statements.get(i).close();
		}
		assertThat(Sql.number(this.connection, "SELECT ? UNION ALL SELECT -1", 5)).isEqualTo(5);
	}

	@Test
	void moreTextsThanTheCacheHolds() throws SQLException {
		List<PreparedStatement> statements = new ArrayList<>();
		for (int i = 0; i < 2 * StatementCache.CAPACITY; i++) {
			statements.add(this.connection.prepareStatement("SELECT " + i));
		}
		for (int i = 0; i < statements.size(); i++) {
			assertThat(Sql.rows(statements.get(i).executeQuery())).containsExactly(List.of(i));
		}
		for (PreparedStatement query : statements) {
			query.close();
		}
		for (int i = 0; i < 2 * StatementCache.CAPACITY; i++) {
			assertThat(Sql.number(this.connection, "SELECT " + i)).isEqualTo(i);
		}
	}

	@Test
	void parametersOfAnEarlierUseAreGone() throws SQLException {
		Sql.number(this.connection, "SELECT ?", 1);
		try (PreparedStatement again = this.connection.prepareStatement("SELECT ?")) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(again::executeQuery);
		}
	}

	@Test
	void everyOrderOfClosing() throws SQLException {
		for (int order = 0; order < 6; order++) {
			Connection own = Sql.memory();
			PreparedStatement query = own.prepareStatement("SELECT 1 UNION ALL SELECT hex(zeroblob(100000))");
			ResultSet rows = query.executeQuery();
			rows.next();
			AutoCloseable[][] orders = { { own, query, rows }, { own, rows, query }, { query, own, rows },
					{ query, rows, own }, { rows, own, query }, { rows, query, own } };
			for (AutoCloseable closeable : orders[order]) {
				closeQuietly(closeable);
				closeQuietly(closeable);
			}
			assertThat(rows.isClosed()).isTrue();
			assertThat(query.isClosed()).isTrue();
			assertThat(own.isClosed()).isTrue();
			assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next);
			assertThatExceptionOfType(SQLException.class).isThrownBy(query::executeQuery);
			assertThatExceptionOfType(SQLException.class).isThrownBy(own::createStatement)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08003"));
		}
	}

	private static void closeQuietly(AutoCloseable closeable) {
		try {
			closeable.close();
		}
		catch (Exception ex) {
			throw new AssertionError("Closing never fails", ex);
		}
	}

}
