package io.heliosdb.jdbc;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Queries of the past, in all the places where a table may stand. */
class AsOfTests extends OnFile {

	AsOfTests() {
		super("");
	}

	private int update(String sql, Object... parameters) throws SQLException {
		return Sql.update(this.connection, sql, parameters);
	}

	private List<Object> column(String sql, Object... parameters) throws SQLException {
		return Sql.column(this.connection, sql, parameters);
	}

	private List<List<Object>> rows(String sql, Object... parameters) throws SQLException {
		return Sql.rows(this.connection, sql, parameters);
	}

	private long scn() throws SQLException {
		return Sql.number(this.connection, "PRAGMA heliosdb_scn");
	}

	/**
	 * Three points: a table with one row, the row changed, the row gone. Returns the
	 * first.
	 */
	private long orders() throws SQLException {
		update("CREATE TABLE orders (id INTEGER PRIMARY KEY, state TEXT)");
		update("INSERT INTO orders VALUES (7, 'new')");
		long scn = scn();
		update("UPDATE orders SET state = 'paid'");
		update("DELETE FROM orders");
		return scn;
	}

	private Instant timeOf(long scn) throws SQLException {
		long micros = Sql.number(this.connection, "SELECT heliosdb_time_of(?)", scn);
		return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
	}

	@Test
	void everySpellingOfAPoint() throws Exception {
		long scn = orders();
		String time = timeOf(scn).toString();
		assertThat(scn()).isEqualTo(scn + 2);
		for (String point : List.of("SCN " + scn, "TRANSACTION " + scn, "SCN (" + (scn + 1) + " - 1)",
				"SCN heliosdb_scn() - 2", "TIMESTAMP '" + time + "'", "TIMESTAMP '" + time.replace('T', ' ') + "'",
				"TIMESTAMP '" + time.replace("Z", "") + "'", "TIMESTAMP '" + time.replace("Z", "+00:00") + "'",
				"TIMESTAMP strftime('%Y-%m-%dT%H:%M:', '" + time + "') || '" + time.substring(17) + "'")) {
			for (String sql : List.of("SELECT state FROM orders AS OF ",
					"SELECT state FROM orders FOR SYSTEM_TIME AS OF ", "select state from main.\"orders\" as of ",
					"SELECT state FROM [Orders]\n--\nAS/**/OF ")) {
				assertThat(column(sql + point)).as(sql + point).containsExactly("new");
				assertThat(column(sql + point + " WHERE id = 7")).containsExactly("new");
				assertThat(column(sql + point + " WHERE orders.id = 7")).containsExactly("new");
				assertThat(column(sql + point + " o WHERE o.id = 7")).containsExactly("new");
				assertThat(column(sql + point + " AS \"o\" WHERE o.id = 7")).containsExactly("new");
			}
		}
		assertThat(column("SELECT state FROM orders FOR SYSTEM_TIME AS OF '" + time + "'")).containsExactly("new");
		assertThat(column("SELECT state FROM orders AS OF NOW")).isEmpty();
		assertThat(
				column("SELECT state FROM orders AS OF TIMESTAMP iif(CURRENT_TIMESTAMP > '2026', '" + time + "', '')"))
			.containsExactly("new");
	}

	@Test
	void tags() throws SQLException {
		orders();
		update("INSERT INTO orders VALUES (8, 'tagged')");
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_tag = 'before-import'")).isEqualTo(scn());
		update("DELETE FROM orders");
		assertThat(column("SELECT state FROM orders AS OF TAG 'before-import'")).containsExactly("tagged");
		assertThat(column("SELECT state FROM orders AS OF TAG ?", "before-import")).containsExactly("tagged");
		assertThat(column("SELECT state FROM orders AS OF TAG 'before' || '-import' o")).containsExactly("tagged");
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_tag(\"other\")")).isEqualTo(scn());
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_tag = ?", "third")).isEqualTo(scn());
		assertThat(column("SELECT state FROM orders AS OF TAG 'other'")).isEmpty();
		assertThat(column("SELECT name FROM heliosdb_tags ORDER BY name")).containsExactly("before-import", "other",
				"third");
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_untag = 'other'")).isOne();
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> column("SELECT state FROM orders AS OF TAG 'other'"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"));
		assertThat(column("SELECT tag FROM heliosdb_commits WHERE tag IS NOT NULL ORDER BY scn"))
			.contains("before-import");
	}

