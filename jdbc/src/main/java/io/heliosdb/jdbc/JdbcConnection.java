package io.heliosdb.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.BatchUpdateException;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Struct;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.engine.NativeStatement;
import io.heliosdb.engine.NativeStatement.BatchOutcome;
import io.heliosdb.engine.Parameters;
import io.heliosdb.engine.Rows;
import io.heliosdb.jdbc.sql.StatementText;

/**
 * A connection. One lock guards its native connection and all its statements, so that
 * threads which share it take turns; {@link Statement#cancel()} and closing work from any
 * thread at any time.
 * <p>
 * {@code BEGIN} goes out with the first statement of a transaction, so that an idle one
 * holds nothing. A statement that writes takes the database's turn to write first, and
 * the turn is given up when SQLite's state after a call says that nothing is being
 * written any more: whichever way the transaction ended, by JDBC, by SQL or by an error.
 */
final class JdbcConnection implements HeliosConnection, SelfWrapper {

	/** The first result is short, for those who want one row; the others are long. */
	private static final int FIRST_RESULT_BYTES = 8192;

	private final ReentrantLock lock = new ReentrantLock();

	private final ConnectionSettings settings;

	private final QueryListener listener;

	private final Database database;

	private final NativeConnection nativeConnection;

	private final StatementCache cache = new StatementCache();

	private final Map<GeneratedKeys, String> keyStatements = new ConcurrentHashMap<>();

	/** Most connections read one result at a time. */
	private final AtomicReference<Rows> spareRows = new AtomicReference<>();

	private final Parameters noParameters = new Parameters();

	private final Properties clientInfo = new Properties();

	private volatile boolean closed;

	/** Another thread waits to close this: nothing more is executed. */
	private volatile boolean closing;

	/** The statement whose execution is under way, for abort. */
	private volatile JdbcStatement executing;

	private volatile int lastCacheBytes;

	private boolean autoCommit = true;

	private boolean readOnly;

	private boolean inTransaction;

	/** SQLite rolled the transaction back by itself; nothing runs until rollback(). */
	private boolean aborted;

	private boolean hasTurn;

	private volatile int networkTimeoutMillis;

	private int savepoints;

	private JdbcConnection(ConnectionSettings settings, QueryListener listener, Database database,
			NativeConnection nativeConnection) {
		this.settings = settings;
		this.listener = listener;
		this.database = database;
		this.nativeConnection = nativeConnection;
		this.readOnly = settings.isReadOnly();
	}

	/**
	 * Opens a connection.
	 * @param settings where to and how
	 * @param listener hears of every statement, may be {@code null}
	 * @return the connection
	 * @throws SQLException if the database cannot be opened
	 */
	static JdbcConnection open(ConnectionSettings settings, QueryListener listener) throws SQLException {
		Database database = Database.acquire(settings);
		try {
			JdbcConnection connection = new JdbcConnection(settings, listener, database, database.openNative(settings));
			database.opened(connection);
			return connection;
		}
		catch (SQLException | RuntimeException ex) {
			database.release();
			throw ex;
		}
	}

	/* What statements and result sets do through their connection. */

