package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests on one connection, to an empty database in memory. */
abstract class OnMemory {

	protected Connection connection;

	@BeforeEach
	final void openConnection() throws SQLException {
		this.connection = Sql.memory();
	}

	@AfterEach
	final void closeConnection() throws SQLException {
		this.connection.close();
	}

}
