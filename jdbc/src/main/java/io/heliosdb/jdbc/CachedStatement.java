package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;

import io.heliosdb.engine.NativeStatement;
import io.heliosdb.engine.NativeStatement.ColumnText;
import io.heliosdb.jdbc.sql.StatementText;

/**
 * A prepared statement of SQLite in a connection's cache, with what the driver has
 * learned about it.
 */
final class CachedStatement {

	private final NativeStatement statement;

	/** By which it is found in the cache. */
	private final String key;

	private final Query query;

	/** What SQLite was given. */
	private final String text;

	/** What follows the statement in its text, null if that is no further statement. */
	private final String rest;

	private final PastUse past;

	private final Companions companions;

	private final boolean joinsTransaction;

	private final boolean rewritesHistory;

	private final boolean seesAllSchemas;

	private final boolean attaches;

	/** The connection's: native calls need it. */
	private final Lock lock;

	private boolean inUse = true;

	private boolean active;

	private final AtomicLong execution = new AtomicLong();

	private int reprepared;

	private String[] labels;

	private Map<String, Integer> columns;

	private String[] declaredTypes;

	/**
	 * A statement of the present.
	 * @param statement what was prepared
	 * @param sql the text as the application gave it
	 * @param text the text that it was prepared from
	 * @param rest what follows in the text
	 * @param database the database's name
	 * @param lock the connection's
	 */
	CachedStatement(NativeStatement statement, String sql, String text, String rest, String database, Lock lock) {
		this.text = text;
		this.statement = statement;
		this.rest = StatementText.hasStatement(rest) ? rest : null;
		this.key = sql;
		this.query = new Query(sql, StatementText.operation(sql), database);
		this.past = PastUse.NONE;
		this.companions = Companions.NONE;
		this.lock = lock;
		this.rewritesHistory = StatementText.rewritesHistory(sql);
		this.joinsTransaction = !this.rewritesHistory && StatementText.joinsTransaction(this.query.operation());
		this.seesAllSchemas = StatementText.containsWord(sql, "PRAGMA");
		this.attaches = this.query.operation().equals("ATTACH");
	}

	/**
	 * A statement that looks at the past.
	 * @param statement what was prepared
	 * @param translated what it was made from
	 * @param key by which it is found in the cache
	 * @param text the text that it was prepared from
	 * @param past what it reads of the past
	 * @param companions what is executed with it
	 * @param lock the connection's
	 */
	CachedStatement(NativeStatement statement, TranslatedSql translated, String key, String text, PastUse past,
			Companions companions, Lock lock) {
		this.companions = companions;
		this.text = text;
		this.statement = statement;
		this.rest = translated.statement().rest();
		this.key = key;
		this.query = translated.query();
		this.past = past;
		this.lock = lock;
		this.joinsTransaction = translated.joinsTransaction();
		this.rewritesHistory = false;
		this.seesAllSchemas = false;
		this.attaches = false;
	}

	NativeStatement statement() {
		return this.statement;
	}

	Query query() {
		return this.query;
	}

	String sql() {
		return this.query.sql();
	}

	String text() {
		return this.text;
	}

	String key() {
		return this.key;
	}

	PastUse past() {
		return this.past;
	}

	Companions companions() {
		return this.companions;
	}

	String rest() {
		return this.rest;
	}

	/** Whether it adds a database to the connection. */
	boolean attaches() {
		return this.attaches;
	}

	boolean joinsTransaction() {
		return this.joinsTransaction;
	}

	/** Whether it needs the turn to write. */
	boolean writes() {
		return this.rewritesHistory || !this.statement.isReadOnly();
	}

	/** Whether points of the past may be gone when it has been executed. */
	boolean rewritesHistory() {
		return this.rewritesHistory;
	}

	/** Whether it looks at all that is attached, or may do so. */
	boolean seesAllSchemas() {
		return this.seesAllSchemas;
	}

	boolean returnsRows() {
		return this.statement.columnCount() > 0;
	}

	boolean isInUse() {
		return this.inUse;
	}

	void setInUse(boolean inUse) {
		this.inUse = inUse;
	}

	/**
	 * Tells its executions apart: a result may be asked for rows when another thread has
	 * closed it, and the statement executes for somebody else.
	 */
	long execution() {
		return this.execution.get();
	}

	/** An execution begins, or nobody wants the rows of the last one any more. */
	void nextExecution() {
		this.execution.incrementAndGet();
	}

	/** Whether an execution is under way that may have more rows. */
	boolean isActive() {
		return this.active;
	}

	void setActive(boolean active) {
		this.active = active;
	}

	/**
	 * Forgets what it knows about columns if SQLite had to prepare the statement anew.
	 * @param count how often it had to so far
	 * @return whether it had to since the last call
	 */
	boolean reprepared(int count) {
		if (this.reprepared == count) {
			return false;
		}
		this.reprepared = count;
		this.labels = null;
		this.columns = null;
		this.declaredTypes = null;
		return true;
	}

	/** Labels of the columns. */
	String[] labels() throws SQLException {
		if (this.labels == null) {
			this.labels = texts(ColumnText.LABEL);
		}
		return this.labels;
	}

	/** Declared types of the columns, null where there is none. */
	String[] declaredTypes() throws SQLException {
		if (this.declaredTypes == null) {
			this.declaredTypes = texts(ColumnText.DECLARED_TYPE);
		}
		return this.declaredTypes;
	}

	String columnText(int column, ColumnText what) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			return this.statement.columnText(column, what);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Another thread may have closed the connection. */
	private void checkOpen() throws SQLException {
		if (this.statement.isClosed()) {
			throw SqlState.CONNECTION_CLOSED.exception("The connection is closed");
		}
	}

	private String[] texts(ColumnText what) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			String[] texts = new String[this.statement.currentColumnCount()];
			for (int i = 0; i < texts.length; i++) {
				texts[i] = this.statement.columnText(i, what);
			}
			return texts;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Finds a column by its label, in any case; of several the first.
	 * @param label the label
	 * @return its index from 0, -1 if there is none
	 */
	int findColumn(String label) throws SQLException {
		if (this.columns == null) {
			Map<String, Integer> found = new HashMap<>();
			String[] all = labels();
			for (int i = 0; i < all.length; i++) {
				found.putIfAbsent(all[i].toLowerCase(Locale.ROOT), i);
			}
			for (String exact : all) {
				found.put(exact, found.get(exact.toLowerCase(Locale.ROOT)));
			}
			this.columns = found;
		}
		Integer index = this.columns.get(label);
		if (index == null) {
			index = this.columns.get(label.toLowerCase(Locale.ROOT));
		}
		return (index != null) ? index : -1;
	}

}
