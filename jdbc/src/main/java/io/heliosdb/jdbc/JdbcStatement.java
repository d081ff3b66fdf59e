package io.heliosdb.jdbc;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.heliosdb.engine.NativeException;
import io.heliosdb.engine.Parameters;
import io.heliosdb.engine.Rows;

/**
 * A statement. A text with several statements is executed as a whole, and
 * {@link #getMoreResults()} goes through their results.
 */
class JdbcStatement implements Statement, SelfWrapper {

	private static final Parameters NO_PARAMETERS = new Parameters();

	private static final ParameterValues NO_VALUES = new ParameterValues(0);

	private final JdbcConnection connection;

	protected final Session session;

	private Result current = Result.NONE;

	/** Results behind the current one, of a text with several statements. */
	private Deque<Result> further;

	private List<String> batch;

	private JdbcResultSet generatedKeys;

	private volatile boolean closed;

	private final int resultSetType;

	private int fetchDirection = ResultSet.FETCH_FORWARD;

	private boolean escapeProcessing = true;

	private boolean poolable;

	private boolean closeOnCompletion;

	private long maxRows;

	private int fetchSize;

	private int queryTimeoutSeconds;

	/* The execution under way: another thread may end it. */

	/** Its ticket, 0 when none is under way. */
	private volatile long executionTicket;

	private volatile WriterQueue.Waiter waiter;

	private volatile boolean cancelRequested;

	private volatile boolean timedOut;

	private long deadline;

	/**
	 * A statement whose results are read once, from the first row to the last.
	 * @param connection the connection
	 */
	JdbcStatement(JdbcConnection connection) {
		this(connection, ResultSet.TYPE_FORWARD_ONLY);
	}

	/**
	 * A statement.
	 * @param connection the connection
	 * @param resultSetType a {@code TYPE_…} constant of {@link ResultSet}
	 */
	JdbcStatement(JdbcConnection connection, int resultSetType) {
		this.connection = connection;
		this.session = connection.session();
		this.resultSetType = resultSetType;
	}

	/* Executing */

	/**
	 * One statement's result: rows or a count.
	 *
	 * @param rows the rows, {@code null} for a count
	 * @param updateCount the count, -1 for rows
	 */
	private record Result(JdbcResultSet rows, long updateCount) {

		static final Result NONE = new Result(null, -1);

	}

	/** Starts anew: what earlier executions left is gone. */
	protected void begin() throws SQLException {
		checkOpen();
		closeResults();
		if (this.generatedKeys != null) {
			this.generatedKeys.close();
			this.generatedKeys = null;
		}
		this.cancelRequested = false;
		this.timedOut = false;
		this.deadline = 0;
	}

	private void closeResults() throws SQLException {
		Result result = this.current;
		while (result != Result.NONE) {
			if (result.rows() != null) {
				result.rows().close();
			}
			result = nextResult();
		}
		this.current = Result.NONE;
	}

	private Result nextResult() {
		Result next = (this.further != null) ? this.further.poll() : null;
		return (next != null) ? next : Result.NONE;
	}

	/** The text as SQLite knows it. */
	private String unescaped(String sql) throws SQLException {
		checkOpen();
		return this.escapeProcessing ? this.connection.nativeSQL(sql) : sql;
	}

	/** Executes all statements of a text. */
	private boolean executeText(String sql, GeneratedKeys keys) throws SQLException {
		begin();
		String text = (keys != GeneratedKeys.NONE) ? this.session.keyStatement(keys, this.connection) : sql;
		while (text != null) {
			CachedStatement statement = prepare(text);
			text = statement.rest();
			Result result = Result.NONE;
			try {
				if (statement.statement().parameterCount() > 0) {
					throw parametersWithoutValues(sql);
				}
				result = (keys != GeneratedKeys.NONE) ? executeForKeys(statement, NO_PARAMETERS)
						: executeOne(statement, NO_PARAMETERS, text != null, true);
			}
			finally {
				if (result.rows() == null || text != null) {
					this.session.giveBack(statement);
				}
			}
			add(result);
		}
		return this.current.rows() != null;
	}

	private CachedStatement prepare(String sql) throws SQLException {
		CachedStatement statement = this.session.borrow(sql);
		if (statement != null) {
			return statement;
		}
		TranslatedSql translated = this.session.translation(sql);
		if (translated == null) {
			return this.session.prepare(sql);
		}
		if (translated.statement().parameterCount() > 0) {
			throw parametersWithoutValues(sql);
		}
		return this.session.prepare(this, translated, NO_VALUES, null);
	}

