package io.heliosdb.jdbc;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The prepared statements of one connection by their SQL text, so that preparing the same
 * text again costs a look-up. One that looks at the past has the points that it reads in
 * its key. The least recently used go first. The connection's lock guards it.
 */
final class StatementCache {

	/** Statements kept for a connection. */
	static final int CAPACITY = 256;

	private final Map<String, CachedStatement> statements = new LinkedHashMap<>(64, 0.75f, true);

	/** Statements in use while another of the same text has the place in the cache. */
	private final List<CachedStatement> extras = new ArrayList<>();

	/**
	 * Finds an idle statement and marks it as in use.
	 * @param key the SQL text, with the points for one that looks at the past
	 * @return the statement, {@code null} if one has to be prepared
	 */
	CachedStatement borrow(String key) {
		CachedStatement cached = this.statements.get(key);
		if (cached == null || cached.isInUse()) {
			return null;
		}
		cached.setInUse(true);
		return cached;
	}

	/**
	 * Takes a new statement, which is in use.
	 * @param statement the statement
	 */
	void add(CachedStatement statement) {
		if (this.statements.putIfAbsent(statement.key(), statement) != null) {
			this.extras.add(statement);
			return;
		}
		Iterator<CachedStatement> eldestFirst = this.statements.values().iterator();
		while (this.statements.size() > CAPACITY && eldestFirst.hasNext()) {
			CachedStatement eldest = eldestFirst.next();
			if (!eldest.isInUse()) {
				eldest.statement().close();
				eldestFirst.remove();
			}
		}
	}

	/**
	 * Takes a statement back that nobody uses any more.
	 * @param statement the statement, which has been reset
	 */
	void giveBack(CachedStatement statement) {
		if (this.statements.get(statement.key()) == statement) {
			statement.setInUse(false);
		}
		else if (this.extras.remove(statement)) {
			statement.statement().close();
		}
	}

	/**
	 * Frees a statement that is in use and of no use.
	 * @param statement the statement, which has not been executed
	 */
	void discard(CachedStatement statement) {
		if (!this.extras.remove(statement)) {
			this.statements.remove(statement.key(), statement);
		}
		statement.statement().close();
	}

	/**
	 * Frees idle statements that are of no use any more.
	 * @param useless which
	 */
	void removeIf(Predicate<CachedStatement> useless) {
		this.statements.values().removeIf((statement) -> {
			boolean removed = !statement.isInUse() && useless.test(statement);
			if (removed) {
				statement.statement().close();
			}
			return removed;
		});
	}

	/** Whether somebody uses a statement other than that. */
	boolean isInUse(CachedStatement other) {
		return this.statements.values().stream().anyMatch((statement) -> statement.isInUse() && statement != other)
				|| this.extras.stream().anyMatch((statement) -> statement != other);
	}

	/** Frees all statements, in use or not. */
	void close() {
		this.statements.values().forEach((statement) -> statement.statement().close());
		this.extras.forEach((statement) -> statement.statement().close());
		this.statements.clear();
		this.extras.clear();
	}

}
