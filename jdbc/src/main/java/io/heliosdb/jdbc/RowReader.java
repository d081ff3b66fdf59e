package io.heliosdb.jdbc;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a row of a table.
 *
 * @param <T> what it is read as
 */
@FunctionalInterface
public interface RowReader<T> {

	/**
	 * Reads the current row.
	 * @param row a result set on a row, with the table's columns in their order; it is
	 * valid during this call only
	 * @return what the caller gets, not {@code null}
	 * @throws SQLException if a value cannot be read
	 */
	T read(ResultSet row) throws SQLException;

	/**
	 * Reads each row as a map of its values, as {@link ResultSet#getObject(int)} gives
	 * them, by column and in the order of columns.
	 * @return the reader
	 */
	static RowReader<Map<String, Object>> toMap() {
		return (row) -> {
			ResultSetMetaData columns = row.getMetaData();
			Map<String, Object> values = new LinkedHashMap<>();
			for (int i = 1; i <= columns.getColumnCount(); i++) {
				values.put(columns.getColumnLabel(i), row.getObject(i));
			}
			return values;
		};
	}

}