	private static SQLException parametersWithoutValues(String sql) {
		return SqlState.INVALID_PARAMETER_INDEX
			.exception("The SQL text has parameters: use prepareStatement for " + sql);
	}

	private void add(Result result) {
		if (this.current == Result.NONE) {
			this.current = result;
			return;
		}
		if (this.further == null) {
			this.further = new ArrayDeque<>();
		}
		this.further.add(result);
	}

	/**
	 * Executes a statement.
	 * @param statement the statement
	 * @param parameters a set of parameters
	 * @param inMemory whether to read all rows at once, so that another can follow
	 * @param giveBack whether the statement goes back to the cache with its rows
	 * @return its rows or count
	 */
	private Result executeOne(CachedStatement statement, Parameters parameters, boolean inMemory, boolean giveBack)
			throws SQLException {
		Rows rows = this.session.takeRows();
		boolean kept = false;
		try {
			boolean ended = this.session.execute(this, statement, parameters, rows, 0);
			if (rows.columnCount() == 0) {
				return new Result(null, rows.changes());
			}
			NativeCursor cursor = new NativeCursor(this.session, this, statement, rows, ended, this.maxRows);
			if (inMemory) {
				List<Object[]> read = new ArrayList<>();
				MemoryCursor.readAll(cursor, read);
				return new Result(new JdbcResultSet(this, new MemoryCursor(List.of(statement.labels()), read), null),
						-1);
			}
			kept = true;
			Cursor wanted = (this.resultSetType == ResultSet.TYPE_FORWARD_ONLY) ? cursor : new ScrollCursor(cursor);
			return new Result(new JdbcResultSet(this, wanted, giveBack ? statement : null), -1);
		}
		finally {
			if (!kept) {
				this.session.giveBack(rows);
			}
		}
	}

	/**
	 * Executes an INSERT whose RETURNING clause brings the keys, or else of which the
	 * last row id is the key; the result is its count.
	 */
	private Result executeForKeys(CachedStatement statement, Parameters parameters) throws SQLException {
		List<Object[]> rows = new ArrayList<>();
		Result result = new Result(null, readKeys(statement, parameters, rows));
		this.generatedKeys = new JdbcResultSet(this, MemoryCursor.ofKeys(keyLabels(statement), rows), null);
		return result;
	}

	private static List<String> keyLabels(CachedStatement statement) throws SQLException {
		return statement.returnsRows() ? List.of(statement.labels()) : List.of(GeneratedKeys.ROW_ID);
	}

	private long readKeys(CachedStatement statement, Parameters parameters, List<Object[]> keys) throws SQLException {
		boolean ended = false;
		Rows rows = this.session.takeRows();
		try {
			boolean complete = this.session.execute(this, statement, parameters, rows, 0);
			NativeCursor cursor = new NativeCursor(this.session, this, statement, rows, complete, 0);
			MemoryCursor.readAll(cursor, keys);
			ended = true;
			if (!statement.returnsRows() && rows.changes() > 0) {
				keys.add(new Object[] { rows.lastRowId() });
			}
			return rows.changes();
		}
		finally {
			if (!ended) {
				this.session.reset(statement);
			}
			this.session.giveBack(rows);
		}
	}

	/*
	 * For the prepared statement, which brings its own native statement and parameters,
	 * and begins anew before.
	 */

	protected boolean executePrepared(CachedStatement statement, Parameters parameters, boolean forKeys)
			throws SQLException {
		this.current = forKeys ? executeForKeys(statement, parameters)
				: executeOne(statement, parameters, false, false);
		return this.current.rows() != null;
	}

	/** Executes for one set after the other, as each brings keys. */
	protected long[] executeBatchForKeys(int count, Executions executions) throws SQLException {
		List<Object[]> keys = new ArrayList<>();
		List<String> labels = List.of();
		long[] counts = new long[count];
		for (int i = 0; i < counts.length; i++) {
			try {
				Execution execution = executions.get(i);
				counts[i] = readKeys(execution.statement(), execution.parameters(), keys);
				labels = keyLabels(execution.statement());
			}
			catch (SQLException ex) {
				throw batchFailure(ex, Arrays.copyOf(counts, i));
			}
		}
		this.generatedKeys = new JdbcResultSet(this, MemoryCursor.ofKeys(labels, keys), null);
		return counts;
	}

