package io.heliosdb.jdbc;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
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
import io.heliosdb.jdbc.sql.RekeyPragma;
import io.heliosdb.jdbc.sql.TimeTravelSql.Point;

/**
 * What a connection, its statements and its result sets do together: the native
 * connection, its statements, the transaction and the turn to write. One lock guards all
 * of it, so that threads which share a connection take turns; {@link Statement#cancel()}
 * and closing work from any thread at any time.
 * <p>
 * {@code BEGIN} goes out with the first statement of a transaction, so that an idle one
 * holds nothing. A statement that writes takes the database's turn to write first, and
 * the turn is given up when SQLite's state after a call says that nothing is being
 * written any more: whichever way the transaction ended, by JDBC, by SQL or by an error.
 */
final class Session {

	/** The first result is short, for those who want one row; the others are long. */
	private static final int FIRST_RESULT_BYTES = 8192;

	private static final long PRESENT = -1;

	private final ReentrantLock lock = new ReentrantLock();

	/** With another key once that was changed. */
	private volatile ConnectionSettings settings;

	private final QueryListener listener;

	private final Database database;

	/** Another one after a change of the key. */
	private volatile NativeConnection nativeConnection;

	private final StatementCache cache = new StatementCache();

	private Past past;

	/** Functions and collations, which another connection of SQLite gets as well. */
	private final Map<Object, Registration> registrations = new LinkedHashMap<>();

	/** The point that all of it is read at, or {@link #PRESENT}. */
	private final long asOfScn;

	private final Map<GeneratedKeys, String> keyStatements = new ConcurrentHashMap<>();

	/** Most connections read one result at a time. */
	private final AtomicReference<Rows> spareRows = new AtomicReference<>();

	private final Parameters noParameters = new Parameters();

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

	/** Frames in the WAL after this connection's last commit. */
	private int lastWalFrames;

	private volatile int networkTimeoutMillis;

	private int savepoints;

	private Session(ConnectionSettings settings, QueryListener listener, Database database,
			NativeConnection nativeConnection, long asOfScn) {
		this.settings = settings;
		this.listener = listener;
		this.database = database;
		this.nativeConnection = nativeConnection;
		this.asOfScn = asOfScn;
		this.past = new Past(this, nativeConnection, database, this.cache);
		this.readOnly = isAlwaysReadOnly();
	}

	private boolean isAlwaysReadOnly() {
		return this.asOfScn != PRESENT || this.settings.isReadOnly();
	}

	/**
	 * Begins a session.
	 * @param settings where to and how
	 * @param listener hears of every statement, may be {@code null}
	 * @return the session
	 * @throws SQLException if the database cannot be opened
	 */
	static Session open(ConnectionSettings settings, QueryListener listener) throws SQLException {
		Database database = Database.acquire(settings);
		try {
			long scn = (settings.asOf() != null) ? database.find(settings.asOf()) : PRESENT;
			NativeConnection opened = (scn != PRESENT) ? database.openSnapshot(settings, scn)
					: database.openNative(settings);
			Session session = new Session(settings, listener, database, opened, scn);
			database.opened(session);
			return session;
		}
		catch (SQLException | RuntimeException ex) {
			database.release();
			throw ex;
		}
	}

	/* Statements */

	/**
	 * Finds the first statement of a text in the cache.
	 * @return the statement, {@code null} if it has to be prepared
	 */
	CachedStatement borrow(String sql) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			return this.cache.borrow(sql);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Reads the first statement of a text that is not in the cache.
	 * @return how it looks at the past, {@code null} if it is as SQLite knows it
	 */
	TranslatedSql translation(String sql) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			return this.past.translation(sql);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Finds or prepares the first statement of a text, which is as SQLite knows it. */
	CachedStatement prepare(String sql) throws SQLException {
		CachedStatement cached = borrow(sql);
		return (cached != null) ? cached : prepareAnew(sql);
	}

