package io.heliosdb.jdbc;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Transactions larger than the page cache write pages to the WAL before they commit. If
 * such a page changes again SQLite writes over its frame, and from there on frames have
 * no salts and checksums until the commit writes their heads anew.
 */
@Tag(Sql.PLAIN)
class SpilledTransactionTests {

	private static final int HEAD_BYTES = 32;

	private static final int FRAME_BYTES = 24 + 4096;

	@TempDir
	private Path directory;

	/** The salts of the WAL, and then those of its frames. */
	private List<Long> salts() throws Exception {
		ByteBuffer wal = ByteBuffer.wrap(Files.readAllBytes(this.directory.resolve("test.db-wal")));
		List<Long> salts = new ArrayList<>(List.of(wal.getLong(16)));
		for (int frame = HEAD_BYTES; frame + FRAME_BYTES <= wal.limit(); frame += FRAME_BYTES) {
			salts.add(wal.getLong(frame + 8));
		}
		return salts;
	}

	private static void fill(Connection connection) throws SQLException {
		Sql.update(connection, "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 150) "
				+ "INSERT INTO t(v) SELECT hex(randomblob(1000)) FROM c");
	}

	private static void change(Connection connection, String value) throws SQLException {
		Sql.update(connection, "UPDATE t SET v = ? || substr(v, 3)", value);
	}

	@Test
	void framesWithoutSaltsBecomeOnePointOrNone() throws Exception {
		List<List<List<Object>>> expected = new ArrayList<>();
		try (Connection connection = Sql.open(this.directory, "?cache_size=32KB")) {
			Sql.update(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
			fill(connection);
			expected.add(Sql.rows(connection, "SELECT * FROM t"));
			int before = salts().size();
			connection.setAutoCommit(false);
			change(connection, "aa");
			change(connection, "bb");
			fill(connection);
			List<Long> during = salts();
			assertThat(during.subList(before, during.size())).contains(0L);
			connection.commit();
			List<Long> after = salts();
			assertThat(after).containsOnly(after.get(0)).hasSizeLessThan(4 * before);
			expected.add(Sql.rows(connection, "SELECT * FROM t"));
			change(connection, "dd");
			change(connection, "ee");
			fill(connection);
			assertThat(salts()).contains(0L);
			connection.rollback();
			connection.setAutoCommit(true);
			// Over the frames of what was rolled back.
			Sql.update(connection, "UPDATE t SET v = 'short' WHERE id % 9 = 0");
			expected.add(Sql.rows(connection, "SELECT * FROM t"));
			assertPoints(connection, expected);
			Sql.rows(connection, "PRAGMA wal_checkpoint(PASSIVE)");
			assertPoints(connection, expected);
		}
		try (Connection connection = Sql.open(this.directory)) {
			assertPoints(connection, expected);
		}
	}

	private static void assertPoints(Connection connection, List<List<List<Object>>> expected) throws SQLException {
		assertThat(Sql.number(connection, "PRAGMA heliosdb_scn")).isEqualTo(1 + expected.size());
		for (int i = 0; i < expected.size(); i++) {
			assertThat(Sql.rows(connection, "SELECT * FROM t AS OF SCN ?", 2 + i)).isEqualTo(expected.get(i));
		}
	}

}