	/**
	 * What is executed for one set of a batch.
	 *
	 * @param statement the statement
	 * @param parameters its parameters
	 */
	protected record Execution(CachedStatement statement, Parameters parameters) {
	}

	/** What is executed for each set of a batch. */
	@FunctionalInterface
	protected interface Executions {

		Execution get(int set) throws SQLException;

	}

	protected static BatchUpdateException batchFailure(SQLException failure, long[] counts) {
		return new BatchUpdateException(
				"Statement " + (counts.length + 1) + " of the batch failed: " + failure.getMessage(),
				failure.getSQLState(), failure.getErrorCode(), counts, failure);
	}

	/** The exception for a failure of an execution. */
	SQLException failure(NativeException failure, CachedStatement statement) {
		boolean interrupted = SqliteError.primary(failure.code()) == SqliteError.INTERRUPT;
		return interrupted ? interrupted(failure) : this.session.failure(failure, statement);
	}

	protected JdbcResultSet currentRows(String call) throws SQLException {
		JdbcResultSet rows = this.current.rows();
		if (rows == null) {
			throw SqlState.INVALID_CALL.exception(call + " was called for a statement that returns no rows");
		}
		return rows;
	}

	/**
	 * The count of what was executed. A statement with rows, such as an INSERT with a
	 * RETURNING of its own, is read to its end.
	 */
	protected long currentCount() throws SQLException {
		if (this.current.rows() == null) {
			return this.current.updateCount();
		}
		long count = this.current.rows().discard();
		this.current = new Result(null, count);
		return count;
	}

	/* What the connection calls around each native call */

	/**
	 * Says that an execution begins.
	 * @param ticket by which it can be cancelled
	 * @param networkTimeoutMillis the connection's bound, 0 for none
	 * @return what ends it in time, {@code null} if nothing bounds it
	 */
	Future<?> startExecution(long ticket, int networkTimeoutMillis) {
		this.executionTicket = ticket;
		return scheduleTimeout(networkTimeoutMillis);
	}

	Future<?> startWaiting(WriterQueue.Waiter newWaiter, int networkTimeoutMillis) {
		this.waiter = newWaiter;
		return scheduleTimeout(networkTimeoutMillis);
	}

	void endExecution(Future<?> timeout) {
		this.executionTicket = 0;
		if (this.waiter != null) {
			this.waiter = null;
		}
		if (timeout != null) {
			timeout.cancel(false);
		}
	}

	private Future<?> scheduleTimeout(int networkTimeoutMillis) {
		long millis = TimeUnit.SECONDS.toMillis(this.queryTimeoutSeconds);
		if (networkTimeoutMillis > 0 && (millis == 0 || networkTimeoutMillis < millis)) {
			millis = networkTimeoutMillis;
		}
		if (millis == 0) {
			return null;
		}
		long now = System.nanoTime();
		if (this.deadline == 0) {
			this.deadline = now + TimeUnit.MILLISECONDS.toNanos(millis);
		}
		return Timeouts.schedule(() -> {
			this.timedOut = true;
			cancelExecution();
		}, Math.max(0, TimeUnit.NANOSECONDS.toMillis(this.deadline - now)));
	}

	void checkNotCancelled() throws SQLException {
		if (this.cancelRequested) {
			throw interrupted(null);
		}
	}

	/** The exception for an execution that was ended by cancel or a time-out. */
	SQLException interrupted(NativeException cause) {
		int code = SqliteError.INTERRUPT;
		return this.timedOut
				? SqlState.TIMEOUT.exception("The statement took longer than its time-out and was ended", code, cause)
				: SqlState.CANCELLED.exception("The statement was cancelled", code, cause);
	}

	/** Ends what is under way; it may be just ending by itself. */
	final void cancelExecution() {
		this.cancelRequested = true;
		WriterQueue.Waiter waiting = this.waiter;
		if (waiting != null) {
			waiting.cancel();
		}
		long ticket = this.executionTicket;
		if (ticket != 0) {
			this.session.cancel(ticket);
		}
	}

	final void checkOpen() throws SQLException {
		if (isClosed()) {
			throw SqlState.INVALID_CALL.exception("The statement is closed");
		}
	}

	/** A result set has been closed. */
	void resultSetClosed(JdbcResultSet resultSet) throws SQLException {
		if (this.closeOnCompletion && this.current.rows() == resultSet
				&& (this.further == null || this.further.isEmpty())) {
			close();
		}
	}