	/** Finds or prepares the first statement of a text. */
	CachedStatement prepare(String sql) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			CachedStatement cached = this.cache.borrow(sql);
			if (cached != null) {
				return cached;
			}
			byte[] text = sql.getBytes(StandardCharsets.UTF_8);
			NativeStatement statement = this.nativeConnection.prepare(text, 0);
			if (statement == null) {
				throw SqlState.SYNTAX_ERROR.exception("There is no statement in the SQL text '" + sql + "'");
			}
			String rest = new String(text, statement.tail(), text.length - statement.tail(), StandardCharsets.UTF_8);
			CachedStatement prepared = new CachedStatement(statement, sql, rest, this.settings.shortName(), this.lock);
			this.cache.add(prepared);
			return prepared;
		}
		catch (NativeException ex) {
			this.keyStatements.clear();
			throw SqliteError.ofPrepare(ex, sql);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Takes a statement back, ending its execution. */
	void giveBack(CachedStatement statement) {
		this.lock.lock();
		try {
			if (!this.closed) {
				reset(statement);
				this.cache.giveBack(statement);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Ends an execution whose rows nobody wants any more, if it has not ended. */
	void reset(CachedStatement statement) {
		this.lock.lock();
		try {
			if (!this.closed && statement.isActive()) {
				statement.setActive(false);
				statement.statement().reset();
				settle(this.nativeConnection.state());
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	Rows takeRows() {
		Rows rows = this.spareRows.getAndSet(null);
		return (rows != null) ? rows : new Rows();
	}

	void giveBack(Rows rows) {
		rows.clear();
		this.spareRows.set(rows);
	}

	/**
	 * Executes a statement and reads its first rows.
	 * @return whether the execution has ended
	 */
	boolean execute(JdbcStatement owner, CachedStatement statement, Parameters parameters, Rows rows, int limit)
			throws SQLException {
		return observed(statement.query(), () -> run(owner, statement, (ticket) -> {
			statement.setActive(false);
			int code = statement.statement().execute(parameters, rows, FIRST_RESULT_BYTES, limit, ticket);
			statement.reprepared(rows.reprepared());
			return ended(statement, code, rows);
		}));
	}

	/**
	 * Reads the next rows of an execution.
	 * @return whether the execution has ended
	 */
	boolean fetch(JdbcStatement owner, CachedStatement statement, Rows rows, int limit) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			owner.checkOpen();
			return interruptible(owner, statement, (ticket) -> {
				statement.setActive(false);
				int code = statement.statement().fetch(rows, Rows.CAPACITY, limit, ticket);
				return ended(statement, code, rows);
			});
		}
		finally {
			this.lock.unlock();
		}
	}

	/** An execution that failed has ended as well: only one that may go on is active. */
	private boolean ended(CachedStatement statement, int code, Rows rows) {
		boolean ended = code == NativeStatement.DONE;
		statement.setActive(!ended);
		settle(rows.state());
		committed(rows.walFrames());
		return ended;
	}

	/**
	 * Executes a statement once for each set of parameters. In auto-commit mode the sets
	 * that succeed are committed together.
	 * @return number of rows that each set changed
	 * @throws BatchUpdateException if one failed
	 */
	long[] executeBatch(JdbcStatement owner, CachedStatement statement, Parameters parameters, int count)
			throws SQLException {
		return observed(statement.query(), () -> {
			this.lock.lock();
			try {
				checkUsable();
				long[] changes = new long[count];
				boolean together = this.autoCommit && !this.inTransaction && !statement.isReadOnly() && count > 1;
				BatchOutcome outcome = together ? runBatchTogether(owner, statement, parameters, count, changes)
						: runBatch(owner, statement, parameters, count, changes);
				if (outcome.failure() != null) {
					throw owner.batchFailure(outcome.failure(), Arrays.copyOf(changes, outcome.executed()));
				}
				return changes;
			}
			finally {
				this.lock.unlock();
			}
		});
	}

	private BatchOutcome runBatchTogether(JdbcStatement owner, CachedStatement statement, Parameters parameters,
			int count, long[] changes) throws SQLException {
		checkWritable(statement);
		begin(owner);
		try {
			BatchOutcome outcome = runBatch(owner, statement, parameters, count, changes);
			if (!this.inTransaction) {
				return new BatchOutcome(0, outcome.failure());
			}
			control("COMMIT");
			return outcome;
		}
		finally {
			// In auto-commit mode no transaction may stay open.
			if (this.inTransaction) {
				control("ROLLBACK");
			}
		}
	}

	private BatchOutcome runBatch(JdbcStatement owner, CachedStatement statement, Parameters parameters, int count,
			long[] changes) throws SQLException {
		return run(owner, statement, (ticket) -> {
			BatchOutcome outcome = statement.statement().executeBatch(parameters, count, changes, ticket);
			settle(this.nativeConnection.state());
			return outcome;
		});
	}

	/** Reads from a value that did not fit into its row. */
	int readLarge(CachedStatement statement, int column, long offset, byte[] out, int start, int length)
			throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			int read = statement.statement().readLarge(column, offset, out, start, length);
			if (read < 0) {
				throw SqlState.INVALID_CURSOR_STATE.exception(
						"The value of column " + (column + 1) + " can only be read while its row is the current one");
			}
			return read;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Tells the listener, if there is one that wants to know. */
	private <T> T observed(Query query, SqlCall<T> call) throws SQLException {
		if (this.listener == null || !this.listener.isListening()) {
			return call.run();
		}
		Object context = this.listener.queryStarted(query);
		long start = System.nanoTime();
		SQLException failure = null;
		try {
			return call.run();
		}
		catch (SQLException ex) {
			failure = ex;
			throw ex;
		}
		finally {
			this.listener.queryFinished(query, context, System.nanoTime() - start, failure);
		}
	}

	/** One execution, with the transaction and the turn that it needs. */
	private <T> T run(JdbcStatement owner, CachedStatement statement, NativeCall<T> call) throws SQLException {
		this.lock.lock();
		try {
			checkUsable();
			owner.checkOpen();
			if (!this.autoCommit && !this.inTransaction && statement.joinsTransaction()) {
				begin(owner);
			}
			if (!statement.isReadOnly()) {
				checkWritable(statement);
				takeTurn(owner);
			}
			return interruptible(owner, statement, call);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** One native call that cancel, time-outs and abort can end. */
	private <T> T interruptible(JdbcStatement owner, CachedStatement statement, NativeCall<T> call)
			throws SQLException {
		boolean inTransactionBefore = this.inTransaction;
		long ticket = this.nativeConnection.nextTicket();
		Future<?> timeout = owner.startExecution(ticket, this.networkTimeoutMillis);
		this.executing = owner;
		boolean succeeded = false;
		try {
			checkNotClosing();
			owner.checkNotCancelled();
			T result = call.run(ticket);
			succeeded = true;
			return result;
		}
		catch (NativeException ex) {
			if (SqliteError.primary(ex.code()) == SqliteError.INTERRUPT) {
				throw owner.interrupted(ex);
			}
			if (SqliteError.primary(ex.code()) == SqliteError.ERROR) {
				// The schema may have changed under what was made for generated keys.
				this.keyStatements.clear();
			}
			throw SqliteError.of(ex);
		}
		finally {
			this.executing = null;
			owner.endExecution(timeout);
			if (!succeeded) {
				// A statement that was cancelled before it began must not keep the turn.
				settle(this.nativeConnection.state());
			}
			// Some errors make SQLite roll back all: what follows must not commit alone.
			if (inTransactionBefore && !this.inTransaction && !this.autoCommit && statement.joinsTransaction()) {
				this.aborted = true;
			}
		}
	}

	void cancel(long ticket) {
		this.nativeConnection.cancel(ticket);
	}

	private void begin(JdbcStatement owner) throws SQLException {
		if (!this.readOnly && this.settings.isImmediate()) {
			takeTurn(owner);
			control("BEGIN IMMEDIATE");
		}
		else {
			control("BEGIN");
		}
	}

	/** A statement of the driver's own. */
	private void control(String sql) throws SQLException {
		checkOpen();
		Rows rows = takeRows();
		CachedStatement statement = null;
		try {
			statement = prepare(sql);
			statement.statement()
				.execute(this.noParameters, rows, Rows.CAPACITY, 0, this.nativeConnection.nextTicket());
			committed(rows.walFrames());
		}
		catch (NativeException ex) {
			throw SqliteError.of(ex);
		}
		finally {
			// If it failed, the turn that was taken for it must not be kept.
			settle(this.nativeConnection.state());
			giveBack(rows);
			if (statement != null) {
				this.cache.giveBack(statement);
			}
		}
	}

	private void takeTurn(JdbcStatement owner) throws SQLException {
		if (this.hasTurn) {
			return;
		}
		if (!this.database.writers().tryAcquire()) {
			awaitTurn(owner);
		}
		this.hasTurn = true;
	}

	private void awaitTurn(JdbcStatement owner) throws SQLException {
		WriterQueue.Waiter waiter = new WriterQueue.Waiter();
		long busyMillis = this.settings.busyTimeout().toMillis();
		Future<?> timeout = owner.startWaiting(waiter, this.networkTimeoutMillis);
		this.executing = owner;
		WriterQueue.Outcome outcome;
		try {
			checkNotClosing();
			owner.checkNotCancelled();
			outcome = this.database.writers().acquire(waiter, TimeUnit.MILLISECONDS.toNanos(busyMillis));
		}
		finally {
			this.executing = null;
			owner.endExecution(timeout);
		}
		switch (outcome) {
			case GRANTED:
				return;
			case CANCELLED:
				throw owner.interrupted(null);
			case INTERRUPTED:
				throw SqlState.CANCELLED.exception(
						"The thread was interrupted while it waited for the writer of " + this.settings.displayName());
			default:
				throw SqlState.TIMEOUT.exception("Waited " + busyMillis + " ms (busy_timeout) for the writer of "
						+ this.settings.displayName() + ": another connection holds a write transaction open. "
						+ "Keep transactions short, mark those that only read as read-only, or raise busy_timeout",
						SqliteError.BUSY, null);
		}
	}

	/** Brings the driver's view in line with SQLite's. */
	private void settle(int state) {
		this.inTransaction = (state & NativeConnection.STATE_AUTOCOMMIT) == 0;
		if (this.hasTurn && !this.inTransaction && (state & NativeConnection.STATE_WRITING) == 0) {
			this.hasTurn = false;
			this.database.writers().release();
		}
	}

	private void committed(int walFrames) {
		if (!this.inTransaction) {
			this.database.committed(walFrames);
		}
	}

	private void checkOpen() throws SQLException {
		if (this.closed) {
			throw SqlState.CONNECTION_CLOSED.exception("The connection is closed");
		}
	}

	private void checkNotClosing() throws SQLException {
		if (this.closing) {
			throw SqlState.CONNECTION_CLOSED.exception("The connection is being closed");
		}
	}

	private void checkUsable() throws SQLException {
		checkOpen();
		if (this.aborted) {
			throw SqlState.TRANSACTION_ABORTED.exception("An earlier error made SQLite roll back this transaction; "
					+ "nothing runs in it until rollback() is called");
		}
	}

	private void checkWritable(CachedStatement statement) throws SQLException {
		if (this.readOnly) {
			throw SqlState.READ_ONLY.exception(
					"The connection is read-only, and this statement writes: " + statement.sql(), SqliteError.READONLY,
					null);
		}
	}

	ConnectionSettings settings() {
		return this.settings;
	}

	/** The statement that brings back the keys which an INSERT makes. */
	String keyStatement(GeneratedKeys keys) throws SQLException {
		String sql = this.keyStatements.get(keys);
		if (sql == null) {
			sql = keys.statement(this);
			if (this.keyStatements.size() >= StatementCache.CAPACITY) {
				this.keyStatements.clear();
			}
			this.keyStatements.put(keys, sql);
		}
		return sql;
	}

	int cacheBytes() {
		if (this.lock.tryLock()) {
			try {
				if (!this.closed) {
					this.lastCacheBytes = this.nativeConnection.cacheBytes();
				}
			}
			finally {
				this.lock.unlock();
			}
		}
		return this.lastCacheBytes;
	}

	/* java.sql.Connection: statements */

	@Override
	public Statement createStatement() throws SQLException {
		checkOpen();
		return new JdbcStatement(this);
	}

	@Override
	public Statement createStatement(int resultSetType, int resultSetConcurrency) throws SQLException {
		return createStatement(resultSetType, resultSetConcurrency, ResultSet.HOLD_CURSORS_OVER_COMMIT);
	}

	@Override
	public Statement createStatement(int resultSetType, int resultSetConcurrency, int resultSetHoldability)
			throws SQLException {
		checkCursor(resultSetType, resultSetConcurrency);
		return createStatement();
	}

	@Override
	public PreparedStatement prepareStatement(String sql) throws SQLException {
		return prepareStatement(sql, GeneratedKeys.NONE);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) throws SQLException {
		return prepareStatement(sql, GeneratedKeys.of(sql, autoGeneratedKeys));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int[] columnIndexes) throws SQLException {
		return prepareStatement(sql, GeneratedKeys.of(sql, columnIndexes));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, String[] columnNames) throws SQLException {
		return prepareStatement(sql, GeneratedKeys.of(sql, columnNames));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int resultSetType, int resultSetConcurrency)
			throws SQLException {
		return prepareStatement(sql, resultSetType, resultSetConcurrency, ResultSet.HOLD_CURSORS_OVER_COMMIT);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int resultSetType, int resultSetConcurrency,
			int resultSetHoldability) throws SQLException {
		checkCursor(resultSetType, resultSetConcurrency);
		return prepareStatement(sql);
	}

	private PreparedStatement prepareStatement(String sql, GeneratedKeys keys) throws SQLException {
		checkOpen();
		return JdbcPreparedStatement.prepare(this, sql, keys);
	}

	private static void checkCursor(int type, int concurrency) throws SQLException {
		if (type != ResultSet.TYPE_FORWARD_ONLY) {
			throw Unsupported.feature("A scrollable result set");
		}
		if (concurrency != ResultSet.CONCUR_READ_ONLY) {
			throw Unsupported.feature("An updatable result set");
		}
	}

	@Override
	public CallableStatement prepareCall(String sql) throws SQLException {
		throw Unsupported.feature("A stored procedure");
	}

	@Override
	public CallableStatement prepareCall(String sql, int resultSetType, int resultSetConcurrency) throws SQLException {
		return prepareCall(sql);
	}

	@Override
	public CallableStatement prepareCall(String sql, int resultSetType, int resultSetConcurrency,
			int resultSetHoldability) throws SQLException {
		return prepareCall(sql);
	}

	@Override
	public String nativeSQL(String sql) {
		return sql;
	}

	/* java.sql.Connection: transactions */

	@Override
	public void setAutoCommit(boolean autoCommit) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			if (autoCommit && !this.autoCommit) {
				finishCommit();
			}
			this.autoCommit = autoCommit;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		checkOpen();
		return this.autoCommit;
	}

	@Override
	public void commit() throws SQLException {
		this.lock.lock();
		try {
			checkInTransactionMode("commit");
			finishCommit();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void finishCommit() throws SQLException {
		if (this.aborted) {
			throw SqlState.TRANSACTION_ROLLED_BACK.exception("An earlier error made SQLite roll back this transaction: "
					+ "nothing was committed. Call rollback() before you go on");
		}
		if (this.inTransaction) {
			control("COMMIT");
		}
	}

	@Override
	public void rollback() throws SQLException {
		this.lock.lock();
		try {
			checkInTransactionMode("rollback");
			this.aborted = false;
			if (this.inTransaction) {
				control("ROLLBACK");
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void checkInTransactionMode(String call) throws SQLException {
		checkOpen();
		if (this.autoCommit) {
			throw SqlState.INVALID_TRANSACTION_STATE
				.exception("Cannot " + call + ": the connection is in auto-commit mode");
		}
	}

	@Override
	public Savepoint setSavepoint() throws SQLException {
		return setSavepoint(null);
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		this.lock.lock();
		try {
			checkInTransactionMode("set a savepoint");
			checkUsable();
			if (!this.inTransaction) {
				try (JdbcStatement owner = new JdbcStatement(this)) {
					begin(owner);
				}
			}
			JdbcSavepoint savepoint = new JdbcSavepoint(++this.savepoints, name);
			control("SAVEPOINT " + savepoint.sqlName());
			return savepoint;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void rollback(Savepoint savepoint) throws SQLException {
		onSavepoint("ROLLBACK TO ", savepoint);
	}

	@Override
	public void releaseSavepoint(Savepoint savepoint) throws SQLException {
		onSavepoint("RELEASE ", savepoint);
	}

	private void onSavepoint(String command, Savepoint savepoint) throws SQLException {
		this.lock.lock();
		try {
			checkInTransactionMode("use a savepoint");
			checkUsable();
			control(command + JdbcSavepoint.sqlNameOf(savepoint));
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void setReadOnly(boolean readOnly) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			if (readOnly == this.readOnly) {
				return;
			}
			if (this.inTransaction) {
				throw SqlState.INVALID_TRANSACTION_STATE
					.exception("Cannot change to " + (readOnly ? "read-only" : "read-write") + " within a transaction");
			}
			if (!readOnly && this.settings.isReadOnly()) {
				throw SqlState.READ_ONLY
					.exception("The database was opened read-only: remove the connection parameter read_only");
			}
			this.readOnly = readOnly;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		checkOpen();
		return this.readOnly;
	}

	/** Every level is accepted and gives the highest: SQLite knows no lower one. */
	@Override
	public void setTransactionIsolation(int level) throws SQLException {
		checkOpen();
		switch (level) {
			case TRANSACTION_READ_UNCOMMITTED, TRANSACTION_READ_COMMITTED, TRANSACTION_REPEATABLE_READ,
					TRANSACTION_SERIALIZABLE:
				return;
			default:
				throw SqlState.INVALID_PARAMETER_VALUE.exception("There is no transaction isolation level " + level);
		}
	}

	@Override
	public int getTransactionIsolation() throws SQLException {
		checkOpen();
		return TRANSACTION_SERIALIZABLE;
	}

	/* java.sql.Connection: closing */

	@Override
	public void close() throws SQLException {
		if (!this.lock.tryLock()) {
			this.closing = true;
			cancelExecution();
			this.lock.lock();
		}
		try {
			if (this.closed) {
				return;
			}
			this.cache.close();
			this.closed = true;
			this.nativeConnection.close();
			if (this.hasTurn) {
				this.hasTurn = false;
				this.database.writers().release();
			}
		}
		finally {
			this.lock.unlock();
		}
		this.database.closed(this);
		this.database.release();
	}

	private void cancelExecution() {
		JdbcStatement statement = this.executing;
		if (statement != null) {
			statement.cancelExecution();
		}
	}

	@Override
	public boolean isClosed() {
		return this.closed;
	}

	@Override
	public void abort(Executor executor) throws SQLException {
		if (executor == null) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("abort needs an executor");
		}
		if (this.closed) {
			return;
		}
		cancelExecution();
		executor.execute(() -> {
			try {
				close();
			}
			catch (SQLException ex) {
				throw new IllegalStateException("Cannot close the aborted connection", ex);
			}
		});
	}

	@Override
	public boolean isValid(int timeout) throws SQLException {
		if (timeout < 0) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The time-out " + timeout + " is negative");
		}
		return !this.closed;
	}

	/* java.sql.Connection: the rest */

	@Override
	public DatabaseMetaData getMetaData() throws SQLException {
		checkOpen();
		return new JdbcDatabaseMetaData(this);
	}

	@Override
	public DatabaseStatus getDatabaseStatus() throws SQLException {
		checkOpen();
		return this.database.status();
	}

	@Override
	public void setCatalog(String catalog) throws SQLException {
		checkOpen();
	}

	@Override
	public String getCatalog() throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public void setSchema(String schema) throws SQLException {
		checkOpen();
	}

	@Override
	public String getSchema() throws SQLException {
		checkOpen();
		return null;
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

	@Override
	public Map<String, Class<?>> getTypeMap() throws SQLException {
		checkOpen();
		return Map.of();
	}

	@Override
	public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
		throw Unsupported.feature("A type map");
	}

	@Override
	public void setHoldability(int holdability) throws SQLException {
		checkOpen();
		if (holdability != ResultSet.HOLD_CURSORS_OVER_COMMIT) {
			throw Unsupported.feature("Closing result sets on commit");
		}
	}

	@Override
	public int getHoldability() throws SQLException {
		checkOpen();
		return ResultSet.HOLD_CURSORS_OVER_COMMIT;
	}

	@Override
	public void setClientInfo(String name, String value) throws SQLClientInfoException {
		if (value != null) {
			this.clientInfo.setProperty(name, value);
		}
		else {
			this.clientInfo.remove(name);
		}
	}

	@Override
	public void setClientInfo(Properties properties) throws SQLClientInfoException {
		this.clientInfo.clear();
		this.clientInfo.putAll(properties);
	}

	@Override
	public String getClientInfo(String name) throws SQLException {
		checkOpen();
		return this.clientInfo.getProperty(name);
	}

	@Override
	public Properties getClientInfo() throws SQLException {
		checkOpen();
		Properties copy = new Properties();
		copy.putAll(this.clientInfo);
		return copy;
	}

	/** Bounds every execution: there is no network, but the callers mean the same. */
	@Override
	public void setNetworkTimeout(Executor executor, int milliseconds) throws SQLException {
		checkOpen();
		if (milliseconds < 0) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The time-out " + milliseconds + " is negative");
		}
		this.networkTimeoutMillis = milliseconds;
	}

	@Override
	public int getNetworkTimeout() throws SQLException {
		checkOpen();
		return this.networkTimeoutMillis;
	}

	@Override
	public Clob createClob() throws SQLException {
		throw Unsupported.feature("A Clob locator");
	}

	@Override
	public Blob createBlob() throws SQLException {
		throw Unsupported.feature("A Blob locator");
	}

	@Override
	public NClob createNClob() throws SQLException {
		throw Unsupported.feature("An NClob locator");
	}

	@Override
	public SQLXML createSQLXML() throws SQLException {
		throw Unsupported.feature("SQLXML");
	}

	@Override
	public Array createArrayOf(String typeName, Object[] elements) throws SQLException {
		throw Unsupported.feature("An array");
	}

	@Override
	public Struct createStruct(String typeName, Object[] attributes) throws SQLException {
		throw Unsupported.feature("A structured type");
	}

	@Override
	public String toString() {
		return "HeliosConnection[" + this.settings.displayName() + "]";
	}

	@FunctionalInterface
	private interface SqlCall<T> {

		T run() throws SQLException;

	}

	@FunctionalInterface
	private interface NativeCall<T> {

		T run(long ticket) throws NativeException, SQLException;

	}

}
