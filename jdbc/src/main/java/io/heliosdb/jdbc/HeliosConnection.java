package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * What a HeliosDB connection offers beyond JDBC. From a pooled connection it is had by
 * {@code connection.unwrap(HeliosConnection.class)}.
 */
public interface HeliosConnection extends Connection {

	/**
	 * The database's path, sizes and versions at this moment.
	 * @return the status
	 * @throws SQLException if the connection is closed
	 */
	DatabaseStatus getDatabaseStatus() throws SQLException;

}
