package io.heliosdb.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Parameter values on their way to a statement, in the format of
 * {@code statement/statement.h}: one set after the other, each with all the parameters of
 * the statement in order. Not thread-safe.
 */
public final class Parameters {

	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

	/** What a Java array can hold at most. */
	private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

	private byte[] block = new byte[128];

	private int length;

	/** Texts and blobs that are not in the block, null if there are none. */
	private List<NativeBytes> large;

	byte[] block() {
		return this.block;
	}

	/** Null if there are none. */
	List<NativeBytes> large() {
		return this.large;
	}

	byte[] toBytes() {
		return Arrays.copyOf(this.block, this.length);
	}

	/**
	 * How long the sets are.
	 * @return bytes
	 */
	public int length() {
		return this.length;
	}

	/** Forgets all sets. */
	public void clear() {
		this.length = 0;
		this.large = null;
	}

	/**
	 * Forgets what was added since.
	 * @param earlierLength what {@link #length()} was then
	 */
	public void truncate(int earlierLength) {
		this.length = earlierLength;
	}

	/** Adds NULL. */
	public void addNull() {
		begin(Rows.NULL, 0);
	}

	/**
	 * Adds an integer.
	 * @param value the value
	 */
	public void addLong(long value) {
		addEightBytes(Rows.INTEGER, value);
	}

	/**
	 * Adds a floating-point number; SQLite turns NaN into NULL.
	 * @param value the value
	 */
	public void addDouble(double value) {
		addEightBytes(Rows.FLOAT, Double.doubleToRawLongBits(value));
	}

	/**
	 * Adds a text.
	 * @param value the value
	 */
	public void addText(String value) {
		addBytes(Rows.TEXT, value.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Adds a blob.
	 * @param value the value
	 */
	public void addBlob(byte[] value) {
		addBytes(Rows.BLOB, value);
	}

	/**
	 * Adds a text that lies outside of the Java heap. The caller does not change or free
	 * it before the statement has been executed.
	 * @param utf8 the value in UTF-8
	 */
	public void addText(NativeBytes utf8) {
		addLarge(Rows.TEXT, utf8);
	}

	/**
	 * Adds a blob that lies outside of the Java heap. The caller does not change or free
	 * it before the statement has been executed.
	 * @param value the value
	 */
	public void addBlob(NativeBytes value) {
		addLarge(Rows.BLOB, value);
	}

	private void addLarge(int type, NativeBytes value) {
		if (this.large == null) {
			this.large = new ArrayList<>();
		}
		int start = begin(type | Rows.LARGE, Integer.BYTES);
		INT.set(this.block, start, this.large.size());
		this.large.add(value);
	}

	void addFailure(int type, String message) {
		addBytes(type, message.getBytes(StandardCharsets.UTF_8));
	}

	private void addEightBytes(int type, long bits) {
		int start = begin(type, Long.BYTES);
		LONG.set(this.block, start, bits);
	}

	private void addBytes(int type, byte[] value) {
		int start = begin(type, Math.addExact(4, value.length));
		INT.set(this.block, start, value.length);
		System.arraycopy(value, 0, this.block, start + 4, value.length);
	}

	private int begin(int type, int bytes) {
		int start = this.length + 1;
		int end = Math.addExact(start, bytes);
		if (end > this.block.length) {
			this.block = Arrays.copyOf(this.block, (int) Math.min(Math.max(end, 2L * this.block.length), MAX_BYTES));
		}
		this.block[this.length] = (byte) type;
		this.length = end;
		return start;
	}

}