	private CachedStatement prepareAnew(String sql) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			String translated = Past.withoutOperators(sql);
			byte[] text = translated.getBytes(StandardCharsets.UTF_8);
			NativeStatement statement = prepareAt(text, sql, translated);
			if (statement == null) {
				throw SqlState.SYNTAX_ERROR.exception("There is no statement in the SQL text '" + sql + "'");
			}
			String rest = new String(text, statement.tail(), text.length - statement.tail(), StandardCharsets.UTF_8);
			CachedStatement prepared = new CachedStatement(statement, sql, translated, rest, this.settings.shortName(),
					this.lock);
			this.cache.add(prepared);
			check(prepared);
			return prepared;
		}
		finally {
			this.lock.unlock();
		}
	}

	private NativeStatement prepareAt(byte[] text, String sql, String translated) throws SQLException {
		try {
			return this.nativeConnection.prepare(text, 0);
		}
		catch (NativeException ex) {
			this.keyStatements.clear();
			throw sql.equals(translated) ? SqliteError.ofPrepare(ex, sql) : SqliteError.ofPrepareTranslated(ex, sql);
		}
	}

	private void check(CachedStatement prepared) throws SQLException {
		boolean valid = false;
		try {
			this.past.check(prepared);
			valid = true;
		}
		finally {
			if (!valid) {
				giveBack(prepared);
			}
		}
	}

	/**
	 * Makes a statement that looks at the past, for one execution: the points are found
	 * anew.
	 * @param owner what is executed
	 * @param translated the statement
	 * @param values the values of its parameters
	 * @param held what the last execution made of it, {@code null} if there is none; it
	 * serves again if the points are the same
	 */
	CachedStatement prepare(JdbcStatement owner, TranslatedSql translated, ParameterValues values, CachedStatement held)
			throws SQLException {
		try {
			return make(owner, translated, values, held);
		}
		catch (SQLException ex) {
			// It was to be executed, so a listener hears of it all the same.
			return observed(translated.query(), () -> {
				throw ex;
			});
		}
	}

	private CachedStatement make(JdbcStatement owner, TranslatedSql translated, ParameterValues values,
			CachedStatement held) throws SQLException {
		this.lock.lock();
		try {
			checkUsable();
			owner.checkOpen();
			if (translated.rekey() != null) {
				changeKey(translated.rekey(), values, held);
				return answer(translated);
			}
			if (!this.autoCommit && !this.inTransaction && translated.joinsTransaction()) {
				begin(owner);
			}
			return this.past.prepare(owner, translated, values, held);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Makes a statement that looks at the past, to learn about its columns.
	 * @param owner what asks
	 * @param translated the statement
	 * @param values the values of its parameters, {@code null} while they are not set
	 */
	CachedStatement describe(JdbcStatement owner, TranslatedSql translated, ParameterValues values)
			throws SQLException {
		this.lock.lock();
		try {
			checkUsable();
			return (translated.rekey() != null) ? answer(translated)
					: this.past.prepare(owner, translated, values, null);
		}
		finally {
			this.lock.unlock();
		}
	}

	private CachedStatement answer(TranslatedSql translated) throws SQLException {
		String text = translated.statement().translate(List.of());
		return prepare(translated, text, text, PastUse.NONE, Companions.NONE);
	}

	private void changeKey(RekeyPragma pragma, ParameterValues values, CachedStatement held) throws SQLException {
		Object value = (pragma.literal() != null) ? pragma.literal() : values.value(1);
		if (this.cache.isInUse(held)) {
			throw SqlState.OBJECT_IN_USE.exception("The encryption key cannot be changed while other statements of the "
					+ "connection are open: close them", SqliteError.LOCKED, null);
		}
		changeKey(KeySource.ofPragma(value), null, (pages, of) -> {
		});
	}

	/**
	 * Changes the key of the database, of which this is the only connection, or copies it
	 * under another key.
	 * @param next where the key comes from, {@code null} for no encryption
	 * @param copy the new file, {@code null} to change the database itself
	 * @param progress hears of the pages
	 * @return whether the history was kept
	 */
	boolean changeKey(KeySource next, Path copy, DatabaseEncryption.Progress progress) throws SQLException {
		this.lock.lock();
		try {
			checkUsable();
			if (this.inTransaction) {
				throw SqlState.INVALID_TRANSACTION_STATE
					.exception("The encryption key cannot be changed in a transaction: commit it first");
			}
			this.database.beginKeyChange(this);
			try {
				this.cache.close();
				this.nativeConnection.close();
				boolean kept = this.database.changeKey(next, copy, progress);
				if (copy == null) {
					this.settings = this.settings.withKey(next);
				}
				return kept;
			}
			finally {
				this.database.endKeyChange();
				reopen();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Goes on with another connection of SQLite, or closes this one. */
	private void reopen() throws SQLException {
		boolean open = false;
		try {
			this.nativeConnection = this.database.openNative(this.settings);
			this.past = new Past(this, this.nativeConnection, this.database, this.cache);
			for (Registration registration : this.registrations.values()) {
				registration.run(this.nativeConnection);
			}
			open = true;
		}
		catch (NativeException ex) {
			throw SqliteError.of(ex);
		}
		finally {
			if (!open) {
				this.closed = true;
				this.database.closed(this);
				this.database.release();
			}
		}
	}

	/** Prepares what became of a statement that looks at the past. */
	CachedStatement prepare(TranslatedSql translated, String key, String text, PastUse use, Companions companions)
			throws SQLException {
		try {
			NativeStatement statement = this.nativeConnection.prepare(text.getBytes(StandardCharsets.UTF_8), 0);
			CachedStatement prepared = new CachedStatement(statement, translated, key, text, use, companions,
					this.lock);
			this.cache.add(prepared);
			return prepared;
		}
		catch (NativeException ex) {
			throw (SqliteError.primary(ex.code()) == SqliteError.ERROR)
					? SqliteError.ofPrepareTranslated(ex, translated.sql()) : this.past.failure(ex, use);
		}
	}

	/**
	 * Evaluates an expression that names a point.
	 * @return {@code Long}, {@code Double}, {@code String}, {@code byte[]} or
	 * {@code null}
	 */
	Object evaluate(JdbcStatement owner, Point point, ParameterValues values) throws SQLException {
		Parameters parameters = new Parameters();
		values.addTo(parameters, point.bindings().stream().mapToInt(Integer::intValue).toArray());
		this.lock.lock();
		try {
			CachedStatement statement = prepare("SELECT " + point.operand());
			Rows rows = takeRows();
			try {
				return interruptible(owner, statement, (ticket) -> {
					statement.setActive(true);
					statement.statement().execute(parameters, rows, Rows.CAPACITY, 1, ticket);
					return rows.next() ? NativeSql.row(rows)[0] : null;
				});
			}
			finally {
				giveBack(rows);
				giveBack(statement);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The first row of a query of the driver's own about a point. */
	Object[] query(String sql, Object... parameters) throws SQLException {
		CachedStatement statement = prepare(sql);
		Rows rows = takeRows();
		try {
			statement.statement()
				.execute(NativeSql.parameters(parameters.length, parameters), rows, Rows.CAPACITY, 0,
						this.nativeConnection.nextTicket());
			rows.next();
			return NativeSql.row(rows);
		}
		catch (NativeException ex) {
			throw SqliteError.of(ex);
		}
		finally {
			giveBack(rows);
			this.cache.giveBack(statement);
		}
	}

	/** The points that a statement reads, with the connection's own. */
	long[] pointsOf(PastUse use) {
		if (this.asOfScn == PRESENT) {
			return use.scns();
		}
		long[] points = Arrays.copyOf(use.scns(), use.scns().length + 1);
		points[use.scns().length] = this.asOfScn;
		return points;
	}

	/** The exception for a statement that failed. */
	SQLException failure(NativeException failure, CachedStatement statement) {
		this.lock.lock();
		try {
			return this.closed ? SqliteError.of(failure) : this.past.failure(failure, statement.past());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The temporary table of the differences of a table between two points. It is there
	 * until the transaction under way is rolled back, or the database's schema changes.
	 * @param table name of the table
	 * @param scn the point whose columns the differences have
	 * @return the name as it may stand in SQL text, before the two points in parentheses
	 */
	String changesTable(String table, long scn) throws SQLException {
		this.lock.lock();
		try {
			checkUsable();
			return this.past.changesTable(table, scn);
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
			statement.nextExecution();
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
			statement.nextExecution();
			int code = statement.statement().execute(parameters, rows, FIRST_RESULT_BYTES, limit, ticket);
			boolean ended = ended(statement, code, rows);
			if (statement.attaches()) {
				this.database.attached(this.nativeConnection);
			}
			// For one that writes no snapshot was attached; besides, it has been done.
			if (statement.reprepared(rows.reprepared()) && !statement.writes()) {
				checkAnew(statement);
			}
			return ended;
		}));
	}

	/**
	 * Reads the next rows of an execution.
	 * @return whether the execution has ended
	 */
	boolean fetch(JdbcStatement owner, CachedStatement statement, long execution, Rows rows, int limit)
			throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			owner.checkOpen();
			checkExecution(statement, execution);
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

	private static void checkExecution(CachedStatement statement, long execution) throws SQLException {
		if (statement.execution() != execution) {
			throw SqlState.INVALID_CURSOR_STATE.exception("The result set is closed");
		}
	}

	/** Ends an execution, if the statement has not gone on to another. */
	void reset(CachedStatement statement, long execution) {
		this.lock.lock();
		try {
			if (statement.execution() == execution) {
				reset(statement);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The schema has changed: a table that was there may be gone. */
	private void checkAnew(CachedStatement statement) throws SQLException {
		boolean valid = false;
		try {
			this.past.check(statement);
			valid = true;
		}
		finally {
			if (!valid) {
				reset(statement);
			}
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
				boolean together = this.autoCommit && !this.inTransaction && statement.writes() && count > 1;
				BatchOutcome outcome = together ? runBatchTogether(owner, statement, parameters, count, changes)
						: runBatch(owner, statement, parameters, count, changes);
				if (outcome.failure() != null) {
					throw JdbcStatement.batchFailure(owner.failure(outcome.failure(), statement),
							Arrays.copyOf(changes, outcome.executed()));
				}
				return changes;
			}
			finally {
				this.lock.unlock();
			}
		});
	}

	/**
	 * Executes a statement that looks at the past once for each set of values. In
	 * auto-commit mode the sets that succeed are committed together.
	 * @return number of rows that each set changed
	 * @throws BatchUpdateException if one failed
	 */
	long[] executeBatch(JdbcStatement owner, TranslatedSql translated, List<ParameterValues> sets) throws SQLException {
		return observed(translated.query(), () -> {
			this.lock.lock();
			try {
				checkUsable();
				boolean together = this.autoCommit && !this.inTransaction && sets.size() > 1;
				return together ? runSetsTogether(owner, translated, sets) : runSets(owner, translated, sets);
			}
			finally {
				this.lock.unlock();
			}
		});
	}

	private long[] runSetsTogether(JdbcStatement owner, TranslatedSql translated, List<ParameterValues> sets)
			throws SQLException {
		begin(owner);
		try {
			long[] changes = runSets(owner, translated, sets);
			control("COMMIT");
			return changes;
		}
		catch (BatchUpdateException ex) {
			if (!this.inTransaction) {
				throw JdbcStatement.batchFailure((SQLException) ex.getCause(), new long[0]);
			}
			control("COMMIT");
			throw ex;
		}
		finally {
			// In auto-commit mode no transaction may stay open.
			if (this.inTransaction) {
				control("ROLLBACK");
			}
		}
	}

	private long[] runSets(JdbcStatement owner, TranslatedSql translated, List<ParameterValues> sets)
			throws SQLException {
		long[] changes = new long[sets.size()];
		for (int i = 0; i < changes.length; i++) {
			try {
				changes[i] = runSet(owner, translated, sets.get(i));
			}
			catch (SQLException ex) {
				throw JdbcStatement.batchFailure(ex, Arrays.copyOf(changes, i));
			}
		}
		return changes;
	}

	private long runSet(JdbcStatement owner, TranslatedSql translated, ParameterValues values) throws SQLException {
		CachedStatement statement = make(owner, translated, values, null);
		try {
			if (statement.returnsRows() && !statement.writes()) {
				throw SqlState.INVALID_CALL.exception("A batch cannot have a statement that returns rows");
			}
			Parameters parameters = new Parameters();
			values.addTo(parameters, translated.statement().bindings());
			long[] changes = new long[1];
			BatchOutcome outcome = runBatch(owner, statement, parameters, 1, changes);
			if (outcome.failure() != null) {
				throw owner.failure(outcome.failure(), statement);
			}
			return changes[0];
		}
		finally {
			giveBack(statement);
		}
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
	int readLarge(CachedStatement statement, long execution, int column, long offset, byte[] out, int start, int length)
			throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			checkExecution(statement, execution);
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
			if (statement.rewritesHistory() && this.inTransaction) {
				throw SqlState.INVALID_TRANSACTION_STATE
					.exception("Within a transaction the database cannot be restored, "
							+ "nor its history erased: each is a transaction of its own. Commit or roll back before "
							+ statement.sql());
			}
			if (statement.writes()) {
				checkWritable(statement);
				takeTurn(owner);
			}
			this.past.before(statement, this.inTransaction);
			return (statement.companions() == Companions.NONE) ? interruptible(owner, statement, call)
					: withCompanions(owner, statement, call);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** All of it is done, or nothing. */
	private <T> T withCompanions(JdbcStatement owner, CachedStatement statement, NativeCall<T> call)
			throws SQLException {
		String savepoint = new JdbcSavepoint(++this.savepoints, null).sqlName();
		control("SAVEPOINT " + savepoint);
		boolean succeeded = false;
		try {
			for (String companion : statement.companions().before()) {
				control(companion);
			}
			T result = interruptible(owner, statement, call);
			for (String companion : statement.companions().after()) {
				control(companion);
			}
			succeeded = true;
			return result;
		}
		finally {
			if (!succeeded && this.inTransaction) {
				control("ROLLBACK TO " + savepoint);
			}
			if (this.inTransaction) {
				control("RELEASE " + savepoint);
			}
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
			throw this.past.failure(ex, statement.past());
		}
		finally {
			this.executing = null;
			owner.endExecution(timeout);
			if (statement.rewritesHistory()) {
				this.database.pointsLost();
			}
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
			this.past.beforeWriteTransaction();
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

	/** The number stays what it is until this connection commits again. */
	private void committed(int walFrames) {
		if (!this.inTransaction && walFrames != this.lastWalFrames) {
			this.lastWalFrames = walFrames;
			this.database.committed(walFrames);
		}
	}

	void checkOpen() throws SQLException {
		if (this.closed) {
			throw SqlState.CONNECTION_CLOSED.exception("The connection is closed");
		}
		checkNotInFunction();
	}

	/** SQLite is in the middle of a statement, whose results and memory must not go. */
	void checkNotInFunction() throws SQLException {
		if (this.lock.isHeldByCurrentThread() && this.nativeConnection.isInCallback()) {
			throw SqlState.INVALID_CALL.exception("A function or collation in Java cannot use the connection that "
					+ "is calling it: use another connection");
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
			throw SqlState.READ_ONLY
				.exception("The connection " + ((this.asOfScn != PRESENT) ? "reads the past" : "is read-only")
						+ ", and this statement writes: " + statement.sql(), SqliteError.READONLY, null);
		}
	}

	/** The SCN of a point. */
	long find(NamedPoint point) throws SQLException {
		checkOpen();
		return this.database.find(point);
	}

	/**
	 * Says how much of a vector index searches look at.
	 * @param beam the number, {@code null} for the index's own default
	 * @return what it was
	 */
	Long exchangeVectorBeam(Long beam) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			return this.past.indexes().exchangeBeam(beam);
		}
		finally {
			this.lock.unlock();
		}
	}

	ConnectionSettings settings() {
		return this.settings;
	}

	DatabaseStatus databaseStatus() throws SQLException {
		checkOpen();
		return this.database.status();
	}

	OptionalLong asOfScn() throws SQLException {
		checkOpen();
		return (this.asOfScn != PRESENT) ? OptionalLong.of(this.asOfScn) : OptionalLong.empty();
	}

	/** A session of its own that reads everything at a point. */
	Session openAsOf(long scn) throws SQLException {
		checkOpen();
		return open(this.settings.asOf(scn), this.listener);
	}

	void setNetworkTimeoutMillis(int milliseconds) throws SQLException {
		checkOpen();
		this.networkTimeoutMillis = milliseconds;
	}

	int networkTimeoutMillis() throws SQLException {
		checkOpen();
		return this.networkTimeoutMillis;
	}

	/**
	 * The statement that brings back the keys which an INSERT makes.
	 * @param keys the INSERT and what is wanted of it
	 * @param connection the session's, to look at the table
	 */
	String keyStatement(GeneratedKeys keys, Connection connection) throws SQLException {
		String sql = this.keyStatements.get(keys);
		if (sql == null) {
			sql = keys.statement(connection);
			if (this.keyStatements.size() >= StatementCache.CAPACITY) {
				this.keyStatements.clear();
			}
			this.keyStatements.put(keys, sql);
		}
		return sql;
	}

	/** Length of a value at most, in bytes. */
	long maxLength() throws SQLException {
		return limit(NativeConnection.LIMIT_LENGTH);
	}

	/** A limit of SQLite's, by one of the constants of {@link NativeConnection}. */
	int limit(int what) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			return this.nativeConnection.limit(what);
		}
		finally {
			this.lock.unlock();
		}
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

	/* Transactions */

	void setAutoCommit(boolean autoCommit) throws SQLException {
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

	boolean isAutoCommit() throws SQLException {
		checkOpen();
		return this.autoCommit;
	}

	void commit() throws SQLException {
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

	void rollback() throws SQLException {
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

	/**
	 * Sets a savepoint, and begins the transaction if that is its first statement.
	 * @param owner who waits for the writers' turn, should that be needed
	 * @param name the name, {@code null} for one without
	 */
	JdbcSavepoint setSavepoint(JdbcStatement owner, String name) throws SQLException {
		this.lock.lock();
		try {
			checkInTransactionMode("set a savepoint");
			checkUsable();
			if (!this.inTransaction) {
				begin(owner);
			}
			JdbcSavepoint savepoint = new JdbcSavepoint(++this.savepoints, name);
			control("SAVEPOINT " + savepoint.sqlName());
			return savepoint;
		}
		finally {
			this.lock.unlock();
		}
	}

	void rollbackTo(Savepoint savepoint) throws SQLException {
		onSavepoint("ROLLBACK TO ", savepoint);
	}

	void release(Savepoint savepoint) throws SQLException {
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

	void setReadOnly(boolean readOnly) throws SQLException {
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
			if (!readOnly && isAlwaysReadOnly()) {
				throw SqlState.READ_ONLY.exception((this.asOfScn != PRESENT)
						? "The connection reads the past: remove the connection parameter as_of"
						: "The database was opened read-only: remove the connection parameter read_only");
			}
			this.readOnly = readOnly;
		}
		finally {
			this.lock.unlock();
		}
	}

	boolean isReadOnly() throws SQLException {
		checkOpen();
		return this.readOnly;
	}

	/* Functions and collations */

	/**
	 * Registers a function or a collation, here and with every other connection of SQLite
	 * that this session goes on with.
	 * @param key what it is known by: it takes the place of what had the same
	 * @param registration registers it
	 */
	void register(Object key, Registration registration) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			registration.run(this.nativeConnection);
			this.registrations.put(key, registration);
		}
		catch (NativeException ex) {
			throw SqliteError.of(ex);
		}
		finally {
			this.lock.unlock();
		}
	}

	/* Closing */

	void close() throws SQLException {
		if (!this.lock.tryLock()) {
			this.closing = true;
			cancelExecution();
			this.lock.lock();
		}
		try {
			if (this.closed) {
				return;
			}
			checkNotInFunction();
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

	void cancelExecution() {
		JdbcStatement statement = this.executing;
		if (statement != null) {
			statement.cancelExecution();
		}
	}

	boolean isClosed() {
		return this.closed;
	}

	@FunctionalInterface
	private interface SqlCall<T> {

		T run() throws SQLException;

	}

	@FunctionalInterface
	interface Registration {

		void run(NativeConnection connection) throws NativeException, SQLException;

	}

	@FunctionalInterface
	private interface NativeCall<T> {

		T run(long ticket) throws NativeException, SQLException;

	}

}
