package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Databases in memory: private and shared by name. */
class MemoryDatabaseTests {

	private static Connection shared(String name) throws SQLException {
		return DriverManager.getConnection("jdbc:heliosdb:mem:" + name);
	}

	private static List<Object> tables(Connection connection) throws SQLException {
		return Sql.column(connection, "SELECT name FROM sqlite_schema");
	}

	@Test
	void privateDatabaseIsTheConnectionsOwn() throws SQLException {
		try (Connection one = Sql.memory(); Connection other = Sql.memory()) {
			Sql.update(one, "CREATE TABLE t (a)");
			assertThat(tables(other)).isEmpty();
		}
	}

	@Test
	void privateDatabasesDoNotWaitForEachOther() throws SQLException {
		try (Connection one = Sql.memory(); Connection other = Sql.memory()) {
			one.setAutoCommit(false);
			Sql.update(one, "CREATE TABLE t (a)");
			Sql.update(other, "CREATE TABLE t (a)");
			one.commit();
		}
	}

	@Test
	void sharedDatabaseIsSharedByName() throws SQLException {
		try (Connection one = shared("shared");
				Connection same = shared("shared");
				Connection other = shared("other")) {
			Sql.update(one, "CREATE TABLE t (a)");
			assertThat(tables(same)).containsExactly("t");
			assertThat(tables(other)).isEmpty();
		}
	}

	@Test
	void sharedDatabaseIsGoneWithItsLastConnection() throws SQLException {
		try (Connection one = shared("gone")) {
			Sql.update(one, "CREATE TABLE t (a)");
			try (Connection another = shared("gone")) {
				assertThat(tables(another)).containsExactly("t");
			}
			assertThat(tables(one)).containsExactly("t");
		}
		try (Connection later = shared("gone")) {
			assertThat(tables(later)).isEmpty();
		}
	}

	@Test
	void dataSourceKeepsASharedDatabase() throws SQLException {
		try (HeliosDataSource source = new HeliosDataSource("jdbc:heliosdb:mem:kept")) {
			try (Connection connection = source.getConnection()) {
				Sql.update(connection, "CREATE TABLE t (a)");
			}
			try (Connection connection = source.getConnection()) {
				assertThat(tables(connection)).containsExactly("t");
			}
		}
		try (Connection connection = shared("kept")) {
			assertThat(tables(connection)).isEmpty();
		}
	}

	@Test
	void readersSeeTheirSnapshotWhileAWriterCommits() throws SQLException {
		try (Connection writer = shared("snapshot"); Connection reader = shared("snapshot")) {
			Sql.update(writer, "CREATE TABLE t (a)");
			reader.setReadOnly(true);
			reader.setAutoCommit(false);
			assertThat(Sql.number(reader, "SELECT count(*) FROM t")).isZero();
			Sql.update(writer, "INSERT INTO t VALUES (1)");
			assertThat(Sql.number(reader, "SELECT count(*) FROM t")).isZero();
			reader.commit();
			assertThat(Sql.number(reader, "SELECT count(*) FROM t")).isOne();
		}
	}

	@Test
	void manyThreadsWriteOneSharedDatabase() throws Exception {
		try (HeliosDataSource source = new HeliosDataSource("jdbc:heliosdb:mem:busy")) {
			try (Connection connection = source.getConnection()) {
				Sql.update(connection, "CREATE TABLE t (a)");
			}
			List<Background<Integer>> threads = new ArrayList<>();
			for (int t = 0; t < 8; t++) {
				threads.add(Background.start(() -> {
					try (Connection connection = source.getConnection()) {
						for (int i = 0; i < 1000; i++) {
							Sql.update(connection, "INSERT INTO t VALUES (hex(randomblob(200)))");
						}
					}
					return 0;
				}));
			}
			for (Background<Integer> thread : threads) {
				thread.result();
			}
			try (Connection connection = source.getConnection()) {
				assertThat(Sql.number(connection, "SELECT count(*) FROM t")).isEqualTo(8000);
				assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
			}
		}
	}

}
