package io.heliosdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.sql.SQLException;

import io.heliosdb.engine.Rows;

/**
 * Rows of a result, one after the other, as SQLite's values: what a result set reads
 * from. Columns count from 0. The types are those of {@link Rows}.
 */
abstract class Cursor implements Columns {

	private boolean onRow;

	private long position;

	/** Goes to the next row; false if there is none. */
	final boolean next() throws SQLException {
		this.position++;
		this.onRow = advance();
		return this.onRow;
	}

	/** Differs from row to row. */
	final long position() {
		return this.position;
	}

	final boolean isOnRow() {
		return this.onRow;
	}

	@Override
	public final int currentType(int column) {
		return this.onRow ? type(column) : Rows.NULL;
	}

	final void setOnRow(boolean onRow) {
		this.position++;
		this.onRow = onRow;
	}

	/**
	 * Goes to a row, or stands before the first or behind the last.
	 * @param number the row's, from 1
	 * @return where it stands: 0 before the first, number of rows + 1 behind the last
	 */
	int moveTo(long number) throws SQLException {
		throw notScrollable();
	}

	/** Number of rows. */
	int rowCount() throws SQLException {
		throw notScrollable();
	}

	static SQLException notScrollable() {
		return SqlState.INVALID_CALL.exception("A result set that is read once, from its first row to its last, "
				+ "cannot be scrolled: create its statement with ResultSet.TYPE_SCROLL_INSENSITIVE");
	}

	/** Rows that the execution changed; known at its end. */
	long changes() {
		return 0;
	}

	@Override
	public abstract int columnCount();

	abstract boolean advance() throws SQLException;

	abstract boolean isLast() throws SQLException;

	abstract int findColumn(String label) throws SQLException;

	abstract int type(int column);

	abstract long longValue(int column);

	abstract double doubleValue(int column);

	/** The text of a TEXT. */
	abstract String text(int column) throws SQLException;

	/** The bytes of a TEXT or BLOB. */
	abstract byte[] bytes(int column) throws SQLException;

	/** Length in bytes of a TEXT or BLOB. */
	abstract int byteLength(int column);

	abstract void close();

	/** The bytes of a TEXT or BLOB. */
	InputStream stream(int column) throws SQLException {
		return new ByteArrayInputStream(bytes(column));
	}

}
