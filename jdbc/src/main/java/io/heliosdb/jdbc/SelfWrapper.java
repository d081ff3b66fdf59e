package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.sql.Wrapper;

/** A JDBC object that wraps nothing: it can only be unwrapped to a type of its own. */
interface SelfWrapper extends Wrapper {

	@Override
	default <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		throw SqlState.INVALID_PARAMETER_VALUE
			.exception(getClass().getName() + " is not a wrapper for " + type.getName());
	}

	@Override
	default boolean isWrapperFor(Class<?> type) {
		return type.isInstance(this);
	}

}
