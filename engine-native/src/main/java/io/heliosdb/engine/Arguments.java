package io.heliosdb.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The arguments of a function's call, in the format of {@code statement/callbacks.h}.
 * Arguments count from 0.
 */
public final class Arguments {

	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

	private final byte[] block;

	/** Where the type of each argument is. */
	private final int[] starts;

	Arguments(byte[] block) {
		this.block = block;
		this.starts = new int[(int) INT.get(block, 0)];
		int at = 4;
		for (int i = 0; i < this.starts.length; i++) {
			this.starts[i] = at;
			at += switch (block[at]) {
				case Rows.INTEGER, Rows.FLOAT -> 9;
				case Rows.NULL -> 1;
				default -> 5 + (int) INT.get(block, at + 1);
			};
		}
	}

	/**
	 * How many there are.
	 * @return the number
	 */
	public int count() {
		return this.starts.length;
	}

	/**
	 * Type of an argument.
	 * @param index which
	 * @return one of the types of {@link Rows}
	 */
	public int type(int index) {
		return this.block[this.starts[index]];
	}

	/**
	 * An INTEGER.
	 * @param index which
	 * @return the value
	 */
	public long longValue(int index) {
		return (long) LONG.get(this.block, this.starts[index] + 1);
	}

	/**
	 * A FLOAT.
	 * @param index which
	 * @return the value
	 */
	public double doubleValue(int index) {
		return Double.longBitsToDouble(longValue(index));
	}

	/**
	 * A TEXT.
	 * @param index which
	 * @return the value
	 */
	public String text(int index) {
		return new String(this.block, this.starts[index] + 5, byteLength(index), StandardCharsets.UTF_8);
	}

	/**
	 * The bytes of a TEXT or BLOB.
	 * @param index which
	 * @return a copy
	 */
	public byte[] bytes(int index) {
		int start = this.starts[index] + 5;
		return Arrays.copyOfRange(this.block, start, start + byteLength(index));
	}

	/**
	 * Length of a TEXT or BLOB.
	 * @param index which
	 * @return bytes
	 */
	public int byteLength(int index) {
		return (int) INT.get(this.block, this.starts[index] + 1);
	}

}
