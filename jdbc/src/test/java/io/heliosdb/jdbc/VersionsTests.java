package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The history of rows: VERSIONS BETWEEN. */
class VersionsTests {

	private static final String COLUMNS = "SELECT id, state, versions_operation, versions_start_scn, versions_end_scn ";

	@TempDir
	private Path directory;

	private Connection connection;

	/** The point of the table without rows; the row 7 comes, changes, goes; 8 comes. */
	private long base;

	@BeforeEach
	void open() throws SQLException {
		this.connection = Sql.open(this.directory);
		Sql.update(this.connection, "CREATE TABLE orders (id INTEGER PRIMARY KEY, state TEXT)");
		this.base = scn();
		Sql.update(this.connection, "INSERT INTO orders VALUES (7, 'new')");
		Sql.update(this.connection, "UPDATE orders SET state = 'paid'");
		Sql.update(this.connection, "DELETE FROM orders");
		Sql.update(this.connection, "INSERT INTO orders VALUES (8, 'other')");
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
	}

	private long scn() throws SQLException {
		return Sql.number(this.connection, "PRAGMA heliosdb_scn");
	}

	private List<List<Object>> rows(String sql, Object... parameters) throws SQLException {
		return Sql.rows(this.connection, sql, parameters);
	}

	private static List<Object> row(Object... values) {
		return Arrays.asList(values);
	}

	private int at(int offset) {
		return (int) this.base + offset;
	}

	@Test
	void versionsOfARow() throws SQLException {
		assertThat(
				rows(COLUMNS + "FROM orders VERSIONS BETWEEN SCN ? AND SCN ? WHERE id = 7 ORDER BY versions_start_scn",
						this.base, this.base + 4))
			.containsExactly(row(7, "new", "I", at(1), at(2)), row(7, "paid", "U", at(2), at(3)),
					row(7, "paid", "D", at(3), null));
	}

	@Test
	void everySpellingOfARange() throws SQLException {
		String first = Sql.text(this.connection, "SELECT committed_at FROM heliosdb_commits WHERE scn = ?",
				this.base + 1);
		String last = Sql.text(this.connection, "SELECT committed_at FROM heliosdb_commits WHERE scn = ?",
				this.base + 3);
		Sql.update(this.connection, "PRAGMA heliosdb_tag = 'end'");
		for (String range : List.of("SCN " + at(1) + " AND SCN " + at(3), "SCN " + at(1) + " AND " + at(3),
				"TRANSACTION " + at(1) + " AND TRANSACTION " + at(3),
				"TIMESTAMP '" + first + "' AND TIMESTAMP '" + last + "'",
				"SCN " + at(1) + " AND TIMESTAMP '" + last + "'", "SCN " + at(1) + " AND TAG 'end'",
				"SCN " + at(1) + " AND NOW", "SCN MINVALUE AND MAXVALUE")) {
			assertThat(rows("SELECT state FROM orders VERSIONS BETWEEN " + range + " v WHERE v.id = 7 "
					+ "AND versions_operation = 'U'"))
				.as(range)
				.containsExactly(row("paid"));
			assertThat(rows("SELECT orders.state FROM main.\"orders\" versions between " + range
					+ " WHERE orders.id = 7 AND versions_operation = 'D'"))
				.as(range)
				.containsExactly(row("paid"));
		}
	}

	@Test
	void boundsAsParameters() throws SQLException {
		Instant first = Instant
			.parse(Sql.text(this.connection, "SELECT committed_at FROM heliosdb_commits WHERE scn = ?", this.base + 1));
		String sql = "SELECT ?, state FROM orders VERSIONS BETWEEN TIMESTAMP ? AND SCN ? WHERE id = ? AND versions_operation = ?";
		assertThat(rows(sql, "x", first, this.base + 4, 7, "I")).containsExactly(row("x", "new"));
		assertThat(rows(sql, "x", first, this.base + 4, 8, "I")).containsExactly(row("x", "other"));
		assertThat(rows(sql, "x", first, this.base + 3, 8, "I")).isEmpty();
	}

