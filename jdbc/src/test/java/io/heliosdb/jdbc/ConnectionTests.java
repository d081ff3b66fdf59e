package io.heliosdb.jdbc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** URLs, their parameters, and the life of a connection. */
class ConnectionTests {

	@TempDir
	private Path directory;

	private String pragma(String parameters, String pragma) throws SQLException {
		try (Connection connection = Sql.open(this.directory, parameters)) {
			return Sql.text(connection, "PRAGMA " + pragma);
		}
	}

	@Tag(Sql.PLAIN)
	@Test
	void defaults() throws SQLException {
		assertThat(pragma("", "journal_mode")).isEqualTo("wal");
		assertThat(pragma("", "foreign_keys")).isEqualTo("1");
		assertThat(pragma("", "synchronous")).isEqualTo("1");
		assertThat(pragma("", "cache_size")).isEqualTo("-65536");
		assertThat(pragma("", "temp_store")).isEqualTo("0");
	}

	@Tag(Sql.PLAIN)
	@Test
	void parametersReachSqlite() throws SQLException {
		assertThat(pragma("?foreign_keys=off", "foreign_keys")).isEqualTo("0");
		assertThat(pragma("?synchronous=FULL", "synchronous")).isEqualTo("2");
		assertThat(pragma("?cache_size=8MB&foreign_keys=OFF", "cache_size")).isEqualTo("-8192");
		assertThat(pragma("?busy_timeout=250ms", "busy_timeout")).isEqualTo("250");
		assertThat(pragma("?busy_timeout=2m", "busy_timeout")).isEqualTo("120000");
		assertThat(pragma("?busy_timeout=%32s", "busy_timeout")).isEqualTo("2000");
		assertThat(pragma("?", "foreign_keys")).isEqualTo("1");
	}

	@Test
	void urlWinsOverProperties() throws SQLException {
		Properties properties = new Properties();
		properties.setProperty("foreign_keys", "off");
		properties.setProperty("cache_size", "1MB");
		properties.setProperty("user", "nobody");
		properties.setProperty("password", "");
		try (Connection connection = DriverManager.getConnection(Sql.url(this.directory, "?foreign_keys=on"),
				properties)) {
			assertThat(Sql.number(connection, "PRAGMA foreign_keys")).isOne();
			assertThat(Sql.number(connection, "PRAGMA cache_size")).isEqualTo(-1024);
		}
	}