	@Test
	void parametersOfAllTypes() throws Exception {
		long scn = orders();
		Instant time = timeOf(scn);
		OffsetDateTime offset = time.atOffset(ZoneOffset.ofHours(5));
		ZonedDateTime zoned = time.atZone(ZoneId.of("Asia/Kathmandu"));
		LocalDateTime utc = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
		for (Object point : new Object[] { time, offset, zoned, utc, Timestamp.from(time), time.toString(),
				offset.toString(), utc.toString(), utc.toString().replace('T', ' '), DateTimes.text(time) }) {
			assertThat(column("SELECT state FROM orders AS OF TIMESTAMP ?", point)).as(point.toString())
				.containsExactly("new");
		}
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
		assertThat(column("SELECT state FROM orders AS OF SCN ?", (int) scn)).containsExactly("new");
		assertThat(column("SELECT state FROM orders AS OF SCN ? + ?", scn, 1)).containsExactly("paid");
		assertThat(column("SELECT state FROM orders AS OF TIMESTAMP ? || substr(?, 12) WHERE id = ?",
				time.toString().substring(0, 11), time.toString(), 7))
			.containsExactly("new");
	}

	/**
	 * What has milliseconds only, as java.util.Date does, names the end of none of them.
	 */
	@Test
	void dateIsTheMillisecondThatItIs() throws Exception {
		long scn = orders();
		java.util.Date date = java.util.Date.from(timeOf(scn).plusMillis(1));
		while (Instant.now().isBefore(date.toInstant())) {
			Thread.onSpinWait();
		}
		List<Object> expected = column("SELECT state FROM orders AS OF TIMESTAMP ?", date.toInstant());
		assertThat(column("SELECT state FROM orders AS OF TIMESTAMP ?", date)).isEqualTo(expected);
	}

	@Test
	void twoCommitsInOneMillisecondAreTwoPoints() throws SQLException {
		update("CREATE TABLE t (a)");
		TreeMap<Instant, Long> times = new TreeMap<>();
		boolean together = false;
		for (int i = 0; i < 200 || !together; i++) {
			update("INSERT INTO t VALUES (?)", i);
			long scn = scn();
			Instant time = timeOf(scn);
			together |= !times.isEmpty()
					&& times.lastKey().truncatedTo(ChronoUnit.MILLIS).equals(time.truncatedTo(ChronoUnit.MILLIS));
			assertThat(times.put(time, scn)).isNull();
		}
		int rows = 0;
		for (Instant time : times.keySet()) {
			rows++;
			assertThat(column("SELECT count(*) FROM t AS OF TIMESTAMP ?", time)).containsExactly(rows);
			assertThat(column("SELECT count(*) FROM t AS OF SCN ?", times.get(time))).containsExactly(rows);
		}
	}

	@Test
	void pastAndAnotherPastAndThePresentInOneStatement() throws SQLException {
		update("CREATE TABLE c (id INTEGER PRIMARY KEY, name)");
		update("INSERT INTO c VALUES (1, 'a')");
		long first = scn();
		update("UPDATE c SET name = 'b'");
		long second = scn();
		update("UPDATE c SET name = 'c'");
		assertThat(rows("SELECT x.name, y.name, c.name FROM c AS OF SCN ? x JOIN c AS OF SCN ? AS y USING (id), c "
				+ "WHERE c.id = x.id AND ? = 1", first, second, 1))
			.containsExactly(List.of("a", "b", "c"));
		assertThat(column("SELECT name FROM c AS OF SCN ? UNION ALL SELECT name FROM c UNION ALL "
				+ "SELECT name FROM c AS OF SCN ?", first, second))
			.containsExactly("a", "c", "b");
		assertThat(rows("SELECT name, (SELECT name FROM c AS OF SCN " + first + " p WHERE p.id = c.id), "
				+ "EXISTS (SELECT 1 FROM c AS OF SCN " + second + " WHERE name = 'b') FROM c"))
			.containsExactly(List.of("c", "a", 1));
		assertThat(column("WITH p AS (SELECT * FROM c AS OF SCN ?), q AS (SELECT * FROM p) "
				+ "SELECT q.name || c.name FROM q JOIN c USING (id)", first))
			.containsExactly("ac");
		assertThat(column("SELECT name FROM (c AS OF SCN " + first + ")")).containsExactly("a");
		assertThat(rows("SELECT * FROM c AS OF SCN " + first + " EXCEPT SELECT * FROM c"))
			.containsExactly(List.of(1, "a"));
	}

	@Test
	void viewsAreReadAsTheyWere() throws SQLException {
		update("CREATE TABLE t (a)");
		update("INSERT INTO t VALUES (1), (2)");
		update("CREATE VIEW v AS SELECT sum(a) AS s FROM t");
		long scn = scn();
		update("INSERT INTO t VALUES (10)");
		update("DROP VIEW v");
		update("CREATE VIEW v AS SELECT 'other' AS s FROM t");
		assertThat(column("SELECT s FROM v AS OF SCN ?", scn)).containsExactly(3);
		assertThat(column("SELECT s FROM v LIMIT 1")).containsExactly("other");
	}

