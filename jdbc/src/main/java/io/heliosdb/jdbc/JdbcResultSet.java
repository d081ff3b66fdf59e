package io.heliosdb.jdbc;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.Map;

import io.heliosdb.engine.Rows;

/** Rows of a cursor by JDBC's rules. */
final class JdbcResultSet extends ReadOnlyResultSet implements SelfWrapper {

	private final JdbcStatement owner;

	private final Cursor cursor;

	/** What goes back when this is closed, null if nothing does. */
	private final CachedStatement statement;

	private boolean closed;

	private boolean wasNull;

	private int rowNumber;

	private boolean afterLast;

	private int fetchDirection;

	/**
	 * A result set before its first row.
	 * @param owner the statement that it belongs to
	 * @param cursor the rows
	 * @param statement what the cursor reads from, {@code null} for none
	 */
	JdbcResultSet(JdbcStatement owner, Cursor cursor, CachedStatement statement) {
		this.owner = owner;
		this.cursor = cursor;
		this.statement = statement;
		this.fetchDirection = owner.fetchDirection();
	}

	private void checkOpen() throws SQLException {
		if (this.closed || this.owner.isClosed()) {
			throw SqlState.INVALID_CURSOR_STATE.exception("The result set is closed");
		}
	}

	/** The column's index from 0; the row is there to be read. */
	private int readable(int column) throws SQLException {
		checkOpen();
		if (!this.cursor.isOnRow()) {
			throw SqlState.INVALID_CURSOR_STATE.exception(this.afterLast ? "The result has no more rows"
					: "The result set is before its first row: call next() first");
		}
		if (column < 1 || column > this.cursor.columnCount()) {
			throw SqlState.NO_SUCH_COLUMN.exception("There is no column " + column + ": the result has "
					+ this.cursor.columnCount() + " columns, counted from 1");
		}
		int index = column - 1;
		this.wasNull = this.cursor.type(index) == Rows.NULL;
		return index;
	}

	/**
	 * Reads the rows that are left and closes the result.
	 * @return the number of rows that the statement changed
	 */
	long discard() throws SQLException {
		checkOpen();
		while (this.cursor.next()) {
			this.rowNumber++;
		}
		long changes = this.cursor.changes();
		close();
		return changes;
	}

	@Override
	public boolean next() throws SQLException {
		checkOpen();
		if (this.afterLast) {
			return false;
		}
		if (this.cursor.next()) {
			this.rowNumber++;
			return true;
		}
		this.afterLast = true;
		return false;
	}

	private boolean moveTo(long number) throws SQLException {
		checkOpen();
		checkScrollable();
		int at = this.cursor.moveTo(number);
		this.afterLast = at > 0 && !this.cursor.isOnRow();
		this.rowNumber = this.afterLast ? at - 1 : at;
		return this.cursor.isOnRow();
	}

	/** Results in memory could always be scrolled, but are what was asked for. */
	private void checkScrollable() throws SQLException {
		if (getType() == TYPE_FORWARD_ONLY) {
			throw Cursor.notScrollable();
		}
	}

	@Override
	public void beforeFirst() throws SQLException {
		moveTo(0);
	}

	@Override
	public void afterLast() throws SQLException {
		checkOpen();
		checkScrollable();
		if (this.cursor.rowCount() > 0) {
			moveTo(Long.MAX_VALUE);
		}
	}

	@Override
	public boolean first() throws SQLException {
		return moveTo(1);
	}

	@Override
	public boolean last() throws SQLException {
		checkOpen();
		checkScrollable();
		return moveTo(this.cursor.rowCount());
	}

	@Override
	public boolean absolute(int row) throws SQLException {
		checkOpen();
		checkScrollable();
		return moveTo((row >= 0) ? row : this.cursor.rowCount() + 1L + row);
	}

	@Override
	public boolean relative(int rows) throws SQLException {
		return moveTo((this.afterLast ? this.rowNumber + 1L : this.rowNumber) + rows);
	}

