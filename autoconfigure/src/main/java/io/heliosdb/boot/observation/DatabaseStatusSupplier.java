package io.heliosdb.boot.observation;

import java.sql.SQLException;

import io.heliosdb.jdbc.DatabaseStatus;

/** Tells how a database is at the moment of the call. */
@FunctionalInterface
public interface DatabaseStatusSupplier {

	/**
	 * The database's path, sizes and versions at this moment.
	 * @return the status
	 * @throws SQLException if the database is closed or cannot be opened
	 */
	DatabaseStatus getDatabaseStatus() throws SQLException;

}
