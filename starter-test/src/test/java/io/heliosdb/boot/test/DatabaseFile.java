package io.heliosdb.boot.test;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import io.heliosdb.jdbc.HeliosConnection;

/** Where a data source's database is. */
final class DatabaseFile {

	private DatabaseFile() {
	}

	static Path of(DataSource dataSource) throws SQLException {
		try (Connection connection = dataSource.getConnection()) {
			return Path.of(connection.unwrap(HeliosConnection.class).getDatabaseStatus().path());
		}
	}

}
