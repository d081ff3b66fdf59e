package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests on a connection to a new database file, which they may replace by another. */
abstract class OnFile {

	private final String parameters;

	@TempDir
	protected Path directory;

	protected Connection connection;

	OnFile(String parameters) {
		this.parameters = parameters;
	}

	@BeforeEach
	final void openConnection() throws SQLException {
		this.connection = Sql.open(this.directory, this.parameters);
	}

	@AfterEach
	final void closeConnection() throws SQLException {
		this.connection.close();
	}

}
