package io.heliosdb.jdbc;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Generated keys of all kinds of tables and inserts. */
class GeneratedKeysTests extends OnMemory {

	@BeforeEach
	void createTable() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE, created DEFAULT 'now')");
	}

	private List<List<Object>> insert(String sql) throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
			statement.executeUpdate();
			return keys(statement);
		}
	}

	private static List<List<Object>> keys(Statement statement) throws SQLException {
		try (ResultSet keys = statement.getGeneratedKeys()) {
			return Sql.rows(keys);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO t(v) VALUES ('a')", "insert into T (V) values ('a')",
			"INSERT INTO t(v) VALUES ('a');", "INSERT INTO t(v) VALUES ('a'); -- done",
			"/* first */ INSERT INTO t(v) VALUES ('a') -- last", "INSERT INTO \"t\"(v) VALUES ('RETURNING')",
			"INSERT INTO main.t(v) VALUES ('a')", "INSERT INTO [main].`t`(v) VALUES ('a')",
			"REPLACE INTO t(v) VALUES ('a')", "INSERT OR IGNORE INTO t(v) VALUES ('a')", "INSERT INTO t DEFAULT VALUES",
			"WITH x(v) AS (VALUES('a')) INSERT INTO t(v) SELECT v FROM x",
			"INSERT INTO t(v) VALUES ('a') ON CONFLICT (v) DO UPDATE SET v = excluded.v || 'x'",
			"INSERT INTO t(v) VALUES ('a') ON CONFLICT DO NOTHING" })
	void keyOfOneRow(String sql) throws SQLException {
		assertThat(insert(sql)).containsExactly(List.of(1L));
	}

	@Test
	void keyIsNamedAsItsColumn() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.executeUpdate("INSERT INTO t(v) VALUES ('a')", Statement.RETURN_GENERATED_KEYS);
			try (ResultSet keys = statement.getGeneratedKeys()) {
				assertThat(keys.next()).isTrue();
				assertThat(keys.getLong("id")).isOne();
				assertThat(keys.getMetaData().getColumnName(1)).isEqualTo("id");
				assertThat(keys.next()).isFalse();
			}
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			value = { "fts5(v) | rowid | v | 'seven'", "rtree_i32(id, low, high) | id | low, high | 7, 8",
					"vec0(id INTEGER PRIMARY KEY, v float[2]) | id | v | '[1, 2]'" })
	void keyOfTheLastRowOfAVirtualTable(String module, String key, String columns, String values) throws SQLException {
		Sql.update(this.connection, "CREATE VIRTUAL TABLE virtual_table USING " + module);
		Sql.update(this.connection, "INSERT INTO t(v) VALUES ('a'), ('b'), ('c'), ('d'), ('e')");
		String insert = "INSERT INTO virtual_table(" + columns + ") VALUES (" + values + ")";
		assertThat(insert(insert)).containsExactly(List.of(1L));
		assertThat(insert(insert + ", (" + values + ")")).containsExactly(List.of(3L));
		assertThat(insert("INSERT INTO virtual_table(" + key + ", " + columns + ") VALUES (40, " + values + ")"))
			.containsExactly(List.of(40L));
		try (PreparedStatement statement = this.connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS)) {
			statement.addBatch();
			statement.addBatch();
			statement.executeBatch();
			assertThat(keys(statement)).containsExactly(List.of(41L), List.of(42L));
		}
		assertThat(insert("INSERT INTO virtual_table(" + columns + ") SELECT " + values + " WHERE false")).isEmpty();
	}

	@Test
	void largeKeyIsALong() throws SQLException {
		Sql.update(this.connection, "INSERT INTO t(id) VALUES (?)", 1L << 40);
		assertThat(insert("INSERT INTO t(v) VALUES ('a')")).containsExactly(List.of((1L << 40) + 1));
	}

	@Test
	void keysOfSeveralRows() throws SQLException {
		assertThat(insert("INSERT INTO t(v) VALUES ('a'), ('b'), ('c')")).containsExactly(List.of(1L), List.of(2L),
				List.of(3L));
	}

	@Test
	void updateCountIsThatOfTheInsert() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			assertThat(statement.executeUpdate("INSERT INTO t(v) VALUES ('a'), ('b')", Statement.RETURN_GENERATED_KEYS))
				.isEqualTo(2);
			assertThat(statement.getUpdateCount()).isEqualTo(2);
			assertThat(statement.execute("INSERT INTO t(v) VALUES ('c')", Statement.RETURN_GENERATED_KEYS)).isFalse();
		}
	}

	@Test
	void rowThatIsIgnoredHasNoKey() throws SQLException {
		insert("INSERT INTO t(v) VALUES ('a')");
		assertThat(insert("INSERT OR IGNORE INTO t(v) VALUES ('a')")).isEmpty();
		assertThat(insert("INSERT INTO t(v) VALUES ('a') ON CONFLICT DO NOTHING")).isEmpty();
	}

	@Test
	void upsertGivesTheKeyOfTheRowThatItChanges() throws SQLException {
		insert("INSERT INTO t(v) VALUES ('a'), ('b')");
		assertThat(insert("INSERT INTO t(v) VALUES ('a') ON CONFLICT (v) DO UPDATE SET created = 'later'"))
			.containsExactly(List.of(1L));
	}

	@Test
	void tableWithoutAnIntegerKeyGivesItsRowId() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE r (code TEXT PRIMARY KEY)");
		assertThat(insert("INSERT INTO r VALUES ('x')")).containsExactly(List.of(1L));
		Sql.update(this.connection, "CREATE TABLE plain (v)");
		assertThat(insert("INSERT INTO plain VALUES ('x'), ('y')")).containsExactly(List.of(1L), List.of(2L));
	}

	@Test
	void tableWithoutRowIdGivesItsKey() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE w (a TEXT, b INT, PRIMARY KEY (b, a)) WITHOUT ROWID");
		assertThat(insert("INSERT INTO w VALUES ('x', 7)").get(0)).containsExactlyInAnyOrder("x", 7L);
		Sql.update(this.connection, "CREATE TABLE w1 (id INTEGER PRIMARY KEY, v) WITHOUT ROWID");
		assertThat(insert("INSERT INTO w1 VALUES (9, 'x')")).containsExactly(List.of(9L));
	}

	@Test
	void tableWithAColumnNamedRowIdStillGivesItsKey() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE odd (id INTEGER PRIMARY KEY, rowid TEXT)");
		assertThat(insert("INSERT INTO odd(rowid) VALUES ('not the key')")).containsExactly(List.of(1L));
	}

	@Test
	void columnsByName() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES ('a')",
				new String[] { "created", "ID" })) {
			statement.executeUpdate();
			assertThat(keys(statement)).containsExactly(List.of("now", 1L));
		}
	}

	@Test
	void columnsByIndex() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.executeUpdate("INSERT INTO t(v) VALUES ('a')", new int[] { 3, 1 });
			assertThat(keys(statement)).containsExactly(List.of("now", 1L));
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> statement.executeUpdate("INSERT INTO t(v) VALUES ('b')", new int[] { 4 }))
				.withMessageContaining("3 columns");
		}
	}

	@Test
	void columnThatDoesNotExistIsAnError() {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(
					() -> this.connection.prepareStatement("INSERT INTO t(v) VALUES ('a')", new String[] { "no_such" }))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S22"))
			.withMessageContaining("no_such");
	}

	@Test
	void namesThatNeedQuotes() throws SQLException {
		Sql.update(this.connection,
				"CREATE TABLE \"a \"\"b\"\" `c`\" (\"the `key`\" INTEGER PRIMARY KEY, \"sel ect\")");
		assertThat(insert("INSERT INTO \"a \"\"b\"\" `c`\" (\"sel ect\") VALUES (1)")).containsExactly(List.of(1L));
		try (PreparedStatement statement = this.connection.prepareStatement(
				"INSERT INTO \"a \"\"b\"\" `c`\" (\"sel ect\") VALUES (2)", new String[] { "the `key`", "sel ect" })) {
			statement.executeUpdate();
			assertThat(keys(statement)).containsExactly(List.of(2L, 2L));
		}
	}

	@Test
	void tableOfAnAttachedDatabase() throws SQLException {
		Sql.update(this.connection, "ATTACH ':memory:' AS extra");
		Sql.update(this.connection, "CREATE TABLE extra.t (v TEXT, \"key\" INTEGER PRIMARY KEY)");
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO extra.t(v) VALUES ('a')",
				Statement.RETURN_GENERATED_KEYS)) {
			statement.executeUpdate();
			try (ResultSet keys = statement.getGeneratedKeys()) {
				keys.next();
				assertThat(keys.getLong("key")).isOne();
			}
		}
	}

	@Test
	void keysOfABatch() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)",
				Statement.RETURN_GENERATED_KEYS)) {
			for (int i = 0; i < 5; i++) {
				statement.setInt(1, i);
				statement.addBatch();
			}
			assertThat(statement.executeBatch()).containsExactly(1, 1, 1, 1, 1);
			assertThat(keys(statement)).containsExactly(List.of(1L), List.of(2L), List.of(3L), List.of(4L),
					List.of(5L));
		}
	}

	@Test
	void keysAreThoseOfTheLastExecution() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES (?)",
				Statement.RETURN_GENERATED_KEYS)) {
			assertThat(keys(statement)).isEmpty();
			for (int i = 1; i <= 3; i++) {
				statement.setInt(1, i);
				statement.executeUpdate();
				assertThat(keys(statement)).containsExactly(List.of((long) i));
			}
		}
	}

	@Test
	void noKeysUnlessAskedFor() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES ('a')")) {
			statement.executeUpdate();
			assertThat(keys(statement)).isEmpty();
		}
	}

	@Test
	void otherStatementsHaveNoKeys() throws SQLException {
		for (String sql : new String[] { "UPDATE t SET v = 'b'", "DELETE FROM t", "CREATE TABLE u (a)" }) {
			assertThat(insert(sql)).isEmpty();
		}
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT 1",
				Statement.RETURN_GENERATED_KEYS)) {
			assertThat(Sql.rows(statement.executeQuery())).hasSize(1);
		}
	}

	@Test
	void returningOfTheUsersOwnIsLeftAlone() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("INSERT INTO t(v) VALUES ('a') RETURNING v",
				Statement.RETURN_GENERATED_KEYS)) {
			assertThat(Sql.rows(statement.executeQuery())).containsExactly(List.of("a"));
		}
	}

	@Test
	void keyColumnMayBeRenamed() throws SQLException {
		String sql = "INSERT INTO t(v) VALUES (hex(randomblob(8)))";
		assertThat(insert(sql)).containsExactly(List.of(1L));
		Sql.update(this.connection, "ALTER TABLE t RENAME COLUMN id TO number");
		assertThat(insert(sql)).containsExactly(List.of(2L));
	}

	@Test
	void columnThatWasRenamedIsNeverTakenForAText() throws SQLException {
		String sql = "INSERT INTO t(v) VALUES (hex(randomblob(8)))";
		try (PreparedStatement statement = this.connection.prepareStatement(sql, new String[] { "created" })) {
			statement.executeUpdate();
			Sql.update(this.connection, "ALTER TABLE t RENAME COLUMN created TO made");
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeUpdate)
				.withMessageContaining("created");
		}
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM t")).isOne();
	}

	@Test
	void tableMayBeReplacedByOneOfAnotherKind() throws SQLException {
		String sql = "INSERT INTO k(v) VALUES ('a')";
		Sql.update(this.connection, "CREATE TABLE k (id INTEGER PRIMARY KEY, v)");
		assertThat(insert(sql)).containsExactly(List.of(1L));
		Sql.update(this.connection, "DROP TABLE k");
		Sql.update(this.connection, "CREATE TABLE k (v PRIMARY KEY) WITHOUT ROWID");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> insert(sql));
		assertThat(insert(sql)).containsExactly(List.of("a"));
	}

	@Test
	void manyDifferentTexts() throws SQLException {
		for (int i = 1; i <= 1000; i++) {
			assertThat(insert("INSERT INTO t(v) VALUES ('text " + i + "')")).containsExactly(List.of((long) i));
		}
	}

}
