package io.heliosdb.jdbc;

import io.heliosdb.engine.NativeStatement.ColumnText;
import io.heliosdb.engine.Rows;

/** The columns of a statement that has not been executed yet. */
final class StatementColumns implements Columns {

	private final CachedStatement statement;

	StatementColumns(CachedStatement statement) {
		this.statement = statement;
	}

	@Override
	public int columnCount() {
		return this.statement.labels().length;
	}

	@Override
	public String label(int column) {
		return this.statement.labels()[column];
	}

	@Override
	public String declaredType(int column) {
		return this.statement.declaredTypes()[column];
	}

	@Override
	public String columnText(int column, ColumnText what) {
		return this.statement.columnText(column, what);
	}

	@Override
	public int currentType(int column) {
		return Rows.NULL;
	}

}
