package io.heliosdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.SplittableRandom;

import io.heliosdb.engine.Engine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Blobs, Clobs and streams, of any length. */
class LobTests extends OnMemory {

	@BeforeEach
	void createTable() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB, c TEXT)");
	}

	private static byte[] bytes(int length) {
		byte[] bytes = new byte[length];
		new SplittableRandom(length).nextBytes(bytes);
		return bytes;
	}

	/** With characters of one to four bytes, so that parts of any length split some. */
	private static String text(int length) {
		StringBuilder text = new StringBuilder(length + 2);
		SplittableRandom random = new SplittableRandom(length);
		while (text.length() < length) {
			text.append(random.nextBoolean() ? "a" : random.nextBoolean() ? "ä" : random.nextBoolean() ? "€" : "😀");
		}
		return text.toString();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 100, 16384, 16385, 65536, 65537, 200_000, 3_000_000 })
	void streamsComeBackAsTheyWent(int length) throws Exception {
		byte[] bytes = bytes(length);
		String text = text(length);
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?, ?)")) {
			for (int id = 0; id < 3; id++) {
				insert.setInt(1, id);
				insert.setBinaryStream(2, new ByteArrayInputStream(bytes));
				insert.setCharacterStream(3, new StringReader(text), text.length());
				insert.executeUpdate();
			}
		}
		Blob blob;
		Clob clob;
		try (ResultSet rows = this.connection.createStatement().executeQuery("SELECT b, c FROM t")) {
			rows.next();
			assertThat(rows.getBytes(1)).isEqualTo(bytes);
			assertThat(rows.getString(2)).isEqualTo(text);
			rows.next();
			assertThat(rows.getBinaryStream(1)).hasBinaryContent(bytes);
			assertThat(characters(rows.getCharacterStream(2))).isEqualTo(text);
			rows.next();
			blob = rows.getBlob(1);
			clob = rows.getClob(2);
		}
		assertThat(blob.length()).isEqualTo(length);
		assertThat(blob.getBytes(1, length)).isEqualTo(bytes);
		assertThat(clob.length()).isEqualTo(text.length());
		assertThat(clob.getSubString(1, text.length())).isEqualTo(text);
		blob.free();
		clob.free();
		assertThat(
				Sql.number(this.connection, "SELECT count(*) FROM t WHERE typeof(b) = 'blob' AND typeof(c) = 'text'"))
			.isEqualTo(3);
	}

	private static String characters(Reader reader) throws IOException {
		StringWriter writer = new StringWriter();
		reader.transferTo(writer);
		return writer.toString();
	}

	/** The model is an array. */
	@ParameterizedTest
	@ValueSource(ints = { 1000, 200_000 })
	void aBlobDoesWhatAnArrayWould(int size) throws Exception {
		SplittableRandom random = new SplittableRandom(size);
		Blob blob = this.connection.createBlob();
		byte[] model = new byte[0];
		for (int step = 0; step < 300; step++) {
			int at = random.nextInt(model.length + 1);
			byte[] part = bytes(random.nextInt(size / 10));
			switch (random.nextInt(5)) {
				case 0 -> {
					assertThat(blob.setBytes(at + 1, part)).isEqualTo(part.length);
					model = written(model, at, part);
				}
				case 1 -> {
					try (OutputStream out = blob.setBinaryStream(at + 1)) {
						out.write(part);
						out.write(7);
					}
					model = written(written(model, at, part), at + part.length, new byte[] { 7 });
				}
				case 2 -> {
					if (model.length > size) {
						blob.truncate(at);
						model = Arrays.copyOf(model, at);
					}
				}
				case 3 -> assertThat(blob.getBytes(at + 1, part.length))
					.isEqualTo(Arrays.copyOfRange(model, at, Math.min(model.length, at + part.length)));
				default -> {
					byte[] pattern = Arrays.copyOfRange(model, at, Math.min(model.length, at + 5));
					if (pattern.length == 5) {
						assertThat(blob.position(pattern, 1)).isEqualTo(indexOf(model, pattern) + 1);
					}
				}
			}
			assertThat(blob.length()).isEqualTo(model.length);
		}
		assertThat(blob.getBinaryStream()).hasBinaryContent(model);
		Sql.update(this.connection, "INSERT INTO t VALUES (1, ?, NULL)", blob);
		assertThat(Sql.column(this.connection, "SELECT b FROM t").get(0)).isEqualTo(model);
		blob.free();
		blob.free();
	}

	private static byte[] written(byte[] bytes, int at, byte[] part) {
		byte[] written = Arrays.copyOf(bytes, Math.max(bytes.length, at + part.length));
		System.arraycopy(part, 0, written, at, part.length);
		return written;
	}

	private static int indexOf(byte[] bytes, byte[] pattern) {
		for (int i = 0; i + pattern.length <= bytes.length; i++) {
			if (Arrays.equals(bytes, i, i + pattern.length, pattern, 0, pattern.length)) {
				return i;
			}
		}
		return -1;
	}

	@Test
	void aClobCountsCharacters() throws Exception {
		Clob clob = this.connection.createClob();
		assertThat(clob.setString(1, "aä€😀x")).isEqualTo(6);
		assertThat(clob.length()).isEqualTo(6);
		assertThat(clob.getSubString(3, 3)).isEqualTo("€😀");
		assertThat(clob.position("😀x", 1)).isEqualTo(4);
		assertThat(clob.position("nothing", 1)).isEqualTo(-1);
		try (Writer writer = clob.setCharacterStream(7)) {
			writer.write("yz");
		}
		assertThat(characters(clob.getCharacterStream(5, 4))).isEqualTo("\ude00xyz");
		assertThat(new String(clob.getAsciiStream().readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("a????xyz");
		try (OutputStream ascii = clob.setAsciiStream(1)) {
			ascii.write("AB".getBytes(StandardCharsets.US_ASCII));
		}
		clob.truncate(3);
		assertThat(clob.getSubString(1, 10)).isEqualTo("AB€");
		Sql.update(this.connection, "INSERT INTO t VALUES (1, NULL, ?)", clob);
		assertThat(Sql.text(this.connection, "SELECT c FROM t")).isEqualTo("AB€");
	}

	@Test
	void positionsOutsideAreRefused() throws SQLException {
		Blob blob = this.connection.createBlob();
		blob.setBytes(1, bytes(10));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.getBytes(0, 1));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.getBytes(12, 1));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.getBytes(1, -1));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.getBinaryStream(5, 7));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.setBytes(12, new byte[1]));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.setBytes(1, new byte[1], 1, 1));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.truncate(11));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> blob.position(new byte[0], 1));
	}

	@Test
	void aStreamThatIsShorterThanAnnouncedOrFailsIsRefused() throws SQLException {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (1, ?, ?)")) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> insert.setBinaryStream(1, new ByteArrayInputStream(bytes(100_000)), 100_001L))
				.returns("22000", SQLException::getSQLState);
			insert.setBinaryStream(1, new ByteArrayInputStream(bytes(100_000)), 70_000L);
			IOException broken = new IOException("unplugged");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> insert.setBinaryStream(1, new InputStream() {

				private int left = 100_000;

				@Override
				public int read() throws IOException {
					if (this.left-- <= 0) {
						throw broken;
					}
					return 1;
				}

			})).withCause(broken);
			insert.setAsciiStream(2, new ByteArrayInputStream("abc".getBytes(StandardCharsets.US_ASCII)));
			insert.executeUpdate();
		}
		assertThat(Sql.rows(this.connection, "SELECT length(b), c FROM t").toString()).isEqualTo("[[70000, abc]]");
	}

	@Test
	void aLongValueStaysSetForTheNextExecutionAndGoesIntoBatches() throws SQLException {
		byte[] first = bytes(100_000);
		byte[] second = bytes(100_001);
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t (b, c) VALUES (?, ?)")) {
			insert.setBinaryStream(1, new ByteArrayInputStream(first));
			insert.setString(2, "executed");
			insert.executeUpdate();
			insert.executeUpdate();
			insert.setString(2, "batch");
			insert.addBatch();
			insert.setBinaryStream(1, new ByteArrayInputStream(second));
			insert.addBatch();
			insert.addBatch();
			insert.setNull(1, java.sql.Types.BLOB);
			insert.addBatch();
			assertThat(insert.executeBatch()).containsExactly(1, 1, 1, 1);
			insert.clearParameters();
		}
		assertThat(Sql.column(this.connection, "SELECT coalesce(length(b), 0) FROM t ORDER BY id"))
			.containsExactly(100_000, 100_000, 100_000, 100_001, 100_001, 0);
		assertThat(Sql.column(this.connection, "SELECT b FROM t WHERE id = 5").get(0)).isEqualTo(second);
	}

	@Test
	void aLongValueOfAnOpenResultMayBeSetAnew() throws SQLException {
		Sql.update(this.connection, "INSERT INTO t WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c "
				+ "WHERE x < 5000) SELECT x, zeroblob(100), NULL FROM c");
		try (PreparedStatement select = this.connection
			.prepareStatement("SELECT id, b FROM t WHERE length(?1) = 100000 ORDER BY id")) {
			select.setBinaryStream(1, new ByteArrayInputStream(bytes(100_000)));
			ResultSet rows = select.executeQuery();
			rows.next();
			select.setBinaryStream(1, new ByteArrayInputStream(bytes(70_000)));
			select.clearParameters();
			assertThat(Sql.rows(rows)).hasSize(4999);
		}
	}

	@Test
	void longValuesAreFreed() throws Exception {
		Engine engine = Engine.load(Path.of(System.getProperty("user.home"), ".heliosdb", "bin"));
		long before = engine.memoryUsed();
		try (Connection other = Sql.memory();
				PreparedStatement select = other.prepareStatement("SELECT length(?), ?")) {
			for (int i = 0; i < 20; i++) {
				select.setBinaryStream(1, new ByteArrayInputStream(bytes(1_000_000)));
				select.setBinaryStream(2, new ByteArrayInputStream(bytes(300_000)));
				try (ResultSet rows = select.executeQuery()) {
					rows.next();
					Blob blob = rows.getBlob(2);
					assertThat(blob.length()).isEqualTo(300_000);
					blob.free();
				}
				select.addBatch();
			}
			select.clearBatch();
			assertThat(engine.memoryUsed() - before).isLessThan(5_000_000);
		}
		// It may be less: a collection of garbage frees what tests before left to it.
		assertThat(engine.memoryUsed()).isLessThanOrEqualTo(before);
	}

	@Test
	void aValueIsNoLongerThanSqliteAllows() throws Exception {
		long limit = this.connection.getMetaData().getMaxLogicalLobSize();
		assertThat(limit).isGreaterThanOrEqualTo(1_000_000_000);
		try (PreparedStatement select = this.connection.prepareStatement("SELECT length(zeroblob(?))")) {
			select.setLong(1, limit + 1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(select::executeQuery)
				.returns("54000", SQLException::getSQLState);
		}
	}

	@Test
	void aStreamEndsWithItsRow() throws Exception {
		Sql.update(this.connection, "INSERT INTO t VALUES (1, zeroblob(100000), NULL), (2, zeroblob(100000), NULL)");
		try (ResultSet rows = this.connection.createStatement().executeQuery("SELECT b FROM t")) {
			rows.next();
			InputStream first = rows.getBinaryStream(1);
			assertThat(first.read()).isZero();
			rows.next();
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> first.transferTo(new ByteArrayOutputStream()))
				.withMessageContaining("current");
		}
	}

}