	@Override
	public boolean previous() throws SQLException {
		return relative(-1);
	}

	@Override
	public void close() throws SQLException {
		if (this.closed) {
			return;
		}
		this.owner.session.checkNotInFunction();
		this.closed = true;
		this.cursor.close();
		if (this.statement != null) {
			this.owner.release(this.statement);
		}
		this.owner.resultSetClosed(this);
	}

	@Override
	public boolean isClosed() {
		return this.closed || this.owner.isClosed();
	}

	@Override
	public boolean wasNull() throws SQLException {
		checkOpen();
		return this.wasNull;
	}

	@Override
	public int findColumn(String columnLabel) throws SQLException {
		checkOpen();
		int index = (columnLabel != null) ? this.cursor.findColumn(columnLabel) : -1;
		if (index < 0) {
			throw SqlState.NO_SUCH_COLUMN.exception("There is no column '" + columnLabel + "'. The result has: "
					+ String.join(", ", MemoryCursor.labels(this.cursor)));
		}
		return index + 1;
	}

	/* Values by index */

	@Override
	public String getString(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.text(this.cursor, index);
	}

	@Override
	public boolean getBoolean(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return !this.wasNull && Conversions.bool(this.cursor, index);
	}

	@Override
	public byte getByte(int columnIndex) throws SQLException {
		return (byte) integer(columnIndex, Byte.SIZE);
	}

	@Override
	public short getShort(int columnIndex) throws SQLException {
		return (short) integer(columnIndex, Short.SIZE);
	}

	@Override
	public int getInt(int columnIndex) throws SQLException {
		return (int) integer(columnIndex, Integer.SIZE);
	}

	@Override
	public long getLong(int columnIndex) throws SQLException {
		return integer(columnIndex, Long.SIZE);
	}

