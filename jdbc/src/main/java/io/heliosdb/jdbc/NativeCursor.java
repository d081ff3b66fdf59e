package io.heliosdb.jdbc;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;

import io.heliosdb.engine.NativeStatement.ColumnText;
import io.heliosdb.engine.Rows;

/** The rows of an execution, fetched as they are wanted. */
final class NativeCursor extends Cursor {

	private final Session session;

	private final JdbcStatement owner;

	private final CachedStatement statement;

	private final long execution;

	/**
	 * When another thread closes this, it may be reading the rows: they are not used
	 * again.
	 */
	private final Thread opener = Thread.currentThread();

	private Rows rows;

	private boolean ended;

	/** An execution that failed has no further rows, and is not at its end either. */
	private boolean failed;

	/** Rows that may still be read; negative for no limit. */
	private long remaining;

	/**
	 * Takes over an execution after its first call.
	 * @param session the session
	 * @param owner the statement that executed it
	 * @param statement what was executed
	 * @param rows the first rows
	 * @param ended whether these are all rows
	 * @param maxRows how many rows to give at most, 0 for all
	 */
	NativeCursor(Session session, JdbcStatement owner, CachedStatement statement, Rows rows, boolean ended,
			long maxRows) {
		this.session = session;
		this.owner = owner;
		this.statement = statement;
		this.execution = statement.execution();
		this.rows = rows;
		this.ended = ended;
		this.remaining = (maxRows > 0) ? maxRows : -1;
	}

	@Override
	boolean advance() throws SQLException {
		if (this.remaining == 0 || !hasNext()) {
			return false;
		}
		this.remaining--;
		return this.rows.next();
	}

	private boolean hasNext() throws SQLException {
		while (!this.rows.hasNext()) {
			if (this.ended) {
				return false;
			}
			if (this.failed) {
				throw SqlState.INVALID_CURSOR_STATE
					.exception("The result set ended with an error: execute the statement again");
			}
			this.failed = true;
			this.ended = this.session.fetch(this.owner, this.statement, this.execution, this.rows, 0);
			this.failed = false;
		}
		return true;
	}

	@Override
	long changes() {
		return this.rows.changes();
	}

	/**
	 * Fetching ahead would lose the current row, so at a result's end it may not be
	 * known.
	 */
	@Override
	boolean isLast() throws SQLException {
		if (this.remaining == 0) {
			return true;
		}
		if (!this.rows.hasNext() && !this.ended) {
			throw SqlState.INVALID_CALL.exception("isLast() is not known here, as the next rows have not been read: "
					+ "create the statement with ResultSet.TYPE_SCROLL_INSENSITIVE");
		}
		return !this.rows.hasNext();
	}

	@Override
	public int columnCount() {
		return this.rows.columnCount();
	}

	@Override
	int findColumn(String label) throws SQLException {
		return this.statement.findColumn(label);
	}

	@Override
	public String label(int column) throws SQLException {
		return this.statement.labels()[column];
	}

	@Override
	public String declaredType(int column) throws SQLException {
		return this.statement.declaredTypes()[column];
	}

	@Override
	public String columnText(int column, ColumnText what) throws SQLException {
		return this.statement.columnText(column, what);
	}

	@Override
	int type(int column) {
		return this.rows.type(column);
	}

	@Override
	long longValue(int column) {
		return this.rows.longValue(column);
	}

	@Override
	double doubleValue(int column) {
		return this.rows.doubleValue(column);
	}

	@Override
	String text(int column) throws SQLException {
		if (this.rows.isLarge(column)) {
			return new String(bytes(column), StandardCharsets.UTF_8);
		}
		return this.rows.text(column);
	}

	@Override
	byte[] bytes(int column) throws SQLException {
		if (!this.rows.isLarge(column)) {
			return this.rows.bytes(column);
		}
		byte[] bytes = new byte[this.rows.byteLength(column)];
		if (this.session.readLarge(this.statement, this.execution, column, 0, bytes, 0, bytes.length) != bytes.length) {
			throw SqlState.INTERNAL_ERROR.exception("The value of column " + (column + 1) + " ended too early");
		}
		return bytes;
	}

	@Override
	int byteLength(int column) {
		return this.rows.byteLength(column);
	}

	@Override
	InputStream stream(int column) throws SQLException {
		return this.rows.isLarge(column) ? new BufferedInputStream(new LargeValue(column)) : super.stream(column);
	}

	@Override
	void close() {
		if (!this.ended && !this.owner.isClosed()) {
			this.session.reset(this.statement, this.execution);
		}
		if (Thread.currentThread() == this.opener) {
			this.session.giveBack(this.rows);
			this.rows = null;
		}
	}

	/** A value that did not fit into its row, read as it is wanted. */
	private final class LargeValue extends InputStream {

		private final int column;

		private final long row = position();

		private long offset;

		private LargeValue(int column) {
			this.column = column;
		}

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
			NativeCursor cursor = NativeCursor.this;
			if (cursor.rows == null || position() != this.row) {
				throw new IOException("The value of column " + (this.column + 1)
						+ " can only be read while its row is the current one");
			}
			try {
				int read = cursor.session.readLarge(cursor.statement, cursor.execution, this.column, this.offset, out,
						start, length);
				this.offset += read;
				return (read > 0) ? read : -1;
			}
			catch (SQLException ex) {
				throw new IOException(ex.getMessage(), ex);
			}
		}

	}

}