	@ParameterizedTest
	@CsvSource({ "bussy_timeout=1s,busy_timeout", "Read_Only=true,read_only", "foreignkeys=on,foreign_keys",
			"sync=full,synchronous" })
	void unknownParameterIsRefusedWithTheNearestOne(String parameter, String nearest) {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(() -> Sql.open(this.directory, "?" + parameter))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("Unknown connection parameter '" + parameter.split("=")[0] + "'");
		if (!parameter.startsWith("sync")) {
			assertThatExceptionOfType(SQLDataException.class)
				.isThrownBy(() -> Sql.open(this.directory, "?" + parameter))
				.withMessageContaining("Did you mean '" + nearest + "'");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "history=maybe", "history_retention=soon", "history_retention=0s", "history_max_size=big",
			"history_max_size=0", "as_of=yesterday", "as_of=scn:", "as_of=scn:-1", "as_of=scn:x", "as_of=tag:",
			"as_of=10:15", "read_only=yes", "transaction_mode=exclusive", "busy_timeout=-1s", "busy_timeout=5 minutes",
			"busy_timeout=99999999999999999d", "busy_timeout=365d", "synchronous=off", "cache_size=1XB",
			"cache_size=99999999999999TB", "encryption_cache_size=much", "foreign_keys=1", "foreign_keys" })
	void invalidValueIsRefusedWithWhatIsExpected(String parameter) {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(() -> Sql.open(this.directory, "?" + parameter))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
			.withMessageContaining("'" + parameter.split("=")[0] + "'")
			.withMessageContaining("expected");
		assertThat(this.directory).isEmptyDirectory();
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:heliosdb:", "jdbc:heliosdb:mem:", "jdbc:heliosdb:?read_only=true" })
	void urlWithoutADatabaseIsRefused(String url) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> DriverManager.getConnection(url))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"));
	}

	@Test
	void driverLeavesOtherUrlsToOthers() throws SQLException {
		Driver driver = new HeliosDriver();
		assertThat(driver.acceptsURL("jdbc:heliosdb:x")).isTrue();
		assertThat(driver.acceptsURL("jdbc:sqlite:x")).isFalse();
		assertThat(driver.connect("jdbc:sqlite:x", new Properties())).isNull();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> driver.acceptsURL(null));
		assertThat(driver.jdbcCompliant()).isFalse();
		assertThat(driver.getMajorVersion()).isEqualTo(3);
	}

	@Test
	void driverDescribesEveryParameter() throws SQLException {
		DriverPropertyInfo[] infos = new HeliosDriver().getPropertyInfo("jdbc:heliosdb:x", new Properties());
		assertThat(Arrays.stream(infos).map((info) -> info.name)).containsExactly("history", "history_retention",
				"history_max_size", "history_max_wal", "as_of", "key", "key_file", "passphrase",
				"encryption_cache_size", "read_only", "transaction_mode", "busy_timeout", "synchronous", "cache_size",
				"vector_beam", "foreign_keys", "native_directory");
		assertThat(infos).allSatisfy((info) -> assertThat(info.description).isNotBlank());
	}

	@Test
	void linkAndDetourLeadToOneDatabase() throws Exception {
		Path real = Files.createDirectory(this.directory.resolve("real"));
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), real);
		try (Connection first = Sql.open(real);
				Connection second = Sql.open(link);
				Connection third = Sql.open(real.resolve("../real/."))) {
			Sql.update(first, "CREATE TABLE t (a)");
			Sql.update(second, "INSERT INTO t VALUES (1)");
			assertThat(Sql.number(third, "SELECT count(*) FROM t")).isOne();
		}
	}

	@Test
	void fileNamesOfAllKinds() throws Exception {
		for (String name : new String[] { "with space.db", "100%.db", "p%20q.db", "\u00e4\u20ac.db", "a'b\"c.db",
				"x#y.db", "a&b=c.db" }) {
			try (Connection connection = DriverManager.getConnection("jdbc:heliosdb:" + this.directory.resolve(name))) {
				Sql.update(connection, "CREATE TABLE t (a)");
			}
			assertThat(this.directory.resolve(name)).exists();
		}
	}

	@Test
	void lastConnectionLeavesTheDatabaseAndItsHistory() throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (a)");
			assertThat(this.directory.resolve("test.db-lock")).exists();
		}
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files.map((file) -> file.getFileName().toString())).containsExactlyInAnyOrder("test.db",
					"test.db-history", "test.db-times");
		}
	}

	@Test
	void withoutHistoryTheLastConnectionLeavesNothingButTheDatabase() throws Exception {
		try (Connection connection = Sql.open(this.directory, "?history=off")) {
			Sql.update(connection, "CREATE TABLE t (a)");
			assertThat(this.directory.resolve("test.db-lock")).exists();
		}
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files).containsExactly(this.directory.resolve("test.db"));
		}
	}

	@Tag(Sql.PLAIN)
	@Test
	void stockSqliteReadsWhatWasWritten() throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (a)");
			Sql.update(connection, "INSERT INTO t VALUES ('x')");
		}
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite:" + this.directory.resolve("test.db"))) {
			assertThat(Sql.column(stock, "SELECT a FROM t")).containsExactly("x");
			Sql.update(stock, "INSERT INTO t VALUES ('y')");
		}
		try (Connection connection = Sql.open(this.directory)) {
			assertThat(Sql.column(connection, "SELECT a FROM t")).containsExactly("x", "y");
		}
	}

	@Test
	void openedAndClosedAgainAndAgain() throws Exception {
		for (int i = 0; i < 100; i++) {
			try (Connection connection = Sql.open(this.directory)) {
				Sql.update(connection, "CREATE TABLE IF NOT EXISTS t (a)");
				Sql.update(connection, "INSERT INTO t VALUES (?)", i);
				assertThat(Sql.number(connection, "SELECT count(*) FROM t")).isEqualTo(i + 1);
			}
		}
	}

	@Test
	void openedAndClosedByManyThreads() throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (a)");
		}
		List<Background<Integer>> threads = new ArrayList<>();
		for (int t = 0; t < 8; t++) {
			threads.add(Background.start(() -> {
				for (int i = 0; i < 50; i++) {
					try (Connection connection = Sql.open(this.directory)) {
						Sql.update(connection, "INSERT INTO t VALUES (1)");
					}
				}
				return 0;
			}));
		}
		for (Background<Integer> thread : threads) {
			thread.result();
		}
		try (Connection connection = Sql.open(this.directory)) {
			assertThat(Sql.number(connection, "SELECT count(*) FROM t")).isEqualTo(400);
		}
	}

	@Test
	void closedConnectionRefusesEverything() throws SQLException {
		Connection connection = Sql.memory();
		assertThat(connection.isValid(0)).isTrue();
		connection.close();
		connection.close();
		assertThat(connection.isClosed()).isTrue();
		assertThat(connection.isValid(0)).isFalse();
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::createStatement)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08003"));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connection.prepareStatement("SELECT 1"));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connection.setAutoCommit(false));
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit);
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::getMetaData);
	}

	@Test
	void unwraps() throws SQLException {
		try (Connection connection = Sql.memory()) {
			assertThat(connection.isWrapperFor(HeliosConnection.class)).isTrue();
			assertThat(connection.unwrap(HeliosConnection.class).getDatabaseStatus().path()).isEqualTo(":memory:");
			assertThat(connection.isWrapperFor(String.class)).isFalse();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connection.unwrap(String.class));
		}
	}

	@Test
	void statusOfTheDatabase() throws Exception {
		try (HeliosDataSource source = new HeliosDataSource(Sql.url(this.directory, ""));
				Connection connection = source.getConnection()) {
			Sql.update(connection, "CREATE TABLE t (a)");
			DatabaseStatus status = source.getDatabaseStatus();
			assertThat(status.path()).isEqualTo(this.directory.resolve("test.db").toRealPath().toString());
			assertThat(status.databaseBytes()).isPositive();
			assertThat(status.walBytes()).isPositive();
			assertThat(status.cacheBytes()).isPositive();
			assertThat(status.connections()).isOne();
			assertThat(status.sqliteVersion()).startsWith("3.");
		}
	}

	@Test
	void clientInfoIsKept() throws SQLException {
		try (Connection connection = Sql.memory()) {
			connection.setClientInfo("ApplicationName", "tests");
			assertThat(connection.getClientInfo("ApplicationName")).isEqualTo("tests");
			connection.setClientInfo("ApplicationName", null);
			assertThat(connection.getClientInfo()).isEmpty();
		}
	}

}
