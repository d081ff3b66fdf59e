package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.Clob;
import java.sql.NClob;
import java.sql.SQLException;

/** Characters of any length. An NClob is the same: SQLite's texts are Unicode. */
final class JdbcClob extends Lob implements NClob {

	/** Characters as {@link Lob#encode} makes them. */
	JdbcClob(LobBytes characters) {
		super(characters, 2);
	}

	@Override
	String kind() {
		return "Clob";
	}

	@Override
	public String getSubString(long pos, int length) throws SQLException {
		return decode(read(pos, length));
	}

	@Override
	public Reader getCharacterStream() throws SQLException {
		return getCharacterStream(1, length());
	}

	@Override
	public Reader getCharacterStream(long pos, long length) throws SQLException {
		return new Characters(part(pos, length));
	}

	@Override
	public InputStream getAsciiStream() throws SQLException {
		return new AsciiStream(getCharacterStream());
	}

	@Override
	public long position(String searchstr, long start) throws SQLException {
		return find(encode(searchstr), start);
	}

	@Override
	public long position(Clob searchstr, long start) throws SQLException {
		return position(searchstr.getSubString(1, Math.toIntExact(searchstr.length())), start);
	}

	@Override
	public int setString(long pos, String str) throws SQLException {
		return setString(pos, str, 0, str.length());
	}

	@Override
	public int setString(long pos, String str, int offset, int len) throws SQLException {
		offset(pos);
		if (offset < 0 || len < 0 || offset > str.length() - len) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("There are no " + len + " from index " + offset + " on in what is to be written");
		}
		byte[] encoded = encode(str.substring(offset, offset + len));
		write(pos, encoded, 0, encoded.length);
		return len;
	}

	@Override
	public Writer setCharacterStream(long pos) throws SQLException {
		OutputStream out = bytes().output(offset(pos));
		return new Writer() {

			@Override
			public void write(char[] characters, int start, int count) throws IOException {
				out.write(encode(new String(characters, start, count)));
			}

			@Override
			public void flush() {
				// Nothing is held back.
			}

			@Override
			public void close() {
				// Nothing has to be given back.
			}

		};
	}

	@Override
	public OutputStream setAsciiStream(long pos) throws SQLException {
		OutputStream out = bytes().output(offset(pos));
		return new OutputStream() {

			@Override
			public void write(int one) throws IOException {
				write(new byte[] { (byte) one }, 0, 1);
			}

			@Override
			public void write(byte[] bytes, int start, int count) throws IOException {
				out.write(encode(new String(bytes, start, count, StandardCharsets.US_ASCII)));
			}

		};
	}

	/** Reads what {@link Lob#encode} made, an unpaired surrogate too. */
	private static final class Characters extends Reader {

		private final InputStream in;

		private Characters(InputStream in) {
			this.in = in;
		}

		@Override
		public int read(char[] out, int start, int length) throws IOException {
			if (length == 0) {
				return 0;
			}
			// The bytes are in memory: a read is short at the end alone.
			String characters = decode(this.in.readNBytes((int) Math.min(2L * length, 8192)));
			characters.getChars(0, characters.length(), out, start);
			return characters.isEmpty() ? -1 : characters.length();
		}

		@Override
		public void close() throws IOException {
			this.in.close();
		}

	}

	/** What ASCII has no character for becomes a question mark. */
	static final class AsciiStream extends InputStream {

		private final Reader reader;

		AsciiStream(Reader reader) {
			this.reader = reader;
		}

		static InputStream ofText(InputStream utf8) {
			return new AsciiStream(new InputStreamReader(utf8, StandardCharsets.UTF_8));
		}

		@Override
		public int read() throws IOException {
			int c = this.reader.read();
			return (c < 0x80) ? c : '?';
		}

		@Override
		public int read(byte[] out, int start, int length) throws IOException {
			char[] part = new char[Math.min(length, 8192)];
			int count = this.reader.read(part, 0, part.length);
			for (int i = 0; i < count; i++) {
				out[start + i] = (byte) ((part[i] < 0x80) ? part[i] : '?');
			}
			return count;
		}

		@Override
		public void close() throws IOException {
			this.reader.close();
		}

	}

}
