package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for what becomes of the write-ahead log. */
class CheckpointTests {

	private static final int ROWS = 5000;

	/** At least so much goes to the log with each commit. */
	private static final int COMMIT_BYTES = 200_000;

	/** What is written at most: where the log never begins anew, it is as long. */
	private static final long MOST_BYTES = 1L << 31;

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "on", "off" })
	void theLogBeginsAnewAlthoughSomebodyAlwaysReads(String history) throws Exception {
		String url = url("?history=" + history);
		AtomicBoolean stop = new AtomicBoolean();
		try (Connection writer = DriverManager.getConnection(url)) {
			createTables(writer);
			Background<Integer> reader = Background.start(() -> readWithoutAGap(url, stop));
			long enough = beginnings() + 2;
			long written = 0;
			while (beginnings() < enough && written < MOST_BYTES) {
				write(writer);
				written += COMMIT_BYTES;
			}
			stop.set(true);
			assertThat(reader.resultWithin(60)).isPositive();
			assertThat(beginnings()).as("after " + written + " bytes").isGreaterThanOrEqualTo(enough);
		}
	}

	@Test
	void aReadThatLastsKeepsItsSnapshotAndTheLog() throws Exception {
		String url = url("?history=off");
		try (Connection writer = DriverManager.getConnection(url);
				Connection reader = DriverManager.getConnection(url)) {
			createTables(writer);
			try (ResultSet result = read(reader)) {
				long first = beginnings();
				for (long written = 0; written < MOST_BYTES / 8; written += COMMIT_BYTES) {
					write(writer);
				}
				Sql.update(writer, "DELETE FROM read");
				assertThat(beginnings()).isEqualTo(first);
				int rows = 1;
				while (result.next()) {
					rows++;
				}
				assertThat(rows).isEqualTo(ROWS);
			}
		}
	}

	private static void createTables(Connection connection) throws SQLException {
		Sql.update(connection, "CREATE TABLE written (version INTEGER, filler BLOB)");
		Sql.update(connection, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
				+ "INSERT INTO written SELECT 1, randomblob(1000) FROM n", COMMIT_BYTES / 1000);
		Sql.update(connection, "CREATE TABLE read (i INTEGER PRIMARY KEY, r INTEGER)");
		Sql.update(connection, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
				+ "INSERT INTO read SELECT i, random() FROM n", ROWS);
	}

	private static void write(Connection connection) throws SQLException {
		Sql.update(connection, "UPDATE written SET version = version + 1");
	}

	/**
	 * A read has always begun before the one before it ends. Returns how many there were.
	 */
	private static int readWithoutAGap(String url, AtomicBoolean stop) throws SQLException {
		int count = 0;
		try (Connection one = DriverManager.getConnection(url); Connection other = DriverManager.getConnection(url)) {
			Connection[] connections = { one, other };
			ResultSet open = read(one);
			while (!stop.get()) {
				ResultSet next = read(connections[++count % 2]);
				while (open.next()) {
					assertThat(open.getLong(1)).isPositive();
				}
				open.getStatement().close();
				open = next;
			}
			open.getStatement().close();
		}
		return count;
	}

	private static ResultSet read(Connection connection) throws SQLException {
		Statement statement = connection.createStatement();
		statement.setFetchSize(1000);
		ResultSet result = statement.executeQuery("SELECT i, r FROM read");
		assertThat(result.next()).isTrue();
		return result;
	}

	/** Never with a key, which would hide the log's header. */
	private String url(String parameters) {
		return "jdbc:heliosdb:" + this.directory.resolve("app.db") + parameters;
	}

	/** How often the log has begun, as its header counts. */
	private long beginnings() throws IOException {
		try (RandomAccessFile log = new RandomAccessFile(this.directory.resolve("app.db-wal").toFile(), "r")) {
			log.seek(12);
			return log.readInt();
		}
	}

}
