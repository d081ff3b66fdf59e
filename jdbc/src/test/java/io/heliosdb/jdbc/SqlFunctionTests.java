package io.heliosdb.jdbc;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.text.Collator;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Functions, aggregates and collations in Java. */
class SqlFunctionTests {

	private static final WindowFunction<long[]> SUM = new WindowFunction<>() {

		@Override
		public long[] start() {
			return new long[1];
		}

		@Override
		public long[] add(long[] state, FunctionArguments arguments) throws SQLException {
			state[0] += arguments.getLong(0);
			return state;
		}

		@Override
		public long[] remove(long[] state, FunctionArguments arguments) throws SQLException {
			state[0] -= arguments.getLong(0);
			return state;
		}

		@Override
		public Object result(long[] state) {
			return state[0];
		}

	};

	@TempDir
	private Path directory;

	private HeliosConnection connection;

	@BeforeEach
	void open() throws SQLException {
		this.connection = Sql.memory().unwrap(HeliosConnection.class);
		this.connection.createStatement()
			.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v INT, name TEXT);"
					+ "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 100) "
					+ "INSERT INTO t SELECT x, (x * 37) % 101, 'n' || x FROM c");
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
	}

	@Test
	void argumentsAndResultsAreOfEveryType() throws SQLException {
		this.connection.createFunction("kinds", -1, (arguments) -> {
			StringBuilder kinds = new StringBuilder();
			for (int i = 0; i < arguments.count(); i++) {
				Object value = arguments.get(i);
				assertThat(arguments.isNull(i)).isEqualTo(value == null);
				kinds.append((value != null) ? value.getClass().getSimpleName() : "null").append(' ');
			}
			return kinds.toString().trim();
		});
		assertThat(Sql.text(this.connection, "SELECT kinds(1, 1.5, 'x', x'00', NULL)"))
			.isEqualTo("Long Double String byte[] null");
		assertThat(Sql.text(this.connection, "SELECT kinds()")).isEmpty();
		this.connection.createFunction("same", 1, (arguments) -> arguments.get(0));
		Object[] row = Sql
			.rows(this.connection,
					"SELECT same(9223372036854775807), same(-0.5), same('ä€😀'), same(x'0001ff'), "
							+ "same(NULL), same(''), same(x'')")
			.get(0)
			.toArray();
		assertThat(Arrays.deepEquals(row,
				new Object[] { Long.MAX_VALUE, -0.5, "ä€😀", new byte[] { 0, 1, -1 }, null, "", new byte[0] }))
			.isTrue();
	}

	@Test
	void valuesAreConvertedAsThoseOfResultSets() throws SQLException {
		UUID uuid = UUID.randomUUID();
		this.connection.createFunction("convert", 4, (arguments) -> {
			assertThat(arguments.get(0, BigDecimal.class)).isEqualTo("1.25");
			assertThat(arguments.get(1, Instant.class)).isEqualTo("2026-11-22T10:15:00Z");
			assertThat(arguments.get(2, UUID.class)).isEqualTo(uuid);
			assertThat(arguments.get(3, Integer.class)).isNull();
			assertThat(arguments.getDouble(3)).isZero();
			assertThat(arguments.getBytes(2)).hasSize(36);
			return true;
		});
		assertThat(Sql.number(this.connection, "SELECT convert(1.25, '2026-11-22 10:15:00', ?, NULL)", uuid)).isOne();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 100, 300, 100_000, 3_000_000 })
	void longValuesComeAndGo(int length) throws SQLException {
		this.connection.createFunction("twice", 1, (arguments) -> arguments.getString(0).repeat(2));
		assertThat(Sql.text(this.connection, "SELECT twice(?)", "x".repeat(length))).isEqualTo("x".repeat(2 * length));
	}

	@Test
	void exceptionsBecomeErrorsWithTheirCause() throws SQLException {
		IllegalArgumentException thrown = new IllegalArgumentException("no negative numbers here");
		this.connection.createFunction("checked", 1, (arguments) -> {
			if (arguments.getLong(0) < 0) {
				throw thrown;
			}
			return arguments.getLong(0);
		});
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.number(this.connection, "SELECT checked(?)", -1))
			.withMessage("no negative numbers here")
			.withCause(thrown)
			.returns("38000", SQLException::getSQLState);
		assertThat(Sql.number(this.connection, "SELECT checked(7)")).isEqualTo(7);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "UPDATE t SET v = checked(50 - id)"))
			.withCause(thrown);
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t WHERE v < 0")).isZero();
	}

	@Test
	void errorsOfJavaAreCaughtToo() throws SQLException {
		this.connection.createFunction("deep", 0, (arguments) -> {
			throw new StackOverflowError();
		});
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.number(this.connection, "SELECT deep()"))
			.withCauseInstanceOf(StackOverflowError.class);
		this.connection.createFunction("odd", 0, (arguments) -> new Object());
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.number(this.connection, "SELECT odd()"))
			.withMessageContaining("java.lang.Object");
	}

	@Test
	void anErrorThatIsNotTheFunctionsHasNotItsCause() throws SQLException {
		this.connection.createAggregate("broken", 1, new AggregateFunction<Integer>() {

			@Override
			public Integer start() {
				return 0;
			}

			@Override
			public Integer add(Integer state, FunctionArguments arguments) {
				return state;
			}

			@Override
			public Object result(Integer state) {
				throw new IllegalStateException("at the end");
			}

		});
		ThrowingCallable call = () -> Sql.number(this.connection,
				"SELECT broken(abs(-9223372036854775807 - id)) FROM t");
		assertThatExceptionOfType(SQLException.class).isThrownBy(call).withMessageContaining("integer overflow");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.number(this.connection, "SELECT nosuch FROM t"))
			.returns("42S22", SQLException::getSQLState);
	}

	@Test
	void aFunctionCannotUseTheConnectionThatCallsIt() throws SQLException {
		Connection own = this.connection;
		PreparedStatement outside = own.prepareStatement("SELECT id FROM t");
		ResultSet rows = outside.executeQuery();
		rows.next();
		List<ThrowingCallable> uses = List.of(() -> own.createStatement().execute("SELECT 1"), own::close, own::commit,
				() -> own.setAutoCommit(false), own::getMetaData, outside::executeQuery, outside::close, rows::close,
				() -> own.unwrap(HeliosConnection.class).removeFunction("use", 1));
		ResultSet open = own.prepareStatement("SELECT hex(zeroblob(1000)) FROM t, t AS u").executeQuery();
		this.connection.createFunction("use", 1, (arguments) -> {
			assertThatExceptionOfType(SQLException.class).isThrownBy(uses.get((int) arguments.getLong(0)))
				.returns("HY010", SQLException::getSQLState);
			return 1;
		});
		for (int i = 0; i < uses.size(); i++) {
			assertThat(Sql.number(own, "SELECT use(?)", i)).as("use " + i).isOne();
		}
		assertThat(rows.next()).isTrue();
		assertThat(Sql.rows(open)).hasSize(10_000);
	}

	@Test
	void aFunctionMayUseAnotherConnection() throws SQLException {
		try (Connection other = Sql.open(this.directory)) {
			Sql.update(other, "CREATE TABLE greeting (text TEXT)");
			Sql.update(other, "INSERT INTO greeting VALUES ('hello')");
			this.connection.createFunction("greeting", 0, (arguments) -> Sql.text(other, "SELECT text FROM greeting"));
			assertThat(Sql.column(this.connection, "SELECT greeting() FROM t WHERE id < 4")).containsExactly("hello",
					"hello", "hello");
		}
	}

	@Test
	void windowsGiveWhatSqlitesOwnSumGives() throws SQLException {
		this.connection.createAggregate("own_sum", 1, SUM, FunctionOption.DETERMINISTIC);
		for (String over : List.of("", " FILTER (WHERE id % 3 = 0)", " OVER (ORDER BY id)",
				" OVER (PARTITION BY id % 5 ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)",
				" OVER (ORDER BY id ROWS BETWEEN 3 FOLLOWING AND 7 FOLLOWING EXCLUDE CURRENT ROW)",
				" OVER (ORDER BY v GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES)")) {
			assertThat(Sql.column(this.connection, "SELECT own_sum(v)" + over + " FROM t")).as(over)
				.isEqualTo(Sql.column(this.connection, "SELECT CAST(total(v)" + over + " AS INT) FROM t"));
		}
		assertThat(Sql.rows(this.connection, "SELECT id % 7, own_sum(v), own_sum(DISTINCT v % 10) FROM t GROUP BY 1"))
			.isEqualTo(Sql.rows(this.connection, "SELECT id % 7, sum(v), sum(DISTINCT v % 10) FROM t GROUP BY 1"));
		assertThat(Sql.number(this.connection, "SELECT own_sum(v) FROM t WHERE 0")).isZero();
	}

	@Test
	void anAggregateThatCannotRemoveIsNoWindowFunction() throws SQLException {
		this.connection.createAggregate("list", 1, new AggregateFunction<List<Object>>() {

			@Override
			public List<Object> start() {
				return new ArrayList<>();
			}

			@Override
			public List<Object> add(List<Object> state, FunctionArguments arguments) throws SQLException {
				state.add(arguments.get(0));
				return state;
			}

			@Override
			public Object result(List<Object> state) {
				return state.toString();
			}

		});
		assertThat(Sql.text(this.connection, "SELECT list(id) FROM t WHERE id < 4")).isEqualTo("[1, 2, 3]");
		assertThat(Sql.text(this.connection, "SELECT list(id) FROM t WHERE id < 0")).isEqualTo("[]");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.text(this.connection, "SELECT list(id) OVER () FROM t"))
			.withMessageContaining("list() may not be used as a window function");
	}

	@Test
	void groupsOfSeveralResultsAtATimeStayApart() throws SQLException {
		this.connection.createAggregate("own_sum", 1, SUM);
		Deque<ResultSet> open = new ArrayDeque<>();
		String sql = "SELECT id, own_sum(v) OVER (ORDER BY id) FROM t WHERE id % ? = 0";
		for (int i = 1; i <= 3; i++) {
			PreparedStatement statement = this.connection.prepareStatement(sql);
			statement.setInt(1, i);
			statement.setFetchSize(1);
			open.add(statement.executeQuery());
			open.peekLast().next();
		}
		for (int i = 1; i <= 3; i++) {
			ResultSet rows = open.poll();
			long sum = rows.getLong(2);
			while (rows.next()) {
				sum = rows.getLong(2);
			}
			assertThat(sum).isEqualTo(Sql.number(this.connection, "SELECT sum(v) FROM t WHERE id % ? = 0", i));
		}
	}

	@Test
	void optionsAreKept() throws SQLException {
		AtomicInteger calls = new AtomicInteger();
		this.connection.createFunction("fixed", 0, (arguments) -> calls.incrementAndGet(),
				FunctionOption.DETERMINISTIC);
		assertThat(Sql.column(this.connection, "SELECT DISTINCT fixed() FROM t")).containsExactly(1);
		this.connection.createFunction("fixed", 0, (arguments) -> calls.incrementAndGet());
		assertThat(Sql.column(this.connection, "SELECT DISTINCT fixed() FROM t")).hasSize(100);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "CREATE INDEX i ON t (fixed())"))
			.withMessageContaining("non-deterministic functions prohibited");
		this.connection.createFunction("direct", 0, (arguments) -> 1, FunctionOption.DIRECT_ONLY);
		Sql.update(this.connection, "CREATE VIEW indirect AS SELECT direct() AS d");
		assertThat(Sql.number(this.connection, "SELECT direct()")).isOne();
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.number(this.connection, "SELECT d FROM indirect"))
			.withMessageContaining("unsafe use of direct");
	}

	@Test
	void functionsAreReplacedAndRemoved() throws SQLException {
		this.connection.createFunction("f", 0, (arguments) -> 1);
		this.connection.createFunction("f", 1, (arguments) -> 2);
		assertThat(Sql.number(this.connection, "SELECT 10 * f() + f(0)")).isEqualTo(12);
		this.connection.createFunction("f", 0, (arguments) -> 3);
		assertThat(Sql.number(this.connection, "SELECT 10 * f() + f(0)")).isEqualTo(32);
		this.connection.removeFunction("f", 0);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.number(this.connection, "SELECT f()"));
		assertThat(Sql.number(this.connection, "SELECT f(0)")).isEqualTo(2);
		this.connection.removeFunction("never_there", 4);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.connection.createFunction("f", 1000, (arguments) -> 1));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.connection.createFunction("f", -2, (arguments) -> 1));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.connection.createFunction(null, 1, (arguments) -> 1));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.createFunction("f", 1, null));
	}

	@Test
	void anOpenResultIsInTheWayOfARegistration() throws SQLException {
		this.connection.createFunction("f", 0, (arguments) -> 1);
		ResultSet rows = this.connection.createStatement()
			.executeQuery("SELECT f(), hex(randomblob(3000)) FROM t, t AS u");
		rows.next();
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.connection.createFunction("f", 0, (arguments) -> 2))
			.withMessageContaining("active statements");
		rows.close();
		this.connection.createFunction("f", 0, (arguments) -> 2);
		assertThat(Sql.number(this.connection, "SELECT f()")).isEqualTo(2);
	}

	@Test
	void collationsSortAndCompare() throws SQLException {
		Collator german = Collator.getInstance(Locale.GERMAN);
		this.connection.createCollation("german", german::compare);
		List<String> words = List.of("Zebra", "Äpfel", "apfel", "Ofen", "Öl", "zahm", "Oma");
		Sql.update(this.connection, "CREATE TABLE word (text TEXT COLLATE german PRIMARY KEY)");
		for (String word : words) {
			Sql.update(this.connection, "INSERT INTO word VALUES (?)", word);
		}
		assertThat(Sql.column(this.connection, "SELECT text FROM word ORDER BY text"))
			.isEqualTo(words.stream().sorted(german::compare).toList());
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM word WHERE text > 'Oma'"))
			.isEqualTo(words.stream().filter((word) -> german.compare(word, "Oma") > 0).count());
		assertThat(Sql.text(this.connection, "PRAGMA integrity_check")).isEqualTo("ok");
		this.connection.removeCollation("german");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.rows(this.connection, "SELECT text FROM word ORDER BY text"))
			.withMessageContaining("no such collation sequence: german");
	}

	@Test
	void aCollationThatThrowsEndsAQuery() throws SQLException {
		this.connection.createCollation("broken", failing(20));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.rows(this.connection, "SELECT id FROM t ORDER BY name COLLATE broken"))
			.withMessage("cannot compare")
			.withCauseInstanceOf(IllegalStateException.class)
			.returns("38000", SQLException::getSQLState);
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isEqualTo(100);
	}

	@Test
	void aCollationThatThrowsLeavesNothingWritten() throws SQLException {
		this.connection.createCollation("broken", Comparator.naturalOrder());
		Sql.update(this.connection, "CREATE TABLE u (name TEXT COLLATE broken)");
		Sql.update(this.connection, "CREATE INDEX u_name ON u (name)");
		Sql.update(this.connection, "INSERT INTO u SELECT name FROM t WHERE id <= 50");
		this.connection.createCollation("broken", failing(5));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "INSERT INTO u SELECT name FROM t WHERE id > 50"))
			.withMessage("cannot compare");
		this.connection.createCollation("broken", Comparator.naturalOrder());
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM u")).isEqualTo(50);
		assertThat(Sql.text(this.connection, "PRAGMA integrity_check")).isEqualTo("ok");

		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "DELETE FROM t WHERE id = 1");
		this.connection.createCollation("broken", failing(5));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "INSERT INTO u SELECT name FROM t WHERE id > 50"))
			.returns("38000", SQLException::getSQLState);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.update(this.connection, "DELETE FROM t WHERE id = 2"))
			.returns("25P02", SQLException::getSQLState);
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.connection::commit)
			.returns("40000", SQLException::getSQLState);
		this.connection.rollback();
		this.connection.createCollation("broken", Comparator.naturalOrder());
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isEqualTo(100);
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM u")).isEqualTo(50);
		assertThat(Sql.text(this.connection, "PRAGMA integrity_check")).isEqualTo("ok");
	}

	@Test
	void aCollationThatThrowsInABatchCommitsNothingOfItsSet() throws SQLException {
		this.connection.createCollation("broken", Comparator.naturalOrder());
		Sql.update(this.connection, "CREATE TABLE u (name TEXT COLLATE broken PRIMARY KEY)");
		this.connection.createCollation("broken", failing(40));
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO u VALUES (?)")) {
			for (int i = 0; i < 100; i++) {
				insert.setString(1, "name " + i);
				insert.addBatch();
			}
			assertThatExceptionOfType(SQLException.class).isThrownBy(insert::executeBatch)
				.withMessageContaining("cannot compare");
		}
		this.connection.createCollation("broken", Comparator.naturalOrder());
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM u")).isZero();
		assertThat(Sql.text(this.connection, "PRAGMA integrity_check")).isEqualTo("ok");
	}

	private static Comparator<String> failing(int after) {
		AtomicInteger left = new AtomicInteger(after);
		return (first, second) -> {
			if (left.getAndDecrement() <= 0) {
				throw new IllegalStateException("cannot compare");
			}
			return first.compareTo(second);
		};
	}

	@Test
	void aDataSourceRegistersForAllItsConnections() throws SQLException {
		String url = Sql.url(this.directory, "");
		try (HeliosDataSource dataSource = new HeliosDataSource(url)) {
			dataSource.addInitializer((opened) -> opened.createFunction("answer", 0, (arguments) -> 42));
			for (int i = 0; i < 3; i++) {
				try (Connection opened = dataSource.getConnection()) {
					assertThat(Sql.number(opened, "SELECT answer()")).isEqualTo(42);
				}
			}
			dataSource.addInitializer((opened) -> {
				throw new SQLException("not today");
			});
			assertThatExceptionOfType(SQLException.class).isThrownBy(dataSource::getConnection)
				.withMessage("not today");
			assertThat(dataSource.getDatabaseStatus().connections()).isZero();
		}
	}

	@Test
	void aQueryThatCallsAFunctionCanBeCancelled() throws Exception {
		this.connection.createFunction("slow", 1, (arguments) -> arguments.getLong(0));
		PreparedStatement statement = this.connection.prepareStatement(Sql.ENDLESS.replace("count(*)", "sum(slow(x))"));
		Background<ResultSet> query = Background.start(statement::executeQuery).awaitExecuting();
		statement.cancel();
		assertThatExceptionOfType(SQLException.class).isThrownBy(query::result)
			.returns("57014", SQLException::getSQLState);
	}

}
