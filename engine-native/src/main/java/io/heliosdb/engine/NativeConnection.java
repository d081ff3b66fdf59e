package io.heliosdb.engine;

import java.nio.charset.StandardCharsets;

/**
 * A connection of SQLite. One thread at a time uses it and its statements; only
 * {@link #cancel} may be called by any thread at any time.
 */
public final class NativeConnection {

	/** Open for reading only. */
	public static final int OPEN_READONLY = 0x00000001;

	/** Open for reading and writing. */
	public static final int OPEN_READWRITE = 0x00000002;

	/** Make the database if it does not exist. */
	public static final int OPEN_CREATE = 0x00000004;

	/** Take names that start with {@code file:} for URIs, in ATTACH too. */
	public static final int OPEN_URI = 0x00000040;

	/** No mutex of SQLite's: the caller sees to it that threads take turns. */
	public static final int OPEN_NOMUTEX = 0x00008000;

	/** The VFS of database files, see {@code storage/vfs.c}. */
	public static final String FILE_VFS = "heliosdb";

	/** The VFS of shared memory databases, see {@code storage/memory_vfs.c}. */
	public static final String MEMORY_VFS = "heliosdb-memory";

	/** Bit of {@link #state()}: no transaction is open. */
	public static final int STATE_AUTOCOMMIT = 1;

	/** Bit of {@link #state()}: a read transaction is active. */
	public static final int STATE_READING = 2;

	/** Bit of {@link #state()}: a write transaction is active. */
	public static final int STATE_WRITING = 4;

	/** Checkpoint as much as is possible without waiting for anyone. */
	public static final int CHECKPOINT_PASSIVE = 0;

	/**
	 * Checkpoint all, and wait until nobody reads from the WAL any more, so that the next
	 * commit begins it anew. Waits for locks as long as {@link #setBusyTimeout} says.
	 */
	public static final int CHECKPOINT_RESTART = 2;

	/** A function with one result for its arguments. */
	public static final int KIND_SCALAR = 0;

	/** An aggregate. */
	public static final int KIND_AGGREGATE = 1;

	/** An aggregate that rows can leave, so that it works on any window. */
	public static final int KIND_WINDOW = 2;

	/** The same arguments give the same result. */
	public static final int FLAG_DETERMINISTIC = 0x00000800;

	/** Not to be called by triggers, views and the like. */
	public static final int FLAG_DIRECT_ONLY = 0x00080000;

	/** Harmless whoever calls it. */
	public static final int FLAG_INNOCUOUS = 0x00200000;

	/** Longest text, blob or row, in bytes. */
	public static final int LIMIT_LENGTH = 0;

	/** Longest text of a statement, in bytes. */
	public static final int LIMIT_SQL_LENGTH = 1;

	/** Most columns of a table, index, result, GROUP BY or ORDER BY. */
	public static final int LIMIT_COLUMN = 2;

	private static final int STATUS_CACHE_USED = 1;

	private static final int OK = 0;

	private final Object cancelLock = new Object();

	private volatile long handle;

	private long ticket = 1;

	/** A function in Java is being called, by the thread that has this connection. */
	private volatile boolean inCallback;

	/** What a function in Java threw, until the statement that called it has failed. */
	private volatile Throwable callbackFailure;

	private volatile boolean comparisonFailed;

	private NativeConnection(long handle) {
		this.handle = handle;
	}

	/**
	 * Opens a database. The engine has been loaded.
	 * @param path the file's absolute path, or the name of a memory database
	 * @param flags the {@code OPEN_…} flags
	 * @param vfs name of the VFS, {@code null} for the platform's own
	 * @return the connection
	 * @throws NativeException if it cannot be opened
	 */
	public static NativeConnection open(String path, int flags, String vfs) throws NativeException {
		int[] code = new int[1];
		long handle = NativeCalls.open(utf8(path), flags, (vfs != null) ? utf8(vfs) : null, code);
		if (handle == 0) {
			throw new NativeException(code[0], -1, "out of memory");
		}
		NativeConnection connection = new NativeConnection(handle);
		if (code[0] != OK) {
			NativeException failure = connection.failure(code[0]);
			connection.close();
			throw failure;
		}
		return connection;
	}

	/**
	 * Prepares the first statement of a text.
	 * @param sql the text in UTF-8
	 * @param start where in it to begin, in bytes
	 * @return the statement, {@code null} if there is nothing but space and comments
	 * @throws NativeException if it is not valid
	 */
	public NativeStatement prepare(byte[] sql, int start) throws NativeException {
		int[] out = new int[6];
		long statement = NativeCalls.prepare(handle(), sql, start, out);
		if (out[0] != OK) {
			throw failure(out[0]);
		}
		return (statement != 0) ? new NativeStatement(this, statement, out) : null;
	}

	/**
	 * Whether a transaction is open and what it does.
	 * @return {@code STATE_…} bits
	 */
	public int state() {
		return NativeCalls.state(handle());
	}

	/**
	 * How long SQLite itself waits for a lock that another connection holds.
	 * @param milliseconds the longest wait
	 */
	public void setBusyTimeout(int milliseconds) {
		NativeCalls.busyTimeout(handle(), milliseconds);
	}

	/**
	 * Memory that this connection's page cache holds.
	 * @return bytes
	 */
	public int cacheBytes() {
		return NativeCalls.status(handle(), STATUS_CACHE_USED);
	}

