package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of {@link TimeTravel} on a new database file. */
abstract class OnTimeTravel {

	private final String parameters;

	@TempDir
	protected Path directory;

	protected HeliosDataSource dataSource;

	protected TimeTravel timeTravel;

	protected Connection connection;

	OnTimeTravel(String parameters) {
		this.parameters = parameters;
	}

	@BeforeEach
	final void openDatabase() throws SQLException {
		this.dataSource = new HeliosDataSource(Sql.url(this.directory, this.parameters));
		this.timeTravel = new TimeTravel(this.dataSource);
		this.connection = this.dataSource.getConnection();
	}

	@AfterEach
	final void closeDatabase() throws SQLException {
		this.connection.close();
		this.timeTravel.close();
		this.dataSource.close();
	}

}
