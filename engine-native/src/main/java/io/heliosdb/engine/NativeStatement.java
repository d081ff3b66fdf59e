package io.heliosdb.engine;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A prepared statement of SQLite. Used by one thread at a time, as its connection is.
 */
public final class NativeStatement {

	/** There may be more rows. */
	public static final int ROW = 100;

	/** The execution has ended. */
	public static final int DONE = 101;

	private final NativeConnection connection;

	private final int tail;

	private final int parameterCount;

	private final int columnCount;

	private final boolean readOnly;

	private final int explain;

	private long handle;

	NativeStatement(NativeConnection connection, long handle, int[] facts) {
		this.connection = connection;
		this.handle = handle;
		this.tail = facts[1];
		this.parameterCount = facts[2];
		this.columnCount = facts[3];
		this.readOnly = facts[4] != 0;
		this.explain = facts[5];
	}

	/**
	 * Executes with a set of parameters and reads the first rows. An execution that is
	 * under way is ended first. When it answers {@link #DONE} or throws, the execution
	 * has ended; on {@link #ROW} the caller goes on with {@link #fetch} or ends it with
	 * {@link #reset}.
	 * @param parameters one set
	 * @param rows where the rows go
	 * @param maxBytes how much of {@code rows} to fill, at least one row
	 * @param limit number of rows at most, 0 for as many as fit
	 * @param ticket from {@link NativeConnection#nextTicket()}
	 * @return {@link #ROW} or {@link #DONE}
	 * @throws NativeException if it failed
	 */
	public int execute(Parameters parameters, Rows rows, int maxBytes, int limit, long ticket) throws NativeException {
		useLarge(parameters);
		return checked(NativeCalls.execute(handle(), parameters.block(), parameters.length(), rows.data(), maxBytes,
				limit, ticket), rows);
	}

	/**
	 * Reads the next rows.
	 * @param rows where the rows go
	 * @param maxBytes how much of {@code rows} to fill, at least one row
	 * @param limit number of rows at most, 0 for as many as fit
	 * @param ticket from {@link NativeConnection#nextTicket()}
	 * @return {@link #ROW} or {@link #DONE}
	 * @throws NativeException if it failed
	 */
	public int fetch(Rows rows, int maxBytes, int limit, long ticket) throws NativeException {
		return checked(NativeCalls.fetch(handle(), rows.data(), maxBytes, limit, ticket), rows);
	}

	private void useLarge(Parameters parameters) throws NativeException {
		List<NativeBytes> large = parameters.large();
		if (large == null) {
			return;
		}
		int code = NativeCalls.useBytes(handle(), large.stream().mapToLong(NativeBytes::handle).toArray());
		// Until here nothing but this holds them.
		Reference.reachabilityFence(large);
		if (code != 0) {
			throw this.connection.failure(code);
		}
	}

	private int checked(int code, Rows rows) throws NativeException {
		if (code != ROW && code != DONE) {
			throw this.connection.failure(code);
		}
		rows.start();
		return code;
	}

	/**
	 * Executes once for each set of parameters, in order, until one fails. Rows that the
	 * statement returns are passed over.
	 * @param parameters the sets, one after the other
	 * @param count number of sets
	 * @param changes receives the number of rows that each execution changed
	 * @param ticket from {@link NativeConnection#nextTicket()}
	 * @return what became of it
	 * @throws NativeException if none was executed for lack of memory
	 */
	public BatchOutcome executeBatch(Parameters parameters, int count, long[] changes, long ticket)
			throws NativeException {
		useLarge(parameters);
		int[] done = new int[1];
		int code = NativeCalls.batch(handle(), parameters.block(), parameters.length(), count, changes, done, ticket);
		return new BatchOutcome(done[0], (code != 0) ? this.connection.failure(code) : null);
	}

	/** Ends the execution. */
	public void reset() {
		NativeCalls.reset(handle());
	}

	/**
	 * Whether it has been closed.
	 * @return {@code true} if it can do nothing any more
	 */
	public boolean isClosed() {
		return this.handle == 0;
	}

	/** Frees the statement. Closing again does nothing. */
	public void close() {
		if (this.handle != 0) {
			NativeCalls.finish(handle());
			this.handle = 0;
		}
	}

	/**
	 * Reads a part of a value that {@link Rows#isLarge left out} of the last row.
	 * @param column index from 0
	 * @param offset where in the value to begin, in bytes
	 * @param out receives the bytes
	 * @param start where in {@code out} to begin
	 * @param length number of bytes at most
	 * @return number of bytes read, 0 at the value's end, -1 when the statement is on no
	 * row any more
	 */
	public int readLarge(int column, long offset, byte[] out, int start, int length) {
		return NativeCalls.readLarge(handle(), column, offset, out, start, length);
	}

	/**
	 * Where in its text the next statement begins.
	 * @return offset in bytes
	 */
	public int tail() {
		return this.tail;
	}

	/**
	 * Number of parameters in a set.
	 * @return the largest parameter's index
	 */
	public int parameterCount() {
		return this.parameterCount;
	}

	/**
	 * Number of columns when it was prepared; {@link Rows#columnCount()} tells it for an
	 * execution.
	 * @return 0 if it returns no rows
	 */
	public int columnCount() {
		return this.columnCount;
	}

	/**
	 * Number of columns now.
	 * @return 0 if it returns no rows
	 */
	public int currentColumnCount() {
		return NativeCalls.columnCount(handle());
	}

	/**
	 * Whether it leaves the database as it is.
	 * @return {@code true} if it does not write
	 */
	public boolean isReadOnly() {
		return this.readOnly;
	}

	/**
	 * Whether it is an {@code EXPLAIN} or {@code EXPLAIN QUERY PLAN}.
	 * @return {@code true} if so
	 */
	public boolean isExplain() {
		return this.explain != 0;
	}

	/**
	 * A text about a column.
	 * @param column index from 0
	 * @param what which text
	 * @return the text, {@code null} if there is none
	 */
	public String columnText(int column, ColumnText what) {
		return text(NativeCalls.columnText(handle(), column, what.ordinal()));
	}

	private static String text(byte[] utf8) {
		return (utf8 != null) ? new String(utf8, StandardCharsets.UTF_8) : null;
	}

	/** Never passes the address of what is gone, nor one that is in use. */
	private long handle() {
		if (this.connection.isInCallback()) {
			throw new IllegalStateException("The native connection is executing a statement");
		}
		if (this.handle == 0) {
			throw new IllegalStateException("The native statement is closed");
		}
		return this.handle;
	}

	/** Texts about a column, in the order that the native side knows them by. */
	public enum ColumnText {

		/** The name in the result. */
		LABEL,

		/** The declared type of the table's column behind it. */
		DECLARED_TYPE,

		/** The table behind it. */
		TABLE,

		/** The name of the table's column behind it. */
		COLUMN,

		/** The schema of the table behind it. */
		SCHEMA

	}

	/**
	 * What became of a batch.
	 *
	 * @param executed number of sets that were executed
	 * @param failure why the next one was not, {@code null} if all were
	 */
	public record BatchOutcome(int executed, NativeException failure) {
	}

}
