package io.heliosdb.jdbc;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What the user gets for each kind of bad input. */
class BadInputTests {

	@TempDir
	private Path directory;

	private Path database() {
		return this.directory.resolve("test.db");
	}

	private Map<String, String> files() throws IOException {
		Map<String, String> files = new TreeMap<>();
		try (Stream<Path> paths = Files.list(this.directory)) {
			for (Path path : paths.toList()) {
				files.put(path.getFileName().toString(),
						Files.isDirectory(path) ? "directory" : HexFormat.of().formatHex(Files.readAllBytes(path)));
			}
		}
		return files;
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "INSERT INTO t(id, v) VALUES (1, 'new') | 23505 | 1555",
					"INSERT INTO t(v) VALUES ('old') | 23505 | 2067", "INSERT INTO w VALUES ('k') | 23505 | 1555",
					"INSERT INTO r(rowid, v) VALUES (1, 2) | 23505 | 2579",
					"INSERT INTO c(t) VALUES (99) | 23503 | 787", "DELETE FROM t | 23503 | 787",
					"INSERT INTO n VALUES (NULL, 1) | 23502 | 1299", "INSERT INTO n VALUES (1, -1) | 23514 | 275",
					"INSERT INTO g VALUES (1) | 23000 | 1811", "INSERT INTO s VALUES ('x') | 23000 | 3091" })
	void violatedConstraint(String sql, String state, int code) throws SQLException {
		try (Connection connection = Sql.memory()) {
			connection.createStatement()
				.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE); INSERT INTO t VALUES (1, 'old');"
						+ "CREATE TABLE w (k PRIMARY KEY) WITHOUT ROWID; INSERT INTO w VALUES ('k');"
						+ "CREATE TABLE r (v); INSERT INTO r VALUES (1);"
						+ "CREATE TABLE c (t REFERENCES t); INSERT INTO c VALUES (1);"
						+ "CREATE TABLE n (a NOT NULL, b CHECK (b > 0)); CREATE TABLE g (a);"
						+ "CREATE TRIGGER gt BEFORE INSERT ON g BEGIN SELECT raise(ABORT, 'never'); END;"
						+ "CREATE TABLE s (a INTEGER) STRICT");
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> Sql.update(connection, sql))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo(state))
				.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(code));
		}
	}

	@Test
	void databaseOfAnotherProcessIsInUseByIt() throws Exception {
		try (ChildJvm child = ChildJvm.start(Holder.class, Sql.url(this.directory, ""))) {
			assertThat(child.readLine()).isEqualTo("holding");
			Map<String, String> before = files();
			assertThatExceptionOfType(SQLTransientConnectionException.class).isThrownBy(() -> Sql.open(this.directory))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08001"))
				.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(5))
				.withMessageContaining("in use by process " + child.pid())
				.withMessageContaining(database().toRealPath().toString());
			assertThat(files()).isEqualTo(before);
		}
		try (Connection connection = Sql.open(this.directory)) {
			assertThat(Sql.number(connection, "SELECT count(*) FROM held")).isOne();
		}
	}

	@Tag(Sql.PLAIN)
	@ParameterizedTest
	@ValueSource(strings = { "WAL", "DELETE" })
	void databaseThatAnotherSqliteHoldsIsInUse(String journalMode) throws Exception {
		try (ChildJvm child = ChildJvm.start(Holder.class, "jdbc:sqlite:" + database(),
				"PRAGMA journal_mode=" + journalMode)) {
			assertThat(child.readLine()).isEqualTo("holding");
			assertThatExceptionOfType(SQLTransientConnectionException.class).isThrownBy(() -> Sql.open(this.directory))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08001"))
				.withMessageContaining("in use by another process");
		}
		try (Connection connection = Sql.open(this.directory)) {
			assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
		}
	}

	/** The other process: it makes a table and stays in a transaction. */
	static final class Holder {

		private Holder() {
		}

		public static void main(String[] arguments) throws Exception {
			try (Connection connection = DriverManager.getConnection(arguments[0])) {
				if (arguments.length > 1) {
					Sql.text(connection, arguments[1]);
				}
				Sql.update(connection, "CREATE TABLE held AS SELECT 1");
				connection.setAutoCommit(false);
				Sql.update(connection, "INSERT INTO held VALUES (2)");
				System.out.println("holding");
				Thread.currentThread().join();
			}
		}

	}

	@Test
	void secondCopyOfTheDriverHasAnEngineOfItsOwn(@TempDir Path elsewhere) throws Exception {
		try (Connection connection = Sql.open(this.directory); URLClassLoader loader = copyOfTheClassPath()) {
			Driver copy = copyOfTheDriver(loader);
			try (Connection other = copy.connect(Sql.url(elsewhere, ""), new Properties())) {
				Sql.update(other, "CREATE TABLE t AS SELECT 1 AS a");
				Sql.update(connection, "CREATE TABLE t AS SELECT 2 AS a");
				assertThat(Sql.number(other, "SELECT a FROM t")).isOne();
				assertThat(Sql.number(connection, "SELECT a FROM t")).isEqualTo(2);
			}
		}
	}

	@Test
	void secondCopyOfTheDriverFindsTheDatabaseInUse() throws Exception {
		try (Connection connection = Sql.open(this.directory); URLClassLoader loader = copyOfTheClassPath()) {
			Driver copy = copyOfTheDriver(loader);
			assertThatExceptionOfType(SQLTransientConnectionException.class)
				.isThrownBy(() -> copy.connect(Sql.url(this.directory, ""), new Properties()))
				.withMessageContaining("another copy of the driver");
			Sql.update(connection, "CREATE TABLE t (a)");
		}
	}

	private static URLClassLoader copyOfTheClassPath() throws IOException {
		List<URL> urls = new ArrayList<>();
		for (String path : ChildJvm.classPath().split(File.pathSeparator)) {
			urls.add(Path.of(path).toUri().toURL());
		}
		return new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
	}

	private static Driver copyOfTheDriver(ClassLoader loader) throws ReflectiveOperationException {
		return (Driver) loader.loadClass(HeliosDriver.class.getName()).getConstructor().newInstance();
	}

	@Test
	void databaseThatIsOpenUnderOtherSettingsIsRefused() throws SQLException {
		try (Connection connection = Sql.open(this.directory)) {
			assertThatExceptionOfType(SQLTransientConnectionException.class)
				.isThrownBy(() -> Sql.open(this.directory, "?history=off"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08001"))
				.withMessageContaining("other settings")
				.withMessageContaining("'history'");
			Sql.open(this.directory, "?busy_timeout=1s&cache_size=1MB").close();
			assertThat(connection.isValid(1)).isTrue();
		}
		Sql.open(this.directory, "?history=off").close();
	}

	@Tag(Sql.PLAIN)
	@ParameterizedTest
	@ValueSource(strings = { "This is a text, and not a database at all.", "x", "SQLite format 3\0 but nothing else" })
	void fileThatIsNoDatabaseIsRefusedAndLeftAlone(String content) throws Exception {
		Files.writeString(database(), content.repeat((content.length() == 1) ? 10_000 : 1));
		Map<String, String> before = files();
		assertThatExceptionOfType(SQLNonTransientConnectionException.class).isThrownBy(() -> Sql.open(this.directory))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08001"))
			.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(26))
			.withMessageContaining("is not a SQLite database")
			.withMessageContaining("test.db");
		assertThat(files()).isEqualTo(before);
	}

	private void fill() throws SQLException {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
			Sql.update(connection, "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 2000) "
					+ "INSERT INTO t SELECT x, hex(randomblob(100)) FROM c");
		}
	}

	@Test
	void truncatedFileIsReportedAndLeftAlone() throws Exception {
		fill();
		try (FileChannel file = FileChannel.open(database(), StandardOpenOption.WRITE)) {
			file.truncate(file.size() / 2);
		}
		Map<String, String> before = files();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> {
			try (Connection connection = Sql.open(this.directory)) {
				Sql.rows(connection, "SELECT * FROM t");
			}
		}).satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("XX001")).withMessageContaining("damaged");
		assertThat(files()).isEqualTo(before);
	}

	@Tag(Sql.PLAIN)
	@Test
	void corruptPageIsReportedAndNeverOverwritten() throws Exception {
		fill();
		byte[] content = Files.readAllBytes(database());
		for (int page = 3; page < 40; page++) {
			Arrays.fill(content, page * 4096, page * 4096 + 200, (byte) 0xa5);
		}
		Files.write(database(), content);
		Map<String, String> before = files();
		try (Connection connection = Sql.open(this.directory)) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.rows(connection, "SELECT * FROM t"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("XX001"))
				.satisfies((ex) -> assertThat(ex.getErrorCode() & 0xff).isEqualTo(11))
				.withMessageContaining("restore it from a backup");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.update(connection, "UPDATE t SET v = 'over'"));
			assertThat(Sql.number(connection, "SELECT 1")).isOne();
		}
		// What the history says of it is its own matter.
		assertThat(files()).containsEntry("test.db", before.get("test.db"))
			.containsOnlyKeys("test.db", "test.db-history", "test.db-times");
	}

	@Test
	void missingFolderIsMade() throws Exception {
		Path nested = this.directory.resolve("a/b/c");
		Sql.open(nested).close();
		assertThat(nested.resolve("test.db")).exists();
	}

	@Test
	void folderIsNoDatabase() throws Exception {
		Files.createDirectory(database());
		assertCannotOpen("", "it is a folder");
	}

	@Test
	void pathBelowAFileIsRefused() throws Exception {
		Files.writeString(this.directory.resolve("file"), "x");
		assertThatExceptionOfType(SQLNonTransientConnectionException.class)
			.isThrownBy(() -> Sql.open(this.directory.resolve("file/below")))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08001"))
			.withMessageContaining("heliosdb.path");
	}

	@Test
	void fileThatIsToBeReadOnlyMustExist() throws Exception {
		assertCannotOpen("?read_only=true", "does not exist");
		assertThat(files()).isEmpty();
	}

	private void assertCannotOpen(String parameters, String message) {
		assertThatExceptionOfType(SQLNonTransientConnectionException.class)
			.isThrownBy(() -> Sql.open(this.directory, parameters))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08001"))
			.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(14))
			.withMessageContaining(message)
			.withMessageContaining("heliosdb.path");
	}

	@Test
	void readOnlyDatabaseIsReadAndNotWritten() throws Exception {
		fill();
		try (Connection connection = Sql.open(this.directory, "?read_only=true")) {
			assertThat(connection.isReadOnly()).isTrue();
			assertThat(Sql.number(connection, "SELECT count(*) FROM t")).isEqualTo(2000);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.update(connection, "DELETE FROM t"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connection.setReadOnly(false))
				.withMessageContaining("read_only");
		}
	}

	@Test
	void engineThatCannotBeExtractedNamesThePropertyThatMendsIt() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "x");
		try (ChildJvm child = ChildJvm.start(Opener.class, Sql.url(this.directory, "?native_directory=" + file))) {
			assertThat(child.readLine()).startsWith("08001 ")
				.contains("heliosdb.native-directory")
				.contains("native_directory")
				.contains(file.toString());
		}
	}

	/** Opens a database and prints what it gets. */
	static final class Opener {

		private Opener() {
		}

		public static void main(String[] arguments) {
			try (Connection connection = DriverManager.getConnection(arguments[0])) {
				System.out.println("opened " + connection);
			}
			catch (SQLException ex) {
				System.out.println(ex.getSQLState() + " " + ex.getMessage());
			}
		}

	}

}
