package io.heliosdb.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import io.heliosdb.engine.NativeStatement.ColumnText;
import io.heliosdb.engine.Rows;

/** Rows in memory: generated keys, and results that others follow. */
class MemoryCursor extends Cursor {

	private final List<String> labels;

	private final List<Object[]> rows;

	private final boolean keys;

	/** Number of the current row, 0 before the first. */
	private int at;

	private Object[] row;

	/**
	 * A cursor before the first row.
	 * @param labels the columns
	 * @param rows the rows; values are {@code Long}, {@code Double}, {@code String},
	 * {@code byte[]} or {@code null}
	 */
	MemoryCursor(List<String> labels, List<Object[]> rows) {
		this(labels, rows, false);
	}

	private MemoryCursor(List<String> labels, List<Object[]> rows, boolean keys) {
		this.labels = labels;
		this.rows = rows;
		this.keys = keys;
	}

	/**
	 * Generated keys: numbers are BIGINT, so that their class does not change as they
	 * grow.
	 */
	static MemoryCursor ofKeys(List<String> labels, List<Object[]> rows) {
		return new MemoryCursor(labels, rows, true);
	}

	/** The labels of a cursor's columns. */
	static List<String> labels(Cursor cursor) throws SQLException {
		List<String> labels = new ArrayList<>();
		for (int i = 0; i < cursor.columnCount(); i++) {
			labels.add(cursor.label(i));
		}
		return labels;
	}

	/** Reads a cursor to its end. */
	static void readAll(Cursor cursor, List<Object[]> rows) throws SQLException {
		while (readRow(cursor, rows)) {
			// All it does, the condition does.
		}
	}

	/** Reads a cursor's next row; false if there is none. */
	static boolean readRow(Cursor cursor, List<Object[]> rows) throws SQLException {
		if (!cursor.next()) {
			return false;
		}
		Object[] row = new Object[cursor.columnCount()];
		for (int i = 0; i < row.length; i++) {
			row[i] = switch (cursor.type(i)) {
				case Rows.INTEGER -> cursor.longValue(i);
				case Rows.FLOAT -> cursor.doubleValue(i);
				case Rows.TEXT -> cursor.text(i);
				case Rows.BLOB -> cursor.bytes(i);
				default -> null;
			};
		}
		rows.add(row);
		return true;
	}

	final List<Object[]> rows() {
		return this.rows;
	}

	/** Adds a row, if there are more than are in memory. */
	boolean fetch() throws SQLException {
		return false;
	}

	@Override
	final boolean advance() throws SQLException {
		return stand(this.at + 1L);
	}

	@Override
	final int moveTo(long number) throws SQLException {
		setOnRow(stand(number));
		return this.at;
	}

	@Override
	final int rowCount() throws SQLException {
		while (fetch()) {
			// All it does, the condition does.
		}
		return this.rows.size();
	}

	private boolean stand(long number) throws SQLException {
		while (number > this.rows.size() && fetch()) {
			// All it does, the condition does.
		}
		this.at = (int) Math.max(0, Math.min(number, this.rows.size() + 1L));
		boolean onRow = this.at >= 1 && this.at <= this.rows.size();
		this.row = onRow ? this.rows.get(this.at - 1) : null;
		return onRow;
	}

	@Override
	final boolean isLast() throws SQLException {
		return this.at == this.rows.size() && !fetch();
	}

	@Override
	public int columnCount() {
		return this.labels.size();
	}

	@Override
	int findColumn(String label) {
		for (int i = 0; i < this.labels.size(); i++) {
			if (this.labels.get(i).equalsIgnoreCase(label)) {
				return i;
			}
		}
		return -1;
	}

	@Override
	public String label(int column) {
		return this.labels.get(column);
	}

	@Override
	public String declaredType(int column) throws SQLException {
		return (this.keys && currentType(column) == Rows.INTEGER) ? "BIGINT" : null;
	}

	@Override
	public String columnText(int column, ColumnText what) throws SQLException {
		return null;
	}

	@Override
	int type(int column) {
		Object value = this.row[column];
		return (value == null) ? Rows.NULL : (value instanceof Long) ? Rows.INTEGER
				: (value instanceof Double) ? Rows.FLOAT : (value instanceof String) ? Rows.TEXT : Rows.BLOB;
	}

	@Override
	long longValue(int column) {
		return (Long) this.row[column];
	}

	@Override
	double doubleValue(int column) {
		return (Double) this.row[column];
	}

	@Override
	String text(int column) {
		return (String) this.row[column];
	}

	@Override
	byte[] bytes(int column) {
		return (this.row[column] instanceof String text) ? text.getBytes(StandardCharsets.UTF_8)
				: ((byte[]) this.row[column]).clone();
	}

	@Override
	int byteLength(int column) {
		return bytes(column).length;
	}

	@Override
	void close() {
		this.row = null;
	}

}
