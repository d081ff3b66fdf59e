package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.ArrayList;

import io.heliosdb.engine.NativeStatement.ColumnText;

/**
 * A result that can be gone through in any direction: its rows are read as far as anyone
 * went, and kept in memory. Changes of the table do not show in it.
 */
final class ScrollCursor extends MemoryCursor {

	private final NativeCursor source;

	private boolean ended;

	ScrollCursor(NativeCursor source) throws SQLException {
		super(labels(source), new ArrayList<>());
		this.source = source;
	}

	@Override
	boolean fetch() throws SQLException {
		if (!this.ended) {
			this.ended = !readRow(this.source, rows());
		}
		return !this.ended;
	}

	/** Rows that the execution changed; known at its end. */
	@Override
	long changes() {
		return this.source.changes();
	}

	@Override
	public String declaredType(int column) throws SQLException {
		return this.source.declaredType(column);
	}

	@Override
	public String columnText(int column, ColumnText what) throws SQLException {
		return this.source.columnText(column, what);
	}

	@Override
	void close() {
		super.close();
		this.source.close();
	}

}
