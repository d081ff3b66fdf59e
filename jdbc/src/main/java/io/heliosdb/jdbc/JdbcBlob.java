package io.heliosdb.jdbc;

import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Blob;
import java.sql.SQLException;

/** Bytes of any length. */
final class JdbcBlob extends Lob implements Blob {

	JdbcBlob(LobBytes bytes) {
		super(bytes, 1);
	}

	@Override
	String kind() {
		return "Blob";
	}

	@Override
	public byte[] getBytes(long pos, int length) throws SQLException {
		return read(pos, length);
	}

	@Override
	public InputStream getBinaryStream() throws SQLException {
		return part(1, length());
	}

	@Override
	public InputStream getBinaryStream(long pos, long length) throws SQLException {
		return part(pos, length);
	}

	@Override
	public long position(byte[] pattern, long start) throws SQLException {
		return find(pattern, start);
	}

	@Override
	public long position(Blob pattern, long start) throws SQLException {
		return find(pattern.getBytes(1, Math.toIntExact(pattern.length())), start);
	}

	@Override
	public int setBytes(long pos, byte[] bytes) throws SQLException {
		return setBytes(pos, bytes, 0, bytes.length);
	}

	@Override
	public int setBytes(long pos, byte[] bytes, int offset, int len) throws SQLException {
		return write(pos, bytes, offset, len);
	}

	@Override
	public OutputStream setBinaryStream(long pos) throws SQLException {
		return bytes().output(offset(pos));
	}

}
