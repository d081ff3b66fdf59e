package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;

/** What every JDBC object needs. */
final class Wrappers {

	private Wrappers() {
	}

	static <T> T unwrap(Object object, Class<T> type) throws SQLException {
		if (type.isInstance(object)) {
			return type.cast(object);
		}
		throw SqlState.INVALID_PARAMETER_VALUE
			.exception(object.getClass().getName() + " is not a wrapper for " + type.getName());
	}

	/**
	 * For what SQLite has no notion of. It carries no SQLState on purpose: HikariCP
	 * closes a connection, with the transaction it is in, that reports state 0A000.
	 * @param what the feature
	 * @return the exception
	 */
	static SQLFeatureNotSupportedException unsupported(String what) {
		return new SQLFeatureNotSupportedException(what + " is not supported: SQLite has no such notion");
	}

	static SQLFeatureNotSupportedException featureOfLaterVersion(String feature, ConnectionProperty property) {
		return new SQLFeatureNotSupportedException(feature + " is not part of this version of HeliosDB: remove the "
				+ "connection parameter " + property.key());
	}

}