	private long integer(int columnIndex, int bits) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? 0 : Conversions.inRange(this.cursor, index, bits);
	}

	@Override
	public float getFloat(int columnIndex) throws SQLException {
		return (float) getDouble(columnIndex);
	}

	@Override
	public double getDouble(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? 0 : Conversions.real(this.cursor, index);
	}

	@Override
	public BigDecimal getBigDecimal(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.decimal(this.cursor, index);
	}

	/** {@inheritDoc} Kept because JDBC still has it. */
	@Override
	@Deprecated
	public BigDecimal getBigDecimal(int columnIndex, int scale) throws SQLException {
		BigDecimal value = getBigDecimal(columnIndex);
		return (value != null) ? value.setScale(scale, RoundingMode.HALF_UP) : null;
	}

	@Override
	public byte[] getBytes(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.bytes(this.cursor, index);
	}

	@Override
	public Date getDate(int columnIndex) throws SQLException {
		return getDate(columnIndex, null);
	}

	@Override
	public Date getDate(int columnIndex, Calendar cal) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.date(this.cursor, index, cal);
	}

	@Override
	public Time getTime(int columnIndex) throws SQLException {
		return getTime(columnIndex, null);
	}

	@Override
	public Time getTime(int columnIndex, Calendar cal) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.time(this.cursor, index, cal);
	}

	@Override
	public Timestamp getTimestamp(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.timestamp(this.cursor, index);
	}

	/** The calendar changes nothing: a timestamp is an instant. */
	@Override
	public Timestamp getTimestamp(int columnIndex, Calendar cal) throws SQLException {
		return getTimestamp(columnIndex);
	}

	@Override
	public Object getObject(int columnIndex) throws SQLException {
		return Conversions.object(this.cursor, readable(columnIndex));
	}

	@Override
	public Object getObject(int columnIndex, Map<String, Class<?>> map) throws SQLException {
		if (map != null && !map.isEmpty()) {
			throw Unsupported.feature("A type map");
		}
		return getObject(columnIndex);
	}

	@Override
	public <T> T getObject(int columnIndex, Class<T> type) throws SQLException {
		int index = readable(columnIndex);
		if (type == null) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The class to convert to is null");
		}
		return this.wasNull ? null : Conversions.convert(this.cursor, index, type);
	}

	@Override
	public InputStream getBinaryStream(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		if (this.wasNull) {
			return null;
		}
		return Conversions.stream(this.cursor, index);
	}

	@Override
	public InputStream getAsciiStream(int columnIndex) throws SQLException {
		Reader characters = getCharacterStream(columnIndex);
		return (characters != null) ? new JdbcClob.AsciiStream(characters) : null;
	}

	@Override
	public Reader getCharacterStream(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		if (this.wasNull) {
			return null;
		}
		return new InputStreamReader(Conversions.stream(this.cursor, index), StandardCharsets.UTF_8);
	}

	@Override
	public Blob getBlob(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.blob(this.cursor, index);
	}

	@Override
	public Clob getClob(int columnIndex) throws SQLException {
		return getNClob(columnIndex);
	}

	@Override
	public RowId getRowId(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : new JdbcRowId(Conversions.integer(this.cursor, index));
	}

	@Override
	public URL getURL(int columnIndex) throws SQLException {
		return getObject(columnIndex, URL.class);
	}

	@Override
	public String getNString(int columnIndex) throws SQLException {
		return getString(columnIndex);
	}

	@Override
	public Reader getNCharacterStream(int columnIndex) throws SQLException {
		return getCharacterStream(columnIndex);
	}

	@Override
	public NClob getNClob(int columnIndex) throws SQLException {
		int index = readable(columnIndex);
		return this.wasNull ? null : Conversions.clob(this.cursor, index);
	}

	/* Values by label */

	@Override
	public String getString(String columnLabel) throws SQLException {
		return getString(findColumn(columnLabel));
	}

	@Override
	public boolean getBoolean(String columnLabel) throws SQLException {
		return getBoolean(findColumn(columnLabel));
	}

	@Override
	public byte getByte(String columnLabel) throws SQLException {
		return getByte(findColumn(columnLabel));
	}

	@Override
	public short getShort(String columnLabel) throws SQLException {
		return getShort(findColumn(columnLabel));
	}

	@Override
	public int getInt(String columnLabel) throws SQLException {
		return getInt(findColumn(columnLabel));
	}

	@Override
	public long getLong(String columnLabel) throws SQLException {
		return getLong(findColumn(columnLabel));
	}

	@Override
	public float getFloat(String columnLabel) throws SQLException {
		return getFloat(findColumn(columnLabel));
	}

	@Override
	public double getDouble(String columnLabel) throws SQLException {
		return getDouble(findColumn(columnLabel));
	}

	@Override
	public BigDecimal getBigDecimal(String columnLabel) throws SQLException {
		return getBigDecimal(findColumn(columnLabel));
	}

	@Override
	public byte[] getBytes(String columnLabel) throws SQLException {
		return getBytes(findColumn(columnLabel));
	}

	@Override
	public Date getDate(String columnLabel) throws SQLException {
		return getDate(findColumn(columnLabel));
	}

	@Override
	public Time getTime(String columnLabel) throws SQLException {
		return getTime(findColumn(columnLabel));
	}

	@Override
	public Timestamp getTimestamp(String columnLabel) throws SQLException {
		return getTimestamp(findColumn(columnLabel));
	}

	@Override
	public Object getObject(String columnLabel) throws SQLException {
		return getObject(findColumn(columnLabel));
	}

	@Override
	public InputStream getBinaryStream(String columnLabel) throws SQLException {
		return getBinaryStream(findColumn(columnLabel));
	}

	@Override
	public InputStream getAsciiStream(String columnLabel) throws SQLException {
		return getAsciiStream(findColumn(columnLabel));
	}

	@Override
	public Reader getCharacterStream(String columnLabel) throws SQLException {
		return getCharacterStream(findColumn(columnLabel));
	}

	@Override
	public Blob getBlob(String columnLabel) throws SQLException {
		return getBlob(findColumn(columnLabel));
	}

	@Override
	public Clob getClob(String columnLabel) throws SQLException {
		return getClob(findColumn(columnLabel));
	}

	@Override
	public RowId getRowId(String columnLabel) throws SQLException {
		return getRowId(findColumn(columnLabel));
	}

	@Override
	public URL getURL(String columnLabel) throws SQLException {
		return getURL(findColumn(columnLabel));
	}

	@Override
	public String getNString(String columnLabel) throws SQLException {
		return getNString(findColumn(columnLabel));
	}

	@Override
	public Reader getNCharacterStream(String columnLabel) throws SQLException {
		return getNCharacterStream(findColumn(columnLabel));
	}

	@Override
	public NClob getNClob(String columnLabel) throws SQLException {
		return getNClob(findColumn(columnLabel));
	}

	/** {@inheritDoc} Kept because JDBC still has it. */
	@Override
	@Deprecated
	public BigDecimal getBigDecimal(String columnLabel, int scale) throws SQLException {
		return getBigDecimal(findColumn(columnLabel), scale);
	}

	@Override
	public Date getDate(String columnLabel, Calendar cal) throws SQLException {
		return getDate(findColumn(columnLabel), cal);
	}

	@Override
	public Time getTime(String columnLabel, Calendar cal) throws SQLException {
		return getTime(findColumn(columnLabel), cal);
	}

	@Override
	public Timestamp getTimestamp(String columnLabel, Calendar cal) throws SQLException {
		return getTimestamp(findColumn(columnLabel), cal);
	}

	@Override
	public Object getObject(String columnLabel, Map<String, Class<?>> map) throws SQLException {
		return getObject(findColumn(columnLabel), map);
	}

	@Override
	public <T> T getObject(String columnLabel, Class<T> type) throws SQLException {
		return getObject(findColumn(columnLabel), type);
	}

	/* Position */

	@Override
	public int getRow() throws SQLException {
		checkOpen();
		return this.cursor.isOnRow() ? this.rowNumber : 0;
	}

	@Override
	public boolean isBeforeFirst() throws SQLException {
		checkOpen();
		return this.rowNumber == 0 && !this.afterLast && !this.cursor.isLast();
	}

	@Override
	public boolean isAfterLast() throws SQLException {
		checkOpen();
		return this.afterLast && this.rowNumber > 0;
	}

	@Override
	public boolean isFirst() throws SQLException {
		checkOpen();
		return this.rowNumber == 1 && this.cursor.isOnRow();
	}

	@Override
	public boolean isLast() throws SQLException {
		checkOpen();
		return this.cursor.isOnRow() && this.cursor.isLast();
	}

	/* The rest */

	@Override
	public ResultSetMetaData getMetaData() throws SQLException {
		checkOpen();
		return new JdbcResultSetMetaData(this.cursor);
	}

	@Override
	public Statement getStatement() throws SQLException {
		checkOpen();
		return this.owner;
	}

	@Override
	public int getType() throws SQLException {
		checkOpen();
		return this.owner.getResultSetType();
	}

	@Override
	public int getConcurrency() throws SQLException {
		checkOpen();
		return CONCUR_READ_ONLY;
	}

	@Override
	public int getHoldability() throws SQLException {
		checkOpen();
		return HOLD_CURSORS_OVER_COMMIT;
	}

	@Override
	public void setFetchDirection(int direction) throws SQLException {
		checkOpen();
		this.owner.checkFetchDirection(direction);
		this.fetchDirection = direction;
	}

	@Override
	public int getFetchDirection() throws SQLException {
		checkOpen();
		return this.fetchDirection;
	}

	@Override
	public void setFetchSize(int rows) throws SQLException {
		checkOpen();
		this.owner.setFetchSize(rows);
	}

	@Override
	public int getFetchSize() throws SQLException {
		checkOpen();
		return this.owner.getFetchSize();
	}

	@Override
	public SQLWarning getWarnings() throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public void clearWarnings() throws SQLException {
		checkOpen();
	}

}
