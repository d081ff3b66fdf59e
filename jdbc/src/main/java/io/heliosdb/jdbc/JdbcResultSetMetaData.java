package io.heliosdb.jdbc;

import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;

import io.heliosdb.engine.NativeStatement.ColumnText;

/** What is known about the columns of a result. */
final class JdbcResultSetMetaData implements ResultSetMetaData, SelfWrapper {

	private final Columns columns;

	JdbcResultSetMetaData(Columns columns) {
		this.columns = columns;
	}

	private int index(int column) throws SQLException {
		if (column < 1 || column > this.columns.columnCount()) {
			throw SqlState.NO_SUCH_COLUMN.exception("There is no column " + column + ": the result has "
					+ this.columns.columnCount() + " columns, counted from 1");
		}
		return column - 1;
	}

	private String text(int column, ColumnText what) throws SQLException {
		String text = this.columns.columnText(index(column), what);
		return (text != null) ? text : "";
	}

	@Override
	public int getColumnCount() throws SQLException {
		return this.columns.columnCount();
	}

	@Override
	public String getColumnLabel(int column) throws SQLException {
		return this.columns.label(index(column));
	}

	/** The name in the table where there is one, else the label. */
	@Override
	public String getColumnName(int column) throws SQLException {
		String name = text(column, ColumnText.COLUMN);
		return name.isEmpty() ? getColumnLabel(column) : name;
	}

	@Override
	public String getTableName(int column) throws SQLException {
		return text(column, ColumnText.TABLE);
	}

	@Override
	public String getSchemaName(int column) throws SQLException {
		return "";
	}

	@Override
	public String getCatalogName(int column) throws SQLException {
		return "";
	}

	@Override
	public int getColumnType(int column) throws SQLException {
		int index = index(column);
		return DeclaredType.jdbcType(this.columns.declaredType(index), this.columns.currentType(index));
	}

	@Override
	public String getColumnTypeName(int column) throws SQLException {
		String declared = this.columns.declaredType(index(column));
		return (declared != null && !declared.isEmpty()) ? DeclaredType.name(declared)
				: DeclaredType.storageName(this.columns.currentType(column - 1));
	}

	@Override
	public String getColumnClassName(int column) throws SQLException {
		return DeclaredType.javaClass(getColumnType(column)).getName();
	}

	@Override
	public int getPrecision(int column) throws SQLException {
		return DeclaredType.argument(this.columns.declaredType(index(column)), 0);
	}

	@Override
	public int getScale(int column) throws SQLException {
		return DeclaredType.argument(this.columns.declaredType(index(column)), 1);
	}

	@Override
	public int getColumnDisplaySize(int column) throws SQLException {
		int precision = getPrecision(column);
		return (precision > 0) ? precision : Integer.MAX_VALUE;
	}

	@Override
	public boolean isSigned(int column) throws SQLException {
		return DeclaredType.isNumeric(getColumnType(column));
	}

	/** SQLite tells it for a table, not for a result. */
	@Override
	public int isNullable(int column) throws SQLException {
		index(column);
		return columnNullableUnknown;
	}

	@Override
	public boolean isAutoIncrement(int column) throws SQLException {
		index(column);
		return false;
	}

	@Override
	public boolean isCaseSensitive(int column) throws SQLException {
		int type = getColumnType(column);
		return type == Types.VARCHAR || type == Types.CHAR || type == Types.CLOB;
	}

	@Override
	public boolean isSearchable(int column) throws SQLException {
		index(column);
		return true;
	}

	@Override
	public boolean isCurrency(int column) throws SQLException {
		index(column);
		return false;
	}

	@Override
	public boolean isReadOnly(int column) throws SQLException {
		return text(column, ColumnText.TABLE).isEmpty();
	}

	@Override
	public boolean isWritable(int column) throws SQLException {
		return !isReadOnly(column);
	}

	@Override
	public boolean isDefinitelyWritable(int column) throws SQLException {
		index(column);
		return false;
	}

}