	/**
	 * Moves pages from the WAL to the database file.
	 * @param mode a {@code CHECKPOINT_…} mode
	 * @return number of frames in the WAL, then how many of them are in the database
	 * @throws NativeException if it failed, or was busy in a mode that waits
	 */
	public int[] checkpoint(int mode) throws NativeException {
		int[] frames = new int[2];
		int code = NativeCalls.checkpoint(handle(), mode, frames);
		if (code != OK) {
			throw failure(code);
		}
		return frames;
	}

	/**
	 * Makes room for encryption in the pages of a database that was just attached, so
	 * that a new one can be written. Does nothing for one without encryption.
	 * @param schema its name
	 * @throws NativeException if there is no memory
	 */
	public void prepareSchema(String schema) throws NativeException {
		int code = NativeCalls.prepareSchema(handle(), utf8(schema));
		if (code != OK) {
			throw failure(code);
		}
	}

	/**
	 * Asks for room at the end of each page of the database, which it has from its next
	 * {@code VACUUM} on, and its copies by {@code VACUUM INTO} at once.
	 * @param bytes the room
	 */
	void reserve(int bytes) {
		NativeCalls.reserve(handle(), bytes);
	}

	/**
	 * Names the next execution, for {@link #cancel}.
	 * @return its ticket
	 */
	public long nextTicket() {
		return ++this.ticket;
	}

	/**
	 * Makes an execution end with SQLITE_INTERRUPT (9) soon. Does nothing when it has
	 * ended already. Safe from any thread, after {@link #close()} too.
	 * @param execution the execution's ticket
	 */
	public void cancel(long execution) {
		synchronized (this.cancelLock) {
			if (this.handle != 0) {
				NativeCalls.cancel(this.handle, execution);
			}
		}
	}

	/**
	 * Closes the connection, rolling back what is not committed. All its statements have
	 * been closed. Closing again does nothing.
	 */
	public void close() {
		synchronized (this.cancelLock) {
			if (this.handle != 0) {
				handle();
				long closing = this.handle;
				this.handle = 0;
				NativeCalls.close(closing);
			}
		}
	}

	/**
	 * The exception for a result code.
	 * @param code the extended code that the last call returned
	 * @return the exception with SQLite's message
	 */
	NativeException failure(int code) {
		Throwable cause = this.callbackFailure;
		this.callbackFailure = null;
		String message = new String(NativeCalls.errorMessage(handle(), code), StandardCharsets.UTF_8);
		if (this.comparisonFailed) {
			// SQLite was not told, so that it has no message.
			this.comparisonFailed = false;
			return new NativeException(code, -1, callbackMessage(cause), cause);
		}
		// SQLite may have gone on, and failed for another reason.
		boolean told = cause != null && message.equals(callbackMessage(cause));
		return new NativeException(code, NativeCalls.errorOffset(handle()), message, told ? cause : null);
	}

	/**
	 * Registers a function of SQL.
	 * @param name its name
	 * @param arguments number of its arguments, -1 for any
	 * @param kind a {@code KIND_…} constant
	 * @param flags {@code FLAG_…} bits
	 * @param callback what is called, {@code null} to take the function away
	 * @throws NativeException if SQLite refuses, as a statement is under way, say
	 */
	public void createFunction(String name, int arguments, int kind, int flags, NativeCallback callback)
			throws NativeException {
		check(NativeCalls.createFunction(handle(), zeroTerminated(name), arguments, kind, flags, callback));
	}

	/**
	 * Registers a collation.
	 * @param name its name
	 * @param callback what compares, {@code null} to take the collation away
	 * @throws NativeException if SQLite refuses, as a statement is under way, say
	 */
	public void createCollation(String name, NativeCallback callback) throws NativeException {
		check(NativeCalls.createCollation(handle(), zeroTerminated(name), callback));
	}

	private static byte[] zeroTerminated(String name) {
		if (name.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("A name cannot contain the character 0");
		}
		return utf8(name);
	}

	private void check(int code) throws NativeException {
		if (code != OK) {
			throw failure(code);
		}
	}

	/**
	 * A limit of this connection.
	 * @param what a {@code LIMIT_…} constant
	 * @return its value
	 */
	public int limit(int what) {
		return NativeCalls.limit(handle(), what);
	}

	/**
	 * Whether a function or collation in Java is being called. Only the thread that uses
	 * the connection may ask.
	 * @return {@code true} if a native call is under way on this thread
	 */
	public boolean isInCallback() {
		return this.inCallback;
	}

	void enterCallback() {
		this.inCallback = true;
	}

	void leaveCallback() {
		this.inCallback = false;
	}

	/** The first failure is the one that ends the statement. */
	void callbackFailed(Throwable failure) {
		if (this.callbackFailure == null) {
			this.callbackFailure = failure;
		}
	}

	void comparisonFailed(Throwable failure) {
		this.callbackFailure = failure;
		this.comparisonFailed = true;
	}

	static String callbackMessage(Throwable failure) {
		return (failure.getMessage() != null) ? failure.getMessage() : failure.getClass().getName();
	}

	/** Never passes the address of what is gone, nor one that is in use. */
	private long handle() {
		if (this.inCallback) {
			throw new IllegalStateException("The native connection is executing a statement");
		}
		long open = this.handle;
		if (open == 0) {
			throw new IllegalStateException("The native connection is closed");
		}
		return open;
	}

	private static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
