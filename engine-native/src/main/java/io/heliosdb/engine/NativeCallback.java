package io.heliosdb.engine;

import java.nio.charset.StandardCharsets;

/**
 * An SQL function or a collation in Java, as SQLite calls it: on the thread that executes
 * the statement, in the middle of a native call. Meanwhile its connection refuses to be
 * used by that thread.
 */
public abstract class NativeCallback {

	/** A result for the arguments is wanted. */
	public static final int FUNCTION = 0;

	/** The arguments come into a group of rows. */
	public static final int STEP = 1;

	/** The arguments leave a group of rows. */
	public static final int INVERSE = 2;

	/** A result for a group of rows as it is. */
	public static final int VALUE = 3;

	/** A result for a group of rows, which ends. */
	public static final int FINAL = 4;

	/** A comparison's answer when it failed: no int. */
	private static final long NO_ORDER = Long.MIN_VALUE;

	/** What a result begins with when the call failed. */
	private static final int FAILED = 0;

	private final NativeConnection connection;

	/**
	 * A callback of a connection.
	 * @param connection where it is registered
	 */
	protected NativeCallback(NativeConnection connection) {
		this.connection = connection;
	}

	/**
	 * Does what is wanted.
	 * @param what one of this class's constants
	 * @param group tells groups of rows of an aggregate apart; 0 is one without rows
	 * @param arguments the arguments
	 * @param result takes one value, where a result is wanted
	 * @throws Exception whatever the application throws
	 */
	protected abstract void call(int what, long group, Arguments arguments, Parameters result) throws Exception;

	/**
	 * Compares two texts.
	 * @param first a text
	 * @param second a text
	 * @return as a {@link java.util.Comparator} does
	 * @throws Exception whatever the application throws
	 */
	protected abstract int compare(String first, String second) throws Exception;

	/** Called by the native side; never throws what can be caught. */
	final byte[] call(int what, long group, byte[] arguments) {
		Parameters result = new Parameters();
		this.connection.enterCallback();
		try {
			call(what, group, new Arguments(arguments), result);
		}
		catch (Throwable ex) {
			this.connection.callbackFailed(ex);
			result.clear();
			result.addFailure(FAILED, NativeConnection.callbackMessage(ex));
		}
		finally {
			this.connection.leaveCallback();
		}
		return result.toBytes();
	}

	/** Called by the native side; never throws what can be caught. */
	final long compare(byte[] first, byte[] second) {
		this.connection.enterCallback();
		try {
			return compare(new String(first, StandardCharsets.UTF_8), new String(second, StandardCharsets.UTF_8));
		}
		catch (Throwable ex) {
			this.connection.comparisonFailed(ex);
			return NO_ORDER;
		}
		finally {
			this.connection.leaveCallback();
		}
	}

}
