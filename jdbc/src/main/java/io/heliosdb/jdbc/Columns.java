package io.heliosdb.jdbc;

import java.sql.SQLException;

import io.heliosdb.engine.NativeStatement.ColumnText;

/** What is known about the columns of a result, which count from 0. */
interface Columns {

	int columnCount() throws SQLException;

	String label(int column) throws SQLException;

	/** Null where there is none. */
	String declaredType(int column) throws SQLException;

	/** Null where there is none. */
	String columnText(int column, ColumnText what) throws SQLException;

	/**
	 * Type of the value in the current row, NULL where there is no current row.
	 * @param column index from 0
	 * @return one of the types of {@link io.heliosdb.engine.Rows}
	 */
	int currentType(int column);

}
