package io.heliosdb.jdbc;

import java.sql.SQLException;

/**
 * Prepares each new connection of a {@link HeliosDataSource}, before anyone uses it:
 * registers functions and collations, say.
 */
@FunctionalInterface
public interface ConnectionInitializer {

	/**
	 * Prepares a connection. It may be called by several threads at a time, for a
	 * connection each.
	 * @param connection the connection, in auto-commit mode
	 * @throws SQLException closes the connection and is what {@code getConnection()}
	 * throws
	 */
	void initialize(HeliosConnection connection) throws SQLException;

}
