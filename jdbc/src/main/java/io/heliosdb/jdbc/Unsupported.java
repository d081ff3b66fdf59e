package io.heliosdb.jdbc;

import java.sql.SQLFeatureNotSupportedException;

/** Exceptions for what is not supported. */
final class Unsupported {

	private Unsupported() {
	}

	/**
	 * For what SQLite has no notion of. It carries no SQLState on purpose: HikariCP
	 * closes a connection, with the transaction it is in, that reports state 0A000.
	 * @param what the feature
	 * @return the exception
	 */
	static SQLFeatureNotSupportedException feature(String what) {
		return new SQLFeatureNotSupportedException(what + " is not supported: SQLite has no such notion");
	}

	static SQLFeatureNotSupportedException sharding() {
		return feature("Sharding");
	}

}
