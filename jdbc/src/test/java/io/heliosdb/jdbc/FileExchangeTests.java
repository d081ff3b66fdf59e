package io.heliosdb.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Files that stock SQLite made are opened, and those that we close are opened by it. */
class FileExchangeTests {

	private static final String ROWS = "SELECT id, name, hex(data), quote(v) FROM t ORDER BY id";

	@TempDir
	private Path directory;

	private Connection stock(Path file) throws SQLException {
		return DriverManager.getConnection("jdbc:sqlite:" + file);
	}

	private static void fill(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, data BLOB, v)");
			statement.execute("CREATE INDEX t_name ON t (name)");
			statement.execute("CREATE VIRTUAL TABLE f USING fts5(body)");
			statement.execute("WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 400) "
					+ "INSERT INTO t SELECT x, 'näme € 😀 ' || x, zeroblob(x * 7 % 3000), x * 0.1 FROM c");
			statement.execute("INSERT INTO f SELECT name FROM t");
			statement.execute("DELETE FROM t WHERE id % 5 = 0");
		}
	}

	private static void set(Connection connection, String pragma) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("PRAGMA " + pragma);
		}
	}

	/** What stock SQLite finds in a copy of the files as they are. */
	private List<List<Object>> expected(Path file) throws Exception {
		Path copy = this.directory.resolve("copy-" + file.getFileName());
		copy(file, copy);
		try (Connection connection = stock(copy)) {
			return Sql.rows(connection, ROWS);
		}
	}

	private static void copy(Path file, Path copy) throws IOException {
		for (String suffix : List.of("", "-wal", "-journal")) {
			Path from = file.resolveSibling(file.getFileName() + suffix);
			if (Files.exists(from)) {
				Files.copy(from, copy.resolveSibling(copy.getFileName() + suffix));
			}
		}
	}

	/** We read what stock SQLite reads, write, and it reads what we wrote. */
	private void exchange(Path file) throws Exception {
		List<List<Object>> expected = expected(file);
		String header;
		try (Connection ours = DriverManager.getConnection("jdbc:heliosdb:" + file)) {
			assertThat(Sql.rows(ours, ROWS)).isEqualTo(expected);
			assertThat(Sql.text(ours, "PRAGMA integrity_check")).isEqualTo("ok");
			header = Sql.text(ours, "PRAGMA page_size") + Sql.text(ours, "PRAGMA encoding")
					+ Sql.text(ours, "PRAGMA auto_vacuum");
			Sql.update(ours, "INSERT INTO t (name, v) VALUES ('by us: ö', 1), (NULL, x'00ff')");
			Sql.update(ours, "DELETE FROM t WHERE id < 50");
			assertThat(Sql.number(ours, "SELECT count(*) FROM f WHERE f MATCH '400'")).isOne();
			expected = Sql.rows(ours, ROWS);
		}
		assertThat(file.resolveSibling(file.getFileName() + "-wal")).doesNotExist();
		assertThat(file.resolveSibling(file.getFileName() + "-journal")).doesNotExist();
		try (Connection theirs = stock(file)) {
			assertThat(Sql.rows(theirs, ROWS)).isEqualTo(expected);
			assertThat(Sql.text(theirs, "PRAGMA integrity_check")).isEqualTo("ok");
			assertThat(Sql.text(theirs, "PRAGMA page_size") + Sql.text(theirs, "PRAGMA encoding")
					+ Sql.text(theirs, "PRAGMA auto_vacuum"))
				.isEqualTo(header);
			Sql.update(theirs, "UPDATE t SET v = 'by them' WHERE id = 51");
		}
		try (Connection ours = DriverManager.getConnection("jdbc:heliosdb:" + file)) {
			assertThat(Sql.text(ours, "SELECT v FROM t WHERE id = 51")).isEqualTo("by them");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "page_size=512", "page_size=1024", "page_size=8192", "page_size=65536",
			"encoding='UTF-16le'", "encoding='UTF-16be'", "encoding='UTF-8'", "auto_vacuum=FULL",
			"auto_vacuum=INCREMENTAL", "legacy_file_format=ON", "user_version=7", "journal_mode=PERSIST",
			"journal_mode=TRUNCATE", "journal_mode=WAL", "journal_mode=MEMORY" })
	void filesOfEveryKindAreExchanged(String pragma) throws Exception {
		Path file = this.directory.resolve("theirs.db");
		try (Connection connection = stock(file)) {
			set(connection, pragma);
			fill(connection);
		}
		exchange(file);
	}

	@Test
	void aWalThatWasLeftBehindIsRead() throws Exception {
		Path file = this.directory.resolve("open.db");
		Path left = this.directory.resolve("left.db");
		try (Connection connection = stock(file)) {
			set(connection, "journal_mode=WAL");
			fill(connection);
			copy(file, left);
		}
		assertThat(Files.size(this.directory.resolve("left.db-wal"))).isPositive();
		exchange(left);
	}

	/** As a crash in the middle of a transaction leaves it. */
	@Test
	void aHotJournalIsRolledBack() throws Exception {
		Path file = this.directory.resolve("open.db");
		Path left = this.directory.resolve("left.db");
		try (Connection connection = stock(file)) {
			fill(connection);
			set(connection, "cache_size=5");
			connection.setAutoCommit(false);
			Sql.update(connection, "UPDATE t SET data = zeroblob(2500), v = 'never committed'");
			copy(file, left);
			connection.rollback();
		}
		assertThat(Files.size(this.directory.resolve("left.db-journal"))).isPositive();
		List<List<Object>> rows = expected(left);
		assertThat(rows).hasSize(320);
		assertThat(rows.toString()).doesNotContain("never committed");
		Files.delete(this.directory.resolve("copy-left.db"));
		exchange(left);
	}

}