	@Test
	void schemaOfThePastCanBeRead() throws SQLException {
		long scn = orders();
		update("DROP TABLE orders");
		assertThat(column("SELECT name FROM sqlite_schema AS OF SCN ? WHERE type = 'table'", scn))
			.containsExactly("orders");
		assertThat(column("SELECT name FROM sqlite_schema")).isEmpty();
	}

	@Test
	void droppedTableAndAlteredColumnAreThereBeforeTheChange() throws Exception {
		update("CREATE TABLE t (id INTEGER PRIMARY KEY, old_name TEXT)");
		update("INSERT INTO t VALUES (1, 'x')");
		long before = scn();
		update("ALTER TABLE t RENAME COLUMN old_name TO new_name");
		update("ALTER TABLE t ADD COLUMN added DEFAULT 5");
		long altered = scn();
		update("DROP TABLE t");
		for (int i = 0; i < 2; i++) {
			assertThat(rows("SELECT * FROM t AS OF SCN ?", before)).containsExactly(List.of(1, "x"));
			assertThat(column("SELECT old_name FROM t AS OF SCN ?", before)).containsExactly("x");
			assertThat(rows("SELECT id, new_name, added FROM t AS OF SCN ?", altered))
				.containsExactly(List.of(1, "x", 5));
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> column("SELECT * FROM t AS OF NOW"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S02"))
				.withMessageContaining("no such table: t as of SCN " + scn());
			// The second time after a restart.
			this.connection.close();
			this.connection = Sql.open(this.directory);
		}
	}

	@Test
	void tablesOfSqliteItselfHaveAPast() throws SQLException {
		update("CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT, a)");
		update("INSERT INTO numbered (a) VALUES (1), (2)");
		long scn = scn();
		update("INSERT INTO numbered (a) VALUES (3)");
		assertThat(column("SELECT seq FROM sqlite_sequence AS OF SCN ? WHERE name = 'numbered'", scn))
			.containsExactly(2);
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("BEGIN IMMEDIATE");
			update("DELETE FROM numbered");
			assertThat(update("INSERT INTO numbered SELECT * FROM numbered AS OF SCN ? WHERE rowid IN "
					+ "(SELECT id FROM numbered AS OF SCN ? WHERE a < 2)", scn, scn))
				.isOne();
			statement.execute("COMMIT");
		}
		assertThat(column("SELECT a FROM numbered")).containsExactly(1);
	}

