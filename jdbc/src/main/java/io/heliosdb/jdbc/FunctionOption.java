package io.heliosdb.jdbc;

import io.heliosdb.engine.NativeConnection;

/** What SQLite may assume of an SQL function in Java. */
public enum FunctionOption {

	/**
	 * The same arguments always give the same result. SQLite may then call it less often,
	 * and allows it in indexes, generated columns and CHECK constraints.
	 */
	DETERMINISTIC(NativeConnection.FLAG_DETERMINISTIC),

	/**
	 * Statements may call it, but triggers, views and the schema may not: for a function
	 * with side effects, as a database file of another's might call it in a trigger.
	 */
	DIRECT_ONLY(NativeConnection.FLAG_DIRECT_ONLY),

	/**
	 * It is harmless whoever calls it, so that the schema of a database that is not
	 * trusted ({@code PRAGMA trusted_schema=off}) may call it too.
	 */
	INNOCUOUS(NativeConnection.FLAG_INNOCUOUS);

	private final int flag;

	FunctionOption(int flag) {
		this.flag = flag;
	}

	int flag() {
		return this.flag;
	}

}
