package io.heliosdb.jdbc;

import java.nio.ByteBuffer;
import java.sql.RowId;
import java.sql.SQLException;

/**
 * The rowid of a row of a table.
 *
 * @param value the number
 */
record JdbcRowId(long value) implements RowId {

	/** The number of a rowid, be it of another driver. */
	static long value(RowId rowId) throws SQLException {
		byte[] bytes = rowId.getBytes();
		if (bytes.length != Long.BYTES) {
			throw SqlState.INVALID_CONVERSION.exception("A rowid has 8 bytes, and '" + rowId + "' has " + bytes.length);
		}
		return ByteBuffer.wrap(bytes).getLong();
	}

	@Override
	public byte[] getBytes() {
		return ByteBuffer.allocate(Long.BYTES).putLong(this.value).array();
	}

	@Override
	public String toString() {
		return Long.toString(this.value);
	}

}
