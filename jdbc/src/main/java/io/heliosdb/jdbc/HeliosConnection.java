package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.OptionalLong;

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

	/**
	 * The point of the past that this connection reads the database at, as the connection
	 * parameter {@code as_of} or {@link #openAsOf} said.
	 * @return the point's SCN, empty for a connection to the present
	 * @throws SQLException if the connection is closed
	 */
	OptionalLong getAsOfScn() throws SQLException;

	/**
	 * Opens another connection to the same database, with the same parameters, that reads
	 * the whole database as it was at a point. It is read-only, belongs to no pool, and
	 * stays open when this one is closed: the caller closes it.
	 * @param scn the point
	 * @return the connection
	 * @throws SQLException if this connection is closed, the point does not exist
	 * (SQLState 22023), or the database keeps no history (55000)
	 */
	HeliosConnection openAsOf(long scn) throws SQLException;

}
