package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Work on a connection that the caller opens and closes.
 *
 * @param <T> what it returns
 */
@FunctionalInterface
public interface ConnectionWork<T> {

	/**
	 * Does the work.
	 * @param connection the connection, valid during this call only
	 * @return the result, may be {@code null}
	 * @throws SQLException if a statement fails
	 */
	T run(Connection connection) throws SQLException;

}
