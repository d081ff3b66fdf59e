package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;

import io.heliosdb.engine.Rows;

/**
 * Rows of a result, one after the other, as SQLite's values: what a result set reads
 * from. Columns count from 0. The types are those of {@link Rows}.
 */
abstract class Cursor implements Columns {

	private boolean onRow;

	/** Goes to the next row; false if there is none. */
	final boolean next() throws SQLException {
		this.onRow = advance();
		return this.onRow;
	}

	final boolean isOnRow() {
		return this.onRow;
	}

	@Override
	public final int currentType(int column) {
		return this.onRow ? type(column) : Rows.NULL;
	}

	abstract boolean advance() throws SQLException;

	abstract boolean isLast() throws SQLException;

	abstract int findColumn(String label);

	abstract int type(int column);

	abstract long longValue(int column);

	abstract double doubleValue(int column);

	/** The text of a TEXT. */
	abstract String text(int column) throws SQLException;

	/** The bytes of a TEXT or BLOB. */
	abstract byte[] bytes(int column) throws SQLException;

	/** Length in bytes of a TEXT or BLOB. */
	abstract int byteLength(int column);

	/** Reads a part of a TEXT or BLOB; returns the number of bytes, 0 at its end. */
	abstract int read(int column, long offset, byte[] out, int start, int length) throws SQLException;

	abstract void close();

	/** The bytes of a TEXT or BLOB, read as they are wanted. */
	InputStream stream(int column) {
		return new InputStream() {

			private long offset;

			@Override
			public int read() throws IOException {
				byte[] one = new byte[1];
				return (read(one, 0, 1) > 0) ? one[0] & 0xff : -1;
			}

			@Override
			public int read(byte[] out, int start, int length) throws IOException {
				if (length == 0) {
					return 0;
				}
				try {
					int read = Cursor.this.read(column, this.offset, out, start, length);
					this.offset += read;
					return (read > 0) ? read : -1;
				}
				catch (SQLException ex) {
					throw new IOException(ex.getMessage(), ex);
				}
			}

		};
	}

}
