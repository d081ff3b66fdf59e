package io.heliosdb.jdbc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Properties;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Connections that read the past as a whole. */
class AsOfConnectionTests {

	@TempDir
	private Path directory;

	/** Of a table with the values 1, then 2, then 3. */
	private long first;

	private Instant firstTime;

	@BeforeEach
	void fill() throws SQLException {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (a)");
			Sql.update(connection, "INSERT INTO t VALUES (1)");
			this.first = Sql.number(connection, "PRAGMA heliosdb_scn");
			this.firstTime = Instant.EPOCH.plus(Sql.number(connection, "SELECT heliosdb_time_of(?)", this.first),
					ChronoUnit.MICROS);
			Sql.update(connection, "UPDATE t SET a = 2");
			Sql.update(connection, "PRAGMA heliosdb_tag = 'second one'");
			Sql.update(connection, "UPDATE t SET a = 3");
		}
	}

	private Connection open(String point) throws SQLException {
		Properties properties = new Properties();
		properties.setProperty("as_of", point);
		return DriverManager.getConnection(Sql.url(this.directory, ""), properties);
	}

	private Object value(Connection connection) throws SQLException {
		return Sql.column(connection, "SELECT a FROM t").get(0);
	}

	@Test
	void pointsOfAllKinds() throws SQLException {
		for (String point : List.of("scn:" + this.first, this.firstTime.toString(),
				this.firstTime.toString().replace('T', ' ').replace("Z", ""))) {
			try (Connection past = open(point)) {
				assertThat(value(past)).isEqualTo(1);
				assertThat(past.unwrap(HeliosConnection.class).getAsOfScn()).hasValue(this.first);
			}
		}
		try (Connection past = open("tag:second one")) {
			assertThat(value(past)).isEqualTo(2);
		}
		try (Connection past = Sql.open(this.directory, "?as_of=tag:second%20one&cache_size=1MB")) {
			assertThat(value(past)).isEqualTo(2);
		}
		try (Connection present = Sql.open(this.directory)) {
			assertThat(value(present)).isEqualTo(3);
			assertThat(present.unwrap(HeliosConnection.class).getAsOfScn()).isEmpty();
		}
	}

	@Test
	void pastAndPresentAtOnceAndInAnyOrder() throws Exception {
		try (Connection past = open("scn:" + this.first)) {
			assertThat(value(past)).isEqualTo(1);
			try (Connection present = Sql.open(this.directory); Connection other = open("scn:" + (this.first + 1))) {
				Sql.update(present, "UPDATE t SET a = 4");
				Sql.update(present, "CREATE TABLE later (a)");
				assertThat(value(present)).isEqualTo(4);
				assertThat(value(other)).isEqualTo(2);
				assertThat(value(past)).isEqualTo(1);
			}
			assertThat(value(past)).isEqualTo(1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.rows(past, "SELECT * FROM later"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S02"));
			try (Connection present = Sql.open(this.directory)) {
				assertThat(value(present)).isEqualTo(4);
			}
		}
		assertThat(this.directory.resolve("test.db-lock")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO t VALUES (9)", "DELETE FROM t", "CREATE TABLE n (a)", "DROP TABLE t",
			"VACUUM", "CREATE TEMP TABLE n (a)", "SELECT heliosdb_restore(1)", "SELECT heliosdb_erase(NULL)" })
	void pastCannotBeWritten(String sql) throws SQLException {
		try (Connection past = open("scn:" + this.first)) {
			assertThat(past.isReadOnly()).isTrue();
			for (int i = 0; i < 2; i++) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.update(past, sql))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"))
					.withMessageContaining("reads the past");
				past.setAutoCommit(false);
			}
			past.rollback();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> past.setReadOnly(false))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"))
				.withMessageContaining("as_of");
			past.setReadOnly(true);
			assertThat(value(past)).isEqualTo(1);
		}
	}

	@Test
	void transactionsAndWritersDoNotMeet() throws SQLException {
		try (Connection past = open("scn:" + this.first); Connection present = Sql.open(this.directory)) {
			present.setAutoCommit(false);
			Sql.update(present, "UPDATE t SET a = 5");
			past.setAutoCommit(false);
			assertThat(value(past)).isEqualTo(1);
			past.commit();
			present.commit();
			assertThat(value(past)).isEqualTo(1);
			past.rollback();
		}
	}

	@Test
	void otherPointsWithinThePast() throws SQLException {
		try (Connection past = open("scn:" + this.first)) {
			assertThat(Sql.column(past, "SELECT a FROM t AS OF SCN ?", this.first + 1)).containsExactly(2);
			assertThat(Sql.column(past, "SELECT a FROM t AS OF NOW")).containsExactly(3);
			assertThat(Sql.column(past, "SELECT a FROM t AS OF TAG 'second one'")).containsExactly(2);
			assertThat(Sql.column(past, "SELECT t.a || n.a FROM t, t AS OF NOW n")).containsExactly("13");
		}
	}

	@Test
	void connectionOpensAnotherOfThePast() throws SQLException {
		HeliosConnection past;
		try (Connection present = Sql.open(this.directory, "?cache_size=1MB")) {
			past = present.unwrap(HeliosConnection.class).openAsOf(this.first);
			assertThat(past.isReadOnly()).isTrue();
			assertThat(Sql.number(past, "PRAGMA cache_size")).isEqualTo(-1024);
		}
		try (past; HeliosConnection further = past.openAsOf(this.first + 1)) {
			assertThat(value(past)).isEqualTo(1);
			assertThat(value(further)).isEqualTo(2);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> past.openAsOf(4711))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
				.withMessageContaining("SCN 4711 is in the future");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> past.openAsOf(-1))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"));
		}
	}

	@Test
	void connectionOfAPoolOpensOneOfThePast() throws SQLException {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(Sql.url(this.directory, ""));
		config.setMaximumPoolSize(1);
		try (HikariDataSource pool = new HikariDataSource(config); Connection pooled = pool.getConnection()) {
			try (Connection past = pooled.unwrap(HeliosConnection.class).openAsOf(this.first)) {
				assertThat(value(past)).isEqualTo(1);
			}
		}
	}

	@Test
	void poolOfThePast() throws SQLException {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(Sql.url(this.directory, "?as_of=" + this.firstTime));
		config.setMaximumPoolSize(3);
		config.setReadOnly(true);
		try (HikariDataSource pool = new HikariDataSource(config);
				Connection one = pool.getConnection();
				Connection two = pool.getConnection()) {
			assertThat(value(one)).isEqualTo(1);
			assertThat(value(two)).isEqualTo(1);
		}
	}

	@Test
	void severalStatementsAndOpenResults() throws SQLException {
		try (Connection past = open("scn:" + this.first);
				Statement one = past.createStatement();
				Statement two = past.createStatement()) {
			one.executeQuery("SELECT a FROM t");
			two.executeQuery("SELECT a FROM t");
			assertThat(one.getResultSet().next()).isTrue();
			assertThat(two.getResultSet().next()).isTrue();
		}
	}

	@Test
	void missingDatabaseHasNoPastAndIsNotMade() {
		assertThatExceptionOfType(SQLNonTransientConnectionException.class)
			.isThrownBy(() -> Sql.open(this.directory.resolve("none"), "?as_of=scn:1"))
			.withMessageContaining("it has no past");
		assertThat(this.directory.resolve("none")).doesNotExist();
	}

	@Test
	void pointThatDoesNotExistLeavesNothingOpen() throws Exception {
		for (String point : List.of("scn:999", "tag:nothing", "2199-01-01T00:00:00Z", "1999-01-01T00:00:00Z")) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open(point))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
				.withMessageContaining("The oldest point is SCN 0")
				.withMessageContaining("the newest SCN " + (this.first + 2));
		}
		assertThat(this.directory.resolve("test.db-lock")).doesNotExist();
		Files.delete(this.directory.resolve("test.db"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:heliosdb::memory:", "jdbc:heliosdb:mem:past" })
	void memoryDatabaseHasNoPast(String url) {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> DriverManager.getConnection(url + "?as_of=scn:1"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
			.withMessageContaining("in memory")
			.withMessageContaining("use a database file");
	}

	@Test
	void databaseWithoutHistoryHasNoPast() throws SQLException {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.open(this.directory, "?history=off&as_of=scn:1"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
			.withMessageContaining("history=on");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.open(this.directory, "?read_only=true&as_of=scn:1"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"))
			.withMessageContaining("read_only");
		try (Connection present = Sql.open(this.directory);
				Connection past = Sql.open(this.directory, "?read_only=true&as_of=scn:" + this.first)) {
			assertThat(value(past)).isEqualTo(1);
			assertThat(value(present)).isEqualTo(3);
		}
	}

}