	/** A result no longer reads from a statement that was taken from the cache for it. */
	void release(CachedStatement statement) {
		this.session.giveBack(statement);
	}

	/* java.sql.Statement */

	@Override
	public ResultSet executeQuery(String sql) throws SQLException {
		executeText(unescaped(sql), GeneratedKeys.NONE);
		return currentRows("executeQuery");
	}

	@Override
	public boolean execute(String sql) throws SQLException {
		return executeText(unescaped(sql), GeneratedKeys.NONE);
	}

	@Override
	public boolean execute(String sql, int autoGeneratedKeys) throws SQLException {
		String text = unescaped(sql);
		return executeText(text, GeneratedKeys.of(text, autoGeneratedKeys));
	}

	@Override
	public boolean execute(String sql, int[] columnIndexes) throws SQLException {
		String text = unescaped(sql);
		return executeText(text, GeneratedKeys.of(text, columnIndexes));
	}

	@Override
	public boolean execute(String sql, String[] columnNames) throws SQLException {
		String text = unescaped(sql);
		return executeText(text, GeneratedKeys.of(text, columnNames));
	}

	@Override
	public long executeLargeUpdate(String sql) throws SQLException {
		executeText(unescaped(sql), GeneratedKeys.NONE);
		return currentCount();
	}