	@Test
	void cancelEndsAPointThatIsStillEvaluated() throws Exception {
		orders();
		try (PreparedStatement statement = this.connection
			.prepareStatement("SELECT * FROM orders AS OF SCN (" + Sql.ENDLESS + ")")) {
			Background<ResultSet> running = Background.start(statement::executeQuery).awaitExecuting();
			statement.cancel();
			assertThatExceptionOfType(SQLException.class).isThrownBy(running::result)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
			statement.setQueryTimeout(1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HYT00"));
		}
		assertThat(column("SELECT 1")).containsExactly(1);
	}

	@Test
	void rowAndTableAreRestored() throws SQLException {
		long scn = orders();
		assertThat(update("INSERT INTO orders SELECT * FROM orders AS OF SCN ? WHERE id = ?", scn, 7)).isOne();
		assertThat(column("SELECT state FROM orders")).containsExactly("new");
		assertThat(
				update("UPDATE orders SET state = p.state FROM orders AS OF SCN ? p WHERE p.id = orders.id", scn + 1))
			.isOne();
		assertThat(column("SELECT state FROM orders")).containsExactly("paid");
		assertThat(update("DELETE FROM orders WHERE id IN (SELECT id FROM orders AS OF SCN ?)", scn)).isOne();
		update("CREATE TABLE rescued AS SELECT * FROM orders AS OF SCN " + scn);
		assertThat(column("SELECT state FROM rescued")).containsExactly("new");
		update("DROP TABLE orders");
		update("CREATE TABLE orders AS SELECT * FROM orders AS OF SCN " + scn);
		assertThat(column("SELECT state FROM orders")).containsExactly("new");
	}

	@Test
	void restoredRowsBringTheirKeys() throws SQLException {
		long scn = orders();
		String sql = "INSERT INTO orders (state) SELECT state FROM orders AS OF SCN ? WHERE id = ?";
		try (PreparedStatement statement = this.connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
			statement.setLong(1, scn);
			statement.setLong(2, 7);
			assertThat(statement.executeUpdate()).isOne();
			try (ResultSet keys = statement.getGeneratedKeys()) {
				assertThat(Sql.rows(keys)).containsExactly(List.of(1L));
			}
			statement.addBatch();
			statement.setLong(1, scn + 1);
			statement.addBatch();
			assertThat(statement.executeBatch()).containsExactly(1, 1);
			try (ResultSet keys = statement.getGeneratedKeys()) {
				assertThat(Sql.rows(keys)).containsExactly(List.of(2L), List.of(3L));
			}
		}
		assertThat(column("SELECT state FROM orders ORDER BY id")).containsExactly("new", "new", "paid");
		assertThat(rows("INSERT INTO orders SELECT 9, state FROM orders AS OF SCN ? RETURNING id, state", scn))
			.containsExactly(List.of(9, "new"));
	}

	@Test
	void statementIsExecutedAgainWithOtherPoints() throws SQLException {
		update("CREATE TABLE t (a)");
		update("INSERT INTO t VALUES (0)");
		long first = scn();
		for (int i = 1; i <= 300; i++) {
			update("UPDATE t SET a = ?", i);
		}
		try (PreparedStatement statement = this.connection
			.prepareStatement("SELECT a, ? FROM t AS OF SCN ? WHERE a >= ?")) {
			assertThat(statement.getParameterMetaData().getParameterCount()).isEqualTo(3);
			assertThat(statement.getMetaData().getColumnLabel(1)).isEqualTo("a");
			statement.setString(1, "x");
			statement.setInt(3, 0);
			Random random = new Random(1);
			for (int i = 0; i < 600; i++) {
				int offset = (i < 300) ? i : random.nextInt(301);
				statement.setLong(2, first + offset);
				try (ResultSet rows = statement.executeQuery()) {
					assertThat(Sql.rows(rows)).containsExactly(List.of(offset, "x"));
				}
			}
		}
	}

	@Test
	void constantExpressionIsEvaluatedAtEachExecution() throws SQLException {
		update("CREATE TABLE t (a)");
		try (PreparedStatement statement = this.connection
			.prepareStatement("SELECT count(*) FROM t AS OF SCN heliosdb_scn() - 1")) {
			for (int i = 0; i < 20; i++) {
				update("INSERT INTO t VALUES (1)");
				try (ResultSet rows = statement.executeQuery()) {
					assertThat(Sql.rows(rows)).containsExactly(List.of(i));
				}
			}
		}
		try (PreparedStatement now = this.connection.prepareStatement("SELECT count(*) FROM t AS OF NOW");
				PreparedStatement scn = this.connection.prepareStatement("PRAGMA heliosdb_scn")) {
			for (int i = 21; i < 40; i++) {
				update("INSERT INTO t VALUES (1)");
				try (ResultSet rows = now.executeQuery(); ResultSet point = scn.executeQuery()) {
					assertThat(Sql.rows(rows)).containsExactly(List.of(i));
					assertThat(Sql.rows(point)).containsExactly(List.of(i + 1));
				}
			}
		}
	}

	@Test
	void severalStatementsInOneText() throws SQLException {
		long scn = orders();
		try (Statement statement = this.connection.createStatement()) {
			assertThat(statement.execute("INSERT INTO orders SELECT * FROM orders AS OF SCN " + scn
					+ "; SELECT state FROM orders; PRAGMA heliosdb_scn; SELECT state FROM orders AS OF SCN " + (scn + 1)
					+ " -- the end;\n;"))
				.isFalse();
			assertThat(statement.getUpdateCount()).isOne();
			assertThat(statement.getMoreResults()).isTrue();
			assertThat(Sql.rows(statement.getResultSet())).containsExactly(List.of("new"));
			assertThat(statement.getMoreResults()).isTrue();
			assertThat(Sql.rows(statement.getResultSet())).hasSize(1);
			assertThat(statement.getMoreResults()).isTrue();
			assertThat(Sql.rows(statement.getResultSet())).containsExactly(List.of("paid"));
			assertThat(statement.getMoreResults()).isFalse();
		}
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.connection.prepareStatement("SELECT * FROM orders AS OF NOW; SELECT 1"))
			.withMessageContaining("goes on with: SELECT 1");
		try (Statement statement = this.connection.createStatement()) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> statement.execute("SELECT * FROM orders AS OF SCN ?"))
				.withMessageContaining("use prepareStatement");
			statement.addBatch("INSERT INTO orders SELECT id + 1, state FROM orders AS OF SCN " + scn);
			statement.addBatch("INSERT INTO orders SELECT id + 2, state FROM orders AS OF SCN " + (scn + 1));
			assertThat(statement.executeBatch()).containsExactly(1, 1);
		}
	}

	@Test
	void batchHasAPointForEachSet() throws SQLException {
		update("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
		update("CREATE TABLE copy (a, scn)");
		List<Long> scns = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			update("INSERT OR REPLACE INTO t VALUES (1, ?)", i);
			scns.add(scn());
		}
		String sql = "INSERT INTO copy SELECT a, ?2 FROM t AS OF SCN ?1 WHERE id = ?3";
		long before = scn();
		try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
			for (long scn : scns) {
				statement.setLong(1, scn);
				statement.setLong(2, scn);
				statement.setInt(3, 1);
				statement.addBatch();
			}
			assertThat(statement.executeLargeBatch()).hasSize(50).containsOnly(1);
		}
		assertThat(scn()).isEqualTo(before + 1);
		assertThat(column("SELECT a FROM copy ORDER BY scn"))
			.isEqualTo(LongStream.range(0, 50).mapToObj((i) -> (int) i).toList());
	}

	@Test
	void failedSetOfABatchLeavesThoseBeforeIt() throws SQLException {
		long scn = orders();
		String sql = "INSERT INTO orders SELECT id + ?, state FROM orders AS OF SCN ?";
		try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
			for (long[] set : new long[][] { { 0, scn }, { 1, scn + 1 }, { 2, 9999 }, { 3, scn } }) {
				statement.setLong(1, set[0]);
				statement.setLong(2, set[1]);
				statement.addBatch();
			}
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(statement::executeBatch)
				.satisfies((ex) -> assertThat(ex.getLargeUpdateCounts()).containsExactly(1, 1))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
				.withMessageContaining("SCN 9999 is in the future");
			assertThat(column("SELECT id FROM orders")).containsExactly(7, 8);
			statement.setLong(1, 0);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> {
				statement.clearParameters();
				statement.setLong(1, 1);
				statement.addBatch();
			}).satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"));
		}
		assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(() -> {
			try (PreparedStatement statement = this.connection.prepareStatement("SELECT * FROM orders AS OF SCN ?")) {
				statement.setLong(1, scn);
				statement.addBatch();
				statement.executeBatch();
			}
		}).withMessageContaining("returns rows");
		assertThat(this.connection.getAutoCommit()).isTrue();
		assertThat(update("DELETE FROM orders")).isEqualTo(2);
	}

	@Test
	void withinTransactions() throws SQLException {
		long scn = orders();
		this.connection.setAutoCommit(false);
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
		assertThat(update("INSERT INTO orders SELECT * FROM orders AS OF SCN ?", scn)).isOne();
		Savepoint savepoint = this.connection.setSavepoint();
		assertThat(update("UPDATE orders SET state = 'mine'")).isOne();
		// What is not committed is no point yet.
		assertThat(column("SELECT state FROM orders AS OF NOW")).isEmpty();
		assertThat(rows("SELECT o.state, p.state FROM orders o JOIN orders AS OF SCN ? p USING (id)", scn + 1))
			.containsExactly(List.of("mine", "paid"));
		this.connection.rollback(savepoint);
		assertThat(column("SELECT state FROM orders")).containsExactly("new");
		this.connection.commit();
		assertThat(column("SELECT state FROM orders AS OF NOW")).containsExactly("new");
		this.connection.rollback();
		this.connection.setReadOnly(true);
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn + 1)).containsExactly("paid");
		this.connection.commit();
		this.connection.setReadOnly(false);
		this.connection.setAutoCommit(true);
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_scn")).isEqualTo(scn + 3);
	}

	@Test
	void readingThePastNeitherWritesNorWaitsForTheWriter() throws SQLException {
		long scn = orders();
		try (Connection writer = Sql.open(this.directory)) {
			writer.setAutoCommit(false);
			Sql.update(writer, "INSERT INTO orders VALUES (1, 'uncommitted')");
			assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
			assertThat(rows("SELECT versions_operation FROM orders VERSIONS BETWEEN SCN ? AND SCN ?", scn, scn + 2))
				.hasSizeGreaterThan(1);
			this.connection.setReadOnly(true);
			assertThat(column("SELECT state FROM orders AS OF SCN ?", scn + 1)).containsExactly("paid");
			writer.rollback();
		}
		assertThat(scn()).isEqualTo(scn + 2);
	}

	@Test
	void openResultsGoOnWhileOtherPointsComeAndGo() throws SQLException {
		update("CREATE TABLE t (a)");
		update("WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 20000) INSERT INTO t SELECT x FROM c");
		long scn = scn();
		for (int i = 0; i < 30; i++) {
			update("INSERT INTO t VALUES (0)");
		}
		try (PreparedStatement present = this.connection.prepareStatement("SELECT a FROM t WHERE a > 0 ORDER BY rowid");
				PreparedStatement past = this.connection
					.prepareStatement("SELECT a FROM t AS OF SCN ? ORDER BY rowid")) {
			past.setLong(1, scn);
			try (ResultSet presentRows = present.executeQuery(); ResultSet pastRows = past.executeQuery()) {
				for (int i = 1; i <= 20_000; i++) {
					assertThat(presentRows.next()).isTrue();
					assertThat(pastRows.next()).isTrue();
					if (i % 500 == 0) {
						assertThat(column("SELECT count(*) FROM t AS OF SCN ?", scn + i / 500 % 30))
							.containsExactly(20_000 + i / 500 % 30);
						update("UPDATE t SET a = 0 WHERE rowid = 20001");
					}
					if (presentRows.getInt(1) != i || pastRows.getInt(1) != i) {
						throw new AssertionError("Row " + i);
					}
				}
				assertThat(pastRows.next()).isFalse();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void moreResultsAtOnceThanPointsAreKept(boolean inTransaction) throws SQLException {
		update("CREATE TABLE t (a)");
		update("INSERT INTO t VALUES (0)");
		long scn = scn();
		for (int i = 1; i < 40; i++) {
			update("UPDATE t SET a = ?", i);
		}
		this.connection.setAutoCommit(!inTransaction);
		List<PreparedStatement> statements = new ArrayList<>();
		for (int i = 0; i < 40; i++) {
			PreparedStatement statement = this.connection
				.prepareStatement("WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 3000) "
						+ "SELECT a, hex(zeroblob(20)) FROM c, t AS OF SCN ?");
			statement.setLong(1, scn + i);
			statements.add(statement);
		}
		List<ResultSet> results = new ArrayList<>();
		for (PreparedStatement statement : statements) {
			results.add(statement.executeQuery());
		}
		for (int row = 0; row < 3000; row++) {
			for (int i = 0; i < 40; i++) {
				if (!results.get(i).next() || results.get(i).getInt(1) != i) {
					throw new AssertionError("Row " + row + " of " + i);
				}
			}
		}
		for (PreparedStatement statement : statements) {
			statement.close();
		}
	}

	@Test
	void oneTransactionReadsAsManyPointsAsSqliteCanAttach() throws SQLException {
		update("CREATE TABLE t (a)");
		update("INSERT INTO t VALUES (0)");
		long scn = scn();
		for (int i = 1; i < 200; i++) {
			update("UPDATE t SET a = ?", i);
		}
		this.connection.setAutoCommit(false);
		for (int i = 0; i < 120; i++) {
			assertThat(column("SELECT a FROM t AS OF SCN ?", scn + i)).containsExactly(i);
		}
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> {
			for (int i = 120; i < 200; i++) {
				column("SELECT a FROM t AS OF SCN ?", scn + i);
			}
		})
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("54000"))
			.withMessageContaining("too many attached databases")
			.withMessageContaining("End it before you go on");
		this.connection.rollback();
		for (int i = 0; i < 200; i++) {
			assertThat(column("SELECT a FROM t AS OF SCN ?", scn + i)).containsExactly(i);
			this.connection.commit();
		}
	}

	/** A table that only exists in the past is found there by its point alone. */
	@Test
	void pastNeverShowsThrough() throws SQLException {
		long scn = orders();
		String plain = "SELECT count(*) FROM orders";
		String joined = "SELECT count(*) FROM orders JOIN other";
		update("CREATE TABLE other (a)");
		assertThat(column(plain)).containsExactly(0);
		assertThat(column(joined)).containsExactly(0);
		try (Connection second = Sql.open(this.directory)) {
			assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
			Sql.update(second, "DROP TABLE orders");
		}
		// One that SQLite prepares anew, and those that it prepares for the first time.
		assertNoSuchTable(plain);
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
		assertNoSuchTable(joined);
		for (String sql : new String[] { "SELECT * FROM orders", "SELECT 1 WHERE EXISTS (SELECT 1 FROM orders)",
				"INSERT INTO other SELECT id FROM orders", "INSERT INTO orders VALUES (1, 'x')", "DELETE FROM orders",
				"UPDATE orders SET id = 1", "DROP TABLE orders", ";SELECT count(*) FROM orders",
				"SELECT count(*) FROM orders o JOIN orders AS OF SCN " + scn,
				"INSERT INTO orders SELECT * FROM orders AS OF SCN " + scn }) {
			assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
			assertNoSuchTable(sql);
		}
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
		assertThat(column("SELECT count(*) FROM pragma_table_info('orders')")).containsExactly(0);
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
		assertThat(rows("PRAGMA table_info(orders)")).isEmpty();
		try (ResultSet tables = this.connection.getMetaData().getTables(null, null, "%", new String[] { "TABLE" })) {
			assertThat(Sql.rows(tables).stream().map((row) -> row.get(2))).containsExactly("other");
		}
		update("CREATE TABLE IF NOT EXISTS orders (a)");
		assertThat(column(plain)).containsExactly(0);
	}

	private void assertNoSuchTable(String sql) {
		assertThatExceptionOfType(SQLException.class).as(sql)
			.isThrownBy(() -> update(sql))
			.satisfies((ex) -> assertThat(ex.getSQLState()).as(sql + ": " + ex.getMessage()).isEqualTo("42S02"))
			.withMessageContaining("no such table");
	}

	/** What looks at all that is attached works as if nothing was. */
	@ParameterizedTest
	@ValueSource(strings = { "ANALYZE", "REINDEX", "VACUUM", "PRAGMA optimize", "PRAGMA integrity_check",
			"PRAGMA journal_mode=WAL", "PRAGMA wal_checkpoint", "PRAGMA foreign_key_check" })
	void maintenanceSeesOnlyThePresent(String sql) throws SQLException {
		long scn = orders();
		update("CREATE INDEX i ON orders (state)");
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
		try (Statement statement = this.connection.createStatement()) {
			statement.execute(sql);
		}
		assertThat(column("SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')")).isEmpty();
		assertThat(column("SELECT state FROM orders AS OF SCN ?", scn)).containsExactly("new");
	}

	@Test
	void indexesOfThePastAreUsed() throws SQLException {
		update("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)");
		update("CREATE INDEX t_a ON t (a)");
		update("WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 5000) "
				+ "INSERT INTO t SELECT x, 'a' || x, x FROM c");
		long scn = scn();
		update("DROP INDEX t_a");
		update("UPDATE t SET a = 'changed'");
		assertThat(column("SELECT b FROM t AS OF SCN ? WHERE a = 'a4711'", scn)).containsExactly(4711);
		assertThat(Sql.rows(this.connection, "EXPLAIN QUERY PLAN SELECT b FROM t AS OF SCN ? WHERE a = ?", scn, "a1")
			.toString()).contains("USING INDEX t_a");
		assertThat(Sql
			.rows(this.connection, "EXPLAIN QUERY PLAN SELECT b FROM t AS OF SCN ? INDEXED BY t_a WHERE a = 1", scn)
			.toString()).contains("USING INDEX t_a");
		assertThat(Sql.rows(this.connection, "EXPLAIN QUERY PLAN SELECT b FROM t WHERE a = 'a1'").toString())
			.contains("SCAN");
	}

	@Test
	void fullTextSearchInThePast() throws SQLException {
		update("CREATE VIRTUAL TABLE docs USING fts5(body)");
		update("INSERT INTO docs VALUES ('the quick brown fox'), ('the lazy dog')");
		long scn = scn();
		update("UPDATE docs SET body = 'nothing'");
		assertThat(column("SELECT body FROM docs AS OF SCN ? WHERE docs MATCH ?", scn, "quick"))
			.containsExactly("the quick brown fox");
		assertThat(column("SELECT count(*) FROM docs AS OF SCN ? WHERE body MATCH 'the'", scn)).containsExactly(2);
		assertThat(column("SELECT body FROM docs WHERE docs MATCH 'quick'")).isEmpty();
	}

	@Test
	void namesThatMeanSomethingElseInThePast() throws SQLException {
		update("CREATE TABLE \"as of\" (\"of\", scn, tag, timestamp)");
		update("INSERT INTO \"as of\" VALUES (1, 2, 3, 4)");
		long scn = scn();
		update("DELETE FROM \"as of\"");
		assertThat(rows("SELECT of, scn AS of, tag scn, 'x AS OF SCN 1' FROM \"as of\" AS OF SCN " + scn + " AS of "
				+ "WHERE of.of = 1 -- AS OF SCN 2"))
			.containsExactly(List.of(1, 2, 3, "x AS OF SCN 1"));
	}

	@Test
	void severalConnectionsReadThePastWhileWritersRun() throws Exception {
		update("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)");
		update("CREATE INDEX t_a ON t (a)");
		ConcurrentHashMap<Long, List<List<Object>>> recorded = new ConcurrentHashMap<>();
		AtomicBoolean done = new AtomicBoolean();
		List<Background<Integer>> readers = new ArrayList<>();
		for (int r = 0; r < 3; r++) {
			int seed = r;
			readers.add(Background.start(() -> {
				Random random = new Random(seed);
				int compared = 0;
				try (Connection reader = Sql.open(this.directory)) {
					while (!done.get() || compared < 50) {
						List<Long> scns = new ArrayList<>(recorded.keySet());
						if (scns.isEmpty()) {
							continue;
						}
						long scn = scns.get(random.nextInt(scns.size()));
						List<List<Object>> rows = Sql.rows(reader, "SELECT * FROM t AS OF SCN ? ORDER BY id", scn);
						assertThat(rows).as("SCN " + scn).isEqualTo(recorded.get(scn));
						compared++;
					}
				}
				return compared;
			}));
		}
		Random random = new Random(9);
		for (int i = 0; i < 400; i++) {
			this.connection.setAutoCommit(false);
			for (int k = random.nextInt(20); k >= 0; k--) {
				switch (random.nextInt(3)) {
					case 0 ->
						update("INSERT OR REPLACE INTO t VALUES (?, ?, ?)", random.nextInt(60), i, "x".repeat(100));
					case 1 -> update("UPDATE t SET a = ?, b = ? WHERE id % 7 = ?", i, k, random.nextInt(7));
					default -> update("DELETE FROM t WHERE id = ?", random.nextInt(60));
				}
			}
			update("INSERT OR REPLACE INTO t VALUES (1000, ?, 'always')", i);
			List<List<Object>> rows = rows("SELECT * FROM t ORDER BY id");
			this.connection.commit();
			this.connection.setAutoCommit(true);
			recorded.put(scn(), rows);
		}
		done.set(true);
		for (Background<Integer> reader : readers) {
			assertThat(reader.result()).isGreaterThanOrEqualTo(50);
		}
		this.connection.close();
		this.connection = Sql.open(this.directory);
		for (long scn : recorded.keySet()) {
			assertThat(rows("SELECT * FROM t AS OF SCN ? ORDER BY id", scn)).isEqualTo(recorded.get(scn));
		}
	}

	@Test
	void statementSharedByThreads() throws Exception {
		update("CREATE TABLE t (a)");
		update("INSERT INTO t VALUES (0)");
		long scn = scn();
		for (int i = 1; i < 60; i++) {
			update("UPDATE t SET a = ?", i);
		}
		List<Background<Integer>> threads = new ArrayList<>();
		for (int t = 0; t < 4; t++) {
			int seed = t;
			threads.add(Background.start(() -> {
				Random random = new Random(seed);
				for (int i = 0; i < 300; i++) {
					int offset = random.nextInt(60);
					assertThat(column("SELECT a FROM t AS OF SCN ?", scn + offset)).containsExactly(offset);
				}
				return 0;
			}));
		}
		for (Background<Integer> thread : threads) {
			thread.result();
		}
	}

	@Test
	void listenerHearsTheStatementAsItWasWritten() throws Exception {
		long scn = orders();
		List<String> heard = new ArrayList<>();
		QueryListener listener = new QueryListener() {

			@Override
			public boolean isListening() {
				return true;
			}

			@Override
			public Object queryStarted(Query query) {
				heard.add(query.operation() + ": " + query.sql());
				return null;
			}

			@Override
			public void queryFinished(Query query, Object context, long durationNanos, SQLException failure) {
				assertThat(failure != null).isEqualTo(query.sql().endsWith("4711"));
			}

		};
		try (HeliosDataSource source = new HeliosDataSource(Sql.url(this.directory, ""), new java.util.Properties(),
				listener); Connection observed = source.getConnection()) {
			Sql.rows(observed, "SELECT * FROM orders AS OF SCN ?", scn);
			Sql.rows(observed, "SELECT * FROM orders AS OF SCN ?", scn + 1);
			Sql.rows(observed, "PRAGMA heliosdb_scn");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.rows(observed, "SELECT * FROM orders AS OF SCN 4711"));
		}
		assertThat(heard).containsExactly("SELECT: SELECT * FROM orders AS OF SCN ?",
				"SELECT: SELECT * FROM orders AS OF SCN ?", "PRAGMA: PRAGMA heliosdb_scn",
				"SELECT: SELECT * FROM orders AS OF SCN 4711");
	}

	@Test
	void fileNamesOfAllKinds() throws Exception {
		for (String name : new String[] { "with space", "100%", "p%20q", "\u00e4\u20ac", "a'b\"c", "x#y", "a&b=c",
				"a+b" }) {
			try (Connection other = Sql.open(this.directory.resolve(name))) {
				Sql.update(other, "CREATE TABLE t (a)");
				long scn = Sql.number(other, "PRAGMA heliosdb_scn");
				Sql.update(other, "INSERT INTO t VALUES (1)");
				assertThat(Sql.number(other, "SELECT count(*) FROM t AS OF SCN ?", scn)).isZero();
			}
		}
	}

	@Test
	void attachTakesUris() throws Exception {
		try (Connection other = Sql.open(this.directory.resolve("other"), "?history=off")) {
			Sql.update(other, "CREATE TABLE attached (a)");
			Sql.update(other, "INSERT INTO attached VALUES (5)");
		}
		for (String parameters : new String[] { "", "?history=off" }) {
			try (Connection main = Sql.open(this.directory.resolve("main" + parameters.length()), parameters)) {
				Sql.update(main, "ATTACH 'file:" + this.directory.resolve("other/test.db") + "?mode=ro' AS other");
				assertThat(Sql.column(main, "SELECT a FROM attached")).containsExactly(5);
				assertThatExceptionOfType(SQLException.class)
					.isThrownBy(() -> Sql.update(main, "INSERT INTO attached VALUES (6)"))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
			}
		}
	}

}
