package io.heliosdb.jdbc;

import java.sql.SQLException;

import io.heliosdb.engine.NativeStatement.ColumnText;
import io.heliosdb.engine.Rows;

/** The columns of a statement that has not been executed yet. */
final class StatementColumns implements Columns {

	private final CachedStatement statement;

	StatementColumns(CachedStatement statement) {
		this.statement = statement;
	}

	@Override
	public int columnCount() throws SQLException {
		return this.statement.labels().length;
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
	public int currentType(int column) {
		return Rows.NULL;
	}

}
