package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.zip.CRC32;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is larger than the Java heap goes through it, in a JVM of its own with a small
 * one. {@code -Dheliosdb.streaming-megabytes} and {@code -Dheliosdb.streaming-rows} say
 * how much.
 */
class StreamingTests {

	/** A JVM with the driver needs about a third of it. */
	private static final List<String> SMALL_HEAP = List.of("-Xmx24m");

	@TempDir
	private Path directory;

	@Test
	void blobsAndTextsLongerThanTheHeapComeAndGo() throws IOException {
		int megabytes = Integer.getInteger("heliosdb.streaming-megabytes", 60);
		try (ChildJvm child = ChildJvm.start(SMALL_HEAP, LongValues.class, this.directory.toString(),
				Integer.toString(megabytes))) {
			assertThat(child.readLine()).isEqualTo("the same");
		}
	}

	@Test
	void resultsLongerThanTheHeapStream() throws IOException {
		int rows = Integer.getInteger("heliosdb.streaming-rows", 1_000_000);
		try (ChildJvm child = ChildJvm.start(SMALL_HEAP, ManyRows.class, this.directory.toString(),
				Integer.toString(rows))) {
			assertThat(child.readLine()).isEqualTo(rows + " rows, " + rows * (rows + 1L) / 2);
		}
	}

	/** Writes a long blob and a long text, and reads them in every way. */
	static final class LongValues {

		private static final int MEGABYTE = 1_000_000;

		public static void main(String[] arguments) throws Exception {
			long length = Long.parseLong(arguments[1]) * MEGABYTE;
			try (Connection connection = Sql.open(Path.of(arguments[0]), "?history=off")) {
				Sql.update(connection, "CREATE TABLE t (b BLOB)");
				CRC32 written = new CRC32();
				try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?)")) {
					insert.setBinaryStream(1, new Noise(length, written));
					insert.executeUpdate();
				}
				boolean same;
				try (Statement statement = connection.createStatement();
						ResultSet rows = statement.executeQuery("SELECT b FROM t")) {
					rows.next();
					same = checksum(rows.getBinaryStream(1)) == written.getValue();
				}
				// From the Blob into the row again, as a text, all outside of the heap.
				Blob blob;
				try (Statement statement = connection.createStatement();
						ResultSet rows = statement.executeQuery("SELECT b FROM t")) {
					rows.next();
					blob = rows.getBlob(1);
				}
				same &= blob.length() == length && checksum(blob.getBinaryStream()) == written.getValue();
				try (PreparedStatement update = connection.prepareStatement("UPDATE t SET b = ? WHERE length(b) = ?")) {
					update.setCharacterStream(1,
							new InputStreamReader(blob.getBinaryStream(1, length / 2), StandardCharsets.US_ASCII));
					update.setLong(2, length);
					same &= update.executeUpdate() == 1;
				}
				blob.free();
				same &= Sql.number(connection, "SELECT octet_length(b) FROM t WHERE typeof(b) = 'text'") >= length / 2;
				System.out.println(same ? "the same" : "different");
			}
		}

		private static long checksum(InputStream in) throws IOException {
			CRC32 checksum = new CRC32();
			byte[] part = new byte[65536];
			int count;
			while ((count = in.read(part)) >= 0) {
				checksum.update(part, 0, count);
			}
			return checksum.getValue();
		}

	}

	/** Bytes that tell where they are. */
	private static final class Noise extends InputStream {

		private final CRC32 checksum;

		private long left;

		private Noise(long length, CRC32 checksum) {
			this.left = length;
			this.checksum = checksum;
		}

		@Override
		public int read() {
			throw new IllegalStateException("One by one would take long");
		}

		@Override
		public int read(byte[] out, int start, int length) {
			if (this.left == 0) {
				return -1;
			}
			int count = (int) Math.min(length, this.left);
			for (int i = 0; i < count; i++) {
				out[start + i] = (byte) ((this.left - i) * 31 >> 7);
			}
			this.checksum.update(out, start, count);
			this.left -= count;
			return count;
		}

	}

	/** Reads a result of many rows. */
	static final class ManyRows {

		public static void main(String[] arguments) throws SQLException {
			String sql = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < ?) "
					+ "SELECT x, 'row ' || x, x * 0.5, hex(x) FROM c";
			try (Connection connection = Sql.open(Path.of(arguments[0]));
					PreparedStatement query = connection.prepareStatement(sql)) {
				query.setLong(1, Long.parseLong(arguments[1]));
				long count = 0;
				long sum = 0;
				try (ResultSet rows = query.executeQuery()) {
					while (rows.next()) {
						count++;
						sum += rows.getLong(1) + rows.getString(2).length() - ("row " + count).length();
					}
				}
				System.out.println(count + " rows, " + sum);
			}
		}

	}

}
