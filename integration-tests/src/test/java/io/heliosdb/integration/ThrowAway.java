package io.heliosdb.integration;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import io.heliosdb.jdbc.HeliosConnection;

import static org.assertj.core.api.Assertions.assertThat;

/** What a test slice promises: a database of its own instead of the configured one. */
public final class ThrowAway {

	/** The database that slices are configured with, and leave alone. */
	public static final String CONFIGURED = "target/configured.db";

	private ThrowAway() {
	}

	/**
	 * Checks that a data source leads to a throw-away database, and that the configured
	 * one was not made.
	 * @param dataSource of the slice
	 * @throws SQLException if there is no connection
	 */
	public static void check(DataSource dataSource) throws SQLException {
		try (Connection connection = dataSource.getConnection()) {
			Path file = Path.of(connection.unwrap(HeliosConnection.class).getDatabaseStatus().path());
			assertThat(file.getParent().getFileName().toString()).startsWith("heliosdb-test-");
		}
		assertThat(Path.of(CONFIGURED)).doesNotExist();
	}

}
