package io.heliosdb.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One result of a statement: some rows, and what became of the execution, in the format
 * of {@code statement/statement.h}. It is a plain array of bytes, so that reading it
 * needs no native call and stays valid whatever happens to its statement. Not
 * thread-safe.
 */
public final class Rows {

	/** A 64-bit integer. */
	public static final int INTEGER = 1;

	/** A 64-bit floating-point number. */
	public static final int FLOAT = 2;

	/** A text. */
	public static final int TEXT = 3;

	/** A blob. */
	public static final int BLOB = 4;

	/** NULL. */
	public static final int NULL = 5;

	/** Length of a result at most, in bytes. */
	public static final int CAPACITY = 65536;

	/** Flag of a value's type. */
	static final int LARGE = 16;

	private static final int HEADER = 48;

	private static final int SLOT = 8;

	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

	private final byte[] data = new byte[CAPACITY];

	private int columns;

	private int unread;

	private int row;

	private int nextRow;

	byte[] data() {
		return this.data;
	}

	/** Stands before the first row of a new result. */
	void start() {
		this.unread = intAt(4);
		this.columns = intAt(12);
		this.row = HEADER;
		this.nextRow = HEADER;
	}

	/** Has no rows. */
	public void clear() {
		this.unread = 0;
	}

	/**
	 * Goes to the next row of this result.
	 * @return {@code false} if there is none
	 */
	public boolean next() {
		if (this.unread == 0) {
			return false;
		}
		this.unread--;
		this.row = this.nextRow;
		this.nextRow += intAt(this.row);
		return true;
	}

	/**
	 * Whether rows are left that {@link #next()} has not been at.
	 * @return {@code true} if so
	 */
	public boolean hasNext() {
		return this.unread > 0;
	}

	/**
	 * Number of rows in this result.
	 * @return the number, read or not
	 */
	public int rowCount() {
		return intAt(4);
	}

	/**
	 * Number of columns, as of this execution.
	 * @return the number
	 */
	public int columnCount() {
		return this.columns;
	}

	/**
	 * Rows that the execution inserted, updated or deleted.
	 * @return the number; valid when it has ended
	 */
	public long changes() {
		return longAt(16);
	}

	/**
	 * The row id of the last row that the connection inserted.
	 * @return the row id
	 */
	public long lastRowId() {
		return longAt(24);
	}

	/**
	 * The connection's state after the call.
	 * @return {@code STATE_…} bits of {@link NativeConnection}
	 */
	public int state() {
		return intAt(32);
	}

	/**
	 * How often SQLite had to prepare the statement anew since it was first prepared.
	 * @return a number that grows when names and types of columns may have changed
	 */
	public int reprepared() {
		return intAt(36);
	}

	/**
	 * Frames in the write-ahead log after the connection's last commit.
	 * @return the number
	 */
	public int walFrames() {
		return intAt(40);
	}

	/**
	 * Type of a value in the current row.
	 * @param column index from 0
	 * @return one of this class's types
	 */
	public int type(int column) {
		return this.data[this.row + 4 + column] & ~LARGE;
	}

	/**
	 * Whether a text or blob did not fit and has to be read with
	 * {@link NativeStatement#readLarge}. Such a row is the last of its result.
	 * @param column index from 0
	 * @return {@code true} if it was left out
	 */
	public boolean isLarge(int column) {
		return (this.data[this.row + 4 + column] & LARGE) != 0;
	}

	/**
	 * An {@link #INTEGER}.
	 * @param column index from 0
	 * @return the value
	 */
	public long longValue(int column) {
		return longAt(slot(column));
	}

	/**
	 * A {@link #FLOAT}.
	 * @param column index from 0
	 * @return the value
	 */
	public double doubleValue(int column) {
		return Double.longBitsToDouble(longAt(slot(column)));
	}

	/**
	 * A {@link #TEXT} that was not left out.
	 * @param column index from 0
	 * @return the value; bytes that are not UTF-8 become U+FFFD
	 */
	public String text(int column) {
		int slot = slot(column);
		return new String(this.data, this.row + intAt(slot), intAt(slot + 4), StandardCharsets.UTF_8);
	}

	/**
	 * The bytes of a {@link #TEXT} or {@link #BLOB} that was not left out.
	 * @param column index from 0
	 * @return a copy
	 */
	public byte[] bytes(int column) {
		int slot = slot(column);
		int start = this.row + intAt(slot);
		return Arrays.copyOfRange(this.data, start, start + intAt(slot + 4));
	}

	/**
	 * Length of a {@link #TEXT} or {@link #BLOB}, left out or not.
	 * @param column index from 0
	 * @return bytes
	 */
	public int byteLength(int column) {
		int slot = slot(column);
		return isLarge(column) ? (int) longAt(slot) : intAt(slot + 4);
	}

	/**
	 * A {@link #FLOAT} as SQLite itself casts it to text.
	 * @param value the number, of any result
	 * @return such as {@code 0.1} or {@code 1.0e+100}
	 */
	public static String realText(double value) {
		return new String(NativeCalls.realText(value), StandardCharsets.US_ASCII);
	}

	private int slot(int column) {
		return this.row + 4 + this.columns + column * SLOT;
	}

	private int intAt(int index) {
		return (int) INT.get(this.data, index);
	}

	private long longAt(int index) {
		return (long) LONG.get(this.data, index);
	}

}