	@Override
	public long executeLargeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
		execute(sql, autoGeneratedKeys);
		return currentCount();
	}

	@Override
	public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
		execute(sql, columnIndexes);
		return currentCount();
	}

	@Override
	public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
		execute(sql, columnNames);
		return currentCount();
	}

	@Override
	public int executeUpdate(String sql) throws SQLException {
		return toInt(executeLargeUpdate(sql));
	}

	@Override
	public int executeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
		return toInt(executeLargeUpdate(sql, autoGeneratedKeys));
	}

	@Override
	public int executeUpdate(String sql, int[] columnIndexes) throws SQLException {
		return toInt(executeLargeUpdate(sql, columnIndexes));
	}

	@Override
	public int executeUpdate(String sql, String[] columnNames) throws SQLException {
		return toInt(executeLargeUpdate(sql, columnNames));
	}

	/** As JDBC has it for a count that an int cannot hold. */
	protected static int toInt(long count) {
		return (count > Integer.MAX_VALUE) ? SUCCESS_NO_INFO : (int) count;
	}

	protected static int[] toInts(long[] counts) {
		return Arrays.stream(counts).mapToInt(JdbcStatement::toInt).toArray();
	}

	@Override
	public ResultSet getResultSet() throws SQLException {
		checkOpen();
		return this.current.rows();
	}

	@Override
	public int getUpdateCount() throws SQLException {
		return toInt(getLargeUpdateCount());
	}

	@Override
	public long getLargeUpdateCount() throws SQLException {
		checkOpen();
		return this.current.updateCount();
	}

	@Override
	public boolean getMoreResults() throws SQLException {
		return getMoreResults(CLOSE_CURRENT_RESULT);
	}

	@Override
	public boolean getMoreResults(int what) throws SQLException {
		checkOpen();
		if (what != KEEP_CURRENT_RESULT && this.current.rows() != null) {
			this.current.rows().close();
		}
		this.current = nextResult();
		return this.current.rows() != null;
	}

	@Override
	public ResultSet getGeneratedKeys() throws SQLException {
		checkOpen();
		if (this.generatedKeys == null) {
			this.generatedKeys = new JdbcResultSet(this, MemoryCursor.ofKeys(List.of(), List.of()), null);
		}
		return this.generatedKeys;
	}

	@Override
	public void addBatch(String sql) throws SQLException {
		checkOpen();
		if (this.batch == null) {
			this.batch = new ArrayList<>();
		}
		this.batch.add(sql);
	}

	@Override
	public void clearBatch() throws SQLException {
		checkOpen();
		this.batch = null;
	}

	@Override
	public int[] executeBatch() throws SQLException {
		return toInts(executeLargeBatch());
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		checkOpen();
		List<String> texts = (this.batch != null) ? this.batch : List.of();
		this.batch = null;
		long[] counts = new long[texts.size()];
		for (int i = 0; i < counts.length; i++) {
			try {
				if (executeText(unescaped(texts.get(i)), GeneratedKeys.NONE)) {
					throw SqlState.INVALID_CALL.exception("A batch cannot have a statement that returns rows");
				}
				counts[i] = this.current.updateCount();
			}
			catch (SQLException ex) {
				throw batchFailure(ex, Arrays.copyOf(counts, i));
			}
		}
		return counts;
	}

	@Override
	public void cancel() throws SQLException {
		checkOpen();
		cancelExecution();
	}

	@Override
	public void close() throws SQLException {
		if (!this.closed) {
			this.session.checkNotInFunction();
			this.closed = true;
			closeResults();
		}
	}

	@Override
	public final boolean isClosed() {
		return this.closed || this.connection.isClosed();
	}

	@Override
	public Connection getConnection() throws SQLException {
		checkOpen();
		return this.connection;
	}

	@Override
	public int getMaxRows() throws SQLException {
		return (int) Math.min(getLargeMaxRows(), Integer.MAX_VALUE);
	}

	@Override
	public void setMaxRows(int max) throws SQLException {
		setLargeMaxRows(max);
	}

	@Override
	public long getLargeMaxRows() throws SQLException {
		checkOpen();
		return this.maxRows;
	}

	@Override
	public void setLargeMaxRows(long max) throws SQLException {
		checkOpen();
		this.maxRows = notNegative("The number of rows", max);
	}

	@Override
	public int getQueryTimeout() throws SQLException {
		checkOpen();
		return this.queryTimeoutSeconds;
	}

	@Override
	public void setQueryTimeout(int seconds) throws SQLException {
		checkOpen();
		this.queryTimeoutSeconds = (int) notNegative("The time-out", seconds);
	}

	/** A hint that is kept but not needed: results come in parts of 64 KB. */
	@Override
	public void setFetchSize(int rows) throws SQLException {
		checkOpen();
		this.fetchSize = (int) notNegative("The fetch size", rows);
	}

	private static long notNegative(String what, long value) throws SQLException {
		if (value < 0) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception(what + " is negative: " + value);
		}
		return value;
	}

	@Override
	public int getFetchSize() throws SQLException {
		checkOpen();
		return this.fetchSize;
	}

	/** A hint only. */
	@Override
	public void setFetchDirection(int direction) throws SQLException {
		checkOpen();
		checkFetchDirection(direction);
		this.fetchDirection = direction;
	}

	void checkFetchDirection(int direction) throws SQLException {
		switch (direction) {
			case ResultSet.FETCH_FORWARD:
				return;
			case ResultSet.FETCH_REVERSE, ResultSet.FETCH_UNKNOWN:
				if (this.resultSetType == ResultSet.TYPE_FORWARD_ONLY) {
					throw Cursor.notScrollable();
				}
				return;
			default:
				throw SqlState.INVALID_PARAMETER_VALUE.exception("There is no fetch direction " + direction);
		}
	}

	@Override
	public int getFetchDirection() throws SQLException {
		checkOpen();
		return this.fetchDirection;
	}

	int fetchDirection() {
		return this.fetchDirection;
	}

	@Override
	public int getResultSetConcurrency() throws SQLException {
		checkOpen();
		return ResultSet.CONCUR_READ_ONLY;
	}

	@Override
	public int getResultSetType() throws SQLException {
		checkOpen();
		return this.resultSetType;
	}

	@Override
	public int getResultSetHoldability() throws SQLException {
		checkOpen();
		return ResultSet.HOLD_CURSORS_OVER_COMMIT;
	}

	@Override
	public int getMaxFieldSize() throws SQLException {
		checkOpen();
		return 0;
	}

	@Override
	public void setMaxFieldSize(int max) throws SQLException {
		checkOpen();
		if (max != 0) {
			throw Unsupported.feature("A bound on the size of values");
		}
	}

	@Override
	public void setEscapeProcessing(boolean enable) throws SQLException {
		checkOpen();
		this.escapeProcessing = enable;
	}

	@Override
	public void setCursorName(String name) throws SQLException {
		throw Unsupported.feature("A named cursor");
	}

	/** A hint only: native statements are kept in any case. */
	@Override
	public void setPoolable(boolean poolable) throws SQLException {
		checkOpen();
		this.poolable = poolable;
	}

	@Override
	public boolean isPoolable() throws SQLException {
		checkOpen();
		return this.poolable;
	}

	@Override
	public void closeOnCompletion() throws SQLException {
		checkOpen();
		this.closeOnCompletion = true;
	}

	@Override
	public boolean isCloseOnCompletion() throws SQLException {
		checkOpen();
		return this.closeOnCompletion;
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