	@Test
	void statementIsExecutedAgainWithOtherBounds() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement(
				"SELECT count(*) FROM orders VERSIONS BETWEEN SCN ? AND SCN ? WHERE versions_operation IS NOT NULL")) {
			assertThat(statement.getMetaData().getColumnCount()).isOne();
			for (int i = 0; i < 50; i++) {
				int to = 1 + i % 4;
				statement.setLong(1, this.base);
				statement.setLong(2, this.base + to);
				try (ResultSet rows = statement.executeQuery()) {
					assertThat(Sql.rows(rows)).containsExactly(row(to));
				}
			}
		}
	}

	@Test
	void versionsBesidePastAndPresent() throws SQLException {
		assertThat(rows(
				"SELECT v.state, p.state, o.state FROM orders VERSIONS BETWEEN SCN ? AND SCN ? v "
						+ "JOIN orders AS OF SCN ? p ON p.id = v.id, orders o WHERE v.versions_operation = 'U'",
				this.base, this.base + 4, this.base + 1))
			.containsExactly(row("paid", "new", "other"));
	}

	@Test
	void tableThatIsGoneHasItsVersions() throws SQLException {
		long last = scn();
		Sql.update(this.connection, "DROP TABLE orders");
		assertThat(rows("SELECT state FROM orders VERSIONS BETWEEN SCN ? AND SCN ? WHERE versions_operation = 'U'",
				this.base, last))
			.containsExactly(row("paid"));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> rows("SELECT * FROM nothing VERSIONS BETWEEN SCN ? AND SCN ?", this.base, last))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S02"))
			.withMessageContaining("nothing");
	}

	@Test
	void columnsAreThoseOfThePresent() throws SQLException {
		String sql = "SELECT * FROM orders VERSIONS BETWEEN SCN " + this.base + " AND SCN " + (this.base + 1);
		assertThat(rows(sql).get(0)).hasSize(7);
		Sql.update(this.connection, "ALTER TABLE orders ADD COLUMN note DEFAULT 'none'");
		assertThat(rows(sql).get(0)).hasSize(8);
		try (Connection second = Sql.open(this.directory)) {
			Sql.update(second, "ALTER TABLE orders RENAME COLUMN note TO remark");
		}
		assertThat(rows(sql.replace("*", "remark, id"))).hasSize(1);
	}

	@Test
	void withinTransactionsAndAfterRollbacks() throws SQLException {
		String sql = "SELECT state FROM orders VERSIONS BETWEEN SCN " + this.base + " AND SCN " + (this.base + 2)
				+ " WHERE versions_operation = 'U'";
		this.connection.setAutoCommit(false);
		for (int i = 0; i < 3; i++) {
			assertThat(rows(sql)).containsExactly(row("paid"));
			Sql.update(this.connection, "INSERT INTO orders VALUES (?, 'later')", 100 + i);
			assertThat(rows(sql)).containsExactly(row("paid"));
			if (i == 1) {
				this.connection.commit();
			}
			else {
				this.connection.rollback();
			}
		}
		this.connection.setReadOnly(true);
		assertThat(rows(sql)).containsExactly(row("paid"));
		this.connection.rollback();
		assertThat(rows(sql)).containsExactly(row("paid"));
		this.connection.commit();
	}

	@Test
	void readOnlyConnectionsReadVersions() throws SQLException {
		String sql = "SELECT state FROM orders VERSIONS BETWEEN SCN " + this.base + " AND SCN " + (this.base + 2)
				+ " WHERE versions_operation = 'U'";
		try (Connection reader = Sql.open(this.directory, "?read_only=true");
				Connection past = Sql.open(this.directory, "?as_of=scn:" + (this.base + 4))) {
			assertThat(Sql.rows(reader, sql)).containsExactly(row("paid"));
			assertThat(Sql.rows(past, sql)).containsExactly(row("paid"));
		}
	}

	@Test
	void earlierPointComesFirst() {
		assertThatExceptionOfType(SQLDataException.class)
			.isThrownBy(() -> rows("SELECT * FROM orders VERSIONS BETWEEN SCN ? AND SCN ?", this.base + 1, this.base))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("earlier point first");
		assertThatExceptionOfType(SQLDataException.class)
			.isThrownBy(() -> rows("SELECT * FROM orders VERSIONS BETWEEN SCN ? AND SCN ?", this.base, 999))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("SCN 999 is in the future");
	}

	@Test
	void temporaryTablesDoNotShow() throws SQLException {
		rows("SELECT * FROM orders VERSIONS BETWEEN SCN ? AND SCN ?", this.base, this.base + 1);
		try (ResultSet tables = this.connection.getMetaData().getTables(null, null, "%", null)) {
			assertThat(Sql.rows(tables).stream().map((row) -> row.get(2))).doesNotContain("heliosdb_history_of_1")
				.contains("orders");
		}
	}

	@Test
	void differencesHaveATableOfTheirOwn() throws SQLException {
		JdbcConnection jdbc = this.connection.unwrap(JdbcConnection.class);
		String table = jdbc.session().changesTable("orders", this.base + 4);
		assertThat(rows("SELECT operation, old_0, old_1, new_0, new_1 FROM " + table + "(?, ?) ORDER BY 1",
				this.base + 1, this.base + 4))
			.containsExactly(row("D", 7, "new", null, null), row("I", null, null, 8, "other"));
		assertThat(jdbc.session().changesTable("ORDERS", this.base + 4)).isEqualTo(table);
	}

}
